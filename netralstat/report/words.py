"""Every printed word of the report, by key and language (``words/id/``, ``words/en/``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netralstat.errors import ReportError, did_you_mean
from netralstat.phrases import LANGUAGES, phrases

PACKAGE = "netralstat.report"


def templates(language: str) -> Mapping[str, str]:
    """All templates of one language, keyed by dotted name."""
    if language not in LANGUAGES:
        raise ReportError(
            f'The report has no words in the language "{language}".' + did_you_mean(language, LANGUAGES),
            where="wave.toml, report.languages",
            do=f"use one of: {', '.join(LANGUAGES)}.",
        )
    return phrases(PACKAGE, language)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language: ``words("chapter.key", value="17,6%")``."""

    language: str

    def __call__(self, key: str, **fields: object) -> str:
        """Fill the template `key` with named fields.

        Raises
        ------
        ReportError
            The key is unknown, or the template asks for a field that was not given.
        """
        known = templates(self.language)
        if key not in known:
            raise ReportError(
                f'The word "{key}" is missing in the language "{self.language}".' + did_you_mean(key, known),
                where=f"netralstat/report/words/{self.language}",
                do="add the key to a file of every language.",
            )
        try:
            return known[key].format(**fields)
        except KeyError as error:
            raise ReportError(
                f'The word "{key}" asks for the field {error}, which was not given.',
                where=f"netralstat/report/words/{self.language}",
                do=f"use only these fields: {', '.join(sorted(fields)) or 'none'}.",
            ) from error

    def knows(self, key: str) -> bool:
        """Whether the language has this key."""
        return key in templates(self.language)

    def plural(self, key: str, n: int, **fields: object) -> str:
        """Fill ``key.one`` for exactly one, else ``key.other``; both know the field `n`."""
        return self(f"{key}.one" if n == 1 else f"{key}.other", n=n, **fields)
