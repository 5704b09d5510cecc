"""Correlations and covariances by rows, by domain, with missing answers, and at their edges."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from netralstat import Survey
from netralstat.estimate.correlation import correlation, covariances
from netralstat.estimate.domains import Question

ITEMS = ["x", "y", "z"]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(41)
    n = 480
    cluster = np.repeat(np.arange(48), 10)
    shift = rng.normal(0, 1, 48)[cluster]
    frame = pd.DataFrame(
        {"w": rng.uniform(1, 5, n), "h": cluster // 16, "cluster": cluster, "d": rng.choice(["a", "b"], n)}
    )
    frame["x"] = np.round(10 + 2 * shift + rng.normal(0, 2, n), 1)
    frame["y"] = np.round(frame["x"] * 0.5 + shift + rng.normal(0, 2, n), 1)
    frame["z"] = rng.normal(1e6, 1.0, n)  # a mean of a million spreads
    frame["y"] = frame["y"].where(rng.random(n) > 0.1)
    frame["flat"] = 3.0
    return frame


@pytest.fixture(scope="module", params=["persons", "clusters"])
def survey(request: pytest.FixtureRequest, frame: pd.DataFrame) -> Survey:
    return Survey(frame, weight="w", stratum="h", psu="cluster" if request.param == "clusters" else None)


def by_rows(survey: Survey, x: str, y: str, domain: np.ndarray) -> tuple[float, float, float, float]:
    """Weighted covariance and correlation of the rows that have both, each with its linearised error."""
    frame = survey.frame
    both = domain & frame[x].notna().to_numpy() & frame[y].notna().to_numpy()
    w = np.where(both, frame["w"], 0.0)
    n, total = both.sum(), w.sum()
    dx, dy = (np.where(both, frame[name] - (w * frame[name].fillna(0)).sum() / total, 0.0) for name in (x, y))
    sxx, syy, sxy = ((w * a * b).sum() / total for a, b in ((dx, dx), (dy, dy), (dx, dy)))
    cov, r = sxy * n / (n - 1), sxy / np.sqrt(sxx * syy)
    u = w * (dx * dy * n / (n - 1) - cov) / total
    v = w * (dx * dy / np.sqrt(sxx * syy) - r / 2 * (dx**2 / sxx + dy**2 / syy)) / total
    unit = frame["cluster"] if survey.design.psu else pd.Series(frame.index)
    errors = []
    for values in (u, v):
        sums = pd.DataFrame({"u": values, "h": frame["h"], "unit": unit}).groupby(["h", "unit"])["u"].sum()
        of_stratum = sums.groupby("h").agg(lambda s: ((s - s.mean()) ** 2).sum() * len(s) / (len(s) - 1))
        errors.append(np.sqrt(of_stratum.sum()))
    return cov, errors[0], r, errors[1]


def test_the_textbook_by_rows(survey: Survey) -> None:
    question = Question(by=("d",), overall=True)
    moments = covariances(survey.frame, survey.design, ITEMS, question).table
    closeness = correlation(survey.frame, survey.design, ITEMS, question).table
    assert moments["item"].unique().tolist() == ["x", "x × y", "x × z", "y", "y × z", "z"]
    assert closeness["item"].unique().tolist() == ["x × y", "x × z", "y × z"]
    frame = survey.frame
    domains = {"a": frame["d"] == "a", "b": frame["d"] == "b", None: frame["d"].notna()}
    for table, at in ((moments, 0), (closeness, 2)):
        for row in table.itertuples():
            x, _, y = row.item.partition(" × ")
            wanted = by_rows(survey, x, y or x, domains[None if pd.isna(row.d) else row.d].to_numpy())
            assert (row.estimate, row.std_error) == pytest.approx(wanted[at : at + 2], rel=1e-8), row.item


def test_fishers_interval_and_test(survey: Survey) -> None:
    row = correlation(survey.frame, survey.design, ["x", "y"], Question(level=0.9)).table.iloc[0]
    z, error = np.arctanh(row["estimate"]), row["std_error"] / (1 - row["estimate"] ** 2)
    t = stats.t.ppf(0.95, row["df"])
    assert row["conf_low"] == pytest.approx(np.tanh(z - t * error), rel=1e-12)
    assert row["conf_high"] == pytest.approx(np.tanh(z + t * error), rel=1e-12)
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(z / error, row["df"]), rel=1e-9)
    assert 0.3 < row["conf_low"] < row["conf_high"] < 0.9


def test_each_pair_has_its_own_respondents(survey: Survey) -> None:
    table = correlation(survey.frame, survey.design, ITEMS, Question()).table.set_index("item")
    answered = survey.frame["y"].notna().sum()
    assert table["n"].to_dict() == {"x × y": answered, "x × z": 480, "y × z": answered}


def test_units_and_order_do_not_matter(survey: Survey) -> None:
    changed = survey.frame.assign(x=survey.frame["x"] * -7 + 3)
    one = correlation(survey.frame, survey.design, ["x", "y"], Question()).table.iloc[0]
    other = correlation(changed, survey.design, ["y", "x"], Question()).table.iloc[0]
    assert other["estimate"] == pytest.approx(-one["estimate"], rel=1e-10)
    assert other["std_error"] == pytest.approx(one["std_error"], rel=1e-9)
    assert other["conf_low"] == pytest.approx(-one["conf_high"], rel=1e-9)


def test_without_weights_it_is_pearsons() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"x": rng.normal(size=300)}).assign(y=lambda f: f["x"] + rng.normal(size=300))
    row = correlation(frame, Survey(frame).design, ["x", "y"], Question()).table.iloc[0]
    assert row["estimate"] == pytest.approx(stats.pearsonr(frame["x"], frame["y"]).statistic, rel=1e-12)
    variance = covariances(frame, Survey(frame).design, ["x"], Question()).table["estimate"][0]
    assert variance == pytest.approx(frame["x"].var(), rel=1e-12)


def test_after_calibration(frame: pd.DataFrame) -> None:
    total = frame["w"].sum()
    survey = Survey(frame, weight="w", stratum="h", psu="cluster")
    calibrated = survey.calibrate({"d": {"a": total * 0.7, "b": total * 0.3}})
    row = correlation(frame, survey.design, ["x", "z"], Question(), calibrated.calibration).table.iloc[0]
    g = frame["d"].map({level: share * total for level, share in (("a", 0.7), ("b", 0.3))}) / frame.groupby(
        "d"
    )["w"].transform("sum")
    weighted = np.cov(frame["x"], frame["z"] - 1e6, aweights=frame["w"] * g)
    assert row["estimate"] == pytest.approx(
        weighted[0, 1] / np.sqrt(weighted[0, 0] * weighted[1, 1]), rel=1e-8
    )


def test_edges_are_flagged(frame: pd.DataFrame) -> None:
    frame = frame.assign(
        twice=2 * frame["x"] + 1,
        rare=frame["x"].where(frame.index < 2),
        one=frame["x"].where(frame.index < 1),
        none=np.nan,
    )
    survey = Survey(frame, weight="w", stratum="h", psu="cluster")
    items = ["x", "twice", "flat", "rare", "one", "none"]
    table = correlation(frame, survey.design, items, Question()).table.set_index("item")
    flags = table["flag"]
    assert flags["x × twice"] == "boundary"
    assert table.loc["x × twice", ["estimate", "conf_low", "conf_high"]].tolist() == pytest.approx([1, 1, 1])
    assert flags[["x × flat", "x × rare", "x × one", "x × none"]].tolist() == [
        "one_value", "few_respondents", "one_respondent", "no_respondents"
    ]  # fmt: skip
    silent = table.loc[["x × flat", "x × rare", "x × none"], ["estimate", "std_error", "conf_low", "p_value"]]
    assert silent.isna().all(axis=None)
    moments = covariances(frame, survey.design, ["flat", "one"], Question()).table
    assert moments["flag"].tolist() == ["one_value", "one_respondent", "one_respondent"]
    assert moments["estimate"][0] == 0.0
