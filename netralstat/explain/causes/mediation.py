"""Mediation: how much of an association runs through a mediator, and how much beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.design import Design
from netralstat.design.replicates.plan import DRAWN, N_BOOTSTRAP, ReplicatePlan
from netralstat.design.replicates.replicates import Replicates
from netralstat.design.replicates.variance import covariance_of
from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.estimate.estimates import rounded
from netralstat.explain.causes.mediation_data import MediationData, mediation_data
from netralstat.explain.causes.mediation_fits import FittedPaths, fit_paths, influence, replicated_means
from netralstat.explain.causes.pathways import Pathway
from netralstat.explain.regression import require_df, require_level

Floats = NDArray[np.float64]
MediationInterval = Literal["percentile", "normal"]

# Rows of the table, and the four mean outcomes in the order of `WORLDS` that each is made of.
ROWS: tuple[tuple[str, str, tuple[float, float, float, float]], ...] = (
    ("indirect", "average", (-0.5, 0.5, -0.5, 0.5)),
    ("indirect", "treated", (0, 0, -1, 1)),
    ("indirect", "control", (-1, 1, 0, 0)),
    ("direct", "average", (-0.5, -0.5, 0.5, 0.5)),
    ("direct", "treated", (0, -1, 0, 1)),
    ("direct", "control", (-1, 0, 1, 0)),
    ("total", "", (-1, 0, 0, 1)),
)
TOTAL = len(ROWS) - 1
# Beyond this share of replicates without a fit, the others no longer stand for the design.
MOST_FAILED = 0.05
ASSUMPTION = (
    "An association. It is an effect only if, given the covariates, nothing hidden causes both treatment and "
    "mediator or outcome, nor both mediator and outcome (sequential ignorability), which no data can show."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mediation:
    """How much of an association runs through a mediator.

    Attributes
    ----------
    table : `effect` ("indirect", through the mediator; "direct", beside it; "total";
        "proportion_mediated"), `at` (the treatment at which the other path is held: "treated", "control", or
        the "average" of the two), `estimate` (in the outcome's unit; of a 0/1 outcome a difference of
        shares), `std_error`, `statistic`, `df`, `p_value`, `conf_low`, `conf_high`, `flag` ("" or, of the
        proportion, "unstable": the interval of the total holds 0, "opposed": direct and indirect
        differ in sign, so that it is no share, "no_total").
    covariance : (8, 8), of the rows. means : mean outcome in the four worlds (t of the outcome, t of the
        mediator): (0, 0), (0, 1), (1, 0), (1, 1).
    rho : of two linear models without interaction, the correlation of their errors at which the indirect
        effect would be 0; else None.
    variance : "linearised", or the kind of the replicates; `n_replicates` of them, of which `n_failed` had
        no fit and are left out. interval : "normal" (t with `df`) or "percentile" of the replicates.
    """

    pathway: Pathway
    treated: Any
    control: Any
    table: pd.DataFrame
    covariance: Floats
    means: Floats
    rho: float | None
    n: int
    n_incomplete: int
    df: int
    level: float
    variance: str
    interval: MediationInterval
    n_replicates: int
    n_failed: int
    errors: tuple[float, float, float] | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """The table of effects."""
        return self.table.copy()

    def __getitem__(self, effect: str) -> float:
        """The estimate of an effect, the average of the two where there are two."""
        found = self.table.loc[(self.table["effect"] == effect) & self.table["at"].isin(("", "average"))]
        if found.empty:
            known = list(dict.fromkeys(self.table["effect"]))
            raise UsageError(
                f'there is no effect "{effect}"',
                where="effect",
                do=f"choose one of {', '.join(known)}.{did_you_mean(effect, known)}",
            )
        return float(found["estimate"].iloc[0])

    def indirect_if(self, rho: float) -> float:
        """The indirect effect of two linear models if their errors correlated by rho, in (-1, 1).

        Formula      α (σ₁/σ₂)(ρ̃ - ρ √((1 - ρ̃²)/(1 - ρ²)))   (methods.md "Mediation")
        Source       Imai, Keele & Yamamoto (2010), theorem 4.
        """
        if self.rho is None or self.errors is None:
            raise UsageError(
                "the correlation of the errors has a closed form for two linear models without interaction",
                where="rho",
                do='ask with outcome_family="linear", mediator_family="linear"',
            )
        if not -1 < rho < 1:
            raise UsageError(f"rho = {rho:g} is outside (-1, 1)", where="rho", do="give a correlation")
        alpha, of_outcome, of_mediator = self.errors
        left = self.rho - rho * np.sqrt((1 - self.rho**2) / (1 - rho**2))
        return float(alpha * of_outcome / of_mediator * left)

    def __repr__(self) -> str:
        return f"{self._headline()}\n{rounded(self.table).to_string(index=False)}\n{self._told()}"

    def _repr_html_(self) -> str:
        table = rounded(self.table).to_html(index=False, escape=True)
        return f"<p>{escape(self._headline())}</p>{table}<p>{escape(self._told())}</p>"

    def _headline(self) -> str:
        path = self.pathway
        return (
            f"{path.treatment} ({self.treated} against {self.control}) → {path.mediator} "
            f"({path.mediator_family}) → {path.outcome} ({path.outcome_family}), "
            f"n = {self.n:,}, df = {self.df}, {self.variance}, {self.interval} intervals"
        )

    def _told(self) -> str:
        told = [ASSUMPTION]
        if self.rho is not None:
            told.append(
                f"The indirect effect is 0 if the errors of the two models correlate by {self.rho:.3f}."
            )
        if self.n_failed:
            told.append(f"{self.n_failed:,} of {self.n_replicates:,} replicates had no fit and are left out.")
        return " ".join(told)


def mediation(
    frame: Any,
    design: Design,
    pathway: Pathway,
    *,
    n: int | None = None,
    seed: int | None = None,
    interval: MediationInterval | None = None,
    level: float = 0.95,
    calibration: Calibration | None = None,
) -> Mediation:
    """How much of the association of treatment and outcome runs through a mediator.

    Parameters
    ----------
    frame : one row a respondent. pathway : what is thought to pass on what.
    n, seed : replicates of a design bootstrap (500) and where its draws start. Without a seed, standard
        errors are linearised, or from the replicates that the design has.
    interval : "percentile" of a bootstrap (the default where there is one), or "normal": t with the
        residual df of the outcome's model.
    level : confidence level.

    Returns
    -------
    Mediation

    Raises
    ------
    UsageError
        `n` without a seed, a seed for a survey with replicates, percentiles of no bootstrap.
    EstimationError
        As for `mediation_data` and `fit_paths`; more than 5 % of the replicates without a fit.

    Formula      E(t, t') = Σ w ∫ E[Y | t, m, x] dF(m | t', x) / Σ w; indirect E(t, 1) - E(t, 0), direct
                 E(1, t) - E(0, t), total E(1, 1) - E(0, 0)    (methods.md "Mediation")
    Source       Imai, Keele & Tingley (2010); Sobel (1982) for two linear models. Twin: mediation::mediate,
                 whose simulation is an integral here.
    """
    require_level(level)
    design = _with_replicates(design, n, seed)
    chosen = _interval(design, interval)
    paths = mediation_data(frame, design, pathway, calibration)
    fit = fit_paths(paths)
    p, where = paths.data.x.shape[1], f"formula {pathway.formula}"
    full = effects_of(fit.means[None, :])[0]
    told: Mapping[str, Any] | None = None
    every, failed, n_replicates = None, 0, 0
    if design.replicates is None:
        found = paths.data.covariance(influence(paths, fit))
        matrix, of_design = _delta(found.matrix, full), paths.data.df()
    else:
        again = replicated_means(paths, fit)
        every = effects_of(again.means)
        kept = np.asarray(np.isfinite(every).all(axis=1))
        n_replicates, failed = len(every), int((~kept).sum())
        matrix = _of_replicates(every, kept, full, again.replicates, where)
        every, of_design, told = every[kept], again.replicates.df, again.replicates.told
    df = of_design - p + 1
    require_df(df, p, of_design, where)
    rho, errors = _correlation(paths, fit) if pathway.is_linear else (None, None)
    return Mediation(
        pathway=pathway,
        treated=paths.treated,
        control=paths.control,
        table=_table(full, matrix, df, level, every if chosen == "percentile" else None),
        covariance=matrix,
        means=fit.means,
        rho=rho,
        n=paths.data.n,
        n_incomplete=paths.data.n_incomplete,
        df=df,
        level=level,
        variance="linearised" if design.replicates is None else design.replicates.kind,
        interval=chosen,
        n_replicates=n_replicates,
        n_failed=failed,
        errors=errors,
        provenance={
            "calibration": calibration.method if calibration is not None else "none",
            **({"replicates": dict(told)} if told is not None else {}),
        },
    )


def effects_of(means: Floats) -> Floats:
    """The effects of `ROWS` and the proportion mediated, shape (r, 8), from the four means (r, 4)."""
    effects = means @ np.array([weights for _, _, weights in ROWS]).T
    with np.errstate(divide="ignore", invalid="ignore"):  # no total: no share of it
        share = effects[:, 0] / effects[:, TOTAL]
    return np.column_stack([effects, share])


def _delta(matrix: Floats, full: Floats) -> Floats:
    """Covariance of effects and proportion from that of the four means, by their derivatives."""
    weights = np.array([weights for _, _, weights in ROWS], dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        of_share = (weights[0] - full[-1] * weights[TOTAL]) / full[TOTAL]
    gradient = np.vstack([weights, of_share])
    return np.asarray(gradient @ matrix @ gradient.T)


def _of_replicates(
    every: Floats, kept: NDArray[np.bool_], full: Floats, replicates: Replicates, where: str
) -> Floats:
    """Covariance over the replicates, without those that have no fit if they are few and drawn at random."""
    failed, drawn = int((~kept).sum()), replicates.kind in DRAWN
    if failed > MOST_FAILED * len(kept) or (failed and not drawn):
        raise EstimationError(
            f"a model has no fit in {failed:,} of {len(kept):,} replicates: the outcome or the mediator is "
            "separated there, or a level has nobody",
            where=where,
            do="merge levels that few PSUs have, leave covariates out, or ask without replicates and seed",
        )
    if not failed:
        return covariance_of(every, full, replicates)
    inside = every[kept]
    moved = inside - (full if replicates.plan.mse else inside.mean(axis=0))
    # The scale is one over so many of all replicates, and here over as many of those that are left.
    each = replicates.scale * replicates.rscales[kept] * (len(kept) - 1) / (len(inside) - 1)
    return np.asarray((moved * each[:, None]).T @ moved)


def _table(full: Floats, matrix: Floats, df: int, level: float, every: Floats | None) -> pd.DataFrame:
    std_error = np.sqrt(np.diag(matrix))
    with np.errstate(divide="ignore", invalid="ignore"):  # an effect that cannot vary has no test
        statistic = np.where(std_error > 0, full / std_error, np.nan)
    if every is None:
        reach = -special.stdtrit(df, (1 - level) / 2) * std_error
        low, high = full - reach, full + reach
    else:
        low, high = np.quantile(every, [(1 - level) / 2, (1 + level) / 2], axis=0)
    flags = [""] * len(ROWS)
    if not np.isfinite(full[-1]):
        flags.append("no_total")
    elif full[0] * full[3] < 0:
        flags.append("opposed")
    else:
        flags.append("unstable" if low[TOTAL] <= 0 <= high[TOTAL] else "")
    return pd.DataFrame(
        {
            "effect": [*(effect for effect, _, _ in ROWS), "proportion_mediated"],
            "at": [*(at for _, at, _ in ROWS), "average"],
            "estimate": np.where(np.isfinite(full), full, np.nan),
            "std_error": std_error,
            "statistic": statistic,
            "df": float(df),
            "p_value": 2 * special.stdtr(df, -np.abs(statistic)),
            "conf_low": low,
            "conf_high": high,
            "flag": flags,
        }
    )


def _correlation(paths: MediationData, fit: FittedPaths) -> tuple[float, tuple[float, float, float]]:
    """ρ̃ of the errors of mediator and outcome (without the mediator), and what a ρ acts on: α, σ₁, σ₂."""
    data, roles = paths.data, paths.roles
    w = np.where(data.used, data.w, 0.0)
    gamma, of_mediator = float(fit.fits.beta[roles.mediator]), fit.fits.sigma
    left = np.where(data.used, data.y - data.x @ fit.fits.beta, 0.0)
    of_outcome = float(np.sqrt((gamma * of_mediator) ** 2 + w @ left**2 / w.sum()))
    in_treatment = np.isin(roles.of_mediator, roles.treatment)
    alpha = float((roles.values[1] - roles.values[0]) @ fit.fits.alpha[in_treatment])
    return gamma * of_mediator / of_outcome, (alpha, of_outcome, of_mediator)


def _with_replicates(design: Design, n: int | None, seed: int | None) -> Design:
    if design.replicates is not None:
        if n is not None or seed is not None:
            raise UsageError(
                f"the survey has {design.replicates.kind} replicates already",
                where="seed" if seed is not None else "n",
                do="leave n and seed out, or ask the survey without replicates",
            )
        return design
    if seed is None:
        if n is not None:
            raise UsageError(
                "the bootstrap replicates need a seed",
                where="seed",
                do="give a whole number, and keep it; without n and seed the variance is linearised",
            )
        return design
    plan = ReplicatePlan(kind="bootstrap", n=N_BOOTSTRAP if n is None else n, seed=seed)
    return replace(design, replicates=plan)


def _interval(design: Design, interval: str | None) -> MediationInterval:
    kind = design.replicates.kind if design.replicates is not None else None
    drawn = kind in DRAWN and design.replicates is not None and not design.replicates.columns
    if interval is None:
        return "percentile" if drawn else "normal"
    allowed = get_args(MediationInterval)
    if interval not in allowed:
        raise UsageError(
            f'interval = "{interval}" is not known',
            where="interval",
            do=f"choose one of {', '.join(allowed)}.{did_you_mean(interval, allowed)}",
        )
    if interval == "percentile" and not drawn:
        raise UsageError(
            f"percentiles are of a bootstrap, and the variance is {kind or 'linearised'}",
            where="interval",
            do='give a seed, or write interval="normal"',
        )
    return "percentile" if interval == "percentile" else "normal"
