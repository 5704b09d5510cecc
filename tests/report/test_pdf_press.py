"""PDFs from a process of their own: the bytes of `render_pdf`, its errors, and an end that is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from netralstat.errors import EnvironmentProblem, ReportError
from netralstat.report.blocks import Chapter, Figure, Paragraph
from netralstat.report.document import Document
from netralstat.report.pdf import press
from netralstat.report.pdf.press import PdfPress
from netralstat.report.pdf.render import render_pdf

BROKEN = Figure(id="figure-x", number=1, title="Places", svg='<svg viewBox="0 0 9 9"><g></svg>', alt="none")


@pytest.fixture
def document() -> Document:
    chapter = Chapter(id="methods", title="Methods", blocks=(Paragraph(text="Every person was asked."),))
    return Document(
        id="small",
        title="Report",
        subtitle="",
        language="en",
        institution="Commission",
        contact="",
        date=date(2021, 12, 16),
        version="1.0",
        synthetic=True,
        chapters=(chapter,),
    )


def program(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Have the press run another program."""
    (folder / "some_program.py").write_text(f"import json, sys, time\nsys.stdin.buffer.readline()\n{text}\n")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setattr(press, "PROCESS", "some_program")


def test_the_bytes_are_those_of_render_pdf(document: Document) -> None:
    other = replace(document, language="id", title="Laporan")
    with PdfPress() as pdfs:
        made = [pdfs.set(one, version="1") for one in (document, other)]
        assert [one.result() for one in made] == [render_pdf(one, version="1") for one in (document, other)]


def test_what_typst_refuses_is_named_and_the_next_is_set(document: Document) -> None:
    broken = replace(document, chapters=(Chapter(id="places", title="Places", blocks=(BROKEN,)),))
    with PdfPress() as pdfs:
        refused, fine = pdfs.set(broken), pdfs.set(document)
        with pytest.raises(ReportError) as caught:
            refused.result()
        with pytest.raises(ReportError) as here:
            render_pdf(broken)
        assert str(caught.value) == str(here.value)
        assert "figure-x" in str(caught.value.where)
        assert fine.result() == render_pdf(document)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sys.exit(7)", "exit code 7"),
        ("import os; os.abort()", "signal 6"),
        ("print('not an answer')", "exit code 0"),
        ("print(json.dumps({'bytes': 9})); print('cut')", "exit code 0"),
    ],
)
def test_a_process_that_ends_is_told(
    document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    program(tmp_path, monkeypatch, text)
    with PdfPress() as pdfs, pytest.raises(ReportError, match=f'language "en".*ended \\({told}\\)') as caught:
        pdfs.set(document).result()
    assert "--format" in str(caught.value.do)


def test_a_process_that_takes_too_long_is_stopped(
    document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, monkeypatch, "time.sleep(60)")
    monkeypatch.setattr(press, "SECONDS", 0.5)
    with PdfPress() as pdfs, pytest.raises(ReportError, match="after 0 seconds"):
        pdfs.set(document).result()


def test_what_the_process_lacks_is_told(
    document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "typst.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with PdfPress() as pdfs, pytest.raises(EnvironmentProblem, match="package typst") as caught:
        pdfs.set(document).result()
    assert caught.value.where == "netralstat.report.pdf.typeset"
    assert caught.value.do == "install it with: pip install typst"
