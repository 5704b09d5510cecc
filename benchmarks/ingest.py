"""Seconds and memory from an export to checked responses: a synthetic KoboToolbox form of 140 columns.

    .venv/bin/python benchmarks/ingest.py [--rows 100000] [--formats csv,xlsx,sav] [--repeat 3] [--keep DIR]

The same answers are written as CSV, as a typed XLSX (by XlsxWriter, as KoboToolbox does) and as .sav; then
each is read, mapped and checked in a fresh process: "read" times `read_source` alone, "all" `read_responses`.
Memory is the peak of the process and, beside it, of the child that reads the file for it. Writing the XLSX
takes minutes; `--keep` leaves the files in a folder, and takes those that are there.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024
AIMS = {"csv": (8.0, 1_000.0), "xlsx": (25.0, None), "sav": (12.0, None)}
YES_NO = {"ya": "Ya", "tidak": "Tidak", "tt": "Tidak tahu", "mj": "Menolak menjawab"}
SCALE = {"1": "Sangat tidak setuju", "2": "Tidak setuju", "3": "Netral", "4": "Setuju", "5": "Sangat setuju"}
ACTS = {f"b{number:02}": f"Tindakan {number}" for number in range(1, 13)} | {"menolak": "Menolak menjawab"}
PROVINCES = {f"prov_{number:02}": f"Provinsi {number}" for number in range(1, 39)}
REASONS = {"tt": "dont_know", "mj": "refused", "menolak": "refused"}
LISTS = {"yes_no": YES_NO, "scale": SCALE, "acts": ACTS, "provinces": PROVINCES}
META = ("_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status", "_submitted_by")
META = (*META, "__version__", "_tags", "_index")
WAVE = """schema = "netralstat.wave/1"
id = "ingest"
title = {{ id = "Uji", en = "Benchmark" }}
[ask]
instrument = "form.xlsx"
version = "1"
[collect]
timezone = "Asia/Jakarta"
{unique}
[[collect.sources]]
path = "export.{suffix}"
{declared}
[design]
weight = "pw"
stratum = "stratum"
psu = "psu"
[report]
institution = {{ id = "Lembaga", en = "Office" }}
version = "1"
date = 2024-12-31
"""
KOBO = 'kind = "kobo"\n'
DECLARED = {"csv": f'{KOBO}delimiter = ";"', "xlsx": KOBO}


def form() -> list[dict[str, str]]:
    """The rows of the survey sheet: 61 select_one, 28 of them scales, three select_multiple, and others."""
    rows: list[dict[str, str]] = [{"type": kind, "name": kind} for kind in ("start", "end", "today")]
    rows.append({"type": "select_one provinces", "name": "prov", "required": "yes"})
    rows.append({"type": "integer", "name": "umur", "constraint": ". >= 18 and . <= 70", "required": "yes"})
    rows.append({"type": "integer", "name": "masa_kerja", "constraint": ". <= ${umur} - 15"})
    for number in range(48):
        row = {"type": "select_one yes_no", "name": f"lihat_{number:02}", "required": "yes"}
        if number % 4 == 3:
            row["relevant"] = f"${{lihat_{number - 1:02}}} = 'ya'"
        rows.append(row)
    rows += [
        {"type": "select_one scale", "name": f"skala_{number:02}", "required": "yes"} for number in range(28)
    ]
    for name in ("diminta", "pernah", "tahu"):
        rule = "not(selected(., 'menolak') and count-selected(.) > 1)"
        rows.append({"type": "select_multiple acts", "name": name, "constraint": rule})
    rows += [
        {"type": "text", "name": "saran"},
        {"type": "text", "name": "alasan"},
        {"type": "date", "name": "tgl"},
    ]
    return [{"label": row["name"], **row} for row in rows]


def write_form(path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    survey = book.active
    survey.title = "survey"
    names = ("type", "name", "label", "required", "relevant", "constraint")
    survey.append(names)
    for row in form():
        survey.append([row.get(name) for name in names])
    choices = book.create_sheet("choices")
    choices.append(("list_name", "name", "label", "nst_missing"))
    for listed, texts in LISTS.items():
        for name, label in texts.items():
            choices.append((listed, name, label, REASONS.get(name)))
    settings = book.create_sheet("settings")
    settings.append(("form_id", "form_title", "version"))
    settings.append(("ingest", "Ingest", "1"))
    book.save(path)


def answers(n_rows: int) -> dict[str, Sequence[str]]:
    """The columns of the export as text, drawn with a seed."""
    dice = np.random.default_rng(20241231)
    began = np.datetime64("2024-11-01T01:00:00", "s") + dice.integers(0, 40 * 86_400, n_rows)
    ended = began.astype("datetime64[ms]") + dice.integers(600_000, 3_600_000, n_rows)
    days = began.astype("datetime64[D]").astype(str)
    columns: dict[str, Sequence[str]] = {
        "start": [f"{one}.000+07:00" for one in began.astype(str)],
        "end": [f"{one}+07:00" for one in ended.astype(str)],
        "today": days.tolist(),
    }
    age = dice.integers(17, 72, n_rows)  # some break the constraint
    for row in form()[3:]:
        name, kind = row["name"], row["type"]
        if name == "umur":
            texts = age.astype(str)
        elif name == "masa_kerja":
            texts = np.minimum(age - 18, dice.integers(0, 30, n_rows)).astype(str)
        elif kind.startswith("select_one"):
            codes = np.array(list(LISTS[kind.split()[1]]), dtype=object)
            texts = codes[dice.integers(0, len(codes), n_rows)]
            if "relevant" in row:
                texts[np.asarray(columns[row["relevant"].split("}")[0][2:]]) != "ya"] = ""
        elif kind.startswith("select_multiple"):
            chosen = dice.random((n_rows, len(ACTS))) < 0.15
            chosen[:, -1] &= ~chosen[:, :-1].any(axis=1)
            named = np.where(chosen, np.array([f" {code}" for code in ACTS], dtype=object), "")
            texts = [text[1:] for text in named.sum(axis=1)]
            empty = np.array([not text for text in texts])
            split = {
                f"{name}/{code}": np.where(empty, "", np.where(chosen[:, at], "1", "0")).tolist()
                for at, code in enumerate(ACTS)
            }
            columns |= {name: texts, **split}
            continue
        elif kind == "date":
            texts = days
        else:
            told = dice.random(n_rows) < 0.3
            texts = [f"jawaban terbuka {one}; {one % 7}" if by else "" for one, by in enumerate(told)]
        columns[name] = list(texts)
    words = dice.integers(0, 2**32, (n_rows, 4))
    uuids = ["-".join(f"{word:08x}" for word in line) for line in words.tolist()]
    columns |= {"pw": [f"{one:.6f}" for one in dice.gamma(2, 20, n_rows)]}
    columns |= {"stratum": [f"h{one}" for one in dice.integers(0, 40, n_rows)]}
    columns |= {"psu": [f"c{one}" for one in dice.integers(0, 900, n_rows)]}
    fixed = {name: [""] * n_rows for name in META}
    made = {"_id": [str(410_000_000 + one) for one in range(n_rows)], "_uuid": uuids}
    made |= {"_submission_time": [str(one) for one in ended.astype("datetime64[s]")]}
    made |= {"_index": [str(one) for one in range(1, n_rows + 1)], "__version__": ["v1"] * n_rows}
    return columns | fixed | made


def write_csv(columns: Mapping[str, Sequence[str]], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def write_xlsx(columns: Mapping[str, Sequence[str]], path: Path) -> None:
    """As KoboToolbox writes typed cells: numbers and dates where the question gives them, no empty cells."""
    import xlsxwriter

    kinds = {row["name"]: row["type"] for row in form()}
    typed = {name: kind for name, kind in kinds.items() if kind in ("start", "end", "today", "date")}
    numbers = {name for name in columns if "/" in name} | {"umur", "masa_kerja", "pw", "_id", "_index"}
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Ingest")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(0, 0, columns)
        for number, row in enumerate(zip(*columns.values(), strict=True), start=1):
            for place, (name, text) in enumerate(zip(columns, row, strict=True)):
                if not text:
                    continue
                if name in typed:
                    local = np.datetime64(text.removesuffix("+07:00")).item()
                    sheet.write_datetime(number, place, local, day if len(text) == 10 else moment)
                elif name in numbers:
                    sheet.write_number(number, place, float(text))
                else:
                    sheet.write_string(number, place, text)


def write_sav(columns: Mapping[str, Sequence[str]], path: Path) -> None:
    """Without what KoboToolbox adds; numbers as numbers, and names that SPSS allows."""
    import pandas as pd
    import pyreadstat

    numbers = {name for name in columns if "/" in name or name.startswith("skala")} | {
        "umur",
        "masa_kerja",
        "pw",
    }
    frame = pd.DataFrame(
        {
            name.replace("/", "."): pd.to_numeric(pd.Series(texts)) if name in numbers else texts
            for name, texts in columns.items()
            if not name.startswith("_")
        }
    )
    pyreadstat.write_sav(frame, str(path))


def wave_file(suffix: str) -> str:
    if suffix in DECLARED:
        return WAVE.format(suffix=suffix, declared=DECLARED[suffix], unique='unique = ["_uuid"]')
    names = [f'"{name}.{code}" = "{name}/{code}"' for name in ("diminta", "pernah", "tahu") for code in ACTS]
    declared = f'kind = "table"\ncolumns = {{ {", ".join(names)} }}'
    return WAVE.format(suffix=suffix, declared=declared, unique="")


WRITERS: Mapping[str, Callable[[Mapping[str, Sequence[str]], Path], None]] = {
    "csv": write_csv,
    "xlsx": write_xlsx,
    "sav": write_sav,
}


def make(folder: Path, formats: Sequence[str], n_rows: int) -> None:
    """Write what is absent of the form, the wave files and the exports."""
    columns: dict[str, Sequence[str]] = {}
    for suffix in formats:
        wave = folder / "surveys" / f"{suffix}-{n_rows}"
        wave.mkdir(parents=True, exist_ok=True)
        write_form(wave / "form.xlsx")
        (wave / "wave.toml").write_text(wave_file(suffix), encoding="utf-8")
        if not (export := wave / f"export.{suffix}").exists():
            columns = columns or answers(n_rows)
            partly = export.with_suffix(f".part.{suffix}")
            WRITERS[suffix](columns, partly)
            partly.rename(export)


def measured(folder: Path, work: str) -> None:
    """Do one work and tell its seconds and memory as JSON; runs in a process of its own."""
    from netralstat.ask.plan import read_plan
    from netralstat.ask.xlsform import read_xlsform
    from netralstat.collect.responses import read_responses
    from netralstat.collect.sources import read_source

    plan = read_plan(folder)
    instrument = read_xlsform(folder / "form.xlsx")
    start = time.perf_counter()
    if work == "source":
        table = read_source(plan.collect.sources[0], plan)
        shape = (table.n_rows, len(table.header))
    else:
        responses = read_responses(plan, instrument)
        shape = (responses.n_read, len(responses.findings))
    seconds = time.perf_counter() - start
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(
        json.dumps({"seconds": seconds, "mb": [peak * MAXRSS_BYTES / 1e6 for peak in peaks], "shape": shape})
    )


def timed(folder: Path, work: str, repeat: int) -> tuple[float, list[float], list[int]]:
    """Median seconds, largest memory of the process and of its child, and what was read, of `repeat` runs."""
    told = []
    for _ in range(repeat):
        command = [sys.executable, __file__, "--work", work, "--keep", str(folder)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            sys.exit(f"{folder.name} ended with {run.returncode}:\n{run.stderr}")
        told.append(json.loads(run.stdout))
    peaks = [max(one["mb"][place] for one in told) for place in (0, 1)]
    return statistics.median(one["seconds"] for one in told), peaks, told[0]["shape"]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Time reading, mapping and checking of an export.")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--formats", default="csv,xlsx,sav")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--work", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        return measured(asked.keep, asked.work)
    formats = asked.formats.split(",")
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        make(folder, formats, asked.rows)
        print(f"Python {platform.python_version()}, {os.cpu_count()} cores; median of {asked.repeat} runs")
        titles = ("rows", "columns", "read s", "all s", "aim s", "MB", "child", "aim")
        print(f"{'':<6}" + "".join(f"{title:>9}" for title in titles))
        for suffix in formats:
            wave = folder / "surveys" / f"{suffix}-{asked.rows}"
            read, _, shape = timed(wave, "source", asked.repeat)
            whole, peaks, _ = timed(wave, "responses", asked.repeat)
            seconds, memory = AIMS[suffix]
            print(
                f"{suffix:<6}{shape[0]:>9,}{shape[1]:>9,}{read:>9.2f}{whole:>9.2f}{seconds:>9.1f}"
                f"{peaks[0]:>9,.0f}{peaks[1]:>9,.0f}{memory or '':>9}"
            )
    return None


if __name__ == "__main__":
    main()
