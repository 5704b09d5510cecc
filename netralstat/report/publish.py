"""Write a report: one page a language, the estimates and the manifest, all of them or none."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from netralstat.errors import EnvironmentProblem
from netralstat.report.document import build
from netralstat.report.html import render
from netralstat.report.manifest import estimates_csv, manifest
from netralstat.report.material import Material


def write_report(material: Material, out_dir: Path, languages: Sequence[str]) -> list[Path]:
    """Write the report of a wave.

    Parameters
    ----------
    material : Material
        Every number, already suppressed.
    out_dir : Path
        Folder of this report; made when absent. Other files in it stay.
    languages : sequence of str
        ``"id"`` and ``"en"``, at least one; each becomes ``report.<language>.html``.

    Returns
    -------
    list of Path
        The pages in the order of `languages`, then ``estimates.csv`` and ``manifest.json``.

    Raises
    ------
    DisclosureError
        Estimates have not passed disclosure control.
    ReportError
        A language is unknown.
    EnvironmentProblem
        The folder cannot be written.
    """
    pages = {language: f"report.{language}.html" for language in languages}
    content: dict[str, str] = {}
    for language, name in pages.items():
        others = {other: page for other, page in pages.items() if other != language}
        content[name] = render(build(material, language), alternates=others, version=material.version)
    content["estimates.csv"] = estimates_csv(material)
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in content.items()}
    content["manifest.json"] = manifest(material, hashes)
    return write_together(content, Path(out_dir))


def write_together(content: dict[str, str], folder: Path) -> list[Path]:
    """Write every file beside its place, then rename them all: a killed run leaves whole files only."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".report-", dir=folder))
        try:
            for name, text in content.items():
                with (beside / name).open("wb") as stream:
                    stream.write(text.encode())
                    stream.flush()
                    os.fsync(stream.fileno())
            return [(beside / name).replace(folder / name) for name in content]
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as problem:
        raise EnvironmentProblem(
            f"The report cannot be written: {problem.strerror or problem}.",
            where=str(folder),
            do="choose a folder that you may write to, with free space.",
        ) from problem
