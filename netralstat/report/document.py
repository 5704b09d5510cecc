"""The report as data, in one language: what every writer is given, saved as JSON and read back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from netralstat.report.blocks import Block, Chapter, Figure, Logo, Table
from netralstat.report.document_json import read_as, written
from netralstat.report.words import Words

REFERENCE = re.compile(r"\[\[((?:table|figure|chapter)-[a-z0-9-]+)\]\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The whole report in one language.

    Parameters
    ----------
    references : Mapping[str, str]
        What ``[[id]]`` in a text stands for in print, e.g. ``{"table-province": "Tabel 2"}``.
    logo : Logo or None
        The institution's logo, checked by `report.logo`.
    embargo : str
        ``EMBARGO until …`` in words, for every page; empty without one.
    issn, doi, accent : str
        As in the wave file; empty where it has none.
    """

    id: str
    title: str
    subtitle: str
    language: str
    institution: str
    contact: str
    date: date
    version: str
    synthetic: bool
    chapters: tuple[Chapter, ...]
    references: Mapping[str, str] = field(default_factory=dict)
    logo: Logo | None = None
    embargo: str = ""
    issn: str = ""
    doi: str = ""
    accent: str = ""

    def band(self, words: Words) -> tuple[str, ...]:
        """What every page bears: a warning and its explanation; empty for a released report of real data."""
        synthetic = words("report.synthetic") if self.synthetic else ""
        warning = " · ".join(part for part in (self.embargo, synthetic) if part)
        if not warning:
            return ()
        told = words("report.synthetic_band") if self.synthetic else words("imprint.embargo_note")
        return (warning, told)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Every block, in print order."""
        return tuple(block for chapter in self.chapters for block in chapter.blocks)

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table, in print order."""
        return tuple(block for block in self.blocks if isinstance(block, Table))

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure, in print order."""
        return tuple(block for block in self.blocks if isinstance(block, Figure))

    def to_json(self) -> str:
        """The whole document as JSON, each block with its type under ``"block"``; see docs/report.md."""
        return written(self)

    @classmethod
    def from_json(cls, text: str | bytes, *, name: str = "report.json") -> Document:
        """Read back what :meth:`to_json` wrote: an equal document, from which any writer can make its file.

        Parameters
        ----------
        text : str or bytes
            The file's content.
        name : str
            The file's name, for errors.

        Raises
        ------
        ReportError
            It is no JSON of a report, is of another schema, or holds a part that no report has.
        """
        return read_as(cls, text, name)
