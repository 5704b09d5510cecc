"""Mediation equals R by hand, brute force over respondents, the product of coefficients, planted truth."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from golden.goldens import case, compare, data, names, rtol
from scipy import integrate, special

from netralstat import Survey
from netralstat.errors import UsageError
from netralstat.explain.causes.mediation import ROWS, Mediation, effects_of
from netralstat.explain.causes.natural_effects import normal_nodes

FILE = "mediation"
COVARIATES = ["sex", "gol", "age"]
ASKED: dict[str, tuple[tuple[str, str, str], dict]] = {
    "linear": (("lik4", "incumbent", "sc"), {"outcome_family": "linear"}),
    "linear/interaction": (("lik4", "incumbent", "sc"), {"outcome_family": "linear", "interaction": True}),
    "linear/levels": (
        ("lik4", "gol", "sc"),
        {"outcome_family": "linear", "covariates": ["sex", "age"], "control": "II", "treated": "IV"},
    ),
    "logit-linear": (("v_medsos", "tekanan", "sc"), {}),
    "logit-linear/interaction": (("v_medsos", "tekanan", "sc"), {"interaction": True}),
    "probit-linear": (("v_medsos", "tekanan", "sc"), {"outcome_family": "probit"}),
    "poisson-linear": (("acts", "tekanan", "sc"), {"outcome_family": "poisson"}),
    "logit-logit": (("v_medsos", "incumbent", "tekanan"), {"mediator_family": "logit"}),
    "logit-logit/interaction": (
        ("v_medsos", "incumbent", "tekanan"),
        {"mediator_family": "logit", "interaction": True},
    ),
    "linear-probit/ages": (
        ("sc", "age", "tekanan"),
        {
            "outcome_family": "linear",
            "mediator_family": "probit",
            "covariates": ["sex", "gol"],
            "control": 30,
            "treated": 50,
        },
    ),
}

pytestmark = pytest.mark.golden


@cache
def people() -> Survey:
    frame = data("asn_open")
    frame = frame[frame.groupby("prov")["kab"].transform("nunique") > 1]
    acts = frame[["v_kampanye", "v_mobilisasi", "v_fasilitas", "v_simbol"]].sum(axis=1, skipna=False)
    return Survey(
        frame.assign(sc=frame["lik1"] + frame["lik2"], acts=acts), weight="w", stratum="prov", psu="kab"
    )


def ask(sample: Survey, name: str, **more: object) -> Mediation:
    columns, given = ASKED[name]
    return sample.mediation(*columns, **{"covariates": COVARIATES, **given, **more})


def test_every_case_is_asked() -> None:
    assert set(names(FILE)) == {*ASKED, "sobel"}


@pytest.mark.parametrize("name", ASKED)
def test_effects_and_their_jackknife(name: str) -> None:
    expected = case(FILE, name)
    found = ask(people().replicates("JKn"), name)
    assert (found.n, found.variance, found.interval) == (expected["persons"], "JKn", "normal")
    compare(found.table["estimate"].to_numpy(), expected["effects"].to_numpy(), rtol(FILE, name), name)
    compare(found.table["std_error"].to_numpy(), expected["se"], rtol(FILE, name), f"{name}: errors", 1e-12)


def test_sobel_with_the_covariance_of_both_models() -> None:
    expected = case(FILE, "sobel")
    found = ask(people(), "linear")
    row = found.table.iloc[0]
    compare(
        [row["estimate"], row["std_error"]],
        [expected["product"], expected["se"]],
        rtol(FILE, "sobel"),
        "product",
    )
    assert found.variance == "linearised"
    assert abs(expected["separate"] / expected["se"] - 1) > 1e-4  # Sobel's own leaves the covariance out


def test_the_product_of_two_coefficients_is_total_minus_direct() -> None:
    sample, columns = people(), "incumbent + sex + gol + age"
    complete = sample.frame.dropna(subset=["lik4", "sc"])
    known = sample.with_frame(complete)
    total = known.regress(f"lik4 ~ {columns}", "linear").coefficients["incumbent"]
    both = known.regress(f"lik4 ~ sc + {columns}", "linear").coefficients
    alpha = known.regress(f"sc ~ {columns}", "linear").coefficients["incumbent"]
    found = ask(sample, "linear")
    compare(found["indirect"], alpha * both["sc"], 1e-10, "product")
    compare(found["direct"], both["incumbent"], 1e-10, "direct")
    compare(found["total"], total, 1e-10, "total")
    compare(alpha * both["sc"], total - both["incumbent"], 1e-10, "identity")


@pytest.mark.parametrize("name", ASKED)
def test_parts_add_to_the_total(name: str) -> None:
    effect = ask(people(), name).table.set_index(["effect", "at"])["estimate"]
    total = effect[("total", "")]
    compare(effect[("indirect", "treated")] + effect[("direct", "control")], total, 1e-12, "first way")
    compare(effect[("indirect", "control")] + effect[("direct", "treated")], total, 1e-12, "second way")
    compare(effect[("indirect", "average")] + effect[("direct", "average")], total, 1e-12, "averages")
    share = effect[("proportion_mediated", "average")]
    compare(share * total, effect[("indirect", "average")], 1e-12, "proportion")


def test_brute_force_over_respondents() -> None:
    """A loop over persons, an adaptive integral over each one's mediator; coefficients of survey models."""
    sample = people()
    known = sample.frame.dropna(subset=["v_medsos", "tekanan", "sc"])
    whole = sample.with_frame(known)
    outcome = whole.regress("v_medsos ~ tekanan * sc + sex", tolerance=1e-14).coefficients
    mediator = whole.regress("sc ~ tekanan + sex", "linear").coefficients
    rows, w = known, known["w"].to_numpy()
    men = (rows["sex"] == "P").to_numpy(dtype=float)
    fitted = mediator["(Intercept)"] + mediator["tekanan"] * rows["tekanan"] + mediator["sex[P]"] * men
    sigma = np.sqrt(np.average((rows["sc"] - fitted) ** 2, weights=w))
    means = np.zeros(4)
    for place, (t, s) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        each = {}
        for sex in (0.0, 1.0):
            centre = mediator["(Intercept)"] + mediator["tekanan"] * s + mediator["sex[P]"] * sex
            level = outcome["(Intercept)"] + outcome["tekanan"] * t + outcome["sex[P]"] * sex
            slope = outcome["sc"] + outcome["tekanan:sc"] * t
            each[sex] = integrate.quad(
                lambda e, c=centre, a=level, b=slope: (
                    special.expit(a + b * (c + sigma * e)) * np.exp(-(e**2) / 2) / np.sqrt(2 * np.pi)
                ),
                -12,
                12,
                epsabs=1e-13,
                epsrel=1e-13,
            )[0]
        for person, sex in enumerate(men):
            means[place] += w[person] * each[sex] / w.sum()
    found = sample.mediation("v_medsos", "tekanan", "sc", "sex", interaction=True)
    compare(found.means, means, 1e-9, "means")


