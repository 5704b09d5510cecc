"""SPSS and Stata files: what stands in a cell, and what is said of a file that cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest
from collect.formats import in_process

from netralstat.ask.plan_collect import Source
from netralstat.collect.formats import child_process, statfile_process
from netralstat.collect.formats.statfiles import read_statfile
from netralstat.collect.sources import read_source
from netralstat.collect.text_table import TextTable
from netralstat.errors import PlanError, ResponseError

Written = Callable[..., bytes]


def source(path: str = "export.sav", **keys: object) -> Source:
    return Source.model_validate({"path": path, "kind": "table", **keys})


def read(raw: bytes, path: str = "export.sav", **keys: object) -> TextTable:
    return read_statfile(raw, source(path, **keys), "0" * 64)


def cells(table: TextTable, name: str) -> list[str]:
    return list(table.column(name).text())


@pytest.fixture(autouse=True)
def here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole files are read in this process, which is quicker; one test does without."""
    if "in_a_child" not in request.node.name:
        monkeypatch.setattr(child_process, "run_child", in_process.here)


@pytest.fixture
def sav(tmp_path: Path) -> Written:
    def write(columns: dict[str, Any], suffix: str = ".sav", **options: Any) -> bytes:
        path = tmp_path / f"written{suffix}"
        pyreadstat.write_sav(pd.DataFrame(columns), str(path), compress=suffix == ".zsav", **options)
        return path.read_bytes()

    return write


@pytest.fixture
def dta(tmp_path: Path) -> Written:
    def write(columns: dict[str, Any], **options: Any) -> bytes:
        path = tmp_path / "written.dta"
        pyreadstat.write_dta(pd.DataFrame(columns), str(path), **options)
        return path.read_bytes()

    return write


@pytest.mark.parametrize("suffix", [".sav", ".zsav"])
def test_spss_numbers_texts_and_missing_values(sav: Written, suffix: str) -> None:
    columns = {
        "age": [40.0, 98.0, None, 41.5],
        "share": [0.1, -2.0, 1e-5, 2.0**60],
        "name": ["Ayu  ", "  b", "", "ñ😊"],
    }
    table = read(sav(columns, suffix, missing_ranges={"age": [98, 99]}), f"export{suffix}")
    assert table.header == ("age", "share", "name")
    assert (table.n_rows, table.first_row) == (4, 1)
    assert cells(table, "age") == ["40", "98", "", "41.5"]  # a user-missing code is told, not lost
    assert cells(table, "share") == ["0.1", "-2", "1e-05", "1.152921504606847e+18"]
    assert cells(table, "name") == ["Ayu", "  b", "", "ñ😊"]
    assert table.column("age").levels == ("40", "98", "", "41.5")


def test_numbers_have_the_declared_decimal_mark(sav: Written) -> None:
    table = read(sav({"share": [0.5, -2.0], "text": ["0.5", ""]}), decimal=",")
    assert cells(table, "share") == ["0,5", "-2"]
    assert cells(table, "text") == ["0.5", ""]


def test_identifiers_in_texts_keep_every_digit(sav: Written, dta: Written) -> None:
    nip = ["198001012001121001", "198001012001121002"]
    assert cells(read(sav({"nip": nip})), "nip") == nip
    assert cells(read(dta({"nip": nip}), "export.dta"), "nip") == nip


SECONDS = 13_953_168_000.0  # 10 December 2024 in SPSS


@pytest.mark.parametrize(
    ("spss_format", "value", "text"),
    [
        ("DATE11", SECONDS, "2024-12-10"),
        ("ADATE10", SECONDS, "2024-12-10"),
        ("EDATE10", SECONDS, "2024-12-10"),
        ("SDATE10", SECONDS, "2024-12-10"),
        ("JDATE7", SECONDS, "2024-12-10"),
        ("DATE11", SECONDS + 3_661, "2024-12-10T01:01:01"),
        ("DATETIME20", SECONDS, "2024-12-10T00:00:00"),
        ("DATETIME23.2", SECONDS + 36_061.123, "2024-12-10T10:01:01.123"),
        ("YMDHMS19", SECONDS + 1, "2024-12-10T00:00:01"),
        ("TIME8", 3_661.0, "01:01:01"),
        ("TIME11.2", 90_000.5, "25:00:00.500"),
        ("DTIME12", 90_000.0, "25:00:00"),
        ("MOYR8", SECONDS, "2024-12-10"),
        ("DATE11", 1e15, "1000000000000000"),
        ("F8.2", SECONDS, "13953168000"),
    ],
)
def test_spss_dates_and_times(sav: Written, spss_format: str, value: float, text: str) -> None:
    assert cells(read(sav({"v": [value, None]}, variable_format={"v": spss_format})), "v") == [text, ""]


