"""Replicates: equal to linearisation where they must be, and to the textbook written row by row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from identity.samples import KINDS, PROFILE, Sample, draw, samples
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.tools import add_constant

from netralstat import Survey
from netralstat.estimate.complements import versus_rest
from netralstat.estimate.correlation import correlation, covariances
from netralstat.estimate.domains import Question

pytestmark = pytest.mark.long

LEVELS = ["low", "middle", "high"]


def left_out(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    """Row weights (n_rows, R) of the textbook's jackknife, and (1 - f)(n - 1)/n of each replicate."""
    frame = sample.frame
    strata = frame[sample.stratum] if sample.stratum else pd.Series(0, index=frame.index)
    units = frame[sample.psu] if sample.psu else pd.Series(frame.index, index=frame.index)
    weights, scales = [], []
    for stratum in strata.unique():
        inside = (strata == stratum).to_numpy()
        there = units[inside].unique()
        n = len(there)
        f = n / frame.loc[inside, sample.fpc].iloc[0] if sample.fpc else 0.0
        for unit in there:
            gone = inside & (units == unit).to_numpy()
            weights.append(frame["w"] * np.where(gone, 0, np.where(inside, n / (n - 1), 1)))
            scales.append((1 - f) * (n - 1) / n)
    return np.column_stack(weights), np.array(scales)


