"""An XLSForm becomes an Instrument, through pyxform, which knows every legacy spelling of the format."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyxform.aliases import yes_no
from pyxform.errors import PyXFormError
from pyxform.question_type_dictionary import QUESTION_TYPE_DICT
from pyxform.xls2json import workbook_to_json
from pyxform.xls2json_backends import get_xlsform

from netralstat.ask.instrument import MISSING_REASONS, Choice, Instrument, Item
from netralstat.errors import InstrumentError, did_you_mean

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".csv", ".md")
MAX_BYTES = 5_000_000
MAX_UNPACKED_BYTES = 100_000_000
UNDETERMINED = "und"
TAG_PREFIX = "nst_"

NODE_KINDS = {"select one": "select_one", "select all that apply": "select_multiple", "hidden": "hidden"}
NOTE_TYPES = ("note", "add note prompt", "q note")
CALCULATE_TYPES = ("calculate", "q calculate", "add calculate prompt")
BIND_KINDS = {"int": "integer", "decimal": "decimal", "date": "date", "dateTime": "datetime"}
WITHOUT_ANSWER = ("xml-external", "csv-external")
# pyxform adds these two rows to lay out a table-list group; they ask nothing.
GENERATED = ("generated_table_list_label_", "reserved_name_for_field_list_labels_")

# Language names met in forms that give no code in parentheses.
LANGUAGE_NAMES = {
    "bahasa indonesia": "id",
    "indonesia": "id",
    "indonesian": "id",
    "english": "en",
    "inggris": "en",
}
LANGUAGE_CODE = re.compile(r"\(([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\)\s*$")
SIBLING = re.compile(r"\.\./([A-Za-z_][\w.-]*)")


def read_xlsform(path: Path | str) -> Instrument:
    """Tell what a form asks, and what may be answered.

    Parameters
    ----------
    path : Path or str
        An XLSForm as .xlsx, .xlsm, .xls, .csv or .md.

    Returns
    -------
    Instrument
        Labels are keyed by language code: "Bahasa Indonesia (id)" is "id". A form that names no language has
        its one wording under "und" (undetermined), or under its `default_language` if its settings state one.

    Raises
    ------
    InstrumentError
        The file is missing, too large or no XLSForm; the form breaks a rule of XLSForm, such as an expression
        that names an unknown item; it has repeats, rankings or choice lists in other files (not supported);
        two items share a name.
    """
    path = Path(path)
    tree, warnings = _parse(path)
    wording = _Wording.of(tree, path)
    settings_tags = _tags(tree)
    titles = {
        key.removeprefix("title_"): text for key, text in settings_tags.items() if key.startswith("title_")
    }
    return Instrument(
        id=tree["id_string"],
        version=tree.get("version", ""),
        titles={wording.default: tree["title"], **titles},
        languages=wording.codes,
        default_language=wording.default,
        items=tuple(_item(node, wording, path) for node in _walk(tree["children"], path)),
        warnings=tuple(_first_line(warning) for warning in warnings),
    )


def _parse(path: Path) -> tuple[dict[str, Any], list[str]]:
    """Pyxform's reading of the file: the tree of its rows, and its warnings."""
    _check_file(path)
    try:
        workbook = get_xlsform(path, file_type=path.suffix.lower())
    except Exception as error:
        # Whatever a damaged file makes its parser raise is a fact about the file.
        raise InstrumentError(
            f"The file does not hold what its ending {path.suffix} promises, or is no XLSForm.",
            where=str(path),
            do="Open it in a spreadsheet, check the sheets survey, choices and settings, and save it again.",
        ) from error
    warnings: list[str] = []
    try:
        return workbook_to_json(workbook, warnings=warnings, fallback_form_name=path.stem), warnings
    except PyXFormError as error:
        raise InstrumentError(
            f"The file is not a valid XLSForm. {_first_line(error)}",
            where=str(path),
            do="Correct what is named, then try again; https://xlsform.org describes the format.",
        ) from error


def _first_line(message: object) -> str:
    """What pyxform says, without the cells it quotes below: they could be a respondent's."""
    return str(message).strip().splitlines()[0]


