"""Keep respondents' answers out of the repository: `python .ci/guard_data.py [FILE...]`.

Without files it looks at everything git tracks or would add. A table outside tests/ is refused when it is in
a format made for microdata, larger than 1 MB, or has a column that only a respondent's record has. Names of
files and columns are printed, never what is in them.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

MICRODATA = {".sav", ".zsav", ".por", ".dta", ".sas7bdat", ".parquet", ".feather", ".arrow", ".rds", ".rdata"}
TEXT = {".csv", ".tsv", ".txt", ".tab"}
WORKBOOKS = {".xlsx", ".xlsm"}
OTHER = {".xls", ".jsonl", ".db", ".sqlite", ".duckdb"}
LARGEST = 1_000_000
PERSONAL = {
    *("_uuid", "_submission_time", "_submitted_by", "_geolocation", "instanceid", "deviceid", "subscriberid"),
    *("nip", "nik", "nama", "nama_lengkap", "nama_responden", "username", "email", "surel", "alamat"),
    *("phonenumber", "phone", "telepon", "no_hp", "nomor_hp", "ip_address", "ipaddress"),
}


def candidates() -> list[Path]:
    """Files that git tracks or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
    )
    return [Path(name) for name in listed.stdout.decode().split("\0") if name]


def columns(path: Path) -> set[str]:
    """Column names of a table, as folded last parts (`main/background/NIP` is `nip`)."""
    names: Iterable[str] = _workbook_names(path) if path.suffix.lower() in WORKBOOKS else _text_names(path)
    return {name.strip().rpartition("/")[2].casefold() for name in names}


def reason_against(path: Path) -> str | None:
    """Why a file must not be committed, or None."""
    suffix = path.suffix.lower()
    if path.parts[:1] == ("tests",) or not path.is_file():
        return None
    if suffix in MICRODATA:
        return f"{suffix} is a format of microdata"
    if suffix not in TEXT | WORKBOOKS | OTHER:
        return None
    if (size := path.stat().st_size) > LARGEST:
        return f"a table of {size / 1e6:.1f} MB (at most {LARGEST / 1e6:.0f})"
    if suffix in TEXT | WORKBOOKS and (found := columns(path) & PERSONAL):
        return f"has columns of a respondent's record: {', '.join(sorted(found))}"
    return None


def _text_names(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        first = file.readline()
    delimiter = max(",;\t|", key=first.count)
    return next(csv.reader([first], delimiter=delimiter), [])


def _workbook_names(path: Path) -> list[str]:
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError) as problem:
        raise SystemExit(f"{path} is no workbook.\n  Do: remove it, or save it again") from problem
    heads = [next(sheet.iter_rows(max_row=1, values_only=True), ()) for sheet in book.worksheets]
    book.close()
    return [str(cell) for head in heads for cell in head if cell is not None]


def main(arguments: list[str]) -> int:
    """Print each file that must not be committed; 1 when there is one."""
    paths = [Path(name) for name in arguments] or candidates()
    refused = [(path, reason) for path in paths if (reason := reason_against(path))]
    for path, reason in refused:
        print(f"{path}: {reason}", file=sys.stderr)
    if refused:
        print("  Do: keep it out of git (surveys/*/data/ is ignored); ship aggregates only", file=sys.stderr)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
