"""About this survey: the method box, generated from the design so that it cannot say anything else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from scipy.special import stdtrit

from netralstat.ask.documents.sections import numbered
from netralstat.report.blocks import Block, Box
from netralstat.report.context import Context
from netralstat.report.imprint import imprint
from netralstat.report.tables import is_hidden, records

if TYPE_CHECKING:
    from netralstat.ask.plan_ask import Words
    from netralstat.ask.plan_sections import Margin

INTERVALS = {
    None: "about.interval_default",
    "logit": "about.interval_logit",
    "wald": "about.interval_wald",
    "beta": "about.interval_beta",
    "wilson": "about.interval_wilson",
    "asin": "about.interval_asin",
    "likelihood": "about.interval_likelihood",
    "pooled": "about.interval_pooled",
}
METHODS = {
    "raking": "about.raking",
    "linear": "about.linear",
    "logit": "about.logit",
    "poststratification": "about.poststratification",
}


def write(context: Context) -> tuple[str, list[Block]]:
    """Population, design, fieldwork, response, weights, precision; then every definition."""
    w = context.w
    plan = context.material.plan
    entries = [
        (w("about.institution"), plan.report.institution[context.language]),
        (w("about.sponsor"), _stated(context, plan.report.sponsor)),
        (w("about.population"), _population(context)),
        (w("about.frame"), _frame(context)),
        (w("about.sample"), _sample(context)),
        (w("about.mode"), _stated(context, plan.report.mode)),
        (w("about.questionnaire"), _questionnaire(context)),
        (w("about.fieldwork"), _fieldwork(context)),
        (w("about.respondents"), _respondents(context)),
        (w("about.checks"), _checks(context)),
        (w("about.weights"), _weights(context)),
        (w("about.precision"), _precision(context)),
        (w("about.hidden"), w("about.hidden_text", n=plan.report.min_respondents)),
        (w("about.limitations"), _limitations(context)),
        (w("about.contact"), plan.report.contact or w("about.not_stated")),
        (w("about.edition"), imprint(context)),
    ]
    blocks: list[Block] = [
        context.paragraph("about.opening"),
        Box(id="box-about", title=w("about.box"), entries=tuple(entries)),
    ]
    defined = _definitions(context)
    if defined:
        blocks.append(Box(id="box-definitions", title=w("about.definitions"), entries=tuple(defined)))
    return w("about.title"), blocks


def _stated(context: Context, words: Words | None) -> str:
    """The institution's own words; where it has none, that it does not say."""
    return words[context.language] if words is not None else context.w("about.not_stated")


def _frame(context: Context) -> str:
    """Where the sample came from: the table of strata, or that only weights are known."""
    design, f = context.material.plan.design, context.f
    if design.frame is None:
        return context.w("about.frame_unknown")
    return context.w(
        "about.frame_text",
        keys=" × ".join(context.labels.within(name) for name in design.frame.keys),
        strata=f.count(context.material.weighting.n_strata),
    )


def _questionnaire(context: Context) -> str:
    instrument = context.material.instrument
    text = context.w(
        "about.questionnaire_text",
        n=len(numbered(instrument)),
        form=instrument.id,
        version=instrument.version,
        languages=context.f.listing([context.language_name(code) for code in instrument.languages]),
    )
    pointer = context.w("about.questionnaire_pointer") if context.prints("questionnaire") else ""
    return f"{text} {pointer}".strip()


def _checks(context: Context) -> str:
    """What became of the records that were read."""
    fieldwork, f = context.material.fieldwork, context.f
    return context.w(
        "about.checks_text",
        rejected=f.count(fieldwork.n_rejected),
        rules=f.count(len(fieldwork.rejected_by_rule)),
        remarks=f.count(sum(fieldwork.findings_by_rule.values())),
    )


def _limitations(context: Context) -> str:
    given = [text[context.language] for text in context.material.plan.report.limitations]
    return " ".join([*(given or [context.w("about.not_stated_limits")]), context.w("about.limits_general")])


def margin_of_error(context: Context) -> tuple[float, float]:
    """Half the interval of a share of 50 % among all respondents, and the design effect it assumes.

    Formula      t · sqrt(deff · 0.25 / n), with the largest deff among the headline figures and Kish's.
    """
    weighting, n = context.material.weighting, context.material.fieldwork.n_accepted
    deffs = [float(weighting.deff_kish)]
    for name in ("headline", "means"):
        frame = context.frame(name)
        if frame is not None:
            deffs += [float(row["deff"]) for row in records(frame) if not is_hidden(row)]
    deff = max(value for value in deffs if not math.isnan(value))
    t = float(stdtrit(weighting.df, 1 - (1 - context.level) / 2))
    return t * math.sqrt(deff * 0.25 / n), deff