def _check_file(path: Path) -> None:
    """Stop at what should not reach the parser: no file, another format, or a workbook that swells."""
    if not path.is_file():
        raise InstrumentError(
            "The questionnaire is not there.",
            where=str(path),
            do="Check the path given under ask.instrument.",
        )
    if path.suffix.lower() not in SUFFIXES:
        raise InstrumentError(
            f'A questionnaire cannot be read from a "{path.suffix}" file.',
            where=str(path),
            do=f"Save it as one of: {', '.join(SUFFIXES)}.",
        )
    size = path.stat().st_size
    if path.suffix.lower() in (".xlsx", ".xlsm") and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    else:
        unpacked = size
    if size > MAX_BYTES or unpacked > MAX_UNPACKED_BYTES:
        raise InstrumentError(
            f"The questionnaire has {size:,} bytes, {unpacked:,} unpacked; the limits are {MAX_BYTES:,} and "
            f"{MAX_UNPACKED_BYTES:,}.",
            where=str(path),
            do="Remove pictures and formatted empty rows from the workbook.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wording:
    """The languages of a form: from the name in a column header to a code."""

    by_name: Mapping[str, str]
    default: str

    @classmethod
    def of(cls, tree: Mapping[str, Any], path: Path) -> _Wording:
        named = dict.fromkeys(name for label in _labels(tree) if isinstance(label, dict) for name in label)
        by_name = {name: _language_code(name) for name in named}
        codes = list(by_name.values())
        if twins := {code for code in codes if codes.count(code) > 1}:
            names = [name for name, code in by_name.items() if code in twins]
            raise InstrumentError(
                f"{len(names)} languages have the same code: {', '.join(names)}.",
                where=f"{path}, column headers",
                do="Give each language its own code in parentheses, such as label::English (en).",
            )
        stated = _language_code(tree["default_language"])
        default = stated if stated != UNDETERMINED or not codes else codes[0]
        if codes and default not in codes:
            raise InstrumentError(
                f'The default language "{tree["default_language"]}" has no column of labels; the form has '
                f"{', '.join(by_name)}.",
                where=f"{path}, sheet settings",
                do="Write default_language exactly as in the headers of the label columns.",
            )
        return cls(by_name=by_name, default=default)

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([self.default, *self.by_name.values()]))

    def texts(self, wording: object) -> dict[str, str]:
        """A label or hint by language code; one without languages is in the default one."""
        if isinstance(wording, dict):
            return {self.by_name.get(name, _language_code(name)): str(text) for name, text in wording.items()}
        return {self.default: str(wording)} if wording else {}


def _labels(node: Mapping[str, Any]) -> Iterator[object]:
    """Every label below a node, its choices' too."""
    yield node.get("label")
    for child in node.get("children", ()):
        yield from _labels(child)
    lists = node.get("choices", ())
    for choices in lists.values() if isinstance(lists, dict) else [lists]:
        for choice in choices:
            yield choice.get("label")


