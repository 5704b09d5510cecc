"""A wave's material becomes the report in one language: its chapters, their numbers and references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from netralstat.errors import ReportError, did_you_mean
from netralstat.report.blocks import Block, Chapter, FindingGrid, Note, Paragraph
from netralstat.report.chapters import CHAPTERS, standard_chapters
from netralstat.report.context import Context
from netralstat.report.document import REFERENCE, Document
from netralstat.report.imprint import embargo
from netralstat.report.material import Material
from netralstat.report.suppression import require_suppressed


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
    wanted = material.plan.report.chapters or standard_chapters(material)
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
        chapter = Chapter(id=name.replace("_", "-"), title=title, blocks=tuple(blocks))
        context.references[f"chapter-{chapter.id}"] = title
        chapters.append(chapter)
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
        logo=material.logo,
        embargo=embargo(context),
        issn=plan.report.issn or "",
        doi=plan.report.doi or "",
        accent=plan.report.accent or "",
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
