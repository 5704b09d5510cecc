"""Bad models of every family: a named error that says which term, and never a column dropped in silence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from netralstat import Survey
from netralstat.errors import ConstantOutcomeError, DesignError, EstimationError, NetralstatError, UsageError

DRAW = np.random.default_rng(29)
N = 400
FRAME = pd.DataFrame(
    {
        "w": DRAW.uniform(1, 3, N),
        "psu": np.arange(N) % 40,
        "x": DRAW.normal(size=N),
        "g": DRAW.choice(["a", "b", "c"], N),
        "yes": DRAW.integers(0, 2, N),
        "scale": DRAW.integers(1, 5, N),
        "choice": DRAW.choice(["p", "q", "r"], N),
        "count": DRAW.negative_binomial(1, 0.2, N),
        "measure": DRAW.normal(size=N),
        "many": np.arange(N) % 45,
    }
)
FRAME = FRAME.assign(
    declared=pd.Categorical(FRAME["g"], ["a", "b", "c", "nobody"]),
    twice=2 * FRAME["x"] + 1,
    same=FRAME["g"] + "!",
    constant=1.5,
    unknown=np.nan,
    unknown_text=pd.Series([None] * N, dtype="str"),
    skipped=np.where(FRAME["g"] == "b", np.nan, DRAW.normal(size=N)),
    zero=0,
    one=1,
)
OUTCOMES = {
    "logit": "yes",
    "probit": "yes",
    "cloglog": "yes",
    "linear": "measure",
    "poisson": "count",
    "negative_binomial": "count",
    "ordered_logit": "scale",
    "ordered_probit": "scale",
    "multinomial": "choice",
}
every_family = pytest.mark.parametrize("family", OUTCOMES)


def people(frame: pd.DataFrame = FRAME) -> Survey:
    return Survey(frame, weight="w", psu="psu")


def refused(
    kind: type[NetralstatError], family: str, formula: str, frame: pd.DataFrame = FRAME
) -> NetralstatError:
    with pytest.raises(NetralstatError) as told:
        people(frame).regress(formula, family)  # type: ignore[arg-type]
    assert type(told.value) is kind
    assert told.value.where
    assert told.value.do
    return told.value


@every_family
def test_a_declared_level_that_nobody_has(family: str) -> None:
    model = people().regress(f"{OUTCOMES[family]} ~ declared + x", family)  # type: ignore[arg-type]
    assert model.empty_levels == {"declared": ("nobody",)}
    assert "No respondent of the model, and so no row: declared[nobody]." in repr(model)
    assert "declared[nobody]" in model._repr_html_()
    assert "declared[nobody]" not in set(model.table["term"])
    assert np.isfinite(model.table.loc[~model.table["reference"], "std_error"]).all()


@every_family
def test_a_level_whose_respondents_lack_another_answer(family: str) -> None:
    """A question that is asked only elsewhere: the level is there, and no respondent of the model has it."""
    model = people().regress(f"{OUTCOMES[family]} ~ g + skipped", family)  # type: ignore[arg-type]
    assert model.empty_levels == {"g": ("b",)}
    assert "no row: g[b]" in repr(model)
    assert model.n_incomplete == (FRAME["g"] == "b").sum()


@every_family
def test_a_level_whose_respondents_lack_the_outcome(family: str) -> None:
    outcome = OUTCOMES[family]
    frame = FRAME.assign(**{outcome: FRAME[outcome].where(FRAME["g"] != "b")})
    model = people(frame).regress(f"{outcome} ~ g + x", family)  # type: ignore[arg-type]
    assert model.empty_levels == {"g": ("b",)}
    told = refused(EstimationError, family, f"{outcome} ~ C(g, ref='b') + x", frame)
    assert 'reference "b" is not a level of "g" that respondents have' in told.fact


def test_a_model_with_every_level_says_nothing() -> None:
    model = people().regress("yes ~ g + x")
    assert model.empty_levels == {}
    assert "No respondent" not in repr(model)


@every_family
def test_collinear_terms_are_named(family: str) -> None:
    told = refused(EstimationError, family, f"{OUTCOMES[family]} ~ g + x + twice")
    assert told.fact.startswith("1 coefficients are determined by the others (")
    assert str(told.do) == "leave out one of the terms that say the same: x, twice"
    assert told.where == "term twice"
    told = refused(EstimationError, family, f"{OUTCOMES[family]} ~ x + g + same")
    assert told.fact.startswith("2 coefficients are determined by the others (")
    assert str(told.do).endswith("g, same")


@every_family
def test_a_constant_covariate_is_named(family: str) -> None:
    told = refused(EstimationError, family, f"{OUTCOMES[family]} ~ constant + x")
    assert told.where == "term constant"
    assert "every respondent of the model has the same value" in str(told.do)


@every_family
@pytest.mark.parametrize("name", ["unknown", "unknown_text"])
def test_a_covariate_that_nobody_answered(family: str, name: str) -> None:
    told = refused(EstimationError, family, f"{OUTCOMES[family]} ~ x + {name}")
    assert told.fact == (f'no respondent has the outcome and every covariate: "{name}" missing for all 400')
    assert str(told.do) == f'look at the missing answers, or leave "{name}" out'


@every_family
def test_covariates_that_nobody_answered_both(family: str) -> None:
    frame = FRAME.assign(other=FRAME["x"].where(FRAME["g"] == "b"))
    told = refused(EstimationError, family, f"{OUTCOMES[family]} ~ skipped + other", frame)
    n = int((FRAME["g"] == "b").sum())
    assert f"skipped: {N - n}, other: {n}" in told.fact


@every_family
def test_an_outcome_that_nobody_answered(family: str) -> None:
    told = refused(EstimationError, family, "unknown ~ x")
    assert '"unknown" missing for all 400' in told.fact


@every_family
@pytest.mark.parametrize("outcome", ["zero", "one"])
def test_an_outcome_that_never_or_always_happens(family: str, outcome: str) -> None:
    told = refused(ConstantOutcomeError, family, f"{outcome} ~ x")
    assert "every respondent of the model" in told.fact
    assert told.where == f"outcome {outcome}"


@every_family
def test_more_coefficients_than_degrees_of_freedom(family: str) -> None:
    told = refused(EstimationError, family, f"{OUTCOMES[family]} ~ C(many)")
    assert told.fact == "the model has 45 coefficients and the design only 39 degrees of freedom"


@every_family
def test_a_misspelt_name(family: str) -> None:
    told = refused(DesignError, family, f"{OUTCOMES[family]} ~ x + skiped")
    assert 'there is no column "skiped"' in told.fact
    assert 'Did you mean "skipped"?' in str(told.do)
    told = refused(EstimationError, family, f"{OUTCOMES[family]} ~ C(g, ref='B')")
    assert 'reference "B" is not a level of "g"' in told.fact


@every_family
@pytest.mark.parametrize(
    "term", ["log(x)", "I(x**2)", "__import__('os').remove('y')", "x if x else g", "x;g"]
)
def test_python_is_not_run(family: str, term: str) -> None:
    told = refused(UsageError, family, f"{OUTCOMES[family]} ~ {term}")
    assert "cannot be read at character" in told.fact


@every_family
def test_an_outcome_among_its_terms(family: str) -> None:
    outcome = OUTCOMES[family]
    told = refused(UsageError, family, f"{outcome} ~ x + {outcome}")
    assert told.fact == f'the outcome "{outcome}" stands among the terms too'


@pytest.mark.parametrize("family", [family for family in OUTCOMES if family != "linear"])
def test_a_level_that_tells_the_outcome(family: str) -> None:
    outcome = OUTCOMES[family]
    lowest: Any = FRAME[outcome].min()
    frame = FRAME.assign(**{outcome: FRAME[outcome].where(FRAME["g"] != "b", lowest)})
    with pytest.raises(EstimationError, match="the outcome is separated") as told:
        people(frame).regress(f"{outcome} ~ g + x", family)  # type: ignore[arg-type]
    assert "g[b]" in told.value.fact
