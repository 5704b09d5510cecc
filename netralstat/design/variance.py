"""The only variance there is: influence summed to PSUs, centred in strata, a full covariance matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from netralstat.design.calibration import CalibratedCells
from netralstat.design.cells import Cells
from netralstat.errors import DesignError

Floats = NDArray[np.float64]

# A variance below this share of the uncentred sum of squares is rounding error of an exact zero.
ZERO_SHARE = 1e-13
# What a multiplication in a dense product gains over one in a sparse product; the most memory it may take.
DENSE_GAIN = 50
DENSE_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Covariance:
    """Design-based covariance of k statistics.

    `matrix` has shape (k, k); `df` is PSUs minus strata; `lonely` counts strata with a single PSU.
    """

    matrix: Floats
    df: int
    n_psu: int
    n_strata: int
    lonely: int


def covariance(
    influence: Floats | sparse.sparray, cells: Cells, calibrated: CalibratedCells | None = None
) -> Covariance:
    """Taylor-linearised covariance of statistics from their influence.

    Parameters
    ----------
    influence : array or sparse array, shape (n_cells, k)
        Sum over the respondents of each cell of *design* weight times linearised variable.
    cells : Cells
        Where each cell stands in the design; keyed by the calibration's margins too.
    calibrated : CalibratedCells, optional
        A calibration whose g-weights multiply the influence once its margins are projected out.

    Returns
    -------
    Covariance

    Raises
    ------
    DesignError
        A stratum has a single PSU and ``lonely_psu = "error"``.

    Notes
    -----
    V = Σ_h (1 - f_h) n_h/(n_h - 1) Σ_i (u_hi - ū_h)(u_hi - ū_h)'   (methods.md, "Variance").
    Where persons were drawn directly, the respondents of a cell share one linearised value u_c / w_c, so
    their squares add to u_c u_c' Σw² / (Σw)².
    Source: Binder (1983); Woodruff (1971). Twin: survey:::svyrecvar.
    """
    u = sparse.csr_array(influence)
    slopes = None
    if calibrated is not None:
        u, slopes = calibrated.remove_margins(u)
    squares, row_stratum = _sum_of_squares(u, cells)
    per_stratum, lonely = _stratum_factors(cells)
    spread = sparse.diags_array(np.sqrt(per_stratum.square[row_stratum]))
    scaled = sparse.csr_array(spread @ squares)
    k = influence.shape[1]
    uncentred = (scaled.multiply(scaled)).sum(axis=0)[:k]
    stratum_totals = _indicator(cells.stratum, cells.n_strata) @ u
    centred = sparse.diags_array(np.sqrt(per_stratum.centre)) @ stratum_totals
    matrix = _gram(scaled) - _gram(sparse.csr_array(centred))
    matrix += _about_grand_mean(stratum_totals, per_stratum, cells)
    if slopes is not None:
        matrix = _combine(matrix, slopes)
    matrix = (matrix + matrix.T) / 2 * per_stratum.inflate
    flat = np.diag(matrix) <= ZERO_SHARE * np.asarray(uncentred)
    matrix[flat, :] = 0.0
    matrix[:, flat] = 0.0
    return Covariance(
        matrix=matrix, df=cells.df, n_psu=int(cells.n_psu.sum()), n_strata=cells.n_strata, lonely=lonely
    )


def _gram(rows: sparse.csr_array) -> Floats:
    """Sum of the outer products of the rows, shape (k, k): sparse or dense, whichever is less work.

    A sparse product costs Σ (entries of a row)² steps, a dense one n·k² that run about DENSE_GAIN faster.
    """
    n, k = rows.shape
    steps = float(np.sum(np.diff(rows.indptr).astype(float) ** 2))
    if n * k**2 <= DENSE_GAIN * steps and n * k * 8 <= DENSE_BYTES:
        dense = rows.toarray()
        return np.asarray(dense.T @ dense)
    return np.asarray((rows.T @ rows).toarray())


def domain_df(cells: Cells, domains: sparse.csr_array) -> Floats:
    """PSUs minus strata that each domain reaches, shape (n_domains,); `domains` is 0/1, (n_cells, n_domains).

    Twin: survey::degf of a subset design.
    """
    member = domains.tocoo()
    unit = cells.psu if cells.psu is not None else np.arange(cells.n_cells)
    size = np.ones(cells.n_cells) if cells.psu is not None else cells.n
    reached = pd.DataFrame(
        {
            "domain": member.col,
            "unit": unit[member.row],
            "stratum": cells.stratum[member.row],
            "size": size[member.row],
        }
    )
    psus = reached.drop_duplicates(["domain", "unit"]).groupby("domain")["size"].sum()
    strata = reached.drop_duplicates(["domain", "stratum"]).groupby("domain").size()
    df = (psus - strata).reindex(range(domains.shape[1])).fillna(0)
    return df.to_numpy(dtype=float)


def _combine(matrix: Floats, slopes: Floats) -> Floats:
    """Covariance of u - X·B from that of u beside X: V_uu - V_ux B - B'V_xu + B'V_xx B."""
    k = slopes.shape[1]
    cross = matrix[:k, k:] @ slopes
    return matrix[:k, :k] - cross - cross.T + slopes.T @ matrix[k:, k:] @ slopes


@dataclass(frozen=True, slots=True, kw_only=True)
class _StratumFactors:
    """Per stratum: what multiplies squares of PSU totals, of the stratum total, of a lonely PSU's total."""

    square: Floats
    centre: Floats
    lonely: Floats
    inflate: float


