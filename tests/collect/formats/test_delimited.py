"""A CSV file is read as it is, or is an error with place and remedy."""

from __future__ import annotations

import csv
import io
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netralstat.ask.plan_collect import Source
from netralstat.collect.formats import header as headers
from netralstat.collect.formats.delimited import MAX_CELL, read_delimited
from netralstat.collect.formats.header import MAX_COLUMNS, check_names
from netralstat.collect.text_table import TextTable
from netralstat.errors import ResponseError

EXPORTS = Path(__file__).parents[2] / "exports"


def read(raw: str | bytes, **declared: object) -> TextTable:
    source = Source(**{"path": "e.csv", "kind": "table", "delimiter": ";", **declared})
    return read_delimited(raw if isinstance(raw, bytes) else raw.encode(), source, "")


def rows(table: TextTable) -> list[list[str]]:
    return [list(row) for row in zip(*(column.text() for column in table.columns), strict=True)]


def refused(raw: str | bytes, **declared: object) -> tuple[str, str, str]:
    with pytest.raises(ResponseError) as caught:
        read(raw, **declared)
    return caught.value.fact, caught.value.where or "", caught.value.do or ""


def test_rows_above_the_header():
    table = read('Laporan;;\n"dua\nbaris";2021\n\na;b\n1;2\n', title_rows=3)
    assert (table.header, table.first_row, rows(table)) == (("a", "b"), 5, [["1", "2"]])
    fact, where, _ = refused("Laporan\n\na;b\n1;2;3\n", title_rows=2)
    assert ("row 4 has 3 cells" in fact, where) == (True, "e.csv, row 4")
    fact, where, _ = refused("x\n\n", title_rows=5)
    assert (fact, where) == (
        "the file has 2 rows, and title_rows declares 5 above the header.",
        "e.csv, row 6",
    )
    assert "the row of the header is empty" in refused("x\n\na;b\n", title_rows=1)[0]
    assert refused("Judul\na,b\n1,2\n", title_rows=1)[2].startswith('declare delimiter = ","')


def test_tags_below_the_header():
    table = read("a;b\n#adm1+name;\n1;2\n", hxl=True)
    assert (table.first_row, rows(table)) == (3, [["1", "2"]])
    fact, where, do = refused("a;b\n1;#x\n1;2\n", hxl=True)
    assert "1 of 2 filled cells below the header are no HXL tags" in fact
    assert (where, "take hxl out" in do) == ("e.csv, row 2", True)
    assert "0 of 0 filled cells" in refused("a;b\n;\n1;2\n", hxl=True)[0]
    assert "(1 cells under 2 names)" in refused("a;b\n#x\n1;2\n", hxl=True)[0]


LINES = {
    "line feed": b"a;b\n1;2\n3;4\n",
    "both": b"a;b\r\n1;2\r\n3;4\r\n",
    "twice converted": b"a;b\r\r\n1;2\r\r\n3;4\r\r\n",
    "return": b"a;b\r1;2\r3;4\r",
    "return, open end": b"a;b\r1;2\r3;4",
    "quoted": b'"a";"b"\r"1";"2"\r"3";"4"\r',
}


@pytest.mark.parametrize("case", LINES)
def test_ends_of_lines(case):
    assert rows(read(LINES[case])) == [["1", "2"], ["3", "4"]]


def test_breaks_inside_cells_stay():
    assert rows(read(b'a;b\n"1\r2";"3\r\n4"\n')) == [["1\r2", "3\r\n4"]]
    assert rows(read(b'a;b\r"1\n2";3\r')) == [["1\n2", "3"]]
    assert read(b'"a\nx";b\r1;2\r').header == ("a\nx", "b")
    assert read(b'"a\nx"\n1\n').header == ("a\nx",)


@pytest.mark.parametrize(
    "raw", [b"a;b\n1;2\r3;4\n", b"a;b\r\n1;2\r3;4\r\n", b"a\n1\r2\n3\n", b"a;b\r1;2\n3;4\r"]
)
def test_mixed_ends_of_lines_are_never_merged(raw):
    fact, where, do = refused(raw)
    assert ("a line ends in another way than the first one" in fact, "line 2" in where) == (True, True)
    assert "one kind of line end" in do


ENCODED = {
    "utf-16 of both orders": [
        ("a;b\n1;é\n".encode("utf-16-le"), b"\xff\xfe"),
        ("a;b\n1;é\n".encode("utf-16-be"), b"\xfe\xff"),
    ]
}


@pytest.mark.parametrize(("raw", "mark"), ENCODED["utf-16 of both orders"])
def test_utf_16(raw, mark):
    assert rows(read(mark + raw, encoding="utf-16")) == [["1", "é"]]
    fact, where, do = refused(raw, encoding="utf-16")
    assert ("has no byte order mark" in fact, where) == (True, "e.csv, byte 1")
    assert "with a byte order mark" in do
    assert 'encoding = "utf-16"' in refused(mark + raw)[2]
    assert "cut off" in refused(mark + raw[:-1], encoding="utf-16")[2]
    assert refused(b"a;b\n1;2\n", encoding="utf-16")[2] == 'declare encoding = "utf-8"'


