"""The bytes of a wave file: encodings, sizes and numbers out of bounds, and the line of every key."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netralstat.ask.plan import read_plan
from netralstat.ask.plan_toml import key_lines
from netralstat.errors import PlanError

SMALL = """schema = "netralstat.wave/1"
id = "small-2021"
title = { id = "Kecil", en = "Small" }
[ask]
instrument = "../instrument/form.xlsx"
version = "7"
[collect]
[[collect.sources]]
path = "data/export.csv"
kind = "table"
[design]
weight = "pw"
[report]
institution = { id = "Lembaga", en = "Office" }
version = "1"
date = 2021-12-16
"""


def write(tmp_path: Path, text: str | bytes) -> Path:
    folder = tmp_path / "surveys" / "small-2021"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "wave.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def problem(tmp_path: Path, text: str | bytes) -> PlanError:
    with pytest.raises(PlanError) as caught:
        read_plan(write(tmp_path, text))
    return caught.value


ENCODED = {
    "mark": (b"\xef\xbb\xbf" + SMALL.encode(), "is UTF-8 with a byte order mark", "byte 1"),
    "utf-16": (SMALL.encode("utf-16"), "is UTF-16", "byte 1"),
    "utf-16 without a mark": (SMALL.encode("utf-16-le"), "is UTF-16", "byte 1"),
    "CR alone": (SMALL.replace("\n", "\r").encode(), "end in a carriage return alone", "line 1"),
    "NUL": (SMALL.replace("Kecil", "Ke\0cil").encode(), "Illegal character", "line 3"),
    "NUL in a comment": (b"a = 1\n# \0\n", "invalid character", "line 2"),
}


@pytest.mark.parametrize("case", ENCODED)
def test_other_encodings_are_named(tmp_path, case):
    raw, told, where = ENCODED[case]
    error = problem(tmp_path, raw)
    assert told in error.fact
    assert error.where.endswith(f"wave.toml, {where}")
    assert error.do


def test_the_line_ends_of_windows_are_read(tmp_path):
    text = SMALL.replace('version = "7"', "version = 7").replace("\n", "\r\n")
    assert "line 6: ask.version: must be a text in quotes" in str(problem(tmp_path, text))
    assert read_plan(write(tmp_path, SMALL.replace("\n", "\r\n"))).id == "small-2021"


@pytest.mark.parametrize("number", ["0x" + "f" * 10_000, "9" * 4000, str(2**63), "-" + str(2**63 + 1)])
def test_numbers_that_toml_does_not_allow(tmp_path, number):
    error = problem(tmp_path, SMALL.replace("[design]", f"[design]\nbounds = [[1, {number}]]"))
    assert "whole number of more than 64 bits" in error.fact
    assert error.where.endswith("line 12")
    assert len(str(error)) < 400


def test_a_number_of_thousands_of_digits_tells_its_line(tmp_path):
    error = problem(tmp_path, SMALL.replace("[design]", f"rows = {'7' * 5000}\n[design]"))
    assert "a number has thousands of digits" in error.fact
    assert error.where.endswith("line 11")


def test_many_problems_are_counted_and_the_first_ones_told(tmp_path):
    lines = str(problem(tmp_path, "".join(f"k{n} = 1\n" for n in range(3000)) + SMALL)).split("\n")
    assert lines[0] == "the wave file has 3,000 problems."
    assert lines[50].startswith("  line 50: k49: unknown key")
    assert lines[51] == "  and 2,950 more"
    assert len(lines) == 54


def test_keys_are_shown_short_and_without_control_characters(tmp_path):
    told = str(problem(tmp_path, '"\\u001b[31mred" = 1\n' + "k" * 60_000 + " = 1\n" + SMALL))
    assert "line 1: \\u001b[31mred: unknown key" in told
    assert f"line 2: {'k' * 60}…: unknown key" in told
    assert "\x1b" not in told


def test_dots_inside_a_text_are_no_nesting(tmp_path):
    assert read_plan(write(tmp_path, SMALL.replace("Small", "." * 2000))).title.en == "." * 2000


def test_a_wave_file_that_is_no_file(tmp_path):
    (tmp_path / "wave.toml").mkdir()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path, pipe):
        with pytest.raises(PlanError, match="is no file"):
            read_plan(path)


# ------------------------------------------------------------------------------ the line of every key
BARE = st.text("ab-_9", min_size=1, max_size=3)
LONG = st.text("ab \n\"'#[]={}.\\", max_size=12)


@st.composite
def scalars(draw) -> str:
    """A value as TOML writes it, texts of several lines among them."""
    content = draw(LONG)
    basic = content.replace("\\", "\\\\").replace('"', '\\"')
    literal = content.replace("'", "").replace("\n", " ")
    several = content.replace("'''", "").rstrip("'")
    return draw(
        st.sampled_from(
            [
                f'"""{basic}"""',
                f'"""\n{basic}"" """',
                f"'{literal}'",
                f"'''{several}'''",
                "2021-07-01 08:00:00",
                "-1_000.5e3",
                "true",
            ]
        )
    )


@st.composite
def documents(draw) -> tuple[str, dict[tuple[str | int, ...], int]]:
    """A wave file of tables, arrays of tables and dotted keys, with the line of every key it writes."""
    lines: list[str] = draw(st.lists(st.sampled_from(["", "# a = [ '", "   "]), max_size=2))
    expected: dict[tuple[str | int, ...], int] = {}
    n_list = 0

    def add(text: str) -> int:
        """Append a text and give its line."""
        lines.extend(text.split("\n"))
        return len(lines) - text.count("\n")

    for number in range(draw(st.integers(1, 4))):
        place: tuple[str | int, ...]
        if draw(st.booleans()):
            place = ("list", n_list)
            n_list += 1
            expected[place] = add(draw(st.sampled_from(["[[list]]", '[[ "list" ]] # x', "  [[list]]"])))
            if draw(st.booleans()):
                place = (*place, "a.b")
                expected[place] = add('[list."a.b"]')
        else:
            place = (f"t{number}",)
            expected[place] = add(f"[ t{number} ]" if draw(st.booleans()) else f"['t{number}']")
        for key in draw(st.lists(BARE, max_size=3, unique=True)):
            value = draw(scalars())
            layout = draw(st.integers(0, 3))
            if layout == 0:
                expected[(*place, key)] = add(f"{key} = {value} # [a]")
            elif layout == 1:
                expected[(*place, key, "x y")] = add(f'{key} . "x y" = {value}')
            elif layout == 2:
                line = add(f"{key} = [ # open\n\n  {value}\n, {{ z.'q' = 1 }}, ]")
                below = line + 3 + value.count("\n")
                expected |= {
                    (*place, key): line,
                    (*place, key, 0): line + 2,
                    (*place, key, 1, "z", "q"): below,
                }
            else:
                line = add(f'"{key}" = {{ y = 1, "]" = [[2]] }}')
                expected |= {(*place, key, "y"): line, (*place, key, "]", 0, 0): line}
    return "\n".join(lines), expected


def places(value, above=()):
    if above:
        yield above
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from places(inner, (*above, key))


@given(documents())
def test_lines_of_keys_in_any_layout(document):
    text, expected = document
    lines = key_lines(text)
    assert set(places(tomllib.loads(text))) == lines.keys()
    assert {place: lines[place] for place in expected} == expected
