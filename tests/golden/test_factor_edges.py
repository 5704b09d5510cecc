"""Factor models at their edges, beside lavaan: binary items, an item against the others, pairs of items."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden.goldens import case, compare, data
from golden.test_factor_model import agrees, as_lavaan

from netralstat import Survey
from netralstat.errors import EstimationError

pytestmark = pytest.mark.golden
FILE = "factor_edges"
ITEMS = [f"lik{i}" for i in range(1, 7)]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    people = data("asn_open")
    yes = {f"yes{i}": (people[item] > 3).where(people[item].notna()) for i, item in enumerate(ITEMS, start=1)}
    return people.assign(**{name: column.astype(float) for name, column in yes.items()})


def test_binary_items_and_the_root_of_their_residuals(frame: pd.DataFrame) -> None:
    expected = case(FILE, "binary")
    found = Survey(frame).factor_model(
        {"A": ["yes1", "yes2", "yes3"], "B": ["yes4", "yes5"]},
        ordinal=True,
        errors="robust",
        information="expected",
    )
    of_tendencies = [name for name in expected["est"].index if not name.startswith("yes") or "|" in name]
    agrees(as_lavaan(found, "estimate"), expected["est"], 1e-5, "estimates")
    divisor = np.sqrt((found.n - 1) / found.n)  # of lavaan's n - 1
    agrees(as_lavaan(found, "std_error"), expected["se"][of_tendencies] * divisor, 1e-5, "standard errors")
    fit = found.fit.iloc[0]
    compare(fit["srmr"], expected["fit"]["crmr_nomean"], 1e-5, "the root over pairs of items")
    k = 5
    compare(fit["srmr"], expected["fit"]["srmr"] * np.sqrt((k + 1) / (k - 1)), 1e-5, "SRMR")


def test_an_item_against_the_others(frame: pd.DataFrame) -> None:
    expected = case(FILE, "against")
    found = Survey(frame, weight="w").factor_model({"F": [*ITEMS[:3], "lik6"]}, errors="robust")
    agrees(as_lavaan(found, "estimate"), expected["est"], 1e-5, "estimates")
    agrees(as_lavaan(found, "std_error"), expected["se"], 1e-5, "standard errors")
    compare(found.fit.iloc[0]["srmr"], expected["fit"]["srmr"], 1e-4, "SRMR", 1e-6)
    flags = found.loadings.set_index("item")["flag"]
    assert flags["lik6"] == "negative"
    assert "lik6 goes against the others" in found.reasons[-1]


def test_factors_of_two_items_that_are_one(frame: pd.DataFrame) -> None:
    expected = case(FILE, "pairs")
    found = Survey(frame).factor_model({"A": ITEMS[:2], "B": ITEMS[3:5]}, errors="normal")
    agrees(as_lavaan(found, "estimate"), expected["est"], 1e-5, "estimates")
    agrees(as_lavaan(found, "std_error"), expected["se"], 1e-5, "standard errors")
    row = found.table.set_index("kind").loc["factor_covariance"]
    assert row["standardised"] > 1
    assert row["flag"] == "beyond_one"
    compare(
        [found.fit["aic"][0], found.fit["bic"][0]],
        [expected["fit"][name] for name in ("aic", "bic")],
        1e-8,
        "AIC",
    )


def test_an_ordered_heywood_case_has_no_reliability_of_answers() -> None:
    """r12 r13 / r23 = 1.44: more than all of the first tendency."""
    rng = np.random.default_rng(3)
    tendencies = rng.multivariate_normal(np.zeros(3), [[1, 0.9, 0.8], [0.9, 1, 0.5], [0.8, 0.5, 1]], 300)
    items = pd.DataFrame(np.digitize(tendencies, [-1, 0, 1]), columns=["a", "b", "c"])
    found = Survey(items).factor_model({"F": ["a", "b", "c"]}, ordinal=True)
    assert found.loadings["standardised"][0] > 1
    assert found.table.set_index("item").loc["a", "flag"].tolist() == ["", "heywood"]
    assert np.isnan(found.factors["omega"][0])
    assert "Heywood" in found.factors["reasons"][0]


def test_a_correlation_on_its_way_to_one_is_not_taken_where_the_steps_end() -> None:
    """Nobody who says no to the first says yes to the second: the likelihood rises to the end."""
    answers = np.repeat([[0, 0], [1, 0], [1, 1]], [70, 51, 60], axis=0)
    third = np.tile([0, 1, 1, 0, 1], 37)[: len(answers)]
    items = pd.DataFrame({"a": answers[:, 0], "b": answers[:, 1], "c": third})
    with pytest.raises(EstimationError, match=r"correlation of a and b is beyond 0\.999"):
        Survey(items).factor_model({"F": ["a", "b", "c"]}, ordinal=True)


def test_rounding_below_zero_is_no_variance() -> None:
    """Replicates that leave the coefficient as it is, and one in which an item is the same for all."""
    items = pd.DataFrame({"a": [2, 2, 2, 2, 2, 1], "b": [2, 2, 1, 2, 2, 2], "u": [0, 1, 2, 0, 1, 2]})
    with pytest.raises(EstimationError, match="in 1 replicates some item does not vary"):
        Survey(items, psu="u").replicates("JK1").reliability(["a", "b"])
