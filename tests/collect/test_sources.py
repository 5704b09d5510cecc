"""Every way in which a file is not what was declared gives its place and its remedy."""

from __future__ import annotations

import csv
import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from collect.formats.workbook_archive import inline, sheet, workbook
from hypothesis import given
from hypothesis import strategies as st

from netralstat.ask.plan_collect import FORMATS as SUFFIXES
from netralstat.collect.formats.delimited import MAX_CELL
from netralstat.collect.sources import FORMATS, MAX_BYTES, read_source
from netralstat.collect.text_table import TextColumn, combine, stack
from netralstat.errors import PlanError, ResponseError

GOOD = "a;b\n1;x\n2;x\n"


def read(plan):
    return read_source(plan.collect.sources[0], plan)


def test_text_stays_text(wave):
    table = read(wave('a;b;c\n007;" x ";"1;2"\n1e5;TRUE;"line\nbreak"\n'))
    assert table.header == ("a", "b", "c")
    assert table.n_rows == 2
    assert [list(column.text()) for column in table.columns] == [
        ["007", "1e5"],
        [" x ", "TRUE"],
        ["1;2", "line\nbreak"],
    ]
    assert table.sha256 == hashlib.sha256(b'a;b;c\n007;" x ";"1;2"\n1e5;TRUE;"line\nbreak"\n').hexdigest()


def test_many_rows_are_factorised_across_chunks(wave):
    cells = [f"v{number % 7}" for number in range(1300)]
    table = read(wave("a;b\n" + "".join(f"{cell};{number}\n" for number, cell in enumerate(cells))))
    assert list(table.column("a").text()) == cells
    assert len(table.column("a").levels) == 7
    assert len(table.column("b").levels) == 1300


def test_empty_lines_at_the_end_are_no_rows(wave):
    assert read(wave(GOOD + "\n\n")).n_rows == 2