def spread(estimates: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Covariance of (R, k) estimates about their mean."""
    centred = estimates - estimates.mean(axis=0)
    return centred.T @ (scales[:, None] * centred)


def given_columns(sample: Sample, *, combined: bool = True) -> Survey:
    """The textbook's jackknife as columns of a data producer."""
    weights, scales = left_out(sample)
    rows = weights if combined else weights / sample.frame[["w"]].to_numpy()
    columns = pd.DataFrame(rows, columns=[f"r{i}" for i in range(len(scales))], index=sample.frame.index)
    return Survey(pd.concat([sample.frame, columns], axis=1), weight="w").replicates(
        "JKn", columns=list(columns), combined=combined, rscales=scales.tolist()
    )


# ------------------------------------------------------------------------------------ linearisation
@PROFILE
@given(samples(), st.booleans())
def test_the_jackknife_of_totals_is_linearisation(sample: Sample, mse: bool) -> None:
    linear = sample.survey().total(["x", "d"], by="e", overall=True)
    found = sample.survey().replicates("JKn", mse=mse).total(["x", "d"], by="e", overall=True)
    numbers = ["estimate", "std_error", "conf_low", "df", "n", "deff"]
    np.testing.assert_allclose(found.table[numbers].astype(float), linear.table[numbers].astype(float), 1e-10)
    np.testing.assert_allclose(found.covariance, linear.covariance, 1e-9, 1e-9)


@pytest.mark.parametrize("fpc", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_the_bootstrap_approaches_linearisation(kind: str, fpc: bool) -> None:
    # The variance of 20,000 replicates is known to 1 % (√(2/n)); the band is four standard errors.
    survey = draw(kind, fpc=fpc, missing=False, seed=5).survey()
    found = survey.replicates("bootstrap", n=20_000, seed=1).total(["x", "e"])
    linear = survey.total(["x", "e"])
    np.testing.assert_allclose(np.diag(found.covariance), np.diag(linear.covariance), 0.04)


@pytest.mark.parametrize("asked", [{"kind": "BRR"}, {"kind": "Fay", "rho": 0.4}], ids=str)
@pytest.mark.parametrize("fpc", [None, "N"])
def test_half_samples_of_totals_are_linearisation(asked: dict, fpc: str | None) -> None:
    rng = np.random.default_rng(2)
    rows = pd.DataFrame(
        {"h": np.repeat(np.arange(6), 20), "c": np.tile([1, 2], 60), "x": rng.normal(size=120)}
    )
    rows = rows.assign(w=rng.uniform(1, 9, 120), N=4 + rows["h"], d=rng.integers(0, 3, 120))
    survey = Survey(rows, weight="w", stratum="h", psu="c", fpc=fpc)
    found, linear = (one.total("x", by="d") for one in (survey.replicates(**asked), survey))
    np.testing.assert_allclose(found.covariance, linear.covariance, 1e-10, 1e-9)
    assert set(found.table["df"]) == {6.0}


@pytest.mark.golden
def test_half_samples_of_a_ratio_are_rs() -> None:
    # Levy & Lemeshow's ambulances: as.svrepdesign(svydesign(~ambulance, strata = ~ESA, prob = ~1, data = scd,
    # nest = TRUE), "BRR" | "Fay", fay.rho = 0.3, hadamard.matrix = Sylvester's), svyratio(~alive, ~arrests),
    # survey 4.1-1, about the mean and (mse) the full sample. R lifts the second of two PSUs first.
    rows = pd.DataFrame({"esa": [1, 1, 2, 2, 3, 3], "ambulance": [2, 1, 2, 1, 2, 1]})
    rows = rows.assign(arrests=[120.0, 78, 185, 228, 670, 530], alive=[25.0, 24, 30, 49, 80, 70])
    survey = Survey(rows, stratum="esa", psu="ambulance")
    expected = {
        (None, False): 0.010299872946337,
        (None, True): 0.0103079068411015,
        (0.3, False): 0.0101400496058671,
        (0.3, True): 0.0101439840681009,
    }
    for (rho, mse), error in expected.items():
        replicated = survey.replicates("BRR" if rho is None else "Fay", rho=rho, mse=mse)
        found = replicated.ratio("alive", "arrests")
        np.testing.assert_allclose(found.table["std_error"], error, 1e-10)
        assert found.table["df"].tolist() == [3.0]
        assert found.provenance["replicates"]["n"] == 4


# --------------------------------------------------------------------------------------- row by row
@PROFILE
@given(samples())
def test_means_by_domain_are_those_of_leaving_out_row_by_row(sample: Sample) -> None:
    found = sample.survey().replicates("JKn").mean("x", by="d")
    weights, scales = left_out(sample)
    frame = sample.frame
    inside = (frame["d"].to_numpy()[:, None] == np.array(["north", "south"])).astype(float)
    estimates = (weights.T @ (inside * frame["x"].to_numpy()[:, None])) / (weights.T @ inside)
    if np.isfinite(estimates).all():
        np.testing.assert_allclose(found.covariance, spread(estimates, scales), 1e-9, 1e-13)
        assert (found.table["flag"] == "").all()
    else:
        assert (found.table["flag"] == "empty_replicates").any()


def moment(frame: pd.DataFrame, w: np.ndarray, *, correlated: bool) -> float:
    both = frame["x"].notna() & frame["z"].notna()
    x, z, w = frame["x"][both], frame["z"][both], w[both]
    s = np.cov(x, z, aweights=w, ddof=0)
    return s[0, 1] / np.sqrt(s[0, 0] * s[1, 1]) if correlated else s[0, 1] * both.sum() / (both.sum() - 1)


def table_of(frame: pd.DataFrame, w: np.ndarray) -> np.ndarray:
    there = pd.Series(w, index=frame.index)[frame["g"].notna()]
    shares = there.groupby([frame["g"], frame["e"]]).sum() / there.sum()
    grid = pd.MultiIndex.from_product([sorted(LEVELS), ["f", "m"]])
    return shares.reindex(grid, fill_value=0.0).to_numpy()


def rest_of(frame: pd.DataFrame, w: np.ndarray) -> np.ndarray:
    known = frame["y"].notna()
    y, w, e = frame["y"][known], w[known], frame["e"][known]
    inside = [float((w * y)[e == level].sum() / w[e == level].sum()) for level in ("f", "m")]
    return np.array([inside[0] - inside[1], inside[1] - inside[0]])


def model_of(frame: pd.DataFrame, w: np.ndarray, family: str) -> np.ndarray:
    there = frame["y"].notna()
    x = add_constant(np.column_stack([frame["x"], frame["e"] == "m"]).astype(float))
    kind = {"logit": families.Binomial(), "linear": families.Gaussian()}[family]
    fit = GLM(frame["y"][there], x[there], family=kind, var_weights=w[there])
    return fit.fit(tol=1e-14, maxiter=200).params.to_numpy()


Rows = Callable[[pd.DataFrame, np.ndarray], np.ndarray | float]
STATISTICS: dict[str, tuple[Callable[[Survey], np.ndarray], Rows]] = {
    "covariance": (
        lambda s: covariances(s.frame, s.design, ["x", "z"], Question()).covariance[1:2, 1:2],
        lambda f, w: moment(f, w, correlated=False),
    ),
    "correlation": (
        lambda s: correlation(s.frame, s.design, ["x", "z"], Question()).covariance,
        lambda f, w: moment(f, w, correlated=True),
    ),
    "table": (lambda s: s.crosstab("g", "e").covariance, table_of),
    "domain and rest": (
        lambda s: versus_rest(s.frame, s.design, ["y"], Question(by=("e",))).covariance,
        rest_of,
    ),
    "logit": (lambda s: s.regress("y ~ x + e").covariance, lambda f, w: model_of(f, w, "logit")),
    "linear": (
        lambda s: s.regress("y ~ x + e", "linear").covariance,
        lambda f, w: model_of(f, w, "linear"),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", STATISTICS)
def test_statistics_that_are_no_ratios_are_computed_anew_in_each_replicate(name: str, kind: str) -> None:
    sample = draw(kind, fpc=True, missing=True, seed=41)
    of_survey, of_rows = STATISTICS[name]
    weights, scales = left_out(sample)
    estimates = np.array([np.atleast_1d(of_rows(sample.frame, w)) for w in weights.T])
    found = of_survey(sample.survey().replicates("JKn"))
    np.testing.assert_allclose(found, spread(estimates, scales), 1e-8, 1e-13)


@pytest.mark.parametrize("combined", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_columns_of_the_jackknife_are_the_jackknife(kind: str, combined: bool) -> None:
    sample = draw(kind, fpc=True, missing=True, seed=12)
    made, read = sample.survey().replicates("JKn"), given_columns(sample, combined=combined)
    asked: dict[str, Callable[[Survey], np.ndarray]] = {
        "shares": lambda s: s.prevalence(["y", "g"], by="d", overall=True).covariance,
        "means": lambda s: s.mean("z", by=["d", "e"], where={"g": ["low", "high"]}).covariance,
        "totals": lambda s: s.total(["z", "g"]).covariance,
        "ratio": lambda s: s.ratio("z", "x", by="d").covariance,
        "quantiles": lambda s: s.quantile("x", [0.4, 0.6], by="e").covariance,
        "table": lambda s: s.crosstab("g", "e", test="wald").covariance,
        "test": lambda s: np.array(s.crosstab("g", "e").test.statistic),
        "model": lambda s: s.regress("y ~ x + g").covariance,
    }
    for name, of in asked.items():
        np.testing.assert_allclose(of(read), of(made), 1e-8, 1e-12, err_msg=name)
    assert read.mean("x").provenance["replicates"]["columns"] == made.mean("x").provenance["replicates"]["n"]


# --------------------------------------------------------------------------------------- calibrated
@PROFILE
@given(samples(), st.floats(-0.2, 0.2))
def test_poststratified_replicates_are_those_of_poststratifying_each(sample: Sample, tilt: float) -> None:
    frame = sample.frame.assign(g=sample.frame["g"].fillna("middle"))
    target = frame.groupby("g")["w"].sum() * np.linspace(1 + tilt, 1 - tilt, 3)
    weights, scales = left_out(sample)
    there = np.array([(weights[frame["g"] == level] > 0).any(axis=0) for level in target.index]).all()
    assume(there)  # a replicate with nobody at a level is refused: tests/contract/test_replicate_errors.py
    survey = sample.survey(frame).calibrate({"g": target}).replicates("JKn")
    by_hand = []
    for row in weights.T:
        sums = pd.Series(row).groupby(frame["g"].to_numpy()).sum()
        moved = row * frame["g"].map(target / sums).to_numpy()
        by_hand.append([(moved * frame["x"]).sum() / moved.sum()])
    np.testing.assert_allclose(survey.mean("x").covariance, spread(np.array(by_hand), scales), 1e-8, 1e-14)
    known = survey.total("g").table  # the population is known
    np.testing.assert_allclose(known["estimate"].astype(float), target.to_numpy(), 1e-9)
    assert (known["std_error"] == 0).all()


@pytest.mark.parametrize("method", ["raking", "linear"])
@pytest.mark.parametrize("kind", KINDS)
def test_margins_do_not_vary_over_calibrated_replicates(kind: str, method: str) -> None:
    sample = draw(kind, fpc=False, missing=False, seed=21)
    sums = {item: sample.frame.groupby(item)["w"].sum() for item in ("d", "e")}
    known = {item: s * [1.1, 1 - 0.1 * s.iloc[0] / s.iloc[1]] for item, s in sums.items()}
    survey = sample.survey()
    one = survey.replicates("bootstrap", n=25, seed=4).calibrate(known, method)  # type: ignore[arg-type]
    other = survey.calibrate(known, method).replicates("bootstrap", n=25, seed=4)  # type: ignore[arg-type]
    margin = one.total(["d", "e"])
    np.testing.assert_allclose(
        margin.table["estimate"].astype(float), np.concatenate(list(known.values())), 1e-9
    )
    assert (margin.covariance == 0).all()
    assert (one.prevalence("d").table["std_error"] == 0).all()
    by_order = [s.mean("x", by="d").covariance for s in (one, other)]
    np.testing.assert_array_equal(*by_order)
    assert by_order[0][0, 0] > 0
