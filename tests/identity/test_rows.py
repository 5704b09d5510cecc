"""Cells = rows: every estimator against the textbook's linearisation written over respondents."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from identity.samples import (
    KINDS,
    PROFILE,
    Sample,
    df_of,
    draw,
    samples,
    textbook_covariance,
    textbook_mean,
    textbook_ratio,
    textbook_total,
)

from netralstat.estimate.estimates import Estimates

RTOL, ATOL = 1e-10, 1e-12


def domains(sample: Sample, by: str | None) -> list[np.ndarray]:
    if by is None:
        return [np.ones(len(sample.frame))]
    return [(sample.frame[by] == level).to_numpy(dtype=float) for level in sorted(sample.frame[by].unique())]


def assert_same(sample: Sample, estimates: Estimates, rows: list[tuple[float, np.ndarray]]) -> None:
    values = [value for value, _ in rows]
    v = textbook_covariance(sample, np.column_stack([u for _, u in rows]))
    np.testing.assert_allclose(estimates.table["estimate"], values, RTOL, ATOL)
    scale = np.sqrt(np.abs(np.outer(np.diag(v), np.diag(v)))) + ATOL
    np.testing.assert_allclose(estimates.covariance / scale, v / scale, RTOL, 1e-9)
    np.testing.assert_allclose(estimates.table["std_error"], np.sqrt(np.diag(v)), 1e-8, 1e-9)


@PROFILE
@given(samples())
def test_means_and_their_covariance_by_domain(sample: Sample) -> None:
    for by in (None, "d"):
        rows = [
            textbook_mean(sample.frame, sample.frame[item], domain)
            for item in ("x", "z")
            for domain in domains(sample, by)
        ]
        assert_same(sample, sample.survey().mean(["x", "z"], by=by), rows)


@PROFILE
@given(samples())
def test_shares_of_text_and_of_0_and_1_by_domain(sample: Sample) -> None:
    g = sample.frame["g"]
    for by in (None, "d"):
        rows = [textbook_mean(sample.frame, sample.frame["y"], domain) for domain in domains(sample, by)]
        for level in ("high", "low", "middle"):
            has = (g == level).astype(float).where(g.notna())
            rows += [textbook_mean(sample.frame, has, domain) for domain in domains(sample, by)]
        assert_same(sample, sample.survey().prevalence(["y", "g"], by=by), rows)


@PROFILE
@given(samples())
def test_totals_by_domain(sample: Sample) -> None:
    g = sample.frame["g"]
    for by in (None, "d"):
        rows = [textbook_total(sample.frame, sample.frame["z"], domain) for domain in domains(sample, by)]
        for level in ("high", "low", "middle"):
            has = (g == level).astype(float).where(g.notna())
            rows += [textbook_total(sample.frame, has, domain) for domain in domains(sample, by)]
        assert_same(sample, sample.survey().total(["z", "g"], by=by), rows)


@PROFILE
@given(samples())
def test_ratios_by_domain(sample: Sample) -> None:
    for by in (None, "d"):
        frame = sample.frame
        rows = [textbook_ratio(frame, frame["y"], frame["z"], domain) for domain in domains(sample, by)]
        assert_same(sample, sample.survey().ratio("y", "z", by=by), rows)


@pytest.mark.parametrize("kind", KINDS)
def test_counts_are_those_of_rows(kind: str) -> None:
    sample = draw(kind, fpc=False, missing=True, seed=3)
    frame = sample.frame
    table = sample.survey().prevalence("y", by="d").table.set_index("d")
    answered = frame[frame["y"].notna()]
    assert table["n"].to_dict() == answered.groupby("d").size().to_dict()
    assert table["n_yes"].to_dict() == answered.groupby("d")["y"].sum().to_dict()


@pytest.mark.parametrize("kind", KINDS)
def test_df_are_psus_minus_strata(kind: str) -> None:
    sample = draw(kind, fpc=True, missing=False, seed=4)
    table = sample.survey().mean("x", by="d").table
    assert table["df"].tolist() == [df_of(sample, sample.frame)] * 2


@pytest.mark.parametrize("kind", KINDS)
def test_df_of_a_domain_are_those_it_reaches(kind: str) -> None:
    sample = draw(kind, fpc=False, missing=False, seed=5)
    inside = sample.frame[sample.frame["d"] == "north"]
    row = sample.survey().mean("x", by="d", df="domain").select(d="north").table.iloc[0]
    assert row["df"] == df_of(sample, inside)


def test_deff_is_against_a_simple_random_sample_without_replacement() -> None:
    sample = draw("stratified clusters", fpc=False, missing=False, seed=6)
    frame = sample.frame
    w, y = frame["w"].to_numpy(), frame["x"].to_numpy()
    n, population = len(frame), w.sum()
    mean = np.average(y, weights=w)
    spread = np.average((y - mean) ** 2, weights=w) * n / (n - 1)
    row = sample.survey().mean("x").table.iloc[0]
    srs = spread / n * (1 - n / population)
    np.testing.assert_allclose(row["deff"], row["std_error"] ** 2 / srs, 1e-12)
    np.testing.assert_allclose(row["n_eff"], n * (spread / n) / row["std_error"] ** 2, 1e-12)
