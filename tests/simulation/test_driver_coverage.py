"""Regression recovers the driver effects planted in the synthetic population, with the coverage it states."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from netralstat import Survey
from netralstat.simulate.population import POLITICIZATION, POLITICKING, VIEWS, build_population
from netralstat.simulate.regions import POSITIONS, build_frame

pytestmark = pytest.mark.slow

N_SAMPLES = 250
PERSONS = 400_000
SEED = 20210701
PLANTED: Mapping[str, Mapping[str, float]] = {"politicization": POLITICIZATION, "politicking": POLITICKING}
TRAITS = ("jpt", "administrator", "supervisor", "executive", "female", "age", "incumbent_ran")
# What else stands in the model; the deviations of agencies and regions, known here, are its offset.
BESIDES = {"politicization": (), "politicking": ("politicization",)}


@pytest.fixture(scope="module")
def population() -> tuple[pd.DataFrame, np.ndarray]:
    """Everybody's views, traits and true states, and how many are selected in each stratum."""
    frame = build_frame(SEED, PERSONS)
    people = build_population(frame, SEED)
    columns = {name: people.view[name] for name in VIEWS}
    columns |= {name: (people.position == number).astype(float) for number, name in enumerate(POSITIONS)}
    columns["female"] = people.sex.astype(float)
    columns["age"] = people.age - 42.0
    columns["incumbent_ran"] = frame.incumbent_ran[people.region].astype(float)
    columns["of_politicization"] = people.agency_politicization
    columns["of_politicking"] = people.agency_politicking
    columns |= {name: people.state[name].astype(int) for name in PLANTED}
    return pd.DataFrame(columns | {"h": people.stratum}), np.asarray(frame.selected)


def sample(people: pd.DataFrame, selected: np.ndarray, draw: np.random.Generator) -> pd.DataFrame:
    """Persons at random within strata."""
    stratum = people["h"].to_numpy()
    order = np.lexsort((draw.random(len(people)), stratum))
    sizes = np.bincount(stratum)
    place = np.arange(len(people)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    chosen = order[place < np.minimum(selected, sizes)[stratum[order]]]
    drawn = people.iloc[chosen]
    h = drawn["h"].to_numpy()
    return drawn.assign(w=(sizes / np.bincount(h, minlength=len(sizes)).clip(1))[h])


@pytest.mark.parametrize("outcome", PLANTED)
def test_planted_effects_are_covered(population: tuple[pd.DataFrame, np.ndarray], outcome: str) -> None:
    """95 % intervals of each coefficient hold the planted log odds between 91 and 98.5 % of 250 times."""
    people, selected = population
    terms = [*VIEWS, *TRAITS, *BESIDES[outcome]]
    planted = np.array([PLANTED[outcome].get(term, 0.0) for term in terms])
    formula = f"{outcome} ~ {' + '.join(terms)} + offset(of_{outcome})"
    draw = np.random.default_rng(1)
    found = np.empty((N_SAMPLES, len(terms), 4))
    for i in range(N_SAMPLES):
        survey = Survey(sample(people, selected, draw), weight="w", stratum="h", lonely_psu="adjust")
        table = survey.regress(formula).table.set_index("variable").loc[terms]
        found[i] = table[["estimate", "std_error", "conf_low", "conf_high"]].to_numpy(dtype=float)
    estimate, error, low, high = np.moveaxis(found, 2, 0)
    coverage = dict(zip(terms, ((low <= planted) & (planted <= high)).mean(axis=0), strict=True))
    print(f"\n{outcome:<16}", *(f"{name} {share:.1%}" for name, share in coverage.items()))
    assert all(0.91 <= share <= 0.985 for share in coverage.values()), coverage
    assert 0.935 <= np.mean(list(coverage.values())) <= 0.965, coverage
    away = (estimate.mean(axis=0) - planted) / (estimate.std(axis=0) / np.sqrt(N_SAMPLES))
    assert np.sqrt((away**2).mean()) < 3, dict(zip(terms, away, strict=True))
    ratio = (error**2).mean(axis=0) / estimate.var(axis=0, ddof=1)
    assert ((ratio > 0.8) & (ratio < 1.25)).all(), dict(zip(terms, ratio, strict=True))
