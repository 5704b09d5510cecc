"""Both models of a mediation fitted, and the four mean outcomes that they imply, with their variance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netralstat.design.replicates.cells import replicate_cells
from netralstat.design.replicates.replicates import Replicates
from netralstat.errors import EstimationError
from netralstat.explain.causes.mediation_data import MediationData
from netralstat.explain.causes.natural_effects import Fits, gradient, worlds
from netralstat.explain.causes.pathways import MediatorFamily, OutcomeFamily
from netralstat.explain.fitting import Fit, fitted
from netralstat.explain.replicate_fits import refit, replicate_patterns

Floats = NDArray[np.float64]

# To the maximum: replicates are fitted so far, too.
TOLERANCE = 1e-14
# Most memory for the weights of a block of replicates.
BLOCK_BYTES = 8_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedPaths:
    """The models of one sample: parameters and the four mean outcomes, (4,) in the order of `WORLDS`.

    `outcome` and `mediator` are the fits of the two models; `residual` (n_cells,) what the mediator's leaves.
    """

    fits: Fits
    means: Floats
    outcome: Fit
    mediator: Fit
    residual: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicatedMeans:
    """The four mean outcomes in every replicate, (R, 4): NaN where a model could not be fitted."""

    means: Floats
    replicates: Replicates


def fit_paths(paths: MediationData) -> FittedPaths:
    """Fit both models to the full sample.

    Raises
    ------
    SeparationError, EstimationError
        A model has no maximum.
    """
    data, pathway = paths.data, paths.pathway
    n, used = data.cells.n, data.used
    outcome = fitted(
        data.x, data.y, data.each, n, used, pathway.outcome_family, TOLERANCE, f"formula {pathway.formula}"
    )
    where = f"formula {pathway.mediator_formula}"
    mediator = fitted(
        paths.x_mediator, paths.mediator, data.each, n, used, pathway.mediator_family, TOLERANCE, where
    )
    residual = np.where(used, paths.mediator - paths.x_mediator @ mediator.beta, 0.0)
    w = np.where(used, data.w, 0.0)
    sigma = float(np.sqrt(w @ residual**2 / w.sum())) if pathway.mediator_family == "linear" else 0.0
    fits = Fits(beta=outcome.beta, alpha=mediator.beta, sigma=sigma)
    found = worlds(paths.x, fits, paths.roles, _families(paths))
    share = _by_pattern(paths, w)
    return FittedPaths(
        fits=fits,
        means=found.means @ share / share.sum(),
        outcome=outcome,
        mediator=mediator,
        residual=residual,
    )


def influence(paths: MediationData, fit: FittedPaths) -> Floats:
    """Influence per unit of weight on the four means, shape (n_cells, 4): of the sample and of both models.

    Formula      u = (E_i - Ē)/Σw + D_β u_β + D_α u_α + D_σ (e² - σ²)/(2σ Σw)   (methods.md "Mediation")
    """
    data = paths.data
    w = np.where(data.used, data.w, 0.0)
    found = worlds(paths.x, fit.fits, paths.roles, _families(paths), derivatives=True)
    slopes = gradient(paths.x, _by_pattern(paths, w), found, paths.roles)
    p, q = data.x.shape[1], paths.x_mediator.shape[1]
    u = _of_coefficients(data.x, fit.outcome, data.mean_weight) @ slopes[:p]
    u += _of_coefficients(paths.x_mediator, fit.mediator, data.mean_weight) @ slopes[p : p + q]
    if fit.fits.sigma > 0:
        moved = np.where(data.used, fit.residual**2 - fit.fits.sigma**2, 0.0) / (2 * fit.fits.sigma * w.sum())
        u += np.outer(moved, slopes[p + q])
    of_sample = (found.means.T[np.maximum(paths.pattern, 0)] - fit.means) / w.sum()
    return np.asarray(u + np.where(data.used[:, None], of_sample, 0.0))


def replicated_means(paths: MediationData, fit: FittedPaths) -> ReplicatedMeans:
    """Fit both models in every replicate of the design, on the patterns of respondents.

    A replicate in which a model has no fit (the outcome separated, a level that nobody has) is NaN.
    """
    data = paths.data
    plan = data.respondents.units.design.replicates
    assert plan is not None
    made = replicate_cells(data.respondents.units, plan, data.respondents.calibrated)
    patterns = replicate_patterns(data.respondents, made, data.used)
    every = np.full((made.replicates.n, 4), np.nan)
    step = max(int(BLOCK_BYTES / 8 / max(len(patterns.first), 1)), 1)
    for first in range(0, len(every), step):
        last = min(first + step, len(every))
        weights = patterns.of_replicates(first, last)
        try:
            every[first:last] = _means_of(paths, fit, patterns.first, weights)
        except EstimationError:  # which of them: each by itself, and those without a fit stay NaN
            for row, w in enumerate(weights, start=first):
                every[row] = _means_or_nan(paths, fit, patterns.first, w)
    return ReplicatedMeans(means=every, replicates=made.replicates)


def _means_or_nan(paths: MediationData, fit: FittedPaths, cells: NDArray[np.int64], w: Floats) -> Floats:
    """The means of one replicate; NaN, which the caller counts, where a model has no fit."""
    try:
        return np.asarray(_means_of(paths, fit, cells, w[None, :])[0])
    except EstimationError:
        return np.full(4, np.nan)


def _means_of(paths: MediationData, fit: FittedPaths, cells: NDArray[np.int64], w: Floats) -> Floats:
    """The four means of some replicates (r, 4) from their weights (r, m) by pattern of answers."""
    data, pathway = paths.data, paths.pathway
    x, y = data.x[cells], data.y[cells]
    x_mediator, mediator = paths.x_mediator[cells], paths.mediator[cells]
    beta = refit(
        x,
        y,
        lambda a, b: w[a:b],
        len(w),
        fit.fits.beta,
        pathway.outcome_family,
        f"formula {pathway.formula}",
    )
    where = f"formula {pathway.mediator_formula}"
    alpha = refit(
        x_mediator, mediator, lambda a, b: w[a:b], len(w), fit.fits.alpha, pathway.mediator_family, where
    )
    sigma = np.zeros(len(w))
    if pathway.mediator_family == "linear":
        residual = mediator - alpha @ x_mediator.T
        sigma = np.sqrt(np.einsum("rm,rm->r", w, residual**2) / w.sum(axis=1))
    found = np.empty((len(w), 4))
    code, m = paths.pattern[cells], len(paths.x)
    for r in range(len(w)):
        share = np.bincount(code, weights=w[r], minlength=m)
        fits = Fits(beta=beta[r], alpha=alpha[r], sigma=float(sigma[r]))
        found[r] = worlds(paths.x, fits, paths.roles, _families(paths)).means @ share / share.sum()
    return found


def _families(paths: MediationData) -> tuple[OutcomeFamily, MediatorFamily]:
    return paths.pathway.outcome_family, paths.pathway.mediator_family


def _by_pattern(paths: MediationData, w: Floats) -> Floats:
    """Weights of the patterns of covariates, shape (m,)."""
    used = paths.pattern >= 0
    return np.bincount(paths.pattern[used], weights=w[used], minlength=len(paths.x)).astype(float)


def _of_coefficients(x: Floats, fit: Fit, mean_weight: float) -> Floats:
    """Influence of coefficients per unit of weight, shape (n_cells, p)."""
    return np.asarray((fit.residual[:, None] * x) @ (np.linalg.inv(fit.information) / mean_weight))
