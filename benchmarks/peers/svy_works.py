"""Does one work with svy: `python -m peers.svy_works FOLDER WORK REPEAT LIMIT COLUMNS polars`.

Every run makes its Sample anew. svy takes polars frames only, and wants the covariates of a model as text.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import polars as pl
import svy
from peers.netralstat_works import Margins, margins
from stopwatch import Orders, Stopwatch, tell
from works import COVARIATES, ITEMS, MODALITIES, N_REPLICATES

RAKING_TOLERANCE = 1e-6


def of_tables(tables: Any) -> list[float]:
    """Sums of the estimates and of the standard errors over the items."""
    found = [table.to_polars() for table in tables]
    return [float(sum(table[name].sum() for table in found)) for name in ("est", "se")]


def of_model(model: Any) -> list[float]:
    """Sums of the coefficients and of their standard errors."""
    table = model.to_polars()
    return [float(table["estimate"].sum()), float(table["std_err"].sum())]


def of_raked(sample: Any) -> list[float]:
    """Share of those who said yes, under the raked weights."""
    weight, said_yes = sample.data["rk_wgt"], sample.data["mod_online"]
    return [float((weight * said_yes).sum() / weight.sum())]


def works(
    frame: pl.DataFrame, population: Margins
) -> dict[str, tuple[Callable[[], Any], Callable[[Any], list[float]]]]:
    """Each work, and the numbers by which its result is compared."""

    def sample() -> Any:
        return svy.Sample(frame, svy.Design(stratum="stratum", psu="psu", wgt="weight"))

    def by(domain: str, items: tuple[str, ...] = MODALITIES) -> Callable[[], Any]:
        return lambda: sample().estimation.mean(list(items), by=domain)

    def bootstrap() -> Any:
        replicated = sample().weighting.create_bs_wgts(N_REPLICATES, rstate=1)
        return replicated.estimation.mean(list(MODALITIES), by="province", method="replication")

    return {
        "a": (by("province"), of_tables),
        "b": (by("province", ITEMS), of_tables),
        "c": (
            lambda: sample().glm.fit(
                y="mod_online", x=[svy.Cat(covariate) for covariate in COVARIATES], family="binomial"
            ),
            of_model,
        ),
        "d": (
            lambda: sample().weighting.rake(controls=population, tol=RAKING_TOLERANCE, max_iter=500),
            of_raked,
        ),
        "e": (bootstrap, lambda tables: of_tables(tables)[:1]),
        "f": (
            lambda: sample().categorical.tabulate("mod_online", "province"),
            lambda table: [float(table.stats.f.value)],
        ),
        "g": (by("district"), of_tables),
        "s": (by("province"), of_tables),
    }


def main() -> None:
    """Do what the command line orders."""
    orders = Orders.read(sys.argv[1:])
    frame = pl.read_parquet(orders.folder / "people.parquet", columns=orders.columns)
    if orders.work == "c":
        frame = frame.with_columns(pl.col(covariate).cast(pl.String) for covariate in COVARIATES)
    watch = Stopwatch(orders, svy.__version__)
    all_works = works(frame, margins(orders.folder))
    if orders.work == "g":
        watch.time(all_works["a"][0], base=True)
    work, answer = all_works[orders.work]
    tell(answer=answer(watch.time(work)))


if __name__ == "__main__":
    main()
