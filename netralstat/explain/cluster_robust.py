"""Standard errors of coefficients for few clusters: bias-reduced scores, Satterthwaite degrees of freedom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from netralstat.design.bias_reduction import Reduced, persons_of, reduced, satterthwaite
from netralstat.design.cells import Cells
from netralstat.design.influence import Part
from netralstat.design.variance import Covariance, covariance, domain_df, uncentred_covariance
from netralstat.explain.fitting import Fit

Floats = NDArray[np.float64]
FewClusters = Literal["CR2", "bell_mccaffrey", "bell_mccaffrey_2"]

# Most numbers of the clusters' shares in the coefficients that a model keeps: beyond, clusters are not few.
KEPT = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FewClusterErrors:
    """Covariance of the coefficients and the degrees of freedom of each, (p,).

    `shares` of the clusters give those of tests; None but for "CR2", and where the clusters are not few.
    """

    covariance: Covariance
    df: Floats
    shares: Reduced | None


def cluster_robust(
    cells: Cells, used: NDArray[np.bool_], x: Floats, fit: Fit, kind: FewClusters
) -> FewClusterErrors:
    """Covariance of the coefficients of a fitted model, and its degrees of freedom.

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
    Twins: clubSandwich::coef_test(vcov = "CR2"), Wald_test(test = "HTZ"); survey::svyglm(std.errors =
    "Bell-McCaffrey", degf = TRUE).  (methods.md "Few clusters", "Wald tests")
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
    kept = kind == "CR2" and 2 * p * p * len(persons.alike) <= KEPT
    found = reduced(persons, sides, combinations, np.column_stack(np.triu_indices(p, 1)) if kept else None)
    influence = np.zeros_like(x)
    influence[order] = found.score @ bread
    part = Part(values=influence, domain=np.where(used, 0, -1), n_domains=1)
    made = uncentred_covariance([part], cells) if kind == "CR2" else covariance([part], cells)
    df = satterthwaite(found, inverse=inverse if kind == "bell_mccaffrey_2" else None)
    return FewClusterErrors(
        covariance=replace(made, df=int(domain_df(cells, part.domain, 1)[0])),
        df=df,
        shares=replace(found, score=np.zeros((0, p))) if kept else None,
    )
