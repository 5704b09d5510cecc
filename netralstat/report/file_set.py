"""Files that belong together reach their folder together: all of the new ones, or all of the old."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from netralstat.errors import EnvironmentProblem

Content = Mapping[str, str | bytes]
"""Text or bytes of each file, by its name."""

ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Signals that end a program when nobody handles them."""


def bytes_of(data: str | bytes) -> bytes:
    """What a file holds."""
    return data.encode() if isinstance(data, str) else data


def write_together(content: Content, folder: Path) -> list[Path]:
    """Write every file beside its place, then rename them all.

    A killed run leaves whole files only. Ctrl-C and SIGTERM wait until the set is in place; where a file
    cannot be put in its place (one that Word holds open on Windows), the others get back their old content.

    Raises
    ------
    EnvironmentProblem
        The folder cannot be written, or a folder stands where a file is to be.
    """
    taken = [name for name in content if (folder / name).is_dir()]
    if taken:
        raise EnvironmentProblem(
            f"The report cannot be written: {taken[0]} is a folder.",
            where=str(folder),
            do="rename this folder, or choose another one for the report.",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _undisturbed():
            beside = Path(tempfile.mkdtemp(prefix=".report-", dir=folder))
            try:
                for name, data in content.items():
                    _write(beside / name, bytes_of(data))
                return _placed(list(content), beside, folder)
            finally:
                shutil.rmtree(beside, ignore_errors=True)
    except OSError as problem:
        raise EnvironmentProblem(
            f"The report cannot be written: {problem.strerror or problem}.",
            where=str(folder),
            do="choose a folder that you may write to, with free space; close its files in other programs.",
        ) from problem


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _placed(names: list[str], beside: Path, folder: Path) -> list[Path]:
    """Rename every file to its place; when one fails, put back what stood there."""
    old = {name: beside / f"old-{i}" for i, name in enumerate(names) if (folder / name).exists()}
    for name, kept in old.items():
        shutil.copy2(folder / name, kept)
    done: list[str] = []
    try:
        for name in names:
            (beside / name).replace(folder / name)
            done.append(name)
    except OSError:
        for name in done:
            if name in old:
                old[name].replace(folder / name)
            else:
                (folder / name).unlink()
        raise
    return [folder / name for name in names]


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let signals that would end the program wait until the block is left; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []

    def keep(number: int, _: FrameType | None) -> None:
        waiting.append(number)

    before = {number: signal.getsignal(number) for number in ENDING}
    ours = [number for number, handler in before.items() if handler not in (None, signal.SIG_IGN)]
    for number in ours:
        signal.signal(number, keep)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])
        for number in waiting:
            signal.raise_signal(number)
