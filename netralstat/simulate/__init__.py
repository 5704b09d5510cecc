"""A synthetic population with known truth, sampled and written as a real KoboToolbox export.

`simulate(wave_folder)` reads [collect.simulate] of the wave file, makes the population from its seed, draws
the sample, answers the questionnaire and writes the export that [collect] then reads. The frame, the margins
and the truth of the wave come from the same population and are written with it, so they cannot drift apart.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from netralstat.errors import EnvironmentProblem, PlanError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from netralstat.ask.plan import Plan
    from netralstat.simulate.population import Population

__all__ = ["SimulationResult", "simulate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationResult:
    """What `simulate` wrote.

    Attributes
    ----------
    path : pathlib.Path
        The export.
    sha256 : str
        Its hash; `expected` is the one that the wave file declares (None: it declares none).
    n_rows : int
        Rows of responses in it, those included that will not be accepted.
    truth : pandas.DataFrame
        ``indicator domain level value unit`` of the whole population; see `truth_frame`.
    written : tuple of pathlib.Path
        Every file, the export first.
    """

    path: Path
    sha256: str
    expected: str | None
    n_rows: int
    truth: pd.DataFrame
    written: tuple[Path, ...]


def simulate(
    wave_folder: Path | str, *, seed: int | None = None, out: Path | None = None
) -> SimulationResult:
    """Make the data of a synthetic wave: the same seed gives the same bytes on every machine.

    Parameters
    ----------
    wave_folder : pathlib.Path or str
        A wave whose wave.toml has a table [collect.simulate] and one source of kind "kobo".
    seed : int, optional
        Another seed than the wave's; then `out` is needed, for the wave's own files must not change.
    out : pathlib.Path, optional
        Where to write the export. Without it, the export goes where [[collect.sources]] expects it, and the
        frame, the margins, the truth and the case register are written too.

    Returns
    -------
    SimulationResult

    Raises
    ------
    PlanError
        The wave is not a synthetic one, or lacks what the simulation needs.
    UsageError
        Another seed without `out`.
    InstrumentError
        The instrument is not the one that the simulation answers.
    EnvironmentProblem
        A file cannot be written.
    """
    from netralstat.ask.plan import read_plan
    from netralstat.ask.xlsform import read_xlsform
    from netralstat.simulate import wave_files
    from netralstat.simulate.answers import answer
    from netralstat.simulate.kobo_export import write_export
    from netralstat.simulate.population import build_population
    from netralstat.simulate.published import read_published, replay
    from netralstat.simulate.regions import build_frame
    from netralstat.simulate.sampling import draw_sample

    plan = read_plan(wave_folder)
    settings = _settings(plan)
    number = settings.seed if seed is None else seed
    if number != settings.seed and out is None:
        raise UsageError(
            f"seed {number} is not the wave's seed {settings.seed}, and its files are made from that.",
            where=str(plan.path),
            do="say with `out` where the other export is to go, or change the seed in [collect.simulate]",
        )
    instrument = read_xlsform(plan.resolve(plan.ask.instrument))
    population = build_population(build_frame(number, settings.population), number)
    sample = draw_sample(population, number)
    replayed = replay(population, sample, read_published(plan.resolve(settings.published)), number)
    answers = answer(population, sample, replayed, number)
    export = write_export(
        instrument, answers, first_day=settings.first_day, last_day=settings.last_day, seed=number
    )
    truth = wave_files.truth_frame(population, wave_files.keys_of(population))

    source = plan.collect.sources[0]
    path = plan.resolve(source.path) if out is None else Path(out)
    content = {path: export.text.encode("utf-8")}
    if out is None:
        content.update(_companions(plan, population, truth, number))
    for file, raw in content.items():
        _write_beside_and_rename(file, raw)
    return SimulationResult(
        path=path,
        sha256=hashlib.sha256(content[path]).hexdigest(),
        expected=source.sha256,
        n_rows=export.n_rows,
        truth=truth,
        written=tuple(content),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settings:
    """What the simulation needs of a plan, all of it present."""

    seed: int
    population: int
    first_day: date
    last_day: date
    published: str


def _settings(plan: Plan) -> _Settings:
    """Take the settings out of the plan; every one that is missing is named."""
    simulation, fieldwork = plan.collect.simulate, plan.collect.fieldwork
    if not plan.synthetic or simulation is None:
        raise PlanError(
            "the wave is not synthetic: it has no table [collect.simulate].",
            where=str(plan.path),
            do="simulate only waves with synthetic = true; real responses are never overwritten",
        )
    if simulation.population is None or fieldwork is None or plan.report.published is None:
        needed = {
            "collect.simulate.population": simulation.population,
            "collect.fieldwork": fieldwork,
            "report.published": plan.report.published,
        }
        missing = [key for key, value in needed.items() if value is None]
        raise PlanError(
            f"the simulation lacks {', '.join(missing)}.", where=str(plan.path), do="add these keys"
        )
    _check_source(plan)
    return _Settings(
        seed=simulation.seed,
        population=simulation.population,
        first_day=fieldwork.start,
        last_day=fieldwork.end,
        published=plan.report.published,
    )


def _check_source(plan: Plan) -> None:
    """The one source must be declared as the export is written."""
    source = plan.collect.sources[0]
    declared = (source.kind, source.encoding, source.delimiter, source.headers, source.group_separator or "/")
    written = ("kobo", "utf-8", ";", "names", "/")
    if len(plan.collect.sources) != 1 or declared != written or source.select_multiple != "both":
        raise PlanError(
            f"{len(plan.collect.sources)} sources are declared, the first as {', '.join(declared)}.",
            where=f"{plan.path}, collect.sources",
            do='declare one: kind = "kobo", encoding = "utf-8", delimiter = ";", headers = "names", '
            'group_separator = "/", select_multiple = "both"',
        )


def _companions(plan: Plan, population: Population, truth: pd.DataFrame, seed: int) -> dict[Path, bytes]:
    """The frame, the margins, the truth and the case register, where the wave file looks for them."""
    from netralstat.simulate import wave_files
    from netralstat.simulate.register import register_csv

    texts: dict[Path, str] = {}
    if plan.design.frame is not None:
        texts[plan.resolve(plan.design.frame.path)] = wave_files.frame_csv(population.frame)
    keys = wave_files.keys_of(population)
    for margin in plan.design.margins:
        text = wave_files.margin_csv(margin.items, margin.population, keys, plan)
        texts[plan.resolve(margin.path)] = text
    if plan.collect.simulate is not None and plan.collect.simulate.truth is not None:
        texts[plan.resolve(plan.collect.simulate.truth)] = wave_files.truth_csv(truth)
    if plan.collect.case_register is not None:
        texts[plan.resolve(plan.collect.case_register.path)] = register_csv(population, seed)
    return {path: text.encode("utf-8") for path, text in texts.items()}


def _write_beside_and_rename(path: Path, raw: bytes) -> None:
    """Write a file so that a killed run leaves the old one or the new one, never half."""
    beside = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except OSError as problem:
        if beside:
            Path(beside).unlink(missing_ok=True)
        raise EnvironmentProblem(
            f"a simulated file of {len(raw):,} bytes cannot be written: {problem.strerror}.",
            where=str(path),
            do="make the folder writable, or give another one with `out`",
        ) from problem
