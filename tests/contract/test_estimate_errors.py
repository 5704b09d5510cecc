"""Every refusal of an estimate: the fact with its numbers, the place, the remedy."""

from __future__ import annotations

import numpy as np
import pytest
from contract.refusals import PEOPLE, Refusal, assert_refusal, at, clustered, survey, wide

from netralstat.errors import DesignError, EstimationError, UsageError
from netralstat.estimate.contrasts import versus_overall

ESTIMATION: dict[str, Refusal] = {
    "absent item": (
        DesignError,
        lambda: survey().prevalence("scores"),
        'there is no column "scores" among the 19 columns',
        "items",
        'Did you mean "score"?',
    ),
    "no item": (UsageError, lambda: survey().mean([]), "no item was named", "items", "at least one column"),
    "condition in words": (
        UsageError,
        lambda: survey().mean("score", where="sex == 'male'"),  # type: ignore[arg-type]
        "where= takes a mapping",
        "where",
        'where={"sex": "female"}',
    ),
    "unknown level of where": (
        EstimationError,
        lambda: survey().mean("score", where={"colour": ["red", "gren"]}),
        'item "colour" has no level "gren"',
        "where, item colour",
        'its levels are red, amber, green. Did you mean "green"?',
    ),
    "nobody": (
        EstimationError,
        lambda: survey(only=np.where(PEOPLE.index == 0, "a", "b")).mean(
            "score", where={"only": "a", "sex": "male" if PEOPLE.loc[0, "sex"] == "female" else "female"}
        ),
        "the domain has no respondents",
        "where",
        "widen the condition",
    ),
    "unknown level wanted": (
        EstimationError,
        lambda: survey().prevalence("colour", levels={"colour": ["blue"]}),
        'item "colour" has no level "blue"',
        "levels, item colour",
        "red, amber, green",
    ),
    "levels of an item not asked": (
        UsageError,
        lambda: survey().prevalence("colour", levels={"color": ["red"]}),
        'levels= names "color", which is not among the items',
        "levels",
        'Did you mean "colour"?',
    ),
    "too many levels": (
        EstimationError,
        lambda: wide().prevalence("id"),
        'item "id" has 250 levels',
        "item id",
        "ask for its mean",
    ),
    "too many levels in clusters": (
        UsageError,
        lambda: wide("psu").prevalence("id"),
        'item "id" has more than 200 distinct values',
        "item id",
        "ask for its mean",
    ),
    "mean of text": (
        EstimationError,
        lambda: clustered().mean("word"),
        'item "word" holds text or categories, so its values cannot be added up',
        "item word",
        "the prevalence of its levels",
    ),
    "infinite values": (
        EstimationError,
        lambda: clustered(score=at([1], np.inf, "score")).total("score"),
        'item "score" has infinite values',
        "item score",
        "make them missing",
    ),
    "interval": (
        UsageError,
        lambda: survey().prevalence("binary", interval="logist"),  # type: ignore[arg-type]
        'interval = "logist" is not known',
        "interval",
        'Did you mean "logit"?',
    ),
    "level": (
        UsageError,
        lambda: survey().mean("score", level=95),
        "level = 95 is outside (0, 1)",
        "level",
        "0.95",
    ),
    "df": (
        UsageError,
        lambda: survey().mean("score", df="domains"),  # type: ignore[arg-type]
        'df = "domains" is not known',
        "df",
        '"design" or "domain"',
    ),
    "a domain named like a column of the result": (
        UsageError,
        lambda: survey(level=PEOPLE["sex"]).prevalence("binary", by="level"),
        'the domain "level" has the name of a column that estimates bear themselves',
        "by",
        "rename that column",
    ),
    "no such column of the estimates": (
        EstimationError,
        lambda: survey().prevalence("binary").select(items="binary"),
        'estimates have no column "items"',
        "column items",
        'Did you mean "item"?',
    ),
    "no such row": (
        EstimationError,
        lambda: survey().prevalence("binary").select(item="truth"),
        "no estimate has item = truth",
        "the 1 rows",
        "to_frame()",
    ),
    "sides that do not match": (
        EstimationError,
        lambda: survey().prevalence(["word", "colour"]).difference({"item": "word"}, {"item": "colour"}),
        "the two sides of the difference have 2 and 3 rows that do not match",
        "matched by level",
        "one row for each item",
    ),
    "shape of a contrast": (
        EstimationError,
        lambda: survey().prevalence("colour").contrast(np.ones((1, 2)), ["sum"]),
        "the contrast matrix has shape (1, 2)",
        "matrix",
        "1 labels and 3 columns",
    ),
    "a contrast of nothing": (
        EstimationError,
        lambda: survey().prevalence("colour").contrast(np.zeros((1, 3)), ["nothing"]),
        "1 rows of the contrast matrix combine nothing",
        "row nothing",
        "at least one of them not zero",
    ),
    "no whole to compare with": (
        EstimationError,
        lambda: versus_overall(survey().prevalence("binary", by="sex")),
        "there is no row of the whole population",
        "domains",
        "overall=True",
    ),
    "unknown adjustment": (
        UsageError,
        lambda: versus_overall(survey().prevalence("binary", by="sex", overall=True), adjust="holms"),  # type: ignore[arg-type]
        'adjust = "holms" is not known',
        "adjust",
        "holm, bh, fdr_bh, none",
    ),
}


@pytest.mark.parametrize("name", ESTIMATION)
def test_refusal(name: str) -> None:
    assert_refusal(ESTIMATION[name])
