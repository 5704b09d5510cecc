"""Drivers: what goes with the outcomes, model by model and question by question; association, never cause."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from netralstat.report.blocks import Block, Finding, Heading, Missing, Note, Paragraph
from netralstat.report.context import Context, slug
from netralstat.report.models.driver_table import driver_table
from netralstat.report.models.figure import has_picture, picture
from netralstat.report.models.reading import ModelReading
from netralstat.report.models.what_if_table import what_if_table

if TYPE_CHECKING:
    from netralstat.explain.planned import PlannedModel, Unanswered
    from netralstat.explain.regression import Model

FIT_MEASURES = {
    "nagelkerke": "drivers.fit_nagelkerke",
    "tjur": "drivers.fit_tjur",
    "r_squared": "drivers.fit_r_squared",
    "auc": "drivers.fit_auc",
}


def write(context: Context) -> tuple[str, list[Block]]:
    """The models of the wave file, then those of its recipes, then what could not be answered."""
    title, planned = context.w("drivers.title"), context.material.planned
    if not planned.models and not planned.unanswered:
        return title, [context.missing("drivers.missing")]
    blocks: list[Block] = [context.paragraph("drivers.opening"), Note(text=context.w("drivers.caution"))]
    asked = ""
    for one in planned.models:
        if one.recipe and one.recipe != asked:
            blocks += _question(context, one)
        asked = one.recipe
        blocks += _model(context, one)
    for left in planned.unanswered:
        label = left.label[context.language]
        if outcome := left.separated or left.constant:
            label = f"{label}: {context.labels.item(outcome)}"
        blocks += [Heading(id=f"unanswered-{slug(left.id)}", text=label), _why(context, left)]
    return title, blocks


def _why(context: Context, left: Unanswered) -> Missing:
    if left.separated:
        return context.missing("drivers.separated")
    if left.constant:
        return context.missing("drivers.constant")
    return context.missing("drivers.unanswered", absent=context.f.listing(list(left.absent)))


def strongest(context: Context) -> Finding | None:
    """The coefficient with the largest |t| of all models of one equation, when it is significant."""
    best: tuple[float, str, ModelReading, dict[str, Any]] | None = None
    for name, model in context.material.models.items():
        if "outcome_level" in model.table:
            continue
        reading = _reading(context, model)
        for row in reading.significant(reading.told())[:1]:
            weight = abs(float(row["statistic"]))
            if best is None or weight > best[0]:
                best = (weight, name, reading, row)
    if best is None:
        return None
    _, name, reading, row = best
    f = context.f
    value, low, high = (float(row[column]) for column in reading.effect)
    return Finding(
        value=f.times(value) if reading.is_ratio else f.signed(value),
        interval=f"{context.ci}: {f.interval(low, high, scale=1, digits=2)}",
        title=context.w("findings.ratio_title", ratio=reading.effect_words[0])
        if reading.is_ratio
        else context.w("findings.slope_title"),
        sentence=context.w(
            "findings.driver",
            outcome=context.labels.item(reading.model.outcome),
            contrast=reading.contrast(row),
            p=f.p_phrase(row["p_value"]),
        ),
        pointer=f"table-model-{slug(name)}",
    )


def _reading(context: Context, model: Model) -> ModelReading:
    """The model read in the words of the wave."""
    plan = context.material.plan

    def is_yes_no(name: str) -> bool:
        indicator = plan.ask.indicators.get(name)
        return indicator is not None and indicator.kind == "binary"

    return ModelReading(
        model=model,
        w=context.w,
        f=context.f,
        names=context.labels,
        least=plan.report.min_respondents,
        is_yes_no=is_yes_no,
    )


def _question(context: Context, one: PlannedModel) -> Iterator[Block]:
    """The heading of a recipe, what it asks, and what it could not take in."""
    assert one.question is not None
    yield Heading(id=f"recipe-{slug(one.recipe)}", text=one.label[context.language])
    yield Paragraph(text=one.question[context.language])
    if one.absent:
        yield Missing(reason=context.w("drivers.without", absent=context.f.listing(list(one.absent))))


def _model(context: Context, one: PlannedModel) -> Iterator[Block]:
    w, part, model = context.w, slug(one.id), context.material.models[one.id]
    reading = _reading(context, model)
    outcome = context.labels.item(model.outcome)
    label = one.label[context.language]
    if one.recipe and label != outcome:
        label = f"{label}: {outcome}"
    if not one.recipe or label != outcome:
        yield Heading(id=f"model-{part}", text=label)
    summary = reading.summary() if "outcome_level" not in model.table else ""
    yield Paragraph(text=f"{reading.opening()} {summary}".strip())
    drawn = not one.recipe and has_picture(reading)
    if drawn:
        effect, _ = reading.effect_words
        yield context.figure(
            f"figure-model-{part}",
            w("drivers.table", effect=effect, label=label),
            picture(reading),
            w("drivers.alt", effect=effect, label=label, reading=reading.summary()),
            notes=[w("drivers.figure_note", ci=context.ci)],
            table=f"table-model-{part}",
        )
    yield driver_table(
        context,
        f"table-model-{part}",
        label,
        reading,
        notes=_fit(context, one),
        figure=f"figure-model-{part}" if drawn else "",
    )
    told = context.material.what_if.get(one.id)
    if told is not None:
        yield what_if_table(context, f"table-what-if-{part}", outcome, told)


def _fit(context: Context, one: PlannedModel) -> list[str]:
    """How well the model fits, as far as it was diagnosed."""
    found = context.material.diagnoses.get(one.id)
    if found is None:
        return []
    f, w = context.f, context.w
    values = dict(zip(found.measures["measure"], found.measures["estimate"].map(float), strict=True))
    told = [
        w(key, value=f.number(values[measure], 2))
        for measure, key in FIT_MEASURES.items()
        if measure in values
    ]
    test = found.goodness_of_fit
    if test is not None and test.p_value == test.p_value:
        told.append(w("drivers.fit_test", p=f.p_phrase(float(test.p_value))))
    if len(found.collinearity):
        told.append(w("drivers.fit_vif", value=f.number(float(found.collinearity["inflation"].max()), 1)))
    return [w("drivers.fit", told=f.listing(told))] if told else []
