"""The synthetic population: persons in their strata, their views, and what befell them in the election.

SYNTHETIC. The model, from the top down (all scores are sums of independent draws, see `draws.py`):

1. **Persons.** Each person of a stratum has a sex, an age, an employment status (PNS or PPPK) and an
   education, drawn with shares by position that add up to the published shares of the civil service (women
   54 %, PPPK 1 % in 2021, education of June 2023, generations of June 2023).
2. **Agencies.** Each region has 18 to 45 agencies; a person belongs to one. Persons of one agency share its
   deviations, so their answers are correlated. The agency is written nowhere: it leaves the model only
   through the answers, and nobody can be found by it.
3. **Views.** Seven latent views with variance near one, the sum of a common factor ("the system is
   political"), island, position, region, agency and person.
4. **Politicization** (somebody above or outside asked, ordered, mobilised or threatened the person): a
   logistic model of the views, the position, sex, age and whether the incumbent ran, with region and agency
   deviations (`POLITICIZATION`). The persons with the highest latent scores are politicized, so the national
   share is exact and the coefficients keep their meaning as log odds.
5. **Politicking** (on the person's own initiative): likewise (`POLITICKING`), with politicization among its
   causes, so that both occur together more often than by chance.
6. **What is seen in the agency** follows from the agency's own deviations and from what the person lived
   through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netralstat.simulate.draws import Booleans, Draws, Floats, Integers, highest
from netralstat.simulate.regions import POSITIONS, PROVINCES, Frame

VIEWS = (
    "career_motive",
    "incumbent_pressure",
    "kinship",
    "regulatory_clarity",
    "sanction_certainty",
    "ppk_commitment",
    "reporting_willingness",
)
SEXES = ("male", "female")
EMPLOYMENTS = ("pns", "pppk")
EDUCATIONS = ("secondary", "diploma", "bachelor", "master", "doctorate")

# National shares of the synthetic truth, met to one person; those who complied join `helped_candidate`.
TARGETS: Mapping[str, float] = {
    "politicization": 0.178,
    "politicking": 0.084,
    "helped_candidate": 0.130,
    "politicization_witnessed": 0.296,
    "politicking_witnessed": 0.215,
    "witnessed_any": 0.402,
}

# Log odds of the two modalities. The constants follow from the targets.
POLITICIZATION: Mapping[str, float] = {
    "career_motive": 0.15,
    "incumbent_pressure": 0.62,
    "kinship": 0.08,
    "regulatory_clarity": -0.08,
    "sanction_certainty": -0.26,
    "ppk_commitment": -0.42,
    "reporting_willingness": 0.00,
    "jpt": 0.75,
    "administrator": 0.55,
    "supervisor": 0.30,
    "executive": 0.12,
    "female": -0.12,
    "age": -0.008,
    "incumbent_ran": 0.42,
}
POLITICKING: Mapping[str, float] = {
    "career_motive": 0.58,
    "incumbent_pressure": 0.05,
    "kinship": 0.46,
    "regulatory_clarity": -0.34,
    "sanction_certainty": -0.38,
    "ppk_commitment": -0.06,
    "reporting_willingness": -0.16,
    "jpt": 0.45,
    "administrator": 0.35,
    "supervisor": 0.18,
    "executive": 0.05,
    "female": -0.40,
    "age": -0.014,
    "incumbent_ran": 0.08,
    "politicization": 0.95,
}

# By position: share of women, of PPPK, of the five educations, of ten five-year age groups (20–24 … 55–59;
# the oldest of JPT and functional staff serve to 60).
_FEMALE = (0.15, 0.25, 0.38, 0.610, 0.45)
_PPPK = (0.0, 0.0, 0.0, 0.020, 0.0)
_EDUCATION = (
    (0.000, 0.000, 0.230, 0.700, 0.070),
    (0.010, 0.010, 0.480, 0.480, 0.020),
    (0.060, 0.060, 0.640, 0.235, 0.005),
    (0.035, 0.175, 0.675, 0.110, 0.005),
    (0.400, 0.140, 0.430, 0.029, 0.001),
)
_AGE_STARTS = (20, 25, 30, 35, 40, 45, 50, 55)
_AGES = (
    (0.00, 0.00, 0.00, 0.02, 0.10, 0.23, 0.34, 0.31),
    (0.00, 0.00, 0.01, 0.09, 0.20, 0.25, 0.25, 0.20),
    (0.00, 0.00, 0.05, 0.17, 0.23, 0.21, 0.19, 0.15),
    (0.02, 0.08, 0.13, 0.19, 0.18, 0.14, 0.15, 0.11),
    (0.03, 0.07, 0.12, 0.18, 0.19, 0.16, 0.15, 0.10),
)

# Loading of each view on the common factor, and its mean by island (ISLANDS) and position (POSITIONS).
_COMMON = (0.38, 0.36, 0.28, -0.22, -0.32, -0.38, -0.26)
_BY_ISLAND = (
    (0.00, 0.14, -0.05, -0.02, 0.06, 0.08),
    (0.03, -0.16, 0.02, 0.06, 0.18, 0.16),
    (0.04, -0.20, 0.00, 0.14, 0.24, 0.10),
    (0.00, 0.12, 0.02, -0.06, -0.08, -0.16),
    (0.00, 0.10, 0.00, -0.04, -0.12, -0.10),
    (-0.04, 0.14, 0.02, -0.06, -0.14, -0.14),
    (0.00, 0.08, 0.00, -0.02, -0.08, -0.06),
)
_BY_POSITION = (
    (0.25, 0.20, -0.10, 0.40, 0.20, 0.15, 0.15),
    (0.20, 0.20, -0.05, 0.30, 0.10, 0.05, 0.10),
    (0.10, 0.12, 0.00, 0.15, 0.05, 0.00, 0.05),
    (-0.03, -0.05, -0.02, -0.03, 0.00, 0.02, 0.02),
    (0.02, 0.04, 0.05, -0.05, -0.03, -0.04, -0.06),
)
_PERSON, _REGION, _AGENCY = 0.86, 0.24, 0.26
# Deviations of the log odds beyond the views: province, region and agency. The report of the webinar of 16
# December 2021 (Lampung's communications office) names Papua and Sulawesi highest, Bangka Belitung lowest.
PROVINCE_ODDS: Mapping[str, float] = {
    "kepulauan_bangka_belitung": -0.45,
    "papua": 0.20,
    "sulawesi_tenggara": 0.12,
    "sulawesi_selatan": 0.10,
}
_REGION_ODDS, _AGENCY_ODDS = 0.30, 0.40


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Every person of the frame, stratum by stratum; arrays of one entry a person unless told otherwise.

    `view` holds the seven latent views; `agency_politicization` and `agency_politicking` are the deviations
    of the person's agency and region. The Boolean arrays are the true states; `helped_candidate` contains
    those who would not admit it when asked openly.
    """

    frame: Frame
    stratum: Integers
    region: Integers
    position: Integers
    sex: Integers
    employment: Integers
    education: Integers
    age: Integers
    view: Mapping[str, Floats]
    agency_politicization: Floats
    agency_politicking: Floats
    state: Mapping[str, Booleans]

    @property
    def n(self) -> int:
        """Number of persons."""
        return len(self.stratum)


