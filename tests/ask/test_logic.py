"""Skip logic and constraints over columns: XPath's semantics, and what is left unevaluated."""

from __future__ import annotations

import pandas as pd
import pytest

from netralstat.ask.logic import NotEvaluated, evaluate

ANSWERS = {
    "consent": pd.Series(["yes", "no", ""]),
    "age": pd.Series(["17", "40", ""]),
    "tenure": pd.Series(["3", "30", "1"]),
    "done": pd.Series(["f01_social_media f02_declaration", "none", ""]),
    "code": pd.Series(["5371", "53711", ""]),
    "joined": pd.Series(["2021-06-30", "2021-07-02", ""]),
    "left": pd.Series(["2021-07-01", "2021-07-01", "2021-07-01"]),
    "started": pd.Series(["2021-07-01T08:00:00.000+07:00", "", ""]),
}


def truth(expression: str, self_name: str | None = None) -> list[bool]:
    result = evaluate(expression, ANSWERS, self_name=self_name)
    assert not isinstance(result, NotEvaluated), result.reason
    assert result.dtype == bool
    return result.tolist()


def reason(expression: str, self_name: str | None = None) -> str:
    result = evaluate(expression, ANSWERS, self_name=self_name)
    assert isinstance(result, NotEvaluated)
    return result.reason


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("${consent} = 'yes'", [True, False, False]),
        ('${consent} != "yes"', [False, True, True]),
        ("'yes' = ${ consent }", [True, False, False]),
        ("${age} >= 18", [False, True, False]),
        ("${age} < 18", [True, False, False]),
        ("${age} = 40.0", [False, True, False]),
        ("${age} = '40'", [False, True, False]),
        ("${age} = '40.0'", [False, False, False]),
        ("${age} != 40", [True, False, True]),
        ("${age} <= ${tenure} + 14", [True, True, False]),
        ("${age} - 10 * 2 + 1 > 0", [False, True, False]),
        ("(${age} - 10) * 2 > 14", [False, True, False]),
        ("${age} div 2 = 20 or ${age} mod 2 = 1", [True, True, False]),
        ("--${age} > 0 and -${age} < 0", [True, True, False]),
        ("${age} div 0 > 1000", [True, True, False]),
        ("${joined} <= ${left}", [True, False, False]),
        ("1 = 1 or ${consent} = 'no' and 1 = 2", [True, True, True]),
        ("(1 = 1 or ${consent} = 'no') and 1 = 2", [False, False, False]),
        ("not(${consent} = 'yes')", [False, True, True]),
        ("${consent}", [True, True, False]),
        ("${age} > 18 = true()", [False, True, False]),
        ("(${consent} = 'yes') = false()", [False, True, True]),
        ("number(${age}) = 40", [False, True, False]),
        ("selected(${done}, 'f02_declaration')", [True, False, False]),
        ("selected(${done}, 'f02')", [False, False, False]),
        ("selected('yes maybe', ${consent})", [True, False, False]),
        ("count-selected(${done}) = 2", [True, False, False]),
        ("count-selected(${done}) > 0 and not(selected(${done}, 'none'))", [True, False, False]),
        ("string-length(${code}) = 4", [True, False, False]),
        ("coalesce(${consent}, 'nobody') = 'nobody'", [False, False, True]),
        ("if(${age} > 18, 1, 0) = 1", [False, True, False]),
        ("if(${age} > 18, 'old', 1) = 'old'", [False, True, False]),
        ("if(${age} > 18, 'old', 1) = '1'", [True, False, True]),
    ],
)
def test_the_subset_gives_what_xpath_gives(expression: str, expected: list[bool]) -> None:
    assert truth(expression) == expected


def test_a_constraint_reads_its_own_item_as_a_point() -> None:
    assert truth(". >= 18 and . <= 70", "age") == [False, True, False]
    assert truth(".>.5", "age") == [True, True, False]
    assert truth("regex(., '^[0-9]{4}$')", "code") == [True, False, False]
    assert truth("regex(., '[0-9]{4}')", "code") == [True, True, False]
    assert truth("count-selected(.) = 1 or not(selected(., 'none'))", "done") == [True, True, True]


def test_the_result_keeps_the_index() -> None:
    columns = {"age": pd.Series(["20", "10"], index=[7, 3])}
    result = evaluate("${age} > 18", columns)
    assert isinstance(result, pd.Series)
    assert result.to_dict() == {7: True, 3: False}


