"""Derived indicators and scale scores, defined as data in the wave file, evaluated over answers.

Conditions follow Kleene's three-valued logic: `any_of` is true when one condition is true, else missing
when one is missing, else false; `all_of` and `not` are its duals; `at_least` is decided as soon as the
missing conditions cannot change it. An item that was refused, unknown or left empty counts as missing. An
item that skip logic did not ask counts as false, unless the question it hangs on was itself refused, unknown
or left empty: who withholds whether there was pressure is not asked by whom, and is missing, not untouched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.ask.indicator_checks import check_indicators, members, reversed_members
from netralstat.ask.instrument import Instrument, Item
from netralstat.ask.plan_ask import Condition, Indicator, Recode, Scale
from netralstat.errors import PlanError, did_you_mean

_REFERENCE = re.compile(r"\$\{\s*([^}\s]+)\s*\}")
_WITHHELD = np.array(["refused", "dont_know", "no_answer"], dtype=object)

Truth = NDArray[np.float64]
"""1 true, 0 false, NaN missing."""

Column = Any
"""Truth, scores (float), or the levels of a recode (pandas.Categorical)."""


class Answered(Protocol):
    """What evaluation needs of responses: typed answers and the reason of every missing one."""

    @property
    def frame(self) -> pd.DataFrame:
        """One column an item, or one an item/choice of a select_multiple."""
        ...

    @property
    def missing(self) -> pd.DataFrame:
        """One column an item; "" where it was answered."""
        ...


def evaluate(
    indicators: Mapping[str, Indicator],
    scales: Mapping[str, Scale],
    responses: Answered,
    instrument: Instrument,
) -> pd.DataFrame:
    """Evaluate the scales and indicators of a wave for every respondent.

    Parameters
    ----------
    indicators : Mapping[str, Indicator]
        [ask.indicators] in order; a condition may name an earlier one.
    scales : Mapping[str, Scale]
        [ask.scales]; each becomes a column with its mean score.
    responses : Responses
        Typed answers and reasons of missing ones.
    instrument : Instrument
        What was asked.

    Returns
    -------
    pandas.DataFrame
        One row a respondent, first the scales, then the indicators: float 1/0/NaN, float scores, or a
        Categorical for a recode.

    Raises
    ------
    PlanError
        An item, level, indicator or scale is unknown, a reference is circular or forward, a scale has no
        items or items without scores; all problems at once.
    """
    check_indicators(indicators, scales, instrument)
    columns: dict[str, Column] = {}
    for name, scale in scales.items():
        if name not in indicators:
            columns[name] = _mean(scale_items(name, scales, responses, instrument), scale.min_answered)
    for name, indicator in indicators.items():
        columns[name] = _indicator(indicator, columns, scales, responses, instrument)
    return pd.DataFrame(columns, index=responses.frame.index)


def scale_items(
    scale: str, scales: Mapping[str, Scale], responses: Answered, instrument: Instrument
) -> pd.DataFrame:
    """Scores of the items of a scale, reversed items turned round, for its mean and its reliability.

    Parameters
    ----------
    scale : str
        Its name in [ask.scales] or in the instrument's column nst_scale.

    Returns
    -------
    pandas.DataFrame
        One float column an item; NaN where it was not answered.

    Formula
    -------
    A reversed item scores max + min − score, over the scores of its own choice list.
    """
    names = members(scale, scales, instrument)
    if not names:
        known = sorted({*scales, *instrument.scales})
        raise PlanError(
            f'the scale "{scale}" has no items.{did_you_mean(scale, known)}',
            where=f"wave.toml, ask.scales, with instrument {instrument.id}",
            do=f"name one of: {', '.join(known) or 'none is declared'}; or tag its items in nst_scale",
        )
    turned = reversed_members(scale, scales, instrument)
    scores = {item: _scores(instrument.item(item), item in turned, responses) for item in names}
    return pd.DataFrame(scores, index=responses.frame.index)


def _indicator(
    rule: Indicator,
    columns: Mapping[str, Column],
    scales: Mapping[str, Scale],
    responses: Answered,
    instrument: Instrument,
) -> Column:
    def truths(conditions: Sequence[Condition]) -> Truth:
        return np.stack([_condition(one, columns, responses, instrument) for one in conditions])

    if rule.any_of is not None:
        return at_least(truths(rule.any_of), 1)
    if rule.all_of is not None:
        return at_least(truths(rule.all_of), len(rule.all_of))
    if rule.at_least is not None:
        return at_least(truths(rule.at_least.of), rule.at_least.k)
    if rule.not_ is not None:
        return 1.0 - truths((rule.not_,))[0]
    if rule.recode is not None:
        return _recode(rule.recode, responses)
    score = rule.mean_score or rule.score_at_least
    assert score is not None, "the plan admits an indicator only with a rule"
    if score.scale is not None:
        table = scale_items(score.scale, scales, responses, instrument)
    else:
        items = [instrument.item(name) for name in score.items or ()]
        table = pd.DataFrame({item.name: _scores(item, item.reverse, responses) for item in items})
    mean = _mean(table, score.min_answered)
    if rule.score_at_least is None:
        return mean
    return np.where(np.isnan(mean), np.nan, mean >= rule.score_at_least.cut - 1e-9)


def at_least(truths: Truth, k: int) -> Truth:
    """Kleene's "at least k of these": truths is (conditions, rows); any is k = 1, all is k = conditions."""
    true = (truths == 1.0).sum(axis=0)
    missing = np.isnan(truths).sum(axis=0)
    return np.where(true >= k, 1.0, np.where(true + missing >= k, np.nan, 0.0))


