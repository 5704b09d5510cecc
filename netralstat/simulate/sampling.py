"""The sample: persons drawn within strata, and those among them who answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netralstat.simulate.draws import Booleans, Draws, Integers
from netralstat.simulate.population import Population
from netralstat.simulate.regions import POSITIONS, response_rates

# Published size of the survey of 2021 (KASN, released 16 December 2021).
N_RESPONDENTS = 10_617
_LEAST_IN_STRATUM = 2
# Log odds of answering beyond the position's rate: women and the younger answer more readily.
_FEMALE, _AGE, _REGION = 0.25, -0.012, 0.30
_WEIGHT_UNIT = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Rows of the population that were selected and that answered.

    `weight` is N_h / r_h for each respondent in millionths of a person: whole numbers, so that sums over
    them are exact.
    """

    selected: Integers
    responded: Integers
    weight: Integers
    respondents_in: Integers

    @property
    def n(self) -> int:
        """Number of respondents."""
        return len(self.responded)


def draw_sample(population: Population, seed: int) -> Sample:
    """Select persons within each stratum without replacement; `N_RESPONDENTS` of them answer.

    Who answers is a matter of a latent readiness (position, region, sex, age and chance). The readiest two
    of every stratum answer, then the readiest of all until the published number is reached.

    Parameters
    ----------
    population : Population
    seed : int

    Returns
    -------
    Sample
    """
    frame = population.frame
    selected = _select(population, Draws(seed, "selection"))
    responds = _responds(population, selected, Draws(seed, "response"))
    responded = selected[responds]
    respondents_in = np.bincount(population.stratum[responded], minlength=len(frame.population))
    per_stratum = (frame.population * _WEIGHT_UNIT * 2 + respondents_in) // (2 * respondents_in)
    return Sample(
        selected=selected,
        responded=responded,
        weight=per_stratum[population.stratum[responded]],
        respondents_in=respondents_in,
    )


def _select(population: Population, draws: Draws) -> Integers:
    """Simple random sampling in each stratum: the persons with the smallest random words."""
    frame = population.frame
    # Stratum in the upper 12 bits, the random word below: one key to sort, ties are out of the question.
    key = (population.stratum.astype(np.uint64) << np.uint64(52)) | (
        draws.words(population.n) >> np.uint64(12)
    )
    order = np.argsort(key, kind="stable")
    first = np.cumsum(frame.population) - frame.population
    rank = np.arange(population.n) - first[population.stratum]
    return np.sort(order[rank < frame.selected[population.stratum]])


def _responds(population: Population, selected: Integers, draws: Draws) -> Booleans:
    """Mark the selected persons who answer."""
    region = population.region[selected]
    position = population.position[selected]
    rates = response_rates()
    readiness = np.log(rates / (1.0 - rates))[position]
    readiness = readiness + (draws.normal(population.frame.n_regions) * _REGION)[region]
    readiness += _FEMALE * (population.sex[selected] - 0.5) + _AGE * (population.age[selected] - 42.0)
    readiness += draws.logistic(len(selected))

    stratum = region * len(POSITIONS) + position
    best_first = np.lexsort((-readiness, stratum))
    counts = np.bincount(stratum, minlength=len(population.frame.population))
    first = np.cumsum(counts) - counts
    rank = np.empty(len(selected), dtype=np.int64)
    rank[best_first] = np.arange(len(selected)) - first[stratum[best_first]]
    sure = rank < _LEAST_IN_STRATUM
    overall = np.lexsort((-readiness, ~sure))
    responds = np.zeros(len(selected), dtype=bool)
    responds[overall[:N_RESPONDENTS]] = True
    return responds
