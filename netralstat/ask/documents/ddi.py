"""A form as a DDI-Codebook 2.5 description, for archives and catalogues (NADA, Dataverse, Nesstar).

Source: DDI Alliance, DDI-Codebook 2.5.1 (XML schema `codebook.xsd`, namespace ddi:codebook:2_5).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from netralstat.ask.documents.ddi_elements import language_tag, text_element
from netralstat.ask.documents.ddi_variables import VariableIds, add_variables
from netralstat.ask.instrument import Instrument, Item

if TYPE_CHECKING:
    from netralstat.ask.plan import Plan

NAMESPACE = "ddi:codebook:2_5"
LOCATION = "http://www.ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd"
SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
SYNTHETIC = {
    "id": "DATA SINTETIS: semua jawaban disimulasikan.",
    "en": "SYNTHETIC DATA: every response is simulated.",
}
MAIN = "F1"


def ddi_xml(instrument: Instrument, plan: Plan | None = None, *, software_version: str) -> bytes:
    """Write a form, and what a wave file says of its survey, as DDI-Codebook 2.5.

    Parameters
    ----------
    instrument : Instrument
        The form. A select_multiple becomes one variable a choice, as in clean data.
    plan : Plan, optional
        A wave that fielded it: its title, fieldwork, population and whether its data are synthetic.
    software_version : str
        Version of this package, told in the description of the document.

    Returns
    -------
    bytes
        UTF-8, valid against `codebook.xsd` 2.5.1; no counts and no answers; the same bytes every time.
    """
    root = ET.Element(
        "codeBook",
        {
            "xmlns": NAMESPACE,
            "xmlns:xsi": SCHEMA_INSTANCE,
            "xsi:schemaLocation": f"{NAMESPACE} {LOCATION}",
            "version": "2.5",
            "xml:lang": language_tag(instrument.default_language),
        },
    )
    titles = dict(instrument.titles)
    if plan is not None:
        titles = {"id": plan.title.id, "en": plan.title.en}
    default = instrument.default_language if instrument.default_language in titles else next(iter(titles))
    document = ET.SubElement(root, "docDscr")
    _citation(document, titles, default, instrument, software_version)
    study = ET.SubElement(root, "stdyDscr")
    _citation(study, titles, default, instrument, None)
    if plan is not None:
        _study(study, plan)
    files = _files(root, instrument)
    _data(root, instrument, files)
    ET.indent(root, " ")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + bytes(ET.tostring(root, encoding="utf-8")) + b"\n"


def _citation(
    parent: ET.Element, titles: Mapping[str, str], default: str, instrument: Instrument, version: str | None
) -> None:
    citation = ET.SubElement(parent, "citation")
    statement = ET.SubElement(citation, "titlStmt")
    text_element(statement, "titl", titles[default], default)
    for code, title in titles.items():
        if code != default and title != titles[default]:
            text_element(statement, "parTitl", title, code)
    text_element(statement, "IDNo", instrument.id)
    if version is not None:
        production = ET.SubElement(citation, "prodStmt")
        text_element(production, "software", "netralstat").set("version", version)
    if instrument.version:
        text_element(ET.SubElement(citation, "verStmt"), "version", instrument.version)


def _study(study: ET.Element, plan: Plan) -> None:
    info = ET.SubElement(study, "stdyInfo")
    summary = ET.SubElement(info, "sumDscr")
    fieldwork = plan.collect.fieldwork
    if fieldwork is not None:
        for event, day in (("start", fieldwork.start), ("end", fieldwork.end)):
            date = text_element(summary, "collDate", day.isoformat())
            date.set("date", day.isoformat())
            date.set("event", event)
    population = plan.design.population
    if population is not None:
        for code in ("id", "en"):
            text_element(summary, "universe", population[code], code)
    if plan.synthetic:
        for code, text in SYNTHETIC.items():
            text_element(info, "notes", text, code)


def _files(root: ET.Element, instrument: Instrument) -> dict[str | None, str]:
    """One description for the main table and for the table of each repeat; gives their ids."""
    files: dict[str | None, str] = {None: MAIN}
    for number, name in enumerate(instrument.in_repeats, start=2):
        files[name] = f"F{number}"
    for repeat, identifier in files.items():
        description = ET.SubElement(root, "fileDscr", {"ID": identifier})
        told = ET.SubElement(description, "fileTxt")
        text_element(told, "fileName", instrument.id if repeat is None else repeat)
    return files


def _data(root: ET.Element, instrument: Instrument, files: Mapping[str | None, str]) -> None:
    data = ET.SubElement(root, "dataDscr")
    variables = [item for item in instrument.items if item.kind != "note"]
    ids = VariableIds.of(variables)
    for group in _variable_groups(instrument, variables, ids):
        element = ET.SubElement(data, "varGrp", group.attributes)
        for code, text in group.labels.items():
            text_element(element, "labl", text, code)
    add_variables(data, instrument, variables, ids, files)


@dataclass(frozen=True, slots=True, kw_only=True)
class _VariableGroup:
    attributes: dict[str, str]
    labels: Mapping[str, str]


def _variable_groups(
    instrument: Instrument, variables: list[Item], ids: VariableIds
) -> Iterator[_VariableGroup]:
    """Sections and repeats of the form, the columns of each select_multiple, the scales."""
    number = 0
    for group in instrument.groups:
        inside = [item for item in variables if item.group == group.path]
        if inside:
            number += 1
            kind = {"type": "repetition" if group.repeat else "section"}
            names = [identifier for item in inside for identifier in ids.of_item(item)]
            attributes = {"ID": f"G{number}", "name": "/".join(group.path), **kind, "var": " ".join(names)}
            yield _VariableGroup(attributes=attributes, labels=group.labels)
    for item in variables:
        if item.kind == "select_multiple" and ids.of_item(item):
            number += 1
            attributes = {"ID": f"G{number}", "name": item.name, "type": "multipleResp"}
            attributes["var"] = " ".join(ids.of_item(item))
            yield _VariableGroup(attributes=attributes, labels=item.labels)
    for scale, members in instrument.scales.items():
        number += 1
        names = [identifier for item in members for identifier in ids.of_item(item)]
        attributes = {"ID": f"G{number}", "name": scale, "type": "other", "otherType": "scale"}
        attributes["var"] = " ".join(names)
        yield _VariableGroup(attributes=attributes, labels={})
