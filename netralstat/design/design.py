"""Design: how the sample was drawn, named by columns of the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from netralstat.errors import UsageError, did_you_mean

LonelyPsu = Literal["error", "adjust", "average", "certainty", "remove"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """A one-stage description of the sample: strata, PSUs, population counts and weights.

    Parameters
    ----------
    weight : str or None
        Column of design weights (persons a respondent stands for). None: N_h / n_h from `fpc`, or 1.
    stratum : tuple of str
        Columns that together name the stratum; empty for an unstratified sample.
    psu : tuple of str
        Columns that together name the primary sampling unit, read within the stratum; empty when
        persons themselves were drawn (element sampling).
    fpc : str or None
        Column with the stratum's population count of PSUs (of persons where there is no psu), or, when
        no value exceeds 1, the sampling fraction.
    lonely_psu : {"error", "adjust", "average", "certainty", "remove"}
        What a stratum with a single PSU contributes to the variance (methods.md, "Lonely PSUs").
    """

    weight: str | None = None
    stratum: tuple[str, ...] = ()
    psu: tuple[str, ...] = ()
    fpc: str | None = None
    lonely_psu: LonelyPsu = "error"

    def __post_init__(self) -> None:
        if self.lonely_psu not in get_args(LonelyPsu):
            allowed = get_args(LonelyPsu)
            raise UsageError(
                f'lonely_psu = "{self.lonely_psu}" is not known',
                where="lonely_psu",
                do=f"choose one of {', '.join(allowed)}.{did_you_mean(self.lonely_psu, allowed)}",
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the design needs, each once."""
        named = [*self.stratum, *self.psu, self.fpc, self.weight]
        return tuple(dict.fromkeys(column for column in named if column))

    @property
    def samples_elements(self) -> bool:
        """True when persons were drawn directly, without PSUs."""
        return not self.psu


def column_names(value: str | Sequence[str] | None) -> tuple[str, ...]:
    """One name, several names or none, as a tuple."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)
