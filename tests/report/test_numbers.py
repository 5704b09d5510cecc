"""Numbers, intervals, p-values and dates in both languages."""

from datetime import date

import pytest
from babel.numbers import format_decimal

from netralstat.errors import ReportError
from netralstat.report.numbers import Numbers

ID, EN = Numbers("id"), Numbers("en")


def test_decimal_and_group_signs() -> None:
    assert (ID.percent(0.1764), EN.percent(0.1764)) == ("17,6%", "17.6%")
    assert (ID.count(10617), EN.count(10617)) == ("10.617", "10,617")
    assert ID.number(1234.5) == "1.234,50"


def test_numbers_are_printed_as_babel_prints_them() -> None:
    for value in (0.05, 0.125, 2.5, 999.995, 1000, 1234567.891, 98765432109.5, -0.6, -1234.5):
        for numbers in (ID, EN):
            for digits, pattern in ((0, "#,##0"), (1, "#,##0.0"), (2, "#,##0.00")):
                babel = format_decimal(round(value, digits), format=pattern, locale=numbers.locale)
                assert numbers.number(value, digits) == babel.replace("-", "−")
    assert ID.number(float("inf")) == "∞"
    assert ID.interval(-float("inf"), 0.02) == "−∞ s.d. 2,0"


def test_minus_is_a_minus_sign_and_zero_has_none() -> None:
    assert ID.points(-0.013) == "−1,3"
    assert ID.points(0.013) == "+1,3"
    assert ID.points(-0.0002) == "0,0"
    assert EN.number(-0.001) == "0.00"


def test_interval_says_to_when_a_bound_is_negative() -> None:
    assert ID.interval(0.167, 0.185) == "16,7–18,5"
    assert ID.interval(-0.013, 0.02) == "−1,3 s.d. 2,0"
    assert EN.interval(-0.013, 0.02) == "−1.3 to 2.0"
    assert EN.interval(1.49, 1.82, scale=1, digits=2) == "1.49–1.82"
    assert EN.interval(-0.0001, 0.02) == "0.0–2.0"


def test_p_values() -> None:
    assert ID.p_phrase(0.0004) == "p < 0,001"
    assert ID.p_phrase(0.0321) == "p = 0,032"
    assert EN.p_value(0.0009999) == "< 0.001"


def test_periods() -> None:
    assert ID.period(date(2021, 7, 1), date(2021, 7, 30)) == "1–30 Juli 2021"
    assert EN.period(date(2021, 6, 28), date(2021, 7, 3)) == "28 June – 3 July 2021"
    assert EN.period(date(2020, 12, 28), date(2021, 1, 3)) == "28 December 2020 – 3 January 2021"
    assert ID.period(date(2021, 12, 16), date(2021, 12, 16)) == "16 Desember 2021"


def test_cells_by_kind() -> None:
    printed = [
        ID.cell(0.1764, "percent"),
        ID.cell((0.1, 0.2), "interval"),
        ID.cell((1.5, 2.25), "interval_number"),
        ID.cell(float("inf"), "df"),
        ID.cell(197.0, "df"),
        ID.cell(None, "percent"),
        ID.cell(float("nan"), "number"),
        ID.cell("acuan", "number"),
    ]
    assert printed == ["17,6", "10,0–20,0", "1,50–2,25", "∞", "197", "–", "–", "acuan"]


def test_listing_follows_the_language() -> None:
    assert ID.listing(["a", "b", "c"]) == "a, b, dan c"
    assert EN.listing(["a", "b", "c"]) == "a, b and c"


def test_names_that_hold_the_joining_word_are_kept_apart() -> None:
    assert EN.listing(["Sulawesi", "Papua and Maluku"]) == "Sulawesi; Papua and Maluku"
    assert ID.listing(["Jawa dan Bali", "Nusa Tenggara"]) == "Jawa dan Bali; Nusa Tenggara"
    assert EN.listing(["meetings, rallies", "gifts"]) == "meetings, rallies; gifts"
    assert EN.listing(["Papua and Maluku"]) == "Papua and Maluku"


def test_unknown_language_and_kind() -> None:
    with pytest.raises(ReportError, match=r'language "fr"[\s\S]*Where:[\s\S]*Do: use one of: id, en'):
        Numbers("fr")
    with pytest.raises(ReportError, match='kind "text" holds a number'):
        ID.cell(1.0, "text")
