"""What is too small or too uncertain to print: the one gate between estimates and every writer.

A hidden row keeps its labels and its number of respondents; estimate, standard error, interval, numerator
and design effect are blanked, and `flag` names the reason. Rules, in the order of their rank:

suppressed_n          fewer than `min_respondents` respondents in the domain
suppressed_numerator  fewer than `min_respondents` respondents in the numerator or in its complement: where
                      nobody, or everybody, did something, each member of the domain is exposed
suppressed_secondary  would give a hidden neighbour away, by subtraction from a published total or otherwise
suppressed_cases      of a case register: a number of cases below its own limit, or one that gives such away
unreliable            too uncertain by the standard that the wave file names: see `report.reliability`
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.errors import DisclosureError
from netralstat.reference import groups as region_groups
from netralstat.report.labels import ISLAND_GROUP
from netralstat.report.modalities import identities as identities_of
from netralstat.report.reliability import UNRELIABLE, Reliability, reliability_flags
from netralstat.report.secondary_suppression import lines_of, protected

if TYPE_CHECKING:
    from netralstat.ask.plan import Plan
    from netralstat.estimate.estimates import Estimates

SUPPRESSED_CASES = "suppressed_cases"
DISCLOSURE_FLAGS = ("suppressed_n", "suppressed_numerator", "suppressed_secondary", SUPPRESSED_CASES)
HIDDEN_FLAGS = (*DISCLOSURE_FLAGS, UNRELIABLE)
CONFIDENTIAL = "confidential"
"""What is published instead of the first three: which of them it was would tell how small the number is."""
# Tables made of two others: hidden where one of these is.
COMPARED = ("difference", "prevalence_ratio")
BLANKED = (
    *("estimate", "std_error", "conf_low", "conf_high", "n_yes", "n_eff", "deff"),
    *("statistic", "p_value", "cases"),
)
VERSUS = "_vs_national_"


def suppress(
    estimates: Estimates, min_respondents: int = 10, *, reliability: Reliability = "nchs"
) -> Estimates:
    """Blank the rows of one table that may not be printed.

    Parameters
    ----------
    estimates : Estimates
        A prevalence, mean or total. Differences follow the table they come from: see `suppress_all`.
    min_respondents : int
        Smallest number of respondents in a cell, a numerator or its complement.
    reliability : str
        The standard of `report.reliability`: ``"nchs"`` or ``"bps"``.

    Returns
    -------
    Estimates
        The same table with hidden rows blanked and marked as having passed.

    Raises
    ------
    DisclosureError
        The table is a difference, which cannot be judged without its base.
    """
    if estimates.statistic in COMPARED:
        raise DisclosureError(
            "A table of differences was to be suppressed without the table it was computed from.",
            where="netralstat.report.suppression.suppress",
            do="pass both tables to suppress_all: a difference is hidden where its base is hidden.",
        )
    frame = _with_flags(estimates.to_frame(), estimates.statistic, min_respondents, reliability)
    return _finish(estimates, _protect(frame, estimates.by))


def suppress_all(
    estimates: Mapping[str, Estimates],
    min_respondents: int = 10,
    *,
    reliability: Reliability = "nchs",
    identities: Iterable[frozenset[str]] = (),
    nesting: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, Estimates]:
    """Blank what may not be printed in tables that are published together.

    Parameters
    ----------
    estimates : Mapping[str, Estimates]
        By table name. ``<x>_vs_national_<d>`` is the difference of ``<x>_by_<d>`` from ``<x>``.
    min_respondents, reliability : int, str
        As in `suppress`.
    identities : iterable of frozenset of str
        Items tied by a sum (A + B = either + both): a single hidden one would follow from the others.
    nesting : Mapping[str, Mapping[str, str]], optional
        For a domain, the larger region of each level (province → island group), when both are printed.
    """
    passed: dict[str, Estimates] = {}
    ties = tuple(identities)
    for name, table in estimates.items():
        if table.statistic in COMPARED:
            continue
        frame = _with_flags(table.to_frame(), table.statistic, min_respondents, reliability)
        parents = (nesting or {}).get(table.by[0]) if len(table.by) == 1 else None
        passed[name] = _finish(table, _protect(frame, table.by, ties, parents))
    for name, table in estimates.items():
        if table.statistic in COMPARED:
            passed[name] = _follow(name, table, passed)
    return {name: passed[name] for name in estimates}


def suppress_change(change: Estimates, earlier: Estimates, later: Estimates) -> Estimates:
    """Hide the change of a row where one of its two sides is hidden; the flag is that of this side.

    Parameters
    ----------
    change, earlier, later : Estimates
        The change, and both sides after they have passed the gate; row by row the same.

    Raises
    ------
    DisclosureError
        A side has not passed, or the three have not the same number of rows.
    """
    require_suppressed({"earlier": earlier, "later": later})
    if not len(change) == len(earlier) == len(later):
        raise DisclosureError(
            f"{len(change)} changes came with {len(earlier)} earlier and {len(later)} later estimates",
            where="netralstat.report.suppression.suppress_change",
            do="pass the rows of both sides in the order of the changes.",
        )
    sides = [side.table["flag"].fillna("").astype(str).to_numpy(dtype=object) for side in (later, earlier)]
    flags = change.table["flag"].fillna("").astype(str).to_numpy(dtype=object)
    for side in sides:
        flags = np.where(np.isin(side.astype(str), HIDDEN_FLAGS), side, flags)
    return _finish(change, change.to_frame().assign(flag=flags))


def suppress_ascertainment(
    ratios: Estimates, prevalence: Estimates, hidden_cases: NDArray[np.bool_]
) -> Estimates:
    """Hide cases a person where the cases or the prevalence are hidden: one would follow from the other.

    Parameters
    ----------
    ratios : Estimates
        Of `Estimates.ascertainment`.
    prevalence : Estimates
        What they were made from, row by row, after it has passed the gate.
    hidden_cases : ndarray of bool, shape (k,)
        Rows whose number of cases is not printed: see `report.register.counts`.
    """
    shown = suppress_change(ratios, prevalence, prevalence)
    frame = shown.to_frame()
    flag = np.where(hidden_cases & ~frame["flag"].isin(HIDDEN_FLAGS), SUPPRESSED_CASES, frame["flag"])
    return _finish(shown, frame.assign(flag=flag))


def suppress_wave(estimates: Mapping[str, Estimates], plan: Plan) -> dict[str, Estimates]:
    """Blank what may not be printed of a wave, with the ties that its plan tells: see `suppress_all`.

    The settings are ``report.min_respondents`` and ``report.reliability``; indicators that add up, and
    provinces inside printed island groups, are protected together.
    """
    nesting: dict[str, Mapping[str, str]] = {}
    regions = plan.collect.regions
    if regions is not None and regions.groups is not None and ISLAND_GROUP in plan.estimate.domains:
        table = region_groups(regions.groups, regions.list_vintage)
        nesting[regions.column] = dict(zip(table["slug"], table["group"], strict=True))
    return suppress_all(
        estimates,
        plan.report.min_respondents,
        reliability=plan.report.reliability,
        identities=identities_of(plan),
        nesting=nesting,
    )


def require_suppressed(estimates: Mapping[str, Estimates]) -> None:
    """Refuse tables that have not passed the gate.

    Raises
    ------
    DisclosureError
        At least one table has not been through `suppress`.
    """
    raw = [name for name, table in estimates.items() if table.provenance.get("suppressed") is not True]
    if raw:
        raise DisclosureError(
            f"{len(raw)} of {len(estimates)} tables reached the report without disclosure control: "
            f"{', '.join(raw)}.",
            where="netralstat.report.document",
            do="pass them through netralstat.report.suppression.suppress_all first.",
        )


def published_flag(flag: str) -> str:
    """The reason of a hidden number as every file states it; other flags as they are."""
    return CONFIDENTIAL if flag in DISCLOSURE_FLAGS and flag != SUPPRESSED_CASES else flag


def hidden_cells(estimates: Mapping[str, Estimates]) -> list[dict[str, str]]:
    """Every hidden row by table, row and reason; never a number."""
    cells = []
    for name, table in estimates.items():
        keys = ("item", "level", *table.by)
        columns = [table.table[key].tolist() for key in (*keys, "flag")]
        for *row, flag in zip(*columns, strict=True):
            if flag in HIDDEN_FLAGS:
                labels = [f"{key}={label}" for key, label in zip(keys, row, strict=True)]
                cells.append({"table": name, "row": ", ".join(labels), "reason": published_flag(str(flag))})
    return cells


def _with_flags(
    frame: pd.DataFrame, statistic: str, min_respondents: int, reliability: Reliability
) -> pd.DataFrame:
    n = frame["n"].to_numpy(dtype=float)
    flag = frame["flag"].fillna("").astype(str).to_numpy(dtype=object)
    judged = reliability_flags(frame, statistic, reliability)
    flag = np.where(judged != "", judged, flag)
    if statistic == "prevalence":
        yes = frame["n_yes"].to_numpy(dtype=float)
        flag[(yes < min_respondents) | (n - yes < min_respondents)] = "suppressed_numerator"
    flag[n < min_respondents] = "suppressed_n"
    return frame.assign(flag=flag)


def _protect(
    frame: pd.DataFrame,
    by: tuple[str, ...],
    identities: tuple[frozenset[str], ...] = (),
    parents: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Hide neighbours until no hidden row can be had from those that are shown."""
    flag = frame["flag"].to_numpy(dtype=object).copy()
    hidden, secret = np.isin(flag, HIDDEN_FLAGS), np.isin(flag, DISCLOSURE_FLAGS)
    if secret.any():
        added = protected(lines_of(frame, by, identities, parents), hidden, secret, _size(frame))
        flag[added] = "suppressed_secondary"
    return frame.assign(flag=flag)


