"""Population counts as files: the sampling frame and the margins, read strictly."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from netralstat.design.calibration.calibration import Margin
from netralstat.errors import DesignError, did_you_mean

SIZE_LIMIT = 50_000_000


def read_counts(path: Path, levels: Sequence[str], counts: Sequence[str], *, where: str) -> pd.DataFrame:
    """A CSV of population counts: text columns `levels`, columns `counts` of finite numbers >= 0.

    Raises
    ------
    DesignError
        The file is absent, too large, not UTF-8, ragged, lacks a column, or a count is no number.
    """
    told = f"{where}, {path.name}"
    if not path.is_file():
        raise DesignError(f"there is no file {path.name}", where=told, do="correct the path in the wave file")
    if path.stat().st_size > SIZE_LIMIT:
        raise DesignError(
            f"{path.name} is larger than {SIZE_LIMIT // 1_000_000} MB",
            where=told,
            do="give counts by stratum or level, not one row a person",
        )
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream, strict=True))
    except (UnicodeDecodeError, csv.Error) as problem:
        raise DesignError(
            f"{path.name} cannot be read: {problem}", where=told, do="save it as comma-separated UTF-8"
        ) from problem
    if len(rows) < 2:
        raise DesignError(
            f"{path.name} has no row of counts", where=told, do="give a header and one row a level"
        )
    header, body = rows[0], {number: row for number, row in enumerate(rows[1:], start=2) if row}
    for column in (*levels, *counts):
        if header.count(column) != 1:
            raise DesignError(
                f'{path.name} has {header.count(column)} columns named "{column}"',
                where=told,
                do=f"its columns are {', '.join(header)}.{did_you_mean(column, header)}",
            )
    for number, row in body.items():
        if len(row) != len(header):
            raise DesignError(
                f"row {number} has {len(row)} cells and the header {len(header)}",
                where=told,
                do="complete the row",
            )
    numbers_of_rows = list(body)
    table = pd.DataFrame(list(body.values()), columns=header)[[*levels, *counts]]
    for column in counts:
        numbers = pd.to_numeric(table[column], errors="coerce")
        bad = table.index[~numbers.between(0, 1e15)]
        if len(bad):
            raise DesignError(
                f'{len(bad)} values of "{column}" are no counts',
                where=f"{told}, row {numbers_of_rows[bad[0]]}",
                do="write plain numbers, not negative, without thousands separators",
            )
        table[column] = numbers.astype(float)
    return table


def read_margin(path: Path, items: Sequence[str], population: str, *, date: str, source: str) -> Margin:
    """One margin of the population: a row for each level, or combination of levels, of `items`."""
    where = f"design.margins {' × '.join(items)}"
    table = read_counts(path, items, [population], where=where)
    levels = list(table[list(items)].itertuples(index=False, name=None))
    if len(set(levels)) < len(levels):
        raise DesignError(f"{path.name} names a level twice", where=where, do="give each level one row")
    targets = dict(zip(levels, table[population], strict=True))
    return Margin(items=tuple(items), targets=targets, date=date, source=source)
