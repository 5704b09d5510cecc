"""A report saved as JSON and read back: every part by its name and type; nothing guessed or evaluated."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from netralstat.errors import ReportError, did_you_mean

SCHEMA = "netralstat.report/1"
_BEGINS = '{"block": "'
_INFINITE = {"inf": math.inf, "-inf": -math.inf}
Thing = TypeVar("Thing")


def written(thing: object) -> str:
    """A frozen dataclass as JSON; the same document gives the same bytes.

    Parameters
    ----------
    thing : object
        A dataclass of dataclasses, tuples, mappings, dates, texts and numbers. A dataclass carries its name
        under ``"block"`` and begins a line; a number without end is ``{"number": "inf"}``, as JSON has none.
    """
    data = {"schema": SCHEMA, **_as_data(thing)}
    text = json.dumps(data, ensure_ascii=False, allow_nan=False)
    # Both are of the structure: in a text, quotes and ends of lines are escaped.
    return text.replace(_BEGINS, f"\n{_BEGINS}").replace(", \n", ",\n") + "\n"


def _as_data(thing: object) -> Any:
    if isinstance(thing, (str, int)) or thing is None:
        return thing
    if isinstance(thing, float):
        return {"number": "inf" if thing > 0 else "-inf"} if math.isinf(thing) else thing
    if isinstance(thing, (tuple, list)):
        return [_as_data(value) for value in thing]
    if isinstance(thing, Mapping):
        return {str(key): _as_data(value) for key, value in thing.items()}
    if isinstance(thing, date):
        return thing.isoformat()
    kind: Any = type(thing)
    return {"block": kind.__name__.lower()} | {name: _as_data(getattr(thing, name)) for name in _parts(kind)}


def read_as(kind: type[Thing], text: str | bytes, name: str) -> Thing:
    """Read what `written` wrote, as an equal `kind`.

    Parameters
    ----------
    kind : type
        The dataclass that was written.
    text : str or bytes
        JSON in UTF-8.
    name : str
        The file, for errors.

    Raises
    ------
    ReportError
        It is no JSON, is of another schema, or a part is missing, unknown or of another type.
    """
    try:
        data = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as problem:
        raise _error(f"This is no JSON: {problem}.", name) from problem
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        found = data.get("schema") if isinstance(data, dict) else None
        raise _error(f"The schema is {json.dumps(found)}; this version reads {SCHEMA}.", name)
    made = _read(kind, {key: value for key, value in data.items() if key != "schema"}, name)
    assert isinstance(made, kind)
    return made


def _read(kind: Any, data: object, where: str) -> object:
    """`data` as the annotated type `kind`."""
    if is_dataclass(kind):
        return _dataclass(cast(type, kind), data, where)
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _union(get_args(kind), data, where)
    if origin is tuple:
        return _tuple(get_args(kind), data, where)
    if origin is Mapping:
        if not isinstance(data, dict):
            raise _error(f"An object is expected, not {_told(data)}.", where)
        of_value = get_args(kind)[1]
        return {key: _read(of_value, value, f"{where}.{key}") for key, value in data.items()}
    return _plain(kind, data, where)


def _dataclass(kind: type, data: object, where: str) -> object:
    name = kind.__name__.lower()
    if not isinstance(data, dict) or data.get("block") != name:
        raise _error(f'A "{name}" is expected, not {_told(data)}.', where)
    known = _parts(kind)
    given = {key: value for key, value in data.items() if key != "block"}
    for key in given.keys() - known.keys():
        raise _error(f'A "{name}" has no part "{key}".' + did_you_mean(key, known), where)
    missing = sorted(key for key, (_, needed) in known.items() if needed and key not in given)
    if missing:
        raise _error(f'This "{name}" lacks {", ".join(missing)}.', where)
    return kind(**{key: _read(known[key][0], value, f"{where}, {key}") for key, value in given.items()})


@cache
def _parts(kind: type) -> dict[str, tuple[object, bool]]:
    """Type of each part of a dataclass, and whether it must be given."""
    hints = get_type_hints(kind)
    return {
        item.name: (hints[item.name], item.default is MISSING and item.default_factory is MISSING)
        for item in fields(kind)
    }


def _union(kinds: tuple[Any, ...], data: object, where: str) -> object:
    """The one of `kinds` that `data` says it is: a block by its name, a value by its JSON type."""
    if data is None and type(None) in kinds:
        return None
    blocks = {cast(type, kind).__name__.lower(): kind for kind in kinds if is_dataclass(kind)}
    if blocks:
        name = data.get("block") if isinstance(data, dict) else None
        if name not in blocks:
            told = f'There is no block "{name}".' + did_you_mean(str(name), blocks)
            raise _error(told if name is not None else f"A block is expected, not {_told(data)}.", where)
        return _read(blocks[name], data, where)
    for kind in kinds:
        shape = tuple if get_origin(kind) is tuple else kind
        if _LOOKS[shape](data):
            return _read(kind, data, where)
    raise _error(f"A text, a number, an interval or null is expected, not {_told(data)}.", where)


def _tuple(kinds: tuple[Any, ...], data: object, where: str) -> tuple[object, ...]:
    if not isinstance(data, list):
        raise _error(f"A list is expected, not {_told(data)}.", where)
    if kinds[-1] is Ellipsis:
        return tuple(_read(kinds[0], value, f"{where}[{i}]") for i, value in enumerate(data))
    if len(data) != len(kinds):
        raise _error(f"{len(kinds)} values are expected, not {len(data)}.", where)
    return tuple(_read(kind, value, where) for kind, value in zip(kinds, data, strict=True))


def _plain(kind: Any, data: object, where: str) -> object:
    if kind is date and isinstance(data, str):
        try:
            return date.fromisoformat(data)
        except ValueError as problem:
            raise _error("A date such as 2021-12-16 is expected.", where) from problem
    if kind is not date and _LOOKS[kind](data):
        return _INFINITE[data["number"]] if isinstance(data, dict) else data
    raise _error(f"A {kind.__name__} is expected, not {_told(data)}.", where)


_LOOKS: Mapping[Any, Callable[[object], bool]] = {
    str: lambda data: isinstance(data, str),
    bool: lambda data: isinstance(data, bool),
    int: lambda data: isinstance(data, int) and not isinstance(data, bool),
    float: lambda data: (isinstance(data, (int, float)) and not isinstance(data, bool)) or _is_infinite(data),
    tuple: lambda data: isinstance(data, list),
    type(None): lambda data: data is None,
}
"""Whether JSON data is of a type; a whole number stays one where a float is expected."""


def _is_infinite(data: object) -> bool:
    return isinstance(data, dict) and list(data) == ["number"] and str(data["number"]) in _INFINITE


def _told(data: object) -> str:
    """What kind of thing stands there; never the thing itself."""
    names = {dict: "an object", list: "a list", str: "a text", type(None): "null", bool: "true or false"}
    if isinstance(data, dict) and isinstance(data.get("block"), str):
        return f'a "{data["block"]}"'
    return names.get(type(data), "a number")


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")


def _error(fact: str, where: str) -> ReportError:
    return ReportError(fact, where=where, do="make the file again with: netralstat report WAVE --format json")
