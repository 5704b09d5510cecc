"""Marks of estimates to be read with care, the places of provinces, and the way to the respondents."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from openpyxl import load_workbook

from netralstat.estimate.estimates import Estimates
from netralstat.report.blocks import Figure
from netralstat.report.build import build
from netralstat.report.document import Document
from netralstat.report.estimate_table import estimate_table
from netralstat.report.html import render
from netralstat.report.material import Material
from netralstat.report.suppression import suppress_wave
from netralstat.report.workbook.workbook import render_workbook


def figures(document: Document) -> dict[str, Figure]:
    return {figure.id: figure for figure in document.figures}


def words_of(figure: Figure) -> list[str]:
    """The texts of a drawing, in order."""
    return re.findall(r">([^<>]+)</t(?:ext|span)>", figure.svg)


def test_a_number_to_be_read_with_care_keeps_its_value_and_bears_a_mark(
    material: Material, raw: dict[str, Estimates]
) -> None:
    plan = material.plan.model_copy(
        update={"report": material.plan.report.model_copy(update={"reliability": "bps"})}
    )
    unsure = _with_error(raw["means"], 0.3)
    tables = suppress_wave({**raw, "headline_by_sex": _with_error(raw["headline_by_sex"], 0.3)}, plan)
    assert set(tables["headline_by_sex"].table["flag"]) == {"caution"}
    assert suppress_wave({"means": unsure}, plan)["means"].table["flag"].tolist() == ["caution"]
    document = build(replace(material, plan=plan, estimates=tables), "en")
    (table,) = [one for one in document.tables if any("‡" in note for note in one.notes) and "sex" in one.id]
    assert any("above 25%" in note for note in table.notes)
    page = render(document, version="1")
    assert re.search(r"17\.0<sup>‡</sup>", page)
    assert "17.0, to be used with care" in page
    book = render_workbook(document, estimate_table(replace(material, estimates=tables)), version="1")
    marked = {
        cell.value: cell.number_format
        for sheet in load_workbook(io.BytesIO(book))
        for line in sheet.iter_rows()
        for cell in line
        if "‡" in cell.number_format
    }
    assert marked[0.17] == marked[0.09] == '0.0%"‡"'


def _with_error(table: Estimates, share: float) -> Estimates:
    """The same estimates with a relative standard error."""
    return table.replace_table(
        table.table.assign(std_error=share * table.table["estimate"]), table.covariance
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [("id", "{n} provinsi mungkin berada di peringkat pertama"), ("en", "{n} provinces may stand first")],
)
def test_places_are_drawn_where_enough_provinces_are_shown(
    material: Material, language: str, said: str
) -> None:
    table = material.estimates["headline_by_province"]
    unsure = table.replace_table(table.table.assign(std_error=0.05), table.covariance)
    estimates = {**material.estimates, "headline_by_province": unsure}
    drawn = figures(build(replace(material, estimates=estimates), language))
    assert "figure-ranks-pressed" in drawn
    assert "figure-ranks-acted" not in drawn  # two of the four are hidden
    ranks = unsure.select(item="pressed").ranks("province").to_frame()
    texts = words_of(drawn["figure-ranks-pressed"])
    for row in ranks.itertuples():
        low, high = int(row.rank_low), int(row.rank_high)
        assert (f"{low}–{high}" if high > low else str(low)) in texts
    first = int((ranks["rank_low"] == 1).sum())
    assert first > 1
    assert said.format(n=first) in drawn["figure-ranks-pressed"].alt


def test_the_way_from_selection_to_analysis(material: Material) -> None:
    figure = figures(build(material, "en"))["figure-response"]
    texts = " ".join(words_of(figure))
    for number in ("1,250", "1,010", "1,000"):
        assert number in texts
        assert number in figure.alt
    assert "80.0%" in texts  # accepted of those selected


def test_without_a_frame_there_is_no_way_to_draw(material: Material) -> None:
    bare = replace(material, fieldwork=replace(material.fieldwork, n_selected=None))
    assert "figure-response" not in figures(build(bare, "en"))
