"""Provinces: vintages, colliding codes, names, groups, tiles."""

from pathlib import Path

import pytest

from netralstat import reference
from netralstat.errors import UsageError

NEW = {"papua_barat_daya", "papua_selatan", "papua_tengah", "papua_pegunungan"}


def test_vintages_have_34_and_38_provinces():
    old, new = reference.provinces(2021), reference.provinces(2022)
    assert (len(old), len(new)) == (34, 38)
    assert set(new["slug"]) - set(old["slug"]) == NEW
    assert old["slug"].is_unique
    assert new["slug"].is_unique


@pytest.mark.parametrize(
    ("code", "system", "vintage", "slug"),
    [
        (91, "bps", 2021, "papua_barat"),
        (94, "bps", 2021, "papua"),
        (91, "kemendagri", 2021, "papua"),
        (92, "kemendagri", 2021, "papua_barat"),
        (91, "bps", 2022, "papua_barat"),
        (92, "bps", 2022, "papua_barat_daya"),
        (94, "bps", 2022, "papua"),
        (95, "bps", 2022, "papua_selatan"),
        (96, "bps", 2022, "papua_tengah"),
        (97, "bps", 2022, "papua_pegunungan"),
        ("91", "kemendagri", 2024, "papua"),
        ("92", "kemendagri", 2024, "papua_barat"),
        ("93", "kemendagri", 2024, "papua_selatan"),
        ("94", "kemendagri", 2024, "papua_tengah"),
        ("95", "kemendagri", 2024, "papua_pegunungan"),
        ("96", "kemendagri", 2024, "papua_barat_daya"),
        (11, "bps", 2021, "aceh"),
        (34, "kemendagri", 2021, "di_yogyakarta"),
    ],
)
def test_a_code_means_a_province_of_its_system_and_vintage(code, system, vintage, slug):
    assert reference.by_code(code, system, vintage) == slug


def test_the_two_systems_differ_only_in_papua():
    table = reference.provinces(2022)
    differing = set(table["slug"][table["bps_code"] != table["kemendagri_code"]])
    assert differing == NEW | {"papua", "papua_barat"}


def test_unknown_codes_say_where_they_would_mean_something():
    with pytest.raises(UsageError, match=r'"92" is no bps province code of 2021\. It means papua_barat_daya'):
        reference.by_code(92, "bps", 2021)
    with pytest.raises(UsageError, match="the codes are 11, 12"):
        reference.by_code(99, "bps", 2022)
    with pytest.raises(UsageError, match=r'Did you mean "kemendagri"\?'):
        reference.by_code(11, "kemendagry", 2022)


@pytest.mark.parametrize("vintage", [1999, "2021", True])
def test_a_vintage_is_a_year_with_a_list(vintage):
    with pytest.raises(UsageError, match="no list of provinces"):
        reference.provinces(vintage)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Kep. Babel", "kepulauan_bangka_belitung"),
        ("D.I. Yogyakarta", "di_yogyakarta"),
        ("DKI Jakarta", "dki_jakarta"),
        ("north sumatra", "sumatera_utara"),
        ("SULS", "sulawesi_selatan"),
        ("papua_barat_daya", "papua_barat_daya"),
    ],
)
def test_names_lead_to_slugs(name, slug):
    assert reference.by_name(name) == slug


def test_a_name_of_a_later_province_is_unknown_in_2021():
    with pytest.raises(UsageError, match=r"no province of 2021\..*Did you mean"):
        reference.by_name("Papua Tengah", 2021)


def test_names_are_complete_in_both_languages():
    assert reference.names("id")["sumatera_utara"] == "Sumatera Utara"
    assert reference.names("en")["papua_pegunungan"] == "Highland Papua"
    assert len(reference.names("en", 2021)) == 34
    with pytest.raises(UsageError, match="no language"):
        reference.names("fr")


def test_the_crosswalk_goes_down_to_34():
    crosswalk = reference.crosswalk()
    assert len(crosswalk) == 38
    assert set(crosswalk.values()) == set(reference.provinces(2021)["slug"])
    assert {slug for slug, parent in crosswalk.items() if slug != parent} == NEW
    assert crosswalk["papua_barat_daya"] == "papua_barat"
    assert crosswalk["papua_tengah"] == "papua"


