"""Curves: a number as columns along which a model may bend, orthogonal polynomials or a natural spline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from netralstat.errors import EstimationError
from netralstat.explain.formula import Variable

Floats = NDArray[np.float64]

# Order of the splines: cubic.
ORDER = 4
# Inner knots nearer to each other than this share of the range are one knot.
SAME_KNOT = 1e-10


class Basis(Protocol):
    """The columns of a curve as functions of the number that it bends, known wherever they are asked for."""

    @property
    def columns(self) -> int:
        """Number of columns."""

    def values(self, x: Floats) -> Floats:
        """Columns at `x` (m,), shape (m, columns)."""

    def slopes(self, x: Floats) -> Floats:
        """Derivatives of the columns by the number at `x` (m,), shape (m, columns)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Polynomial:
    """Polynomials of degree 1 … d, orthonormal over respondents, in z = (x - centre) / scale.

    `alpha` (d,) and `beta` (d,) are the coefficients of the recurrence, `norms` (d,) the lengths of
    its polynomials over respondents.
    """

    centre: float
    scale: float
    alpha: Floats
    beta: Floats
    norms: Floats

    @property
    def columns(self) -> int:
        """The degree."""
        return len(self.norms)

    def values(self, x: Floats) -> Floats:
        """p_1(x) … p_d(x)."""
        return self._recurred(x)[0]

    def slopes(self, x: Floats) -> Floats:
        """p_1'(x) … p_d'(x)."""
        return self._recurred(x)[1]

    def _recurred(self, x: Floats) -> tuple[Floats, Floats]:
        z = (x - self.centre) / self.scale
        values, slopes = [np.ones(len(z))], [np.zeros(len(z))]
        before, slope_before = np.zeros(len(z)), np.zeros(len(z))
        for alpha, beta in zip(self.alpha, self.beta, strict=True):
            value, slope = values[-1], slopes[-1]
            values.append((z - alpha) * value - beta * before)
            slopes.append(value + (z - alpha) * slope - beta * slope_before)
            before, slope_before = value, slope
        found = np.column_stack(values[1:]) / self.norms
        return found, np.column_stack(slopes[1:]) / (self.norms * self.scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class NaturalSpline:
    """Cubic between `knots`, straight beyond `low` and `high`: B-splines times `weights`.

    `weights` (n_splines, columns) leave the splines without curvature at both ends and without a constant.
    """

    low: float
    high: float
    knots: Floats
    weights: Floats

    @property
    def columns(self) -> int:
        """Number of columns: inner knots and one."""
        return int(self.weights.shape[1])

    def values(self, x: Floats) -> Floats:
        """The columns, continued along their tangents beyond the ends."""
        inside = np.clip(x, self.low, self.high)
        found = self._splines(inside) @ self.weights
        beyond = x - inside
        if beyond.any():
            found = found + beyond[:, None] * self.slopes(inside)
        return found

    def slopes(self, x: Floats) -> Floats:
        """The derivatives, which are those of the ends beyond them."""
        inside = np.clip(x, self.low, self.high)
        return np.asarray(b_splines(self._all_knots, inside, ORDER, 1) @ self.weights)

    def _splines(self, x: Floats) -> Floats:
        return b_splines(self._all_knots, x, ORDER)

    @property
    def _all_knots(self) -> Floats:
        return np.concatenate([np.full(ORDER, self.low), self.knots, np.full(ORDER, self.high)])


@dataclass(frozen=True, slots=True)
class Bend:
    """The place of a column among those of its curve, from 0."""

    place: int


def basis(variable: Variable, x: Floats, n: Floats) -> Basis:
    """The curve that a formula asks for, from the respondents of the model.

    Parameters
    ----------
    variable : a name with a curve. x : (m,), numbers that respondents have. n : (m,), respondents of each;
        a number may come more than once.

    Raises
    ------
    EstimationError
        There are not more distinct numbers than columns, or knots fall together.

    Formula      methods.md "Curves"
    Source       Forsythe (1957); de Boor (1978). Twins: stats::poly; splines::ns(df = columns).
    """
    distinct, place = np.unique(x, return_inverse=True)
    counts = np.bincount(place, weights=n, minlength=len(distinct)).astype(float)
    distinct, counts = distinct[counts > 0], counts[counts > 0]
    if len(distinct) <= variable.columns:
        raise EstimationError(
            f'"{variable.name}" has {len(distinct)} distinct values among respondents with complete answers; '
            f"{variable.label} needs {variable.columns + 1} or more",
            where=f"term {variable.label}",
            do=f"ask for fewer columns, or for its levels: C({variable.name})",
        )
    if variable.curve == "poly":
        return polynomial(distinct, counts, variable.columns)
    return natural_spline(distinct, counts, variable)


def polynomial(x: Floats, n: Floats, degree: int) -> Polynomial:
    """Orthonormal polynomials over x (m,), each of which n (m,) respondents have.

    Formula      p_{k+1} = (z - α_k) p_k - β_k p_{k-1},
                 α_k = Σ n z p_k² / Σ n p_k², β_k = Σ n p_k² / Σ n p_{k-1}²
    """
    centre = float(n @ x / n.sum())
    scale = float(np.abs(x - centre).max())
    z = (x - centre) / scale
    before, own = np.zeros(len(z)), np.ones(len(z))
    size_before, alphas, betas, norms = 1.0, [], [], []
    for k in range(degree):
        size = float(n @ own**2)
        alphas.append(float(n @ (z * own**2)) / size)
        betas.append(size / size_before if k else 0.0)
        before, own = own, (z - alphas[-1]) * own - betas[-1] * before
        size_before = size
        norms.append(float(np.sqrt(n @ own**2)))
    return Polynomial(
        centre=centre, scale=scale, alpha=np.array(alphas), beta=np.array(betas), norms=np.array(norms)
    )


def natural_spline(x: Floats, n: Floats, variable: Variable) -> NaturalSpline:
    """A natural cubic spline through x (m,) ascending, each of which n (m,) respondents have.

    Formula      inner knots at the quantiles 1/k … (k - 1)/k, of type 7; weights are the last columns of Q
                 in the QR decomposition of the second derivatives of the B-splines at both ends
    """
    columns = variable.columns
    low, high = float(x[0]), float(x[-1])
    knots = _quantiles(x, n, np.arange(1, columns) / columns)
    apart = np.diff(np.concatenate([[low], knots, [high]])) > SAME_KNOT * (high - low)
    if not apart.all():
        raise EstimationError(
            f"{variable.label} has {columns + 1} knots, of which {int(np.sum(~apart))} fall on another: "
            f'too many respondents have the same "{variable.name}"',
            where=f"term {variable.label}",
            do=f"ask for fewer columns, or for a polynomial: poly({variable.name}, 2)",
        )
    every = np.concatenate([np.full(ORDER, low), knots, np.full(ORDER, high)])
    # Without the first spline, which alone is not zero at the lower end: the constant is the intercept's.
    curvature = b_splines(every, np.array([low, high]), ORDER, 2)[:, 1:]
    q, _ = np.linalg.qr(curvature.T, mode="complete")
    weights = np.vstack([np.zeros(columns), q[:, 2:]])
    return NaturalSpline(low=low, high=high, knots=knots, weights=weights)


def b_splines(knots: Floats, x: Floats, order: int, derivative: int = 0) -> Floats:
    """B-splines of `order` on `knots` (k,), at x (m,) within their range, shape (m, k - order).

    Source: de Boor (1978), chapter X. Twin: splines::splineDesign.
    """
    inner = len(knots) - order
    if derivative:
        lower = b_splines(knots, x, order - 1, derivative - 1)
        each = (order - 1) * lower * _inverse(knots[order - 1 :] - knots[: inner + 1])
        return np.asarray(each[:, :-1] - each[:, 1:])
    # The interval that holds x; the last one holds its upper end.
    last = int(np.searchsorted(knots, knots[-1], side="left")) - 1
    place = np.clip(np.searchsorted(knots, x, side="right") - 1, 0, last)
    found = np.zeros((len(x), len(knots) - 1))
    found[np.arange(len(x)), place] = 1.0
    for k in range(1, order):
        inverse = _inverse(knots[k:] - knots[:-k])
        rising = (x[:, None] - knots[: -k - 1]) * inverse[:-1] * found[:, :-1]
        found = rising + (knots[k + 1 :] - x[:, None]) * inverse[1:] * found[:, 1:]
    return found


def _inverse(widths: Floats) -> Floats:
    """1 over each width, and 0 where knots coincide, whose spline is zero."""
    return np.where(widths > 0, 1 / np.where(widths > 0, widths, 1.0), 0.0)


def _quantiles(x: Floats, n: Floats, shares: Floats) -> Floats:
    """Quantiles of x (m,) ascending that n (m,) respondents have, interpolated between answers (type 7)."""
    reached = np.cumsum(n)
    position = shares * (reached[-1] - 1)
    lower = np.floor(position + 4 * np.finfo(float).eps)
    upper = np.minimum(lower + 1, reached[-1] - 1)
    below, above = (x[np.searchsorted(reached, place, side="right")] for place in (lower, upper))
    return np.asarray(below + np.maximum(position - lower, 0.0) * (above - below))
