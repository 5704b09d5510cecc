"""Kinds of answers that stay text: what is taken, and how it is written."""

from __future__ import annotations

import numpy as np
import pytest

from netralstat.ask.instrument import Choice, Item
from netralstat.collect.text_table import TextColumn
from netralstat.collect.values import read_values

ABC = tuple(Choice(name=code) for code in "abc")


def typed(kind: str, *texts: str) -> list[str | None]:
    levels = tuple(dict.fromkeys(texts))
    codes = np.array([levels.index(text) for text in texts], dtype=np.int32)
    item = Item(name="x", kind=kind, choices=ABC if kind == "rank" else ())
    values = read_values(item, TextColumn(levels=levels, codes=codes), {}, None)
    answers = [None if answer is None or answer != answer else str(answer) for answer in values.columns["x"]]
    return ["bad" if bad else answer for bad, answer in zip(values.bad, answers, strict=True)]


@pytest.mark.parametrize(
    ("kind", "texts", "answers"),
    [
        ("time", ["14:30:00.000+07:00", "08:05", "", "24:00", "8:05", "08:05:61"],
         ["14:30:00", "08:05:00", None, "bad", "bad", "bad"]),
        ("acknowledge", ["OK", "", "yes"], ["OK", None, "bad"]),
        ("rank", ["c a b", "b", "", "a a", "a z"], ["c a b", "b", None, "bad", "bad"]),
        ("geopoint", ["-6.2 106.8 0 5", ""], ["-6.2 106.8 0 5", None]),
        ("file", ["photo.jpg"], ["photo.jpg"]),
        ("barcode", ["0012"], ["0012"]),
    ],
)  # fmt: skip
def test_each_kind_takes_its_texts(kind: str, texts: list[str], answers: list[str | None]) -> None:
    assert typed(kind, *texts) == answers
