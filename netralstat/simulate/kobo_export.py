"""The answers as KoboToolbox exports them: a CSV with `;`, every field quoted, groups in the header.

A select_multiple stands twice, joined by blanks and split into 1/0 columns; notes are empty columns; the
columns of the server (`_id`, `_uuid`, …) come last. `_submission_time` is UTC without a zone, `start` and
`end` carry the respondent's zone. Rows come in the order of submission. With the answers comes the small
dirt of real exports, all of it planned here (`DIRT`) and made of codes and times alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np

from netralstat.ask.instrument import Instrument, Item
from netralstat.errors import InstrumentError
from netralstat.simulate.answers import Answers
from netralstat.simulate.draws import Draws
from netralstat.simulate.regions import PROVINCES

META = (
    "_id",
    "_uuid",
    "_submission_time",
    "_validation_status",
    "_notes",
    "_status",
    "_submitted_by",
    "__version__",
    "_tags",
    "_index",
)
SUBMITTED_BY = "SYNTHETIC DATA"  # in every row, so that the export says what it is wherever it goes
FIRST_ID = 182_400_001

# How many rows or cells of each kind of dirt. The rows come on top of the respondents'.
DIRT: Mapping[str, int] = {
    "double_submission": 6,
    "no_consent": 12,
    "not_eligible": 5,
    "not_civil_servant": 4,
    "test_before_fieldwork": 3,
    "retired_choice": 4,
    "blank_required": 24,
}
# Choices that the form no longer has, and the item that an older version offered them in.
_RETIRED = (
    ("functional_field", "extension_worker"),
    ("functional_field", "extension_worker"),
    ("asked", "f17_handover"),
    ("agency_pressured", "rewarded"),
)
_BLANK = (
    "career_2",
    "pressure_3",
    "kinship_1",
    "clarity_2",
    "sanction_3",
    "commitment_1",
    "reporting_2",
    "attention",
    "exposure_pact",
    "exposure_oversight",
    "tenure",
    "grade",
)
_WEEKDAY, _WEEKEND = 1.0, 0.2


@dataclass(slots=True, kw_only=True)
class _Row:
    """One line of the export before it is written: cells of the form, then times and key."""

    cells: list[str]
    start: datetime
    end: datetime
    uuid: str
    status: str = ""
    sent: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.sent = self.end.astimezone(UTC) + timedelta(seconds=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """The text of the export and how many rows of responses it holds."""

    text: str
    n_rows: int


def write_export(
    instrument: Instrument, answers: Answers, *, first_day: date, last_day: date, seed: int
) -> Export:
    """Write the answers, and the planned dirt, as a KoboToolbox export.

    Parameters
    ----------
    instrument : Instrument
        Gives the columns and their order.
    answers : Answers
    first_day, last_day : datetime.date
        The fieldwork.
    seed : int

    Returns
    -------
    Export

    Raises
    ------
    InstrumentError
        The instrument asks what the simulation does not answer, or knows other codes.
    """
    draws = Draws(seed, "export")
    _check(instrument, answers)
    answers.single["interviewer"] = _interviewers(answers, draws)
    header, columns = _columns(instrument, answers)
    position = {name: number for number, name in enumerate(header)}
    rows = _respondents(columns, answers, (first_day, last_day), draws)
    places = {item.name: position["/".join([*item.group, item.name])] for item in instrument.items}
    _stain(rows, places, draws)
    rows += _extra_rows(rows, places, first_day, draws)
    for row in rows:
        row.cells[places["start"]] = row.start.isoformat(timespec="milliseconds")
        row.cells[places["end"]] = row.end.isoformat(timespec="milliseconds")
        row.cells[places["today"]] = row.start.date().isoformat()
    rows.sort(key=lambda row: (row.sent, row.uuid))
    lines = ['"' + '";"'.join([*header, *META]) + '"\r\n']
    lines += [_line(row, number, instrument.version) for number, row in enumerate(rows, start=1)]
    return Export(text="".join(lines), n_rows=len(rows))


def _line(row: _Row, number: int, version: str) -> str:
    cells = [cell.replace('"', '""') if '"' in cell else cell for cell in row.cells]
    sent = row.sent.replace(tzinfo=None).isoformat(timespec="seconds")
    cells += [str(FIRST_ID + number - 1), row.uuid, sent, row.status]
    cells += ["", "submitted_via_web", SUBMITTED_BY, version, "", str(number)]
    return '"' + '";"'.join(cells) + '"\r\n'


def _check(instrument: Instrument, answers: Answers) -> None:
    """Instrument and simulation must know the same items and codes."""
    filled = {"start", "end", "today", "interviewer"}
    asked = {item.name for item in instrument.items if item.kind != "note"}
    answered = filled | answers.single.keys() | answers.multiple.keys()
    if asked != answered:
        differing = sorted(asked ^ answered)
        raise InstrumentError(
            f"{len(differing)} items are either not simulated or not asked: {', '.join(differing[:8])}.",
            where=f"instrument {instrument.id}, version {instrument.version}",
            do="use the standard instrument, or bring netralstat/simulate up to date with it",
        )
    for item in instrument.items:
        known = {choice.name for choice in item.choices}
        if item.kind == "select_one":
            used = set(np.unique(answers.single[item.name]).tolist()) - {""}
        elif item.kind == "select_multiple":
            used = set(answers.multiple[item.name].codes)
        else:
            continue
        if used - known:
            raise InstrumentError(
                f'item "{item.name}" knows {len(known)} codes, and not {", ".join(sorted(used - known))}.',
                where=f"instrument {instrument.id}, version {instrument.version}",
                do="use the standard instrument, or bring netralstat/simulate up to date with it",
            )


def _interviewers(answers: Answers, draws: Draws) -> np.ndarray:
    """Three interviewers a province, known by a code alone."""
    code = {share.slug: share.code for share in PROVINCES}
    which = draws.pick(answers.n, (1, 1, 1)).tolist()
    provinces = answers.single["province"].tolist()
    return np.array([f"E{code[slug]}{number + 1}" for slug, number in zip(provinces, which, strict=True)])


def _columns(instrument: Instrument, answers: Answers) -> tuple[list[str], list[list[str]]]:
    """Headers and cells of the form's columns, in the order of the form."""
    empty = [""] * answers.n
    header: list[str] = []
    columns: list[list[str]] = []
    for item in instrument.items:
        path = "/".join([*item.group, item.name])
        header.append(path)
        if item.kind == "select_multiple":
            joined, split = _both(item, answers)
            columns.append(joined)
            header += [f"{path}/{choice.name}" for choice in item.choices]
            columns += split
        elif item.name in answers.single:
            columns.append(answers.single[item.name].tolist())
        else:
            columns.append(empty)
    return header, columns


