"""`netralstat clean`: the accepted responses as a file that other programs go on with."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netralstat.commands.terminal import WaveFolder, opened_wave, say
from netralstat.errors import UsageError

if TYPE_CHECKING:
    from netralstat.collect.writers.clean_file import Written
    from netralstat.wave import Wave

To = Annotated[
    Path,
    typer.Option(
        "--to",
        help="File to write: .csv, .parquet, .sav or .zsav (SPSS), .dta (Stata). Its codebook is written "
        "beside it, as FILE.codebook.csv.",
    ),
]
Labels = Annotated[
    str | None, typer.Option("--language", "-l", help="Language of the labels; without it, the form's own.")
]
WithText = Annotated[
    bool,
    typer.Option(
        "--with-text",
        help="Write free text, places and what the device filled in too: columns that can tell who answered.",
    ),
]
Kept = Annotated[
    list[str] | None,
    typer.Option("--with", metavar="COLUMN", help="Write this text or key too; may be given several times."),
]


def clean(
    wave: WaveFolder, to: To, language: Labels = None, with_text: WithText = False, kept: Kept = None
) -> None:
    """Write the accepted responses with labels, and with the reason of every missing answer.

    Reasons are user-missing codes in SPSS and CSV (-99 refused, -98 don't know, -97 not applicable, -96 not
    asked, -95 no answer), .a to .e in Stata, and columns of their own in Parquet. Free text and keys of rows
    are left out unless asked for. A text that starts like a formula has an apostrophe before it in CSV.
    """
    from netralstat.collect.writers.clean_file import write_responses

    with opened_wave(wave) as opened:
        _refuse_sources(opened, to)
        opened.require_valid_answers()
        columns = opened.responses.frame.columns
        design = [name for name in opened.plan.design.columns if name not in opened.instrument]
        written = write_responses(
            opened.responses,
            opened.instrument,
            to,
            language=language,
            text=with_text,
            keep=[*(kept or []), *(name for name in design if name in columns)],
            keys=opened.plan.collect.unique,
        )
    typer.echo(written.path)
    typer.echo(written.codebook)
    for line in _told(written):
        say(line)


def _refuse_sources(wave: Wave, to: Path) -> None:
    """A clean file never takes the place of the responses it is made from, nor of the form."""
    from netralstat.collect.writers.clean_file import codebook_path

    plan = wave.plan
    named = [source.path for source in plan.collect.sources]
    named += [source.structure for source in plan.collect.sources if source.structure is not None]
    taken = {plan.resolve(path).resolve() for path in (*named, plan.ask.instrument)} | {plan.path.resolve()}
    for path in (to, codebook_path(to)):
        if path.resolve() in taken:
            raise UsageError(
                f"{path.name} is a file that the wave is made from: it is not overwritten.",
                where="--to",
                do="give another name or folder",
            )


def _told(written: Written) -> list[str]:
    """What was written and left out, and how the file is read again."""
    lines = [f"{written.n_rows:,} rows, {written.n_columns:,} columns"]
    by_kind: dict[str, list[str]] = defaultdict(list)
    for name, what in written.left_out.items():
        by_kind[what].append(name)
    lines += [f"left out, {what}: {', '.join(names)}" for what, names in by_kind.items()]
    if written.left_out:
        lines.append("  (--with COLUMN writes one of them, --with-text all texts)")
    cut = written.shortened
    for count, fact in (
        (cut.names, "names are changed to what the format allows; the codebook has them whole"),
        (cut.labels, "labels are cut to the length that the format allows; the codebook has them whole"),
        (cut.spaces, "texts lose the spaces at their end, which SPSS does not keep"),
    ):
        if count:
            lines.append(f"{count:,} {fact}")
    codes = written.codes or {reason: f".{reason}" for reason in _reasons()}
    pairs = ", ".join(f"{_quoted(code)} = {_quoted(reason)}" for reason, code in codes.items())
    lines += [
        "to read it again, in a wave file:",
        "  [collect.missing]",
        f"  codes = {{ {pairs} }}",
        "  [[collect.sources]]",
        f"  path = {_quoted(written.path.name)}",
        '  kind = "netralstat"',
        f"  structure = {_quoted(written.codebook.name)}",
    ]
    return lines


def _reasons() -> tuple[str, ...]:
    from netralstat.collect.values import REASONS

    return REASONS[1:]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
