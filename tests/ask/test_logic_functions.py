"""Every function and coercion of the subset, each with the answer that XPath 1.0 and JavaRosa give."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netralstat.ask.logic import Evaluator, NotEvaluated, evaluate, references
from netralstat.collect.text_table import TextColumn

ROW = {
    "n": "42",
    "neg": "-7.5",
    "none": "",
    "word": "abc",
    "name": "Maria Silva",
    "many": "x y zz",
    "day": "2021-07-01",
    "time": "2021-07-01T08:05:09.250+07:00",
}


def holds(expression: str, self_name: str | None = None) -> bool:
    columns = {name: pd.Series([text]) for name, text in ROW.items()}
    result = evaluate(expression, columns, self_name=self_name)
    assert not isinstance(result, NotEvaluated), result.reason
    return bool(result.iloc[0])


# The answers were compared with those of JavaRosa's source (XPathFuncExpr, XPathEqExpr, XPathArithExpr).
TRUE = """
${n} = 42                                | ${n} = '42'                        | ${n} = 42.0
${none} = ''                             | ${none} != 0                       | ${none} != 'a'
'' = false()                             | 'a' = true()                       | true() = 1
${word} != 0                             | ${n} + 1 = 43                      | ${n} div 5 = 8.4
${n} mod 5 = 2                           | ${neg} mod 2 = -1.5                | -7 mod 3 = -1
7 mod -3 = 1                             | 1 div 0 > 5                        | -1 div 0 < 0
1 div 0 = 1 div 0                        | string(0 div 0) = 'NaN'            | string(1 div 0) = 'Infinity'
string(-1 div 0) = '-Infinity'           | 2 + 3 * 4 = 14                     | (2 + 3) * 4 = 20
- -2 = 2                                 | 1 < 2 = true()                     | '2' < '10'
1 = 1 or 1 = 2 and 1 = 2                 | not(${none})                       | ${none} or ${word}
selected(${many}, 'y')                   | selected(${many}, ' zz ')          | is-selected(${many}, 'x')
count-selected(${many}) = 3              | count-selected(${none}) = 0        | count-selected('  ') = 0
selected-at(${many}, 0) = 'x'            | selected-at(${many}, 2) = 'zz'     | selected-at(${many}, 5) = ''
selected-at(${many}, -1) = ''            | if(${none} = '', 'e', 'f') = 'e'   | if(${n} > 50, 1, 2) = 2
coalesce(${none}, 'q') = 'q'             | coalesce(${n}, 'q') = '42'         | coalesce(0 div 0, 5) = 5
string-length(${word}) = 3               | string-length('') = 0              | substr('hello', 2) = 'llo'
substr('hello', 2, 4) = 'll' | substr('hello', -2) = 'lo'
substr('hello', 0, -1) = 'hell'
substr('hello', 3, 2) = '' | substr('hello', -9, 2) = 'he'
substring-before(${name}, ' ') = 'Maria'
substring-after(${name}, ' ') = 'Silva' | substring-before('abc', 'z') = ''
substring-after('abc', 'z') = ''
substring-after('abc', '') = 'abc'       | contains(${name}, 'Silva')         | contains('abc', '')
starts-with(${name}, 'Mar') | ends-with(${name}, 'va')
concat('a', 1, true()) = 'a1true'
concat(${word}, 1.50) = 'abc1.5' | translate('bar', 'abc', 'AB') = 'BAr'
translate('--aaa--', 'a-', 'A') = 'AAA'
normalize-space('  a   b ') = 'a b'      | join('-', 'a', 'b') = 'a-b'        | string(1000000) = '1000000'
string(0.1) = '0.1'                      | string(0.00001) = '0.00001'        | string(-0.0) = '0'
number(' 12 ') = 12                      | number('.5') = 0.5                 | number('5.') = 5
number(true()) = 1                       | int(7.9) = 7                       | int(-7.9) = -7
round(2.5) = 3                           | round(-2.5) = -2                   | round(-2.6) = -3
round(2.345, 2) = 2.35                   | round(1234.5, -2) = 1200           | abs(-3) = 3
min(3, 1, 2) = 1 | max(3, 1, 2) = 3
max(${n}, ${neg}, ${none}) = 42
sum(1, ${n}, ${none}) = 43               | max(-1, -2) = -1                   | pow(2, 10) = 1024
sqrt(9) = 3                              | exp(0) = 1                         | log10(1000) = 3
boolean('x')                             | boolean('') = false()              | boolean-from-string('1')
boolean-from-string('TRUE')              | regex(${word}, '^[a-z]{3}$')       | regex(${n}, '[0-9]')
checklist(2, 3, true(), true(), false()) | checklist(-1, 1, ${none}, 'x')     | ${day} < '2021-07-02'
date(${day}) < date('2021-07-02')        | date('1970-01-02') = 1             | date('2021-07-01') = ${day}
date(${day}) + 1 = date('2021-07-02')    | number(date('1970-01-11')) = 10    | date(10) = '1970-01-11'
date(${time}) = ${day} | not(date(${none}) = 0)
format-date(${day}, '%Y/%m/%d') = '2021/07/01'
format-date(${day}, '%n-%e-%y') = '7-1-21' | format-date(${none}, '%Y') = ''
format-date-time(${time}, '%h.%M:%S') = '8.05:09'
decimal-date-time('1970-01-02T12:00:00Z') = 1.5 | string(date(${day})) = '2021-07-01'
string(true()) = 'true'
"""
FALSE = """
${n} = '42.0'                            | ${none} = 0                        | ${none} < 1
${none} >= 0                             | ${word} = 0                        | ${word} < 5
0 div 0 = 0 div 0                        | not(${word})                       | ${none} and ${word}
selected(${many}, 'z')                   | contains(${name}, 'silva')         | number('1e3') = 1000
number('+5') = 5                         | number('-') = 0                    | int('x') = 0
boolean-from-string('yes')               | regex(${word}, '^b')               | 'a' < 'b'
3 > 2 > 1                                | ${day} = '2021-7-1'                | date('2021-02-30') = 18688
min(${none}, 'x') = 0                    | starts-with('abc', 'b')            | ${n} != 42
"""


def rows(table: str) -> list[str]:
    return [cell.strip() for line in table.strip().splitlines() for cell in line.split(" | ") if cell.strip()]


@pytest.mark.parametrize("expression", rows(TRUE))
def test_what_is_true(expression: str) -> None:
    assert holds(expression) is True


@pytest.mark.parametrize("expression", rows(FALSE))
def test_what_is_false(expression: str) -> None:
    assert holds(expression) is False


def test_the_table_is_large_enough() -> None:
    assert len({*rows(TRUE), *rows(FALSE)}) >= 120


def test_what_stands_there_already_is_once() -> None:
    assert holds("once('x') = '42'", "n")
    assert holds("once('x') = 'x'", "none")
    assert holds("string-length() = 3", "word")


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("substr(${word}, ${n}) = ''", "places of substr()"),
        ("selected-at(${many}, ${n}) = ''", "place of selected-at()"),
        ("format-date(${day}, ${word}) = ''", "pattern of format-date()"),
        ("format-date(${day}, '%b') = 'Jul'", '"%b"'),
        ("decimal-date-time(${day}) > 1", "time zone of the phone"),
        ("decimal-date-time('2021-07-01T08:00:00') > 1", "bears no offset"),
        ("${time} > ${day}", "times of day"),
        ("now() > 1", "now()"),
        ("max() = 1", "0 arguments where 1 or more are needed"),
        ("round(1, 2, 3) = 1", "3 arguments where 1 to 2 are needed"),
        ("regex(${word}, '(a)\\1')", '"\\1"'),
        ("regex(${word}, '(?=a)')", "looks around"),
        ("regex(${word}, '\\bword')", '"\\b"'),
        ("regex(${word}, 'a++')", "possessive"),
        ("regex(${word}, '[]a]')", "cannot be read at character 2"),
        ("regex(${word}, '[a[b]]')", "within a class"),
        ("regex(${word}, 'a{2,1}')", "cannot be read"),
        ("regex(${word}, '*a')", "cannot be read at character 1"),
        ("regex(${word}, '((a{99}){99}){99}')", "too large"),
        ("regex(${word}, 'a.{12}b')", "too large"),
        ("regex(${word}, '" + "(" * 25 + "a" + ")" * 25 + "')", "more than 20 groups"),
    ],
)
def test_what_is_not_evaluated_says_why(expression: str, words: str) -> None:
    result = evaluate(expression, {name: pd.Series([text]) for name, text in ROW.items()})
    assert isinstance(result, NotEvaluated)
    assert words in result.reason


def test_references_are_told_even_of_functions_that_are_not_known() -> None:
    assert references("selected(${a}, 'x') and ${ b } > position(${a})") == ("a", "b")
    assert references("../a = 1") == ()


def test_an_attribute_of_a_choice_is_a_bare_name() -> None:
    answers = TextColumn(levels=("32", "33", ""), codes=np.array([0, 1, 2, 0], dtype=np.int32))
    evaluator = Evaluator({"province": answers}, 4)
    held = evaluator.holds_for("province = ${province}", {"province": "32"})
    assert not isinstance(held, NotEvaluated)
    assert held.tolist() == [True, False, False, True]
    chosen = TextColumn(levels=("33", "32"), codes=np.array([0, 0, 0, 1], dtype=np.int32))
    held = evaluator.holds_for("province = ${province}", {"province": chosen})
    assert not isinstance(held, NotEvaluated)
    assert held.tolist() == [False, True, False, True]
    assert isinstance(evaluator.holds("province = ${province}"), NotEvaluated)


CELLS = st.sampled_from(["", "1", "2", "10", "-3", "2.5", "a", "b", "a b", "b c", "2021-07-01", "x y"])
EXPRESSIONS = st.recursive(
    st.sampled_from(["${a}", "${b}", "${c}", ".", "1", "2.5", "'a'", "''", "true()", "date('2021-07-01')"]),
    lambda inner: st.one_of(
        st.tuples(
            inner,
            st.sampled_from(["+", "-", "*", "div", "mod", "=", "!=", "<", "<=", ">", ">=", "and", "or"]),
            inner,
        ).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"),
        st.tuples(st.sampled_from(["not", "number", "string", "count-selected", "abs", "round"]), inner).map(
            lambda parts: f"{parts[0]}({parts[1]})"
        ),
        st.tuples(st.sampled_from(["selected", "coalesce", "contains", "concat", "max"]), inner, inner).map(
            lambda parts: f"{parts[0]}({parts[1]}, {parts[2]})"
        ),
        st.tuples(inner, inner, inner).map(lambda parts: f"if({parts[0]}, {parts[1]}, {parts[2]})"),
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(EXPRESSIONS, st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=5))
def test_a_column_is_judged_as_its_rows_are_one_by_one(
    expression: str, cells: list[tuple[str, str, str]]
) -> None:
    whole = pd.DataFrame(cells, columns=["a", "b", "c"])
    result = evaluate(expression, {name: whole[name] for name in whole}, self_name="a")
    singly = []
    for row in cells:
        columns = {name: pd.Series([cell]) for name, cell in zip("abc", row, strict=True)}
        single = evaluate(expression, columns, self_name="a")
        assert not isinstance(single, NotEvaluated), expression
        singly.append(bool(single.iloc[0]))
    assert not isinstance(result, NotEvaluated), expression
    assert result.tolist() == singly
