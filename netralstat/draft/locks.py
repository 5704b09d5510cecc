"""Locks of a wave file: sha256 and rows of every source, written into its text line by line."""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from netralstat.ask.plan import Plan, read_plan
from netralstat.ask.plan_toml import key_lines
from netralstat.collect.sources import read_source
from netralstat.errors import PlanError

_KEYS = ("sha256", "rows")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """What one source is locked to: its path, hash and rows, and whether the wave file said so before."""

    path: str
    sha256: str
    rows: int
    changed: bool


def lock_wave(folder: Path) -> tuple[Lock, ...]:
    """Write the hash and the rows of each source into wave.toml; every other line stays as it is.

    Parameters
    ----------
    folder : pathlib.Path
        The wave folder, or the wave.toml in it.

    Raises
    ------
    PlanError
        The wave file is wrong, or lays its sources out in a way that cannot be edited by line (an inline
        table): it is left as it was.
    ResponseError
        A source cannot be read as declared.
    """
    plan = read_plan(folder)
    locks = []
    for source in plan.collect.sources:
        table = read_source(source.model_copy(update={"sha256": None, "rows": None}), plan)
        said = (source.sha256, source.rows)
        locks.append(
            Lock(
                path=source.path,
                sha256=table.sha256,
                rows=table.n_rows,
                changed=said != (table.sha256, table.n_rows),
            )
        )
    if any(lock.changed for lock in locks):
        _write(plan, locks)
    return tuple(locks)


def _write(plan: Plan, locks: list[Lock]) -> None:
    raw = plan.path.read_bytes()
    text = raw.decode("utf-8")
    end = "\r\n" if "\r\n" in text else "\n"
    plain = text.replace("\r\n", "\n")
    lines = plain.split("\n")
    before = tomllib.loads(plain)
    for number in reversed(range(len(locks))):  # from below: lines above keep their numbers
        _edit(lines, key_lines("\n".join(lines)), number, locks[number])
    edited = "\n".join(lines)
    wanted = _locked(before, locks)
    if not _same(edited, wanted):
        raise PlanError(
            "the sources of the wave file are not laid out a key a line: its text was left as it was.",
            where=f"{plan.path}, collect.sources",
            do="write each source as a table [[collect.sources]] with one key a line, or lock it by hand: "
            + "; ".join(f'{lock.path}: sha256 = "{lock.sha256}", rows = {lock.rows}' for lock in locks),
        )
    _replace(plan.path, edited.replace("\n", end).encode())


def _locked(data: dict[str, object], locks: list[Lock]) -> dict[str, object]:
    """What the wave file says once it is locked."""
    collect = dict(_table(data["collect"]))
    listed = collect["sources"]
    assert isinstance(listed, list)
    collect["sources"] = [
        {**source, "sha256": lock.sha256, "rows": lock.rows}
        for source, lock in zip(listed, locks, strict=True)
    ]
    return {**data, "collect": collect}


def _table(value: object) -> Mapping[str, object]:
    assert isinstance(value, dict), "the wave file was read before"
    return value


def _same(text: str, wanted: dict[str, object]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _edit(lines: list[str], places: Mapping[tuple[str | int, ...], int], number: int, lock: Lock) -> None:
    """Change the two keys of one source where they stand, or write them below its last key."""
    source: tuple[str | int, ...] = ("collect", "sources", number)
    last = max(line for place, line in places.items() if place[:3] == source)
    values = {"sha256": f'"{lock.sha256}"', "rows": str(lock.rows)}
    new = []
    for key in _KEYS:
        at = places.get((*source, key))
        if at is None:
            new.append(f"{key} = {values[key]}")
            continue
        written = rf'(\s*"?{key}"?\s*=\s*)("[0-9a-f]*"|\'[0-9a-f]*\'|[0-9_]+)'
        lines[at - 1] = re.sub(rf"^{written}", rf"\g<1>{values[key]}", lines[at - 1], count=1)
    while last < len(lines) and new and not _stands_alone("\n".join(lines[:last])):
        last += 1  # the last key goes on over several lines
    lines[last:last] = new


def _stands_alone(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _replace(path: Path, raw: bytes) -> None:
    """Write beside, then rename: a killed run leaves the old file or the new one."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(raw)
        os.chmod(beside, path.stat().st_mode & 0o777)
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
