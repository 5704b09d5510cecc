"""Collinearity: how much wider the intervals of a term are because other terms say nearly the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.errors import EstimationError
from netralstat.explain.regression import Model

Floats = NDArray[np.float64]

# Variance inflation above which a coefficient is poorly told apart from the others: Marquardt (1970).
INFLATED = 10.0
INTERCEPT = "(Intercept)"


def inflation(model: Model) -> pd.DataFrame:
    """Generalised variance inflation of each term.

    Returns
    -------
    DataFrame
        A row a term: `term`, `df` (its coefficients), `gvif`, `inflation` (gvif^(1/df), which for one
        coefficient is the VIF and may be compared between terms) and `flag`: "collinear" where
        `inflation` exceeds 10. No row of a model without terms.

    Raises
    ------
    EstimationError
        The covariance of the coefficients has no inverse.

    Formula      GVIF = |R_tt| |R_oo| / |R|, R the correlations of the coefficients but for the intercept,
                 t those of the term, o the others      (methods.md "Fit of a model")
    Source       Fox & Monette (1992). Twin: car::vif of a svyglm. The correlations are those of the design's
                 covariance; Liao & Valliant (2012) decompose it further.
    """
    rows = model.table[~model.table["reference"]]
    terms = rows["variable"].to_numpy(dtype=object)
    sloped = np.flatnonzero(terms != INTERCEPT)
    v = model.covariance[np.ix_(sloped, sloped)]
    root = np.sqrt(np.diag(v))
    if not (root > 0).all():
        raise _singular(model)
    r, terms = v / np.outer(root, root), terms[sloped]
    whole = _log_determinant(r, model)
    found = []
    for term in dict.fromkeys(terms):
        own, others = np.flatnonzero(terms == term), np.flatnonzero(terms != term)
        logs = [_log_determinant(r[np.ix_(part, part)], model) for part in (own, others)]
        gvif = float(np.exp(sum(logs) - whole))
        each = gvif ** (1 / len(own))
        found.append((str(term), len(own), gvif, each, "collinear" if each > INFLATED else ""))
    return pd.DataFrame(found, columns=["term", "df", "gvif", "inflation", "flag"])


def _log_determinant(r: Floats, model: Model) -> float:
    if not len(r):
        return 0.0
    sign, size = np.linalg.slogdet(r)
    if sign <= 0:
        raise _singular(model)
    return float(size)


def _singular(model: Model) -> EstimationError:
    return EstimationError(
        f"the covariance of the {len(model.names)} coefficients has no inverse",
        where=f"formula {model.formula}",
        do="use fewer terms, or merge levels that few PSUs have",
    )
