"""The fit of a generalised linear model: iteratively reweighted least squares on patterns of answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netralstat.errors import EstimationError, SeparationError
from netralstat.explain.families import DISTRIBUTIONS, Family
from netralstat.explain.normal_equations import least_squares

Floats = NDArray[np.float64]

MAX_PASSES = 100
# Relative change of the deviance at which R's glm stops (glm.control).
TOLERANCE = 1e-8
LOOSEST = 1e-6
# Where there is no maximum, each pass moves the linear predictor for ever while the deviance hardly changes:
# by about 1, on its way to 1 of a probit by 1/η, of a complementary log-log by exp(-η). Where there is one,
# the last pass moves it by little more than the root of the tolerance.
RESTLESS = {"probit": 0.1, "cloglog": 0.03}
RESTLESS_ELSE = 0.5
# Passes after the deviance has settled in which the predictor may come to rest.
LINGERING = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Coefficients (p,), and from the last pass the information (p, p) and, of each pattern, the working
    weight per unit of weight and the working residual times it.
    """

    beta: Floats
    information: Floats
    residual: Floats
    working: Floats
    passes: int


def fitted(
    x: Floats,
    y: Floats,
    w: Floats,
    n: Floats,
    used: NDArray[np.bool_],
    family: Family,
    tolerance: float,
    where: str,
    offset: Floats | None = None,
) -> Fit:
    """Fit patterns of n persons whose mean weight is w (relative to the sample's mean weight).

    R's start, stopping rule and last-pass information: R's `glm` takes the information from the weights of
    its last pass, one Newton step behind the coefficients; so do we, and standard errors agree with R
    beyond the stopping rule.

    Parameters
    ----------
    x : (n_patterns, p), y, w, n : (n_patterns,). used : patterns with an answer to every variable.
    tolerance : relative change of the deviance at which the fit stops. where : what an error names.
    offset : (n_patterns,), what the linear predictor holds besides x·beta.

    Raises
    ------
    SeparationError
        Fitted probabilities go to 0 or 1: `netralstat.explain.separation` says by which terms.
    EstimationError
        The deviance does not settle.
    """
    distribution = DISTRIBUTIONS[family]
    if not used.all():
        x, y, w, n = x[used], y[used], w[used], n[used]
    given = 0.0 if offset is None else offset[used]
    mu = distribution.start(y, w)
    eta = distribution.link(mu)
    deviance, before, beyond = float((n * w) @ distribution.deviance(y, mu)), np.inf, False
    restless, lingered = RESTLESS.get(family, RESTLESS_ELSE), 0
    for passed in range(1, MAX_PASSES + 1):
        slope = 1 / distribution.slope(mu)
        working = slope**2 / distribution.variance(mu)
        beta, information = least_squares(x, eta - given + (y - mu) / slope, n * w * working)
        eta, eta_before = x @ beta + given, eta
        beyond = eta.min() < distribution.reach[0] or eta.max() > distribution.reach[1]
        if beyond and family == "logit":
            raise _separated(where)
        mu = distribution.inverse(eta)
        before, deviance = deviance, float((n * w) @ distribution.deviance(y, mu))
        if abs(deviance - before) < tolerance * (abs(deviance) + 0.1):
            if family != "linear" and np.max(np.abs(eta - eta_before)) > restless:
                lingered += 1
                beyond = beyond or lingered > LINGERING
                if not beyond:
                    continue
            if beyond:
                raise _separated(where)
            residual, weights = np.zeros(len(used)), np.zeros(len(used))
            residual[used] = (y - mu) * distribution.slope(mu) * working
            weights[used] = working
            return Fit(beta=beta, information=information, residual=residual, working=weights, passes=passed)
    if beyond:
        raise _separated(where)
    raise EstimationError(
        f"the model did not settle in {MAX_PASSES} passes (deviance {deviance:.6g}, before {before:.6g})",
        where=where,
        do="look for levels with very few respondents and merge them",
    )


def _separated(where: str) -> SeparationError:
    return SeparationError(
        "the outcome is separated: some combination of terms always, or never, has it",
        where=where,
        do="leave out or merge the levels in which the outcome never or always happens",
    )
