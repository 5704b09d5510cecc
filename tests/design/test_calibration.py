"""The search for calibrated weights: what it finds, when it gives up, and that it knows the difference."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.optimize import linprog

from netralstat import Margin, Survey
from netralstat.design.calibration.calibration import calibrate
from netralstat.design.calibration.distances import choose_distance
from netralstat.design.calibration.multipliers import (
    generalised_inverse,
    independent_columns,
    solve_multipliers,
)
from netralstat.design.cells import compress
from netralstat.design.design import Design
from netralstat.errors import CalibrationError

RNG = np.random.default_rng(8)
N = 400
FRAME = pd.DataFrame(
    {
        "w": RNG.uniform(1, 5, N),
        "sex": RNG.choice(["f", "m"], N),
        "region": RNG.choice(["a", "b", "c"], N),
        "year": RNG.integers(2018, 2026, N),
        "x": RNG.normal(0, 1, N),
        "unit": RNG.integers(0, 40, N),
    }
)
TOTAL = FRAME["w"].sum()
SEX = {"f": 0.55 * TOTAL, "m": 0.45 * TOTAL}
REGION = {"a": 0.3 * TOTAL, "b": 0.3 * TOTAL, "c": 0.4 * TOTAL}


def survey(**changed: object) -> Survey:
    return Survey(FRAME.assign(**changed), weight="w", psu="unit")


def problem(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights, two crossed items and a number, and totals that some positive or negative weights have."""
    rng = np.random.default_rng(seed)
    m = int(rng.integers(7, 40))
    x = np.column_stack(
        [
            np.eye(3)[rng.integers(0, 3, m)],
            np.eye(2)[rng.integers(0, 2, m)],
            rng.normal(rng.choice([0, 5, 2000]), 2, m),
        ]
    )
    w = rng.uniform(0.5, 20, m)
    moved = rng.normal(0.8, rng.choice([0.2, 1, 2]), m)
    return w, x[:, x.any(axis=0)], x[:, x.any(axis=0)].T @ (w * moved)


@pytest.mark.parametrize(
    "method",
    [
        "raking",
        *(
            pytest.param(name, marks=pytest.mark.long)
            for name in ("linear", "logit", "bounded raking", "bounded linear")
        ),
    ],
)
def test_targets_are_reached_just_where_a_linear_programme_says_they_can_be(method: str) -> None:
    bounds = (0.3, 2.5) if method == "logit" or "bounded" in method else None
    distance = choose_distance(method.removeprefix("bounded "), bounds)
    limits = bounds or ((None, None) if method == "linear" else (0, None))
    reachable = {True: 0, False: 0}
    for seed in range(60):
        w, x, target = problem(seed)
        scale = np.maximum(np.abs(target), 1e-3 * (np.abs(x).T @ w))
        found = solve_multipliers(w, sparse.csr_array(x), target, scale, distance, 1e-10)
        can = linprog(
            np.zeros(len(w)), A_eq=(x * w[:, None]).T / scale[:, None], b_eq=target / scale, bounds=limits
        )
        assert (found.gap <= 1e-10) == (can.status == 0), f"seed {seed}: gap {found.gap}, {can.message}"
        reachable[can.status == 0] += 1
        if can.status == 0:
            g = distance.g(x @ found.multipliers)
            np.testing.assert_allclose(x.T @ (w * g) / scale, target / scale, 0, 1e-9)
    assert min(reachable.values()) > 5 or method == "linear"


def test_years_as_numbers_are_no_harder_than_dummies() -> None:
    mean = FRAME.assign(wy=FRAME["w"] * FRAME["year"])["wy"].sum() / TOTAL
    for method in ("raking", "linear"):
        done = survey().calibrate({"sex": SEX, "year": (mean + 0.3) * TOTAL}, method)
        assert done.calibration.passes < 10
        assert done.mean("year").table["estimate"][0] == pytest.approx(mean + 0.3, rel=1e-11)
        assert done.mean("year").table["std_error"][0] == pytest.approx(0, abs=1e-9)


def test_a_target_of_zero_has_a_gap_that_says_something() -> None:
    table = survey().calibrate({"sex": SEX, "x": 0.0}, tolerance=0.01).calibration.to_frame()
    gross = (FRAME["w"] * FRAME["x"].abs()).sum()
    row = table.iloc[2]
    assert row["gap"] == pytest.approx(row["reached"] / (1e-3 * gross), rel=1e-12)
    assert abs(row["gap"]) <= 0.01


@pytest.mark.parametrize("times", [1e-6, 1e3, 1e7])
def test_weights_on_another_scale_are_raked_all_the_same(times: float) -> None:
    one, other = (
        Survey(FRAME.assign(w=FRAME["w"] * c), weight="w").calibrate(
            {"sex": SEX, "region": REGION, "x": 30.0}
        )
        for c in (1.0, times)
    )
    assert other.calibration.passes <= one.calibration.passes + 2
    np.testing.assert_allclose(
        other.total("sex", by="region").table["estimate"],
        one.total("sex", by="region").table["estimate"],
        1e-9,
    )


