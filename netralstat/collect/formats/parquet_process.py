"""The program of the child that reads a Parquet file: `python -m …parquet_process MEMORY DECIMAL`.

DECIMAL is the mark that numbers are written with. The file comes on standard input; the answer holds the
columns as `TextColumn` does, each distinct text once and a code a row.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.collect.formats.child_process import answer_with, limit_memory, problem
from netralstat.collect.formats.header import check_header, check_size
from netralstat.collect.formats.typed_text import number_text
from netralstat.errors import ResponseError
from netralstat.processes.program import own_output

MAX_INFLATED = 8 * 2**30
"""Bytes of all columns as the file tells them; the memory of this process is limited besides."""

_SMALLEST = 12
_DAMAGED = "export it again: the file is cut off or damaged"


def main() -> None:
    """Read the file on standard input and answer on standard output."""
    memory, decimal = sys.argv[1:]
    output = own_output()
    limit_memory(int(memory))
    try:
        header, codes = read(sys.stdin.buffer.read(), decimal)
    except ResponseError as bad:
        header, codes = problem(bad.fact, bad.do or "", bad.where or ""), []
    except MemoryError:
        fact = f"reading the file needs more than {int(memory) / 2**30:.1f} GB of memory."
        header, codes = problem(fact, "export fewer columns, or split it into several files"), []
    answer_with(output, header, codes)


def read(raw: bytes, decimal: str) -> tuple[dict[str, Any], list[bytes]]:
    """Return the answer's header (`header`, `levels`, `n_rows`) and the codes of each column as int32.

    Raises
    ------
    ResponseError
        See `parquet.read_parquet`; `where` is the place in the file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if len(raw) < _SMALLEST or not (raw.startswith(b"PAR1") and raw.endswith(b"PAR1")):
        raise ResponseError("the file is no Parquet file, or its end is absent.", do=_DAMAGED)
    names: list[str] = []
    levels: list[list[str]] = []
    codes: list[bytes] = []
    try:
        file = pq.ParquetFile(pa.BufferReader(raw))
        schema, n_rows = file.schema_arrow, file.metadata.num_rows
        names = list(schema.names)
        check_header(names, "names of the columns")
        check_size(n_rows, len(names), "")
        _check_inflated(file)
        for place, name in enumerate(names):
            write = _writer(schema.field(place).type, decimal, f'column "{name[:60]}"')
            texts, placed = _factorised(_column(file, place, schema), write)
            if len(placed) != n_rows:
                raise ResponseError("the columns differ in their numbers of rows.", do=_DAMAGED)
            levels.append(texts)
            codes.append(placed.tobytes())
    except (pa.ArrowException, OSError, UnicodeDecodeError, OverflowError, ValueError) as bad:
        if isinstance(bad, pa.ArrowMemoryError):
            raise MemoryError from bad
        raise ResponseError(f"the file cannot be read ({type(bad).__name__}).", do=_DAMAGED) from bad
    if not n_rows:
        raise ResponseError("the file has columns and no responses.", do="export it again")
    return {"header": names, "levels": levels, "n_rows": n_rows}, codes


def _check_inflated(file: Any) -> None:
    groups = (file.metadata.row_group(number) for number in range(file.metadata.num_row_groups))
    total = sum(group.total_byte_size for group in groups)
    if total > MAX_INFLATED:
        raise ResponseError(
            f"the columns unpack to {total:,} bytes; {MAX_INFLATED:,} can be read.",
            do="export fewer columns, or declare several files in collect.sources",
        )


def _column(file: Any, place: int, schema: Any) -> Any:
    """One column as an array of one piece: by its place, for two columns may have one name."""
    import pyarrow as pa

    leaves = [_n_leaves(field.type) for field in schema]
    first = sum(leaves[:place])
    table = file.reader.read_all(column_indices=list(range(first, first + leaves[place])), use_threads=False)
    column = table.column(0)
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(list(column.chunks))


def _n_leaves(kind: Any) -> int:
    """Columns that a field has in the file: those of all values nested in it."""
    import pyarrow.types as is_

    if is_.is_dictionary(kind):
        return _n_leaves(kind.value_type)
    if is_.is_nested(kind):
        return sum(_n_leaves(kind.field(number).type) for number in range(kind.num_fields))
    return 1


