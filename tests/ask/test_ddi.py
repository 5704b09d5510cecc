"""DDI-Codebook 2.5: the elements in the order of the standard, references that lead somewhere, valid XML.

`codebook.xsd` 2.5.1 and the schemas it imports are checked against where they lie in `tests/ask/ddi/`
(from https://ddialliance.org; LGPL, not part of this repository). Without them the order of children, the
required attributes and the lists of values that the standard gives are checked here.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from ask.forms import demo, rows
from defusedxml.ElementTree import fromstring
from lxml import etree

from netralstat.ask.documents.ddi import ddi_xml
from netralstat.ask.documents.ddi_elements import language_tag
from netralstat.ask.instrument import Instrument
from netralstat.ask.plan import read_plan
from netralstat.ask.xlsform import read_xlsform

SURVEYS = Path(__file__).parents[2] / "surveys"
SCHEMA = Path(__file__).parent / "ddi" / "codebook.xsd"
NS = "{ddi:codebook:2_5}"
# The children that we write, in the order in which DDI-Codebook 2.5.1 wants them.
ORDER = {
    "codeBook": ["docDscr", "stdyDscr", "fileDscr", "dataDscr"],
    "docDscr": ["citation"],
    "stdyDscr": ["citation", "stdyInfo"],
    "citation": ["titlStmt", "prodStmt", "verStmt"],
    "titlStmt": ["titl", "parTitl", "IDNo"],
    "stdyInfo": ["sumDscr", "notes"],
    "sumDscr": ["collDate", "universe"],
    "fileDscr": ["fileTxt"],
    "dataDscr": ["varGrp", "var"],
    "varGrp": ["labl"],
    "var": ["labl", "qstn", "valrng", "invalrng", "universe", "catgry", "derivation", "varFormat", "notes"],
    "catgry": ["catValu", "labl"],
    "qstn": ["qstnLit", "ivuInstr"],
}


@pytest.fixture(scope="module")
def standard() -> Instrument:
    return read_xlsform(SURVEYS / "instrument" / "netrality.xlsx")


@pytest.fixture(scope="module")
def forms(standard: Instrument, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("forms")
    plan = read_plan(SURVEYS / "asn-2021-demo")
    odd = rows(
        folder,
        "|  | begin repeat | child | Child | | |",
        "|  | range | mark | Mark <&> | Move | start=0 end=5 step=0.5 |",
        "|  | end repeat | | | | |",
        "|  | geopoint | place | Place | | |",
        "|  | select_multiple none | many | Many | | |",
        "| choices |",
        "|  | list_name | name | label | nst_missing |",
        "|  | none | 9 | Refused | refused |",
        header="type | name | label::Basa Sunda | hint | parameters",
    )
    return [
        ddi_xml(standard, software_version="1"),
        ddi_xml(standard, plan, software_version="1"),
        ddi_xml(demo(folder), software_version="1"),
        ddi_xml(odd, software_version="1"),
    ]


def test_children_stand_in_the_order_of_the_standard(forms: list[bytes]) -> None:
    for written in forms:
        for element in fromstring(written).iter():
            allowed = ORDER.get(element.tag.removeprefix(NS), [])
            if not allowed:
                assert not len(element) or element.tag.removeprefix(NS) in (
                    "valrng", "invalrng", "derivation", "fileTxt", "prodStmt", "verStmt"
                )  # fmt: skip
                continue
            places = [allowed.index(child.tag.removeprefix(NS)) for child in element]
            assert places == sorted(places), element.tag


def test_ids_are_unique_and_references_lead_to_them(forms: list[bytes]) -> None:
    for written in forms:
        root = fromstring(written)
        ids = [element.get("ID") for element in root.iter() if element.get("ID")]
        assert len(ids) == len(set(ids))
        for group in root.iter(f"{NS}varGrp"):
            assert set(str(group.get("var")).split()) <= set(ids)
        for variable in root.iter(f"{NS}var"):
            assert variable.get("name")
            assert variable.get("files") in ids
            assert variable.get("representationType") in ("text", "numeric", "code", "datetime", "other")


@pytest.mark.skipif(not SCHEMA.is_file(), reason="the schema of the DDI Alliance is not in tests/ask/ddi")
def test_documents_are_valid_against_the_schema(forms: list[bytes]) -> None:
    schema = etree.XMLSchema(etree.parse(str(SCHEMA), etree.XMLParser(no_network=True)))
    for written in forms:
        schema.assertValid(etree.fromstring(written))


def test_variables_are_the_columns_of_clean_data(standard: Instrument, forms: list[bytes]) -> None:
    names = [variable.get("name") for variable in fromstring(forms[0]).iter(f"{NS}var")]
    wanted: list[str] = []
    for item in standard.answerable:
        split = [f"{item.name}/{code}" for code in item.valid_codes]
        wanted += split if item.kind == "select_multiple" else [item.name]
    assert names == wanted


def test_a_question_its_codes_and_its_reasons(forms: list[bytes]) -> None:
    root = fromstring(forms[2])
    (variable,) = (one for one in root.iter(f"{NS}var") if one.get("name") == "trust_2")
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    question = variable.find(f"{NS}qstn")
    assert question is not None
    assert {one.get(lang): one.text for one in question} == {"id": "Saya ragu", "en": "I doubt"}
    assert (question.get("seqNo"), question.get("responseDomainType")) == ("4", "code")
    assert [one.get("VALUE") for one in variable.iter(f"{NS}item")] == ["9"]
    categories = variable.findall(f"{NS}catgry")
    assert [one.findtext(f"{NS}catValu") for one in categories] == ["1", "2", "3", "9"]
    assert [one.get("missing") for one in categories] == [None, None, None, "Y"]
    assert categories[3].get("missType") == "dont_know"
    assert [one.text for one in variable.findall(f"{NS}universe")] == [
        "Ditanyakan jika pertanyaan 1 dijawab “Ya”.",
        "Asked if question 1 is answered “Yes”.",
    ]
    notes = {one.get("type"): one.text for one in variable.findall(f"{NS}notes")}
    assert notes == {
        "relevant": "(${consent} = 'yes')",
        "nst_scale": "trust",
        "nst_reverse": "yes",
        "nst_score": "1=1 2=2 3=3",
    }
    groups = {one.get("name"): one.get("type") for one in root.iter(f"{NS}varGrp")}
    assert groups == {"main": "section", "both": "multipleResp", "trust": "other"}


def test_a_wave_adds_its_title_dates_population_and_whether_it_is_synthetic(forms: list[bytes]) -> None:
    plain, fielded = fromstring(forms[0]), fromstring(forms[1])
    title = f"{NS}stdyDscr/{NS}citation/{NS}titlStmt/{NS}titl"
    assert plain.findtext(title) == "Survei Netralitas Aparatur Sipil Negara"
    assert str(fielded.findtext(title)).endswith("(data sintetis)")
    dates = [(one.get("event"), one.get("date")) for one in fielded.iter(f"{NS}collDate")]
    assert dates == [("start", "2021-07-01"), ("end", "2021-07-30")]
    notes = [one.text for one in fielded.findall(f"{NS}stdyDscr/{NS}stdyInfo/{NS}notes")]
    assert "SYNTHETIC DATA: every response is simulated." in notes


def test_repeats_are_files_of_their_own_and_ranges_have_ends(forms: list[bytes]) -> None:
    root = fromstring(forms[3])
    assert [(one.get("ID"), one.findtext(f".//{NS}fileName")) for one in root.iter(f"{NS}fileDscr")] == [
        ("F1", "form"),
        ("F2", "child"),
    ]
    (mark,) = (one for one in root.iter(f"{NS}var") if one.get("name") == "mark")
    assert mark.get("files") == "F2"
    (ends,) = mark.iter(f"{NS}range")
    assert (ends.get("min"), ends.get("max"), ends.get("UNITS")) == ("0", "5", "REAL")


def test_the_same_form_gives_the_same_bytes_without_forbidden_characters(
    standard: Instrument, forms: list[bytes], tmp_path: Path
) -> None:
    assert ddi_xml(standard, software_version="1") == forms[0]
    written = ddi_xml(rows(tmp_path, "|  | text | a | Bell \a and <tag> |"), software_version="1")
    assert fromstring(written).findtext(f".//{NS}qstnLit") == "Bell  and <tag>"


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        ("id", "id"), ("und", "und"), ("pt-br", "pt-br"), ("Basa Sunda", "x-Basa-Sunda"),
        ("Bahasa Minangkabau", "x-Bahasa-Minangka"), ("汉语", "und"),
    ],
)  # fmt: skip
def test_languages_are_named_as_xml_names_them(code: str, tag: str) -> None:
    assert language_tag(code) == tag
