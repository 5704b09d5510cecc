"""Points in time read from whole columns equal those read one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netralstat.collect.times import read_times
from netralstat.errors import ResponseError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1))
OFFSETS = st.sampled_from(["", "Z", "+07:00", "-0330", "+23:59", "+08:00"])
MARKS = st.sampled_from("T ")
PRECISION = st.sampled_from(["minutes", "seconds", "milliseconds", "microseconds"])


def milliseconds(text: str, zone: str) -> int:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        time = time.replace(tzinfo=ZoneInfo(zone))
    thousandths, rest = divmod((time.astimezone(UTC) - EPOCH) // timedelta(microseconds=1), 1000)
    return thousandths + (rest > 500 or (rest == 500 and thousandths % 2 == 1))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(MOMENTS, PRECISION, MARKS, OFFSETS), min_size=1, max_size=20),
    st.sampled_from(["Asia/Jakarta", "Asia/Jayapura", "Europe/Amsterdam"]),
)
def test_every_spelling_is_the_same_moment_as_pythons(
    moments: list[tuple[datetime, str, str, str]], zone: str
) -> None:
    texts = [time.isoformat(mark, precision) + offset for time, precision, mark, offset in moments]
    times, bad = read_times(texts, "start", zone)
    assert not bad.any()
    assert times.astype(np.int64).tolist() == [milliseconds(text, zone) for text in texts]


def test_days_on_which_clocks_are_changed() -> None:
    texts = ["2021-03-28T01:30", "2021-03-28T02:30", "2021-10-31T02:30", "2021-10-31T03:30"]
    times, bad = read_times(texts, "start", "Europe/Amsterdam")
    assert not bad.any()
    assert times.astype(np.int64).tolist() == [milliseconds(text, "Europe/Amsterdam") for text in texts]


def test_fractions_of_other_lengths() -> None:
    times, bad = read_times(
        ["2021-07-01T00:00:00.5Z", "2021-07-01T00:00:00.0005Z", "2021-07-01T00:00:00.0015Z"], "t", None
    )
    assert not bad.any()
    assert (times - times[0]).astype(np.int64).tolist() == [0, -500, -498]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2021-07-01",
        "2021-02-30T00:00Z",
        "2021-07-01T24:00Z",
        "2021-07-01T23:60Z",
        "2021-07-01T23:59:60Z",
        "2021-07-01T08:00+24:00",
        "2021-07-01T08:00:00.1234567Z",
        "0001-01-01T00:00+01:00",
        "2021-07-01T8:00Z",
        "2021-07-01T08:00 Z",
        "٢٠٢١-07-01T08:00Z",
        "2021-07-01X08:00Z",
        "2021-07-01T0800Z",
    ],
)
def test_what_is_no_time(text: str) -> None:
    times, bad = read_times([text, "2021-07-01T08:00Z"], "start", None)
    assert bad.tolist() == [True, False]
    assert times[1] == np.datetime64("2021-07-01T08:00")


def test_a_time_without_an_offset_needs_a_zone_however_it_is_spelled() -> None:
    for text in ("2021-07-01T08:00:00", "2021-07-01T08:00:00.1"):
        with pytest.raises(ResponseError, match=r'times of "start" bear no offset(.|\n)*collect.timezone'):
            read_times([text], "start", None)
