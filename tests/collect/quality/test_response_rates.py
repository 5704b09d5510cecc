"""AAPOR outcome rates: a published example, identities, and the contact log that they come from."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netralstat.ask.plan import Plan
from netralstat.collect.quality.dispositions import disposition_of, read_contact_log
from netralstat.collect.quality.response_rates import RATES, estimated_eligibility, outcome_rates
from netralstat.errors import PlanError, ResponseError

# The README of the R package outcomerate (rOpenSci): 12 cases, e by proportional allocation.
EXAMPLE = {"I": 4, "P": 2, "R": 1, "NC": 1, "O": 1, "UH": 1, "UO": 1, "NE": 1}
PUBLISHED = {
    "RR1": 0.364,
    "RR2": 0.545,
    "RR3": 0.370,
    "RR4": 0.556,
    "RR5": 0.444,
    "RR6": 0.667,
    "COOP1": 0.500,
    "COOP2": 0.750,
    "COOP3": 0.571,
    "COOP4": 0.857,
    "REF1": 0.091,
    "REF2": 0.093,
    "REF3": 0.111,
    "CON1": 0.727,
    "CON2": 0.741,
    "CON3": 0.889,
}
Counts = st.fixed_dictionaries({name: st.integers(0, 500) for name in EXAMPLE})
LOG = '[collect.dispositions]\npath = "contacts.csv"\nid = "case"\ncode = "final"\n'


def test_the_published_example() -> None:
    e = estimated_eligibility(EXAMPLE)
    assert e == 9 / 10
    rates = outcome_rates(EXAMPLE, e)
    assert {name: round(rate, 3) for name, rate in rates.items()} == PUBLISHED
    assert tuple(rates) == RATES


def test_by_hand() -> None:
    counts = {"I": 600, "P": 40, "R": 160, "NC": 120, "O": 80, "UH": 150, "UO": 50, "NE": 250}
    e = estimated_eligibility(counts)
    assert e == 0.8
    rates = outcome_rates(counts, e)
    expected = {
        "RR1": 600 / 1200,
        "RR2": 640 / 1200,
        "RR3": 600 / 1160,
        "RR4": 640 / 1160,
        "RR5": 0.6,
        "RR6": 0.64,
        "COOP1": 600 / 880,
        "COOP4": 640 / 800,
        "REF1": 160 / 1200,
        "REF2": 160 / 1160,
        "REF3": 0.16,
        "CON1": 880 / 1200,
        "CON2": 880 / 1160,
        "CON3": 0.88,
    }
    for name, rate in expected.items():
        assert rates[name] == pytest.approx(rate, rel=1e-15), name


@given(Counts, st.floats(0, 1))
def test_identities(counts: dict[str, int], e: float) -> None:
    rates = outcome_rates(counts, e)
    known = {name: rate for name, rate in rates.items() if rate == rate}
    assert all(0 <= rate <= 1 for rate in known.values())
    at_one, at_zero = outcome_rates(counts, 1.0), outcome_rates(counts, 0.0)
    for low, middle, high in (("RR1", "RR3", "RR5"), ("RR2", "RR4", "RR6"), ("REF1", "REF2", "REF3")):
        if high in known:
            assert rates[low] <= rates[middle] + 1e-12
            assert rates[middle] <= rates[high] + 1e-12
            assert at_one[middle] == rates[low]
            assert at_zero[middle] == rates[high]
    if "CON3" in known and "COOP2" in known:
        assert rates["CON3"] * rates["COOP2"] == pytest.approx(rates["RR6"], abs=1e-12)
        assert rates["CON1"] * rates["COOP2"] == pytest.approx(rates["RR2"], abs=1e-12)


def test_nobody_is_no_rate() -> None:
    assert all(rate != rate for rate in outcome_rates({}, 1.0).values())
    assert estimated_eligibility({}) == 1.0


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("1", "I"),
        ("1.0", "I"),
        ("1.1", "I"),
        ("1.10", "I"),
        ("1.2", "P"),
        ("1.20", "P"),
        ("2.1", "R"),
        ("2.112", "R"),
        ("2.12", "R"),
        ("2.2", "NC"),
        ("2.25", "NC"),
        ("2.36", "O"),
        ("3.1", "UH"),
        ("3.19", "UH"),
        ("3.2", "UO"),
        ("3.9", "UO"),
        ("3", "UO"),
        ("4", "NE"),
        ("4.7", "NE"),
        ("2", None),
        ("2.0", None),
        ("2.9", None),
        ("1.3", None),
        ("5.1", None),
        ("", None),
        ("1,1", None),
        ("complete", None),
        ("2.1x", None),
    ],
)
def test_codes(code: str, group: str | None) -> None:
    assert disposition_of(code) == group


def log(*codes: str) -> str:
    return "case,final,mode\n" + "".join(f"{n},{code},{'fm'[n % 2]}\n" for n, code in enumerate(codes))


def test_a_log_in_words_by_mode(write: Callable[..., Plan]) -> None:
    extra = 'by = ["mode"]\ncodes = { "selesai" = "1.1", "menolak" = "2.11" }\n'
    codes = ["selesai"] * 6 + ["menolak", "2.2", "3.1", "4.1"]
    found = read_contact_log(write(collect=LOG + extra, contacts=log(*codes)))
    assert found is not None
    assert (found.n, found.count("I"), found.count("R"), found.declared) == (10, 6, 1, False)
    assert found.eligible_share == pytest.approx(8 / 9)
    assert found.rate("RR3") == pytest.approx(6 / (8 + 8 / 9))
    assert found.rates[["by", "level", "n"]].to_numpy().tolist() == [
        ["", "", 10],
        ["mode", "f", 5],
        ["mode", "m", 5],
    ]
    assert found.counts.loc[1, ["I", "R", "UH"]].tolist() == [3, 1, 1]


def test_a_declared_share(write: Callable[..., Plan]) -> None:
    plan = write(collect=LOG + "eligible_share = 0.25\n", contacts=log("1.1", "3.1", "3.9", "4"))
    found = read_contact_log(plan)
    assert found is not None
    assert (found.declared, found.rate("RR3")) == (True, 1 / 1.5)


def test_no_log(write: Callable[..., Plan]) -> None:
    assert read_contact_log(write()) is None


@pytest.mark.parametrize(
    ("contacts", "fact", "where"),
    [
        (log("1.1", "done", "2.0"), "2 rows of the contact log bear no final AAPOR code", "rows 3, 4"),
        ("case,final\n7,1.1\n8,1.1\n7,2.1\n", "2 rows of the contact log share the id", "rows 2, 4"),
        ("case,final\n,1.1\n", "1 rows of the contact log have no id", "rows 2"),
    ],
)
def test_a_wrong_log(write: Callable[..., Plan], contacts: str, fact: str, where: str) -> None:
    with pytest.raises(ResponseError, match=fact) as told:
        read_contact_log(write(collect=LOG, contacts=contacts))
    assert where in str(told.value.where)
    assert "done" not in str(told.value)


def test_a_column_that_is_not_there(write: Callable[..., Plan]) -> None:
    with pytest.raises(PlanError, match=r'no column "final"[\s\S]*Did you mean "finale"'):
        read_contact_log(write(collect=LOG, contacts="case,finale\n1,1.1\n"))
