"""Numbers and dates read from whole columns equal those read one by one."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netralstat.ask.numerals import characters, plain_dates, plain_numbers

NUMBERS = st.from_regex(r"-?([0-9]{1,15}|[0-9]{0,8}\.[0-9]{1,7}|[0-9]{1,8}\.)", fullmatch=True)


@pytest.mark.long
@settings(max_examples=40, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=10))
def test_plain_numbers_are_those_of_python_to_the_last_bit(texts: list[str]) -> None:
    values, read = plain_numbers(texts)
    assert read.all()
    assert values.tobytes() == np.array([float(text) for text in texts]).tobytes()


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "+1",
        "1e3",
        "--1",
        "1-2",
        "1.2.3",
        "-",
        ".",
        "-.",
        "1234567890123456",
        "٣",
        "1\0",
        "\0",
        "1,5",
        "inf",
    ],
)
def test_other_texts_are_left_to_the_caller(text: str) -> None:
    values, read = plain_numbers(["1", text, "2.5"])
    assert read.tolist() == [True, False, True]
    assert np.isnan(values[1])


def test_a_decimal_point_may_be_refused() -> None:
    assert plain_numbers(["1", "1.0", "1."], decimals=False)[1].tolist() == [True, False, False]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.dates().map(date.isoformat), st.text("0123456789-", max_size=11)), max_size=12))
def test_dates_are_those_of_the_calendar(texts: list[str]) -> None:
    days, read = plain_dates(texts)
    for text, day, is_date in zip(texts, days.tolist(), read.tolist(), strict=True):
        try:
            expected = (date.fromisoformat(text) - date(1970, 1, 1)).days if text[4:5] == "-" else None
        except ValueError:
            expected = None
        assert (day if is_date else None) == (expected if len(text) == 10 else None)


def test_leap_days() -> None:
    texts = ["2000-02-29", "1900-02-29", "2021-02-29", "2024-02-29", "0000-01-01", "2021-13-01", "2021-00-10"]
    assert plain_dates(texts)[1].tolist() == [True, False, False, True, False, False, False]


def test_characters_of_any_script_and_nothing() -> None:
    points, lengths = characters(["aé", "", "日\0x"], 4)
    assert points.T.tolist() == [[97, 233, 0, 0], [0, 0, 0, 0], [0x65E5, 0, 120, 0]]
    assert lengths.tolist() == [2, 0, 3]
    assert characters([], 3)[0].shape == (3, 0)
