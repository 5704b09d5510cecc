"""The codebook beside a clean file: what each variable holds, and what its values and missing codes mean.

One row for each variable, then one for each of its values and of its missing codes. It is also what
`kind = "netralstat"` reads the file back with.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from netralstat.ask.instrument import Instrument
from netralstat.collect.formats.statfile_values import number_text
from netralstat.collect.writers.formula_guard import guarded
from netralstat.collect.writers.variables import OTHER, Variable

COLUMNS = (
    "variable",
    "row",
    "item",
    "choice",
    "kind",
    "timezone",
    "guarded",
    "value",
    "code",
    "reason",
)
"""Its columns; one label:<language> for each language follows."""

ANSWER, VALUE, MISSING, REASON, LEFT_OUT = "variable", "value", "missing", "reason", "left out"
"""What a row is about: a variable, a value, a missing code, a column of reasons, an item not in the file."""


def codebook_bytes(
    variables: Sequence[Variable],
    instrument: Instrument,
    *,
    codes: Mapping[str, str],
    left_out: Mapping[str, str],
    as_codes: bool,
    reasons_of: Mapping[str, str] | None = None,
    guards: bool = False,
) -> bytes:
    """Return the codebook as CSV (UTF-8, RFC 4180).

    Parameters
    ----------
    variables : sequence of Variable
        The columns of the file, in order.
    instrument : Instrument
        Its languages.
    codes : Mapping[str, str]
        What stands in the file for each reason; empty where the reasons have columns of their own.
    left_out : Mapping[str, str]
        Columns that the file does not have, and what they are.
    as_codes : bool
        Whether choices stand in the file as the codes of the form; else as numbers.
    reasons_of : Mapping[str, str], optional
        By item, the column that holds its reasons.
    guards : bool
        Whether texts that start like a formula have an apostrophe before them.
    """
    languages = instrument.languages
    rows: list[dict[str, str]] = []
    for variable in variables:
        about = {"variable": variable.name, "item": variable.item, "choice": variable.choice}
        as_text = variable.sort == "text" or (as_codes and variable.sort == "choice")
        whole = {
            "kind": variable.kind,
            "timezone": variable.timezone,
            "guarded": "yes" if guards and as_text else "",
        }
        rows.append({**about, **whole, "row": ANSWER, **_labels(variable.labels)})
        for answer in variable.answers:
            value = answer.code if as_codes and variable.sort == "choice" else number_text(answer.number)
            row = {"row": VALUE, "value": value, "code": answer.code}
            rows.append({**about, **row, **_labels(answer.labels)})
        for reason, code in codes.items() if variable.kind != OTHER else ():
            row = {"row": MISSING, "value": code, "reason": reason}
            rows.append({**about, **row, **_labels(variable.reasons[reason])})
    for item, name in (reasons_of or {}).items():
        rows.append({"variable": name, "row": REASON, "item": item})
    for name, what in left_out.items():
        rows.append({"row": LEFT_OUT, "item": name, "kind": what})
    stream = io.StringIO(newline="")
    columns = [*COLUMNS, *(f"label:{language}" for language in languages)]
    writer = csv.DictWriter(stream, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _cell(name, text) for name, text in row.items()} for row in rows)
    return stream.getvalue().encode("utf-8")


def _labels(labels: Mapping[str, str]) -> dict[str, str]:
    return {f"label:{language}": text for language, text in labels.items()}


def _cell(column: str, text: str) -> str:
    """Missing codes are numbers and stay so; whatever else starts like a formula gets an apostrophe."""
    return text if column == "value" and text.lstrip("-").isdigit() else guarded(text)
