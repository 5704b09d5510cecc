"""Every refusal of a sampling design: the fact with its numbers, the place, the remedy."""

from __future__ import annotations

import numpy as np
import pytest
from contract.refusals import PEOPLE, Refusal, assert_refusal, at, clustered, survey

from netralstat import Survey
from netralstat.errors import DesignError, UsageError

DESIGN: dict[str, Refusal] = {
    "absent column": (
        DesignError,
        lambda: Survey(PEOPLE, weight="w", stratum="strata").mean("score"),
        'there is no column "strata" among the 19 columns of the data',
        "design",
        'Did you mean "stratum"?',
    ),
    "weight is empty": (
        DesignError,
        lambda: survey(w=at([3, 7], np.nan)).mean("score"),
        '2 rows have no value in the design column "w" (first: rows 4, 8)',
        "column w",
        "leave those rows out",
    ),
    "psu is empty": (
        DesignError,
        lambda: clustered(psu=PEOPLE["psu"].where(PEOPLE.index > 0)).mean("score"),
        '1 rows have no value in the design column "psu" (first: rows 1)',
        "column psu",
        "PSU",
    ),
    "weight is negative": (
        DesignError,
        lambda: survey(w=at([0, 2, 4, 6, 8, 10], -1)).mean("score"),
        '6 rows have a negative or infinite weight in "w" (first: rows 1, 3, 5, 7, 9)',
        "column w",
        "correct those weights",
    ),
    "weight is infinite": (
        DesignError,
        lambda: survey(w=at([5], np.inf)).mean("score"),
        '1 rows have a negative or infinite weight in "w" (first: rows 6)',
        "column w",
        "correct those weights",
    ),
    "weight is text": (
        DesignError,
        lambda: survey(w="many").mean("score"),
        'the design column "w" holds text or categories, not numbers',
        "column w",
        "read it as numbers",
    ),
    "all weights are zero": (
        DesignError,
        lambda: survey(w=0.0).weights(),
        'all weights in "w" are zero',
        "column w",
        "number of persons",
    ),
    "no rows": (
        DesignError,
        lambda: Survey(PEOPLE.iloc[:0], weight="w").mean("score"),
        "the data have no rows",
        "data",
        "one row a respondent",
    ),
    "fpc varies": (
        DesignError,
        lambda: clustered(population=at([0], 99, "population")).mean("score"),
        'the fpc "population" takes several values within 1 strata',
        "stratum ",
        "one population count",
    ),
    "fpc too small": (
        DesignError,
        lambda: clustered(population=4).mean("score"),
        'the fpc "population" is smaller than the sample in 3 strata (4 against 6 sampled)',
        "stratum 1",
        "population count of PSUs",
    ),
    "fpc zero": (
        DesignError,
        lambda: clustered(population=0).mean("score"),
        'the fpc "population" is no positive number in 3 strata',
        "stratum 1",
        "leave fpc out",
    ),
    "fpc infinite": (
        DesignError,
        lambda: clustered(population=np.inf).mean("score"),
        "is no positive number in 3 strata",
        "stratum 1",
        "leave fpc out",
    ),
    "fpc text": (
        DesignError,
        lambda: clustered(population="all").mean("score"),
        'the design column "population" holds text',
        "column population",
        "read it as numbers",
    ),
    "lonely psu": (
        DesignError,
        lambda: clustered(psu=PEOPLE["psu"].mask(PEOPLE["stratum"] == 2, 1)).mean("score"),
        "1 of 3 strata have a single PSU, so their variance is unknown",
        "stratum 2",
        '"adjust", "average", "certainty" or "remove"',
    ),
    "all strata lonely": (
        DesignError,
        lambda: Survey(PEOPLE, weight="w", psu="one", lonely_psu="average").mean("score"),
        "1 of 1 strata have a single PSU",
        "stratum all",
        "merge such strata",
    ),
    "no rule for lonely psus": (
        UsageError,
        lambda: Survey(PEOPLE, lonely_psu=None),  # type: ignore[arg-type]
        'lonely_psu = "None" is not known',
        "lonely_psu",
        "choose one of error, collapse, adjust",
    ),
    "unknown rule for lonely psus": (
        UsageError,
        lambda: Survey(PEOPLE, lonely_psu="adjusted"),  # type: ignore[arg-type]
        'lonely_psu = "adjusted" is not known',
        "lonely_psu",
        'Did you mean "adjust"?',
    ),
}


@pytest.mark.parametrize("name", DESIGN)
def test_refusal(name: str) -> None:
    assert_refusal(DESIGN[name])
