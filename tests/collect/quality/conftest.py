"""A form with a grid, an attention check, times, an interviewer and a list experiment; an export to match."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from netralstat.ask.instrument import Choice, Instrument, Item
from netralstat.ask.plan import Plan, read_plan

AGREE = (*(Choice(name=str(place)) for place in range(1, 6)), Choice(name="99", missing="refused"))
YES_NO = (Choice(name="yes"), Choice(name="no"), Choice(name="88", missing="dont_know"))
GRID = tuple(f"g{number}" for number in range(1, 7))
WAVE = """
schema = "netralstat.wave/1"
id = "field"
title = {{ id = "Lapangan", en = "Field" }}
synthetic = true
[ask]
instrument = "form.xlsx"
version = "1"
[collect]
unique = ["key"]
duplicates = "keep_first"
fieldwork = {{ start = 2021-07-01, end = 2021-07-30 }}
[[collect.sources]]
path = "export.csv"
kind = "table"
select_multiple = "joined"
{collect}
[design]
weight = "pw"
[report]
institution = {{ id = "Lembaga", en = "Office" }}
version = "1"
date = 2021-12-16
"""
HEADER = (
    "key,pw,start,end,interviewer,area,arm,count,sex,age," + ",".join(GRID) + ",attention,done,remark"
).split(",")
Write = Callable[..., Plan]


@pytest.fixture(scope="session")
def form() -> Instrument:
    items = (
        Item(name="start", kind="datetime"),
        Item(name="end", kind="datetime"),
        Item(name="interviewer", kind="hidden"),
        Item(name="area", kind="text"),
        Item(name="arm", kind="calculate", calculation="once(random())"),
        Item(name="count", kind="integer"),
        Item(name="sex", kind="select_one", choices=(Choice(name="m"), Choice(name="f"))),
        Item(name="age", kind="integer"),
        *(Item(name=name, kind="select_one", choices=AGREE, group=("main", "grid")) for name in GRID),
        Item(
            name="attention",
            kind="select_one",
            choices=AGREE,
            group=("main",),
            tags={"role": "attention", "correct": "2"},
        ),
        Item(name="done", kind="select_multiple", choices=YES_NO),
        Item(name="remark", kind="text"),
    )
    return Instrument(
        id="field",
        version="1",
        titles={"en": "Field"},
        languages=("en",),
        default_language="en",
        items=items,
    )


def rows(n: int = 60, seed: int = 4) -> list[dict[str, str]]:
    """`n` honest interviews: 20 minutes, varied answers, six interviewers in two areas."""
    draw = np.random.default_rng(seed)
    made = []
    for number in range(n):
        who = number % 6
        treated = int(draw.integers(2))
        grid = draw.permutation([1, 2, 3, 4, 5, int(draw.integers(1, 6))])
        made.append(
            {
                "key": f"k{number}",
                "pw": "1",
                "start": "2021-07-02T08:00:00+07:00",
                "end": f"2021-07-02T08:{20 + number % 3:02d}:00+07:00",
                "interviewer": f"E{who}",
                "area": "north" if who < 3 else "south",
                "arm": "treatment" if treated else "control",
                "count": str(int(draw.integers(0, 4)) + treated),
                "sex": "mf"[int(draw.integers(2))],
                "age": str(int(draw.integers(20, 60))),
                **{name: str(score) for name, score in zip(GRID, grid, strict=True)},
                "attention": "2",
                "done": ("yes", "no", "yes no")[int(draw.integers(3))],
                "remark": "",
            }
        )
    return made


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write an export, further files and the wave file; give the plan."""

    def make(answers: Sequence[dict[str, str]] | None = None, collect: str = "", **files: str) -> Plan:
        folder = tmp_path / "surveys" / "field"
        folder.mkdir(parents=True, exist_ok=True)
        lines = [",".join(HEADER)]
        lines += [",".join(row[name] for name in HEADER) for row in (rows() if answers is None else answers)]
        (folder / "export.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        for name, text in files.items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        (folder / "wave.toml").write_text(WAVE.format(collect=collect), encoding="utf-8")
        return read_plan(folder)

    return make
