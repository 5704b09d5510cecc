"""Words: the same keys and fields in both languages, each used, each used one known."""

import ast
import re
import string
from functools import cache
from pathlib import Path

import pytest

import netralstat.report
from netralstat.errors import ReportError
from netralstat.report.words import Words, templates

PACKAGE = Path(netralstat.report.__file__).parent
PLURAL = (".one", ".other")
BY_RULE = "rule."  # asked for by the name of a broken rule


def _fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@cache
def _strings() -> set[str]:
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
    for path in (PACKAGE / "templates").glob("*.j2"):
        found |= set(re.findall(r'w\("([a-z_.]+)"', path.read_text(encoding="utf-8")))
    return found


def test_same_keys() -> None:
    assert sorted(templates("id")) == sorted(templates("en"))


def test_same_named_fields() -> None:
    fields = {key: (_fields(templates("id")[key]), _fields(templates("en")[key])) for key in templates("id")}
    assert len(fields) > 900
    for key, (indonesian, english) in fields.items():
        assert all(name.isidentifier() for name in indonesian | english), key
    unlike = [key for key, (indonesian, english) in fields.items() if indonesian != english]
    assert [key for key in unlike if not key.startswith("count.")] == []


def test_no_word_is_unused() -> None:
    strings = _strings()
    unused = []
    for key in templates("id"):
        stem = re.sub(r"\.(one|other)$", "", key)
        if key not in strings and stem not in strings and not key.startswith(BY_RULE):
            unused.append(key)
    assert unused == []


def test_every_asked_word_is_known() -> None:
    sections = {key.split(".")[0] for key in templates("id")} - {"rule"}
    pattern = re.compile(rf"(?:{'|'.join(sorted(sections))})\.[a-z_]+\Z")
    asked = {text for text in _strings() if pattern.match(text) and not text.endswith((".csv", ".json"))}
    known = set(templates("id")) | {re.sub(r"\.(one|other)$", "", key) for key in templates("id")}
    files = {path.name for path in PACKAGE.rglob("*.*")}
    assert asked - known - files == set()


def test_plural_and_missing() -> None:
    english = Words("en")
    assert english.plural("drivers.rest", 1) == "1 other factor or category is not significantly associated."
    assert (
        english.plural("drivers.rest", 2) == "2 other factors or categories are not significantly associated."
    )
    with pytest.raises(ReportError, match=r'word "term.tabel"[\s\S]*Did you mean "term.table"'):
        english("term.tabel")
    with pytest.raises(ReportError, match="asks for the field 'number'"):
        english("term.table")
    with pytest.raises(ReportError, match='no words in the language "fr"'):
        Words("fr")("term.table")


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("id", "Kurang dari 1 dari 100 anggota populasi sasaran."),
        ("en", "Fewer than 1 in 100 members of the target population."),
    ],
)
def test_a_rare_thing_is_told_once_as_few(language: str, told: str) -> None:
    w = Words(language)
    assert w("findings.share", one_in=w("findings.rare")) == told
