"""The contact log: one row a case of the sample, with its final disposition."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.ask.plan_collect import Source
from netralstat.ask.plan_quality import DISPOSITIONS
from netralstat.collect.companion_tables import column_of, rows_of
from netralstat.collect.quality.response_rates import RATES, estimated_eligibility, outcome_rates
from netralstat.collect.sources import read_source
from netralstat.errors import ResponseError

if TYPE_CHECKING:
    from netralstat.ask.plan import Plan
    from netralstat.ask.plan_quality import Dispositions
    from netralstat.collect.text_table import TextColumn, TextTable

_CODE = re.compile(r"([1-4])(?:\.(\d)\d{0,3})?", re.ASCII)
WHOLE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLog:
    """Dispositions of a sample and its outcome rates.

    Attributes
    ----------
    counts : pandas.DataFrame
        by, level, n, and one column a disposition (I, P, R, NC, O, UH, UO, NE); the first row is the whole.
    rates : pandas.DataFrame
        by, level, n, e, and one column a rate of `RATES`.
    eligible_share : float
        e of the whole sample.
    declared : bool
        Whether e was declared in the wave file or estimated.
    """

    counts: pd.DataFrame
    rates: pd.DataFrame
    eligible_share: float
    declared: bool

    def count(self, disposition: str) -> int:
        """Cases of the whole sample with this disposition."""
        return int(self.counts[disposition].iloc[0])

    @property
    def n(self) -> int:
        """Cases in the log."""
        return int(self.counts["n"].iloc[0])

    def rate(self, name: str) -> float:
        """A rate of the whole sample."""
        return float(self.rates[name].iloc[0])


def read_contact_log(plan: Plan) -> ContactLog | None:
    """Read the contact log of a wave; None when the wave file names none.

    Raises
    ------
    ResponseError
        The file cannot be read, a case stands twice, or a code is none of AAPOR's.
    PlanError
        A named column is not in the file.
    """
    declared = plan.collect.dispositions
    if declared is None:
        return None
    source = Source(
        path=declared.path, kind="table", encoding=declared.encoding, delimiter=declared.delimiter
    )
    table = read_source(source, plan)
    where = f"{plan.path.name}, collect.dispositions"
    columns = {
        name: column_of(table, name, what="contact log", where=where)
        for name in (declared.id, declared.code, *declared.by)
    }
    _refuse_twins(columns[declared.id], table, declared.id)
    disposition = _dispositions(columns[declared.code], table, declared)
    lines = [(WHOLE, WHOLE, _tally(disposition, np.ones(table.n_rows, dtype=bool)))]
    for name in declared.by:
        column = columns[name]
        for code in sorted(range(len(column.levels)), key=lambda place: column.levels[place]):
            if (column.codes == code).any():
                lines.append((name, column.levels[code], _tally(disposition, column.codes == code)))
    counts, rates = [], []
    for by, level, tally in lines:
        e = declared.eligible_share
        e = estimated_eligibility(tally) if e is None else e
        head: dict[str, object] = {"by": by, "level": level, "n": sum(tally.values())}
        counts.append({**head, **tally})
        rates.append({**head, "e": e, **outcome_rates(tally, e)})
    return ContactLog(
        counts=pd.DataFrame(counts, columns=["by", "level", "n", *DISPOSITIONS]),
        rates=pd.DataFrame(rates, columns=["by", "level", "n", "e", *RATES]),
        eligible_share=float(rates[0]["e"]),  # type: ignore[arg-type]
        declared=declared.eligible_share is not None,
    )


def disposition_of(code: str) -> str | None:
    """The AAPOR category of a final code (``"2.112"`` is ``"R"``); None when it is not one.

    1, 1.0 and 1.1 complete; 1.2 partial; 2.1 refusal and break-off; 2.2 non-contact; 2.3 other; 3.1 unknown
    whether a household is there; every other 3 unknown, other; 4 not eligible.
    """
    match = _CODE.fullmatch(code)
    if match is None:
        return None
    first, second = match.group(1), match.group(2) or "0"
    if first == "1":
        return {"0": "I", "1": "I", "2": "P"}.get(second)
    if first == "2":
        return {"1": "R", "2": "NC", "3": "O"}.get(second)
    if first == "3":
        return "UH" if second == "1" else "UO"
    return "NE"


def _refuse_twins(column: TextColumn, table: TextTable, name: str) -> None:
    empty = column.test(lambda text: not text)
    twice = np.bincount(column.codes, minlength=len(column.levels))[column.codes] > 1
    if empty.any() or twice.any():
        fact = "have no id" if empty.any() else "share the id of another row"
        hit = empty if empty.any() else twice
        raise ResponseError(
            f"{int(hit.sum()):,} rows of the contact log {fact} (column {name}).",
            where=rows_of(hit, table),
            do="keep one row a case, with the final disposition after the last attempt",
        )


def _dispositions(column: TextColumn, table: TextTable, declared: Dispositions) -> NDArray[np.object_]:
    found = [disposition_of(declared.codes.get(text, text)) for text in column.levels]
    bad = np.array([one is None for one in found] or [False])[column.codes]
    if bad.any():
        raise ResponseError(
            f"{int(bad.sum()):,} rows of the contact log bear no final AAPOR code (column {declared.code}).",
            where=rows_of(bad, table),
            do='write 1.1, 1.2, 2.1…, 2.2…, 2.3…, 3.… or 4.…, or declare codes = { "your code" = "2.1" }; '
            "2 and 2.0 do not say what kind of nonresponse it was",
        )
    return np.array(found, dtype=object)[column.codes]


def _tally(disposition: NDArray[np.object_], rows: NDArray[np.bool_]) -> dict[str, int]:
    return {name: int((rows & (disposition == name)).sum()) for name in DISPOSITIONS}
