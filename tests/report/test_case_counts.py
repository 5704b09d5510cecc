"""Numbers of a register: small ones are hidden, and none of them follows from what is shown."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from netralstat.collect.register import CaseRegister
from netralstat.report.register.counts import case_counts, hidden_numbers

LEAST = 5


def register(rows: list[tuple[str, str, str, int]]) -> CaseRegister:
    counts = pd.DataFrame(rows, columns=["province", "form", "stage", "n"])
    return CaseRegister(counts=counts, unit="persons", as_of=date(2021, 12, 16))


def computable(numbers: NDArray[np.float64], hidden: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of all numbers, and of the differences between stages, follow from sums and what is shown.

    A number follows if its unit vector lies in the row space of the signed equations in the unknowns.
    """
    n_rows, n_stages = numbers.shape
    width = 2 * n_stages - 1
    cells = n_rows * width
    equations = []
    for stage in range(n_stages):
        column = np.zeros((n_rows, width))
        column[:, stage] = 1
        equations.append(column.ravel())
    for row in range(n_rows):
        for stage in range(n_stages - 1):
            part = np.zeros((n_rows, width))
            part[row, [stage, stage + 1, n_stages + stage]] = 1, -1, -1
            equations.append(part.ravel())
    known = np.zeros((n_rows, width), dtype=bool)
    known[:, :n_stages] = ~hidden
    matrix = np.array(equations + [np.eye(cells)[place] for place in np.flatnonzero(known.ravel())])
    rank = np.linalg.matrix_rank(matrix)
    return np.array(
        [np.linalg.matrix_rank(np.vstack([matrix, unit])) == rank for unit in np.eye(cells)]
    ).reshape(n_rows, width)


@pytest.mark.parametrize("seed", range(25))
def test_no_small_number_follows(seed: int) -> None:
    draws = np.random.default_rng(seed)
    reported = draws.integers(0, 40, size=6)
    recommended = draws.binomial(reported, 0.7)
    numbers = np.column_stack([reported, recommended, draws.binomial(recommended, 0.7)]).astype(float)
    hidden = hidden_numbers(numbers, LEAST)
    parts = np.concatenate([numbers, numbers[:, :-1] - numbers[:, 1:]], axis=1)
    small = (parts > 0) & (parts < LEAST)
    assert not (computable(numbers, hidden) & small).any()
    assert hidden[small[:, :3]].all()
    together = np.where(computable(numbers, hidden), 0.0, parts).sum(axis=0)
    assert not ((together > 0) & (together < LEAST)).any()


@pytest.mark.parametrize(
    ("numbers", "hidden"),
    [
        ([1, 1, 50, 60], [True, True, True, False]),  # two hidden numbers with the sum 2 are 1 and 1
        ([3, 0, 50, 60], [True, False, True, False]),  # 0 is shown, and hides nothing
        ([2, 3, 50, 60], [True, True, False, False]),
    ],
)
def test_hidden_numbers_are_not_few_together(numbers: list[int], hidden: list[bool]) -> None:
    assert hidden_numbers(np.array([numbers], dtype=float).T, LEAST).ravel().tolist() == hidden


def test_large_numbers_are_all_shown() -> None:
    numbers = np.array([[90.0, 60.0, 40.0], [80.0, 50.0, 30.0], [70.0, 70.0, 0.0]])
    assert not hidden_numbers(numbers, LEAST).any()


def test_a_small_difference_hides_how_cases_went_on_and_not_their_number() -> None:
    numbers = np.array([[90.0, 88.0, 40.0], [80.0, 50.0, 30.0], [70.0, 40.0, 20.0]])
    hidden = hidden_numbers(numbers, LEAST)
    assert not hidden[:, 0].any()
    assert hidden[0, 1]
    assert hidden[:, 1].sum() == 2


def test_counts_of_a_register() -> None:
    rows = [(place, "1", stage, n) for place, n in (("bali", 40), ("riau", 3), ("jambi", 20))
            for stage in ("open", "not_proven", "proven", "sanctioned")]  # fmt: skip
    counts = case_counts(register([*rows, ("bali", "2", "open", 2), ("bali", "3", "open", 30)]), LEAST)
    assert counts.total == 284
    assert counts.stages == {"open": 95, "not_proven": 63, "proven": 63, "sanctioned": 63}
    reported = counts.regions.set_index("province")["reported"]
    assert reported["bali"] == 192
    assert reported["jambi"] == 80
    assert reported["riau"] == 12
    going_on = counts.regions.set_index("province").loc["riau", ["recommended", "sanctioned"]]
    assert going_on.isna().any()
    assert counts.forms.set_index("form")["reported"].isna().to_dict() == {"1": False, "2": True, "3": True}
    assert {one["reason"] for one in counts.hidden} == {"suppressed_cases"}
    assert {
        "table": "register forms",
        "row": "form=2, reported",
        "reason": "suppressed_cases",
    } in counts.hidden


def test_a_stage_of_few_hides_every_stage() -> None:
    rows = [("bali", "", "open", 3), ("bali", "", "sanctioned", 50), ("riau", "", "open", 60)]
    counts = case_counts(register(rows), 70)
    assert counts.stages is None
    assert list(counts.regions.columns) == ["province", "reported"]


def test_too_few_cases_at_all() -> None:
    counts = case_counts(register([("bali", "1", "open", 3)]), LEAST)
    assert counts.total is None
    assert counts.regions.empty
    assert counts.hidden == []
