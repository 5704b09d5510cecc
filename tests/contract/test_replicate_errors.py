"""Every refusal of replicates: the fact with its numbers, the place, the remedy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from contract.refusals import PEOPLE, Refusal, assert_refusal, clustered, survey
from design.replicate_samples import BOOTSTRAP, JKN, columns, given, units

from netralstat import Survey
from netralstat.design.replicates.columns import columns_df, require_replicate_weights
from netralstat.design.replicates.plan import ReplicatePlan
from netralstat.design.replicates.replicates import given_replicates, make_replicates
from netralstat.errors import CalibrationError, DesignError, EstimationError, UsageError
from netralstat.estimate.changes import stack
from netralstat.frames import open_table


def read(frame: pd.DataFrame, plan: ReplicatePlan, weight: str | None = "w") -> None:
    require_replicate_weights(open_table(frame), plan, weight)


def changed(value: float) -> pd.DataFrame:
    return columns().assign(f3=lambda f: f["f3"].mask(f.index == 4, value))


def surveyed(**asked: Any) -> Survey:
    """The columns of `columns()` as a survey's replicates."""
    return Survey(columns(), weight="w").replicates(
        **{"kind": "given", "columns": given().columns, "combined": False, "scale": 0.5, **asked}
    )


def lonely() -> Survey:
    rows = PEOPLE.assign(psu=PEOPLE["psu"].mask(PEOPLE["stratum"] == 2, 1))
    return Survey(rows, weight="w", stratum="stratum", psu="psu")


def rare() -> Survey:
    """One PSU alone has the level `few`, and the outcome apart from which it never happens."""
    one = (PEOPLE["stratum"] == 1) & (PEOPLE["psu"] == 1)
    rows = PEOPLE.assign(few=np.where(one, "few", "many"), y=(one & (PEOPLE.index % 2 == 0)).astype(int))
    return Survey(rows, weight="w", stratum="stratum", psu="psu").replicates("JKn")


