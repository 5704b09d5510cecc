"""A model as a do-file for Stata 15 or later: svyset and the prefix svy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netralstat.design.replicates.plan import ReplicatePlan, scale_of_columns
from netralstat.errors import UsageError
from netralstat.explain.terms import Coefficient
from netralstat.explain.twins.quoting import number, stata_comment, stata_label, stata_names, stata_text
from netralstat.explain.twins.twin import Twin

COMMANDS = {
    "logit": "logit",
    "probit": "probit",
    "cloglog": "cloglog",
    "linear": "regress",
    "poisson": "poisson",
    "negative_binomial": "nbreg",
    "ordered_logit": "ologit",
    "ordered_probit": "oprobit",
    "multinomial": "mlogit",
}
# Links under which Stata's linearised variance has second derivatives where R and netralstat have their mean.
OBSERVED = ("probit", "cloglog")
RATIO_OPTIONS = {
    "logit": "or",
    "poisson": "irr",
    "negative_binomial": "irr",
    "ordered_logit": "or",
    "multinomial": "rrr",
}
# Percentages that `level()` takes, with two digits after the point.
LEVELS = (10.0, 99.99)
SINGLE_UNITS = {
    "error": "missing",
    "adjust": "centered",
    "average": "scaled",
    "certainty": "certainty",
    "remove": "certainty",
}
# Columns that the do-file makes; factors and interactions have names of their own.
MADE = (
    *("nst_complete", "nst_outcome", "nst_psu", "nst_psu1", "nst_stratum", "nst_weight"),
    *("nst_poststratum", "nst_postweight"),
)


def stata_script(twin: Twin, data: str) -> tuple[str, Mapping[str, str]]:
    """The do-file and the names that columns have in it.

    Raises
    ------
    UsageError
        Stata has no documented command that gives the same numbers; the error names what it lacks.
    """
    _require_twin(twin)
    factors = [*twin.factors, *([twin.formula.outcome] if twin.choices else [])]
    prefixed = [f"nst_{name}" for name in factors]
    names = dict(stata_names(twin.columns, taken=MADE))
    coded = stata_names(prefixed, taken=[*MADE, *names.values()])
    of_factor = {name: coded[prefix] for name, prefix in zip(factors, prefixed, strict=True)}
    terms, products = _terms(twin, names, of_factor)
    lines = [
        "* " + stata_comment(f"{twin.model.formula} ({twin.model.family}), n = {twin.model.n}"),
        "* Coefficients and standard errors are those of netralstat. Association, not cause.",
        f"* Tests and intervals: Stata takes the df of the design, netralstat those left, {twin.model.df}",
        *_renamed(names),
        "version 15",
        *_read(twin, names, data),
        *_svyset(twin, names),
        *_coded(twin, names, of_factor),
        *_complete(twin, names, of_factor),
        *products,
        *_fit(twin, names, of_factor, terms),
    ]
    return "\n".join(lines) + "\n", {column: name for column, name in names.items() if column != name}


def _require_twin(twin: Twin) -> None:
    design, calibration = twin.design, twin.calibration
    lacking: list[tuple[str, str, str]] = []
    if twin.model.family not in COMMANDS:
        told = f'a command for family = "{twin.model.family}"'
        lacking.append((told, twin.where, f"it is there for {', '.join(COMMANDS)}"))
    if twin.model.family in OBSERVED and design.replicates is None:
        do = 'export for "r", or fit the model with family="logit"'
        told = f"the expected information of a {twin.model.family} model in its linearised variance"
        lacking.append((told, twin.where, do))
    percent = 100 * twin.model.level
    if not LEVELS[0] <= round(percent, 2) <= LEVELS[1] or abs(percent - round(percent, 2)) > 1e-9:
        told = f"intervals of level {twin.model.level:g}, but from 0.1 to 0.9999 in steps of 0.0001"
        lacking.append((told, "level", "fit the model with a level such as 0.95"))
    if twin.few_clusters is not None:
        told = f'standard errors of few_clusters = "{twin.few_clusters}" under svy'
        lacking.append((told, "few_clusters", "export the model without few_clusters"))
    if design.lonely_psu == "collapse":
        do = "join the strata in the data, name them as stratum, and fit the model again"
        lacking.append(('anything equal to lonely_psu = "collapse"', "lonely_psu", do))
    if design.adjust_domain_lonely:
        told = "a rule for strata of which a domain reaches one PSU"
        lacking.append((told, "adjust_domain_lonely", "export the model of a survey without it"))
    if design.replicates is not None and not design.replicates.columns:
        told = f"the {design.replicates.kind} replicates that netralstat makes"
        lacking.append((told, "replicates", "export the model of the survey without replicates"))
    if calibration is not None and (
        calibration.method != "poststratification" or calibration.before or calibration.after
    ):
        trimmed = calibration.before or calibration.after
        how = "trimmed" if trimmed else f'calibrated by "{calibration.method}"'
        do = 'export for "r", or calibrate with method="poststratification"'
        lacking.append((f"documented standard errors equal to those of weights {how}", "calibrate", do))
    if calibration is not None and design.replicates is not None:
        do = 'export for "r", or the model of the survey that is not calibrated'
        lacking.append(("replicates that are calibrated one by one", "replicates", do))
    if lacking:
        fact, where, do = lacking[0]
        raise UsageError(f"Stata has not {fact}", where=where, do=do)


def _renamed(names: Mapping[str, str]) -> list[str]:
    told = [f"{column} is {name}" for column, name in names.items() if column != name]
    return [f"* Renamed: {stata_comment('; '.join(told))}"] if told else []


def _read(twin: Twin, names: Mapping[str, str], data: str) -> list[str]:
    """Every cell is read as text; columns are found by their head, whatever their order."""
    lines = [
        f'import delimited using "{data}", delimiters(",") varnames(nonames) stringcols(_all) ///',
        '    bindquotes(strict) maxquotedrows(unlimited) encoding("utf-8") clear',
        "foreach column of varlist _all {",
    ]
    for place, (column, name) in enumerate(names.items()):
        lines += [
            f"    {'else ' if place else ''}if `column'[1] == {stata_text(column)} {{",
            f"        rename `column' {name}",
            "    }",
        ]
    lines += ["}", "drop in 1"]
    for column in twin.truths:
        lines.append(
            f'replace {names[column]} = cond(upper({names[column]}) == "TRUE", "1", '
            f'cond(upper({names[column]}) == "FALSE", "0", {names[column]}))'
        )
    numbers = [names[column] for column in twin.numbers]
    return [*lines, *([f"destring {' '.join(numbers)}, replace"] if numbers else [])]


def _coded(twin: Twin, names: Mapping[str, str], of_factor: Mapping[str, str]) -> list[str]:
    """Each factor as whole numbers from 1; the first is what the others are held against."""
    lines: list[str] = []
    told = {**twin.factors, **({twin.formula.outcome: twin.choices} if twin.choices else {})}
    for column, levels in told.items():
        code = of_factor[column]
        lines += [f"generate byte {code} = ."] if len(levels) < 100 else [f"generate int {code} = ."]
        for place, level in enumerate(levels, start=1):
            known = twin.level(column, level)
            value = stata_text(known) if isinstance(known, str) else number(known)
            lines.append(f"replace {code} = {place} if {names[column]} == {value}")
            label = stata_label(str(level))
            lines.append(f'label define {code} {place} "{label}"{", add" if place > 1 else ""}')
        lines.append(f"label values {code} {code}")
    return lines


def _variables(twin: Twin, names: Mapping[str, str], of_factor: Mapping[str, str]) -> list[str]:
    told = [twin.formula.outcome, *twin.formula.variables]
    return [of_factor.get(column, names[column]) for column in told]


def _complete(twin: Twin, names: Mapping[str, str], of_factor: Mapping[str, str]) -> list[str]:
    """Who lacks an answer stays in the design and leaves the model, as a subpopulation does."""
    variables = _variables(twin, names, of_factor)
    lines = [
        "* Respondents without every answer count in the design, not in the model",
        f"generate byte nst_complete = !missing({', '.join(variables)})",
    ]
    lines += [
        f"replace {name} = {1 if name in of_factor.values() else 0} if missing({name})" for name in variables
    ]
    return lines


def _terms(twin: Twin, names: Mapping[str, str], of_factor: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Terms in Stata's notation, and the lines that make products it would not code in the same way."""
    by_term: dict[str, list[Coefficient]] = {}
    for coefficient in twin.coefficients:
        by_term.setdefault(coefficient.term, []).append(coefficient)
    terms: list[str] = []
    lines: list[str] = []
    for term in twin.formula.terms:
        columns = by_term[":".join(variable.label for variable in term)]
        full = [v.name for v in term if v.name in twin.factors and _all_levels(twin, columns, v.name)]
        if len(term) > 1 and full:
            made = stata_names(
                [f"nst_product_{len(lines) + i}" for i in range(1, len(columns) + 1)],
                taken=[*MADE, *names.values(), *of_factor.values()],
            )
            for name, coefficient in zip(made.values(), columns, strict=True):
                factors = [_factor(twin, names, of_factor, part, level) for part, level in coefficient.parts]
                lines.append(f"generate double {name} = {' * '.join(factors)}")
                lines.append(f'label variable {name} "{stata_label(coefficient.level or coefficient.term)}"')
            terms += made.values()
        else:
            terms.append("#".join(_operator(twin, names, of_factor, v.name, v.name in full) for v in term))
    return terms, lines


