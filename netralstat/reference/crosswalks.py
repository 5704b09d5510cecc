"""From one list of provinces to another, and from a regency to its province.

In 2022 three provinces were cut from Papua and one from Papua Barat (provinces.csv,
parent and founding_law). No list of the regencies themselves is shipped: none was verified.
"""

from __future__ import annotations

import re

from netralstat.errors import UsageError
from netralstat.reference.packaged import records
from netralstat.reference.provinces import SPLIT_YEAR, SYSTEMS, by_code, check_vintage, one_of, province_rows

_REGENCY = re.compile(r"(\d{2})\.?(\d{2})", re.ASCII)
_KABUPATEN, _KOTA = range(1, 70), range(71, 100)  # Kepmendagri 300.2.2-2138/2025; sources.csv, S62


def crosswalk(from_vintage: int = SPLIT_YEAR, to_vintage: int = SPLIT_YEAR - 1) -> dict[str, str]:
    """The provinces of one list in those of another.

    Parameters
    ----------
    from_vintage, to_vintage : int
        Years of the two lists: 34 provinces until 2021, 38 from 2022 on.

    Returns
    -------
    dict of slug to slug
        Downwards (38 to 34) every province: each new one goes to the one it was cut from. Upwards only the 32
        that stayed as they were: an answer that names Papua or Papua Barat of the old list cannot be given to
        a new province without its regency, so these two are not among the keys; see :func:`successors`.

    Examples
    --------
    >>> down = crosswalk(2022, 2021)
    >>> down["papua_barat_daya"], down["bali"], len(set(down.values()))
    ('papua_barat', 'bali', 34)
    >>> up = crosswalk(2021, 2022)
    >>> len(up), "papua" in up
    (32, False)
    """
    new, wanted = (check_vintage(vintage) >= SPLIT_YEAR for vintage in (from_vintage, to_vintage))
    rows = province_rows(from_vintage)
    if new and not wanted:
        return {row["slug"]: row["parent"] or row["slug"] for row in rows}
    split = {row["parent"] for row in records("provinces") if row["parent"]} if wanted and not new else set()
    return {row["slug"]: row["slug"] for row in rows if row["slug"] not in split}


def successors(slug: str) -> tuple[str, ...]:
    """The provinces of 2022 on the ground of a province of 2021; most have one, themselves.

    Examples
    --------
    >>> successors("papua_barat"), successors("aceh")
    (('papua_barat', 'papua_barat_daya'), ('aceh',))

    Raises
    ------
    UsageError
        There was no such province in 2021.
    """
    old = [row["slug"] for row in province_rows(SPLIT_YEAR - 1)]
    one_of(slug, old, f"province of {SPLIT_YEAR - 1}")
    return tuple(row["slug"] for row in records("provinces") if slug in (row["slug"], row["parent"]))


def province_of_regency(code: str | int, system: str, vintage: int) -> str:
    """The province of a kabupaten or kota by its code of four digits, the first two being the province's.

    Parameters
    ----------
    code : str or int
        Such as ``"3273"`` or ``"32.73"``: 01 to 69 is a kabupaten, 71 to 99 a kota.
    system : {"bps", "kemendagri"}
        Who gave the code.
    vintage : int
        Year of the list that the code was taken from. The regencies of the new provinces got new codes with
        them: one of the old list, read with a new vintage, would name the province that it has left.

    Returns
    -------
    str
        The slug.

    Raises
    ------
    UsageError
        The text is no such code, or its first two digits name no province of that system and vintage.

    Examples
    --------
    >>> province_of_regency("32.73", "bps", 2021), province_of_regency(9471, "bps", 2021)
    ('jawa_barat', 'papua')
    >>> province_of_regency(9401, "kemendagri", 2022)
    'papua_tengah'
    """
    one_of(system, SYSTEMS, "code system")
    match = _REGENCY.fullmatch(str(code).strip())
    if match is None or int(match[2]) not in (*_KABUPATEN, *_KOTA):
        raise UsageError(
            f'"{code}" is no code of a kabupaten or kota.',
            where="netralstat.reference.province_of_regency",
            do="give four digits, the last two from 01 to 69 (kabupaten) or from 71 to 99 (kota).",
        )
    return by_code(match[1], system, vintage)
