"""Intervals cover the known truth as often as they say, over repeated samples from one population."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from netralstat import Survey

pytestmark = pytest.mark.slow

N_SAMPLES = 2_000
N_STRATA, PSUS, PERSONS, DRAWN = 12, 40, 50, 6
DOMAINS = ("all", "l", "p")
N_REPLICATES = 200


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


METHODS = {
    "Taylor": lambda survey, seed: survey,
    "Taylor, raked to sex": lambda survey, seed: survey.calibrate({"sex": BY_SEX}),
    "bootstrap": lambda survey, seed: survey.replicates("bootstrap", n=N_REPLICATES, seed=seed),
}
BY_SEX: dict[str, float] = {}


@pytest.mark.parametrize("method", METHODS)
def test_coverage_and_standard_error(population, method):
    """95 % intervals of the whole population and of each sex cover between 93.5 and 96.5 % of the time."""
    BY_SEX.update(population["sex"].value_counts().to_dict())
    draw = np.random.default_rng(1)
    truth = pd.concat([pd.Series({"all": population["act"].mean()}), population.groupby("sex")["act"].mean()])
    truth = truth[list(DOMAINS)].to_numpy()
    found = np.empty((N_SAMPLES, len(DOMAINS), 4))
    for i in range(N_SAMPLES):
        survey = Survey(sample(population, draw), weight="w", stratum="h", psu="c", fpc="N")
        table = METHODS[method](survey, i).prevalence("act", by="sex", overall=True, interval="logit").table
        assert table["sex"].tolist() == ["l", "p", None]
        columns = table[["estimate", "std_error", "conf_low", "conf_high"]]
        found[i] = columns.iloc[[2, 0, 1]].to_numpy(dtype=float)
    estimate, error, low, high = np.moveaxis(found, 2, 0)
    coverage = ((low <= truth) & (truth <= high)).mean(axis=0)
    print(f"\n{method:<22}", *(f"{name} {share:.1%}" for name, share in zip(DOMAINS, coverage, strict=True)))
    assert ((coverage >= 0.935) & (coverage <= 0.965)).all(), dict(zip(DOMAINS, coverage, strict=True))
    # the ratio of the empirical to the mean estimated variance lies in its chi-square band
    ratio = estimate.var(axis=0, ddof=1) / (error**2).mean(axis=0)
    band = stats.chi2.interval(0.999, N_SAMPLES - 1)
    assert (band[0] / (N_SAMPLES - 1) <= ratio).all(), ratio
    assert (ratio <= band[1] / (N_SAMPLES - 1)).all(), ratio
    bias = (estimate.mean(axis=0) - truth) / (estimate.std(axis=0) / np.sqrt(N_SAMPLES))
    assert (np.abs(bias) < 4).all(), f"the estimates are {bias} standard errors off"
