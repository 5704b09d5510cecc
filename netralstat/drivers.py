"""Drivers: what is asked about causes. Methods arrange, nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast, get_args

from netralstat.errors import UsageError
from netralstat.estimate.estimates import Estimates
from netralstat.explain.categorical import CategoricalFamily, is_ordered, require_offered
from netralstat.explain.checks.diagnosis import N_GROUPS, Diagnosis, diagnose
from netralstat.explain.cluster_robust import FewClusters
from netralstat.explain.effects import Covariates, adjusted, marginal_effects
from netralstat.explain.families import Family
from netralstat.explain.fitting import TOLERANCE
from netralstat.explain.multinomial import multinomial_model
from netralstat.explain.ordered import ordered_model
from netralstat.explain.regression import Model, regress
from netralstat.explain.scales.one_factor import OneFactorCheck, one_factor_check
from netralstat.explain.scales.reliability import Reliability, reliability
from netralstat.sample import Names, Sample, items_of


class Drivers(Sample):
    """A sample of which is asked why: models, what they say in the outcome's unit, scales."""

    __slots__ = ()

    def regress(
        self,
        formula: str,
        family: Family | CategoricalFamily = "logit",
        *,
        level: float = 0.95,
        tolerance: float = TOLERANCE,
        few_clusters: FewClusters | None = None,
        reference: Any = None,
    ) -> Model:
        """Regression with the design-based covariance of its coefficients.

        `family` is "logit", "probit", "cloglog", "linear" or "poisson"; `offset(name)` may be a term. An
        outcome of ordered levels has "ordered_logit", "ordered_probit", "ordered_cloglog" or
        "ordered_cauchit", one of any levels "multinomial", each level held against `reference`.
        `few_clusters="CR2"` gives bias-reduced standard errors and a Satterthwaite df for each coefficient.
        """
        if reference is not None and family != "multinomial":
            raise UsageError(
                f'reference= is for family = "multinomial", not for "{family}"',
                where="reference",
                do='write the reference of a covariate in the formula: C(name, ref="level")',
            )
        if family in get_args(CategoricalFamily):
            require_offered(few_clusters, tolerance, TOLERANCE, family)
        if family == "multinomial":
            return multinomial_model(
                self._table,
                self.design,
                formula,
                reference=reference,
                level=level,
                calibration=self.calibration,
            )
        if is_ordered(family):
            return ordered_model(
                self._table,
                self.design,
                formula,
                family=family,
                level=level,
                calibration=self.calibration,
            )
        return regress(
            self._table,
            self.design,
            formula,
            family=cast("Family", family),
            level=level,
            tolerance=tolerance,
            calibration=self.calibration,
            few_clusters=few_clusters,
        )

    def adjusted(
        self,
        model: Model,
        variable: str,
        values: Sequence[Any] | None = None,
        *,
        covariates: Covariates = "sampled",
    ) -> Estimates:
        """Mean outcome of a model of this survey if everybody were at each value of a variable.

        Example: ``s.adjusted(model, "position").difference({"position": "jpt"}, {"position": "executive"})``.
        """
        self._require_linearised(covariates)
        return adjusted(
            self._table,
            self.design,
            model,
            variable,
            values,
            covariates=covariates,
            calibration=self.calibration,
        )

    def marginal_effects(
        self, model: Model, variables: Names | None = None, *, covariates: Covariates = "sampled"
    ) -> Estimates:
        """How much the mean outcome moves with each variable of a model of this survey."""
        self._require_linearised(covariates)
        names = None if variables is None else items_of(variables)
        return marginal_effects(
            self._table, self.design, model, names, covariates=covariates, calibration=self.calibration
        )

    def diagnose(self, model: Model, *, n_groups: int = N_GROUPS) -> Diagnosis:
        """Pseudo-R², weighted AUC, Archer-Lemeshow test and collinearity of a model of this survey."""
        return diagnose(self._table, self.design, model, n_groups=n_groups, calibration=self.calibration)

    def _require_linearised(self, covariates: str) -> None:
        if covariates not in get_args(Covariates):
            raise UsageError(
                f'covariates = "{covariates}" is not known',
                where="covariates",
                do='choose "sampled" or "fixed"',
            )
        if self.design.replicates is not None and covariates == "sampled":
            raise UsageError(
                "effects of a survey with replicates hold the other variables fixed",
                where="covariates",
                do='write covariates="fixed", or ask the survey without replicates',
            )

    def reliability(self, items: Sequence[str], *, level: float = 0.95) -> Reliability:
        """Alpha, omega, item-rest correlations and a verdict on items that point the same way, weighted.

        Intervals are linearised, or from each replicate's covariance where the survey has replicates.
        """
        return self.reliabilities({"scale": items}, level=level)["scale"]

    def reliabilities(
        self, scales: Mapping[str, Sequence[str]], *, level: float = 0.95
    ) -> dict[str, Reliability]:
        """The reliability of several scales, name -> items, from one pass over the rows."""
        return reliability(self._table, self.design, scales, level=level, calibration=self.calibration)

    def one_factor_check(self, items: Sequence[str]) -> OneFactorCheck:
        """What a single factor holds of items (Harman's test), with KMO and Bartlett's test, weighted."""
        return one_factor_check(self._table, self.design.linearised, items, calibration=self.calibration)
