"""Figures: what stands on them, where, and what they refuse."""

import io
import math
import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.ft2font import FT2Font, LoadFlags
from PIL import Image

from netralstat.errors import ReportError, UsageError
from netralstat.reference import tiles
from netralstat.report.figures import (
    css_variables,
    dumbbell,
    forest,
    intervals,
    theme,
    tile_map,
    to_png,
    to_svg,
)
from netralstat.report.figures.classes import class_of, printed_digits, round_limits
from netralstat.report.figures.matplotlib_figure import to_matplotlib
from netralstat.report.figures.scales import linear, logarithmic, tick_labels
from netralstat.report.figures.typeface import face_file, width_of, wrapped

MAP_TEXT = {
    "legend_title": "Persen ASN",
    "not_shown": "Tidak ditampilkan",
    "outside": "Di luar kerangka",
    "higher": "lebih tinggi dari nasional",
    "lower": "lebih rendah dari nasional",
}
ROW_TEXT = {
    "axis_title": "Persen ASN",
    "reference": "Nasional",
    "not_shown": "tidak ditampilkan",
    "column_title": "% (SK 95%)",
    "to": "s.d.",
}
FOREST_TEXT = {
    "less": "lebih kecil",
    "more": "lebih besar",
    "column_title": "RO (SK 95%)",
    "axis_title": "Rasio odds",
    "reference": "acuan",
    "not_shown": "tidak ditampilkan",
    "significant": "p < 0,05",
    "not_significant": "p ≥ 0,05",
}
LONG = "Mendekati partai politik atau masyarakat untuk pencalonan diri tanpa cuti di luar tanggungan negara"


def percent(value: float) -> str:
    return f"{100 * value:.1f}".replace(".", ",").replace("-", "−")


def whole(value: float) -> str:
    return f"{100 * value:.0f}"


def number(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")


def texts(figure, prefix: str = "f") -> list[tuple[str, float, float, float]]:
    """Every text of the SVG: words, left end, baseline, width."""
    found = []
    for element in ElementTree.fromstring(to_svg(figure, prefix)).iter("{http://www.w3.org/2000/svg}text"):
        size = float(element.get("font-size").removesuffix("px"))
        tabular = element.get("font-variant") == "tabular-nums"
        wide = width_of(element.text, size, int(element.get("font-weight", "400")), tabular)
        x = float(element.get("x"))
        left = {"end": x - wide, "middle": x - wide / 2}.get(element.get("text-anchor"), x)
        found.append((element.text, left, float(element.get("y")), wide))
    return found


def words(figure) -> list[str]:
    return [text for text, *_ in texts(figure)]


def fills(figure) -> set[str]:
    return set(re.findall(r'fill="([^"]+)"', to_svg(figure, "f", adaptive=False)))


def assert_inside_and_apart(figure, width: float) -> None:
    boxes = [(left, y - 9, left + wide, y + 2, text) for text, left, y, wide in texts(figure)]
    for left, _, right, _, text in boxes:
        assert left >= -0.5, text
        assert right <= width + 0.5, text
    for place, one in enumerate(boxes):
        for other in boxes[place + 1 :]:
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, (one[4], other[4])


def map_values(vintage: int = 2021) -> pd.DataFrame:
    slugs = tiles(vintage)["slug"]
    frame = pd.DataFrame({"slug": slugs, "estimate": np.linspace(0.06, 0.31, len(slugs))})
    frame["flag"], frame["direction"] = "", ""
    return frame.set_index("slug", drop=False)


def row_frame(**changes) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "row_label": ["Bali", LONG, "Aceh"],
            "estimate": [0.21, 0.16, np.nan],
            "conf_low": [0.18, 0.11, np.nan],
            "conf_high": [0.24, 0.23, np.nan],
            "flag": ["", "", "suppressed_n"],
            "group": ["Jawa dan Bali", "Sumatera", "Sumatera"],
        }
    )
    return frame.assign(**changes)


def form_frame() -> pd.DataFrame:
    rows = [("Satu", 0.10, 0.30, 0.05), (LONG, 0.25, 0.08, 0.02), ("Tiga", 0.12, 0.06, math.nan)]
    return pd.DataFrame(
        [
            (label, key, value, value - 0.01, value + 0.01, "" if value == value else "suppressed_n")
            for label, *values in rows
            for key, value in zip(("witnessed", "asked", "done"), values, strict=True)
        ],
        columns=["row_label", "series", "estimate", "conf_low", "conf_high", "flag"],
    )


