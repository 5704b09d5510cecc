"""Plots of models and of their effects: where marks stand, and what rows are called."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden.designs import survey

from netralstat.errors import EstimationError


def test_marks_stand_at_the_ratios() -> None:
    model = survey("dstrat").regress("wide ~ ell + stype")
    figure = model.plot()
    axes = figure.axes[0]
    assert axes.get_xscale() == "log"
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "ell",
        "stype: E (reference)",
        "stype: H",
        "stype: M",
    ]
    marks = [line for line in axes.lines if line.get_marker() == "s"]
    shown = model.table[~model.table["reference"] & (model.table["variable"] != "(Intercept)")]
    assert [mark.get_xdata()[0] for mark in marks] == shown["odds_ratio"].tolist()
    filled = [mark.get_markerfacecolor() != "white" for mark in marks]
    assert filled == (shown["p_value"] < 0.05).tolist()
    assert "association" in axes.get_xlabel()
    assert figure.png().startswith(b"\x89PNG")


def test_coefficients_stand_about_zero() -> None:
    axes = survey("dstrat").regress("api00 ~ ell + meals:stype", "linear").plot().axes[0]
    assert axes.get_xscale() == "linear"
    assert axes.get_xlim()[0] < 0 < axes.get_xlim()[1]


def test_levels_of_a_multinomial_outcome_are_told() -> None:
    model = survey("dstrat").regress("stype ~ ell", "multinomial")
    labels = [label.get_text() for label in model.plot().axes[0].get_yticklabels()]
    assert labels == ["H · ell", "M · ell"]


def test_a_wide_interval_ends_in_an_arrow() -> None:
    frame = pd.DataFrame({"y": [0, 1] * 20 + [1, 1, 0], "x": ["a"] * 40 + ["b"] * 3})
    from netralstat import Survey

    model = Survey(frame.assign(z=np.arange(43) / 400)).regress("y ~ x + z")
    markers = {line.get_marker() for line in model.plot().axes[0].lines}
    assert {"<", ">"} & markers


def test_a_model_of_constants_has_no_plot() -> None:
    with pytest.raises(EstimationError, match="constants and curves"):
        survey("dstrat").regress("wide ~ 1").plot()


def test_effects_are_named_by_their_variable() -> None:
    s = survey("dstrat")
    model = s.regress("wide ~ ell + stype")
    axes = s.marginal_effects(model).plot().axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "ell · per unit",
        "stype · H - E",
        "stype · M - E",
    ]
    assert any(list(line.get_xdata()) == [0, 0] for line in axes.lines)
    assert "average marginal effect" in axes.get_xlabel()


def test_adjusted_means_along_a_number_are_a_curve() -> None:
    s = survey("dstrat")
    model = s.regress("wide ~ ell + stype")
    adjusted = s.adjusted(model, "ell", [0, 20, 40])
    axes = adjusted.plot().axes[0]
    np.testing.assert_allclose(axes.lines[0].get_xdata(), [0, 20, 40])
    np.testing.assert_allclose(axes.lines[0].get_ydata(), adjusted.to_frame()["estimate"])
    assert len(axes.collections) == 1
    labels = [label.get_text() for label in s.adjusted(model, "stype").plot().axes[0].get_yticklabels()]
    assert labels == ["E", "H", "M"]
