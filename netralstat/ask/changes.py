"""A change between two versions of a questionnaire, and what it means for a trend."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

MARKUP = re.compile(r"</?[A-Za-z][^<>]*>")
Severity = Literal["breaks", "caution", "keeps"]
SEVERITIES: tuple[Severity, ...] = ("breaks", "caution", "keeps")
"""From the gravest: there is no trend; it may be the question's, not the world's; there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between two versions.

    Attributes
    ----------
    subject : str
        The item, or "group <path>".
    what : str
        What differs: added, removed, renamed, moved, wording, hint, heading, kind, choice-added, …
    severity : str
        One of `SEVERITIES`.
    reason : str
        What it means for a trend.
    language : str
        The language of a wording; "" for all else.
    before, after : str
        As either version has it; "" where it has none.
    items : tuple of str
        The items whose trend it touches.
    """

    subject: str
    what: str
    severity: Severity
    reason: str
    language: str = ""
    before: str = ""
    after: str = ""
    items: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """All attributes, for JSON."""
        return {**asdict(self), "items": list(self.items)}


def gravest(severities: Iterable[Severity]) -> Severity:
    """The gravest of them; "keeps" of none."""
    return min(severities, key=SEVERITIES.index, default="keeps")


def plain(text: str) -> str:
    """A wording without what a listener does not hear: spaces, punctuation, capitals, markup.

    Signs that mean something stay: `<`, `+`, `%`, currencies, and what stands between two digits.
    """
    bare = unicodedata.normalize("NFKC", MARKUP.sub(" ", text)).casefold()
    bare = re.sub(r"(?<=\d)[.,](?=\d)|(?<=\d)\s*[-–—/:]\s*(?=\d)", "÷", bare)
    return "".join(
        character
        for character in bare
        if character.isalnum() or character == "%" or unicodedata.category(character)[0] == "M"
        or unicodedata.category(character) in ("Sm", "Sc")
    )  # fmt: skip


def compare_wording(
    subject: str,
    what: str,
    before: Mapping[str, str],
    after: Mapping[str, str],
    items: tuple[str, ...],
    detail: str = "",
) -> list[Change]:
    """Compare a text language by language.

    Parameters
    ----------
    subject, what, items
        As in `Change`.
    before, after : Mapping[str, str]
        The text by language code.
    detail : str
        Put before the reason, such as the code of a choice.
    """
    found = []
    for code in dict.fromkeys((*before, *after)):
        old, new = before.get(code, ""), after.get(code, "")
        if old == new:
            continue
        severity: Severity = "caution"
        reason = "the wording differs: compare both before printing a trend"
        if not old:
            severity, reason = "keeps", "a wording in this language was added"
        elif not new:
            reason = "its wording in this language is gone: those who read it now read another"
        elif plain(old) == plain(new):
            severity, reason = "keeps", "spaces, punctuation or capitals only"
        found.append(
            Change(
                subject=subject, what=what, severity=severity, reason=f"{detail}{reason}", language=code,
                before=old, after=new, items=items,
            )
        )  # fmt: skip
    return found
