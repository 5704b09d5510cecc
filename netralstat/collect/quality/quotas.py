"""How far the fieldwork is: responses accepted against the numbers wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from netralstat.ask.plan_collect import Source
from netralstat.collect.quality.answer_codes import named_column
from netralstat.collect.sources import read_source
from netralstat.errors import PlanError, did_you_mean

if TYPE_CHECKING:
    from netralstat.ask.instrument import Instrument
    from netralstat.ask.plan import Plan
    from netralstat.ask.plan_quality import Quota
    from netralstat.collect.responses import Responses

JOIN = " × "
_LARGEST = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaProgress:
    """Progress of one quota.

    Attributes
    ----------
    items : tuple of str
    table : pandas.DataFrame
        level (levels of several items joined by " × "), target, accepted, remaining (0 when reached), share.
    n_without : int
        Accepted rows whose level has no target, or that left the item empty.
    """

    items: tuple[str, ...]
    table: pd.DataFrame
    n_without: int

    @property
    def target(self) -> int:
        """Sum of the targets."""
        return int(self.table["target"].sum())

    @property
    def accepted(self) -> int:
        """Rows accepted under a target."""
        return int(self.table["accepted"].sum())


def quota_progress(
    responses: Responses, instrument: Instrument, plan: Plan, quota: Quota, number: int
) -> QuotaProgress:
    """Compare the accepted rows with the targets of the `number`-th quota.

    Raises
    ------
    PlanError
        An item or a level is not there, or a target is no whole number.
    ResponseError
        The file of the targets cannot be read.
    """
    where = f"collect.quotas[{number}]"
    columns = [named_column(name, responses, where) for name in quota.items]
    targets = dict(quota.levels) if quota.levels else _targets(plan, quota, where)
    if len(quota.items) == 1 and quota.items[0] in instrument:
        known = instrument.item(quota.items[0]).valid_codes
        strange = [level for level in targets if known and level not in known]
        if strange:
            raise PlanError(
                f'"{quota.items[0]}" has no choice "{strange[0]}".{did_you_mean(strange[0], known)}',
                where=f"wave.toml, {where}",
                do=f"use the codes of the choice list: {', '.join(known[:12])}",
            )
    level = columns[0].astype("str").where(columns[0].notna())
    for column in columns[1:]:
        level = (level + JOIN + column.astype("str")).where(level.notna() & column.notna())
    counts: Mapping[str, int] = {str(name): int(n) for name, n in level.value_counts().items()}
    lines = []
    for name, target in targets.items():
        accepted = counts.get(name, 0)
        share = accepted / target if target else float("nan")
        remaining = max(target - accepted, 0)
        lines.append(
            {"level": name, "target": target, "accepted": accepted, "remaining": remaining, "share": share}
        )
    table = pd.DataFrame(lines, columns=["level", "target", "accepted", "remaining", "share"])
    return QuotaProgress(
        items=quota.items, table=table, n_without=responses.n_accepted - int(table["accepted"].sum())
    )


def _targets(plan: Plan, quota: Quota, where: str) -> dict[str, int]:
    """Targets by level out of a CSV, rows with the same levels added up."""
    assert quota.path is not None
    if not quota.path.lower().endswith(".csv"):
        raise PlanError(
            f'"{quota.path}" is no .csv file.',
            where=f"wave.toml, {where}.path",
            do="save the targets as .csv",
        )
    table = read_source(Source(path=quota.path, kind="table"), plan)
    for name in (*quota.items, quota.target):
        if name not in table.header:
            raise PlanError(
                f'the targets have no column "{name}".{did_you_mean(name, table.header)}',
                where=f"wave.toml, {where}; {quota.path}, row 1",
                do="name its columns after the items, and the column of the numbers in target",
            )
    numbers = table.column(quota.target)
    bad = numbers.test(lambda text: not (text.isascii() and text.isdigit() and len(text) <= _LARGEST))
    if bad.any():
        raise PlanError(
            f"{int(bad.sum()):,} targets are no whole numbers (column {quota.target}).",
            where=f"{quota.path}, row {int(bad.argmax()) + table.first_row}",
            do="write whole numbers, 0 where nobody is wanted",
        )
    frame = pd.DataFrame({name: table.column(name).text() for name in quota.items}, dtype=object)
    level = frame[quota.items[0]].astype(str)
    for name in quota.items[1:]:
        level = level + JOIN + frame[name].astype(str)
    wanted = pd.Series([int(text) for text in numbers.text()], dtype="int64")
    return {
        str(name): int(total) for name, total in wanted.groupby(level.to_numpy(), sort=False).sum().items()
    }
