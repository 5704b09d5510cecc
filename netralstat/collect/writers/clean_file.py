"""Clean responses as one file with labels and missing codes, and its codebook beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from netralstat.ask.instrument import Instrument
from netralstat.collect.responses import Responses
from netralstat.collect.writers.codebook_file import codebook_bytes
from netralstat.collect.writers.csv_file import csv_bytes
from netralstat.collect.writers.formula_guard import guarded
from netralstat.collect.writers.missing_codes import number_codes
from netralstat.collect.writers.parquet_file import reason_columns, write_parquet
from netralstat.collect.writers.privacy import left_out
from netralstat.collect.writers.spss_file import LONGEST_NAME, spss_codes, write_spss
from netralstat.collect.writers.stat_columns import Shortened, as_texts, named, on_the_clock
from netralstat.collect.writers.stata_file import TEXT_CODES, longest_name, write_stata
from netralstat.collect.writers.variables import Variable, variables_of
from netralstat.errors import EnvironmentProblem, UsageError

LONGEST_CELL = 131_071
"""Bytes of a text in CSV, whose reader takes no longer ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written.

    Attributes
    ----------
    path, codebook : Path
        The file and its codebook.
    n_rows, n_columns : int
        Its size.
    left_out : Mapping[str, str]
        Columns that were not written, and what they are.
    codes : Mapping[str, str]
        What stands in the file for each reason; empty for Parquet, which has a column of reasons an item.
    shortened : Shortened
        Counts of names and labels that the format could not hold whole.
    """

    path: Path
    codebook: Path
    n_rows: int
    n_columns: int
    left_out: Mapping[str, str]
    codes: Mapping[str, str]
    shortened: Shortened


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A file on its way: its columns under their names, and what its codebook has to say beside them."""

    variables: list[Variable]
    language: str
    codes: dict[str, str] = field(default_factory=dict)
    as_codes: bool = False
    guards: bool = False
    reasons_of: dict[str, str] = field(default_factory=dict)
    shortened: Shortened = field(default_factory=Shortened)


def write_responses(
    responses: Responses,
    instrument: Instrument,
    path: str | Path,
    *,
    language: str | None = None,
    text: bool = False,
    keep: Collection[str] = (),
    keys: Collection[str] = (),
) -> Written:
    """Write clean responses as .csv, .parquet, .sav, .zsav or .dta, with its codebook beside.

    Parameters
    ----------
    responses : Responses
        What came back, checked; only accepted rows are written.
    instrument : Instrument
        The questionnaire behind them.
    path : path
        The file; its suffix tells the format. One that is there is replaced.
    language : str, optional
        Language of the labels; the form's own if None.
    text : bool
        Whether columns are written that can tell who answered: free text, places, what the device filled in.
    keep : collection of str
        Single columns that are written though they are such text, or keys.
    keys : collection of str
        Columns that tell one row from all others; they are left out.

    Returns
    -------
    Written

    Raises
    ------
    UsageError
        Another suffix, a language that the form does not have, a column in `keep` that is not there, or
        nothing left to write.
    ResponseError
        A text or a number that the format cannot hold.
    EnvironmentProblem
        The folder cannot be written to, or a package for the format is not installed.
    """
    path = Path(path)
    write = WRITERS.get(path.suffix.lower())
    if write is None:
        raise UsageError(
            f'no file of clean responses ends in "{path.suffix}".',
            where=str(path),
            do=f"choose one of {', '.join(WRITERS)}",
        )
    if language is not None and language not in instrument.languages:
        raise UsageError(
            f'the form has no wording in "{language}".',
            where="language",
            do=f"choose one of {', '.join(instrument.languages)}",
        )
    out = left_out(responses, instrument, text=text, keep=keep, keys=keys)
    variables = variables_of(responses, instrument, out)
    if not variables:
        raise UsageError(
            f"nothing is left to write: all {len(out)} columns are text or keys.",
            where=str(path),
            do="name the columns to keep",
        )
    draft = _Draft(variables=list(variables), language=language or instrument.default_language)
    codebook = codebook_path(path)
    with _beside(path) as folder:
        write(folder / path.name, draft)
        (folder / codebook.name).write_bytes(
            codebook_bytes(
                draft.variables,
                instrument,
                codes=draft.codes,
                left_out=out,
                as_codes=draft.as_codes,
                reasons_of=draft.reasons_of,
                guards=draft.guards,
            )
        )
        for name in (codebook.name, path.name):
            os.replace(folder / name, path.with_name(name))
    return Written(
        path=path,
        codebook=codebook,
        n_rows=responses.n_accepted,
        n_columns=len(draft.variables) + len(draft.reasons_of),
        left_out=out,
        codes=draft.codes,
        shortened=draft.shortened,
    )


def codebook_path(path: Path) -> Path:
    """The codebook of a clean file: `responses.sav` has `responses.sav.codebook.csv`."""
    return path.with_name(f"{path.name}.codebook.csv")


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A folder beside the file for what is not yet whole; a killed run leaves the old file or the new one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = TemporaryDirectory(prefix=f".{path.stem}-", dir=path.parent)
    except OSError as problem:
        raise EnvironmentProblem(
            f"the folder {path.parent} cannot be written to: {problem.strerror}.",
            do="give a file in a folder of your own",
        ) from problem
    with folder as name:
        yield Path(name)


def _csv(path: Path, draft: _Draft) -> None:
    draft.variables = [variable.renamed(guarded(variable.name)) for variable in draft.variables]
    texts = [variable for variable in draft.variables if variable.sort == "text"]
    numbers = [variable.values for variable in draft.variables if variable.sort in ("choice", "number")]
    words = [as_texts(variable, dict.fromkeys(variable.reasons, ""), LONGEST_CELL) for variable in texts]
    codes = number_codes(numbers, words)
    path.write_bytes(csv_bytes(draft.variables, codes))
    draft.codes = {reason: str(code) for reason, code in codes.items()}
    draft.as_codes = draft.guards = True


def _parquet(path: Path, draft: _Draft) -> None:
    write_parquet(path, draft.variables, draft.language)
    draft.reasons_of = reason_columns(draft.variables)
    draft.as_codes = True


def _spss(path: Path, draft: _Draft) -> None:
    draft.variables = named(on_the_clock(draft.variables), LONGEST_NAME, draft.shortened)
    codes = spss_codes(draft.variables)
    write_spss(path, draft.variables, codes, draft.language, draft.shortened)
    draft.codes = {reason: str(code) for reason, code in codes.items()}


def _stata(path: Path, draft: _Draft) -> None:
    draft.variables = named(on_the_clock(draft.variables), longest_name(draft.variables), draft.shortened)
    write_stata(path, draft.variables, draft.language, draft.shortened)
    draft.codes = dict(TEXT_CODES)


WRITERS: Mapping[str, Callable[[Path, _Draft], None]] = {
    ".csv": _csv,
    ".parquet": _parquet,
    ".sav": _spss,
    ".zsav": _spss,
    ".dta": _stata,
}
"""By suffix, what writes the file and completes its draft."""
