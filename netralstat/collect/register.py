"""The case register: what was reported and decided, counted by province, form and stage as it is read.

Only the columns that the wave file names are kept, and of them only counts: no case, and nobody in it, can
be found in what is returned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.ask.instrument import Instrument
from netralstat.ask.plan import Plan
from netralstat.ask.plan_collect import Source
from netralstat.ask.plan_register import Register, Stage
from netralstat.collect.companion_tables import column_of, rows_of
from netralstat.collect.regions import province_of
from netralstat.collect.sources import read_source
from netralstat.collect.text_table import TextColumn, TextTable
from netralstat.errors import PlanError, ResponseError, UsageError, did_you_mean
from netralstat.reference import crosswalk

STAGES: tuple[Stage, ...] = get_args(Stage)
REACHED = ("reported", "recommended", "sanctioned")
"""What is counted of cases, each part of the one before."""
KEPT = ("province", "form", "stage")
NOT_STATED, NO_PROVINCE, OTHER_FORM = "", "none", "other"
MOST_CASES = 10**12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CaseRegister:
    """Cases of a register, counted.

    Parameters
    ----------
    counts : DataFrame
        ``province, form, stage, n``: a row for each combination that occurs. `province` is a slug of the
        wave's list, "none" (in no province) or "" (not stated); `form` the number of the form in the
        questionnaire, "other" or ""; `stage` one of `STAGES`. A register without one of the columns has ""
        there.
    unit : str
        What is counted: "persons", "cases" or "reports".
    as_of : date
        The day of the register.
    """

    counts: pd.DataFrame
    unit: str
    as_of: date

    def __repr__(self) -> str:
        return f"CaseRegister: {self.total:,} {self.unit} as of {self.as_of}"

    @property
    def total(self) -> int:
        """All cases."""
        return int(self.counts["n"].sum())

    def by(self, name: str) -> pd.DataFrame:
        """Cases by province or form: `name`, then ``reported``, ``recommended`` and ``sanctioned``.

        Each is part of the one before: a case is recommended when it was proven, and may then be sanctioned.
        """
        if name not in ("province", "form"):
            raise UsageError(
                f'a register is counted by province or form, not by "{name}"',
                where="by",
                do='write by("province") or by("form")',
            )
        proven, sanctioned = self.counts["stage"].isin(STAGES[2:]), self.counts["stage"] == STAGES[3]
        n = self.counts["n"]
        parts = dict(zip(REACHED, (n, n.where(proven, 0), n.where(sanctioned, 0)), strict=True))
        grouped = pd.DataFrame({name: self.counts[name], **parts}).groupby(name, sort=False)
        return grouped.sum().reset_index()

    @property
    def stages(self) -> dict[str, int]:
        """Cases by the stage that they have reached."""
        summed = self.counts.groupby("stage")["n"].sum()
        return {stage: int(summed.get(stage, 0)) for stage in STAGES}


def read_register(plan: Plan, instrument: Instrument) -> CaseRegister | None:
    """Read the case register of a wave; None when the wave file names none.

    Raises
    ------
    ResponseError
        The file cannot be read, a case stands twice, or an entry is none that the wave file declares.
    PlanError
        A named column is not in the file, a form is not in the questionnaire, or the register names
        provinces that cannot be given to those of the survey.
    """
    declared = plan.collect.case_register
    if declared is None:
        return None
    where = f"{plan.path.name}, collect.register"
    _require_forms(declared, instrument, where)
    source = Source.model_validate(
        {"path": declared.path, "kind": "table", "sha256": declared.sha256, **declared.reading}
    )
    table = read_source(source, plan)
    columns = {name: column_of(table, name, what="case register", where=where) for name in declared.columns}
    if declared.id is not None:
        _require_distinct(columns[declared.id], table, declared.id)
    meaning: dict[str, TextColumn] = {
        "province": _provinces(plan, declared, columns, table, where),
        "form": _forms(declared, columns, table),
        "stage": _stages(declared, columns, table),
    }
    n = _numbers(columns[declared.count], table) if declared.count is not None else np.ones(table.n_rows, int)
    frame = pd.DataFrame({name: column.text() for name, column in meaning.items()}, dtype="str").assign(n=n)
    counts = frame.groupby(list(KEPT), sort=True, as_index=False)["n"].sum()
    counts = counts.loc[counts["n"] > 0].reset_index(drop=True)
    if counts.empty:
        raise ResponseError(
            "the case register counts no case.", where=table.path, do="leave [collect.register] out"
        )
    return CaseRegister(counts=counts, unit=declared.unit, as_of=declared.as_of)


def _require_forms(declared: Register, instrument: Instrument, where: str) -> None:
    if declared.forms is None:
        return
    known = dict.fromkeys(form_numbers(instrument))
    for form in dict.fromkeys(declared.forms.codes.values()):
        if form not in known:
            raise PlanError(
                f'the questionnaire has no form "{form}".{did_you_mean(form, known)}',
                where=f"{where}.forms, codes",
                do="give the number of a form (its tag nst_form), or list the code under other",
            )


def form_numbers(instrument: Instrument) -> list[str]:
    """Numbers of the forms of violation that the questionnaire asks about, in its order."""
    tags = [item.tags for item in instrument.items]
    tags += [choice.tags for item in instrument.items for choice in item.choices]
    return list(dict.fromkeys(tag["form"] for tag in tags if tag.get("form")))


def _require_distinct(column: TextColumn, table: TextTable, name: str) -> None:
    text = pd.Series(column.text(), dtype="str")
    _refuse((text == "").to_numpy(), table, f'have no "{name}"', "give every case its number")
    twice = text.duplicated(keep=False).to_numpy()
    _refuse(twice, table, f'share their "{name}" with another', "keep one row a case, or count by `count`")


def _numbers(column: TextColumn, table: TextTable) -> NDArray[np.int64]:
    read = [
        int(text) if text.isascii() and text.isdigit() and len(text) <= 13 else -1 for text in column.levels
    ]
    bad = np.array([not 0 <= number <= MOST_CASES for number in read] or [False])[column.codes]
    _refuse(bad, table, "have no whole number of cases", "write plain numbers without separators")
    return np.array(read or [0], dtype=np.int64)[column.codes]


def _stages(declared: Register, columns: Mapping[str, TextColumn], table: TextTable) -> TextColumn:
    column = columns[declared.status]
    return _translated(
        column,
        lambda text: declared.stages.get(text),
        table,
        f'have a "{declared.status}" that collect.register.stages does not declare',
        f"say which stage it is: {', '.join(STAGES)}",
    )


def _forms(declared: Register, columns: Mapping[str, TextColumn], table: TextTable) -> TextColumn:
    forms = declared.forms
    if forms is None:
        return _nothing(table.n_rows)
    known = {**forms.codes, **dict.fromkeys(forms.other, OTHER_FORM), "": NOT_STATED}
    return _translated(
        columns[forms.column],
        known.get,
        table,
        f'have a "{forms.column}" that collect.register.forms does not declare',
        "add the code to codes, or to other where the questionnaire has no such form",
    )


def _provinces(
    plan: Plan, declared: Register, columns: Mapping[str, TextColumn], table: TextTable, where: str
) -> TextColumn:
    regions, survey = declared.regions, plan.collect.regions
    if regions is None:
        return _nothing(table.n_rows)
    wanted = regions.vintage if survey is None else survey.list_vintage
    to_list = crosswalk(regions.vintage, wanted)
    read = province_of(regions.scheme, regions.code_system, regions.vintage)

    def slug(text: str) -> str | None:
        if text == "":
            return NOT_STATED
        if text in regions.no_province:
            return NO_PROVINCE
        found = read(text)
        if found is not None and found not in to_list:
            raise PlanError(
                f"the register tells {found} of {regions.vintage}: several provinces by {wanted}",
                where=f"{where}.regions, vintage",
                do="take a register by the provinces of the survey, or give the survey's to_vintage",
            )
        return None if found is None else to_list[found]

    return _translated(
        columns[regions.column],
        slug,
        table,
        f'have a "{regions.column}" that is no province of {regions.vintage}',
        "correct scheme and vintage, or list the entry under no_province",
    )


def _translated(
    column: TextColumn, meaning: Callable[[str], str | None], table: TextTable, fault: str, remedy: str
) -> TextColumn:
    """The column in other words; entries without a meaning are refused."""
    found = [meaning(text) for text in column.levels]
    unknown = np.array([word is None for word in found] or [False])[column.codes]
    _refuse(unknown, table, fault, remedy)
    levels = tuple(dict.fromkeys(word for word in found if word is not None))
    place = {word: index for index, word in enumerate(levels)}
    codes = np.array([place.get(word or "", 0) for word in found] or [0], dtype=np.int32)
    return TextColumn(levels=levels, codes=codes[column.codes])


def _nothing(n_rows: int) -> TextColumn:
    return TextColumn(levels=(NOT_STATED,), codes=np.zeros(n_rows, dtype=np.int32))


def _refuse(hit: NDArray[np.bool_], table: TextTable, fault: str, remedy: str) -> None:
    """A fault of rows, told by their numbers and never by what stands in them."""
    if not hit.any():
        return
    raise ResponseError(
        f"{int(hit.sum()):,} rows of the case register {fault}", where=rows_of(hit, table), do=remedy
    )
