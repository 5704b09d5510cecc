"""Structure of a factor model: what loadings, factor variances and residuals say of means and covariances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
# Unit of a factor: that of its first item, or its own standard deviation.
Scaling = Literal["marker", "variance"]

FREE = -2


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """Which elements of a factor model are free, fixed, or equal between G groups.

    Each of k items belongs to one of m factors. A group has the elements λ (k loadings), θ (k residual
    variances), ψ (factor (co)variances, the upper triangle by rows), ν (k intercepts) and α (m means of
    factors), in this order: E of them. `index` (G, E) is the place of an element among the q free parameters,
    or -1 where it is held at `fixed` (G, E).
    """

    items: tuple[str, ...]
    factors: tuple[str, ...]
    owner: Codes
    index: Codes
    fixed: Floats
    has_means: bool

    @property
    def n_free(self) -> int:
        """Number of free parameters q."""
        return int(self.index.max()) + 1

    @property
    def n_groups(self) -> int:
        """Number of groups G."""
        return len(self.index)

    @property
    def places(self) -> Mapping[str, slice]:
        """Where each kind of element stands among the E of a group."""
        return _places(len(self.items), len(self.factors))

    def values(self, theta: Floats) -> Floats:
        """All elements by group, shape (G, E)."""
        return np.where(self.index >= 0, theta[np.maximum(self.index, 0)], self.fixed)

    def parameters(self, values: Floats) -> Floats:
        """The free parameters of all elements (G, E), shape (q,): of equal elements, those of the last."""
        theta = np.empty(self.n_free)
        free = self.index >= 0
        theta[self.index[free]] = values[free]
        return theta

    def factor_covariance(self, values: Floats) -> Floats:
        """Ψ by group, shape (G, m, m)."""
        return square(values[:, self.places["psi"]], len(self.factors))

    def implied(self, values: Floats) -> tuple[Floats, Floats]:
        """Means (G, k) and covariances (G, k, k) of the items: μ = ν + Λα, Σ = ΛΨΛ' + Θ."""
        at, own = self.places, self.owner
        loading = values[:, at["lambda"]]
        sigma = loading[:, :, None] * loading[:, None, :] * self.factor_covariance(values)[:, own][:, :, own]
        every = np.arange(len(own))
        sigma[:, every, every] += values[:, at["theta"]]
        return values[:, at["nu"]] + loading * values[:, at["alpha"]][:, own], sigma

    def slopes(self, values: Floats) -> tuple[Floats, Floats]:
        """Derivatives by a group's elements of μ, (G, k, E), and of Σ's upper triangle, (G, k(k+1)/2, E)."""
        k, m, at, own = len(self.items), len(self.factors), self.places, self.owner
        row, column = np.triu_indices(k)
        entry, item, groups = np.arange(len(row)), np.arange(k), self.n_groups
        loading = values[:, at["lambda"]]
        shared = self.factor_covariance(values)[:, own[row], own[column]]
        of_sigma = np.zeros((groups, len(row), self.index.shape[1]))
        of_sigma[:, entry, row] += shared * loading[:, column]
        of_sigma[:, entry, column] += shared * loading[:, row]
        of_sigma[:, entry[row == column], k + item] = 1.0
        pair = self._pairs(m)[own[row], own[column]]
        of_sigma[:, entry, at["psi"].start + pair] = loading[:, row] * loading[:, column]
        of_mean = np.zeros((groups, k, self.index.shape[1]))
        of_mean[:, item, item] = values[:, at["alpha"]][:, own]
        of_mean[:, item, at["nu"].start + item] = 1.0
        of_mean[:, item, at["alpha"].start + own] = loading
        return of_mean, of_sigma

    def bends(self, values: Floats, of_sigma: Floats, of_mean: Floats) -> Floats:
        """Second derivatives by a group's elements, (G, E, E), of ½ Σ_jl A_jl σ_jl + Σ_j b_j μ_j.

        `of_sigma` (G, k, k) are A, symmetric, and `of_mean` (G, k) are b.
        """
        k, m, at, own = len(self.items), len(self.factors), self.places, self.owner
        found = np.zeros((self.n_groups, self.index.shape[1], self.index.shape[1]))
        psi = self.factor_covariance(values)[:, own][:, :, own]
        found[:, :k, :k] = of_sigma * psi
        member = np.eye(m)[own]
        other = np.einsum("gjl,gl,lf->gjf", of_sigma, values[:, at["lambda"]], member)
        pair, item = at["psi"].start + self._pairs(m)[own], np.arange(k)
        alpha = at["alpha"].start + own
        for factor in range(m):
            found[:, item, pair[:, factor]] = found[:, pair[:, factor], item] = other[:, :, factor]
        found[:, item, alpha] = found[:, alpha, item] = of_mean
        return found

    def stacked(self, values: Floats) -> Floats:
        """Derivatives by the free parameters of the moments, of each group its means, then Σ: (GM, q)."""
        of_mean, of_sigma = self.slopes(values)
        if not self.has_means:
            of_mean = np.zeros_like(of_mean)
        both = np.concatenate([of_mean, of_sigma], axis=1)
        found = np.zeros((*both.shape[:2], self.n_free))
        for group, index in enumerate(self.index):
            free = np.flatnonzero(index >= 0)
            found[group][:, index[free]] = both[group][:, free]
        return found.reshape(-1, self.n_free)

    @staticmethod
    def _pairs(m: int) -> Codes:
        """Place of each factor (co)variance in the upper triangle, shape (m, m)."""
        pair = np.zeros((m, m), dtype=np.int64)
        pair[np.triu_indices(m)] = np.arange(m * (m + 1) // 2)
        return np.maximum(pair, pair.T)


def structure(
    scales: Mapping[str, Sequence[str]],
    *,
    n_groups: int = 1,
    scaling: Scaling = "marker",
    means: bool = False,
    equal: Sequence[str] = (),
) -> Structure:
    """A model in which every item measures one factor, and factors may be correlated.

    Parameters
    ----------
    scales : factor -> its items.
    scaling : the first loading of each factor is 1 ("marker"), or each factor's variance is ("variance").
    means : intercepts are parameters (else means are left as they are); factor means are 0, but free in all
        groups after the first where intercepts are equal.
    equal : of "lambda", "nu" and "theta", those alike in all groups.
    """
    items = tuple(item for named in scales.values() for item in named)
    k, m = len(items), len(scales)
    owner = np.repeat(np.arange(m), [len(named) for named in scales.values()])
    at = _places(k, m)
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    free = np.zeros((n_groups, 2 * k + m * (m + 1) // 2 + k + m), dtype=bool)
    fixed = np.zeros(free.shape)
    for kind in ("lambda", "theta", "psi", *(("nu",) if means else ())):
        free[:, at[kind]] = True
    diagonal = at["psi"].start + np.flatnonzero(np.equal(*np.triu_indices(m)))
    held = np.ix_(np.arange(n_groups), first if scaling == "marker" else diagonal)
    free[held], fixed[held] = False, 1.0
    if "nu" in equal:
        free[1:, at["alpha"]] = True
    index = np.full(free.shape, -1, dtype=np.int64)
    index[free] = FREE
    place = 0
    for group in range(n_groups):
        for element in np.flatnonzero(free[group]):
            kind = next(kind for kind, where in at.items() if where.start <= element < where.stop)
            if group and kind in equal:
                index[group, element] = index[0, element]
            else:
                index[group, element], place = place, place + 1
    return Structure(
        items=items, factors=tuple(scales), owner=owner, index=index, fixed=fixed, has_means=means
    )


def without_residuals(model: Structure) -> Structure:
    """The model of correlations alone, in which what a factor leaves of an item is no parameter."""
    at = model.places["theta"]
    index = model.index.copy()
    index[:, at] = -1
    _, packed = np.unique(index[index >= 0], return_inverse=True)
    index[index >= 0] = packed
    return replace(model, index=index)


def square(triangle: Floats, m: int) -> Floats:
    """Symmetric matrices (·, m, m) of upper triangles by rows (·, m(m+1)/2)."""
    found = np.zeros((len(triangle), m, m))
    row, column = np.triu_indices(m)
    found[:, row, column] = found[:, column, row] = triangle
    return found


def _places(k: int, m: int) -> dict[str, slice]:
    sizes = {"lambda": k, "theta": k, "psi": m * (m + 1) // 2, "nu": k, "alpha": m}
    ends = np.cumsum(list(sizes.values())).tolist()
    return {kind: slice(end - size, end) for (kind, size), end in zip(sizes.items(), ends, strict=True)}