@pytest.mark.parametrize("slope", [0.05, 1.0, 3.0, 12.0])
def test_the_rule_is_exact(slope: float) -> None:
    """Against Gauss-Hermite of high order where that has settled, and an adaptive integral everywhere."""
    nodes, weights = normal_nodes(slope, 1.0, "logit")
    found = special.expit(0.7 + slope * nodes) @ weights
    exact = integrate.quad(
        lambda e: special.expit(0.7 + slope * e) * np.exp(-(e**2) / 2) / np.sqrt(2 * np.pi),
        -12,
        12,
        epsabs=1e-14,
        epsrel=1e-14,
        points=[-0.7 / slope] if slope > 0.1 else None,
    )[0]
    compare(found, exact, 1e-10, "integral")
    if slope <= 1:
        points, share = np.polynomial.hermite_e.hermegauss(80)
        compare(found, special.expit(0.7 + slope * points) @ share / share.sum(), 1e-10, "Gauss-Hermite")
    nodes, weights = normal_nodes(slope, 1.0, "probit")
    compare(
        special.ndtr(0.7 + slope * nodes) @ weights, special.ndtr(0.7 / np.hypot(1, slope)), 1e-10, "probit"
    )
    nodes, weights = normal_nodes(min(slope, 3.0), 1.0, "poisson")
    compare(np.exp(min(slope, 3.0) * nodes) @ weights, np.exp(min(slope, 3.0) ** 2 / 2), 1e-10, "Poisson")