CASES = {
    "one column": ("a,b\n1,2\n", "", "one column when split at each semicolon", "row 1", 'delimiter = ","'),
    "quoted": ('"a","b"\n"1","2"\n', "", "one column", "row 1", "a comma splits it into 2 columns"),
    "tab": ("a\tb\n1\t2\n", "", "one column", "row 1", 'delimiter = "\\t"'),
    "ragged": (
        "a;b\n1;2\n1;2;3\n",
        "",
        "1 of 2 rows do not fit the header: row 3 has 3",
        "row 3",
        "versions",
    ),
    "short": ("a;b\n1\n1;2\n", "", "row 2 has 1 cells where 2", "row 2", "line breaks"),
    "blank": ("a;b\n\n1;2\n", "", "row 2 has 0 cells", "row 2", "export again"),
    "twice": (
        "a;b;a\n1;2;3\n",
        "",
        '1 of 2 column names stand more than once: "a"',
        "row 1",
        "rename",
    ),
    "nameless": ("a;;b\n1;2;3\n", "", "1 of 3 columns have no name", "column 2", "name the columns"),
    "nul": ("a;b\n1;x\0\n", "", "1 NUL characters", "line 2", "utf-16"),
    "empty": ("", "", "is empty", "export.csv", "export it again"),
    "blank file": ("\n \n", "", "is empty", "export.csv", "export it again"),
    "header only": ("a;b\n", "", "a header and no responses", "export.csv", "export it again"),
    "encoding": (
        b"a;b\n1;caf\xe9\n",
        "",
        "not utf-8: byte 10",
        "byte 10, line 2",
        'encoding = "cp1252"',
    ),
    "wide": ("a;b\n1;2\n".encode("utf-16"), "", "byte 1 cannot be read", "line 1", 'encoding = "utf-16"'),
    "mark": (b"\xef\xbb\xbfa;b\n1;2\n", "", "byte order mark", "byte 1", 'encoding = "utf-8-sig"'),
    "disguised": ("a;b\n1;café\n", 'encoding = "cp1252"', "valid UTF-8", "export.csv", 'encoding = "utf-8"'),
    "hash": (GOOD, f'sha256 = "{"0" * 64}"', "is not the declared one", "export.csv", "declare the sha256"),
    "rows": (GOOD, "rows = 3", "holds 2 rows of responses, declared are 3", "export.csv", "correct rows"),
    "open quote": ('a;b\n1;"x\n2;y\n', "", "never closed", "line 3", "cut off"),
    "broken quote": ('a;b\n1;"x"y\n', "", "a quoted cell is broken", "line 2", "twice"),
    "oversized": (
        f"a;b\n1;{'x' * (MAX_CELL + 1)}\n",
        "",
        "more than 131,072 char",
        "line 2",
        "never closed",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_errors_tell_place_and_remedy(wave, case):
    text, declared, fact, where, do = CASES[case]
    with pytest.raises(ResponseError) as caught:
        read(wave(text, source=declared))
    assert fact in caught.value.fact
    assert where in caught.value.where
    assert do in caught.value.do


def test_missing_file_and_folder(wave):
    plan = wave(GOOD)
    (plan.folder / "export.csv").unlink()
    with pytest.raises(ResponseError, match=r"does not exist(.|\n)*Where: export\.csv(.|\n)*simulate"):
        read(plan)
    (plan.folder / "export.csv").mkdir()
    with pytest.raises(ResponseError, match="cannot be read: Is a directory"):
        read(plan)


def test_file_that_is_too_large_is_not_opened(wave):
    plan = wave(GOOD)
    with (plan.folder / "export.csv").open("r+b") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ResponseError, match=r"has 2,147,483,649 bytes; 2,147,483,648 can be read"):
        read(plan)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipe_is_not_waited_for(wave):
    plan = wave(GOOD)
    (plan.folder / "export.csv").unlink()
    os.mkfifo(plan.folder / "export.csv")
    with pytest.raises(ResponseError, match="is a device or a pipe"):
        read(plan)


def test_labels_may_repeat_and_names_may_not(wave):
    text = "Ya;Ya;a\u200bb\n1;2;3\n"
    assert read(wave(text, source='headers = "labels"')).header == ("Ya", "Ya", "a\u200bb")
    with pytest.raises(ResponseError, match=r'"Ya" in columns 1 and 2(.|\n)*export\.csv, row 3'):
        read(wave("Judul\n\n" + text, source="title_rows = 2"))
    with pytest.raises(ResponseError, match=r'cannot be seen: "a<U\+200B>b" in column 2'):
        read(wave("Ya;a\u200bb\n1;2\n"))


def test_every_format_of_a_source_has_a_reader():
    assert set(FORMATS) == set(SUFFIXES.values())


def test_workbook_is_read_in_its_own_process(wave):
    raw = workbook(sheet(inline(1, "a", "b") + inline(2, "007", "=1+1")))
    plan = wave(source='[[collect.sources]]\npath = "export.xlsx"\nkind = "table"\n')
    (plan.folder / "export.xlsx").write_bytes(raw)
    table = read(plan)
    assert table.sha256 == hashlib.sha256(raw).hexdigest()
    assert [list(column.text()) for column in table.columns] == [["007"], ["=1+1"]]


def test_symlink_laid_after_the_plan_was_read_is_refused(wave, tmp_path: Path):
    plan = wave(GOOD)
    (tmp_path / "secret.csv").write_text(GOOD)
    (plan.folder / "export.csv").unlink()
    (plan.folder / "export.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(PlanError, match="leaves the surveys folder"):
        read(plan)


def test_declared_encodings_are_used(wave):
    assert read(wave(b"a;b\n1;caf\xe9\n", source='encoding = "cp1252"')).column("b").levels == ("café",)
    assert read(wave(b"\xef\xbb\xbfa;b\n1;2\n", source='encoding = "utf-8-sig"')).header == ("a", "b")
    assert read(wave("a;b\n1;é\n".encode("utf-16"), source='encoding = "utf-16"')).column("b").levels == (
        "é",
    )


def test_field_limit_of_the_csv_module_is_left_alone(wave):
    before = csv.field_size_limit()
    read(wave(GOOD))
    with pytest.raises(ResponseError):
        read(wave(CASES["oversized"][0]))
    assert csv.field_size_limit() == before


def column(cells: list[str]) -> TextColumn:
    levels = tuple(dict.fromkeys(cells))
    return TextColumn(levels=levels, codes=np.array([levels.index(cell) for cell in cells], dtype=np.int32))


@given(st.lists(st.tuples(*[st.sampled_from("abc")] * 3), min_size=1))
def test_combinations_are_those_of_the_rows(rows):
    first, inverse = combine([column(list(cells)) for cells in zip(*rows, strict=True)])
    assert len(first) == len(set(rows))
    assert [rows[first[number]] for number in inverse] == rows


def test_combinations_of_very_many_columns_do_not_overflow():
    rows = [tuple(np.random.default_rng(seed).integers(0, 9, 60).astype(str)) for seed in (1, 2, 3, 1)]
    _, inverse = combine([column(list(cells)) for cells in zip(*rows, strict=True)])
    assert inverse[0] == inverse[3]
    assert len(set(inverse)) == 3


def test_stacked_columns_keep_their_text():
    whole = stack([column(["x", "y"]), column(["z", "x"])])
    assert list(whole.text()) == ["x", "y", "z", "x"]
    assert whole.levels == ("x", "y", "z")