def _both(item: Item, answers: Answers) -> tuple[list[str], list[list[str]]]:
    """A select_multiple joined by blanks and split: "1", "0", or empty where it was not answered."""
    multiple = answers.multiple[item.name]
    place = {code: number for number, code in enumerate(multiple.codes)}
    nobody = np.zeros(answers.n, dtype=bool)
    by_choice = [
        multiple.chosen[:, place[choice.name]] if choice.name in place else nobody for choice in item.choices
    ]
    answered = multiple.chosen.any(axis=1)
    joined = np.full(answers.n, "", dtype=object)
    for choice, chosen in zip(item.choices, by_choice, strict=True):
        joined[chosen] += f"{choice.name} "
    split = [np.where(answered, np.where(chosen, "1", "0"), "").tolist() for chosen in by_choice]
    return [text.rstrip() for text in joined.tolist()], split


def _respondents(
    columns: Sequence[list[str]], answers: Answers, fieldwork: tuple[date, date], draws: Draws
) -> list[_Row]:
    """One row a respondent, with times in the fieldwork and office hours of the province."""
    n = answers.n
    first, last = fieldwork
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    day = draws.pick(n, [_WEEKDAY if one.weekday() < 5 else _WEEKEND for one in days]).tolist()
    second = np.floor(draws.uniform(n) * 8 * 3600).astype(np.int64).tolist()
    u = draws.uniform(n)
    minutes = 11.0 + 26.0 * u * u * u + 6.0 * draws.uniform(n)
    hasty = draws.chance(n, 0.012)
    taken = np.floor(np.where(hasty, 2.0 + 2.0 * u, minutes) * 60_000).astype(np.int64).tolist()
    zone = {share.slug: timezone(timedelta(hours=share.hours)) for share in PROVINCES}
    zones = [zone[slug] for slug in answers.single["province"].tolist()]
    keys = _uuids(draws, n)
    rows = []
    for number, cells in enumerate(zip(*columns, strict=True)):
        on = days[day[number]]
        start = datetime(on.year, on.month, on.day, 8, tzinfo=zones[number]) + timedelta(
            seconds=second[number]
        )
        end = start + timedelta(milliseconds=taken[number])
        rows.append(_Row(cells=list(cells), start=start, end=end, uuid=keys[number]))
    return rows


