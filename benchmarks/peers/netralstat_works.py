"""Does one work with netralstat: `python -m peers.netralstat_works FOLDER WORK REPEAT LIMIT COLUMNS FRAME`.

Every run makes its Survey anew from the same frame in memory, so that nothing is kept from one to the next.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stopwatch import Orders, Stopwatch, tell
from works import COVARIATES, ITEMS, MODALITIES, N_REPLICATES

import netralstat
from netralstat import Estimates, Model, Survey

Margins = dict[Any, dict[int, float]]
FORMULA = "mod_online ~ " + " + ".join(f"C({covariate})" for covariate in COVARIATES)


def read(folder: Path, columns: list[str], frame: str) -> Any:
    """The respondents as a polars or pandas frame."""
    if frame == "pandas":
        import pandas as pd

        return pd.read_parquet(folder / "people.parquet", columns=columns)
    import polars as pl

    return pl.read_parquet(folder / "people.parquet", columns=columns)


def margins(folder: Path) -> Margins:
    """Item -> population of each level."""
    found: Margins = {}
    with (folder / "margins.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["item"], {})[int(row["level"])] = float(row["population"])
    return found


def of_yes(table: Estimates) -> list[float]:
    """Sums of the estimates and of the standard errors of those who said yes."""
    rows = table.to_frame()
    yes = rows[rows["level"] == 1]
    return [float(yes["estimate"].sum()), float(yes["std_error"].sum())]


def of_model(model: Model) -> list[float]:
    """Sums of the coefficients and of their standard errors."""
    rows = model.to_frame()
    estimated = rows[~rows["reference"]]
    return [float(estimated["estimate"].sum()), float(estimated["std_error"].sum())]


def works(
    frame: Any, population: Margins
) -> dict[str, tuple[Callable[[], Any], Callable[[Any], list[float]]]]:
    """Each work, and the numbers by which its result is compared."""

    def survey() -> Survey:
        return Survey(frame, weight="weight", stratum="stratum", psu="psu")

    def by(domain: str, items: tuple[str, ...] = MODALITIES) -> Callable[[], Estimates]:
        return lambda: survey().prevalence(items, by=domain)

    def bootstrap() -> Estimates:
        replicated = survey().replicates("bootstrap", n=N_REPLICATES, seed=1)
        return replicated.prevalence(MODALITIES, by="province")

    return {
        "a": (by("province"), of_yes),
        "b": (by("province", ITEMS), of_yes),
        "c": (lambda: survey().regress(FORMULA), of_model),
        "d": (
            lambda: survey().calibrate(population),
            lambda raked: of_yes(raked.prevalence("mod_online"))[:1],
        ),
        "e": (bootstrap, lambda table: of_yes(table)[:1]),
        "f": (
            lambda: survey().crosstab("mod_online", "province"),
            lambda table: [float(table.test.statistic)],
        ),
        "g": (by("district"), of_yes),
        "s": (by("province"), of_yes),
    }


def main() -> None:
    """Do what the command line orders."""
    orders = Orders.read(sys.argv[1:])
    frame = read(orders.folder, orders.columns, orders.frame)
    watch = Stopwatch(orders, netralstat.__version__)
    all_works = works(frame, margins(orders.folder))
    if orders.work == "g":
        watch.time(all_works["a"][0], base=True)
    work, answer = all_works[orders.work]
    tell(answer=answer(watch.time(work)))


if __name__ == "__main__":
    main()
