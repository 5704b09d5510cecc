"""[report] of a wave file: numbers, dates and words are checked, and each error names line and key."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netralstat.ask.plan import Plan, read_plan
from netralstat.ask.plan_report import contrast_on_white, issn_check_digit
from netralstat.errors import PlanError

SMALL = """schema = "netralstat.wave/1"
id = "small-2021"
title = { id = "Kecil", en = "Small" }
[ask]
instrument = "form.xlsx"
version = "7"
[collect]
[[collect.sources]]
path = "export.csv"
kind = "table"
[design]
weight = "pw"
[report]
institution = { id = "Lembaga", en = "Office" }
version = "1.1"
date = 2021-12-16
"""
LOG = '[[report.revisions]]\nversion = "{}"\ndate = {}\ntext = {{ id = "a", en = "b" }}\n'


def read(tmp_path, added: str) -> Plan:
    folder = tmp_path / "surveys" / "small-2021"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "wave.toml").write_text(SMALL + added, encoding="utf-8")
    return read_plan(folder)


def test_defaults(tmp_path):
    report = read(tmp_path, "").report
    assert (report.recommendations, report.limitations, report.revisions) == ((), (), ())
    assert (report.logo, report.embargo, report.issn, report.doi, report.accent) == (None,) * 5


def test_all_keys(tmp_path):
    words = '{ id = "a", en = "b" }'
    report = read(
        tmp_path,
        'issn = "2460-1233"\ndoi = "10.1234/asn.2021"\nembargo = 2021-12-16T10:00:00+07:00\n'
        f'logo = "logo.svg"\naccent = "#0B4F6C"\nsponsor = {words}\nmode = {words}\n'
        f"limitations = [{words}]\nrecommendations = [{words}, {words}]\n"
        + LOG.format("1.0", "2021-12-01")
        + LOG.format("1.1", "2021-12-16"),
    ).report
    assert report.embargo == datetime(2021, 12, 16, 10, tzinfo=timezone(timedelta(hours=7)))
    assert report.recommendations[1]["en"] == "b"
    assert [one.version for one in report.revisions] == ["1.0", "1.1"]
    assert read(tmp_path, "embargo = 2021-12-17\n").report.embargo == date(2021, 12, 17)


PROBLEMS = {
    "issn": ('issn = "24601233"', 17, "report.issn: must match"),
    "issn digit": ('issn = "2460-1234"', 17, 'check digit of "2460-1234" is 4, and must be 3'),
    "doi": ('doi = "https://doi.org/10.1/x"', 17, "report.doi: must match"),
    "embargo text": ('embargo = "2021-12-16"', 17, "report.embargo: must be a date, or a time"),
    "embargo zone": ("embargo = 2021-12-16T10:00:00", 17, "report.embargo: .* has no offset from UTC"),
    "embargo over": ("embargo = 2021-12-15", 13, "report: the embargo ends on 2021-12-15, before"),
    "logo": ('logo = "/etc/passwd"', 17, "report.logo: "),
    "accent": ('accent = "teal"', 17, "report.accent: must match"),
    "light accent": ('accent = "#FFD200"', 17, "report.accent: .*has a contrast of 1.45 on white"),
    "mode": ('mode = "online"', 17, "report.mode: must be a table"),
    "one language": ('sponsor = { id = "a" }', 17, "report.sponsor.en: this key is missing"),
    "recommendations": ('recommendations = "a"', 17, "report.recommendations: must be a list"),
    "limitation": ('limitations = ["a"]', 17, r"report.limitations\[1\]: must be a table"),
    "log order": (
        LOG.format("1.0", "2021-12-16") + LOG.format("1.1", "2021-12-15"),
        13,
        'revision "1.1" .* stands after "1.0"',
    ),
    "log end": (LOG.format("1.0", "2021-12-16"), 13, 'the last revision is "1.0" of 2021-12-16'),
    "log twice": (
        LOG.format("1.1", "2021-12-15") + LOG.format("1.1", "2021-12-16"),
        13,
        "names twice: 1.1",
    ),
    "log key": ('[[report.revisions]]\nverzion = "1"\n', 18, 'verzion: unknown key; .*"version"'),
}


@pytest.mark.parametrize("case", PROBLEMS)
def test_each_problem_tells_line_and_key(tmp_path, case):
    added, line, told = PROBLEMS[case]
    with pytest.raises(PlanError, match=f"line {line}: .*{told}"):
        read(tmp_path, added + "\n")


@pytest.mark.parametrize("issn", ["0378-5955", "2049-3630", "2434-561X", "0000-0000"])
def test_published_check_digits(issn):
    assert issn_check_digit(issn) == issn[-1]


@given(st.integers(min_value=0, max_value=9_999_999))
def test_a_check_digit_makes_the_weighted_sum_divisible_by_eleven(number):
    digits = f"{number:07d}"
    last = issn_check_digit(f"{digits[:4]}-{digits[4:]}0")
    values = [*map(int, digits), 10 if last == "X" else int(last)]
    assert sum(weight * value for weight, value in zip(range(8, 0, -1), values, strict=True)) % 11 == 0


def test_contrast_of_published_colours():
    assert contrast_on_white("#000000") == pytest.approx(21)
    assert contrast_on_white("#FFFFFF") == pytest.approx(1)
    # WebAIM's published example: the lightest grey that passes AA on white.
    assert round(contrast_on_white("#767676"), 2) == 4.54
