"""Persons drawn one by one are PSUs of one person each, whatever the rule for those who are alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from netralstat import Survey

DRAW = np.random.default_rng(12)
FRAME = pd.DataFrame(
    {
        "h": np.repeat([1, 2, 3, 4, 5], [9, 7, 8, 6, 1]),
        "w": DRAW.uniform(1, 9, 31),
        "y": DRAW.integers(0, 2, 31),
        "x": DRAW.normal(size=31),
        "d": np.where(np.arange(31) % 10 == 3, "few", "many"),
    }
).assign(person=np.arange(31))


@pytest.mark.parametrize("in_domains", [False, True])
@pytest.mark.parametrize("rule", ["collapse", "adjust", "average", "certainty", "remove"])
def test_a_person_is_a_psu_of_one(rule: str, in_domains: bool) -> None:
    design = {"weight": "w", "stratum": "h", "lonely_psu": rule, "adjust_domain_lonely": in_domains}
    persons, psus = Survey(FRAME, **design), Survey(FRAME, psu="person", **design)
    for ask in (
        lambda s: s.prevalence("y", by="d", overall=True, df="domain"),
        lambda s: s.total(["x", "y"], by="d", overall=True),
        lambda s: s.mean("x", where={"d": "few"}),
    ):
        ours, theirs = ask(persons), ask(psus)
        numbers = ["estimate", "std_error", "conf_low", "conf_high", "df", "n"]
        np.testing.assert_allclose(
            ours.table[numbers].astype(float), theirs.table[numbers].astype(float), 1e-10, 1e-12
        )
        np.testing.assert_allclose(ours.covariance, theirs.covariance, 1e-9, 1e-12)


def test_domains_of_their_own_strata_may_be_lonely_where_the_sample_is_not() -> None:
    design = {"weight": "w", "stratum": "h", "lonely_psu": "adjust"}
    plain = Survey(FRAME, **design).mean("x", where={"d": "few"})
    aware = Survey(FRAME, adjust_domain_lonely=True, **design).mean("x", where={"d": "few"})
    assert aware.table["std_error"][0] > plain.table["std_error"][0]
    assert aware.provenance["adjust_domain_lonely"] is True


def test_a_domain_of_lonely_strata_has_no_variance_under_the_rule_average() -> None:
    s = Survey(FRAME, weight="w", stratum="h", lonely_psu="average", adjust_domain_lonely=True)
    alone = FRAME.assign(one=FRAME["person"] % 8 == 3)  # a person each of four strata
    table = s.with_frame(alone).prevalence("y", by="one").table
    others, alone_ones = table.iloc[0], table.iloc[1]
    assert alone_ones["flag"] == "unknown_variance"
    assert np.isnan(alone_ones["std_error"])
    assert 0 < alone_ones["conf_low"] < alone_ones["conf_high"] < 1  # the pooled design effect serves it
    assert others["std_error"] > 0
    assert others["flag"] == ""
