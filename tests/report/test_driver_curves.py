"""The chapter on drivers with a term that bends: what its rows are called, its joint test, no ratio."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from netralstat import Model, Survey
from netralstat.report.blocks import Block, Figure, Paragraph, Table
from netralstat.report.build import build
from netralstat.report.material import Material


def fitted(formula: str, strength: float) -> Model:
    rng = np.random.default_rng(2)
    n = 800
    frame = pd.DataFrame({"career": rng.uniform(1, 5, n), "sex": rng.choice(["male", "female"], n)})
    eta = strength * ((frame["career"] - 3) ** 2 - 1)
    frame["pressed"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    return Survey(frame).regress(formula)


def chapter(material: Material, model: Model, language: str) -> list[Block]:
    document = build(replace(material, models={"pressed_model": model}), language)
    return list(next(one for one in document.chapters if one.id == "drivers").blocks)


@pytest.mark.parametrize(
    ("language", "row", "said"),
    [
        (
            "id",
            "Motif karier, kurva 1 dari 2",
            "Berkaitan menurut kurva, tidak hanya satu arah: Motif karier",
        ),
        (
            "en",
            "Career motive, curve 1 of 2",
            "Associated along a curve, not by one direction: Career motive",
        ),
    ],
)
def test_a_curve_has_a_name_a_joint_test_and_no_ratio(
    material: Material, language: str, row: str, said: str
) -> None:
    model = fitted("pressed ~ poly(career, 2) + sex", 0.8)
    blocks = chapter(material, model, language)
    table = next(block for block in blocks if isinstance(block, Table))
    rows = {str(one.cells[0].value): one.cells for one in table.rows if one.kind == "body"}
    assert rows[row][2].value == ""
    assert rows[row][4].value == pytest.approx(model.to_frame().set_index("term")["p_value"].iloc[1])
    assert said in " ".join(block.text for block in blocks if isinstance(block, Paragraph))
    assert any(("kurva" if language == "id" else "curve") in note for note in table.notes)


def test_a_curve_by_a_factor_and_a_curve_alone(material: Material) -> None:
    blocks = chapter(material, fitted("pressed ~ poly(career, 2) * sex", 0.8), "en")
    table = next(block for block in blocks if isinstance(block, Table))
    names = [str(row.cells[0].value) for row in table.rows]
    assert "Career motive × Sex" in names
    assert "Career motive, curve 2 of 2 × Male" in names or "Career motive, curve 2 of 2 × Female" in names
    blocks = chapter(material, fitted("pressed ~ spline(career, 2)", 0.0), "en")
    assert not any(isinstance(block, Figure) for block in blocks)
    texts = " ".join(block.text for block in blocks if isinstance(block, Paragraph))
    assert "No factor is significantly associated at the 95% level." in texts