def _size(frame: pd.DataFrame) -> np.ndarray:
    """Respondents whom the smaller side of a row counts: the next smallest row is the one to hide."""
    n = frame["n"].to_numpy(dtype=float)
    if "n_yes" not in frame:
        return n
    yes = frame["n_yes"].to_numpy(dtype=float)
    return np.where(np.isnan(yes), n, np.minimum(yes, n - yes))


def _finish(estimates: Estimates, frame: pd.DataFrame) -> Estimates:
    hidden = frame["flag"].isin(HIDDEN_FLAGS).to_numpy()
    columns = {
        name: np.where(hidden, np.nan, frame[name].to_numpy(dtype=float)) for name in BLANKED if name in frame
    }
    covariance = estimates.covariance.copy()
    covariance[hidden, :] = np.nan
    covariance[:, hidden] = np.nan
    return estimates.replace_table(frame.assign(**columns), covariance, suppressed=True)


def _follow(name: str, differences: Estimates, passed: Mapping[str, Estimates]) -> Estimates:
    """Hide a difference where one of its two sides is hidden."""
    stem, found, domain = name.partition(VERSUS)
    base, total = passed.get(f"{stem}_by_{domain}"), passed.get(stem)
    if not found or base is None or total is None:
        raise DisclosureError(
            f'The table "{name}" holds differences, but the tables it was computed from are not beside it.',
            where="netralstat.report.suppression.suppress_all",
            do=f'name it "<x>{VERSUS}<domain>" and pass "<x>" and "<x>_by_<domain>" with it.',
        )
    frame = differences.to_frame()
    local = _flags_by_key(base, ("item", "level", domain))
    whole = _flags_by_key(total, ("item", "level"))
    flags = []
    columns = [frame[key].tolist() for key in ("item", "level", domain, "flag")]
    for item, level, group, flag in zip(*columns, strict=True):
        key = (str(item), str(level))
        here = local.get((*key, str(group)), "suppressed_secondary")
        flags.append(here or whole.get(key, "suppressed_secondary") or str(flag or ""))
    hidden = np.isin(np.array(flags, dtype=object).astype(str), HIDDEN_FLAGS)
    extra = {"p_adjusted": np.where(hidden, np.nan, frame["p_adjusted"])} if "p_adjusted" in frame else {}
    return _finish(differences, frame.assign(flag=flags, **extra))


def _flags_by_key(estimates: Estimates, keys: tuple[str, ...]) -> dict[tuple[str, ...], str]:
    columns = [estimates.table[key].tolist() for key in (*keys, "flag")]
    return {
        tuple(map(str, row)): str(flag) if flag in HIDDEN_FLAGS else ""
        for *row, flag in zip(*columns, strict=True)
    }