def test_utf_16_that_is_not_declared():
    raw = "a;b\n1;2\n".encode("utf-16-le")
    assert "NUL characters" in refused(raw)[0]
    assert "NUL characters" in refused(b"\xff\xfe" + raw, encoding="latin-1")[0]


def test_nothing_but_a_mark():
    assert "row of the header is empty" in refused(b"\xff\xfe", encoding="utf-16")[0]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"PK\x03\x04rest", "a zip archive"),
        (b"\xd0\xcf\x11\xe0", "an old or encrypted Excel"),
        (b"PAR1", "a Parquet file"),
        (b"$FL2@(#)", "an SPSS file"),
        (b"\x1f\x8b\x08", "compressed by gzip"),
        (pickle.dumps({"a": [1] * 9}), "a Python pickle, which is never opened"),
    ],
)
def test_other_files_under_the_suffix_csv(raw, name):
    fact, _, do = refused(raw)
    assert name in fact
    assert "suffix" in do


def test_very_many_columns():
    names = ";".join(f"q{number}" for number in range(10_000))
    assert len(read(f"{names}\n{';' * 9_999}\n").header) == 10_000
    wide = ";".join(f"q{number}" for number in range(MAX_COLUMNS + 1))
    assert refused(f"{wide}\n")[0] == "the header has 16,385 columns; 16,384 can be read."


def test_very_many_cells(monkeypatch):
    monkeypatch.setattr(headers, "MAX_CELLS", 100)
    assert refused("a;b\n" + "1;2\n" * 60)[0] == "the file has 60 rows of 2 columns; 100 cells can be read."


def test_huge_cells():
    assert len(read(f"a;b\n1;{'x' * MAX_CELL}\n").columns[1].levels[0]) == MAX_CELL
    assert "a cell has more than 131,072 characters" in refused(f'a;b\n1;"{"x" * 9 * MAX_CELL}\n')[0]


def test_rows_that_kobotoolbox_widened():
    fact, where, do = refused((EXPORTS / "retired_choice_ragged.csv").read_bytes(), kind="kobo")
    assert "rows do not fit the header" in fact
    assert "a choice that left it makes KoboToolbox widen the row that holds it and all later ones" in do
    assert where.startswith("e.csv, row ")


def test_blank_lines():
    assert read("a;b\n1;2\n\n\n").n_rows == 1
    fact, where, _ = refused("a;b\n1;2\n\n\n3;4\n")
    assert fact.startswith("2 of 4 rows do not fit the header: row 3 has 0 cells")
    assert where == "e.csv, row 3, 4"


def test_ragged_rows_are_counted_across_chunks():
    fact, where, _ = refused("a;b\n" + "1;2\n" * 700 + "1\n" + "1;2\n" * 700 + "1;2;3\n" * 9)
    assert fact == "10 of 1,410 rows do not fit the header: row 702 has 1 cells where 2 are expected."
    assert where == "e.csv, row 702, 1403, 1404, 1405, 1406, …"


LOOKS = {
    "exact": (("a", "b", "a"), '1 of 2 column names stand more than once: "a" in columns 1 and 3'),
    "zero-width": (("age", "a\u200bge"), '"age" in column 1 and "a<U+200B>ge" in column 2'),
    "mark": (("age", "\ufeffage"), '"age" in column 1 and "<U+FEFF>age" in column 2'),
    "case": (("Age", "age"), '"Age" in column 1 and "age" in column 2'),
    "wide letters": (("age", "\uff41ge"), '"age" in column 1'),
    "blank": (("age", "age "), '"age" in column 1 and "age " in column 2'),
    "hidden alone": (
        ("umur", "a\u2060ge"),
        '1 of 2 column names hold characters that cannot be seen: "a<U+2060>ge"',
    ),
}


@pytest.mark.parametrize("case", LOOKS)
def test_names_that_cannot_be_told_apart(case):
    names, told = LOOKS[case]
    with pytest.raises(ResponseError) as caught:
        check_names(names, "e.csv, row 1")
    assert told in caught.value.fact
    assert caught.value.where == "e.csv, row 1"
    check_names(("age", "ages", "usia_ü", "a b"), "")


def test_labels_may_repeat_and_names_of_nothing_may_not():
    assert read("Ya;Ya;ya\n1;2;3\n").header == ("Ya", "Ya", "ya")
    assert "1 of 2 columns have no name" in refused("a;\u200b\n1;2\n")[0]


CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\x00"), max_size=9)


@given(
    st.lists(st.tuples(CELL, CELL), min_size=1, max_size=9),
    st.sampled_from(",;\t|"),
    st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_what_the_csv_module_writes_comes_back(cells, delimiter, encoding, end):
    made = io.StringIO(newline="")
    csv.writer(made, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(
        [("a", "b"), *cells]
    )
    table = read(made.getvalue().encode(encoding), delimiter=delimiter, encoding=encoding)
    assert rows(table) == [list(row) for row in cells]
