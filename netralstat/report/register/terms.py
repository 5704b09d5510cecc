"""What stages and units of a register are called, by key of the report's words."""

from __future__ import annotations

UNIT_HEADS = {"persons": "register.persons", "cases": "register.cases", "reports": "register.reports"}
UNITS_COUNTED = {
    "persons": "register.counted_persons",
    "cases": "register.counted_cases",
    "reports": "register.counted_reports",
}
STAGES = {
    "open": "register.stage_open",
    "not_proven": "register.stage_not_proven",
    "proven": "register.stage_proven",
    "sanctioned": "register.stage_sanctioned",
}
REACHED = {
    "reported": "register.reported",
    "recommended": "register.recommended",
    "sanctioned": "register.sanctioned",
}
PUBLISHED_UNITS = {
    "civil_servant": "register.published_civil_servant",
    "case": "register.published_case",
    "report": "register.published_report",
    "allegation": "register.published_allegation",
    "recommendation": "register.published_recommendation",
}
"""Units of reference/case_statistics.csv."""
