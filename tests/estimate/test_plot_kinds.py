"""Pictures for notebooks: which kinds there are, what they show, and estimates that do not fit them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from maps.province_squares import squares, written
from matplotlib.figure import Figure

from netralstat import Survey
from netralstat.errors import EstimationError, ReportError, UsageError
from netralstat.reference import provinces


@pytest.fixture(scope="module")
def survey() -> Survey:
    random = np.random.default_rng(2)
    slugs = list(provinces(2022)["slug"])
    frame = pd.DataFrame({"province": random.choice(slugs, 3000), "asked": random.integers(0, 2, 3000)})
    for name in ("op1", "op2"):
        frame[name] = pd.Categorical(random.choice(list("ABCDE"), 3000), categories=list("ABCDE"))
    return Survey(frame)


def said(figure: Figure) -> set[str]:
    axes = figure.axes[0]
    return {text.get_text() for text in (*axes.texts, *axes.get_yticklabels())}


def test_a_map_prints_every_province_once(survey: Survey) -> None:
    estimates = survey.prevalence("asked", by="province")
    hidden = estimates.to_frame()
    hidden.loc[0, "estimate"] = np.nan
    figure = estimates.replace_table(hidden, estimates.covariance).plot("map")
    assert {"Aceh", "Papeg", "Gorontalo"} <= said(figure)
    numbers = [text.get_text() for text in figure.axes[0].texts if text.get_text().isdigit()]
    assert len(numbers) == 37
    assert figure.png().startswith(b"\x89PNG")


@pytest.mark.parametrize("scheme", ["bps", "kemendagri"])
def test_a_map_in_the_shapes_of_a_file(survey: Survey, tmp_path: Path, scheme: str) -> None:
    file = written(squares(scheme=scheme), tmp_path / "provinces.geojson")
    estimates = survey.prevalence("asked", by="province")
    hidden = estimates.to_frame()
    hidden.loc[0, "estimate"] = np.nan
    figure = estimates.replace_table(hidden, estimates.covariance).plot(
        "map", geojson=file, key="kode", scheme=scheme
    )
    axes = figure.axes[0]
    assert len(axes.patches) == 38
    assert len([text for text in axes.texts if text.get_text().isdigit()]) == 37
    assert axes.get_title(loc="left") == "asked, per cent"
    assert figure.png().startswith(b"\x89PNG")


def test_a_map_file_that_does_not_fit_is_named(survey: Survey, tmp_path: Path) -> None:
    estimates = survey.prevalence("asked", by="province")
    file = written(squares(2021), tmp_path / "old.geojson")
    with pytest.raises(ReportError, match="lacks 4 of the 38 provinces"):
        estimates.plot("map", geojson=file, key="kode", scheme="bps")
    with pytest.raises(UsageError, match="without key ="):
        estimates.plot("map", geojson=file)
    with pytest.raises(UsageError, match='kind = "dots" draws no map'):
        estimates.plot(geojson=file, key="kode")
    with pytest.raises(UsageError, match=r'"slugs" is no way to name a province. Did you mean "slug"'):
        estimates.plot("map", geojson=file, key="kode", scheme="slugs")


def test_a_ranking_has_a_row_a_domain_the_first_on_top(survey: Survey) -> None:
    estimates = survey.prevalence("asked", by="province")
    figure = estimates.plot("ranking")
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == estimates.ranks().to_frame()["province"].tolist()
    assert "simultaneous 95 % confidence sets" in figure.axes[0].get_xlabel()


def test_diverging_bars_stand_about_the_middle_level(survey: Survey) -> None:
    figure = survey.prevalence(["op1", "op2"]).plot("likert")
    assert {"op1", "op2"} <= said(figure)
    middle = [
        patch
        for patch in figure.axes[0].patches
        if patch.get_facecolor()[:3] == (230 / 255, 232 / 255, 237 / 255)
    ]
    assert [patch.get_x() + patch.get_width() / 2 for patch in middle] == pytest.approx([0, 0], abs=1e-9)
    hidden = survey.prevalence("op1")
    table = hidden.to_frame()
    table.loc[1, "estimate"] = np.nan
    assert "not shown" in said(hidden.replace_table(table, hidden.covariance).plot("likert"))


def test_dots_are_the_usual_kind_and_long_labels_are_cut(survey: Survey) -> None:
    estimates = survey.prevalence("asked")
    assert said(estimates.plot()) == said(estimates.plot("dots"))
    long = estimates.to_frame().assign(item="x" * 200, area="a" * 200)
    long = pd.concat([long, long.assign(area="b" * 200)], ignore_index=True)
    two = replace(estimates, table=long, covariance=np.eye(2) * 1e-4, by=("area",))
    assert all(len(text) <= 48 for text in said(two.plot("ranking")))


@pytest.mark.parametrize(
    ("kind", "asked", "told"),
    [
        ("map", {"items": "op1"}, "none of the domains .there are none. has provinces"),
        ("map", {"items": "op1", "by": "province"}, "190 rows for 38 provinces"),
        ("likert", {"items": "asked", "by": "province"}, "38 estimates are no shares of two to five levels"),
        ("ranking", {"items": "op1"}, "have no domains"),
        ("ranking", {"items": "op1", "by": "province"}, "these are 5 rankings"),
    ],
)
def test_estimates_that_do_not_fit_a_kind_are_named(survey: Survey, kind, asked, told) -> None:
    with pytest.raises(EstimationError, match=told):
        survey.prevalence(**asked).plot(kind)


def test_an_unknown_kind_is_named(survey: Survey) -> None:
    with pytest.raises(UsageError, match=r'(?s)"rankin" is not known.*Did you mean "ranking"'):
        survey.prevalence("asked").plot("rankin")
