"""Small designs and columns of replicate weights, for tests of replicates."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from netralstat.design.replicates.factors import Units
from netralstat.design.replicates.plan import ReplicatePlan
from netralstat.design.replicates.replicates import Replicates, make_replicates

JKN = ReplicatePlan(kind="JKn")
BOOTSTRAP = ReplicatePlan(kind="bootstrap", n=60, seed=3)


def units(*n_psu: int, fpc: float = np.inf, size: list[int] | None = None) -> Units:
    n = np.array(n_psu, dtype=float)
    stratum = np.repeat(np.arange(len(n)), n_psu if size is None else [len(size)])
    sizes = np.ones(len(stratum)) if size is None else np.array(size, dtype=float)
    return Units(stratum=stratum, size=sizes, n_psu=n, fpc=np.full(len(n), fpc))


def factors(made: Replicates, n_units: int) -> np.ndarray:
    """F as a matrix (n, n_units), which the package never holds."""
    return made.totals(sparse.eye_array(n_units))


def columns(n: int = 6) -> pd.DataFrame:
    made = factors(make_replicates(units(n), ReplicatePlan(kind="JK1")), n)
    rows = pd.DataFrame({"w": np.arange(1.0, 2 * n + 1), "y": np.arange(2 * n) % 3})
    factor = pd.DataFrame(np.repeat(made, 2, axis=1).T, columns=[f"f{i}" for i in range(n)])
    return pd.concat([rows, factor], axis=1)


def given(**changed: object) -> ReplicatePlan:
    plan: dict = {
        "kind": "given",
        "columns": tuple(f"f{i}" for i in range(6)),
        "combined": False,
        "scale": 0.5,
    }
    return ReplicatePlan(**plan | changed)  # type: ignore[arg-type]
