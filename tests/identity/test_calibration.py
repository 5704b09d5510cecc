"""Calibrated weights: what they reach, what they leave without error, and which methods are one method."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from identity.samples import KINDS, PROFILE, Sample, draw, samples, textbook_covariance

from netralstat import Margin, Survey

METHODS = ("raking", "linear")
SHOWN = ["estimate", "std_error", "conf_low", "conf_high"]


def complete(sample: Sample) -> Sample:
    """The same sample with an answer on every margin item."""
    frame = sample.frame.assign(g=sample.frame["g"].fillna("middle"))
    return Sample(frame=frame, stratum=sample.stratum, psu=sample.psu, fpc=sample.fpc)


def margins(sample: Sample, tilt: float) -> dict[str, dict[str, float]]:
    """Population counts near the sample's own, tilted towards the first level of each item."""
    population = {}
    for item in ("g", "d"):
        sums = sample.frame.groupby(item)["w"].sum()
        tilted = sums * np.linspace(1 + tilt, 1 - tilt, len(sums))
        population[item] = (tilted * sums.sum() / tilted.sum()).to_dict()
    return population


@PROFILE
@given(samples(), st.sampled_from(METHODS), st.floats(-0.2, 0.2))
def test_totals_of_the_margins_are_the_targets_without_error(
    sample: Sample, method: str, tilt: float
) -> None:
    sample = complete(sample)
    targets = margins(sample, tilt)
    survey = sample.survey().calibrate(targets, method=method)
    for item, levels in targets.items():
        reached = survey.total(item).table
        np.testing.assert_allclose(reached["estimate"], [levels[x] for x in reached["level"]], 1e-9)
        assert reached["std_error"].tolist() == [0.0] * len(levels)
        assert survey.prevalence(item).table["std_error"].tolist() == [0.0] * len(levels)
    table = survey.calibration.to_frame()
    assert table["margin"].tolist() == ["g"] * 3 + ["d"] * 2
    np.testing.assert_allclose(table["reached"], table["target"], 1e-10)
    np.testing.assert_allclose(survey.weights().total, sum(targets["d"].values()), 1e-10)


@PROFILE
@given(samples(), st.floats(-0.3, 0.3))
def test_raking_or_moving_linearly_to_one_margin_is_poststratification(sample: Sample, tilt: float) -> None:
    sample = complete(sample)
    target = {"g": margins(sample, tilt)["g"]}
    by_method = [
        sample.survey().calibrate(target, method=method).mean(["x", "z"])
        for method in ("poststratification", *METHODS)
    ]
    for other in by_method[1:]:
        np.testing.assert_allclose(other.table[SHOWN], by_method[0].table[SHOWN], 1e-8, 1e-10)
        np.testing.assert_allclose(other.covariance, by_method[0].covariance, 1e-8, 1e-12)


@PROFILE
@given(samples(), st.floats(-0.3, 0.3))
def test_poststratified_weights_and_variance_are_the_textbooks(sample: Sample, tilt: float) -> None:
    # w* = w·N_g / Σ_g w;  u = w*·(z - z̄_g) z the linearised variable, z̄_g its mean in the poststratum.
    sample = complete(sample)
    target = margins(sample, tilt)["g"]
    frame = sample.frame
    own = frame.groupby("g")["w"].transform("sum")
    g = frame["g"].map(target) / own
    w = frame["w"] * g
    mean = (w * frame["x"]).sum() / w.sum()
    z = (frame["x"] - mean) / w.sum()
    centre = (frame["w"] * z).groupby(frame["g"]).transform("sum") / own
    v = textbook_covariance(sample, (w * (z - centre)).to_numpy()[:, None])
    row = sample.survey().calibrate({"g": target}, method="poststratification").mean("x").table.iloc[0]
    np.testing.assert_allclose([row["estimate"], row["std_error"]], [mean, np.sqrt(v[0, 0])], 1e-8)


@PROFILE
@given(samples())
def test_calibrating_to_the_samples_own_totals_moves_no_weight(sample: Sample) -> None:
    sample = complete(sample)
    before = sample.survey()
    after = before.calibrate(margins(sample, 0.0))
    np.testing.assert_allclose(
        after.mean("x", by="d").table["estimate"], before.mean("x", by="d").table["estimate"], 1e-9
    )
    first, second = before.weights(), after.weights()
    np.testing.assert_allclose(
        [second.deff_kish, second.smallest, second.largest],
        [first.deff_kish, first.smallest, first.largest],
        1e-9,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_crossed_margin_holds_its_parts(kind: str) -> None:
    sample = complete(draw(kind, fpc=True, missing=False, seed=11))
    cells = sample.frame.groupby(["d", "e"])["w"].sum()
    crossed = cells * np.array([1.2, 0.8, 0.9, 1.1])[: len(cells)]
    survey = sample.survey().calibrate({("d", "e"): crossed}, method="poststratification")
    assert survey.calibration.to_frame()["level"].tolist() == [" × ".join(level) for level in crossed.index]
    for item in ("d", "e"):
        expected = crossed.groupby(level=item).sum()
        table = survey.total(item).table
        np.testing.assert_allclose(table["estimate"], expected[table["level"]], 1e-10)
        assert table["std_error"].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("method", METHODS)
def test_margins_may_be_mappings_series_or_margin_objects(method: str) -> None:
    sample = complete(draw("stratified", fpc=False, missing=False, seed=12))
    target = sample.frame.groupby("g")["w"].sum() * [1.1, 0.9, 1.2]
    as_margin = Margin(items=("g",), targets={(level,): count for level, count in target.items()})
    means = [
        sample.survey().calibrate(given, method=method).mean("x").table[SHOWN].to_numpy(dtype=float)
        for given in ({"g": target}, {"g": target.to_dict()}, [as_margin], {"g": as_margin})
    ]
    for other in means[1:]:
        np.testing.assert_array_equal(other, means[0])


def test_calibrated_weights_do_not_depend_on_the_scale_of_design_weights() -> None:
    sample = complete(draw("clustered", fpc=False, missing=False, seed=13))
    target = margins(sample, 0.2)
    one, hundredth = (
        sample.survey(sample.frame.assign(w=sample.frame["w"] * c)).calibrate(target) for c in (1.0, 0.01)
    )
    assert isinstance(one, Survey)
    np.testing.assert_allclose(
        hundredth.total("z", by="d").table[SHOWN], one.total("z", by="d").table[SHOWN], 1e-7
    )
