"""`netralstat instrument`: a questionnaire looked over, shown, compared, printed and described."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netralstat.commands.terminal import AsJson
from netralstat.commands.terminal import say as _message

if TYPE_CHECKING:
    from netralstat.ask.instrument import Instrument
    from netralstat.ask.instrument_diff import InstrumentDiff
    from netralstat.ask.trends import Trend

LANGUAGES = ("id", "en")

app = typer.Typer(
    name="instrument",
    no_args_is_help=True,
    help="Questionnaires (XLSForm as .xlsx, .xls, .csv or .md): look one over before it is fielded, "
    "compare two versions, print one, describe one for colleagues and archives.",
)

Form = Annotated[Path, typer.Argument(metavar="FORM", help="An XLSForm (.xlsx, .xls, .csv, .md).")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder that gets the files.")]
Language = Annotated[
    list[str] | None,
    typer.Option("--language", "-l", help="id or en; may be given twice. Both, where it is left out."),
]
Wave = Annotated[
    Path | None,
    typer.Option("--wave", "-w", help="Folder of a wave (or its wave.toml) that fielded the form."),
]


@app.command()
def check(form: Form, as_json: AsJson = False) -> None:
    """Look a questionnaire over: faults, missing translations, unused lists, rules that cannot be checked.

    An error is something the form cannot mean (a condition on a later question, names that differ in
    capitals only, arms of a list experiment that do not match); it ends with exit code 1. A warning may be
    meant.
    """
    from netralstat.ask.instrument_check import check_instrument

    instrument = _read(form)
    remarks = check_instrument(instrument)
    if as_json:
        _json([remark.to_dict() for remark in remarks])
    else:
        for remark in remarks:
            about = f"{remark.subject}: " if remark.subject else ""
            _print(f"{remark.severity}  {remark.rule}  {about}{remark.text}")
    n_errors = sum(remark.severity == "error" for remark in remarks)
    version = f"version {instrument.version}" if instrument.version else "no version stated"
    _message(
        f"{instrument.id}, {version}: {len(instrument.items):,} items, {len(instrument.lists):,} choice "
        f"lists, languages {', '.join(instrument.languages)}; "
        f"{_counted(n_errors, 'error')}, {_counted(len(remarks) - n_errors, 'warning')}"
    )
    if n_errors:
        raise typer.Exit(1)


@app.command()
def show(
    form: Form,
    language: Annotated[
        str | None, typer.Option("--language", "-l", help="Language of the wording; the form's own if none.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a form asks: every item with its kind, wording, codes and conditions."""
    from netralstat.errors import UsageError, did_you_mean

    instrument = _read(form)
    chosen = language or instrument.default_language
    if chosen not in instrument.languages:
        raise UsageError(
            f'the form is not worded in "{chosen}".{did_you_mean(chosen, instrument.languages)}',
            where=f"--language, {form}",
            do=f"choose among {', '.join(instrument.languages)}",
        )
    if as_json:
        _json(_as_data(instrument))
    else:
        _show(instrument, chosen)


@app.command()
def diff(
    older: Annotated[Path, typer.Argument(metavar="A", help="The earlier version of the form.")],
    newer: Annotated[Path, typer.Argument(metavar="B", help="The later version.")],
    wave: Wave = None,
    as_json: AsJson = False,
) -> None:
    """Tell what changed between two versions of a form, and which trends it breaks.

    Each change breaks a trend, asks for caution, or keeps it. With --wave the scales and indicators of that
    wave are judged by their items. Exit code 1 when something breaks.
    """
    from netralstat.ask.instrument_diff import diff_instruments
    from netralstat.ask.trends import trends

    old, new = _read(older), _read(newer)
    found = diff_instruments(old, new)
    judged: tuple[Trend, ...] = ()
    if wave is not None:
        from netralstat.ask.plan import read_plan

        plan = read_plan(wave)
        judged = trends(plan.ask.indicators, plan.ask.scales, old, new, found)
    if as_json:
        _json(
            {
                "older": {"id": old.id, "version": old.version},
                "newer": {"id": new.id, "version": new.version},
                "severity": found.severity,
                "renamed": dict(found.renamed),
                "items": dict(found.items),
                "changes": [change.to_dict() for change in found.changes],
                "trends": [trend.to_dict() for trend in judged],
            }
        )
    else:
        _show_diff(found, judged)
    if old.id != new.id:
        _message(f'the forms have different ids: "{old.id}" and "{new.id}"')
    if found.changes and old.version == new.version:
        _message(
            f'both state version "{old.version}", though they differ: give the later one a version of its own'
        )
    if found.severity == "breaks" or any(trend.severity == "breaks" for trend in judged):
        raise typer.Exit(1)


