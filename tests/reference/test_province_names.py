"""Written names of provinces: the usual spellings, and nothing by likeness."""

import pytest

from netralstat import reference
from netralstat.errors import UsageError
from netralstat.reference.packaged import records
from netralstat.reference.province_names import _folded, closest_name, find_name

SHORT = (
    *("Sumut", "Sumbar", "Sumsel", "Kepri", "Babel", "Jabar", "Jateng", "Jatim", "DIY", "NTB", "NTT", "NAD"),
    *("Kalbar", "Kalteng", "Kalsel", "Kaltim", "Kaltara", "Sulut", "Sulteng", "Sulsel", "Sultra", "Sulbar"),
    *("Malut", "DKI", "DKJ"),
)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Provinsi Jawa Barat", "jawa_barat"),
        ("PROV. JAWA BARAT", "jawa_barat"),
        ("Propinsi Jawa Barat", "jawa_barat"),
        ("West Java Province", "jawa_barat"),
        ("  jawa   barat ", "jawa_barat"),
        ("Jawa_Barat", "jawa_barat"),
        ("Sumatra Barat", "sumatera_barat"),
        ("Kepulauan Bangka-Belitung", "kepulauan_bangka_belitung"),
        ("Kep. Bangka Belitung", "kepulauan_bangka_belitung"),
        ("Babel", "kepulauan_bangka_belitung"),
        ("D.I.Yogyakarta", "di_yogyakarta"),
        ("D.I.Y", "di_yogyakarta"),
        ("DAERAH ISTIMEWA YOGYAKARTA", "di_yogyakarta"),
        ("Jogja", "di_yogyakarta"),
        ("Daerah Khusus Jakarta", "dki_jakarta"),
        ("DKI Jakarta", "dki_jakarta"),
        ("N.T.T.", "nusa_tenggara_timur"),
        ("Papua Barat Daya", "papua_barat_daya"),
        ("Highland Papua", "papua_pegunungan"),
    ],
)
def test_usual_spellings(name, slug):
    assert find_name(name, 2022) == slug


def test_every_short_name_means_one_province():
    found = [find_name(name, 2021) for name in SHORT]
    assert None not in found
    assert len(set(found)) == len(SHORT) - 1  # DKI and DKJ are one


@pytest.mark.parametrize(
    "name", ["", "Sumatera", "Jawa", "Nusa Tenggara", "Jawa Bara", "Kalimantan", "32", "Papua Timur"]
)
def test_nothing_is_matched_by_likeness(name):
    assert find_name(name, 2022) is None


def test_papua_is_that_of_the_vintage():
    assert find_name("Papua", 2021) == find_name("Papua", 2022) == "papua"
    assert find_name("Papua Selatan", 2021) is None
    assert find_name("Papua Selatan", 2022) == "papua_selatan"
    with pytest.raises(UsageError, match=r"no province of 2021\. It was founded in 2022\."):
        reference.by_name("Papua Selatan", 2021)


def test_no_spelling_means_two_provinces():
    columns = ("slug", "abbr", "short_id", "name_id", "name_en")
    meant = [(_folded(row[column]), row["slug"]) for row in records("provinces") for column in columns]
    meant += [(_folded(row["alias"]), row["slug"]) for row in records("aliases")]
    by_spelling: dict[str, set[str]] = {}
    for spelling, slug in meant:
        by_spelling.setdefault(spelling, set()).add(slug)
    assert all(len(slugs) == 1 for slugs in by_spelling.values())
    assert {row["slug"] for row in records("aliases")} <= {row["slug"] for row in records("provinces")}


def test_the_closest_spelling_is_told_by_its_slug():
    assert closest_name("Kalimantan Tegah", 2022) == ' Did you mean "kalimantan_tengah"?'
    assert closest_name("xyz", 2022) == ""
