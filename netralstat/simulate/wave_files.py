"""The files beside the export: frame, population margins and truth, all written from the population."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from netralstat.ask.plan import Plan
from netralstat.errors import PlanError, did_you_mean
from netralstat.simulate.draws import Booleans, Integers
from netralstat.simulate.population import (
    EDUCATIONS,
    EMPLOYMENTS,
    POLITICIZATION,
    POLITICKING,
    SEXES,
    Population,
)
from netralstat.simulate.regions import ISLANDS, POSITIONS, PROVINCES, Frame

# Prevalences kept as truth: states of the persons, and what follows from them.
TRUTHS = (
    "politicization",
    "politicking",
    "either",
    "both",
    "politicization_witnessed",
    "politicking_witnessed",
    "witnessed_any",
    "helped_candidate",
)
TRUTH_COLUMNS = ("indicator", "domain", "level", "value", "unit")
TRUTH_DOMAINS = ("province", "island_group", "position", "sex", "employment")

Keys = Mapping[str, tuple[Sequence[str], Integers]]


def keys_of(population: Population) -> Keys:
    """Levels and each person's level, by the item that tells it."""
    frame = population.frame
    return {
        "sex": (SEXES, population.sex),
        "employment": (EMPLOYMENTS, population.employment),
        "education": (EDUCATIONS, population.education),
        "position": (POSITIONS, population.position),
        "province": (tuple(share.slug for share in PROVINCES), frame.province[population.region]),
        "island_group": (ISLANDS, frame.island[population.region]),
    }


def frame_csv(frame: Frame) -> str:
    """Return frame.csv: a row a stratum with the persons in it and those selected, before nonresponse."""

    def rows() -> Iterator[Sequence[object]]:
        for stratum, (persons, selected) in enumerate(
            zip(frame.population.tolist(), frame.selected.tolist(), strict=True)
        ):
            region, position = divmod(stratum, len(POSITIONS))
            slug = PROVINCES[int(frame.province[region])].slug
            yield frame.code[region], POSITIONS[position], slug, persons, selected

    return _csv(("district", "position", "province", "population", "selected"), rows())


def margin_csv(items: Sequence[str], column: str, keys: Keys, plan: Plan) -> str:
    """Return one margin: a row for each combination of levels that occurs, with its persons.

    Raises PlanError when the margin names an item that the population does not have.
    """
    for name in items:
        if name not in keys:
            raise PlanError(
                f'a margin names "{name}", unknown to the simulated persons.{did_you_mean(name, keys)}',
                where=f"{plan.path}, design.margins",
                do=f"use {', '.join(keys)}, or leave the margin out",
            )
    code = np.zeros(len(keys[items[0]][1]), dtype=np.int64)
    for name in items:
        levels, index = keys[name]
        code = code * len(levels) + index
    counts = np.bincount(code)

    def rows() -> Iterator[Sequence[object]]:
        for combination in np.flatnonzero(counts).tolist():
            rest, told = combination, []
            for name in reversed(items):
                levels, _ = keys[name]
                rest, own = divmod(rest, len(levels))
                told.append(levels[own])
            yield *reversed(told), int(counts[combination])

    return _csv((*items, column), rows())


def truth_frame(population: Population, keys: Keys) -> pd.DataFrame:
    """Return the truth of the whole population, tidy.

    Returns
    -------
    pandas.DataFrame
        ``indicator domain level value unit``: prevalences (proportion) for the nation (domain and level
        ``national``) and by domain, the population (persons), and the log odds that the model was built with
        (domain ``driver``; on the latent views, so scales of limited reliability show weaker ones).
    """
    state = population.state
    truth: dict[str, Booleans] = {name: state[name] for name in TRUTHS if name in state}
    truth["either"] = state["politicization"] | state["politicking"]
    truth["both"] = state["politicization"] & state["politicking"]
    rows: list[tuple[str, str, str, float, str]] = []
    rows.append(("population", "national", "national", float(population.n), "persons"))
    for domain in TRUTH_DOMAINS:
        levels, index = keys[domain]
        for level, persons in zip(levels, np.bincount(index, minlength=len(levels)).tolist(), strict=True):
            rows.append(("population", domain, level, float(persons), "persons"))
    # Every domain is a union of the cells stratum × sex × employment: persons are counted once.
    persons_cell = (population.stratum * len(SEXES) + population.sex) * len(
        EMPLOYMENTS
    ) + population.employment
    _, first, cell, n_in_cell = np.unique(
        persons_cell, return_index=True, return_inverse=True, return_counts=True
    )
    for name in TRUTHS:
        in_cell = np.bincount(cell[truth[name]], minlength=len(first))
        rows.append((name, "national", "national", round(int(in_cell.sum()) / population.n, 6), "proportion"))
        for domain in TRUTH_DOMAINS:
            levels, index = keys[domain]
            persons = np.bincount(index[first], n_in_cell, minlength=len(levels)).tolist()
            having = np.bincount(index[first], in_cell, minlength=len(levels)).tolist()
            for level, have, total in zip(levels, having, persons, strict=True):
                rows.append((name, domain, level, round(have / total, 6), "proportion"))
    for name, coefficients in (("politicization", POLITICIZATION), ("politicking", POLITICKING)):
        rows += [(name, "driver", term, value, "log_odds") for term, value in coefficients.items()]
    return pd.DataFrame(rows, columns=list(TRUTH_COLUMNS))


def truth_csv(truth: pd.DataFrame) -> str:
    """Return the truth as CSV: counts whole, shares with six decimals, log odds with two."""
    written = {"persons": "{:.0f}", "proportion": "{:.6f}", "log_odds": "{:.2f}"}
    rows = (
        (indicator, domain, level, written[unit].format(value), unit)
        for indicator, domain, level, value, unit in truth.itertuples(index=False, name=None)
    )
    return _csv(TRUTH_COLUMNS, rows)


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*header, "origin"])
    writer.writerows([*row, "synthetic"] for row in rows)
    return text.getvalue()