def _population(context: Context) -> str:
    described = context.material.plan.design.population
    text = described[context.language].rstrip(".") if described is not None else context.w("about.unstated")
    return context.w(
        "about.population_text",
        described=text[:1].upper() + text[1:],
        size=context.f.count(context.material.weighting.population),
    )


def _sample(context: Context) -> str:
    w, weighting, design = context.w, context.material.weighting, context.material.plan.design
    clusters = weighting.n_psu is not None and design.psu is not None
    if weighting.n_strata > 1:
        key = "about.stratified_clusters" if clusters else "about.stratified"
    else:
        key = "about.clusters" if clusters else "about.simple"
    fields = {"strata": context.f.count(weighting.n_strata), "psu": context.f.count(weighting.n_psu or 0)}
    text = w(key, **fields)
    keys = design.frame.keys if design.frame is not None else design.stratum
    if keys and weighting.n_strata > 1:
        named = " × ".join(context.labels.within(name) for name in keys)
        text = f"{text} {w('about.strata_are', named=named)}"
    return text


def _fieldwork(context: Context) -> str:
    fieldwork = context.material.fieldwork
    if fieldwork.start is None or fieldwork.end is None:
        return context.w("about.no_dates")
    return context.f.period(fieldwork.start, fieldwork.end)


def _respondents(context: Context) -> str:
    fieldwork, f = context.material.fieldwork, context.f
    rate = fieldwork.response_rate
    accepted, read = f.count(fieldwork.n_accepted), f.count(fieldwork.n_read)
    if rate is None:
        return context.w("about.respondents_text", accepted=accepted, read=read)
    return context.w(
        "about.respondents_rate",
        accepted=accepted,
        read=read,
        selected=f.count(fieldwork.n_selected or 0),
        rate=f.percent(rate),
    )


def _weights(context: Context) -> str:
    w, weighting, plan = context.w, context.material.weighting, context.material.plan
    base = "about.base_frame" if plan.design.frame is not None else "about.base_column"
    told = [w(base, column=plan.design.weight or "")]
    if weighting.nonresponse == "stratum":
        told.append(w("about.nonresponse"))
    if weighting.method in METHODS and plan.design.margins:
        told.append(w(METHODS[weighting.method], margins=_margins(context, plan.design.margins)))
    else:
        told.append(w("about.uncalibrated"))
    told.append(
        w(
            "about.spread",
            low=context.f.number(weighting.weight_min),
            high=context.f.number(weighting.weight_max),
            deff=context.f.number(weighting.deff_kish),
        )
    )
    return " ".join(told)


def _margins(context: Context, margins: Sequence[Margin]) -> str:
    """The margins by their date and source, each pair of which is told once."""
    told: dict[tuple[str, str], list[str]] = {}
    for margin in margins:
        key = (context.f.day(margin.date), margin.source[context.language])
        told.setdefault(key, []).append(" × ".join(context.labels.within(name) for name in margin.items))
    return "; ".join(
        context.w("about.margin", items=context.f.listing(names), date=date, source=source)
        for (date, source), names in told.items()
    )


def _precision(context: Context) -> str:
    half, deff = margin_of_error(context)
    return context.w(
        "about.precision_text",
        half=context.f.share(half),
        level=context.f.percent(context.level, 0),
        deff=context.f.number(deff),
        df=context.f.degrees(context.material.weighting.df),
        interval=context.w(INTERVALS[context.material.plan.estimate.interval]),
    )


def _definitions(context: Context) -> list[tuple[str, str]]:
    """Each indicator that any table prints, with its definition; domains that are recodes included."""
    plan, printed = context.material.plan, set[str]()
    for table in context.material.estimates.values():
        printed |= set(table.items) | set(table.by)
    for model in context.material.models.values():
        printed |= {str(name) for name in model.to_frame()["variable"]} | {model.outcome}
    entries: list[tuple[str, Any]] = [
        (indicator.label[context.language], indicator.definition[context.language])
        for name, indicator in plan.ask.indicators.items()
        if name in printed
    ]
    return entries
