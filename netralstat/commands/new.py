"""`netralstat new`: a commented wave file from a form and a first look at its exports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[
    Path,
    typer.Argument(
        metavar="FOLDER",
        help="Folder of the new wave, such as surveys/asn-2026; made where it is absent. A wave.toml in it "
        "is never overwritten.",
    ),
]
Form = Annotated[
    Path, typer.Option("--instrument", "-i", help="The XLSForm that was fielded (.xlsx, .xls, .csv, .md).")
]
Exports = Annotated[
    list[Path],
    typer.Option("--export", "-e", help="A file of responses; may be given several times, one a source."),
]
WaveId = Annotated[
    str | None, typer.Option("--id", help="Name of the wave, such as asn-2026; without it, the folder's.")
]


def new(folder: Folder, instrument: Form, export: Exports, wave_id: WaveId = None) -> None:
    """Propose a wave.toml from a form and a first look at the exports.

    Each option comes with its evidence in a comment ("of 45 select_one columns 45 hold codes"): confirm it.
    Where the evidence is mixed the key is left out and the possibilities are listed, for reading never
    guesses. Files outside the surveys folder (the one around FOLDER) are copied into FOLDER.
    """
    from netralstat.draft.new_wave import new_wave

    written = new_wave(folder, instrument, export, wave_id)
    typer.echo(written.path)
    for path in written.copied:
        typer.echo(f"copied into the wave: {path}", err=True)
    if written.to_fill:
        typer.echo("Next: confirm the comments in wave.toml, and write what is missing:", err=True)
        for line in written.to_fill:
            typer.echo(f"  {line}", err=True)
    typer.echo(f"Then: netralstat check {folder}", err=True)
