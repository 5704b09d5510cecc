"""A remark on a questionnaire: how grave, by which rule, about what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

_LISTED = 8
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that `netralstat instrument check` tells.

    Attributes
    ----------
    severity : str
        "error" where the form cannot do what it says; "warning" where it may be meant.
    rule : str
        The check that found it.
    subject : str
        An item, "list <name>", or "" for the form itself.
    text : str
        The fact.
    """

    severity: Severity
    rule: str
    subject: str
    text: str

    def to_dict(self) -> dict[str, str]:
        """Severity, rule, subject and text, for JSON."""
        return asdict(self)


def listed(names: Sequence[str]) -> str:
    """At most eight names, and how many more there are."""
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