def _factorised(column: Any, write: Callable[[Any], str]) -> tuple[list[str], NDArray[np.int32]]:
    """The distinct texts of a column in order of appearance, and the place of each row's text."""
    import pyarrow as pa
    import pyarrow.types as is_

    if is_.is_list(column.type) or is_.is_large_list(column.type):
        texts = ["" if value is None else write(value) for value in column.to_pylist()]
        index = {text: number for number, text in enumerate(dict.fromkeys(texts))}
        return list(index), np.array([index[text] for text in texts], dtype=np.int32)
    if is_.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if is_.is_null(column.type):
        return [""], np.zeros(len(column), dtype=np.int32)
    encoded = column.dictionary_encode(null_encoding="encode") if len(column) else column
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    if not len(column):
        return [], np.zeros(0, dtype=np.int32)
    texts = ["" if value is None else write(value) for value in _values(encoded.dictionary)]
    index = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    to = np.array([index[text] for text in texts], dtype=np.int32)
    return list(index), to[encoded.indices.to_numpy(zero_copy_only=False)]


def _values(dictionary: Any) -> list[Any]:
    """The distinct values; times as whole numbers of their unit, for Python's have no nanoseconds."""
    import pyarrow as pa
    import pyarrow.types as is_

    kind = dictionary.type
    if is_.is_timestamp(kind) or is_.is_time64(kind) or is_.is_duration(kind):
        dictionary = dictionary.cast(pa.int64())
    elif is_.is_time32(kind):
        dictionary = dictionary.cast(pa.int32())
    values: list[Any] = dictionary.to_pylist()
    return values


def _writer(kind: Any, decimal: str, place: str) -> Callable[[Any], str]:
    """How values of this type are written."""
    import pyarrow.types as is_

    if is_.is_dictionary(kind):
        kind = kind.value_type
    if is_.is_string(kind) or is_.is_large_string(kind) or str(kind) == "string_view" or is_.is_null(kind):
        return str
    if is_.is_boolean(kind):
        return lambda value: "1" if value else "0"
    if is_.is_integer(kind):
        return str
    if is_.is_float64(kind):
        return lambda value: _float_text(value).replace(".", decimal)
    if is_.is_floating(kind):
        narrow = kind.to_pandas_dtype()  # its own shortest text: 0.1 and not 0.10000000149011612
        return lambda value: _float_text(float(str(narrow(value)))).replace(".", decimal)
    if is_.is_decimal(kind):
        return lambda value: _decimal_text(value).replace(".", decimal)
    if is_.is_date(kind):
        return lambda value: value.isoformat()
    if is_.is_timestamp(kind):
        return lambda value: _time_text(value, kind.unit, kind.tz)
    if is_.is_time(kind):
        return lambda value: _time_text(value, kind.unit, None).partition("T")[2]
    if is_.is_list(kind) or is_.is_large_list(kind):
        inner = kind.value_type
        if is_.is_string(inner) or is_.is_large_string(inner):
            return lambda values: _joined(values, place)
    raise ResponseError(
        f"the column holds values of the type {str(kind)[:60]}, which no question gives.",
        where=place,
        do="leave the column out, or write it as text, numbers, dates, or lists of texts",
    )


def _float_text(value: float) -> str:
    return "" if value != value else number_text(value)  # NaN is how pandas writes a missing number


def _decimal_text(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _joined(values: list[str | None], place: str) -> str:
    texts = [value or "" for value in values]
    if any(not text or text.split() != [text] for text in texts):
        raise ResponseError(
            "the column holds lists whose texts are empty or have spaces: they cannot be joined by spaces.",
            where=place,
            do="write the codes of the choices, or a column for each choice",
        )
    return " ".join(texts)


_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def _time_text(value: int, unit: str, zone: str | None) -> str:
    """A time as ISO; with a zone it is kept in UTC and written with that offset."""
    seconds, rest = divmod(value, _PER_SECOND[unit])
    day, clock = divmod(seconds, 86_400)
    text = str(np.datetime64(day, "D")) + f"T{clock // 3_600:02}:{clock // 60 % 60:02}:{clock % 60:02}"
    if not datetime.min.year <= np.datetime64(day, "D").astype("datetime64[Y]").astype(int) + 1970 <= 9999:
        raise ResponseError("the file holds a time outside the years 1 to 9999.", do=_DAMAGED)
    if rest:
        digits = len(str(_PER_SECOND[unit])) - 1
        text += "." + f"{rest:0{digits}}".rstrip("0")
    return text if zone is None else f"{text}+00:00"


if __name__ == "__main__":
    main()
