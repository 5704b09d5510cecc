"""What the sampling design brings to imputation models: the weight, and strata or PSUs, as predictors."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.design.design import Design
from netralstat.frames.rows import row_values

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

# Strata (PSUs) with effects of their own, and the answers to each imputed variable that one needs.
MOST_EFFECTS = 50
FEWEST_ANSWERS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignPredictors:
    """Columns (k, n), their names, and in words what was done.

    `has_weight` and `has_strata` say that the weight, and every stratum, is known to the models.
    """

    columns: Floats
    names: tuple[str, ...]
    notes: tuple[str, ...]
    has_weight: bool
    has_strata: bool


def design_predictors(
    frame: Any, design: Design, answered: Sequence[NDArray[np.bool_]], named: Collection[str]
) -> DesignPredictors:
    """The logarithm of the weight, and main effects of PSUs where few and large, else of strata.

    Parameters
    ----------
    answered : of each imputed variable, who answered it, (n,). named : variables that are predictors already.

    Notes
    -----
    PSUs have effects where there are at most 50 and each has 10 answers to every imputed variable; strata
    then follow from them. Otherwise strata have effects, those with fewer answers (and those beyond the 50
    largest) one together. Source: Reiter, Raghunathan & Kinney (2006). (methods.md "Multiple imputation")
    """
    n = len(answered[0])
    columns: list[Floats] = []
    names: list[str] = []
    notes: list[str] = []
    if design.weight is not None and design.weight not in named:
        weight = row_values(frame, [design.weight], where="weight")[design.weight].values
        logs = np.log(np.where(weight > 0, weight, weight[weight > 0].min()))
        spread = float(logs.std())
        if spread > 1e-9:
            columns.append((logs - logs.mean()) / spread)
            names.append(f"log({design.weight})")
            notes.append(f"the logarithm of the weight {design.weight} is a predictor")
        else:
            notes.append(f"all weights {design.weight} are equal: no predictor")
    has_weight = bool(columns)
    strata = _units(frame, design.stratum)
    psus = _units(frame, (*design.stratum, *design.psu)) if design.psu else None
    unit, of_what, merged = strata, "strata", 0
    if psus is not None:
        fewest = min(int(np.bincount(psus[one], minlength=psus.max() + 1).min()) for one in answered)
        n_psu = int(psus.max()) + 1
        if n_psu <= MOST_EFFECTS and fewest >= FEWEST_ANSWERS:
            unit, of_what = psus, "PSUs"
        else:
            notes.append(
                f"the {n_psu:,} PSUs have no effects (more than {MOST_EFFECTS}, or one with fewer than "
                f"{FEWEST_ANSWERS} answers): add predictors that tell them apart"
            )
    if unit is not None and (of_what == "PSUs" or not set(design.stratum) <= set(named)):
        effects, merged = _effects(unit, answered)
        columns += list(effects)
        names += [f"{of_what}[{i + 1}]" for i in range(len(effects))]
        told = f"{len(effects) + 1} of {int(unit.max()) + 1} {of_what} have main effects"
        notes.append(f"{told}, {merged} of them together" if merged else told)
    elif strata is not None:
        notes.append(f"strata ({' × '.join(design.stratum)}) are predictors by name")
    return DesignPredictors(
        columns=np.vstack(columns) if columns else np.zeros((0, n)),
        names=tuple(names),
        notes=tuple(notes),
        has_weight=has_weight,
        has_strata=strata is not None and not merged,
    )


def _units(frame: Any, columns: Sequence[str]) -> Rows | None:
    """Number of each row's stratum or PSU; None where there is no column, or one unit."""
    if not columns:
        return None
    found = row_values(frame, columns, where="design")
    codes = np.column_stack([found[column].values for column in columns])
    unit = np.unique(codes, axis=0, return_inverse=True)[1].reshape(-1)
    return unit.astype(np.int64) if unit.max() else None


def _effects(unit: Rows, answered: Sequence[NDArray[np.bool_]]) -> tuple[Floats, int]:
    """0/1 columns of units but the largest one, and how many of them share a column."""
    size = np.bincount(unit)
    fewest = np.min([np.bincount(unit[one], minlength=len(size)) for one in answered], axis=0)
    order = np.argsort(-size, kind="stable")
    kept = [place for place in order[:MOST_EFFECTS] if fewest[place] >= FEWEST_ANSWERS]
    rest = np.setdiff1d(np.arange(len(size)), kept)
    columns = [(unit == place).astype(np.float64) for place in kept[1:]]
    if len(rest) and kept:
        columns.append(np.isin(unit, rest).astype(np.float64))
    return np.vstack(columns) if columns else np.zeros((0, len(unit))), len(rest)
