"""Every refusal of population margins: the fact with its numbers, the place, the remedy."""

from __future__ import annotations

import numpy as np
import pytest
from contract.refusals import COLOUR, PEOPLE, SEX, N, Refusal, W, assert_refusal, survey

from netralstat import Margin
from netralstat.errors import CalibrationError, DesignError, UsageError

CALIBRATION: dict[str, Refusal] = {
    "no margin": (
        CalibrationError,
        lambda: survey().calibrate({}),
        "no margin was given",
        "margins",
        "at least one",
    ),
    "no level": (
        CalibrationError,
        lambda: survey().calibrate({"sex": {}}),
        'margin "sex" has no level',
        "margin sex",
        "each level",
    ),
    "margins disagree": (
        CalibrationError,
        lambda: survey().calibrate(
            {"sex": {"female": 100, "male": 100}, "colour": {"red": 1, "amber": 1, "green": 1}}
        ),
        'margins disagree on the population: "sex" adds to 200, "colour" to 3',
        "margin colour",
        "same date and population",
    ),
    "unknown level": (
        CalibrationError,
        lambda: survey().calibrate({"colour": {"red": W / 2, "amber": W / 2}}),
        'margin "colour" has no population for 1 levels that respondents have (green)',
        "margin colour",
        "the margin has red, amber",
    ),
    "empty level": (
        CalibrationError,
        lambda: survey().calibrate({"sex": {**SEX, "other": 1}}),
        '1 levels of margin "sex" have a population but no respondents (other)',
        "margin sex",
        "merge each with a neighbouring level",
    ),
    "population of zero": (
        CalibrationError,
        lambda: survey().calibrate({"sex": {"female": W, "male": 0}}),
        '1 levels of margin "sex" have a population that is not positive',
        "margin sex, level male",
        "leave out levels outside the population",
    ),
    "population that is no number": (
        UsageError,
        lambda: survey().calibrate({"sex": {"female": "half", "male": 1}}),  # type: ignore[dict-item]
        "a population is no number",
        "margin sex, level female",
        "plain numbers",
    ),
    "no margin at all": (
        UsageError,
        lambda: survey().calibrate({"sex": "half"}),  # type: ignore[dict-item]
        "a str is no margin",
        "margin sex",
        "map each level",
    ),
    "a total of text": (
        CalibrationError,
        lambda: survey().calibrate({"sex": 100}),
        'margin "sex" adds up "sex", which holds text or categories',
        "margin sex",
        "map each level to its population",
    ),
    "a total of two items": (
        UsageError,
        lambda: survey().calibrate({("sex", "rank"): 100}),
        "a int is no margin",
        "margin sex × rank",
        "map each level",
    ),
    "a total that some did not answer": (
        CalibrationError,
        lambda: survey().calibrate({"score": 100.0}),
        f'{PEOPLE["score"].isna().sum()} respondents have no answer on margin "score"',
        "margin score",
        "that everybody answered",
    ),
    "a total that is no number": (
        CalibrationError,
        lambda: survey().calibrate({"rank": float("nan")}),
        '1 levels of margin "rank" have a total that is not finite',
        "margin rank, level total",
        "give each level its total",
    ),
    "a margin of nothing": (
        CalibrationError,
        lambda: survey().calibrate([Margin(items=(), targets={(): 100.0})]),
        "a margin names neither an item nor a numeric column",
        "margins",
        "items, a value, or both",
    ),
    "levels that are no tuples": (
        CalibrationError,
        lambda: survey().calibrate([Margin(items=("sex",), targets={"female": 1.0})]),  # type: ignore[dict-item]
        '1 targets of margin "sex" do not name 1 levels',
        "margin sex",
        "key each target by a tuple",
    ),
    "a numeric margin without a level": (
        CalibrationError,
        lambda: survey().calibrate([Margin(items=("sex",), value="rank", targets={("female",): 90.0})]),
        'margin "rank by sex" has no population for 1 levels that respondents have (male)',
        "margin rank by sex",
        "the margin has female",
    ),
    "bounds that are in the way": (
        CalibrationError,
        lambda: survey().calibrate({"sex": {"female": W * 0.9, "male": W * 0.1}}, "logit", bounds=(0.9, 1.1)),
        "The bounds 0.9 to 1.1 are the reason: without them every target is reached, with weights",
        "bounds; margin sex",
        "widen the bounds",
    ),
    "linear bounds that are in the way": (
        CalibrationError,
        lambda: survey().calibrate({"sex": SEX, "rank": 1.0}, "linear", bounds=(0.5, 2)),
        "The bounds 0.5 to 2 are the reason",
        "bounds; margin",
        "widen the bounds",
    ),
    "a total that no positive weights reach": (
        CalibrationError,
        lambda: survey().calibrate({"sex": SEX, "rank": W * 6}),
        "% off at level",
        "margin ",
        "merge levels",
    ),
    "logit without bounds": (
        UsageError,
        lambda: survey().calibrate({"sex": SEX}, "logit"),
        'method = "logit" needs bounds',
        "bounds",
        "such as (0.3, 3)",
    ),
    "logit with an open bound": (
        UsageError,
        lambda: survey().calibrate({"sex": SEX}, "logit", bounds=(0.3, float("inf"))),
        "bounds = (0.3, inf) are not finite",
        "bounds",
        'method="raking"',
    ),
    "bounds beside 1": (
        UsageError,
        lambda: survey().calibrate({"sex": SEX}, bounds=(1.2, 3)),
        "bounds = (1.2, 3) do not enclose 1",
        "bounds",
        "smallest and largest ratio",
    ),
    "one bound": (
        UsageError,
        lambda: survey().calibrate({"sex": SEX}, bounds=3.0),  # type: ignore[arg-type]
        "bounds are not two numbers",
        "bounds",
        "a pair",
    ),
    "bounded poststratification": (
        CalibrationError,
        lambda: survey().calibrate({"sex": SEX}, "poststratification", bounds=(0.5, 2)),
        "leaves the weights no choice",
        "bounds",
        "leave bounds out",
    ),
    "poststratification to a total": (
        CalibrationError,
        lambda: survey().calibrate({"rank": 100.0}, "poststratification"),
        "poststratification takes population counts and got the total of a numeric column",
        "method",
        'method="raking"',
    ),
    "unknown compatibility": (
        UsageError,
        lambda: survey().calibrate({"sex": SEX}, compat="r-rake"),  # type: ignore[arg-type]
        'compat = "r-rake" is not known',
        "compat",
        'Did you mean "R-rake"?',
    ),
    "R's rake has no totals": (
        UsageError,
        lambda: survey().calibrate({"sex": SEX, "rank": W * 3}, compat="R-rake"),
        "which knows population counts only",
        "compat",
        "margins of counts",
    ),
    "R's rake is no linear calibration": (
        UsageError,
        lambda: survey().calibrate({"sex": SEX}, "linear", compat="R-rake"),
        "which knows population counts only",
        "compat",
        'method="raking"',
    ),
    "equal within PSUs that are not there": (
        UsageError,
        lambda: survey().calibrate({"sex": SEX}, equal_within_psu=True),
        "where persons were drawn themselves",
        "equal_within_psu",
        "name the psu",
    ),
    "trim without a bound": (UsageError, lambda: survey().trim(), "no bound was given", "trim", "in persons"),
    "trim between wrong bounds": (
        UsageError,
        lambda: survey().trim(5, 2),
        "lower = 5 is not below upper = 2",
        "trim",
        "smallest and the largest",
    ),
    "trim below the mean": (
        CalibrationError,
        lambda: survey().trim(upper=2),
        f"{N} weights of upper = 2 add to {2 * N}, and the population is {W:.0f}",
        "trim, upper",
        "the mean weight is",
    ),
    "trim above the mean": (
        CalibrationError,
        lambda: survey().trim(lower=8),
        f"{N} weights of lower = 8 add to {8 * N}",
        "trim, lower",
        "on either side of it",
    ),
    "trim everybody": (
        CalibrationError,
        lambda: survey(w=np.where(PEOPLE["binary"] == 1, 1.0, 9.0)).trim(2, 8),
        f"all {N} weights are outside 2 to 8",
        "trim",
        "wider bounds",
    ),
    "trim twice": (
        CalibrationError,
        lambda: survey().trim(upper=8).trim(upper=7),
        "the weights are trimmed already",
        "trim",
        "in one call",
    ),
    "trim a weight of zero": (
        CalibrationError,
        lambda: (
            survey()
            .calibrate(
                {"sex": {"female": W * 0.55, "male": W * 0.45}, "rank": W * 1.7}, "linear", bounds=(0, 4)
            )
            .trim(lower=0.5)
        ),
        "respondents have a calibrated weight of 0, which cannot be lifted",
        "trim",
        "positive lower bound",
    ),
    "calibrate after raking and trimming": (
        CalibrationError,
        lambda: survey().calibrate({"sex": SEX}).trim(upper=15).calibrate({"colour": COLOUR}),
        "the survey is calibrated already",
        "calibrate",
        "all margins in one call",
    ),
    "out of reach": (
        CalibrationError,
        lambda: survey(copy=PEOPLE["sex"]).calibrate(
            {"sex": {"female": 30.0, "male": 70.0}, "copy": {"female": 50.0, "male": 50.0}}
        ),
        "% off at level",
        "margin copy",
        "drop a margin that contradicts the others",
    ),
    "unanswered margin": (
        CalibrationError,
        lambda: survey().calibrate({"word": {"yes": W / 2, "no": W / 2}}),
        f'{PEOPLE["word"].isna().sum()} respondents have no answer on margin "word"',
        "margin word",
        "that everybody answered",
    ),
    "unknown method": (
        UsageError,
        lambda: survey().calibrate({"sex": SEX}, method="rake"),  # type: ignore[arg-type]
        'method = "rake" is not known',
        "method",
        'Did you mean "raking"?',
    ),
    "two margins to poststratify": (
        CalibrationError,
        lambda: survey().calibrate({"sex": SEX, "colour": COLOUR}, method="poststratification"),
        "poststratification takes one margin and got 2",
        "method",
        'method="raking"',
    ),
    "tolerance": (
        UsageError,
        lambda: survey().calibrate({"sex": SEX}, tolerance=0.5),
        "tolerance = 0.5 is outside (0, 0.1)",
        "tolerance",
        "1e-10",
    ),
    "calibrated twice": (
        CalibrationError,
        lambda: survey().calibrate({"sex": SEX}).calibrate({"colour": COLOUR}),
        "the survey is calibrated already",
        "calibrate",
        "all margins in one call",
    ),
    "absent margin column": (
        DesignError,
        lambda: survey().calibrate([Margin(items=("sexes",), targets={("female",): 1.0})]),
        'there is no column "sexes"',
        "design",
        'Did you mean "sex"?',
    ),
}


@pytest.mark.parametrize("name", CALIBRATION)
def test_refusal(name: str) -> None:
    assert_refusal(CALIBRATION[name])
