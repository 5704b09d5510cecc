"""The program of the process that sets PDFs: `python -m netralstat.report.pdf.process`.

It sets one order after the other, until its input ends; `press.py` says what crosses the pipes.
"""

from __future__ import annotations

import json
import signal
import sys
from typing import BinaryIO

from netralstat.errors import EnvironmentProblem
from netralstat.processes.program import own_output
from netralstat.report.pdf.typeset import Refused, forget, typeset


def main() -> None:
    """Answer each order of standard input on standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which ends this process
    answers = own_output()
    while head := sys.stdin.buffer.readline():
        order = json.loads(head)
        _set(sys.stdin.buffer.read(order["bytes"]).decode(), order["timestamp"], answers)


def _set(content: str, timestamp: int, answers: BinaryIO) -> None:
    pdf = b""
    answer: dict[str, object]
    try:
        forget()
        pdf = typeset(content, timestamp)
        answer = {"bytes": len(pdf)}
    except Refused as problem:
        answer = {"refused": str(problem)}
    except EnvironmentProblem as problem:
        answer = {"lacking": {"fact": problem.fact, "where": problem.where, "do": problem.do}}
    answers.write(json.dumps(answer).encode() + b"\n" + pdf)
    answers.flush()


if __name__ == "__main__":
    main()
