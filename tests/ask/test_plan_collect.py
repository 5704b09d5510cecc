"""A key that a kind of source does not read is refused, so that no declaration is ignored."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from netralstat.ask.plan_collect import OF_FORMATS, OF_KINDS, Kind, Source

VALUES: dict[str, Any] = {
    "headers": "names",
    "answers": "codes",
    "columns": {"a": "b"},
    "absent": ["a"],
    "language": "id",
    "select_multiple": "split",
    "choice_separator": ".",
    "multiple_separator": ";",
    "chosen": ["x"],
    "not_chosen": ["y"],
    "group_separator": ".",
    "hxl": True,
    "structure": "map.json",
    "header_rows": 2,
    "encoding": "cp1252",
    "delimiter": ";",
    "sheet": "answers",
    "title_rows": 1,
}
SUFFIX = {"csv": ".csv", "xlsx": ".xlsx", "parquet": ".parquet", "sav": ".sav", "dta": ".dta"}


def declared(kind: str, format: str, key: str) -> dict[str, Any]:
    return {"path": f"data/export{SUFFIX[format]}", "kind": kind, key: VALUES[key]}


@pytest.mark.parametrize("kind", get_args(Kind))
@pytest.mark.parametrize("key", OF_KINDS)
def test_a_key_is_for_some_kinds(key: str, kind: str) -> None:
    given = declared(kind, "csv", key)
    if kind in OF_KINDS[key]:
        read = getattr(Source.model_validate(given), key)
        assert (list(read) if isinstance(read, tuple) else read) == VALUES[key]
        return
    with pytest.raises(ValidationError, match=f'"{key}" is for kind .*, not "{kind}"'):
        Source.model_validate(given)


@pytest.mark.parametrize("format", SUFFIX)
@pytest.mark.parametrize("key", OF_FORMATS)
def test_a_key_is_for_some_formats(key: str, format: str) -> None:
    given = declared("table", format, key)
    if format in OF_FORMATS[key]:
        assert getattr(Source.model_validate(given), key) == VALUES[key]
        return
    with pytest.raises(ValidationError, match=f'"{key}" is for .* files, and this is {format}'):
        Source.model_validate(given)
