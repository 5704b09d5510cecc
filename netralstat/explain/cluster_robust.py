"""Standard errors of coefficients for few clusters: bias-reduced scores, Satterthwaite degrees of freedom."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from netralstat.design.bias_reduction import persons_of, reduced, satterthwaite
from netralstat.design.cells import Cells
from netralstat.design.influence import Part
from netralstat.design.variance import Covariance, covariance, domain_df, uncentred_covariance
from netralstat.explain.fitting import Fit

Floats = NDArray[np.float64]
FewClusters = Literal["CR2", "bell_mccaffrey", "bell_mccaffrey_2"]


def cluster_robust(
    cells: Cells, used: NDArray[np.bool_], x: Floats, fit: Fit, kind: FewClusters
) -> tuple[Covariance, Floats]:
    """Covariance of the coefficients of a fitted model and the degrees of freedom of each, shape (p,).

    Parameters
    ----------
    cells : keyed by the variables of the model, with Σ w². `used` (n_cells,) : with every answer.
    x : (n_cells, p). `fit` : of these cells.
    kind : "CR2" adjusts for the weighted hat matrix and adds up clusters, which the model takes for
        independent: strata are not used. "bell_mccaffrey" (errors independent) and "bell_mccaffrey_2" (alike
        within clusters) are R's: adjusted for the hat matrix without weights, then the design's variance.

    Notes
    -----
    Source: Bell & McCaffrey (2002); Pustejovsky & Tipton (2018).
    Twins: clubSandwich::coef_test(vcov = "CR2"); survey::svyglm(std.errors =
    "Bell-McCaffrey", degf = TRUE).  (methods.md "Few clusters")
    """
    p = x.shape[1]
    working = np.where(used, fit.working, 1.0)
    weight = np.where(used, cells.w_sum, 0.0)
    bread = np.linalg.inv((x * (weight * working)[:, None]).T @ x)
    if kind == "CR2":
        assert cells.w2_sum is not None
        z, residual, factor = x * np.sqrt(working)[:, None], fit.residual / np.sqrt(working), np.ones(len(x))
        squares = (z * np.where(used, cells.w2_sum, 0.0)[:, None]).T @ z
        sides = np.block([[bread @ squares @ bread, -bread], [-bread, np.zeros((p, p))]])
        combinations = np.vstack([np.zeros((p, p)), bread])
        inverse = None
    else:
        z, residual, factor = x, fit.residual / working, working
        inverse = np.linalg.inv((x * np.where(used, cells.n, 0.0)[:, None]).T @ x)
        sides = np.zeros((2 * p, 2 * p))
        sides[:p, :p] = -inverse
        combinations = np.vstack([inverse, np.zeros((p, p))])
    persons, order = persons_of(cells, used, z, residual, factor)
    found = reduced(persons, sides, combinations)
    influence = np.zeros_like(x)
    influence[order] = found.score @ bread
    part = Part(values=influence, domain=np.where(used, 0, -1), n_domains=1)
    made = uncentred_covariance([part], cells) if kind == "CR2" else covariance([part], cells)
    df = satterthwaite(found, inverse=inverse if kind == "bell_mccaffrey_2" else None)
    return replace(made, df=int(domain_df(cells, part.domain, 1)[0])), df
