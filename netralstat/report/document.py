"""The report as data, in one language: built from a wave's material, written by any writer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date

from netralstat.errors import ReportError, did_you_mean
from netralstat.report.blocks import Block, Chapter, Figure, FindingGrid, Note, Paragraph, Table
from netralstat.report.chapters import CHAPTERS
from netralstat.report.context import Context
from netralstat.report.material import Material
from netralstat.report.suppression import require_suppressed

REFERENCE = re.compile(r"\[\[((?:table|figure|chapter)-[a-z0-9-]+)\]\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The whole report in one language.

    Parameters
    ----------
    references : Mapping[str, str]
        What ``[[id]]`` in a text stands for in print, e.g. ``{"table-province": "Tabel 2"}``.
    """

    id: str
    title: str
    subtitle: str
    language: str
    institution: str
    contact: str
    date: date
    version: str
    synthetic: bool
    chapters: tuple[Chapter, ...]
    references: Mapping[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Every block, in print order."""
        return tuple(block for chapter in self.chapters for block in chapter.blocks)

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table, in print order."""
        return tuple(block for block in self.blocks if isinstance(block, Table))

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure, in print order."""
        return tuple(block for block in self.blocks if isinstance(block, Figure))

    def to_json(self) -> str:
        """The document as JSON, each block with its type under ``"block"``."""
        return json.dumps(_as_data(self), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _as_data(thing: object) -> object:
    if is_dataclass(thing) and not isinstance(thing, type):
        data = {item.name: _as_data(getattr(thing, item.name)) for item in fields(thing)}
        return {"block": type(thing).__name__.lower(), **data}
    if isinstance(thing, Mapping):
        return {str(key): _as_data(value) for key, value in thing.items()}
    if isinstance(thing, (tuple, list)):
        return [_as_data(value) for value in thing]
    if isinstance(thing, date):
        return thing.isoformat()
    return thing


def build(material: Material, language: str) -> Document:
    """Build the report of a wave in one language.

    Parameters
    ----------
    material : Material
        Estimates have passed `netralstat.report.suppression`.
    language : str
        ``"id"`` or ``"en"``.

    Returns
    -------
    Document
        Tables and figures are numbered in print order, the same in every language.

    Raises
    ------
    DisclosureError
        A table of estimates has not passed disclosure control.
    ReportError
        The plan names an unknown chapter, or a text points to a table that was not made.
    """
    require_suppressed(material.estimates)
    context = Context.of(material, language)
    wanted = material.plan.report.chapters or tuple(CHAPTERS)
    for name in wanted:
        if name not in CHAPTERS:
            raise ReportError(
                f'There is no chapter "{name}".' + did_you_mean(name, CHAPTERS),
                where="wave.toml, report.chapters",
                do=f"use any of: {', '.join(CHAPTERS)}.",
            )
    chapters: list[Chapter] = []
    for name in wanted:
        title, blocks = CHAPTERS[name](context)
        context.references[f"chapter-{name}"] = title
        chapters.append(Chapter(id=name.replace("_", "-"), title=title, blocks=tuple(blocks)))
    chapters = [_settled(chapter, context.references) for chapter in chapters]
    plan = material.plan
    return Document(
        id=plan.id,
        title=plan.title[language],
        subtitle=context.w("report.subtitle"),
        language=language,
        institution=plan.report.institution[language],
        contact=plan.report.contact or "",
        date=material.generated,
        version=plan.report.version,
        synthetic=material.synthetic,
        chapters=tuple(chapters),
        references=dict(context.references),
    )


def _settled(chapter: Chapter, references: Mapping[str, str]) -> Chapter:
    """Drop pointers of findings to chapters that are left out; every other pointer must lead somewhere."""
    blocks: list[Block] = []
    for block in chapter.blocks:
        if isinstance(block, FindingGrid):
            kept = [one if one.pointer in references else replace(one, pointer="") for one in block.findings]
            block = replace(block, findings=tuple(kept))
        if isinstance(block, Paragraph | Note):
            _require_known(block.text, references, chapter.id)
        blocks.append(block)
    return replace(chapter, blocks=tuple(blocks))


def _require_known(text: str, references: Mapping[str, str], chapter: str) -> None:
    lost = [name for name in REFERENCE.findall(text) if name not in references]
    if lost:
        raise ReportError(
            f"A text points to {len(lost)} tables or figures that were not made: {', '.join(lost)}.",
            where=f'chapter "{chapter}"',
            do="make them in this chapter, or leave the pointer out.",
        )
