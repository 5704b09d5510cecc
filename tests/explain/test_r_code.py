"""The exported R code, run in one process: coefficients and standard errors are those of the model."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from golden.designs import survey, with_indicators
from golden.goldens import data

from netralstat import Survey
from netralstat.explain.regression import Model

pytestmark = pytest.mark.long

ODD = 'O\'Brien "x" \\ `y` $z\n# end {α}'
Case = tuple[Survey, Model]


@cache
def lacks(package: str) -> str:
    """Why the code cannot be run here; empty when it can."""
    if shutil.which("Rscript") is None:
        return "R is not installed"
    call = f'cat(requireNamespace("{package}", quietly = TRUE))'
    run = subprocess.run(["Rscript", "-e", call], capture_output=True, text=True, timeout=60, check=False)
    return "" if run.stdout.strip().endswith("TRUE") else f"R has no package {package}"


def api(name: str) -> pd.DataFrame:
    """The records with odd names and levels, a true/false item and blanks."""
    frame = with_indicators(data(name)).rename(columns={"awards": "q1/awards", "comp_imp": "if"})
    kind = frame["stype"].map({"E": ODD, "H": "007", "M": "é"})
    quarter = np.minimum(frame["meals"] // 25, 3).astype("int64")
    blank = frame.index % 9 == 4
    made = {
        "kind": kind,
        "big": frame["enroll"] > 500,
        "half": frame["enroll"] % 2,
        "quarter": quarter,
        "persons": np.log(frame["api_stu"]),
    }
    return frame.assign(
        **made, meals=frame["meals"].mask(blank), small=frame["stype"].eq("E").map({True: "y", False: "n"})
    )


def strat(**how: Any) -> Survey:
    return Survey(api("apistrat"), weight="pw", stratum="stype", **how)


def clus(**how: Any) -> Survey:
    return Survey(api("apiclus1"), weight="pw", psu="dnum", **how)


def lonely() -> pd.DataFrame:
    """Strata of a few districts, one of them of a single one."""
    frame = api("apiclus1")
    place = frame["dnum"].rank(method="dense").astype(int)
    return frame.assign(h=np.minimum(place // 4, 3).map({0: "a", 1: "b", 2: "c", 3: "d"}))


def unlike_units() -> pd.DataFrame:
    """Strata that differ only in where the names of two columns part, and a factor called `o`."""
    frame = api("apiclus1")
    half = frame["dnum"] % 2 == 0
    return frame.assign(
        small=np.where(half, "a.b", "a"), of=np.where(half, "c", "b.c"), o=frame["stype"].replace("E", "e")
    )


def columns_of_replicates(**how: Any) -> Survey:
    frame = api("apiclus1")
    units = sorted(frame["dnum"].unique())
    factors = {
        f"r {i}": frame["pw"] * np.where(frame["dnum"] == unit, 0.3, 1.05) for i, unit in enumerate(units)
    }
    return Survey(frame.assign(**factors), weight="pw").replicates("given", columns=list(factors), **how)


STYPE = {"E": 4421, "H": 755, "M": 1018}
WIDE = {"No": 1072, "Yes": 5122}
LINEAR = "api00 ~ ell + meals + stype"
LOGIT = "wide ~ ell + meals"
CASES: Mapping[str, Any] = {
    "interaction": lambda: (
        strat(fpc="fpc"),
        'api00 ~ ell + C(if, ref="Yes") * kind + meals:kind',
        {"family": "linear"},
    ),
    "names": lambda: (
        clus(fpc="fpc"),
        'award ~ C(kind, ref="é") + big + ell - 1',
        {"family": "probit", "tolerance": 1e-12},
    ),
    "offset": lambda: (clus(), "enroll ~ meals + q1/awards + offset(persons)", {"family": "poisson"}),
    "two_stages": lambda: (survey("dclus2"), LINEAR, {"family": "linear"}),
    "cloglog": lambda: (Survey(api("apisrs"), fpc="fpc"), "wide ~ ell + C(big)", {"family": "cloglog"}),
    "equal_weights": lambda: (
        Survey(api("apiclus1"), psu=["dnum", "half"], stratum="small"),
        LINEAR,
        {"family": "linear"},
    ),
    "poststratified": lambda: (clus(fpc="fpc").calibrate({"stype": STYPE}, "poststratification"), LOGIT, {}),
    "raked": lambda: (
        strat(fpc="fpc").calibrate({"stype": STYPE, "sch_wide": WIDE}),
        LINEAR,
        {"family": "linear"},
    ),
    "r_rake": lambda: (
        strat().calibrate({"stype": STYPE, "sch_wide": WIDE}, compat="R-rake"),
        LINEAR,
        {"family": "linear"},
    ),
    "crossed": lambda: (
        clus().calibrate(
            {
                ("small", "big"): {
                    ("n", False): 600,
                    ("n", True): 1173,
                    ("y", False): 3200,
                    ("y", True): 1221,
                },
                "api99": 3_914_069,
            },
            "linear",
        ),
        LINEAR,
        {"family": "linear"},
    ),
    "logit_bounds": lambda: (
        strat().calibrate({"stype": STYPE, "api99": 3_914_069}, "logit", bounds=(0.6, 1.6)),
        LOGIT,
        {},
    ),
    "raking_bounds": lambda: (
        strat().calibrate({"sch_wide": WIDE}, bounds=(0.5, 1.9)),
        LINEAR,
        {"family": "linear"},
    ),
    "trimmed": lambda: (
        strat().calibrate({"stype": STYPE, "sch_wide": WIDE}).trim(upper=46, strict=True),
        LINEAR,
        {"family": "linear"},
    ),
    "equal_within_psu": lambda: (
        clus().calibrate({"stype": STYPE}, "linear", equal_within_psu=True),
        LOGIT,
        {},
    ),
    "jackknife": lambda: (clus().replicates("JK1").calibrate({"stype": STYPE}, "linear"), LOGIT, {}),
    "jackknife_strata": lambda: (strat(fpc="fpc").replicates("JKn", mse=True), LINEAR, {"family": "linear"}),
    "replicate_columns": lambda: (columns_of_replicates(scale=0.9, df=14), LOGIT, {}),
    "lonely": lambda: (
        Survey(lonely(), weight="pw", psu="dnum", stratum="h", lonely_psu="average"),
        LINEAR,
        {"family": "linear"},
    ),
    "ordered": lambda: (strat(fpc="fpc"), "quarter ~ ell + kind", {"family": "ordered_logit"}),
    "unlike_units": lambda: (
        Survey(unlike_units(), weight="pw", stratum=["small", "of"], psu=["of", "dnum"]),
        "api00 ~ o + ell",
        {"family": "linear"},
    ),
    "ordered_probit": lambda: (clus(), "quarter ~ ell + big", {"family": "ordered_probit"}),
}


def written(name: str, folder: Path) -> Case:
    """The survey's frame as CSV and the script, which then writes what it found."""
    s, formula, how = CASES[name]()
    model = s.regress(formula, **how)
    s.frame.to_csv(folder / "data.csv", index=False)
    path = s.model_code(model, "r").write(folder / "model.R")
    coefficients = (
        "c(model$coefficients, model$zeta)" if "ordered" in how.get("family", "") else "coef(model)"
    )
    with path.open("a", encoding="ascii") as stream:
        stream.write(
            f'write.csv(data.frame(b = {coefficients}, se = sqrt(diag(vcov(model)))), "found.csv")\n'
        )
    return s, model


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Model], str]:
    """All scripts, run one after the other; what R complained about."""
    return run(list(CASES), tmp_path_factory.mktemp("r-code"))


