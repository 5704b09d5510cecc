"""One factor: how much of several items a single factor holds, and whether one holds too much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from netralstat.design.calibration.calibration import Calibration, apply_calibration
from netralstat.design.cells import compress
from netralstat.design.design import Design
from netralstat.errors import EstimationError
from netralstat.estimate.estimates import rounded
from netralstat.explain.scales.item_answers import ItemAnswers, item_answers, require_varied
from netralstat.frames import numeric_columns, require_columns

Floats = NDArray[np.float64]

# Smallest uniqueness of an item; psych::fa bounds it here, too.
SMALLEST_UNIQUENESS = 0.005
SETTLED = 1e-12
MAX_PASSES = 20_000
# Smallest eigenvalue of a correlation matrix in which no item is made of the others.
SINGULAR = 1e-10
# A single factor that holds more of the variance of items of *different* scales points to a common method:
# Podsakoff, MacKenzie, Lee & Podsakoff (2003).
COMMON_METHOD_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OneFactorCheck:
    """What a single factor holds of k items, weighted, over the n respondents who answered all.

    Attributes
    ----------
    table : a row an item: `loading` on the minres factor, `communality`, `kmo` (sampling adequacy).
    eigenvalues : (k,), of the correlations, largest first.
    first_share : of the variance, the first principal component's: Harman's single-factor test.
    factor_share : of the variance, the minres factor's: the mean communality.
    kmo : Kaiser-Meyer-Olkin measure of sampling adequacy of all items, in [0, 1].
    bartlett, df, p_value : test that no items correlate, with Kish's `n_eff` persons for n.
    """

    table: pd.DataFrame
    items: tuple[str, ...]
    n: int
    n_eff: float
    eigenvalues: Floats
    first_share: float
    factor_share: float
    kmo: float
    bartlett: float
    df: int
    p_value: float

    @property
    def flag(self) -> str:
        """The word "common_method" where one component holds more than half of the variance, else ""."""
        return "common_method" if self.first_share > COMMON_METHOD_SHARE else ""

    def to_frame(self) -> pd.DataFrame:
        """The table of items."""
        return self.table.copy()

    def __repr__(self) -> str:
        return f"{self._headline()}\n{rounded(self.table).to_string(index=False)}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._headline())}</p>{rounded(self.table).to_html(index=False, escape=True)}"

    def _headline(self) -> str:
        p_value = "< 0.0001" if self.p_value < 0.00005 else f"= {self.p_value:.4f}"
        return (
            f"{len(self.items)} items, n = {self.n:,}: the first component holds {self.first_share:.3f} of "
            f"the variance{' (flag common_method)' if self.flag else ''}, one factor "
            f"{self.factor_share:.3f}; KMO = {self.kmo:.3f}, Bartlett's χ² = {self.bartlett:.1f} on "
            f"{self.df} df, p {p_value}"
        )


def one_factor_check(
    frame: Any, design: Design, items: Sequence[str], *, calibration: Calibration | None = None
) -> OneFactorCheck:
    """Whether one factor holds most of what several items have, as a common method of asking would.

    Of the items of one scale a large share is what is hoped for; of the items of several scales together
    it says that how the questions were asked explains the answers (Harman's test).

    Raises
    ------
    EstimationError
        Fewer than three items, text, a constant item, or an item made of the others.

    Formula      share = λ_1 / k;  KMO = Σ r² / (Σ r² + Σ q²), q the partial correlations;
                 χ² = -(n_eff - 1 - (2k+5)/6) ln|R| on k(k-1)/2    (methods.md "One factor")
    Source       Podsakoff et al. (2003); Kaiser & Rice (1974); Bartlett (1951). Twins: psych::fa, KMO,
                 cortest.bartlett.
    """
    where = f"items {', '.join(items) or 'none'}"
    require_items(frame, items, where=where)
    if len(items) < 3:
        raise EstimationError(
            "two items have one correlation, which does not determine two loadings",
            where=where,
            do="give at least three items",
        )
    margins = calibration.items if calibration is not None else ()
    cells = compress(frame, design, keys=[*items, *margins], squares=True)
    answers = item_answers(cells, apply_calibration(calibration, cells), items, where=where)
    require_varied(answers, where=where)
    r, k = answers.correlation, len(items)
    eigenvalues = np.asarray(np.linalg.eigvalsh(r)[::-1], dtype=np.float64)
    _require_distinct(answers, eigenvalues, where)
    loading = minres(r[None])[0]
    adequacy, each = _sampling_adequacy(r)
    n_eff = effective_n(answers)
    bartlett = -(n_eff - 1 - (2 * k + 5) / 6) * float(np.linalg.slogdet(r)[1])
    df = k * (k - 1) // 2
    return OneFactorCheck(
        table=pd.DataFrame({"item": list(items), "loading": loading, "communality": loading**2, "kmo": each}),
        items=tuple(items),
        n=answers.n,
        n_eff=n_eff,
        eigenvalues=eigenvalues,
        first_share=float(eigenvalues[0] / k),
        factor_share=float(np.mean(loading**2)),
        kmo=adequacy,
        bartlett=bartlett,
        df=df,
        p_value=float(special.chdtrc(df, max(bartlett, 0.0))),
    )


def require_items(frame: Any, items: Sequence[str], *, where: str) -> None:
    """Refuse fewer than two items, an item named twice, an absent one, or one that holds text."""
    require_columns(frame, items, where="scale items")
    if len(items) < 2:
        raise EstimationError(
            f"a scale of {len(items)} item has no reliability", where=where, do="give at least two items"
        )
    if twice := sorted({item for item in items if list(items).count(item) > 1}):
        raise EstimationError(
            f'item "{twice[0]}" is named more than once', where=where, do="name each item once"
        )
    if text := set(items) - set(numeric_columns(frame, items)):
        raise EstimationError(
            f'scale item "{sorted(text)[0]}" holds text',
            where=f"item {sorted(text)[0]}",
            do="score its levels first",
        )


def minres(r: Floats) -> Floats:
    """Loadings on one factor that leave the least squares of correlations unexplained.

    Parameters
    ----------
    r : (m, k, k), correlation matrices of at least three items.

    Returns
    -------
    (m, k), of a positive sum. An item of uniqueness below 0.005 (a Heywood case) is held there.

    Raises
    ------
    EstimationError
        The loadings do not settle.

    Formula      min Σ_{j<l} (r_jl - λ_j λ_l)²: λ_j = Σ_{l≠j} r_jl λ_l / Σ_{l≠j} λ_l², item by item
    Source       Harman & Jones (1966). Twin: psych::fa(fm = "minres").
    """
    m, k, _ = r.shape
    values, vectors = np.linalg.eigh(r)
    loading = vectors[:, :, -1] * np.sqrt(np.maximum(values[:, -1:], 0.0))
    bound = np.sqrt(1 - SMALLEST_UNIQUENESS)
    loading = np.clip(loading, -bound, bound)
    hollow = r * (1 - np.eye(k))
    active = np.arange(m)
    for _ in range(MAX_PASSES):
        some, left = loading[active], hollow[active]
        before = some.copy()
        for j in range(k):
            others = np.sum(some**2, axis=1) - some[:, j] ** 2
            pull = np.einsum("ml,ml->m", left[:, j], some)
            some[:, j] = np.where(others > SINGULAR, pull / np.maximum(others, SINGULAR), 0.0)
            np.clip(some[:, j], -bound, bound, out=some[:, j])
        loading[active] = some
        active = active[np.max(np.abs(some - before), axis=1) > SETTLED]
        if not len(active):
            return np.asarray(loading * np.where(loading.sum(axis=1, keepdims=True) < 0, -1.0, 1.0))
    raise EstimationError(
        f"the loadings of one factor on {k} items did not settle in {MAX_PASSES:,} passes",
        where=f"{k} items",
        do="leave out items that correlate with one other item only",
    )


def _sampling_adequacy(r: Floats) -> tuple[float, Floats]:
    """KMO of all items, and of each, shape (k,)."""
    inverse = np.linalg.inv(r)
    scale = 1 / np.sqrt(np.diag(inverse))
    off = 1 - np.eye(len(r))
    own, partial = (r * off) ** 2, (inverse * np.outer(scale, scale) * off) ** 2
    if not own.sum() > 0:
        return 0.0, np.zeros(len(r))
    each = own.sum(axis=0) / np.maximum(own.sum(axis=0) + partial.sum(axis=0), np.finfo(float).tiny)
    return float(own.sum() / (own.sum() + partial.sum())), each


def effective_n(answers: ItemAnswers) -> float:
    """Kish's effective number of those who answered: (Σw)²/Σw²."""
    squares = answers.cells.w2_sum
    assert squares is not None
    g = answers.calibrated.g if answers.calibrated is not None else np.ones(len(answers.w))
    inside = answers.complete
    return float(answers.w[inside].sum() ** 2 / (squares * g**2)[inside].sum())


def _require_distinct(answers: ItemAnswers, eigenvalues: Floats, where: str) -> None:
    if eigenvalues[-1] < SINGULAR:
        _, vectors = np.linalg.eigh(answers.correlation)
        involved = np.abs(vectors[:, 0]) > 1e-6
        named = [item for item, inside in zip(answers.items, involved, strict=True) if inside]
        raise EstimationError(
            f"of {len(named)} items each is determined by the others ({', '.join(named[:5])})",
            where=where,
            do="leave out one of the items that say the same",
        )
