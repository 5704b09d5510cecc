"""Every replicate design of the golden file: estimates, covariances, models and intervals equal R's."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from golden.designs import with_indicators
from golden.goldens import FOLDER, case, compare, data, margins, names, rtol

from netralstat import Estimates, Survey

FILE = "survey_replicates"
CLOSED_FORM = 1e-10
SHARED = Path(__file__).parents[3] / "shared" / "golden" / "data"
FACTORS = {
    "apiclus1/subbootstrap": "apiclus1_subbootstrap_factors",
    "apiclus1/bootstrap": "apiclus1_bootstrap_factors",
    "apiclus2/mrbbootstrap": "apiclus2_mrb_factors",
}
METHODS = {"calibrate_linear": "linear", "rake": "raking", "postStratify": "poststratification"}

pytestmark = [pytest.mark.golden, pytest.mark.parametrize("name", names(FILE))]


def factors(name: str) -> pd.DataFrame:
    """Factors that R drew: beside the numbers after `make goldens`, else beside the checkout."""
    for folder in (FOLDER / "data", SHARED):
        if (path := folder / f"{FACTORS[name]}.csv").is_file():
            return pd.read_csv(path)
    pytest.skip(
        f"{FACTORS[name]}.csv, the factors of {name}, is not on this machine; `make goldens` draws it"
    )


@cache
def survey(name: str) -> Survey:
    sample, _, rest = name.partition("/")
    schools = with_indicators(data(sample.removesuffix("_fpc")))
    fpc = "fpc" if sample.endswith("_fpc") else None
    if name in FACTORS:
        drawn, expected = factors(name), case(FILE, name)
        return Survey(pd.concat([schools, drawn], axis=1), weight="pw").replicates(
            "given",
            columns=list(drawn),
            combined=False,
            scale=expected["scale"],
            rscales=np.broadcast_to(expected["rscales"], drawn.shape[1]).tolist(),
        )
    mse = name.endswith("mseTRUE")
    if sample.startswith("apistrat"):
        return Survey(schools, weight="pw", stratum="stype", fpc=fpc).replicates("JKn", mse=mse)
    replicated = Survey(schools, weight="pw", psu="dnum", fpc=fpc).replicates("JK1", mse=mse)
    method = METHODS.get(rest.rpartition("/")[2])
    if method is None:
        return replicated
    items = ["stype", "sch_wide"][: 2 if method == "raking" else 1]
    known = {item: margins(FILE)[item] for item in items}
    return replicated.calibrate(known, method)  # type: ignore[arg-type]


def closed(name: str) -> float:
    """R stops raking when the full sample has settled; its replicates have then settled to 1e-5 only."""
    return rtol(FILE, name) if name.endswith("rake") else CLOSED_FORM


def means(name: str) -> Estimates:
    # R leaves out who lacks either of the two items.
    return survey(name).mean(["api00", "enroll"], where={"known": 1})


def named(found: Estimates, column: str) -> tuple[pd.Series, pd.DataFrame]:
    """Estimates and covariance by the names in a column of the table."""
    rows = found.table[column].tolist()
    return found.table["estimate"].set_axis(rows), pd.DataFrame(found.covariance, rows, rows)


def test_degrees_of_freedom_and_scale(name: str) -> None:
    expected, found = case(FILE, name), means(name)
    told = found.provenance["replicates"]
    rscales = np.broadcast_to(expected["rscales"], told["n"])
    assert set(found.table["df"]) == {expected["degf"]}
    compare(told["scale"], expected["scale"], CLOSED_FORM, "scale")
    compare(told["rscales"], [rscales.min(), rscales.max()], CLOSED_FORM, "rscales")


def test_means_and_their_covariance(name: str) -> None:
    expected = case(FILE, name)
    found, covariance = named(means(name), "item")
    compare(found, expected["mean"], closed(name), "means")
    compare(covariance, expected["vcov"], closed(name), "covariance")


def test_total(name: str) -> None:
    expected, found = case(FILE, name), survey(name).total("enroll").table
    compare(found["estimate"][0], expected["total"], closed(name), "total")
    compare(found["std_error"][0], expected["total_se"], closed(name), "standard error")


def test_means_by_domain(name: str) -> None:
    expected = case(FILE, name)
    found, covariance = named(survey(name).mean("api00", by="stype"), "stype")
    wanted = expected["by_vcov"]
    compare(found, expected["by"], closed(name), "means by stype")
    compare(
        covariance, wanted, closed(name), "covariance of the domains", atol=1e-12 * wanted.to_numpy().max()
    )


def test_ratio(name: str) -> None:
    found = survey(name).ratio("api_stu", "enroll").table["std_error"][0]
    compare(found, case(FILE, name)["ratio_se"], closed(name), "standard error")


def test_intervals_of_a_share(name: str) -> None:
    expected = case(FILE, name)
    # R's replicates of the log-odds are fits that stop at 1e-8.
    for interval, tolerance in (("logit", 1e-8), ("beta", max(closed(name), 1e-9))):
        found = survey(name).prevalence("awards", levels={"awards": "Yes"}, interval=interval).table  # type: ignore[arg-type]
        limits = found[["conf_low", "conf_high"]].to_numpy(dtype=float)[0]
        compare(limits, expected[f"ci_{interval}"], tolerance, interval)


def test_quantiles(name: str) -> None:
    expected = case(FILE, name)["quant"]
    found = survey(name).quantile("api00", [float(row) for row in expected.index]).table
    numbers = found[["estimate", "conf_low", "conf_high", "std_error"]].to_numpy(dtype=float)
    compare(numbers, expected.to_numpy(), CLOSED_FORM, "quantiles")


def test_logit_model(name: str) -> None:
    expected, model = case(FILE, name), survey(name).regress("wide ~ ell + meals")
    compare(model.coefficients.to_numpy(), expected["glm"].to_numpy(), 1e-7, "coefficients")
    error = model.table["std_error"].to_numpy(dtype=float)
    compare(error, expected["glm_se"], 1e-7, "standard errors: R's fits stop at 1e-8")
    assert model.df == expected["degf"] + 1 - 3
