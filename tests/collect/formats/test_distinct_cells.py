"""Distinct values of a column, in order of appearance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netralstat.collect.formats.distinct_cells import distinct_numbers, distinct_values

NUMBERS = st.one_of(
    st.integers(-5, 5).map(float),
    st.floats(allow_infinity=True),
    st.sampled_from([2.0**53, -(2.0**52), 65_535.0, -0.0]),
)


@given(st.lists(NUMBERS, max_size=30))
def test_numbers_are_told_apart_as_any_values(cells: list[float]) -> None:
    values, places = distinct_numbers(np.array(cells, dtype=np.float64))
    expected, same_places = distinct_values(None if cell != cell else cell for cell in cells)
    assert values == expected
    assert places.tolist() == same_places.tolist()


@pytest.mark.parametrize("cells", [["b", "a", "b"], [None, "", "a"], [1, "1", 1.0]])
def test_values_stand_in_order_of_appearance(cells: list[object]) -> None:
    values, places = distinct_values(cells)
    assert [values[place] for place in places] == cells
    assert values == list(dict.fromkeys(cells))
