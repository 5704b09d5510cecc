"""The user's own map: which province a feature is, what is refused, and borders that stay shared."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from maps.province_squares import collection, square, squares, written

from netralstat.errors import ReportError, UsageError
from netralstat.maps.borders import generalised
from netralstat.maps.geojson import Polygon
from netralstat.maps.province_map import MAP_SCHEMES, read_province_map
from netralstat.maps.rings import area_of
from netralstat.reference import crosswalk, provinces

SLUGS = {vintage: list(provinces(vintage)["slug"]) for vintage in (2021, 2022)}
Rings = dict[str, tuple[Any, ...]]


def read(content: Any, **asked: Any) -> dict[str, tuple[Polygon, ...]]:
    return read_province_map(content, **{"key": "kode", "scheme": "bps", **asked})


def shape(areas: dict[str, tuple[Polygon, ...]]) -> dict[str, list[Any]]:
    return {slug: [ring.tolist() for one in parts for ring in one.rings] for slug, parts in areas.items()}


@pytest.mark.parametrize("scheme", MAP_SCHEMES)
@pytest.mark.parametrize("vintage", [2021, 2022])
def test_every_scheme_names_the_same_provinces(scheme: str, vintage: int) -> None:
    found = read(squares(vintage, scheme), scheme=scheme, vintage=vintage, needed=SLUGS[vintage])
    assert list(found) == SLUGS[vintage]
    assert shape(found) == shape(read(squares(vintage), vintage=vintage))


def test_a_file_gives_what_its_content_gives(tmp_path: Path) -> None:
    file = written(squares(), tmp_path / "m.geojson")
    assert shape(read(file)) == shape(read(str(file))) == shape(read(squares()))


def test_the_new_provinces_are_joined_with_those_they_were_cut_from() -> None:
    new, old = read(squares(2022)), read(squares(2022), vintage=2021, needed=SLUGS[2021])
    assert list(old) == SLUGS[2021]
    walk = crosswalk(2022, 2021)
    for slug, parts in old.items():
        assert len(parts) == sum(len(new[one]) for one in SLUGS[2022] if walk[one] == slug)
    assert len(old["papua"]) == 4


def test_a_map_of_regencies_is_joined_when_told_so() -> None:
    ring = [[100.0, 0.0], [101.0, 0.0], [101.0, 1.0], [100.0, 1.0], [100.0, 0.0]]
    beside = [[x + 1, y] for x, y in ring]
    parts = collection(square("51", [ring]), square(51, [[beside]], "MultiPolygon"))
    assert len(read(parts, dissolve=True)["bali"]) == 2
    with pytest.raises(ReportError, match=r"(?s)bali twice: features 1 and 2.*dissolve = true"):
        read(parts)


def _changed(place: int, **properties: Any) -> dict[str, Any]:
    content = squares()
    content["features"][place]["properties"] |= properties
    return content


def _without(*codes: str) -> dict[str, Any]:
    return collection(*(one for one in squares()["features"] if one["properties"]["kode"] not in codes))


NAN = [[[100.0, float("nan")], [101.0, 0.0], [101.0, 1.0], [100.0, float("nan")]]]


@pytest.mark.parametrize(
    ("content", "asked", "said"),
    [
        (
            _changed(6, kode="99"),
            {},
            r'1 names that are no province. feature 7: "99" is no bps province code',
        ),
        (_changed(6, kode="93"), {}, r"It means papua_selatan in kemendagri codes"),
        (squares(scheme="slug"), {}, r"38 names that are no province.*And 33 more"),
        (
            _changed(0, kode="acheh"),
            {"scheme": "slug"},
            r'"acheh" is no slug of a province. Did you mean "aceh"',
        ),
        (
            _changed(0, kode="Acehh"),
            {"scheme": "name"},
            r'"Acehh" is no province of 2022. Did you mean "aceh"',
        ),
        (_changed(0, kode="ID-XX"), {"scheme": "iso"}, r'"ID-XX" is no code of ISO 3166-2:ID'),
        (_changed(0, kode=11.5), {}, r'property "kode" is no text or whole number'),
        (squares(), {"key": "kodee"}, r'Did you mean "kode"'),
        (_without("51", "94"), {"needed": SLUGS[2022]}, r"lacks 2 of the 38 provinces .*: bali, papua\."),
        (squares(2021), {"needed": SLUGS[2022]}, r"lacks 4 of the 38 provinces.*papua_barat_daya"),
        (collection(square("51", [0.0, 0.0], "Point")), {}, "geometry Point"),
        (collection(square("51", NAN)), {}, "no degrees"),
        (collection(square("51", [[[1e6, 0], [2e6, 0], [2e6, 1], [1e6, 0]]])), {}, "no degrees"),
    ],
)
def test_maps_that_cannot_be_used_are_refused(content: Any, asked: dict[str, Any], said: str) -> None:
    with pytest.raises(ReportError, match=r"(?s)" + said):
        read(content, **({"scheme": "bps"} | asked))


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(
        UsageError, match=r'"kemendagr" is no way to name a province. Did you mean "kemendagri"'
    ):
        read(squares(), scheme="kemendagr")


# ------------------------------------------------------------------------------------------------- borders
def simple(areas: dict[str, tuple[Polygon, ...]], **asked: Any) -> Rings:
    return generalised(areas, **{"grid": 0.001, "tolerance": 0.05, "most_points": 100_000, **asked})


def steps(rings: Rings, area: str) -> set[tuple[tuple[float, ...], tuple[float, ...]]]:
    return {
        (tuple(a), tuple(b))
        for ring in rings[area]
        for a, b in zip(ring.tolist(), ring[1:].tolist(), strict=False)
    }


@pytest.mark.parametrize("tolerance", [0.0, 0.02, 0.1])
def test_no_gap_opens_between_neighbours(tolerance: float) -> None:
    """Every step of a border is a step of its neighbour's, backwards, as it was before."""
    areas = read(squares(corners=12))
    whole, fewer = simple(areas, tolerance=0.0), simple(areas, tolerance=tolerance)
    before, after = ({one: steps(rings, one) for one in areas} for rings in (whole, fewer))
    neighbours = 0
    for one, other in combinations(areas, 2):
        border = {(b, a) for a, b in before[one]} & before[other]
        if border:
            neighbours += 1
            ends = {point for step in border for point in step}
            kept = {step for step in after[one] if set(step) <= ends}
            assert {(b, a) for a, b in kept} <= after[other]
            assert kept
    assert neighbours > 20