REFUSED: dict[str, Refusal] = {
    "replicates of replicates": (
        UsageError,
        lambda: clustered().replicates("JKn").replicates("bootstrap", seed=1),
        "the survey has JKn replicates already",
        "replicates",
        "from the survey that has none",
    ),
    "domains of columns": (
        UsageError,
        lambda: surveyed().mean("y", df="domain"),
        "do not tell which PSUs a domain reaches",
        "df",
        '"design"',
    ),
    "columns of stacked rounds": (
        UsageError,
        lambda: stack({1: columns(), 2: columns()}, surveyed().design, independent=True),
        "were made for one round",
        "replicates",
        'covariance="independent"',
    ),
    "columns without a weight": (
        UsageError,
        lambda: Survey(columns()).replicates("given", columns=["f0", "f1"], scale=1.0),
        "the survey has no weight",
        "weight",
        "name the column",
    ),
    "a column that the survey lacks": (
        DesignError,
        lambda: surveyed(columns=["f0", "factor1"]),
        'there is no column "factor1" among the 8 columns',
        "replicates",
        "name an existing column",
    ),
    "columns of the wrong count": (
        UsageError,
        lambda: surveyed(n=80),
        "6 columns of replicate weights are named, and there are to be 80",
        "columns",
        "no other",
    ),
    "weights of nobody": (
        DesignError,
        lambda: (
            Survey(columns().assign(w=lambda f: f["w"].mask(f["y"] == 2, 0)), weight="w")
            .replicates("given", columns=[f"f{i}" for i in range(6)], scale=0.5)
            .prevalence("y")
        ),
        "1 groups of respondents have replicate weights but a weight of zero",
        "replicates",
        "0 in every replicate",
    ),
    "a lonely PSU of the survey": (
        DesignError,
        lambda: lonely().replicates("JKn").mean("score"),
        "1 of 3 strata have a single PSU, so their variance is unknown",
        "stratum 2",
        '"adjust", "average", "certainty", "remove"',
    ),
    "half-samples of six": (
        DesignError,
        lambda: clustered().replicates("BRR").mean("score"),
        "BRR halves strata of two PSUs; 3 of 3 have others",
        "stratum 1, 6 PSUs",
        '"JKn"',
    ),
    "JK1 of the survey's strata": (
        DesignError,
        lambda: survey().replicates("JK1").total("rank"),
        "JK1 is a jackknife without strata, and the design has 3",
        "replicates",
        '"JKn"',
    ),
    "a calibrated replicate with nobody at a level": (
        CalibrationError,
        lambda: rare().calibrate({"few": {"few": 20.0, "many": 400.0}}).mean("score"),
        '1 of 18 replicates have no respondents at "few: few", which the population has',
        "level few: few",
        "merge levels",
    ),
    "a replicate without a level of the model": (
        EstimationError,
        lambda: rare().regress("score ~ few", "linear"),
        "1 of 18 replicates do not determine every coefficient",
        "formula score ~ few",
        "merge levels",
    ),
    "a replicate without the outcome": (
        EstimationError,
        lambda: rare().regress("y ~ 1"),
        "the outcome is separated in 1 of 18 replicates",
        "formula y ~ 1",
        "leave out or merge levels",
    ),
    "more coefficients than replicates": (
        EstimationError,
        lambda: (
            clustered().replicates("bootstrap", n=4, seed=1).regress("score ~ colour + sex + rank", "linear")
        ),
        "the model has 5 coefficients and the design only 3 degrees of freedom",
        "formula",
        "fewer terms",
    ),
    "more contrasts than replicates": (
        EstimationError,
        lambda: clustered().replicates("bootstrap", n=4, seed=1).crosstab("rank", "colour", test="wald"),
        "8 contrasts, the design 3 degrees of freedom",
        "test",
        "merge levels",
    ),
    "unknown kind": (
        UsageError,
        lambda: ReplicatePlan(kind="JKN"),
        '"JKN" are not known',
        "replicates",
        "JKn",
    ),  # type: ignore[arg-type]
    "columns missing": (
        UsageError,
        lambda: ReplicatePlan(kind="ACS"),
        "come from columns",
        "replicates",
        "BRR",
    ),
    "drawn, not read": (
        UsageError,
        lambda: ReplicatePlan(kind="multistage", columns=("a", "b")),
        "are made here, not read",
        "replicates",
        "given",
    ),
    "no seed": (UsageError, lambda: ReplicatePlan(kind="bootstrap"), "need a seed", "seed", "whole number"),
    "broken seed": (
        UsageError,
        lambda: ReplicatePlan(kind="bootstrap", seed=1.5),  # type: ignore[arg-type]
        "seed = 1.5 is no whole number",
        "seed",
        "whole number",
    ),
    "one replicate": (
        UsageError,
        lambda: ReplicatePlan(kind="bootstrap", n=1, seed=1),
        "n = 1 is no whole number from 2 on",
        "n",
        "500",
    ),
    "seed of a jackknife": (
        UsageError,
        lambda: ReplicatePlan(kind="JKn", seed=1),
        "JKn replicates made here have no use for seed=",
        "seed",
        "leave seed out",
    ),
    "scale of what is made": (
        UsageError,
        lambda: ReplicatePlan(kind="JKn", scale=0.5),
        "have no use for scale=",
        "scale",
        "leave scale out",
    ),
    "Fay without rho": (UsageError, lambda: ReplicatePlan(kind="Fay"), "rho is None", "rho", "0.5"),
    "rho of one": (UsageError, lambda: ReplicatePlan(kind="Fay", rho=1.0), "outside [0, 1)", "rho", "0.5"),
    "wrong count": (
        UsageError,
        lambda: given(n=7),
        "6 columns of replicate weights are named, and there are to be 7",
        "columns",
        "no other",
    ),
    "rscales count": (
        UsageError,
        lambda: given(rscales=(1.0,) * 5),
        "5 rscales for 6 columns",
        "rscales",
        "one number for each",
    ),
    "negative rscale": (
        UsageError,
        lambda: given(rscales=(1.0, -1.0) * 3),
        "3 rscales are negative or no number",
        "rscales, number 2",
        "manual",
    ),
    "no scale": (UsageError, lambda: given(scale=None), "scale of given replicate", "scale", "manual"),
    "scale zero": (UsageError, lambda: given(scale=0.0), "scale = 0.0", "scale", "manual"),
    "a column twice": (
        UsageError,
        lambda: given(columns=("f0", "f1", "f0")),
        "1 columns of replicate weights are named twice",
        "columns, f0",
        "once",
    ),
    "no weight": (
        UsageError,
        lambda: read(columns(), given(), None),
        "no weight",
        "weight",
        "name the column",
    ),
    "absent column": (
        DesignError,
        lambda: read(columns(), given(columns=("f0", "factor1"))),
        'there is no column "factor1" among the 8 columns',
        "replicates",
        "name an existing column",
    ),
    "text": (
        DesignError,
        lambda: read(columns().assign(f2="many"), given()),
        "1 columns of replicate weights hold text",
        "column f2",
        "numbers",
    ),
    "missing": (
        DesignError,
        lambda: read(changed(np.nan), given()),
        "1 rows in the first (first: rows 5)",
        "column f3",
        "every respondent",
    ),
    "negative": (
        DesignError,
        lambda: read(changed(-0.2), given()),
        "1 rows have a negative or infinite replicate weight (first: rows 5)",
        "column f3",
        "correct them",
    ),
    "infinite": (DesignError, lambda: read(changed(np.inf), given()), "1 rows have", "column f3", "correct"),
    "zero column": (
        DesignError,
        lambda: columns_df(open_table(columns().assign(f1=0.0)), given()),
        "1 columns of replicate weights are zero throughout",
        "column f1",
        "leave such columns out",
    ),
    "one column": (UsageError, lambda: given(columns=("f0",)), "makes no variance", "columns", "once"),
    "columns alike": (
        DesignError,
        lambda: columns_df(
            open_table(columns().assign(f1=lambda f: 2 * f["f0"])), given(columns=("f0", "f1"))
        ),
        "one and the same",
        "column f0",
        "variance",
    ),
    "weight zero": (
        DesignError,
        lambda: given_replicates(np.ones((3, 6)), np.array([1.0, 0.0, 1.0]), given(), 5),
        "1 groups of respondents have replicate weights but a weight of zero",
        "replicates",
        "0 in every replicate",
    ),
    "JK1 of strata": (
        DesignError,
        lambda: make_replicates(units(3, 2), ReplicatePlan(kind="JK1")),
        "the design has 2",
        "replicates",
        "JKn",
    ),
    "BRR of three": (
        DesignError,
        lambda: make_replicates(units(2, 3, 2), ReplicatePlan(kind="BRR"), name="ABC".__getitem__),
        "1 of 3 have others",
        "stratum B, 3 PSUs",
        '"JKn"',
    ),
    "lonely": (
        DesignError,
        lambda: make_replicates(units(2, 1), BOOTSTRAP, name="AB".__getitem__),
        "1 of 2 strata have a single PSU, so their variance is unknown",
        "stratum B",
        '"average", "certainty", "remove"',
    ),
    "adjusted bootstrap": (
        DesignError,
        lambda: make_replicates(units(2, 1), BOOTSTRAP, lonely_psu="adjust"),
        '"adjust" has no meaning for bootstrap replicates',
        "stratum 1",
        "certainty",
    ),
    "a census": (
        DesignError,
        lambda: make_replicates(units(4, fpc=4), JKN),
        "every stratum was sampled completely",
        "design",
        "census",
    ),
    "second stage": (
        DesignError,
        lambda: make_replicates(units(3), JKN, second=units(2, 2, 2)),
        "JKn replicates leave PSUs out or draw them again, and would miss the second stage",
        "replicates",
        "multistage",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusal(name: str) -> None:
    assert_refusal(REFUSED[name])
