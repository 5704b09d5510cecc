"""Identities of comparisons, on small samples of every design: no golden, only what must be so."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from identity.samples import PROFILE, Sample, samples, textbook_covariance, textbook_mean

from netralstat import Survey
from netralstat.estimate.complements import versus_rest
from netralstat.estimate.correlation import correlation, covariances
from netralstat.estimate.domains import Question
from netralstat.estimate.estimates import Estimates


def by_g(sample: Sample) -> Estimates:
    return sample.survey().mean("z", by="g")


@PROFILE
@given(samples())
def test_ratio_is_the_exponential_of_the_difference_of_logarithms(sample: Sample) -> None:
    means = by_g(sample)
    ratio = means.ratio({"g": "low"}, {"g": "high"}).table.iloc[0]
    domains = [(sample.frame["g"] == level).to_numpy() for level in ("low", "high")]
    (m1, u1), (m2, u2) = (textbook_mean(sample.frame, sample.frame["z"], domain) for domain in domains)
    error = np.sqrt(textbook_covariance(sample, (u1 / m1 - u2 / m2)[:, None])[0, 0])
    assert ratio["estimate"] == pytest.approx(m1 / m2, rel=1e-11)
    assert ratio["std_error"] == pytest.approx(m1 / m2 * error, rel=1e-8, abs=1e-12)


@PROFILE
@given(samples())
def test_the_rest_by_rows(sample: Sample) -> None:
    frame, survey = sample.frame, sample.survey()
    found = versus_rest(frame, survey.design, ["z"], Question(by=("g",)), statistic="mean").table
    for row in found.itertuples():
        inside = (frame["g"] == row.g).to_numpy()
        outside = (frame["g"].notna() & (frame["g"] != row.g)).to_numpy()
        (m1, u1), (m2, u2) = (textbook_mean(frame, frame["z"], domain) for domain in (inside, outside))
        assert row.estimate == pytest.approx(m1 - m2, rel=1e-9, abs=1e-12)
        variance = textbook_covariance(sample, (u1 - u2)[:, None])[0, 0]
        assert row.std_error**2 == pytest.approx(variance, rel=1e-7, abs=1e-12)


@PROFILE
@given(samples())
def test_equality_does_not_mind_the_order_or_the_unit(sample: Sample) -> None:
    assume(by_g(sample).table["df"][0] >= 2)  # two contrasts
    plain = by_g(sample).equality().table.iloc[0]
    renamed = sample.frame.assign(g=sample.frame["g"].map({"low": "3", "middle": "1", "high": "2"}))
    turned = sample.survey(renamed.assign(z=renamed["z"] * -40)).mean("z", by="g").equality().table.iloc[0]
    assert turned["flag"] == plain["flag"]
    if not plain["flag"]:
        assert turned["statistic"] == pytest.approx(plain["statistic"], rel=1e-6)
    heavier = sample.survey(sample.frame.assign(w=sample.frame["w"] * 7)).mean("z", by="g").equality()
    assert heavier.table["flag"][0] == plain["flag"]
    if not plain["flag"]:
        assert heavier.table["statistic"][0] == pytest.approx(plain["statistic"], rel=1e-6)


@PROFILE
@given(samples())
def test_a_trend_is_a_contrast(sample: Sample) -> None:
    means = by_g(sample)
    scores = {"low": 1.0, "middle": 2.0, "high": 4.0}
    centred = np.array([scores[level] for level in means.table["g"]]) - 7 / 3
    direct = means.contrast(centred[None] / (centred @ centred), ["slope"]).table.iloc[0]
    slope = means.trend(scores=scores).slope.table.iloc[0]
    assert (slope["estimate"], slope["std_error"]) == pytest.approx(
        (direct["estimate"], direct["std_error"]), rel=1e-12
    )


@PROFILE
@given(samples())
def test_standardised_to_one_group_is_that_group(sample: Sample) -> None:
    means = by_g(sample)
    alone = means.standardised("g", {"low": 0.0, "middle": 1.0, "high": 0.0}).table.iloc[0]
    row = means.select(g="middle").table.iloc[0]
    assert (alone["estimate"], alone["std_error"], alone["n"]) == (
        row["estimate"], row["std_error"], row["n"]
    )  # fmt: skip


@PROFILE
@given(samples())
def test_a_round_against_itself(sample: Sample) -> None:
    """Independent, the variance doubles; with its own covariance, nothing varies."""
    means = by_g(sample)
    apart = means.change_from(means, covariance="independent")
    assert apart.covariance == pytest.approx(2 * means.covariance, rel=1e-12)
    assert (apart.table["estimate"] == 0).all()
    together = means.change_from(means, covariance=means.covariance)
    assert together.table["flag"].tolist() == ["no_variance"] * len(means)


@PROFILE
@given(samples())
def test_an_item_and_itself(sample: Sample) -> None:
    """Correlated with its double an item has 1; its variance is its covariance with itself."""
    frame = sample.frame.assign(twice=sample.frame["z"] * 2 + 5)
    design = sample.survey(frame).design
    row = correlation(frame, design, ["z", "twice"], Question()).table.iloc[0]
    assert (row["estimate"], row["flag"]) == (1.0, "boundary")
    table = covariances(frame, design, ["z", "twice"], Question()).table.set_index("item")
    variance, error = table.loc["z", ["estimate", "std_error"]]
    assert table.loc["z × twice", "estimate"] == pytest.approx(2 * variance, rel=1e-9)
    assert table.loc["twice", "std_error"] == pytest.approx(4 * error, rel=1e-7, abs=1e-12)
    unweighted = Survey(frame).frame["z"].dropna()
    plain = covariances(frame, Survey(frame).design, ["z"], Question()).table["estimate"][0]
    assert plain == pytest.approx(unweighted.var(), rel=1e-10)