SERIES = [("witnessed", "Menyaksikan"), ("asked", "Diminta melakukan"), ("done", "Melakukan")]


def odds_frame() -> pd.DataFrame:
    nan = math.nan
    return pd.DataFrame(
        [
            ("Skala", "Motif karier", 1.84, 1.52, 2.23, 0.001, False),
            ("Skala", LONG, 0.91, 0.76, 1.10, 0.3, False),
            ("Jabatan", "Fungsional", nan, nan, nan, nan, True),
            ("Jabatan", "Pimpinan tinggi", 12.0, 0.9, 400.0, 0.04, False),
            ("Jabatan", "Pelaksana", nan, nan, nan, nan, False),
        ],
        columns=["group", "row_label", "odds_ratio", "or_low", "or_high", "p_value", "reference"],
    )


ALL = {
    "tile_map": lambda: tile_map(map_values(), tiles(2021), percent=whole, text=MAP_TEXT),
    "intervals": lambda: intervals(row_frame(), reference=0.176, percent=percent, text=ROW_TEXT),
    "dumbbell": lambda: dumbbell(form_frame(), series=SERIES, percent=percent, text=ROW_TEXT),
    "forest": lambda: forest(odds_frame(), number=number, text=FOREST_TEXT),
}


@pytest.mark.parametrize("name", ALL)
def test_svg_is_one_scaling_element_of_text_and_the_same_bytes(name):
    svg = to_svg(ALL[name](), "fig-1")
    assert svg == to_svg(ALL[name](), "fig-1")
    assert re.match(r'<svg xmlns="http://www\.w3\.org/2000/svg" viewBox="0 0 880 \d+" ', svg)
    root = ElementTree.fromstring(svg)
    assert "width" not in root.attrib
    assert "height" not in root.attrib
    assert "<?xml" not in svg
    assert "DOCTYPE" not in svg
    assert "metadata" not in svg
    assert " style=" not in svg
    assert "<text" in svg
    assert "var(--muted,#55606E)" in svg
    assert all(mark.startswith("fig-1-") for mark in re.findall(r'id="([^"]+)"', svg))
    assert all(
        mark.startswith("fig-1-")
        for mark in re.findall(r"#([A-Za-z][\w-]*)\b(?=[)\"])", svg)
        if len(mark) > 6
    )


@pytest.mark.parametrize("name", ALL)
def test_no_text_is_cut_or_meets_another(name):
    assert_inside_and_apart(ALL[name](), 880)


@pytest.mark.parametrize("name", ALL)
def test_every_colour_is_a_variable(name):
    svg = to_svg(ALL[name](), "f")
    values = re.findall(r'(?:fill|stroke)="([^"]+)"', svg)
    assert {value for value in values if not value.startswith("var(--")} <= {"none"}
    plain = re.findall(r'(?:fill|stroke)="([^"]+)"', to_svg(ALL[name](), "f", adaptive=False))
    assert not any("var(" in value for value in plain)


@pytest.mark.parametrize("name", ["intervals", "dumbbell", "forest"])
def test_rows_fit_a_narrow_sheet(name):
    figure = {
        "intervals": lambda: intervals(
            row_frame(), reference=0.176, percent=percent, text=ROW_TEXT, width=560
        ),
        "dumbbell": lambda: dumbbell(form_frame(), series=SERIES, percent=percent, text=ROW_TEXT, width=640),
        "forest": lambda: forest(odds_frame(), number=number, text=FOREST_TEXT, width=560),
    }[name]()
    assert_inside_and_apart(figure, 640 if name == "dumbbell" else 560)


def test_svg_can_tell_a_screen_reader_what_it_is():
    svg = to_svg(ALL["forest"](), "f1", title="Rasio <odds>", description="Lima baris")
    assert '<title id="f1-title">Rasio &lt;odds&gt;</title>' in svg
    assert 'aria-labelledby="f1-title f1-desc"' in svg
    with pytest.raises(ReportError, match="cannot begin the ids"):
        to_svg(ALL["forest"](), "1 f")


