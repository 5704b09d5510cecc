"""The provinces of Indonesia: slugs, codes by system and vintage, names, groups and tiles.

A province is known by its slug. A number names a province only together with its code system (``"bps"`` or
``"kemendagri"``) and its vintage: 91, 92, 94, 95 and 96 mean different provinces in the two systems, and some
of them no province at all before 2022.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netralstat.errors import UsageError, did_you_mean
from netralstat.reference.packaged import Record, records, whole

if TYPE_CHECKING:
    import pandas as pd

SPLIT_YEAR = 2022  # year of the four laws that made 38 provinces of 34 (provinces.csv, founding_law)
FIRST_VINTAGE = 2013  # Kalimantan Utara, founded in 2012, was the 34th
SYSTEMS = ("bps", "kemendagri")
SCHEMES = ("kasn2021", "bps")
LANGUAGES = ("id", "en")
_GROUP_COLUMN = {"kasn2021": "kasn2021_group", "bps": "island_group"}
_TEXT = (
    "slug",
    "bps_code",
    "kemendagri_code",
    "iso",
    "abbr",
    "short_id",
    "name_id",
    "name_en",
    "island_group",
    "kasn2021_group",
)
_COUNTS = ("n_regencies_2025", "n_cities_2025", "pns_2023")


def provinces(vintage: int = 2021) -> pd.DataFrame:
    """The provinces that there were in a year.

    Parameters
    ----------
    vintage : int
        Year of the data: 34 provinces until 2021, 38 from 2022 on.

    Returns
    -------
    pandas.DataFrame
        One row a province, in code order. ``slug bps_code kemendagri_code iso abbr short_id name_id name_en
        island_group kasn2021_group`` (text); ``since`` (year of foundation, only where verified),
        ``since_date founding_law parent`` (the four provinces of 2022); ``row col`` (tile of this vintage);
        ``n_regencies_2025 n_cities_2025 pns_2023`` (counts; in the 34-province vintage a new province is
        counted with its parent).

    Raises
    ------
    UsageError
        The vintage lies before the 34th province.

    Examples
    --------
    >>> len(provinces(2021)), len(provinces(2022))
    (34, 38)
    """
    import pandas as pd

    old = check_vintage(vintage) < SPLIT_YEAR
    kept = province_rows(vintage)
    totals = {row["slug"]: {column: int(row[column]) for column in _COUNTS} for row in kept}
    if old:
        for row in records("provinces"):
            if row["parent"]:
                for column in _COUNTS:
                    totals[row["parent"]][column] += int(row[column])
    suffix = "_2021" if old else ""
    table = {column: [row[column] for row in kept] for column in _TEXT}
    frame = pd.DataFrame(table, dtype="str")
    frame["since"] = pd.array([whole(row["since"]) for row in kept], dtype="Int64")
    for column in ("since_date", "founding_law", "parent"):
        frame[column] = pd.array([row[column] for row in kept], dtype="str")
    for column in ("row", "col"):
        frame[column] = [int(row[column + suffix]) for row in kept]
    for column in _COUNTS:
        frame[column] = [totals[row["slug"]][column] for row in kept]
    return frame


def by_code(code: str | int, system: str, vintage: int) -> str:
    """The province that a code means.

    Parameters
    ----------
    code : str or int
        Two digits, such as ``"94"``.
    system : {"bps", "kemendagri"}
        Who gave the code.
    vintage : int
        Year of the data.

    Returns
    -------
    str
        The slug.

    Raises
    ------
    UsageError
        Unknown system or vintage, or a code that names no province there.

    Examples
    --------
    >>> by_code(94, "bps", 2022), by_code(94, "kemendagri", 2022)
    ('papua', 'papua_tengah')
    """
    one_of(system, SYSTEMS, "code system")
    codes = {row[f"{system}_code"]: row["slug"] for row in province_rows(vintage)}
    wanted = str(code).strip()
    if wanted in codes:
        return codes[wanted]
    raise UsageError(
        f'"{wanted}" is no {system} province code of {vintage}.' + _elsewhere(wanted, system, vintage),
        where=f"reference/provinces.csv, {len(codes)} provinces of {vintage}",
        do=f"check the code system and the vintage; the codes are {', '.join(sorted(codes))}.",
    )


def groups(scheme: str = "kasn2021", vintage: int = SPLIT_YEAR) -> pd.DataFrame:
    """The region group of each province.

    Parameters
    ----------
    scheme : {"kasn2021", "bps"}
        ``"kasn2021"``: the six groups of KASN's survey of 2021, as its press pages name them (Java with Bali,
        Maluku with Papua); the survey's own, not an official division, and the pages are not of one mind, so
        another survey should state its groups with :func:`read_groups`. ``"bps"``: seven island groups.

    Returns
    -------
    pandas.DataFrame
        ``slug group label_id label_en``, one row a province, in code order; the labels are those of the
        group.
    """
    one_of(scheme, SCHEMES, "group scheme")
    labels = {row["group"]: row for row in records("groups") if row["scheme"] == scheme}
    rows = [(row["slug"], row[_GROUP_COLUMN[scheme]]) for row in province_rows(vintage)]
    return _group_frame(
        [(slug, group, labels[group]["label_id"], labels[group]["label_en"]) for slug, group in rows]
    )


def read_groups(path: Path, vintage: int = SPLIT_YEAR) -> pd.DataFrame:
    """Region groups of a survey's own, from a CSV file with the columns ``slug,group,label_id,label_en``.

    Returns
    -------
    pandas.DataFrame
        As :func:`groups`, in file order.

    Raises
    ------
    UsageError
        The file is missing or has other columns, names an unknown province, a province twice or not at all,
        or one group with two labels.
    """
    wanted = ["slug", "group", "label_id", "label_en"]
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle, strict=True)
            header = list(reader.fieldnames or [])
            rows = [{key: value or "" for key, value in row.items() if key} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise UsageError(
            f"The region groups cannot be read: {problem}.", where=str(path), do="give a UTF-8 CSV file."
        ) from problem
    if header != wanted:
        raise UsageError(
            f"The region groups have the columns {', '.join(header) or '(none)'}.",
            where=f"{path}, first line",
            do=f"give exactly the columns {', '.join(wanted)}.",
        )
    _check_cover(rows, path, vintage)
    return _group_frame([(row["slug"], row["group"], row["label_id"], row["label_en"]) for row in rows])


def tiles(
    vintage: int = 2021, scheme: str | pd.DataFrame = "kasn2021", language: str = "id", names: str = "abbr"
) -> pd.DataFrame:
    """Where each province stands on the tile map.

    Parameters
    ----------
    scheme : str or pandas.DataFrame
        A scheme of :func:`groups`, or a table from :func:`read_groups`.
    names : {"abbr", "short"}
        What stands on the tile: ``SUMU`` or ``Sumut``.

    Returns
    -------
    pandas.DataFrame
        ``slug abbr row col group group_label``.
    """
    one_of(language, LANGUAGES, "language")
    one_of(names, ("abbr", "short"), "tile name")
    table = groups(scheme, vintage) if isinstance(scheme, str) else scheme
    frame = provinces(vintage)[["slug", "abbr", "short_id", "row", "col"]].merge(
        table, on="slug", how="left", validate="one_to_one"
    )
    if names == "short":
        frame["abbr"] = frame["short_id"]
    return frame.rename(columns={f"label_{language}": "group_label"})[
        ["slug", "abbr", "row", "col", "group", "group_label"]
    ]


def province_rows(vintage: int) -> list[Record]:
    """The rows of provinces.csv that there were in a year."""
    new = check_vintage(vintage) >= SPLIT_YEAR
    return [row for row in records("provinces") if new or not row["parent"]]


def check_vintage(vintage: int) -> int:
    """The vintage; UsageError where there is no list of provinces for it."""
    if isinstance(vintage, bool) or not isinstance(vintage, int) or vintage < FIRST_VINTAGE:
        raise UsageError(
            f"There is no list of provinces for the vintage {vintage!r}.",
            where="reference/provinces.csv",
            do=f"give a year from {FIRST_VINTAGE}; 34 provinces until {SPLIT_YEAR - 1}, then 38.",
        )
    return vintage


def one_of(value: str, allowed: Sequence[str], what: str) -> None:
    """UsageError where a word is none of the allowed ones."""
    if value not in allowed:
        raise UsageError(
            f'"{value}" is no {what}.' + did_you_mean(str(value), allowed),
            where="netralstat.reference",
            do=f"use one of: {', '.join(allowed)}.",
        )


def _elsewhere(code: str, system: str, vintage: int) -> str:
    other = SYSTEMS[1 - SYSTEMS.index(system)]
    hits = [
        f"{row['slug']} in {name} codes of {year}"
        for name, year in ((system, SPLIT_YEAR), (other, vintage), (other, SPLIT_YEAR))
        for row in province_rows(year)
        if row[f"{name}_code"] == code
    ]
    return f" It means {hits[0]}." if hits else ""


def _group_frame(rows: Iterable[tuple[str, str, str, str]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(list(rows), columns=["slug", "group", "label_id", "label_en"], dtype="str")


def _check_cover(rows: list[Record], path: Path, vintage: int) -> None:
    expected = [row["slug"] for row in province_rows(vintage)]
    counts = Counter(row["slug"] for row in rows)
    problems: list[str] = []
    for slug in counts:
        if slug not in expected:
            problems.append(f'"{slug}" is no province of {vintage}.' + did_you_mean(slug, expected))
        elif counts[slug] > 1:
            problems.append(f"{slug} stands {counts[slug]} times.")
    if absent := [slug for slug in expected if slug not in counts]:
        problems.append(f"{len(absent)} provinces have no group: {', '.join(absent)}.")
    if blank := [str(number) for number, row in enumerate(rows, start=2) if not all(row.values())]:
        problems.append(f"Empty fields in lines {', '.join(blank)}.")
    labels: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        labels.setdefault(row["group"], set()).add((row["label_id"], row["label_en"]))
    problems += [
        f'The group "{group}" has {len(found)} labels.' for group, found in labels.items() if len(found) > 1
    ]
    if problems:
        raise UsageError(
            " ".join(problems),
            where=str(path),
            do=f"give each of the {len(expected)} provinces one line and one group.",
        )
