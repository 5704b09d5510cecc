"""A computation in a copy of this process, on another core, while this one goes on."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Generic, TypeVar

from netralstat.errors import EnvironmentProblem
from netralstat.processes.program import way_to_end

Result = TypeVar("Result")


class Beside(Generic[Result]):
    """Computes beside what stands in its ``with`` block, as far as this machine lets it.

    Parameters
    ----------
    compute : callable
        Takes nothing; what it changes is lost, only its result comes back.

    Notes
    -----
    A process is copied only on Linux, with a second core, and while it has one thread: a copy of several is
    not safe. Otherwise `compute` runs when its result is asked for, with the same result. The result comes
    through a pipe between the two, to which nobody else can write.
    """

    def __init__(self, compute: Callable[[], Result]) -> None:
        self._compute = compute

    def __enter__(self) -> Beside[Result]:
        self._copy = _Copy(self._compute) if can_copy() else None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._copy is not None:
            self._copy.end()

    def result(self) -> Result:
        """What `compute` returns, or raises; an EnvironmentProblem when the copy ended before."""
        return self._compute() if self._copy is None else self._copy.result()


def can_copy() -> bool:
    """Whether this process may be copied, and another core may run the copy."""
    if sys.platform != "linux":
        return False
    return len(os.sched_getaffinity(0)) > 1 and threading.active_count() == 1


class _Copy(Generic[Result]):
    def __init__(self, compute: Callable[[], Result]) -> None:
        fork = multiprocessing.get_context("fork")
        self._ours, theirs = fork.Pipe(duplex=False)
        self._process = fork.Process(target=_answer, args=(compute, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def result(self) -> Result:
        made: Result
        try:
            made, error = self._ours.recv()
        except EOFError as ended:
            self._process.join()
            raise EnvironmentProblem(
                "a copy of this process that computed beside it ended before it was done "
                f"({way_to_end(self._process.exitcode or 0)})",
                do="free memory on this machine, and run the command again",
            ) from ended
        if error is not None:
            raise error
        return made

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self._ours.close()


def _answer(compute: Callable[[], Result], pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the first process, which ends this one
    try:
        pipe.send((compute(), None))
    except Exception as error:
        error.add_note(f"In the copy of the process:\n{traceback.format_exc()}")
        pipe.send((None, error))