def build_population(frame: Frame, seed: int) -> Population:
    """Draw every person of the frame with views and true states (model: see the module).

    Parameters
    ----------
    frame : Frame
    seed : int

    Returns
    -------
    Population
    """
    stratum = np.repeat(np.arange(len(frame.population)), frame.population)
    region, position = np.divmod(stratum, len(POSITIONS))
    n = len(stratum)
    persons = Draws(seed, "persons")
    sex = persons.chance(n, np.array(_FEMALE)[position]).astype(np.int64)
    employment = persons.chance(n, np.array(_PPPK)[position]).astype(np.int64)
    education = persons.pick_by(position, _EDUCATION)
    age = _ages(persons, position, employment)
    agency, n_agencies = _agencies(Draws(seed, "agencies"), region, frame.n_regions)
    view = _views(Draws(seed, "views"), frame, region, position, agency, n_agencies)

    odds = Draws(seed, "odds")
    shared = []
    for _ in ("politicization", "politicking"):
        by_region = odds.normal(frame.n_regions) * _REGION_ODDS
        by_region += np.array([PROVINCE_ODDS.get(share.slug, 0.0) for share in PROVINCES])[frame.province]
        by_agency = odds.normal(n_agencies) * _AGENCY_ODDS
        shared.append(by_agency[agency] + by_region[region])
    traits: dict[str, Floats] = {"female": sex.astype(np.float64), "age": age.astype(np.float64) - 42.0}
    traits["incumbent_ran"] = frame.incumbent_ran[region].astype(np.float64)
    for number, name in enumerate(POSITIONS):
        traits[name] = (position == number).astype(np.float64)
    state = _states(odds, {**view, **traits}, shared[0], shared[1])
    return Population(
        frame=frame,
        stratum=stratum,
        region=region,
        position=position,
        sex=sex,
        employment=employment,
        education=education,
        age=age,
        view=view,
        agency_politicization=shared[0],
        agency_politicking=shared[1],
        state=state,
    )


