"""Clean files as other programs see them: labels, missing codes, names, and what is never written."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from collect.writers.clean_forms import FORM, TEXTS, folder_in, item, responses

from netralstat.ask.instrument import Choice, Instrument
from netralstat.collect.responses import Responses
from netralstat.collect.values import REASONS
from netralstat.collect.writers.clean_file import Written, write_responses
from netralstat.errors import EnvironmentProblem, ResponseError, UsageError

pytestmark = pytest.mark.long

SUFFIXES = [".csv", ".sav", ".zsav", ".dta", ".parquet"]
ANSWERS: dict[str, list[Any]] = {
    "own": ["yes", "reason:refused", "no"],
    "scale": ["5", "reason:dont_know", "1"],
    "done": [{"rally"}, "reason:refused", set()],
    "age": [40, "reason:not_applicable", -99],
    "share": [0.5, "reason:no_answer", 1e20],
    "day": [np.datetime64("2024-11-27"), "reason:not_asked", np.datetime64("1900-01-01")],
    "begun": [np.datetime64("2024-11-27T01:02:03.456", "ms")] * 3,
    "later": ["no", "reason:not_asked", "reason:not_asked"],
    "sum": ["=1+1", "reason:no_answer", "41"],
    "remark": ["Bapak Budi", "reason:no_answer", "x"],
    "about_remark": ["10", "reason:no_answer", "1"],
    "device": ["imei-1", "imei-2", "imei-3"],
    "place": ["-6.2 106.8", "reason:no_answer", "0 0"],
}


@pytest.fixture
def given() -> Responses:
    return responses(ANSWERS, [1.0, 2.5, 3.0])


def written(path: Path, given: Responses, form: Instrument = FORM, **options: Any) -> Written:
    return write_responses(given, form, path, **options)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_csv_is_what_a_spreadsheet_opens(tmp_path: Path, given: Responses) -> None:
    done = written(tmp_path / "c.csv", given, text=True)
    assert done.codes == dict(zip(REASONS[1:], ["-999", "-998", "-997", "-996", "-995"], strict=True))
    first, second, third = rows(done.path)
    assert list(first)[:7] == ["own", "scale", "done/rally", "done/=cmd", "age", "share", "day"]
    assert [first[name] for name in ("own", "scale", "done/rally", "age", "share")] == [
        "yes",
        "5",
        "1",
        "40",
        "0.5",
    ]
    assert first["begun"] == "2024-11-27T08:02:03.456+07:00"
    assert first["sum"] == "'=1+1"
    assert first["place"] == "'-6.2 106.8"
    assert [second[name] for name in ("own", "scale", "done/rally", "age", "remark")] == [
        "-999",
        "-998",
        "-999",
        "-997",
        "-995",
    ]
    assert (third["age"], third["share"], third["day"]) == (
        "-99",
        "1e+20",
        "1900-01-01",
    )  # an answer, not a code
    raw = done.path.read_bytes()
    assert raw.count(b"\r\n") == 4
    assert not raw.startswith(b"\xef\xbb\xbf")


def test_no_cell_starts_a_formula(tmp_path: Path, given: Responses) -> None:
    done = written(tmp_path / "c.csv", given, text=True)
    for path in (done.path, done.codebook):
        with path.open(encoding="utf-8", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        live = [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]
        assert all(cell.removeprefix("-").isdigit() for cell in live)


@pytest.mark.parametrize("suffix", [".sav", ".zsav"])
def test_spss_sees_labels_and_missing_codes(tmp_path: Path, given: Responses, suffix: str) -> None:
    done = written(tmp_path / f"c{suffix}", given)
    frame, found = pyreadstat.read_sav(str(done.path), user_missing=True)
    assert found.column_names_to_labels["own"] == "Pertanyaan own"
    assert found.variable_value_labels["own"] == {
        1.0: "Ya",
        2.0: "Tidak",
        -999.0: "Tak mau bilang",  # the form's own word
        -998.0: "Tidak tahu",
        -997.0: "Tidak berlaku",
        -996.0: "Tidak ditanyakan",
        -995.0: "Tidak menjawab",
    }
    assert found.variable_value_labels["scale"][5.0] == "Taraf 5"
    assert found.variable_value_labels["done_rally"][0.0] == "Tidak dipilih"
    assert found.missing_ranges["own"] == [{"lo": -999.0, "hi": -995.0}]
    assert found.missing_ranges.keys() == set(frame.columns) - {"sum", "pw"}
    assert frame["own"].tolist() == [1.0, -999.0, 2.0]
    assert frame["done_rally"].tolist() == [1.0, -999.0, 0.0]
    assert (frame["pw"].tolist(), "pw" in found.variable_value_labels) == ([1.0, 2.5, 3.0], False)
    assert found.variable_measure["own"] == "nominal"
    without, _ = pyreadstat.read_sav(str(done.path))
    assert without["own"].isna().tolist() == [False, True, False]
    assert str(without["day"][0]) == "2024-11-27"
    assert str(without["begun"].dt.floor("s")[0]) == "2024-11-27 08:02:03"
    assert written(tmp_path / f"e{suffix}", given, language="en").path.exists()
    _, english = pyreadstat.read_sav(str(tmp_path / f"e{suffix}"))
    assert english.variable_value_labels["own"][-996.0] == "Not asked"
    assert english.column_names_to_labels["done_rally"] == "Rally · Question done"


def test_stata_sees_labels_and_missing_values(tmp_path: Path, given: Responses) -> None:
    done = written(tmp_path / "c.dta", given, language="en")
    assert done.codes == dict(zip(REASONS[1:], [".a", ".b", ".c", ".d", ".e"], strict=True))
    frame, found = pyreadstat.read_dta(str(done.path), user_missing=True)
    assert found.variable_value_labels["own"] == {
        1: "Yes",
        2: "No",
        "a": "Won't say",
        "b": "Don't know",
        "c": "Not applicable",
        "d": "Not asked",
        "e": "No answer",
    }
    assert frame["own"].tolist() == [1.0, "a", 2.0]
    assert frame["age"].tolist() == [40.0, "c", -99.0]
    by_pandas = pd.read_stata(done.path, convert_categoricals=False)
    assert by_pandas["own"].isna().tolist() == [False, True, False]
    assert str(by_pandas["day"][0].date()) == "2024-11-27"
    assert str(by_pandas["begun"][0]) == "2024-11-27 08:02:03.456000"
    kept = pd.read_stata(done.path, convert_categoricals=False, convert_dates=False, convert_missing=True)
    assert [str(value) for value in kept["later"]] == ["2.0", ".d", ".d"]


def test_parquet_keeps_types_and_reasons(tmp_path: Path, given: Responses) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    done = written(tmp_path / "c.parquet", given)
    table = pq.read_table(done.path)
    assert done.n_columns == table.num_columns
    assert table.column("own").to_pylist() == ["yes", None, "no"]
    assert table.column("own.reason").to_pylist() == [None, "refused", None]
    assert table.column("done/rally").to_pylist() == [True, None, False]
    assert table.column("age").to_pylist() == [40, None, -99]
    assert table.column("begun").to_pylist()[0].isoformat() == "2024-11-27T08:02:03.456000+07:00"
    assert table.schema.field("own").metadata[b"label"] == b"Pertanyaan own"
    assert [str(table.schema.field(name).type) for name in ("age", "share", "day", "done/rally")] == [
        "int64",
        "double",
        "date32[day]",
        "bool",
    ]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_texts_and_keys_are_left_out_unless_asked_for(tmp_path: Path, given: Responses, suffix: str) -> None:
    done = written(tmp_path / f"c{suffix}", given, keys=["day"])
    assert done.left_out == {
        "remark": "free text",
        "about_remark": "computed from what is left out, or from the device",
        "device": "filled in by the device",
        "place": "a place",
        "day": "a key of rows",
    }
    for secret in (b"Budi", b"imei", b"106.8"):
        assert secret not in done.path.read_bytes()
        assert secret not in done.codebook.read_bytes()
    one = written(tmp_path / f"d{suffix}", given, keep=["device", "day"], keys=["day"])
    assert set(one.left_out) == set(TEXTS) - {"device"}
    every = written(tmp_path / f"e{suffix}", given, text=True)
    assert every.left_out == {}
    assert one.n_columns < every.n_columns


def test_text_that_is_no_item_is_left_out(tmp_path: Path, given: Responses) -> None:
    given.frame["psu"] = pd.array(["x1", None, "x3"], dtype="str")
    assert written(tmp_path / "c.csv", given).left_out["psu"] == "text that is no item"
    done = written(tmp_path / "d.csv", given, keep=["psu"])
    assert [row["psu"] for row in rows(done.path)] == ["x1", "", "x3"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_bytes_each_time(
    tmp_path: Path, given: Responses, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Jakarta")
    first = written(tmp_path / "a" / f"c{suffix}", given, text=True)
    kept = first.path.read_bytes(), first.codebook.read_bytes()
    again = written(tmp_path / "a" / f"c{suffix}", given, text=True)
    assert (again.path.read_bytes(), again.codebook.read_bytes()) == kept
    assert sorted(path.name for path in again.path.parent.iterdir()) == [
        f"c{suffix}",
        f"c{suffix}.codebook.csv",
    ]


def test_no_time_of_writing_in_the_headers(tmp_path: Path, given: Responses) -> None:
    sav = written(tmp_path / "c.sav", given).path.read_bytes()
    assert sav[92:109] == b"01 Jan 0000:00:00"
    dta = written(tmp_path / "c.dta", given).path.read_bytes()
    assert b"<timestamp>\x1101 Jan 1960 00:00</timestamp>" in dta


def test_the_codebook_says_what_everything_is(tmp_path: Path, given: Responses) -> None:
    book = rows(written(tmp_path / "c.sav", given).codebook)
    about = {(row["variable"], row["row"], row["value"]): row for row in book}
    whole = about["done_cmd", "variable", ""]
    assert (whole["item"], whole["choice"], whole["kind"]) == ("done", "'=cmd", "select_multiple")
    assert (whole["label:id"], whole["label:en"]) == ("Spanduk · Pertanyaan done", "Banner · Question done")
    assert about["begun", "variable", ""]["timezone"] == "Asia/Jakarta"
    assert about["own", "value", "1"]["code"] == "yes"
    assert about["own", "missing", "-999"]["reason"] == "refused"
    assert [row["item"] for row in book if row["row"] == "left out"] == list(TEXTS)


def test_long_names_and_labels_are_cut_and_told(tmp_path: Path) -> None:
    words = "é" * 300
    names = (
        "by",
        "Age",
        "age",
        "a_very_long_name_of_a_question_" * 3 + "x",
        "a_very_long_name_of_a_question_" * 3 + "y",
    )
    items = tuple(
        item(name, "select_one", choices=(Choice(name="1", labels={"id": words}, default_language="id"),))
        for name in names
    )
    form = Instrument(id="x", version="1", titles={}, languages=("id",), default_language="id", items=items)
    frame = pd.DataFrame(
        {name: pd.Categorical(["1"], categories=pd.Index(["1"], dtype="str")) for name in names}
    )
    missing = pd.DataFrame({name: [""] for name in names}, dtype=object)
    base = responses({name: [values[0]] for name, values in ANSWERS.items()}, [1.0])
    given = Responses(
        frame=frame,
        missing=missing,
        findings=base.findings,
        rejected=base.rejected,
        rows=base.rows,
        n_read=1,
        sources=(),
    )
    sav = written(tmp_path / "c.sav", given, form)
    _, found = pyreadstat.read_sav(str(sav.path))
    assert found.column_names[:3] == ["by_", "Age", "age_2"]
    assert [len(name) for name in found.column_names[3:]] == [63, 64]
    assert len({name.lower() for name in found.column_names}) == 5
    assert (sav.shortened.names, sav.shortened.labels) == (4, 5)
    assert found.variable_value_labels["Age"][1.0] == "é" * 58 + "…"  # 119 bytes of at most 120
    dta = written(tmp_path / "c.dta", given, form)
    _, found = pyreadstat.read_dta(str(dta.path))
    assert max(map(len, found.column_names)) <= 31
    assert found.variable_value_labels["Age"][1] == words
    book = rows(dta.codebook)
    assert [row["item"] for row in book if row["row"] == "variable"] == list(names)


@pytest.mark.parametrize("suffix", [".sav", ".dta"])
@pytest.mark.parametrize(
    ("text", "fact"),
    [("a\0b", "hold NUL characters"), ("x" * 2_000_001, "are longer than"), (".a", "missing code")],
)
def test_texts_that_a_format_cannot_hold(
    tmp_path: Path, given: Responses, suffix: str, text: str, fact: str
) -> None:
    given.frame.loc[0, "remark"] = text
    if (suffix, text) == (".sav", ".a"):
        written(tmp_path / f"c{suffix}", given, text=True)
        return
    with pytest.raises(ResponseError, match=fact) as caught:
        written(tmp_path / f"c{suffix}", given, text=True)
    assert caught.value.where == "column remark"
    assert list(tmp_path.iterdir()) == []


def test_spaces_at_the_end_are_lost_in_spss_and_told(tmp_path: Path, given: Responses) -> None:
    given.frame.loc[0, "remark"] = "Budi  "
    assert written(tmp_path / "c.sav", given, text=True).shortened.spaces == 1
    assert written(tmp_path / "c.dta", given, text=True).shortened.spaces == 0


@pytest.mark.parametrize("suffix", [".sav", ".dta"])
def test_numbers_that_a_format_takes_for_missing(tmp_path: Path, given: Responses, suffix: str) -> None:
    given.frame.loc[0, "share"] = 1e308
    with pytest.raises(ResponseError, match='1 numbers of "share" are too large'):
        written(tmp_path / f"c{suffix}", given)


def test_no_missing_code_is_free(tmp_path: Path) -> None:
    shares = [float(1 - 10**digits) for digits in range(2, 10)]
    answers = {name: [values[0]] * len(shares) for name, values in ANSWERS.items()} | {"share": shares}
    with pytest.raises(ResponseError, match="no missing code is free"):
        written(tmp_path / "c.sav", responses(answers, [1.0] * len(shares)))


@pytest.mark.parametrize(
    ("name", "options", "fact"),
    [
        ("c.xlsx", {}, 'no file of clean responses ends in ".xlsx"'),
        ("c.sav", {"language": "fr"}, 'no wording in "fr"'),
        ("c.sav", {"keep": ["remrk"]}, 'no column "remrk". Did you mean "remark"'),
    ],
)
def test_what_cannot_be_written(
    tmp_path: Path, given: Responses, name: str, options: dict[str, Any], fact: str
) -> None:
    with pytest.raises(UsageError, match=fact):
        written(tmp_path / name, given, **options)


def test_nothing_is_left_to_write(tmp_path: Path, given: Responses) -> None:
    keys = [found.name for found in FORM.answerable] + ["pw"]
    with pytest.raises(UsageError, match="nothing is left to write"):
        written(tmp_path / "c.sav", given, keys=keys)


def test_a_folder_that_cannot_be_written_to(tmp_path: Path, given: Responses) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentProblem, match="cannot be written to"):
        written(tmp_path / "file" / "c.sav", given)


def test_a_failed_run_leaves_the_old_file(tmp_path: Path, given: Responses) -> None:
    folder = folder_in(tmp_path)
    done = written(folder / "c.dta", given)
    before = done.path.read_bytes()
    given.frame.loc[0, "share"] = 1e308
    with pytest.raises(ResponseError):
        written(folder / "c.dta", given)
    assert done.path.read_bytes() == before
    assert len(list(folder.iterdir())) == 2
