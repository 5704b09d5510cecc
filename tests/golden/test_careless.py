"""Careless answering: R's careless on its own 200 × 50 answers and on the synthetic civil servants."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden.goldens import compare, data
from golden.test_factor_model import SHARED, shared

from netralstat.collect.quality.consistency import (
    average_run,
    even_odd,
    item_correlations,
    row_correlation,
    synonym_correlation,
)
from netralstat.collect.quality.response_styles import longest_run, mahalanobis, row_sd


def answers(name: str) -> np.ndarray:
    if name.startswith("asn"):
        return data("asn_open")[[f"lik{i}" for i in range(1, 7)]].dropna().to_numpy(dtype=float)
    file = SHARED / "data" / "careless_dataset.csv"
    if not file.is_file():
        pytest.skip("../shared/golden/data/careless_dataset.csv is not on this machine")
    return pd.read_csv(file).to_numpy(dtype=float)


def numbers(values: list[float | None]) -> np.ndarray:
    return np.array([np.nan if one is None else one for one in values], dtype=float)


@pytest.mark.golden
@pytest.mark.parametrize("name", ["asn/careless", "careless_dataset"])
def test_runs_spread_and_outliers(name: str) -> None:
    expected, x = shared(name), answers(name)
    compare(longest_run(x), expected["longstr"], 0, "longest run")
    compare(average_run(x), expected["avgstr"], 1e-12, "average run")
    compare(row_sd(x), expected["irv"], 1e-12, "spread of a row's answers", 1e-14)
    d2, p, rank = mahalanobis(x)
    compare(d2, expected["mahad"], 1e-9, "Mahalanobis")
    assert (p < 0.01).tolist() == [bool(flag) for flag in expected["flag"]]
    assert rank == x.shape[1]


@pytest.mark.golden
def test_consistency() -> None:
    x = answers("careless_dataset")
    of_r = -numbers(shared("careless_dataset/evenodd")["v"])
    compare(even_odd(x, [5] * 10), of_r, 1e-10, "even and odd items, with R's sign turned", 1e-12)
    found, n_pairs = synonym_correlation(x, 0.6)
    compare(found, numbers(shared("careless_dataset/psychsyn")["v"]), 1e-10, "synonyms", 1e-12)
    assert n_pairs == 53


def test_unanswered_items() -> None:
    x = np.array([[1.0, 1, np.nan, 1, 2], [np.nan] * 5, [3, 3, 3, 3, 3]])
    compare(average_run(x), [4 / 3, np.nan, 5.0], 1e-12, "runs")
    r = row_correlation(
        np.array([[1.0, 2, 3, np.nan], [1, 1, 1, 1]]), np.array([[2.0, 4, 6, 0], [1, 2, 3, 4]])
    )
    compare(r, [1.0, np.nan], 1e-12, "rows")
    rng = np.random.default_rng(1)
    y = rng.normal(size=(50, 3))
    y[rng.random(y.shape) < 0.2] = np.nan
    compare(item_correlations(y), pd.DataFrame(y).corr().to_numpy(), 1e-10, "pairwise complete")
    assert np.isnan(even_odd(x, [2, 3])).all()
