"""A form with an item of every sort, responses to it, and a wave that reads a clean file of them back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from netralstat.ask.instrument import Choice, Instrument, Item
from netralstat.ask.plan import Plan, read_plan
from netralstat.collect.responses import Responses
from netralstat.collect.values import REASONS
from netralstat.collect.writers.clean_file import Written

ZONE = "Asia/Jakarta"


def choice(name: str, label: str, english: str, missing: str | None = None) -> Choice:
    return Choice(name=name, labels={"id": label, "en": english}, default_language="id", missing=missing)


def item(name: str, kind: str, **more: Any) -> Item:
    labels = {"id": f"Pertanyaan {name}", "en": f"Question {name}"}
    return Item(name=name, kind=kind, labels=labels, default_language="id", **more)


OWN = (
    choice("yes", "Ya", "Yes"),
    choice("no", "Tidak", "No"),
    choice("mj", "Tak mau bilang", "Won't say", "refused"),
)
SCALE = (
    *(choice(str(n), f"Taraf {n}", f"Level {n}") for n in (1, 2, 5)),
    choice("98", "TT", "DK", "dont_know"),
)
ACTS = (
    choice("rally", "Kampanye", "Rally"),
    choice("=cmd", "Spanduk", "Banner"),
    choice("mj", "M", "R", "refused"),
)
FORM = Instrument(
    id="small",
    version="1",
    titles={"en": "Small"},
    languages=("id", "en"),
    default_language="id",
    items=(
        item("own", "select_one", choices=OWN),
        item("scale", "select_one", choices=SCALE),
        item("done", "select_multiple", choices=ACTS),
        item("intro", "note"),
        item("age", "integer"),
        item("share", "decimal"),
        item("day", "date"),
        item("begun", "datetime"),
        item("later", "select_one", choices=OWN, relevant="${own} = 'yes'"),
        item("sum", "calculate", calculation="${age} + 1"),
        item("remark", "text"),
        item("about_remark", "calculate", calculation="string-length(${remark})"),
        item("device", "hidden"),
        item("place", "geopoint"),
    ),
)
TEXTS = ("remark", "about_remark", "device", "place")
"""Items that are left out unless asked for."""

NO_ANSWER = {"select_one": None, "integer": np.nan, "decimal": np.nan, "date": "NaT", "datetime": "NaT"}


def responses(answers: dict[str, list[Any]], weights: list[float]) -> Responses:
    """Responses out of answers by item; where there is none, a text "reason:…" says why."""
    frame: dict[str, Any] = {}
    missing: dict[str, list[str]] = {}
    for asked in FORM.answerable:
        cells = answers[asked.name]
        why = [cell[7:] if isinstance(cell, str) and cell.startswith("reason:") else "" for cell in cells]
        assert set(why) <= set(REASONS)
        missing[asked.name] = why
        given = [
            NO_ANSWER.get(asked.kind) if reason else cell for cell, reason in zip(cells, why, strict=True)
        ]
        if asked.kind == "select_multiple":
            for code in asked.valid_codes:
                frame[f"{asked.name}/{code}"] = np.array(
                    [np.nan if chosen is None else float(code in chosen) for chosen in given]
                )
        else:
            frame[asked.name] = typed(asked, given)
    frame["pw"] = np.array(weights)
    nothing = pd.DataFrame({"source": [], "row": [], "rule": []})
    rows = pd.DataFrame({"source": "x.csv", "row": np.arange(len(weights)) + 2})
    return Responses(
        frame=pd.DataFrame(frame),
        missing=pd.DataFrame(missing, dtype=object),
        findings=nothing,
        rejected=nothing,
        rows=rows,
        n_read=len(weights),
        sources=(),
    )


def typed(asked: Item, given: list[Any]) -> Any:
    if asked.kind == "select_one":
        return pd.Categorical(given, categories=pd.Index(asked.valid_codes, dtype="str"))
    if asked.kind in ("integer", "decimal"):
        return np.array(given, dtype=np.float64)
    if asked.kind == "date":
        return np.array(given, dtype="datetime64[s]")
    if asked.kind == "datetime":
        return pd.DatetimeIndex(np.array(given, dtype="datetime64[ms]"), tz="UTC").tz_convert(ZONE)
    return pd.array(given, dtype="str")


WAVE = """
schema = "netralstat.wave/1"
id = "small"
title = {{ id = "Kecil", en = "Small" }}
[ask]
instrument = "form.xlsx"
version = "1"
[collect]
timezone = "{zone}"
[collect.missing]
codes = {{ {codes} }}
[[collect.sources]]
path = "{path}"
kind = "netralstat"
structure = "{codebook}"
[design]
weight = "pw"
[report]
institution = {{ id = "Lembaga", en = "Office" }}
version = "1"
date = 2021-12-16
"""


def wave(written: Written, zone: str = "UTC") -> Plan:
    """The wave file that reads a clean file in its folder, in whatever zone the wave is."""
    folder = written.path.parent
    codes = written.codes or {reason: f".{reason}" for reason in REASONS[1:]}
    listed = ", ".join(f'"{code}" = "{reason}"' for reason, code in codes.items())
    text = WAVE.format(zone=zone, codes=listed, path=written.path.name, codebook=written.codebook.name)
    (folder / "wave.toml").write_text(text, encoding="utf-8")
    return read_plan(folder)


def folder_in(path: Path) -> Path:
    """A wave folder."""
    found = path / "surveys" / "small"
    found.mkdir(parents=True, exist_ok=True)
    return found
