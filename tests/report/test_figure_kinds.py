"""Diverging bars, rankings, trends and flows: what stands on them, where, and what they refuse."""

import re

import numpy as np
import pandas as pd
import pytest
from report.test_figures import LONG, assert_inside_and_apart, contrast, number, percent, texts, whole, words

from netralstat.errors import ReportError
from netralstat.report.figures import flow, likert, ranking, read_svg, theme, to_svg, trend
from netralstat.report.figures.flow import Step
from netralstat.report.figures.legends import shelves
from netralstat.report.figures.matplotlib_figure import to_matplotlib

LONGER = (
    f"{LONG}, termasuk meminta dukungan warga dan pejabat di instansi pusat maupun daerah tanpa izin tertulis"
)
LEVELS = ["Sangat tidak setuju", "Tidak setuju", "Netral", "Setuju", "Sangat setuju"]
LIKERT_TEXT = {
    "axis_title": "Persen",
    "low_title": "Tidak setuju",
    "high_title": "Setuju",
    "not_shown": "disembunyikan",
}
RANK_TEXT = {
    "axis_title": "Peringkat dan himpunan kepercayaan serentak 95%",
    "value_title": "Persen ASN",
    "places_title": "Peringkat yang mungkin",
    "not_shown": "tidak ditampilkan",
}
TREND_TEXT = {"axis_title": "Persen dan SK 95%", "gap": "Garis terputus: tidak ditampilkan."}
FLOW_TEXT = {"of_first": "dari yang terpilih", "of_previous": "dari langkah sebelumnya"}
SERIES = [("w", "Menyaksikan"), ("a", "Diminta melakukan")]
STEPS = [
    Step(label="Terpilih", count=15612),
    Step(label=LONGER, count=12440, lost="tidak terhubungi"),
    Step(label="Dianalisis", count=30, lost=LONGER),
]


def likert_frame() -> pd.DataFrame:
    shares = [(0.1, 0.2, 0.2, 0.3, 0.2), None, (0.0, 0.0, 0.0, 0.02, 0.98), (0.5, 0.5, 0.0, 0.0, 0.0)]
    labels = ["Pimpinan memberi contoh", "Tersembunyi", LONGER, "Sanksi adil"]
    return pd.DataFrame({"row_label": labels, "group": ["", "", "Kelompok", "Kelompok"], "shares": shares})


def rank_frame(m: int = 38) -> pd.DataFrame:
    place = np.arange(1, m + 1)
    frame = pd.DataFrame(
        {
            "row_label": [f"Provinsi {one}" for one in place],
            "estimate": np.linspace(0.4, 0.1, m),
            "rank": place,
            "rank_low": np.maximum(1, place - 5),
            "rank_high": np.minimum(m, place + 9),
        }
    ).astype(object)
    hidden = pd.DataFrame({"row_label": [LONGER], "estimate": np.nan, "rank": pd.NA, "rank_low": pd.NA})
    return pd.concat([frame, hidden.assign(rank_high=pd.NA)], ignore_index=True)


def trend_frame() -> pd.DataFrame:
    rows = [
        (key, year, f"Survei {year}", base + 0.01 * place, base - 0.02, base + 0.05)
        for key, base in (("w", 0.2), ("a", 0.15))
        for place, year in enumerate((2019, 2021, 2022, 2024))
    ]
    frame = pd.DataFrame(rows, columns=["series", "time", "wave_label", "estimate", "conf_low", "conf_high"])
    frame.loc[5, ["estimate", "conf_low", "conf_high"]] = np.nan
    return frame


BREAKS = [(2021.5, "34 → 38 provinsi"), (2021.8, "Kata-kata pertanyaan berubah"), (2023.9, LONGER)]
ALL = {
    "likert": lambda **asked: likert(likert_frame(), levels=LEVELS, percent=whole, text=LIKERT_TEXT, **asked),
    "ranking": lambda **asked: ranking(rank_frame(), percent=percent, text=RANK_TEXT, **asked),
    "trend": lambda **asked: trend(
        trend_frame(), series=SERIES, percent=percent, text=TREND_TEXT, breaks=BREAKS, **asked
    ),
    "flow": lambda **asked: flow(STEPS, count=whole_count, percent=percent, text=FLOW_TEXT, **asked),
}


def whole_count(value: float) -> str:
    return f"{value:,.0f}".replace(",", ".")


@pytest.mark.parametrize("width", [880.0, 560.0])
@pytest.mark.parametrize("name", ALL)
def test_no_text_is_cut_or_meets_another(name, width):
    figure = ALL[name](width=width)
    assert figure.width == width
    assert_inside_and_apart(figure, width)
    assert all(y <= figure.height for _, _, y, _ in texts(figure))


