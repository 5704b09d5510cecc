"""The province that each answer means, by the names or codes that the wave file declares."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.ask.instrument import Choice, Instrument, Item
from netralstat.ask.plan import Plan
from netralstat.ask.plan_collect import Regions
from netralstat.collect.dialects.answers import listed
from netralstat.collect.findings import Findings, Origin
from netralstat.collect.text_table import TextColumn
from netralstat.errors import PlanError, UsageError, did_you_mean
from netralstat.reference import by_code, closest_name, crosswalk, find_name, province_of_regency, provinces
from netralstat.reference.provinces import SPLIT_YEAR

RULE = "region"
Slug = str | None


def check_regions(plan: Plan, instrument: Instrument) -> None:
    """Check [collect.regions] against the instrument and the list of provinces.

    Raises
    ------
    PlanError
        The item is not there or has no single answer, a choice of it names no province, `outside` or
        `no_province` name none, or the column of provinces would have the name of an item.
    """
    regions = plan.collect.regions
    if regions is None:
        return
    where = f"{plan.path.name}, collect.regions"
    names = [item.name for item in instrument.answerable if item.kind not in ("select_multiple", "rank")]
    if regions.item not in names:
        raise PlanError(
            f'"{regions.item}" is no item with one answer.{did_you_mean(regions.item, names)}',
            where=f"{where}, item",
            do="name the item that holds the province",
        )
    if regions.column != regions.item and (
        regions.column in instrument or regions.column in {*plan.ask.indicators, *plan.ask.scales}
    ):
        raise PlanError(
            f'the provinces become the column "{regions.column}", and there is one already.',
            where=f"{where}, item",
            do="rename that item, indicator or scale",
        )
    slugs = list(provinces(regions.list_vintage)["slug"])
    if strange := [slug for slug in regions.outside if slug not in slugs]:
        raise PlanError(
            f"{len(strange)} provinces outside the frame are none of {regions.list_vintage}: "
            f"{listed(strange)}.{did_you_mean(strange[0], slugs)}",
            where=f"{where}, outside",
            do=f"use the slugs of {regions.list_vintage}, such as {slugs[0]}",
        )
    item = instrument.item(regions.item)
    if item.choices:
        _check_choices(item, regions, where)


def province_slugs(
    plan: Plan,
    instrument: Instrument,
    column: TextColumn,
    answered: NDArray[np.bool_],
    origin: Origin,
    findings: Findings,
) -> dict[str, pd.Categorical]:
    """The column of province slugs, by its name; nothing where the item holds them already.

    Parameters
    ----------
    plan : Plan
        [collect.regions], which has been checked by `check_regions`.
    column : TextColumn
        The item as text.
    answered : numpy.ndarray of bool
        Rows with an answer to the item.

    Returns
    -------
    dict of str to pandas.Categorical
        Slugs of `list_vintage` in code order; missing where there is no answer, or none that means a
        province: each of those is a finding of the rule "region" unless it is declared `no_province`.
    """
    regions = plan.collect.regions
    if regions is None:
        return {}
    lookup = _lookup(instrument.item(regions.item), regions)
    wanted = crosswalk(regions.vintage, regions.list_vintage)
    slugs = list(provinces(regions.list_vintage)["slug"])
    places, notes = (
        np.full(max(len(column.levels), 1), -1),
        np.full(max(len(column.levels), 1), "", dtype=object),
    )
    for level, text in enumerate(column.levels):
        if not text or text in regions.no_province:
            continue
        slug = lookup(text)
        if slug is None:
            hint = closest_name(text, regions.vintage) if regions.scheme in ("slug", "name") else ""
            notes[level] = f"names no province of {regions.vintage}: none is known of it.{hint}"
        else:
            places[level] = slugs.index(wanted[slug])
    told = notes[column.codes]
    unknown = answered & (told != "")
    findings.add(origin, unknown, regions.item, RULE, "error", told[unknown])
    if regions.column == regions.item:
        return {}
    codes = np.where(answered, places[column.codes], -1)
    return {regions.column: pd.Categorical.from_codes(codes, categories=pd.Index(slugs, dtype="str"))}


def _lookup(item: Item, regions: Regions) -> Callable[[str], Slug]:
    """What gives the slug of an answer, in the vintage of the answers; None where it means no province."""
    if item.choices:
        known = {
            choice.name: _of_choice(choice, regions, regions.vintage)
            for choice in item.choices
            if not choice.missing
        }
        return known.get
    return province_of(regions.scheme, regions.code_system, regions.vintage)


def province_of(scheme: str, code_system: str | None, vintage: int) -> Callable[[str], Slug]:
    """What gives the slug of the province that a text names; None where it names none of that vintage."""
    if scheme == "name":
        return lambda text: find_name(text, vintage)
    if scheme == "slug":
        return lambda text: text if text in _slugs(vintage) else None
    read = by_code if scheme == "code" else province_of_regency

    def of_code(text: str) -> Slug:
        try:
            return read(text, str(code_system), vintage)
        except UsageError:  # told by whoever asks, without the text
            return None

    return of_code


@cache
def _slugs(vintage: int) -> frozenset[str]:
    return frozenset(provinces(vintage)["slug"])


def _of_choice(choice: Choice, regions: Regions, vintage: int) -> Slug:
    """By its code; with names also by its labels. None where these mean none, or different provinces."""
    read = province_of(regions.scheme, regions.code_system, vintage)
    if regions.scheme != "name":
        return read(choice.name)
    found = {read(text) for text in (choice.name, *choice.labels.values())} - {None}
    return found.pop() if len(found) == 1 else None


def _check_choices(item: Item, regions: Regions, where: str) -> None:
    """A list may be ahead of its vintage: only an answer that names a later province is then a finding."""
    codes = [choice.name for choice in item.choices]
    if strange := [code for code in regions.no_province if code not in codes]:
        raise PlanError(
            f'"{item.name}" has no choice {listed(strange)}.{did_you_mean(strange[0], codes)}',
            where=f"{where}, no_province",
            do="use codes of its choice list",
        )
    unknown = [
        choice
        for choice in item.choices
        if not choice.missing
        and choice.name not in regions.no_province
        and _of_choice(choice, regions, regions.vintage) is None
        and _of_choice(choice, regions, SPLIT_YEAR) is None
    ]
    if unknown:
        code = "" if regions.code_system is None else f" by {regions.code_system} {regions.scheme}"
        hint = closest_name(unknown[0].name, regions.vintage) if not code else ""
        raise PlanError(
            f'{len(unknown)} of {len(codes)} choices of "{item.name}" mean no province of {regions.vintage}'
            f"{code}: {listed([choice.name for choice in unknown])}.{hint}",
            where=where,
            do="correct scheme, code_system and vintage, or list choices that are no province in no_province",
        )
