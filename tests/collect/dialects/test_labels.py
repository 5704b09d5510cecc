"""Labels become codes and names by exact match; what cannot be told apart is never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netralstat.ask.instrument import Choice, Group, Instrument, Item
from netralstat.collect.labels import (
    NO_CODE,
    TWO_READINGS,
    codes_of_labels,
    headers_of_labels,
    language_of,
    readings_of,
)
from netralstat.collect.responses import read_responses
from netralstat.collect.text_table import TextColumn
from netralstat.errors import PlanError


def column(*texts: str) -> TextColumn:
    levels = tuple(dict.fromkeys(texts))
    return TextColumn(levels=levels, codes=np.array([levels.index(text) for text in texts], dtype=np.int32))


def item(kind: str, labels: dict[str, str | None], name: str = "q") -> Item:
    choices = tuple(
        Choice(name=code, labels={} if label is None else {"id": label}) for code, label in labels.items()
    )
    return Item(name=name, kind=kind, labels={"id": "Apa saja?"}, choices=choices)


def codes(one: Item, *texts: str, separator: str = " ") -> list[str]:
    found = codes_of_labels(one, column(*texts), "id", separator=separator, where="x.csv")
    assert len(set(found.levels)) == len(found.levels)
    return list(found.text())


AGREE = {"1": "Tidak setuju", "2": "Setuju", "3": "1", "98": None}


def test_labels_of_a_single_choice():
    one = item("select_one", AGREE)
    assert codes(one, "Setuju", "", "Tidak setuju", "Setuju") == ["2", "", "1", "2"]


def test_white_space_and_accents_do_not_matter_but_all_else_does():
    one = item("select_one", {"a": "Café  baru", "b": "Cafe baru"})
    assert codes(one, " Cafe\u0301\nbaru ", "Cafe baru", "café baru", "Caf") == ["a", "b", "café baru", "Caf"]


def test_a_text_that_is_no_label_is_never_taken_for_a_code():
    one = item("select_one", AGREE)
    # "1" is the label of choice 3; "2" is no label though it is a code; 98 has no label and stands as it is.
    assert codes(one, "1", "2", "98", "n/a") == ["3", f"{NO_CODE}2", "98", "n/a"]
    several = item("select_multiple", AGREE)
    assert codes(several, "1", "2 x", "kosong", "1 98") == ["3", f"{NO_CODE}2_x", "kosong", "3 98"]


def test_choices_of_one_label_are_an_error_with_their_codes():
    one = item("select_one", {"a": "Lain", "b": "Lain ", "c": "x", "d": "c2", "c2": None})
    with pytest.raises(PlanError) as caught:
        codes(one, "x")
    assert caught.value.fact == '4 choices of "q" share labels in "id": a = b; d = c2.'
    assert 'answers = "codes"' in caught.value.do


FORMS = {
    "media": "Kampanye di media sosial (mengunggah, mengomentari, menyukai)",
    "banner": "Memasang spanduk, baliho",
    "none": "Tidak ada",
}


def test_joined_labels_that_contain_the_separator():
    several = item("select_multiple", FORMS)
    cell = f"{FORMS['banner']}, {FORMS['media']}"
    assert codes(several, cell, FORMS["none"], "", separator=", ") == ["banner media", "none", ""]
    assert codes(several, cell.replace(", M", ",  M"), separator=", ") == ["banner media"]
    assert codes(several, f"{FORMS['banner']} {FORMS['media']}") == ["banner media"]


@pytest.mark.parametrize(
    "cell", ["Memasang spanduk", "Tidak ada, lain", "Tidak ada,", "Tidak ada, Tidak ada"]
)
def test_a_cell_that_is_not_wholly_labels_is_left(cell):
    assert codes(item("select_multiple", FORMS), cell, separator=", ") == [cell]


def test_a_cell_with_two_readings_is_told_apart_from_all_codes():
    several = item(
        "select_multiple", {"a": "Atasan", "b": "Rekan", "ab": "Atasan Rekan", "c": "Rekan Atasan"}
    )
    assert codes(several, "Atasan Rekan", "Rekan", "Rekan Atasan Rekan") == [
        f"{TWO_READINGS}Atasan_Rekan",
        "b",
        f"{TWO_READINGS}Rekan_Atasan_Rekan",
    ]
    found = readings_of(several, "Atasan Rekan", "id", " ", "x.csv")
    assert set(found) == {frozenset({"a", "b"}), frozenset({"ab"})}


def test_the_same_choices_in_another_order_are_one_reading():
    several = item("select_multiple", {"a": "x", "b": "x x", "c": "x x x"})
    assert set(codes(several, "x x x x x x")[0].split()) == {"a", "b", "c"}


def test_a_cell_made_to_take_forever_ends():
    labels = {f"c{n}": " ".join("x" * n) for n in range(1, 60)}
    found = codes(item("select_multiple", labels), " ".join("x" * 700))
    assert found[0].startswith(TWO_READINGS)


@given(
    labels=st.lists(st.text(alphabet="ab, ", min_size=1, max_size=6), min_size=1, max_size=6),
    picked=st.data(),
    separator=st.sampled_from([" ", ", ", ",", ";"]),
)
def test_what_was_joined_is_among_the_readings(labels: list[str], picked: st.DataObject, separator: str):
    plain = list(dict.fromkeys(" ".join(label.split()) for label in labels))
    plain = [label for label in plain if label]
    if not plain:
        return
    several = item("select_multiple", {f"c{place}": label for place, label in enumerate(plain)})
    chosen = picked.draw(st.lists(st.sampled_from(range(len(plain))), min_size=1, unique=True))
    cell = separator.join(plain[place] for place in chosen)
    found = codes(several, cell, separator=separator)[0]
    if not found.startswith(NO_CODE):
        assert set(found.split()) == {f"c{place}" for place in chosen}
    wanted = frozenset(f"c{place}" for place in chosen)
    readings = readings_of(several, cell, "id", separator, "x.csv")
    assert wanted in readings or len(readings) == 64


def test_or_other_has_no_label_in_exports():
    one = item("select_one", {"a": "Satu", "other": "Other"})
    assert codes(one, "other", "Other", "Satu") == ["other", "other", "a"]


# --------------------------------------------------------------------------------------------- headers
def form(*items: Item, groups: Sequence[Group] = ()) -> Instrument:
    return Instrument(
        id="f",
        version="1",
        titles={},
        languages=("id", "en"),
        default_language="id",
        items=tuple(items),
        groups=tuple(groups),
    )


def question(name: str, label: str | None, kind: str = "text", **more: object) -> Item:
    return Item(name=name, kind=kind, labels={} if label is None else {"id": label}, **more)


SEVERAL = Item(
    name="who",
    kind="select_multiple",
    labels={"id": "Siapa?"},
    choices=(Choice(name="tim", labels={"id": "Tim/partai"}), Choice(name="lain", labels={})),
)
SMALL = form(question("start", None, "datetime"), question("age", "Umur"), SEVERAL, question("note", "Umur?"))


def named(instrument: Instrument, *header: str, **more: object) -> list[str]:
    return list(headers_of_labels(instrument, header, "id", where="x.csv", **more))


def test_headers_become_names():
    header = ("start", "Umur", "Siapa?", "Siapa?/Tim/partai", "Siapa?/lain", "_id", "Umur? ")
    assert named(SMALL, *header) == ["start", "age", "who", "who/tim", "who/lain", "_id", "note"]


def test_a_choice_that_the_form_does_not_know():
    assert named(SMALL, "Siapa?/Ketua RT")[0] == f"who/{NO_CODE}Ketua_RT"


def test_headers_with_the_labels_of_groups():
    inner = ("a", "b")
    groups = (Group(path=("a",), labels={"id": "Bagian A"}), Group(path=inner))
    instrument = form(
        question("x", "Nama", group=inner),
        question("y", "Nama", group=("a",)),
        question("z", "Nama"),
        groups=groups,
    )
    assert named(instrument, "Bagian A/b/Nama", "Bagian A/Nama", "Nama") == ["x", "y", "z"]
    assert named(instrument, "Nama", "Nama", "Nama") == ["x", "y", "z"]
    assert named(instrument, "Bagian A - b - Nama", "Nama", separator=" - ") == ["x", "z"]


def test_equal_labels_need_all_their_columns():
    instrument = form(question("x", "Berapa?"), question("y", "Berapa?"), question("n", "Berapa?", "note"))
    assert named(instrument, "Berapa?", "Berapa?", "Berapa?") == ["x", "y", "n"]
    assert named(instrument, "Berapa?", "Berapa?") == ["x", "y"]
    with pytest.raises(PlanError) as caught:
        named(instrument, "Berapa?", "lain")
    assert "1 labels do not tell which column is which item: x and y and n (1 columns)" in caught.value.fact


def test_one_question_over_two_columns():
    with pytest.raises(PlanError, match=r"age \(2 columns\)"):
        named(SMALL, "Umur", "Umur")


def test_names_where_labels_are_declared():
    with pytest.raises(
        PlanError, match=r'2 headers are names(.|\n)*age, who(.|\n)*declare headers = "names"'
    ):
        named(SMALL, "start", "age", "who")


def test_choices_under_the_name_of_their_question():
    assert named(SMALL, "Siapa?", "who/Tim/partai", choices_under="name") == ["who", "who/tim"]


def test_items_of_repeats_have_no_column():
    instrument = form(question("x", "Nama"), question("y", "Nama", repeat="child", group=("child",)))
    assert named(instrument, "Nama") == ["x"]


def test_the_language_is_one_of_the_form():
    assert language_of(SMALL, None, "x") == "id"
    with pytest.raises(PlanError, match=r'no labels in "in"(.|\n)*one of: id, en'):
        language_of(SMALL, "in", "x")


# -------------------------------------------------------------------------------------- in a whole wave
def labelled(instrument: Instrument) -> Instrument:
    """The small form of these tests, its forms of support worded so that one label holds two others."""
    words = {"banner": "Banner", "rally": "Rally", "none": "Banner Rally", "refused": "Refused"}
    done = instrument.item("done")
    choices = tuple(replace(choice, labels={"en": words[choice.name]}) for choice in done.choices)
    changed = replace(done, choices=choices, constraint=None)
    return replace(instrument, items=tuple(changed if one is done else one for one in instrument.items))


def test_a_cell_with_two_readings_is_a_finding_and_no_answer(wave, instrument):
    rows = ["yes;40;Banner Rally;;;;;;1", "yes;40;Rally;;;;;;1", "yes;40;Lainnya Rally;;;;;;1"]
    text = "\n".join(["consent;age;done;own;share;day;start;remark;pw", *rows]) + "\n"
    read = read_responses(wave(text, source='answers = "labels"\n'), labelled(instrument))
    assert read.frame["done/rally"].isna().tolist() == [True, False, True]
    found = read.findings[["row", "column", "rule", "severity"]].to_numpy().tolist()
    assert [2, "done", "ambiguous", "warning"] in found
    assert [row for row in found if row[2] == "choice"] == [
        [2, "done", "choice", "error"],
        [4, "done", "choice", "error"],
    ]
    assert not read.findings["note"].str.contains("Banner|Lainnya").any()
