"""Whether a list experiment worked: balanced arms, counts that can be, and no design effect."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtrc

from netralstat.collect.list_counts import RULE as LIST_COUNT
from netralstat.collect.quality.answer_codes import named_column
from netralstat.collect.quality.flags import Flagged, found
from netralstat.collect.quality.missingness import level_masks
from netralstat.errors import PlanError

if TYPE_CHECKING:
    from netralstat.ask.plan_quality import ListExperiment
    from netralstat.collect.responses import Responses

DRAWS, SEED = 20_000, 2012
Floats = NDArray[np.float64]
Rows = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCheck:
    """One list experiment.

    Attributes
    ----------
    id : str
    n_items : int
        Items that the control arm saw (J).
    arms : pandas.DataFrame
        arm (control, treatment), rows, n (with a count in range), floor (share that counted 0), ceiling
        (share that counted all), out_of_range, unanswered.
    split_p : float
        p of the arms' sizes against the declared share (χ², 1 df).
    balance : pandas.DataFrame
        covariate, test ("chi2" or "F"), statistic, df1, df2, p, and p_adjusted (Holm, over the covariates).
    design : pandas.DataFrame
        count, type0, type1 and their standard errors: share of persons with this count of control items who
        would not and who would add the sensitive one; a negative one speaks of a design effect.
    design_p : float
        Smaller of the two p of Blair & Imai's test, doubled (Bonferroni); NaN when an arm is too small.
    flagged : tuple of Flagged
        list_range.
    """

    id: str
    n_items: int
    arms: pd.DataFrame
    split_p: float
    balance: pd.DataFrame
    design: pd.DataFrame
    design_p: float
    flagged: tuple[Flagged, ...]


def list_check(responses: Responses, experiment: ListExperiment) -> ListCheck:
    """Check a list experiment.

    Raises
    ------
    PlanError
        A column is not there, or the arms' codes stand in no row.
    """
    where = f"collect.list_experiments, {experiment.id}"
    column = named_column(experiment.arm, responses, where).astype("str")
    control = (column == experiment.control).to_numpy(dtype=bool)
    treated = (column == experiment.treatment).to_numpy(dtype=bool)
    if not control.any() or not treated.any():
        empty = experiment.control if not control.any() else experiment.treatment
        raise PlanError(
            f'no accepted row is in the arm "{empty}" (column {experiment.arm}).',
            where=f"wave.toml, {where}",
            do="write control and treatment as they stand in that column",
        )
    counts = [
        np.asarray(named_column(name, responses, where), dtype=np.float64) for name in experiment.counts
    ]
    count = np.where(treated, counts[1], np.where(control, counts[0], np.nan))
    most = np.where(treated, experiment.n_items + 1, experiment.n_items)
    known = ~np.isnan(count)
    wrong = known & ((count < 0) | (count > most) | (count != np.floor(count)))
    wrong |= _refused(responses, experiment)
    proper = known & ~wrong
    n = np.array([control.sum(), treated.sum()], dtype=float)
    expected = n.sum() * np.array([1 - experiment.treated_share, experiment.treated_share])
    rows = control | treated
    tests = [
        _balance(name, named_column(name, responses, where), treated, rows) for name in experiment.covariates
    ]
    y0 = count[control & proper].astype(np.int64)
    y1 = count[treated & proper].astype(np.int64)
    table, p = design_effect(y0, y1, experiment.n_items)
    return ListCheck(
        id=experiment.id,
        n_items=experiment.n_items,
        arms=pd.DataFrame(
            [
                _arm("control", control, count, proper, wrong, experiment.n_items),
                _arm("treatment", treated, count, proper, wrong, experiment.n_items + 1),
            ]
        ),
        split_p=float(chdtrc(1, float(((n - expected) ** 2 / expected).sum()))),
        balance=_adjusted(pd.DataFrame(tests, columns=["covariate", "test", "statistic", "df1", "df2", "p"])),
        design=table,
        design_p=p,
        flagged=(found("list_range", wrong, detail=experiment.id),),
    )


def _refused(responses: Responses, experiment: ListExperiment) -> Rows:
    """Rows whose count the rules already made missing, for it could not be."""
    told = responses.findings
    mine = told[(told["rule"] == LIST_COUNT) & told["column"].isin(experiment.counts)]
    places = pd.MultiIndex.from_frame(responses.rows[["source", "row"]])
    return np.asarray(places.isin(pd.MultiIndex.from_frame(mine[["source", "row"]])), dtype=bool)


def design_effect(y0: NDArray[np.int64], y1: NDArray[np.int64], n_items: int) -> tuple[pd.DataFrame, float]:
    """Test of no design effect: nobody's count of the control items depends on the arm.

    Parameters
    ----------
    y0, y1 : numpy.ndarray of int
        Counts of the control arm (0 … J) and of the treatment arm (0 … J + 1).
    n_items : int
        J.

    Returns
    -------
    table : pandas.DataFrame
        count, type1, type1_se, type0, type0_se, for counts 0 … J of the control items.
    p : float
        Bonferroni-corrected p; NaN when an arm has fewer than 2 rows.

    Formula
    -------
    π(y, 1) = F0(y) - F1(y) and π(y, 0) = F1(y) - F0(y - 1) are shares, so none may be negative; each
    family is tested by λ = min over θ ≥ 0 of (π̂ - θ)'V⁻¹(π̂ - θ), whose null distribution at θ = 0 is a
    mixture of χ² with weights from draws of N(0, V) (seeded).

    Source
    ------
    Blair & Imai (2012), Political Analysis 20, section 3.1; mixture: Kudô (1963), Biometrika 50.
    """
    levels = np.arange(n_items + 1)
    if len(y0) < 2 or len(y1) < 2:
        columns = ["count", "type1", "type1_se", "type0", "type0_se"]
        return pd.DataFrame(columns=columns), float("nan")
    f0 = (y0[:, None] <= levels).mean(axis=0)
    f1 = (y1[:, None] <= levels).mean(axis=0)
    v0, v1 = _covariance(f0, len(y0)), _covariance(f1, len(y1))
    before, shifted = np.concatenate([[0.0], f0[:-1]]), np.zeros_like(v0)
    shifted[1:, 1:] = v0[:-1, :-1]
    type1, type0 = f0 - f1, f1 - before
    spread1, spread0 = v0 + v1, v1 + shifted
    table = pd.DataFrame(
        {
            "count": levels,
            "type1": type1,
            "type1_se": np.sqrt(np.diag(spread1)),
            "type0": type0,
            "type0_se": np.sqrt(np.diag(spread0)),
        }
    )
    p1 = _one_sided(type1[:-1], spread1[:-1, :-1])  # the last one is P(count = J + 1) and cannot be negative
    p0 = _one_sided(type0[1:], spread0[1:, 1:])  # the first one is P(count = 0) in the treatment arm
    return table, min(1.0, 2 * min(p1, p0))


def _covariance(cumulative: Floats, n: int) -> Floats:
    """Covariance of an empirical distribution function at several points: F(min)(1 - F(max)) / n."""
    low = np.minimum.outer(cumulative, cumulative)
    high = np.maximum.outer(cumulative, cumulative)
    return np.asarray(low * (1 - high) / n, dtype=np.float64)


def _one_sided(estimate: Floats, spread: Floats) -> float:
    """P of H0: every component is 0 or more, against at least one below."""
    kept: list[int] = []
    for place in range(len(estimate)):  # components that follow from earlier ones say nothing new
        chosen = [*kept, place]
        if np.linalg.eigvalsh(spread[np.ix_(chosen, chosen)]).min() > 1e-12 * spread.max(initial=0.0):
            kept = chosen
    if not kept:
        return 1.0
    v = spread[np.ix_(kept, kept)]
    distance, _ = _to_orthant(estimate[kept][None, :], v)
    draws = np.random.default_rng(SEED).standard_normal((DRAWS, len(kept))) @ np.linalg.cholesky(v).T
    _, free = _to_orthant(draws, v)
    weights = np.bincount(free, minlength=len(kept) + 1) / DRAWS
    if distance[0] <= 0:
        return 1.0
    tails = [float(chdtrc(len(kept) - m, distance[0])) if m < len(kept) else 0.0 for m in range(len(weights))]
    return float(np.dot(weights, tails))


def _to_orthant(points: Floats, v: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Squared distance (in the metric V⁻¹) of each point to the positive orthant, and how many coordinates
    of the nearest point are above 0: each face is tried, the feasible one with its multipliers right counts.
    """
    inverse = np.linalg.inv(v)
    n, k = points.shape
    best = np.full(n, np.inf)
    free = np.zeros(n, dtype=np.int64)
    for size in range(k + 1):
        for face in combinations(range(k), size):
            inside = list(face)
            outside = [place for place in range(k) if place not in face]
            if outside:  # nearest point of the face's plane: theta_in = x_in - V_io V_oo⁻¹ x_out
                solve = np.linalg.solve(v[np.ix_(outside, outside)], points[:, outside].T).T
                theta = points[:, inside] - solve @ v[np.ix_(outside, inside)]
            else:
                theta = points
            gap = points.copy()
            gap[:, inside] -= theta
            distance = ((gap @ inverse) * gap).sum(axis=1)
            better = (theta >= 0).all(axis=1) & (distance < best)
            best[better], free[better] = distance[better], size
    return best, free


