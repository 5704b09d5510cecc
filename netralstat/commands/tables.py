"""`netralstat tables`: the numbers of the report for those who work in a spreadsheet."""

from __future__ import annotations

from pathlib import Path

import typer

from netralstat.commands.terminal import Language, Out, WaveFolder, chosen_languages, opened_wave


def tables(wave: WaveFolder, out: Out = Path("reports"), language: Language = None) -> None:
    """Write only the tables of the report: a workbook a language, every table as CSV, and estimates.csv.

    They go to the folder "tables" of the wave. Each table has the number, and the figures, that it has in the
    report; what is too small or too uncertain to print is in none of these files.
    """
    chosen = chosen_languages(language)
    with opened_wave(wave) as opened:
        written = opened.write_tables(out, languages=chosen)
    for path in written:
        typer.echo(path)
