"""`netralstat check`: what is wrong with the responses, and how good the fieldwork was."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netralstat.commands.terminal import AsJson, WaveFolder, opened_wave, print_table, say

if TYPE_CHECKING:
    from netralstat.wave import Wave

Report = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FOLDER",
        help="Also write the quality report there: quality-id.html, quality-en.html, quality.json, "
        "findings.csv and flags.csv.",
    ),
]


def check(wave: WaveFolder, report: Report = None, as_json: AsJson = False) -> None:
    """Read what came back and say what is wrong with it: rows, columns and rules, never answers.

    With --report also the quality of the fieldwork: response rates, look-alike interviews, speeders, ways of
    answering, missing answers, interviewers, quotas and list experiments, on a page for its director. What
    is checked is declared under [collect.quality] in wave.toml; a flag deletes nothing by itself.
    """
    with opened_wave(wave) as opened:
        responses = opened.responses
        findings = responses.findings.groupby(["rule", "severity", "column"], sort=False, observed=True)
        table = findings.agg(findings=("row", "size"), first_row=("row", "min")).reset_index()
        written = _write(opened, report) if report is not None else []
    say(
        f"{responses.n_read:,} rows read, "
        f"{responses.n_accepted:,} accepted, {responses.n_rejected:,} rejected"
    )
    for rule, count in responses.rejected_by_rule.items():
        say(f"  {count:,} rejected: {rule}")
    if opened.register is not None:
        say(f"{opened.register.total:,} {opened.register.unit} in the case register")
    if report is not None:
        _say_flags(opened)
    if len(table) or as_json:
        print_table(table, as_json)
    else:
        say("no findings")
    for path in written:
        say(f"written: {path}")
    opened.require_valid_answers()


def _write(opened: Wave, folder: Path) -> list[Path]:
    from netralstat import __version__
    from netralstat.report.quality.desk import QualityMaterial
    from netralstat.report.quality.page import write_quality
    from netralstat.results import n_selected

    material = QualityMaterial(
        plan=opened.plan,
        instrument=opened.instrument,
        quality=opened.quality,
        n_selected=n_selected(opened),
        version=__version__,
    )
    return write_quality(material, opened.responses.findings, folder, opened.plan.report.languages)


def _say_flags(opened: Wave) -> None:
    quality = opened.quality
    say(f"{quality.n_flagged:,} of {quality.n_checked:,} rows bear a flag")
    for flag, rows, _, excluded in quality.flag_counts().itertuples(index=False):
        say(f"  {rows:,} {flag}{' (excluded)' if excluded else ''}")
