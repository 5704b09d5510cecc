"""The quality page: what a director of fieldwork is shown, one page a language, with the tables beside it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netralstat.report.blocks import Chapter
from netralstat.report.document import Document
from netralstat.report.file_set import write_together
from netralstat.report.html import render
from netralstat.report.quality.chapters import CHAPTERS
from netralstat.report.quality.desk import QualityDesk, QualityMaterial
from netralstat.report.table_csv import harmless

if TYPE_CHECKING:
    import pandas as pd

TEMPLATE = "quality.html.j2"


def quality_document(material: QualityMaterial, language: str) -> Document:
    """The page as data, in one language."""
    desk, plan = QualityDesk.of(material, language), material.plan
    made = [(name, *write(desk)) for name, write in CHAPTERS.items()]
    chapters = tuple(Chapter(id=name, title=title, blocks=tuple(blocks)) for name, title, blocks in made)
    desk.references.update({f"chapter-{chapter.id}": chapter.title for chapter in chapters})
    return Document(
        id=f"{plan.id}-quality",
        title=desk.w("field.title"),
        subtitle=plan.title[language],
        language=language,
        institution=plan.report.institution[language],
        contact=plan.report.contact or "",
        date=material.date,
        version=plan.report.version,
        synthetic=material.synthetic,
        chapters=chapters,
        references=dict(desk.references),
    )


def write_quality(
    material: QualityMaterial, findings: pd.DataFrame, folder: Path, languages: Sequence[str]
) -> list[Path]:
    """Write the quality pages and their tables.

    Parameters
    ----------
    material : QualityMaterial
    findings : pandas.DataFrame
        source, row, column, rule, severity, note of the responses.
    folder : Path
        Made when absent; other files in it stay.
    languages : sequence of str
        ``"id"`` and ``"en"``, at least one; each becomes ``quality-<language>.html``.

    Returns
    -------
    list of Path
        The pages, ``quality.json``, ``findings.csv`` and ``flags.csv``; all of them are written, or none.

    Raises
    ------
    EnvironmentProblem
        The folder cannot be written.
    """
    pages = {language: f"quality-{language}.html" for language in languages}
    content: dict[str, str] = {}
    for language, name in pages.items():
        others = {other: page for other, page in pages.items() if other != language}
        document = quality_document(material, language)
        content[name] = render(document, alternates=others, version=material.version, template=TEMPLATE)
    content["quality.json"] = material.quality.to_json()
    content["findings.csv"] = plain_csv(findings)
    content["flags.csv"] = plain_csv(material.quality.flags)
    return write_together(content, Path(folder))


def plain_csv(table: pd.DataFrame) -> str:
    """A table for machines: commas, decimal points, no text that a spreadsheet takes for a formula."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(table.columns)
    for row in table.astype(object).where(table.notna(), "").itertuples(index=False):
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return target.getvalue()
