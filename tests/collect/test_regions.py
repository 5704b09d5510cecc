"""Provinces by slug, name, code and regency code; what is none of them; old and new lists."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netralstat.ask.instrument import Choice, Instrument, Item
from netralstat.collect.responses import read_responses
from netralstat.errors import PlanError

SOURCE = (
    '[[collect.sources]]\npath = "export.csv"\nkind = "table"\ndelimiter = ";"\nselect_multiple = "joined"\n'
)


def form(*items: Item) -> Instrument:
    return Instrument(
        id="f", version="1", titles={"en": "F"}, languages=("en",), default_language="en", items=items
    )


def read(wave, regions: str, *cells: str, item: Item | None = None):
    item = item or Item(name="prov", kind="text")
    text = "\n".join([f"{item.name};pw", *(f"{cell};1" for cell in cells)]) + "\n"
    declared = f'{SOURCE}[collect.regions]\nitem = "{item.name}"\n{regions}\n'
    return read_responses(wave(text, source=declared), form(item))


def slugs(result) -> list[str | None]:
    return [None if value != value else value for value in result.frame["prov_slug"].astype(object)]


def test_names_in_the_usual_spellings(wave):
    cells = (
        "Sumatra Utara",
        "KEP. BABEL",
        "d.i. yogyakarta",
        "Prov. Kepri",
        "DKJ",
        "NTB",
        "Kaltara",
        "Papua",
    )
    result = read(wave, 'scheme = "name"\nvintage = 2021', *cells)
    assert slugs(result) == [
        "sumatera_utara", "kepulauan_bangka_belitung", "di_yogyakarta", "kepulauan_riau", "dki_jakarta",
        "nusa_tenggara_barat", "kalimantan_utara", "papua",
    ]  # fmt: skip
    assert list(result.frame["prov"]) == list(cells)
    assert len(result.frame["prov_slug"].cat.categories) == 34
    assert result.findings.empty


def test_a_typed_name_that_is_no_province_is_a_finding_that_does_not_show_it(wave):
    cells = ("Sumatera Utra", "Papua Tengah", "", "Mars", "Bali")
    result = read(wave, 'scheme = "name"\nvintage = 2021', *cells)
    assert slugs(result) == [None, None, None, None, "bali"]
    found = result.findings
    assert found[["row", "column", "rule", "severity"]].values.tolist() == [
        [row, "prov", "region", "error"] for row in (2, 3, 5)
    ]
    assert 'Did you mean "sumatera_utara"?' in found["note"][0]
    assert not any(cell in " ".join(found["note"]) for cell in ("Utra", "Papua Tengah", "Mars"))
    assert len(result.invalid) == 3
    assert result.n_read == result.n_accepted == 5


def test_one_code_means_two_provinces(wave):
    cells = ("91", "92", "94", "32")
    for system, vintage, expected in (
        ("bps", 2021, ["papua_barat", None, "papua", "jawa_barat"]),
        ("bps", 2022, ["papua_barat", "papua_barat_daya", "papua", "jawa_barat"]),
        ("kemendagri", 2021, ["papua", "papua_barat", None, "jawa_barat"]),
        ("kemendagri", 2024, ["papua", "papua_barat", "papua_tengah", "jawa_barat"]),
    ):
        declared = f'scheme = "code"\ncode_system = "{system}"\nvintage = {vintage}'
        assert slugs(read(wave, declared, *cells)) == expected


def test_new_provinces_go_back_to_the_old_ones(wave):
    declared = 'scheme = "code"\ncode_system = "kemendagri"\nvintage = 2023\nto_vintage = 2021'
    result = read(wave, declared, "93", "96", "51")
    assert slugs(result) == ["papua", "papua_barat", "bali"]
    assert len(result.frame["prov_slug"].cat.categories) == 34
    declared = 'scheme = "slug"\nvintage = 2023\nto_vintage = 2021'
    assert slugs(read(wave, declared, "papua_pegunungan", "aceh")) == ["papua", "aceh"]


def test_regency_codes(wave):
    declared = 'scheme = "regency_code"\ncode_system = "kemendagri"\nvintage = 2022'
    result = read(wave, declared, "32.73", "3273", "9401", "3200", "327", "9799")
    assert slugs(result) == ["jawa_barat", "jawa_barat", "papua_tengah", None, None, None]
    assert list(result.findings["row"]) == [5, 6, 7]


def test_numbers_may_be_codes(wave):
    item = Item(name="prov", kind="integer")
    declared = 'scheme = "code"\ncode_system = "bps"\nvintage = 2021'
    assert slugs(read(wave, declared, "32", "", "x", item=item)) == ["jawa_barat", None, None]


def test_labels_of_choices_are_names(wave):
    choices = (
        Choice(name="1", labels={"id": "Jawa Barat", "en": "West Java"}),
        Choice(name="2", labels={"id": "Kepulauan Riau"}),
        Choice(name="3", labels={"id": "Luar negeri"}),
        Choice(name="9", labels={"id": "Tidak menjawab"}, missing="refused"),
    )
    item = Item(name="prov", kind="select_one", choices=choices)
    declared = 'scheme = "name"\nvintage = 2022\nno_province = ["3"]'
    result = read(wave, declared, "1", "2", "3", "9", "", item=item)
    assert slugs(result) == ["jawa_barat", "kepulauan_riau", None, None, None]
    assert result.findings.empty
    with pytest.raises(PlanError, match=r'1 of 4 choices of "prov" mean no province of 2022: 3'):
        read(wave, 'scheme = "name"\nvintage = 2022', "1", item=item)
    with pytest.raises(PlanError, match=r'3 of 4 choices of "prov" mean no province of 2022 by bps code: 1'):
        read(wave, 'scheme = "code"\ncode_system = "bps"\nvintage = 2022', "1", item=item)
    with pytest.raises(PlanError, match='"prov" has no choice 4'):
        read(wave, 'scheme = "name"\nvintage = 2022\nno_province = ["4"]', "1", item=item)
    twofold = replace(item, choices=(Choice(name="bali", labels={"id": "Aceh"}),))
    with pytest.raises(PlanError, match="1 of 1 choices"):
        read(wave, 'scheme = "name"\nvintage = 2022', "bali", item=twofold)


def test_slugs_stay_in_their_item_and_are_checked(wave):
    result = read(wave, 'scheme = "slug"\nvintage = 2021', "aceh", "papua_tengah", "")
    assert list(result.frame.columns) == ["prov", "pw"]
    assert result.findings[["row", "rule"]].values.tolist() == [[3, "region"]]
    item = Item(name="prov", kind="select_one", choices=(Choice(name="aceh"), Choice(name="sumatra_utara")))
    with pytest.raises(
        PlanError, match=r'no province of 2022: sumatra_utara\. Did you mean "sumatera_utara"'
    ):
        read(wave, 'scheme = "slug"', "aceh", item=item)


def test_a_choice_list_may_be_ahead_of_the_vintage_but_an_answer_may_not(wave):
    item = Item(name="prov", kind="select_one", choices=(Choice(name="aceh"), Choice(name="papua_tengah")))
    result = read(wave, 'scheme = "slug"\nvintage = 2021', "aceh", "papua_tengah", item=item)
    assert result.findings[["row", "rule"]].values.tolist() == [[3, "region"]]


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ('scheme = "code"\nvintage = 2021', 'needs code_system = "bps" or "kemendagri"'),
        ('scheme = "code"\ncode_system = "bps"', "needs vintage, the year of the list"),
        ('scheme = "name"', "needs vintage"),
        ('scheme = "name"\nvintage = 2021\ncode_system = "bps"', '"code_system" is for codes'),
        ('scheme = "name"\nvintage = 2021\nto_vintage = 2022', "to_vintage = 2022 is after vintage = 2021"),
        ('scheme = "code"\ncode_system = "bsp"\nvintage = 2021', 'Did you mean "bps"'),
        ('scheme = "slug"\nvintage = 1999', "2013 or more"),
        ('scheme = "slug"\nvintage = 2021\noutside = ["papua_tengah"]', "none of 2021: papua_tengah"),
    ],
)
def test_what_cannot_be_declared(wave, declared, words):
    with pytest.raises(PlanError, match=words):
        read(wave, declared, "aceh")


def test_an_item_that_is_not_there_or_a_column_that_is_taken(wave):
    text = f'{SOURCE}[collect.regions]\nitem = "provv"\nscheme = "slug"\n'
    plan = wave("prov;pw\naceh;1\n", source=text)
    with pytest.raises(PlanError, match=r'"provv" is no item with one answer\. Did you mean "prov"'):
        read_responses(plan, form(Item(name="prov", kind="text")))
    items = (Item(name="prov", kind="text"), Item(name="prov_slug", kind="text"))
    text = f'{SOURCE}[collect.regions]\nitem = "prov"\nscheme = "name"\nvintage = 2022\n'
    plan = wave("prov;prov_slug;pw\naceh;;1\n", source=text)
    with pytest.raises(PlanError, match='the column "prov_slug", and there is one already'):
        read_responses(plan, form(*items))
