"""Answers that replay published figures.

Six questions were published with national or regional figures: causes, the most influential party, the
regional head as PPK, the right to vote, socialisation, and whether sanctions deter. Their answers carry no
information beyond these figures. A person's probability comes from a model (views, position, island) and is
shifted until the weighted mean meets the figure; then the answers are allotted by *error diffusion*: walking
through the respondents, each adds weight × probability to an account, and says yes when the account holds at
least half of his or her weight, which is then paid out of it. So the weighted share of each group stays
within one respondent of the published one. All of it is whole-number arithmetic.

The published shares of "remove the vote" by position (JPT 57.1 % … functional 45.9 %) cannot hold together
with the national 51.16 % unless functional officers, the largest group, were a minority. The national and
the regional figures are kept, and of the positions the order and the distances.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from netralstat.errors import PlanError
from netralstat.simulate.draws import Booleans, Draws, Floats, Integers
from netralstat.simulate.population import Population
from netralstat.simulate.regions import ISLANDS, POSITIONS, PROVINCES
from netralstat.simulate.sampling import Sample

CAUSES = ("kinship", "career", "background", "debt", "candidate_pressure", "other")
INFLUENCERS = ("campaign_team", "superior", "candidate", "party", "other")

_MILLION = 1_000_000
_LOWEST, _HIGHEST = 10_000, 990_000
# How the causes differ by island (ISLANDS), in parts of one: kinship leads outside Java, career in Java and
# Bali; and how strongly they follow the persons' own views.
_KINSHIP_BY_ISLAND = (0.01, -0.055, 0.01, 0.03, 0.055, 0.02)
_CAREER_BY_ISLAND = (-0.015, 0.045, -0.01, -0.02, -0.03, -0.02)
_TILT = 0.11


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Published shares in millionths: `share[item, level, domain item, domain level]`; national: ("", "")."""

    path: Path
    share: Mapping[tuple[str, str, str, str], int]

    def of(self, item: str, level: str, domain_item: str = "", domain_level: str = "") -> int:
        """Return one share in millionths; PlanError when the file does not hold it."""
        key = (item, level, domain_item, domain_level)
        if key not in self.share:
            domain = f" in {domain_item} = {domain_level}" if domain_item else ""
            raise PlanError(
                f'the published figures hold no percent for "{item}" = "{level}"{domain}.',
                where=str(self.path),
                do="add the row (item, level, domain_item, domain_level, percent, note, source)",
            )
        return self.share[key]