def run(names: Sequence[str], top: Path) -> tuple[Path, dict[str, Model], str]:
    if lacks("survey"):
        pytest.skip(lacks("survey"))
    models = {}
    for name in names:
        (top / name).mkdir()
        models[name] = written(name, top / name)[1]
    (top / "all.R").write_text(
        "top <- getwd()\noptions(warn = 1)\nfor (name in list.dirs(recursive = FALSE)) {\n  message(name)\n"
        '  setwd(name)\n  try(source("model.R", local = new.env(parent = globalenv())))\n  setwd(top)\n}\n'
    )
    done = subprocess.run(
        ["Rscript", "--vanilla", "all.R"], cwd=top, capture_output=True, text=True, timeout=300, check=False
    )
    return top, models, done.stderr


def same(name: str, folder: Path, model: Model, told: str) -> None:
    assert (folder / name / "found.csv").exists(), told + (folder / name / "model.R").read_text()
    found = pd.read_csv(folder / name / "found.csv", index_col=0).sort_values("b")
    ours = model.table[~model.table["reference"]].sort_values("estimate")
    np.testing.assert_allclose(found["b"], ours["estimate"], rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(found["se"], ours["std_error"], rtol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_r_finds_the_same_model(name: str, ran: tuple[Path, dict[str, Model], str]) -> None:
    folder, models, told = ran
    same(name, folder, models[name], told)


def test_r_has_nothing_to_warn_of(ran: tuple[Path, dict[str, Model], str]) -> None:
    assert "Warning" not in ran[2], ran[2]


def test_a_multinomial_model(tmp_path: Path) -> None:
    s = strat(fpc="fpc")
    code = s.model_code(s.regress("kind ~ ell + big", "multinomial", reference="é"), "r")
    assert 'family = VGAM::multinomial(refLevel = "\\u00e9"))' in code.script
    if lacks("svyVGAM"):
        pytest.skip(lacks("svyVGAM"))
    model = s.regress("kind ~ ell + big", "multinomial", reference="é")
    s.frame.to_csv(tmp_path / "data.csv", index=False)
    path = code.write(tmp_path / "model.R")
    with path.open("a", encoding="ascii") as stream:
        stream.write('write.csv(data.frame(b = coef(model), se = sqrt(diag(vcov(model)))), "found.csv")\n')
    subprocess.run(["Rscript", "--vanilla", path.name], cwd=tmp_path, check=True, timeout=120)
    found = pd.read_csv(tmp_path / "found.csv", index_col=0).sort_values("b")
    ours = model.table[~model.table["reference"]].sort_values("estimate")
    np.testing.assert_allclose(found["b"], ours["estimate"], rtol=1e-5)
    np.testing.assert_allclose(found["se"], ours["std_error"], rtol=1e-5)
