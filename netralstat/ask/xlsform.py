"""An XLSForm becomes an Instrument, through pyxform, which knows every legacy spelling of the format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from pyxform.aliases import yes_no
from pyxform.errors import PyXFormError
from pyxform.xls2json import workbook_to_json

from netralstat.ask.choice_lists import ChoiceLists, read_external, read_tags
from netralstat.ask.form_file import read_form_file
from netralstat.ask.form_languages import Wording
from netralstat.ask.instrument import WITH_CHOICES, Choice, Group, Instrument, Item
from netralstat.ask.question_types import bind_of, is_automatic, kind_of
from netralstat.errors import InstrumentError

MAX_DEPTH = 50
WITHOUT_ANSWER = ("xml-external", "csv-external")
# pyxform adds these two rows to lay out a table-list group; they ask nothing.
GENERATED = ("generated_table_list_label_", "reserved_name_for_field_list_labels_")
SIBLING = re.compile(r"\.\./([A-Za-z_][\w.-]*)")
EARLIER_ANSWERS = re.compile(r"\$\{[^}]*\}")


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
        The file is missing, too large, damaged or no XLSForm; the form breaks a rule of XLSForm, such as an
        expression that names an unknown item; it has loops, or choice lists in files that are not beside it;
        two items share a name.
    """
    path = Path(path)
    workbook = read_form_file(path)
    tree, warnings = _parse(workbook, path)
    wording = Wording.of(tree, path)
    lists = ChoiceLists(
        tree=tree,
        external=read_external(workbook, tree["default_language"]),
        wording=wording,
        path=path,
        warnings=warnings,
    )
    form = _Form(path=path, wording=wording, lists=lists)
    form.walk(tree["children"], (), ())
    titles = {
        key.removeprefix("title_"): text for key, text in read_tags(tree).items() if key.startswith("title_")
    }
    return Instrument(
        id=str(tree["id_string"]),
        version=str(tree.get("version", "")),
        titles={wording.default: str(tree["title"]), **titles},
        languages=wording.codes,
        default_language=wording.default,
        items=tuple(form.items),
        groups=tuple(form.groups),
        lists=lists.every(),
        warnings=tuple(dict.fromkeys(_first_line(warning) for warning in warnings)),
    )


def _parse(workbook: Any, path: Path) -> tuple[dict[str, Any], list[str]]:
    """Pyxform's reading of the sheets: the tree of its rows, and its warnings."""
    warnings: list[str] = []
    try:
        return workbook_to_json(workbook, warnings=warnings, fallback_form_name=path.stem), warnings
    except PyXFormError as error:
        raise InstrumentError(
            f"The file is not a valid XLSForm. {_first_line(error)}",
            where=str(path),
            do="Correct what is named, then try again; https://xlsform.org describes the format.",
        ) from error
    except Exception as error:
        # pyxform trips over some faulty sheets (a header with two "::" too many, a list without a name).
        raise InstrumentError(
            f"The sheets are not laid out as those of an XLSForm ({type(error).__name__} in its reader).",
            where=str(path),
            do="Compare the headers of survey, choices and settings with https://xlsform.org.",
        ) from error


