"""Population counts as files: read strictly, each fault told with its row."""

from __future__ import annotations

from pathlib import Path

import pytest

from netralstat.design.population_tables import read_counts, read_margin
from netralstat.errors import DesignError


def write(tmp_path: Path, content: str | bytes) -> Path:
    file = tmp_path / "sex.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_a_margin(tmp_path: Path) -> None:
    file = write(tmp_path, "\ufeffsex,note,population\nfemale,x,2100\nmale,,1900.5\n")
    margin = read_margin(file, ["sex"], "population", date="2021-06-30", source="BKN")
    assert margin.targets == {("female",): 2100.0, ("male",): 1900.5}
    assert (margin.items, margin.name, margin.date, margin.source) == (("sex",), "sex", "2021-06-30", "BKN")


def test_a_crossed_margin(tmp_path: Path) -> None:
    file = write(tmp_path, "population,sex,grade\n10,female,iii\n20,female,iv\n30,male,iii\n")
    margin = read_margin(file, ["sex", "grade"], "population", date="", source="")
    assert margin.targets == {("female", "iii"): 10.0, ("female", "iv"): 20.0, ("male", "iii"): 30.0}
    assert margin.name == "sex × grade"


REFUSED = {
    "no rows": ("sex,population\n", "sex.csv has no row of counts", "sex.csv", "one row a level"),
    "empty": ("", "sex.csv has no row of counts", "sex.csv", "header"),
    "no column": ("sexe,population\nf,1\n", 'has 0 columns named "sex"', "sex.csv", 'Did you mean "sexe"?'),
    "column twice": ("sex,sex,population\nf,f,1\n", 'has 2 columns named "sex"', "sex.csv", "columns are"),
    "ragged": (
        "sex,population\nf,1\nm,2,3\n",
        "row 3 has 3 cells and the header 2",
        "sex.csv",
        "complete the row",
    ),
    "ragged after a blank line": ("sex,population\nf,1\n\nm\n", "row 4 has 1 cells", "sex.csv", "complete"),
    "thousands": (
        "sex,population\nf,1000\nm,1.000.000\n",
        '1 values of "population" are no counts',
        "row 3",
        "separators",
    ),
    "thousands after a blank line": ("sex,population\n\nf,one\n", "are no counts", "row 3", "plain numbers"),
    "negative": ("sex,population\nf,-5\n", "are no counts", "row 2", "not negative"),
    "infinite": ("sex,population\nf,inf\n", "are no counts", "row 2", "plain numbers"),
    "no number": (
        "sex,population\nf,nan\nm,\n",
        '2 values of "population" are no counts',
        "row 2",
        "plain numbers",
    ),
    "latin-1": ("sex,population\nperempu\xe4n,5\n".encode("latin-1"), "cannot be read", "sex.csv", "UTF-8"),
    "a quote left open": ('sex,population\n"f,5\n', "cannot be read", "sex.csv", "UTF-8"),
    "level twice": ("sex,population\nf,1\nf,2\n", "names a level twice", "margins sex", "one row"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusal(tmp_path: Path, name: str) -> None:
    content, fact, where, do = REFUSED[name]
    with pytest.raises(DesignError) as told:
        read_margin(write(tmp_path, content), ["sex"], "population", date="", source="")
    assert fact in told.value.fact
    assert where in str(told.value.where)
    assert do in str(told.value.do)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match=r"there is no file frame\.csv") as told:
        read_counts(tmp_path / "frame.csv", ["region"], ["population"], where="design.frame")
    assert told.value.where == "design.frame, frame.csv"


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netralstat.design.population_tables.SIZE_LIMIT", 10)
    with pytest.raises(DesignError, match="is larger than 0 MB") as told:
        read_counts(write(tmp_path, "sex,population\nf,1\n"), ["sex"], ["population"], where="design.frame")
    assert told.value.do is not None
