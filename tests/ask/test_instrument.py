"""The Instrument by itself: wording, codes, scales, and the mistakes it refuses."""

from __future__ import annotations

import pytest

from netralstat.ask.instrument import Choice, Instrument, Item
from netralstat.errors import InstrumentError

AGREE = (
    Choice(name="1", labels={"id": "Tidak setuju", "en": "Disagree"}, default_language="id", score=1.0),
    Choice(name="2", labels={"id": "Setuju"}, default_language="id", score=2.0),
    Choice(name="9", labels={"id": "Tidak tahu"}, default_language="id", missing="dont_know"),
)


def item(name: str, **fields) -> Item:
    return Item(
        name=name,
        kind="select_one",
        labels={"id": "Pernyataan"},
        default_language="id",
        choices=AGREE,
        **fields,
    )


def instrument(*items: Item) -> Instrument:
    return Instrument(
        id="demo",
        version="3",
        titles={"id": "Contoh"},
        languages=("id", "en"),
        default_language="id",
        items=items,
    )


def test_a_label_falls_back_to_the_default_language_and_then_to_the_name() -> None:
    assert AGREE[0].label("en") == "Disagree"
    assert AGREE[1].label("en") == "Setuju"
    assert AGREE[1].label("fr") == "Setuju"
    assert item("career_1").label("en") == "Pernyataan"
    assert Item(name="list_u", kind="calculate").label("en") == "list_u"
    assert Choice(name="x", labels={"fr": "Oui"}).label("en") == "x"


def test_codes_are_parted_into_answers_and_reasons() -> None:
    assert item("career_1").valid_codes == ("1", "2")
    assert item("career_1").missing_codes == {"9": "dont_know"}
    assert Item(name="age", kind="integer").valid_codes == ()


def test_items_are_found_by_name_and_scale() -> None:
    demo = instrument(
        item("career_1", tags={"scale": "career"}),
        Item(name="intro", kind="note"),
        item("kin_1", tags={"scale": "kin"}),
        item("career_2", tags={"scale": "career", "reverse": "yes"}),
    )
    assert demo.names == ("career_1", "intro", "kin_1", "career_2")
    assert "kin_1" in demo
    assert "kin_9" not in demo
    assert demo.item("career_2").reverse
    assert not demo.item("career_1").reverse
    assert {scale: [part.name for part in parts] for scale, parts in demo.scales.items()} == {
        "career": ["career_1", "career_2"],
        "kin": ["kin_1"],
    }
    assert [part.name for part in demo.answerable] == ["career_1", "kin_1", "career_2"]


def test_an_unknown_item_is_answered_with_the_closest_name() -> None:
    with pytest.raises(InstrumentError) as caught:
        instrument(item("career_1")).item("carer_1")
    assert str(caught.value) == (
        'The instrument has no item "carer_1". Did you mean "career_1"?\n'
        "  Where: instrument demo, version 3, 1 items\n"
        "  Do: Correct the name, or read the instrument that asks it."
    )


def test_an_unknown_choice_is_answered_with_the_codes_of_the_list() -> None:
    assert item("career_1").choice("2").score == 2.0
    with pytest.raises(InstrumentError, match='"career_1" has no choice "3"') as caught:
        item("career_1").choice("3")
    assert caught.value.do == "Use one of: 1, 2, 9."
    with pytest.raises(InstrumentError, match='"age" has no choice') as caught:
        Item(name="age", kind="integer").choice("3")
    assert caught.value.do == "Name an item with a choice list."


def test_two_items_of_one_name_are_refused_with_their_places() -> None:
    with pytest.raises(InstrumentError, match='Two items are named "age"') as caught:
        instrument(Item(name="age", kind="integer", group=("a", "b")), Item(name="age", kind="integer"))
    assert caught.value.where == "instrument demo: a/b/age and age"


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InstrumentError, match=r'unknown kind "select_on"\. Did you mean "select_one"'):
        Item(name="sex", kind="select_on")


def test_a_scale_item_needs_a_score_for_every_answer() -> None:
    unscored = Item(
        name="career_1",
        kind="select_one",
        choices=(*AGREE, Choice(name="3"), Choice(name="4")),
        tags={"scale": "career"},
    )
    with pytest.raises(
        InstrumentError, match='2 of 5 choices of the scale item "career_1" have no score: 3, 4'
    ):
        instrument(unscored)


def test_reverse_is_yes_or_no() -> None:
    with pytest.raises(InstrumentError, match='"career_1" says neither yes nor no in its column nst_reverse'):
        instrument(item("career_1", tags={"scale": "career", "reverse": "ya"}))
