"""Published figures and legal lists, each row with the key of its source.

Only figures that were read in a source are shipped. What could not be verified is an empty field, and the
``note`` column says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netralstat.errors import UsageError, did_you_mean
from netralstat.reference.packaged import records, whole

if TYPE_CHECKING:
    import pandas as pd


def violations() -> pd.DataFrame:
    """The coded forms of non-neutral behaviour: joint decree of 2020 and of 2022, PP 94/2021, politicization.

    Returns
    -------
    pandas.DataFrame
        51 rows: ``code name label_id label_en legal_source valid_from valid_until category sanction
        modality_proposed channel phase basis source note``. `modality_proposed` is this project's own coding:
        the legal lists do not say who initiated an act. `basis` is ``inferred`` where a wording or number
        was.
    """
    return _frame("violations")


def asn_population() -> pd.DataFrame:
    """How many civil servants there were, by date: total, contract type, level, sex, kind of position."""
    counts = (
        "total",
        "pns",
        "pppk",
        "central",
        "regional",
        "male",
        "female",
        "structural",
        "functional",
        "executive",
    )
    return _frame("asn_population", counts=counts)


def case_statistics() -> pd.DataFrame:
    """Reported and decided cases, by scope, date, publisher and unit.

    Snapshots are cumulative and were revised, so a figure is known by (scope, publisher, unit, as_of);
    reports, cases and civil servants are different units. Counts of cases are no prevalence.
    """
    return _frame("case_statistics", counts=("reported", "proven_or_recommended", "sanctioned"))


def kasn_survey_2021() -> pd.DataFrame:
    """Published percentages of KASN's national survey of July 2021 (n = 10,617), by question and group."""
    frame = _frame("kasn_survey_2021")
    frame["percent"] = frame["percent"].astype("float64")
    return frame


def elections() -> pd.DataFrame:
    """Regions that voted in each round of simultaneous regional elections; ``date`` as exact as verified."""
    return _frame("elections", counts=("n_regions", "n_provinces", "n_regencies", "n_cities"))


def sources() -> dict[str, str]:
    """Every source key and where the figure was read."""
    return {row["key"]: row["citation"] for row in records("sources")}


def source(keys: str) -> tuple[str, ...]:
    """The citations behind a ``source`` field such as ``"S54;S55"``.

    Raises
    ------
    UsageError
        A key is not in sources.csv.
    """
    known = sources()
    wanted = [key.strip() for key in keys.split(";") if key.strip()]
    if not wanted or any(key not in known for key in wanted):
        unknown = next((key for key in wanted if key not in known), "")
        raise UsageError(
            f'"{unknown}" is no source key.' + did_you_mean(unknown, known),
            where="reference/sources.csv",
            do=f"use one of the {len(known)} keys S1 to S68, D1 to D5, N1 to N3; several are parted by ;.",
        )
    return tuple(known[key] for key in wanted)


def _frame(name: str, counts: Sequence[str] = ()) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(list(records(name)), dtype="str")
    for column in counts:
        frame[column] = pd.array([whole(value) for value in frame[column]], dtype="Int64")
    return frame
