"""Programs of netralstat that run in a process of their own, and what goes between the two."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

_PACKAGE = Path(__file__).resolve().parents[2]


def start(module: str, arguments: Sequence[str] = ()) -> subprocess.Popen[bytes]:
    """Start `python -m module`, with pipes to its standard input and output.

    Parameters
    ----------
    module : str
        Dotted name of a module that is run as a program; the working folder is not searched for modules.
    arguments : sequence of str

    Returns
    -------
    subprocess.Popen
        Leave it as a context manager; what it writes to standard error is lost, as it may hold an answer.
    """
    paths = [str(_PACKAGE), os.environ.get("PYTHONPATH", "")]
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "OPENBLAS_NUM_THREADS": "1",
        },
    )


def way_to_end(status: int) -> str:
    """How a process ended, by the status that `subprocess` tells: ``exit code 1``, ``signal 9``."""
    return f"signal {-status}" if status < 0 else f"exit code {status}"


def own_output() -> BinaryIO:
    """Return a stream to the parent that nothing else in this process writes to.

    What a C library prints goes to standard error from now on.
    """
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return stream