def _adjusted(tests: pd.DataFrame) -> pd.DataFrame:
    """The tests with Holm's adjustment for their number."""
    p = tests["p"].to_numpy(dtype=np.float64)
    adjusted = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    factors = len(order) - np.arange(len(order))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * factors))
    return tests.assign(p_adjusted=adjusted)


def _arm(name: str, mine: Rows, count: Floats, proper: Rows, wrong: Rows, most: int) -> dict[str, object]:
    counted = count[mine & proper]
    n = len(counted)
    return {
        "arm": name,
        "rows": int(mine.sum()),
        "n": n,
        "floor": float((counted == 0).mean()) if n else np.nan,
        "ceiling": float((counted == most).mean()) if n else np.nan,
        "out_of_range": int((mine & wrong).sum()),
        "unanswered": int((mine & np.isnan(count) & ~wrong).sum()),
    }


def _balance(name: str, column: pd.Series, treated: Rows, rows: Rows) -> dict[str, object]:
    """One covariate in both arms: χ² of the table for levels, F of a one-way comparison for numbers."""
    used = rows & column.notna().to_numpy()
    if pd.api.types.is_numeric_dtype(column):
        y = np.asarray(column, dtype=np.float64)
        arms = [y[used & treated], y[used & ~treated]]
        n, pooled = len(arms[0]) + len(arms[1]), np.concatenate(arms)
        between = sum(len(arm) * (arm.mean() - pooled.mean()) ** 2 for arm in arms if len(arm))
        within = sum(float(((arm - arm.mean()) ** 2).sum()) for arm in arms if len(arm))
        if n < 3 or within <= 0 or not all(map(len, arms)):
            return {"covariate": name, "test": "F"}
        f = float(between / (within / (n - 2)))
        return {
            "covariate": name,
            "test": "F",
            "statistic": f,
            "df1": 1,
            "df2": n - 2,
            "p": float(fdtrc(1, n - 2, f)),
        }
    masks = [mask for _, mask in level_masks(column)]
    table = np.array(
        [[(mask & used & arm).sum() for arm in (treated, ~treated)] for mask in masks], dtype=float
    )
    table = table[table.sum(axis=1) > 0]
    if len(table) < 2 or not table.sum(axis=0).all():
        return {"covariate": name, "test": "chi2"}
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    chi2 = float(((table - expected) ** 2 / expected).sum())
    df = len(table) - 1
    return {
        "covariate": name,
        "test": "chi2",
        "statistic": chi2,
        "df1": df,
        "df2": np.nan,
        "p": float(chdtrc(df, chi2)),
    }
