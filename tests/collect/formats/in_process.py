"""Readers that have a process of their own without one: run in this process, or in a fork."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Sequence

from netralstat.collect.formats import parquet_process, statfile_process
from netralstat.collect.formats.child_process import Ended, answer_with, limit_memory, problem
from netralstat.errors import ResponseError

READERS = {module.__name__: module.read for module in (parquet_process, statfile_process)}
MEMORY = 6 * 2**30  # of a fork of this process, which is larger than a fresh child
SECONDS = 10
UNKNOWN = 70
"""Exit code of an exception that the reader does not know."""


def here(module: str, arguments: Sequence[str], raw: bytes) -> Ended:
    """As `run_child`, for files that are whole."""
    output = io.BytesIO()
    try:
        header, arrays = READERS[module](raw, *arguments)
    except ResponseError as bad:
        header, arrays = problem(bad.fact, bad.do or "", bad.where or ""), []
    except MemoryError:
        header, arrays = problem("memory.", "", ""), []
    answer_with(output, header, arrays)
    return Ended(status=0, output=output.getvalue(), seconds=SECONDS)


def in_a_fork(module: str, arguments: Sequence[str], raw: bytes) -> Ended:
    """As `run_child`, for files that may end their process."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            limit_memory(MEMORY)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(SECONDS)
            output = here(module, arguments, raw).output
            with os.fdopen(writing, "wb") as stream:
                stream.write(output)
            os._exit(0)
        finally:
            os._exit(UNKNOWN)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        written = stream.read()
    _, status = os.waitpid(child, 0)
    return Ended(status=os.waitstatus_to_exitcode(status), output=written, seconds=SECONDS)