def test_a_constant_is_true_in_every_row_and_of_no_rows() -> None:
    assert truth("1 < 2") == [True, True, True]
    result = evaluate("1 < 2", {})
    assert isinstance(result, pd.Series)
    assert len(result) == 0


def test_missing_values_and_categories_read_as_text() -> None:
    columns = {"sex": pd.Categorical(["male", None, "female"])}
    result = evaluate("${sex} = ''", {"sex": pd.Series(columns["sex"])})
    assert isinstance(result, pd.Series)
    assert result.tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("${joined} <= today()", "today()"),
        ("once(random()) < 0.5", "random()"),
        ("pulldata('a', 'b') = 1", "pulldata()"),
        ("${nobody} = 1", '"nobody"'),
        (". > 1", "outside a constraint"),
        ("../age > 1", "character 1"),
        ("age > 1", 'path "age"'),
        ("instance('x')/root/item[name = 1]", "character 14"),
        ("position(${age}) = 1", "position()"),
        ("${age} >", "ends too early"),
        ("", "ends too early"),
        ("${age} > 1)", "part too many"),
        ("(${age} > 1", "ends too early"),
        ("${age} ${tenure}", "part too many"),
        ("${age} > > 1", "where a value should be"),
        ("not()", "0 arguments where 1 are needed"),
        ("selected(${done} 'none')", 'where "," should be'),
        ("'open", "character 1"),
        ("${age} # 1", "character 8"),
        ("${started} > 1", "times of day"),
        ("regex(${code}, ${age})", "from the answers"),
        ("regex(${code}, '(')", "cannot be read"),
        ("once('x') = 'x'", "outside a constraint"),
        ("jr:choice-name('a', 'b') = 'x'", "jr:choice-name()"),
        ("indexed-repeat(${age}, ${age}, 1) > 1", "indexed-repeat()"),
        ("regex(${code}, '" + "a" * 301 + "')", "longer than 300"),
        ("1 = 1" + " " * 10_000, "longer than 10,000"),
    ],
)
def test_what_lies_outside_is_not_evaluated_and_says_why(expression: str, words: str) -> None:
    assert words in reason(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 4999 + "1" + ")" * 4999,
        "(" * 3000 + "1" + ")" * 3000,
        "not(" * 1900 + "1" + ")" * 1900,
        "if(1, " * 1500 + "1" + ", 0)" * 200,
    ],
)
def test_deep_nesting_is_a_reason_not_a_crash(expression: str) -> None:
    assert "nested more than 50 levels" in reason(expression)


def test_a_long_chain_is_not_deep() -> None:
    assert truth(" or ".join(["${consent} = 'yes'"] * 400)) == [True, False, False]
    assert truth("-" * 5000 + "1 = 1") == [True, True, True]


def test_a_harmless_group_may_repeat() -> None:
    assert truth("regex(${code}, '^([0-9]{2})?[0-9(|+)*]+$')") == [True, True, False]
    assert truth("regex(${code}, '^(53)+71$')") == [True, False, False]


def test_a_long_answer_is_not_matched_and_not_echoed() -> None:
    columns = {"comment": pd.Series(["secret " * 200, "short"])}
    result = evaluate("regex(., 'x')", columns, self_name="comment")
    assert isinstance(result, NotEvaluated)
    assert result.reason == "an answer is longer than the 1,000 characters it is matched with"


def test_text_that_looks_like_code_is_only_text() -> None:
    columns = {"comment": pd.Series(["__import__('os').system('true')", "' or '1' = '1", "${comment}"])}
    result = evaluate("${comment} = 'x' or selected(${comment}, 'or')", columns)
    assert isinstance(result, pd.Series)
    assert result.tolist() == [False, True, False]


def test_every_row_is_judged_by_its_own_answer() -> None:
    columns = {
        "age": pd.Series([str(18 + row % 50) for row in range(10_000)]),
        "done": pd.Series(["f01 f02" if row % 3 else "none" for row in range(10_000)]),
    }
    result = evaluate(". >= 20 and count-selected(${done}) = 2", columns, self_name="age")
    assert isinstance(result, pd.Series)
    assert result.tolist() == [row % 3 > 0 and row % 50 >= 2 for row in range(10_000)]
