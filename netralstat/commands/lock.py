"""`netralstat lock`: the hash and the rows of every source, written into the wave file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def lock(
    wave: Annotated[
        Path, typer.Argument(metavar="WAVE", help="Folder with a wave.toml, such as surveys/asn-2026.")
    ],
) -> None:
    """Write sha256 and rows of each source into wave.toml, so that no other file is taken for it.

    Do this when an export has changed and the new file is the right one. Comments and all other lines stay.
    """
    from netralstat.draft.locks import lock_wave

    for locked in lock_wave(wave):
        state = "locked" if locked.changed else "as it was"
        typer.echo(f"{locked.path}: {locked.rows:,} rows, sha256 {locked.sha256[:12]}…, {state}")
