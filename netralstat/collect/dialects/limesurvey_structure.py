"""The questions of a LimeSurvey survey, out of its .lss or its tab-separated .txt structure file."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from netralstat.collect.dialects.code_map import ToolChoice
from netralstat.errors import ResponseError

FIRST_SCALE = ("", "0")
_TABLES = ("questions", "subquestions", "question_l10ns", "answers", "answer_l10ns")
_ROW_LEVEL, _DEEPEST = 4, 20  # document, table, rows, row


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question as LimeSurvey defines it.

    Attributes
    ----------
    code : str
        Its code, which heads its columns.
    kind : str
        LimeSurvey's letter for its type: M is a multiple choice, L a list, F an array, R a ranking.
    other : bool
        Whether it offers an answer in the respondent's own words.
    answers, subquestions : tuple of ToolChoice
        In the order of the survey.
    """

    code: str
    kind: str
    other: bool = False
    answers: tuple[ToolChoice, ...] = ()
    subquestions: tuple[ToolChoice, ...] = ()


def questions_of_lss(raw: bytes, where: str) -> list[Question]:
    """Read the tables questions, subquestions and answers, and those of wordings (LimeSurvey 4 on).

    Raises
    ------
    ResponseError
        The file is no XML, declares a document type or entities, or holds no questions.

    Source
    ------
    LimeSurvey 6, application/helpers/export_helper.php, surveyGetXMLStructure: each table has rows, each row
    a cell a field. Until LimeSurvey 3 the wording stands in the rows, one row a language.
    """
    tables = _tables(raw, where)
    asked = {row["qid"]: row for row in tables["questions"] + tables["subquestions"] if row.get("qid")}
    if not asked or any(not row.get("title") for row in asked.values()):
        raise broken("holds no questions with codes", where)
    wording: dict[str, dict[str, str]] = {qid: {} for qid in asked}
    for row in tables["questions"] + tables["subquestions"] + tables["question_l10ns"]:
        if row.get("language") and row.get("qid") in wording:
            wording[row["qid"]][row["language"]] = row.get("question", "")
    parts: dict[str, list[ToolChoice]] = defaultdict(list)
    for qid, row in asked.items():
        if row.get("scale_id", "0") in FIRST_SCALE:
            parts[row.get("parent_qid", "0")].append(ToolChoice(code=row["title"], labels=wording[qid]))
    answers: dict[str, list[ToolChoice]] = defaultdict(list)
    for (qid, code), labels in _answers(tables).items():
        answers[qid].append(ToolChoice(code=code, labels=labels))
    return [
        Question(
            code=row["title"],
            kind=row.get("type", ""),
            other=row.get("other") == "Y",
            answers=tuple(answers[qid]),
            subquestions=tuple(parts[qid]),
        )
        for qid, row in asked.items()
        if row.get("parent_qid", "0") in FIRST_SCALE
    ]


def _tables(raw: bytes, where: str) -> dict[str, list[dict[str, str]]]:
    """The rows of the tables that tell codes, each field by its name; the rest of the file is passed over."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, iterparse

    found: dict[str, list[dict[str, str]]] = {name: [] for name in _TABLES}
    path: list[str] = []
    try:
        for event, node in iterparse(io.BytesIO(raw), events=("start", "end"), forbid_dtd=True):
            if event == "start":
                path.append(node.tag)
                if len(path) > _DEEPEST:
                    raise broken(f"nests more than {_DEEPEST} levels deep, and no .lss does", where)
                continue
            if len(path) == _ROW_LEVEL and path[1] in found and path[2:] == ["rows", "row"]:
                found[path[1]].append({cell.tag: cell.text or "" for cell in node})
            if len(path) <= _ROW_LEVEL:
                node.clear()
            path.pop()
    except DefusedXmlException as problem:
        raise broken("declares a document type or entities, and no .lss does", where) from problem
    except (ParseError, ValueError, LookupError) as problem:
        raise broken(f"is no XML that can be read ({type(problem).__name__})", where) from problem
    return found


def _answers(tables: Mapping[str, list[dict[str, str]]]) -> dict[tuple[str, str], dict[str, str]]:
    """The wording of every answer of the first scale, by its question's number and its code."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    by_number: dict[str, tuple[str, str]] = {}
    for row in tables["answers"]:
        if row.get("scale_id", "0") in FIRST_SCALE:
            key = (row.get("qid", ""), row.get("code", ""))
            labels = found.setdefault(key, {})
            by_number[row.get("aid", "")] = key
            if row.get("language"):
                labels[row["language"]] = row.get("answer", "")
    for row in tables["answer_l10ns"]:
        if row.get("aid") in by_number:
            found[by_number[row["aid"]]][row.get("language", "")] = row.get("answer", "")
    return found


def questions_of_text(raw: bytes, where: str) -> list[Question]:
    """Read the rows of class Q, SQ and A; those below a question belong to it, once for each language.

    Raises
    ------
    ResponseError
        The file is no tab-separated text in UTF-8, lacks a column, or holds no questions.

    Source
    ------
    LimeSurvey manual, "Tab Separated Value survey structure".
    """
    try:
        text = raw.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter="\t", strict=True))
    except (UnicodeDecodeError, csv.Error) as problem:
        raise broken(f"is no tab-separated text in UTF-8 ({type(problem).__name__})", where) from problem
    header = lines[0] if lines else []
    needed = ("class", "type/scale", "name", "text", "language")
    if absent := [name for name in needed if name not in header]:
        raise broken(f"has no column {', '.join(absent)}", where)
    kinds: dict[str, tuple[str, bool]] = {}
    parts: dict[tuple[str, str], dict[str, dict[str, str]]] = {}
    code = ""
    for line in lines[1:]:
        row = dict(zip(header, line + [""] * len(header), strict=False))
        if row["class"] == "Q":
            code = row["name"]
            kinds.setdefault(code, (row["type/scale"], row.get("other") == "Y"))
        elif row["class"] in ("SQ", "A") and row["type/scale"] in FIRST_SCALE:
            labels = parts.setdefault((code, row["class"]), {}).setdefault(row["name"], {})
            labels[row["language"]] = row["text"]
    if not kinds or "" in kinds:
        raise broken("holds no questions with codes", where)
    return [
        Question(
            code=code,
            kind=kind,
            other=other,
            answers=_choices(parts.get((code, "A"), {})),
            subquestions=_choices(parts.get((code, "SQ"), {})),
        )
        for code, (kind, other) in kinds.items()
    ]


def _choices(labels: Mapping[str, Mapping[str, str]]) -> tuple[ToolChoice, ...]:
    return tuple(ToolChoice(code=code, labels=texts) for code, texts in labels.items())


def broken(what: str, where: str) -> ResponseError:
    """Say what is wrong with a structure file."""
    do = "export it again in LimeSurvey: Export, Survey structure"
    return ResponseError(f"the structure file {what}.", where=where, do=do)
