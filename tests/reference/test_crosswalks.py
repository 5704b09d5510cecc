"""From 38 provinces to 34 and, where it can be, back; from a regency to its province."""

import pytest

from netralstat import reference
from netralstat.errors import UsageError


def test_downwards_is_exact():
    down = reference.crosswalk(2024, 2020)
    assert down == reference.crosswalk()
    assert set(down) == set(reference.provinces(2022)["slug"])
    assert set(down.values()) == set(reference.provinces(2021)["slug"])


def test_upwards_only_what_stayed_as_it_was():
    up = reference.crosswalk(2021, 2022)
    assert len(up) == 32
    assert all(slug == other for slug, other in up.items())
    assert {"papua", "papua_barat"}.isdisjoint(up)
    assert reference.crosswalk(2015, 2021) == {slug: slug for slug in reference.provinces(2021)["slug"]}
    assert len(reference.crosswalk(2022, 2025)) == 38


def test_successors():
    assert reference.successors("papua") == ("papua", "papua_selatan", "papua_tengah", "papua_pegunungan")
    assert reference.successors("bali") == ("bali",)
    with pytest.raises(UsageError, match="no province of 2021"):
        reference.successors("papua_tengah")


@pytest.mark.parametrize(
    ("code", "system", "vintage", "slug"),
    [
        ("3273", "bps", 2021, "jawa_barat"),
        (" 32.73 ", "kemendagri", 2021, "jawa_barat"),
        (1101, "kemendagri", 2021, "aceh"),
        ("9401", "bps", 2021, "papua"),
        ("9401", "kemendagri", 2022, "papua_tengah"),
        ("9171", "kemendagri", 2021, "papua"),
        ("9171", "bps", 2022, "papua_barat"),
        ("9271", "bps", 2022, "papua_barat_daya"),
    ],
)
def test_the_first_two_digits_are_the_province(code, system, vintage, slug):
    assert reference.province_of_regency(code, system, vintage) == slug


@pytest.mark.parametrize("code", ["3200", "3270", "327", "32730", "32-73", "x273", "", "٣٢٧٣"])
def test_what_is_no_code_of_a_regency(code):
    with pytest.raises(UsageError, match="is no code of a kabupaten or kota"):
        reference.province_of_regency(code, "bps", 2021)


def test_a_province_that_is_not_there():
    with pytest.raises(UsageError, match=r'"93" is no bps province code of 2021'):
        reference.province_of_regency("9301", "bps", 2021)
    with pytest.raises(UsageError, match="no code system"):
        reference.province_of_regency("3273", "bpss", 2021)
