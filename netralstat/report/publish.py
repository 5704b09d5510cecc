"""Write a report: every format in every language, the estimates and the manifest, all of them or none."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from netralstat.report.document import build
from netralstat.report.estimate_table import EstimateTable, estimate_table
from netralstat.report.file_set import bytes_of, write_together
from netralstat.report.formats import BACKGROUND, WRITERS, Edition, chosen_formats
from netralstat.report.manifest import estimates_csv, manifest
from netralstat.report.material import Material
from netralstat.report.table_csv import table_csv
from netralstat.report.workbook.workbook import render_workbook

Content = dict[str, str | bytes]
"""Text or bytes of each file, by its name."""


def write_report(
    material: Material, out_dir: Path, languages: Sequence[str], formats: Sequence[str] | None = None
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
    estimates = estimate_table(material)
    content = _written(material, estimates, languages, chosen)
    content["estimates.csv"] = estimates_csv(estimates)
    content["manifest.json"] = manifest(material, _hashes(content))
    return write_together(content, Path(out_dir))


def _written(
    material: Material, estimates: EstimateTable, languages: Sequence[str], formats: Sequence[str]
) -> Content:
    """Every edition in every format; those of `BACKGROUND` begin as soon as their edition is built.

    Each of these has a thread that writes one language after the other: two PDFs at once take much memory.
    """
    editions: list[Edition] = []
    aside: dict[str, Future[str | bytes]] = {}
    with ExitStack() as stack:
        pools = {
            format: stack.enter_context(ThreadPoolExecutor(max_workers=1))
            for format in formats
            if format in BACKGROUND
        }
        for language in languages:
            edition = Edition(
                document=build(material, language),
                estimates=estimates,
                languages=tuple(languages),
                version=material.version,
            )
            editions.append(edition)
            for format, pool in pools.items():
                aside[edition.name(format)] = pool.submit(WRITERS[format], edition)
        jobs = [(format, edition) for format in formats for edition in editions]
        made: Content = {
            edition.name(format): WRITERS[format](edition)
            for format, edition in jobs
            if format not in BACKGROUND
        }
        made |= {name: job.result() for name, job in aside.items()}
    return {edition.name(format): made[edition.name(format)] for format, edition in jobs}


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
