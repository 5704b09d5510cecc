"""The sampling design and the calibration of a survey as calls of R's package survey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.calibration.margins import Margin
from netralstat.design.calibration.trimming import Trimming
from netralstat.design.replicates.plan import ReplicatePlan, scale_of_columns
from netralstat.errors import UsageError
from netralstat.explain.twins.quoting import number, r_comment, r_name, r_text, r_vector
from netralstat.explain.twins.twin import Twin

LONELY = {
    "error": "fail",
    "adjust": "adjust",
    "average": "average",
    "certainty": "certainty",
    "remove": "remove",
}
SEPARATOR = "\x1f"
MAX_PASSES = 500


def r_options(twin: Twin) -> list[str]:
    """What the package does with strata of a single PSU, and how factors are coded."""
    design = twin.design
    rule = LONELY.get(design.lonely_psu)
    if rule is None:
        raise UsageError(
            f'R has nothing equal to lonely_psu = "{design.lonely_psu}"',
            where="lonely_psu",
            do="join the strata in the data, name them as stratum, and fit the model again",
        )
    domain = "TRUE" if design.adjust_domain_lonely else "FALSE"
    return [
        f'options(survey.lonely.psu = "{rule}", survey.adjust.domain.lonely = {domain})',
        'options(contrasts = c("contr.treatment", "contr.poly"))',
    ]


def r_design(twin: Twin) -> list[str]:
    """``design <- svydesign(…)``, its replicates, its calibration and its trimming."""
    plan = twin.design.replicates
    lines = _given(twin, plan) if plan is not None and plan.columns else _drawn(twin)
    if plan is not None and not plan.columns:
        lines += _jackknife(plan)
    if twin.calibration is not None:
        if plan is not None and (twin.calibration.before or twin.calibration.after):
            raise UsageError(
                "R trims the replicates of a survey in another way",
                where="trim",
                do="export the model of the survey without replicates, or without trimming",
            )
        lines += _calibrated(twin, twin.calibration)
    return lines


def _drawn(twin: Twin) -> list[str]:
    design, before = twin.design, []
    stages = [_formula_term(columns) for columns in design.stage_columns] or ["1"]
    arguments = [f"ids = ~{' + '.join(stages)}"]
    if design.stratum:
        arguments.append(f"strata = ~{_formula_term(design.stratum)}")
    if design.weight is not None:
        arguments.append(f"weights = ~{r_name(design.weight)}")
    elif not design.fpc:
        before = ["data$equal_weight <- 1"] if "equal_weight" not in twin.columns else []
        arguments.append("weights = ~equal_weight")
    if design.fpc:
        arguments.append(f"fpc = ~{' + '.join(map(r_name, design.fpc))}")
    arguments += ["nest = TRUE"] if design.stratum else []
    return [*before, f"design <- svydesign({', '.join(arguments)}, data = data)"]


def _formula_term(columns: Sequence[str]) -> str:
    if len(columns) == 1:
        return r_name(columns[0])
    return f'interaction({", ".join(map(r_name, columns))}, drop = TRUE, sep = "{_escaped(SEPARATOR)}")'


def _given(twin: Twin, plan: ReplicatePlan) -> list[str]:
    """Replicate weights of the data, with the scale that netralstat gives them."""
    n, weight = len(plan.columns), twin.design.weight
    assert weight is not None
    rscales = f"rep(1, {n})" if plan.rscales is None else r_vector(plan.rscales)
    return [
        "design <- svrepdesign(",
        f"  weights = ~{r_name(weight)}, repweights = data[, {r_vector(plan.columns)}],",
        f'  combined.weights = {_logical(plan.combined)}, type = "other",',
        f"  scale = {number(scale_of_columns(plan, n))}, rscales = {rscales}, mse = {_logical(plan.mse)},",
        "  data = data)",
    ]


def _jackknife(plan: ReplicatePlan) -> list[str]:
    if plan.kind not in ("JK1", "JKn"):
        raise UsageError(
            f"R does not draw the {plan.kind} replicates of netralstat",
            where="replicates",
            do='export the model of the survey without replicates, or with "JK1" or "JKn"',
        )
    return [f'design <- as.svrepdesign(design, type = "{plan.kind}", mse = {_logical(plan.mse)})']


def _logical(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _calibrated(twin: Twin, calibration: Calibration) -> list[str]:
    lines = _trimmed(calibration.before)
    if calibration.margins:
        makers = {"poststratification": _poststratified}
        if calibration.compat == "R-rake" and twin.design.replicates is None:
            makers[calibration.method] = _raked
        lines += makers.get(calibration.method, _nearest)(twin, calibration)
    return lines + _trimmed(calibration.after)


def _trimmed(trimming: Trimming | None) -> list[str]:
    if trimming is None:
        return []
    lower, upper = _bound(trimming.lower), _bound(trimming.upper)
    strict = _logical(trimming.strict)
    return [f"design <- trimWeights(design, lower = {lower}, upper = {upper}, strict = {strict})"]


def _bound(value: float) -> str:
    return number(value) if np.isfinite(value) else ("Inf" if value > 0 else "-Inf")


def _cells(twin: Twin, margin: Margin) -> str:
    """The number of each respondent's level on a margin, as an expression."""
    keys = [
        r_vector(twin.level(item, level[i]) for level in margin.targets)
        for i, item in enumerate(margin.items)
    ]
    columns = [f"design$variables[[{r_text(item)}]]" for item in margin.items]
    if len(keys) == 1:
        return f"match({columns[0]}, {keys[0]})"
    joined = f'sep = "{_escaped(SEPARATOR)}"'
    return f"match(paste({', '.join(columns)}, {joined}), paste({', '.join(keys)}, {joined}))"


