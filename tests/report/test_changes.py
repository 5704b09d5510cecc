"""Change since earlier waves: whole waves beside each other, their breaks, and what is refused."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from report.small_wave import estimates
from scipy import stats
from wave_copies import WAVES, copy_of_api, plan

from netralstat.errors import DisclosureError, NetralstatError, PlanError, ReportError
from netralstat.report.blocks import Block, Figure, Missing, Paragraph, Row, Table
from netralstat.report.build import build
from netralstat.report.earlier import decimal_year
from netralstat.report.material import Material
from netralstat.report.publish import write_report
from netralstat.report.suppression import suppress, suppress_change
from netralstat.wave import open_wave

ITEMS = ("award", "target_met", "school_target")
EARLIER = 'min_respondents = 10\nearlier = ["../api-clusters"]\nchapters = ["changes"]\n'
RULE = '[[report.breaks]]\ndate = {day}\nlabel = {{ id = "Aturan baru", en = "A new rule" }}\n'
AWARDS = "Is the school eligible for the awards programme?"
REWORDED = "Will the school get an award?"
Edit = Callable[[Path], None]


def earlier_wave(root: Path, name: str = "api-clusters", day: str = "2000-01-31", *edits: Edit) -> Path:
    """The sample of districts as an earlier wave beside the sample of schools."""
    folder = root / name
    shutil.copytree(WAVES / "api-clusters", folder)
    plan('id = "api-clusters"', f'id = "{name}"')(folder)
    plan("date = 2001-01-31", f"date = {day}")(folder)
    for edit in edits:
        edit(folder)
    return folder


def two_waves(root: Path, *edits: Edit, more: str = "") -> Path:
    """This wave with its earlier one, which the edits change."""
    now = copy_of_api(root)
    earlier_wave(root, "api-clusters", "2000-01-31", *edits)
    plan("min_respondents = 10", EARLIER + more)(now)
    return now


def reworded(folder: Path) -> None:
    """The earlier wave asked the awards otherwise."""
    form = folder.parent / "instrument-1999"
    shutil.copytree(WAVES / "instrument", form)
    file = form / "schools.md"
    text = file.read_text(encoding="utf-8")
    assert AWARDS in text
    file.write_text(text.replace(AWARDS, REWORDED), encoding="utf-8")
    plan("../instrument/schools.md", "../instrument-1999/schools.md")(folder)


def blocks(material: Material, language: str = "en") -> tuple[Block, ...]:
    return next(one for one in build(material, language).chapters if one.id == "changes").blocks


def table(material: Material, name: str, language: str = "en") -> Table:
    found = [one for one in blocks(material, language) if isinstance(one, Table) and one.id == name]
    assert len(found) == 1
    return found[0]


def by_label(rows: tuple[Row, ...]) -> dict[tuple[str, str], dict[int, object]]:
    """Cells of the table of changes by indicator and wave."""
    made: dict[tuple[str, str], dict[int, object]] = {}
    group = ""
    for row in rows:
        if row.kind == "group":
            group = str(row.cells[0].value)
        else:
            made[group, str(row.cells[0].value)] = {i: cell.value for i, cell in enumerate(row.cells)}
    return made


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("surveys")


@pytest.fixture(scope="module")
def material(root: Path) -> Material:
    return open_wave(two_waves(root, more=RULE.format(day="2000-06-01"))).material()


# ------------------------------------------------------------------------------------------- numbers
def test_a_change_is_the_difference_of_two_independent_samples(root: Path, material: Material) -> None:
    alone = [open_wave(root / name).survey().prevalence(ITEMS).table for name in ("api-clusters", "api")]
    before, after = (frame.set_index("item") for frame in alone)
    found = material.estimates["headline_change_since_api-clusters"].table.set_index("item")
    error = np.sqrt(before["std_error"] ** 2 + after["std_error"] ** 2)
    gap = after["estimate"] - before["estimate"]
    df = before["df"] + after["df"]
    p = 2 * stats.t.sf(np.abs(gap / error), df)
    half = stats.t.ppf(0.975, df) * error
    expected = {"estimate": gap, "std_error": error, "p_value": p, "df": df, "conf_low": gap - half}
    for column, numbers in expected.items():
        np.testing.assert_allclose(
            found.loc[list(ITEMS), column], numbers[list(ITEMS)] if column != "p_value" else p, rtol=1e-10
        )
    assert found["p_adjusted"].min() == pytest.approx(3 * min(p), rel=1e-10)  # Holm


def test_the_levels_are_the_weighted_shares_of_each_file(material: Material) -> None:
    for name, file in (
        ("headline_in_api-clusters", "api-clusters/data/apiclus1.csv"),
        ("headline", "api/data/apistrat.csv"),
    ):
        rows = pd.read_csv(WAVES / file)
        share = rows.loc[rows["awards"] == "Yes", "pw"].sum() / rows["pw"].sum()
        estimate = material.estimates[name].table.set_index("item").loc["award", "estimate"]
        assert estimate == pytest.approx(share, rel=1e-12)


@pytest.mark.parametrize(
    ("language", "verdict"), [("en", "no significant change"), ("id", "tidak ada perubahan yang bermakna")]
)
def test_the_table_prints_both_waves_and_the_change(material: Material, language: str, verdict: str) -> None:
    printed = table(material, "table-changes", language)
    rows = by_label(printed.rows)
    label = material.plan.ask.indicators["award"].label[language]
    before, now = rows[label, "2000"], rows[label, "2001"]
    assert (before[1], now[1]) == (183, 200)
    assert before[4] == pytest.approx(float(now[2]) - float(before[2]))  # type: ignore[arg-type]
    assert before[7] == verdict
    assert now[4] is None
    assert len(rows) == 6
    text = " ".join(one.text for one in blocks(material, language) if isinstance(one, Paragraph))
    assert verdict in text
    assert "2000" in text


def test_a_significant_change_is_told_with_its_sign(tmp_path: Path) -> None:
    def all_but_forty_won(folder: Path) -> None:
        file = folder / "data" / "apiclus1.csv"
        rows = pd.read_csv(file, keep_default_na=False)
        rows["awards"] = ["No" if i % 4 == 0 else "Yes" for i in range(len(rows))]
        rows["sch_wide"] = ["Yes" if i % 4 == 0 else "No" for i in range(len(rows))]
        file.write_text(rows.to_csv(index=False), encoding="utf-8")
        lines = (folder / "wave.toml").read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if not line.startswith(("sha256", "rows"))]
        (folder / "wave.toml").write_text("\n".join(kept) + "\n", encoding="utf-8")

    made = open_wave(two_waves(tmp_path, all_but_forty_won)).material()
    rows = by_label(table(made, "table-changes").rows)
    assert rows["Met the school-wide target", "2000"][7] == "significant increase"
    told = [one.text for one in blocks(made) if isinstance(one, Paragraph)]
    assert any(text.startswith("Met the school-wide target: a significant increase of") for text in told)
    assert any("p < 0.001" in text for text in told)


# ------------------------------------------------------------------------------------------- breaks
def test_a_declared_break_is_listed_and_drawn(material: Material) -> None:
    listed = table(material, "table-breaks")
    assert [row.cells[1].value for row in listed.rows] == ["A new rule (from 1 June 2000)"]
    assert listed.rows[0].cells[2].value == "all headline indicators"
    figure = next(one for one in blocks(material) if isinstance(one, Figure))
    assert "A new rule" in figure.svg
    assert "2000 71.0%" in figure.alt


def test_a_break_outside_the_waves_is_not_theirs(tmp_path: Path) -> None:
    now = two_waves(tmp_path, more=RULE.format(day="2000-01-31") + RULE.format(day="2001-02-01"))
    made = open_wave(now).material()
    assert made.changes is not None
    assert made.changes.breaks == ()
    assert any("declares no break" in one.text for one in blocks(made) if isinstance(one, Paragraph))


def test_a_reworded_item_is_a_break_to_be_read_with_care(tmp_path: Path) -> None:
    made = open_wave(two_waves(tmp_path, reworded)).material()
    assert made.changes is not None
    (found,) = made.changes.breaks
    assert (found.kind, found.severity, found.indicators) == ("wording", "caution", ("award",))
    wordings = table(made, "table-wordings")
    assert [cell.value for cell in wordings.rows[0].cells] == ["awards", "2000", "English", REWORDED, AWARDS]
    assert len(made.estimates["headline_change_since_api-clusters"]) == 3
    figure = next(one for one in blocks(made) if isinstance(one, Figure))
    assert "Another wording" in figure.svg


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('any_of = [{ item = "awards", in = ["Yes"] }]', 'any_of = [{ item = "awards", in = ["No"] }]'),
        pytest.param(
            'any_of = [{ item = "awards", in = ["Yes"] }]',
            'any_of = [{ item = "both", in = ["Yes"] }]',
            marks=pytest.mark.long,
        ),
    ],
)
def test_another_definition_ends_the_trend(tmp_path: Path, old: str, new: str) -> None:
    made = open_wave(two_waves(tmp_path, plan(old, new))).material()
    assert made.changes is not None
    assert made.changes.broken("api-clusters", "award")
    assert made.changes.breaks[0].kind == "definition"
    assert made.estimates["headline_change_since_api-clusters"].items == ("target_met", "school_target")
    row = by_label(table(made, "table-changes").rows)["Eligible for an award", "2000"]
    assert row[4] is None
    assert row[7] == "not compared: break in the series"
    told = [one.text for one in blocks(made) if isinstance(one, Paragraph)]
    assert "Eligible for an award: not compared with 2000, for the series is broken." in told


def test_a_break_stands_between_the_waves_it_came_between(tmp_path: Path) -> None:
    now = copy_of_api(tmp_path)
    earlier_wave(tmp_path, "first", "1999-01-31", reworded)
    earlier_wave(tmp_path, "second", "2000-01-31")
    named = EARLIER.replace('["../api-clusters"]', '["../second", "../first"]')
    plan("min_respondents = 10", named)(now)
    made = open_wave(now).material()
    assert made.changes is not None
    assert [one.id for one in made.changes.rounds] == ["first", "second"]
    assert [one.since for one in made.changes.breaks] == ["first"]
    figure = next(one for one in blocks(made) if isinstance(one, Figure))
    assert figure.svg.count("Another wording") == 1
    first, second = (made.estimates[one.change].table["estimate"] for one in made.changes.rounds)
    np.testing.assert_array_equal(first, second)  # the same responses twice
    assert [row.cells[0].value for row in table(made, "table-changes").rows[1:4]] == ["1999", "2000", "2001"]


# ------------------------------------------------------------------------------------------- what is missing
def test_a_wave_that_lacks_an_indicator_says_so(tmp_path: Path) -> None:
    def without_award(folder: Path) -> None:
        plan("[ask.indicators.award]", "[ask.indicators.prize]")(folder)
        plan('headline = ["award", ', 'headline = ["prize", ')(folder)

    made = open_wave(two_waves(tmp_path, without_award)).material()
    assert made.changes is not None
    assert made.changes.rounds[0].lacks == ("award",)
    rows = by_label(table(made, "table-changes").rows)
    row = rows["Eligible for an award", "2000"]
    assert [row[i] for i in range(1, 7)] == [None] * 6
    assert row[7] == "not available: the earlier wave lacks this indicator, or nobody answered it"
    assert made.estimates["headline_in_api-clusters"].items == ("target_met", "school_target")


def test_nothing_in_common(tmp_path: Path) -> None:
    now = two_waves(tmp_path)
    plan('headline = ["award", "target_met", "school_target"]', 'headline = ["first_time"]')(now)
    added = (
        '[ask.indicators.first_time]\nlabel = { id = "Baru", en = "New" }\n'
        'definition = { id = "Baru.", en = "New." }\nany_of = [{ item = "both", in = ["Yes"] }]\n\n[collect]'
    )
    plan("[collect]", added)(now)
    (only,) = blocks(open_wave(now).material())
    assert isinstance(only, Missing)
    assert only.reason.endswith("from the earlier waves (2000).")


def test_a_wave_file_without_earlier_waves(tmp_path: Path) -> None:
    now = copy_of_api(tmp_path)
    plan("min_respondents = 10", 'min_respondents = 10\nchapters = ["changes"]')(now)
    made = open_wave(now).material()
    assert made.changes is None
    for language in ("id", "en"):
        (only,) = blocks(made, language)
        assert isinstance(only, Missing)
        assert "earlier" in only.reason


def test_what_one_wave_hides_has_no_change(tmp_path: Path) -> None:
    made = open_wave(two_waves(tmp_path, plan("min_respondents = 10", "min_respondents = 52"))).material()
    levels = made.estimates["headline_in_api-clusters"].table.set_index("item")
    change = made.estimates["headline_change_since_api-clusters"].table.set_index("item")
    hidden = levels["flag"] == "suppressed_numerator"
    assert hidden.tolist() == [False, True, True]  # 53, 50 and 23 schools did not
    assert change["flag"].tolist() == ["", *["suppressed_numerator"] * 2]
    assert change.loc[hidden, ["estimate", "std_error", "p_value", "p_adjusted"]].isna().all(axis=None)
    rows = by_label(table(made, "table-changes").rows)
    assert rows["Met both targets", "2000"][2] is None
    assert rows["Met both targets", "2000"][4] is None
    assert rows["Met both targets", "2001"][2] is not None
    assert any("fewer than 52 respondents" in note for note in table(made, "table-changes").notes)


def test_a_change_needs_two_sides_that_have_passed() -> None:
    raw = estimates([{"item": "x", "estimate": 0.4}])
    passed = suppress(raw)
    with pytest.raises(DisclosureError, match="without disclosure control"):
        suppress_change(raw, raw, passed)
    with pytest.raises(DisclosureError, match="1 changes came with 0 earlier"):
        suppress_change(raw, passed.take([]), passed)


# ------------------------------------------------------------------------------------------- refused
def _itself(root: Path) -> None:
    plan('"../api-clusters"', '"../api"')(root / "api")


def _later(root: Path) -> None:
    plan("date = 2000-01-31", "date = 2002-01-31")(root / "api-clusters")


def _same_id(root: Path) -> None:
    plan('id = "api-clusters"', 'id = "api"')(root / "api-clusters")


def _same_day(root: Path) -> None:
    plan("date = 2000-01-31", "date = 2001-01-31")(root / "api-clusters")


def _no_wave(root: Path) -> None:
    plan('"../api-clusters"', '"../instrument"')(root / "api")


def _outside(root: Path) -> None:
    plan('"../api-clusters"', '"../../elsewhere"')(root / "api")


def _twice(root: Path) -> None:
    plan('"../api-clusters"', '"../api-clusters", "../api-clusters"')(root / "api")


def _synthetic(root: Path) -> None:
    plan("[ask]", "synthetic = true\n\n[ask]")(root / "api-clusters")


def _no_series(root: Path) -> None:
    plan('earlier = ["../api-clusters"]', "")(root / "api")


def _wrong(root: Path) -> None:
    plan("[report]", "[report]\nunknown = 1")(root / "api-clusters")


@pytest.mark.parametrize(
    ("edit", "error", "told"),
    [
        (_itself, ReportError, r"\.\./api is not earlier"),
        (_later, ReportError, "not earlier: it is of 2002-01-31, and this wave of 2001-01-31"),
        (_same_id, ReportError, "the same id"),
        (_same_day, ReportError, "the same day"),
        (_no_wave, ReportError, r"\.\./instrument is no wave: it holds no wave.toml"),
        (_outside, PlanError, "leaves the surveys folder"),
        (_twice, PlanError, "names twice"),
        (_synthetic, ReportError, "holds synthetic data, and this wave responses of a survey"),
        (_no_series, PlanError, "has breaks of a series, but names no earlier wave"),
        (_wrong, PlanError, "unknown key"),
    ],
)
def test_named_errors(
    tmp_path: Path, edit: Callable[[Path], None], error: type[NetralstatError], told: str
) -> None:
    now = two_waves(tmp_path, more=RULE.format(day="2000-06-01"))
    edit(tmp_path)
    with pytest.raises(error, match=told):
        open_wave(now).material()


def test_waves_of_the_same_id_with_another_between_them(tmp_path: Path) -> None:
    now = two_waves(tmp_path)
    earlier_wave(tmp_path, "older", "1999-01-31", plan('id = "older"', 'id = "api"'))
    plan('"../api-clusters"', '"../older", "../api-clusters"')(now)
    with pytest.raises(ReportError, match='waves "api" and "api" have the same id'):
        open_wave(now).material()


# ------------------------------------------------------------------------------------------- files
def test_files_hold_the_earlier_waves(root: Path, material: Material, tmp_path: Path) -> None:
    write_report(material, tmp_path, ["id", "en"], ["html", "xlsx", "docx"])
    told = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert told["earlier_waves"] == [
        {"wave": "api-clusters", "day": "2000-01-31", "respondents": 183, "lacks": []}
    ]
    for name in ("api-clusters/wave.toml", "api-clusters/data/apiclus1.csv"):
        assert told["inputs"][name] == hashlib.sha256((root / name).read_bytes()).hexdigest()
    csv = pd.read_csv(tmp_path / "estimates.csv")
    change = csv.loc[csv["table"] == "headline_change_since_api-clusters"]
    assert change["item"].tolist() == list(ITEMS)
    assert set(change["measure"]) == {"difference"}
    page = (tmp_path / "report.en.html").read_text(encoding="utf-8")
    assert "Change since earlier waves" in page
    assert "no significant change" in page


def test_a_day_as_a_year() -> None:
    assert decimal_year(date(2021, 1, 1)) == 2021.0
    assert decimal_year(date(2021, 7, 1)) == 2021 + 181 / 365
    assert decimal_year(date(2020, 12, 31)) == 2020 + 365 / 366
