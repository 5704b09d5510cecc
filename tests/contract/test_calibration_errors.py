"""Every refusal of population margins: the fact with its numbers, the place, the remedy."""

from __future__ import annotations

import pytest
from contract.refusals import COLOUR, PEOPLE, SEX, Refusal, W, assert_refusal, survey

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
        lambda: survey().calibrate({"sex": 100}),  # type: ignore[dict-item]
        "a int is no margin",
        "margin sex",
        "map each level",
    ),
    "out of reach": (
        CalibrationError,
        lambda: survey(copy=PEOPLE["sex"]).calibrate(
            {"sex": {"female": 30.0, "male": 70.0}, "copy": {"female": 50.0, "male": 50.0}}
        ),
        "% off at level",
        "margin sex",
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