def test_any_matplotlib_figure_becomes_an_svg_with_its_own_ids():
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.subplots()
    axes.plot([1, 2, 3], [3, 1, 2], marker="o")
    svg = to_svg(figure, "own")
    root = ElementTree.fromstring(svg)
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    assert ids
    assert all(mark.startswith("own-") for mark in ids)
    references = re.findall(r'(?:href="#|url\(#)([^")]+)', svg)
    assert references
    assert set(references) <= ids


def test_png_is_sharp_and_reproducible():
    figure = ALL["intervals"]()
    content = to_png(figure)
    assert content == to_png(ALL["intervals"]())
    image = Image.open(io.BytesIO(content))
    assert image.size[0] == 1760
    assert figure.png() == content
    shown, size = figure._repr_png_()
    assert shown == content
    assert size == {"width": 880, "height": image.size[1] / 2}


def partial_map():
    values = map_values()
    values.loc["bali", "direction"] = "higher"
    values.loc["riau", ["estimate", "flag"]] = [np.nan, "suppressed_n"]
    return tile_map(values, tiles(2021), outside={"aceh"}, percent=whole, text=MAP_TEXT)


@pytest.mark.parametrize("draw", [*ALL.values(), partial_map])
def test_svg_is_what_matplotlib_draws(draw):
    drawn = to_svg(to_matplotlib(draw()), "f", title="Judul")
    # matplotlib does not write tabular digits, and draws to the start of an unfilled path before it closes it
    plain = to_svg(draw(), "f", title="Judul").replace(' font-variant="tabular-nums"', "")
    assert plain == re.sub(r' d="M (\S+ \S+) ([^"]*) L \1 z"', r' d="M \1 \2 z"', drawn)


def test_map_prints_values_signs_and_what_is_not_shown():
    figure = partial_map()
    said = words(figure)
    assert {"BALI", "RIAU", "ACEH", "Sumatera", "Jawa dan Bali", "Papua dan Maluku", "Persen ASN"} <= set(
        said
    )
    assert {"Tidak ditampilkan", "Di luar kerangka", "lebih tinggi dari nasional"} <= set(said)
    assert "lebih rendah dari nasional" not in said
    numbers = [text for text in said if text.isdigit()]
    assert len(numbers) == 32
    assert {"< 10", "10 – < 15", "15 – < 20", "20 – < 25", "≥ 25"} <= set(said)
    assert_inside_and_apart(figure, 880)


def test_map_colours_a_value_as_it_is_printed():
    one = pd.DataFrame({"slug": ["bali"], "estimate": [0.1499], "flag": [""], "direction": [""]})
    limits = (0.10, 0.15, 0.20, 0.25)
    figure = tile_map(one, tiles(2021), percent=whole, text=MAP_TEXT, limits=limits)
    svg = to_svg(figure, "f", adaptive=False)
    assert "15" in words(figure)
    assert svg.count(theme.PLUM[2].lower()) == 2  # the tile and its class in the legend
    assert svg.count(theme.PLUM[1].lower()) == 1


def test_map_of_38_provinces_with_long_values():
    values = map_values(2022)
    values["direction"] = "lower"
    figure = tile_map(values, tiles(2022, "bps", "en", "short"), percent=percent, text=MAP_TEXT)
    assert "Gorontalo" in words(figure)
    assert_inside_and_apart(figure, 880)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda v: v.assign(slug=v["slug"].replace("bali", "balli")),
            r'no tile for "balli"\. Did you mean "bali"',
        ),
        (lambda v: pd.concat([v, v.head(1)]), "more than one row for aceh"),
        (lambda v: v.assign(direction="up"), '"up" is no direction'),
        (lambda v: v.drop(columns="flag"), "lacks 1 of its 4 columns: flag"),
        (lambda v: v.head(0), "without rows"),
    ],
)
def test_map_refuses_values_it_cannot_place(change, said):
    with pytest.raises(ReportError, match=said):
        tile_map(change(map_values()), tiles(2021), percent=whole, text=MAP_TEXT)


