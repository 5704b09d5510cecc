"""Drivers: what is asked about causes. Methods arrange, nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast, get_args

from netralstat.design.design import column_names
from netralstat.errors import UsageError
from netralstat.estimate.estimates import Estimates
from netralstat.estimate.multiplicity import Adjustment
from netralstat.explain.categorical import CategoricalFamily, is_ordered, require_offered
from netralstat.explain.causes.mediation import Mediation, MediationInterval, mediation
from netralstat.explain.causes.pathways import MediatorFamily, OutcomeFamily, Pathway
from netralstat.explain.causes.sensitivity import STRENGTHS, Sensitivity, sensitivity
from netralstat.explain.checks.diagnosis import N_GROUPS, Diagnosis, diagnose
from netralstat.explain.cluster_robust import FewClusters
from netralstat.explain.effects.adjusted import Values, adjusted, what_if
from netralstat.explain.effects.effect_table import Covariates
from netralstat.explain.effects.marginal_effects import marginal_effects
from netralstat.explain.families import CountFamily, Family
from netralstat.explain.fitting import TOLERANCE
from netralstat.explain.imputation.imputations import impute
from netralstat.explain.imputation.variables import Asked, Method
from netralstat.explain.multinomial import multinomial_model
from netralstat.explain.negative_binomial import negative_binomial_model
from netralstat.explain.ordered import ordered_model
from netralstat.explain.penalised import Penalty, penalised_model, require_penalty
from netralstat.explain.regression import Model, regress
from netralstat.explain.steps.blocks import Steps
from netralstat.explain.steps.blocks import blocks as enter_blocks
from netralstat.explain.steps.change_tests import Approximation
from netralstat.explain.steps.importance import Importance, Intervals, Measure, importance
from netralstat.explain.steps.several_outcomes import SeveralOutcomes, regress_each
from netralstat.explain.twins.model_code import Package, model_code
from netralstat.explain.twins.twin import ModelCode
from netralstat.imputed import Imputed
from netralstat.measurement import Measurement
from netralstat.sample import Names, items_of

if TYPE_CHECKING:
    from netralstat.survey import Survey


class Drivers(Measurement):
    """A sample of which is asked why: models, and what they say in the outcome's unit."""

    __slots__ = ()

    def regress(
        self,
        formula: str,
        family: Family | CategoricalFamily | CountFamily = "logit",
        *,
        level: float = 0.95,
        tolerance: float = TOLERANCE,
        few_clusters: FewClusters | None = None,
        reference: Any = None,
        penalty: Penalty | None = None,
    ) -> Model:
        """Regression with the design-based covariance of its coefficients.

        `family` is "logit", "probit", "cloglog", "linear", "poisson" or, for counts that vary more,
        "negative_binomial"; `offset(name)` may be a term, `poly(name, 2)` and `spline(name, 4)` curves. An
        outcome of ordered levels has "ordered_logit", "ordered_probit", "ordered_cloglog" or
        "ordered_cauchit", one of any levels "multinomial", each level held against `reference`.
        `few_clusters="CR2"` gives bias-reduced standard errors and a Satterthwaite df for each coefficient.
        `penalty="firth"` keeps a logit's coefficients finite where a level never or always has the outcome.
        """
        if reference is not None and family != "multinomial":
            raise UsageError(
                f'reference= is for family = "multinomial", not for "{family}"',
                where="reference",
                do='write the reference of a covariate in the formula: C(name, ref="level")',
            )
        if penalty is not None:
            require_penalty(penalty, family, tolerance, few_clusters)
            return penalised_model(
                self._table, self.design, formula, level=level, calibration=self.calibration
            )
        if family in (*get_args(CategoricalFamily), *get_args(CountFamily)):
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
        if family == "negative_binomial":
            return negative_binomial_model(
                self._table, self.design, formula, level=level, calibration=self.calibration
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
        variables: Names,
        values: Values | None = None,
        *,
        by: Names = (),
        overall: bool = False,
        covariates: Covariates = "sampled",
    ) -> Estimates:
        """Mean outcome of a model of this survey if all were at each value of a variable, or of several.

        Example: ``s.adjusted(model, "position").difference({"position": "jpt"}, {"position": "executive"})``.
        """
        return adjusted(
            self._table,
            self.design,
            model,
            items_of(variables),
            values,
            by=column_names(by),
            overall=overall,
            covariates=covariates,
            calibration=self.calibration,
        )

    def what_if(
        self,
        model: Model,
        changes: Mapping[str, Any],
        *,
        by: Names = (),
        overall: bool = False,
        covariates: Covariates = "sampled",
    ) -> Estimates:
        """Mean outcome of a model of this survey as things are, and if variables had one value everywhere.

        Example: ``s.what_if(model, {"incumbent_pressure": 1}, by="island_group")``.
        """
        return what_if(
            self._table,
            self.design,
            model,
            changes,
            by=column_names(by),
            overall=overall,
            covariates=covariates,
            calibration=self.calibration,
        )

    def marginal_effects(
        self,
        model: Model,
        variables: Names | None = None,
        *,
        by: Names = (),
        overall: bool = False,
        covariates: Covariates = "sampled",
    ) -> Estimates:
        """How much the mean outcome moves with each variable of a model of this survey."""
        return marginal_effects(
            self._table,
            self.design,
            model,
            None if variables is None else items_of(variables),
            by=column_names(by),
            overall=overall,
            covariates=covariates,
            calibration=self.calibration,
        )

    def diagnose(self, model: Model, *, n_groups: int = N_GROUPS) -> Diagnosis:
        """Pseudo-R², weighted AUC, Archer-Lemeshow test and collinearity of a model of this survey."""
        return diagnose(self._table, self.design, model, n_groups=n_groups, calibration=self.calibration)

    def model_code(self, model: Model, package: Package, *, data: str = "data.csv") -> ModelCode:
        """The script of R ("r") or Stata ("stata") that fits a model of this survey, to the same numbers.

        Example: ``print(s.model_code(model, "r"))``, beside ``s.frame.to_csv("data.csv", index=False)``.
        """
        return model_code(self._table, self.design, model, package, data=data, calibration=self.calibration)

    def sensitivity(
        self,
        model: Model,
        term: str,
        *,
        benchmarks: Names | None = None,
        strengths: Sequence[float] = STRENGTHS,
        q: float = 1.0,
        contrast: float = 1.0,
    ) -> Sensitivity:
        """How strong a hidden cause must be to explain the association of a term of a model away.

        E-values of linear, logit and Poisson models; of linear ones also robustness values, and the estimate
        beside a confounder `strengths` times as strong as each of `benchmarks` (all other terms if None).

        Example: ``s.sensitivity(s.regress("politicking ~ pressure + age"), "pressure").to_frame()``.
        """
        return sensitivity(
            self._table,
            self.design,
            model,
            term,
            benchmarks=None if benchmarks is None else items_of(benchmarks),
            strengths=strengths,
            q=q,
            contrast=contrast,
            calibration=self.calibration,
        )

    def mediation(
        self,
        outcome: str,
        treatment: str,
        mediator: str,
        covariates: Names = (),
        *,
        outcome_family: OutcomeFamily = "logit",
        mediator_family: MediatorFamily = "linear",
        interaction: bool = False,
        treated: Any = None,
        control: Any = None,
        n: int | None = None,
        seed: int | None = None,
        interval: MediationInterval | None = None,
        level: float = 0.95,
    ) -> Mediation:
        """How much of the association of treatment and outcome runs through a mediator, how much beside it.

        Families are "linear", "logit", "probit" (outcome also "poisson"); `treated` and `control` are the two
        values compared (1 and 0, or the two levels, if None). With a `seed`, n (500) bootstrap replicates of
        the design and percentile intervals; without, linearised, or from the survey's own replicates.

        Example: ``s.mediation("politicking", "pressure", "motive", ["age", "position"], seed=1)``.
        """
        pathway = Pathway(
            outcome=outcome,
            treatment=treatment,
            mediator=mediator,
            covariates=column_names(covariates),
            outcome_family=outcome_family,
            mediator_family=mediator_family,
            interaction=interaction,
            treated=treated,
            control=control,
        )
        return mediation(
            self._table,
            self.design,
            pathway,
            n=n,
            seed=seed,
            interval=interval,
            level=level,
            calibration=self.calibration,
        )

    def impute(
        self,
        variables: Names,
        with_: Names = (),
        *,
        n: int = 20,
        passes: int = 10,
        seed: int,
        methods: Mapping[str, Method] | None = None,
        where: Mapping[str, Asked] | None = None,
        donors: int = 5,
    ) -> Imputed:
        """Missing answers drawn `n` times by chained equations; what is asked of the result is pooled.

        `with_` names complete predictors: everything that the later analyses relate to `variables`, their
        outcomes and domains too. The weight and the strata are predictors by themselves. `methods` are
        "pmm", "linear", "logit" and "multinomial"; `where` tells who was asked an item.

        Example: ``s.impute(["income", "motive"], with_=["politicking", "age"], seed=1).mean("income")``.
        """
        drawn = impute(
            self.frame,
            self.design,
            items_of(variables),
            column_names(with_),
            n=n,
            passes=passes,
            seed=seed,
            methods=methods,
            where=where,
            donors=donors,
        )
        surveys = tuple(self.with_frame(drawn.completed(self.frame, k)) for k in range(n))
        return Imputed(
            surveys=cast("tuple[Survey, ...]", surveys), original=cast("Survey", self), imputations=drawn
        )

    def blocks(
        self,
        outcome: str,
        blocks: Mapping[str, Sequence[str]],
        family: Family = "logit",
        *,
        level: float = 0.95,
        tolerance: float = TOLERANCE,
        approximation: Approximation = "saddlepoint",
        adjust: Adjustment = "holm",
    ) -> Steps:
        """Blocks of terms entered in steps on the same respondents, with a design-based test of each change.

        Example: ``s.blocks("politicking", {"motives": ["career_motive"], "pressure": ["exposure"]})``.
        """
        return enter_blocks(
            self._table,
            self.design,
            outcome,
            blocks,
            family=family,
            level=level,
            tolerance=tolerance,
            approximation=approximation,
            adjust=adjust,
            calibration=self.calibration,
        )

    def importance(
        self,
        formula: str,
        family: Family = "logit",
        *,
        measure: Measure | None = None,
        groups: Mapping[str, Sequence[str]] | None = None,
        intervals: Intervals = "bootstrap",
        n: int | None = None,
        seed: int | None = None,
        level: float = 0.95,
    ) -> Importance:
        """How what a model explains divides among its terms (general dominance), with bootstrap intervals.

        Example: ``s.importance("politicking ~ career_motive + incumbent_pressure + age", seed=1)``.
        """
        return importance(
            self._table,
            self.design,
            formula,
            family=family,
            measure=measure,
            groups=groups,
            intervals=intervals,
            n=n,
            seed=seed,
            level=level,
            calibration=self.calibration,
        )

    def regress_each(
        self,
        outcomes: Sequence[str],
        terms: Sequence[str],
        family: Family = "logit",
        *,
        adjust: Adjustment = "holm",
        level: float = 0.95,
        tolerance: float = TOLERANCE,
    ) -> SeveralOutcomes:
        """The same terms on several outcomes: p-values adjusted over these, one covariance of all models.

        Example: ``s.regress_each(["politicization", "politicking"], ["career_motive", "age"])``.
        """
        return regress_each(
            self._table,
            self.design,
            outcomes,
            terms,
            family=family,
            adjust=adjust,
            level=level,
            tolerance=tolerance,
            calibration=self.calibration,
        )
