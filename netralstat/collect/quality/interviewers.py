"""What each interviewer brought back, and how much of an answer is the interviewer's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import fdtrc

from netralstat.collect.quality.answer_codes import named_column
from netralstat.collect.quality.response_styles import item_scores

if TYPE_CHECKING:
    from netralstat.ask.instrument import Instrument
    from netralstat.ask.plan_quality import Quality
    from netralstat.collect.responses import Responses

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clustering:
    """How alike the rows of one interviewer are.

    Attributes
    ----------
    icc : float
        Intraclass correlation by the ANOVA estimator; it may be below 0.
    f, p : float
        F ratio and its p; NaN where rows of one interviewer never differ.
    n, k, a : int
        Rows, interviewers, areas.
    mean_size : float
        n0, the mean size of an interviewer's load in the estimator's sense.
    """

    icc: float
    f: float
    p: float
    n: int
    k: int
    a: int
    mean_size: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Interviewers:
    """One line an interviewer, and one a measure.

    Attributes
    ----------
    loads : pandas.DataFrame
        interviewer, n, and (NaN below `min_group` interviews) median_minutes, refused, dont_know, missing
        (shares of the answers asked for), flagged (share of rows with a flag).
    effects : pandas.DataFrame
        measure, n, interviewers, icc, f, p, deff; the largest icc first.
    within : str
        The area that interviewers are compared in; "" for the whole survey.
    n_unknown : int
        Rows without an interviewer.
    """

    loads: pd.DataFrame
    effects: pd.DataFrame
    within: str
    n_unknown: int


def clustering(values: Floats, cluster: Numbers, area: Numbers | None = None) -> Clustering | None:
    """Intraclass correlation of `values` in clusters, within areas; None where it is not defined.

    Parameters
    ----------
    values : numpy.ndarray of float, (n,)
        NaN where missing; 0/1 for a binary item.
    cluster : numpy.ndarray of intp, (n,)
        Number of the cluster; -1 is left out.
    area : numpy.ndarray of intp, (n,), optional
        Number of the area that a cluster is compared in; without it there is one area. A cluster in two
        areas counts as two.

    Formula
    -------
    s²_b = (MSB - MSW) / n0, icc = s²_b / (s²_b + MSW), with k clusters in a areas and n rows:
    MSB = Σ n_ij (ȳ_ij - ȳ_i)² / (k - a), MSW = Σ (y - ȳ_ij)² / (n - k),
    n0 = (n - Σ_i Σ_j n_ij² / n_i) / (k - a). With one area: one-way random effects.

    Source
    ------
    Donner (1986), International Statistical Review 54; nested: Searle, Casella & McCulloch (1992), ch. 3.
    """
    area = np.zeros(len(values), dtype=np.intp) if area is None else area
    used = ~np.isnan(values) & (cluster >= 0) & (area >= 0)
    y, places = values[used], area[used]
    if not len(y):
        return None
    _, place = np.unique(places, return_inverse=True)
    pairs, group = np.unique(
        place.astype(np.int64) * (int(cluster.max()) + 1) + cluster[used], return_inverse=True
    )
    of_area = pairs // (int(cluster.max()) + 1)
    size = np.bincount(group).astype(float)
    area_size = np.bincount(place).astype(float)
    n, k, a = len(y), len(size), len(area_size)
    if k <= a or n <= k:
        return None
    mean = np.bincount(group, y) / size
    area_mean = np.bincount(place, y) / area_size
    within = float(((y - mean[group]) ** 2).sum()) / (n - k)
    between = float((size * (mean - area_mean[of_area]) ** 2).sum()) / (k - a)
    n0 = (n - float((np.bincount(of_area, size**2) / area_size).sum())) / (k - a)
    variance = (between - within) / n0
    if variance + within <= 0:
        return None
    known = within > 0
    f = between / within if known else float("nan")
    p = float(fdtrc(k - a, n - k, f)) if known else float("nan")
    return Clustering(icc=variance / (variance + within), f=f, p=p, n=n, k=k, a=a, mean_size=n0)


def measures(responses: Responses, instrument: Instrument, items: Sequence[str]) -> dict[str, Floats]:
    """Numbers that an interviewer can sway: scores, numbers, and 0/1 of two-way and multiple choices."""
    found: dict[str, Floats] = {}
    for name in items:
        item = instrument.item(name)
        if item.kind in ("integer", "decimal"):
            found[name] = np.asarray(responses.frame[name], dtype=np.float64)
        elif item.kind == "select_multiple":
            for code in item.valid_codes:
                column = f"{name}/{code}"
                found[column] = np.asarray(responses.frame[column], dtype=np.float64)
        elif item.kind == "select_one" and (len(item.valid_codes) == 2 or item.tags.get("scale")):
            found[name] = item_scores(responses, item)
    return found


def interviewers(
    responses: Responses,
    quality: Quality,
    values: Mapping[str, Floats],
    rows: Mapping[str, Floats],
) -> Interviewers | None:
    """Compare the interviewers; None when the wave file names none.

    Parameters
    ----------
    values : Mapping[str, numpy.ndarray]
        Measures whose clustering is estimated.
    rows : Mapping[str, numpy.ndarray]
        Per row: minutes (NaN unknown), asked, refused, dont_know, missing (counts), flagged (0/1).
    """
    if quality.interviewer is None:
        return None
    column = named_column(quality.interviewer, responses, "collect.quality.interviewer")
    number, names = pd.factorize(column.astype("str").where(column.notna()), sort=True)
    area = None
    if quality.interviewer_within is not None:
        where = "collect.quality.interviewer_within"
        area = pd.factorize(named_column(quality.interviewer_within, responses, where))[0]
    lines = []
    for measure, one in values.items():
        result = clustering(one, number, area)
        if result is not None:
            lines.append(
                {
                    "measure": measure,
                    "n": result.n,
                    "interviewers": result.k,
                    "icc": result.icc,
                    "f": result.f,
                    "p": result.p,
                    "deff": 1 + (result.n / result.k - 1) * result.icc,
                }
            )
    effects = pd.DataFrame(lines, columns=["measure", "n", "interviewers", "icc", "f", "p", "deff"])
    return Interviewers(
        loads=pd.DataFrame(
            [_load(str(name), number == place, rows, quality.min_group) for place, name in enumerate(names)]
        ),
        effects=effects.sort_values("icc", ascending=False, kind="stable", ignore_index=True),
        within=quality.interviewer_within or "",
        n_unknown=int((number < 0).sum()),
    )


def _load(name: str, mine: NDArray[np.bool_], rows: Mapping[str, Floats], least: int) -> dict[str, object]:
    n = int(mine.sum())
    asked = float(rows["asked"][mine].sum())
    minutes = rows["minutes"][mine]
    known = minutes[~np.isnan(minutes)]
    line: dict[str, float] = {"median_minutes": float(np.median(known)) if len(known) else np.nan}
    for reason in ("refused", "dont_know", "missing"):
        line[reason] = float(rows[reason][mine].sum()) / asked if asked else np.nan
    line["flagged"] = float(rows["flagged"][mine].mean())
    if n < least:
        line = dict.fromkeys(line, np.nan)
    return {"interviewer": name, "n": n, **line}
