"""Cells: what is added up of each measure, written row by row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from netralstat.design.cells import Measure, compress
from netralstat.design.design import Design

DRAW = np.random.default_rng(8)
N = 120
FRAME = pd.DataFrame(
    {
        "w": DRAW.uniform(1, 5, N),
        "c": DRAW.integers(0, 12, N),
        "g": DRAW.choice(["a", "b"], N),
        "x": DRAW.choice([1.0, 2.0, 3.0, np.nan], N),
        "y": DRAW.choice([0.0, 1.0, np.nan], N),
        "k": DRAW.choice(["low", "high"], N),
    }
)
ROWS = {
    Measure(item="x"): (FRAME["x"], FRAME["x"].notna()),
    Measure(item="k", level="high"): ((FRAME["k"] == "high").astype(float), FRAME["k"].notna()),
    Measure(item="k", level="absent"): (FRAME["w"] * 0, FRAME["k"].notna()),
    Measure(item="x", given="y"): (FRAME["x"], FRAME["x"].notna() & FRAME["y"].notna()),
    Measure(item="x", given="y", times=True): (
        FRAME["x"] * FRAME["y"],
        FRAME["x"].notna() & FRAME["y"].notna(),
    ),
}


@pytest.mark.parametrize("psu", [(), ("c",)], ids=["persons", "PSUs"])
@pytest.mark.parametrize("measure", ROWS, ids=str)
def test_sums_of_a_measure(measure: Measure, psu: tuple[str, ...]) -> None:
    cells = compress(FRAME, Design(weight="w", psu=psu), keys=["g"], measures=[measure])
    value, answered = ROWS[measure]
    value, found = value.fillna(0.0) * answered, cells.sums(measure)
    for code, group in enumerate(cells.key("g").levels):
        inside, mine = FRAME["g"] == group, cells.key("g").codes == code
        w = FRAME["w"] * inside * answered
        expected = {
            "n": (inside & answered).sum(),
            "n_y": (inside * value).sum(),
            "w_sum": w.sum(),
            "wy_sum": (w * value).sum(),
            "wyy_sum": (w * value**2).sum(),
        }
        for name, wanted in expected.items():
            np.testing.assert_allclose(getattr(found, name)[mine].sum(), wanted, 1e-12, 1e-12, err_msg=name)
