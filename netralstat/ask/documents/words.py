"""Every printed word of the questionnaire and the codebook (``words/id.toml``, ``words/en.toml``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netralstat.errors import InstrumentError, did_you_mean
from netralstat.phrases import LANGUAGES, phrases

PACKAGE = "netralstat.ask.documents"


def templates(language: str) -> Mapping[str, str]:
    """All templates of one language, keyed by dotted name."""
    if language not in LANGUAGES:
        raise InstrumentError(
            f'There are no printed words in the language "{language}".{did_you_mean(language, LANGUAGES)}',
            where="--language",
            do=f"Use one of: {', '.join(LANGUAGES)}.",
        )
    return phrases(PACKAGE, language)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language: ``words("questionnaire.asked_if", condition="…")``."""

    language: str

    def __call__(self, key: str, **fields: object) -> str:
        """Fill the template `key` with named fields; both languages know every key (a test holds it)."""
        return templates(self.language)[key].format(**fields)
