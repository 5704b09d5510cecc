"""Clean files are read by their codebook; what is not as the codebook says is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from collect.writers.clean_forms import FORM, responses

from netralstat.ask.plan_collect import Source
from netralstat.collect.dialects.answers import Answers, Declared
from netralstat.collect.dialects.clean import read_clean
from netralstat.collect.formats.delimited import read_delimited
from netralstat.collect.writers.clean_file import write_responses
from netralstat.errors import PlanError, ResponseError

Change = Callable[[str], str]


def read(tmp_path: Path, file: Change = str, book: Change = str, named: tuple[str, ...] = ()) -> Answers:
    """Write two responses as CSV, change file and codebook, and read them."""
    answers = {item.name: ["text", "=text"] for item in FORM.answerable} | {
        "own": ["yes", "reason:refused"],
        "scale": ["5", "reason:refused"],
        "done": [{"rally", "=cmd"}, set()],
        "age": [3, 4],
        "share": [0.5, 0.25],
        "day": [np.datetime64("2024-11-27")] * 2,
        "begun": [np.datetime64("2024-11-27T01:00", "ms")] * 2,
        "later": ["no", "reason:not_asked"],
    }
    written = write_responses(responses(answers, [1.0, 2.0]), FORM, tmp_path / "c.csv")
    source = Source(path="c.csv", kind="netralstat", structure="c.csv.codebook.csv")
    table = read_delimited(file(written.path.read_bytes().decode()).encode(), source, "0" * 64)
    structure = book(written.codebook.read_bytes().decode()).encode()
    return read_clean(table, Declared(source=source, instrument=FORM, named=named, structure=structure))


def test_columns_become_answers(tmp_path: Path) -> None:
    answers = read(tmp_path, named=("pw",))
    text = {name: list(column.text()) for name, column in answers.whole.items()}
    assert text["own"] == ["yes", "mj"]  # the item's own code for the reason
    assert text["scale"] == ["5", "-99"]  # it has none: [collect.missing] tells
    assert text["done"] == ["rally =cmd", " "]
    assert text["begun"] == ["2024-11-27T01:00:00.000+00:00"] * 2
    assert text["sum"] == ["text", "=text"]
    assert list(answers.extra["pw"].text()) == ["1", "2"]
    assert sorted(answers.absent) == ["about_remark", "device", "place", "remark"]
    assert answers.unknown == ()


def test_columns_that_nobody_names(tmp_path: Path) -> None:
    extended = read(tmp_path, lambda text: text.replace("\r\n", ",x\r\n"))
    assert extended.unknown == ("pw", "x")


def test_a_code_that_the_codebook_does_not_know(tmp_path: Path) -> None:
    answers = read(
        tmp_path, book=lambda text: text.replace("own,value,own,,,,,yes,yes,", "own,value,own,,,,,ya,yes,")
    )
    assert list(answers.whole["own"].text()) == ["\ufffdyes", "mj"]


@pytest.mark.parametrize(
    ("file", "book", "fact"),
    [
        (
            lambda text: text.replace("own,", "owned,", 1),
            str,
            r"1 of 11 columns of the codebook are absent: own",
        ),
        (
            str,
            lambda text: text.replace("own,variable,own", "own,variable,other"),
            r"1 columns are absent that the wave asks for: own",
        ),
        (str, lambda text: "a,b\r\n1,2\r\n", r"it has not the columns variable, row"),
        (str, lambda text: "", r"it has not the columns variable, row"),
        (str, lambda text: text + "x\r\n", r"has not as many cells as the header"),
        (
            str,
            lambda text: text.replace("own,value,", "own,valeu,", 1),
            r"row 3 is about nothing that it knows",
        ),
        (str, lambda text: text + '"', r"it is no CSV in UTF-8"),
    ],
)
def test_what_is_not_as_the_codebook_says(tmp_path: Path, file: Change, book: Change, fact: str) -> None:
    with pytest.raises(ResponseError, match=fact) as caught:
        read(tmp_path, file, book)
    assert caught.value.do


def test_a_column_that_the_wave_file_names(tmp_path: Path) -> None:
    with pytest.raises(ResponseError, match="absent that the wave asks for: stratum") as caught:
        read(tmp_path, named=("stratum",))
    assert "--with" in caught.value.do


def test_no_codebook(tmp_path: Path) -> None:
    source = Source(path="c.csv", kind="netralstat")
    table = read_delimited(b"own,age\n1,2\n", source, "0" * 64)
    with pytest.raises(PlanError, match="cannot be read without its codebook"):
        read_clean(table, Declared(source=source, instrument=FORM))
