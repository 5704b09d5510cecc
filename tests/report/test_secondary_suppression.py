"""No hidden row follows from the shown ones: judged by linear programming, and beside R's tables."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from golden.goldens import case
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from netralstat.report.secondary_suppression import Line, determined, protected


def grid(rows: int, columns: int) -> list[Line]:
    """Lines of a two-way table with its margins: the last row and column hold the totals."""
    at = np.arange((rows + 1) * (columns + 1)).reshape(rows + 1, columns + 1)
    return [list(map(int, line)) for line in (*at, *at.T)]


def with_margins(inner: np.ndarray) -> np.ndarray:
    rows = np.vstack([inner, inner.sum(axis=0)])
    return np.column_stack([rows, rows.sum(axis=1)]).ravel()


def signs(rows: int, columns: int) -> np.ndarray:
    """+1 for inner cells and the grand total, -1 for margins: every line then adds up to zero."""
    sign = np.ones((rows + 1, columns + 1))
    sign[-1, :-1] = sign[:-1, -1] = -1
    return sign.ravel()


def exposed(lines: list[Line], sign: np.ndarray, values: np.ndarray, hidden: np.ndarray) -> list[int]:
    """Hidden rows that an intruder can compute: largest and smallest value that fits are the same.

    Values may be any number here, as weighted shares may: a bound of ten thousand either way stands for it.
    """
    unknown = np.flatnonzero(hidden)
    if not len(unknown):
        return []
    place = {int(row): i for i, row in enumerate(unknown)}
    equations, known = [], []
    for line in lines:
        equation = np.zeros(len(unknown))
        for row in line:
            if hidden[row]:
                equation[place[row]] += sign[row]
        equations.append(equation)
        known.append(-sum(sign[row] * values[row] for row in line if not hidden[row]))
    found = []
    for row, i in place.items():
        aim = np.zeros(len(unknown))
        aim[i] = 1.0
        ends = [
            linprog(way * aim, A_eq=np.array(equations), b_eq=known, bounds=(-1e4, 1e4)) for way in (1, -1)
        ]
        assert all(end.status == 0 for end in ends)
        if abs(ends[0].fun + ends[1].fun) < 1e-6:
            found.append(row)
    return found


tables = st.integers(2, 5).flatmap(
    lambda rows: st.integers(2, 5).flatmap(
        lambda columns: st.lists(
            st.lists(st.integers(0, 60), min_size=columns, max_size=columns), min_size=rows, max_size=rows
        )
    )
)


@pytest.mark.long
@settings(max_examples=60, deadline=None)
@given(tables)
def test_no_secret_cell_can_be_computed(counts: list[list[int]]) -> None:
    inner = np.array(counts, dtype=float)
    rows, columns = inner.shape
    lines, values = grid(rows, columns), with_margins(inner)
    secret = values < 10
    hidden = secret | protected(lines, secret, secret, values)
    told = exposed(lines, signs(rows, columns), values, hidden)
    assert determined(lines, hidden) == told
    assert not set(told) & set(np.flatnonzero(secret))


def test_what_lines_one_by_one_do_not_see() -> None:
    """Two hidden cells in every line, and still computable: three lines of an odd cycle."""
    lines = [[0, 1, 3], [1, 2, 4], [0, 2, 5]]
    hidden = np.array([True, True, True, False, False, False])
    assert determined(lines, hidden) == [0, 1, 2]
    added = protected(lines, hidden, hidden, np.arange(6.0))
    assert determined(lines, hidden | added) == []
    assert added.tolist() == [False, False, False, True, False, False]


def test_an_unreliable_row_may_be_computed() -> None:
    hidden = np.array([True, False, False])
    added = protected([[0, 1, 2]], hidden, np.zeros(3, dtype=bool), np.ones(3))
    assert not added.any()


def test_a_line_of_one_row_is_its_total() -> None:
    hidden = np.array([True])
    assert not protected([[0]], hidden, hidden, np.ones(1)).any()


@pytest.mark.parametrize("size", [3, 5, 9])
def test_beside_the_tables_of_r(size: int) -> None:
    """Every primary cell of GaussSuppression is protected, with hardly more cells hidden than there."""
    expected = case("suppression_tables", f"table_prov_gol/maxN{size}")
    groups = list(zip(expected["prov"], expected["gol"], strict=True))
    values = np.array(expected["freq"], dtype=float)
    primary = np.array(expected["primary"], dtype=bool)
    provinces, grades = dict.fromkeys(expected["prov"]), dict.fromkeys(expected["gol"])
    place = {group: row for row, group in enumerate(groups)}
    lines = [[place[one, grade] for grade in grades] for one in provinces]
    lines += [[place[one, grade] for one in provinces] for grade in grades]
    assert len(groups) == len(list(product(provinces, grades)))
    hidden = primary | protected(lines, primary, primary, values)
    assert not set(determined(lines, hidden)) & set(np.flatnonzero(primary))
    assert hidden.sum() <= max(np.sum(expected["suppressed"]) * 1.2, primary.sum())
