"""The codes of a LimeSurvey survey in the words of the form, by its structure file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from netralstat.ask.instrument import Instrument, Item
from netralstat.ask.plan_collect import Source
from netralstat.collect.dialects.code_map import (
    OTHER,
    CodeMap,
    ToolChoice,
    declared_choices,
    labelled_item,
    match_choices,
    named_item,
    told,
)
from netralstat.collect.dialects.limesurvey_structure import (
    Question,
    broken,
    questions_of_lss,
    questions_of_text,
)
from netralstat.errors import PlanError

_MULTIPLE = ("M", "P")
_LISTS = ("L", "!", "O")
_ARRAYS = ("F", "H", "A", "B", "C", "E")
_NO_ANSWER = ("X", "|")  # a text display and a file


def _fixed(**labels: str) -> tuple[ToolChoice, ...]:
    return tuple(ToolChoice(code=code, labels={"en": text}) for code, text in labels.items())


def _points(last: int) -> tuple[ToolChoice, ...]:
    return tuple(ToolChoice(code=str(point)) for point in range(1, last + 1))


_FIXED: Mapping[str, tuple[ToolChoice, ...]] = {
    "Y": _fixed(Y="Yes", N="No"),
    "G": _fixed(M="Male", F="Female"),
    "C": _fixed(Y="Yes", U="Uncertain", N="No"),
    "E": _fixed(I="Increase", S="Same", D="Decrease"),
    "5": _points(5),
    "A": _points(5),
    "B": _points(10),
}


def read_codes(raw: bytes, source: Source, instrument: Instrument) -> CodeMap:
    """Say which item and choice every code of LimeSurvey stands for.

    Parameters
    ----------
    raw : bytes
        The file that `structure` names: .lss, .txt, or a map of codes in .json.
    source : Source
        Its `columns` name the item of a question, or the choice of an answer ("question[answer]"), that
        cannot be matched.
    instrument : Instrument
        The items and choices to find.

    Raises
    ------
    ResponseError
        The file is broken.
    PlanError
        A question is of another kind than its item, or an answer matches no choice; all are listed.

    Notes
    -----
    LimeSurvey's codes have no underscores, so a question is the item whose name, without them, is its code;
    a part of an array may also be the item that is worded like it. An answer is the choice with its label,
    else with its code. The codes of the types Y, G, C, E, 5, A and B are fixed.

    Source
    ------
    LimeSurvey 6, application/helpers/admin/export/SurveyObj.php (getFullAnswer: the fixed codes).
    """
    where = str(source.structure)
    suffix = where.lower().rpartition(".")[2]
    if suffix == "json":
        return _map_of_json(raw, source, instrument)
    if suffix == "lss":
        return _matched(questions_of_lss(raw, where), source, instrument)
    if suffix in ("txt", "tsv"):
        return _matched(questions_of_text(raw, where), source, instrument)
    raise PlanError(
        f'the structure of a LimeSurvey survey is .lss, .txt or .json, not ".{suffix}".',
        where=f"collect.sources, structure of {source.path}",
        do="export it in LimeSurvey: Export, Survey structure (.lss)",
    )


def _matched(questions: Sequence[Question], source: Source, instrument: Instrument) -> CodeMap:
    items: dict[str, str] = {}
    choices: dict[str, dict[str, str]] = {}
    problems: list[str] = []
    declared = declared_choices(source)
    for question in questions:
        offered = _offered(question)
        for header, item in _places(question, source, instrument):
            items[header] = item.name
            if not offered:
                continue
            if item.kind != _kind(question):
                told_kind = f"of type {question.kind}, item {item.name} is {item.kind}"
                problems.append(f"question {header} is {told_kind}")
                continue
            found, lost = match_choices(item, offered, source.language)
            choices[item.name] = found
            problems += [
                f"answer {code} of question {header} is no choice of {item.name}, or not it alone"
                for code in lost
                if code not in declared.get(item.name, {})
            ]
    if problems:
        count = "1 code" if len(problems) == 1 else f"{len(problems)} codes"
        raise PlanError(
            f"{count} of the LimeSurvey survey cannot be matched with the instrument:\n{told(problems)}",
            where=f"collect.sources, structure {source.structure}",
            do='say in columns what each stands for, as "question[answer]" = "item/choice", '
            "or name the right structure file",
        )
    return CodeMap(items=items, choices=choices, declared=declared)


def _places(question: Question, source: Source, instrument: Instrument) -> Iterator[tuple[str, Item]]:
    """The headers of a question (one for each part of an array) that have an item."""
    if question.kind in _NO_ANSWER:
        return
    parts = question.subquestions if question.kind in _ARRAYS else (None,)
    for part in parts:
        header = question.code if part is None else f"{question.code}[{part.code}]"
        declared = source.columns.get(header, "")
        item = instrument.item(declared) if declared in instrument else None
        if item is None and part is None:
            item = named_item(instrument, question.code)
        elif item is None and part is not None:
            item = named_item(instrument, question.code + part.code, part.code)
            item = item or labelled_item(instrument, part.labels, source.language)
        if item is not None:
            yield header, item


def _offered(question: Question) -> tuple[ToolChoice, ...]:
    other = (ToolChoice(code=OTHER),) if question.other else ()
    if question.kind in _MULTIPLE:
        return (*question.subquestions, *other)
    if question.kind in _LISTS:
        return (*question.answers, *other)
    if question.kind in ("F", "H", "R"):
        return question.answers
    return _FIXED.get(question.kind, ())


def _kind(question: Question) -> str:
    return (
        "select_multiple" if question.kind in _MULTIPLE else "rank" if question.kind == "R" else "select_one"
    )


def _map_of_json(raw: bytes, source: Source, instrument: Instrument) -> CodeMap:
    """A map of codes: {"questions": {code: item}, "answers": {list or item: {code: choice}}}."""
    where = str(source.structure)
    questions, answers = _read_json(raw, where)
    absent = sorted({name for name in questions.values() if name not in instrument})
    problems = [f"{name} is no item of the instrument" for name in absent]
    choices: dict[str, Mapping[str, str]] = {}
    for item in instrument.items:
        own = {choice.name for choice in item.choices}
        table = answers.get(item.name, answers.get(item.list_name or "", {}))
        strange = sorted(set(table.values()) - own)
        problems += [f"{name} is no choice of item {item.name}" for name in strange if own]
        if table and own:
            choices[item.name] = table
    if problems:
        raise PlanError(
            f"the map of codes does not fit the instrument:\n{told(problems)}",
            where=where,
            do="correct the map; a list of answers bears the name of a choice list or of an item",
        )
    return CodeMap(items=questions, choices=choices, declared=declared_choices(source))


def _read_json(raw: bytes, where: str) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError("a key stands twice")
        return found

    try:
        data = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=once)
    except (ValueError, RecursionError) as problem:
        raise broken(f"is no map of codes in JSON ({type(problem).__name__})", where) from problem
    if not isinstance(data, dict) or not data.keys() <= {"questions", "answers"}:
        raise broken('needs the tables "questions" and "answers", and no other', where)
    questions, answers = data.get("questions", {}), data.get("answers", {})
    tables = [questions, *answers.values()] if isinstance(answers, dict) else [answers]
    for table in tables:
        if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
            raise broken("may hold texts only: code = item, and code = choice by list", where)
    return questions, answers
