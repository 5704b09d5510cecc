"""Model code: the script of another package that fits the same model."""

from __future__ import annotations

from typing import Any, Literal, get_args

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.design import Design
from netralstat.errors import UsageError, did_you_mean
from netralstat.explain.regression import Model
from netralstat.explain.twins.r_script import r_script
from netralstat.explain.twins.stata_script import stata_script
from netralstat.explain.twins.twin import ModelCode, twin
from netralstat.frames import open_table

Package = Literal["r", "stata"]

# Signs that begin a macro or end a text in Stata.
FORBIDDEN = '"`$'


def model_code(
    frame: Any,
    design: Design,
    model: Model,
    package: Package,
    *,
    data: str = "data.csv",
    calibration: Calibration | None = None,
) -> ModelCode:
    """How R or Stata fits this model, to the same coefficients and standard errors.

    Parameters
    ----------
    frame, design, calibration : those that the model was fitted with.
    package : "r" (survey 4.1 or later; svyVGAM for multinomial models) or "stata" (15 or later).
    data : the file that the script reads: the frame as CSV with heads, such as ``frame.to_csv(data,
        index=False)``.

    Raises
    ------
    UsageError
        The package is not known, or has no command that gives the same numbers.
    EstimationError
        The respondents are not those of the model.

    Docs: methods.md "Scripts for R and Stata".
    """
    if package not in get_args(Package):
        raise UsageError(
            f'no script is written for "{package}"',
            where="package",
            do=f"choose one of {', '.join(get_args(Package))}.{did_you_mean(package, get_args(Package))}",
        )
    unfit = sorted({sign for sign in data if sign in FORBIDDEN or ord(sign) < 32})
    if unfit or not data:
        told = (
            f"holds signs that a script cannot quote: {' '.join(map(repr, unfit))}" if unfit else "is empty"
        )
        raise UsageError(
            f"the path of the data {told}",
            where="data",
            do='name a file such as "data.csv"',
        )
    found = twin(open_table(frame), design, model, calibration)
    if package == "r":
        return ModelCode(language=package, script=r_script(found, data), data=data, renamed={})
    script, renamed = stata_script(found, data.replace("\\", "/"))
    return ModelCode(language=package, script=script, data=data, renamed=renamed)