def _first_line(message: object) -> str:
    """What pyxform says, without the cells it quotes below: they could be a respondent's."""
    return str(message).strip().splitlines()[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What the groups around a row hand down to it."""

    group: tuple[str, ...] = ()
    relevances: tuple[str, ...] = ()
    repeat: str | None = None


@dataclass(slots=True, kw_only=True)
class _Form:
    """The rows of a form as they are met: questions into `items`, sections into `groups`."""

    path: Path
    wording: Wording
    lists: ChoiceLists
    items: list[Item] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)

    def walk(
        self, children: list[dict[str, Any]], group: tuple[str, ...], relevances: tuple[str, ...],
        repeat: str | None = None,
    ) -> None:  # fmt: skip
        """Take the rows below a group, in the order of the form."""
        if len(group) > MAX_DEPTH:
            raise InstrumentError(
                f"Groups stand more than {MAX_DEPTH} deep in each other.",
                where=f"{self.path}, sheet survey, group {group[-1]}",
                do="Close the groups where they end.",
            )
        counters = _repeat_counters(children)
        for child in children:
            name, kind = str(child["name"]), child["type"]
            if kind == "loop":
                raise InstrumentError(
                    f'The form asks "{name}" in a loop over a choice list, which gives columns of one name.',
                    where=f"{self.path}, sheet survey, loop {name}",
                    do="Write the questions of each choice out, or ask them in a repeat.",
                )
            if _asks_nothing(child) or name in counters:
                continue
            own = _by_name(child.get("bind", {}).get("relevant"))
            asked_if = (*relevances, own) if own else relevances
            if "children" in child:
                self.groups.append(self._group(child, (*group, name), own))
                inner = name if kind == "repeat" else repeat
                self.walk(child["children"], (*group, name), asked_if, inner)
            else:
                place = _Place(group=group, relevances=asked_if, repeat=repeat)
                self.items.append(self._item(child, place))

    def _group(self, raw: Mapping[str, Any], path: tuple[str, ...], relevant: str | None) -> Group:
        return Group(
            path=path,
            labels=self.wording.texts(raw.get("label")),
            default_language=self.wording.default,
            repeat=raw["type"] == "repeat",
            relevant=relevant,
        )

    def _item(self, raw: Mapping[str, Any], place: _Place) -> Item:
        bind = bind_of(raw)
        kind = kind_of(raw, f"{self.path}, sheet survey")
        list_name: str | None = None
        choices: tuple[Choice, ...] = ()
        if kind in WITH_CHOICES and EARLIER_ANSWERS.search(str(raw.get("itemset", ""))):
            self.lists.warnings.append(
                f'The choices of "{raw["name"]}" are answers given earlier in the form; '
                "its answers are text that no list checks."
            )
            kind = "text"
        elif kind in WITH_CHOICES:
            list_name, choices = self.lists.of(raw)
        parameters = {str(key): str(value) for key, value in _parameters(raw).items()}
        low, high = _range(parameters) if raw["type"] == "range" else (None, None)
        required = bind.get("required")
        return Item(
            name=str(raw["name"]),
            kind=kind,
            labels=self.wording.texts(raw.get("label")),
            hints=self.wording.texts(raw.get("hint")),
            default_language=self.wording.default,
            group=place.group,
            repeat=place.repeat,
            choices=choices,
            list_name=list_name,
            choice_filter=_by_name(raw.get("choice_filter")),
            required=yes_no.get(required, False),
            required_if=_by_name(required) if required not in yes_no else None,
            relevant=" and ".join(f"({relevance})" for relevance in place.relevances) or None,
            constraint=_by_name(bind.get("constraint")),
            constraint_messages=self.wording.texts(bind.get("jr:constraintMsg")),
            calculation=_by_name(bind.get("calculate")),
            default=None if raw.get("default") is None else str(raw["default"]),
            read_only=yes_no.get(bind.get("readonly"), False) and kind != "note",
            automatic=is_automatic(raw),
            minimum=low,
            maximum=high,
            parameters=parameters,
            appearance=raw.get("control", {}).get("appearance"),
            tags=read_tags(raw),
        )


def _asks_nothing(child: Mapping[str, Any]) -> bool:
    """Whether a row is the form's own: what pyxform adds, its meta group, data it only carries along."""
    return bool(
        child.get("control", {}).get("bodyless")
        or str(child["name"]).startswith(GENERATED)
        or child["type"] in WITHOUT_ANSWER
    )


def _repeat_counters(children: list[dict[str, Any]]) -> set[str]:
    """Names of the counters that pyxform adds before a repeat whose number of rounds is an expression."""
    return {
        f"{child['name']}_count"
        for before, child in pairwise(children)
        if child["type"] == "repeat"
        and before["name"] == f"{child['name']}_count"
        and before.keys() == {"name", "bind", "type"}
    }


def _parameters(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """The column parameters; pyxform has read some types' already and leaves others as text."""
    given = raw.get("parameters") or {}
    if isinstance(given, Mapping):
        return given
    pairs = (part.split("=", 1) for part in re.split(r"[;,\s]+", str(given)) if "=" in part)
    return dict(pairs)


def _range(parameters: Mapping[str, str]) -> tuple[float, float]:
    """The ends of a range, which a form may write downwards; pyxform has checked that they are numbers."""
    start, end = float(parameters["start"]), float(parameters["end"])
    return min(start, end), max(start, end)


def _by_name(expression: object) -> str | None:
    """Write `../name`, which pyxform uses for the answers it adds to "or other" questions, as `${name}`."""
    return None if expression is None else SIBLING.sub(r"${\1}", str(expression))
