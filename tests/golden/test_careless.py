"""Careless answering: R's careless on its own 200 × 50 answers and on the synthetic civil servants."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden.goldens import compare, data
from golden.test_factor_model import SHARED, shared

from netralstat.collect.quality.response_styles import longest_run, mahalanobis, row_sd


def answers(name: str) -> np.ndarray:
    if name.startswith("asn"):
        return data("asn_open")[[f"lik{i}" for i in range(1, 7)]].dropna().to_numpy(dtype=float)
    file = SHARED / "data" / "careless_dataset.csv"
    if not file.is_file():
        pytest.skip("../shared/golden/data/careless_dataset.csv is not on this machine")
    return pd.read_csv(file).to_numpy(dtype=float)


@pytest.mark.golden
@pytest.mark.parametrize("name", ["asn/careless", "careless_dataset"])
def test_runs_spread_and_outliers(name: str) -> None:
    expected, x = shared(name), answers(name)
    compare(longest_run(x), expected["longstr"], 0, "longest run")
    compare(row_sd(x), expected["irv"], 1e-12, "spread of a row's answers", 1e-14)
    d2, p, rank = mahalanobis(x)
    compare(d2, expected["mahad"], 1e-9, "Mahalanobis")
    assert (p < 0.01).tolist() == [bool(flag) for flag in expected["flag"]]
    assert rank == x.shape[1]
