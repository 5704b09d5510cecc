"""What every verb does with a terminal: open a wave with its steps shown, print a table, say a sentence."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netralstat.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from netralstat.wave import Wave

WaveFolder = Annotated[
    Path, typer.Argument(metavar="WAVE", help="Folder with a wave.toml, such as surveys/asn-2021-demo.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of a table.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder that gets a folder for the wave.")]
Language = Annotated[
    list[str] | None,
    typer.Option("--language", "-l", help="Language of the report (id or en); may be given twice."),
]
Format = Annotated[
    list[str] | None,
    typer.Option("--format", "-f", help="Only this format (html, pdf, docx, xlsx, json); may be repeated."),
]
LANGUAGES = ("id", "en")


@contextmanager
def opened_wave(folder: Path) -> Iterator[Wave]:
    """Open a wave and name each step on a terminal's stderr while it runs."""
    from netralstat.wave import open_wave

    if not sys.stderr.isatty():
        yield open_wave(folder)
        return
    from rich.console import Console

    from netralstat.commands.progress import progress_bar

    with progress_bar(folder.name, Console(stderr=True)) as begin:
        yield open_wave(folder, progress=begin)


def print_table(table: pd.DataFrame, as_json: bool) -> None:
    """Print a table on stdout, or the same as JSON."""
    typer.echo(
        table.to_json(orient="records", indent=1, double_precision=15)
        if as_json
        else table.to_string(index=False)
    )


def say(text: str) -> None:
    """Say a sentence on stderr."""
    typer.echo(text, err=True)


def chosen_languages(chosen: list[str] | None) -> list[str] | None:
    """The languages asked for, each once; None for those of the wave file.

    Raises
    ------
    UsageError
        There is no report in one of them.
    """
    unknown = [language for language in chosen or [] if language not in LANGUAGES]
    if unknown:
        raise UsageError(
            f'there is no report in the language "{unknown[0]}"',
            where="--language",
            do=f"choose among {', '.join(LANGUAGES)}",
        )
    return list(dict.fromkeys(chosen)) if chosen else None
