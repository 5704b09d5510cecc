"""Numbers, dates and times as declared, and nothing else."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netralstat.ask.instrument import Choice, Instrument, Item
from netralstat.ask.plan_collect import Source
from netralstat.collect.dialects.answers import Answers
from netralstat.collect.labels import NO_CODE
from netralstat.collect.notation import canonical
from netralstat.collect.responses import read_responses
from netralstat.collect.text_table import TextColumn

KINDS = ("integer", "decimal", "date", "datetime", "text", "select_one")
FORM = Instrument(
    id="f",
    version="1",
    titles={},
    languages=("id",),
    default_language="id",
    items=tuple(
        Item(name=kind, kind=kind, choices=(Choice(name="1,5"),) if kind == "select_one" else ())
        for kind in KINDS
    ),
)


def written(kind: str, *texts: str, path: str = "x.csv", zone: str | None = "WIB", **keys: str) -> list[str]:
    source = Source.model_validate({"path": path, "kind": "table", **keys})
    column = TextColumn(levels=texts, codes=np.arange(len(texts), dtype=np.int32))
    answers = Answers(
        whole={kind: column}, split={}, extra={"w": column, "h": column}, unknown=(), n_rows=len(texts)
    )
    zone = {"WIB": "Asia/Jakarta"}.get(zone, zone) if zone else None
    read = canonical(answers, source, FORM, zone, {"w": "decimal"})
    assert list(read.extra["h"].text()) == list(texts)
    return list(read.whole[kind].text())


def test_a_decimal_comma():
    assert written("decimal", "1,5", "-0,25", " 2,0 ", "12", "", decimal=",") == [
        "1.5",
        "-0.25",
        "2.0",
        "12",
        "",
    ]
    assert written("decimal", "1,5", "1.5") == ["1,5", "1.5"]


def test_a_point_is_no_number_where_the_comma_is_declared():
    # 1.234 may be a thousand or a fraction: it is neither, and the type rule reports it.
    texts = ("1.234", "1.234,5", "1.5", "1,234,5", "tidak tahu")
    assert written("decimal", *texts, decimal=",") == [
        f"{NO_CODE}1.234",
        "1.234,5",
        f"{NO_CODE}1.5",
        "1,234,5",
        "tidak tahu",
    ]
    assert written("integer", "1.234", decimal=",") == [f"{NO_CODE}1.234"]
    assert written("integer", "1,234") == ["1,234"]


def test_texts_and_choices_are_left_alone():
    assert written("text", "1,5", "01/02/2024", decimal=",", date_order="dmy") == ["1,5", "01/02/2024"]
    assert written("select_one", "1,5", decimal=",") == ["1,5"]


@pytest.mark.parametrize(
    ("order", "text", "told"),
    [
        ("dmy", "01/02/2024", "2024-02-01"),
        ("mdy", "01/02/2024", "2024-01-02"),
        ("dmy", "1.2.2024", "2024-02-01"),
        ("dmy", "1-2-2024", "2024-02-01"),
        ("dmy", "2024-02-01", "2024-02-01"),
        ("ymd", "2024/2/1", "2024-02-01"),
        ("ymd", "2024-02-01T00:00:00", "2024-02-01"),
    ],
)
def test_dates(order, text, told):
    assert written("date", text, date_order=order) == [told]


@pytest.mark.parametrize(
    ("order", "text"),
    [
        ("ymd", "01/02/2024"),
        ("dmy", "2024/02/01"),
        ("mdy", "13/01/2024"),
        ("dmy", "31/02/2024"),
        ("dmy", "1/2/24"),
        ("dmy", "1/2.2024"),
        ("ymd", "2024-02-01T07:00:00"),
        ("dmy", "1 Februari 2024"),
    ],
)
def test_what_is_no_date_of_the_declared_order_is_left(order, text):
    assert written("date", text, date_order=order) == [text]
    assert written("datetime", f"{text} 25:00", date_order=order) == [f"{text} 25:00"]


@pytest.mark.parametrize(
    ("order", "text", "told"),
    [
        ("dmy", "15/12/2024 7:19:10", "2024-12-15T07:19:10+07:00"),
        ("mdy", "12/15/2024 07:19", "2024-12-15T07:19:00+07:00"),
        ("ymd", "2024-12-15 07:19:10", "2024-12-15T07:19:10+07:00"),
        ("ymd", "2024-12-15T07:19:10.497", "2024-12-15T07:19:10.497+07:00"),
        ("ymd", "2024-12-15T07:19:10Z", "2024-12-15T07:19:10+00:00"),
        ("ymd", "2024-12-15T07:19:10.497+0900", "2024-12-15T07:19:10.497+09:00"),
        ("ymd", "2024/12/15 7:19:10 PM GMT+8", "2024-12-15T19:19:10+08:00"),
        ("dmy", "15/12/2024 12:05 a.m.", "2024-12-15T00:05:00+07:00"),
        ("dmy", "15.12.2024 07.19", "2024-12-15T07:19:00+07:00"),
        ("dmy", "15/12/2024, 07.19.10 WIT", "2024-12-15T07:19:10+09:00"),
    ],
)
def test_times(order, text, told):
    assert written("datetime", text, date_order=order) == [told]


def test_the_zone_of_the_source_comes_before_that_of_the_wave():
    assert written("datetime", "2024-12-15T07:00:00", timezone="WITA") == ["2024-12-15T07:00:00+08:00"]
    assert written("datetime", "2024-12-15T07:00:00", zone=None) == ["2024-12-15T07:00:00"]


@pytest.mark.parametrize("text", ["31/03/2024 02:30", "27/10/2024 02:30", "27/10/2024 07:19 +7"])
def test_a_time_that_the_clock_shows_twice_or_never_is_no_time(text):
    told = written("datetime", text, date_order="dmy", timezone="Europe/Berlin")
    assert told == [NO_CODE + text.replace(" ", "_")]


def test_a_bare_date_is_midnight_only_where_cells_are_typed():
    assert written("datetime", "2024-12-15") == ["2024-12-15"]
    assert written("datetime", "2024-12-15", path="x.xlsx") == ["2024-12-15T00:00:00+07:00"]


@settings(deadline=None)
@given(day=st.dates(date(1, 1, 1)), order=st.sampled_from(["dmy", "mdy", "ymd"]))
def test_every_date_comes_back(day: date, order: str):
    parts = {"d": f"{day.day:02}", "m": f"{day.month}", "y": f"{day.year:04}"}
    text = "/".join(parts[letter] for letter in order)
    assert written("date", text, date_order=order) == [day.isoformat()]


@pytest.mark.long
@settings(deadline=None)
@given(
    time=st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)),
    order=st.sampled_from(["dmy", "mdy", "ymd"]),
    zone=st.sampled_from(["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]),
)
def test_every_time_comes_back(time: datetime, order: str, zone: str):
    pattern = "/".join({"d": "%d", "m": "%m", "y": "%Y"}[letter] for letter in order)
    text = time.strftime(f"{pattern} %I:%M:%S.%f %p").replace("/ ", "/")
    told = written("datetime", text, date_order=order, timezone=zone)[0]
    assert datetime.fromisoformat(told) - time.replace(tzinfo=ZoneInfo(zone)) == timedelta(0)


def test_a_source_of_a_wave_in_its_own_notation(wave, instrument):
    header = "consent;age;done;own;share;day;start;remark;pw"
    text = f"{header}\nyes;40;none;;1,5;02/07/2021;2/7/2021 8.05;01/02/2024;2,5\nyes;40;none;;1.500;;;;3\n"
    source = 'decimal = ","\ndate_order = "dmy"\ntimezone = "WITA"\n'
    read = read_responses(wave(text, collect='timezone = "WIB"', source=source), instrument)
    assert read.frame["share"][0] == 1.5
    assert read.frame["day"][0].date() == date(2021, 7, 2)
    assert read.frame["start"][0].isoformat() == "2021-07-02T07:05:00+07:00"
    assert read.frame["remark"][0] == "01/02/2024"
    assert list(read.frame["pw"]) == [2.5, 3.0]
    found = read.findings[["row", "column", "rule"]].to_numpy().tolist()
    assert found == [[3, "share", "type"]]