def _all_levels(twin: Twin, columns: Sequence[Coefficient], name: str) -> bool:
    """Whether a factor has a column for each of its levels."""
    found = {level for column in columns for part, level in column.parts if part == name}
    return len(found) == len(twin.factors[name])


def _factor(
    twin: Twin, names: Mapping[str, str], of_factor: Mapping[str, str], column: str, level: object
) -> str:
    if level is None:
        return names[column]
    place = [str(one) for one in twin.factors[column]].index(str(level)) + 1
    return f"({of_factor[column]} == {place})"


def _operator(
    twin: Twin, names: Mapping[str, str], of_factor: Mapping[str, str], column: str, full: bool
) -> str:
    if column not in twin.factors:
        return f"c.{names[column]}"
    return f"{'ibn' if full else 'ib1'}.{of_factor[column]}"


def _svyset(twin: Twin, names: Mapping[str, str]) -> list[str]:
    design = twin.design
    if design.replicates is not None:
        return _replicates(twin, design.replicates, names)
    lines: list[str] = []
    weight = _weight(twin, names, lines)
    units = [
        _joined(columns, f"nst_psu{i}" if i else "nst_psu", names, lines)
        for i, columns in enumerate(design.stage_columns)
    ] or ["_n"]
    stratum = _joined(design.stratum, "nst_stratum", names, lines) if design.stratum else ""
    own = [[f"fpc({names[fpc]})"] for fpc in design.fpc] + [[] for _ in units[len(design.fpc) :]]
    if stratum:
        own[0].insert(0, f"strata({stratum})")
    # What is not of one stage stands after the last.
    own[-1] += [f"singleunit({SINGLE_UNITS[design.lonely_psu]})", "vce(linearized)"]
    own[-1] += _poststratum(twin, names, lines)
    named = [f"{units[0]} [pweight = {weight}]", *units[1:]]
    stages = [f"{unit}, {' '.join(told)}" for unit, told in zip(named, own, strict=True)]
    return [*lines, f"svyset {' || '.join(stages)}"]


