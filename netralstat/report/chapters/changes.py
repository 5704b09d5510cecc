"""Change since earlier waves: levels and differences, a figure of the series, and where it is broken."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pandas as pd

from netralstat.report.blocks import Block, Cell, Column, Note, Paragraph, Row
from netralstat.report.context import Context
from netralstat.report.earlier import Changes, Round, decimal_year
from netralstat.report.series_breaks import Break, Wording
from netralstat.report.tables import count, group_row, interval, is_hidden, records, value

MOST_SERIES = 3
MOST_NAMED = 5
KIND_WORDS = {
    "definition": "changes.definition",
    "question": "changes.question",
    "base": "changes.base",
    "choices": "changes.choices",
    "wording": "changes.wording",
    "order": "changes.order",
    "provinces": "changes.provinces",
    "coverage": "changes.coverage",
    "mode": "changes.mode",
    "declared": "changes.declared",
}
MARK_WORDS = {
    "definition": "changes.mark_definition",
    "question": "changes.mark_question",
    "base": "changes.mark_base",
    "choices": "changes.mark_choices",
    "wording": "changes.mark_wording",
    "order": "changes.mark_order",
    "provinces": "changes.mark_provinces",
    "coverage": "changes.mark_coverage",
    "mode": "changes.mark_mode",
}

Key = tuple[str, str]
Answers = dict[Key, dict[str, Any]]


def write(context: Context) -> tuple[str, list[Block]]:
    """What changed since the latest wave in sentences; then the figure, the table and the breaks."""
    w, title, changes = context.w, context.w("changes.title"), context.material.changes
    if changes is None:
        return title, [context.missing("changes.missing")]
    levels = {one.id: _answers(context, one.levels) for one in changes.rounds}
    levels[changes.now.id] = _answers(context, "headline")
    keys = list(levels[changes.now.id])
    if not any(key in levels[one.id] for key in keys for one in changes.rounds):
        waves = context.f.listing([_name(context, changes, one) for one in changes.rounds])
        return title, [context.missing("changes.none_shared", waves=waves)]
    told = _reading(context, changes, keys)
    blocks: list[Block] = [Paragraph(text=text) for text in told]
    blocks.append(Note(text=w("changes.independent")))
    if context.material.synthetic:
        blocks.append(Note(text=w("changes.synthetic")))
    blocks += _figure(context, changes, keys, levels)
    blocks.append(_table(context, changes, keys, levels))
    blocks += _breaks(context, changes)
    return title, blocks


def _answers(context: Context, table: str) -> Answers:
    """Rows of a table by item and level."""
    frame = context.frame(table)
    rows = records(frame) if frame is not None else []
    return {(str(row["item"]), str(row["level"])): row for row in rows}


def _name(context: Context, changes: Changes, one: Round) -> str:
    """The year of a wave; the day where two waves are of the same year."""
    years = [each.day.year for each in (*changes.rounds, changes.now)]
    return str(one.day.year) if len(set(years)) == len(years) else context.f.day(one.day)


def _label(context: Context, key: Key) -> str:
    item, level = key
    label = context.labels.item(item)
    return label if level == "1" else f"{label}: {context.labels.level(item, level)}"


# ------------------------------------------------------------------------------------------- sentences
def _reading(context: Context, changes: Changes, keys: list[Key]) -> list[str]:
    """A sentence for each significant change since the latest wave, one for the others, one for breaks."""
    latest = changes.rounds[-1]
    wave, found = _name(context, changes, latest), _answers(context, latest.change)
    told, steady = [], []
    for key in keys:
        row = found.get(key)
        if row is None or is_hidden(row) or row["p_adjusted"] != row["p_adjusted"]:
            continue
        if not _significant(context, row):
            steady.append(_label(context, key))
            continue
        told.append(
            context.w(
                "changes.rose" if row["estimate"] > 0 else "changes.fell",
                label=_label(context, key),
                points=context.f.share(abs(float(row["estimate"]))),
                wave=wave,
                ci=context.ci,
                interval=context.f.interval(float(row["conf_low"]), float(row["conf_high"])),
                p=context.f.p_phrase(float(row["p_adjusted"])),
            )
        )
    if steady:
        told.append(context.w("changes.steady", labels=context.f.listing(steady), wave=wave))
    broken = [_label(context, key) for key in keys if changes.broken(latest.id, key[0])]
    if broken:
        told.append(context.w("changes.not_compared", labels=context.f.listing(broken), wave=wave))
    return told or [context.w("changes.nothing_shown", wave=wave)]


def _significant(context: Context, row: dict[str, Any]) -> bool:
    return bool(row["p_adjusted"] < 1 - context.level)


# ------------------------------------------------------------------------------------------- table
def _table(context: Context, changes: Changes, keys: list[Key], levels: dict[str, Answers]) -> Block:
    w = context.w
    columns = (
        Column(key="wave", label=w("changes.wave"), kind="text"),
        Column(key="n", label=w("term.n"), kind="count"),
        Column(key="estimate", label=w("term.percent"), kind="percent"),
        Column(key="interval", label=context.ci, kind="interval"),
        Column(key="change", label=w("changes.change"), kind="points"),
        Column(key="change_interval", label=w("changes.change_interval", ci=context.ci), kind="interval"),
        Column(key="p_value", label=w("changes.p_value"), kind="p_value"),
        Column(key="verdict", label=w("changes.verdict"), kind="text"),
    )
    found = {one.id: _answers(context, one.change) for one in changes.rounds}
    body: list[Row] = []
    for key in keys:
        body.append(group_row(_label(context, key), len(columns)))
        for one in changes.rounds:
            level, change = levels[one.id].get(key), found[one.id].get(key)
            body.append(_row(context, changes, one, key, level, change))
        row = levels[changes.now.id][key]
        cells = [count(row), value(row, "estimate"), interval(row)]
        rest = (Cell(), Cell(), Cell(), Cell(value=w("changes.this_wave")))
        body.append(Row(cells=(Cell(value=_name(context, changes, changes.now)), *cells, *rest)))
    notes = [w("changes.note"), w("changes.holm", level=context.f.percent(context.level, 0))]
    rounds = (*changes.rounds, changes.now)
    notes += [
        w("changes.wave_note", wave=_name(context, changes, one), title=one.title[context.language])
        for one in rounds
    ]
    notes += [
        w("changes.stricter", wave=_name(context, changes, one), n=one.min_respondents)
        for one in changes.rounds
        if one.min_respondents > changes.now.min_respondents
    ]
    return context.table(
        "table-changes", w("changes.table"), columns, body, notes=notes, figure=_figure_id(context)
    )


def _figure_id(context: Context) -> str:
    return "figure-changes" if "figure-changes" in context.references else ""


def _row(
    context: Context,
    changes: Changes,
    one: Round,
    key: Key,
    level: dict[str, Any] | None,
    change: dict[str, Any] | None,
) -> Row:
    """One earlier wave of an indicator, and how much this wave differs from it."""
    w, wave = context.w, Cell(value=_name(context, changes, one))
    if level is None:
        lacking = w("changes.lacks" if key[0] in one.lacks else "changes.lacks_level")
        return Row(cells=(wave, *(Cell() for _ in range(6)), Cell(value=lacking)))
    shown = (wave, count(level), value(level, "estimate"), interval(level))
    if change is None:
        key_word = "changes.broken" if changes.broken(one.id, key[0]) else "changes.not_tested"
        return Row(cells=(*shown, Cell(), Cell(), Cell(), Cell(value=w(key_word))))
    if is_hidden(change):
        hidden = (value(change, "estimate"), Cell(), Cell(), Cell(value=w("changes.hidden")))
        return Row(cells=(*shown, *hidden))
    p_value = value(change, "p_adjusted")
    verdict = w("changes.not_tested")
    if p_value.value is not None:
        verdict = w("changes.no_significant")
        if _significant(context, change):
            verdict = w("changes.increase" if change["estimate"] > 0 else "changes.decrease")
    return Row(cells=(*shown, value(change, "estimate"), interval(change), p_value, Cell(value=verdict)))


# ------------------------------------------------------------------------------------------- figure
def _figure(context: Context, changes: Changes, keys: list[Key], levels: dict[str, Answers]) -> list[Block]:
    """The first indicators that two waves show, as lines; breaks of these are marked."""
    from netralstat.report import drawings

    rounds = (*changes.rounds, changes.now)
    drawn = [key for key in keys if len(_shown(rounds, levels, key)) > 1][:MOST_SERIES]
    if not drawn:
        return []
    frame = pd.DataFrame([_point(context, changes, one, key, levels) for key in drawn for one in rounds])
    names = {key: _label(context, key) for key in drawn}
    alt = " ".join(
        context.w(
            "changes.alt",
            label=names[key],
            values=context.f.listing(
                [_told(context, changes, one, levels[one.id][key]) for one in _shown(rounds, levels, key)]
            ),
        )
        for key in drawn
    )
    marks = _marks(context, changes, {item for item, _ in drawn})
    picture = drawings.trend(context, frame, [("/".join(key), names[key]) for key in drawn], marks)
    notes = [context.w("changes.others", n=len(keys) - len(drawn))] if len(keys) > len(drawn) else []
    return [
        context.figure(
            "figure-changes",
            context.w("changes.figure"),
            picture,
            alt,
            notes=[*notes, *([context.w("changes.marks")] if marks else [])],
            table="table-changes",
        )
    ]


def _told(context: Context, changes: Changes, one: Round, row: dict[str, Any]) -> str:
    return f"{_name(context, changes, one)} {context.f.percent(float(row['estimate']))}"


def _shown(rounds: tuple[Round, ...], levels: dict[str, Answers], key: Key) -> list[Round]:
    return [one for one in rounds if key in levels[one.id] and not is_hidden(levels[one.id][key])]


def _point(
    context: Context, changes: Changes, one: Round, key: Key, levels: dict[str, Answers]
) -> dict[str, Any]:
    row = levels[one.id].get(key)
    numbers = ("estimate", "conf_low", "conf_high")
    hidden = row is None or is_hidden(row)
    return {
        "series": "/".join(key),
        "time": one.time,
        "wave_label": _name(context, changes, one),
        **{name: float("nan") if hidden or row is None else float(row[name]) for name in numbers},
    }


def _marks(context: Context, changes: Changes, drawn: set[str]) -> list[tuple[float, str]]:
    """Where the figure is marked: half-way between two waves what differs, and declared breaks on their day.

    What an earlier wave differs in from this one, and the next wave does as well, came after that next wave.
    """
    rounds = (*changes.rounds, changes.now)
    first, last = rounds[0].time, rounds[-1].time
    marks: dict[float, list[str]] = {}
    for one, following in pairwise(rounds):
        later = [_compared(mark) for mark in changes.breaks if mark.since == following.id]
        for mark in changes.breaks:
            if mark.since != one.id or not drawn & set(mark.indicators):
                continue
            if mark.day is not None:
                if first < (at := decimal_year(mark.day)) < last:
                    marks.setdefault(at, []).append(mark.after[context.language])
            elif _compared(mark) not in later:
                at = (one.time + following.time) / 2
                word = context.w(MARK_WORDS[mark.kind], after=mark.after.get(context.language, ""))
                marks.setdefault(at, []).append(word)
    return [(at, "; ".join(dict.fromkeys(words))) for at, words in sorted(marks.items())]


def _compared(mark: Break) -> tuple[object, ...]:
    return (mark.kind, mark.items, tuple(mark.before.items()), mark.wordings, mark.indicators)


# ------------------------------------------------------------------------------------------- breaks
def _breaks(context: Context, changes: Changes) -> list[Block]:
    """What the waves differ in, in words; then every wording that changed."""
    w = context.w
    if not changes.breaks:
        return [context.paragraph("changes.no_breaks")]
    columns = (
        Column(key="wave", label=w("changes.since"), kind="text"),
        Column(key="what", label=w("changes.what"), kind="text"),
        Column(key="concerns", label=w("changes.concerns"), kind="text"),
        Column(key="meaning", label=w("changes.meaning"), kind="text"),
    )
    headline = {item for item, _ in _answers(context, "headline")}
    body = []
    for mark in changes.breaks:
        since = next(one for one in changes.rounds if one.id == mark.since)
        every = set(mark.indicators) == headline and len(headline) > 1
        concerned = context.f.listing([context.labels.item(name) for name in mark.indicators])
        concerned = w("changes.every_indicator") if every else concerned
        meaning = w("changes.means_break" if mark.severity == "breaks" else "changes.means_caution")
        texts = (_name(context, changes, since), _what(context, mark), concerned, meaning)
        body.append(Row(cells=tuple(Cell(value=text) for text in texts)))
    blocks: list[Block] = [
        context.paragraph("changes.breaks_opening"),
        context.table("table-breaks", w("changes.breaks"), columns, body),
    ]
    return [*blocks, *_wordings(context, changes)]


def _what(context: Context, mark: Break) -> str:
    """One difference in words, with the items it concerns."""
    language, items = context.language, [context.labels.within(item) for item in mark.items]
    named = context.f.listing(items[:MOST_NAMED])
    if len(items) > MOST_NAMED:
        named = context.w("changes.and_more", items=", ".join(items[:MOST_NAMED]), n=len(items) - MOST_NAMED)
    return context.w(
        KIND_WORDS[mark.kind],
        items=named,
        before=mark.before.get(language, ""),
        after=mark.after.get(language, ""),
        day=context.f.day(mark.day) if mark.day is not None else "",
    )


def _wordings(context: Context, changes: Changes) -> list[Block]:
    w = context.w
    rows: dict[Wording, list[str]] = {}
    for mark in changes.breaks:
        since = next(one for one in changes.rounds if one.id == mark.since)
        for wording in mark.wordings:
            rows.setdefault(wording, []).append(_name(context, changes, since))
    if not rows:
        return []
    columns = (
        Column(key="item", label=w("changes.item"), kind="code"),
        Column(key="wave", label=w("changes.since"), kind="text"),
        Column(key="language", label=w("changes.language"), kind="text"),
        Column(key="before", label=w("changes.before"), kind="text"),
        Column(key="after", label=w("changes.after"), kind="text"),
    )
    body = []
    for wording, waves in rows.items():
        texts = (
            wording.subject,
            context.f.listing(list(dict.fromkeys(waves))),
            context.language_name(wording.language),
            wording.before or "–",
            wording.after or "–",
        )
        body.append(Row(cells=tuple(Cell(value=text) for text in texts)))
    return [context.table("table-wordings", w("changes.wordings"), columns, body)]
