"""Pooled intervals cover the truth as often as they say where answers are missing at random."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from netralstat import Survey
from netralstat.explain.imputation.variables import Method

pytestmark = pytest.mark.slow

N_SAMPLES = 200
N_STRATA, PSUS, DRAWN, PERSONS = 6, 60, 10, 25
TERMS = ("(Intercept)", "pressure", "motive")


@pytest.fixture(scope="module")
def population() -> pd.DataFrame:
    """6 strata of 60 PSUs of 25 persons; what is missing later depends on what is always known."""
    draw = np.random.default_rng(20261122)
    size = N_STRATA * PSUS * PERSONS
    h, c = np.repeat(np.arange(N_STRATA), PSUS * PERSONS), np.repeat(np.arange(N_STRATA * PSUS), PERSONS)
    known = draw.normal(size=size) + 0.2 * (h - 2.5)
    pressure = (draw.random(size) < 1 / (1 + np.exp(0.4 - 0.8 * known))).astype(float)
    motive = 0.7 * known + 0.4 * pressure + draw.normal(size=size)
    strain = (
        0.5 * motive + 0.6 * pressure + draw.normal(size=size) + 0.2 * draw.normal(size=N_STRATA * PSUS)[c]
    )
    return pd.DataFrame(
        {"h": h, "c": c, "known": known, "pressure": pressure, "motive": motive, "strain": strain}
    )


def drawn(population: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    """Ten PSUs a stratum, everybody in them; motive and pressure have holes where strain is high."""
    first = np.arange(N_STRATA) * PSUS
    chosen = np.concatenate([start + draw.choice(PSUS, DRAWN, replace=False) for start in first])
    frame = population[population["c"].isin(chosen)].reset_index(drop=True).assign(w=PSUS / DRAWN, N=PSUS)
    for column, slope in (("motive", 1.0), ("pressure", 0.7)):
        missing = draw.random(len(frame)) < 1 / (
            1 + np.exp(1 - slope * frame["strain"] - 0.3 * frame["known"])
        )
        frame[column] = frame[column].mask(missing)
    return frame


@pytest.mark.parametrize(("method", "least"), [("linear", 0.91), ("pmm", 0.88)])
def test_coverage(population: pd.DataFrame, method: Method, least: float) -> None:
    """95 % intervals of a mean, a share and the coefficients of a model, where answers at one end are rare.

    Where strain is highest nine of ten do not say their motive. A regression draws beyond what is left,
    matching cannot: its coefficients are up to half a standard error off.
    """
    draw = np.random.default_rng(1)
    whole = Survey(population).regress("strain ~ pressure + motive", "linear").coefficients
    truth = np.array([population["motive"].mean(), population["pressure"].mean(), *whole[list(TERMS)]])
    found = {"imputed": np.empty((N_SAMPLES, 5, 3)), "complete": np.empty((N_SAMPLES, 5, 3))}
    columns = ["estimate", "conf_low", "conf_high"]
    for i in range(N_SAMPLES):
        survey = Survey(drawn(population, draw), weight="w", stratum="h", psu="c", fpc="N")
        names, known = ["motive", "pressure"], ["known", "strain"]
        imputed = survey.impute(names, with_=known, n=10, passes=5, seed=i, methods={"motive": method})
        for kind, asked in (("imputed", imputed), ("complete", survey)):
            found[kind][i, 0] = asked.mean("motive").table.loc[0, columns].astype(float)
            found[kind][i, 1] = asked.prevalence("pressure").table.loc[0, columns].astype(float)
            model = asked.regress("strain ~ pressure + motive", "linear").table.set_index("term")
            found[kind][i, 2:] = model.loc[list(TERMS), columns]
    share = {kind: ((n[:, :, 1] <= truth) & (truth <= n[:, :, 2])).mean(axis=0) for kind, n in found.items()}
    print("\n", method, {kind: np.round(100 * one, 1).tolist() for kind, one in share.items()})
    # Monte Carlo's error of a share of 95 % of 200 is 1.5 points.
    assert ((share["imputed"] >= least) & (share["imputed"] <= 0.99)).all(), share
    assert (share["complete"][:3] < 0.6).all(), share
    bias = np.abs(found["imputed"][:, :, 0].mean(axis=0) - truth)
    of_complete = np.abs(found["complete"][:, :, 0].mean(axis=0) - truth)
    assert (bias[:3] < of_complete[:3] / 8).all(), (bias, of_complete)
