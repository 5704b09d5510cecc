"""The apostrophe before a formula, and its removal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netralstat.collect.writers.formula_guard import guarded, unguarded


@pytest.mark.parametrize("text", ["=1", "+62", "-", "@a", "\t=1", "\r", "\n=1", "'", "'=1"])
def test_formulas_are_guarded(text: str) -> None:
    assert guarded(text) == "'" + text


@pytest.mark.parametrize("text", ["", "a", " =1", "1-2", "62", "ñ"])
def test_other_texts_stay(text: str) -> None:
    assert guarded(text) == text == unguarded(text)


@given(st.text(st.sampled_from("='+-@\t\r\na1 "), max_size=4))
def test_the_guard_can_be_taken_back(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_an_apostrophe_of_somebody_else_stays() -> None:
    assert unguarded("'tis") == "'tis"
