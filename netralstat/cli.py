"""The command line: a verb a stage. Data on stdout, progress and messages on stderr."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from netralstat.commands.check import check
from netralstat.commands.clean import clean
from netralstat.commands.explain import explain
from netralstat.commands.figures import figures
from netralstat.commands.instrument import app as instrument
from netralstat.commands.lock import lock
from netralstat.commands.new import new
from netralstat.commands.tables import tables
from netralstat.commands.terminal import AsJson, Format, Language, Out, WaveFolder, chosen_languages
from netralstat.commands.terminal import opened_wave as _open
from netralstat.commands.terminal import print_table as _print
from netralstat.commands.terminal import say as _message
from netralstat.errors import EnvironmentProblem, NetralstatError, UsageError

DEMO = Path("surveys/asn-2021-demo")
STOPPED = 130
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "1")
"""For NumPy, which is imported later. A survey's matrices are small: threads would wait for each other longer
than they work, and the last digits of a sum would depend on the number of cores."""

COLLECTIONS = (100_000, 20, 100)
"""Thresholds of Python's garbage collector: a command makes few cycles, and each full collection would walk
through all the objects of the libraries that it has imported."""

app = typer.Typer(
    name="netralstat",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="From a survey export to a published report on the neutrality of civil servants.\n\n"
    "A wave is a folder with a wave.toml; each command walks the stages up to its own: "
    "ask, collect, design, estimate, explain, report.",
    epilog="Exit codes: 0 done, 1 a problem in the data, 2 wrong usage, 3 the machine lacks something.",
)

app.command()(new)
app.command()(clean)
app.command()(lock)
app.add_typer(instrument)


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    if version:
        from netralstat import __version__

        typer.echo(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit


@app.command()
def simulate(wave: WaveFolder) -> None:
    """Make the export of a synthetic wave from its seed (the same bytes every time)."""
    with _open(wave) as opened:
        if not opened.make_data(anew=True):
            raise UsageError(
                f"the wave {opened.plan.id} holds survey data: nothing was simulated",
                where=f"{opened.plan.path}, collect.simulate",
                do="name a wave with synthetic = true and a table [collect.simulate]",
            )
        for source in opened.plan.collect.sources:
            typer.echo(opened.plan.resolve(source.path))


app.command()(check)


@app.command()
def weights(wave: WaveFolder, as_json: AsJson = False) -> None:
    """Weight the respondents and show each calibration margin with the gap left."""
    with _open(wave) as opened:
        survey = opened.survey()
        summary = survey.weights()
    _message(
        f"{summary.n:,} respondents stand for {summary.total:,.0f} persons; "
        f"Kish's deff {summary.deff_kish:.3f}, "
        f"weights from {summary.smallest:.3f} to {summary.largest:.3f} times the mean"
    )
    if survey.calibration is not None:
        _print(survey.calibration.to_frame(), as_json)
    elif as_json:
        typer.echo("[]")


@app.command()
def estimate(
    wave: WaveFolder,
    items: Annotated[
        list[str] | None, typer.Option("--item", "-i", help="Item or indicator; the headline ones if none.")
    ] = None,
    by: Annotated[list[str] | None, typer.Option("--by", "-b", help="Domain, such as province.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print weighted prevalence with intervals; small and unreliable cells are suppressed."""
    from netralstat.report.suppression import suppress
    from netralstat.results import require_levels

    with _open(wave) as opened:
        plan = opened.plan
        chosen = items or list(plan.estimate.headline)
        require_levels(opened, [*chosen, *(by or [])], where="--item and --by")
        estimates = opened.survey().prevalence(
            chosen, by=by or None, interval=plan.estimate.interval, level=plan.estimate.level
        )
        rules = plan.report
        table = suppress(estimates, rules.min_respondents, reliability=rules.reliability).to_frame()
    _print(table, as_json)


app.command()(explain)


@app.command()
def report(
    wave: WaveFolder, out: Out = Path("reports"), language: Language = None, format: Format = None
) -> None:
    """Write the report in each language: html, PDF, Word (docx), workbook (xlsx), saved document (json).

    Beside them stand estimates.csv, every number, and manifest.json, which says how they were made.
    """
    with _open(wave) as opened:
        written = opened.report(out, languages=chosen_languages(language), formats=format or None)
    for path in written:
        typer.echo(path)


app.command()(tables)
app.command()(figures)


@app.command()
def demo(out: Out = Path("reports")) -> None:
    """Walk the whole way on the synthetic demonstration wave and write its report."""
    report(_demo_wave(), out, None, None)


def _demo_wave() -> Path:
    beside = Path(__file__).resolve().parent.parent / DEMO
    for folder in (DEMO, beside):
        if (folder / "wave.toml").is_file():
            return folder
    raise EnvironmentProblem(
        f"the demonstration wave {DEMO} is not here",
        do="run the command in a checkout of the project; an installed package does not carry the wave",
    )


def main() -> None:
    """Run the command line; every error becomes a sentence and an exit code."""
    os.environ.setdefault(*ONE_THREAD)
    gc.set_threshold(*COLLECTIONS)
    debug = "--debug" in sys.argv[1:]
    try:
        app()
    except NetralstatError as problem:
        if debug:
            raise
        _message(f"netralstat: {problem}")
        sys.exit(problem.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except SystemExit as ended:  # typer turns Ctrl-C into this code, without a word
        if ended.code == STOPPED:
            _message("netralstat: stopped; nothing was half-written")
        raise
    except MemoryError:
        _message("netralstat: this machine has not enough memory for these data")
        sys.exit(EnvironmentProblem.exit_code)
    except OSError as problem:
        if debug:
            raise
        _message(f"netralstat: {problem.strerror or problem}: {problem.filename or ''}".rstrip(": "))
        sys.exit(EnvironmentProblem.exit_code)
    except Exception as problem:
        if debug:
            raise
        _message(  # without the error's own text, which may hold an answer
            f"netralstat: an error inside netralstat ({type(problem).__name__})\n"
            "  Do: run the command again with --debug before its name, and report what it prints"
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
