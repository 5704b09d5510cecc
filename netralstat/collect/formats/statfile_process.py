"""The program of the child that reads an SPSS or Stata file: `python -m …statfile_process MEMORY FORMAT …`.

Arguments: the limit of memory, "sav" or "dta", "codes" or "labels", an encoding or "", the mark that numbers
are written with. The file comes on standard input; the answer holds the columns as `TextColumn` does, each
distinct text once and a code a row.
"""

from __future__ import annotations

import codecs
import io
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.collect.formats.child_process import answer_with, limit_memory, problem
from netralstat.collect.formats.distinct_cells import distinct_numbers, distinct_values
from netralstat.collect.formats.header import check_header, check_size
from netralstat.collect.formats.statfile_values import FormatError, number_text, spss_text, stata_text
from netralstat.errors import ResponseError
from netralstat.processes.program import own_output

CELLS, PARTS = 500_000, 40
"""Cells that are read at a time, which stay in the processor cache; a large file is read in 40 parts, for a
compressed one is unpacked from its start for each."""

_AS_BYTES = "ISO-8859-1"  # each byte is a letter of its own
_UNTOLD = "ascii"  # a file that does not tell its encoding is not guessed to have one
_UTF8_STATA = 118
_CLOSED = b"</stata_dta>"
_DAMAGED = "export it again: the file is cut off or damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """What the file says of one variable: its name, format, value labels and user-missing ranges.

    `codec` is what its texts are in; None where they come decoded.
    """

    name: str
    codec: str | None
    shown: str | None
    is_text: bool
    labels: Mapping[Any, str]
    missing: Sequence[Mapping[str, Any]]


def main() -> None:
    """Read the file on standard input and answer on standard output."""
    memory, file_format, answers, encoding, decimal = sys.argv[1:]
    output = own_output()
    limit_memory(int(memory))
    try:
        header, arrays = read(sys.stdin.buffer.read(), file_format, answers, encoding, decimal)
    except ResponseError as bad:
        header, arrays = problem(bad.fact, bad.do or "", bad.where or ""), []
    except MemoryError:
        fact = f"reading the file needs more than {int(memory) / 2**30:.1f} GB of memory."
        header, arrays = problem(fact, "export fewer columns, or split it into several files"), []
    answer_with(output, header, arrays)


def read(
    raw: bytes, file_format: str, answers: str, encoding: str, decimal: str
) -> tuple[dict[str, Any], list[memoryview]]:
    """Return the answer's header (`names`, `levels`, `n_rows`) and the codes of each column as int32.

    Raises
    ------
    ResponseError
        See `statfiles.read_statfile`; `where` is the place in the file.
    """
    if file_format == "dta" and raw.startswith(b"<stata_dta>") and not raw.endswith(_CLOSED):
        raise _unreadable("the end of the file is absent.", _DAMAGED, "")
    variables, cells, n_rows = _read_cells(raw, file_format, encoding or None)
    if not n_rows:
        raise _unreadable("the file has variables and no responses.", "export it again", "")
    levels, codes = [], []
    for variable, parts in zip(variables, cells, strict=True):
        shown = _as_shown(variable, file_format, decimal)
        texts, places = _factorised(variable, parts, shown, as_labels=answers == "labels")
        levels.append(texts)
        codes.append(places.data.cast("B"))
    return {"header": [variable.name for variable in variables], "levels": levels, "n_rows": n_rows}, codes


def _read_cells(
    raw: bytes, file_format: str, encoding: str | None
) -> tuple[list[Variable], list[list[Any]], int]:
    """Every variable, and its cells in parts: arrays of numbers, or lists where there is something else."""
    _, described = _parse(raw, file_format, encoding, metadataonly=True)
    names = described.column_names
    _check_names(names)
    codec = None if _is_strict(raw, encoding) else _codec(encoding or described.file_encoding or _UNTOLD)
    variables = [_variable(described, name, codec) for name in names]
    step = max(CELLS // len(names), (described.number_rows or 0) // PARTS, 1)
    cells: list[list[Any]] = [[] for _ in names]
    n_rows = 0
    while True:
        check_size(max(n_rows, described.number_rows or 0), len(names), "")
        # As bytes, so that none is lost: ReadStat drops a letter that is incomplete at the end of a text.
        read_as = _AS_BYTES if codec else None
        columns, _ = _parse(raw, file_format, read_as, row_offset=n_rows, row_limit=step)
        found = {len(column) for column in columns.values()}
        if len(found) != 1 or len(columns) != len(names):
            raise _unreadable("the variables differ in their numbers of rows.", _DAMAGED, "")
        n_found = found.pop()
        for parts, name, variable in zip(cells, list(columns), variables, strict=True):
            parts.append(columns.pop(name) if variable.is_text else _numbers(columns.pop(name)))
        n_rows += n_found
        if n_found < step:
            break
    if described.number_rows not in (None, n_rows):
        raise _unreadable("the file holds fewer rows than it says.", _DAMAGED, "")
    return variables, cells, n_rows


def _parse(raw: bytes, file_format: str, encoding: str | None, **options: Any) -> tuple[dict[str, Any], Any]:
    import pyreadstat

    parse = pyreadstat.read_sav if file_format == "sav" else pyreadstat.read_dta
    options |= {"user_missing": True, "disable_datetime_conversion": True, "output_format": "dict"}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # pyreadstat renames a second variable of a name, and warns
            columns, described = parse(io.BytesIO(raw), encoding=encoding, **options)
    except MemoryError:
        raise
    except UnicodeDecodeError as found:
        raise _unreadable(*_other_encoding("has letters that are not in its encoding")) from found
    except UserWarning as found:
        do = "rename one of them in the program that wrote the file"
        raise _unreadable("two variables of the file have the same name.", do, "") from found
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as found:
        raise _refused(str(found), file_format) from found
    except Exception as found:  # whatever a damaged file provokes in the library
        raise _unreadable(f"the file cannot be read ({type(found).__name__}).", _DAMAGED, "") from found
    return columns, described


def _refused(sentence: str, file_format: str) -> Exception:
    """What ReadStat says (one of its own sentences, no text of the file) as a problem."""
    if "allocate" in sentence or "memory" in sentence:
        return MemoryError()
    if "encoding" in sentence or "convert" in sentence:
        return _unreadable(*_other_encoding("has letters that are not in its encoding"))
    if "expected number of rows" in sentence:
        return _unreadable("the file holds fewer rows than it says.", _DAMAGED, "")
    program = "SPSS" if file_format == "sav" else "Stata"
    return _unreadable(f"the file is no {program} file that can be read: {sentence}.", _DAMAGED, "")


def _other_encoding(fact: str) -> tuple[str, str, str]:
    return f"the file {fact}.", 'declare its encoding, for example encoding = "cp1252"', ""


def _is_strict(raw: bytes, encoding: str | None) -> bool:
    """Whether texts are UTF-8 that is not converted: so in files of Stata 14 and later (release 118)."""
    found = re.match(rb"<stata_dta><header><release>(\d{3})", raw)
    return found is not None and int(found[1]) >= _UTF8_STATA and encoding in (None, "UTF-8")


def _codec(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError as found:
        fact = f"the file says that its encoding is {encoding[:40]}, which is not known."
        raise _unreadable(fact, 'declare its encoding, for example encoding = "cp1252"', "") from found


def _variable(described: Any, name: str, codec: str | None) -> Variable:
    return Variable(
        name=name,
        codec=codec,
        shown=described.original_variable_types.get(name),
        is_text=described.readstat_variable_types.get(name) == "string",
        labels=described.variable_value_labels.get(name, {}),
        missing=described.missing_ranges.get(name, []),
    )


def _check_names(names: Sequence[str]) -> None:
    if not names:
        raise _unreadable("the file has no variables.", "export it again", "")
    check_header([name or "" for name in names], "names of variables")


def _unreadable(fact: str, do: str, place: str) -> ResponseError:
    return ResponseError(fact, do=do, where=place)


def _numbers(column: list[Any]) -> Any:
    """The column as float64, absent cells as NaN; as it is when it holds a tagged missing value (".a")."""
    try:
        return np.array(column, dtype=np.float64)
    except ValueError:
        return column


def _factorised(
    variable: Variable, parts: list[Any], shown: Callable[[Any], str], *, as_labels: bool
) -> tuple[list[str], NDArray[np.int32]]:
    """The distinct texts of a column in order of appearance, and the place of each row's text."""
    if all(isinstance(part, np.ndarray) for part in parts):
        values, places = distinct_numbers(np.concatenate(parts))
    else:
        values, places = distinct_values(chain.from_iterable(_plain(part) for part in parts))
    parts.clear()
    texts = _texts(variable, values, shown, as_labels)
    index = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    if len(index) == len(texts):
        return texts, places.astype(np.int32)
    if as_labels:
        _refuse_merged(variable, values, texts)
    to = np.array([index[text] for text in texts], dtype=np.int32)
    return list(index), to[places]


