"""Invariance: whether groups read the items of scales alike, so that their means may be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import Calibration, apply_calibration
from netralstat.design.cells import compress
from netralstat.design.design import Design
from netralstat.errors import UsageError
from netralstat.estimate.estimates import rounded
from netralstat.explain.regression import require_level
from netralstat.explain.scales.equal_groups import (
    LEVELS,
    Level,
    LevelName,
    difference,
    fitted_levels,
    latent_means,
)
from netralstat.explain.scales.factor_model import require_scales
from netralstat.explain.scales.factor_verdicts import of_fit, of_step
from netralstat.explain.scales.item_moments import Errors, item_moments
from netralstat.frames import require_columns

Floats = NDArray[np.float64]
Reached = Literal["none", "configural", "metric", "scalar", "strict"]

# What may be compared once so much is equal.
MEANING = {
    "none": "the groups do not share the factors: do not compare them on these scales",
    "configural": "the groups share the factors, but not their unit: compare neither slopes nor means",
    "metric": "slopes and correlations of the factors may be compared, means may not",
    "scalar": "means of the factors may be compared",
    "strict": "means of the factors, and of the items' sums, may be compared",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Invariance:
    """How far G groups read the items of scales alike, over the n respondents who answered all.

    Attributes
    ----------
    table : a row a `model` ("configural": same factors, "metric": equal loadings, "scalar": intercepts too,
        "strict": residual variances too): `chi2`, `df`, `p_value`, `scale`, `cfi`, `tli`, `rmsea`,
        `rmsea_low`, `rmsea_high`, `srmr`, `aic`, `bic`, `chi2_plain`; against the row above (NaN in the
        first): `chi2_change`, `df_change`, `p_change`, `scale_change`, `cfi_fall`, `rmsea_rise`, `srmr_rise`;
        `verdict` ("holds"; "doubtful", which counts as held, where only RMSEA rises; "fails"; "not reached"
        after one that fails) and `reasons`.
    means : a row a factor and group after the first, whose means are 0, with equal intercepts: `factor`,
        `group`, `estimate` in the unit of the factor's first item, `std_error`, `conf_low`, `conf_high`,
        `statistic`, `p_value`, `standardised` (by the first group's standard deviation); `flag` is
        "not_comparable" where intercepts are not alike.
    groups : `group`, `n`, `share` of the weight.
    reached : the strictest model that holds, "none" where not even the factors are shared.
    """

    scales: Mapping[str, tuple[str, ...]]
    by: str
    n: int
    df: float
    errors: Errors
    level: float
    table: pd.DataFrame
    means: pd.DataFrame
    groups: pd.DataFrame
    reached: Reached

    @property
    def verdict(self) -> str:
        """What may be compared between the groups, in words."""
        return MEANING[self.reached]

    def to_frame(self) -> pd.DataFrame:
        """The table of models."""
        return self.table.copy()

    def __repr__(self) -> str:
        return f"{self._headline()}\n{self._shown().to_string(index=False)}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._headline())}</p>{self._shown().to_html(index=False, escape=True)}"

    def _shown(self) -> pd.DataFrame:
        columns = (
            "model chi2 df p_value cfi rmsea srmr chi2_change df_change p_change cfi_fall rmsea_rise verdict"
        )
        return rounded(self.table[columns.split()])

    def _headline(self) -> str:
        failed = self.table[self.table["verdict"] == "fails"]
        why = f"; {failed.iloc[0]['model']} fails: {failed.iloc[0]['reasons']}" if len(failed) else ""
        return (
            f"{len(self.scales)} factor{'s' * (len(self.scales) > 1)} in {len(self.groups)} groups of "
            f"{self.by}, n = {self.n:,}: {self.reached}: {self.verdict}{why}"
        )


def invariance(
    frame: Any,
    design: Design,
    scales: Mapping[str, Sequence[str]],
    by: str,
    *,
    errors: Errors = "design",
    level: float = 0.95,
    calibration: Calibration | None = None,
) -> Invariance:
    """How far groups read the items of scales alike: same factors, loadings, intercepts, residuals.

    Parameters
    ----------
    scales : factor -> its items.
    by : the column whose levels are the groups.
    errors : what χ² is scaled to and standard errors come from; see `factor_model`.
    level : confidence level of the intervals of factor means.

    Raises
    ------
    UsageError
        An option is not known, an item is in two factors, `by` is an item, or there is one group.
    EstimationError
        A group is too small, an item does not vary in it, or a model is not identified or does not converge.
    DesignError
        A stratum has a single PSU and ``lonely_psu = "error"``.

    Formula      χ²_d = (χ²_0 - χ²_1)/c_d on df_0 - df_1, c_d = (tr U₀Γ - tr U₁Γ)/(df_0 - df_1), both U at the
                 estimates of the stricter model    (methods.md "Invariance")
    Source       Jöreskog (1971); Meredith (1993); Satorra & Bentler (2010); limits of change: Cheung &
                 Rensvold (2002), Chen (2007). Twins: lavaan::cfa(group.equal =), lavTestLRT.
    """
    if errors not in get_args(Errors):
        raise UsageError(
            f'errors = "{errors}" is not known',
            where="errors",
            do=f"choose one of {', '.join(get_args(Errors))}",
        )
    require_level(level)
    where = require_scales(frame, scales)
    require_columns(frame, [by], where="by")
    items = [item for named in scales.values() for item in named]
    if by in items:
        raise UsageError(f'"{by}" is an item of the scales', where="by", do="give a column of groups")
    margins = calibration.items if calibration is not None else ()
    cells = compress(frame, design, keys=[*items, by, *margins], squares=True)
    if len(cells.key(by).levels) < 2:
        raise UsageError(
            f'"{by}" has {len(cells.key(by).levels)} group',
            where="by",
            do="give a column of two groups or more",
        )
    moments = item_moments(cells, apply_calibration(calibration, cells), items, by, where=where)
    matrix, df = (None, np.inf) if errors == "normal" else moments.covariance(errors)
    levels = fitted_levels(moments, scales, matrix, where=where)
    table = _table(levels, moments.total)
    reached = _reached(table)
    names = [str(name) for name in cells.key(by).levels]
    means = latent_means(levels["scalar"], matrix, moments, names, df, level)
    return Invariance(
        scales={factor: tuple(named) for factor, named in scales.items()},
        by=by,
        n=moments.total,
        df=df,
        errors=errors,
        level=level,
        table=table,
        means=means.assign(flag="" if reached in ("scalar", "strict") else "not_comparable"),
        groups=pd.DataFrame({"group": names, "n": moments.n.astype(int), "share": moments.share}),
        reached=reached,
    )


def _table(levels: Mapping[LevelName, Level], n: int) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    held = True
    for name in LEVELS:
        now = levels[name]
        row: dict[str, Any] = {
            "model": name,
            **asdict(now.indices),
            "srmr": now.srmr,
            "aic": now.aic,
            "bic": now.bic,
            "chi2_plain": now.discrepancy.chi2,
        }
        if rows:
            last, before = rows[-1], LEVELS[len(rows) - 1]
            change = difference(now, levels[before])
            row |= {"chi2_change": change.scaled, "df_change": change.df, "p_change": change.p_value}
            row |= {"scale_change": change.scale, "cfi_fall": last["cfi"] - row["cfi"]}
            row |= {"rmsea_rise": row["rmsea"] - last["rmsea"], "srmr_rise": row["srmr"] - last["srmr"]}
            verdict, reasons = of_step(row["cfi_fall"], row["rmsea_rise"], n)
        else:
            fit, reasons = of_fit(pd.Series(row))
            verdict = "fails" if fit == "fails" else "holds"
        row["verdict"] = verdict if held else "not reached"
        row["reasons"] = "; ".join(reasons)
        held = held and verdict != "fails"
        rows.append(row)
    return pd.DataFrame(rows, columns=list(rows[1]))


def _reached(table: pd.DataFrame) -> Reached:
    reached: Reached = "none"
    for name, verdict in zip(LEVELS, table["verdict"], strict=True):
        if verdict not in ("holds", "doubtful"):
            break
        reached = name
    return reached
