"""What must not matter does not: order of rows, names of levels, scale of weights, empty distinctions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from identity.samples import KINDS, PROFILE, Sample, draw, samples

from netralstat import Survey

NUMBERS = ["estimate", "std_error", "conf_low", "conf_high", "df", "n", "n_eff", "deff"]


def numbers(table: pd.DataFrame) -> np.ndarray:
    return table[NUMBERS].to_numpy(dtype=float)


@PROFILE
@given(samples(), st.integers(0, 1000))
def test_row_order_does_not_matter(sample: Sample, seed: int) -> None:
    shuffled = sample.frame.sample(frac=1, random_state=seed)
    for ask in (
        lambda s: s.prevalence(["y", "g"], by=["d", "e"]),
        lambda s: s.ratio("y", "z"),
    ):
        first, second = ask(sample.survey()), ask(sample.survey(shuffled))
        np.testing.assert_allclose(numbers(second.table), numbers(first.table), 1e-9, 1e-11)
        np.testing.assert_allclose(second.covariance, first.covariance, 1e-9, 1e-13)


@PROFILE
@given(samples())
def test_names_of_levels_strata_and_psus_do_not_matter(sample: Sample) -> None:
    renamed = sample.frame.assign(
        g=sample.frame["g"].map({"high": "é/1", "low": "b = 2", "middle": "A b"}),  # another order
        d=sample.frame["d"].map({"north": 10, "south": 20}),
        stratum=sample.frame["stratum"].map(lambda h: f"stratum {9 - h}"),
        cluster=sample.frame["cluster"].map(lambda c: f"psu {1000 - c}"),
    )
    first = sample.survey().prevalence("g", by="d")
    second = sample.survey(renamed).prevalence("g", by="d")
    assert second.table["level"].tolist() == ["A b", "A b", "b = 2", "b = 2", "é/1", "é/1"]
    assert second.table["d"].tolist() == [10, 20] * 3
    place = [4, 5, 2, 3, 0, 1]
    np.testing.assert_allclose(numbers(second.take(place).table), numbers(first.table), 1e-9, 1e-11)
    np.testing.assert_allclose(second.take(place).covariance, first.covariance, 1e-9, 1e-13)


@PROFILE
@given(samples(), st.sampled_from([0.5, 3.0, 1000.0]))
def test_scaled_weights_scale_totals_and_leave_the_rest(sample: Sample, c: float) -> None:
    one = sample.survey()
    scaled = sample.survey(sample.frame.assign(w=sample.frame["w"] * c))
    shown = ["estimate", "std_error", "conf_low", "conf_high"]
    first, second = (s.total(["z", "g"], by="d").table[shown] for s in (one, scaled))
    np.testing.assert_allclose(second, first * c, 1e-9, 1e-9)
    for ask in (lambda s: s.prevalence(["y", "g"], by="d"), lambda s: s.ratio("y", "z")):
        first, second = (ask(s).table[[*shown, "n_eff"]].to_numpy(dtype=float) for s in (one, scaled))
        np.testing.assert_allclose(second, first, 1e-9, 1e-12)


@PROFILE
@given(samples())
def test_a_full_domain_is_no_domain(sample: Sample) -> None:
    everybody = sample.frame.assign(all="yes")
    plain = sample.survey().prevalence(["y", "g"])
    by = sample.survey(everybody).prevalence(["y", "g"], by="all", interval="logit")
    where = sample.survey(everybody).prevalence(["y", "g"], where={"all": "yes"})
    overall = sample.survey().prevalence(["y", "g"], by="d", overall=True).select(d=None)
    for other in (by, where, overall):
        np.testing.assert_allclose(numbers(other.table), numbers(plain.table), 1e-10, 1e-12)
        np.testing.assert_allclose(other.covariance, plain.covariance, 1e-10, 1e-14)


@PROFILE
@given(samples())
def test_where_is_the_row_of_by(sample: Sample) -> None:
    survey = sample.survey()
    by = survey.mean("x", by="d").select(d="south")
    where = survey.mean("x", where={"d": "south"})
    np.testing.assert_allclose(numbers(where.table), numbers(by.table), 1e-10, 1e-12)


@PROFILE
@given(samples())
def test_crossed_domains_are_one_domain_of_pairs(sample: Sample) -> None:
    frame = sample.frame.assign(pair=sample.frame["d"] + "/" + sample.frame["e"])
    survey = sample.survey(frame)
    crossed, pairs = survey.total("z", by=["d", "e"]), survey.total("z", by="pair")
    assert (crossed.table["d"] + "/" + crossed.table["e"]).tolist() == pairs.table["pair"].tolist()
    np.testing.assert_allclose(numbers(crossed.table), numbers(pairs.table), 1e-12)
    np.testing.assert_allclose(crossed.covariance, pairs.covariance, 1e-12)


@PROFILE
@given(samples())
def test_domain_totals_and_their_covariance_add_to_the_whole(sample: Sample) -> None:
    survey = sample.survey()
    parts, whole = survey.total("z", by=["d", "e"]), survey.total("z").table.iloc[0]
    np.testing.assert_allclose(parts.table["estimate"].sum(), whole["estimate"], 1e-12)
    np.testing.assert_allclose(np.sqrt(parts.covariance.sum()), whole["std_error"], 1e-9)


@PROFILE
@given(samples())
def test_the_total_of_a_level_is_the_population_times_its_share(sample: Sample) -> None:
    answered = sample.frame["g"].notna()
    population = (sample.frame["w"] * answered).sum()
    survey = sample.survey()
    shares, totals = survey.prevalence("g").table, survey.total("g").table
    assert totals["level"].tolist() == shares["level"].tolist() == ["high", "low", "middle"]
    np.testing.assert_allclose(totals["estimate"], population * shares["estimate"], 1e-12)
    np.testing.assert_allclose(shares["estimate"].sum(), 1.0, 1e-12)


@PROFILE
@given(samples())
def test_shares_of_all_levels_leave_no_variance_between_them(sample: Sample) -> None:
    # They add to one, so each row of their covariance adds to zero.
    v = sample.survey().prevalence("g").covariance
    np.testing.assert_allclose(v.sum(axis=1) / v.max(), 0.0, atol=1e-12)


@PROFILE
@given(samples())
def test_a_difference_has_both_variances_less_twice_the_covariance(sample: Sample) -> None:
    shares = sample.survey().prevalence(["y", "g"], by="d")
    v = shares.covariance
    difference = shares.difference({"d": "north"}, {"d": "south"})
    assert len(difference) == 4
    for i, row in difference.table.iterrows():
        first, second = (
            shares.rows(item=row["item"], level=row["level"], d=d)[0] for d in ("north", "south")
        )
        estimates = shares.table["estimate"]
        np.testing.assert_allclose(row["estimate"], estimates[first] - estimates[second], 1e-12, 1e-14)
        variance = v[first, first] + v[second, second] - 2 * v[first, second]
        np.testing.assert_allclose(row["std_error"] ** 2, variance, 1e-9, 1e-15)
        np.testing.assert_allclose(difference.covariance[i, i], variance, 1e-9, 1e-15)


@PROFILE
@given(samples())
def test_items_asked_together_are_items_asked_alone_with_their_covariance(sample: Sample) -> None:
    survey = sample.survey()
    both = survey.mean(["x", "z"])
    for i, item in enumerate(("x", "z")):
        alone = survey.mean(item)
        np.testing.assert_allclose(numbers(both.table)[i], numbers(alone.table)[0], 1e-10)
        np.testing.assert_allclose(both.covariance[i, i], alone.covariance[0, 0], 1e-10)
    # var(x + z) = var x + var z + 2 cov, where both were answered.
    answered = sample.frame.dropna(subset=["z"])
    if len(answered) == len(sample.frame):
        added = survey_of_sum(sample).mean("added")
        np.testing.assert_allclose(both.covariance.sum(), added.covariance[0, 0], 1e-9)


def survey_of_sum(sample: Sample) -> Survey:
    return sample.survey(sample.frame.assign(added=sample.frame["x"] + sample.frame["z"]))


@pytest.mark.parametrize("kind", KINDS)
def test_not_having_answered_is_like_standing_outside_the_domain(kind: str) -> None:
    # Neither shrinks the design: such rows keep their PSUs and the degrees of freedom.
    sample = draw(kind, fpc=False, missing=False, seed=8)
    silent = sample.frame.assign(y=sample.frame["y"].where(sample.frame["d"] == "north"))
    first = sample.survey().prevalence("y", where={"d": "north"})
    second = sample.survey(silent).prevalence("y")
    np.testing.assert_allclose(numbers(second.table), numbers(first.table), 1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_one_pass_over_the_rows_gives_what_many_give(kind: str) -> None:
    survey = draw(kind, fpc=True, missing=True, seed=9).survey()
    tables = survey.tabulate(["y", "g"], ["d", "e"], overall=True)
    assert list(tables) == [None, "d", "e"]
    for domain, table in tables.items():
        alone = survey.prevalence(["y", "g"], by=domain, overall=domain is not None)
        np.testing.assert_allclose(numbers(table.table), numbers(alone.table), 1e-10, 1e-12)
        np.testing.assert_allclose(table.covariance, alone.covariance, 1e-9, 1e-14)
        assert table.by == alone.by
