"""The model of one variable given the others: fitted, its coefficients drawn, the missing answers drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, special

from netralstat.errors import EstimationError
from netralstat.explain.imputation.draws import Draws
from netralstat.explain.imputation.products import gram, predictors, products

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

# Predictions nearer than this share of their spread are equal: they differ by rounding alone.
EQUAL = 1e-9
# Newton's decrement at which the mode is found: 1 % of a standard error, where a draw adds a whole one.
SETTLED = 1e-4
MAX_STEPS = 100
# Share of a log-posterior that its sum may be off by rounding, and the shortest step towards the mode.
ROUNDING, SMALLEST_STEP = 1e-12, 1e-4
# Standard deviations of the normal prior of coefficients: of the intercept, of a 0/1 column, of a number per
# standard deviation. They keep a separated fit finite; four times those that Gelman et al. (2008) call weakly
# informative for numbers, for of two numbers that go together the difference may count.
PRIOR_OF_INTERCEPT, PRIOR_OF_LEVEL, PRIOR_OF_NUMBER = 10.0, 5.0, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearFit:
    """Least squares of a number: coefficients, the Cholesky factor of X'X = LL', residual df, squares."""

    beta: Floats
    root: Floats
    df: int
    squares: float

    def draw(self, draws: Draws) -> tuple[Floats, float]:
        """β* and σ* from their posterior under the flat prior: σ*² = SSE/χ², β* = β̂ + σ* L'⁻¹ z."""
        sigma = float(np.sqrt(self.squares / draws.chi_square(self.df)))
        noise = linalg.solve_triangular(self.root, draws.normal(len(self.beta)), lower=True, trans="T")
        return self.beta + sigma * noise, sigma


def linear_fit(information: Floats, xy: Floats, yy: float, n: int) -> LinearFit:
    """Least squares from X'X (p, p), X'y (p,) and y'y of `n` respondents."""
    root = linalg.cholesky(information, lower=True, check_finite=False)
    beta = linalg.cho_solve((root, True), xy, check_finite=False)
    squares = max(float(yy - beta @ xy), EQUAL**2 * max(yy, 1e-300))
    return LinearFit(beta=beta, root=root, df=n - len(beta), squares=squares)


def nearest_donors(observed: Floats, wanted: Floats, n_donors: int, draws: Draws) -> Rows:
    """Place of a donor for each of `wanted`: one of the `n_donors` nearest of `observed`, at random.

    Predictions of the observed that are equal are one group; a donor is drawn within it, so that none is
    preferred for its place in the data. Two draws a recipient, and a third for ties of the two sides.

    Source       Little (1988); van Buuren (2018), algorithm 3.3 (d nearest, one at random).
    """
    grid = EQUAL * max(float(np.ptp(observed)), 1e-300)
    members = np.argsort(np.round(observed / grid), kind="stable")
    in_order = np.round(observed[members] / grid)
    starts = np.flatnonzero(np.concatenate([[True], in_order[1:] != in_order[:-1]]))
    levels, counts = in_order[starts], np.diff(np.append(starts, len(in_order)))
    target = wanted / grid
    rank = draws.one_of(len(wanted), min(n_donors, len(observed)))
    within, side = draws.uniform(len(wanted)), draws.uniform(len(wanted))
    right = np.searchsorted(levels, target)
    left = right - 1
    chosen, passed = np.full(len(wanted), -1, dtype=np.int64), np.zeros(len(wanted), dtype=np.int64)
    last = len(levels) - 1
    for _ in range(n_donors):
        below = np.where(left >= 0, target - levels[np.maximum(left, 0)], np.inf)
        above = np.where(right <= last, levels[np.minimum(right, last)] - target, np.inf)
        down = (below < above) | ((below == above) & (side < 0.5))
        nearest = np.where(down, left, right)
        inside = np.clip(nearest, 0, last)
        open_ = chosen < 0
        passed = np.where(open_, passed + counts[inside], passed)
        chosen = np.where(open_ & (passed > rank), inside, chosen)
        left, right = np.where(down, left - 1, left), np.where(down, right, right + 1)
    return np.asarray(members[starts[chosen] + (within * counts[chosen]).astype(np.int64)])