@pytest.mark.parametrize("name", ALL)
def test_every_colour_is_a_variable_and_the_bytes_are_the_same(name):
    svg = to_svg(ALL[name](), "f")
    assert svg == to_svg(ALL[name](), "f")
    values = re.findall(r'(?:fill|stroke)="([^"]+)"', svg)
    assert {value for value in values if not value.startswith("var(--")} <= {"none"}


@pytest.mark.parametrize("name", ALL)
def test_svg_is_what_matplotlib_draws(name):
    drawn = to_svg(to_matplotlib(ALL[name]()), "f", title="Judul")
    plain = to_svg(ALL[name](), "f", title="Judul").replace(' font-variant="tabular-nums"', "")
    assert plain == re.sub(r' d="M (\S+ \S+) ([^"]*) L \1 z"', r' d="M \1 \2 z"', drawn)


@pytest.mark.parametrize("name", ALL)
def test_a_picture_is_read_back_from_its_svg(name):
    svg = to_svg(ALL[name](), "f", title="Judul <1>", description="Isi")
    read = read_svg(svg)
    assert to_svg(read, "f", title="Judul <1>", description="Isi") == svg
    assert words(read) == words(ALL[name]())


@pytest.mark.parametrize(
    ("svg", "said"),
    [
        ("<svg", "no well-formed XML"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]><svg/>', "a declaration"),
        ("<html/>", "the root html"),
        ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><script/></svg>', "the element script"),
        (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="A 1 1" fill="none"/></svg>',
            "path",
        ),
        (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path fill="none"/></svg>',
            "an attribute",
        ),
        (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="" fill="red"/></svg>',
            "a colour",
        ),
    ],
)
def test_another_svg_is_refused(svg, said):
    with pytest.raises(ReportError, match=said):
        read_svg(svg)


def test_likert_bars_lie_about_the_middle_of_the_scale():
    figure = ALL["likert"]()
    said = words(figure)
    assert {"30", "50", "98", "100", "disembunyikan", "Kelompok", *LEVELS} <= set(said)
    assert "2" not in said  # too narrow for its number
    bars = [shape for shape in figure.shapes if shape.fill in theme.DIVERGING and len(shape.path) == 5]
    spans = {shape.fill: (shape.path[0][1][0], shape.path[1][1][0]) for shape in bars[:5]}
    neutral = spans[theme.DIVERGING[2]]
    lines = [shape for shape in figure.shapes if shape.stroke == theme.INK]
    middle = lines[0].path[0][1][0]
    assert sum(neutral) / 2 == pytest.approx(middle, abs=0.5)
    assert spans[theme.DIVERGING[1]][1] < middle < spans[theme.DIVERGING[3]][0]


def test_likert_of_two_levels_and_of_nothing_shown():
    two = likert(
        likert_frame().head(1).assign(shares=[(0.25, 0.75)]),
        levels=["Tidak", "Ya"],
        percent=whole,
        text=LIKERT_TEXT,
    )
    assert words(two).count("25") == 2
    nothing = likert(likert_frame().iloc[[1]], levels=LEVELS, percent=whole, text=LIKERT_TEXT)
    assert_inside_and_apart(nothing, 880)


@pytest.mark.parametrize(
    ("shares", "levels", "said"),
    [
        ((0.5, 0.5), LEVELS, r"Row 1 of the likert figure has 2 shares that add up to 1\.000"),
        ((0.5, 0.5, 0.5, 0.0, 0.0), LEVELS, r"add up to 1\.500"),
        ((1.2, -0.2, 0, 0, 0), LEVELS, "Row 1"),
        ((1.0,), ["Ya"], "got 1 levels"),
        ((0.1,) * 10, list("abcdefghij"), "got 10 levels"),
    ],
)
def test_likert_refuses_what_is_no_scale(shares, levels, said):
    frame = likert_frame().head(1).assign(shares=[shares])
    with pytest.raises(ReportError, match=said):
        likert(frame, levels=levels, percent=whole, text=LIKERT_TEXT)
    with pytest.raises(ReportError, match="lacks the words not_shown"):
        likert(likert_frame(), levels=LEVELS, percent=whole, text={**LIKERT_TEXT, "not_shown": ""})


