"""The variables of a form as DDI-Codebook 2.5 elements: question, categories, missing codes, universe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from netralstat.ask.documents.ddi_elements import allowed, text_element
from netralstat.ask.documents.routing import Routing
from netralstat.ask.documents.sections import is_asked, numbered
from netralstat.ask.documents.words import Words
from netralstat.ask.instrument import Choice, Instrument, Item
from netralstat.phrases import LANGUAGES

# By kind: representationType of the variable, responseDomainType of the question, type of the format.
REPRESENTATIONS = {
    "select_one": ("code", "code", "character"),
    "select_multiple": ("code", "multiple", "numeric"),
    "integer": ("numeric", "numeric", "numeric"),
    "decimal": ("numeric", "numeric", "numeric"),
    "date": ("datetime", "datetime", "character"),
    "datetime": ("datetime", "datetime", "character"),
    "time": ("datetime", "datetime", "character"),
    "geopoint": ("other", "geographic", "character"),
    "geotrace": ("other", "geographic", "character"),
    "geoshape": ("other", "geographic", "character"),
}
PLAIN = ("text", "text", "character")
NO_YES = (("0", {"id": "Tidak dipilih", "en": "Not chosen"}), ("1", {"id": "Dipilih", "en": "Chosen"}))


@dataclass(frozen=True, slots=True)
class VariableIds:
    """The ids of variables: V1, V2 …; a select_multiple has one for each of its answers."""

    by_item: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, items: Iterable[Item]) -> VariableIds:
        """Number the variables of the items in their order."""
        number = 0
        by_item = {}
        for item in items:
            count = len(item.valid_codes) if item.kind == "select_multiple" else 1
            by_item[item.name] = tuple(f"V{number + place}" for place in range(1, count + 1))
            number += count
        return cls(by_item)

    def of_item(self, item: Item) -> tuple[str, ...]:
        """Ids of an item's variables; none for a note."""
        return self.by_item.get(item.name, ())


def add_variables(
    data: ET.Element,
    instrument: Instrument,
    items: Iterable[Item],
    ids: VariableIds,
    files: Mapping[str | None, str],
) -> None:
    """Add a `var` for every column of clean data.

    Parameters
    ----------
    data : Element
        The `dataDscr`.
    instrument, items, ids
        The form, its items without notes, their ids.
    files : Mapping
        Id of the file of each repeat; that of the main table under None.
    """
    numbers = numbered(instrument)
    routings = [
        Routing(instrument=instrument, numbers=numbers, words=Words(code))
        for code in LANGUAGES
        if code in instrument.languages
    ]
    for item in items:
        columns: list[tuple[str, Choice | None]] = [(item.name, None)]
        if item.kind == "select_multiple":
            columns = [(f"{item.name}/{code}", item.choice(code)) for code in item.valid_codes]
        for identifier, (name, choice) in zip(ids.of_item(item), columns, strict=True):
            representation, domain, form = REPRESENTATIONS.get(item.kind, PLAIN)
            continuous = item.kind in ("integer", "decimal")
            variable = ET.SubElement(
                data,
                "var",
                {
                    "ID": identifier,
                    "name": allowed(name),
                    "files": files[item.repeat],
                    "intrvl": "contin" if continuous else "discrete",
                    "representationType": representation,
                },
            )
            if representation == "other":
                variable.set("otherRepresentationType", "geographic")
            _labels(variable, item, choice)
            _question(variable, item, domain, numbers)
            _ranges(variable, item)
            _universe(variable, item, routings)
            _categories(variable, item, choice)
            if item.calculation is not None:
                text_element(ET.SubElement(variable, "derivation"), "drvdesc", item.calculation)
            _format(variable, item, form)
            _notes(variable, item)


def _labels(variable: ET.Element, item: Item, choice: Choice | None) -> None:
    """A short name where the form has one (nst_short_…), else the wording; of a column its choice."""
    for code in dict.fromkeys((*item.labels, *(choice.labels if choice else {}))):
        whole = item.tags.get(f"short_{code}") or " ".join(item.labels.get(code, item.name).split())
        text = f"{whole}: {choice.labels.get(code, choice.name)}" if choice is not None else whole
        text_element(variable, "labl", text, code)


def _question(variable: ET.Element, item: Item, domain: str, numbers: Mapping[str, int]) -> None:
    if not is_asked(item):
        return
    question = ET.SubElement(variable, "qstn", {"responseDomainType": domain})
    question.set("seqNo", str(numbers[item.name]))
    for code, text in item.labels.items():
        text_element(question, "qstnLit", text, code)
    for code, text in item.hints.items():
        text_element(question, "ivuInstr", text, code)


def _ranges(variable: ET.Element, item: Item) -> None:
    if item.minimum is not None and item.maximum is not None:
        units = "INT" if item.kind == "integer" else "REAL"
        ends = {"UNITS": units, "min": f"{item.minimum:.15g}", "max": f"{item.maximum:.15g}"}
        ET.SubElement(ET.SubElement(variable, "valrng"), "range", ends)
    if item.missing_codes and item.kind != "select_multiple":
        invalid = ET.SubElement(variable, "invalrng")
        for code in item.missing_codes:
            ET.SubElement(invalid, "item", {"VALUE": allowed(code)})


def _universe(variable: ET.Element, item: Item, routings: Iterable[Routing]) -> None:
    """Who is asked, in words where that is simple, else as the form states it."""
    if item.relevant is None:
        return
    told = {routing.words.language: routing.told(item.relevant) for routing in routings}
    if told and all(told.values()):
        for code, text in told.items():
            asked = Words(code)("questionnaire.asked_if", condition=text)
            text_element(variable, "universe", asked, code)
    else:
        text_element(variable, "universe", item.relevant)


def _categories(variable: ET.Element, item: Item, choice: Choice | None) -> None:
    if choice is not None:
        for value, labels in NO_YES:
            category = ET.SubElement(variable, "catgry")
            text_element(category, "catValu", value)
            for code, text in labels.items():
                text_element(category, "labl", text, code)
        return
    for one in item.choices:
        attributes = {"missing": "Y", "missType": one.missing} if one.missing else {}
        category = ET.SubElement(variable, "catgry", attributes)
        text_element(category, "catValu", one.name)
        for code, text in one.labels.items():
            text_element(category, "labl", text, code)


def _format(variable: ET.Element, item: Item, form: str) -> None:
    attributes = {"type": form, "schema": "other", "otherSchema": "XLSForm", "formatname": item.kind}
    if item.kind in ("date", "datetime", "time"):
        attributes["category"] = "time" if item.kind == "time" else "date"
    ET.SubElement(variable, "varFormat", attributes)


def _notes(variable: ET.Element, item: Item) -> None:
    """What has no element of its own: constraint, choice filter, scale, scores and the other tags."""
    stated = {
        "relevant": item.relevant,
        "constraint": item.constraint,
        "choice_filter": item.choice_filter,
        "required": "yes" if item.required else item.required_if,
        **{f"nst_{key}": text for key, text in item.tags.items()},
    }
    scores = " ".join(f"{one.name}={one.score:.15g}" for one in item.choices if one.score is not None)
    if scores:
        stated["nst_score"] = scores
    for kind, text in stated.items():
        if text:
            text_element(variable, "notes", text).set("type", kind)