def test_a_user_missing_code_among_dates_is_a_code(sav: Written) -> None:
    raw = sav(
        {"day": [SECONDS, -99.0, -98.0]},
        variable_format={"day": "DATE11"},
        missing_ranges={"day": [{"lo": -99, "hi": -95}]},
    )
    assert cells(read(raw), "day") == ["2024-12-10", "-99", "-98"]


DAYS = 23_720  # 10 December 2024 in Stata
MILLISECONDS = DAYS * 86_400_000


@pytest.mark.parametrize(
    ("stata_format", "value", "text"),
    [
        ("%td", DAYS, "2024-12-10"),
        ("%tdCCYY-NN-DD", DAYS, "2024-12-10"),
        ("%-tdD_m_Y", DAYS, "2024-12-10"),
        ("%d", -1, "1959-12-31"),
        ("%tc", MILLISECONDS + 1_500, "2024-12-10T00:00:01.500"),
        ("%tcCCYY-NN-DD_HH:MM:SS", MILLISECONDS, "2024-12-10T00:00:00"),
        ("%tC", MILLISECONDS + 27_000, "2024-12-10T00:00:00"),  # 27 leap seconds since 1960
        ("%tC", 394_329_600_000 + 1_000, "1972-06-30T00:00:01"),  # before the first of them
        ("%tcHH:MM:SS", 3_661_000, "01:01:01"),
        ("%tcHH:MM", MILLISECONDS + 60_000, "2024-12-10T00:01:00"),
        ("%tw", 3_369, "2024w42"),
        ("%tm", 778, "2024m11"),
        ("%tq", 259, "2024q4"),
        ("%th", 129, "2024h2"),
        ("%ty", 2_024, "2024"),
        ("%8.0g", 2_024, "2024"),
    ],
)
def test_stata_dates_and_times(dta: Written, stata_format: str, value: float, text: str) -> None:
    raw = dta({"v": [float(value), None]}, variable_format={"v": stata_format})
    assert cells(read(raw, "export.dta"), "v") == [text, ""]


def test_stata_missing_values_keep_their_letter(dta: Written) -> None:
    columns = {"a": [1.0, "a", "z", None], "whole": [1, 2, 3, 4], "text": ["a", "", " b ", "x" * 3000]}
    table = read(dta(columns, missing_user_values={"a": ["a", "z"]}), "export.dta")
    assert cells(table, "a") == ["1", ".a", ".z", ""]
    assert cells(table, "whole") == ["1", "2", "3", "4"]
    assert cells(table, "text") == ["a", "", " b ", "x" * 3000]


def test_a_business_calendar_needs_another_file(dta: Written) -> None:
    with pytest.raises(ResponseError) as caught:
        read(dta({"v": [1.0]}, variable_format={"v": "%tbnyse"}), "export.dta")
    assert "business calendar" in caught.value.fact
    assert caught.value.where == "export.dta, variable v"
    assert "dofb" in caught.value.do


LABELS = {"q": {1.0: "Ya", 2.0: "Tidak", 98.0: "Tidak tahu"}}


def test_labels_instead_of_codes(sav: Written, dta: Written) -> None:
    raw = sav(
        {"q": [1.0, 98.0, 3.0, None], "age": [1.0, 2.0, 3.0, 4.0]},
        variable_value_labels=LABELS,
        missing_ranges={"q": [98]},
    )
    assert cells(read(raw, answers="labels"), "q") == ["Ya", "Tidak tahu", "3", ""]
    assert cells(read(raw, answers="labels"), "age") == ["1", "2", "3", "4"]
    assert cells(read(raw), "q") == ["1", "98", "3", ""]
    tagged = dta(
        {"q": [1.0, "a"]},
        variable_value_labels={"q": {1: "Ya", "a": "Menolak"}},
        missing_user_values={"q": ["a"]},
    )
    assert cells(read(tagged, "export.dta", answers="labels"), "q") == ["Ya", "Menolak"]


def test_two_codes_of_one_label(sav: Written) -> None:
    raw = sav({"q": [1.0, 2.0]}, variable_value_labels={"q": {1.0: "Lain", 2.0: "Lain"}})
    with pytest.raises(ResponseError, match="2 codes of the variable have the same label") as caught:
        read(raw, answers="labels")
    assert caught.value.where == "export.sav, variable q"
    assert cells(read(raw), "q") == ["1", "2"]


