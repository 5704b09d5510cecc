"""What would harm the parser of a form is stopped before it, with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from ask.forms import written, zipped
from openpyxl import Workbook

from netralstat.ask import form_file
from netralstat.ask.xlsform import read_xlsform
from netralstat.errors import InstrumentError


def refusal(path: Path) -> InstrumentError:
    with pytest.raises(InstrumentError) as caught:
        read_xlsform(path)
    assert str(path) in str(caught.value.where)
    assert caught.value.do
    return caught.value


def test_a_workbook_that_swells_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "form.xlsx", xl__worksheets__sheet1=b" " * 2_000_000)
    monkeypatch.setattr(form_file, "MAX_UNPACKED_BYTES", 1_000_000)
    assert "has 2,000,000 bytes when unpacked; the limit is 1,000,000" in refusal(path).fact


@pytest.mark.parametrize(
    "prolog",
    [
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]><a>&y;</a>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a []><a/>'.encode("utf-16"),
    ],
)
def test_a_document_type_is_refused_in_whatever_encoding(tmp_path: Path, prolog: bytes) -> None:
    error = refusal(zipped(tmp_path / "form.xlsx", xl__sharedStrings=prolog))
    assert error.fact == "The workbook declares a document type or entities, which no spreadsheet writes."
    assert "part xl/sharedStrings.xml" in str(error.where)


def test_too_many_rows_elements_parts_and_bytes_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = zipped(tmp_path / "rows.xlsx", sheet=b"<s>" + b"<row/>" * 60_001 + b"</s>")
    assert "has more than 60,000 rows" in refusal(many).fact
    monkeypatch.setattr(form_file, "MAX_ELEMENTS", 1_000)
    cells = zipped(tmp_path / "cells.xlsx", sheet=b"<s>" + b"<c/>" * 1_001 + b"</s>")
    assert "1,000 elements in sheet.xml" in refusal(cells).fact
    parts = zipped(tmp_path / "parts.xlsx", **{f"p{number}": b"<a/>" for number in range(501)})
    assert "has 501 parts; the limit is 500" in refusal(parts).fact
    long = tmp_path / "long.csv"
    long.write_bytes(b"," * 5_000_001)
    assert "has 5,000,001 bytes; the limit is 5,000,000" in refusal(long).fact


def test_a_sheet_with_a_cell_in_its_last_corner_is_read(tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = "survey"
    for row in (["type", "name", "label"], ["integer", "age", "Age"]):
        sheet.append(row)
    sheet["XFD1048576"] = "x"
    path = tmp_path / "form.xlsx"
    workbook.save(path)
    assert read_xlsform(path).names == ("age",)


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 cut", b"", b"\xd0\xcf\x11\xe0 cut", b"<html>", b"\xff\xfe\0"]
)
@pytest.mark.parametrize("suffix", form_file.SUFFIXES)
def test_damaged_files_are_refused_whatever_their_ending(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"form{suffix}"
    path.write_bytes(content)
    refusal(path)


def test_text_forms_with_endless_lines_or_nul_are_refused(tmp_path: Path) -> None:
    assert "has a line of 40,001 bytes" in refusal(written(tmp_path, "|" + "#" * 40_000)).fact
    nul = tmp_path / "nul.csv"
    nul.write_bytes(b"survey,,\n,type,name\n,text,a\0b\n")
    assert "holds NUL bytes" in refusal(nul).fact


def test_a_csv_that_excel_saved_is_read_and_other_encodings_are_refused(tmp_path: Path) -> None:
    text = "survey,,,\n,type,name,label\n,text,remark,Catatan é\n"
    path = tmp_path / "form.csv"
    path.write_bytes(text.encode("utf-8-sig"))
    assert read_xlsform(path).item("remark").label("und") == "Catatan é"
    path.write_bytes(text.encode("cp1252"))
    assert "as UTF-8, its cells parted by commas" in str(refusal(path).do)


def test_two_columns_of_one_header_are_named(tmp_path: Path) -> None:
    workbook = Workbook()
    workbook.active.title = "survey"
    workbook.active.append(["type", "name", "label", "label"])
    path = tmp_path / "form.xlsx"
    workbook.save(path)
    assert refusal(path).fact == "Two columns have one header. Duplicate column header: label"


def test_an_old_workbook_that_is_too_wide_or_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ask.test_xlsform import biff5

    path = tmp_path / "form.xls"
    path.write_bytes(biff5({"survey": [["type", "name", "label"], ["integer", "age", "Age"]]}))
    monkeypatch.setattr(form_file, "MAX_COLUMNS", 2)
    assert "has 2 rows and 3 columns in a sheet; the limit is 60,000 rows and 2 columns" in refusal(path).fact


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("name::x", "not laid out as those of an XLSForm (TypeError in its reader)"),
        ("label::a::b", "names more than a column and a language"),
        ("nst::score", 'has "::" behind "nst"'),
        ("nst_score::a", 'has "::" behind "nst_score"'),
    ],
)
def test_headers_that_say_too_much_are_refused(tmp_path: Path, header: str, words: str) -> None:
    text = "| survey |\n|  | type | name | label |\n|  | select_one l | a | A |\n| choices |\n"
    path = written(tmp_path, text + f"|  | list_name | name | label | {header} |\n|  | l | 1 | x | 5 |")
    with pytest.raises(InstrumentError) as caught:
        read_xlsform(path)
    assert words in caught.value.fact


def test_groups_nested_without_end_are_refused(tmp_path: Path) -> None:
    depth = 60
    lines = ["| survey |", "|  | type | name | label |"]
    lines += [f"|  | begin group | g{number} | G |" for number in range(depth)] + ["|  | text | a | A |"]
    lines += ["|  | end group | | |"] * depth
    assert "more than 50 deep" in refusal(written(tmp_path, "\n".join(lines))).fact


def test_a_workbook_with_the_ending_of_another_is_told(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0 old workbook")
    assert refusal(path).fact == 'The file ends with ".xlsx", but holds what belongs into a .xls file.'
    zipped(path, a=b"<a/>")
    path = path.rename(tmp_path / "form.md")
    assert "give it the ending .xlsx" in str(refusal(path).do)
