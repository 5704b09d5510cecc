"""Weights whatever the sample: targets reached, textbook formulas, and rules of R written row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from identity.samples import KINDS, PROFILE, Sample, draw, samples, textbook_covariance, textbook_mean

from netralstat import Margin, Survey
from netralstat.design.cells import compress

METHODS: dict[str, dict[str, Any]] = {
    "raking": {"method": "raking"},
    "linear": {"method": "linear"},
    "logit": {"method": "logit", "bounds": (0.2, 5)},
    "bounded linear": {"method": "linear", "bounds": (0.2, 5)},
    "bounded raking": {"method": "raking", "bounds": (0.2, 5)},
}


def complete(sample: Sample) -> Sample:
    """The same sample with an answer on every auxiliary item, and some weights in common."""
    frame = sample.frame.assign(
        g=sample.frame["g"].fillna("middle"),
        z=sample.frame["z"].fillna(6.0),
        w=np.ceil(sample.frame["w"] / 4),
    )
    return Sample(frame=frame, stratum=sample.stratum, psu=sample.psu, fpc=sample.fpc)


def row_weights(survey: Survey) -> np.ndarray:
    """The final weight of each row."""
    frame = survey.frame.assign(row=np.arange(len(survey.frame)))
    items = survey.calibration.items if survey.calibration is not None else ()
    cells = compress(frame, survey.design, keys=[*items, "row"])
    g = survey.calibration.at(cells).g if survey.calibration is not None else 1.0
    found = np.empty(len(frame))
    found[np.asarray(cells.key("row").levels)[cells.key("row").codes]] = cells.w_sum * g
    return found


def auxiliaries(frame: pd.DataFrame) -> np.ndarray:
    """Rows of X for `targets`: a column for each level of g, then x, then z within each level of d."""
    return np.column_stack(
        [
            pd.get_dummies(frame["g"]).to_numpy(dtype=float),
            frame["x"],
            pd.get_dummies(frame["d"]).to_numpy(dtype=float) * frame[["z"]].to_numpy(),
        ]
    )


def targets(frame: pd.DataFrame, moved: np.ndarray) -> list[Margin]:
    """What the sample would add to if its weights were multiplied by `moved`."""
    total = auxiliaries(frame).T @ (frame["w"] * moved)
    g, d = sorted(frame["g"].unique()), sorted(frame["d"].unique())
    return [
        Margin(items=("g",), targets=dict(zip([(level,) for level in g], total[: len(g)], strict=True))),
        Margin(items=(), value="x", targets={(): total[len(g)]}),
        Margin(
            items=("d",),
            value="z",
            targets=dict(zip([(level,) for level in d], total[len(g) + 1 :], strict=True)),
        ),
    ]


@PROFILE
@given(samples(), st.sampled_from(sorted(METHODS)), st.integers(0, 10_000))
def test_counts_and_totals_reach_their_targets(sample: Sample, method: str, seed: int) -> None:
    sample = complete(sample)
    moved = np.random.default_rng(seed).uniform(0.6, 1.6, len(sample.frame))
    survey = sample.survey().calibrate(targets(sample.frame, moved), **METHODS[method])
    w = row_weights(survey)
    x = auxiliaries(sample.frame)
    np.testing.assert_allclose(
        x.T @ w, x.T @ (sample.frame["w"] * moved), 1e-9, 1e-9 * np.abs(x).max() * w.sum()
    )
    table = survey.calibration.to_frame()
    assert np.abs(table["gap"]).max() <= 1e-10
    assert table["margin"].tolist() == ["g"] * 3 + ["x"] + ["z by d"] * 2
    assert table["level"].tolist()[3:] == ["total", "north", "south"]
    known = survey.total("z", by="d").table
    np.testing.assert_allclose(known["estimate"], table["target"][4:], 1e-9)
    assert known["std_error"].tolist() == [0.0, 0.0]
    bounds = METHODS[method].get("bounds")
    if bounds is not None:
        ratio = w / sample.frame["w"]
        assert bounds[0] * (1 - 1e-12) <= ratio.min() < ratio.max() <= bounds[1] * (1 + 1e-12)


@PROFILE
@given(samples(), st.integers(0, 10_000))
def test_a_linear_calibration_is_the_regression_estimator(sample: Sample, seed: int) -> None:
    # ŷ_GREG = Σ w y + (T - Σ w x)'B,  B = (Σ w x x')⁻¹ Σ w x y;  its influence is w g (y - x'B).
    sample = complete(sample)
    frame = sample.frame
    moved = np.random.default_rng(seed).uniform(0.8, 1.2, len(frame))
    x, w = auxiliaries(frame), frame["w"].to_numpy()
    total, y = x.T @ (w * moved), frame["y"].fillna(0).to_numpy()
    b = np.linalg.solve((x * w[:, None]).T @ x, (x * w[:, None]).T @ y)
    g = 1 + x @ np.linalg.solve((x * w[:, None]).T @ x, total - x.T @ w)
    v = textbook_covariance(sample, (w * g * (y - x @ b))[:, None])
    survey = sample.survey().calibrate(targets(frame, moved), "linear")
    row = survey.total("y").table.iloc[0]
    assert row["estimate"] == pytest.approx(w @ y + (total - x.T @ w) @ b, rel=1e-9)
    assert row["std_error"] == pytest.approx(np.sqrt(v[0, 0]), rel=1e-7)
    np.testing.assert_allclose(row_weights(survey), w * g, 1e-8)


@PROFILE
@given(samples(), st.integers(0, 10_000))
def test_bounds_far_away_change_nothing(sample: Sample, seed: int) -> None:
    sample = complete(sample)
    wanted = targets(sample.frame, np.random.default_rng(seed).uniform(0.8, 1.2, len(sample.frame)))

    def w(method: str, bounds: tuple[float, float] | None = None) -> np.ndarray:
        return row_weights(sample.survey().calibrate(wanted, method, bounds=bounds))

    np.testing.assert_allclose(w("logit", (0.0, 1e9)), w("raking"), 1e-6)
    np.testing.assert_allclose(w("raking", (1e-9, 1e9)), w("raking"), 1e-8)
    np.testing.assert_allclose(w("linear", (-1e9, 1e9)), w("linear"), 1e-8)


@PROFILE
@given(samples(), st.sampled_from(sorted(METHODS)), st.integers(0, 10_000))
def test_respondents_one_by_one_and_in_cells_have_the_same_weights(
    sample: Sample, method: str, seed: int
) -> None:
    sample = complete(sample)
    rounded = sample.frame.assign(x=sample.frame["x"].round(), z=sample.frame["z"].round(0))
    doubled = pd.concat([rounded.assign(w=rounded["w"] / 2, population=2 * rounded["population"])] * 2)
    wanted = targets(rounded, np.random.default_rng(seed).uniform(0.8, 1.3, len(rounded)))
    once = sample.survey(rounded).calibrate(wanted, **METHODS[method])
    twice = sample.survey(doubled).calibrate(wanted[::-1], **METHODS[method])
    w = row_weights(twice)
    np.testing.assert_allclose(w[: len(rounded)] * 2, row_weights(once), 1e-7)
    np.testing.assert_allclose(w[: len(rounded)], w[len(rounded) :], 1e-12)


def swept(frame: pd.DataFrame, z: np.ndarray) -> np.ndarray:
    """survey:::svyrecvar row by row: ten sweeps of unweighted means over the raked margins."""
    for _ in range(10):
        for item in ("g", "d"):
            z = z - pd.Series(z, index=frame.index).groupby(frame[item]).transform("mean").to_numpy()
    return z


@PROFILE
@given(samples())
def test_the_projection_of_r_rake_is_that_of_rows(sample: Sample) -> None:
    sample = complete(sample)
    frame = sample.frame
    wanted = {
        item: frame.groupby(item)["w"].sum() * [1.2, 0.9, 1.1][: frame[item].nunique()] for item in ("g", "d")
    }
    wanted["d"] *= wanted["g"].sum() / wanted["d"].sum()
    survey = sample.survey().calibrate(wanted, compat="R-rake")
    w = row_weights(survey)
    mean = (w * frame["x"]).sum() / w.sum()
    z = swept(frame, ((frame["x"] - mean) / w.sum()).to_numpy())
    v = textbook_covariance(sample, (w * z)[:, None])
    row = survey.mean("x").table.iloc[0]
    assert row["estimate"] == pytest.approx(mean, rel=1e-10)
    assert row["std_error"] == pytest.approx(np.sqrt(v[0, 0]), rel=1e-8)
    other = sample.survey().calibrate(wanted).mean("x").table.iloc[0]
    assert other["estimate"] == pytest.approx(mean, rel=1e-9)


@pytest.mark.parametrize("method", ["raking", "linear"])
@pytest.mark.parametrize("kind", ["clustered", "stratified clusters"])
def test_weights_equal_within_psus_reach_the_targets(kind: str, method: str) -> None:
    sample = complete(draw(kind, fpc=False, missing=False, seed=21))
    frame = sample.frame
    psu = frame.groupby(["stratum", "psu"]).ngroup()
    moved = np.random.default_rng(3).uniform(0.8, 1.2, psu.max() + 1)[psu]
    target = {
        "d": (frame["w"] * moved).groupby(frame["d"]).sum(),
        "x": float((frame["w"] * moved) @ frame["x"]),
    }
    survey = sample.survey().calibrate(target, method, equal_within_psu=True)
    w = row_weights(survey)
    g = w / frame["w"].to_numpy()
    assert pd.Series(g).groupby(psu.to_numpy()).agg(np.ptp).max() < 1e-12
    assert np.ptp(g) > 1e-3
    np.testing.assert_allclose(frame.assign(w=w).groupby("d")["w"].sum(), target["d"], 1e-9)
    assert w @ frame["x"] == pytest.approx(target["x"], rel=1e-8)
    assert survey.total("d").table["std_error"].tolist() == [0.0, 0.0]


def trimmed_by_rows(w: np.ndarray, lower: float, upper: float, strict: bool) -> np.ndarray:
    """survey::trimWeights, row by row."""
    outside = (w < lower) | (w > upper)
    while outside.any():
        cut = np.clip(w, lower, upper)
        cut[~outside] += (w - cut).sum() / (~outside).sum()
        w = cut
        outside = (
            ((w < lower * (1 - 1e-12)) | (w > upper * (1 + 1e-12))) if strict else np.zeros(len(w), bool)
        )
    return w


@PROFILE
@given(samples(), st.booleans(), st.booleans(), st.floats(0.0, 0.3), st.floats(0.7, 1.0))
def test_trimmed_weights_are_those_of_rows(
    sample: Sample, strict: bool, calibrated: bool, low: float, high: float
) -> None:
    sample = complete(sample)
    survey = sample.survey()
    if calibrated:
        survey = survey.calibrate({"g": sample.frame.groupby("g")["w"].sum() * [1.3, 0.8, 1.0]})
    before = row_weights(survey)
    lower, upper = np.quantile(before, [low, high]) * [1.01, 0.99]
    lower, upper = min(lower, 0.9 * before.mean()), max(upper, 1.1 * before.mean())
    trimmed = survey.trim(lower, upper, strict=strict)
    w = row_weights(trimmed)
    np.testing.assert_allclose(w, trimmed_by_rows(before, lower, upper, strict), 1e-9)
    after = trimmed.calibration.after
    assert w.sum() == pytest.approx(before.sum(), rel=1e-12)
    assert (after.n_raised, after.n_cut) == ((before < lower).sum(), (before > upper).sum())
    assert after.moved == pytest.approx(np.abs(w - before).sum() / 2, rel=1e-9, abs=1e-9)
    if strict:
        assert lower * (1 - 1e-9) <= w.min() <= w.max() <= upper * (1 + 1e-9)
    assert trimmed.weights().largest == pytest.approx(w.max() / w.mean(), rel=1e-10)
    table = trimmed.calibration.to_frame()
    if calibrated:
        reached = sample.frame.assign(w=w).groupby("g")["w"].sum()
        np.testing.assert_allclose(table["reached"], reached[table["level"]], 1e-10)
        np.testing.assert_allclose(table["gap"], table["reached"] / table["target"] - 1, 1e-9, 1e-14)
    else:
        assert (table.empty, trimmed.calibration.method) == (True, "none")


@PROFILE
@given(samples())
def test_trimmed_design_weights_have_the_variance_of_weights_given(sample: Sample) -> None:
    sample = complete(sample)
    trimmed = sample.survey().trim(upper=float(np.quantile(sample.frame["w"], 0.8)))
    given_weights = sample.survey(sample.frame.assign(w=row_weights(trimmed)))
    shown = ["estimate", "std_error", "conf_low", "conf_high"]
    np.testing.assert_allclose(
        trimmed.mean("x", by="d").table[shown], given_weights.mean("x", by="d").table[shown], 1e-9
    )


@PROFILE
@given(samples(), st.sampled_from(["raking", "linear"]))
def test_trimmed_design_weights_can_be_calibrated(sample: Sample, method: str) -> None:
    sample = complete(sample)
    target = {"g": sample.frame.groupby("g")["w"].sum() * [1.1, 0.9, 1.2], "x": 3.0}
    trimmed = sample.survey().trim(upper=float(np.quantile(sample.frame["w"], 0.8)))
    both = trimmed.calibrate(target, method)
    given_weights = sample.survey(sample.frame.assign(w=row_weights(trimmed))).calibrate(target, method)
    np.testing.assert_allclose(row_weights(both), row_weights(given_weights), 1e-8)
    shown = ["estimate", "std_error"]
    np.testing.assert_allclose(both.mean("z").table[shown], given_weights.mean("z").table[shown], 1e-7)
    again = both.trim(upper=1.3 * row_weights(both).mean() + row_weights(both).max() / 2)
    assert again.calibration.before is both.calibration.before is not None


@pytest.mark.parametrize("kind", KINDS)
def test_poststratified_and_trimmed_is_r(kind: str) -> None:
    """svyrecvar leaves the projection of the calibration as it was: g (t·u - Σw·X·B), B of t·u."""
    sample = complete(draw(kind, fpc=True, missing=False, seed=4))
    frame = sample.frame
    survey = sample.survey().calibrate({"g": frame.groupby("g")["w"].sum() * [1.3, 0.8, 1.0]}, "linear")
    before = row_weights(survey)
    survey = survey.trim(upper=float(np.quantile(before, 0.8)))
    w, base = row_weights(survey), frame["w"].to_numpy()
    mean, _ = textbook_mean(frame.assign(w=w), frame["x"], np.ones(len(frame)))
    x = pd.get_dummies(frame["g"]).to_numpy(dtype=float)
    g, t = before / base, w / before
    tu = t * base * (frame["x"].to_numpy() - mean) / w.sum()
    b = np.linalg.solve((x * base[:, None]).T @ x, x.T @ tu)
    v = textbook_covariance(sample, (g * (tu - base * (x @ b)))[:, None])
    row = survey.mean("x").table.iloc[0]
    assert (row["estimate"], row["std_error"]) == pytest.approx((mean, np.sqrt(v[0, 0])), rel=1e-9)