def test_only_verified_years_of_foundation_are_shipped():
    table = reference.provinces(2022).set_index("slug")
    known = table["since"].dropna()
    assert known.to_dict() == {"kalimantan_utara": 2012, **dict.fromkeys(NEW, 2022)}
    assert table.loc["papua_selatan", "since_date"] == "2022-07-25"


def test_counts_of_new_provinces_go_to_their_parents_in_the_old_vintage():
    old, new = reference.provinces(2021).set_index("slug"), reference.provinces(2022).set_index("slug")
    assert old["pns_2023"].sum() == new["pns_2023"].sum() == 3_732_415
    assert old.loc["papua", "n_regencies_2025"] == 8 + 4 + 8 + 8
    assert (new["n_regencies_2025"].sum(), new["n_cities_2025"].sum()) == (416, 98)


def test_group_schemes_cover_every_province():
    kasn, bps = reference.groups("kasn2021"), reference.groups("bps", 2021)
    assert list(kasn.columns) == ["slug", "group", "label_id", "label_en"]
    assert (len(kasn), kasn["group"].nunique()) == (38, 6)
    assert (len(bps), bps["group"].nunique()) == (34, 7)
    by_slug = kasn.set_index("slug")
    assert by_slug.loc["bali", "group"] == "jawa_bali"
    assert by_slug.loc["maluku", "label_en"] == "Papua and Maluku"
    assert bps.set_index("slug").loc["bali", "group"] == "bali_nusa_tenggara"
    with pytest.raises(UsageError, match=r'Did you mean "kasn2021"\?'):
        reference.groups("kasn2020")


def test_frames_are_the_callers_own():
    mine = reference.provinces(2021)
    mine.loc[0, "slug"] = "changed"
    assert reference.provinces(2021).loc[0, "slug"] == "aceh"


def write_groups(path: Path, rows: list[str], header: str = "slug,group,label_id,label_en") -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def own_rows() -> list[str]:
    return [f"{slug},one,Satu,One" for slug in reference.provinces(2021)["slug"]]


def test_a_survey_may_bring_its_own_groups(tmp_path):
    own = reference.read_groups(write_groups(tmp_path / "groups.csv", own_rows()), 2021)
    assert (len(own), set(own["group"])) == (34, {"one"})
    assert set(reference.tiles(2021, own, "en")["group_label"]) == {"One"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows[1:], "1 provinces have no group: aceh"),
        (lambda rows: [*rows, rows[0]], "aceh stands 2 times"),
        (lambda rows: [*rows, "balii,one,Satu,One"], 'Did you mean "bali"'),
        (lambda rows: [rows[0].replace("Satu", "Uno"), *rows[1:]], 'group "one" has 2 labels'),
        (lambda rows: [rows[0].replace("Satu", ""), *rows[1:]], "Empty fields in lines 2"),
    ],
)
def test_own_groups_must_cover_each_province_once(tmp_path, change, said):
    path = write_groups(tmp_path / "groups.csv", change(own_rows()))
    with pytest.raises(UsageError, match=said):
        reference.read_groups(path, 2021)


def test_own_groups_need_a_file_with_the_columns(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        reference.read_groups(tmp_path / "absent.csv")
    with pytest.raises(UsageError, match=r"columns province, region"):
        reference.read_groups(write_groups(tmp_path / "g.csv", [], "province,region"))


@pytest.mark.parametrize("vintage", [2021, 2022])
def test_tiles_do_not_share_a_place(vintage):
    tiles = reference.tiles(vintage)
    assert list(tiles.columns) == ["slug", "abbr", "row", "col", "group", "group_label"]
    assert not tiles.duplicated(["row", "col"]).any()
    assert tiles["abbr"].is_unique
    assert tiles["group_label"].notna().all()


def test_tiles_bear_codes_or_short_names():
    assert reference.tiles(2021, names="short").set_index("slug").loc["sumatera_utara", "abbr"] == "Sumut"
    with pytest.raises(UsageError, match="tile name"):
        reference.tiles(2021, names="long")
