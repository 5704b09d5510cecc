"""The choice lists of a form: sheet choices, sheet external_choices, and CSV files beside the form."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netralstat.ask.form_languages import Wording
from netralstat.ask.instrument import MISSING_REASONS, Choice
from netralstat.errors import InstrumentError, did_you_mean

TAG_PREFIX = "nst_"
MISSING_SHORT = {"dk": "dont_know", "rf": "refused", "na": "not_applicable"}  # the short spelling of a reason
OWN_COLUMNS = ("name", "label", "media", "list_name", "list name", "__row", "image", "audio", "video")
MAX_CHOICES = 50_000
MAX_FILE_BYTES = 5_000_000


@dataclass(slots=True, kw_only=True)
class ChoiceLists:
    """The lists of one form, each read once.

    Parameters
    ----------
    tree : Mapping
        Pyxform's reading of the form.
    external : Mapping[str, list]
        Rows of the sheet external_choices by list name.
    wording : Wording
        The form's languages.
    path : Path
        The form, beside which files of choices lie.
    warnings : list of str
        Gets what is odd in a list.
    """

    tree: Mapping[str, Any]
    external: Mapping[str, list[dict[str, Any]]]
    wording: Wording
    path: Path
    warnings: list[str]
    known: dict[str, tuple[Choice, ...]] = field(default_factory=dict)

    def every(self) -> dict[str, tuple[Choice, ...]]:
        """All lists that the form's sheets hold, used or not, and the files that were asked for."""
        for name in (*self.tree.get("choices", {}), *self.external):
            self.named(name)
        return dict(self.known)

    def of(self, raw: Mapping[str, Any]) -> tuple[str, tuple[Choice, ...]]:
        """Give the name and the choices of a question's list.

        Raises
        ------
        InstrumentError
            The list is in a file that is not beside the form or is no CSV, or holds what cannot be read.
        """
        name = str(raw.get("itemset") or raw.get("list_name") or raw["name"])
        if name.lower().endswith((".csv", ".xml", ".geojson")):
            if name not in self.known:
                self.known[name] = self._from_file(name, raw)
            return name, self.known[name]
        choices = self.named(name)
        if not choices:
            raise InstrumentError(
                f'The choices of "{raw["name"]}" are not in the form; they come from "{name}".',
                where=f"{self.path}, sheet survey, item {raw['name']}",
                do="Write its list into the sheet choices, so that an answer can be checked against it.",
            )
        return name, choices

    def named(self, name: str) -> tuple[Choice, ...]:
        """The choices of a list in a sheet of the form; none if there is no such list."""
        if name not in self.known:
            inside = self.tree.get("choices", {}).get(name)
            sheet = "choices" if inside is not None else "external_choices"
            rows = inside if inside is not None else self.external.get(name, [])
            where = f"{self.path}, sheet {sheet}, list {name}"
            if not rows:
                return ()
            self.known[name] = self._distinct(rows, name, where)
        return self.known[name]

    def _distinct(self, rows: Iterable[Mapping[str, Any]], name: str, where: str) -> tuple[Choice, ...]:
        """One choice a code: a list for a choice filter may give a code on several rows."""
        choices: dict[str, Choice] = {}
        twice: dict[str, None] = {}
        for row in rows:
            one = read_choice(row, self.wording, where)
            if one.name in choices:
                twice[one.name] = None
            choices.setdefault(one.name, one)
        if len(choices) > MAX_CHOICES:
            raise InstrumentError(
                f"The list has {len(choices):,} choices; the limit is {MAX_CHOICES:,}.",
                where=where,
                do="Ask it as text, or part it into lists.",
            )
        if twice:
            codes = ", ".join(list(twice)[:5]) + (", …" if len(twice) > 5 else "")
            self.warnings.append(
                f'The list "{name}" has {len(twice)} codes on several rows ({codes}); '
                "the wording of the first row is used."
            )
        return tuple(choices.values())

    def _from_file(self, name: str, raw: Mapping[str, Any]) -> tuple[Choice, ...]:
        """Choices of a CSV file beside the form, as select_one_from_file names it."""
        where = f"{self.path}, sheet survey, item {raw['name']}"
        if not name.lower().endswith(".csv"):
            raise InstrumentError(
                f'The choices of "{raw["name"]}" are in "{name}"; only CSV files of choices are read.',
                where=where,
                do="Save the file as CSV with the columns name and label, and name that in the form.",
            )
        file = self.path.parent / name
        if Path(name).name != name or not file.is_file():
            raise InstrumentError(
                f'The choices of "{raw["name"]}" are not in the form; they come from "{name}".',
                where=where,
                do="Put that file into the folder of the form, or write its list into the sheet choices.",
            )
        parameters = raw.get("parameters") or {}
        code, label = parameters.get("value", "name"), parameters.get("label", "label")
        return self._distinct(_file_rows(file, code, label), name, f"{file}, list of {raw['name']}")