def _escaped(sign: str) -> str:
    return f"\\u{ord(sign):04x}"


def _margin_columns(twin: Twin, margins: Sequence[Margin]) -> tuple[list[str], Mapping[int, str]]:
    """Lines that give each margin a column of level numbers, and its name; a plain total has none."""
    lines, names = [], {}
    for place, margin in enumerate(margins, start=1):
        if not margin.items:
            continue
        name = _free(f"margin_{place}", twin.columns)
        told = ", ".join(f"{i} = {label}" for i, label in enumerate(margin.labels, start=1))
        lines.append(r_comment(f"# {name}, {margin.name}: {told}"))
        levels = f"levels = 1:{len(margin.targets)}"
        lines.append(f"design <- update(design, {name} = factor({_cells(twin, margin)}, {levels}))")
        names[place - 1] = name
    return lines, names


def _free(name: str, columns: Sequence[str]) -> str:
    while name in columns:
        name += "_"
    return name


def _poststratified(twin: Twin, calibration: Calibration) -> list[str]:
    lines, names = _margin_columns(twin, calibration.margins)
    return [
        *lines,
        f"design <- postStratify(design, ~{names[0]}, {_counts(names[0], calibration.margins[0])})",
    ]


def _counts(name: str, margin: Margin) -> str:
    targets = r_vector(margin.targets.values())
    return f"data.frame({name} = factor(1:{len(margin.targets)}), Freq = {targets})"


def _raked(twin: Twin, calibration: Calibration) -> list[str]:
    lines, names = _margin_columns(twin, calibration.margins)
    tables = [_counts(names[i], margin) for i, margin in enumerate(calibration.margins)]
    least = min(min(margin.targets.values()) for margin in calibration.margins)
    return [
        *lines,
        f"design <- rake(design, list({', '.join(f'~{name}' for name in names.values())}),",
        f"  list({', '.join(tables)}),",
        f"  control = list(maxit = {MAX_PASSES}, epsilon = {number(calibration.tolerance * least)}))",
    ]


def _nearest(twin: Twin, calibration: Calibration) -> list[str]:
    """``calibrate``: an intercept and a column for each level but the first of each margin of counts."""
    lines, names = _margin_columns(twin, calibration.margins)
    terms: list[str] = []
    totals: dict[str, float] = {}
    counts = any(margin.value is None for margin in calibration.margins)
    for i, margin in enumerate(calibration.margins):
        targets = list(margin.targets.values())
        if margin.value is None:
            totals.setdefault("(Intercept)", sum(targets))
            terms.append(names[i])
            totals |= {f"{names[i]}{level}": target for level, target in enumerate(targets[1:], start=2)}
            continue
        for level, target in enumerate(targets, start=1):
            column = _free(f"total_{i + 1}_{level}", twin.columns)
            value = f"design$variables[[{r_text(margin.value)}]]"
            if margin.items:
                value = f"ifelse(design$variables${names[i]} == {level}, {value}, 0)"
            lines.append(f"design <- update(design, {column} = {value})")
            terms.append(column)
            totals[column] = target
    named = ", ".join(f"{r_name(name)} = {number(total)}" for name, total in totals.items())
    arguments = [f'calfun = "{calibration.method}"']
    if calibration.bounds is not None:
        arguments.append(f"bounds = c({', '.join(map(_bound, calibration.bounds))})")
    if calibration.equal_within_psu:
        arguments.append("aggregate.stage = 1")
    start = "" if counts else "0 + "
    return [
        *lines,
        f"design <- calibrate(design, ~{start}{' + '.join(terms)},",
        f"  c({named}),",
        f"  {', '.join(arguments)}, maxit = {MAX_PASSES}, epsilon = {number(calibration.tolerance)})",
    ]
