"""`netralstat figures`: the pictures of the report for those who make slides, a news page or a book of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netralstat.commands.terminal import Language, Out, WaveFolder, chosen_languages, opened_wave

PictureFormat = Annotated[
    list[str] | None,
    typer.Option(
        "--format", "-f", help="Format of the pictures (svg, png or pdf); may be given again. [default: svg]"
    ),
]


def figures(
    wave: WaveFolder, out: Out = Path("reports"), language: Language = None, format: PictureFormat = None
) -> None:
    """Write only the pictures of the report: a file a figure, and figures.json with what they say.

    They go to the folder "figures" of the wave. The list has the number, title, alternative text and table of
    each figure; whoever prints one should print its source line, too. What is too small or too uncertain to
    print is on none of them.
    """
    chosen = chosen_languages(language)
    with opened_wave(wave) as opened:
        written = opened.write_figures(out, languages=chosen, formats=format or None)
    for path in written:
        typer.echo(path)
