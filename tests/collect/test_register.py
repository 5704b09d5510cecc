"""The case register: rows become counts; what is not declared is refused by row and never told."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from netralstat.ask.instrument import Choice, Instrument, Item
from netralstat.ask.plan import Plan, read_plan
from netralstat.collect.register import CaseRegister, read_register
from netralstat.errors import NetralstatError, PlanError, ResponseError, UsageError

ROWS = """number;where;what;outcome;name
1;Bali;A;decided;Ketut
2;Bali;B;dropped;Wayan
3;Papua Pegunungan;A;punished;Yusuf
4;;A;new;Sri
5;Pusat;;decided;Budi
6;Jakarta;C;punished;Rina
"""
REGISTER = """
[collect.register]
path = "register.csv"
delimiter = ";"
unit = "persons"
as_of = 2021-12-16
source = { id = "Register", en = "Register" }
id = "number"
status = "outcome"
stages = { new = "open", dropped = "not_proven", decided = "proven", punished = "sanctioned" }
[collect.register.regions]
column = "where"
scheme = "name"
vintage = 2022
no_province = ["Pusat"]
[collect.register.forms]
column = "what"
codes = { A = "1", B = "2" }
other = ["C"]
"""
FORM = Instrument(
    id="f",
    version="1",
    titles={"en": "f"},
    languages=("en",),
    default_language="en",
    items=(
        Item(name="done", kind="select_multiple", labels={}, choices=tuple(
            Choice(name=f"f{i}", labels={}, tags={"form": str(i)}) for i in (1, 2)
        )),
        Item(name="province", kind="text", labels={}),
    ),
)  # fmt: skip


def plan_of(tmp_path: Path, declared: str = REGISTER, rows: str = ROWS) -> Plan:
    folder = tmp_path / "surveys" / "one"
    folder.mkdir(parents=True)
    (folder / "register.csv").write_text(rows, encoding="utf-8")
    (folder / "wave.toml").write_text(
        f"""
