"""Indicators and scales: Kleene's logic, skip logic, reversed scores, and every wrong reference."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netralstat.ask.indicators import at_least, evaluate, scale_items
from netralstat.ask.instrument import Choice, Instrument, Item
from netralstat.ask.plan_ask import Ask
from netralstat.errors import PlanError

WORDS = 'label = { id = "a", en = "b" }\ndefinition = { id = "a", en = "b" }\n'
YES = (Choice(name="yes"), Choice(name="no"), Choice(name="refused", missing="refused"))
AGREE = (*(Choice(name=str(n), score=n) for n in range(1, 6)), Choice(name="98", missing="dont_know"))
FELT = tuple(Choice(name=name) for name in ("asked", "threatened", "none"))
POSITIONS = tuple(Choice(name=name) for name in ("jpt", "administrator", "functional"))


def likert(name: str, **tags: str) -> Item:
    return Item(name=name, kind="select_one", choices=AGREE, tags=tags)


INSTRUMENT = Instrument(
    id="f",
    version="1",
    titles={},
    languages=("en",),
    default_language="en",
    items=(
        Item(name="p", kind="select_one", choices=YES),
        Item(name="q", kind="select_one", choices=YES),
        Item(name="felt", kind="select_multiple", choices=FELT),
        Item(name="by", kind="select_one", choices=YES, relevant="not(selected(${felt}, 'none'))"),
        Item(name="why", kind="text", relevant="(${by} = 'yes') and (1 = 1)"),
        Item(name="age", kind="integer"),
        Item(name="position", kind="select_one", choices=POSITIONS),
        likert("c1", scale="career"),
        likert("c2", scale="career"),
        likert("c3", scale="career", reverse="yes"),
        Item(name="day", kind="date"),
        Item(name="colour", kind="select_one", choices=FELT),
    ),
)


@dataclass
class Answers:
    frame: pd.DataFrame
    missing: pd.DataFrame


def answers(**columns: list) -> Answers:
    """Answers by item; a reason of REASONS stands for a missing one, a list for several choices."""
    reasons = {"refused", "dont_know", "not_asked", "no_answer", "not_applicable"}
    frame, missing = {}, {}
    for name, given_answers in columns.items():
        item = INSTRUMENT.item(name)
        reason = [one if isinstance(one, str) and one in reasons else "" for one in given_answers]
        kept = [None if why else one for one, why in zip(given_answers, reason, strict=True)]
        missing[name] = reason
        if item.kind == "select_multiple":
            for code in item.valid_codes:
                frame[f"{name}/{code}"] = [np.nan if one is None else float(code in one) for one in kept]
        elif item.kind == "select_one":
            frame[name] = pd.Categorical(kept, categories=item.valid_codes)
        elif item.kind == "integer":
            frame[name] = np.array(kept, dtype=float)
        else:
            frame[name] = pd.array(kept, dtype="str")
    return Answers(pd.DataFrame(frame), pd.DataFrame(missing, dtype=object))


def run(toml: str, responses: Answers) -> pd.DataFrame:
    ask = declared(toml)
    return evaluate(ask.indicators, ask.scales, responses, INSTRUMENT)


def declared(toml: str) -> Ask:
    data = tomllib.loads(toml)
    for indicator in data.get("indicators", {}).values():
        indicator.update(tomllib.loads(WORDS))
    for scale in data.get("scales", {}).values():
        scale["label"] = {"id": "a", "en": "b"}
    return Ask.model_validate({"instrument": "f.xlsx", "version": "1", **data})


def same(found, expected: list) -> bool:
    return np.array_equal(np.asarray(found, dtype=float), np.array(expected, dtype=float), equal_nan=True)


N = np.nan
PAIRS = answers(
    p=["yes", "yes", "yes", "no", "no", "no", "refused", "refused", "not_asked"],
    q=["yes", "no", "refused", "no", "refused", "not_asked", "no_answer", "not_asked", "yes"],
)
BOTH = '[{ item = "p", in = ["yes"] }, { item = "q", in = ["yes"] }]'


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (f"any_of = {BOTH}", [1, 1, 1, 0, N, 0, N, N, 1]),
        (f"all_of = {BOTH}", [1, 0, N, 0, 0, 0, N, 0, 0]),
        (f"at_least = {{ k = 1, of = {BOTH} }}", [1, 1, 1, 0, N, 0, N, N, 1]),
        ('not = { item = "p", in = ["yes"] }', [0, 0, 0, 1, 1, 1, N, N, 1]),
    ],
)
def test_truth_tables(rule, expected):
    assert same(run(f"[indicators.x]\n{rule}", PAIRS)["x"], expected)


TRUTHS = st.sampled_from([0.0, 1.0, np.nan])


@given(st.lists(TRUTHS, min_size=1, max_size=6), st.data())
def test_kleene_logic_agrees_with_every_completion(truths, data):
    """A result is decided exactly when all ways of filling in the missing ones agree."""
    k = data.draw(st.integers(1, len(truths)))
    column = np.array(truths)[:, None]
    result = at_least(column, k)[0]
    low, high = np.nan_to_num(column, nan=0.0).sum() >= k, np.nan_to_num(column, nan=1.0).sum() >= k
    assert (np.isnan(result) and low != high) or (result == float(low) and low == high)


@given(st.lists(TRUTHS, min_size=1, max_size=6))
def test_de_morgan(truths):
    column = np.array(truths)[:, None]
    assert same(1 - at_least(column, 1), at_least(1 - column, len(truths)))


def test_conditions_on_choices_numbers_and_texts():
    given_answers = answers(
        felt=[["asked"], ["none"], ["asked", "threatened"], [], "refused"],
        age=[50, 49, 61, "no_answer", 55],
        why=["x", "y", "x", "no_answer", "not_asked"],
        by=["yes"] * 5,
    )
    found = run(
        """[indicators.felt_it]
        any_of = [{ item = "felt", in = ["asked", "threatened"] }]
        [indicators.old]
        any_of = [{ item = "age", at_least = 50, at_most = 60 }]
        [indicators.because]
        any_of = [{ item = "why", in = ["x"] }]""",
        given_answers,
    )
    assert same(found["felt_it"], [1, 0, 1, 0, N])
    assert same(found["old"], [1, 0, 0, N, 1])
    assert same(found["because"], [1, 0, 1, N, 0])


def test_not_asked_is_false_unless_the_question_above_was_withheld():
    given_answers = answers(
        felt=[["none"], "refused", "no_answer", ["asked"], ["asked"], "not_asked"],
        by=["not_asked", "not_asked", "not_asked", "refused", "no", "not_asked"],
        why=["not_asked"] * 6,
    )
    found = run(
        """[indicators.pressed]
        all_of = [{ item = "felt", in = ["asked"] }, { item = "by", in = ["yes"] }]
        [indicators.because]
        any_of = [{ item = "why", in = ["x"] }]""",
        given_answers,
    )
    assert same(found["pressed"], [0, N, N, N, 0, 0])
    assert same(found["because"], [0, N, N, N, 0, 0])


def test_indicators_of_indicators():
    given_answers = answers(
        p=["yes", "no", "refused"], age=[20, 30, 40], position=["jpt", "functional", "no_answer"],
        c1=["5", "1", "dont_know"], c2=["5", "1", "4"], c3=["1", "5", "2"],
    )  # fmt: skip
    found = run(
        """[indicators.a]
        any_of = [{ item = "p", in = ["yes"] }]
        [indicators.seniority]
        recode = { item = "position", levels = { senior = ["jpt"], junior = ["functional"] } }
        [indicators.career]
        mean_score = { scale = "career" }
        [indicators.b]
        not = { indicator = "a" }
        [indicators.c]
        any_of = [{ indicator = "seniority", in = ["senior"] }]
        [indicators.d]
        any_of = [{ indicator = "career", at_least = 4.0 }]""",
        given_answers,
    )
    assert same(found["b"], [0, 1, N])
    assert list(found["seniority"].cat.categories) == ["senior", "junior"]
    assert found["seniority"].astype(object).where(found["seniority"].notna(), "").tolist() == [
        "senior",
        "junior",
        "",
    ]
    assert same(found["c"], [1, 0, N])
    assert same(found["d"], [1, 0, 1])


def test_whole_numbers_are_cut_into_bands():
    found = run(
        """[indicators.age_group]
        recode = { item = "age", bands = [18, 35, 36, 60] }
        [indicators.young]
        any_of = [{ indicator = "age_group", in = ["18-34"] }]""",
        answers(age=[17, 18, 34, 35, 36, 59, 60, None]),
    )
    bands = found["age_group"]
    assert list(bands.cat.categories) == ["18-34", "35", "36-59"]
    assert not bands.cat.ordered
    assert bands.astype(object).where(bands.notna(), "").tolist() == [
        "", "18-34", "18-34", "35", "36-59", "36-59", "", "",
    ]  # fmt: skip
    assert same(found["young"], [N, 1, 1, 0, 0, 0, N, N])


SCALE = answers(
    c1=["5", "1", "dont_know", "dont_know", "4"],
    c2=["4", "2", "3", "dont_know", "no_answer"],
    c3=["1", "5", "2", "3", "refused"],
)


def test_scale_scores_turn_reversed_items_round():
    items = scale_items("career", {}, SCALE, INSTRUMENT)
    assert list(items.columns) == ["c1", "c2", "c3"]
    assert same(items["c3"], [5, 1, 4, 3, N])
    found = run("[scales.career]", SCALE)
    assert list(found.columns) == ["career"]
    assert same(found["career"], [14 / 3, 4 / 3, 3.5, N, N])


def test_share_that_must_be_answered():
    assert same(run("[scales.career]\nmin_answered = 1.0", SCALE)["career"], [14 / 3, 4 / 3, N, N, N])
    found = run('[indicators.x]\nmean_score = { scale = "career", min_answered = 0.3333333333 }', SCALE)
    assert same(found["x"], [14 / 3, 4 / 3, 3.5, 3, 4])


def test_score_at_least_and_listed_items():
    found = run(
        """[indicators.high]
        score_at_least = { items = ["c1", "c2"], cut = 4.5 }
        [indicators.mean]
        mean_score = { items = ["c1", "c2"] }""",
        SCALE,
    )
    assert same(found["mean"], [4.5, 1.5, 3, N, 4])
    assert same(found["high"], [1, 0, 0, N, 0])


def test_a_cut_is_reached_in_spite_of_rounding():
    thirds = answers(c1=["4"], c2=["4"], c3=["3"])
    cut = 11 / 3 + 1e-12
    assert same(
        run(f'[indicators.x]\nscore_at_least = {{ scale = "career", cut = {cut!r} }}', thirds)["x"], [1]
    )


def test_scale_declared_in_the_wave_file():
    found = run('[scales.mine]\nitems = ["c1", "c2"]\nreverse = ["c2"]', SCALE)
    assert same(found["mine"], [3.5, 2.5, 3, N, 4])


def test_an_indicator_may_stand_for_its_scale():
    found = run(
        '[scales.career]\n[indicators.career]\nmean_score = { scale = "career", min_answered = 1 }', SCALE
    )
    assert list(found.columns) == ["career"]
    assert same(found["career"], [14 / 3, 4 / 3, N, N, N])


def test_numbers_have_a_mean_score():
    assert same(run('[scales.n]\nitems = ["age"]', answers(age=[20, "refused"]))["n"], [20, N])


WRONG = {
    "item": (
        'not = { item = "pp", in = ["yes"] }',
        'x.not: the instrument has no item "pp". Did you mean "p"?',
    ),
    "level": (
        'not = { item = "p", in = ["yess"] }',
        '"p" has no level "yess"; one of yes, no. Did you mean "yes"?',
    ),
    "reason": (
        'not = { item = "p", in = ["refused"] }',
        "means refused: a missing answer meets no condition",
    ),
    "number": ('not = { item = "p", at_least = 1 }', '"p" is a select_one, not a number: use in'),
    "in": ('not = { item = "age", in = ["20"] }', '"age" is a integer without a choice list: use at_least'),
    "unknown": ('not = { indicator = "y2" }', 'no indicator is named "y2". Did you mean "y"?'),
    "forward": (
        'any_of = [{ indicator = "y" }]',
        'x.any_of[1]: "y" is defined further below; move it above "x"',
    ),
    "self": ('not = { indicator = "x" }', "circular reference: x → x"),
    "scale": (
        'mean_score = { scale = "carer" }',
        'the scale "carer" has no items: none is tagged nst_scale = carer.',
    ),
    "scored": (
        'mean_score = { items = ["colour"] }',
        '"colour" has answers without nst_score: asked, threatened, none',
    ),
    "unscored": (
        'score_at_least = { items = ["day"], cut = 1 }',
        'x.score_at_least: "day" is a date and has no score',
    ),
    "recode item": ('recode = { item = "z", levels = { a = ["b"] } }', 'the instrument has no item "z".'),
    "recode kind": (
        'recode = { item = "age", levels = { a = ["b"] } }',
        "only a select_one or a text can be recoded",
    ),
    "bands of words": (
        'recode = { item = "position", bands = [18, 35] }',
        "only an integer can be cut into bands",
    ),
    "recode level": (
        'recode = { item = "position", levels = { a = ["jtp"] } }',
        'no level "jtp".*Did you mean "jpt"?',
    ),
    "k of": (
        'at_least = { k = 1, of = [{ item = "zz", in = ["a"] }] }',
        "x.at_least.of[1]: the instrument has no",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_references_tell_their_place(case):
    rule, told = WRONG[case]
    with pytest.raises(PlanError) as caught:
        run(f'[indicators.x]\n{rule}\n[indicators.y]\nany_of = [{{ item = "p", in = ["yes"] }}]', PAIRS)
    parts = told.split(".*")
    assert all(part in caught.value.fact for part in parts), caught.value.fact
    assert caught.value.fact.startswith("1 reference is wrong")
    assert "ask.indicators.x" in caught.value.fact
    assert "instrument f, version 1" in caught.value.where
    assert "correct these names" in caught.value.do


def test_a_circle_is_told_with_its_way():
    toml = '[indicators.a]\nnot = { indicator = "b" }\n[indicators.b]\nnot = { indicator = "c" }\n'
    with pytest.raises(PlanError, match=r"3 references are wrong(.|\n)*a → b → c → a"):
        run(toml + '[indicators.c]\nnot = { indicator = "a" }', PAIRS)


LEVELS = 'recode = { item = "position", levels = { senior = ["jpt"] } }'


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (LEVELS, 'not = { indicator = "a" }', '"a" has levels; add in = [senior]'),
        (
            LEVELS,
            'not = { indicator = "a", in = ["senor"] }',
            'no level "senor"; one of senior. Did you mean',
        ),
        ('mean_score = { items = ["age"] }', 'not = { indicator = "a" }', '"a" is a score; add at_least'),
        (f"any_of = {BOTH}", 'not = { indicator = "a", in = ["x"] }', '"a" has no levels; leave out "in"'),
        (f"any_of = {BOTH}", 'not = { indicator = "a", at_least = 1 }', '"a" is true or false; leave out'),
    ],
)
def test_conditions_that_do_not_fit_their_indicator(first, second, told):
    with pytest.raises(PlanError) as caught:
        run(f"[indicators.a]\n{first}\n[indicators.b]\n{second}", PAIRS)
    assert f"ask.indicators.b.not: {told}" in caught.value.fact.replace('"a" has no level "', 'no level "')


def test_wrong_scales_are_all_told_at_once():
    toml = '[scales.p]\nitems = ["c9"]\n[scales.caree]\n[scales.career]\nreverse = ["c4"]\n'
    toml += '[scales.n]\nitems = ["age"]\nreverse = ["age"]\n'
    with pytest.raises(PlanError) as caught:
        run(toml + '[indicators.q]\nnot = { item = "p", in = ["no"] }', PAIRS)
    assert caught.value.fact.split("\n") == [
        "6 references are wrong in the indicators and scales.",
        "  ask.scales.p: has the name of an item; rename it",
        '  ask.scales.p: the instrument has no item "c9".',
        '  ask.scales.caree: the scale "caree" has no items: none is tagged nst_scale = caree.'
        ' Did you mean "career"?',
        '  ask.scales.career: reverse names "c4", which is none of its items',
        '  ask.scales.n: "age" is a number: only a choice list with scores can be reversed',
        "  ask.indicators.q: has the name of an item; rename it",
    ]


def test_items_of_an_unknown_scale():
    with pytest.raises(
        PlanError, match=r'"carer" has no items. Did you mean "career"(.|\n)*name one of: career'
    ):
        scale_items("carer", {}, SCALE, INSTRUMENT)
