"""Outcome rates of a sample by the formulas of AAPOR."""

from __future__ import annotations

from collections.abc import Mapping

from netralstat.ask.plan_quality import DISPOSITIONS

RATES = (
    *("RR1", "RR2", "RR3", "RR4", "RR5", "RR6"),
    *("COOP1", "COOP2", "COOP3", "COOP4"),
    *("REF1", "REF2", "REF3"),
    *("CON1", "CON2", "CON3"),
)


def estimated_eligibility(counts: Mapping[str, int]) -> float:
    """AAPOR's e by proportional allocation: the share of eligible cases among those of known eligibility.

    Parameters
    ----------
    counts : Mapping[str, int]
        Cases by disposition: I, P, R, NC, O, UH, UO, NE.

    Returns
    -------
    float
        In [0, 1]; 1 where no case is of known eligibility.

    Formula
    -------
    e = (I + P + R + NC + O) / (I + P + R + NC + O + NE)

    Source
    ------
    CASRO (1982); AAPOR, Standard Definitions, 10th ed. (2023).
    """
    eligible = sum(counts.get(name, 0) for name in ("I", "P", "R", "NC", "O"))
    known = eligible + counts.get("NE", 0)
    return eligible / known if known else 1.0


def outcome_rates(counts: Mapping[str, int], e: float) -> dict[str, float]:
    """Response, cooperation, refusal and contact rates of a sample.

    Parameters
    ----------
    counts : Mapping[str, int]
        Cases by disposition; an absent one counts 0.
    e : float
        Share of the cases of unknown eligibility (UH, UO) that are eligible, in [0, 1].

    Returns
    -------
    dict of str to float
        By the names of `RATES`, in [0, 1]; NaN where the denominator is 0.

    Formula
    -------
    See docs/quality.md, one line a rate.

    Source
    ------
    AAPOR, Standard Definitions, 10th ed. (2023), "Calculating outcome rates".
    """
    i, p, r, nc, o, uh, uo, _ = (counts.get(name, 0) for name in DISPOSITIONS)
    interviews, unknown = i + p, uh + uo
    eligible = interviews + r + nc + o
    contacted = interviews + r + o
    rates = {
        "RR1": (i, eligible + unknown),
        "RR2": (interviews, eligible + unknown),
        "RR3": (i, eligible + e * unknown),
        "RR4": (interviews, eligible + e * unknown),
        "RR5": (i, eligible),
        "RR6": (interviews, eligible),
        "COOP1": (i, interviews + r + o),
        "COOP2": (interviews, interviews + r + o),
        "COOP3": (i, interviews + r),
        "COOP4": (interviews, interviews + r),
        "REF1": (r, eligible + unknown),
        "REF2": (r, eligible + e * unknown),
        "REF3": (r, eligible),
        "CON1": (contacted, contacted + nc + unknown),
        "CON2": (contacted, contacted + nc + e * unknown),
        "CON3": (contacted, contacted + nc),
    }
    return {name: above / below if below else float("nan") for name, (above, below) in rates.items()}
