"""Sentences that compare: they speak of what is shown, and name the standard that hid the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from report.small_wave import estimates

from netralstat.estimate.estimates import Estimates
from netralstat.report.blocks import Box, FindingGrid, Paragraph
from netralstat.report.build import build
from netralstat.report.document import Document
from netralstat.report.material import Material
from netralstat.report.suppression import suppress_wave


def with_report(material: Material, **keys: object) -> Material:
    report = material.plan.report.model_copy(update=keys)
    return replace(material, plan=material.plan.model_copy(update={"report": report}))


def told(material: Material, made: dict[str, Estimates], chapter: str) -> str:
    """The sentences of a chapter about these tables."""
    passed = suppress_wave(made, material.plan)
    document = build(with_report(replace(material, estimates=passed), chapters=(chapter,)), "en")
    return sentences(document)


def sentences(document: Document) -> str:
    return " ".join(block.text for block in document.blocks if isinstance(block, Paragraph))


@pytest.mark.parametrize(("standard", "named", "other"), [("nchs", "NCHS", "BPS"), ("bps", "BPS", "NCHS")])
def test_the_methods_tell_the_standard_in_use(
    material: Material, standard: str, named: str, other: str
) -> None:
    document = build(with_report(material, chapters=("methods",), reliability=standard), "en")
    (box,) = (block for block in document.blocks if isinstance(block, Box))
    rule = dict(box.entries)["Suppression"]
    assert named in rule
    assert other not in rule


def test_the_most_frequent_answer_is_that_of_those_shown(material: Material) -> None:
    """Nearly everybody names one cause, and is hidden: those of the complement are too few."""
    rows: list[dict[str, Any]] = [
        {"item": f"causes/{name}", "level": "1", "estimate": p, "n": 1000, "n_yes": 1000 * p}
        for name, p in (("kinship", 0.996), ("career", 0.5), ("<b>debt</b>", 0.3))
    ]
    found = told(material, {"items": estimates(rows)}, "opinions")
    assert "the most frequent of the answers shown is Career: 50.0%" in found


def test_extremes_of_groups_are_those_of_the_groups_shown(material: Material) -> None:
    rows: list[dict[str, Any]] = [
        {"item": "pressed", "sex": sex, "estimate": p, "n": n, "n_yes": n / 2}
        for sex, p, n in (("male", 0.4, 400), ("female", 0.5, 500), ("a", 0.5, 8), ("b", 0.5, 92))
    ]
    four, two = (
        told(material, {"headline_by_sex": estimates(rows[:count], by="sex")}, "domains") for count in (4, 2)
    )
    assert "Politicization: of the groups shown, highest for Female (50.0%), lowest for Male" in four
    assert "Politicization: highest for Female (50.0%), lowest for Male (40.0%)" in two


def test_one_form_alone_is_not_the_most_and_the_least_frequent(material: Material) -> None:
    rows: list[dict[str, Any]] = [
        {"item": f"witnessed_{i}", "level": "yes", "estimate": p, "n": 1000, "n_yes": 1000 * p}
        for i, p in ((1, 0.253), (2, 0.004))
    ]
    made = suppress_wave({"forms": estimates(rows)}, material.plan)
    chapters = ("key_findings", "forms")
    document = build(with_report(replace(material, estimates=made), chapters=chapters), "en")
    assert "By “Witnessed”, only the figure of Form 1 can be shown: 25.3%." in sentences(document)
    (grid,) = (block for block in document.blocks if isinstance(block, FindingGrid))
    assert [one.sentence for one in grid.findings if one.pointer == "table-forms"] == ["Form 1."]
