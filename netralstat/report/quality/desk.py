"""The desk at which the quality page is written: the result of the checks and how its rows are named."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from netralstat.report.blocks import Cell, Row
from netralstat.report.context import Desk
from netralstat.report.labels import Labels
from netralstat.report.numbers import Numbers
from netralstat.report.words import Words

if TYPE_CHECKING:
    from netralstat.ask.instrument import Instrument
    from netralstat.ask.plan import Plan
    from netralstat.collect.quality.quality import Quality

LONGEST = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityMaterial:
    """What the quality page may print.

    Parameters
    ----------
    plan : Plan
    instrument : Instrument
    quality : Quality
        Rows, columns, counts and rates; never an answer.
    n_selected : int or None
        Persons selected; None when the frame does not say.
    version : str
        Of netralstat.
    """

    plan: Plan
    instrument: Instrument
    quality: Quality
    n_selected: int | None
    version: str

    @property
    def synthetic(self) -> bool:
        """Whether the responses are simulated: the page then says so."""
        return self.plan.synthetic

    @property
    def date(self) -> date:
        """The last day of fieldwork where it is declared, else the report's date; never the clock's."""
        fieldwork = self.plan.collect.fieldwork
        return fieldwork.end if fieldwork is not None else self.plan.report.date


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityDesk(Desk):
    """The desk of one language."""

    material: QualityMaterial

    @classmethod
    def of(cls, material: QualityMaterial, language: str) -> QualityDesk:
        """Lay the desk."""
        return cls(
            material=material,
            language=language,
            w=Words(language),
            f=Numbers(language),
            labels=Labels(material=material, language=language),
        )

    @property
    def quality(self) -> Quality:
        """The result of the checks."""
        return self.material.quality

    @property
    def several_sources(self) -> bool:
        """Whether a row needs the name of its file."""
        return len(self.material.plan.collect.sources) > 1

    def row(self, source: str, number: int) -> str:
        """What a row of the export is called."""
        told = str(int(number))
        return self.w("field.row_of", source=source, row=told) if self.several_sources else told

    def flag(self, name: str) -> str:
        """What a flag is called."""
        return self.w(f"rule.{name}")

    def rule(self, name: str) -> str:
        """What a rule forbids; a reason that the wave file invented is printed as it stands."""
        key = f"rule.{name}"
        return self.w(key) if self.w.knows(key) else name.replace("_", " ")

    def item(self, name: str, *, code: bool = True) -> str:
        """What an item is called, short enough for a line: a long question is cut, and its code follows."""
        label = self.labels.item(name)
        if len(label) <= LONGEST:
            return label
        return label[:LONGEST].rsplit(" ", 1)[0].rstrip(" ,;:(") + " …" + (f" ({name})" if code else "")

    def share(self, value: float) -> str:
        """A share as a percentage; a dash where it is unknown."""
        return self.f.cell(None, "percent") if math.isnan(value) else self.f.percent(value)


def cells(values: Iterable[object]) -> Row:
    """A row of raw values; what is NaN or absent is empty."""
    made = []
    for value in values:
        known = value is not None and not (isinstance(value, float) and math.isnan(value))
        made.append(Cell(value=value if known else None))  # type: ignore[arg-type]
    return Row(cells=tuple(made))
