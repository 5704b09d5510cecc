"""The quality of a fieldwork: every check of this folder, in one frozen result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from netralstat.ask.plan_quality import FLAGS
from netralstat.collect.quality.answer_codes import answer_codes, named_column, substantive_items
from netralstat.collect.quality.dispositions import ContactLog, read_contact_log
from netralstat.collect.quality.duplicates import Duplicates, duplicates
from netralstat.collect.quality.flags import Flagged, flag_table
from netralstat.collect.quality.interviewers import Interviewers, interviewers, measures
from netralstat.collect.quality.list_experiment import ListCheck, list_check
from netralstat.collect.quality.missingness import REASONS, Missingness, missingness
from netralstat.collect.quality.quotas import QuotaProgress, quota_progress
from netralstat.collect.quality.response_styles import ResponseStyles, response_styles
from netralstat.collect.quality.timing import Timing, timing

if TYPE_CHECKING:
    from netralstat.ask.instrument import Instrument
    from netralstat.ask.plan import Plan
    from netralstat.collect.responses import Responses


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What the checks found; it names rows and counts, never an answer.

    Attributes
    ----------
    n_read, n_accepted : int
        Rows of all sources, and those that stay after all rules, flags that exclude among them.
    n_checked : int
        Rows that the checks looked at: accepted before any flag excluded one.
    rejected_by_rule, findings_by_rule : Mapping[str, int]
        Of the responses as they are used.
    contact_log : ContactLog or None
        Dispositions and outcome rates.
    duplicates, styles, missingness
        Always there.
    timing : Timing or None
        None without declared times.
    interviewers : Interviewers or None
        None without a declared interviewer.
    quotas : tuple of QuotaProgress
    lists : tuple of ListCheck
    flags : pandas.DataFrame
        source, row, flag, detail, value, other_source, other_row, interviewer, excluded; see `flag_table`.
    """

    n_read: int
    n_accepted: int
    n_checked: int
    rejected_by_rule: Mapping[str, int]
    findings_by_rule: Mapping[str, int]
    contact_log: ContactLog | None
    duplicates: Duplicates
    timing: Timing | None
    styles: ResponseStyles
    missingness: Missingness
    interviewers: Interviewers | None
    quotas: tuple[QuotaProgress, ...]
    lists: tuple[ListCheck, ...]
    flags: pd.DataFrame

    @property
    def n_rejected(self) -> int:
        """Rows that some rule left out."""
        return self.n_read - self.n_accepted

    @property
    def n_flagged(self) -> int:
        """Rows that bear at least one flag."""
        return len(self.flags[["source", "row"]].drop_duplicates())

    def flag_counts(self) -> pd.DataFrame:
        """Rows by flag: flag, rows, share of the rows checked, excluded; in the order of `FLAGS`."""
        pairs = self.flags[["source", "row", "flag", "excluded"]].drop_duplicates()
        lines = []
        for flag in FLAGS:
            mine = pairs[pairs["flag"] == flag]
            if len(mine):
                share, out = len(mine) / self.n_checked, bool(mine["excluded"].iloc[0])
                lines.append({"flag": flag, "rows": len(mine), "share": share, "excluded": out})
        return pd.DataFrame(lines, columns=["flag", "rows", "share", "excluded"])

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by name; what was not checked is absent."""
        made = {"flag_counts": self.flag_counts(), "flags": self.flags}
        if self.contact_log is not None:
            made["dispositions"], made["outcome_rates"] = self.contact_log.counts, self.contact_log.rates
        if self.timing is not None:
            made["interview_minutes"] = self.timing.quantiles()
        made["nearest_match"] = self.duplicates.distribution()
        made["response_styles"], made["attention"] = self.styles.table(), self.styles.attention
        made["missing_by_item"], made["missing_by_group"] = self.missingness.items, self.missingness.groups
        if self.interviewers is not None:
            made["interviewers"] = self.interviewers.loads
            made["interviewer_effects"] = self.interviewers.effects
        for number, quota in enumerate(self.quotas, start=1):
            made[f"quota_{number}"] = quota.table
        for one in self.lists:
            made[f"list_{one.id}_arms"], made[f"list_{one.id}_balance"] = one.arms, one.balance
            made[f"list_{one.id}_design"] = one.design
        return made

    def to_json(self) -> str:
        """The result as JSON: counts, then every table as a list of rows; nothing unknown is a number."""
        content: dict[str, Any] = {
            "rows": {
                "read": self.n_read,
                "accepted": self.n_accepted,
                "rejected": self.n_rejected,
                "checked": self.n_checked,
                "flagged": self.n_flagged,
            },
            "rejected_by_rule": dict(self.rejected_by_rule),
            "findings_by_rule": dict(self.findings_by_rule),
            "near_duplicates": self.duplicates.rule,
            "list_experiments": [
                {"id": one.id, "split_p": _known(one.split_p), "design_p": _known(one.design_p)}
                for one in self.lists
            ],
            "tables": {name: _records(table) for name, table in self.tables().items()},
        }
        return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def check_quality(plan: Plan, instrument: Instrument, responses: Responses) -> Quality:
    """Run every check on the responses of a wave.

    Parameters
    ----------
    plan : Plan
        Its section [collect] says what is checked, and which flags exclude.
    instrument : Instrument
    responses : Responses
        As `read_unflagged` gives them: before any flag excluded a row.

    Raises
    ------
    PlanError
        The wave file names an item or a level that is not there.
    ResponseError
        The contact log or the targets cannot be read.
    """
    collect = plan.collect
    declared = collect.quality
    items = substantive_items(collect, instrument)
    compared = answer_codes(responses, instrument, items)
    interviewer = who = None
    if declared.interviewer is not None:
        column = named_column(declared.interviewer, responses, "collect.quality.interviewer")
        interviewer = pd.factorize(column)[0].astype(np.intp)
        who = column.astype(object).where(column.notna(), "").to_numpy()
    twins = duplicates(compared, declared.near_duplicate_share, interviewer)
    clock, styles = timing(responses, declared), response_styles(responses, instrument, declared)
    asked = [name for name in items if instrument.item(name).kind != "text"]
    missing = missingness(responses, asked, declared)
    lists = tuple(list_check(responses, one) for one in collect.list_experiments)
    flagged = (*twins.flagged, *(clock.flagged if clock else ()), *styles.flagged, *missing.flagged)
    flagged += tuple(one for check in lists for one in check.flagged)
    flags = flag_table(flagged, responses.rows, declared.exclude_flags, who)
    lost = left_out(flagged, declared.exclude_flags, responses.n_accepted)
    rejected = dict(responses.rejected_by_rule)
    for rule, count in zip(*np.unique(lost[lost != ""].astype(str), return_counts=True), strict=True):
        rejected[str(rule)] = rejected.get(str(rule), 0) + int(count)
    return Quality(
        n_read=responses.n_read,
        n_accepted=responses.n_accepted - int((lost != "").sum()),
        n_checked=responses.n_accepted,
        rejected_by_rule=rejected,
        findings_by_rule=responses.findings_by_rule,
        contact_log=read_contact_log(plan),
        duplicates=twins,
        timing=clock,
        styles=styles,
        missingness=missing,
        interviewers=interviewers(
            responses,
            declared,
            measures(responses, instrument, items) | _rates(clock, missing),
            _by_row(responses.n_accepted, clock, missing, flagged),
        ),
        quotas=tuple(
            quota_progress(responses, instrument, plan, quota, number)
            for number, quota in enumerate(collect.quotas, start=1)
        ),
        lists=lists,
        flags=flags,
    )


def left_out(flagged: tuple[Flagged, ...], excluding: tuple[str, ...], n: int) -> np.ndarray[Any, Any]:
    """The flag that leaves each row out, the first declared one counting; "" where it stays."""
    rule = np.full(n, "", dtype=object)
    for flag in reversed(excluding):
        for one in flagged:
            if one.flag == flag:
                rule[one.rows] = flag
    return rule


def _rates(clock: Timing | None, missing: Missingness) -> dict[str, Any]:
    """Measures of a row that are no answers: its length and its share of missing answers."""
    rates: dict[str, Any] = {"missing_share": missing.share}
    if clock is not None:
        rates["minutes"] = clock.minutes
    return rates


def _by_row(
    n: int, clock: Timing | None, missing: Missingness, flagged: tuple[Flagged, ...]
) -> dict[str, Any]:
    any_flag = np.zeros(n, dtype=bool)
    for one in flagged:
        any_flag |= one.places(n)
    counts = {reason: missing.counts[:, place].astype(float) for place, reason in enumerate(REASONS)}
    return {
        **counts,
        "minutes": clock.minutes if clock is not None else np.full(n, np.nan),
        "asked": missing.asked.astype(float),
        "missing": missing.counts.sum(axis=1).astype(float),
        "flagged": any_flag.astype(float),
    }


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values; NaN and NA become None."""
    return [
        {str(key): None if pd.isna(value) else value for key, value in row.items()}
        for row in table.astype(object).to_dict("records")
    ]
