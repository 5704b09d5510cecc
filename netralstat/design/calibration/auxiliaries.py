"""Auxiliary values: what each cell knows of the margins, as rows of a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from netralstat.design.calibration.margins import Margin, margin_matrix, margin_patterns
from netralstat.design.cells import Cells
from netralstat.errors import UsageError

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

# How often survey:::svyrecvar sweeps the raked margins out of an influence.
R_SWEEPS = 10


def auxiliaries(
    cells: Cells, margins: Sequence[Margin], w: Floats, equal_within_psu: bool
) -> tuple[sparse.csr_array, Codes]:
    """Distinct rows of X, shape (m, p), and which of them each cell has, (n_cells,).

    A row is a pattern of the margins, or with `equal_within_psu` the mean of a PSU weighted by w.
    """
    code, first = margin_patterns(cells, margins)
    x = margin_matrix(cells, margins, first)
    if not equal_within_psu:
        return x, code
    if cells.psu is None:
        raise UsageError(
            "weights cannot be equal within PSUs where persons were drawn themselves",
            where="equal_within_psu",
            do="name the psu of the design, or leave equal_within_psu out",
        )
    n_psu = int(cells.psu.max()) + 1
    total = np.bincount(cells.psu, weights=w, minlength=n_psu)
    share = w / np.where(total > 0, total, 1.0)[cells.psu]
    spread = sparse.csr_array((share, (cells.psu, code)), shape=(n_psu, x.shape[0]))
    return sparse.csr_array(spread @ x), cells.psu


def scaled_rows(x: sparse.csr_array, factor: Floats) -> sparse.csr_array:
    """Rows of x times a factor each; x itself where they are all 1."""
    if (factor == 1).all():
        return x
    lengths = np.diff(x.indptr)
    k = x.nnz // max(len(factor), 1)
    if (lengths == k).all():  # as many entries as margins: no need to repeat the factors
        data = (x.data.reshape(-1, k) * factor[:, None]).ravel() if k else x.data
    else:
        data = x.data * np.repeat(factor, lengths)
    return sparse.csr_array((data, x.indices, x.indptr), shape=x.shape)


def swept_slopes(gram: Floats, margins: Sequence[Margin], moments: Floats) -> Floats:
    """Slopes that ten alternating sweeps over the margins add up to; `gram` Σ n x x', `moments` Σ x z."""
    slopes = np.zeros_like(moments)
    count = np.where(np.diag(gram) > 0, np.diag(gram), 1.0)[:, None]
    ends = np.cumsum([0, *(len(margin.targets) for margin in margins)])
    for _ in range(R_SWEEPS):
        for start, end in pairwise(ends):
            block = slice(start, end)
            slopes[block] += (moments[block] - gram[block] @ slopes) / count[block]
    return slopes
