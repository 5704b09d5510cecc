"""Every refusal of a comparison, a trend, a standard, a change, a correlation and a rank test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from contract.refusals import PEOPLE, Refusal, assert_refusal, clustered, survey

from netralstat.design.design import Design
from netralstat.errors import DesignError, EstimationError, UsageError
from netralstat.estimate.changes import change, stack
from netralstat.estimate.complements import versus_rest
from netralstat.estimate.correlation import correlation
from netralstat.estimate.domains import Question
from netralstat.estimate.rank_tests import rank_test

ELEMENTS = Design(weight="w", stratum=("stratum",))
CLUSTERS = Design(weight="w", stratum=("stratum",), psu=("psu",))


def by_sex(**changed):
    return survey(**changed).prevalence("binary", by="sex")


def by_colour_and_sex():
    return survey().prevalence("binary", by=["sex", "colour"])


def ranked(item: str, group: str, test="wilcoxon", **where):
    return rank_test(PEOPLE, ELEMENTS, item, group, Question(where=where), test=test)


def two_rounds(**kwargs):
    frame = PEOPLE[["w", "stratum", "psu", "binary"]]
    return stack({"a": frame, "b": frame}, **({"design": CLUSTERS, "independent": True} | kwargs))


COMPARISONS: dict[str, Refusal] = {
    "scale of a contrast": (
        UsageError,
        lambda: by_sex().contrast(np.array([[1.0, -1]]), ["gap"], scale="logs"),  # type: ignore[arg-type]
        'scale = "logs" is not known',
        "scale",
        'Did you mean "log"?',
    ),
    "comparisons without domains": (
        EstimationError,
        lambda: survey().prevalence("colour").comparisons(),
        "these 3 estimates have no domains to compare",
        "domains",
        "estimate by a domain",
    ),
    "several domains and none named": (
        UsageError,
        lambda: by_colour_and_sex().comparisons(),
        "the domain to compare is not named",
        "over",
        "name one of sex, colour",
    ),
    "no such domain": (
        UsageError,
        lambda: by_colour_and_sex().equality("color"),
        'there is no domain "color"',
        "over",
        'Did you mean "colour"?',
    ),
    "no such reference": (
        EstimationError,
        lambda: by_sex().comparisons(reference="females"),
        'the domain "sex" has no level "females" to compare with',
        "reference",
        'Did you mean "female"?',
    ),
    "one level to compare": (
        EstimationError,
        lambda: by_sex().select(sex="female").comparisons(),
        "no item has two levels of sex to compare",
        "over sex",
        "at least two levels",
    ),
    "too many comparisons": (
        EstimationError,
        lambda: survey(id=np.arange(len(PEOPLE))).prevalence(["truth", "colour"], by="id").comparisons(),
        "comparisons are more than 10,000",
        "over id",
        "name a reference",
    ),
    "adjustment of comparisons": (
        UsageError,
        lambda: by_sex().comparisons(adjust="bonferroni"),  # type: ignore[arg-type]
        'adjust = "bonferroni" is not known',
        "adjust",
        "holm, bh, fdr_bh, none",
    ),
    "no rest": (
        EstimationError,
        lambda: versus_rest(PEOPLE, ELEMENTS, ["binary"], Question(by=("one",))),
        "1 domains leave no rest to compare with",
        "by",
        "at least two levels",
    ),
    "no rest without domains": (
        EstimationError,
        lambda: versus_rest(PEOPLE, ELEMENTS, ["binary"], Question()),
        "0 domains leave no rest",
        "by",
        "estimate by a domain",
    ),
    "test of domains": (
        UsageError,
        lambda: by_sex().equality(test="walds"),  # type: ignore[arg-type]
        'test = "walds" is not known',
        "test",
        'Did you mean "wald"?',
    ),
    "more contrasts than degrees of freedom": (
        EstimationError,
        lambda: clustered(id=np.arange(len(PEOPLE)) % 25).prevalence("binary", by="id").equality(),
        "the test compares 24 contrasts of 25 domains, and the design has",
        "item binary, level 1",
        "merge domains",
    ),
}
TRENDS_AND_STANDARDS: dict[str, Refusal] = {
    "a level without a score": (
        UsageError,
        lambda: survey().prevalence("binary", by="colour").trend(scores={"red": 1, "green": 2}),
        "1 of 3 levels of colour have no score",
        "scores, level amber",
        "give each level a number",
    ),
    "a score in words": (
        UsageError,
        lambda: by_sex().trend(scores={"female": 1, "male": "two"}),  # type: ignore[dict-item]
        "1 of 2 levels of sex have no score",
        "scores, level male",
        "give each level a number",
    ),
    "scores of another number": (
        UsageError,
        lambda: by_sex().trend(scores=[1, 2, 3]),
        "3 scores were given for the 2 levels of sex",
        "scores",
        "female, male",
    ),
    "a trend over equal scores": (
        EstimationError,
        lambda: by_sex().trend(scores=[1, 1]),
        "a trend needs two levels with different scores, and there are 2 levels",
        "item binary, level 1",
        "more levels of sex",
    ),
    "what is standardised": (
        EstimationError,
        lambda: survey().total("score", by="sex").standardised("sex", {"female": 1, "male": 1}),
        "a total is not standardised",
        "statistic",
        "prevalences or means",
    ),
    "a share in words": (
        UsageError,
        lambda: by_sex().standardised("sex", {"female": 0.5, "male": "half"}),  # type: ignore[dict-item]
        "1 of 2 shares of the standard are no number",
        "shares, level male",
        "its share or its count",
    ),
    "a negative share": (
        UsageError,
        lambda: by_sex().standardised("sex", {"female": 1.5, "male": -0.5}),
        "1 of 2 shares of the standard are no number of at least 0, the others add to 1.5",
        "shares, level male",
        "its share or its count",
    ),
    "no shares": (
        UsageError,
        lambda: by_sex().standardised("sex", {"female": 0, "male": 0}),
        "the others add to 0",
        "shares",
        "its share or its count",
    ),
    "a level that the standard lacks": (
        EstimationError,
        lambda: by_sex().standardised("sex", {"female": 1, "males": 1}),
        "1 of 2 levels of sex have no share in the standard",
        "sex male",
        'Did you mean "males"?',
    ),
    "a level of the standard that nobody has": (
        EstimationError,
        lambda: by_sex().standardised("sex", {"female": 1, "male": 1, "other": 0.1}),
        "1 of 3 cells of domain × sex have no respondents",
        "item binary, level 1, sex other",
        "merge levels of sex",
    ),
    "an empty cell": (
        EstimationError,
        lambda: (
            survey(colour=PEOPLE["colour"].where(PEOPLE["sex"] == "male", "red"))
            .prevalence("binary", by=["sex", "colour"])
            .standardised("colour", {"red": 1, "amber": 1, "green": 1})
        ),
        "2 of 6 cells of domain × colour have no respondents",
        "sex female, colour amber",
        "merge levels of colour",
    ),
}
CHANGES: dict[str, Refusal] = {
    "nothing said of shared PSUs": (
        UsageError,
        lambda: change(by_sex(), by_sex()),
        "whether the two rounds share PSUs",
        "covariance",
        'covariance="independent"',
    ),
    "a word for the covariance": (
        UsageError,
        lambda: change(by_sex(), by_sex(), covariance="independant"),  # type: ignore[arg-type]
        'covariance = "independant" is not known',
        "covariance",
        'write "independent", or give an array of shape (2, 2)',
    ),
    "shape of the covariance": (
        EstimationError,
        lambda: change(by_sex(), by_sex(), covariance=np.zeros((1, 2))),
        "the covariance between the rounds has shape (1, 2)",
        "covariance",
        "a row for each of the 2 earlier",
    ),
    "other statistics": (
        EstimationError,
        lambda: change(by_sex(), survey().mean("binary", by="sex"), covariance="independent"),
        'the statistic of the rounds differ: "prevalence" and "mean"',
        "statistic",
        "the same for both rounds",
    ),
    "other domains": (
        EstimationError,
        lambda: change(by_sex(), survey().prevalence("binary", by="colour"), covariance="independent"),
        'the domains of the rounds differ: "sex" and "colour"',
        "by",
        "the same for both rounds",
    ),
    "a level in one round only": (
        EstimationError,
        lambda: change(by_sex(), by_sex().select(sex="male"), covariance="independent"),
        "1 rows are in one round only, of 2 earlier and 1 later rows",
        "item binary, level 1, sex female",
        "that both rounds have",
    ),
    "another column": (
        EstimationError,
        lambda: change(
            by_sex().comparisons(),
            replace(by_sex().comparisons(), table=by_sex().comparisons().table.drop(columns="contrast")),
            covariance="independent",
        ),
        'the later round has no column "contrast"',
        "column contrast",
        "the same for both rounds",
    ),
    "one round": (
        UsageError,
        lambda: stack({"a": PEOPLE}, CLUSTERS, independent=True),
        "1 round was given",
        "rounds",
        "at least two rounds",
    ),
    "another kind of frame": (
        UsageError,
        lambda: stack({"a": PEOPLE, "b": {"w": [1.0]}}, CLUSTERS, independent=True),  # type: ignore[dict-item]
        "round b is a dict, not a pandas DataFrame",
        "round b",
        "stack such frames where they live",
    ),
    "a round without a design column": (
        DesignError,
        lambda: stack({"a": PEOPLE, "b": PEOPLE.drop(columns="psu")}, CLUSTERS, independent=True),
        'round b has no column "psu"',
        "round b",
        "the same names in every round",
    ),
    "a column of rounds that is there": (
        DesignError,
        lambda: two_rounds(wave="binary"),
        'round a has a column "binary" of its own',
        "round a",
        "wave=…",
    ),
    "shared PSUs without PSUs": (
        DesignError,
        lambda: two_rounds(design=ELEMENTS, independent=False),
        "rounds that share PSUs were announced, and the design names none",
        "psu",
        "name the column of PSUs",
    ),
    "shared PSUs that none shares": (
        DesignError,
        lambda: stack(
            {"a": PEOPLE, "b": PEOPLE.assign(psu="x" + PEOPLE["psu"].astype(str))},
            CLUSTERS,
            independent=False,
        ),
        "the 2 rounds share none of their",
        "psu",
        "independent=True",
    ),
}
ITEMS: dict[str, Refusal] = {
    "one item to correlate": (
        EstimationError,
        lambda: correlation(PEOPLE, ELEMENTS, ["score"], Question()),
        "a correlation of 1 item is not defined",
        "items",
        "at least two",
    ),
    "an item twice": (
        EstimationError,
        lambda: correlation(PEOPLE, ELEMENTS, ["score", "score"], Question()),
        "a correlation of 1 item is not defined",
        "items",
        "at least two",
    ),
    "a correlation of words": (
        EstimationError,
        lambda: correlation(PEOPLE, CLUSTERS, ["score", "word"], Question()),
        'item "word" holds text or categories',
        "item word",
        "give a numeric item",
    ),
    "an absent item to correlate": (
        DesignError,
        lambda: correlation(PEOPLE, ELEMENTS, ["score", "scores"], Question()),
        'there is no column "scores"',
        "items",
        'Did you mean "score"?',
    ),
    "ranks of words": (
        EstimationError,
        lambda: ranked("word", "sex"),
        'item "word" holds text or categories, so its answers have no ranks',
        "item word",
        "give a numeric item",
    ),
    "a rank test of one group": (
        EstimationError,
        lambda: ranked("score", "sex", sex=["male"]),
        "1 of 2 groups answered, and two are compared",
        "group sex",
        "widen the condition",
    ),
    "a rank test that is not known": (
        UsageError,
        lambda: ranked("score", "sex", test="wilcox"),
        'test = "wilcox" is not known',
        "test",
        'Did you mean "wilcoxon"?',
    ),
    "ranks of a constant": (
        EstimationError,
        lambda: ranked("flat", "sex"),
        "the scores of the groups do not vary",
        "flat by sex",
        "merge groups",
    ),
    "more groups than degrees of freedom": (
        EstimationError,
        lambda: rank_test(PEOPLE.assign(id=np.arange(len(PEOPLE)) % 40), CLUSTERS, "score", "id", Question()),
        "15 degrees of freedom do not suffice to compare",
        "score by id",
        "merge groups",
    ),
}
REFUSALS = COMPARISONS | TRENDS_AND_STANDARDS | CHANGES | ITEMS


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal(name: str) -> None:
    assert_refusal(REFUSALS[name])


def test_no_answer_is_told() -> None:
    """Errors name items, levels and counts; what a respondent answered is in none of them."""
    secret = 987654.25
    frame = PEOPLE.assign(score=np.where(PEOPLE.index == 0, secret, 1.0), id=np.arange(len(PEOPLE)) % 40)
    with pytest.raises(EstimationError) as told:
        rank_test(pd.DataFrame(frame), CLUSTERS, "score", "id", Question())
    assert "987654" not in str(told.value)
