"""What is written is read back equal: the same answers, and the same reason where there is none."""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from collect.formats import in_process
from collect.writers.clean_forms import FORM, TEXTS, ZONE, folder_in, responses, wave
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from netralstat.collect.formats import child_process
from netralstat.collect.responses import Responses, read_responses
from netralstat.collect.sources import FORMATS
from netralstat.collect.values import REASONS
from netralstat.collect.writers.clean_file import write_responses

pytestmark = pytest.mark.long

SUFFIXES = [
    suffix
    for suffix in (".csv", ".sav", ".zsav", ".dta", ".parquet")
    if suffix[1:].replace("z", "") in FORMATS
]
WHY = st.sampled_from([f"reason:{reason}" for reason in REASONS if reason])
LETTERS = st.characters(blacklist_categories=("Cs",), blacklist_characters="\0\ufeff")
PLAIN = st.text(LETTERS, min_size=1, max_size=12).filter(
    lambda text: not text.startswith(("reason:", ".", "\ufffd"))
)
HARD = st.sampled_from(
    [
        "=1+1",
        "+62",
        "-99",
        "-5",
        "@x",
        "\t=1",
        "'=1",
        "''",
        "'",
        '"',
        "a\r\nb",
        ",;",
        "ñ" * 300,
        "x" * 3000,
        "-1e5",
    ]
)
# SPSS fills texts up with spaces, so that those at the end of an answer are not told apart.
TEXT = (PLAIN | HARD).filter(lambda text: not text.endswith(" "))
MS = st.integers(-(10**12), 4 * 10**12)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "select_one": st.nothing(),
    "select_multiple": st.sets(st.sampled_from(["rally", "=cmd"])),
    "integer": st.integers(-(10**15) + 1, 10**15 - 1) | st.integers(-1000, 100),
    "decimal": st.floats(-8e307, 8e307, allow_subnormal=True),
    "date": st.dates(date(1583, 1, 1), date(9999, 12, 31)).map(np.datetime64),
    "datetime": MS.map(lambda ms: np.datetime64(ms, "ms")),
}


@st.composite
def some_responses(draw: st.DrawFn) -> Responses:
    n = draw(st.integers(1, 25))
    answers = {}
    for item in FORM.answerable:
        values = VALUES.get(item.kind, TEXT)
        if item.kind == "select_one":
            values = st.sampled_from(item.valid_codes)
        answers[item.name] = draw(st.lists(values | WHY, min_size=n, max_size=n))
    # Empty and not to be asked is "not asked": the rule of the form, whatever a file says.
    for row, own in enumerate(answers["own"]):
        if own != "yes" and answers["later"][row] == "reason:no_answer":
            answers["later"][row] = "reason:not_asked"
    return responses(answers, draw(st.lists(st.floats(0, 1e6), min_size=n, max_size=n)))


def read_back(given: Responses, suffix: str, *, text: bool, zone: str = "UTC") -> Responses:
    with (
        tempfile.TemporaryDirectory() as name,
        mock.patch.object(child_process, "run_child", in_process.here),
    ):
        path = folder_in(Path(name)) / f"clean{suffix}"
        return read_responses(wave(write_responses(given, FORM, path, text=text), zone), FORM)


def same(found: Responses, given: Responses, left_out: tuple[str, ...] = ()) -> None:
    kept = [name for name in given.frame if name not in left_out]
    expected = given.frame[kept].copy()
    expected["begun"] = expected["begun"].dt.tz_convert(found.frame["begun"].dt.tz)
    pd.testing.assert_frame_equal(found.frame[kept], expected)
    items = [name for name in given.missing if name not in left_out]
    pd.testing.assert_frame_equal(found.missing[items], given.missing[items])


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=6, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(given=some_responses())
def test_read_back_equal(suffix: str, given: Responses) -> None:
    same(read_back(given, suffix, text=True), given)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_read_back_equal_without_texts(suffix: str) -> None:
    n = len(REASONS)
    answers = {
        item.name: [f"reason:{reason}" for reason in REASONS if reason] + [example(item.name)]
        for item in FORM.answerable
    }
    answers["later"][REASONS.index("no_answer") - 1] = "reason:not_asked"
    given = responses(answers, [1.5] * n)
    found = read_back(given, suffix, text=False, zone=ZONE)
    same(found, given, TEXTS)
    assert found.findings[found.findings["rule"] != "skip"].empty
    assert all(found.frame[name].isna().all() for name in TEXTS)


def example(name: str) -> Any:
    return {
        "own": "yes",
        "scale": "5",
        "done": {"rally"},
        "age": -3,
        "share": 0.1,
        "day": np.datetime64("2024-11-27"),
        "begun": np.datetime64(datetime(2024, 11, 27, 23, 30, 0, 123_000), "ms"),
        "later": "no",
    }.get(name, "=text")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_times_of_an_hour_that_came_twice(suffix: str) -> None:
    answers = {item.name: [example(item.name)] * 2 for item in FORM.answerable}
    answers["begun"] = [np.datetime64("2024-10-27T00:30", "ms"), np.datetime64("2024-10-27T01:30", "ms")]
    given = responses(answers, [1.0, 2.0])
    given.frame["begun"] = given.frame["begun"].dt.tz_convert("Europe/Berlin")
    assert [time.hour for time in given.frame["begun"]] == [2, 2]
    same(read_back(given, suffix, text=True), given)
