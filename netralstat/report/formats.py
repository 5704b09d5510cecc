"""The formats of a report, each with its writer: a further format is one more line of `WRITERS`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from netralstat.errors import UsageError, did_you_mean
from netralstat.report.document import Document
from netralstat.report.estimate_table import EstimateTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What a writer is given: the report in one language and what stands beside it.

    Parameters
    ----------
    estimates : EstimateTable
        Every estimate, already suppressed.
    languages : tuple of str
        All languages that the report is written in.
    version : str
        Of netralstat.
    """

    document: Document
    estimates: EstimateTable
    languages: tuple[str, ...]
    version: str

    def name(self, format: str, language: str = "") -> str:
        """The file's name: ``report.<language>.<format>``."""
        return f"report.{language or self.document.language}.{format}"

    @property
    def alternates(self) -> dict[str, str]:
        """The page of each other language."""
        own = self.document.language
        return {other: self.name("html", other) for other in self.languages if other != own}


def _html(edition: Edition) -> str:
    from netralstat.report.html import render

    return render(edition.document, alternates=edition.alternates, version=edition.version)


def _pdf(edition: Edition) -> bytes:
    from netralstat.report.pdf.render import render_pdf

    return render_pdf(edition.document, version=edition.version)


def _docx(edition: Edition) -> bytes:
    from netralstat.report.word.document import render_word

    return render_word(edition.document, version=edition.version)


def _xlsx(edition: Edition) -> bytes:
    from netralstat.report.workbook.workbook import render_workbook

    return render_workbook(edition.document, edition.estimates, version=edition.version)


def _json(edition: Edition) -> str:
    return edition.document.to_json()


WRITERS: Mapping[str, Callable[[Edition], str | bytes]] = MappingProxyType(
    {"html": _html, "pdf": _pdf, "docx": _docx, "xlsx": _xlsx, "json": _json}
)
"""What writes each format; files are named ``report.<language>.<format>`` and listed in this order."""


def chosen_formats(formats: Iterable[str] | None) -> tuple[str, ...]:
    """The formats to write, in the order of `WRITERS`; None for all.

    Raises
    ------
    UsageError
        There is no such format, or none is chosen.
    """
    if formats is None:
        return tuple(WRITERS)
    wanted: Sequence[str] = list(formats)
    for name in wanted:
        if name not in WRITERS:
            raise UsageError(
                f'there is no report in the format "{name}".' + did_you_mean(name, WRITERS),
                where="--format",
                do=f"choose among {', '.join(WRITERS)}",
            )
    if not wanted:
        raise UsageError(
            "no format is chosen", where="formats", do=f"choose among {', '.join(WRITERS)}, or None for all"
        )
    return tuple(name for name in WRITERS if name in wanted)
