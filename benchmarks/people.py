"""Invented respondents to time estimators on: the same people for the same number of rows and seed.

    .venv/bin/python benchmarks/people.py --rows 1000000 [--seed 1] [--shuffle] [--columns]

152 strata (38 provinces by four kinds of institution), PSUs of about 40 persons but never fewer than three
in a stratum, ten districts in each province made of whole PSUs, nine covariates with integer codes, 18 binary
items that vary between PSUs and with the covariates, and weights that differ from person to person. Rows
stand in the order of their PSUs, as a sample is drawn; `--shuffle` mixes them.

They are kept in data/benchmarks/, which git ignores: `people.parquet`, `margins.csv` to rake to and, with
`--columns`, each column as raw numbers for R, which reads no parquet without further packages. The folder
that they are in goes to stdout.
"""

from __future__ import annotations

import argparse
import csv
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Columns = dict[str, NDArray[Any]]

CACHE = Path(__file__).resolve().parent.parent / "data" / "benchmarks"
PROVINCES, INSTITUTIONS, DISTRICTS = 38, 4, 10
STRATA = PROVINCES * INSTITUTIONS
PERSONS_IN_PSU, LEAST_PSUS = 40, 3
POPULATION = 4.3e6
FORMS_OF_EACH = 8
RAKED = ("province", "sex", "age", "rank")
SHARES = {
    "sex": (0.52, 0.48),
    "age": (0.10, 0.28, 0.30, 0.22, 0.10),
    "rank": (0.05, 0.35, 0.50, 0.10),
    "position": (0.10, 0.25, 0.50, 0.15),
    "educ": (0.15, 0.15, 0.55, 0.15),
    "motive": (1 / 9, 2 / 9, 3 / 9, 2 / 9, 1 / 9),
}


