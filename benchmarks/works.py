"""The works that are timed, the columns that each needs, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DESIGN = ("stratum", "psu", "weight")
MODALITIES = ("mod_online", "mod_field")
ITEMS = (*MODALITIES, *(f"form_{i:02d}" for i in range(1, 17)))
COVARIATES = ("sex", "age", "rank", "position", "educ", "motive", "pressure", "clarity", "incumbent")
MARGINS = ("province", "sex", "age", "rank")
N_REPLICATES = 500
ASKED_ROWS, SMALL_ROWS = 1_000_000, 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Something a user asks for.

    `columns` are those it needs beside the design's, and every tool loads no others. `faster` maps a peer to
    the multiple of its speed that is asked for; `ms`, `peak_mb` and `times_base` are upper limits of the
    time, of the memory beyond the data, and of the time relative to work a. A short work is repeated at
    least `least_repeats` times.
    """

    title: str
    columns: tuple[str, ...]
    faster: Mapping[str, float] = field(default_factory=dict)
    ms: float | None = None
    peak_mb: float | None = None
    times_base: float | None = None
    least_repeats: int = 1


WORKS = {
    "a": Work(
        title="2 items by 38 provinces",
        columns=("province", *MODALITIES),
        faster={"R": 40, "svy": 25},
    ),
    "b": Work(
        title="18 items by 38 provinces",
        columns=("province", *ITEMS),
        faster={"R": 20, "svy": 60},
    ),
    "c": Work(
        title="logit, 28 coefficients",
        columns=("mod_online", *COVARIATES),
        faster={"R": 30, "svy": 8},
    ),
    "d": Work(
        title="raking to 4 margins",
        columns=("mod_online", *MARGINS),
        faster={"R": 100, "svy": 20},
    ),
    "e": Work(
        title="500 bootstrap replicates, then a",
        columns=("province", *MODALITIES),
        faster={"R": 1000, "svy": 100},
        peak_mb=1000,
    ),
    "f": Work(
        title="Rao–Scott test, item × province",
        columns=("province", "mod_online"),
        faster={"R": 60, "svy": 60},
    ),
    "g": Work(
        title="2 items by 380 districts",
        columns=("province", "district", *MODALITIES),
        times_base=2,
    ),
    "s": Work(
        title="a on 3,000 rows",
        columns=("province", *MODALITIES),
        ms=5,
        least_repeats=30,
    ),
}
