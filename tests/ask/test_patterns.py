"""Regular expressions without going back: the same texts as Python's, in bounded time."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netralstat.ask.logic.patterns import compile_pattern
from netralstat.ask.logic.program import UnsupportedError

TEXTS = [
    "",
    "a",
    "ab",
    "abc",
    "aab",
    "ba",
    "53",
    "5371",
    "53711",
    "0812-345",
    "a b",
    "é",
    "x\ny",
    "A_9",
    "日本",
]
ATOMS = st.sampled_from(["a", "b", ".", "[a-c]", "[^a]", "\\d", "\\w", "\\S", "5", "(?:ab|b)", "(a|)", "\\."])
REPEATS = st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,}", "{0,2}", "*?"])
SEQUENCES = st.lists(st.tuples(ATOMS, REPEATS).map("".join), max_size=4).map("".join)
PATTERNS = st.tuples(
    st.sampled_from(["", "^"]), SEQUENCES, st.sampled_from(["", "|", "|^b"]), st.sampled_from(["", "$"])
)


@pytest.mark.parametrize(
    "pattern",
    [
        "^[0-9]{4}$",
        "^(53)+71$",
        "^(08|\\+62)[0-9]{2,4}-[0-9]+$",
        "[\\d\\-]{8}",
        "^$",
        "^a|b$",
        "(a+)+$",
        "^[^\\d\\s]+$",
        "[a\\]b-]",
        "\\u65e5",
        "x.y",
        "^(a|b)*c$",
    ],
)
def test_the_same_texts_are_found(pattern: str) -> None:
    expected = [re.search(pattern, text, re.ASCII) is not None for text in TEXTS]
    assert compile_pattern(pattern).found_in(TEXTS).tolist() == expected


@settings(max_examples=100, deadline=None)
@given(PATTERNS.map("".join), st.lists(st.text("ab5. c", max_size=6), max_size=6))
def test_the_same_texts_are_found_whatever_the_pattern(pattern: str, more: list[str]) -> None:
    texts = [text for text in [*TEXTS, *more] if "\n" not in text]  # "$" and "." differ only at line ends
    expected = [re.search(pattern, text, re.ASCII) is not None for text in texts]
    assert compile_pattern(pattern).found_in(texts).tolist() == expected


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "^(a|a)*$", "^(([a-z])+.)+[A-Z]$", "a*a*a*a*a*a*a*a*b", "(.*)*x"]
)
def test_patterns_that_hang_others_take_no_time(pattern: str) -> None:
    started = time.process_time()
    found = compile_pattern(pattern).found_in(["a" * 1000 + "!", "a" * 1000])
    assert not found[0]
    assert time.process_time() - started < 1


def test_a_pattern_that_would_grow_is_refused_at_once() -> None:
    started = time.process_time()
    for pattern in ("(.*a.{20})+b", "(" + "a{0,50}" * 30 + ")", "((((a{9}){9}){9}){9}){9}"):
        with pytest.raises(UnsupportedError, match="bounded time"):
            compile_pattern(pattern)
    assert time.process_time() - started < 4
