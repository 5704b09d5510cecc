"""Change between two rounds equals R's, with shared PSUs and as if the rounds were independent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from golden.goldens import case, compare, data

from netralstat import Survey
from netralstat.design.design import Design
from netralstat.estimate.changes import change, stack
from netralstat.estimate.multiplicity import adjusted

FILE = "wave_change"
DESIGN = Design(weight="w", stratum=("prov",), psu=("kab",), lonely_psu="adjust")
CLOSED_FORM = 1e-10

pytestmark = pytest.mark.golden


@pytest.fixture(scope="module")
def rounds() -> dict[int, pd.DataFrame]:
    frame = data("asn_open_waves")
    return {wave: frame[frame["wave"] == wave].drop(columns="wave") for wave in (1, 2)}


def survey(frame: pd.DataFrame, design: Design = DESIGN) -> Survey:
    return Survey(frame, "w", design.stratum, design.psu, lonely_psu="adjust")


def test_rounds_that_share_psus(rounds) -> None:
    expected = case(FILE, "change/national")
    stacked = stack(rounds, DESIGN, independent=False)
    estimates = survey(stacked.frame, stacked.design).prevalence("v_medsos", by="wave")
    compare(estimates.table["estimate"].to_numpy(), expected["p"], CLOSED_FORM, "shares")
    compare(estimates.covariance, expected["vcov"].to_numpy(), CLOSED_FORM, "covariance of the rounds")
    row = estimates.difference({"wave": 2}, {"wave": 1}).table.iloc[0]
    compare(
        [row["estimate"], row["std_error"]],
        [expected["diff"], expected["se_overlap"]],
        CLOSED_FORM,
        "change",
    )


def test_rounds_as_if_they_were_independent(rounds) -> None:
    expected = case(FILE, "change/national")
    stacked = stack(rounds, DESIGN, independent=True)
    together = survey(stacked.frame, stacked.design).prevalence("v_medsos", by="wave")
    one = together.difference({"wave": 2}, {"wave": 1}).table.iloc[0]
    earlier, later = (survey(frame).prevalence("v_medsos") for frame in rounds.values())
    other = change(earlier, later, covariance="independent").table.iloc[0]
    for what, row in (("stacked", one), ("from two tables", other)):
        compare(
            [row["estimate"], row["std_error"], row["df"]],
            [expected["diff"], expected["se_independent"], 2 * case(FILE, "change/by_gol")["degf"]],
            CLOSED_FORM,
            what,
        )


def test_change_by_rank_with_a_joint_test(rounds) -> None:
    expected = case(FILE, "change/by_gol")
    stacked = stack(rounds, DESIGN, independent=False)
    estimates = survey(stacked.frame, stacked.design).prevalence("v_medsos", by=["gol", "wave"])
    changes = estimates.difference({"wave": 2}, {"wave": 1})
    compare(changes.table["estimate"].to_numpy(), expected["diff"], CLOSED_FORM, "changes")
    compare(changes.table["std_error"].to_numpy(), expected["se"], CLOSED_FORM, "standard errors")
    assert (changes.table["df"] == expected["degf"]).all()
    value, covariance = changes.table["estimate"].to_numpy(), changes.covariance
    compare(value @ np.linalg.solve(covariance, value), expected["wald"], CLOSED_FORM, "Wald statistic")
    by_rank = estimates.comparisons("wave", adjust="none").table
    compare(by_rank["estimate"].to_numpy(), expected["diff"], CLOSED_FORM, "the same as comparisons")
    compare(adjusted(by_rank["p_value"].to_numpy(), "holm"), expected["p_holm"], 1e-9, "Holm")


def test_covariance_between_rounds_from_the_stacked_survey(rounds) -> None:
    """Two tables and the covariance between them say what the stacked rounds say."""
    stacked = stack(rounds, DESIGN, independent=False)
    estimates = survey(stacked.frame, stacked.design).prevalence("v_medsos", by=["wave", "gol"])
    earlier, later = (estimates.rows(wave=wave) for wave in (1, 2))
    between = estimates.covariance[np.ix_(earlier, later)]
    tables = [
        estimates.take(rows).replace_table(
            estimates.take(rows).table.drop(columns="wave"), estimates.take(rows).covariance
        )
        for rows in (earlier, later)
    ]
    one, other = (replace(table, by=("gol",)) for table in tables)
    found = other.change_from(one, covariance=between)
    expected = case(FILE, "change/by_gol")
    compare(found.table["estimate"].to_numpy(), expected["diff"], CLOSED_FORM, "changes")
    compare(found.table["std_error"].to_numpy(), expected["se"], CLOSED_FORM, "standard errors")
    compare(found.covariance, estimates.difference({"wave": 2}, {"wave": 1}).covariance, 1e-9, "covariance")
