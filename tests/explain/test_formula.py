"""The grammar of formulas: what it reads, and that nothing outside it is read, let alone run."""

from __future__ import annotations

import builtins
import os

import pytest

from netralstat.errors import UsageError
from netralstat.explain.formula import MAX_LENGTH, Variable, curve_named, parse


def told(text: str) -> list[str]:
    return [":".join(variable.name for variable in term) for term in parse(text).terms]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("y ~ a", ["a"]),
        ("y~a+b", ["a", "b"]),
        ("  y  ~  a  +  b  ", ["a", "b"]),
        ("y ~ a * b", ["a", "b", "a:b"]),
        ("y ~ a * b * c", ["a", "b", "c", "a:b", "a:c", "b:c", "a:b:c"]),
        ("y ~ a:b + a", ["a", "a:b"]),
        ("y ~ a + a", ["a"]),
        ("y ~ a:b + b:a", ["a:b"]),
        ("y ~ a:a", ["a"]),
        ("y ~ a * a", ["a"]),
        ("y ~ poly(a, 2) * b", ["a", "b", "a:b"]),
        ("y ~ asked/f01_social_media + design.weight", ["asked/f01_social_media", "design.weight"]),
        ("y ~ 1", []),
    ],
)
def test_terms(text: str, terms: list[str]) -> None:
    assert told(text) == terms


@pytest.mark.parametrize(
    ("text", "intercept"),
    [
        ("y ~ a", True),
        ("y ~ 1 + a", True),
        ("y ~ 0 + a", False),
        ("y ~ a - 1", False),
        ("y ~ -1 + a", False),
        ("y ~ a + 0", False),
    ],
)
def test_the_intercept(text: str, intercept: bool) -> None:
    assert parse(text).intercept is intercept


def test_factors_and_their_references() -> None:
    formula = parse("""y ~ C(a) + C( b , ref = "x y") + C(c, ref='it"s') + d""")
    assert [term[0] for term in formula.terms] == [
        Variable(name="a", factor=True),
        Variable(name="b", factor=True, reference="x y"),
        Variable(name="c", factor=True, reference='it"s'),
        Variable(name="d"),
    ]
    assert formula.variables == ("a", "b", "c", "d")
    assert formula.outcome == "y"


def test_curves_are_names_and_whole_numbers() -> None:
    formula = parse("y ~ poly( age , 2 ) + spline(tenure,4):sex + poly + spline")
    assert [variable.label for term in formula.terms for variable in term] == [
        *("poly(age, 2)", "poly", "spline", "spline(tenure, 4)", "sex"),
    ]
    assert formula.variables == ("age", "poly", "spline", "tenure", "sex")
    assert curve_named("spline(tenure, 4)") == Variable(name="tenure", curve="spline", columns=4)
    for part in ("tenure", "C(tenure)", "poly(tenure)", "poly(tenure, 2):sex", ""):
        assert curve_named(part) is None


REFUSED = {
    "y ~ poly(a)": 'character 9: "(a)"',
    "y ~ poly(a, b)": 'character 9: "(a, b)"',
    "y ~ poly(a, 2.5)": 'character 9: "(a, 2.5)"',
    "y ~ poly(a, -2)": 'character 9: "(a, -2)"',
    "y ~ poly(a, 2, raw=TRUE)": 'character 9: "(a, 2, raw=TRUE)"',
    "y ~ poly(a, 0)": "poly(a, 0) has a degree outside 1 to 10",
    "y ~ poly(a, 100)": "poly(a, 100) has a degree outside 1 to 10",
    "y ~ spline(a, 21)": "spline(a, 21) has columns outside 1 to 20",
    "y ~ spline(C(a), 4)": 'character 11: "(C(a), 4)"',
    "poly(y, 2) ~ a": "has no single outcome",
    "y ~ a + poly(a, 2)": 'writes the variable "a" in two ways',
    "y ~ poly(a, 2) + spline(a, 2)": 'writes the variable "a" in two ways',
    "": 'formula "" has no single outcome before "~"',
    "a + b": "has no single outcome",
    "~ a": "has no single outcome",
    "a + b ~ c": "has no single outcome",
    "log(y) ~ a": "has no single outcome",
    "y ~": 'character 4: "its end"',
    "y ~ a +": 'character 8: "its end"',
    "y ~ + a": 'character 4: "+ a"',
    "y ~ a b": 'character 6: "b"',
    "y ~ a ~ b": 'character 6: "~ b"',
    "y ~ a - b": 'character 8: "b"',
    "y ~ -0 + a": "cannot be read at character",
    "y ~ a ** 2": 'character 8: "* 2"',
    "y ~ a ^ 2": 'character 6: "^ 2"',
    "y ~ 2 * a": 'character 4: "2 * a"',
    "y ~ (a + b)": 'character 4: "(a + b)"',
    "y ~ I(a)": 'character 6: "(a)"',
    "y ~ np.log(a)": 'character 11: "(a)"',
    "y ~ a % b": 'character 6: "% b"',
    "y ~ a | b": 'character 6: "| b"',
    "y ~ C(a": 'character 6: "(a"',
    "y ~ C(a, ref=x)": 'character 6: "(a, ref=x)"',
    "y ~ C(a, Treatment)": 'character 6: "(a, Treatment)"',
    "y ~ C()": 'character 6: "()"',
    "y ~ a; import os": 'character 6: "; import os"',
    "y ~ a\x00": "cannot be read at character 6",
    "y ~ `a`": "cannot be read at character 4",
    "y ~ a if True else b": 'character 6: "if True else b"',
    "y ~ [x for x in ().__class__.__bases__]": "cannot be read at character 4",
    "y ~ __import__('os').system('touch here')": "character 15: \"('os').system",
    "y ~ {a}": "cannot be read at character 4",
    "y ~ a + C(a)": 'writes the variable "a" in two ways',
    "y ~ C(a, ref='x') + a:b": 'writes the variable "a" in two ways',
    "y ~ C(a, ref='x') + C(a, ref='y')": 'writes the variable "a" in two ways',
}


@pytest.mark.parametrize("text", REFUSED)
def test_refusal(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise AssertionError("a formula was evaluated")

    monkeypatch.setattr(builtins, "eval", forbidden)
    monkeypatch.setattr(builtins, "exec", forbidden)
    monkeypatch.setattr(os, "system", forbidden)
    with pytest.raises(UsageError) as problem:
        parse(text)
    assert REFUSED[text] in problem.value.fact
    assert problem.value.where
    assert problem.value.do


def test_words_of_python_are_names_of_columns_and_nothing_else() -> None:
    assert told("y ~ lambda: a + exec") == ["exec", "lambda:a"]


def test_length_is_limited() -> None:
    text = "y ~ " + " + ".join(f"item_{i}" for i in range(2_000))
    assert len(text) > MAX_LENGTH
    with pytest.raises(UsageError, match=r"the formula has 22,\d+ characters; 10,000 is the limit"):
        parse(text)
