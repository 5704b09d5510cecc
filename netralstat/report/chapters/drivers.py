"""Drivers: what goes with the outcomes, by odds ratios or slopes; association, never cause."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from netralstat.report import drawings
from netralstat.report.blocks import Block, Cell, Column, Finding, Heading, Note, Row
from netralstat.report.context import Context, slug
from netralstat.report.tables import group_row, records

if TYPE_CHECKING:
    from netralstat.explain.regression import Model

INTERCEPT = "(Intercept)"
LOGIT = "logit"
DIRECTIONS = {
    True: (("drivers.raises_odds", 1), ("drivers.lowers_odds", -1)),
    False: (("drivers.raises", 1), ("drivers.lowers", -1)),
}


def write(context: Context) -> tuple[str, list[Block]]:
    """One section a model of the plan."""
    title = context.w("drivers.title")
    if not context.material.models:
        return title, [context.missing("drivers.missing")]
    blocks: list[Block] = [context.paragraph("drivers.opening"), Note(text=context.w("drivers.caution"))]
    for name, model in context.material.models.items():
        blocks += _model(context, name, model)
    return title, blocks


def strongest(context: Context) -> Finding | None:
    """The coefficient with the largest |t| of all models, when it is significant."""
    best: tuple[float, str, Model, dict[str, Any]] | None = None
    for name, model in context.material.models.items():
        for row in _told(context, model):
            weight = abs(float(row["statistic"]))
            if row["p_value"] < 1 - model.level and (best is None or weight > best[0]):
                best = (weight, name, model, row)
    if best is None:
        return None
    _, name, model, row = best
    logit, f = model.family == LOGIT, context.f
    value = f.times(row["odds_ratio"]) if logit else f.signed(row["estimate"])
    low, high = (row["or_low"], row["or_high"]) if logit else (row["conf_low"], row["conf_high"])
    return Finding(
        value=value,
        interval=f"{context.ci}: {f.interval(low, high, scale=1, digits=2)}",
        title=context.w("findings.driver_title" if logit else "findings.slope_title"),
        sentence=context.w(
            "findings.driver",
            outcome=context.labels.item(model.outcome),
            contrast=_contrast(context, model, row),
            p=f.p_phrase(row["p_value"]),
        ),
        pointer=f"table-model-{slug(name)}",
    )


def _told(context: Context, model: Model) -> list[dict[str, Any]]:
    """Coefficients that may be told: estimated, no intercept, on enough respondents."""
    least = context.material.plan.report.min_respondents
    return [
        row
        for row in records(model.to_frame())
        if not row["reference"] and row["variable"] != INTERCEPT and float(row["n"]) >= least
    ]


def _model(context: Context, name: str, model: Model) -> list[Block]:
    w, part = context.w, slug(name)
    label = _title(context, name, model)
    logit = model.family == LOGIT
    reading = _reading(context, model)
    blocks: list[Block] = [
        Heading(id=f"model-{part}", text=label),
        context.paragraph(
            "drivers.model" if logit else "drivers.model_linear",
            outcome=context.labels.item(model.outcome),
            n=context.f.count(model.n),
            df=context.f.degrees(model.df),
            incomplete=context.f.count(model.n_incomplete),
            reading=reading,
        ),
    ]
    if logit and _told(context, model):
        blocks.append(
            context.figure(
                f"figure-model-{part}",
                w("drivers.figure", label=label),
                drawings.forest(context, _forest(context, model)),
                w("drivers.alt", label=label, reading=reading),
                notes=[w("drivers.figure_note", ci=context.ci)],
                table=f"table-model-{part}",
            )
        )
    blocks.append(_table(context, part, label, model, logit))
    return blocks


def _title(context: Context, name: str, model: Model) -> str:
    for planned in context.material.plan.explain.models:
        if planned.id == name:
            return planned.label[context.language]
    return context.labels.item(model.outcome)


def _variable(context: Context, term: str) -> str:
    """A term's name; an interaction joins the names of its parts."""
    return " × ".join(context.labels.item(part) for part in term.split(":"))


def _level(context: Context, row: dict[str, Any]) -> str:
    parts = str(row["variable"]).split(":")
    levels = str(row["level"]).split(":") if row["level"] else []
    if len(parts) != len(levels):
        return str(row["level"])
    return " × ".join(context.labels.level(item, level) for item, level in zip(parts, levels, strict=True))


def _reference(context: Context, model: Model, variable: str) -> str:
    frame = model.to_frame()
    found = frame.loc[frame["reference"].astype(bool) & (frame["variable"] == variable)]
    return _level(context, records(found)[0]) if len(found) else ""


