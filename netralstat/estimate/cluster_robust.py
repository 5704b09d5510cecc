"""Standard errors of means and shares for few clusters: bias-reduced scores, Satterthwaite df."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from netralstat.design.bias_reduction import persons_of, reduced, satterthwaite
from netralstat.design.cells import Cells
from netralstat.design.influence import Part
from netralstat.design.variance import Covariance, uncentred_covariance
from netralstat.estimate.domains import Domains
from netralstat.estimate.item_sums import ItemSums

Floats = NDArray[np.float64]


def cluster_robust(cells: Cells, sums: ItemSums, domains: Domains) -> tuple[Covariance, Floats]:
    """Covariance of means by domain and the degrees of freedom of each: "CR2" of a mean, a regression on 1.

    Parameters
    ----------
    cells : keyed by the items and the domains, with Σ w². sums : of these cells.
    domains : who is in which domain.

    Returns
    -------
    Covariance and df in the order of the parts: statistics, and domains within each, one partition of the
    domains after the other.

    Notes
    -----
    PSUs are independent; strata are not used.  (methods.md "Few clusters")
    """
    parts, df = [], []
    for codes, size in zip(domains.codes, domains.sizes, strict=True):
        influence = np.zeros((cells.n_cells, len(sums.labels)))
        of_partition = np.full((len(sums.labels), size), np.nan)
        for place in range(len(sums.labels)):
            answered = (sums.n[:, place] > 0) & (sums.weight[:, place] > 0)
            y = np.where(answered, sums.numerator[:, place], 0.0) / np.where(
                answered, sums.weight[:, place], 1.0
            )
            for domain in range(size):
                inside = answered & (codes == domain)
                if inside.any():
                    of_cells, of_partition[place, domain] = _of_mean(cells, inside, y)
                    influence[inside, place] = of_cells[inside]
        parts.append(Part(values=influence, domain=codes, n_domains=size))
        df.append(of_partition.ravel())
    found, of_all = uncentred_covariance(parts, cells), np.concatenate(df)
    unknown = np.isnan(of_all)  # domains of a single PSU
    matrix = np.where(unknown | unknown[:, None], np.nan, found.matrix)
    return replace(found, matrix=matrix), of_all


def _of_mean(cells: Cells, inside: NDArray[np.bool_], y: Floats) -> tuple[Floats, float]:
    """Bias-reduced influence of each cell on the mean of those inside, and its degrees of freedom."""
    assert cells.w2_sum is not None
    weight = float(cells.w_sum[inside].sum())
    mean = float(cells.w_sum[inside] @ y[inside]) / weight
    squares = float(cells.w2_sum[inside].sum())
    sides = np.array([[squares / weight**2, -1.0 / weight], [-1.0 / weight, 0.0]])
    persons, order = persons_of(cells, inside, np.ones((len(y), 1)), y - mean, np.ones(len(y)))
    found = reduced(persons, sides, np.array([[0.0], [1.0 / weight]]))
    influence = np.zeros(len(y))
    influence[order] = found.score[:, 0] / weight
    return influence, float(satterthwaite(found)[0])
