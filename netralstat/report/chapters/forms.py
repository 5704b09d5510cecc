"""The forms of violation: witnessed, asked of the respondent, done; found by the instrument's tags alone."""

from __future__ import annotations

from typing import Any

import pandas as pd

from netralstat.report import drawings
from netralstat.report.blocks import Block, Cell, Column, Paragraph, Row
from netralstat.report.context import Context
from netralstat.report.tables import interval, is_hidden, records, value

ROLES = ("witnessed", "asked", "done")


def write(context: Context) -> tuple[str, list[Block]]:
    """A dumbbell of the three roles and the full table."""
    title = context.w("forms.title")
    table = by_form(context)
    roles = [role for role in ROLES if any(role in rows for rows in table.values())]
    if not table or not roles:
        return title, [context.missing("forms.missing")]
    lead = roles[0]
    order = sorted(table, key=lambda form: -_shown(table[form].get(lead)))
    names = {form: _name(context, form, table[form]) for form in order}
    reading = _reading(context, [(names[form], table[form].get(lead)) for form in order], lead)
    drawn = pd.DataFrame(
        [
            {
                "row_label": names[form],
                "series": role,
                **{key: table[form][role][key] for key in ("estimate", "conf_low", "conf_high")},
                "flag": table[form][role]["flag"] if is_hidden(table[form][role]) else "",
            }
            for form in order
            for role in roles
            if role in table[form]
        ]
    )
    words = [(role, context.w(ROLE_WORDS[role])) for role in roles]
    opening = context.w("forms.opening", n=len(order), reading=reading)
    if all(is_hidden(row) for rows in table.values() for row in rows.values()):
        told = Paragraph(text=f"{opening} {context.w('forms.pointer_table')}")
        return title, [told, _table(context, order, names, table, roles, figure="")]
    return title, [
        Paragraph(text=f"{opening} {context.w('forms.pointer')}"),
        context.figure(
            "figure-forms",
            context.w("forms.figure"),
            drawings.dumbbell(context, drawn, words),
            context.w("forms.alt", n=len(order), reading=reading),
            notes=[context.w("note.interval", ci=context.ci)],
            table="table-forms",
        ),
        _table(context, order, names, table, roles, figure="figure-forms"),
    ]


ROLE_WORDS = {"witnessed": "forms.witnessed", "asked": "forms.asked", "done": "forms.done"}


def by_form(context: Context) -> dict[str, dict[str, dict[str, Any]]]:
    """Estimates by form number, then role, each with its item name under ``item``."""
    frame = context.frame("forms")
    if frame is None:
        return {}
    table: dict[str, dict[str, dict[str, Any]]] = {}
    for row in records(frame):
        role, form = _role(context, str(row["item"]))
        if role in ROLES and form and _affirmative(context, row):
            table.setdefault(form, {})[role] = row
    return table


def witnessed(context: Context) -> list[dict[str, Any]]:
    """Rows of the forms that respondents saw, each with its printed ``label``."""
    return [
        {**rows["witnessed"], "label": _name(context, form, rows)}
        for form, rows in by_form(context).items()
        if "witnessed" in rows
    ]


def _affirmative(context: Context, row: dict[str, Any]) -> bool:
    """Whether a row counts those to whom it happened: a 0/1 column, or the choice scored 1."""
    item, level = str(row["item"]), str(row["level"])
    if level == "1":
        return True
    return any(
        choice.name == level and choice.score == 1
        for choice in context.material.instrument.item(item).choices
    )


def _role(context: Context, item: str) -> tuple[str, str]:
    """The tag ``role`` of an item, and the number of its form."""
    instrument = context.material.instrument
    parent, slash, choice = item.partition("/")
    if parent not in instrument:
        return "", ""
    asked = instrument.item(parent)
    tags = asked.choice(choice).tags if slash else asked.tags
    return asked.tags.get("role", ""), tags.get("form", "")


def _name(context: Context, form: str, rows: dict[str, dict[str, Any]]) -> str:
    """The shortest name that the instrument has for a form: a choice's label before a question's."""
    items = [str(row["item"]) for row in rows.values()]
    for item in items:
        if "/" in item:
            return context.labels.item(item)
    choice = _choice_of_form(context, form)
    return choice or context.labels.item(items[0])


def _choice_of_form(context: Context, form: str) -> str:
    for item in context.material.instrument.items:
        for choice in item.choices:
            if choice.tags.get("form") == form:
                return context.labels.item(f"{item.name}/{choice.name}")
    return ""


def _shown(row: dict[str, Any] | None) -> float:
    return -1.0 if row is None or is_hidden(row) else float(row["estimate"])


def _reading(context: Context, rows: list[tuple[str, dict[str, Any] | None]], role: str) -> str:
    shown = [(name, row) for name, row in rows if row is not None and not is_hidden(row)]
    if not shown:
        return context.w("forms.all_hidden")
    (most, high), (least, low) = shown[0], shown[-1]
    return context.w(
        "forms.extremes" if len(shown) > 1 else "forms.only",
        role=context.w(ROLE_WORDS[role]),
        most=most,
        high=context.f.percent(high["estimate"]),
        least=least,
        low=context.f.percent(low["estimate"]),
    )


def _table(
    context: Context,
    order: list[str],
    names: dict[str, str],
    table: dict[str, dict[str, dict[str, Any]]],
    roles: list[str],
    *,
    figure: str,
) -> Block:
    w = context.w
    columns = [
        Column(key="form", label=w("forms.number"), kind="code"),
        Column(key="label", label=w("forms.form"), kind="text"),
    ]
    for role in roles:
        group = w(ROLE_WORDS[role])
        columns.append(Column(key=f"{role}_estimate", label=w("term.percent"), kind="percent", group=group))
        columns.append(Column(key=f"{role}_interval", label=context.ci, kind="interval", group=group))
    body = []
    for form in order:
        cells = [Cell(value=form), Cell(value=names[form])]
        for role in roles:
            row = table[form].get(role)
            cells += [Cell(), Cell()] if row is None else [value(row, "estimate"), interval(row)]
        body.append(Row(cells=tuple(cells)))
    largest = {
        role: max((int(rows[role]["n"]) for rows in table.values() if role in rows), default=0)
        for role in roles
    }
    told = context.f.listing([f"{w(ROLE_WORDS[role])} {context.f.count(n)}" for role, n in largest.items()])
    return context.table(
        "table-forms",
        w("forms.table"),
        columns,
        body,
        notes=[w("forms.note", n=told), w("note.short_columns", ci=context.ci)],
        figure=figure,
    )
