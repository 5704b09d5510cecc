"""Exported code: what is refused, how names are quoted, and the grammar of Stata's do-file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from netralstat import Survey
from netralstat.errors import EnvironmentProblem, EstimationError, UsageError
from netralstat.explain.twins.quoting import number, r_name, r_text, stata_names, stata_text

HOSTILE = 'x"); system("id") # `=1+1\' $HOME\n* /* \\'


def people(n: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    frame = pd.DataFrame(
        {
            "w": rng.uniform(1, 3, n),
            "h": rng.choice(["a", "b"], n),
            "c": rng.integers(0, 20, n),
            "age": rng.normal(40, 10, n).round(1),
            "grade": rng.choice(["II", HOSTILE, "IV"], n),
            "v2": rng.choice(["yes", "no"], n),
            "of a very long name that no package of statistics would allow": rng.normal(size=n),
        }
    )
    made = {"asked": (rng.random(n) < 0.4).astype(int), "scale": rng.integers(1, 5, n)}
    return frame.assign(**made, times=rng.negative_binomial(1, 0.3, n))


def clustered(**how: object) -> Survey:
    return Survey(people(), weight="w", stratum="h", psu="c", **how)  # type: ignore[arg-type]


def test_texts_are_quoted() -> None:
    assert r_text('a"b\\c\né') == r'"a\"b\\c\u000a\u00e9"'
    assert r_name("q1/a") == "`q1/a`"
    assert r_name("if") == "`if`"
    assert r_name("a.b_1") == "a.b_1"
    assert r_name("a`b") == "`a\\`b`"
    assert stata_text("a`b'$c") == '"a" + char(96) + "b" + char(39) + char(36) + "c"'
    assert stata_text("") == '""'
    assert [number(x) for x in (4421, 0.1, 1e-8, 2.0)] == ["4421", "0.1", "1e-08", "2"]


def test_stata_names_are_allowed_and_different() -> None:
    names = stata_names(["if", "q1/a", "q1 a", "x" * 40, "v12", "_n", "ok"], taken=["nst_psu"])
    assert len(set(names.values())) == 7
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,31}", name) for name in names.values())
    assert names["ok"] == "ok"
    assert not re.fullmatch(r"v\d+", names["v12"])


@pytest.mark.parametrize("package", ["r", "stata"])
def test_no_level_can_run_as_code(package: str) -> None:
    s = clustered()
    code = s.model_code(s.regress("asked ~ grade + v2 + age"), package)
    assert code.script.isascii()
    assert 'system("id")' not in code.script
    for line in code.script.splitlines():
        if line.startswith(("#", "*")):
            assert "`" not in line or package == "r"
        elif package == "stata" and "column'" not in line:
            assert "`" not in line
            assert "$" not in line
    if package == "stata":
        assert code.renamed == {"v2": "v2_"}
        assert "* Renamed: v2 is v2_" in code.script


STATEMENT = re.compile(
    r"\* .*|version 15|import delimited using .*///|    bindquotes\(strict\).*clear"
    r"|foreach column of varlist _all \{|    (else )?if `column'\[1\] == .* \{"
    r"|        rename `column' \w+|    \}|\}|drop in 1|destring [\w ]+, replace"
    r"|egen long \w+ = group\([\w ]+\)|generate (byte|int|long|double) \w+ = .*|replace \w+ = .*"
    r"|label (define|values|variable) .*"
    r"|svyset (\w+ )?\[pweight = \w+\], .*|    jkrweight\([\w ]+, multiplier\([\d.e-]+\)\)"
    r"|svy, subpop\(nst_complete\) level\(95\): "
    r"(logit|probit|cloglog|regress|poisson|nbreg|ologit|oprobit|mlogit) .*"
)


@pytest.mark.parametrize(
    ("formula", "family", "ends"),
    [
        ("asked ~ age * grade", "logit", "logit asked c.age ib1.nst_grade c.age#ib1.nst_grade, or"),
        ("asked ~ grade + age - 1", "poisson", "poisson asked ibn.nst_grade c.age, noconstant irr"),
        ("times ~ age + offset(scale)", "negative_binomial", "nbreg times c.age, offset(scale) irr"),
        ('age ~ C(grade, ref="IV") + offset(scale)', "linear", "regress nst_outcome ib1.nst_grade"),
        ("scale ~ age", "ordered_logit", "ologit nst_scale c.age, or"),
        (
            "v2 ~ age + grade:age",
            "multinomial",
            "mlogit nst_v2 c.age ib1.nst_grade#c.age, baseoutcome(1) rrr",
        ),
        ("scale ~ grade:age", "poisson", "poisson scale nst_product_1 nst_product_2 nst_product_3, irr"),
    ],
)
def test_stata_commands(formula: str, family: str, ends: str) -> None:
    s = clustered(lonely_psu="adjust")
    script = s.model_code(s.regress(formula, family), "stata").script  # type: ignore[arg-type]
    assert script.splitlines()[-1].endswith(ends)
    assert "svyset nst_psu [pweight = w], strata(nst_stratum) singleunit(centered) vce(linearized)" in script
    assert [line for line in script.splitlines() if not STATEMENT.fullmatch(line)] == []
    assert script.count("{") == script.count("}")


def test_stata_poststrata_and_replicate_weights() -> None:
    s = clustered().calibrate({"v2": {"yes": 400, "no": 300}}, "poststratification")
    script = s.model_code(s.regress("asked ~ age"), "stata").script
    assert 'replace nst_postweight = 400 if v2_ == "yes"' in script
    assert "poststrata(nst_poststratum) postweight(nst_postweight)" in script
    frame = people()
    units = sorted(frame["c"].unique())
    weights = {f"r{i}": frame["w"] * (frame["c"] != unit) for i, unit in enumerate(units)}
    s = Survey(frame.assign(**weights), weight="w").replicates("JK1", columns=list(weights), scale=0.95)
    script = s.model_code(s.regress("asked ~ age", "probit"), "stata").script
    assert "svyset [pweight = w], vce(jackknife) ///" in script
    assert "multiplier(0.95))" in script


def test_statas_options_stand_after_the_last_stage() -> None:
    frame = people().assign(u=np.arange(300) % 7, big=90, small=40)
    s = Survey(frame, weight="w", stratum="h", psu="c", ssu="u", fpc=("big", "small"))
    script = s.model_code(s.regress("asked ~ age", level=0.9973), "stata").script
    told = (
        "svyset nst_psu [pweight = w], strata(nst_stratum) fpc(big) "
        "|| nst_psu1, fpc(small) singleunit(missing) vce(linearized)"
    )
    assert told in script.splitlines()
    assert "level(99.73): logit" in script


def test_the_reference_of_a_multinomial_model_of_numbers_is_the_first_level() -> None:
    s = clustered()
    script = s.model_code(s.regress("scale ~ age", "multinomial", reference=3), "r").script
    assert "levels = c(3, 1, 2, 4))" in script
    assert "VGAM::multinomial(refLevel = 1))" in script


def test_names_that_r_would_take_for_its_own() -> None:
    frame = people().assign(o=people()["grade"], two=np.arange(300) % 3)
    s = Survey(frame, weight="w", stratum=["h", "two"], psu="c", lonely_psu="adjust")
    script = s.model_code(s.regress("asked ~ o"), "r").script
    assert 'design$variables[["o"]] <- factor(design$variables[["o"]], levels = c(' in script
    assert 'strata = ~interaction(h, two, drop = TRUE, sep = "\\u001f")' in script
    made = Survey(people().assign(g=1.0), weight="w", stratum="h", psu="c").replicates("JKn")
    assert (
        'data <- data[c("asked", "age", "h", "c", "w")]'
        in made.model_code(made.regress("asked ~ age"), "r").script
    )


def draws(kind: str) -> Callable[[], Survey]:
    return lambda: (
        clustered().replicates(kind, seed=1, n=40) if kind == "bootstrap" else clustered().replicates(kind)
    )  # type: ignore[arg-type]


REFUSED = [
    ("r", lambda: clustered(), "asked ~ age", {"few_clusters": "CR2"}, 'few_clusters = "CR2"'),
    ("stata", lambda: clustered(), "asked ~ age", {"few_clusters": "CR2"}, 'few_clusters = "CR2"'),
    ("r", draws("bootstrap"), "asked ~ age", {}, "the bootstrap replicates"),
    ("stata", draws("JKn"), "asked ~ age", {}, "the JKn replicates"),
    ("r", lambda: clustered(lonely_psu="collapse"), "asked ~ age", {}, "lonely_psu"),
    ("stata", lambda: clustered(lonely_psu="collapse"), "asked ~ age", {}, "lonely_psu"),
    (
        "stata",
        lambda: clustered().calibrate({"v2": {"yes": 400, "no": 300}}),
        "asked ~ age",
        {},
        'by "raking"',
    ),
    ("stata", lambda: clustered().trim(upper=2.5), "asked ~ age", {}, "weights trimmed"),
    ("r", lambda: clustered(), "scale ~ age", {"family": "ordered_cauchit"}, "cuts the tails"),
    ("stata", lambda: clustered(), "scale ~ age", {"family": "ordered_cloglog"}, "ordered_cloglog"),
    ("stata", lambda: clustered(), "asked ~ age", {"family": "probit"}, "expected information of a probit"),
    ("stata", lambda: clustered(), "asked ~ age", {"level": 0.95123}, "in steps of 0.0001"),
    ("r", draws("JKn"), "scale ~ age", {"family": "ordered_probit"}, 'without method = "probit"'),
    (
        "r",
        lambda: Survey(people().rename(columns={"age": "g"}), weight="w", psu="c").replicates("JK1"),
        "asked ~ g",
        {},
        'takes the column "g"',
    ),
    ("r", lambda: clustered(), "times ~ age", {"family": "negative_binomial"}, "negative_binomial"),
    ("r", lambda: clustered(), "asked ~ poly(age, 2)", {}, "poly"),
    ("r", lambda: clustered(), "asked ~ age", {"penalty": "firth"}, "penalty"),
    (
        "r",
        lambda: clustered().calibrate({"v2": {"yes": 400, "no": 300}}, "linear", equal_within_psu=True),
        "asked ~ age",
        {},
        "uneven weights",
    ),
    ("sas", lambda: clustered(), "asked ~ age", {}, 'no script is written for "sas"'),
]


@pytest.mark.parametrize(("package", "make", "formula", "how", "told"), REFUSED)
def test_what_has_no_equal_is_refused(
    package: str, make: Callable[[], Survey], formula: str, how: dict[str, object], told: str
) -> None:
    s = make()
    model = s.regress(formula, **how)  # type: ignore[arg-type]
    with pytest.raises(UsageError) as caught:
        s.model_code(model, package)  # type: ignore[arg-type]
    assert told in str(caught.value)
    assert caught.value.do


def test_other_respondents_and_paths_are_refused(tmp_path: Path) -> None:
    s = clustered()
    model = s.regress("asked ~ age")
    with pytest.raises(EstimationError, match="300 respondents and this survey 200"):
        Survey(people(200), weight="w").model_code(model, "r")
    with pytest.raises(UsageError, match="cannot quote"):
        s.model_code(model, "stata", data='a".csv')
    assert 'using "c:/b.csv"' in s.model_code(model, "stata", data="c:\\b.csv").script
    with pytest.raises(EnvironmentProblem):
        s.model_code(model, "r").write(tmp_path / "nowhere" / "model.R")
    blank = Survey(people().assign(grade=lambda d: d["grade"].where(d["grade"] != "II", "")), weight="w")
    with pytest.raises(EstimationError, match="empty text"):
        blank.model_code(blank.regress("asked ~ grade"), "r")
