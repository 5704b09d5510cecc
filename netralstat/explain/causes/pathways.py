"""Pathways: which treatment is thought to reach which outcome through which mediator."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, get_args

from netralstat.errors import UsageError, did_you_mean
from netralstat.explain.formula import NAME, Formula, parse

OutcomeFamily = Literal["linear", "logit", "probit", "poisson"]
MediatorFamily = Literal["linear", "logit", "probit"]
TREATMENT, MEDIATOR = "treatment", "mediator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pathway:
    """A question of mediation: treatment → mediator → outcome, given covariates.

    Parameters
    ----------
    outcome, treatment, mediator : columns. covariates : terms of a formula, without the three.
    outcome_family, mediator_family : of the two models.
    interaction : whether the mediator's part differs with the treatment.
    treated, control : values of the treatment that are compared; 1 and 0, or the second and the first of two
        levels, if None.

    Raises
    ------
    UsageError
        A family that is not offered, a column named for two parts, a term that cannot be read.
    """

    outcome: str
    treatment: str
    mediator: str
    covariates: tuple[str, ...] = ()
    outcome_family: OutcomeFamily = "logit"
    mediator_family: MediatorFamily = "linear"
    interaction: bool = False
    treated: Any = None
    control: Any = None

    def __post_init__(self) -> None:
        _require_family("outcome_family", self.outcome_family, get_args(OutcomeFamily))
        _require_family("mediator_family", self.mediator_family, get_args(MediatorFamily))
        parts = {"outcome": self.outcome, TREATMENT: self.treatment, MEDIATOR: self.mediator}
        for part, name in parts.items():
            if not isinstance(name, str) or not re.fullmatch(NAME, name):
                raise UsageError(
                    f"the {part} is no name of one column",
                    where=part,
                    do="name one column; make other terms as columns of the data first",
                )
        for part, name in parts.items():
            others = [other for other, known in parts.items() if known == name and other != part]
            if others:
                raise UsageError(
                    f'"{name}" is named as {part} and as {others[0]}',
                    where=part,
                    do="name three different columns: what acts, what passes it on, what it ends in",
                )
        if (self.treated is None) != (self.control is None):
            raise UsageError(
                "treated= is given without control=, or control= without treated=",
                where="treated" if self.treated is None else "control",
                do="give both values of the treatment, or neither",
            )
        self._require_covariates(parse(self.formula))

    @property
    def formula(self) -> str:
        """The model of the outcome."""
        both = [f"{self.treatment}:{self.mediator}"] if self.interaction else []
        return f"{self.outcome} ~ {' + '.join([self.treatment, self.mediator, *self.covariates, *both])}"

    @property
    def mediator_formula(self) -> str:
        """The model of the mediator."""
        return f"{self.mediator} ~ {' + '.join([self.treatment, *self.covariates])}"

    @property
    def is_linear(self) -> bool:
        """Whether both models are linear, without interaction: the product of two coefficients."""
        return self.outcome_family == self.mediator_family == "linear" and not self.interaction

    def _require_covariates(self, formula: Formula) -> None:
        own = [frozenset([self.treatment]), frozenset([self.mediator])]
        own += [frozenset([self.treatment, self.mediator])] if self.interaction else []
        main = {self.outcome, self.treatment, self.mediator}
        for term in formula.terms:
            names = frozenset(variable.name for variable in term)
            written = any(variable.factor or variable.curve for variable in term)
            if names & main and (names not in own or written):
                raise UsageError(
                    f'a covariate term holds "{sorted(names & main)[0]}", which has a part of its own',
                    where="covariates",
                    do="name what comes before treatment, mediator and outcome; for a mediator whose part "
                    "differs with the treatment write interaction=True",
                )
        if formula.offset is not None or not formula.intercept:
            raise UsageError(
                "mediation has no offset and always an intercept",
                where="covariates",
                do="leave the term out of the covariates",
            )


def _require_family(where: str, family: str, allowed: tuple[str, ...]) -> None:
    if family not in allowed:
        raise UsageError(
            f'{where} = "{family}" is not offered',
            where=where,
            do=f"choose one of {', '.join(allowed)}.{did_you_mean(family, allowed)}",
        )
