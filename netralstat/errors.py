"""Every exception that netralstat raises: the fact, where it is, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class NetralstatError(Exception):
    """A problem told so that its reader can mend it.

    Parameters
    ----------
    fact : str
        What is wrong, with its numbers. Never a respondent's answer, name or id.
    where : str, optional
        File, section, row or column.
    do : str, optional
        The remedy.
    """

    exit_code = 1

    def __init__(self, fact: str, *, where: str | None = None, do: str | None = None) -> None:
        self.fact = fact
        self.where = where
        self.do = do
        super().__init__(fact)

    def __str__(self) -> str:
        lines = [self.fact]
        if self.where:
            lines.append(f"  Where: {self.where}")
        if self.do:
            lines.append(f"  Do: {self.do}")
        return "\n".join(lines)


class UsageError(NetralstatError):
    """A command or a function was called with words it does not know."""

    exit_code = 2


class EnvironmentProblem(NetralstatError):
    """Something that the machine lacks: an optional package, a writable folder."""

    exit_code = 3


class InstrumentError(NetralstatError):
    """The questionnaire, or a reference to it, is wrong."""


class PlanError(NetralstatError):
    """The wave file says something that cannot be."""


class ResponseError(NetralstatError):
    """An export cannot be read as the wave file declares it."""


class DesignError(NetralstatError):
    """Weights, strata or PSUs do not make a sampling design."""


class CalibrationError(NetralstatError):
    """Population margins cannot be reached."""


class EstimationError(NetralstatError):
    """A statistic is not defined for these data."""


class SeparationError(EstimationError):
    """A combination of terms tells an outcome without exception: some coefficients are infinite."""


class ConstantOutcomeError(EstimationError):
    """Everybody in a model has the same outcome: nothing can be explained."""


class DisclosureError(NetralstatError):
    """Something would be printed that could identify a respondent."""


class ReportError(NetralstatError):
    """A report cannot be written."""


def did_you_mean(name: str, allowed: Iterable[str]) -> str:
    """Return ``' Did you mean "x"?'`` for the closest allowed name, or an empty string."""
    close = get_close_matches(str(name), [str(option) for option in allowed], n=1)
    return f' Did you mean "{close[0]}"?' if close else ""