def test_saturated_models_are_pearls_formula() -> None:
    """Of three 0/1 variables: Σ_m P(y | t, m) P(m | t') from weighted shares, without any model."""
    rng = np.random.default_rng(4)
    t, m, y = (rng.integers(0, 2, 800) for _ in range(3))
    frame = pd.DataFrame({"t": t, "m": np.where(rng.random(800) < 0.4, t, m), "w": rng.uniform(1, 4, 800)})
    frame["y"] = np.where(rng.random(800) < 0.3, frame["m"], y)
    shares = frame.assign(wy=frame["y"] * frame["w"]).groupby(["t", "m"])[["w", "wy"]].sum()
    p = (shares["wy"] / shares["w"]).unstack().to_numpy()
    of_m = (shares["w"].unstack().T / shares["w"].groupby("t").sum()).T.to_numpy()
    expected = [p[a] @ of_m[b] for a in (0, 1) for b in (0, 1)]
    sample = Survey(frame, weight="w")
    for family in ("logit", "probit", "linear", "poisson"):
        found = sample.mediation(
            "y", "t", "m", outcome_family=family, mediator_family="logit", interaction=True
        )
        compare(found.means, expected, 1e-9, family)


@pytest.mark.parametrize(
    "name",
    [
        "logit-linear/interaction",
        *(
            pytest.param(name, marks=pytest.mark.long)
            for name in ("linear/interaction", "logit-logit", "poisson-linear")
        ),
    ],
)
def test_influence_is_the_derivative_by_the_weight(name: str) -> None:
    """Linearised errors from effects of weights moved a little in each district, one stratum."""
    frame = people().frame
    few = frame[frame["prov"].isin(sorted(frame["prov"].unique())[:8])].assign(
        unit=lambda f: f["prov"] + f["kab"].astype(str)
    )
    given = {"covariates": ["sex"]}

    def effects(factor: np.ndarray) -> np.ndarray:
        sample = Survey(few.assign(w=few["w"] * factor), weight="w", psu="unit")
        return ask(sample, name, **given).table["estimate"].to_numpy()

    derivatives, step = [], 1e-4
    for unit in few["unit"].unique():
        here = (few["unit"] == unit).to_numpy()
        up, down = (effects(np.where(here, 1 + h, 1.0)) for h in (step, -step))
        derivatives.append((up - down) / (2 * step))
    u = np.asarray(derivatives) - np.mean(derivatives, axis=0)
    expected = np.sqrt(len(u) / (len(u) - 1) * np.sum(u**2, axis=0))
    found = ask(Survey(few, weight="w", psu="unit"), name, **given).table["std_error"].to_numpy()
    compare(found[:7], expected[:7], 1e-5, name)


@pytest.mark.long
def test_the_bootstrap_is_that_of_the_design() -> None:
    sample = people()
    found = ask(sample, "logit-logit", n=60, seed=3)
    again = ask(sample.replicates("bootstrap", n=60, seed=3), "logit-logit")
    pd.testing.assert_frame_equal(found.table, again.table)
    other = ask(sample, "logit-logit", n=60, seed=4)
    assert other.table["conf_low"][0] != found.table["conf_low"][0]
    assert (found.variance, found.interval, found.n_replicates, found.n_failed) == (
        "bootstrap",
        "percentile",
        60,
        0,
    )
    normal = ask(sample, "logit-logit", n=60, seed=3, interval="normal").table
    compare(normal["std_error"].to_numpy(), found.table["std_error"].to_numpy(), 1e-12, "errors")
    reach = special.stdtrit(found.df, 0.975) * normal["std_error"][0]
    compare(normal["conf_high"][0], normal["estimate"][0] + reach, 1e-12, "t with the residual df")
    linearised = ask(sample, "logit-logit").table["std_error"][:7]
    assert np.abs(found.table["std_error"][:7] / linearised - 1).max() < 0.35
    rows = sample.with_frame(sample.frame.sample(frac=1.0, random_state=1))
    compare(
        ask(rows, "logit-logit", n=60, seed=3).table["conf_low"].to_numpy(),
        found.table["conf_low"].to_numpy(),
        1e-9,
        "order of rows",
    )


def test_planted_effects_are_found() -> None:
    """A population whose natural effects are known: shares by the logistic function, the mediator normal."""
    rng = np.random.default_rng(12)
    n = 40_000
    x, t = rng.integers(0, 2, n), rng.integers(0, 2, n)
    m = 0.5 * t + 0.3 * x + rng.normal(0, 0.8, n)
    y = (rng.random(n) < special.expit(-1 + 0.4 * t + 0.9 * m + 0.2 * t * m - 0.3 * x)).astype(int)
    found = Survey(pd.DataFrame({"x": x, "t": t, "m": m.round(2), "y": y})).mediation(
        "y", "t", "m", "x", interaction=True
    )
    points, share = np.polynomial.hermite_e.hermegauss(60)
    share = share / share.sum()
    truth = [
        np.mean(
            [
                special.expit(-1 + 0.4 * a + (0.9 + 0.2 * a) * (0.5 * b + 0.3 * z + 0.8 * points) - 0.3 * z)
                @ share
                for z in (0, 1)
            ]
        )
        for a in (0, 1)
        for b in (0, 1)
    ]
    expected = effects_of(np.array([truth]))[0]
    distance = (found.table["estimate"] - expected) / found.table["std_error"]
    assert distance.abs().max() < 3.5
    assert found["indirect"] == pytest.approx(expected[0], abs=0.01)


