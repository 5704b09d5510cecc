"""Scales: R's psych on all respondents, and weights, replicates and verdicts beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden.goldens import case, compare, data

from netralstat import Survey
from netralstat.errors import EstimationError, UsageError
from netralstat.explain.scales.internal_consistency import alpha_if_dropped, guttman, item_rest
from netralstat.explain.scales.one_factor import minres

FILE = "psychometrics"
ITEMS = ["lik1", "lik2", "lik3", "lik4", "lik5", "lik6r"]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return data("asn_open").assign(lik6r=lambda people: 6 - people["lik6"])


@pytest.fixture(scope="module")
def weighted(frame: pd.DataFrame) -> Survey:
    return Survey(frame, weight="w", stratum="prov", psu="kab", lonely_psu="average")


@pytest.mark.golden
def test_alpha_and_its_items(frame: pd.DataFrame) -> None:
    import pingouin  # a second of import

    expected, found = case(FILE, "asn6/alpha"), Survey(frame).reliability(ITEMS)
    compare(found.alpha, expected["raw"], 1e-10, "alpha")
    compare(found.lambdas["lambda_3"], expected["std"], 1e-10, "standardised alpha")
    compare(found.lambdas["lambda_6"], expected["G6"], 1e-10, "G6")
    compare(found.mean_correlation, expected["avg_r"], 1e-10, "mean correlation")
    compare(found.median_correlation, expected["median_r"], 1e-10, "median correlation")
    for column, of_r in (
        ("alpha_if_dropped", "drop_alpha"),
        ("item_rest", "item_r_drop"),
        ("item_whole", "item_r_cor"),
    ):
        compare(found.table[column].to_numpy(), expected[of_r], 1e-10, column)
    compare(found.alpha, pingouin.cronbach_alpha(frame[ITEMS].dropna())[0], 1e-10, "pingouin")
    assert found.n == len(frame[ITEMS].dropna())
    # R's ase is that of normal answers; those of five levels have lighter tails.
    compare(found.coefficients["std_error"][0], expected["ase"], 0.05, "standard error")


@pytest.mark.golden
def test_guttmans_bounds(frame: pd.DataFrame) -> None:
    expected, found = case(FILE, "asn6/lambda"), Survey(frame).reliability(ITEMS).lambdas
    for i in (1, 2, 3, 4, 6):
        compare(found[f"lambda_{i}"], expected[f"l{i}"], 1e-10, f"λ{i}")
    assert found["lambda_1"] < found["lambda_5"] < found["lambda_4"]


@pytest.mark.golden
def test_omega_and_the_single_factor(frame: pd.DataFrame) -> None:
    survey = Survey(frame)
    compare(survey.reliability(ITEMS).omega, case(FILE, "asn6/omega1")["omega_tot"], 1e-8, "omega")
    expected, found = case(FILE, "asn6/harman"), survey.one_factor_check(ITEMS)
    compare(found.first_share, expected["pc1"], 1e-10, "first component")
    compare(found.eigenvalues, expected["eig"], 1e-10, "eigenvalues")
    compare(found.factor_share, expected["fa1"], 1e-7, "minres factor")
    compare(found.kmo, expected["kmo"], 1e-10, "KMO")
    compare(found.bartlett, expected["bartlett"], 1e-10, "Bartlett's chi-squared")
    assert (found.df, found.n_eff, found.flag) == (15, found.n, "common_method")
    assert "KMO = 0.878" in repr(found)
    assert "<table" in found._repr_html_()


@pytest.mark.long
def test_standard_errors_are_the_derivative_by_the_weight(frame: pd.DataFrame) -> None:
    """Of each PSU, all in one stratum: what α and ω move by when its weights do."""
    few = frame[frame["prov"].isin(["01", "02", "03", "04"])]
    units = few["prov"] + few["kab"].astype(str)

    def ask(weight: pd.Series) -> np.ndarray:
        survey = Survey(few.assign(w=weight, unit=units), weight="w", psu="unit")
        return survey.reliability(ITEMS).coefficients["estimate"].to_numpy()

    derivatives, step = [], 1e-4
    for unit in units.unique():
        sides = [ask(few["w"] * np.where(units == unit, 1 + h, 1.0)) for h in (step, -step)]
        derivatives.append((sides[0] - sides[1]) / (2 * step))
    u = np.array(derivatives) - np.mean(derivatives, axis=0)
    expected = np.sqrt(len(u) / (len(u) - 1) * (u**2).sum(axis=0))
    found = Survey(few.assign(unit=units), weight="w", psu="unit").reliability(ITEMS).coefficients
    compare(found["std_error"].to_numpy(), expected, 1e-5, "standard errors")
    assert found["df"].tolist() == [len(u) - 1.0] * 2


def test_intervals_from_replicates(frame: pd.DataFrame, weighted: Survey) -> None:
    """A jackknife of PSUs recomputes both by leaving each out; a bootstrap comes near linearisation."""
    few = frame[frame["prov"].isin(["01", "02", "03", "04"])]
    survey = Survey(few.assign(unit=few["prov"] + few["kab"].astype(str)), weight="w", psu="unit")
    left_out = [
        Survey(rest, weight="w").reliability(ITEMS).coefficients["estimate"].to_numpy()
        for rest in (survey.frame[survey.frame["unit"] != unit] for unit in survey.frame["unit"].unique())
    ]
    moved = np.array(left_out) - np.mean(left_out, axis=0)
    expected = np.sqrt((len(moved) - 1) / len(moved) * (moved**2).sum(axis=0))
    found = survey.replicates("JK1").reliability(ITEMS).coefficients
    compare(found["std_error"].to_numpy(), expected, 1e-8, "jackknife")
    bootstrap = weighted.replicates("bootstrap", n=200, seed=5).reliability(ITEMS).coefficients
    linear = weighted.reliability(ITEMS).coefficients
    compare(bootstrap["estimate"].to_numpy(), linear["estimate"].to_numpy(), 1e-10, "estimates")
    compare(bootstrap["std_error"].to_numpy(), linear["std_error"].to_numpy(), 0.15, "bootstrap")
    inside = linear["conf_low"] < linear["estimate"]
    assert (inside & (linear["estimate"] < linear["conf_high"])).all()
    narrow = weighted.reliability(ITEMS, level=0.5).coefficients
    assert (narrow["conf_low"] > linear["conf_low"]).all()


def test_weights_of_two_are_two_respondents(frame: pd.DataFrame) -> None:
    rows = frame[ITEMS].dropna().head(300)
    twice = pd.concat([rows, rows.head(100)])
    counted = Survey(rows.assign(w=np.where(np.arange(300) < 100, 2.0, 1.0)), weight="w")
    for found, wanted in (
        (counted.reliability(ITEMS), Survey(twice).reliability(ITEMS)),
        (counted.one_factor_check(ITEMS), Survey(twice).one_factor_check(ITEMS)),
    ):
        numbers = [column for column in found.table if pd.api.types.is_numeric_dtype(found.table[column])]
        for column in set(numbers) - {"std_dev"}:  # whose n/(n-1) counts respondents
            compare(found.table[column].to_numpy(), wanted.table[column].to_numpy(), 1e-9, column)


def test_one_factor_that_is_the_truth() -> None:
    loading = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    r = np.outer(loading, loading)
    np.fill_diagonal(r, 1.0)
    turned = r * np.outer([1, 1, 1, 1, -1], [1, 1, 1, 1, -1])
    found = minres(np.array([r, turned, np.eye(5)]))
    compare(found[0], loading, 1e-10, "loadings")
    compare(found[1], loading * [1, 1, 1, 1, -1], 1e-10, "an item that is turned round")
    compare(found[2], np.zeros(5), 0, "no correlation", 1e-10)
    # A Heywood case: correlations that want a loading above one.
    r = np.array([[1, 0.9, 0.9], [0.9, 1, 0.7], [0.9, 0.7, 1]])
    compare(minres(r[None])[0, 0], np.sqrt(0.995), 1e-12, "held at a uniqueness of 0.005")


def test_more_than_sixteen_items_have_no_split_half() -> None:
    r = np.full((17, 17), 0.3) + 0.7 * np.eye(17)
    found = guttman(r)
    assert "lambda_4" not in found
    compare(found["lambda_3"], 17 * 0.3 / (1 + 16 * 0.3), 1e-12, "Spearman-Brown")
    compare(guttman(r[:4, :4])["lambda_4"], 4 * 0.3 / (1 + 3 * 0.3), 1e-12, "of equal items, halves")


def test_a_scale_that_fails_is_said_to(weighted: Survey, frame: pd.DataFrame) -> None:
    good = weighted.reliability(ITEMS)
    assert (good.verdict, good.reasons) == ("reliable", ())
    assert set(good.table["flag"]) == {""}
    assert ": reliable" in repr(good)
    turned = weighted.reliability([*ITEMS[:5], "lik6"])
    assert turned.verdict == "fails"
    assert turned.table.set_index("item")["flag"]["lik6"] == "negative"
    assert any("lik6 goes against" in reason for reason in turned.reasons)
    rng = np.random.default_rng(2)
    noise = weighted.with_frame(frame.assign(**{f"noise{i}": rng.normal(size=len(frame)) for i in range(4)}))
    poor = noise.reliability([f"noise{i}" for i in range(4)])
    assert [reason.partition(" ")[0] for reason in poor.reasons][:1] == ["alpha"]
    assert "the first component holds" in poor.reasons[-1]
    diluted = noise.reliability([*ITEMS, "noise0"])
    flags = diluted.table.set_index("item")["flag"]
    assert flags["noise0"] in ("negative", "weak")
    assert "fails (" in repr(poor)
    assert "<table" in poor._repr_html_()


def test_items_that_add_up_to_a_constant_without_one() -> None:
    """b and its opposite: without the first item nothing varies."""
    s = np.array([[1.0, 0.3, -0.3], [0.3, 1.0, -1.0], [-0.3, -1.0, 1.0]])
    assert np.isneginf(alpha_if_dropped(s)[0])
    assert np.isfinite(alpha_if_dropped(s)[1:]).all()
    assert item_rest(s)[0] == 0


def test_two_items_have_an_alpha_but_no_factor(weighted: Survey) -> None:
    found = weighted.reliability(ITEMS[:2])
    assert found.omega is None
    assert found.coefficients["coefficient"].tolist() == ["alpha"]
    assert found.table[["loading", "alpha_if_dropped"]].isna().all(axis=None)
    r = found.mean_correlation
    compare(found.lambdas["lambda_3"], 2 * r / (1 + r), 1e-12, "Spearman-Brown")
    compare(found.table["item_rest"].to_numpy(), [r, r], 1e-12, "item-rest")
    with pytest.raises(EstimationError, match="does not determine two loadings"):
        weighted.one_factor_check(ITEMS[:2])


def test_perfect_items_are_known_exactly(frame: pd.DataFrame) -> None:
    same = Survey(frame.assign(again=frame["lik1"], once_more=frame["lik1"] * 2 + 1))
    found = same.reliability(["lik1", "again"])
    compare(found.alpha, 1.0, 1e-12, "alpha")
    row = found.coefficients.iloc[0]
    compare([row["conf_low"], row["conf_high"]], [1.0, 1.0], 1e-9, "interval")
    with pytest.raises(EstimationError, match="each is determined by the others") as told:
        same.one_factor_check(["lik1", "again", "lik2"])
    assert "lik2" not in told.value.fact


def test_calibrated_weights_enter(frame: pd.DataFrame, weighted: Survey) -> None:
    total = frame["w"].sum()
    raked = weighted.calibrate({"sex": {"L": total / 2, "P": total / 2}}, "raking")
    found, before = raked.reliability(ITEMS), weighted.reliability(ITEMS)
    assert found.alpha != before.alpha
    checked = raked.one_factor_check(ITEMS)
    compare(checked.first_share, found.first_share, 1e-12, "first component")
    assert checked.n_eff < checked.n


def test_refusals(weighted: Survey, frame: pd.DataFrame) -> None:
    with pytest.raises(UsageError, match=r"level = 1 is outside"):
        weighted.reliability(ITEMS, level=1)
    with pytest.raises(EstimationError, match='"lik1" is named more than once'):
        weighted.reliability(["lik1", "lik1"])
    flat = weighted.with_frame(frame.assign(flat=3.0))
    with pytest.raises(EstimationError, match="1 of 3 items have the same answer from all") as told:
        flat.reliability(["lik1", "flat", "lik2"])
    assert "flat" in told.value.fact
    one = Survey(
        frame.assign(rare=(frame["kab"] == 1) & (frame["prov"] == "01")), weight="w", psu=["prov", "kab"]
    )
    with pytest.raises(EstimationError, match="in 1 replicates some item does not vary"):
        one.with_frame(one.frame.assign(rare=one.frame["rare"].astype(int))).replicates("JK1").reliability(
            ["lik1", "rare"]
        )
