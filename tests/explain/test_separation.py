"""Separation: the error names the level, or the terms together, that tell the outcome without exception."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from netralstat import Survey
from netralstat.errors import EstimationError, SeparationError
from netralstat.explain.model_data import model_data
from netralstat.explain.separation import separation

DRAW = np.random.default_rng(23)
N = 400
FRAME = pd.DataFrame(
    {
        "w": DRAW.uniform(1, 3, N),
        "psu": np.arange(N) % 40,
        "x": DRAW.normal(size=N),
        "z": DRAW.normal(size=N),
        "g": DRAW.choice(["a", "b", "c"], N),
        "h": DRAW.choice(["u", "v"], N),
        "y": DRAW.integers(0, 2, N),
        "scale": DRAW.integers(1, 5, N),
        "choice": DRAW.choice(["p", "q", "r"], N),
        "count": DRAW.poisson(2, N),
    }
)
B = FRAME["g"] == "b"
N_B = int(B.sum())
SUM = FRAME["x"] + FRAME["z"]


def refused(formula: str, family: str = "logit", **changed: Any) -> SeparationError:
    survey = Survey(FRAME.assign(**changed), weight="w", psu="psu")
    with pytest.raises(SeparationError) as told:
        survey.regress(formula, family)  # type: ignore[arg-type]
    assert told.value.where == f"formula {formula}"
    assert 'penalty="firth"' in str(told.value.do)
    return told.value


@pytest.mark.parametrize("family", ["logit", "probit", "cloglog"])
@pytest.mark.parametrize("value", [0, 1])
def test_quasi_complete_by_a_level(family: str, value: int) -> None:
    """Of a probit the steps towards infinity get shorter: it must not settle on the way."""
    told = refused("y ~ x + g", family, y=np.where(B, value, FRAME["y"]))
    word = "always" if value else "never"
    assert told.fact == f"the outcome is separated: it {word} happens among the {N_B} respondents of g[b]"


def test_the_level_of_reference_is_named_too() -> None:
    told = refused("y ~ C(g, ref='b')", y=np.where(B, 0, FRAME["y"]))
    assert f"it never happens among the {N_B} respondents of g[b]" in told.fact
    assert "g[a]" not in told.fact


def test_a_cell_of_a_product() -> None:
    inside = B & (FRAME["h"] == "v")
    told = refused("y ~ g * h", y=np.where(inside, 1, FRAME["y"]))
    assert told.fact.endswith(f"it always happens among the {int(inside.sum())} respondents of g:h[b:v]")


def test_complete_by_two_terms_together() -> None:
    told = refused("y ~ x + z + g", y=(SUM > 0).astype(int))
    assert (
        told.fact
        == "the outcome is separated: x and z together tell it without exception for all 400 respondents"
    )
    assert "one of these terms" in str(told.do)


def test_quasi_complete_by_two_terms_together() -> None:
    """Two dummies of which neither separates alone: who has one and not the other always has the outcome."""
    u, v = DRAW.integers(0, 2, N), DRAW.integers(0, 2, N)
    outcome = np.where((u == 1) & (v == 0), 1, np.where((u == 0) & (v == 1), 0, FRAME["y"]))
    told = refused("y ~ u + v + x", u=u, v=v, y=outcome)
    n = int((u != v).sum())
    assert told.fact == (
        f"the outcome is separated: u and v together tell it without exception for {n} of 400 respondents"
    )


def test_without_separation_there_is_no_direction() -> None:
    survey = Survey(FRAME, weight="w", psu="psu")
    for formula, family in (
        ("y ~ g * h + x + z", "logit"),
        ("count ~ g + x", "poisson"),
        ("scale ~ g + x", "ordered_logit"),
        ("choice ~ g + x", "multinomial"),
    ):
        assert separation(model_data(FRAME, survey.design, formula), family) is None


@pytest.mark.parametrize(
    ("formula", "family", "outcome"),
    [
        ("y ~ g + x", "logit", {"y": np.where(B, 0, FRAME["y"])}),
        ("y ~ x + z", "logit", {"y": (SUM > 0).astype(int)}),
        ("count ~ g + x", "poisson", {"count": np.where(B, 0, FRAME["count"])}),
    ],
)
def test_along_a_direction_no_likelihood_falls(formula: str, family: str, outcome: dict[str, Any]) -> None:
    frame = FRAME.assign(**outcome)
    survey = Survey(frame, weight="w", psu="psu")
    data = model_data(frame, survey.design, formula)
    found = separation(data, family)
    assert found is not None
    x, y = data.x[data.used], data.y[data.used]
    eta = x @ found.directions[0]
    slack = 1e-6 * np.abs(eta).max()
    if family == "poisson":
        assert np.abs(eta[y > 0]).max() < slack
        assert eta.max() < slack
    else:
        assert ((2 * y - 1) * eta).min() > -slack
    assert found.complete == (formula == "y ~ x + z")
    assert found.moved[np.abs(eta) > slack].all()


def test_every_infinite_coefficient_is_found() -> None:
    """Two levels that separate need two directions; each alone would leave the other unsaid."""
    C = FRAME["g"] == "c"
    frame = FRAME.assign(y=np.where(B, 0, np.where(C, 1, FRAME["y"])))
    survey = Survey(frame, weight="w", psu="psu")
    data = model_data(frame, survey.design, "y ~ g + x")
    found = separation(data, "logit")
    assert found is not None
    names = [data.matrix.coefficients[place].level for place in found.infinite]
    assert set(names) >= {"b", "c"}
    told = refused("y ~ g + x", y=frame["y"])
    assert "never happens" in told.fact
    assert "always happens" in told.fact


def test_counts_of_zero() -> None:
    told = refused("count ~ g + x", "poisson", count=np.where(B, 0, FRAME["count"]))
    assert told.fact.endswith(f"it never happens among the {N_B} respondents of g[b]")


@pytest.mark.parametrize("family", ["ordered_logit", "ordered_probit", "ordered_cloglog", "ordered_cauchit"])
def test_ordered_levels(family: str) -> None:
    told = refused("scale ~ g + x", family, scale=np.where(B, 4, FRAME["scale"]))
    assert told.fact.endswith(f"each of the {N_B} respondents of g[b] chose the same end of the scale")
    high = (FRAME["scale"] > 2).astype(int)
    told = refused("scale ~ high", "ordered_logit", high=high)
    assert "the outcome is separated: high tells it without exception for" in told.fact


def test_a_level_that_nobody_of_a_level_chose() -> None:
    choice = np.where(B & (FRAME["choice"] == "r"), "q", FRAME["choice"])
    told = refused("choice ~ g + x", "multinomial", choice=choice)
    assert told.fact.endswith(f'nobody of the {N_B} respondents of g[b] chose "r"')


def test_of_more_coefficients_than_degrees_of_freedom_that_is_said() -> None:
    frame = FRAME.assign(many=np.arange(N) % 45)
    with pytest.raises(
        EstimationError, match=r"the model has 45 coefficients and the design only 39"
    ) as told:
        Survey(frame, weight="w", psu="psu").regress("choice ~ C(many)", "multinomial")
    assert type(told.value) is EstimationError


def test_next_to_separation_is_told_from_it() -> None:
    """One respondent on the wrong side: a maximum exists, at probabilities within 1e-11 of 0 or 1."""
    outcome = (FRAME["x"] > 0).to_numpy(dtype=int, copy=True)
    near = np.argsort(np.abs(FRAME["x"]))[2]
    outcome[near] = 1 - outcome[near]
    told = refused("y ~ far", y=outcome, far=FRAME["x"] * 1e3)
    assert told.fact.startswith("the outcome is separated but for rounding")
    assert "very large values" in str(told.do)
