"""A codebook: every variable with its wording, codes, missing codes and rules; as a page and as a table.

It holds no counts: those of a small cell would tell what single respondents answered.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from netralstat.ask.documents.pages import render
from netralstat.ask.documents.routing import Routing
from netralstat.ask.documents.sections import numbered
from netralstat.ask.documents.words import Words
from netralstat.ask.instrument import Choice, Instrument, Item

BOM = "\ufeff"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
# The tags that the codebook shows in places of their own.
OWN_TAGS = ("scale", "reverse")


def codebook_html(instrument: Instrument, language: str) -> str:
    """Describe every variable of a form on one page.

    Parameters
    ----------
    instrument : Instrument
        The form.
    language : str
        "id" or "en": of the printed words; a wording comes first in it and then in the form's other ones.

    Returns
    -------
    str
        One HTML page without anything from outside.
    """
    words = Words(language)
    routing = Routing(instrument=instrument, numbers=numbered(instrument), words=words)
    variables = [item for item in instrument.items if item.kind != "note"]
    runs: list[dict[str, Any]] = []
    for item in variables:
        if not runs or runs[-1]["path"] != item.group:
            heading = _heading(item.group, instrument, language)
            runs.append({"path": item.group, "heading": heading, "items": []})
        runs[-1]["items"].append(_entry(item, instrument, routing))
    return render(
        "codebook",
        words,
        language=language,
        title=instrument.label(language),
        form=instrument.id,
        version=instrument.version,
        n_items=len(variables),
        several=len(instrument.languages) > 1,
        runs=runs,
    )


def codebook_entries(instrument: Instrument, language: str) -> list[dict[str, Any]]:
    """Every variable of a form, in its order: ``name, number, kind, labels, hints, codes, facts``."""
    words = Words(language)
    routing = Routing(instrument=instrument, numbers=numbered(instrument), words=words)
    return [_entry(item, instrument, routing) for item in instrument.items if item.kind != "note"]


def _heading(path: Sequence[str], instrument: Instrument, language: str) -> str:
    groups = {group.path: group for group in instrument.groups}
    parts = [groups[tuple(path[:length])] for length in range(1, len(path) + 1)]
    return " › ".join(part.label(language) for part in parts)


def _entry(item: Item, instrument: Instrument, routing: Routing) -> dict[str, Any]:
    words, language = routing.words, routing.words.language
    order = [language, *(code for code in instrument.languages if code != language)]
    return {
        "name": item.name,
        "number": routing.numbers.get(item.name),
        "kind": words(f"kind.{item.kind}"),
        "labels": [(code, item.labels[code]) for code in order if item.labels.get(code)],
        "hints": [(code, item.hints[code]) for code in order if item.hints.get(code)],
        "codes": [_code(choice, order, words) for choice in item.choices],
        "scored": any(choice.score is not None for choice in item.choices),
        "languages": [code for code in order if any(choice.labels.get(code) for choice in item.choices)],
        "facts": list(_facts(item, routing)),
    }


def _code(choice: Choice, order: Sequence[str], words: Words) -> dict[str, Any]:
    return {
        "code": choice.name,
        "labels": {code: choice.labels.get(code, "") for code in order},
        "missing": words(f"missing.{choice.missing}") if choice.missing else "",
        "score": _score(choice),
        "tags": _tags(choice.tags),
    }


def _facts(item: Item, routing: Routing) -> Iterator[dict[str, str]]:
    """What the form demands of an item: the word for it, the text, and whether that is an expression."""
    words = routing.words
    language = words.language
    if item.relevant is not None:
        yield {
            "word": words("codebook.relevant"),
            "text": routing.told(item.relevant) or "",
            "code": item.relevant,
        }
    expressions = {
        "constraint": item.constraint,
        "choice_filter": item.choice_filter,
        "calculation": item.calculation,
        "required": item.required_if,
        "default": item.default,
    }
    for key, expression in expressions.items():
        if expression is not None:
            yield {"word": words(f"codebook.{key}"), "text": "", "code": expression}
    message = item.constraint_messages.get(language) or item.constraint_messages.get(item.default_language)
    if message:
        yield {"word": words("codebook.constraint_message"), "text": message, "code": ""}
    told = {
        "range": _range(item, words),
        "required": words("codebook.yes") if item.required else "",
        "repeat": item.repeat or "",
        "scale": _scale(item, words),
        "tags": _tags({key: text for key, text in item.tags.items() if key not in OWN_TAGS}),
    }
    for key, text in told.items():
        if text:
            yield {"word": words(f"codebook.{key}"), "text": text, "code": ""}


def _range(item: Item, words: Words) -> str:
    if item.minimum is None or item.maximum is None:
        return ""
    return words("questionnaire.range", low=f"{item.minimum:g}", high=f"{item.maximum:g}")


def _scale(item: Item, words: Words) -> str:
    scale = item.tags.get("scale", "")
    return f"{scale} ({words('codebook.reverse')})" if scale and item.reverse else scale


def _score(choice: Choice) -> str:
    return "" if choice.score is None else f"{choice.score:.15g}"


def _tags(tags: Mapping[str, str]) -> str:
    return "; ".join(f"{key} = {value}" for key, value in tags.items())


# ------------------------------------------------------------------------------------------- table
HEADER = (
    "item", "kind", "group", "repeat", "automatic", "list", "code", "missing", "score", "required",
    "required_if", "relevant", "constraint", "choice_filter", "calculation", "default", "minimum", "maximum",
    "scale", "reverse", "tags",
)  # fmt: skip


def codebook_csv(instrument: Instrument) -> str:
    """The codebook as a table: a row for each item and, under it, one for each code of its list.

    The columns `label_…`, `hint_…` and `code_label_…` hold the wording of each language. `;` and a BOM, as an
    Indonesian Excel expects; a text that a spreadsheet would take for a formula gets an apostrophe.
    """
    languages = instrument.languages
    wording = [f"{what}_{code}" for what in ("label", "hint", "code_label") for code in languages]
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    writer.writerow([_harmless(name) for name in (*HEADER, *wording)])
    for item in instrument.items:
        if item.kind == "note":
            continue
        for choice in (None, *item.choices):
            row = {**_item_row(item), **_code_row(choice, languages)}
            for code in languages:
                row[f"label_{code}"] = item.labels.get(code, "")
                row[f"hint_{code}"] = item.hints.get(code, "")
            if choice is not None:
                row = {**dict.fromkeys(row, ""), **_code_row(choice, languages), "item": item.name}
                row["list"] = item.list_name or ""
            writer.writerow([_harmless(row.get(name, "")) for name in (*HEADER, *wording)])
    return BOM + target.getvalue()


def _item_row(item: Item) -> dict[str, str]:
    ends = {"minimum": item.minimum, "maximum": item.maximum}
    marks = {"automatic": item.automatic, "required": item.required, "reverse": item.reverse}
    texts = {
        "item": item.name,
        "kind": item.kind,
        "group": "/".join(item.group),
        "repeat": item.repeat,
        "list": item.list_name,
        "required_if": item.required_if,
        "relevant": item.relevant,
        "constraint": item.constraint,
        "choice_filter": item.choice_filter,
        "calculation": item.calculation,
        "default": item.default,
        "scale": item.tags.get("scale"),
        "tags": _tags({key: text for key, text in item.tags.items() if key not in OWN_TAGS}),
    }
    return {
        **{key: text or "" for key, text in texts.items()},
        **{key: "yes" if mark else "" for key, mark in marks.items()},
        **{key: "" if end is None else f"{end:.15g}" for key, end in ends.items()},
    }


def _code_row(choice: Choice | None, languages: Sequence[str]) -> dict[str, str]:
    if choice is None:
        return {}
    labels = {f"code_label_{code}": choice.labels.get(code, "") for code in languages}
    return {
        "code": choice.name,
        "missing": choice.missing or "",
        "score": _score(choice),
        "tags": _tags(choice.tags),
        **labels,
    }


def _harmless(text: str) -> str:
    """A text that a spreadsheet does not take for a formula; a plain number may keep its sign."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not NUMBER.fullmatch(text) else text
