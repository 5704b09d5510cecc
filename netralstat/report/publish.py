"""Write a report: every format in every language, the estimates and the manifest, all of them or none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path

from netralstat.report.build import build
from netralstat.report.document import Document
from netralstat.report.estimate_table import estimate_table
from netralstat.report.file_set import bytes_of, write_together
from netralstat.report.formats import WRITERS, Edition, chosen_formats
from netralstat.report.manifest import estimates_csv, manifest
from netralstat.report.material import Material
from netralstat.report.pdf.press import PdfPress
from netralstat.report.table_csv import table_csv
from netralstat.report.workbook.workbook import render_workbook

Content = dict[str, str | bytes]
"""Text or bytes of each file, by its name."""


def write_report(
    material: Material,
    out_dir: Path,
    languages: Sequence[str],
    formats: Sequence[str] | None = None,
    press: PdfPress | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> list[Path]:
    """Write the report of a wave.

    Parameters
    ----------
    material : Material
        Every number, already suppressed.
    out_dir : Path
        Folder of this report; made when absent. Other files in it stay.
    languages : sequence of str
        ``"id"`` and ``"en"``, at least one.
    formats : sequence of str, optional
        Some of `netralstat.report.formats.WRITERS`; all of them if None. Each becomes
        ``report.<language>.<format>``.
    press : PdfPress, optional
        Sets the PDFs while this process writes the rest; without one they are set here, with the same bytes.
    progress : callable, optional
        Told the name of each file when its writing begins.

    Returns
    -------
    list of Path
        The files by format, in each the order of `languages`; ``estimates.csv`` and ``manifest.json``.

    Raises
    ------
    DisclosureError
        Estimates have not passed disclosure control.
    UsageError
        A format is unknown.
    ReportError
        A language is unknown, or a block cannot be written in a format.
    EnvironmentProblem
        The folder cannot be written, or a package that a format needs is missing.
    """
    chosen = chosen_formats(formats)
    documents, pdfs = _begun(material, languages, press if "pdf" in chosen else None)
    estimates = estimate_table(material)
    editions = [
        Edition(document=document, estimates=estimates, languages=tuple(languages), version=material.version)
        for document in documents
    ]
    content = _written(editions, chosen, pdfs, progress)
    content["estimates.csv"] = estimates_csv(estimates)
    content["manifest.json"] = manifest(material, _hashes(content))
    return write_together(content, Path(out_dir))


def _begun(
    material: Material, languages: Sequence[str], press: PdfPress | None
) -> tuple[list[Document], dict[str, Future[bytes]]]:
    """The document in each language, and its PDF, which the press begins as soon as it is built."""
    documents: list[Document] = []
    pdfs: dict[str, Future[bytes]] = {}
    for language in languages:
        document = build(material, language)
        documents.append(document)
        if press is not None:
            pdfs[language] = press.set(document, version=material.version)
    return documents, pdfs


def _written(
    editions: Sequence[Edition],
    formats: Sequence[str],
    pdfs: Mapping[str, Future[bytes]],
    progress: Callable[[str], None],
) -> Content:
    """Every edition in every format; the PDFs that the press has begun are waited for last."""
    begun = {edition.name("pdf"): pdfs[edition.document.language] for edition in editions if pdfs}
    jobs = {edition.name(format): (format, edition) for format in formats for edition in editions}
    made: Content = {}
    for name, (format, edition) in jobs.items():
        if name not in begun:
            progress(name)
            made[name] = WRITERS[format](edition)
    for name, pdf in begun.items():
        progress(name)
        made[name] = pdf.result()
    return {name: made[name] for name in jobs}


def write_tables(material: Material, out_dir: Path, languages: Sequence[str]) -> list[Path]:
    """Write only the tables of a wave: the workbook of its report, and each table as a CSV.

    Parameters
    ----------
    material : Material
        Every number, already suppressed.
    out_dir : Path
        Folder of these tables; made when absent. Other files in it stay.
    languages : sequence of str
        ``"id"`` and ``"en"``, at least one; each becomes ``tables.<language>.xlsx``, the same as the
        report's workbook, and a ``<table>.<language>.csv`` for every table.

    Returns
    -------
    list of Path
        The workbooks, the CSVs in print order, ``estimates.csv`` and ``manifest.json``.

    Raises
    ------
    DisclosureError
        Estimates have not passed disclosure control.
    ReportError
        A language is unknown.
    EnvironmentProblem
        The folder cannot be written.
    """
    estimates = estimate_table(material)
    content: Content = {}
    tables: Content = {}
    for language in languages:
        document = build(material, language)
        book = render_workbook(document, estimates, version=material.version)
        content[f"tables.{language}.xlsx"] = book
        tables |= {f"{table.id}.{language}.csv": table_csv(table, language) for table in document.tables}
    content |= tables
    content["estimates.csv"] = estimates_csv(estimates)
    content["manifest.json"] = manifest(material, _hashes(content))
    return write_together(content, Path(out_dir))


def _hashes(content: Mapping[str, str | bytes]) -> dict[str, str]:
    """sha256 of each file."""
    return {name: hashlib.sha256(bytes_of(data)).hexdigest() for name, data in content.items()}
