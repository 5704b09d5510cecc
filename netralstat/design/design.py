"""Design: how the sample was drawn, named by columns of the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from netralstat.design.replicates.plan import ReplicatePlan
from netralstat.errors import DesignError, UsageError, did_you_mean

LonelyPsu = Literal["error", "collapse", "adjust", "average", "certainty", "remove"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """How respondents were drawn: strata, units of one or two stages, population counts and weights.

    Parameters
    ----------
    weight : str or None
        Column of design weights (persons a respondent stands for). None: the product over the stages of
        population count over sampled units from `fpc`, or 1.
    stratum : tuple of str
        Columns that together name the stratum of the first stage; empty for an unstratified sample.
    psu : tuple of str
        Columns that together name the primary sampling unit, read within the stratum; empty when
        persons themselves were drawn (element sampling). Units drawn with probability proportional to
        size and with replacement are named here too, without fpc.
    ssu : tuple of str
        Columns that together name the second-stage unit, read within the PSU. It counts in the variance
        where the second stage has an fpc.
    fpc : tuple of str
        For each stage the column with the population count of units in the group they were drawn from (of
        persons where there is no psu), or, when no value exceeds 1, the sampling fraction.
    lonely_psu : {"error", "collapse", "adjust", "average", "certainty", "remove"}
        What a stratum with a single PSU contributes to the variance (methods.md, "Lonely PSUs").
    adjust_domain_lonely : bool
        Whether "adjust" and "average" also serve strata of several PSUs of which a domain reaches one.
    replicates : ReplicatePlan or None
        Replicates that standard errors come from; linearisation without.
    """

    weight: str | None = None
    stratum: tuple[str, ...] = ()
    psu: tuple[str, ...] = ()
    ssu: tuple[str, ...] = ()
    fpc: tuple[str, ...] = ()
    lonely_psu: LonelyPsu = "error"
    adjust_domain_lonely: bool = False
    replicates: ReplicatePlan | None = None

    def __post_init__(self) -> None:
        if self.lonely_psu not in get_args(LonelyPsu):
            allowed = get_args(LonelyPsu)
            raise UsageError(
                f'lonely_psu = "{self.lonely_psu}" is not known',
                where="lonely_psu",
                do=f"choose one of {', '.join(allowed)}.{did_you_mean(self.lonely_psu, allowed)}",
            )
        if self.ssu and not self.psu:
            raise DesignError(
                "second-stage units without primary sampling units", where="ssu", do="name the psu, too"
            )
        n_stages = max(1, bool(self.psu) + bool(self.ssu))
        if len(self.fpc) > n_stages:
            raise DesignError(
                f"{len(self.fpc)} columns of population counts for {n_stages} stages",
                where="fpc",
                do="give one column a stage; several columns that name one unit go to psu or ssu",
            )

    @property
    def stage_columns(self) -> tuple[tuple[str, ...], ...]:
        """Columns that name the unit of each stage that counts; empty where persons were drawn."""
        if self.ssu and len(self.fpc) > 1:
            return (self.psu, self.ssu)
        return (self.psu,) if self.psu else ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the design needs, each once."""
        named = [*self.stratum, *self.psu, *self.ssu, *self.fpc, self.weight, *self.replicate_columns]
        return tuple(dict.fromkeys(column for column in named if column))

    @property
    def replicate_columns(self) -> tuple[str, ...]:
        """Columns of replicate weights that a data producer gives; none where replicates are made here."""
        return self.replicates.columns if self.replicates is not None else ()

    @property
    def samples_elements(self) -> bool:
        """True when persons were drawn directly, without PSUs."""
        return not self.psu

    @property
    def linearised(self) -> Design:
        """The same design without its replicates, for what has no standard error."""
        return replace(self, replicates=None) if self.replicates is not None else self


def column_names(value: str | Sequence[str] | None) -> tuple[str, ...]:
    """One name, several names or none, as a tuple."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)