def _weight(twin: Twin, names: Mapping[str, str], lines: list[str]) -> str:
    design = twin.design
    if design.weight is not None:
        return names[design.weight]
    if design.fpc:
        raise UsageError(
            "Stata does not make weights of population counts",
            where="weight",
            do="write the weights of `weights()` to the data, and name them as weight",
        )
    lines.append("generate double nst_weight = 1")
    return "nst_weight"


def _joined(columns: Sequence[str], name: str, names: Mapping[str, str], lines: list[str]) -> str:
    """A column that names a unit: numbers, for those of the data may be text or several."""
    lines.append(f"egen long {name} = group({' '.join(names[column] for column in columns)})")
    return name


def _poststratum(twin: Twin, names: Mapping[str, str], lines: list[str]) -> list[str]:
    if twin.calibration is None:
        return []
    margin = twin.calibration.margins[0]
    lines += ["generate long nst_poststratum = .", "generate double nst_postweight = ."]
    for place, (levels, target) in enumerate(margin.targets.items(), start=1):
        tests = []
        for item, level in zip(margin.items, levels, strict=True):
            known = twin.level(item, level)
            tests.append(f"{names[item]} == {stata_text(known) if isinstance(known, str) else number(known)}")
        condition = " & ".join(tests)
        lines.append(f"replace nst_poststratum = {place} if {condition}")
        lines.append(f"replace nst_postweight = {number(target)} if {condition}")
    return ["poststrata(nst_poststratum)", "postweight(nst_postweight)"]


def _replicates(twin: Twin, plan: ReplicatePlan, names: Mapping[str, str]) -> list[str]:
    """Replicate weights as a jackknife: V = Σ multiplier (θ_r - θ)², about the sample or the replicates."""
    assert twin.design.weight is not None
    scale = scale_of_columns(plan, len(plan.columns))
    rscales = plan.rscales or (1.0,) * len(plan.columns)
    if not plan.combined:
        raise UsageError(
            "Stata takes replicate weights, not factors that multiply the weight",
            where="replicates, combined",
            do="multiply the factors by the weight in the data, and name those columns",
        )
    if len(set(rscales)) > 1:
        raise UsageError(
            f"the replicates have {len(set(rscales))} different rscales, Stata's jackknife one multiplier",
            where="replicates, rscales",
            do='export for "r"',
        )
    columns = " ".join(names[column] for column in plan.columns)
    mse = " mse" if plan.mse else ""
    multiplier = number(scale * rscales[0])
    return [
        f"svyset [pweight = {names[twin.design.weight]}], vce(jackknife){mse} ///",
        f"    jkrweight({columns}, multiplier({multiplier}))",
    ]


def _fit(
    twin: Twin, names: Mapping[str, str], of_factor: Mapping[str, str], terms: Sequence[str]
) -> list[str]:
    family, outcome = twin.model.family, twin.formula.outcome
    lines: list[str] = []
    y = of_factor.get(outcome, names[outcome])
    options = [] if twin.formula.intercept else ["noconstant"]
    if twin.formula.offset is not None and family == "linear":
        y = "nst_outcome"
        lines.append(f"generate double {y} = {names[outcome]} - {names[twin.formula.offset]}")
    elif twin.formula.offset is not None:
        options.append(f"offset({names[twin.formula.offset]})")
    if family == "multinomial":
        options.append("baseoutcome(1)")
    prefix = f"svy, subpop(nst_complete) level({number(round(100 * twin.model.level, 2))}):"
    command = f"{prefix} {COMMANDS[family]} {' '.join([y, *terms])}"
    ratio = RATIO_OPTIONS.get(family)
    for told in (options, [*options, ratio] if ratio else []):
        if told is options or told:
            lines.append(f"{command}{', ' if told else ''}{' '.join(told)}")
    return lines