def _sum_of_squares(u: sparse.csr_array, cells: Cells) -> tuple[sparse.csr_array, NDArray[np.int64]]:
    """Rows whose outer products add to Σ_i u_hi u_hi', and the stratum of each row."""
    if cells.psu is None:
        per_person = np.sqrt(cells.w2_sum) / np.where(cells.w_sum > 0, cells.w_sum, 1.0)
        return sparse.diags_array(per_person) @ u, cells.stratum
    n_psu = int(cells.psu.max()) + 1
    stratum_of_psu = np.zeros(n_psu, dtype=np.int64)
    stratum_of_psu[cells.psu] = cells.stratum
    return _indicator(cells.psu, n_psu) @ u, stratum_of_psu


def _indicator(codes: NDArray[np.int64], n_groups: int) -> sparse.csr_array:
    """Sparse 0/1 matrix of shape (n_groups, n_cells) that sums cells into groups."""
    ones = np.ones(len(codes))
    return sparse.csr_array((ones, (codes, np.arange(len(codes)))), shape=(n_groups, len(codes)))


def _stratum_factors(cells: Cells) -> tuple[_StratumFactors, int]:
    n = cells.n_psu
    outside = np.where(np.isinf(cells.fpc), 1.0, 1.0 - n / np.where(np.isinf(cells.fpc), 1.0, cells.fpc))
    outside = np.clip(outside, 0.0, 1.0)
    alone = (n == 1) & (outside > 0)
    factor = outside * np.where(n > 1, n / np.where(n > 1, n - 1, 1.0), 0.0)
    adjusted, inflate = np.zeros(len(n)), 1.0
    rule = cells.design.lonely_psu
    if alone.any():
        if rule == "error":
            _refuse(cells, alone)
        if rule == "adjust":
            adjusted = np.where(alone, outside, 0.0)
        if rule == "average":
            with_pairs = len(n) - int(alone.sum())
            if with_pairs == 0:
                _refuse(cells, alone)
            inflate = len(n) / with_pairs
    factors = _StratumFactors(square=factor, centre=factor / n, lonely=adjusted, inflate=inflate)
    return factors, int(alone.sum())


def _about_grand_mean(totals: sparse.csr_array, factors: _StratumFactors, cells: Cells) -> Floats | float:
    """Σ (1 - f)(t - m)(t - m)' over lonely PSUs, m the mean of all PSU totals: the rule "adjust"."""
    alone = np.flatnonzero(factors.lonely)
    if not len(alone):
        return 0.0
    t = totals[alone].toarray() - np.asarray(totals.sum(axis=0)) / cells.n_psu.sum()
    spread: Floats = t.T @ (factors.lonely[alone][:, None] * t)
    return spread


def _refuse(cells: Cells, alone: NDArray[np.bool_]) -> None:
    names = [cells.stratum_names[h] for h in np.flatnonzero(alone)[:5]]
    raise DesignError(
        f"{int(alone.sum()):,} of {cells.n_strata:,} strata have a single PSU, so their variance is unknown",
        where=f"stratum {'; '.join(names)}",
        do="merge such strata with a neighbour, or set lonely_psu to "
        '"adjust", "average", "certainty" or "remove"',
    )