def _language_code(name: str) -> str:
    """The code in a language's header; a name without one is looked up, else kept as it is written."""
    if match := LANGUAGE_CODE.search(name):
        return match[1].lower()
    if name in ("default", ""):
        return UNDETERMINED
    return LANGUAGE_NAMES.get(name.strip().lower(), name.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    """A row of the form with what its groups hand down to it."""

    raw: Mapping[str, Any]
    group: tuple[str, ...]
    relevances: tuple[str, ...]


def _walk(
    children: list[dict[str, Any]], path: Path, group: tuple[str, ...] = (), relevances: tuple[str, ...] = ()
) -> Iterator[_Node]:
    """Questions in the order of the form, each with the groups that hold it."""
    for child in children:
        name, kind = child["name"], child["type"]
        if kind == "repeat" or kind == "loop":
            raise InstrumentError(
                f'The form repeats the group "{name}"; repeated groups are not supported yet.',
                where=f"{path}, sheet survey, {kind} {name}",
                do="Ask the repeated questions in a form of their own, one row for each repetition.",
            )
        if child.get("control", {}).get("bodyless") or name.startswith(GENERATED) or kind in WITHOUT_ANSWER:
            continue
        own = child.get("bind", {}).get("relevant")
        asked_if = (*relevances, _by_name(own)) if own else relevances
        if "children" in child:
            yield from _walk(child["children"], path, (*group, name), asked_if)
        else:
            yield _Node(raw=child, group=group, relevances=asked_if)


def _item(node: _Node, wording: _Wording, path: Path) -> Item:
    raw, bind = node.raw, node.raw.get("bind", {})
    kind = _kind(raw, path)
    return Item(
        name=raw["name"],
        kind=kind,
        labels=wording.texts(raw.get("label")),
        hints=wording.texts(raw.get("hint")),
        default_language=wording.default,
        group=node.group,
        choices=_choices(raw, wording, path) if kind.startswith("select") else (),
        required=yes_no.get(bind.get("required"), False),
        relevant=" and ".join(f"({relevance})" for relevance in node.relevances) or None,
        constraint=_by_name(bind["constraint"]) if "constraint" in bind else None,
        calculation=_by_name(bind["calculate"]) if "calculate" in bind else None,
        appearance=raw.get("control", {}).get("appearance"),
        tags=_tags(raw),
    )


def _kind(raw: Mapping[str, Any], path: Path) -> str:
    """The kind of answer behind a question type, by the type its answers are stored as."""
    written = raw["type"]
    if written in NODE_KINDS:
        return NODE_KINDS[written]
    if written in NOTE_TYPES:
        return "note"
    if written in CALCULATE_TYPES:
        return "calculate"
    stored = QUESTION_TYPE_DICT.get(written)
    if stored is None or written == "rank":
        fact = "ranks its choices" if written == "rank" else f'is of the unknown type "{written}"'
        raise InstrumentError(
            f'The question "{raw["name"]}" {fact}, which is not supported.'
            f"{did_you_mean(written, QUESTION_TYPE_DICT)}",
            where=f"{path}, sheet survey, item {raw['name']}",
            do="Ask it as select_one, select_multiple, integer, decimal, text or date.",
        )
    bind = {**stored.get("bind", {}), **raw.get("bind", {})}
    if bind.get("jr:preload") == "property":
        return "hidden"
    return BIND_KINDS.get(bind.get("type", "string"), "text")


def _choices(raw: Mapping[str, Any], wording: _Wording, path: Path) -> tuple[Choice, ...]:
    if not raw.get("choices"):
        raise InstrumentError(
            f'The choices of "{raw["name"]}" are not in the form; they come from '
            f'"{raw.get("itemset", "elsewhere")}".',
            where=f"{path}, sheet survey, item {raw['name']}",
            do="Write its list into the sheet choices, so that an answer can be checked against it.",
        )
    where = f"{path}, sheet choices, list {raw.get('list_name', raw['name'])}"
    return tuple(_choice(row, wording, where) for row in raw["choices"])


def _choice(row: Mapping[str, Any], wording: _Wording, where: str) -> Choice:
    tags = _tags(row)
    score, missing = tags.pop("score", None), tags.pop("missing", None)
    if missing is not None and missing not in MISSING_REASONS:
        raise InstrumentError(
            f'The choice "{row["name"]}" gives an unknown reason in nst_missing.'
            f"{did_you_mean(missing, MISSING_REASONS)}",
            where=where,
            do=f"Use one of: {', '.join(MISSING_REASONS)}; or leave the cell empty for a real answer.",
        )
    try:
        value = None if score is None else float(score)
    except ValueError as error:
        raise InstrumentError(
            f'The choice "{row["name"]}" has no number in nst_score.',
            where=where,
            do="Write a number with a decimal point, or leave the cell empty.",
        ) from error
    return Choice(
        name=str(row["name"]),
        labels=wording.texts(row.get("label")),
        default_language=wording.default,
        missing=missing,
        score=value,
        tags=tags,
    )


def _tags(row: Mapping[str, Any]) -> dict[str, str]:
    """The `nst_*` columns of a row that are not empty, without their prefix."""
    return {
        key.removeprefix(TAG_PREFIX): str(value).strip()
        for key, value in row.items()
        if key.startswith(TAG_PREFIX) and str(value).strip()
    }


def _by_name(expression: str) -> str:
    """Write `../name`, which pyxform uses for the answers it adds to "or other" questions, as `${name}`."""
    return SIBLING.sub(r"${\1}", str(expression))