def _file_rows(file: Path, code: str, label: str) -> list[dict[str, Any]]:
    with file.open("rb") as stream:
        raw = stream.read(MAX_FILE_BYTES + 1)
    if len(raw) > MAX_FILE_BYTES:
        raise InstrumentError(
            f"The file of choices has more than {MAX_FILE_BYTES:,} bytes.",
            where=str(file),
            do="Keep the columns and rows that the form offers.",
        )
    try:
        table = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True)
        rows = [row for row in table if row.get(code)]
        header = list(table.fieldnames or [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise InstrumentError(
            "The file of choices is no CSV in UTF-8.", where=str(file), do="Save it again as CSV (UTF-8)."
        ) from error
    if code not in header or label not in header or not rows:
        raise InstrumentError(
            f'The file of choices needs the columns "{code}" and "{label}" and a row; '
            f"it has {', '.join(header) or 'no header'} and {len(rows)} rows.",
            where=str(file),
            do="Correct the header, or name its columns in parameters: value=… label=…",
        )
    rest = [name for name in header if name not in (code, label)]
    return [
        {"name": row[code], "label": row[label], **{name: row[name] for name in rest if row[name]}}
        for row in rows
    ]


def read_external(workbook: Any, default_language: str) -> dict[str, list[dict[str, Any]]]:
    """Rows of the sheet external_choices by list, which pyxform checks but does not hand on."""
    from pyxform import aliases
    from pyxform.parsing.sheet_headers import dealias_and_group_headers
    from pyxform.question import Option

    if not workbook.external_choices:
        return {}
    rows = dealias_and_group_headers(
        sheet_name="external_choices",
        sheet_data=workbook.external_choices,
        sheet_header=workbook.external_choices_header,
        header_aliases=aliases.list_header,
        header_columns=set(Option.get_slot_names()),
        default_language=default_language,
    ).data
    lists: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if "list name" in row and "name" in row:
            lists.setdefault(str(row["list name"]), []).append(row)
    return lists


def read_choice(row: Mapping[str, Any], wording: Wording, where: str) -> Choice:
    """One row of a choice list; InstrumentError when its `nst_*` columns say what cannot be."""
    tags = read_tags(row)
    score, missing = tags.pop("score", None), tags.pop("missing", None)
    missing = MISSING_SHORT.get(missing, missing) if missing is not None else None
    if missing is not None and missing not in MISSING_REASONS:
        raise InstrumentError(
            f'The choice "{row["name"]}" gives an unknown reason in nst_missing.'
            f"{did_you_mean(missing, MISSING_REASONS)}",
            where=where,
            do=f"Use one of: {', '.join(MISSING_REASONS)}; or leave the cell empty for a real answer.",
        )
    try:
        value = None if score is None else float(score)
    except ValueError as error:
        raise InstrumentError(
            f'The choice "{row["name"]}" has no number in nst_score.',
            where=where,
            do="Write a number with a decimal point, or leave the cell empty.",
        ) from error
    return Choice(
        name=str(row["name"]),
        labels=wording.texts(row.get("label")),
        default_language=wording.default,
        missing=missing,
        score=value,
        tags=tags,
        columns={
            key: str(cell).strip()
            for key, cell in row.items()
            if key not in OWN_COLUMNS and not key.startswith(TAG_PREFIX) and not isinstance(cell, dict)
        },
    )


def read_tags(row: Mapping[str, Any]) -> dict[str, str]:
    """The `nst_*` columns of a row that are not empty, without their prefix."""
    if parted := [
        key for key, value in row.items() if str(key).startswith("nst") and isinstance(value, dict)
    ]:
        raise InstrumentError(
            f'A header has "::" behind "{parted[0]}", which XLSForm takes for a language.',
            where="column headers",
            do="Write it with underscores only, such as nst_score.",
        )
    return {
        key.removeprefix(TAG_PREFIX): str(value).strip()
        for key, value in row.items()
        if isinstance(key, str) and key.startswith(TAG_PREFIX) and str(value).strip()
    }