def _condition(
    condition: Condition,
    columns: Mapping[str, Column],
    responses: Answered,
    instrument: Instrument,
) -> Truth:
    if condition.indicator is not None:
        column = columns[condition.indicator]
        if isinstance(column, pd.Categorical):
            return np.where(np.asarray(column.isna()), np.nan, column.isin(condition.in_ or ()))
        earlier = np.asarray(column, dtype=np.float64)
        if condition.at_least is None and condition.at_most is None:
            return earlier
        return np.where(np.isnan(earlier), np.nan, _between(earlier, condition))
    assert condition.item is not None, "the plan admits a condition only with an item or an indicator"
    item = instrument.item(condition.item)
    reason = responses.missing[item.name].to_numpy(dtype=object)
    held = _held(item, condition, responses.frame)
    not_asked = np.where(_undecided(item, responses.missing, instrument, frozenset()), np.nan, 0.0)
    return np.where(reason == "", held, np.where(reason == "not_asked", not_asked, np.nan))


def _undecided(
    item: Item, missing: pd.DataFrame, instrument: Instrument, above: frozenset[str]
) -> NDArray[np.bool_]:
    """Rows in which a question that the item's relevance names has no answer, directly or further up."""
    undecided = np.zeros(len(missing), dtype=bool)
    for name in set(_REFERENCE.findall(item.relevant or "")) - above:
        if name in missing.columns:
            reason = missing[name].to_numpy(dtype=object)
            undecided |= np.isin(reason, _WITHHELD)
            further = _undecided(instrument.item(name), missing, instrument, above | {item.name, name})
            undecided |= (reason == "not_asked") & further
    return undecided


def _held(item: Item, condition: Condition, frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether the condition holds in each row; rows without an answer are decided by the caller."""
    if condition.in_ is None:
        return _between(frame[item.name].to_numpy(dtype=np.float64), condition)
    if item.kind == "select_multiple":
        chosen = frame[[f"{item.name}/{code}" for code in condition.in_]].to_numpy(dtype=np.float64)
        return np.asarray((chosen == 1.0).any(axis=1))
    return frame[item.name].isin(condition.in_).to_numpy(dtype=bool)


def _between(values: Truth, condition: Condition) -> NDArray[np.bool_]:
    low = -np.inf if condition.at_least is None else condition.at_least
    high = np.inf if condition.at_most is None else condition.at_most
    return (values >= low) & (values <= high)


def _recode(recode: Recode, responses: Answered) -> Column:
    if recode.bands:
        numbers = pd.to_numeric(responses.frame[recode.item]).to_numpy(dtype=float)
        return pd.cut(numbers, list(recode.bands), right=False, labels=list(recode.names), ordered=False)
    level_of = {code: level for level, codes in recode.levels.items() for code in codes}
    answers = responses.frame[recode.item].astype(object)
    return pd.Categorical(answers.map(level_of), categories=list(recode.levels))


def _scores(item: Item, turned: bool, responses: Answered) -> Truth:
    answers = responses.frame[item.name]
    if item.kind != "select_one":
        return answers.to_numpy(dtype=np.float64)
    score_of = {c.name: c.score for c in item.choices if c.missing is None and c.score is not None}
    scores = np.array([score_of.get(code, np.nan) for code in answers.cat.categories] + [np.nan])
    if turned:
        scores = np.nanmax(scores) + np.nanmin(scores) - scores
    return np.asarray(scores[answers.cat.codes.to_numpy()], dtype=np.float64)


def _mean(scores: pd.DataFrame, min_answered: float) -> Truth:
    """Mean of the answered items, NaN where fewer than the share `min_answered` was answered."""
    values = scores.to_numpy(dtype=np.float64)
    answered = (~np.isnan(values)).sum(axis=1)
    enough = answered >= min_answered * values.shape[1] - 1e-9
    total = np.nansum(values, axis=1)
    return np.where(enough & (answered > 0), total / np.maximum(answered, 1), np.nan)