def _plain(part: Any) -> Iterator[Any]:
    return (
        (None if value != value else value for value in part.tolist())
        if isinstance(part, np.ndarray)
        else part
    )


def _texts(
    variable: Variable, values: Sequence[Any], shown: Callable[[Any], str], as_labels: bool
) -> list[str]:
    if variable.is_text:
        values = _decoded(variable, values)

    def text(value: Any) -> str:
        if value is None:
            return ""
        if as_labels and value in variable.labels:
            return variable.labels[value]
        if isinstance(value, str) and not variable.is_text:  # a tagged missing value of Stata
            return f".{value}"
        return shown(value)

    return [text(value) for value in values]


def _decoded(variable: Variable, values: Sequence[Any]) -> list[Any]:
    """The texts in the encoding of the file; those that are not in it are counted, not mended."""
    if variable.codec is None:
        return list(values)
    found, bad = [], 0
    for value in values:
        try:
            found.append(None if value is None else value.encode(_AS_BYTES).decode(variable.codec))
        except UnicodeDecodeError:
            bad += 1
    if bad:
        fact, do, _ = _other_encoding(f"has {bad:,} texts with letters that are not {variable.codec}")
        raise _unreadable(fact, do, f"variable {variable.name[:60]}")
    return found


def _as_shown(variable: Variable, file_format: str, decimal: str) -> Callable[[Any], str]:
    """How a value of the variable is written; a number that is user-missing is a code, even among dates."""
    if variable.is_text:
        return (lambda text: text.rstrip(" ")) if file_format == "sav" else str
    try:
        shown = (spss_text if file_format == "sav" else stata_text)(variable.shown)
    except FormatError as found:
        fact = "the variable counts days of a business calendar (%tb), which another file defines."
        do = "convert it in Stata to a date (dofb) and format it %td"
        raise _unreadable(fact, do, f"variable {variable.name[:60]}") from found
    ranges = [(span["lo"], span["hi"]) for span in variable.missing]
    if shown is number_text:
        return lambda value: number_text(value).replace(".", decimal)
    return lambda value: number_text(value) if any(lo <= value <= hi for lo, hi in ranges) else shown(value)


def _refuse_merged(variable: Variable, values: Sequence[Any], texts: Sequence[str]) -> None:
    """Raise when two codes that occur have one label, for then the label does not tell which it was."""
    filled = [text for value, text in zip(values, texts, strict=True) if text and value is not None]
    if n_merged := len(filled) - len(set(filled)):
        raise _unreadable(
            f"{n_merged + 1} codes of the variable have the same label as another.",
            'declare answers = "codes", or word the value labels apart',
            f"variable {variable.name[:60]}",
        )


if __name__ == "__main__":
    main()
