"""Headers meet items; what is absent, twice there or unknown is told."""

from __future__ import annotations

import pytest

from netralstat.collect.dialects.answers import Declared
from netralstat.collect.dialects.kobo import is_meta, read_kobo
from netralstat.collect.dialects.tables import read_table
from netralstat.collect.sources import read_source
from netralstat.errors import PlanError, ResponseError

PLAIN = "consent;age;done;own;share;day;start;remark"
SPLIT = "consent;age;done/banner;done/rally;done/none;done/refused;own;share;day;start;remark"


def table(plan, instrument, named=(), read=read_table):
    source = plan.collect.sources[0]
    return read(read_source(source, plan), Declared(source=source, instrument=instrument, named=named))


def row(header: str, **cells: str) -> str:
    return f"{header}\n" + ";".join(cells.get(name, "") for name in header.split(";")) + "\n"


def test_items_extras_and_unknown_columns(wave, instrument):
    answers = table(wave(row(PLAIN + ";pw;odd", consent="yes", pw="2", odd="?")), instrument, ["pw"])
    assert list(answers.whole) == ["consent", "age", "done", "own", "share", "day", "start", "remark"]
    assert list(answers.extra) == ["pw"]
    assert answers.unknown == ("odd",)


def test_split_choices_with_one_the_form_does_not_know(wave, instrument):
    header = SPLIT + ";done/retired"
    answers = table(wave(row(header), source='select_multiple = "split"'), instrument)
    assert list(answers.split["done"]) == ["banner", "none", "rally", "refused", "retired"]
    assert "done" not in answers.whole
    assert answers.unknown == ()


def test_filled_note_is_unknown_and_empty_note_is_not(wave, instrument):
    assert table(wave(row(PLAIN + ";intro", intro="hello")), instrument).unknown == ("intro",)
    assert table(wave(row(PLAIN + ";intro")), instrument).unknown == ()


def test_headers_are_translated(wave, instrument):
    plan = wave(row(PLAIN.replace("age", "umur"), umur="40"), source='columns = { umur = "age" }')
    assert table(plan, instrument).whole["age"].levels == ("40",)


def test_translation_of_an_absent_header(wave, instrument):
    plan = wave(row(PLAIN), source='columns = { aeg = "age" }')
    with pytest.raises(PlanError, match=r'1 of 1 headers to translate are absent: aeg(.|\n)*mean "age"'):
        table(plan, instrument)


def test_translation_onto_a_header_that_is_there(wave, instrument):
    plan = wave(row(PLAIN + ";umur"), source='columns = { umur = "age" }')
    with pytest.raises(PlanError, match="1 translated headers are also in the file as they are: age"):
        table(plan, instrument)


def test_absent_columns_are_listed(wave, instrument):
    with pytest.raises(ResponseError) as caught:
        table(wave(row(PLAIN.replace("age", "aged").replace(";day", ""))), instrument, ["pw"])
    assert "3 columns are absent that the wave asks for (9 items): pw, age, day" in caught.value.fact
    assert caught.value.where == "export.csv, row 1"
    assert "correct the names" in caught.value.do


def test_absent_column_suggests_the_closest_header(wave, instrument):
    with pytest.raises(ResponseError, match=r'1 column is absent(.|\n)*Did you mean "aged"'):
        table(wave(row(PLAIN.replace("age", "aged"))), instrument)


def test_declared_both_but_only_joined(wave, instrument):
    with pytest.raises(ResponseError) as caught:
        table(wave(row(PLAIN), source='select_multiple = "both"'), instrument)
    assert "4 columns are absent" in caught.value.fact
    assert "done/banner" in caught.value.fact
    assert "select_multiple in collect.sources" in caught.value.do


@pytest.mark.parametrize("read", [read_table, read_kobo])
def test_labels_in_a_language_that_the_form_has_not(wave, instrument, read):
    plan = wave(row(PLAIN), source='headers = "labels"\nlanguage = "eng"')
    with pytest.raises(PlanError, match=r'no labels in "eng". Did you mean "en"(.|\n)*one of: en'):
        table(plan, instrument, read=read)


KOBO = '[[collect.sources]]\npath = "export.csv"\nkind = "kobo"\ndelimiter = ";"\n'
GROUPED = (
    "consent;intro;main/age;main/acts/done;main/acts/done/banner;main/acts/done/rally;main/acts/done/none;"
    "main/acts/done/refused;main/acts/own;share;day;start;remark;_id;_uuid;__version__;_tags;extra"
)


@pytest.mark.parametrize("header", [GROUPED, GROUPED.replace("main/acts/", "").replace("main/", "")])
def test_kobo_headers_with_and_without_groups(wave, instrument, header):
    text = f"{header}\nyes;;40;banner;1;0;0;0;yes;;;;;1;u1;v1;;x\n"
    answers = table(wave(text, source=KOBO), instrument, ["_uuid"], read=read_kobo)
    assert answers.whole["age"].levels == ("40",)
    assert answers.whole["done"].levels == ("banner",)
    assert answers.split["done"]["banner"].levels == ("1",)
    assert answers.extra["_uuid"].levels == ("u1",)
    assert answers.unknown == ("extra",)


def test_kobo_other_group_separator(wave, instrument):
    header = GROUPED.replace("main/", "main.").replace("acts/", "acts.")
    text = f"{header}\nyes;;40;banner;1;0;0;0;yes;;;;;1;u1;v1;;x\n"
    answers = table(wave(text, source=KOBO + 'group_separator = "."'), instrument, read=read_kobo)
    assert answers.split["done"]["rally"].levels == ("0",)


def test_kobo_item_under_two_headers(wave, instrument):
    text = f"{GROUPED};age\nyes;;40;banner;1;0;0;0;yes;;;;;1;u1;v1;;x;40\n"
    with pytest.raises(ResponseError, match='item "age" stands under 2 headers: age, main/age'):
        table(wave(text, source=KOBO), instrument, read=read_kobo)


def test_kobo_choice_under_two_headers(wave, instrument):
    text = f"{GROUPED};done/rally\nyes;;40;banner;1;0;0;0;yes;;;;;1;u1;v1;;x;0\n"
    with pytest.raises(ResponseError, match='choice "rally" of "done" stands under 2 headers'):
        table(wave(text, source=KOBO), instrument, read=read_kobo)


def test_kobo_own_columns():
    assert all(map(is_meta, ["_id", "_uuid", "__version__", "_version_", "_version__001", "meta/rootUuid"]))
    assert not any(map(is_meta, ["_income", "version", "id"]))