def read_published(path: Path) -> Published:
    """Read the published figures that the simulated answers have to reproduce.

    Parameters
    ----------
    path : pathlib.Path
        CSV with the columns item, level, domain_item, domain_level, percent, note, source.

    Returns
    -------
    Published

    Raises
    ------
    PlanError
        The file is missing, or a percent is no number.
    """
    share = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                key = (row["item"], row["level"], row["domain_item"], row["domain_level"])
                share[key] = round(float(row["percent"]) * 10_000)
    except (OSError, KeyError, ValueError) as problem:
        raise PlanError(
            f"the published figures cannot be read ({type(problem).__name__}).",
            where=str(path),
            do="give a CSV with item, level, domain_item, domain_level, percent, note, source",
        ) from problem
    return Published(path=path, share=share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Answers to the replayed questions; `answered` marks who gave them (all did, for the influencer)."""

    answered: Booleans
    causes: Booleans
    influencer: Integers
    ppk_hinders: Booleans
    remove_vote: Booleans
    socialised: Booleans
    deterred: Booleans


def replay(population: Population, sample: Sample, published: Published, seed: int) -> Replay:
    """Answer the replayed questions so that the weighted shares are the published ones.

    Parameters
    ----------
    population : Population
    sample : Sample
    published : Published
    seed : int

    Returns
    -------
    Replay
        One entry a respondent. Shares hold among those who `answered`.
    """
    rows = sample.responded
    draws = Draws(seed, "replay")
    answered = ~draws.chance(sample.n, 0.008)
    weight = np.where(answered, sample.weight, 0)
    island = population.frame.island[population.region[rows]]
    position = population.position[rows]
    view = {name: values[rows] for name, values in population.view.items()}
    order = draws.order(sample.n)
    by_island = order[np.argsort(island[order], kind="stable")]

    causes = _causes(published, draws, weight, island, view)
    ppk = _share_by_island(published, island) + np.floor(-0.06 * view["ppk_commitment"] * _MILLION).astype(
        int
    )
    for number, name in enumerate(ISLANDS):
        target = published.of("ppk_hinders", "agree", "island_group", name)
        ppk = _meet(ppk, weight, target, where=island == number)
    socialised = _around(published.of("exposure_socialisation", "yes"), 0.015 * view["regulatory_clarity"])
    socialised = _meet(socialised, weight, published.of("exposure_socialisation", "yes"))
    not_deterred = published.of("sanction_deters", "no")
    deterred = _meet(
        _around(_MILLION - not_deterred, 0.09 * view["sanction_certainty"]), weight, _MILLION - not_deterred
    )
    shares = [published.of("influencer", level) for level in INFLUENCERS]
    return Replay(
        answered=answered,
        causes=causes,
        # "Other" holds no answer and don't know, as in the published figure: everybody answers.
        influencer=diffuse_levels(sample.weight, shares, draws.order(sample.n)),
        ppk_hinders=diffuse(weight, ppk, by_island),
        remove_vote=_remove_vote(population, sample, published, draws, weight, island, position),
        socialised=diffuse(weight, socialised, draws.order(sample.n)),
        deterred=diffuse(weight, deterred, draws.order(sample.n)),
    )


def diffuse(weight: Integers, probability: Integers, order: Integers) -> Booleans:
    """Allot yes and no by error diffusion: the running weighted total of yes stays on target.

    Parameters
    ----------
    weight : ndarray of int, shape (n,)
        Design weights in whole units; rows of weight 0 stay no.
    probability : ndarray of int, shape (n,)
        Probability of yes, in millionths.
    order : ndarray of int, shape (n,)
        Order of the walk; groups walked in one piece meet their own target.

    Returns
    -------
    ndarray of bool, shape (n,)

    Formula
    -------
    a ← a + w p;   yes if 2a ≥ w, then a ← a − w.   So −w_max/2 ≤ a < w_max/2 after every step.
    """
    said_yes = np.zeros(len(weight), dtype=bool)
    account = 0
    weights, probabilities = weight.tolist(), probability.tolist()
    for row in order.tolist():
        whole = weights[row] * _MILLION
        account += weights[row] * probabilities[row]
        if whole and 2 * account >= whole:
            said_yes[row] = True
            account -= whole
    return said_yes


def diffuse_levels(weight: Integers, shares: Sequence[int], order: Integers) -> Integers:
    """Allot one of several levels by error diffusion: each row takes the level furthest behind its share.

    Parameters
    ----------
    weight, order : as in `diffuse`
    shares : sequence of int
        Shares of the levels in millionths.

    Returns
    -------
    ndarray of int, shape (n,)
        Index of the level.
    """
    level = np.zeros(len(weight), dtype=np.int64)
    accounts = [0] * len(shares)
    weights = weight.tolist()
    for row in order.tolist():
        accounts = [held + weights[row] * share for held, share in zip(accounts, shares, strict=True)]
        furthest = max(range(len(shares)), key=accounts.__getitem__)
        accounts[furthest] -= weights[row] * _MILLION
        level[row] = furthest
    return level


def _around(center: int, deviation: Floats) -> Integers:
    """Probabilities in millionths: a centre and the persons' deviations (in parts of one)."""
    return center + np.floor(deviation * _MILLION).astype(np.int64)


def _meet(probability: Integers, weight: Integers, target: int, where: Booleans | None = None) -> Integers:
    """Shift the probabilities (of the rows `where`) until their weighted mean is `target`, by bisection."""
    inside = np.ones(len(weight), dtype=bool) if where is None else where
    held, own = probability[inside], weight[inside]
    wanted = target * int(own.sum())
    low, high = -_MILLION, _MILLION
    while high - low > 1:
        middle = (low + high) // 2
        if int((np.clip(held + middle, _LOWEST, _HIGHEST) * own).sum()) < wanted:
            low = middle
        else:
            high = middle
    shifted = probability.copy()
    shifted[inside] = np.clip(held + high, _LOWEST, _HIGHEST)
    return shifted


def _causes(
    published: Published, draws: Draws, weight: Integers, island: Integers, view: Mapping[str, Floats]
) -> Booleans:
    """Multiple response: the five published causes, and "other" for who names none of them."""
    n = len(weight)
    chosen = np.zeros((n, len(CAUSES)), dtype=bool)
    kinship = published.of("causes/kinship", "1")
    deviation = np.array(_KINSHIP_BY_ISLAND)[island] + _TILT * view["kinship"]
    chosen[:, 0] = diffuse(weight, _meet(_around(kinship, deviation), weight, kinship), draws.order(n))
    career = published.of("causes/career", "1")
    # Whoever names kinship is a little less likely to name career as well.
    deviation = np.array(_CAREER_BY_ISLAND)[island] + _TILT * view["career_motive"] - 0.16 * chosen[:, 0]
    chosen[:, 1] = diffuse(weight, _meet(_around(career, deviation), weight, career), draws.order(n))
    for column, name in enumerate(CAUSES[2:5], start=2):
        share = published.of(f"causes/{name}", "1")
        deviation = 0.10 * (1 - chosen[:, 0].astype(np.int64) - chosen[:, 1]) * share / _MILLION
        chosen[:, column] = diffuse(weight, _meet(_around(share, deviation), weight, share), draws.order(n))
    chosen[:, 5] = ~chosen[:, :5].any(axis=1)
    return chosen


def _share_by_island(published: Published, island: Integers) -> Integers:
    shares = [published.of("ppk_hinders", "agree", "island_group", name) for name in ISLANDS]
    return np.array(shares, dtype=np.int64)[island]


def _remove_vote(
    population: Population,
    sample: Sample,
    published: Published,
    draws: Draws,
    weight: Integers,
    island: Integers,
    position: Integers,
) -> Booleans:
    """Agreement to remove the vote: published zones and the nation exactly, positions in their order."""
    national = published.of("remove_vote", "agree")
    province = population.frame.province[population.region[sample.responded]]
    slugs = [share.slug for share in PROVINCES]
    zones = [
        (
            island == ISLANDS.index("sulawesi"),
            published.of("remove_vote", "agree", "island_group", "sulawesi"),
        ),
        (
            island == ISLANDS.index("jawa_bali"),
            published.of("remove_vote", "agree", "island_group", "jawa_bali"),
        ),
    ]
    zones += [
        (province == slugs.index(slug), published.of("remove_vote", "agree", "province", slug))
        for slug in ("papua", "papua_barat")
    ]
    rest = ~np.any([inside for inside, _ in zones], axis=0)
    elsewhere = sum(target * int(weight[inside].sum()) for inside, target in zones)
    zones.append((rest, (national * int(weight.sum()) - elsewhere) // int(weight[rest].sum())))

    shares = np.array(
        [published.of("remove_vote", "agree", "position", name) for name in POSITIONS], dtype=np.int64
    )
    probability = shares[position]
    zone = np.zeros(sample.n, dtype=np.int64)
    for number, (inside, target) in enumerate(zones):
        zone[inside] = number
        probability = _meet(probability, weight, target, where=inside)
    walk = draws.order(sample.n)
    walk = walk[np.lexsort((position[walk], zone[walk]))]
    return diffuse(weight, probability, walk)