schema = "netralstat.wave/1"
id = "one"
title = {{ id = "Satu", en = "One" }}
[ask]
instrument = "form.xlsx"
version = "1"
[collect]
[[collect.sources]]
path = "data.csv"
kind = "table"
[collect.regions]
item = "province"
scheme = "slug"
vintage = 2021
{declared}
[design]
weight = "w"
population = {{ id = "ASN", en = "civil servants" }}
[estimate]
[report]
institution = {{ id = "Lembaga", en = "Institution" }}
version = "1"
date = 2021-12-16
""",
        encoding="utf-8",
    )
    return read_plan(folder)


def read(tmp_path: Path, declared: str = REGISTER, rows: str = ROWS) -> CaseRegister:
    found = read_register(plan_of(tmp_path, declared, rows), FORM)
    assert found is not None
    return found


def test_every_case_is_counted_once(tmp_path: Path) -> None:
    register = read(tmp_path)
    assert register.total == 6
    assert register.stages == {"open": 1, "not_proven": 1, "proven": 2, "sanctioned": 2}
    assert repr(register) == "CaseRegister: 6 persons as of 2021-12-16"
    assert set(register.counts.columns) == {"province", "form", "stage", "n"}


def test_provinces_are_those_of_the_survey(tmp_path: Path) -> None:
    by_province = read(tmp_path).by("province").set_index("province")
    assert by_province["reported"].to_dict() == {"bali": 2, "dki_jakarta": 1, "papua": 1, "none": 1, "": 1}
    assert by_province.loc["bali", ["recommended", "sanctioned"]].tolist() == [1, 0]
    assert by_province.loc["papua", ["recommended", "sanctioned"]].tolist() == [1, 1]


def test_forms_have_the_numbers_of_the_questionnaire(tmp_path: Path) -> None:
    by_form = read(tmp_path).by("form").set_index("form")["reported"]
    assert by_form.to_dict() == {"1": 3, "2": 1, "other": 1, "": 1}


def test_counts_instead_of_cases(tmp_path: Path) -> None:
    rows = "outcome;many\nnew;3\ndecided;0\npunished;12\n"
    declared = REGISTER.split("[collect.register.regions]")[0].replace('id = "number"', 'count = "many"')
    register = read(tmp_path, declared, rows)
    assert register.stages == {"open": 3, "not_proven": 0, "proven": 0, "sanctioned": 12}
    assert register.by("province")["province"].tolist() == [""]


def test_a_workbook_is_read_as_well(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, REGISTER.replace(".csv", ".xlsx").replace('delimiter = ";"', 'sheet = "kasus"'))
    rows = [line.split(";") for line in ROWS.splitlines()]
    pd.DataFrame(rows[1:], columns=rows[0]).to_excel(
        plan.folder / "register.xlsx", sheet_name="kasus", index=False
    )
    register = read_register(plan, FORM)
    assert register is not None
    assert register.total == 6


@pytest.mark.parametrize(
    ("old", "new", "told", "rows"),
    [
        ("2;Bali;B;dropped", "2;Bali;B;lost", "1 rows of the case register have a", "rows 3"),
        ("2;Bali;B;dropped", "2;Bali;B;", "1 rows of the case register have a", "rows 3"),
        ("1;Bali", "1;Balii", "that is no province of 2022", "rows 2"),
        ("1;Bali;A", "1;Bali;Z", "collect.register.forms does not declare", "rows 2"),
        ("2;Bali", "1;Bali", 'share their "number"', "rows 2, 3"),
        ("2;Bali", ";Bali", 'have no "number"', "rows 3"),
    ],
)
def test_an_entry_that_is_not_declared(tmp_path: Path, old: str, new: str, told: str, rows: str) -> None:
    with pytest.raises(ResponseError, match=told) as caught:
        read(tmp_path, rows=ROWS.replace(old, new))
    assert caught.value.where is not None
    assert caught.value.where.endswith(rows)
    assert "lost" not in str(caught.value)
    assert "Wayan" not in str(caught.value)


@pytest.mark.parametrize("many", ["-1", "1.5", "1,000", "", "1e3", "9" * 14])
def test_a_number_of_cases_that_is_none(tmp_path: Path, many: str) -> None:
    declared = REGISTER.split("[collect.register.regions]")[0].replace('id = "number"', 'count = "many"')
    with pytest.raises(ResponseError, match="no whole number of cases"):
        read(tmp_path, declared, f"outcome;many\nnew;{many}\npunished;12\n")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('status = "outcome"', 'status = "outcom"', 'no column "outcom"'),
        ('B = "2"', 'B = "17"', 'no form "17"'),
        ('id = "number"', 'id = "number"\ncount = "n"', 'exactly one of the keys "id"'),
        ('scheme = "name"', 'scheme = "code"', "needs code_system"),
        ('"register.csv"', '"register.pdf"', "none of the suffixes"),
        ('delimiter = ";"', 'sheet = "a"', "is for xlsx files"),
        ('other = ["C"]', 'other = ["A"]', "names twice: A"),
        ('unit = "persons"', 'unit = "people"', "unit"),
    ],
)
def test_a_declaration_that_cannot_be(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in REGISTER
    with pytest.raises(PlanError, match=told):
        read(tmp_path, REGISTER.replace(old, new))


def test_an_old_province_cannot_be_given_to_a_new_one(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        REGISTER.replace("vintage = 2022", "vintage = 2021"),
        ROWS.replace("Papua Pegunungan", "Papua"),
    )
    text = plan.path.read_text(encoding="utf-8")
    item = 'item = "province"\nscheme = "slug"\n'
    plan.path.write_text(text.replace(f"{item}vintage = 2021", f"{item}vintage = 2022"), encoding="utf-8")
    with pytest.raises(PlanError, match="several provinces by 2022"):
        read_register(read_plan(plan.folder), FORM)


def test_a_register_of_nothing(tmp_path: Path) -> None:
    declared = REGISTER.split("[collect.register.regions]")[0].replace('id = "number"', 'count = "many"')
    with pytest.raises(NetralstatError, match="counts no case"):
        read(tmp_path, declared, "outcome;many\nnew;0\n")


def test_counted_by_something_else(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match='not by "name"'):
        read(tmp_path).by("name")
