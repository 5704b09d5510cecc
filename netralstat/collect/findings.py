"""Findings: which row and column broke which rule, never the answer itself.

An `error` made an answer missing or rejected its row; a `warning` left it as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

RULES = (
    "unknown-column",
    "unknown-choice",
    "ambiguous",
    "choice",
    "type",
    "contradiction",
    "split",
    "range",
    "constraint",
    "choice-filter",
    "list-count",
    "region",
    "required",
    "skip",
    "not-evaluated",
    "duplicate",
    "empty-key",
)
INVALID = ("choice", "type", "range", "constraint", "choice-filter", "list-count", "region")
"""Rules about answers that cannot be; what breaks them is set to missing."""

Severity = Literal["error", "warning"]
Rows = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where each row came from: the path of its source and its row in that file (the header is row 1)."""

    source: NDArray[np.object_]
    row: NDArray[np.int64]

    def take(self, rows: NDArray[np.intp]) -> Origin:
        """Return the origin of these rows only."""
        return Origin(source=self.source[rows], row=self.row[rows])


@dataclass(slots=True, kw_only=True)
class Findings:
    """Collects findings; `table` gives them sorted by source, row and column."""

    parts: list[pd.DataFrame] = field(default_factory=list)
    headers: list[tuple[str, int, str, str, str, str]] = field(default_factory=list)

    def add(
        self,
        origin: Origin,
        rows: Rows,
        column: str,
        rule: str,
        severity: Severity,
        note: str | Sequence[str],
    ) -> None:
        """Record a broken rule in every row that is True in `rows`."""
        if rows.any():
            found = {"source": origin.source[rows], "row": origin.row[rows], "column": column, "rule": rule}
            self.parts.append(pd.DataFrame({**found, "severity": severity, "note": note}))

    def add_header(self, source: str, column: str, rule: str, note: str) -> None:
        """Record something about a whole column; its row is the header's."""
        self.headers.append((source, 1, column, rule, "warning", note))

    def table(self) -> pd.DataFrame:
        """One row a finding: source, row, column, rule, severity, note."""
        names = ["source", "row", "column", "rule", "severity", "note"]
        parts = [pd.DataFrame(self.headers, columns=names)] if self.headers else []
        parts += self.parts
        if not parts:
            return pd.DataFrame(
                {name: pd.Series(dtype="int64" if name == "row" else "str") for name in names}
            )
        whole = pd.concat(parts, ignore_index=True)
        return whole.sort_values(["source", "row"], kind="stable", ignore_index=True)
