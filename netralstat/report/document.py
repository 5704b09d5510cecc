"""The report as data, in one language: built from a wave's material, written by any writer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from netralstat.errors import ReportError, did_you_mean
from netralstat.report.blocks import Block, Chapter, Figure, FindingGrid, Logo, Note, Paragraph, Table
from netralstat.report.chapters import CHAPTERS, standard_chapters
from netralstat.report.context import Context
from netralstat.report.document_json import read_as, written
from netralstat.report.imprint import embargo
from netralstat.report.material import Material
from netralstat.report.suppression import require_suppressed
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


def build(material: Material, language: str) -> Document:
    """Build the report of a wave in one language.

    Parameters
    ----------
    material : Material
        Estimates have passed `netralstat.report.suppression`.
    language : str
        ``"id"`` or ``"en"``.

    Returns
    -------
    Document
        Tables and figures are numbered in print order, the same in every language.

    Raises
    ------
    DisclosureError
        A table of estimates has not passed disclosure control.
    ReportError
        The plan names an unknown chapter, or a text points to a table that was not made.
    """
    require_suppressed(material.estimates)
    context = Context.of(material, language)
    wanted = material.plan.report.chapters or standard_chapters(material)
    for name in wanted:
        if name not in CHAPTERS:
            raise ReportError(
                f'There is no chapter "{name}".' + did_you_mean(name, CHAPTERS),
                where="wave.toml, report.chapters",
                do=f"use any of: {', '.join(CHAPTERS)}.",
            )
    chapters: list[Chapter] = []
    for name in wanted:
        title, blocks = CHAPTERS[name](context)
        chapter = Chapter(id=name.replace("_", "-"), title=title, blocks=tuple(blocks))
        context.references[f"chapter-{chapter.id}"] = title
        chapters.append(chapter)
    chapters = [_settled(chapter, context.references) for chapter in chapters]
    plan = material.plan
    return Document(
        id=plan.id,
        title=plan.title[language],
        subtitle=context.w("report.subtitle"),
        language=language,
        institution=plan.report.institution[language],
        contact=plan.report.contact or "",
        date=material.generated,
        version=plan.report.version,
        synthetic=material.synthetic,
        chapters=tuple(chapters),
        references=dict(context.references),
        logo=material.logo,
        embargo=embargo(context),
        issn=plan.report.issn or "",
        doi=plan.report.doi or "",
        accent=plan.report.accent or "",
    )


def _settled(chapter: Chapter, references: Mapping[str, str]) -> Chapter:
    """Drop pointers of findings to chapters that are left out; every other pointer must lead somewhere."""
    blocks: list[Block] = []
    for block in chapter.blocks:
        if isinstance(block, FindingGrid):
            kept = [one if one.pointer in references else replace(one, pointer="") for one in block.findings]
            block = replace(block, findings=tuple(kept))
        if isinstance(block, Paragraph | Note):
            _require_known(block.text, references, chapter.id)
        blocks.append(block)
    return replace(chapter, blocks=tuple(blocks))


def _require_known(text: str, references: Mapping[str, str], chapter: str) -> None:
    lost = [name for name in REFERENCE.findall(text) if name not in references]
    if lost:
        raise ReportError(
            f"A text points to {len(lost)} tables or figures that were not made: {', '.join(lost)}.",
            where=f'chapter "{chapter}"',
            do="make them in this chapter, or leave the pointer out.",
        )
