"""The questionnaire that is shipped: worded in both languages, deployable, and as the report relies on it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from pyxform.xls2xform import convert

from netralstat.ask.instrument import Instrument
from netralstat.ask.logic import NotEvaluated, evaluate
from netralstat.ask.xlsform import read_xlsform

FOLDER = Path(__file__).parents[2] / "surveys" / "instrument"
FORM = FOLDER / "netrality.xlsx"
BLOCKS = {
    "": "start end today list_u list_arm interviewer intro consent employment eligible",
    "main/background": "province district agency position functional_field grade sex age education tenure "
    "incumbent_ran",
    "main/witnessed": " ".join(f"witnessed_{form:02d}" for form in range(1, 17)),
    "main/experience": "asked pressured pressured_by done done_initiative",
    "main/agency_view": "agency_pressured agency_own",
    "main/list_experiment": "list_items_control list_count_control list_items_treatment list_count_treatment",
    "main/scales_1": "career_1 career_2 career_3 pressure_1 pressure_2 pressure_3 "
    "kinship_1 kinship_2 kinship_3",
    "main": "attention",
    "main/scales_2": "clarity_1 clarity_2 clarity_3 sanction_1 sanction_2 sanction_3 "
    "commitment_1 commitment_2 commitment_3 reporting_1 reporting_2 reporting_3",
    "main/exposure": "exposure_socialisation exposure_assembly exposure_pact exposure_sanction "
    "exposure_commitment exposure_oversight",
    "main/opinion": "causes influencer ppk_hinders remove_vote sanction_deters comment",
}


@pytest.fixture(scope="module")
def form() -> Instrument:
    return read_xlsform(FORM)


def test_it_names_itself(form: Instrument) -> None:
    assert (form.id, form.version) == ("asn_netrality", "2021070101")
    assert (form.languages, form.default_language) == (("id", "en"), "id")
    assert form.titles == {
        "id": "Survei Netralitas Aparatur Sipil Negara",
        "en": "Civil Service Neutrality Survey",
    }
    assert form.warnings == ()


def test_it_asks_these_items_in_this_order(form: Instrument) -> None:
    asked = [("/".join(item.group), item.name) for item in form.items]
    assert asked == [(group, name) for group, names in BLOCKS.items() for name in names.split()]
    assert len(form.answerable) == len(form.items) - 3


def test_every_item_and_choice_is_worded_in_both_languages(form: Instrument) -> None:
    for item in form.items:
        assert set(item.labels) == {"id", "en"}, item.name
        assert set(item.hints) in ({"id", "en"}, set()), item.name
        for choice in item.choices:
            assert set(choice.labels) == {"id", "en"}, (item.name, choice.name)


def test_the_indonesian_addresses_civil_servants_formally(form: Instrument) -> None:
    questions = [item.labels["id"] for item in form.items if "?" in item.labels["id"]]
    assert len(questions) > 20
    for question in questions:
        assert not re.search(r"\b(kamu|anda|lu|gue)\b", question, re.IGNORECASE), question


def test_every_substantive_item_says_where_it_comes_from(form: Instrument) -> None:
    roles = {
        "witnessed",
        "asked",
        "pressured",
        "actor",
        "done",
        "initiative",
        "agency_pressured",
        "agency_own",
    }
    roles |= {"scale", "exposure", "opinion", "list_count"}
    items = [item for item in form.items if item.tags.get("role") in roles]
    assert len(items) == 16 + 5 + 2 + 2 + 21 + 6 + 5
    keys = {key.split()[0] for item in items for key in item.tags["source"].split("; ")}
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert {key for key in keys if f"`{key}`" not in readme} == set()


def test_the_sixteen_forms_are_found_by_their_tags(form: Instrument) -> None:
    seen = {int(item.tags["form"]): item for item in form.items if item.tags.get("role") == "witnessed"}
    assert list(seen) == list(range(1, 17))
    for name in ("asked", "done"):
        item = form.item(name)
        assert item.kind == "select_multiple"
        choices = {int(choice.tags["form"]): choice for choice in item.choices if "form" in choice.tags}
        assert list(choices) == list(range(1, 17))
        assert all(dict(choices[form].labels) == dict(seen[form].labels) for form in choices)
        assert item.valid_codes[-1] == "none"
        assert item.missing_codes == {"refused": "refused"}


@pytest.mark.parametrize(
    ("name", "codes", "missing"),
    [
        ("consent", "yes no", ""),
        ("incumbent_ran", "yes no", "dont_know refused"),
        ("career_1", "1 2 3 4 5", "98 99"),
        ("ppk_hinders", "agree disagree", "dont_know refused"),
        ("employment", "pns pppk ptt other", ""),
        ("agency", "ministry central_agency province_government regency_government city_government", ""),
        ("position", "jpt administrator supervisor functional executive", ""),
        ("functional_field", "teacher health other", ""),
        ("grade", "grade_1 grade_2 grade_3 grade_4 pppk_1_4 pppk_5_8 pppk_9_17 none", ""),
        ("sex", "male female", ""),
        ("education", "secondary diploma bachelor master doctorate", ""),
        ("pressured", "asked ordered mobilised threatened promised none", "refused"),
        (
            "pressured_by",
            "superior agency_head regional_secretary regional_head incumbent candidate campaign_team party "
            "colleague family other",
            "refused",
        ),
        ("done_initiative", "own asked both", "dont_know refused"),
        ("causes", "kinship career background debt candidate_pressure other", "dont_know refused"),
        ("influencer", "campaign_team superior candidate party other", ""),
    ],
)
def test_its_answers_are_these(form: Instrument, name: str, codes: str, missing: str) -> None:
    assert " ".join(form.item(name).valid_codes) == codes
    assert " ".join(form.item(name).missing_codes) == missing


def test_provinces_carry_both_national_codes(form: Instrument) -> None:
    provinces = {choice.name: choice.tags for choice in form.item("province").choices}
    assert len(provinces) == 38
    assert len({tags["kemendagri"] for tags in provinces.values()}) == 38
    assert len({tags["bps"] for tags in provinces.values()}) == 38
    assert len({tags["parent2020"] for tags in provinces.values()}) == 34
    assert provinces["papua"] == {"kemendagri": "91", "bps": "94", "parent2020": "papua"}
    assert provinces["papua_tengah"] == {"kemendagri": "94", "bps": "96", "parent2020": "papua"}
    assert provinces["papua_barat_daya"] == {"kemendagri": "96", "bps": "92", "parent2020": "papua_barat"}


def test_each_scale_has_three_items_and_its_third_is_reversed(form: Instrument) -> None:
    assert list(form.scales) == [
        "career_motive",
        "incumbent_pressure",
        "kinship",
        "regulatory_clarity",
        "sanction_certainty",
        "ppk_commitment",
        "reporting_willingness",
    ]
    for items in form.scales.values():
        assert [item.reverse for item in items] == [False, False, True]
        assert all([choice.score for choice in item.choices] == [1, 2, 3, 4, 5, None, None] for item in items)
    assert form.item("attention").tags["correct"] == "2"


def test_sensitive_questions_promise_anonymity(form: Instrument) -> None:
    sensitive = [item for item in form.items if item.tags.get("sensitivity") == "high"]
    assert {item.name for item in sensitive} == {
        *BLOCKS["main/experience"].split(),
        *BLOCKS["main/agency_view"].split(),
        "comment",
    }
    for item in [form.item("intro"), *sensitive]:
        text = {lang: item.labels[lang] + item.hints.get(lang, "") for lang in ("id", "en")}
        assert "anonim" in text["id"], item.name
        assert "anonymous" in text["en"], item.name


def test_the_two_lists_differ_by_the_sensitive_activity(form: Instrument) -> None:
    for lang in ("id", "en"):
        control, treatment = (
            form.item(f"list_items_{arm}").labels[lang].split("\n") for arm in ("control", "treatment")
        )
        assert (len(control), len(treatment)) == (4, 5)
        assert [line for line in treatment if line in control] == control
    assert form.item("list_u").calculation == "once(random())"
    assert form.item("list_count_control").constraint == ". >= 0 and . <= 4"
    assert form.item("list_count_treatment").constraint == ". >= 0 and . <= 5"


def respondents(form: Instrument, **answers: list[str]) -> dict[str, pd.Series]:
    n_rows = len(next(iter(answers.values())))
    eligible = {"eligible": ["1"] * n_rows}
    return {
        item.name: pd.Series((eligible | answers).get(item.name, [""] * n_rows)) for item in form.answerable
    }


def judged(form: Instrument, expression: str | None, name: str, **answers: list[str]) -> list[bool]:
    assert expression is not None
    result = evaluate(expression, respondents(form, **answers), self_name=name)
    assert not isinstance(result, NotEvaluated), result.reason
    return result.tolist()


def test_every_condition_and_constraint_can_be_evaluated(form: Instrument) -> None:
    columns = respondents(form, age=["30"])
    expressions = [
        (item.name, expression)
        for item in form.items
        for expression in (item.relevant, item.constraint)
        if expression is not None
    ]
    assert len(expressions) == 84
    for name, expression in expressions:
        assert isinstance(evaluate(expression, columns, self_name=name), pd.Series), (name, expression)
    arm = evaluate("if(${list_u} < 0.5, 'control', 'treatment') = 'control'", columns)
    assert isinstance(arm, pd.Series)
    draw = evaluate(form.item("list_u").calculation or "", columns)
    assert isinstance(draw, NotEvaluated)


def test_follow_ups_are_asked_of_those_they_concern(form: Instrument) -> None:
    field = form.item("functional_field").relevant
    assert judged(form, field, "", position=["functional", "jpt", ""]) == [True, False, False]
    assert judged(form, field, "", position=["functional"], eligible=["0"]) == [False]
    by = form.item("pressured_by").relevant
    assert judged(form, by, "", pressured=["asked", "ordered party", "none", "refused", ""]) == [
        True, True, False, False, False,
    ]  # fmt: skip
    initiative = form.item("done_initiative").relevant
    assert judged(form, initiative, "", done=["f16_party_member", "none", "refused", ""]) == [
        True, False, False, False,
    ]  # fmt: skip
    treated = form.item("list_count_treatment").relevant
    assert judged(form, treated, "", list_arm=["treatment", "control"]) == [True, False]
    eligible = form.item("eligible").calculation
    statuses = {"consent": ["yes"] * 4 + ["no"], "employment": ["pns", "pppk", "ptt", "other", "pns"]}
    assert judged(form, eligible, "", **statuses) == [True, True, True, False, False]


def test_constraints_part_good_answers_from_bad_ones(form: Instrument) -> None:
    def holds(name: str, *values: str, **answers: list[str]) -> list[bool]:
        return judged(form, form.item(name).constraint, name, **{name: list(values)}, **answers)

    assert holds("district", "5371", "5300", "537", "53711", "53a1") == [True, True, False, False, False]
    assert holds("age", "17", "18", "70", "71") == [False, True, True, False]
    assert holds("tenure", "0", "25", "26", "-1", age=["40"] * 4) == [True, True, False, False]
    assert holds("list_count_control", "0", "4", "5") == [True, True, False]
    assert holds("list_count_treatment", "5", "6", "-1") == [True, False, False]
    for name in ("asked", "done", "pressured", "agency_pressured"):
        first, second = form.item(name).valid_codes[:2]
        answers = (
            f"{first} {second}",
            first,
            "none",
            "refused",
            f"{first} none",
            f"refused {first}",
            "none refused",
        )
        assert holds(name, *answers) == [True, True, True, True, False, False, False], name
    assert holds("pressured_by", "party superior", "refused", "party refused") == [True, True, False]
    assert holds("causes", "kinship career", "dont_know", "kinship dont_know") == [True, True, False]


def test_every_constraint_explains_itself_in_both_languages() -> None:
    xform = convert(FORM).xform
    constrained = re.findall(r'<bind nodeset="([^"]+)"[^>]* constraint="', xform)
    assert len(constrained) == 11
    for path in constrained:
        assert xform.count(f'<text id="{path}:jr:constraintMsg">') == 2, path


def test_pyxform_converts_it_without_a_warning() -> None:
    warnings: list[str] = []
    xform = convert(FORM, warnings=warnings, validate=False).xform
    assert warnings == []
    assert xform.count("<translation ") == 2


@pytest.mark.long
@pytest.mark.skipif(
    shutil.which("java") is None, reason="ODK Validate is a Java program and there is no java"
)
def test_odk_validate_accepts_it_without_a_warning() -> None:
    warnings: list[str] = []
    convert(FORM, warnings=warnings, validate=True)
    assert warnings == []


def test_building_it_again_gives_the_same_bytes(tmp_path: Path) -> None:
    built = tmp_path / "netrality.xlsx"
    subprocess.run(
        [sys.executable, "-B", FOLDER / "build.py", "--output", built], check=True, capture_output=True
    )
    assert built.read_bytes() == FORM.read_bytes()