def _ages(draws: Draws, position: Integers, employment: Integers) -> Integers:
    """Ages in years: a five-year group by position, a year within it; contract staff are younger."""
    start: Integers = np.array(_AGE_STARTS, dtype=np.int64)[draws.pick_by(position, _AGES)]
    age = start + np.floor(draws.uniform(len(position)) * 5).astype(np.int64)
    # Executive staff and echelons III and IV retire at 58, the others at 60.
    age = np.minimum(age, np.array([59, 57, 57, 59, 57], dtype=np.int64)[position])
    age[employment == 1] = np.minimum(age[employment == 1], 46)
    return age


def _agencies(draws: Draws, region: Integers, n_regions: int) -> tuple[Integers, int]:
    """Agency of each person, numbered through all regions, and how many agencies there are."""
    n_in_region = 18 + np.floor(draws.uniform(n_regions) * 28).astype(np.int64)
    first = np.cumsum(n_in_region) - n_in_region
    within = np.floor(draws.uniform(len(region)) * n_in_region[region]).astype(np.int64)
    return first[region] + within, int(n_in_region.sum())


def _views(
    draws: Draws, frame: Frame, region: Integers, position: Integers, agency: Integers, n_agencies: int
) -> dict[str, Floats]:
    """The seven latent views, mean near 0 and variance near 1."""
    common = draws.normal(len(region))
    views = {}
    for number, name in enumerate(VIEWS):
        by_region = draws.normal(frame.n_regions) * _REGION + np.array(_BY_ISLAND[number])[frame.island]
        by_agency = draws.normal(n_agencies) * _AGENCY
        view = draws.normal(len(region))
        view *= _PERSON
        view += common * _COMMON[number]
        view += by_agency[agency]
        view += by_region[region]
        view += np.array(_BY_POSITION)[:, number][position]
        views[name] = view
    return views


def _linear(coefficients: Mapping[str, float], values: Mapping[str, NDArray[np.float64]]) -> Floats:
    """Sum of coefficient × value over the names that have both."""
    total = np.zeros(len(values["age"]))
    for name, coefficient in coefficients.items():
        if coefficient and name in values:
            total += values[name] * coefficient
    return total


def _states(
    draws: Draws, values: Mapping[str, Floats], by_politicization: Floats, by_politicking: Floats
) -> dict[str, Booleans]:
    """What befell the person, what the person did, and what was to be seen in the agency."""
    n = len(by_politicization)
    state: dict[str, Booleans] = {}
    score = _linear(POLITICIZATION, values) + by_politicization + draws.logistic(n)
    state["politicization"] = highest(score, TARGETS["politicization"])

    lived = state["politicization"].astype(np.float64)
    score = _linear(POLITICKING, {**values, "politicization": lived}) + by_politicking + draws.logistic(n)
    state["politicking"] = highest(score, TARGETS["politicking"])
    # Those next in line did help a candidate, without it being an act of the list or without admitting it.
    state["helped_candidate"] = highest(score, TARGETS["helped_candidate"])
    # Acts only because others asked for them: some of the politicized who did nothing of their own will.
    yielding = np.where(state["helped_candidate"], 0.28, 0.10)
    state["complied"] = state["politicization"] & ~state["politicking"] & draws.chance(n, yielding)
    state["helped_candidate"] = state["helped_candidate"] | state["complied"]

    acted = state["politicking"].astype(np.float64)
    score = 2.2 * by_politicization + 1.5 * lived + 0.4 * values["incumbent_pressure"] + draws.logistic(n)
    state["politicization_witnessed"] = highest(score, TARGETS["politicization_witnessed"])
    seen = state["politicization_witnessed"].astype(np.float64)
    score = 1.6 * by_politicking + by_politicization + seen + 1.2 * acted + draws.logistic(n)
    state["witnessed_any"] = highest(score, TARGETS["witnessed_any"])
    score = 2.2 * by_politicking + 1.3 * acted + 0.3 * values["career_motive"] + draws.logistic(n)
    state["politicking_witnessed"] = highest(
        score, TARGETS["politicking_witnessed"], among=state["witnessed_any"]
    )
    return state