def _contrast(context: Context, model: Model, row: dict[str, Any]) -> str:
    """What the coefficient compares: a level with its reference, or one unit more."""
    variable = str(row["variable"])
    name = _variable(context, variable)
    if not row["level"]:
        indicator = context.material.plan.ask.indicators.get(variable)
        binary = indicator is not None and indicator.kind == "binary"
        return context.w("drivers.contrast_yes" if binary else "drivers.contrast_unit", variable=name)
    return context.w(
        "drivers.contrast_level",
        variable=name,
        level=_level(context, row),
        reference=_reference(context, model, variable),
    )


def _reading(context: Context, model: Model) -> str:
    """The significant terms by direction, or that there are none."""
    told = _told(context, model)
    significant = sorted(
        (row for row in told if row["p_value"] < 1 - model.level),
        key=lambda row: -abs(float(row["statistic"])),
    )
    if not significant:
        return context.w("drivers.none_significant", level=context.f.percent(model.level, 0))
    sentences = []
    for key, sign in DIRECTIONS[model.family == LOGIT]:
        names = [_short(context, row) for row in significant if math.copysign(1, row["estimate"]) == sign]
        if names:
            sentences.append(context.w(key, named=context.f.listing(names[:6])))
    rest = len(told) - len(significant)
    if rest:
        sentences.append(context.w.plural("drivers.rest", rest))
    return " ".join(sentences)


def _short(context: Context, row: dict[str, Any]) -> str:
    name = _variable(context, str(row["variable"]))
    return f"{name} ({_level(context, row)})" if row["level"] else name


def _rows(model: Model) -> list[dict[str, Any]]:
    """Coefficients without the intercept: numbers first, then each factor with its levels."""
    rows = [row for row in records(model.to_frame()) if row["variable"] != INTERCEPT]
    return sorted(rows, key=lambda row: bool(row["level"]))


def _group(context: Context, row: dict[str, Any]) -> str:
    """The heading that a row stands under: its factor, or that it is told by the unit."""
    return _variable(context, str(row["variable"])) if row["level"] else context.w("drivers.per_unit")


def _forest(context: Context, model: Model) -> pd.DataFrame:
    """Rows of the picture, grouped by variable where it has levels."""
    least = context.material.plan.report.min_respondents
    rows = []
    for row in _rows(model):
        if float(row["n"]) < least:
            continue
        reference = bool(row["reference"])
        rows.append(
            {
                "group": _group(context, row),
                "row_label": _level(context, row) or _variable(context, str(row["variable"])),
                "odds_ratio": 1.0 if reference else float(row["odds_ratio"]),
                "or_low": math.nan if reference else float(row["or_low"]),
                "or_high": math.nan if reference else float(row["or_high"]),
                "p_value": math.nan if reference else float(row["p_value"]),
                "reference": reference,
            }
        )
    return pd.DataFrame(rows)


def _table(context: Context, part: str, label: str, model: Model, logit: bool) -> Block:
    w = context.w
    columns = (
        Column(key="term", label=w("drivers.term"), kind="text"),
        Column(key="n", label=w("term.n"), kind="count"),
        Column(key="effect", label=w("drivers.odds_ratio" if logit else "drivers.slope"), kind="number"),
        Column(key="interval", label=context.ci, kind="interval_number"),
        Column(key="p", label=w("drivers.p"), kind="p_value"),
    )
    body: list[Row] = []
    seen = ""
    for row in _rows(model):
        group = _group(context, row)
        if group != seen:
            body.append(group_row(group, len(columns)))
        seen = group
        body.append(_row(context, row, logit))
    notes = [
        w("drivers.note" if logit else "drivers.note_linear"),
        w("drivers.sizes", n=context.f.count(model.n), df=context.f.degrees(model.df)),
    ]
    return context.table(
        f"table-model-{part}",
        w("drivers.table" if logit else "drivers.table_linear", label=label),
        columns,
        body,
        notes=notes,
        figure=f"figure-model-{part}" if logit else "",
    )


def _row(context: Context, row: dict[str, Any], logit: bool) -> Row:
    label = _level(context, row) if row["level"] else _variable(context, str(row["variable"]))
    if float(row["n"]) < context.material.plan.report.min_respondents:
        hidden = Cell(flag="suppressed_n")
        return Row(cells=(Cell(value=label), hidden, hidden, Cell(), Cell()))
    size = Cell(value=int(row["n"]))
    if row["reference"]:
        cells = (
            Cell(value=label),
            size,
            Cell(value=context.w("drivers.reference")),
            Cell(value=""),
            Cell(value=""),
        )
        return Row(cells=cells, kind="reference")
    effect, low, high = (
        ("odds_ratio", "or_low", "or_high") if logit else ("estimate", "conf_low", "conf_high")
    )
    cells = (
        Cell(value=label),
        size,
        Cell(value=float(row[effect])),
        Cell(value=(float(row[low]), float(row[high]))),
        Cell(value=float(row["p_value"])),
    )
    return Row(cells=cells)
