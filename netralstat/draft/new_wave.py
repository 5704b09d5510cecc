"""A new wave folder: the form and the exports put inside, and a commented wave.toml beside them."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from netralstat.ask.instrument import Instrument
from netralstat.ask.plan import read_plan
from netralstat.ask.plan_toml import MAX_BYTES
from netralstat.ask.xlsform import read_xlsform
from netralstat.draft.exports import Export, count_columns, look_at
from netralstat.draft.headers import header_score, look_at_header
from netralstat.draft.notations import Body, unknown_cells
from netralstat.draft.wave_text import Source, wave_text
from netralstat.errors import PlanError, UsageError

_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")
_IGNORE = "# Respondents' answers never enter a repository.\n/data/\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWave:
    """What was written.

    Attributes
    ----------
    path : pathlib.Path
        The wave file.
    copied : tuple of pathlib.Path
        Files that were brought into the folder.
    to_fill : tuple of str
        What the reader of wave files still misses, a line each; empty where it reads the file.
    """

    path: Path
    copied: tuple[Path, ...]
    to_fill: tuple[str, ...]


def new_wave(folder: Path, instrument: Path, exports: Sequence[Path], wave_id: str | None = None) -> NewWave:
    """Write a commented wave.toml from a form and a first look at its exports.

    Parameters
    ----------
    folder : pathlib.Path
        The wave folder, made where it is absent. The folder around it is the surveys folder: files inside it
        are referred to where they lie, others are copied into the wave folder.
    instrument : pathlib.Path
        The XLSForm.
    exports : sequence of pathlib.Path
        The files of responses; each becomes one source.
    wave_id : str, optional
        Name of the wave; without it the folder's.

    Raises
    ------
    UsageError
        The folder has a wave.toml, a name is no name of a wave, or files would fall on one another.
    InstrumentError, ResponseError
        The form or an export cannot be read.
    PlanError
        The wave file would be larger than its reader takes.
    """
    target = folder / "wave.toml"
    if os.path.lexists(target):
        raise UsageError(
            "the folder has a wave.toml: nothing was written.",
            where=str(target),
            do="name another folder, or move the old wave file away",
        )
    name = wave_id or folder.resolve().name
    if not _ID.fullmatch(name):
        raise UsageError(
            f'"{name}" is no name of a wave.',
            where="--id" if wave_id else str(folder),
            do="take small letters, digits, - and _, such as --id asn-2026",
        )
    form = read_xlsform(instrument)
    score = header_score(form)
    looks = [look_at(path, score) for path in exports]
    places = _places(folder, instrument, [look.path for look in looks])
    sources = [_source(look, written, form) for look, (written, _) in zip(looks, places[1:], strict=True)]
    text = wave_text(name, form, places[0][0], sources)
    if len(text.encode()) > MAX_BYTES:
        raise PlanError(
            f"the wave file would be larger than {MAX_BYTES // 1024} KiB.",
            where=str(target),
            do="give fewer exports, and write the others' [[collect.sources]] by hand",
        )
    copied = [
        _copy(original, copy)
        for (_, copy), original in zip(places, [instrument, *exports], strict=True)
        if copy
    ]
    if any(path.parent.name == "data" for path in copied) and not (folder / ".gitignore").exists():
        _write(folder / ".gitignore", _IGNORE.encode())
    _write(target, text.encode())
    return NewWave(path=target, copied=tuple(copied), to_fill=_to_fill(target))


def _source(look: Export, written: str, form: Instrument) -> Source:
    source = _read_as(look, written, form)
    if look.format in ("sav", "dta"):  # their codes are numbers, and their labels may be those of the form
        labelled = _read_as(look_at(look.path, header_score(form), "labels"), written, form)
        if unknown_cells(labelled.body, form) < unknown_cells(source.body, form):
            return labelled
    return source


def _read_as(look: Export, written: str, form: Instrument) -> Source:
    header = look_at_header(look, form)
    rows = islice(look.records(), header.n_above + 1 + header.n_below, None)
    return Source(
        path=written, export=look, body=Body(header=header, columns=count_columns(rows, header.names))
    )


def _places(folder: Path, instrument: Path, exports: Sequence[Path]) -> list[tuple[str, Path | None]]:
    """For the form and each export: its path as written in the wave file, and where to copy it, if at all."""
    here = folder.resolve()
    root = here.parent
    places: list[tuple[str, Path | None]] = []
    for number, original in enumerate([instrument, *exports]):
        inside = original.resolve()
        if inside.is_relative_to(root):
            places.append((Path(os.path.relpath(inside, here)).as_posix(), None))
        else:
            written = original.name if number == 0 else f"data/{original.name}"
            places.append((written, here / written))
    names = [written for written, _ in places]
    if twice := sorted({written for written in names if names.count(written) > 1}):
        raise UsageError(
            f"{names.count(twice[0])} files would be {twice[0]} in the wave folder.",
            where=str(folder),
            do="give each file once, and files of one name other names",
        )
    return places


def _copy(original: Path, copy: Path) -> Path:
    raw = original.read_bytes()
    if os.path.lexists(copy):
        same = copy.is_file() and hashlib.sha256(copy.read_bytes()).digest() == hashlib.sha256(raw).digest()
        if not same:
            raise UsageError(
                "the wave folder has another file of this name: nothing was written.",
                where=str(copy),
                do="move one of the two away, or give it another name",
            )
        return copy
    _write(copy, raw)
    return copy


def _write(path: Path, raw: bytes) -> None:
    """Write beside, then rename: a killed run leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(raw)
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _to_fill(target: Path) -> tuple[str, ...]:
    try:
        read_plan(target)
    except PlanError as problem:
        return tuple(line.strip() for line in problem.fact.split("\n")[1:])
    return ()
