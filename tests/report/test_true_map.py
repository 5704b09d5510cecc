"""The true map: shapes of the user's own GeoJSON, what is drawn of them, and files that are refused."""

import json
from functools import partial

import numpy as np
import pandas as pd
import pytest
from report.test_figures import MAP_TEXT, assert_inside_and_apart, texts, whole, words

from netralstat.errors import ReportError, UsageError
from netralstat.maps.geojson import read_geojson
from netralstat.maps.rings import area_of, deepest_point, inside, simplified
from netralstat.reference import by_code
from netralstat.report.figures import theme, to_svg, true_map
from netralstat.report.figures.outlines import outlined

PLACES = {"bali": (115.1, -8.4, 0.6), "aceh": (96.7, 4.2, 1.8), "papua": (139.0, -3.0, 2.5)}


def ring(x: float, y: float, radius: float, n: int = 60) -> list[list[float]]:
    turn = np.linspace(0, 2 * np.pi, n)
    corners = np.column_stack([x + radius * np.cos(turn), y + radius * np.sin(turn)])
    corners[-1] = corners[0]
    return corners.tolist()


def feature(name, coordinates, kind: str = "Polygon", key: str = "slug") -> dict:
    return {
        "type": "Feature",
        "properties": {key: name},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def collection(*features) -> dict:
    return {"type": "FeatureCollection", "features": list(features)}


MAP = collection(*(feature(name, [ring(*place)]) for name, place in PLACES.items()))


def values(**columns) -> pd.DataFrame:
    frame = pd.DataFrame({"slug": list(PLACES), "estimate": [0.12, 0.2, 0.31], "flag": "", "direction": ""})
    return frame.assign(**columns)


def drawn(geojson=MAP, frame=None, **asked):
    frame = values() if frame is None else frame
    return true_map(frame, geojson, **{"key": "slug", "percent": whole, "text": MAP_TEXT, **asked})


def test_values_stand_on_their_areas():
    figure = drawn(frame=values(direction=["", "higher", "lower"]))
    said = words(figure)
    assert {"12", "20", "31", "Persen ASN", "lebih tinggi dari nasional"} <= set(said)
    assert_inside_and_apart(figure, 880)
    at = {text: left for text, left, *_ in texts(figure) if text in ("12", "20", "31")}
    assert at["20"] < at["12"] < at["31"]  # Aceh is west of Bali, Papua east
    assert to_svg(figure, "f") == to_svg(drawn(frame=values(direction=["", "higher", "lower"])), "f")


def test_what_is_not_shown_and_what_is_outside_are_told():
    figure = drawn(frame=values(estimate=[np.nan, 0.2, 0.3]), outside={"papua"})
    assert {"Tidak ditampilkan", "Di luar kerangka", "20"} <= set(words(figure))
    assert "30" not in words(figure)
    nothing = drawn(frame=values(estimate=np.nan))
    assert "Tidak ditampilkan" in words(nothing)
    assert_inside_and_apart(nothing, 880)


def test_an_area_too_small_to_see_is_a_disc_with_its_sign_beside_it():
    tiny = collection(*MAP["features"], feature("dki_jakarta", [ring(106.8, -6.2, 0.01)]))
    frame = pd.concat([values(), values().head(1).assign(slug="dki_jakarta", direction="higher")])
    figure = drawn(tiny, frame)
    discs = [shape for shape in figure.shapes if shape.fill in theme.PLUM and shape.stroke == theme.EDGE]
    assert len(discs) == 1
    assert "lebih tinggi dari nasional" in words(figure)


def test_codes_become_slugs_and_areas_of_one_code_are_one():
    coded = collection(
        feature(51, [ring(*PLACES["bali"])], key="kode"),
        feature("51", [[ring(115.9, -8.8, 0.1)]], "MultiPolygon", key="kode"),
        feature("11", [ring(*PLACES["aceh"])], key="kode"),
    )
    frame = values().iloc[:2]
    figure = drawn(coded, frame, key="kode", slug_of=partial(by_code, system="bps", vintage=2022))
    assert {"12", "20"} <= set(words(figure))
    assert len(read_geojson(coded, key="kode")["51"]) == 2
    with pytest.raises(UsageError):
        drawn(
            collection(feature("00", [ring(0, 0, 1)])),
            frame,
            slug_of=partial(by_code, system="bps", vintage=2022),
        )


def test_a_file_gives_what_its_content_gives(tmp_path):
    file = tmp_path / "provinces.geojson"
    file.write_text(json.dumps(MAP), encoding="utf-8")
    assert to_svg(drawn(file), "f") == to_svg(drawn(str(file)), "f") == to_svg(drawn(), "f")


def test_a_label_stands_far_from_every_border():
    lean = np.array([[0, 0], [10, 0], [10, 3], [3, 3], [3, 10], [0, 10], [0, 0]], dtype=float)
    x, y = deepest_point(lean)
    assert inside(lean, np.array([[x, y]])).all()
    square = np.array([[0, 0], [8, 0], [8, 8], [0, 8], [0, 0]], dtype=float)
    assert deepest_point(square) == pytest.approx((4, 4))
    assert min(x, y, 10 - x) > 1.0


def test_holes_run_the_other_way_and_lines_are_made_simple():
    around, hole = ring(110, 0, 3, 4000), ring(110, 0, 1, 400)
    shapes = read_geojson(
        collection(feature("x", [around, hole]), feature("y", [ring(114, 0, 1)])), key="slug"
    )
    sheet = outlined(shapes, 880)
    outer, inner = sheet.outlines["x"].rings
    assert area_of(np.vstack([outer, outer[:1]])) * area_of(np.vstack([inner, inner[:1]])) < 0
    assert len(outer) < 200
    assert 0 < sheet.height <= 1.2 * 880
    square = np.array([[0, 0], [1, 0.001], [2, 0], [2, 2], [0, 2], [0, 0]], dtype=float)
    assert len(simplified(square, 0.1)) == 5
    assert inside(square, np.array([[1.0, 1.0], [3.0, 1.0]])).tolist() == [True, False]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "is no FeatureCollection"),
        ({"type": "Feature"}, "is no FeatureCollection"),
        (collection(), "has no features"),
        (collection({"type": "Feature"}), "without properties or geometry"),
        (
            collection(feature("bali", [ring(0, 0, 1)], key="slugs")),
            r'property "slug" is no text.*Did you mean "slugs"',
        ),
        (collection(feature(None, [ring(0, 0, 1)])), "is no text or whole number"),
        (collection(feature("bali", [0, 0], "Point")), "of the geometry Point"),
        (collection(feature("bali", [])), "without coordinates|without rings"),
        (collection(feature("bali", [[[0, 0], [1, 1], [0, 0]]])), "4 or more pairs"),
        (collection(feature("bali", [[[0, 0], "x", [1, 1], [0, 0]]])), "pairs of numbers"),
        (collection(feature("bali", [[["0", "0"], ["1", "0"], ["1", "1"], ["0", "0"]]])), "pairs of numbers"),
        (collection(feature("bali", [ring(700000, 0, 1)])), "no degrees"),
        (collection(feature("bali", [[[0, 0], [1, 0], [1, 1], [0, 1]]])), "does not close"),
        (collection(feature("balli", [ring(0, 0, 1)])), r'no area "bali" among its 1.*Did you mean "balli"'),
    ],
)
def test_maps_that_cannot_be_drawn_are_refused(content, said):
    with pytest.raises(ReportError, match=r"(?s)" + said):
        drawn(content, values().head(1))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ('{"type": NaN}', "holds NaN"),
        ("\x00", "is no JSON"),
    ],
)
def test_files_that_are_no_json_are_refused(tmp_path, text, said):
    file = tmp_path / "m.geojson"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ReportError, match=said):
        drawn(file)
    with pytest.raises(ReportError, match="is not there"):
        drawn(tmp_path / "none.geojson")


def test_a_file_too_large_is_refused(tmp_path):
    file = tmp_path / "large.geojson"
    with file.open("wb") as stream:
        stream.truncate(41_000_000)
    with pytest.raises(ReportError, match="has 41 MB, more than 40"):
        drawn(file)


def test_twice_the_same_province_and_falling_limits_are_refused():
    with pytest.raises(ReportError, match="more than one row for bali"):
        drawn(frame=pd.concat([values(), values().head(1)]))
    with pytest.raises(ReportError, match="do not rise"):
        drawn(limits=(0.3, 0.2, 0.1, 0.0))
    with pytest.raises(ReportError, match="lacks the words legend_title"):
        drawn(text={})
