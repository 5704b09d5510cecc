"""Forms of violation: their shares of the register's cases beside those of the acts that respondents told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from netralstat.report import drawings
from netralstat.report.blocks import Block, Cell, Column, Heading, Row, Table
from netralstat.report.chapters.forms import ROLE_WORDS, ROLES, by_form
from netralstat.report.context import Context
from netralstat.report.register.counts import CaseCounts
from netralstat.report.register.provinces import both_sources
from netralstat.report.tables import HIGHER, LOWER, interval, is_hidden, records, value

if TYPE_CHECKING:
    from netralstat.ask.plan_register import Register

FIGURE, TABLE = "figure-register-forms", "table-register-forms"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """One form on both sides: cases and their share, and the share of acts as an estimate."""

    label: str
    cases: int
    share: float
    acts: dict[str, Any]

    @property
    def sign(self) -> str:
        """Whether the register's share lies above or below the interval of the survey's."""
        if self.share > self.acts["conf_high"]:
            return HIGHER
        return LOWER if self.share < self.acts["conf_low"] else ""


def form_blocks(context: Context, cases: CaseCounts, declared: Register) -> list[Block]:
    """A sentence, a picture and a table of the forms shown on both sides; nothing for fewer than two.

    Both compositions are made of printed numbers only, so that they give no hidden one away.
    """
    w = context.w
    table = by_form(context)
    role = next((role for role in reversed(ROLES) if any(role in rows for rows in table.values())), "")
    told = {form: rows[role] for form, rows in table.items() if role in rows and not is_hidden(rows[role])}
    forms = _both(context, cases, told)
    if len(forms) < 2:
        return []
    reading, acts = _reading(context, forms), w("register.acts", role=w(ROLE_WORDS[role]))
    source = both_sources(context, declared)
    return [
        Heading(id="register-by-form", text=w("register.by_form")),
        context.paragraph("register.form_opening", reading=reading),
        context.figure(
            FIGURE,
            w("register.form_figure"),
            drawings.dumbbell(context, _drawn(forms), [("register", w("register.register")), ("acts", acts)]),
            w("register.form_alt", reading=reading),
            notes=[w("register.form_note")],
            table=TABLE,
            source=source,
        ),
        _table(context, forms, acts, left_out=len(cases.forms) - len(forms), source=source),
    ]


def _both(context: Context, cases: CaseCounts, told: dict[str, dict[str, Any]]) -> list[_Form]:
    """The forms whose cases and acts are shown, the most frequent of the register first."""
    counts = {str(row["form"]): float(row["reported"]) for row in records(cases.forms)}
    shown = [form for form in told if not np.isnan(counts.get(form, np.nan))]
    whole = sum(counts[form] for form in shown)
    if len(shown) < 2 or whole == 0:
        return []
    estimates = context.material.estimates["forms"]
    places = [int(estimates.rows(item=told[form]["item"], level=told[form]["level"])[0]) for form in shown]
    acts = records(estimates.take(places).composition().to_frame())
    forms = [
        _Form(
            label=context.labels.item(str(row["item"])),
            cases=int(counts[form]),
            share=counts[form] / whole,
            acts=row,
        )
        for form, row in zip(shown, acts, strict=True)
    ]
    return sorted(forms, key=lambda form: -form.share)


def _table(context: Context, forms: list[_Form], acts: str, *, left_out: int, source: str) -> Table:
    w = context.w
    register = w("register.register")
    columns = (
        Column(key="form", label=w("forms.form"), kind="text"),
        Column(key="n", label=w("register.reported"), kind="count", group=register),
        Column(key="share", label=w("term.percent"), kind="percent", group=register),
        Column(key="acts", label=w("term.percent"), kind="percent", group=acts),
        Column(key="interval", label=context.ci, kind="interval", group=acts),
        Column(key="sign", label=w("register.against"), kind="sign"),
    )
    body = [
        Row(
            cells=(
                Cell(value=form.label),
                Cell(value=form.cases),
                Cell(value=form.share),
                value(form.acts, "estimate"),
                interval(form.acts),
                Cell(value=form.sign),
            )
        )
        for form in forms
    ]
    notes = [w("register.form_note"), w("register.form_signs", ci=context.ci)]
    if left_out:
        notes.append(w("register.form_left_out", n=left_out))
    title = w("register.form_figure")
    return context.table(TABLE, title, columns, body, notes=notes, figure=FIGURE, source=source)


def _drawn(forms: list[_Form]) -> pd.DataFrame:
    rows = []
    for form in forms:
        known = {"estimate": form.share, "conf_low": form.share, "conf_high": form.share}
        told = {key: form.acts[key] for key in ("estimate", "conf_low", "conf_high")}
        rows.append({"row_label": form.label, "series": "register", **known, "flag": ""})
        rows.append({"row_label": form.label, "series": "acts", **told, "flag": ""})
    return pd.DataFrame(rows)


def _reading(context: Context, forms: list[_Form]) -> str:
    """The most frequent form on either side, and the forms that weigh more in the register."""
    first, told = forms[0], max(forms, key=lambda form: float(form.acts["estimate"]))
    text = context.w(
        "register.form_same" if first is told else "register.form_reading",
        first=f"“{first.label}”",
        share=context.f.percent(first.share),
        told=f"“{told.label}”",
        acts=context.estimate(told.acts),
    )
    more = [f"“{form.label}”" for form in forms if form.sign == HIGHER]
    return f"{text} {context.w('register.form_more', named=context.f.listing(more))}" if more else text