def test_ranking_prints_places_and_draws_them_as_wide_as_they_are():
    figure = ALL["ranking"]()
    said = words(figure)
    assert {"1–10", "33–38", "40,0", "tidak ditampilkan", "Persen ASN"} <= set(said)
    assert {"1", "5", "30", "38"} <= set(said)
    one = ranking(rank_frame().head(1).assign(rank_high=1), percent=percent, text=RANK_TEXT)
    assert "1" in words(one)
    hidden = ranking(rank_frame().tail(1), percent=percent, text=RANK_TEXT, width=560)
    assert_inside_and_apart(hidden, 560)
    with pytest.raises(ReportError, match="place 3 outside its bounds 4 and 5"):
        ranking(rank_frame().head(1).assign(rank=3, rank_low=4, rank_high=5), percent=percent, text=RANK_TEXT)


def test_trend_breaks_its_lines_and_gaps_are_told():
    figure = ALL["trend"]()
    said = words(figure)
    assert {"Survei 2019", "34 → 38 provinsi", "Menyaksikan", TREND_TEXT["gap"]} <= set(said)
    dashed = [shape for shape in figure.shapes if shape.dash == (3.0, 2.5)]
    assert [shape.stroke for shape in dashed].count(theme.SERIES[0]) == 2  # 2021–2022 and 2022–2024
    marks = [shape.path[0][1][0] for shape in figure.shapes if shape.dash == (4, 3)]
    for mark in marks:  # no mark crosses the label of another
        for text, left, y, wide in texts(figure):
            begins = min(shape.path[0][1][1] for shape in figure.shapes if shape.path[0][1][0] == mark)
            assert not (left < mark < left + wide and begins < y < figure.height - 100), text


def test_trend_of_one_wave_and_of_nothing_shown():
    one = trend(trend_frame().head(1), series=SERIES[:1], percent=percent, text=TREND_TEXT)
    assert_inside_and_apart(one, 880)
    gone = trend_frame().assign(estimate=np.nan, conf_low=np.nan, conf_high=np.nan)
    nothing = trend(gone, series=SERIES, percent=percent, text=TREND_TEXT)
    assert_inside_and_apart(nothing, 880)
    crowded = trend_frame().assign(wave_label=LONGER)
    assert_inside_and_apart(trend(crowded, series=SERIES, percent=percent, text=TREND_TEXT), 880)


def test_trend_refuses_unclear_series_and_breaks():
    frame = trend_frame()
    with pytest.raises(ReportError, match="got 0 series"):
        trend(frame, series=[], percent=percent, text=TREND_TEXT)
    with pytest.raises(ReportError, match='"a" is no series'):
        trend(frame, series=SERIES[:1], percent=percent, text=TREND_TEXT)
    with pytest.raises(ReportError, match="1 rows of the trend figure repeat"):
        trend(pd.concat([frame, frame.head(1)]), series=SERIES, percent=percent, text=TREND_TEXT)
    with pytest.raises(ReportError, match="1 breaks of the trend figure lie outside"):
        trend(frame, series=SERIES, percent=percent, text=TREND_TEXT, breaks=[(2030, "x")])
    with pytest.raises(ReportError, match="lacks the words gap"):
        trend(frame, series=SERIES, percent=percent, text={"axis_title": "x"})


def test_flow_prints_counts_shares_and_reasons():
    said = words(ALL["flow"]())
    assert {"15.612", "100,0", "79,7", "−3.172 tidak terhubungi", "0,2", "–"} <= set(said)
    empty = flow(
        [Step(label="A", count=5), Step(label="B", count=0), Step(label="C", count=0)],
        count=whole_count,
        percent=percent,
        text=FLOW_TEXT,
    )
    assert words(empty).count("–") == 2  # nobody before: no share of them
    assert_inside_and_apart(empty, 880)


@pytest.mark.parametrize(
    ("counts", "said"),
    [((5,), "got 1 steps"), ((), "got 0 steps"), ((0, 0), "begin with 0"), ((5, 6), "from 5 to 6: it rises")],
)
def test_flow_refuses_steps_that_are_no_part_of_the_first(counts, said):
    steps = [Step(label="x", count=count) for count in counts]
    with pytest.raises(ReportError, match=said):
        flow(steps, count=number, percent=percent, text=FLOW_TEXT)


def test_labels_find_a_free_shelf():
    assert shelves([(0, 10), (5, 20), (30, 40), (31, 35)]) == [0, 1, 0, 1]


@pytest.mark.parametrize("mode", [theme.LIGHT, theme.DARK])
def test_numbers_on_diverging_bars_can_be_read(mode):
    for step in range(1, 6):
        assert contrast(mode[f"--diverging-{step}"], mode[f"--on-diverging-{step}"]) >= 4.5
    neighbours = [(1, 2), (2, 3), (3, 4), (4, 5)]
    assert all(contrast(mode[f"--diverging-{a}"], mode[f"--diverging-{b}"]) >= 1.4 for a, b in neighbours)
