"""Respondents of a model: refused where nobody answered everything, or where they cannot tell terms apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from netralstat.design.cells import Cells
from netralstat.design.crossing import Patterns
from netralstat.errors import EstimationError, UsageError
from netralstat.explain.coefficients import coefficient_name
from netralstat.explain.formula import Formula
from netralstat.explain.normal_equations import WELL_CONDITIONED, correlations, gram
from netralstat.explain.terms import Coefficient

Floats = NDArray[np.float64]

# A column that is left with less than this share of the largest, once others are taken out, says nothing new.
DETERMINED = 1e-9
# Share of the largest weight in a combination of columns that is zero, below which a column has no part.
NO_PART = 1e-6
TOLD = 5


def require_apart(formula: Formula, where: str) -> None:
    """Refuse an outcome that is also one of the terms: it would tell itself."""
    if formula.outcome in formula.variables:
        raise UsageError(
            f'the outcome "{formula.outcome}" stands among the terms too',
            where=where,
            do="leave it out of the terms",
        )


def require_answers(cells: Cells | Patterns, formula: Formula) -> None:
    """Refuse a model of which nobody has every answer, and say how many have each."""
    names = [formula.outcome, *formula.variables]
    there = cells.w_sum > 0
    answered = {name: there & (cells.key(name).codes >= 0) for name in names}
    if np.all(list(answered.values()), axis=0).any():
        return
    n = int(cells.n[there].sum())
    counts = {name: int(cells.n[has].sum()) for name, has in answered.items()}
    nobody = [f'"{name}"' for name, count in counts.items() if not count]
    of_each = ", ".join(f"{name}: {count:,}" for name, count in counts.items())
    why = f"{' and '.join(nobody)} missing for all {n:,}" if nobody else f"answers by variable, {of_each}"
    raise EstimationError(
        f"no respondent has the outcome and every covariate: {why}",
        where=f"outcome {formula.outcome}",
        do="look at the missing answers" + (f", or leave {' and '.join(nobody)} out" if nobody else ""),
    )


def require_independent(x: Floats, w: Floats, coefficients: Sequence[Coefficient]) -> None:
    """Refuse columns (n_cells, p), weighted by w, some of which others determine, and name these too."""
    information = gram(x, w)
    smallest = np.linalg.eigvalsh(correlations(information)[0])[0]
    if (np.diag(information) > 0).all() and smallest > WELL_CONDITIONED:
        return
    scaled = x * np.sqrt(w)[:, None]
    norms = np.linalg.norm(scaled, axis=0)
    _, r, pivot = linalg.qr(scaled / np.where(norms > 0, norms, 1), mode="economic", pivoting=True)
    diagonal = np.abs(np.diag(r))
    rank = int(np.sum(diagonal > DETERMINED * max(diagonal[0], 1e-300)))
    if rank == len(coefficients):
        return
    extra = [coefficient_name(coefficients[j]) for j in pivot[rank:]]
    together = linalg.solve_triangular(r[:rank, :rank], r[:rank, rank])
    partners = pivot[:rank][np.abs(together) > NO_PART * max(np.abs(together).max(initial=0.0), 1.0)]
    group = [coefficients[j].term for j in sorted([*partners, pivot[rank]])]
    terms = [term for term in dict.fromkeys(group) if term != "(Intercept)"]
    alike = "leave out one of the terms that say the same"
    if len(terms) == 1 and group[0] == "(Intercept)" and len(group) == 2:
        do = f'leave "{terms[0]}" out: every respondent of the model has the same value'
    elif len(terms) > 1:
        do = f"{alike}: {', '.join(terms[:TOLD])}"
    else:
        do = alike
    raise EstimationError(
        f"{len(extra)} coefficients are determined by the others ({', '.join(extra[:TOLD])})",
        where=f"term {terms[-1] if terms else coefficients[pivot[rank]].term}",
        do=do,
    )


def require_numbers(outcome: str, numeric: Sequence[str], where: str) -> None:
    """Refuse an outcome of text where a number is modelled."""
    if outcome not in numeric:
        raise EstimationError(
            f'the outcome "{outcome}" holds text or categories',
            where=where,
            do="make it a 0/1 indicator first",
        )


def too_many_coefficients(p: int, df: int, where: str) -> EstimationError:
    """What is said of a model of p coefficients whose design has no more than df degrees of freedom."""
    return EstimationError(
        f"the model has {p} coefficients and the design only {df} degrees of freedom",
        where=where,
        do="use fewer terms",
    )