def _uuids(draws: Draws, n: int) -> list[str]:
    """Random keys of the shape of a UUID of version 4."""
    high, low = draws.words(n).tolist(), draws.words(n).tolist()
    keys = []
    for first, second in zip(high, low, strict=True):
        text = f"{first:016x}{second:016x}"
        variant = "89ab"[int(text[16], 16) % 4]
        keys.append(f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}")
    return keys


def _stain(rows: list[_Row], places: Mapping[str, int], draws: Draws) -> None:
    """Leave some required cells blank and put some choices of an older version, in place."""
    order = draws.order(len(rows)).tolist()
    for name, code in _RETIRED:
        place = places[name]
        real = [number for number in order if rows[number].cells[place] not in ("", "none", "refused")]
        chosen = real[0]
        order.remove(chosen)
        joined = name != "functional_field"
        rows[chosen].cells[place] = f"{rows[chosen].cells[place]} {code}" if joined else code
    for number in range(DIRT["blank_required"]):
        rows[order[number]].cells[places[_BLANK[number % len(_BLANK)]]] = ""


def _extra_rows(rows: list[_Row], places: Mapping[str, int], first_day: date, draws: Draws) -> list[_Row]:
    """Rows that do not count: doubles, refusals, the not eligible, and tests before the fieldwork."""
    order = iter(draws.order(len(rows)).tolist())
    keys = iter(_uuids(draws, sum(DIRT.values())))
    kept = {"list_u", "list_arm", "interviewer"}
    again = iter(draws.uniform(sum(DIRT.values())).tolist())
    extra = []
    for kind, wanted in DIRT.items():
        if kind in ("retired_choice", "blank_required"):
            continue
        for number in range(wanted):
            model = rows[next(order)]
            cells, start, end, key, status = list(model.cells), model.start, model.end, next(keys), ""
            if kind != "double_submission":
                treated = cells[places["list_arm"]] == "treatment"
                cells[places["list_u"]] = repr((next(again) + treated) / 2)
            if kind == "double_submission":
                key = model.uuid
            elif kind == "test_before_fieldwork":
                start, end = (_on(first_day - timedelta(days=number + 1), moment) for moment in (start, end))
                status = "validation_status_not_approved"
            elif kind == "not_civil_servant":
                cells[places["employment"]], cells[places["grade"]] = "ptt", "none"
                end += timedelta(minutes=9)
            else:
                blank = [name for name in places if name not in kept]
                cells = _without(cells, [places[name] for name in blank], places, kept)
                cells[places["consent"]] = "no" if kind == "no_consent" else "yes"
                cells[places["employment"]] = "" if kind == "no_consent" else "other"
                cells[places["eligible"]] = "0"
                end = start + timedelta(seconds=41 + 3 * number)
            row = _Row(cells=cells, start=start, end=end, uuid=key, status=status)
            if kind == "double_submission":
                row.sent += timedelta(seconds=35 + 7 * number)
            extra.append(row)
    return extra


def _on(day: date, moment: datetime) -> datetime:
    return moment.replace(year=day.year, month=day.month, day=day.day)


def _without(cells: list[str], blank: list[int], places: Mapping[str, int], kept: set[str]) -> list[str]:
    """The row with everything empty but the cells to keep."""
    held = {places[name] for name in kept}
    return [cell if number in held else "" for number, cell in enumerate(cells)]
