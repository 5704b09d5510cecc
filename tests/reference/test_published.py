"""Published figures: complete, typed, and each with a source that resolves."""

import pytest

from netralstat import reference
from netralstat.errors import UsageError

TABLES = {
    "violations": 51,
    "asn_population": 7,
    "case_statistics": 31,
    "kasn_survey_2021": 33,
    "elections": 5,
}


@pytest.mark.parametrize(("name", "n_rows"), TABLES.items())
def test_every_row_has_a_source_that_resolves(name, n_rows):
    table = getattr(reference, name)()
    assert len(table) == n_rows
    for keys in table["source"]:
        assert all(reference.source(keys))


@pytest.mark.parametrize("name", TABLES)
def test_nothing_from_memory_is_shipped(name):
    text = getattr(reference, name)().to_csv().lower()
    assert "recall" not in text
    assert "guess" not in text
    assert "seed" not in text


def test_violation_codes_are_unique_and_inferences_are_marked():
    table = reference.violations().set_index("code")
    assert table.index.is_unique
    assert sum(code.startswith("SKB20-") for code in table.index) == 16
    assert set(table.index[table["basis"] == "inferred"]) == {"SKB20-03", "SKB22-E04"}
    assert table.loc["SKB22-D05", "sanction"] == "PTDH (pemberhentian tidak dengan hormat)"
    assert table.loc[["PP94-5N1", "PP94-5N7"], "sanction"].tolist() == ["", ""]
    assert set(table["modality_proposed"]) == {"politicking", "politicization", "mixed"}


def test_population_parts_sum_to_their_total():
    table = reference.asn_population().set_index("as_of")
    last = table.loc["2025-11-01"]
    assert last["pns"] + last["pppk"] == last["central"] + last["regional"] == last["total"] == 5_588_245
    assert last["male"] + last["female"] == last["total"]
    assert table.loc["2021-12-31", "total"] == 3_995_634


def test_published_percentages_of_the_single_answer_question_sum_to_100():
    table = reference.kasn_survey_2021()
    influence = table[table["question"] == "most_influential_party"]
    assert influence["percent"].sum() == pytest.approx(100.0)
    causes = table[table["question"] == "cause_nonneutral"]
    assert causes["percent"].sum() == pytest.approx(134.30)
    papua = table[(table["group"] == "papua") & (table["response"] == "setuju")]
    assert papua["percent"].tolist() == [72.3]


def test_case_snapshots_keep_their_unit():
    table = reference.case_statistics()
    final = table[(table["as_of"] == "2021-12-16") & (table["unit"] == "civil_servant")].iloc[0]
    assert (final["reported"], final["proven_or_recommended"], final["sanctioned"]) == (2007, 1588, 1365)


def test_elections_leave_open_what_was_not_verified():
    table = reference.elections().set_index("date")
    assert table.loc["2020-12-09", "n_regions"] == 270
    assert table.loc["2015-12-09", ["n_provinces", "n_regencies", "n_cities"]].isna().all()


def test_source_keys():
    assert reference.source("S54;S55") == (reference.sources()["S54"], reference.sources()["S55"])
    with pytest.raises(UsageError, match=r'"S99" is no source key\. Did you mean'):
        reference.source("S1;S99")
    with pytest.raises(UsageError, match="no source key"):
        reference.source("")