def test_the_joined_areas_are_as_large_as_their_parts() -> None:
    new, old = read(squares(2022)), read(squares(2022), vintage=2021)
    apart, joined = simple(new, tolerance=0.0), simple(old, tolerance=0.0)
    walk = crosswalk(2022, 2021)
    for slug, rings in joined.items():
        parts = [ring for one in new if walk[one] == slug for ring in apart[one]]
        assert sum(map(area_of, rings)) == pytest.approx(sum(map(area_of, parts)), rel=1e-12)
    inside = sum(len(steps(apart, one)) for one in new if walk[one] == "papua")
    assert len(steps(joined, "papua")) < inside  # the borders between the parts are gone


def test_an_enclave_and_the_hole_around_it_have_one_border() -> None:
    random = np.random.default_rng(5)
    turn = np.linspace(0, 2 * np.pi, 200)[:-1]
    radius = 1 + 0.1 * random.uniform(size=len(turn))
    hole = np.column_stack([radius * np.cos(turn), radius * np.sin(turn)])
    inner = np.roll(hole, 57, axis=0)[::-1]
    around = np.array([[-3.0, -3], [3, -3], [3, 3], [-3, 3], [-3, -3]])
    closed = {name: np.vstack([ring, ring[:1]]) for name, ring in (("hole", hole), ("inner", inner))}
    areas = {"a": (Polygon(rings=(around, closed["hole"])),), "b": (Polygon(rings=(closed["inner"],)),)}
    found = simple(areas, tolerance=0.05)
    assert len(found["a"]) == 2
    assert area_of(found["a"][0]) > 0 > area_of(found["a"][1])
    assert {(b, a) for a, b in steps(found, "b")} == steps({"a": found["a"][1:]}, "a")
    assert len(found["b"][0]) < 60


def test_corners_are_no_more_than_a_page_has_room_for() -> None:
    areas = read(squares(corners=60))
    found = simple(areas, tolerance=0.01, most_points=1_000)
    assert 300 < sum(len(ring) for rings in found.values() for ring in rings) <= 1_000
    assert all(found.values())
    assert all(
        (ring[0] == ring[-1]).all() and area_of(ring) > 0 for rings in found.values() for ring in rings
    )
    smallest = simple(areas, tolerance=2.0, most_points=1)  # no map can be drawn with a single corner
    assert sum(len(ring) for rings in smallest.values() for ring in rings) < 500


def test_the_same_file_gives_the_same_borders_in_any_order_of_features() -> None:
    content = squares()
    turned = json.loads(json.dumps(content))
    turned["features"].reverse()
    first, second = simple(read(content)), simple(read(turned))
    for slug, rings in first.items():
        assert steps({slug: rings}, slug) == steps(second, slug)
