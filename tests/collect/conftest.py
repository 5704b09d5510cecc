"""A small instrument and a wave folder to put exports into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from netralstat.ask.instrument import Choice, Instrument, Item
from netralstat.ask.plan import Plan, read_plan

WAVE = """
schema = "netralstat.wave/1"
id = "small"
title = {{ id = "Kecil", en = "Small" }}
[ask]
instrument = "form.xlsx"
version = "1"
[collect]
{collect}
{sources}
[design]
weight = "pw"
[report]
institution = {{ id = "Lembaga", en = "Office" }}
version = "1"
date = 2021-12-16
"""
SOURCE = '[[collect.sources]]\npath = "export.csv"\nkind = "table"\ndelimiter = ";"\n'


def yes_no(*, refused: bool = True) -> tuple[Choice, ...]:
    names = (Choice(name="yes"), Choice(name="no"))
    return (*names, Choice(name="refused", missing="refused")) if refused else names


@pytest.fixture
def instrument() -> Instrument:
    forms = (
        Choice(name="banner"),
        Choice(name="rally"),
        Choice(name="none"),
        Choice(name="refused", missing="refused"),
    )
    items = (
        Item(name="consent", kind="select_one", choices=yes_no(refused=False), required=True),
        Item(name="intro", kind="note"),
        Item(name="age", kind="integer", constraint=". >= 18 and . <= 70", required=True, group=("main",)),
        Item(
            name="done",
            kind="select_multiple",
            choices=forms,
            group=("main", "acts"),
            constraint="not(selected(., 'none') and count-selected(.) > 1)",
        ),
        Item(
            name="own",
            kind="select_one",
            choices=yes_no(),
            required=True,
            relevant="selected(${done}, 'banner') or selected(${done}, 'rally')",
            group=("main", "acts"),
        ),
        Item(name="share", kind="decimal"),
        Item(name="day", kind="date"),
        Item(name="start", kind="datetime"),
        Item(name="remark", kind="text"),
    )
    return Instrument(
        id="small", version="1", titles={"en": "Small"}, languages=("en",), default_language="en", items=items
    )


HEADER = "consent;age;done;own;share;day;start;remark;pw"
ROW = "yes;40;none;;1.5;2021-07-02;2021-07-02T08:00:00.000+07:00;;2.5"


@pytest.fixture
def wave(tmp_path: Path) -> Callable[..., Plan]:
    """Write an export and its wave file; give the plan."""

    def write(text: str | bytes = f"{HEADER}\n{ROW}\n", *, collect: str = "", source: str = "") -> Plan:
        folder = tmp_path / "surveys" / "small"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "export.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
        if "[[" not in source:
            mode = "" if "select_multiple" in source else 'select_multiple = "joined"\n'
            source = f"{SOURCE}{mode}{source}"
        declared = WAVE.format(collect=collect, sources=source)
        (folder / "wave.toml").write_text(declared, encoding="utf-8")
        return read_plan(folder)

    return write
