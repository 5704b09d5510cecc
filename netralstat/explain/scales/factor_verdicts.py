"""Verdicts on factor models and on groups that read them alike, each limit with its source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Verdict = Literal["fits", "acceptable", "fails", "untested"]
Step = Literal["holds", "doubtful", "fails"]

# Good fit: Hu & Bentler (1999), p. 27.
GOOD_CFI, GOOD_RMSEA, GOOD_SRMR = 0.95, 0.06, 0.08
# No model to keep: CFI after Bentler & Bonett (1980), p. 600; RMSEA after Browne & Cudeck (1993), p. 144;
# SRMR after Schermelleh-Engel, Moosbrugger & Müller (2003), p. 52.
LEAST_CFI, MOST_RMSEA, MOST_SRMR = 0.90, 0.10, 0.10
# Standardised loading below which an item says little of its factor: Stevens (2002), p. 394.
WEAK_LOADING = 0.4
# Reliability of a scale in research at an early stage: Nunnally (1978), p. 245.
LEAST_RELIABILITY = 0.7
# Variance of its items that a factor should hold: Fornell & Larcker (1981), p. 46.
LEAST_AVE = 0.5
# Ratio of correlations between and within scales above which they measure one thing: Henseler et al. (2015).
MOST_HTMT = 0.85
# Change that tells groups apart. CFI: Cheung & Rensvold (2002), p. 251. RMSEA: Chen (2007), p. 501, whose
# limits are narrower up to 300 respondents.
CFI_FALL, RMSEA_RISE = 0.010, 0.015
FEW_RESPONDENTS, CFI_FALL_FEW, RMSEA_RISE_FEW = 300, 0.005, 0.010


def of_fit(row: pd.Series) -> tuple[Verdict, list[str]]:
    """What a row of fit indices says: "fits", "acceptable" or "fails", and every index that is not good."""
    if not row["df"]:
        return "untested", ["no degrees of freedom are left to test the model with"]
    limits = [
        ("CFI", float(row["cfi"]), GOOD_CFI, LEAST_CFI, 1.0),
        ("RMSEA", float(row["rmsea"]), GOOD_RMSEA, MOST_RMSEA, -1.0),
        ("SRMR", float(row["srmr"]), GOOD_SRMR, MOST_SRMR, -1.0),
    ]
    reasons, failed = [], False
    for name, value, good, last, sign in limits:
        if sign * (value - good) >= 0:
            continue
        failed |= (beyond := sign * (value - last) < 0)
        reasons.append(
            f"{name} {value:.3f} is {'below' if sign > 0 else 'above'} {last if beyond else good:.2f}"
        )
    return ("fails" if failed else "acceptable" if reasons else "fits"), reasons


def of_factors(table: pd.DataFrame, items: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Of each factor "holds", "weak" or "fails", and the reasons in words ("" where it holds).

    Parameters
    ----------
    table : a row a factor: `factor`, `composite_reliability`, `ave`, `closest`, `correlation`, `htmt`.
    items : the parameters with `kind`, `factor`, `item` and `flag`.
    """
    verdicts, reasons = [], []
    flagged = list(zip(items["factor"], items["item"], items["flag"], strict=True))
    for row in table.to_dict("records"):
        failed, weak = _of_items([(item, flag) for factor, item, flag in flagged if factor == row["factor"]])
        reliability, ave = float(row["composite_reliability"]), float(row["ave"])
        shared, closest, ratio = float(row["correlation"]) ** 2, str(row["closest"]), float(row["htmt"])
        if reliability < LEAST_RELIABILITY:
            failed.append(f"reliability {reliability:.3f} is below {LEAST_RELIABILITY}")
        if closest and shared > ave:
            failed.append(
                f"it shares {shared:.3f} of its variance with {closest}, and {ave:.3f} with its items"
            )
        if ratio > MOST_HTMT:
            failed.append(f"its items go with those of another as with each other (HTMT {ratio:.3f})")
        if ave < LEAST_AVE:
            weak.append(f"it holds {ave:.3f} of the variance of its items, below {LEAST_AVE}")
        verdicts.append("fails" if failed else "weak" if weak else "holds")
        reasons.append("; ".join([*failed, *weak]))
    return verdicts, reasons


def _of_items(flagged: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """What fails a factor and what weakens it, from its items ("" for the factor itself) and their flags."""
    named: dict[str, str] = {}
    for item, flag in flagged:
        named[flag] = f"{named[flag]}, {item}" if flag in named else item or "the factor"
    failed, weak = [], []
    if "heywood" in named:
        failed.append(f"{named['heywood']} has a negative variance (a Heywood case)")
    if "negative" in named:
        failed.append(f"{named['negative']} goes against the others")
    if "weak" in named:
        weak.append(f"{named['weak']} loads below {WEAK_LOADING}")
    return failed, weak


def of_model(fit: pd.Series, factors: pd.DataFrame) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict on a model: that of its fit, but "fails" where a factor does."""
    verdict, reasons = of_fit(fit)
    failing = factors[factors["verdict"] == "fails"]
    reasons += [f"{row['factor']}: {row['reasons']}" for row in failing.to_dict("records")]
    return ("fails" if len(failing) else verdict), tuple(reasons)


def of_step(fall: float, rise: float, n: int) -> tuple[Step, list[str]]:
    """Whether groups can be held equal: "fails" where CFI falls, "doubtful" where only RMSEA rises, too far.

    RMSEA of a model with few degrees of freedom jumps by chance: Chen (2007) has it supplement CFI.
    """
    most_fall, most_rise = (CFI_FALL, RMSEA_RISE) if n > FEW_RESPONDENTS else (CFI_FALL_FEW, RMSEA_RISE_FEW)
    reasons = []
    if fall > most_fall:
        reasons.append(f"CFI falls by {fall:.3f}, more than {most_fall:.3f}")
    if rise >= most_rise:
        reasons.append(f"RMSEA rises by {rise:.3f}, {most_rise:.3f} or more")
    return ("fails" if fall > most_fall else "doubtful" if reasons else "holds"), reasons


def item_flags(kinds: Sequence[str], estimate: Floats, standardised: Floats) -> list[str]:
    """The flag of each parameter: "heywood", "negative", "weak", "beyond_one" or ""."""
    found = []
    for kind, value, unit_free in zip(kinds, estimate, standardised, strict=True):
        flag = ""
        if kind in ("residual_variance", "factor_variance") and value < 0:
            flag = "heywood"
        elif kind == "loading":
            flag = "negative" if unit_free < 0 else "weak" if unit_free < WEAK_LOADING else ""
        elif kind == "factor_covariance" and abs(unit_free) >= 1:
            flag = "beyond_one"
        found.append(flag)
    return found
