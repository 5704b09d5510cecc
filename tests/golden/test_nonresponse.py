"""Base weights through the stages, and adjustments for nonresponse, equal what R's own functions give."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden.goldens import case, compare, data

from netralstat.design.nonresponse import adjust_by_cells, adjust_by_propensity
from netralstat.design.weights import stage_weights

pytestmark = pytest.mark.golden

TOLERANCE = 1e-9


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    """The stratified schools as a sample file in which those with an award responded."""
    frame = data("apistrat")
    return frame.assign(responded=(frame["awards"] == "Yes").astype(int))


def test_weights_of_two_stages() -> None:
    """R counts the units of svydesign(id = ~dnum + snum, fpc = ~fpc1 + fpc2) itself."""
    frame = data("apiclus2")
    frame = frame.assign(n1=frame["dnum"].nunique(), n2=frame.groupby("dnum")["snum"].transform("nunique"))
    expected = case("survey_calibration", "dclus2/none")
    w = stage_weights(frame, [("n1", "fpc1"), ("n2", "fpc2")])
    compare(w[:10].to_numpy(), expected["w_head"], 1e-12, "first weights")
    compare([w.sum(), w.min(), w.max()], [expected[k] for k in ("w_sum", "w_min", "w_max")], 1e-12, "weights")
    fractions = frame.assign(f1=frame["n1"] / frame["fpc1"], f2=frame["n2"] / frame["fpc2"])
    compare(stage_weights(fractions, ["f1", "f2"]).to_numpy(), w.to_numpy(), 1e-12, "fractions")


def test_classes_by_cells(sample: pd.DataFrame) -> None:
    # tapply(pw, stype, sum) / tapply(pw * r, stype, sum), R 4.2.2
    expected = {"E": 1.36986301369863, "H": 3.125, "M": 2.08333333333333}
    found = adjust_by_cells(sample, responded="responded", cells=["stype"], weight="pw", fewest=10)
    compare(found.classes.set_index("label")["factor"], expected, TOLERANCE, "factors")
    compare(found.weights.sum(), sample["pw"].sum(), 1e-12, "population")
    compare(found.deff_before, 1.1275002709706, TOLERANCE, "Kish's deff before")
    assert (found.n_sample, found.n_responded, found.merged) == (200, 113, ())


def test_response_propensity(sample: pd.DataFrame) -> None:
    # glm(r ~ stype + meals, binomial, weights = pw, control = list(epsilon = 1e-14)), R 4.2.2
    expected = {
        "(intercept)": 1.2850357855783483,
        "stype: H": -1.8755983751818703,
        "stype: M": -1.1125838447498282,
        "meals": -0.0054898179294351,
    }
    found = adjust_by_propensity(
        sample, responded="responded", covariates=["stype", "meals"], weight="pw", use="inverse"
    )
    compare(found.propensity.coefficients, expected, TOLERANCE, "coefficients")
    compare(found.propensity.auc, 0.664083931370634, TOLERANCE, "area under the curve")
    compare(found.weights.sum(), 6192.09708060784396, TOLERANCE, "weights over propensities")
    compare([found.smallest, found.largest], [1.27816356704480, 4.12534407943695], TOLERANCE, "factors")
    compare(found.deff_after, 1.02504096707591, TOLERANCE, "Kish's deff after")


def test_propensity_classes(sample: pd.DataFrame) -> None:
    # k = pmin(floor(5 * (rank(p) - .5) / 200), 4); tapply(pw, k, sum) / tapply(pw * r, k, sum), R 4.2.2
    expected = [3.63636363636364, 2.23940266942567, 1.61689767279537, 1.29032258064516, 1.37931034482759]
    found = adjust_by_propensity(
        sample, responded="responded", covariates=["stype", "meals"], weight="pw", fewest=5
    )
    compare(found.classes["factor"].to_numpy(), expected, TOLERANCE, "factors")
    assert found.classes["n_sample"].tolist() == [40] * 5
    assert found.classes["n_responded"].tolist() == [11, 18, 24, 31, 29]
    w = found.weights
    compare(
        [w.sum(), found.deff_after, w.min(), w.max()],
        [6193.99995803833008, 1.03961938125821, 32.92003760497, 71.48304463396909],
        TOLERANCE,
        "weights",
    )
    np.testing.assert_array_equal(w.index, sample.index[sample["responded"] == 1])
