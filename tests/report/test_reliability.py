"""The two standards of what is too uncertain to print."""

import numpy as np
import pytest
from report.small_wave import estimates

from netralstat.report.reliability import reliability_flags
from netralstat.report.suppression import suppress


@pytest.mark.parametrize(
    ("error", "flag"),
    [(0.0, ""), (0.05, ""), (0.0500001, "caution"), (0.1, "caution"), (0.1000001, "unreliable")],
)
def test_relative_standard_errors_of_bps(error: float, flag: str) -> None:
    row = {"item": "x", "estimate": 0.2, "n": 20, "n_yes": 10, "n_eff": 16.0, "std_error": error}
    assert suppress(estimates([row]), reliability="bps").table["flag"].tolist() == [flag]


def test_bps_judges_means_too() -> None:
    rows = [{"item": "age", "estimate": value, "n": 100, "std_error": 3.0} for value in (20.0, -10.0, 5.0)]
    found = suppress(estimates(rows, statistic="mean"), reliability="bps")
    assert found.table["flag"].tolist() == ["", "caution", "unreliable"]


def test_an_estimate_of_zero_has_no_relative_error() -> None:
    frame = estimates([{"item": "x", "estimate": 0.0, "n": 100, "std_error": 0.0}], statistic="mean").table
    assert reliability_flags(frame, "mean", "bps").tolist() == ["unreliable"]


def test_few_degrees_of_freedom_are_shown_with_a_mark() -> None:
    rows = [{"item": "x", "estimate": 0.5, "n": 100, "df": df} for df in (7.0, 8.0)]
    passed = suppress(estimates(rows))
    assert passed.table["flag"].tolist() == ["few_df", ""]
    assert not np.isnan(passed.table["estimate"]).any()


def test_confidentiality_goes_before_reliability() -> None:
    row = {"item": "x", "estimate": 0.02, "n": 100, "n_yes": 2, "std_error": 0.02, "df": 3.0}
    for standard in ("nchs", "bps"):
        passed = suppress(estimates([row]), reliability=standard)  # type: ignore[arg-type]
        assert passed.table["flag"].tolist() == ["suppressed_numerator"]