def test_map_refuses_unknown_outside_falling_limits_and_absent_words():
    with pytest.raises(ReportError, match="no tile for"):
        tile_map(map_values(), tiles(2021), outside={"papua_tengah"}, percent=whole, text=MAP_TEXT)
    with pytest.raises(ReportError, match="do not rise"):
        tile_map(map_values(), tiles(2021), percent=whole, text=MAP_TEXT, limits=(0.1, 0.1, 0.2, 0.3))
    with pytest.raises(ReportError, match="lacks the words legend_title"):
        tile_map(map_values(), tiles(2021), percent=whole, text={})
    with pytest.raises(ReportError, match="lacks the words outside"):
        tile_map(map_values(), tiles(2021), outside={"bali"}, percent=whole, text={"legend_title": "x"})


def test_intervals_print_values_reference_and_suppression():
    said = words(ALL["intervals"]())
    assert {
        "21,0",
        "(18,0–24,0)",
        "Nasional 17,6",
        "tidak ditampilkan",
        "Jawa dan Bali",
        "% (SK 95%)",
    } <= set(said)
    assert " ".join(text for text in said if text in LONG) == LONG
    assert {"0", "5", "10"} <= set(said)


def test_intervals_print_negative_bounds_with_a_word():
    frame = row_frame(
        estimate=[0.01, -0.02, 0.0], conf_low=[-0.01, -0.03, -0.01], conf_high=[0.03, -0.01, 0.01]
    )
    figure = intervals(frame.assign(flag=""), reference=0.0, percent=percent, text=ROW_TEXT)
    said = words(figure)
    assert "(−1,0 s.d. 3,0)" in said
    assert "Nasional" in said  # a line at zero needs no number
    with pytest.raises(ReportError, match="lacks the words to"):
        intervals(frame, reference=None, percent=percent, text={"axis_title": "x", "not_shown": "y"})


def test_intervals_take_the_callers_interval_and_open_a_flagged_dot():
    frame = row_frame().head(2).assign(flag=["", "wide"])
    figure = intervals(
        frame,
        reference=None,
        percent=percent,
        text={"axis_title": "x"},
        interval=lambda low, high: f"{low:g}|{high:g}",
    )
    assert "(0.18|0.24)" in words(figure)
    assert theme.PAPER.lower() in fills(figure)


def test_dumbbell_sorts_by_the_first_series_and_says_what_is_hidden():
    figure = ALL["dumbbell"]()
    heights = {text: y for text, _, y, _ in texts(figure)}
    assert heights["25,0"] < heights["12,0"] < heights["10,0"]
    said = words(figure)
    assert said.count("–") == 1
    assert "– tidak ditampilkan" in said
    assert {"Menyaksikan", "Diminta", "melakukan", "Melakukan"} <= set(said)


def test_dumbbell_refuses_unclear_series():
    frame = form_frame()
    with pytest.raises(ReportError, match="got 0 series"):
        dumbbell(frame, series=[], percent=percent, text=ROW_TEXT)
    with pytest.raises(ReportError, match='"done" is no series'):
        dumbbell(frame, series=SERIES[:2], percent=percent, text=ROW_TEXT)
    with pytest.raises(ReportError, match="1 rows of the dumbbell figure repeat"):
        dumbbell(pd.concat([frame, frame.head(1)]), series=SERIES, percent=percent, text=ROW_TEXT)
    with pytest.raises(ReportError, match="lacks the words not_shown"):
        dumbbell(frame, series=SERIES, percent=percent, text={"axis_title": "x"})


def test_forest_prints_ratios_names_references_and_doubles_its_ticks():
    figure = ALL["forest"]()
    said = words(figure)
    assert {
        "1,84",
        "(1,52–2,23)",
        "1,00",
        "(acuan)",
        "tidak ditampilkan",
        "← lebih kecil",
        "lebih besar →",
    } <= set(said)
    assert {"1", "2", "4", "8", "16"} & set(said)
    assert "Jabatan" in said
    assert "p ≥ 0,05" in said
    assert "(0,90–400,00)" in said  # the interval leaves the axis, its numbers do not


def test_forest_fills_squares_by_significance():
    frame = odds_frame().iloc[[1]]
    open_only = to_svg(
        forest(frame, number=number, text={**FOREST_TEXT, "significant": "", "not_significant": ""}), "f"
    )
    assert "--accent" not in open_only
    filled = to_svg(forest(frame, number=number, text=FOREST_TEXT, alpha=0.5), "f")
    assert "--accent" in filled
    with pytest.raises(ReportError, match="lacks the words reference, not_shown"):
        forest(
            odds_frame(),
            number=number,
            text={key: FOREST_TEXT[key] for key in ("less", "more", "column_title", "axis_title")},
        )


