"""The chapter on the case register: what it says, what it keeps, and when it is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from netralstat.ask.plan_register import Register
from netralstat.collect.register import CaseRegister
from netralstat.estimate.estimates import Estimates
from netralstat.report.blocks import Chapter, Missing, Paragraph, Table
from netralstat.report.build import build
from netralstat.report.html import render
from netralstat.report.material import Material
from netralstat.report.numbers import Numbers
from netralstat.report.register.counts import case_counts
from netralstat.report.suppression import suppress_ascertainment
from netralstat.report.table_csv import table_csv


def declared(**more: object) -> Register:
    return Register.model_validate(
        {
            "path": "register.csv",
            "unit": "persons",
            "as_of": date(2021, 12, 16),
            "source": {"id": "Register <uji>", "en": "Test <register>"},
            "status": "s",
            "stages": {"a": "open"},
            "id": "i",
            "indicator": "acted",
            "regions": {"column": "p", "vintage": 2021},
            **more,
        }
    )


def with_register(
    material: Material, raw: dict[str, Estimates], cases: dict[str, int], register: Register | None = None
) -> Material:
    """The small wave with a register of these cases by province, a tenth of them in each of three stages."""
    stages = {"open": 0.1, "not_proven": 0.2, "proven": 0.1, "sanctioned": 0.6}
    rows = [
        (place, "1" if stage != "open" else "other", stage, round(n * share))
        for place, n in cases.items()
        for stage, share in stages.items()
    ]
    counts = case_counts(
        CaseRegister(
            counts=pd.DataFrame(rows, columns=["province", "form", "stage", "n"]),
            unit="persons",
            as_of=date(2021, 12, 16),
        ),
        5,
    )
    by_place = raw["headline_by_province"].select(item="acted")
    shown = material.estimates["headline_by_province"].select(item="acted")
    levels = by_place.table["province"].tolist()
    ratios = by_place.ascertainment(
        {level: float(cases.get(level, 0)) for level in levels}, dict.fromkeys(levels, 10_000.0)
    )
    collect = material.plan.collect.model_copy(update={"case_register": register or declared()})
    return replace(
        material,
        plan=material.plan.model_copy(update={"collect": collect}),
        cases=counts,
        estimates={
            **material.estimates,
            "ascertainment_by_province": suppress_ascertainment(ratios, shown, np.zeros(len(levels), bool)),
        },
    )


def chapter(material: Material, language: str = "en") -> Chapter:
    return next(one for one in build(material, language).chapters if one.id == "register")


def tables(found: Chapter) -> dict[str, Table]:
    return {block.id: block for block in found.blocks if isinstance(block, Table)}


def words(found: Chapter) -> str:
    return " ".join(block.text for block in found.blocks if isinstance(block, Paragraph))


def test_without_a_register_there_is_no_chapter(material: Material) -> None:
    assert "register" not in {one.id for one in build(material, "en").chapters}


def test_a_chapter_that_is_asked_for_says_why_it_is_empty(material: Material) -> None:
    report = material.plan.report.model_copy(update={"chapters": ("register",)})
    asked = replace(material, plan=material.plan.model_copy(update={"report": report}))
    (only,) = chapter(asked).blocks
    assert isinstance(only, Missing)
    assert "[collect.register]" in only.reason


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "the register counts 300 persons. Source: Test <register>."),
        ("id", "register mencatat 300 orang. Sumber: Register <uji>."),
    ],
)
def test_what_it_says(material: Material, raw: dict[str, Estimates], language: str, told: str) -> None:
    found = chapter(with_register(material, raw, {"bali": 200, "riau": 100}), language)
    assert told in words(found)
    stages = tables(found)["table-register-stages"]
    assert [row.cells[1].value for row in stages.rows] == [30, 60, 30, 180, 300]
    assert stages.rows[-1].kind == "total"


def test_nobody_sanctioned_yet(material: Material, raw: dict[str, Estimates]) -> None:
    found = with_register(material, raw, {"bali": 200, "riau": 100})
    assert found.cases is not None
    assert found.cases.stages is not None
    waiting = {**found.cases.stages, "proven": 210, "sanctioned": 0}
    told = words(chapter(replace(found, cases=replace(found.cases, stages=waiting))))
    assert "Of these, 210 (70.0%) were proven and recommended for a sanction; no sanction has been" in told


def test_a_hidden_number_bears_its_mark(material: Material, raw: dict[str, Estimates]) -> None:
    found = tables(
        chapter(with_register(material, raw, {"bali": 200, "riau": 100, "jambi": 10, "banten": 40}))
    )
    table = found["table-register-province"]
    hidden = [cell for row in table.rows for cell in row.cells if cell.flag == "suppressed_cases"]
    assert hidden
    assert all(cell.value is None for cell in hidden)
    assert any(note.startswith("§") and "fewer than 5" in note for note in table.notes)


def test_a_ratio_follows_its_prevalence(material: Material, raw: dict[str, Estimates]) -> None:
    wide = with_register(material, raw, {"bali": 200, "riau": 100})
    shown = material.estimates["headline_by_province"].select(item="acted").table
    ratio = wide.estimates["ascertainment_by_province"].table
    assert (ratio["estimate"].isna() == shown["estimate"].isna()).all()
    names = {"Bali": "bali", "Riau": "riau"}
    for row in tables(chapter(wide))["table-register-ratios"].rows:
        slug = names.get(str(row.cells[0].value))
        if slug in set(ratio["province"]):
            value = ratio.set_index("province")["estimate"][slug]
            printed = row.cells[-2].value
            assert (printed is None) == bool(np.isnan(value))
            assert printed is None or printed == pytest.approx(1000 * value)


def test_an_open_interval_is_printed_as_one(material: Material, raw: dict[str, Estimates]) -> None:
    wide = with_register(material, raw, {"bali": 200, "riau": 100})
    found = wide.estimates["ascertainment_by_province"]
    frame = found.table.assign(conf_high=np.inf)
    open_ended = replace(found, table=frame)
    made = replace(wide, estimates={**wide.estimates, "ascertainment_by_province": open_ended})
    document = build(made, "id")
    table = next(one for one in document.tables if one.id == "table-register-ratios")
    limits = [row.cells[-1].value for row in table.rows if row.cells[-2].value is not None]
    assert limits
    assert all(isinstance(pair, tuple) and pair[1] == np.inf for pair in limits)
    low = Numbers("id").number(limits[0][0], 2)  # type: ignore[index]
    assert f"{low}–∞" in render(document)
    assert f";{low};∞\r\n" in table_csv(table, "id")


def test_published_figures_of_the_same_elections(material: Material, raw: dict[str, Estimates]) -> None:
    wide = with_register(material, raw, {"bali": 200, "riau": 100}, declared(scope="Pilkada 2024"))
    table = tables(chapter(wide))["table-register-published"]
    assert [row.cells[3].value for row in table.rows] == [433, 1158]
    assert any(note.startswith("[1]") for note in table.notes)
