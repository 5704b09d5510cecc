"""Every refusal of a model or a scale: the fact with its numbers, the place, the remedy."""

from __future__ import annotations

import numpy as np
import pytest
from contract.refusals import PEOPLE, Refusal, assert_refusal, at, survey, wide

from netralstat import Survey
from netralstat.errors import ConstantOutcomeError, DesignError, EstimationError, SeparationError, UsageError

EXPLANATION: dict[str, Refusal] = {
    "family": (
        UsageError,
        lambda: survey().regress("binary ~ score", family="logistic"),  # type: ignore[arg-type]
        'family = "logistic" is not known',
        "family",
        "logit, probit, cloglog, linear, poisson",
    ),
    "level of a model": (
        UsageError,
        lambda: survey().regress("binary ~ score", level=1.0),
        "level = 1.0 is outside (0, 1)",
        "level",
        "0.95",
    ),
    "tolerance of a model": (
        UsageError,
        lambda: survey().regress("binary ~ score", tolerance=1.0),
        "tolerance = 1.0 is outside (0, 1e-06]",
        "tolerance",
        "1e-08",
    ),
    "rule for few clusters": (
        UsageError,
        lambda: survey().regress("binary ~ score", few_clusters="CR3"),  # type: ignore[arg-type]
        'few_clusters = "CR3" is not known',
        "few_clusters",
        'Did you mean "CR2"?',
    ),
    "few clusters of a mean": (
        UsageError,
        lambda: survey().mean("score", few_clusters="CR3"),  # type: ignore[arg-type]
        'few_clusters = "CR3" is not known',
        "few_clusters",
        "CR2",
    ),
    "few clusters with replicates": (
        UsageError,
        lambda: survey().replicates("bootstrap", n=9, seed=1).prevalence("binary", few_clusters="CR2"),
        "few_clusters= is for design weights",
        "few_clusters",
        "before it was calibrated or replicated",
    ),
    "a term of a single cluster": (
        EstimationError,
        lambda: Survey(PEOPLE.assign(first=PEOPLE["psu"] == PEOPLE["psu"][0]), weight="w", psu="psu").regress(
            "score ~ first", "linear", few_clusters="CR2"
        ),
        "1 of 2 coefficients rest on a single cluster: first",
        "formula score ~ first",
        "merge their levels",
    ),
    "offset of text": (
        EstimationError,
        lambda: survey().regress("count ~ score + offset(word)", "poisson"),
        'the offset "word" holds text or categories',
        "outcome count",
        "logarithm of the persons at risk",
    ),
    "two offsets": (
        UsageError,
        lambda: survey().regress("binary ~ offset(score) + offset(rank)"),
        'the formula cannot be read at character 25: "offset(rank)"',
        "formula binary",
        "offset(name)",
    ),
    "absent variable": (
        DesignError,
        lambda: survey().regress("binary ~ scor"),
        'there is no column "scor"',
        "formula binary ~ scor",
        'Did you mean "score"?',
    ),
    "outcome of text": (
        EstimationError,
        lambda: survey().regress("word ~ score"),
        'the outcome "word" holds text or categories',
        "formula word ~ score",
        "0/1 indicator",
    ),
    "outcome not 0 and 1": (
        EstimationError,
        lambda: survey().regress("rank ~ score"),
        "a logit model needs an outcome of 0 and 1",
        "outcome rank",
        'family="linear"',
    ),
    "negative counts": (
        EstimationError,
        lambda: survey().regress("count ~ score", family="poisson"),
        "a Poisson model needs an outcome of counts, none negative",
        "outcome count",
        'family="linear"',
    ),
    "constant outcome": (
        ConstantOutcomeError,
        lambda: survey().regress("zero ~ score"),
        "the outcome is 0 for every respondent of the model",
        "outcome zero",
        "another outcome",
    ),
    "nobody complete": (
        EstimationError,
        lambda: survey().regress("binary ~ nobody"),
        "no respondent has the outcome and every covariate",
        "outcome binary",
        "missing answers",
    ),
    "collinear": (
        EstimationError,
        lambda: survey().regress("binary ~ score + twice"),
        "1 coefficients are determined by the others (",
        "term ",
        "leave out one of the terms",
    ),
    "separated": (
        SeparationError,
        lambda: survey().regress("never ~ colour"),
        "the outcome is separated",
        "formula never ~ colour",
        "merge the levels",
    ),
    "separated counts": (
        SeparationError,
        lambda: survey().regress("never ~ colour", family="poisson"),
        "the outcome is separated",
        "formula never ~ colour",
        "merge the levels",
    ),
    "more coefficients than df": (
        EstimationError,
        lambda: Survey(PEOPLE, weight="w", psu="stratum").regress("binary ~ colour"),
        "the model has 3 coefficients and the design only 2 degrees of freedom",
        "formula binary ~ colour",
        "fewer terms",
    ),
    "factor of one level": (
        EstimationError,
        lambda: survey().regress("binary ~ one"),
        '"one" has 1 level among respondents with complete answers',
        "term one",
        "leave the term out",
    ),
    "unknown reference": (
        EstimationError,
        lambda: survey().regress("binary ~ C(colour, ref='gren')"),
        'reference "gren" is not a level of "colour"',
        "term colour",
        'its levels are red, amber, green. Did you mean "green"?',
    ),
    "nothing to fit": (
        EstimationError,
        lambda: survey().regress("binary ~ 0"),
        "the model has no term and no intercept",
        "outcome binary",
        "at least one term",
    ),
    "infinite covariate": (
        EstimationError,
        lambda: survey(score=at([1], np.inf, "score")).regress("binary ~ score"),
        'item "score" has infinite values',
        "item score",
        "make them missing",
    ),
    "no such term": (
        EstimationError,
        lambda: survey().regress("binary ~ score").wald_test("scores"),
        'the model has no term "scores"',
        "formula binary ~ score",
        'Did you mean "score"?',
    ),
    "few clusters of an ordered model": (
        UsageError,
        lambda: survey().regress("rank ~ score", "ordered_logit", few_clusters="CR2"),
        'few_clusters= is not offered for family = "ordered_logit"',
        "few_clusters",
        'family="logit"',
    ),
    "tolerance of a multinomial model": (
        UsageError,
        lambda: survey().regress("colour ~ score", "multinomial", tolerance=1e-12),
        'tolerance= is not used by family = "multinomial"',
        "tolerance",
        "leave it out",
    ),
    "level of an ordered model": (
        UsageError,
        lambda: survey().regress("rank ~ score", "ordered_logit", level=0),
        "level = 0 is outside (0, 1)",
        "level",
        "0.95",
    ),
    "reference of a logit": (
        UsageError,
        lambda: survey().regress("binary ~ colour", reference="red"),
        'reference= is for family = "multinomial", not for "logit"',
        "reference",
        'C(name, ref="level")',
    ),
    "misspelt ordered family": (
        UsageError,
        lambda: survey().regress("rank ~ score", "ordered_logistic"),  # type: ignore[arg-type]
        'family = "ordered_logistic" is not known',
        "family",
        'Did you mean "ordered_logit"?',
    ),
    "ordered model of text": (
        EstimationError,
        lambda: survey().regress("word ~ score", "ordered_logit"),
        'the levels of the outcome "word" have no order',
        "outcome word",
        'family="multinomial"',
    ),
    "ordered model without an intercept": (
        UsageError,
        lambda: survey().regress("rank ~ score - 1", "ordered_logit"),
        "an ordered outcome has a threshold between each two levels in place of the intercept",
        "formula rank ~ score - 1",
        '"- 1"',
    ),
    "outcome of too many levels": (
        EstimationError,
        lambda: (
            wide().with_frame(wide().frame.assign(x=np.arange(250) % 2)).regress("id ~ x", "ordered_logit")
        ),
        'the outcome "id" has 250 levels; 30 are the most',
        "outcome id",
        'family="linear"',
    ),
    "level that nobody with every answer chose": (
        EstimationError,
        lambda: survey(score=PEOPLE["score"].where(PEOPLE["rank"] != 3)).regress(
            "rank ~ score", "ordered_logit"
        ),
        "were chosen by nobody with every answer: 3",
        "outcome rank",
        "merge each with a level beside it",
    ),
    "outcome of one level": (
        ConstantOutcomeError,
        lambda: survey().regress("one ~ score", "multinomial"),
        "every respondent of the model chose the same level of the outcome",
        "outcome one",
        "another outcome",
    ),
    "reference that is no level": (
        EstimationError,
        lambda: survey().regress("colour ~ score", "multinomial", reference="gren"),
        'reference "gren" is not a level of the outcome "colour"',
        "reference",
        'Did you mean "green"?',
    ),
    "offset of a multinomial model": (
        UsageError,
        lambda: survey().regress("colour ~ offset(score)", "multinomial"),
        "a linear predictor for each level, and an offset in none",
        "formula colour ~ offset(score)",
        "leave offset(score) out",
    ),
    "separated ordered outcome": (
        SeparationError,
        lambda: survey(high=(PEOPLE["rank"] > 2).astype(int)).regress("rank ~ high", "ordered_logit"),
        "the outcome is separated",
        "formula rank ~ high",
        "merge the levels",
    ),
    "separated in a replicate": (
        SeparationError,
        lambda: (
            Survey(
                PEOPLE.assign(odd=np.where(PEOPLE["psu"] == PEOPLE["psu"][0], "odd", PEOPLE["colour"])),
                weight="w",
                psu="psu",
            )
            .replicates("JK1")
            .regress("odd ~ score", "multinomial")
        ),
        "the outcome is separated",
        "formula odd ~ score, replicate ",
        "merge the levels",
    ),
    "effects of an ordered model": (
        UsageError,
        lambda: survey().adjusted(survey().regress("rank ~ score", "ordered_logit"), "score"),
        'effects of a model of family = "ordered_logit" are not offered',
        "model",
        "0/1 indicator",
    ),
    "test of more coefficients than PSUs": (
        EstimationError,
        lambda: (
            Survey(PEOPLE.assign(psu=PEOPLE.index % 5), weight="w", psu="psu")
            .regress("rank ~ colour", "multinomial")
            .wald_test("colour")
        ),
        'coefficients of "colour" have a covariance that does not tell them apart',
        "formula rank ~ colour",
        "degrees of freedom",
    ),
    "scale of one item": (
        EstimationError,
        lambda: survey().reliability(["score"]),
        "a scale of 1 item has no reliability",
        "items score",
        "two items",
    ),
    "scale of text": (
        EstimationError,
        lambda: survey().reliability(["score", "word"]),
        'scale item "word" holds text',
        "item word",
        "score its levels",
    ),
    "scale that does not vary": (
        EstimationError,
        lambda: survey().reliability(["flat", "zero"]),
        "the items of the scale, or their sum, do not vary",
        "items flat, zero",
        "leave out constant items",
    ),
    "scale nobody answered": (
        EstimationError,
        lambda: survey().reliability(["score", "nobody"]),
        "0 respondents answered all 2 items",
        "items score, nobody",
        "few answered",
    ),
    "scale of an absent item": (
        DesignError,
        lambda: survey().reliability(["score", "ranks"]),
        'there is no column "ranks"',
        "scale items",
        'Did you mean "rank"?',
    ),
}


@pytest.mark.parametrize("name", EXPLANATION)
def test_refusal(name: str) -> None:
    assert_refusal(EXPLANATION[name])
