"""A reader that a bad file could crash or fill the memory with, run in a process of its own.

The child gets the bytes of the file on its standard input and writes one answer, by `answer_with`. Nothing
that could run code crosses the pipe: a header of JSON, then arrays of fixed width.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from netralstat.collect.text_table import TextColumn, TextTable
from netralstat.errors import ResponseError
from netralstat.processes.program import start, way_to_end

MEMORY = 2 * 2**30
"""Bytes of address space a child may take, beside four times the size of its file."""

SECONDS = 120.0
"""Time a child may take, beside a second for each MB of its file."""

_MARK = b"NSTC"
_HEAD = struct.Struct("<4sQ")
_ALIGNED = 8  # the arrays start at a multiple, for numpy


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a child ended: `status` as subprocess tells it (None: stopped after `seconds`), and its output."""

    status: int | None
    output: bytes
    seconds: float


def table_in_child(module: str, arguments: Sequence[str], raw: bytes, where: str, sha256: str) -> TextTable:
    """Read a file as a table of text in a child.

    Its header has the keys `header`, `levels` (texts of each column), `n_rows` and perhaps `first_row`; the
    arrays are the codes of the columns, int32, one column after the other. Parameters as of `read_in_child`.
    """
    header, arrays = read_in_child(module, arguments, raw, where)
    codes = np.frombuffer(arrays, dtype=np.int32).reshape(len(header["header"]), header["n_rows"])
    columns = tuple(
        TextColumn(levels=tuple(levels), codes=places)
        for levels, places in zip(header["levels"], codes, strict=True)
    )
    return TextTable(
        path=where,
        sha256=sha256,
        header=tuple(header["header"]),
        columns=columns,
        n_rows=header["n_rows"],
        first_row=header.get("first_row", 1),
    )


def read_in_child(module: str, arguments: Sequence[str], raw: bytes, where: str) -> tuple[Any, memoryview]:
    """Run the reader `module` on the bytes of a file, under limits of memory and time.

    Parameters
    ----------
    module : str
        Dotted name of a module that is run as a program; its first argument is its limit of memory.
    arguments : sequence of str
        Its further arguments.
    raw : bytes
        The file.
    where : str
        The file's path for error messages.

    Returns
    -------
    header : Any
        What the child said, as JSON; a table of the key "problem" is raised as an error instead.
    arrays : memoryview
        The bytes that follow the header.

    Raises
    ------
    ResponseError
        The child met a problem, crashed, took too long or too much memory.
    """
    return answer_of(run_child(module, arguments, raw), where)


def run_child(module: str, arguments: Sequence[str], raw: bytes) -> Ended:
    """Run the module on the bytes; it is stopped when it takes too long."""
    seconds = SECONDS + len(raw) / 2**20
    with start(module, [str(MEMORY + 4 * len(raw)), *arguments]) as child:
        try:
            output, _ = child.communicate(raw, timeout=seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            return Ended(status=None, output=b"", seconds=seconds)
        except BaseException:
            child.kill()
            raise
    return Ended(status=child.returncode, output=output, seconds=seconds)


def answer_of(ended: Ended, where: str) -> tuple[Any, memoryview]:
    """Return the header and the arrays of a child's answer; a ResponseError if it has none."""
    if ended.status is None:
        raise ResponseError(
            f"reading the file took more than {ended.seconds:,.0f} seconds and was stopped.",
            where=where,
            do="export it again: it is damaged, or split it into several files of fewer rows",
        )
    output = ended.output
    if ended.status != 0 or len(output) < _HEAD.size or output[: len(_MARK)] != _MARK:
        raise ResponseError(
            f"the file made its reader crash ({way_to_end(ended.status)}).",
            where=where,
            do="export it again: it is damaged; if a new export does the same, export it as CSV",
        )
    _, size = _HEAD.unpack_from(output)
    arrays = memoryview(output)[_HEAD.size + size :]
    header = json.loads(output[_HEAD.size : _HEAD.size + size].decode("utf-8", "surrogatepass"))
    if "problem" in header:
        problem = header["problem"]
        place = f", {problem['place']}" if problem.get("place") else ""
        raise ResponseError(problem["fact"], where=f"{where}{place}", do=problem["do"])
    return header, arrays


def limit_memory(n_bytes: int) -> None:
    """Let this process take no more address space, where the system can hold it to that (not on Windows)."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (n_bytes, n_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold answers


def answer_with(stream: BinaryIO, header: Any, arrays: Sequence[bytes | memoryview] = ()) -> None:
    """Write an answer for `answer_of`."""
    text = json.dumps(header, ensure_ascii=False).encode("utf-8", "surrogatepass")
    text += b" " * (-(len(text) + _HEAD.size) % _ALIGNED)
    stream.write(_HEAD.pack(_MARK, len(text)) + text)
    for array in arrays:
        stream.write(array)
    stream.flush()


def problem(fact: str, do: str, place: str = "") -> dict[str, dict[str, str]]:
    """Return the header of an answer that the parent raises as a ResponseError."""
    return {"problem": {"fact": fact, "do": do, "place": place}}
