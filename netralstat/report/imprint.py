"""The imprint of a report: its edition, numbers and embargo, in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from netralstat.report.context import Desk

ZONES = {7: "WIB", 8: "WITA", 9: "WIT"}
"""Indonesian times by their hours from UTC."""


def imprint(desk: Desk) -> str:
    """Edition and day, ISSN and DOI as far as there are any."""
    report = desk.material.plan.report
    told = [desk.w("imprint.edition", version=report.version, date=desk.f.day(report.date))]
    if report.issn:
        told.append(desk.w("imprint.issn", issn=report.issn))
    if report.doi:
        told.append(desk.w("imprint.doi", doi=report.doi))
    return " ".join(told)


def embargo(desk: Desk) -> str:
    """``EMBARGO sampai dengan 16 Desember 2021 pukul 10.00 WIB``; empty without one."""
    until = desk.material.plan.report.embargo
    if until is None:
        return ""
    if not isinstance(until, datetime):
        return desk.w("imprint.embargo_day", date=desk.f.day(until))
    return desk.w(
        "imprint.embargo_time",
        date=desk.f.day(until.date()),
        hour=f"{until.hour:02d}",
        minute=f"{until.minute:02d}",
        zone=_zone(until.utcoffset() or timedelta()),
    )


def _zone(offset: timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    if minutes % 60 == 0 and minutes // 60 in ZONES:
        return ZONES[minutes // 60]
    sign, size = "+" if minutes >= 0 else "−", abs(minutes)
    return f"UTC{sign}{size // 60:02d}:{size % 60:02d}"