def test_a_margin_said_twice_changes_nothing() -> None:
    margin = Margin(items=("sex",), targets={(k,): v for k, v in SEX.items()})
    crossed = FRAME.groupby(["sex", "region"])["w"].sum() * 1.1
    parts = {item: crossed.groupby(level=item).sum() for item in ("sex", "region")}
    one = survey().calibrate({("sex", "region"): crossed})
    two = survey().calibrate({("sex", "region"): crossed} | parts)
    for name in ("estimate", "std_error"):
        np.testing.assert_allclose(two.mean("x").table[name], one.mean("x").table[name], 1e-10)
    assert survey().calibrate([margin, margin]).calibration.multipliers.shape == (4,)


def test_patterns_are_solved_and_not_cells() -> None:
    """The cells that give the weights need no stratum and no PSU; those of the variance have them."""
    margins = [Margin(items=("sex",), targets={(k,): v for k, v in SEX.items()})]
    keys = ["sex"]
    few = compress(FRAME, Design(weight="w"), keys=keys)
    many = compress(FRAME, Design(weight="w", psu=("unit",)), keys=keys)
    assert (few.n_cells, many.n_cells > 60) == (2, True)
    one, other = (calibrate(cells, margins, method="linear") for cells in (few, many))
    np.testing.assert_allclose(one.multipliers, other.multipliers, 1e-12)
    g = one.at(many)
    np.testing.assert_allclose(g.x.T @ (many.w_sum * g.g), one.reached, 1e-12)


def test_slopes_are_the_same_for_dense_and_sparse_influence() -> None:
    for compat in (None, "R-rake"):
        calibration = survey().calibrate({"sex": SEX, "region": REGION}, compat=compat).calibration
        cells = compress(FRAME, Design(weight="w", psu=("unit",)), keys=calibration.items)
        at = calibration.at(cells)
        u = np.random.default_rng(1).normal(size=(cells.n_cells, 3))
        np.testing.assert_allclose(at.slopes(sparse.csr_array(u)), at.slopes(u), 1e-12)
        if compat is None:  # what is left is orthogonal to the margins
            left = at.x.T @ (u - at.weighted_x @ at.slopes(u))
            np.testing.assert_allclose(left, 0.0, atol=1e-10)


def test_r_rake_and_trimming_need_the_weights_in_the_cells() -> None:
    plain = survey().calibrate({"sex": SEX})
    assert plain.calibration.items == ("sex",)
    assert survey().calibrate({"sex": SEX}, compat="R-rake").calibration.items == ("sex", "w")
    assert plain.trim(upper=6).calibration.items == ("sex", "w")
    assert survey().trim(upper=4).calibrate({"sex": SEX}).calibration.items == ("sex", "w")
    assert Survey(FRAME).trim(upper=3).calibration.items == ()


def test_arguments_of_calibrate_matter() -> None:
    target = {"sex": {"f": 0.65 * TOTAL, "m": 0.35 * TOTAL}, "region": REGION, "x": 0.2 * TOTAL}
    plain = survey().calibrate(target).weights()
    assert survey().calibrate(target, bounds=(0.4, 2)).weights().ratio < plain.ratio
    assert survey().calibrate(target, "logit", bounds=(0.2, 3)).weights().deff_kish != plain.deff_kish
    equal = survey().calibrate({"sex": SEX}, equal_within_psu=True)
    assert equal.weights().deff_kish != survey().calibrate({"sex": SEX}).weights().deff_kish
    r, own = (
        survey().calibrate({"sex": SEX, "region": REGION}, compat=compat).mean("x").table.iloc[0]
        for compat in ("R-rake", None)
    )
    assert r["estimate"] == pytest.approx(own["estimate"], rel=1e-12)
    assert r["std_error"] != own["std_error"]


def test_a_calibration_meets_no_cells_that_its_margins_lack() -> None:
    calibration = survey().calibrate({"sex": SEX}).calibration
    other = compress(FRAME.assign(sex="x"), Design(weight="w"), keys=["sex"])
    with pytest.raises(CalibrationError, match="no population for 1 levels"):
        calibration.at(other)


def test_columns_that_follow_from_others_are_left_out() -> None:
    x = np.column_stack([np.ones(50), RNG.normal(size=50), RNG.normal(size=50)])
    x = np.column_stack([x, x[:, 0] + x[:, 1], np.zeros(50)])
    gram = x.T @ x
    kept = independent_columns(gram)
    assert len(kept) == 3
    assert 4 not in kept
    inverse = generalised_inverse(gram)
    np.testing.assert_allclose(gram @ inverse @ gram, gram, 1e-9, 1e-9)
    assert independent_columns(np.zeros((2, 2))).tolist() == []
