"""Only the pictures of a report, each as a file of its own, and beside them what they say."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from netralstat.errors import UsageError, did_you_mean
from netralstat.report.blocks import Figure
from netralstat.report.build import build
from netralstat.report.document import Document
from netralstat.report.file_set import write_together
from netralstat.report.material import Material
from netralstat.report.publish import Content

SCHEMA = "netralstat.figures/1"


def _svg(figure: Figure) -> str:
    from netralstat.report.figures import to_svg
    from netralstat.report.figures.svg_reading import read_svg

    svg = to_svg(read_svg(figure.svg), figure.id, title=figure.title, description=figure.alt, adaptive=False)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{svg}'


def _png(figure: Figure) -> bytes:
    from netralstat.report.figures.svg_reading import read_svg

    return read_svg(figure.svg).png()


def _pdf(figure: Figure) -> bytes:
    from matplotlib import rc, rc_context

    from netralstat.report.figures.matplotlib_figure import to_matplotlib
    from netralstat.report.figures.svg_reading import read_svg

    target = io.BytesIO()
    with rc_context():
        rc("pdf", fonttype=42)  # letters as letters, which can be searched and edited
        to_matplotlib(read_svg(figure.svg)).savefig(
            target,
            format="pdf",
            metadata={"CreationDate": None, "Producer": None, "Creator": None, "Title": figure.title},
        )
    return target.getvalue()


WRITERS: Mapping[str, Callable[[Figure], str | bytes]] = MappingProxyType(
    {"svg": _svg, "png": _png, "pdf": _pdf}
)
"""What writes a picture in each format; the first is the usual one."""


def write_figures(
    material: Material, out_dir: Path, languages: Sequence[str], formats: Sequence[str] | None = None
) -> list[Path]:
    """Write only the pictures of a wave's report.

    Parameters
    ----------
    material : Material
        Every number, already suppressed.
    out_dir : Path
        Folder of these pictures; made when absent. Other files in it stay.
    languages : sequence of str
        ``"id"`` and ``"en"``, at least one.
    formats : sequence of str, optional
        Some of ``"svg"``, ``"png"`` and ``"pdf"``; SVG if None.

    Returns
    -------
    list of Path
        ``<figure>.<language>.<format>`` in print order, and a ``figures.<language>.json`` for every language,
        which lists each picture with its number, title, alternative text, notes and the id of the table with
        its numbers.

    Raises
    ------
    DisclosureError
        Estimates have not passed disclosure control.
    UsageError
        A format is unknown.
    ReportError
        A language is unknown.
    EnvironmentProblem
        The folder cannot be written.
    """
    chosen = chosen_formats(formats)
    content: Content = {}
    for language in languages:
        document = build(material, language)
        for figure in document.figures:
            for format in chosen:
                content[file_name(figure, language, format)] = WRITERS[format](figure)
        content[f"figures.{language}.json"] = _listing(document, chosen)
    return write_together(content, Path(out_dir))


def chosen_formats(formats: Sequence[str] | None) -> tuple[str, ...]:
    """The formats to write, in the order of `WRITERS`; None for SVG.

    Raises
    ------
    UsageError
        There is no such format, or none is chosen.
    """
    wanted = ["svg"] if formats is None else list(formats)
    for name in [*wanted, *([] if wanted else [""])]:
        if name not in WRITERS:
            raise UsageError(
                f'there is no picture in the format "{name}".' + did_you_mean(name, WRITERS),
                where="--format",
                do=f"choose among {', '.join(WRITERS)}",
            )
    return tuple(name for name in WRITERS if name in wanted)


def file_name(figure: Figure, language: str, format: str) -> str:
    """The file of a picture: ``<figure>.<language>.<format>``."""
    return f"{figure.id}.{language}.{format}"


def _listing(document: Document, formats: Sequence[str]) -> str:
    """What stands on each picture, for those who put it elsewhere."""
    tables = {table.id: table for table in document.tables}
    pictures = [
        {
            "id": figure.id,
            "number": figure.number,
            "title": figure.title,
            "alt": figure.alt,
            "notes": list(figure.notes),
            "source": figure.source,
            "table": figure.table_id,
            "table_number": tables[figure.table_id].number if figure.table_id in tables else None,
            "files": [file_name(figure, document.language, format) for format in formats],
        }
        for figure in document.figures
    ]
    told = {
        "schema": SCHEMA,
        "wave": document.id,
        "title": document.title,
        "language": document.language,
        "date": document.date.isoformat(),
        "synthetic": document.synthetic,
        "figures": pictures,
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"