@pytest.mark.parametrize("word", ["Café", "Cafés"])
def test_an_encoding_that_the_file_tells_wrong(sav: Written, word: str) -> None:
    raw = sav({"name": [word, "b", word]}).replace(word.encode(), word.encode("cp1252") + b" ")
    with pytest.raises(ResponseError, match="has 1 texts with letters that are not utf-8") as caught:
        read(raw)
    assert 'encoding = "cp1252"' in caught.value.do
    assert caught.value.where == "export.sav, variable name"
    assert cells(read(raw, encoding="cp1252"), "name") == [word, "b", word]


@pytest.mark.parametrize("end", [b"\xe9\0", b"\xe9s"])
def test_stata_14_is_utf_8(dta: Written, end: bytes) -> None:
    raw = dta({"name": ["Café", "b"]}).replace("é".encode(), end)
    with pytest.raises(ResponseError, match="letters that are not in its encoding"):
        read(raw, "export.dta")
    assert cells(read(raw, "export.dta", encoding="latin-1"), "name") == [
        "Caf" + end.decode("cp1252").strip("\0"),
        "b",
    ]


def test_older_stata_does_not_tell_its_encoding(dta: Written) -> None:
    raw = dta({"name": ["Café", "b"]}, version=12)
    with pytest.raises(ResponseError, match="has 1 texts with letters that are not ascii"):
        read(raw, "export.dta")
    assert cells(read(raw, "export.dta", encoding="utf-8"), "name") == ["Café", "b"]
    assert cells(read(raw, "export.dta", encoding="cp1252"), "name") == ["CafÃ©", "b"]
    assert cells(read(dta({"name": ["Cafe"]}, version=12), "export.dta"), "name") == ["Cafe"]


def test_an_encoding_that_no_statfile_has(sav: Written) -> None:
    with pytest.raises(PlanError, match='cannot have the encoding "utf-16"'):
        read(sav({"a": [1.0]}), encoding="utf-16")


def test_many_rows_are_read_in_parts(sav: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statfile_process, "CELLS", 6)
    n = 20
    raw = sav({"a": [float(i % 3) for i in range(n)], "b": [f"t{i % 4}" for i in range(n)]})
    header, arrays = statfile_process.read(raw, "sav", "codes", "", ".")
    levels = [["0", "1", "2"], ["t0", "t1", "t2", "t3"]]
    assert header == {"header": ["a", "b"], "levels": levels, "n_rows": n}
    assert [list(codes.cast("i")) for codes in arrays] == [
        [i % 3 for i in range(n)],
        [i % 4 for i in range(n)],
    ]


@pytest.mark.parametrize(
    ("path", "raw", "fact"),
    [
        ("export.sav", b"no SPSS file at all", "the file is no SPSS file that can be read"),
        ("export.dta", b"no Stata file at all" * 20, "the file is no Stata file that can be read"),
        ("export.sav", b"$FL2@(#) SPSS DATA FILE", "the file is no SPSS file that can be read"),
    ],
)
def test_another_file(path: str, raw: bytes, fact: str) -> None:
    with pytest.raises(ResponseError) as caught:
        read(raw, path)
    assert fact in caught.value.fact
    assert caught.value.where == path


def test_files_that_are_cut_off(sav: Written, dta: Written) -> None:
    columns = {"a": [float(i) for i in range(50)]}
    with pytest.raises(ResponseError, match=r"fewer rows than it says|can be read") as caught:
        read(sav(columns)[:-80])
    assert "cut off" in caught.value.do
    with pytest.raises(ResponseError, match="the end of the file is absent"):
        read(dta(columns)[:-3], "export.dta")


def test_no_rows(sav: Written) -> None:
    with pytest.raises(ResponseError, match="variables and no responses"):
        read(sav({"a": pd.Series([], dtype=float)}))


@pytest.mark.parametrize("suffix", ["sav", "zsav", "dta"])
def test_a_wave_file_names_the_file_read_in_a_child(
    wave: Callable[..., Any], sav: Written, dta: Written, suffix: str
) -> None:
    path = f"export.{suffix}"
    plan = wave(source=f'[[collect.sources]]\npath = "{path}"\nkind = "table"\nrows = 2\n')
    raw = dta({"age": [1.0, 2.0]}) if suffix == "dta" else sav({"age": [1.0, 2.0]}, f".{suffix}")
    (plan.folder / path).write_bytes(raw)
    assert cells(read_source(plan.collect.sources[0], plan), "age") == ["1", "2"]
