"""A model as a script for R: package survey, and svyVGAM for multinomial models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netralstat.errors import UsageError
from netralstat.explain.categorical import is_ordered, level_name
from netralstat.explain.coefficients import RATIOS
from netralstat.explain.formula import Term
from netralstat.explain.twins.quoting import number, r_comment, r_name, r_text, r_vector
from netralstat.explain.twins.r_design import r_design, r_options
from netralstat.explain.twins.twin import Twin

FAMILIES = {
    "logit": 'quasibinomial("logit")',
    "probit": 'quasibinomial("probit")',
    "cloglog": 'quasibinomial("cloglog")',
    "linear": "gaussian()",
    "poisson": "quasipoisson()",
}
METHODS = {"ordered_logit": "logistic", "ordered_probit": "probit", "ordered_cloglog": "cloglog"}
# Names that svyglm of replicates looks up among the columns of the data before its own.
TAKEN = ("g", "data")
BELL_MCCAFFREY = {"bell_mccaffrey": "Bell-McCaffrey", "bell_mccaffrey_2": "Bell-McCaffrey-2"}
MAX_PASSES = 100


def r_script(twin: Twin, data: str) -> str:
    """The script, a call a line.

    Raises
    ------
    UsageError
        R has no call that gives the same numbers; the error names what it lacks.
    """
    fit = _fit(twin)
    lines = [
        r_comment(f"# {twin.model.formula} ({twin.model.family}), n = {twin.model.n}"),
        "# Coefficients and standard errors are those of netralstat. Association, not cause.",
        "library(survey)",
        *(["library(svyVGAM)"] if twin.model.family == "multinomial" else []),
        *r_options(twin),
        "",
        *_read(twin, data),
        "",
        *r_design(twin),
        *_factors(twin),
        "",
        *fit,
        "",
        *_printed(twin),
    ]
    return "\n".join(lines) + "\n"


def _read(twin: Twin, data: str) -> list[str]:
    lines = [
        f'data <- read.csv({r_text(data)}, colClasses = "character", check.names = FALSE,',
        '  na.strings = "", encoding = "UTF-8")',
    ]
    truths = [name for name in twin.numbers if name in twin.truths]
    if truths:
        lines.append(
            f"for (column in {r_vector(truths)}) data[[column]] <- "
            '(match(toupper(data[[column]]), c("FALSE", "TRUE", "0", "1")) - 1) %% 2'
        )
    numbers = [name for name in twin.numbers if name not in twin.truths]
    if numbers:
        lines.append(f"for (column in {r_vector(numbers)}) data[[column]] <- as.numeric(data[[column]])")
    if twin.design.replicates is not None:  # a column that the model does not need may bear a name of R's
        lines.append(f"data <- data[{r_vector(twin.columns)}]")
    return lines


def _factors(twin: Twin) -> list[str]:
    """The first level of each is what the others are held against."""
    lines = [_factor(twin, name, levels, "factor") for name, levels in twin.factors.items()]
    if twin.choices:
        kind = "ordered" if is_ordered(twin.model.family) else "factor"
        lines.append(_factor(twin, twin.formula.outcome, twin.choices, kind))
    return lines


def _factor(twin: Twin, name: str, levels: Sequence[Any], kind: str) -> str:
    """Without ``update``, whose own argument a column called `o` or `obj` would be taken for."""
    column = f"design$variables[[{r_text(name)}]]"
    told = r_vector(twin.level(name, level) for level in levels)
    return f"{column} <- {kind}({column}, levels = {told})"


def r_formula(twin: Twin) -> str:
    """The formula with R's names."""
    terms = [_term(term) for term in twin.formula.terms]
    if twin.formula.offset is not None:
        terms.append(f"offset({r_name(twin.formula.offset)})")
    start = [] if twin.formula.intercept else ["0"]
    return f"{r_name(twin.formula.outcome)} ~ {' + '.join([*start, *terms]) or '1'}"


def _term(term: Term) -> str:
    return ":".join(r_name(variable.name) for variable in term)


def _fit(twin: Twin) -> list[str]:
    family = twin.model.family
    if twin.design.replicates is not None:
        _require_replicates(twin)
    if twin.few_clusters is not None:
        return _few_clusters(twin, twin.few_clusters)
    if family in FAMILIES:
        return [
            f"model <- svyglm({r_formula(twin)}, design = design, family = {FAMILIES[family]},",
            f"  control = list(epsilon = {number(twin.model.tolerance)}, maxit = {MAX_PASSES}))",
        ]
    if family == "multinomial":
        first = twin.choices[0]
        base = r_text(level_name(first)) if isinstance(first, str) else "1"  # R names a number in its own way
        return [
            f"model <- svy_vglm({r_formula(twin)}, design = design,",
            f"  family = VGAM::multinomial(refLevel = {base}))",
        ]
    if family in METHODS:
        k = len(twin.coefficients) - 1 + len(twin.choices) - 1
        return [
            "# reltol and ndeps: nearer to the maximum and a finer second derivative than by default",
            f'model <- svyolr({r_formula(twin)}, design = design, method = "{METHODS[family]}",',
            f"  control = list(reltol = 1e-15, maxit = 1000, ndeps = rep(1e-5, {k})))",
        ]
    why = ", whose svyolr cuts the tails of the distribution at 100" if family == "ordered_cauchit" else ""
    raise UsageError(
        f'R has no call that fits family = "{family}" to the same numbers{why}',
        where=twin.where,
        do=f"it is there for {', '.join([*FAMILIES, *METHODS, 'multinomial'])}",
    )


def _require_replicates(twin: Twin) -> None:
    """Refuse what R fits in replicates by other names, or by another distribution."""
    taken = [name for name in TAKEN if name in twin.columns]
    if taken and twin.model.family in FAMILIES:
        raise UsageError(
            f'R\'s svyglm of a survey with replicates takes the column "{taken[0]}" for something of its own',
            where=f"column {taken[0]}",
            do="give the column another name in the data, and fit the model again",
        )
    if twin.model.family in METHODS:
        raise UsageError(
            f'R\'s svyolr fits replicates without method = "{METHODS[twin.model.family]}" and control',
            where="replicates",
            do="export the model of the survey without replicates; its coefficients are the same",
        )


def _few_clusters(twin: Twin, kind: str) -> list[str]:
    if kind not in BELL_MCCAFFREY or len(twin.design.stage_columns) > 1:
        two = " of a sample in two stages" if kind in BELL_MCCAFFREY else ""
        raise UsageError(
            f'R has no call that gives the standard errors of few_clusters = "{kind}"{two}',
            where="few_clusters",
            do="export the model without few_clusters; its coefficients are the same",
        )
    return [
        'stopifnot(packageVersion("survey") >= "4.2")',
        f"model <- svyglm({r_formula(twin)}, design = design, family = {FAMILIES[twin.model.family]},",
        f'  std.errors = "{BELL_MCCAFFREY[kind]}", degf = TRUE,',
        f"  control = list(epsilon = {number(twin.model.tolerance)}, maxit = {MAX_PASSES}))",
    ]


def _printed(twin: Twin) -> list[str]:
    lines = ["print(summary(model))"]
    if twin.model.family in RATIOS and twin.model.family in FAMILIES:
        level = number(twin.model.level)
        lines.append(f"print(exp(cbind(ratio = coef(model), confint(model, level = {level}))))")
    return lines
