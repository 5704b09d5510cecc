"""Intervals cover the known truth as often as they say, over repeated samples from one population."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from netralstat import Survey

pytestmark = pytest.mark.slow

N_SAMPLES = 800
N_STRATA, PSUS, PERSONS, DRAWN = 12, 40, 50, 6


@pytest.fixture(scope="module")
def population() -> pd.DataFrame:
    """12 strata of 40 PSUs of 50 persons; an act of about 15 % that clusters in PSUs and differs by sex."""
    draw = np.random.default_rng(20210701)
    size = N_STRATA * PSUS * PERSONS
    stratum = np.repeat(np.arange(N_STRATA), PSUS * PERSONS)
    psu = np.repeat(np.arange(N_STRATA * PSUS), PERSONS)
    female = draw.random(size) < 0.54
    level = -1.9 + 0.6 * draw.standard_normal(N_STRATA * PSUS)[psu] + 0.15 * (stratum - 6) / 3 - 0.3 * female
    act = draw.random(size) < 1 / (1 + np.exp(-level))
    sex = np.where(female, "p", "l")
    return pd.DataFrame({"h": stratum, "c": psu, "sex": sex, "act": act.astype(int)})


def sample(population: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    """Six PSUs a stratum, everybody in them: PSU weights 40/6."""
    first = np.arange(N_STRATA) * PSUS
    chosen = np.concatenate([start + draw.choice(PSUS, DRAWN, replace=False) for start in first])
    drawn = population[population["c"].isin(chosen)]
    return drawn.assign(w=PSUS / DRAWN, N=PSUS)


@pytest.mark.parametrize("calibrated", [False, True], ids=["design weights", "raked to sex"])
def test_coverage_and_standard_error(population, calibrated):
    draw = np.random.default_rng(1)
    truth = population["act"].mean()
    by_sex = population["sex"].value_counts().to_dict()
    covered, estimates, variances = 0, [], []
    for _ in range(N_SAMPLES):
        survey = Survey(sample(population, draw), weight="w", stratum="h", psu="c", fpc="N")
        if calibrated:
            survey = survey.calibrate({"sex": by_sex})
        row = survey.prevalence("act").table.iloc[0]
        covered += row["conf_low"] <= truth <= row["conf_high"]
        estimates.append(row["estimate"])
        variances.append(row["std_error"] ** 2)
    low, high = stats.binom.interval(0.999, N_SAMPLES, 0.95)
    assert low <= covered <= high, f"{covered} of {N_SAMPLES} intervals cover"
    # the ratio of the empirical to the mean estimated variance lies in its chi-square band
    ratio = np.var(estimates, ddof=1) / np.mean(variances)
    band = stats.chi2.interval(0.999, N_SAMPLES - 1)
    assert band[0] / (N_SAMPLES - 1) <= ratio <= band[1] / (N_SAMPLES - 1), f"variance ratio {ratio:.3f}"
    bias = (np.mean(estimates) - truth) / (np.std(estimates) / np.sqrt(N_SAMPLES))
    assert abs(bias) < 4, f"the estimates are {bias:.1f} standard errors off"