def test_wrapped_lines_fit_and_lose_nothing():
    for width in (60, 120, 300):
        lines = wrapped(LONG, width)
        assert all(width_of(line) <= width for line in lines)
        assert " ".join(lines).replace("- ", "-") == LONG or width == 60
        assert "".join(lines).replace(" ", "") == LONG.replace(" ", "")
    first, second = wrapped("Mengadakan kegiatan yang memihak: ajakan", 200)
    assert abs(width_of(first) - width_of(second)) < 60


def test_widths_are_those_of_inter():
    assert width_of("0", 100, tabular=True) == pytest.approx(width_of("1", 100, tabular=True))
    assert width_of("1", 100) < width_of("0", 100) - 10
    assert width_of("Neutral", 100, 600) > width_of("Neutral", 100)
    assert width_of("") == 0


@pytest.mark.parametrize(("weight", "tabular"), [(400, False), (600, False), (400, True), (600, True)])
def test_widths_add_up_from_pairs_as_freetype_sets_the_line(weight, tabular):
    for text in (LONG, "AVATAR, Tokyo (17,6%)", "AV", "“1–30” ≥ 0,05 → Šćepan", "A\u0301\u200bb"):
        line = FT2Font(face_file(weight, tabular))
        line.set_size(100, 72)
        places = line.set_text(text + "|", flags=LoadFlags.NO_HINTING)
        assert width_of(text, 100, weight, tabular) == pytest.approx(places[-1][0] / 64, abs=1e-9), text
    assert width_of("AV", 100, weight) < width_of("A", 100, weight) + width_of("V", 100, weight) - 1


def test_limits_are_round_and_fill_the_classes():
    values = np.linspace(0.06, 0.31, 34).tolist()
    assert round_limits(values, whole) == (0.10, 0.15, 0.20, 0.25)
    assert round_limits([0.5, 0.5], whole)[0] > 0
    assert printed_digits(whole) == 2
    assert printed_digits(percent) == 3
    assert [class_of(value, (0.1, 0.15, 0.2, 0.25), 2) for value in (0.0949, 0.0951, 0.15, 0.9)] == [
        0,
        1,
        2,
        4,
    ]


def test_axes_have_round_ticks():
    plain = linear([0.02, 0.38], left=0, width=100)
    assert plain.ticks == (0.0, 0.1, 0.2, 0.3, 0.4)
    assert tick_labels(plain, percent) == ("0", "10", "20", "30", "40")
    assert plain.place(0.2) == pytest.approx(50)
    fine = linear([0.0, 0.02], left=0, width=100)
    assert tick_labels(fine, percent) == ("0,0", "0,5", "1,0", "1,5", "2,0")
    assert linear([0.0, 0.0], left=0, width=1).low == 0
    ratios = logarithmic([0.47, 4.2], left=0, width=100)
    assert ratios.ticks == (0.5, 1.0, 2.0, 4.0)
    assert tick_labels(ratios, number) == ("0,5", "1", "2", "4")
    assert logarithmic([0.98, 1.02], left=0, width=100).ticks == (0.5, 1.0, 2.0)
    assert max(logarithmic([1e-9, 1e9], left=0, width=100).ticks) <= 64


def test_css_variables_cover_both_modes():
    assert "--plum-3:#A88FCF;" in css_variables()
    assert set(theme.LIGHT) == set(theme.DARK)
    assert len({colour.lower() for colour in theme.LIGHT.values()}) == len(theme.LIGHT)
    with pytest.raises(UsageError, match=r'Did you mean "dark"\?'):
        css_variables("darkk")


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear_parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear_parts, strict=True))


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", [theme.LIGHT, theme.DARK])
def test_text_and_marks_stand_out(mode):
    for step in range(1, 6):
        assert contrast(mode[f"--plum-{step}"], mode[f"--on-plum-{step}"]) >= 4.5
    for name in ("--ink", "--muted", "--accent"):
        assert contrast(mode[name], mode["--paper"]) >= 4.5
    assert contrast(mode["--muted"], mode["--quiet"]) >= 4.5
    for name in ("--series-1", "--series-2", "--series-3", "--edge"):
        assert contrast(mode[name], mode["--paper"]) >= 3
