"""What every chapter has at hand: material, words, number formats, labels, and the running numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from netralstat.errors import ReportError
from netralstat.report.blocks import Column, Figure, Missing, Paragraph, Row, Table
from netralstat.report.labels import Labels, Wave
from netralstat.report.material import Material
from netralstat.report.modalities import MODALITIES
from netralstat.report.numbers import Numbers
from netralstat.report.reliability import MARKED_FLAGS, UNRELIABLE
from netralstat.report.suppression import CONFIDENTIAL as CONFIDENTIAL_FLAG
from netralstat.report.suppression import SUPPRESSED_CASES, published_flag
from netralstat.report.words import Words

if TYPE_CHECKING:
    import pandas as pd

    from netralstat.report.figures.picture import Picture

CONFIDENTIAL, NOT_RELIABLE, CAREFUL, FEW_CASES = "*", "†", "‡", "§"
MARKS = (
    {CONFIDENTIAL_FLAG: CONFIDENTIAL}
    | {UNRELIABLE: NOT_RELIABLE}
    | dict.fromkeys(MARKED_FLAGS, CAREFUL)
    | {SUPPRESSED_CASES: FEW_CASES}
)
MARK_NOTES = {
    CONFIDENTIAL: dict.fromkeys(("nchs", "bps"), "note.confidential"),
    NOT_RELIABLE: {"nchs": "note.unreliable_nchs", "bps": "note.unreliable_bps"},
    CAREFUL: {"nchs": "note.careful_nchs", "bps": "note.careful_bps"},
    FEW_CASES: dict.fromkeys(("nchs", "bps"), "note.few_cases"),
}

LANGUAGE_WORDS = {"id": "term.indonesian", "en": "term.english"}


def slug(name: str) -> str:
    """A name as part of an id: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _published(row: Row) -> Row:
    """A row whose hidden cells say no more than that they are."""
    if not any(cell.flag for cell in row.cells):
        return row
    return replace(row, cells=tuple(replace(cell, flag=published_flag(cell.flag)) for cell in row.cells))


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The desk at which a page is written; only `references` grows."""

    material: Wave
    language: str
    w: Words
    f: Numbers
    labels: Labels
    references: dict[str, str] = field(default_factory=dict)

    # ------------------------------------------------------------------ blocks
    def paragraph(self, key: str, **fields: object) -> Paragraph:
        """A paragraph from the template `key`."""
        return Paragraph(text=self.w(key, **fields))

    def missing(self, key: str, **fields: object) -> Missing:
        """Why something is not shown."""
        return Missing(reason=self.w(key, **fields))

    @property
    def source(self) -> str:
        """The source line under every table and figure."""
        title = self.material.plan.title[self.language]
        told = self.w("report.synthetic").lower() in title.lower()
        key = "report.source_synthetic" if self.material.synthetic and not told else "report.source"
        return self.w(key, title=title)

    def _take_number(self, name: str) -> int:
        """Give the next table or figure number to `name`; ``[[name]]`` in any text then stands for it."""
        if name in self.references:
            raise ReportError(
                f'Two tables or figures are called "{name}".',
                where="netralstat/report/chapters",
                do="give each its own id.",
            )
        kind = "figure" if name.startswith("figure-") else "table"
        number = sum(other.startswith(f"{kind}-") for other in self.references) + 1
        key = "term.figure" if kind == "figure" else "term.table"
        self.references[name] = self.w(key, number=number)
        return number

    def table(
        self,
        name: str,
        title: str,
        columns: Sequence[Column],
        rows: Iterable[Row],
        *,
        notes: Sequence[str] = (),
        search: bool = False,
        figure: str = "",
        source: str = "",
    ) -> Table:
        """A numbered table; the symbols that its cells bear are explained under it.

        `source` stands instead of the survey's own source line.
        """
        kept = tuple(_published(row) for row in rows)
        marks = {MARKS[cell.flag] for row in kept for cell in row.cells if cell.flag in MARKS}
        explained = tuple(f"{mark} {self.mark_note(mark)}" for mark in MARK_NOTES if mark in marks)
        return Table(
            id=name,
            number=self._take_number(name),
            title=title,
            columns=tuple(columns),
            rows=kept,
            notes=(*explained, *notes),
            source=source or self.source,
            search=search,
            figure_id=figure,
        )

    def mark_note(self, mark: str) -> str:
        """What a mark in a table means under the rules of this wave."""
        report, register = self.material.plan.report, self.material.plan.collect.case_register
        least = register.min_cases if mark == FEW_CASES and register is not None else report.min_respondents
        return self.w(MARK_NOTES[mark][report.reliability], n=least)

    def figure(
        self,
        name: str,
        title: str,
        drawing: Picture,
        alt: str,
        *,
        notes: Sequence[str] = (),
        table: str = "",
        source: str = "",
    ) -> Figure:
        """A numbered figure; the drawing becomes SVG text. `source` as of a table."""
        from netralstat.report.figures import to_svg

        return Figure(
            id=name,
            number=self._take_number(name),
            title=title,
            svg=to_svg(drawing, name, title=title, description=alt),
            alt=alt,
            notes=tuple(notes),
            source=source or self.source,
            table_id=table,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(Desk):
    """The desk at which a chapter of the report is written: it has the material with all numbers."""

    material: Material

    @classmethod
    def of(cls, material: Material, language: str) -> Context:
        """Lay the desk for one language."""
        return cls(
            material=material,
            language=language,
            w=Words(language),
            f=Numbers(language),
            labels=Labels(material=material, language=language),
        )

    def language_name(self, code: str) -> str:
        """A language in the words of the report; one that it has no word for by its code."""
        return self.w(LANGUAGE_WORDS[code]) if code in LANGUAGE_WORDS else code

    def prints(self, chapter: str) -> bool:
        """Whether the report has a chapter."""
        wanted = self.material.plan.report.chapters
        return wanted is None or chapter in wanted

    # ------------------------------------------------------------------ numbers
    def frame(self, name: str) -> pd.DataFrame | None:
        """The tidy table `name`, to be read only; None when the wave has none or it is empty."""
        table = self.material.estimates.get(name)
        return None if table is None or table.table.empty else table.table

    @property
    def level(self) -> float:
        """Confidence level of the wave."""
        return float(self.material.plan.estimate.level)

    @property
    def ci(self) -> str:
        """``SK 95%`` / ``95% CI``."""
        return self.w("term.interval", level=self.f.percent(self.level, 0))

    def estimate(self, row: Mapping[str, object]) -> str:
        """``17,6% (SK 95%: 16,7–18,5)``."""
        interval = self.f.interval(float(row["conf_low"]), float(row["conf_high"]))  # type: ignore[arg-type]
        return self.w(
            "term.estimate",
            value=self.f.percent(float(row["estimate"])),  # type: ignore[arg-type]
            ci=self.ci,
            interval=interval,
        )

    def pair(self, items: Sequence[str]) -> str:
        """What the leading items are called together, in a title."""
        indicators = self.material.plan.ask.indicators
        kinds = {indicators[item].modality for item in items if item in indicators}
        if kinds == set(MODALITIES):
            return self.w("term.both_modalities")
        return self.f.listing([self.labels.item(item) for item in items])

    def number_word(self, n: int) -> str:
        """``1 is``, ``6 are``, ``none is``: how a count opens a clause."""
        return self.w("count.none") if n == 0 else self.w.plural("count", n)
