"""The quality page: both languages, every chapter, nothing of an answer, the same bytes again."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from collect.quality.conftest import GRID, form, rows, write
from collect.quality.test_quality import EVERYTHING, stained
from wave_copies import WAVES

from netralstat import cli
from netralstat.ask.instrument import Instrument
from netralstat.ask.plan import Plan
from netralstat.ask.plan_quality import FLAGS
from netralstat.collect.quality.quality import check_quality
from netralstat.collect.responses import read_responses, read_unflagged
from netralstat.report.quality.chapters import CHAPTERS
from netralstat.report.quality.chapters.flags import MEANINGS, several_flags
from netralstat.report.quality.chapters.timing import classes
from netralstat.report.quality.desk import QualityMaterial
from netralstat.report.quality.page import plain_csv, quality_document, write_quality
from netralstat.report.words import templates

__all__ = ["form", "write"]  # fixtures

LOG = '[collect.dispositions]\npath = "contacts.csv"\nid = "case"\ncode = "final"\nby = ["mode"]\n'
CODES = ["1.1"] * 85 + ["1.2"] * 4 + ["2.1"] * 12 + ["2.2"] * 9 + ["3.1"] * 6 + ["4.1"] * 4
CONTACTS = "case,final,mode\n" + "".join(
    f"{n},{code},{'capi' if n % 20 else 'web'}\n" for n, code in enumerate(CODES)
)
Make = Callable[..., Plan]
Done = tuple[int, str, str]
Run = Callable[..., Done]


def material(plan: Plan, form: Instrument, n_selected: int | None = None) -> QualityMaterial:
    quality = check_quality(plan, form, read_unflagged(plan, form))
    return QualityMaterial(plan=plan, instrument=form, quality=quality, n_selected=n_selected, version="0")


def tables(made: QualityMaterial, language: str) -> dict[str, list[list[object]]]:
    document = quality_document(made, language)
    return {table.id: [[cell.value for cell in row.cells] for row in table.rows] for table in document.tables}


@pytest.fixture
def full(write: Make, form: Instrument) -> QualityMaterial:
    answers = stained()
    answers[3]["g1"], answers[4]["remark"] = "99", "A REMARK; about somebody"
    plan = write(answers, EVERYTHING.format(more='exclude_flags = ["speeder"]') + LOG, contacts=CONTACTS)
    return material(plan, form, 150)


def test_every_chapter_in_both_languages(full: QualityMaterial) -> None:
    made = {language: quality_document(full, language) for language in ("id", "en")}
    for document in made.values():
        assert [chapter.id for chapter in document.chapters] == list(CHAPTERS)
        assert document.synthetic
    assert [table.id for table in made["id"].tables] == [table.id for table in made["en"].tables]
    assert made["id"].title != made["en"].title
    assert len(made["en"].figures) == 3  # quota, minutes, missing answers


def test_the_tables_print_the_numbers_of_the_checks(full: QualityMaterial) -> None:
    shown, quality = tables(full, "en"), full.quality
    counts = quality.flag_counts()
    assert [row[2] for row in shown["table-flags"]] == counts["rows"].tolist()
    assert [row[0] for row in shown["table-first"]] == ["8"]
    assert dict(shown["table-rejected"])["Too fast"] == 2  # type: ignore[arg-type]
    assert shown["table-dispositions"][0][1:] == [85, 85 / 120]
    rates = {row[0]: row[1] for row in shown["table-rates"]}
    assert rates["RR2"] == 89 / 116
    web, capi = sorted(shown["table-rates-mode"], key=lambda row: str(row[0]), reverse=True)
    assert (web[0], web[1], set(web[2:])) == ("web", 6, {None})  # too few cases
    assert capi[1] == 114
    assert [row[0] for row in shown["table-loads"]] == quality.interviewers.loads.sort_values(  # type: ignore[union-attr]
        "flagged", ascending=False, kind="stable"
    )["interviewer"].tolist()
    assert shown["table-pairs"] == [["22", "23", 1.0]]
    assert {row[1] for row in shown["table-arms-list"]} == set(quality.lists[0].arms["rows"])


def test_the_files(full: QualityMaterial, write: Make, form: Instrument, tmp_path: Path) -> None:
    findings = read_responses(full.plan, form).findings
    written = write_quality(full, findings, tmp_path / "a", ("id", "en"))
    names = ["quality-id.html", "quality-en.html", "quality.json", "findings.csv", "flags.csv"]
    assert [path.name for path in written] == names
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == sorted(names)
    again = write_quality(full, findings, tmp_path / "b", ("id", "en"))
    for one, other in zip(written, again, strict=True):
        text = one.read_bytes()
        assert text == other.read_bytes()
        assert b"A REMARK" not in text
        assert not re.search(rb'(src|href)="(?!#|quality-)', text)
    page = written[0].read_text(encoding="utf-8")
    assert page.count("DATA SINTETIS") >= 4
    assert 'href="quality-en.html"' in page
    assert "<script>alert" not in page
    assert json.loads(written[2].read_text(encoding="utf-8"))["rows"]["read"] == 90
    told = list(csv.DictReader(io.StringIO(written[4].read_text(encoding="utf-8"))))
    assert len(told) == len(full.quality.flags)
    assert {line["flag"] for line in told} <= set(FLAGS)
    assert {line["excluded"] for line in told if line["flag"] == "speeder"} == {"True"}


def test_what_was_not_declared_is_said(write: Make, form: Instrument) -> None:
    document = quality_document(material(write(), form), "en")
    reasons = {chapter.id: getattr(chapter.blocks[0], "reason", "") for chapter in document.chapters}
    assert "names no contact log" in reasons["rates"]
    assert "names no start and end" in reasons["timing"]
    assert "names no targets" in reasons["quotas"]
    assert "does not name their column" in reasons["interviewers"]
    assert "names no list experiment" in reasons["lists"]


def test_odd_fields_leave_the_page_whole(write: Make, form: Instrument) -> None:
    """Nobody timed, one interviewer, no answers at all, one source of nothing but text."""
    empty = dict.fromkeys((*GRID, "age", "done", "end", "interviewer", "attention"), "")
    answers = [row | empty for row in rows(12)]
    plan = write(answers, EVERYTHING.format(more=""))
    for language in ("id", "en"):
        document = quality_document(material(plan, form), language)
        assert len(document.chapters) == len(CHAPTERS)


def test_every_flag_has_its_words() -> None:
    assert tuple(MEANINGS) == FLAGS
    assert all(f"rule.{flag}" in templates("id") for flag in FLAGS)


def test_rows_with_several_flags() -> None:
    flags = pd.DataFrame(
        {
            "source": ["a"] * 5,
            "row": [3, 3, 4, 9, 9],
            "interviewer": [""] * 5,
            "flag": ["speeder", "outlier", "speeder", "outlier", "outlier"],
        }
    )
    assert several_flags(flags)[["row", "n"]].to_numpy().tolist() == [[3, 2]]


def test_the_classes_of_the_histogram_hold_every_interview(full: QualityMaterial) -> None:
    clock = full.quality.timing
    assert clock is not None
    edges, counts = classes(clock)
    assert len(edges) == len(counts) + 1
    assert sum(counts) == (clock.minutes >= 0).sum()
    assert edges[0] == 0


def test_a_label_is_no_formula_and_no_markup(write: Make, form: Instrument) -> None:
    table = pd.DataFrame({"a": ["=1+1", "-x", "plain"], "b": [1.5, None, -2.0]})
    assert plain_csv(table) == "a,b\n'=1+1,1.5\n'-x,\nplain,-2.0\n"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["netralstat", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return call


def test_check_writes_the_report(run: Run, tmp_path: Path) -> None:
    code, out, err = run("check", str(WAVES / "api"), "--json", "--report", str(tmp_path / "q"))
    assert (code, json.loads(out)) == (0, [])
    assert "200 rows read, 200 accepted, 0 rejected" in err
    assert "of 200 rows bear a flag" in err
    assert "quality.json" in err
    assert (tmp_path / "q" / "quality-id.html").stat().st_size > 20_000
    (tmp_path / "file").write_text("x")
    code, _, err = run("check", str(WAVES / "api"), "--report", str(tmp_path / "file"))
    assert code == 3
    assert "cannot be written" in err
