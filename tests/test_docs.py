"""The pages in docs/ say what the code does: keys of the wave file, sections, tests and numbers."""

from __future__ import annotations

import re
import types
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

import numpy as np
import pandas as pd
import pytest
from golden.designs import DESIGNS, survey, with_indicators
from golden.goldens import case, compare, data
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from scipy import stats

from netralstat import Estimates, Survey
from netralstat.ask import plan_ask, plan_collect, plan_quality, plan_register, plan_report, plan_sections
from netralstat.ask.plan import Plan, read_plan
from netralstat.errors import CalibrationError, EstimationError
from netralstat.estimate.domains import Question
from netralstat.estimate.rank_tests import rank_test
from netralstat.report.chapters import CHAPTERS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
MARGINS = {"stype": {"E": 4421, "H": 755, "M": 1018}, "sch_wide": {"No": 1072, "Yes": 5122}}
SET_BY_READ_PLAN = {"folder", "path", "sha256"}

# Heading of docs/wave-file.md -> the model whose keys its table lists.
TABLES: dict[str, type[BaseModel]] = {
    "The wave": Plan,
    "Words": plan_ask.Words,
    "`[ask]`": plan_ask.Ask,
    "`[ask.indicators.<name>]`": plan_ask.Indicator,
    "A condition": plan_ask.Condition,
    "`at_least`": plan_ask.AtLeast,
    "`mean_score`": plan_ask.MeanScore,
    "`score_at_least`": plan_ask.ScoreAtLeast,
    "`recode`": plan_ask.Recode,
    "`[ask.scales.<name>]`": plan_ask.Scale,
    "`[collect]`": plan_collect.Collect,
    "`fieldwork`": plan_collect.Fieldwork,
    "`exclude`": plan_collect.Exclude,
    "`[[collect.sources]]`": plan_collect.Source,
    "`[collect.missing]`": plan_collect.Missing,
    "`[[collect.missing.only]]`": plan_collect.MissingOnly,
    "`[collect.regions]`": plan_collect.Regions,
    "`[collect.quality]`": plan_quality.Quality,
    "`[[collect.quality.blocks]]`": plan_quality.Block,
    "`[[collect.quality.attention]]`": plan_quality.AttentionCheck,
    "`[collect.dispositions]`": plan_quality.Dispositions,
    "`[collect.register]`": plan_register.Register,
    "`[collect.register.regions]`": plan_register.RegisterRegions,
    "`[collect.register.forms]`": plan_register.RegisterForms,
    "`[[collect.quotas]]`": plan_quality.Quota,
    "`[[collect.list_experiments]]`": plan_quality.ListExperiment,
    "`[collect.simulate]`": plan_collect.Simulate,
    "`[design]`": plan_sections.Design,
    "`[design.frame]`": plan_sections.Frame,
    "`[design.calibration]`": plan_sections.Calibration,
    "`[[design.margins]]`": plan_sections.Margin,
    "`[estimate]`": plan_sections.Estimate,
    "`[explain]`": plan_sections.Explain,
    "`[[explain.models]]`": plan_sections.ModelPlan,
    "`[report]`": plan_report.Report,
    "`[report.map]`": plan_report.BoundaryMap,
    "`[[report.breaks]]`": plan_report.SeriesBreak,
    "`[[report.revisions]]`": plan_report.Revision,
}


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def sections(text: str) -> dict[str, str]:
    """The text under each heading, up to the next one."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    parts = re.split(r"^#{1,4} (.+)$", prose, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


# -------------------------------------------------------------------------------------- wave-file.md
def models_within(kind: Any) -> set[type[BaseModel]]:
    """Every pydantic model that an annotation holds, and those that these hold."""
    if get_origin(kind) in (Annotated, Union, types.UnionType, tuple) or get_args(kind):
        return {found for inner in get_args(kind) for found in models_within(inner)}
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        inner = {found for field in kind.model_fields.values() for found in models_within(field.annotation)}
        return {kind} | inner
    return set()


def test_every_model_of_the_plan_has_its_table() -> None:
    assert set(TABLES.values()) == models_within(Plan)
    assert TABLES.keys() <= sections(page("wave-file.md")).keys()


@pytest.mark.parametrize("heading", TABLES)
def test_a_table_lists_the_keys_and_defaults_of_its_model(heading: str) -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (.+?) \| (.+?) \|", sections(page("wave-file.md"))[heading], re.MULTILINE
    )
    told = {key: default for key, _, default in rows}
    model = TABLES[heading]
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    if model is Plan:
        fields = {key: field for key, field in fields.items() if key not in SET_BY_READ_PLAN}
    assert list(told) == list(fields)
    for key, field in fields.items():
        assert told[key] == default_of(field), f"{heading}, {key}"


def default_of(field: Any) -> str:
    """A default as the page writes it."""
    if field.is_required():
        return "required"
    if field.default is PydanticUndefined:
        return "empty"
    if field.default is None:
        return "none"
    if isinstance(field.default, tuple):
        return "`[" + ", ".join(f'"{one}"' for one in field.default) + "]`"
    if isinstance(field.default, str):
        return f'`"{field.default}"`'
    return f"`{str(field.default).lower()}`"


def test_the_examples_are_a_valid_wave_file(tmp_path: Path) -> None:
    blocks = re.findall(r"^```toml\n(.*?)^```$", page("wave-file.md"), flags=re.DOTALL | re.MULTILINE)
    folder = tmp_path / "surveys" / "asn-2025"
    folder.mkdir(parents=True)
    (folder / "wave.toml").write_text("\n".join(blocks), encoding="utf-8")
    plan = read_plan(folder)
    assert len(plan.ask.indicators) == 7
    assert {indicator.rule for indicator in plan.ask.indicators.values()} == set(plan_ask.RULES)
    assert (plan.collect.sources[0].delimiter, plan.design.margins[0].items) == (";", ("sex",))


def test_the_examples_name_items_of_the_standard_instrument(tmp_path: Path) -> None:
    from netralstat.ask.indicator_checks import check_indicators
    from netralstat.ask.xlsform import read_xlsform

    test_the_examples_are_a_valid_wave_file(tmp_path)
    ask = read_plan(tmp_path / "surveys" / "asn-2025").ask
    check_indicators(ask.indicators, ask.scales, read_xlsform(ROOT / "surveys/instrument/netrality.xlsx"))


def test_the_page_lists_the_chapters() -> None:
    last = page("wave-file.md").rpartition("Chapters:")[2]
    assert tuple(re.findall(r"`(\w+)`", last)) == tuple(CHAPTERS)


# ------------------------------------------------------------------------------------- links and names
def test_sections_that_docstrings_cite_exist() -> None:
    headings = sections(page("methods.md")).keys()
    cited = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in (ROOT / "netralstat").rglob("*.py")
        for name in re.findall(r'methods\.md,?\s+"([^"]+)"', path.read_text(encoding="utf-8"))
    }
    assert len(cited) >= 9
    assert {(file, name) for file, name in cited if name not in headings} == set()


@pytest.mark.parametrize("name", ["methods.md", "deviations.md", "wave-file.md", "quality.md"])
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page(name)):
        file, _, fragment = target.partition("#")
        path = DOCS / file if file else DOCS / name
        assert path.exists(), target
        if fragment:
            assert fragment in {anchor(heading) for heading in sections(path.read_text(encoding="utf-8"))}, (
                target
            )


def test_tests_that_the_pages_name_exist() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page("methods.md")))
    assert len(named) > 30
    for file, function in named:
        assert f"def {function}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file}::{function}"


def test_code_that_methods_names_exists() -> None:
    for file in re.findall(
        r"`((?:design|estimate|explain|ask|report|simulate)/\w+\.py)`", page("methods.md")
    ):
        assert (ROOT / "netralstat" / file).is_file(), file


# -------------------------------------------------------------------------------------- deviations.md
def says(section: str, *numbers: str) -> None:
    """The section prints these numbers."""
    text = sections(page("deviations.md"))[section]
    for number in numbers:
        assert re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", text), f'"{section}" does not say {number}'


def bounds(estimates: Estimates, row: int = 0) -> tuple[float, float]:
    table = estimates.to_frame()
    return float(table["conf_low"][row]), float(table["conf_high"][row])


def stratified(frame: pd.DataFrame) -> Survey:
    return Survey(frame, weight="pw", stratum="stype", fpc="fpc")


def blanked() -> pd.DataFrame:
    """The stratified schools with every fourth `award` and every fifth `wide` missing."""
    frame = with_indicators(data("apistrat")).astype({"award": float, "wide": float})
    frame.loc[::4, "award"] = np.nan
    frame.loc[1::5, "wide"] = np.nan
    return frame


def test_raked_standard_errors_are_those_of_calibrate() -> None:
    r_rake = case("survey_calibration", "dstrat/rake")
    raked = survey("dstrat").calibrate(MARGINS, "raking")
    mean, total = raked.mean("api00").table.iloc[0], raked.total("enroll").table.iloc[0]
    # R: calibrate(dstrat, ~stype + sch.wide, pop, calfun = "raking", epsilon = 1e-10)
    compare([mean["std_error"], total["std_error"]], [9.269547606, 114502.9564], 1e-8, "calibrate")
    assert abs(r_rake["mean_se"][0] / mean["std_error"] - 1) > 1e-4
    says("Standard errors after raking", f"{r_rake['mean_se'][0]:.5f}", f"{mean['std_error']:.5f}")
    says("Standard errors after raking", f"{r_rake['total_se']:.0f}", f"{total['std_error']:.0f}")
    clusters = survey("dclus1").calibrate(MARGINS, "raking").mean("api00").table["std_error"][0]
    compare(clusters, case("survey_calibration", "dclus1/rake")["mean_se"][0], 1e-8, "equal weights")
    says("Standard errors after raking", f"{clusters:.4f}")
    r_way = survey("dstrat").calibrate(MARGINS, "raking", compat="R-rake").mean("api00").table["std_error"][0]
    compare(r_way, r_rake["mean_se"][0], 1e-8, "compat")


def test_targets_are_reached_or_nothing_is_returned() -> None:
    reached = survey("dstrat").calibrate(MARGINS, "raking").total("stype").table["estimate"][0]
    says("Targets are reached, or nothing is returned", "4420.95", f"{reached:.2f}")
    with pytest.raises(CalibrationError, match="margins disagree on the population"):
        survey("dstrat").calibrate(MARGINS | {"sch_wide": {"No": 8000, "Yes": 500}}, "raking")


def test_bounds_are_ratios_to_the_design_weight() -> None:
    small = stratified(data("apistrat").assign(pw=lambda f: f["pw"] / 100))
    targets = {"stype": MARGINS["stype"], "api99": 3_914_069}
    with pytest.raises(CalibrationError, match=r"with weights 96\.4 to 104 times the design weights"):
        small.calibrate(targets, "logit", bounds=(0.6, 1.6))
    says("Bounds are ratios to the design weight", "96.4", "104.1")


def test_equal_weights_within_psus_reach_the_targets() -> None:
    frame = data("apiclus1").assign(pw=lambda f: f["pw"] * (1 + (f["stype"] == "H")))
    clusters = Survey(frame, weight="pw", psu="dnum")
    equal = clusters.calibrate({"stype": MARGINS["stype"]}, "linear", equal_within_psu=True)
    high = equal.total("stype").table["estimate"][1]
    # R: calibrate(d, ~stype, c(6194, 755, 1018), aggregate.stage = 1); svytotal(~stype, …)
    says("Equal weights within PSUs", "1197.5", f"{high:.1f}")


def test_trimming_needs_room() -> None:
    schools = Survey(data("apistrat"), weight="pw")
    with pytest.raises(CalibrationError, match="200 weights of upper = 20 add to 4,000") as told:
        schools.trim(upper=20, strict=True)
    assert "the mean weight is 30.97" in str(told.value.do)
    says("Trimming between bounds that leave no room", "30.97", "20.00", "63.88")
    zero = data("apistrat").assign(first=lambda f: (f.index == 0).astype(int))
    zero["pw"] = zero["pw"].where(zero["first"] == 0, 0.0)
    trimmed = Survey(zero, weight="pw").trim(lower=16, upper=40)
    assert trimmed.total("first").table["estimate"][0] == 0


@pytest.mark.parametrize("interval", ["logit", "wald", "beta", "wilson", "asin", "likelihood"])
def test_boundary_has_a_width(interval: str) -> None:
    frame = data("apistrat").assign(zero=0, one=1)
    estimates = stratified(frame).prevalence(["zero", "one"], interval=interval)
    low, high = bounds(estimates)
    says("Proportions of exactly 0 or 1", f"{low:.4f}", f"{high:.4f}")
    compare(bounds(estimates, 1), [1 - high, 1 - low], 1e-12, "mirrored")
    assert list(estimates.table["flag"]) == ["boundary", "boundary"]


def test_likelihood_is_solved() -> None:
    low, high = bounds(survey("dsrs").prevalence("rare", interval="likelihood"))
    theirs = case("survey_api_linearised", "dsrs/svyciprop_rare/likelihood")["ci"]
    section = "The likelihood is solved, not interpolated"
    says(section, *(f"{x:.6f}" for x in (low, high, *theirs)))
    # R 4.2.2: uniroot on the deviance of svyglm(I(api00 < 450) ~ 1, dsrs, quasibinomial)
    compare([low, high], [0.0254750768328, 0.0858224073433], 1e-7, "R's deviance solved")


def test_beta_counts_answers() -> None:
    low, high = bounds(stratified(blanked()).prevalence("award", interval="beta"))
    # R 4.2.2: confint(svyciprop(~award, dstrat, method = "beta", na.rm = TRUE))
    theirs = [0.5175605435, 0.6845763939]
    says('The n of "beta"', *(f"{x:.6f}" for x in (low, high, *theirs)))
    compare([low, high], theirs, 2e-5, "R counts rows")


def test_beta_never_counts_more_than_the_effective_n() -> None:
    frame = data("apistrat")
    frame["few"] = ["E1" if i < 10 else "rest" for i in range(len(frame))]
    frame["half"] = (np.arange(len(frame)) % 2).astype(float)
    row = stratified(frame).prevalence("half", by="few", interval="beta").table.iloc[0]
    p, n_eff = row["estimate"], row["estimate"] * (1 - row["estimate"]) / row["std_error"] ** 2
    low = stats.beta.ppf(0.025, p * n_eff, (1 - p) * n_eff + 1)
    high = stats.beta.ppf(0.975, p * n_eff + 1, (1 - p) * n_eff)
    assert (row["n"], row["df"]) == (10, 197)
    compare([row["conf_low"], row["conf_high"]], [low, high], 1e-9, "Clopper–Pearson of the effective n")


def test_asin_is_cut_at_zero() -> None:
    frame = data("apiclus1")
    frame["one"] = (np.arange(len(frame)) == 4).astype(float)
    low, high = bounds(Survey(frame, weight="pw", psu="dnum", fpc="fpc").prevalence("one", interval="asin"))
    assert low == 0.0
    # R 4.2.2: 5.469286678e-05 to 0.02394767412
    compare(high, 0.02394767412, 1e-8, "upper limit")
    says('"asin" stops at 0 and 1', f"{high:.4f}", f"{low:.4f}", "0.0000547")


def test_domains_keep_the_degrees_of_freedom_of_the_design() -> None:
    s = survey("dstrat")
    own = s.prevalence("award", by="stype", df="domain", interval="logit")
    whole = s.prevalence("award", by="stype", interval="logit")
    # R 4.2.2: svyby(~I(awards == "Yes"), ~stype, dstrat, svyciprop, vartype = "ci")
    compare(bounds(own), [0.6342617226, 0.8082534842], 1e-7, "R")
    assert (own.table["df"][0], whole.table["df"][0]) == (99, 197)
    says("Domains keep the design's", *(f"{x:.5f}" for x in (*bounds(own), *bounds(whole))), "99", "197")


def test_means_use_t() -> None:
    low, high = bounds(survey("dstrat").mean("api00"))
    # R 4.2.2: confint(svymean(~api00, dstrat), df = degf(dstrat))
    compare([low, high], [643.7321883, 680.842538], 1e-9, "R with df")
    says("Means and totals use t", f"{low:.3f}", f"{high:.3f}")


def test_models_count_the_degrees_of_freedom_of_complete_respondents() -> None:
    model = stratified(blanked()).regress("award ~ ell + meals")
    # R 4.2.2: svyglm(award ~ ell + meals, dstrat, family = quasibinomial())
    compare(model.coefficients.to_numpy(), [0.443012834424, -0.002202860649, 0.000522038995], 1e-7, "coef")
    errors = [0.325871786892, 0.012752191919, 0.008703369732]
    compare(np.sqrt(np.diag(model.covariance)), errors, 1e-7, "standard errors")
    assert model.df == 145


def test_each_item_has_its_own_respondents() -> None:
    table = stratified(blanked()).prevalence(["award", "wide"]).table
    # R 4.2.2: svymean(~award, dstrat, na.rm = TRUE), svymean(~wide, dstrat, na.rm = TRUE)
    compare(table["estimate"].to_numpy(), [0.60328344, 0.86132684], 1e-7, "single calls")
    assert table["n"].tolist() == [150, 160]
    says("Each item has its own respondents", f"{table['estimate'][0]:.4f}", "0.6125")


def lonely(rule: str) -> Survey:
    return Survey(data("lonely"), weight="w", stratum="h", psu="psu", lonely_psu=rule)


def test_lonely_psu_adjusted_as_in_survey_4_5() -> None:
    error = lonely("adjust").total("y").table["std_error"][0]
    expected = case("survey_lonely_psu", "lonely/adjust/fpc=FALSE/adjust.domain=FALSE")["total_se"]
    compare(error, expected, 1e-10, "survey 4.5")
    says('A lonely PSU under "adjust"', f"{error:.4f}", "55.1391")


def test_psus_are_read_within_strata() -> None:
    frame = pd.DataFrame({"h": [1, 1, 2, 2], "c": [1, 2, 1, 2], "w": 1.0, "y": [1.0, 2.0, 3.0, 4.0]})
    row = Survey(frame, weight="w", stratum="h", psu="c").mean("y").table.iloc[0]
    compare([row["estimate"], row["std_error"], row["df"]], [2.5, np.sqrt(1 / 8), 2], 1e-12, "nested")


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ("stype - 1", [674.43, 625.82, 636.6]),
        ("stype:ell", [756.64642771, -3.53303191, -7.87907923, -5.46970928]),
        (
            "stype + stype:ell",
            [771.23162672, -59.00523453, -47.29015579, -3.85050226, -6.26133277, -4.43357720],
        ),
    ],
)
def test_factors_are_coded_as_in_r(terms: str, expected: list[float]) -> None:
    # R 4.2.2: coef(svyglm(api00 ~ …, dstrat))
    model = survey("dstrat").regress(f"api00 ~ {terms}", family="linear")
    compare(model.coefficients.to_numpy(), expected, 1e-8, terms)


def test_collinear_terms_are_refused() -> None:
    with pytest.raises(EstimationError, match="1 coefficients are determined by the others"):
        survey("dstrat").regress("api00 ~ stype:sch_wide", family="linear")


@pytest.mark.parametrize("design", DESIGNS)
def test_the_score_test_of_a_table_is_walds_over_the_square_of_its_rows(design: str) -> None:
    wald = survey(design).crosstab("stype", "awards", test="wald").test
    theirs = case("survey_api_linearised", f"{design}/svychisq/wls-score")
    compare(wald.statistic * wald.df[0] / 3**2, theirs["statistic"], 1e-10, "W / 3²")
    compare([wald.df[0], wald.df[1] - 3], theirs["parameter"], 1e-12, "degrees of freedom")
    if design == "dstrat":
        says("The score test of a table", f"{theirs['statistic']:.3f}", f"{wald.statistic:.3f}")


@pytest.mark.parametrize("design", DESIGNS)
def test_a_t_test_is_a_difference_and_a_regression(design: str) -> None:
    theirs = case("survey_api_linearised", f"{design}/svyttest")
    means = survey(design).mean("api00", by="comp_imp")
    row = means.difference({"comp_imp": "Yes"}, {"comp_imp": "No"}).table.iloc[0]
    compare([row["estimate"], row["statistic"]], [theirs["est"], theirs["t"]], 1e-9, "t")
    assert row["df"] == theirs["df"] + 1
    model = survey(design).regress("api00 ~ comp_imp", family="linear").to_frame().set_index("term")
    slope = model.loc["comp_imp[Yes]"]
    compare(
        [slope["p_value"], slope["conf_low"], slope["conf_high"]], [theirs["p"], *theirs["ci"]], 1e-8, "p"
    )
    if design == "dstrat":
        section = "A t test counts the design's degrees of freedom"
        says(section, f"{theirs['df']}", f"{row['df']:.0f}", f"{theirs['p']:.5f}")


def test_ties_in_rank_tests() -> None:
    theirs = case("survey_api_linearised", "dstrat/svyranktest/wilcoxon")["est"]
    s = survey("dstrat")
    ours = rank_test(s.frame, s.design, "api00", "comp_imp", Question()).estimate
    says("Ties in rank tests", f"{theirs:.5f}", f"{ours:.5f}")


# ----------------------------------------------------------------------------------------- methods.md
def test_effective_n_is_against_sampling_with_replacement() -> None:
    s = survey("dclus1")
    row, weight = s.prevalence("award").table.iloc[0], s.weights().total
    p, n = row["estimate"], row["n"]
    compare(row["n_eff"], p * (1 - p) * n / (n - 1) / row["std_error"] ** 2, 1e-12, "S²/s²")
    compare(n / row["n_eff"], row["deff"] * (1 - n / weight), 1e-12, "with and without replacement")
