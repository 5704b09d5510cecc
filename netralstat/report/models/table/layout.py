"""The regression table before it has a format: heads, lines of cells, foot and notes, as printed texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netralstat.explain.coefficients import RATIOS
from netralstat.report.models.reading import ModelReading, is_ancillary
from netralstat.report.models.suppression import few_respondents
from netralstat.report.models.table.foot import Foot, foot, variance
from netralstat.report.numbers import NOTHING
from netralstat.report.tables import records

if TYPE_CHECKING:
    from netralstat.explain.checks.diagnosis import Diagnosis

STARS = ((0.001, "***"), (0.01, "**"), (0.05, "*"))
INTERCEPT = "(Intercept)"
THRESHOLD = "(threshold)"

Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What is printed of each coefficient; `min_respondents` hides rows of fewer."""

    ratios: bool
    interval: bool
    std_error: bool
    stars: bool
    min_respondents: int

    @property
    def width(self) -> int:
        """Cells of a coefficient."""
        return 1 + self.interval + self.std_error


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """A column of coefficients: a model, or one outcome level of a multinomial one; rows by their key."""

    place: int
    reading: ModelReading
    outcome_level: str
    rows: dict[Key, dict[str, Any]]

    def is_ratio(self, shape: Shape) -> bool:
        """Whether its ratios are printed."""
        return shape.ratios and self.reading.model.family in RATIOS


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One coefficient in print; `parts` are the effect, and as asked its interval and standard error."""

    parts: tuple[str, ...]
    stars: str = ""
    reference: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row: a heading of a factor (no cells), or a label and a cell of each equation."""

    label: str
    cells: tuple[Cell, ...] = ()
    indent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A table in print.

    `spans` has the name and number of equations of each model, `levels` the outcome levels over equations
    (empty without a multinomial model), `heads` those of the cells of each equation.
    """

    title: str
    stub: str
    spans: tuple[tuple[str, int], ...]
    levels: tuple[str, ...]
    heads: tuple[tuple[str, ...], ...]
    lines: tuple[Line, ...]
    foot: tuple[Foot, ...]
    notes: tuple[str, ...]


def layout(
    readings: Sequence[ModelReading],
    names: Sequence[str],
    diagnoses: Sequence[Diagnosis | None],
    shape: Shape,
    title: str,
) -> Layout:
    """Set models beside each other, term by term."""
    equations = [one for place, reading in enumerate(readings) for one in _equations(place, reading)]
    w = readings[0].w
    counts = [sum(one.place == place for one in equations) for place in range(len(readings))]
    levels = (
        tuple(_level_head(one) for one in equations) if any(one.outcome_level for one in equations) else ()
    )
    return Layout(
        title=title or w("model_table.title"),
        stub=w("drivers.term"),
        spans=tuple(zip(names, counts, strict=True)),
        levels=levels,
        heads=tuple(_heads(one, shape) for one in equations),
        lines=tuple(_lines(equations, shape)),
        foot=tuple(foot(readings, diagnoses)),
        notes=tuple(_notes(equations, shape)),
    )


def _equations(place: int, reading: ModelReading) -> list[Equation]:
    rows = records(reading.model.to_frame())
    levels = list(dict.fromkeys(str(row["outcome_level"]) for row in rows if "outcome_level" in row)) or [""]
    return [
        Equation(
            place=place,
            reading=reading,
            outcome_level=level,
            rows={
                (str(row["variable"]), str(row["level"] or "")): row
                for row in rows
                if not level or str(row["outcome_level"]) == level
            },
        )
        for level in levels
    ]


def _level_head(equation: Equation) -> str:
    """``High (reference: E)``."""
    if not equation.outcome_level:
        return ""
    reading = equation.reading
    outcome = reading.model.outcome
    return reading.w(
        "model_table.outcome_level",
        level=reading.names.level(outcome, equation.outcome_level),
        reference=reading.names.level(outcome, reading.model.provenance["reference"]),
    )


def _heads(equation: Equation, shape: Shape) -> tuple[str, ...]:
    reading, ratio = equation.reading, equation.is_ratio(shape)
    w = reading.w
    heads = [reading.effect_words[1] if ratio else w("model_table.coefficient")]
    if shape.interval:
        heads.append(reading.ci)
    if shape.std_error:
        heads.append(w("model_table.std_error_log" if ratio else "model_table.std_error"))
    return tuple(heads)


def _lines(equations: Sequence[Equation], shape: Shape) -> list[Line]:
    lines: list[Line] = []
    for variable, levels in _terms(equations, shape).items():
        reading = next(one.reading for one in equations if any(key[0] == variable for key in one.rows))
        heads = _name(reading, variable)
        if levels != [""]:
            lines.append(Line(label=heads))
        for level in levels:
            cells = tuple(_cell(one, (variable, level), shape) for one in equations)
            label = _level_name(equations, (variable, level)) if level else heads
            lines.append(Line(label=label, cells=cells, indent=levels != [""]))
    return lines


def _terms(equations: Sequence[Equation], shape: Shape) -> dict[str, list[str]]:
    """Levels of each term over all models, in the order in which they come; constants last, where shown."""
    found: dict[str, list[str]] = {}
    for equation in equations:
        for variable, level in equation.rows:
            if is_ancillary(variable) and equation.is_ratio(shape):
                continue
            levels = found.setdefault(variable, [])
            if level not in levels:
                levels.append(level)
    return dict(sorted(found.items(), key=lambda item: is_ancillary(item[0])))


def _name(reading: ModelReading, variable: str) -> str:
    known = {INTERCEPT: "model_table.intercept", THRESHOLD: "model_table.thresholds"}
    if variable in known:
        return reading.w(known[variable])
    return variable.strip("()").capitalize() if is_ancillary(variable) else reading.variable(variable)


def _level_name(equations: Sequence[Equation], key: Key) -> str:
    found = next(one for one in equations if key in one.rows)
    row, reading = found.rows[key], found.reading
    if key[0] != THRESHOLD:
        return reading.level(row)
    below, bar, above = key[1].partition("|")
    names = [reading.names.level(reading.model.outcome, one) for one in (below, above)]
    return bar.join(names)


def _cell(equation: Equation, key: Key, shape: Shape) -> Cell:
    row = equation.rows.get(key)
    blank = ("",) * (shape.width - 1)
    ratio = equation.is_ratio(shape)
    if row is None or (ratio and is_ancillary(key[0])):
        return Cell(parts=("", *blank))
    reading = equation.reading
    if few_respondents(row, shape.min_respondents):
        return Cell(parts=(NOTHING, *blank))
    if row["reference"]:
        return Cell(parts=(reading.w("drivers.reference"), *blank), reference=True)
    columns = reading.effect if ratio else ("estimate", "conf_low", "conf_high")
    value, low, high = (float(row[column]) for column in columns)
    if value != value:  # a column of a curve, or of a threshold, has no ratio
        return Cell(parts=(NOTHING, *blank))
    f, error = reading.f, float(row["std_error"])
    if ratio:
        effect, interval = f.ratio(value, low, high)
    else:
        effect, interval = f.effect(value, error), f.effect_interval(low, high, error)
    parts = [effect, *([interval] if shape.interval else [])]
    parts += [f.effect(error, error)] if shape.std_error else []
    stars = next((sign for p, sign in STARS if float(row["p_value"]) < p), "") if shape.stars else ""
    return Cell(parts=tuple(parts), stars=stars)


def _notes(equations: Sequence[Equation], shape: Shape) -> list[str]:
    reading = equations[0].reading
    w = reading.w
    notes = [w("model_table.association")]
    errors = dict.fromkeys(variance(one.reading) for one in equations)
    if len(errors) == 1:
        notes.append(w("model_table.variance_note", how=next(iter(errors))))
    short: dict[str, str] = {}
    for one in equations:
        if one.is_ratio(shape):
            short[one.reading.effect_words[1]] = one.reading.effect_words[0]
    if short:
        told = "; ".join(f"{key} = {name.lower()}" for key, name in short.items())
        notes.append(w("model_table.ratios", named=told))
    if shape.ratios and any(not one.is_ratio(shape) for one in equations):
        notes.append(w("model_table.not_ratios"))
    for one in equations:
        for term, p in one.reading.bent().items() if not one.outcome_level else ():
            named = one.reading.variable(term)
            notes.append(w("drivers.note_curve", variable=named, p=reading.f.p_phrase(p)))
    if shape.stars:
        signs = [f"{sign} p < {reading.f.number(p, 3 if p < 0.01 else 2)}" for p, sign in reversed(STARS)]
        notes.append("; ".join(signs) + ".")
    if shape.min_respondents:
        notes.append(w("model_table.few", sign=NOTHING, n=shape.min_respondents))
    return list(dict.fromkeys(notes))