@app.command()
def questionnaire(form: Form, out: Out = Path("."), language: Language = None) -> None:
    """Print the questionnaire: an HTML page a language for reading or for A4 paper."""
    from netralstat.ask.documents.questionnaire import questionnaire_html

    instrument = _read(form)
    for code in _chosen(language):
        page = questionnaire_html(instrument, code)
        _write(out / f"{_stem(instrument)}-questionnaire.{code}.html", page.encode("utf-8"))


@app.command()
def codebook(form: Form, out: Out = Path("."), language: Language = None) -> None:
    """Write the codebook: an HTML page a language, and a CSV with every code. It counts no answers."""
    from netralstat.ask.documents.codebook import codebook_csv, codebook_html

    instrument = _read(form)
    for code in _chosen(language):
        page = codebook_html(instrument, code)
        _write(out / f"{_stem(instrument)}-codebook.{code}.html", page.encode("utf-8"))
    _write(out / f"{_stem(instrument)}-codebook.csv", codebook_csv(instrument).encode("utf-8"))


@app.command()
def ddi(form: Form, out: Out = Path("."), wave: Wave = None) -> None:
    """Describe the form for archives as DDI-Codebook 2.5; --wave adds title, fieldwork, population."""
    from netralstat import __version__
    from netralstat.ask.documents.ddi import ddi_xml
    from netralstat.ask.plan import read_plan

    instrument = _read(form)
    plan = read_plan(wave) if wave is not None else None
    _write(out / f"{_stem(instrument)}-ddi.xml", ddi_xml(instrument, plan, software_version=__version__))


# ------------------------------------------------------------------------------------------ in and out
def _read(form: Path) -> Instrument:
    from netralstat.ask.xlsform import read_xlsform

    return read_xlsform(form)


def _chosen(language: list[str] | None) -> list[str]:
    from netralstat.errors import UsageError

    unknown = [code for code in language or [] if code not in LANGUAGES]
    if unknown:
        raise UsageError(
            f'there are no printed words in the language "{unknown[0]}"',
            where="--language",
            do=f"choose among {', '.join(LANGUAGES)}",
        )
    return list(dict.fromkeys(language or LANGUAGES))


def _stem(instrument: Instrument) -> str:
    """The form's id as a file name."""
    kept = "".join(
        character if character.isalnum() or character in "-_" else "_" for character in instrument.id
    )
    return kept[:80] or "form"


def _write(path: Path, content: bytes) -> None:
    """Write beside and rename, then name the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    typer.echo(path)


def _json(data: Any) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=1))


def _counted(n: int, word: str) -> str:
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"


def _print(text: str) -> None:
    """Print what a form says, its control characters made visible: they could steer a terminal."""
    shown = (c if c.isprintable() or c == "\n" else f"\\u{ord(c):04x}" for c in text)
    typer.echo("".join(shown))


# ------------------------------------------------------------------------------------------------ text
def _as_data(instrument: Instrument) -> dict[str, Any]:
    from dataclasses import asdict

    known = ("id", "version", "titles", "languages", "default_language", "warnings")
    return {
        **{name: getattr(instrument, name) for name in known},
        "groups": [asdict(group) for group in instrument.groups],
        "items": [asdict(item) for item in instrument.items],
        "lists": {name: [asdict(choice) for choice in choices] for name, choices in instrument.lists.items()},
    }


def _show(instrument: Instrument, language: str) -> None:
    _print(f"{instrument.label(language)}\n{instrument.id}, version {instrument.version or 'not stated'}")
    path: tuple[str, ...] = ()
    for item in instrument.items:
        if item.group != path:
            path = item.group
            _print(f"\n[{'/'.join(path) or 'outside all groups'}]")
        marks = [item.kind, *(["required"] if item.required else [])]
        marks += [f"repeated in {item.repeat}"] if item.repeat else []
        _print(f"{item.name} ({', '.join(marks)})")
        if item.labels:
            _print(_indented(item.label(language)))
        for word, text in (("if", item.relevant), ("constraint", item.constraint), ("=", item.calculation)):
            if text:
                _print(f"    {word} {text}")
        for choice in item.choices:
            reason = f"  [{choice.missing}]" if choice.missing else ""
            _print(f"    {choice.name}  {choice.label(language)}{reason}")


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _show_diff(found: InstrumentDiff, judged: tuple[Trend, ...]) -> None:
    from netralstat.ask.changes import SEVERITIES

    for severity in SEVERITIES:
        changes = [change for change in found.changes if change.severity == severity]
        if changes:
            _print(f"{severity}: {len(changes):,}")
        for change in changes:
            where = f" ({change.language})" if change.language else ""
            _print(f"  {change.subject}: {change.what}{where}: {change.reason}")
            if change.before and change.after:
                _print(_indented(f"- {change.before}\n+ {change.after}"))
    if not found.changes:
        _print("no differences")
    for trend in judged:
        _print(f"{trend.severity}  {trend.kind} {trend.name}")
        for reason in trend.reasons:
            _print(f"    {reason}")
