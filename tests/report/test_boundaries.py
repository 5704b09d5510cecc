"""[report.map]: the institution's own map in place of the tiles, in every figure, language and record."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from maps.province_squares import square, squares, written
from report.small_wave import WAVE

from netralstat import results
from netralstat.ask.plan import Plan, read_plan
from netralstat.errors import PlanError, ReportError
from netralstat.report.blocks import Figure
from netralstat.report.boundaries import read_boundaries
from netralstat.report.build import build
from netralstat.report.document import Document
from netralstat.report.html import render
from netralstat.report.material import Material

MAP = """
[report.map]
path = "maps/p.geojson"
property = "kode"
scheme = "bps"
source = { id = "Peta & batas", en = "Map & borders" }
"""


def plan_of(folder: Path, content: Any = None, text: str = WAVE + MAP) -> Plan:
    wave = folder / "small-wave"
    wave.mkdir(parents=True)
    (wave / "wave.toml").write_text(text, encoding="utf-8")
    if content is not None:
        written(content, wave / "maps/p.geojson")
    return read_plan(wave)


@pytest.fixture(scope="module")
def mapped(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Material:
    plan = plan_of(tmp_path_factory.mktemp("surveys"), squares(2022))
    return replace(material, plan=plan, boundaries=read_boundaries(plan))


@pytest.fixture(scope="module", params=["id", "en"])
def document(mapped: Material, request: pytest.FixtureRequest) -> Document:
    return build(mapped, request.param)


def maps(document: Document) -> list[Figure]:
    return [figure for figure in document.figures if figure.id.startswith("figure-map-")]


def test_every_map_is_the_institutions(document: Document, material: Material) -> None:
    found, tiles = maps(document), maps(build(material, document.language))
    assert len(found) == len(tiles) == 2
    for figure, tile in zip(found, tiles, strict=True):
        assert figure.svg != tile.svg
        assert len(re.findall("<path", figure.svg)) > 34  # an area a province, and the legend
        numbers = [re.findall(r">(\d+)</text>", one.svg) for one in (figure, tile)]
        assert sorted(numbers[0]) == sorted(numbers[1])
        assert (figure.id, figure.number, figure.table_id) == (tile.id, tile.number, "table-province")
        assert figure.alt.startswith(("Peta ", "Map of "))
        assert not figure.alt.startswith("Peta ubin")
        assert figure.notes[:-1] == tile.notes
        assert any("Peta & batas" in note or "Map & borders" in note for note in figure.notes)
    page = render(document)
    assert "Peta ubin" not in page
    assert "tile map" not in page.lower()
    assert 'aria-controls="figure-map-pressed"' in page or "figure-map-pressed" in page


def test_the_same_map_twice_is_the_same_bytes(mapped: Material) -> None:
    again = replace(mapped, boundaries=read_boundaries(mapped.plan))
    assert [f.svg for f in maps(build(again, "id"))] == [f.svg for f in maps(build(mapped, "id"))]


def test_its_hash_stands_among_the_inputs(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, squares(2022))
    for name in ("form.xlsx", "data.csv"):
        (plan.folder / name).write_bytes(b"x")
    inputs = results._inputs(SimpleNamespace(plan=plan))  # type: ignore[arg-type]
    assert len(inputs["small-wave/maps/p.geojson"]) == 64


@pytest.mark.long
def test_a_detailed_map_does_not_weigh_down_the_page(material: Material, tmp_path: Path) -> None:
    plan = plan_of(tmp_path, squares(2022, corners=800))
    told = replace(material, plan=plan, boundaries=read_boundaries(plan))
    assert (plan.folder / "maps/p.geojson").stat().st_size > 2_000_000
    assert max(len(figure.svg) for figure in maps(build(told, "en"))) < 90_000


def test_a_province_outside_the_frame_need_not_be_on_the_map(tmp_path: Path) -> None:
    content = squares(2021)
    content["features"] = [one for one in content["features"] if one["properties"]["kode"] != "11"]
    found = read_boundaries(plan_of(tmp_path, content))
    assert found is not None
    assert "aceh" not in found.sheet.outlines
    assert len(found.sheet.outlines) == 33


def test_without_the_key_there_are_tiles(material: Material, plan: Plan) -> None:
    assert read_boundaries(plan) is None
    assert all(figure.alt.startswith("Tile map") for figure in maps(build(material, "en")))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, r"is not there"),
        ({"type": "Topology"}, r"is no FeatureCollection.*Where: wave.toml, report.map, p.geojson"),
        (
            {"type": "FeatureCollection", "features": [square("51", [0, 0], "LineString")]},
            "geometry LineString",
        ),
        (
            {"type": "FeatureCollection", "features": squares()["features"][:5]},
            "lacks 29 of the 33 provinces",
        ),
        ({"type": "FeatureCollection", "features": squares()["features"][:5] * 2}, "twice: features 1 and 6"),
    ],
)
def test_a_map_that_cannot_be_used_stops_the_report_before_it_begins(
    tmp_path: Path, content: Any, said: str
) -> None:
    plan = plan_of(tmp_path, content)
    wave = SimpleNamespace(plan=plan)  # nothing else of the wave is asked for
    with pytest.raises(ReportError, match=r"(?s)" + said):
        results.gather(wave, lambda _: None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("maps/p.geojson", "../../../etc/p.geojson"), "leaves the surveys folder"),
        (('scheme = "bps"', 'scheme = "bpss"'), r'"bpss" is not allowed.*Did you mean "bps"'),
        (('property = "kode"', 'proprety = "kode"'), r"unknown key.*Did you mean \"property\""),
        (('property = "kode"', ""), "property: this key is missing"),
    ],
)
def test_keys_of_the_map_are_checked(tmp_path: Path, changed: tuple[str, str], said: str) -> None:
    with pytest.raises(PlanError, match=r"(?s)" + said):
        plan_of(tmp_path, text=(WAVE + MAP).replace(*changed))


def test_a_map_needs_an_item_that_tells_the_province(tmp_path: Path) -> None:
    text = re.sub(r"\[collect\.regions\].*?(?=\[collect\.simulate\])", "", WAVE + MAP, flags=re.DOTALL)
    with pytest.raises(PlanError, match=r"no item tells the province: add \[collect.regions\]"):
        plan_of(tmp_path, text=text)
