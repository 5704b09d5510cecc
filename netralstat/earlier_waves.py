"""Earlier waves of a report: opened, estimated in the same indicators, and set against this wave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from netralstat.errors import ReportError
from netralstat.estimate.changes import change
from netralstat.estimate.estimates import Estimates
from netralstat.estimate.multiplicity import adjusted
from netralstat.report.batteries import HEADLINE
from netralstat.report.earlier import Changes, Round
from netralstat.report.modalities import identities
from netralstat.report.series_breaks import Break, declared, find_breaks
from netralstat.report.suppression import suppress_all, suppress_change

if TYPE_CHECKING:
    from netralstat.wave import Wave


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The series and its tables, which have passed disclosure control."""

    changes: Changes
    estimates: dict[str, Estimates]


def open_earlier(wave: Wave) -> tuple[Wave, ...]:
    """The earlier waves that a wave file names, the oldest first.

    Raises
    ------
    ReportError
        A folder holds no wave file; two waves have the same id or the same day; one is not earlier; or only
        one of the two is synthetic.
    PlanError
        A path leaves the surveys folder, or the wave file of an earlier wave is wrong.
    """
    from netralstat.wave import open_wave

    where = f"{wave.plan.path.name}, report.earlier"
    found = []
    for written in wave.plan.report.earlier:
        folder = wave.plan.resolve(written)
        if not (folder / "wave.toml").is_file() or folder == wave.plan.root:
            raise ReportError(
                f"{written} is no wave: it holds no wave.toml",
                where=where,
                do='name the folder of an earlier wave, such as earlier = ["../asn-2019"]',
            )
        one = open_wave(folder)
        _require_comparable(wave, one, written, where)
        found.append(one)
    in_order = sorted([*found, wave], key=day_of)
    for one, next_one in combinations(in_order, 2):
        if one.plan.id == next_one.plan.id or day_of(one) == day_of(next_one):
            raise ReportError(
                f'the waves "{one.plan.id}" and "{next_one.plan.id}" have the same id or the same day '
                f"({day_of(one)} and {day_of(next_one)})",
                where=where,
                do="give each wave its own id and state its fieldwork under [collect]",
            )
    return tuple(in_order[:-1])


def _require_comparable(wave: Wave, earlier: Wave, written: str, where: str) -> None:
    if earlier.plan.folder == wave.plan.folder or day_of(earlier) > day_of(wave):
        raise ReportError(
            f"{written} is not earlier: it is of {day_of(earlier)}, and this wave of {day_of(wave)}",
            where=where,
            do="name earlier waves only; the day is the middle of fieldwork, or else the report's date",
        )
    if earlier.plan.synthetic != wave.plan.synthetic:
        kinds = [
            "synthetic data" if one.plan.synthetic else "responses of a survey" for one in (earlier, wave)
        ]
        raise ReportError(
            f"{written} holds {kinds[0]}, and this wave {kinds[1]}: a change between the two means nothing",
            where=where,
            do="compare surveys with surveys, and synthetic waves with synthetic ones",
        )


def day_of(wave: Wave) -> date:
    """The middle of a wave's fieldwork; the date of its report where no fieldwork is stated."""
    dates = wave.plan.collect.fieldwork
    return dates.start + (dates.end - dates.start) / 2 if dates is not None else wave.plan.report.date


