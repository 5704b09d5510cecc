"""List experiments: the published table of Blair & Imai, the projection behind the test, and wrong counts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from collect.quality.conftest import rows
from scipy.optimize import nnls
from scipy.special import chdtrc, fdtrc

from netralstat.ask.instrument import Instrument
from netralstat.ask.plan import Plan
from netralstat.collect.quality.list_experiment import _one_sided, _to_orthant, design_effect, list_check
from netralstat.collect.responses import read_responses
from netralstat.errors import PlanError

# Blair & Imai (2012), tables 1 and 2: the list of the 1991 National Race and Politics Survey, J = 3.
CONTROL = np.repeat([0, 1, 2, 3], [8, 132, 222, 227])
TREATED = np.repeat([0, 1, 2, 3, 4], [19, 123, 229, 219, 34])
EXPERIMENT = """
[[collect.list_experiments]]
id = "list"
arm = "arm"
control = "control"
treatment = "treatment"
count = "count"
n_items = 3
covariates = ["sex", "age"]
"""


def test_the_published_table() -> None:
    table, p = design_effect(CONTROL, TREATED, 3)
    assert (100 * table["type1"]).round(1).tolist() == [-1.7, 1.0, 2.0, 5.4]
    assert (100 * table["type0"]).round(1).tolist() == [3.0, 21.4, 35.7, 33.1]
    assert (100 * table["type1_se"]).round(1).tolist() == [0.8, 2.4, 2.8, 0.9]
    assert (100 * table["type0_se"]).round(1).tolist() == [0.7, 1.7, 2.6, 2.2]
    assert table[["type0", "type1"]].to_numpy().sum() == pytest.approx(1)
    assert p == pytest.approx(2 * 0.077, abs=0.002)  # not rejected, as in section 3.1
    assert design_effect(CONTROL, TREATED, 3)[1] == p


def test_the_distance_to_the_orthant_is_that_of_nnls() -> None:
    draw = np.random.default_rng(1)
    for k in (1, 2, 3, 5):
        root = draw.normal(size=(k, k))
        v = root @ root.T + 0.1 * np.eye(k)
        points = draw.normal(size=(30, k))
        distance, free = _to_orthant(points, v)
        white = np.linalg.inv(np.linalg.cholesky(v))
        for point, mine, positive in zip(points, distance, free, strict=True):
            theta, norm = nnls(white, white @ point)
            assert mine == pytest.approx(norm**2, abs=1e-9)
            assert positive == (theta > 1e-9).sum()


def test_one_component_is_a_one_sided_z_test() -> None:
    for z in (-2.5, -1.0):
        assert _one_sided(np.array([z]), np.eye(1)) == pytest.approx(0.5 * chdtrc(1, z * z), rel=0.02)
    assert _one_sided(np.array([0.5]), np.eye(1)) == 1.0
    assert _one_sided(np.array([0.0]), np.zeros((1, 1))) == 1.0


def test_a_design_effect_is_found() -> None:
    draw = np.random.default_rng(2)
    y0 = draw.binomial(4, 0.6, 1500)
    honest = draw.binomial(4, 0.6, 1500) + (draw.random(1500) < 0.2)
    assert design_effect(y0, honest, 4)[1] > 0.05
    lowered = np.maximum(honest - 1, 0)  # the treated count one item less
    assert design_effect(y0, lowered, 4)[1] < 1e-6
    assert np.isnan(design_effect(y0[:1], honest, 4)[1])


def test_arms_balance_and_counts_out_of_range(write: Callable[..., Plan], form: Instrument) -> None:
    answers = rows(200)
    arms = np.array([row["arm"] for row in answers])
    control, treated = np.flatnonzero(arms == "control"), np.flatnonzero(arms == "treatment")
    answers[control[0]]["count"] = "4"
    answers[treated[0]]["count"] = "5"
    answers[treated[1]]["count"] = ""
    plan = write(answers, EXPERIMENT)
    found = list_check(read_responses(plan, form), plan.collect.list_experiments[0])
    first, second = found.arms.to_dict("records")
    assert (first["rows"], first["n"], first["out_of_range"]) == (len(control), len(control) - 1, 1)
    assert (second["n"], second["out_of_range"], second["unanswered"]) == (len(treated) - 2, 1, 1)
    counts = np.array([float(row["count"] or "nan") for row in answers])
    assert first["floor"] == pytest.approx((counts[control[1:]] == 0).mean())
    assert second["ceiling"] == pytest.approx((counts[treated[2:]] == 4).mean())
    assert found.flagged[0].rows.tolist() == sorted([control[0], treated[0]])
    n = len(control) + len(treated)
    assert found.split_p == pytest.approx(chdtrc(1, (len(control) - len(treated)) ** 2 / n))
    sex, age = found.balance.to_dict("records")
    male = np.array([row["sex"] == "m" for row in answers])
    table = np.array(
        [[(male & (arms == arm)).sum(), (~male & (arms == arm)).sum()] for arm in ("control", "treatment")]
    )
    expected = np.outer(table.sum(1), table.sum(0)) / table.sum()
    assert sex["statistic"] == pytest.approx(((table - expected) ** 2 / expected).sum())
    assert sex["p"] == pytest.approx(chdtrc(1, sex["statistic"]))
    assert (age["test"], age["df1"], age["df2"]) == ("F", 1, n - 2)
    assert age["p"] == pytest.approx(fdtrc(1, n - 2, age["statistic"]))
    low, high = sorted((sex, age), key=lambda line: line["p"])
    assert low["p_adjusted"] == pytest.approx(min(1, 2 * low["p"]))
    assert high["p_adjusted"] == pytest.approx(max(low["p_adjusted"], high["p"]))


def test_an_arm_that_is_not_there(write: Callable[..., Plan], form: Instrument) -> None:
    plan = write(collect=EXPERIMENT.replace('"control"\ntreat', '"placebo"\ntreat'))
    with pytest.raises(PlanError, match='no accepted row is in the arm "placebo"'):
        list_check(read_responses(plan, form), plan.collect.list_experiments[0])