def test_the_correlation_of_errors_that_takes_the_indirect_effect_away() -> None:
    found = ask(people(), "linear")
    assert found.rho is not None
    compare(found.indirect_if(0.0), found["indirect"], 1e-10, "no correlation")
    compare(found.indirect_if(found.rho), 0.0, 0, "at rho", 1e-12)
    frame = people().frame.dropna(subset=["lik4", "sc"])
    x = np.column_stack(
        [
            np.ones(len(frame)),
            frame["incumbent"],
            frame["sex"] == "P",
            frame["gol"] == "III",
            frame["gol"] == "IV",
            frame["age"],
        ]
    ).astype(float)
    w = frame["w"].to_numpy()
    root = np.sqrt(w)[:, None]
    left = [
        v - x @ np.linalg.lstsq(x * root, v * root[:, 0], rcond=None)[0]
        for v in (frame["lik4"].to_numpy(float), frame["sc"].to_numpy(float))
    ]
    correlation = (w @ (left[0] * left[1])) / np.sqrt((w @ left[0] ** 2) * (w @ left[1] ** 2))
    compare(found.rho, correlation, 1e-9, "correlation of residuals")
    # Two equations with known coefficients and errors that correlate by 0.3, as least squares would see them.
    alpha, gamma, of_mediator, of_outcome, rho = 0.5, 0.4, 0.8, 1.1, 0.3
    together = np.sqrt(
        (gamma * of_mediator) ** 2 + of_outcome**2 + 2 * gamma * rho * of_mediator * of_outcome
    )
    seen = (gamma * of_mediator + rho * of_outcome) / together
    planted = replace(found, rho=seen, errors=(alpha, together, of_mediator))
    compare(planted.indirect_if(rho), alpha * gamma, 1e-12, "planted")
    assert ask(people(), "logit-logit").rho is None
    with pytest.raises(UsageError, match="closed form"):
        ask(people(), "logit-logit").indirect_if(0.1)
    with pytest.raises(UsageError, match=r"outside \(-1, 1\)"):
        found.indirect_if(1.0)


def test_calibrated_weights_and_levels_of_text() -> None:
    sample = people()
    raked = sample.calibrate({"sex": {"L": 1.0e6, "P": 1.3e6}})
    assert ask(raked, "logit-logit")["total"] != ask(sample, "logit-logit")["total"]
    text = sample.with_frame(sample.frame.assign(side=sample.frame["incumbent"].map({0: "no", 1: "yes"})))
    by_text = text.mediation(
        "v_medsos", "side", "tekanan", COVARIATES, mediator_family="logit", interaction=True
    )
    by_number = ask(sample, "logit-logit/interaction")
    assert (by_text.control, by_text.treated) == ("no", "yes")
    for column in ("estimate", "std_error"):
        compare(by_text.table[column].to_numpy(), by_number.table[column].to_numpy(), 1e-9, column)
    turned = sample.mediation(
        "v_medsos", "incumbent", "tekanan", COVARIATES, mediator_family="logit", treated=0, control=1
    )
    compare(turned["total"], -ask(sample, "logit-logit")["total"], 1e-12, "the other way round")


def test_who_misses_an_answer_leaves_both_models() -> None:
    sample = people()
    found = ask(sample, "logit-logit")
    known = sample.frame.dropna(subset=["v_medsos", "tekanan"])
    assert found.n == len(known)
    assert found.n_incomplete == len(sample.frame) - len(known)


def test_it_says_what_it_is() -> None:
    found = ask(people(), "linear")
    for told in (repr(found), found._repr_html_()):
        assert "An association" in told
        assert "sequential ignorability" in told
        assert "errors of the two models correlate by 0.4" in told
    assert found.table["flag"].iloc[-1] == "opposed"
    assert found["total"] == found.table["estimate"][6]
    assert [effect for effect, _, _ in ROWS] == found.to_frame()["effect"].tolist()[:-1]
    with pytest.raises(UsageError, match='no effect "indirekt"'):
        found["indirekt"]
