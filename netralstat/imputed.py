"""Imputed: a survey whose missing answers were drawn several times; what is asked of it is pooled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any

from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.estimate.estimates import Estimates
from netralstat.explain.formula import parse
from netralstat.explain.imputation.comparison import Comparison, comparison
from netralstat.explain.imputation.imputation_check import ImputationCheck, check_imputations
from netralstat.explain.imputation.imputations import Imputations
from netralstat.explain.imputation.pooled_estimates import pooled_estimates
from netralstat.explain.imputation.pooled_models import PooledModel, pooled_model
from netralstat.frames import open_table
from netralstat.sample import Names, items_of

if TYPE_CHECKING:
    from netralstat.estimate.domains import DegreesOfFreedom
    from netralstat.estimate.intervals import Interval
    from netralstat.explain.categorical import CategoricalFamily
    from netralstat.explain.cluster_robust import FewClusters
    from netralstat.explain.families import CountFamily, Family
    from netralstat.survey import Survey


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Imputed:
    """A survey in several completed versions; each question is asked of all, and the answers are pooled.

    `surveys` are the completed surveys; `original` is the one with missing answers and `imputations` how they
    were drawn, both None where the completed data came from elsewhere (`Imputed.of`). `made` are columns
    that `derive` added.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from netralstat import Survey
    >>> age = np.tile([25.0, 35, 45, 55], 25)
    >>> people = pd.DataFrame({"age": age, "asked": (np.arange(100) % 3 > 0) * 1.0, "w": 10.0})
    >>> people.loc[::10, "asked"] = np.nan
    >>> imputed = Survey(people, weight="w").impute("asked", with_="age", n=5, seed=1)
    >>> int(imputed.prevalence("asked").to_frame()["n"][0])
    100
    """

    surveys: tuple[Survey, ...]
    original: Survey | None = None
    imputations: Imputations | None = None
    made: frozenset[str] = frozenset()

    @classmethod
    def of(cls, surveys: Sequence[Survey]) -> Imputed:
        """Completed surveys from elsewhere, such as those of R's `mice`, of the same respondents in order.

        Example: ``Imputed.of([Survey(frame, weight="w") for frame in frames]).regress("y ~ x")``.
        """
        if len(surveys) < 2:
            raise UsageError(
                f"{len(surveys)} completed surveys tell nothing about what was missing",
                where="surveys",
                do="give two or more, 20 by custom",
            )
        designs = {survey.design for survey in surveys}
        if len(designs) > 1:
            raise UsageError(
                f"the {len(surveys)} completed surveys have {len(designs)} sampling designs",
                where="surveys",
                do="make each with the same weight, strata, PSUs and replicates",
            )
        return cls(surveys=tuple(surveys))

    def regress(
        self,
        formula: str,
        family: Family | CategoricalFamily | CountFamily = "logit",
        *,
        level: float = 0.95,
        few_clusters: FewClusters | None = None,
        reference: Any = None,
    ) -> PooledModel:
        """The model of `Survey.regress` on each completed survey, pooled by Rubin's rules.

        Example: ``imputed.regress("politicking ~ career_motive + age").wald_test("career_motive")``.
        """
        notes = self._notes(formula)
        models = [
            survey.regress(formula, family, level=level, few_clusters=few_clusters, reference=reference)
            for survey in self.surveys
        ]
        return pooled_model(models, notes)

    def compare(
        self,
        formula: str,
        family: Family | CategoricalFamily | CountFamily = "logit",
        *,
        level: float = 0.95,
        few_clusters: FewClusters | None = None,
        reference: Any = None,
    ) -> Comparison:
        """Complete cases beside imputed answers, coefficient by coefficient."""
        if self.original is None:
            raise _from_elsewhere("compare", "ask the survey with missing answers itself")
        pooled = self.regress(formula, family, level=level, few_clusters=few_clusters, reference=reference)
        complete = self.original.regress(
            formula, family, level=level, few_clusters=few_clusters, reference=reference
        )
        return comparison(complete, pooled)

    def prevalence(
        self,
        items: Names,
        by: Names | None = None,
        where: Mapping[str, Any] | None = None,
        *,
        levels: Mapping[str, Sequence[Any]] | None = None,
        overall: bool = False,
        interval: Interval | None = None,
        level: float = 0.95,
        df: DegreesOfFreedom = "design",
    ) -> Estimates:
        """The shares of `Survey.prevalence` on each completed survey, pooled by Rubin's rules."""
        notes = self._known([*items_of(items), *_names(by), *(where or {})], "prevalence")
        found = [
            survey.prevalence(
                items, by, where, levels=levels, overall=overall, interval=interval, level=level, df=df
            )
            for survey in self.surveys
        ]
        return pooled_estimates(found, notes)

    def mean(
        self,
        items: Names,
        by: Names | None = None,
        where: Mapping[str, Any] | None = None,
        *,
        overall: bool = False,
        level: float = 0.95,
        df: DegreesOfFreedom = "design",
    ) -> Estimates:
        """The means of `Survey.mean` on each completed survey, pooled by Rubin's rules."""
        notes = self._known([*items_of(items), *_names(by), *(where or {})], "mean")
        found = [
            survey.mean(items, by, where, overall=overall, level=level, df=df) for survey in self.surveys
        ]
        return pooled_estimates(found, notes)

    def derive(self, make: Callable[[Any], Any]) -> Imputed:
        """The same with columns that `make` adds to each completed frame: scores, indices, groups.

        They must follow from columns that the imputation models knew, for they count as known to them.

        Example: ``imputed.derive(lambda frame: frame.assign(scale=frame[items].mean(axis=1)))``.
        """
        surveys = tuple(survey.with_frame(make(survey.frame)) for survey in self.surveys)
        before = set(open_table(self.surveys[0].frame).columns)
        made = set(open_table(surveys[0].frame).columns) - before
        original = self.original.with_frame(make(self.original.frame)) if self.original is not None else None
        return replace(self, surveys=surveys, original=original, made=self.made | made)

    def diagnostics(self) -> ImputationCheck:
        """What was missing, drawn answers beside given ones, and whether the chains mixed."""
        if self.imputations is None or self.original is None:
            raise _from_elsewhere("diagnostics", "look at them where the data were completed")
        return check_imputations(self.original.frame, self.original.design, self.imputations)

    def completed(self, k: int) -> Any:
        """The frame of completed survey `k`, from 1."""
        if not 1 <= k <= len(self.surveys):
            raise UsageError(
                f"there is no imputation {k}", where="completed", do=f"give 1 to {len(self.surveys)}"
            )
        return self.surveys[k - 1].frame

    def frames(self) -> list[Any]:
        """All completed frames."""
        return [survey.frame for survey in self.surveys]

    def __len__(self) -> int:
        return len(self.surveys)

    def __repr__(self) -> str:
        if self.imputations is None:
            return f"Imputed(n={len(self)})"
        done = self.imputations
        drawn = ", ".join(f"{variable.name} ({variable.method})" for variable in done.variables)
        return f"Imputed({drawn}; n={done.n}, passes={done.passes}, seed={done.seed})"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"

    def _notes(self, formula: str) -> tuple[str, ...]:
        """Refuse variables that the models did not know, and tell products that they did not have."""
        parsed = parse(formula)
        notes = self._known([parsed.outcome, *parsed.variables], f"formula {formula}")
        if self.imputations is None:
            return notes
        drawn = self._drawn()
        products = [
            ":".join(variable.name for variable in term)
            for term in parsed.terms
            if len(term) > 1 and drawn & {variable.name for variable in term}
        ]
        told = f"the imputation models had no product {', '.join(products)}: it is drawn towards 0"
        return (*notes, *([told] if products else []))

    def _known(self, names: Sequence[str], where: str) -> tuple[str, ...]:
        """Refuse to relate a drawn variable to one that its model did not know."""
        if self.imputations is None or not self._drawn() & set(names) | (self.made & set(names)):
            return ()
        known = self.imputations.modelled | self.made
        unknown = [name for name in dict.fromkeys(names) if name not in known]
        if unknown:
            raise EstimationError(
                f'the imputation models did not know "{unknown[0]}": drawn answers are not related to it',
                where=where,
                do="impute again with it among the predictors (with_), or among the variables where it has "
                f"missing answers.{did_you_mean(unknown[0], known)}",
            )
        return ()

    def _drawn(self) -> set[str]:
        assert self.imputations is not None
        return {variable.name for variable in self.imputations.variables if variable.missing.any()}


def _names(by: Names | None) -> list[str]:
    return [by] if isinstance(by, str) else list(by or ())


def _from_elsewhere(asked: str, do: str) -> UsageError:
    return UsageError(
        "these completed surveys were made elsewhere: how is not known here", where=asked, do=do
    )
