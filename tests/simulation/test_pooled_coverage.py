"""The pooled interval covers a province's share as often as it says, however few PSUs the province has."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

pytestmark = pytest.mark.slow

SAMPLES = 1000


@pytest.fixture(scope="module")
def coverage() -> ModuleType:
    """The benchmark's own simulation."""
    path = Path(__file__).parents[2] / "benchmarks" / "coverage.py"
    spec = importlib.util.spec_from_file_location("coverage_benchmark", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("n_psu", [2, 3, 5, 20])
@pytest.mark.parametrize("pattern", ["equal", "1 to 4"])
def test_coverage(coverage: ModuleType, pattern: str, n_psu: int, share: float) -> None:
    deff = coverage.DEFFS[pattern]
    sample = coverage.draw(np.random.default_rng(n_psu), SAMPLES, n_psu, share, deff)
    everywhere = np.ones(coverage.PROVINCES, dtype=bool)
    covered, _, width = coverage.measured(sample, coverage.METHODS["pooled"](sample), everywhere)
    # 38,000 intervals: Monte Carlo's error of the share is 0.1 points; what is left is the method's.
    assert 0.935 <= covered <= 0.965, f"{covered:.3f}"
    assert width < 0.4
    usual = coverage.measured(sample, coverage.METHODS["logit"](sample), everywhere)[0]
    assert abs(covered - 0.95) < abs(usual - 0.95) + 0.005