def drawn_psus(rng: np.random.Generator, rows: int) -> tuple[Codes, Codes]:
    """Stratum of every PSU, shape (n_psu,), and PSU of every person, shape (rows,), from 0."""
    least = LEAST_PSUS * STRATA
    if rows < least:
        raise SystemExit(f"{rows:,} rows do not fill {STRATA} strata of {LEAST_PSUS} PSUs: ask for {least:,}")
    n_psu = max(least, rows // PERSONS_IN_PSU)
    size = rng.gamma(2.0, 1.0, STRATA)
    of_stratum = LEAST_PSUS + rng.multinomial(n_psu - least, size / size.sum())
    share = rng.uniform(0.5, 1.5, n_psu)
    persons = 1 + rng.multinomial(rows - n_psu, share / share.sum())
    return np.repeat(np.arange(STRATA), of_stratum), np.repeat(np.arange(n_psu), persons)


def covariates(rng: np.random.Generator, province: Codes, psu: Codes) -> Columns:
    """Nine categorical covariates with codes from 1 (`incumbent`: 0 and 1), each of shape (rows,)."""
    rows, n_psu = len(psu), int(psu[-1]) + 1
    made: Columns = {}
    for name, shares in SHARES.items():
        made[name] = 1 + np.searchsorted(np.cumsum(shares)[:-1], rng.random(rows), side="right")
    climate = rng.normal(0, 0.7, n_psu)
    made["pressure"] = _scale(2.4 + climate[psu] + rng.normal(0, 1, rows))
    made["clarity"] = _scale(3.6 + rng.normal(0, 1, rows))
    runs = rng.random(PROVINCES) < 0.55
    made["incumbent"] = (runs[province] ^ (rng.random(rows) < 0.15)).astype(np.int64)
    return made


def items(rng: np.random.Generator, province: Codes, psu: Codes, of: Columns) -> Columns:
    """Two modalities, 0 or 1, and eight forms of each that only those with the modality can name."""
    rows, n_psu = len(psu), int(psu[-1]) + 1
    climate = rng.normal(0, 0.35, PROVINCES)
    shared = 0.15 * (of["sex"] == 1) - 0.08 * (of["age"] - 3) + 0.1 * (of["motive"] - 3)
    shared += 0.35 * (of["pressure"] - 3) - 0.2 * (of["clarity"] - 3) + 0.4 * of["incumbent"]
    shared += 0.1 * (of["rank"] == 3) + 0.05 * (of["position"] - 2)
    made: Columns = {}
    forms: Columns = {}
    for name, intercept, slope in (("mod_online", -2.1, 1.0), ("mod_field", -2.7, -0.5)):
        eta = intercept + slope * climate[province] + rng.normal(0, 0.6, n_psu)[psu] + shared
        made[name] = (rng.random(rows) < _expit(eta)).astype(np.int8)
        for j in range(FORMS_OF_EACH):
            eta = -1.6 + 0.22 * j + rng.normal(0, 0.5, n_psu)[psu] + 0.1 * (of["pressure"] - 3)
            named = (rng.random(rows) < _expit(eta)) & (made[name] == 1)
            forms[f"form_{len(forms) + 1:02d}"] = named.astype(np.int8)
    return made | forms


def people(rows: int, seed: int, *, shuffle: bool = False) -> Columns:
    """Every column of the respondents, each of shape (rows,), in as few bytes as its codes need."""
    rng = np.random.default_rng([seed, rows])
    stratum_of, psu = drawn_psus(rng, rows)
    stratum = stratum_of[psu]
    province = stratum // INSTITUTIONS
    of = covariates(rng, province, psu)
    answers = items(rng, province, psu, of)
    spread = rng.normal(0, 0.4, STRATA)[stratum] + rng.normal(0, 0.25, len(stratum_of))[psu]
    weight = POPULATION / rows * np.exp(spread + rng.normal(0, 0.2, rows))
    made: Columns = {
        "stratum": (stratum + 1).astype(np.int16),
        "psu": (psu + 1).astype(np.int32),
        "weight": weight,
        "province": (province + 1).astype(np.int8),
        "district": ((province + 1) * DISTRICTS + psu % DISTRICTS).astype(np.int16),
        **{name: codes.astype(np.int8) for name, codes in of.items()},
        **answers,
    }
    if shuffle:
        order = rng.permutation(rows)
        made = {name: values[order] for name, values in made.items()}
    return made


def margins(of: Columns) -> list[tuple[str, int, float]]:
    """Population of each level of the raked items: up to 15 % off the weights' sums, all adding up alike."""
    found = []
    for item in RAKED:
        weighted = np.bincount(of[item].astype(np.int64), weights=of["weight"])[1:]
        k = np.arange(1, len(weighted) + 1)
        wanted = weighted * (1 + 0.15 * np.cos(1.7 * k + len(item)))
        wanted *= POPULATION / wanted.sum()
        found += [(item, int(level), float(count)) for level, count in zip(k, wanted, strict=True)]
    return found


def kept(rows: int, seed: int, *, shuffle: bool = False, columns: bool = False) -> Path:
    """The folder of these respondents, made when it is not there; with `columns` also what R reads."""
    folder = CACHE / f"people-{rows}-seed{seed}{'-shuffled' if shuffle else ''}"
    if not folder.is_dir():
        made = people(rows, seed, shuffle=shuffle)
        part = _emptied(folder.with_suffix(".part"))
        pl.DataFrame(made).write_parquet(part / "people.parquet")
        with (part / "margins.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("item", "level", "population"), *margins(made)])
        part.rename(folder)
    if columns and not (folder / "columns").is_dir():
        part = _emptied(folder / "columns.part")
        frame = pl.read_parquet(folder / "people.parquet")
        for column in frame:
            values = column.to_numpy()
            little = values.astype(values.dtype.newbyteorder("<"), copy=False)
            little.tofile(part / f"{column.name}.{values.dtype.kind}{values.dtype.itemsize}")
        part.rename(folder / "columns")
    return folder


def _emptied(folder: Path) -> Path:
    """A folder with nothing in it: what a broken run left is removed."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def _expit(eta: Floats) -> Floats:
    return 1 / (1 + np.exp(-eta))


def _scale(values: Floats) -> Codes:
    """Numbers rounded to a scale from 1 to 5."""
    return np.clip(np.rint(values), 1, 5).astype(np.int64)


def main() -> None:
    """Make the respondents and say where they are."""
    parser = argparse.ArgumentParser(description="Invent respondents to time estimators on.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shuffle", action="store_true", help="rows in no order")
    parser.add_argument("--columns", action="store_true", help="also raw columns, for R")
    asked = parser.parse_args()
    print(kept(asked.rows, asked.seed, shuffle=asked.shuffle, columns=asked.columns))


if __name__ == "__main__":
    main()
