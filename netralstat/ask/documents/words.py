"""Every printed word of the questionnaire and the codebook (``words/id.toml``, ``words/en.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from netralstat.errors import InstrumentError, did_you_mean

LANGUAGES = ("id", "en")
PACKAGE = "netralstat.ask.documents"


def _flatten(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)


@cache
def templates(language: str) -> Mapping[str, str]:
    """All templates of one language, keyed by dotted name."""
    if language not in LANGUAGES:
        raise InstrumentError(
            f'There are no printed words in the language "{language}".{did_you_mean(language, LANGUAGES)}',
            where="--language",
            do=f"Use one of: {', '.join(LANGUAGES)}.",
        )
    text = files(PACKAGE).joinpath("words", f"{language}.toml").read_text(encoding="utf-8")
    return dict(_flatten(tomllib.loads(text)))


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language: ``words("questionnaire.asked_if", condition="…")``."""

    language: str

    def __call__(self, key: str, **fields: object) -> str:
        """Fill the template `key` with named fields; both languages know every key (a test holds it)."""
        return templates(self.language)[key].format(**fields)
