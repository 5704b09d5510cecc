"""Flags that the wave file declares to exclude: their rows leave the responses, each with its rule."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from netralstat.collect.quality.answer_codes import answer_codes, named_column, substantive_items
from netralstat.collect.quality.duplicates import duplicates
from netralstat.collect.quality.flags import Flagged
from netralstat.collect.quality.list_experiment import list_check
from netralstat.collect.quality.missingness import missingness
from netralstat.collect.quality.quality import left_out
from netralstat.collect.quality.response_styles import response_styles
from netralstat.collect.quality.timing import timing
from netralstat.errors import ResponseError

if TYPE_CHECKING:
    from netralstat.ask.instrument import Instrument
    from netralstat.ask.plan import Plan
    from netralstat.collect.responses import Responses

_OF_ANSWERS = ("duplicate_answers", "near_duplicate")
_OF_TIMES = ("speeder", "too_long", "negative_length")
_OF_STYLE = ("straightliner", "long_run", "low_irv", "outlier", "attention")


def without_flagged(plan: Plan, instrument: Instrument, responses: Responses) -> Responses:
    """Leave out the rows of every flag in `exclude_flags`; the same responses when there are none.

    A row that leaves is in `rejected` under its flag, and has one finding under that rule; what was found
    about its answers before goes with it.

    Raises
    ------
    ResponseError
        No row would be left.
    """
    excluding = plan.collect.quality.exclude_flags
    if not excluding:
        return responses
    rule = left_out(_flagged(plan, instrument, responses), excluding, responses.n_accepted)
    out = rule != ""
    if out.all():
        raise ResponseError(
            f"none of {len(out):,} accepted rows is left after exclude_flags.",
            where=f"{plan.path.name}, collect.quality.exclude_flags",
            do="take flags out of the list; `netralstat check` counts each of them",
        )
    left = responses.rows[out]
    lost = pd.DataFrame({"source": left["source"], "row": left["row"], "rule": rule[out]})
    told = lost.assign(column="", severity="error", note="left out by exclude_flags")
    gone = pd.MultiIndex.from_frame(lost[["source", "row"]])
    kept = ~pd.MultiIndex.from_frame(responses.findings[["source", "row"]]).isin(gone)
    findings = pd.concat([responses.findings[kept], told[responses.findings.columns]], ignore_index=True)
    rejected = pd.concat([responses.rejected, lost], ignore_index=True)
    stay = np.flatnonzero(~out)
    return replace(
        responses,
        frame=responses.frame.take(stay).reset_index(drop=True),
        missing=responses.missing.take(stay).reset_index(drop=True),
        rows=responses.rows.take(stay).reset_index(drop=True),
        findings=findings.sort_values(["source", "row"], kind="stable", ignore_index=True),
        rejected=rejected.sort_values(["source", "row"], kind="stable", ignore_index=True),
    )


def _flagged(plan: Plan, instrument: Instrument, responses: Responses) -> tuple[Flagged, ...]:
    """The flags that exclude, and no check that none of them needs."""
    collect = plan.collect
    quality, wanted = collect.quality, set(collect.quality.exclude_flags)
    found: list[Flagged] = []
    items = substantive_items(collect, instrument)
    if wanted & set(_OF_ANSWERS):
        who = None
        if quality.interviewer is not None:
            column = named_column(quality.interviewer, responses, "collect.quality.interviewer")
            who = pd.factorize(column)[0].astype(np.intp)
        codes = answer_codes(responses, instrument, items)
        near = "near_duplicate" in wanted
        found += duplicates(codes, quality.near_duplicate_share, who, near=near).flagged
    if wanted & set(_OF_TIMES):
        clock = timing(responses, quality)
        found += clock.flagged if clock is not None else ()
    if wanted & set(_OF_STYLE):
        found += response_styles(responses, instrument, quality).flagged
    if "much_missing" in wanted:
        asked = [name for name in items if instrument.item(name).kind != "text"]
        found += missingness(responses, asked, quality).flagged
    if "list_range" in wanted:
        found += [one for test in collect.list_experiments for one in list_check(responses, test).flagged]
    return tuple(found)
