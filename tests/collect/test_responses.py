"""From an export to typed answers: every cell, every reason, every row accounted for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from netralstat.collect.responses import read_responses
from netralstat.errors import PlanError, ResponseError

HEADER = "consent;age;done;own;share;day;start;remark;pw"
SPLIT_HEADER = "consent;age;done/banner;done/rally;done/none;done/refused;own;share;day;start;remark;pw"


def lines(*rows: str, header: str = HEADER) -> str:
    return "\n".join((header, *rows)) + "\n"


def found(responses, rule: str) -> list[tuple[int, str, str]]:
    table = responses.findings[responses.findings["rule"] == rule]
    return list(zip(table["row"], table["column"], table["severity"], strict=True))


def test_types(wave, instrument):
    text = lines("yes;40;banner rally;no;1.5;2021-07-02;2021-07-02T08:00:00.250+07:00;so;2.5")
    read = read_responses(wave(text), instrument)
    row = read.frame.iloc[0]
    assert list(read.frame.columns) == [
        *("consent", "age", "done/banner", "done/rally", "done/none"),
        *("own", "share", "day", "start", "remark", "pw"),
    ]
    assert list(read.frame["own"].cat.categories) == ["yes", "no"]
    assert (row["consent"], row["age"], row["own"], row["share"]) == ("yes", 40.0, "no", 1.5)
    assert (row["done/banner"], row["done/rally"], row["done/none"], row["pw"]) == (1.0, 1.0, 0.0, 2.5)
    assert row["day"] == pd.Timestamp("2021-07-02")
    assert row["start"] == pd.Timestamp("2021-07-02T01:00:00.250Z")
    assert row["remark"] == "so"
    assert (read.missing.iloc[0] == "").all()
    assert len(read.findings) == 0
    assert list(read.findings.columns) == ["source", "row", "column", "rule", "severity", "note"]


def test_reasons_of_missing_answers(wave, instrument):
    text = lines(
        "yes;40;none;;;;;;1", "yes;40;banner;refused;;;;;1", "yes;40;refused;;;;;;1", "yes;40;;;;;;;1"
    )
    read = read_responses(wave(text), instrument)
    assert list(read.missing["own"]) == ["not_asked", "refused", "not_asked", "not_asked"]
    assert list(read.missing["done"]) == ["", "", "refused", "no_answer"]
    assert list(read.frame["done/none"].fillna(-1)) == [1, 0, -1, -1]
    assert list(read.missing["share"]) == ["no_answer"] * 4


def test_summary_adds_up(wave, instrument):
    text = lines("yes;40;none;;;;;;1", "yes;40;banner;refused;;;;;1", "no;;;;;;;;1")
    table = read_responses(wave(text), instrument).summary().set_index("item")
    assert table.loc["own"].to_dict() == {
        "answered": 0,
        "refused": 1,
        "dont_know": 0,
        "not_applicable": 0,
        "not_asked": 2,
        "no_answer": 0,
    }
    assert (table.sum(axis=1) == 3).all()
    assert table.loc["age", "no_answer"] == 1


def test_bad_values_become_missing_with_a_finding_that_hides_them(wave, instrument):
    text = lines(
        "yes;4O;banner;maybe;1,5;2021-02-30;yesterday;;1",
        "yes;200;banner arson;yes;1e400;02/07/2021;2021-07-02T25:00:00Z;;x",
        "yes;40;arson;;.5;2021-07-02;2021-07-02T08:00:00Z;;1",
        "yes;40;none banner;yes;;;;;1",
    )
    read = read_responses(wave(text), instrument)
    assert found(read, "type") == [
        *((2, name, "error") for name in ("age", "share", "day", "start")),
        *((3, name, "error") for name in ("share", "day", "start", "pw")),
    ]
    assert found(read, "choice") == [(2, "own", "error"), (3, "done", "error"), (4, "done", "error")]
    assert found(read, "constraint") == [(3, "age", "error"), (5, "done", "error")]
    assert list(read.missing["age"]) == ["no_answer", "no_answer", "", ""]
    assert np.isnan(read.frame["age"][1])
    assert list(read.missing["done"]) == ["", "", "no_answer", "no_answer"]
    assert read.frame["done/banner"].isna().tolist() == [False, False, True, True]
    assert np.isnan(read.frame["pw"][1])
    told = " ".join(read.findings["note"])
    assert not any(answer in told for answer in ("maybe", "arson", "4O", "200", "yesterday"))


def test_required_skip_and_rules_that_cannot_be_computed(wave, instrument):
    items = [
        replace(item, constraint=". <= today()")
        if item.name == "day"
        else replace(item, relevant="position(..) = 1")
        if item.name == "remark"
        else item
        for item in instrument.items
    ]
    text = lines("yes;;banner;;;;;;1", "yes;40;none;yes;;2021-07-02;;so;1")
    read = read_responses(wave(text), replace(instrument, items=tuple(items)))
    assert found(read, "required") == [(2, "age", "warning"), (2, "own", "warning")]
    assert found(read, "skip") == [(3, "own", "warning")]
    assert list(read.missing["own"]) == ["no_answer", ""]
    assert found(read, "not-evaluated") == [(1, "day", "warning"), (1, "remark", "warning")]
    assert "today()" in read.findings["note"][0]
    assert list(read.missing["remark"]) == ["no_answer", ""]


def test_declared_missing_codes_but_not_where_they_are_choices(wave, instrument):
    codes = '[collect.missing]\ncodes = { "-9" = "refused", NA = "not_applicable", no = "dont_know" }\n'
    text = lines("yes;-9;NA;;NA;NA;NA;-9;1", "no;40;banner;no;1;;;no;1")
    read = read_responses(wave(text, source='select_multiple = "joined"\n' + codes), instrument)
    first = read.missing.iloc[0].to_dict()
    assert first == {
        "consent": "",
        "age": "refused",
        "done": "not_applicable",
        "own": "not_asked",
        "share": "not_applicable",
        "day": "not_applicable",
        "start": "not_applicable",
        "remark": "refused",
    }
    second = read.missing.iloc[1]
    assert (second["consent"], second["own"], second["remark"]) == ("", "", "dont_know")
    assert found(read, "required") == []


def test_split_columns_alone(wave, instrument):
    rows = ("yes;40;1;0;0;0;no;;;;;1", "yes;40;;;;;;;;;;1", "yes;40;0;0;0;1;;;;;;1", "yes;40;x;;0;0;;;;;;1")
    read = read_responses(
        wave(lines(*rows, header=SPLIT_HEADER), source='select_multiple = "split"'), instrument
    )
    assert list(read.missing["done"]) == ["", "no_answer", "refused", ""]
    assert list(read.frame["done/banner"].fillna(-1)) == [1, -1, -1, 0]
    assert found(read, "type") == [(5, "done/banner", "error")]
    assert found(read, "split") == [(5, "done/rally", "warning")]


def test_zeros_where_nothing_was_asked_are_no_answers(wave, instrument):
    items = [
        replace(item, relevant="${consent} = 'yes'") if item.name == "done" else item
        for item in instrument.items
    ]
    rows = ("yes;40;0;0;0;0;;;;;;1", "no;40;0;0;0;0;;;;;;1", "no;40;0;1;0;0;no;;;;;1")
    plan = wave(lines(*rows, header=SPLIT_HEADER), source='select_multiple = "split"')
    read = read_responses(plan, replace(instrument, items=tuple(items)))
    assert list(read.missing["done"]) == ["", "not_asked", ""]
    assert found(read, "skip") == [(4, "done", "warning")]


def test_joined_and_split_are_compared(wave, instrument):
    header = SPLIT_HEADER.replace("age;", "age;done;").replace("/refused", "/refused;done/old")
    rows = (
        "yes;40;banner;1;0;0;0;0;no;;;;;1",
        "yes;40;banner;0;1;0;0;0;no;;;;;1",
        "yes;40;banner old;1;0;0;0;1;no;;;;;1",
        "yes;40;banner;1;0;0;0;1;no;;;;;1",
        "yes;40;banner new;1;0;0;0;0;no;;;;;1",
        "yes;40;;;;;;;;;;;;1",
    )
    read = read_responses(wave(lines(*rows, header=header), source='select_multiple = "both"'), instrument)
    assert found(read, "split") == [(row, "done", "warning") for row in (3, 5, 6)]
    assert found(read, "choice") == [(4, "done", "error"), (6, "done", "error")]
    assert list(read.frame["done/banner"].fillna(-1)) == [1, 1, 1, 1, 1, -1]


def test_an_answer_beside_a_refusal(wave, instrument):
    read = read_responses(wave(lines("yes;40;banner refused;no;;;;;1")), instrument)
    assert found(read, "contradiction") == [(2, "done", "warning")]
    assert read.frame["done/banner"][0] == 1


def test_exclusions_count_first_reason_first(wave, instrument):
    collect = """exclude = [{ item = "consent", not_in = ["yes"], reason = "no_consent" },
        { item = "done", in = ["rally"], reason = "rally" },
        { item = "stage", in = ["test"], reason = "test" }]"""
    text = lines(
        "yes;40;banner rally;no;;;;;1;live",
        "no;40;rally;;;;;;1;test",
        "yes;40;none;;;;;;1;live",
        "yes;40;none;;;;;;1;test",
        header=HEADER + ";stage",
    )
    read = read_responses(wave(text, collect=collect), instrument)
    assert read.rejected.values.tolist() == [
        ["export.csv", 2, "rally"],
        ["export.csv", 3, "no_consent"],
        ["export.csv", 5, "test"],
    ]
    assert read.rejected_by_rule == {"no_consent": 1, "rally": 1, "test": 1}
    assert (read.n_read, read.n_accepted, read.n_rejected) == (4, 1, 3)
    assert read.rows.values.tolist() == [["export.csv", 4]]
    assert read.findings_by_rule == {}


KEYED = HEADER + ";key"
TWINS = (
    "yes;31;none;;;;;;1;a",
    "yes;32;none;;;;;;1;b",
    "yes;33;none;;;;;;1;a",
    "yes;34;none;;;;;;1;",
    "no;;;;;;;;1;b",
)


@pytest.mark.parametrize(
    ("policy", "ages", "rejected"),
    [("keep_first", [31, 32, 34], [4]), ("keep_last", [32, 33, 34], [2]), ("drop_all", [32, 34], [2, 4])],
)
def test_duplicates_by_policy_after_exclusions(wave, instrument, policy, ages, rejected):
    collect = f"""unique = ["key"]
        duplicates = "{policy}"
        exclude = [{{ item = "consent", in = ["no"], reason = "no_consent" }}]"""
    read = read_responses(wave(lines(*TWINS, header=KEYED), collect=collect), instrument)
    assert list(read.frame["age"]) == ages
    assert list(read.rejected.loc[read.rejected["rule"] == "duplicate", "row"]) == rejected
    assert sorted(row for row, _, severity in found(read, "duplicate") if severity == "error") == rejected
    assert {row for row, *_ in found(read, "duplicate")} == {2, 4}
    assert found(read, "empty-key") == [(5, "key", "warning")]
    assert "key" not in read.frame
    assert read.n_read == read.n_accepted + read.n_rejected == 5


def test_duplicates_as_an_error(wave, instrument):
    with pytest.raises(ResponseError) as caught:
        read_responses(wave(lines(*TWINS, header=KEYED), collect='unique = ["key"]'), instrument)
    assert caught.value.fact == "4 rows share 2 keys (key)."
    assert "export.csv row 2, export.csv row 3, export.csv row 4, export.csv row 6" in caught.value.where
    assert "keep_first" in caught.value.do


def test_unknown_columns_are_findings_unless_ignored(wave, instrument):
    text = lines("yes;40;none;;;;;;1;x;y", header=HEADER + ";odd;known")
    read = read_responses(wave(text, collect='ignore = ["known"]'), instrument)
    assert found(read, "unknown-column") == [(1, "odd", "warning")]


def test_several_sources(wave, instrument, tmp_path):
    plan = wave()
    (plan.folder / "more.csv").write_text(lines("yes;50;rally;no;;;;;2", "yes;17;none;;;;;;3"))
    source = '[[collect.sources]]\npath = "{}"\nkind = "table"\ndelimiter = ";"\nselect_multiple = "{}"\n'
    text = (plan.folder / "export.csv").read_bytes()
    plan = wave(text, source=source.format("export.csv", "joined") + source.format("more.csv", "joined"))
    read = read_responses(plan, instrument)
    assert list(read.frame["pw"]) == [2.5, 2, 3]
    assert read.rows.values.tolist() == [["export.csv", 2], ["more.csv", 2], ["more.csv", 3]]
    assert found(read, "constraint") == [(3, "age", "error")]
    assert [(record.path, record.n_rows) for record in read.sources] == [("export.csv", 1), ("more.csv", 2)]
    (plan.folder / "more.csv").write_text(lines("yes;50;0;1;0;0;no;;;;;2", header=SPLIT_HEADER))
    plan = wave(text, source=source.format("export.csv", "joined") + source.format("more.csv", "split"))
    read = read_responses(plan, instrument)
    assert list(read.frame["done/rally"]) == [0, 1]
    assert list(read.frame["done/none"]) == [1, 0]
    assert read.findings_by_rule == {}


def test_several_sources_with_different_choice_columns(wave, instrument):
    source = '[[collect.sources]]\npath = "{}"\nkind = "table"\ndelimiter = ";"\nselect_multiple = "split"\n'
    text = lines("yes;40;1;0;0;0;no;;;;;1", header=SPLIT_HEADER)
    plan = wave(text, source=source.format("export.csv"))
    more = lines(
        "yes;40;0;1;0;0;1;no;;;;;1", header=SPLIT_HEADER.replace("done/refused", "done/refused;done/old")
    )
    (plan.folder / "more.csv").write_text(more)
    read = read_responses(
        wave(text, source=source.format("export.csv") + source.format("more.csv")), instrument
    )
    assert list(read.frame["done/banner"]) == [1, 0]
    assert list(read.findings["source"]) == ["more.csv", "more.csv"]
    assert read.findings_by_rule == {"choice": 1, "unknown-choice": 1}
    assert found(read, "unknown-choice") == [(1, "done/old", "warning")]


def test_another_version_of_the_instrument(wave, instrument):
    with pytest.raises(ResponseError, match=r'is version "2", the wave asked version "1"(.|\n)*ask.version'):
        read_responses(wave(), replace(instrument, version="2"))


def test_times_without_offset_need_a_zone(wave, instrument):
    text = lines("yes;40;none;;;;2021-07-02T08:00:00;;1")
    with pytest.raises(ResponseError, match=r'times of "start" bear no offset(.|\n)*collect.timezone'):
        read_responses(wave(text), instrument)
    read = read_responses(wave(text, collect='timezone = "Asia/Makassar"'), instrument)
    assert read.frame["start"][0] == pd.Timestamp("2021-07-02T00:00:00Z")


def test_exclusion_by_an_unknown_code_or_a_note(wave, instrument):
    collect = 'exclude = [{ item = "consent", not_in = ["yess"], reason = "x" }]'
    with pytest.raises(PlanError, match=r'"consent" has no choice yess. Did you mean "yes"(.|\n)*\[1\]'):
        read_responses(wave(collect=collect), instrument)
    collect = 'exclude = [{ item = "intro", in = ["yes"], reason = "x" }]'
    with pytest.raises(PlanError, match='"intro" is a note'):
        read_responses(wave(collect=collect), instrument)


def test_nobody_left(wave, instrument):
    collect = 'exclude = [{ item = "consent", in = ["yes"], reason = "all" }]'
    with pytest.raises(ResponseError, match=r"none of 1 rows is accepted \(1 all\)"):
        read_responses(wave(collect=collect), instrument)


def test_absent_key_and_weight_are_told(wave, instrument):
    text = lines("yes;40;none;;;;;", header=HEADER.removesuffix(";pw"))
    with pytest.raises(ResponseError, match=r"2 columns are absent that the wave asks for.*: _uuid, pw"):
        read_responses(wave(text, collect='unique = ["_uuid"]'), instrument)
