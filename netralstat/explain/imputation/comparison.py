"""Comparison: a model of complete cases beside the same model pooled over imputations."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import pandas as pd

from netralstat.errors import EstimationError
from netralstat.estimate.estimates import rounded
from netralstat.explain.imputation.pooled_models import PooledModel
from netralstat.explain.regression import Model

SHOWN = ("estimate", "std_error", "conf_low", "conf_high", "p_value")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """A model of complete cases and of imputed answers.

    `table` has a row a coefficient: `term`, `variable`, `level`, then estimate, standard error, interval and
    p-value of each with the endings `_complete` and `_imputed`; `change`, the imputed estimate less the
    complete one, in standard errors of the latter; `fmi`. The coefficient of a level that no complete case
    has is missing on their side.
    """

    complete: Model
    imputed: PooledModel
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The tidy table."""
        return self.table.copy()

    def __repr__(self) -> str:
        return f"{self._headline()}\n{self._shown().to_string(index=False)}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._headline())}</p>{self._shown().to_html(index=False, escape=True)}"

    def _headline(self) -> str:
        notes = "".join(f"\nNote: {note}" for note in self.imputed.notes)
        return (
            f"{self.complete.formula} ({self.complete.family}): {self.complete.n:,} complete cases beside "
            f"{self.imputed.n:,} respondents in {self.imputed.m} imputations; associations, not effects"
            f"{notes}"
        )

    def _shown(self) -> pd.DataFrame:
        columns = [f"{name}_{kind}" for kind in ("complete", "imputed") for name in SHOWN[:2]]
        return rounded(self.table[["term", *columns, "change", "fmi"]])


def comparison(complete: Model, imputed: PooledModel) -> Comparison:
    """Put the coefficients of two fits of a formula side by side.

    Raises
    ------
    EstimationError
        Complete cases lack a reference level, so that coefficients are held against another.
    """
    references = [
        set(model.table.loc[model.table["reference"].astype(bool), "term"]) for model in (complete, imputed)
    ]
    if references[0] != references[1]:
        told = ", ".join(sorted(references[1] - references[0]))
        raise EstimationError(
            f"no complete case has the reference {told}",
            where=f"formula {complete.formula}",
            do='name a level that complete cases have: C(name, ref="level")',
        )
    keys = ["outcome_level"] if "outcome_level" in imputed.table else []
    keys += ["term", "variable", "level"]
    sides = []
    for model, extra in ((complete, []), (imputed, ["fmi"])):
        rows = model.table[~model.table["reference"].astype(bool)]
        sides.append(rows[[*keys, *SHOWN, *extra]])
    table = sides[1].merge(sides[0], on=keys, how="left", suffixes=("_imputed", "_complete"))
    order = [f"{name}_{kind}" for kind in ("complete", "imputed") for name in SHOWN]
    change = (table["estimate_imputed"] - table["estimate_complete"]) / table["std_error_complete"]
    table = table.assign(change=change)[[*keys, *order, "change", "fmi"]]
    return Comparison(complete=complete, imputed=imputed, table=table)
