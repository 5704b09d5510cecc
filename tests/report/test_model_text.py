"""A model in words: what goes with the outcome, how much, that it is no cause."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import netralstat
from netralstat import Model, Survey
from netralstat.errors import ReportError
from netralstat.report.models.figure import model_figure
from netralstat.report.models.text import model_text
from netralstat.report.numbers import Numbers

LABELS = {"age": "usia", "grade": "golongan", "asked": "Pernah diminta"}


@cache
def model(formula: str, family: Any = "logit", strength: float = 1.2, seed: int = 5) -> Model:
    rng = np.random.default_rng(seed)
    n = 600
    frame = pd.DataFrame({"age": rng.normal(40, 10, n), "grade": rng.choice(["II", "III"], n)})
    eta = strength * frame["grade"].eq("III") - 0.5
    frame["asked"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    frame["scale"] = (rng.integers(1, 4, n) + frame["asked"]).astype(int)
    frame["kind"] = np.where(frame["asked"], "b", rng.choice(["a", "d"], n))
    frame.loc[:1, "age"] = np.nan
    return Survey(frame).regress(formula, family)


def test_a_logit_in_indonesian() -> None:
    one = model("asked ~ age + grade")
    row = one.to_frame().set_index("term").loc["grade[III]"]
    text = model_text(one, "id", LABELS)
    f = Numbers("id")
    ratio, interval = f.ratio(row["odds_ratio"], row["or_low"], row["or_high"])
    assert text.startswith(
        "Odds “Pernah diminta” dimodelkan dengan regresi logistik berbobot survei pada 598 responden "
        f"({one.df} derajat bebas; 2 responden tanpa jawaban lengkap tidak disertakan)."
    )
    assert (
        "Berkaitan dengan odds yang lebih tinggi: golongan III, dibandingkan dengan II "
        f"(RO {ratio}; SK 95%: {interval}; "
        f"{f.p_phrase(row['p_value'])})." in text
    )
    assert "Tidak berkaitan secara bermakna: usia." in text
    assert text.endswith("bukan sebab-akibat.")
    assert not re.search(r"\d\.\d", text)


def test_nothing_significant_is_said_so() -> None:
    text = model_text(model("asked ~ age", strength=0.0, seed=6), "en")
    assert "No factor is significantly associated at the 95% level." in text
    assert "Associated with" not in text


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(
    ("formula", "family"),
    [
        ("asked ~ age + grade", "probit"),
        ("asked ~ grade", "cloglog"),
        ("scale ~ age * grade", "linear"),
        ("asked ~ grade", "poisson"),
        ("scale ~ age + grade", "ordered_logit"),
        ("scale ~ grade", "ordered_probit"),
        ("scale ~ grade", "ordered_cloglog"),
        ("scale ~ grade", "ordered_cauchit"),
        ("kind ~ age + grade", "multinomial"),
        ("asked ~ poly(age, 2) + grade", "logit"),
        ("asked ~ 1", "logit"),
    ],
)
def test_every_family_is_a_whole_paragraph(formula: str, family: str, language: str) -> None:
    text = model_text(model(formula, family), language, LABELS)
    assert text.endswith(".")
    assert "nan" not in text
    assert "  " not in text
    assert "{" not in text
    assert all(
        sentence[0].isupper() or sentence[0] == "“"
        for sentence in re.split(r"(?<=\.) ", text)
        if sentence[0].isalpha()
    )
    assert ("bukan sebab-akibat" if language == "id" else "not causes") in text
    if family == "multinomial":
        assert ("“b” dibandingkan dengan “a”" if language == "id" else "“b” rather than “a”") in text
    if "*" in formula:
        assert ("faktor yang digabungkan" if language == "id" else "factors are combined") in text


def test_rows_of_few_are_not_told() -> None:
    one = model("asked ~ age + grade")
    assert "golongan" in model_text(one, "id", LABELS)
    assert "golongan" not in model_text(one, "id", LABELS, min_respondents=400)


def test_no_factor_is_called_insignificant_where_none_is_shown() -> None:
    text = model_text(model("asked ~ age + grade"), "en", LABELS, min_respondents=5000)
    assert "No factor can be shown: too few respondents." in text
    assert "significant" not in text


def test_the_report_and_the_text_read_alike() -> None:
    assert netralstat.model_text is model_text
    with pytest.raises(ReportError, match="language"):
        model_text(model("asked ~ age"), "fr")


def test_the_reports_figure() -> None:
    figure = netralstat.model_figure(model("asked ~ age + grade"), "id", LABELS)
    assert figure.png().startswith(b"\x89PNG")
    words = {text.get_text() for text in figure.texts} | {
        artist.get_text() for artist in figure.artists if hasattr(artist, "get_text")
    }
    assert {"Per satuan", "golongan", "RO (SK 95%)", "Rasio odds (skala log) dan SK 95%"} <= words
    assert model_figure(model("kind ~ age", "multinomial"), "en").png().startswith(b"\x89PNG")
    with pytest.raises(ReportError, match="has no ratios"):
        model_figure(model("asked ~ age", "probit"))
    with pytest.raises(ReportError, match="constants and curves"):
        model_figure(model("asked ~ poly(age, 2)"))
