"""Estimates of a factor model of one group: its parameters, its factors and its fit, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.explain.scales import factor_reliability
from netralstat.explain.scales.factor_fit import (
    Discrepancy,
    FitIndices,
    discrepancy,
    indices,
    information_criteria,
    residual_root,
    shifted_indices,
)
from netralstat.explain.scales.factor_fitting import (
    Fitted,
    Sample,
    fit_least_squares,
    fit_likelihood,
    normal_weight,
)
from netralstat.explain.scales.factor_parameters import (
    element_errors,
    labels,
    parameter_covariance,
    standardised,
    standardised_errors,
    start_values,
    tested,
)
from netralstat.explain.scales.factor_structure import Scaling, Structure, structure, without_residuals
from netralstat.explain.scales.factor_verdicts import item_flags
from netralstat.explain.scales.internal_consistency import alpha
from netralstat.explain.scales.item_answers import correlations
from netralstat.explain.scales.item_moments import (
    Errors,
    ItemMoments,
    design_covariance,
    persons_covariance,
)
from netralstat.explain.scales.polychoric import polychoric

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """Of ordered items: thresholds with the level that each ends, and standard errors of all of them (T,)."""

    thresholds: tuple[Floats, ...]
    levels: tuple[tuple[str, ...], ...]
    std_error: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """A fitted model of one group.

    `s` (k, k) are the covariances, or polychoric correlations, that it was fitted to; `covariance` (q, q) is
    that of the free parameters; `mean_error` (k,) of the items' means; `gamma` (M, M) is n times the
    covariance of the moments, None for normal errors.
    """

    model: Structure
    fitted: Fitted
    moments: ItemMoments
    s: Floats
    covariance: Floats
    mean_error: Floats
    gamma: Floats | None
    df: float
    ordered: Ordered | None

    @property
    def values(self) -> Floats:
        """All elements, shape (1, E)."""
        return self.model.values(self.fitted.theta)

    def parameters(self, level: float) -> pd.DataFrame:
        """A row a parameter; the columns are told by `FactorModel`."""
        model, values, ordinal = self.model, self.values, self.ordered is not None
        at = model.places
        estimate, std_error = values[0].copy(), element_errors(model, self.covariance)[0]
        unit_free = standardised(model, values, ordinal=ordinal)[0]
        unit_free_error = standardised_errors(model, self.fitted.theta, self.covariance, ordinal=ordinal)[0]
        if ordinal:
            estimate[at["theta"]], std_error[at["theta"]] = (
                unit_free[at["theta"]],
                unit_free_error[at["theta"]],
            )
        else:
            sd = np.sqrt(np.diag(self.s))
            estimate[at["nu"]], std_error[at["nu"]] = self.moments.mean[0], self.mean_error
            unit_free[at["nu"]], unit_free_error[at["nu"]] = self.moments.mean[0] / sd, np.nan
        kept = slice(0, at["nu"].start if ordinal else at["nu"].stop)
        named = pd.DataFrame(labels(model)[kept], columns=["kind", "factor", "item"])
        table = pd.concat([named, tested(estimate[kept], std_error[kept], self.df, level)], axis=1)
        table["standardised"], table["standardised_error"] = unit_free[kept], unit_free_error[kept]
        table["flag"] = item_flags(table["kind"].tolist(), estimate[kept], unit_free[kept])
        return (
            table if self.ordered is None else pd.concat([table, self._thresholds(level)], ignore_index=True)
        )

    def factors(self) -> pd.DataFrame:
        """A row a factor, before its verdict."""
        model, values = self.model, self.values[0].copy()
        unit_free = standardised(model, self.values, ordinal=self.ordered is not None)[0]
        if self.ordered is not None:
            values[model.places["theta"]] = unit_free[model.places["theta"]]
        found = factor_reliability.of_factors(model, values, self.s)
        r = self.factor_correlations()
        away = np.abs(r - np.eye(len(r)))
        closest = away.argmax(axis=1)
        several = len(r) > 1
        ratio = self.heterotrait() - np.eye(len(r))
        blocks = [np.flatnonzero(model.owner == factor) for factor in range(len(r))]
        if self.ordered is not None:
            found["omega"] = np.array([self._ordinal_omega(unit_free, block) for block in blocks])
        return pd.DataFrame(
            {
                "factor": list(model.factors),
                "n_items": [len(block) for block in blocks],
                "alpha": [float(alpha(self.s[np.ix_(block, block)][None])[0]) for block in blocks],
                **found,
                "ave_standardised": [float(np.mean(unit_free[block] ** 2)) for block in blocks],
                "closest": [model.factors[one] if several else "" for one in closest],
                "correlation": [float(r[i, one]) if several else 0.0 for i, one in enumerate(closest)],
                "htmt": ratio.max(axis=1) if several else 0.0,
            }
        )

    def factor_correlations(self) -> Floats:
        """Correlations of the factors, (m, m)."""
        model = self.model
        unit_free = standardised(model, self.values, ordinal=self.ordered is not None)
        return np.asarray(model.factor_covariance(unit_free)[0])

    def heterotrait(self) -> Floats:
        """HTMT2 of the factors, (m, m)."""
        return factor_reliability.heterotrait_ratio(self.model, correlations(self.s[None])[0])

    def fit(self) -> pd.DataFrame:
        """Rows "plain" and, unless errors are normal, "scaled"; the columns are told by `FactorModel`."""
        n, model = self.moments.total, self.model
        sigma = model.implied(self.values)[1]
        beside: dict[str, float]
        if self.ordered is not None:
            sigma[0][np.diag_indices(len(model.items))] = 1.0
            beside = {
                "srmr": residual_root(self.s[None], sigma, None, np.ones(1)),
                "aic": np.nan,
                "bic": np.nan,
            }
            beside["srmr"] *= float(np.sqrt((len(self.s) + 1) / (len(self.s) - 1)))
        else:
            value = n * self.fitted.discrepancy
            aic, bic = information_criteria(self.s[None], np.ones(1), value, n, model.n_free)
            beside = {"srmr": residual_root(self.s[None], sigma, None, np.ones(1)), "aic": aic, "bic": bic}
        rows = [("plain", indices(self._discrepancy(None), self._baseline(None), n))]
        if self.gamma is not None:
            rows.append(("scaled", self._scaled(n)))
        return pd.DataFrame([{"statistic": name, **asdict(row), **beside} for name, row in rows])

    def _scaled(self, n: int) -> FitIndices:
        model, baseline = self._discrepancy(self.gamma), self._baseline(self.gamma)
        return (
            shifted_indices(model, baseline, n) if self.ordered is not None else indices(model, baseline, n)
        )

    def _discrepancy(self, gamma: Floats | None) -> Discrepancy:
        k = len(self.model.items)
        moments = k * (k - 1) // 2 if self.ordered is not None else k * (k + 1) // 2
        value = self.moments.total * self.fitted.discrepancy
        return discrepancy(value, moments - self.model.n_free, self.fitted.weight, self.fitted.slopes, gamma)

    def _baseline(self, gamma: Floats | None) -> Discrepancy:
        """χ² of items that do not correlate."""
        k, n = len(self.model.items), self.moments.total
        df = k * (k - 1) // 2
        if self.ordered is not None:
            r = self.s[np.triu_indices(k, 1)]
            value = n * float(np.diag(self.fitted.weight) @ r**2)
            return discrepancy(value, df, self.fitted.weight, np.zeros((df, 0)), gamma)
        diagonal = np.diag(np.diag(self.s))
        value = n * (float(np.log(np.diag(self.s)).sum()) - float(np.linalg.slogdet(self.s)[1]))
        return discrepancy(
            value, df, normal_weight(diagonal[None], np.ones(1), means=False), variance_slopes(k), gamma
        )

    def _ordinal_omega(self, unit_free: Floats, block: NDArray[np.int64]) -> float:
        assert self.ordered is not None
        loading = unit_free[block]
        fitted = np.outer(loading, loading)
        if np.abs(fitted).max() > 1:  # a Heywood case: no tendencies correlate so
            return np.nan
        return factor_reliability.ordinal_omega(
            fitted,
            self.s[np.ix_(block, block)],
            [self.ordered.thresholds[item] for item in block],
        )

    def _thresholds(self, level: float) -> pd.DataFrame:
        assert self.ordered is not None
        model = self.model
        rows = [
            ("threshold", model.factors[owner], f"{item} ≤ {end}")
            for item, owner, ends in zip(model.items, model.owner, self.ordered.levels, strict=True)
            for end in ends
        ]
        named = pd.DataFrame(rows, columns=["kind", "factor", "item"])
        estimate = np.concatenate(self.ordered.thresholds)
        found = pd.concat([named, tested(estimate, self.ordered.std_error, self.df, level)], axis=1)
        return found.assign(standardised=estimate, standardised_error=self.ordered.std_error, flag="")


def likelihood(
    moments: ItemMoments,
    scales: Mapping[str, Sequence[str]],
    scaling: Scaling,
    errors: Errors,
    *,
    observed: bool,
    where: str,
) -> Estimated:
    """A model of items that are numbers, by maximum (pseudo-)likelihood."""
    model = structure(scales, scaling=scaling)
    begin = start_values(model, moments.s[0], moments.mean[0], scaling)[None]
    sample = Sample(mean=moments.mean, s=moments.s, share=moments.share)
    fitted = fit_likelihood(model, sample, model.parameters(begin), where=where)
    n, k = moments.total, len(model.items)
    if errors == "normal":
        matrix, df, mean_error = None, np.inf, np.sqrt(np.diag(moments.s[0]) / n)
    else:
        matrix, df = moments.covariance(errors)
        mean_error = np.sqrt(np.diag(matrix)[:k])
    return Estimated(
        model=model,
        fitted=fitted,
        moments=moments,
        s=moments.s[0],
        covariance=parameter_covariance(fitted, matrix, n, observed=observed),
        mean_error=mean_error,
        gamma=None if matrix is None else n * matrix,
        df=df,
        ordered=None,
    )


def least_squares(
    moments: ItemMoments,
    scales: Mapping[str, Sequence[str]],
    scaling: Scaling,
    errors: Errors,
    *,
    observed: bool,
    where: str,
) -> Estimated:
    """A model of ordered items, by diagonally weighted least squares on their polychoric correlations.

    A correlation weighs by its variance among persons drawn one by one, which does not hang on few PSUs.
    """
    inside = moments.group >= 0
    codes, counts, ends = [], [], []
    for item in moments.items:
        key = moments.cells.key(item)
        used = np.unique(key.codes[inside])
        used = used[np.argsort([float(key.levels[code]) for code in used])]
        place = np.zeros(len(key.levels), dtype=np.int64)
        place[used] = np.arange(len(used))
        codes.append(np.where(inside, place[np.maximum(key.codes, 0)], 0))
        counts.append(len(used))
        ends.append(tuple(f"{float(key.levels[code]):g}" for code in used[:-1]))
    found = polychoric(codes, counts, moments.w, names=moments.items)
    total, size = float(moments.w.sum()), sum(map(len, found.thresholds))
    expected = persons_covariance(found.influence_expected / total, moments.group, moments.w2, 1)
    influence = (found.influence if observed else found.influence_expected) / total
    if errors == "robust":
        matrix, df = persons_covariance(influence, moments.group, moments.w2, 1), np.inf
    else:
        matrix, df = design_covariance(influence, moments.group, moments.cells, moments.calibrated, 1)
    n, k = moments.total, len(moments.items)
    model = without_residuals(structure(scales, scaling=scaling))
    begin = start_values(model, found.correlation, np.zeros(k), scaling)[None]
    fitted = fit_least_squares(
        model,
        found.correlation[np.triu_indices(k, 1)],
        1 / (n * np.diag(expected)[size:]),
        model.parameters(begin),
        where=where,
    )
    return Estimated(
        model=model,
        fitted=fitted,
        moments=moments,
        s=found.correlation,
        covariance=parameter_covariance(fitted, matrix[size:, size:], n, observed=observed),
        mean_error=np.zeros(k),
        gamma=n * matrix[size:, size:],
        df=df,
        ordered=Ordered(
            thresholds=found.thresholds, levels=tuple(ends), std_error=np.sqrt(np.diag(matrix)[:size])
        ),
    )


def variance_slopes(k: int, *, means: bool = False) -> Floats:
    """Δ of the model in which items do not correlate, (M, ·): variances are free, and means with `means`."""
    row, column = np.triu_indices(k)
    found = np.zeros((k + len(row), k + k * means))
    found[k + np.flatnonzero(row == column), np.arange(k)] = 1.0
    if means:
        found[np.arange(k), k + np.arange(k)] = 1.0
    return found
