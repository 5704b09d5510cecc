"""Printed words by key and language: TOML files in the folder ``words/`` of a package."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

LANGUAGES = ("id", "en")


@cache
def phrases(package: str, language: str) -> Mapping[str, str]:
    """All templates of one language, keyed by dotted name.

    Parameters
    ----------
    package : str
        Its ``words/<language>.toml`` is read, or every ``words/<language>/*.toml``.
    language : str
        One of `LANGUAGES`.

    Raises
    ------
    ValueError
        Two files have a key in common.
    """
    found: dict[str, str] = {}
    for file in _files(files(package).joinpath("words"), language):
        for key, template in _flat(tomllib.loads(file.read_text(encoding="utf-8"))):
            if key in found:
                raise ValueError(
                    f"words/{language}: the key {key} stands twice, the second time in {file.name}"
                )
            found[key] = template
    return found


def _files(folder: Traversable, language: str) -> list[Traversable]:
    alone = folder.joinpath(f"{language}.toml")
    if alone.is_file():
        return [alone]
    return sorted(folder.joinpath(language).iterdir(), key=lambda file: file.name)


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