@dataclass(slots=True, kw_only=True)
class CategoricalFit:
    """Multinomial logit of q + 1 levels against the first, with a weak prior; a logit where q = 1.

    `theta` (q, p) is its mode from the pass before, where the next one starts; `factor` the Cholesky factor
    of the negative second derivatives there.
    """

    theta: Floats
    factor: Floats | None = None

    def refit(self, z: Floats, level: Rows, used: Floats, prior: Floats, where: str) -> None:
        """Newton's method to the mode; the second derivatives are taken anew where the old ones mislead.

        Parameters
        ----------
        z : (p, n). level : (n,), 0 for the first level, -1 where the answer is missing. used : (n,), 1 where
            it counts. prior : (p,), precision of each coefficient.
        """
        q, p = self.theta.shape
        chosen = np.arange(1, q + 1)[:, None] == level
        value, share = self._posterior(z, chosen, used, prior)
        factor = self._second_derivatives(z, share, used, prior) if self.factor is None else self.factor
        before = np.inf
        for _ in range(MAX_STEPS):
            slope = products(z, (chosen - share) * used).T - prior * self.theta
            step = linalg.cho_solve((factor, True), slope.ravel(), check_finite=False).reshape(q, p)
            decrement = float(step.ravel() @ slope.ravel())
            if decrement < SETTLED:
                self.factor = self._second_derivatives(z, share, used, prior)
                return
            if decrement > before / 4:
                factor = self._second_derivatives(z, share, used, prior)
                step = linalg.cho_solve((factor, True), slope.ravel(), check_finite=False).reshape(q, p)
            start, size, before, gained = self.theta, 1.0, decrement, -np.inf
            while gained < value - ROUNDING * abs(value) and size > SMALLEST_STEP:
                self.theta = start + size * step
                gained, share = self._posterior(z, chosen, used, prior)
                size /= 2
            value = gained
        raise EstimationError(
            f"the imputation model did not settle in {MAX_STEPS} steps",
            where=where,
            do="merge levels that few respondents chose, or leave out predictors",
        )

    def draw(self, draws: Draws) -> Floats:
        """θ* from the normal approximation of the posterior at its mode, shape (q, p)."""
        assert self.factor is not None
        noise = linalg.solve_triangular(self.factor, draws.normal(self.theta.size), lower=True, trans="T")
        return np.asarray(self.theta + noise.reshape(self.theta.shape))

    def _posterior(
        self, z: Floats, chosen: NDArray[np.bool_], used: Floats, prior: Floats
    ) -> tuple[float, Floats]:
        """Log-posterior, and the probability of each level but the first, (q, n)."""
        eta = predictors(self.theta, z)
        highest = np.maximum(eta.max(axis=0), 0.0)
        exponents = np.exp(eta - highest)
        total = exponents.sum(axis=0) + np.exp(-highest)
        gain = np.where(chosen, eta, 0.0).sum(axis=0) - highest - np.log(total)
        value = float((gain * used).sum() - 0.5 * (prior * self.theta**2).sum())
        return value, exponents / total

    def _second_derivatives(self, z: Floats, share: Floats, used: Floats, prior: Floats) -> Floats:
        """Cholesky factor of Σ (diag(π) - ππ') ⊗ zz' + the prior's precision."""
        q, p = self.theta.shape
        found = np.empty((q * p, q * p))
        for a in range(q):
            for b in range(a + 1):
                block = gram(z, used * share[a] * ((a == b) - share[b]))
                rows, columns = slice(a * p, (a + 1) * p), slice(b * p, (b + 1) * p)
                found[rows, columns] = block
                found[columns, rows] = block.T
        found[np.diag_indices(q * p)] += np.tile(prior, q)
        return np.asarray(linalg.cholesky(found, lower=True, check_finite=False))


def shares(z: Floats, theta: Floats) -> Floats:
    """Probability of each level, the first before the others, shape (q + 1, n)."""
    eta = np.vstack([np.zeros(z.shape[1]), predictors(theta, z)])
    return np.asarray(special.softmax(eta, axis=0))


def drawn_levels(share: Floats, draws: Draws) -> Rows:
    """A level for each respondent by its probabilities `share` (q + 1, n)."""
    return np.asarray((np.cumsum(share, axis=0)[:-1] < draws.uniform(share.shape[1])).sum(axis=0))
