"""The languages of a form: from the name in a column header to a code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netralstat.errors import InstrumentError

UNDETERMINED = "und"
# Language names met in forms that give no code in parentheses.
LANGUAGE_NAMES = {
    "bahasa indonesia": "id",
    "bahasa": "id",
    "indonesia": "id",
    "indonesian": "id",
    "english": "en",
    "inggris": "en",
    "bahasa inggris": "en",
}
# ISO 639 withdrew "in" for Indonesian in 1989; Android and forms made for it still write it.
WITHDRAWN_CODES = {"in": "id"}
IN_PARENTHESES = re.compile(r"\(\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\s*\)\s*$")
BARE_CODE = re.compile(r"[A-Za-z]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The languages of a form by the names its column headers give them, and the default one.

    Parameters
    ----------
    by_name : Mapping[str, str]
        Code of each language by its name in the headers.
    default : str
        Code of the default language.
    path : Path
        The form.
    """

    by_name: Mapping[str, str]
    default: str
    path: Path

    @classmethod
    def of(cls, tree: Mapping[str, Any], path: Path) -> Wording:
        """Find the languages of pyxform's tree of a form.

        Raises InstrumentError when two languages have one code or the default one has no labels.
        """
        named = dict.fromkeys(name for label in _labels(tree) if isinstance(label, dict) for name in label)
        by_name = {name: language_code(name) for name in named}
        codes = list(by_name.values())
        if twins := {code for code in codes if codes.count(code) > 1}:
            names = [name for name, code in by_name.items() if code in twins]
            raise InstrumentError(
                f"{len(names)} languages have the same code: {', '.join(names)}.",
                where=f"{path}, column headers",
                do="Give each language its own code in parentheses, such as label::English (en).",
            )
        stated = language_code(tree["default_language"])
        default = stated if stated != UNDETERMINED or not codes else codes[0]
        if codes and default not in codes:
            raise InstrumentError(
                f'The default language "{tree["default_language"]}" has no column of labels; the form has '
                f"{', '.join(by_name)}.",
                where=f"{path}, sheet settings",
                do="Write default_language exactly as in the headers of the label columns.",
            )
        return cls(by_name=by_name, default=default, path=path)

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the languages, the default one first."""
        return tuple(dict.fromkeys([self.default, *self.by_name.values()]))

    def texts(self, wording: object) -> dict[str, str]:
        """A label or hint by language code; one without languages is in the default one."""
        if isinstance(wording, dict):
            if nested := [name for name, text in wording.items() if isinstance(text, dict)]:
                raise InstrumentError(
                    f'A header names more than a column and a language ("…::{nested[0]}::…").',
                    where=f"{self.path}, column headers",
                    do="Write one language after the column, such as label::English (en).",
                )
            return {self.by_name.get(name, language_code(name)): str(text) for name, text in wording.items()}
        return {self.default: str(wording)} if wording else {}


def _labels(tree: Mapping[str, Any]) -> Iterator[object]:
    """Every label of a form, those of choices too, each list once."""
    waiting = [tree]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop(0)
        yield node.get("label")
        waiting[:0] = node.get("children", ())
        lists = node.get("choices", ())
        for choices in lists.values() if isinstance(lists, dict) else [lists]:
            if id(choices) not in seen:
                seen.add(id(choices))
                for choice in choices:
                    yield choice.get("label")


def language_code(name: str) -> str:
    """The code in a language's header; a name without one is looked up, else kept as it is written."""
    name = name.strip()
    if match := IN_PARENTHESES.search(name):
        code = match[1].lower()
    elif name in ("default", ""):
        return UNDETERMINED
    elif BARE_CODE.fullmatch(name):
        code = name.lower()
    else:
        code = LANGUAGE_NAMES.get(name.lower(), name)
    return WITHDRAWN_CODES.get(code, code)