def compare(wave: Wave, earlier: tuple[Wave, ...], headline: Estimates, shown: Estimates) -> Compared:
    """The change of this wave's headline indicators since each earlier wave.

    Parameters
    ----------
    wave, earlier : Wave, tuple of Wave
        This wave, and those of `open_earlier`.
    headline, shown : Estimates
        Its headline table before and after disclosure control.

    Returns
    -------
    Compared
        A table of levels and one of changes for every earlier wave, by the names of `report.earlier.Round`;
        indicators whose series is broken have no change.

    Formula      Δ = θ_2 - θ_1;  V(Δ) = V_1 + V_2, the samples being independent
    Source       methods.md "Change between rounds".
    """
    rounds: list[Round] = []
    breaks: list[Break] = []
    tables: dict[str, Estimates] = {}
    wanted = headline.items
    for one in earlier:
        frame = one.frame
        known = tuple(name for name in wanted if name in frame and bool(frame[name].notna().any()))
        lacks = tuple(name for name in wanted if name not in known)
        this = _round(one, lacks, smallest=_smallest(one, wave))
        rounds.append(this)
        own = find_breaks(one, wave, known)
        own += declared(wave, one.plan.id, (this.day, day_of(wave)), known)
        breaks += own
        if not known:
            continue
        raw, passed = _levels(one, wave, known)
        tables[this.levels] = passed
        broken = {name for mark in own if mark.severity == "breaks" for name in mark.indicators}
        found = _change((raw, passed), (headline, shown), broken)
        if found is not None:
            tables[this.change] = found
    changes = Changes(
        rounds=tuple(rounds),
        now=_round(wave, (), smallest=wave.plan.report.min_respondents),
        breaks=tuple(breaks),
    )
    return Compared(changes=changes, estimates=tables)


def _smallest(earlier: Wave, wave: Wave) -> int:
    """The stricter of both waves' smallest cells."""
    return max(earlier.plan.report.min_respondents, wave.plan.report.min_respondents)


def _round(wave: Wave, lacks: tuple[str, ...], *, smallest: int) -> Round:
    title = wave.plan.title
    return Round(
        id=wave.plan.id,
        title={"id": title.id, "en": title.en},
        day=day_of(wave),
        n=wave.responses.n_accepted,
        min_respondents=smallest,
        lacks=lacks,
    )


def _levels(earlier: Wave, wave: Wave, known: tuple[str, ...]) -> tuple[Estimates, Estimates]:
    """Prevalences of an earlier wave, raw and passed.

    They pass beside its own headline, so that what its report hid as the rest of a sum stays hidden, by the
    stricter of the two waves' smallest cells.
    """
    frame = earlier.frame
    own = [
        name for name in earlier.plan.estimate.headline if name in frame and bool(frame[name].notna().any())
    ]
    asked = wave.plan.estimate
    whole = earlier.survey().prevalence(
        list(dict.fromkeys([*known, *own])), interval=asked.interval, level=asked.level
    )
    passed = suppress_all(
        {HEADLINE: whole},
        _smallest(earlier, wave),
        reliability=wave.plan.report.reliability,
        identities=identities(earlier.plan),
    )[HEADLINE]
    rows = [i for i, item in enumerate(whole.table["item"]) if item in known]
    return whole.take(rows), passed.take(rows)


def _change(
    before: tuple[Estimates, Estimates], after: tuple[Estimates, Estimates], broken: set[str]
) -> Estimates | None:
    """The changes of what both waves have, hidden where one side is; p-values after Holm."""
    earlier, later = _keys(before[0]), _keys(after[0])
    common = [key for key in later if key in earlier and key[0] not in broken]
    if not common:
        return None
    first, second = [earlier[key] for key in common], [later[key] for key in common]
    old, new = before[0].take(first), after[0].take(second)
    new = new.replace_table(new.table.assign(level=old.table["level"].to_numpy()), new.covariance)
    raw = change(old, new, covariance="independent")
    hidden = suppress_change(raw, before[1].take(first), after[1].take(second))
    p_values = hidden.table["p_value"].to_numpy(dtype=float)
    table = hidden.table.assign(p_adjusted=adjusted(p_values, "holm"))
    return hidden.replace_table(table, np.asarray(hidden.covariance), adjust="holm")


def _keys(estimates: Estimates) -> dict[tuple[str, str], int]:
    frame = estimates.table
    pairs = zip(frame["item"].astype(str), frame["level"].astype(str), strict=True)
    return {pair: row for row, pair in enumerate(pairs)}
