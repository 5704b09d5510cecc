"""Points in time as a clock of their zone shows them, for files that know no time zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

Milliseconds = NDArray[Any]


def wall_clock(times: Milliseconds, timezone: str) -> tuple[Milliseconds, str]:
    """Return times in UTC as the clocks of `timezone` showed them, and the zone.

    Where two of the times stand under one reading (an hour that came twice when clocks were set back) or the
    zone is none by name, all stay in UTC and the zone is "UTC": no time is ever ambiguous.
    """
    zone = _zone(timezone)
    distinct, inverse = np.unique(times, return_inverse=True)
    shown = np.array([_shown(time, zone) for time in distinct.tolist()], dtype="datetime64[ms]")
    if timezone == "UTC" or zone is None or (np.isnat(shown) != np.isnat(distinct)).any():
        return times, "UTC"
    return shown[inverse], timezone


def iso_text(times: Milliseconds, timezone: str) -> NDArray[np.object_]:
    """Return times in UTC as ISO text with the offset of `timezone`; NaT is ""."""
    zone = _zone(timezone)
    distinct, inverse = np.unique(times, return_inverse=True)
    return np.array([_iso(time, zone) for time in distinct.tolist()] or [""], dtype=object)[inverse]


def _zone(timezone: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _shown(time: datetime | None, zone: ZoneInfo | None) -> np.datetime64:
    """The reading of the clock; NaT where it would not lead back to the time."""
    if time is None or zone is None:
        return np.datetime64("NaT", "ms")
    try:
        local = time.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None, fold=0)
        back = local.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
    except OverflowError:  # the first and last hours of the calendar
        return np.datetime64("NaT", "ms")
    return np.datetime64(local if back == time else "NaT", "ms")


def _iso(time: datetime | None, zone: ZoneInfo | None) -> str:
    if time is None:
        return ""
    moment = time.replace(tzinfo=UTC)
    try:
        local = moment.astimezone(zone or UTC)
    except OverflowError:
        return moment.isoformat(timespec="milliseconds")
    offset = local.utcoffset() or timedelta(0)
    shown = moment if offset % timedelta(minutes=1) else local  # local mean time, before there were zones
    return shown.isoformat(timespec="milliseconds")
