"""Regression tables: rows of several models beside each other, in HTML, LaTeX and Word."""

from __future__ import annotations

import hashlib
import re
import zipfile
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import netralstat
from netralstat import Model, Survey
from netralstat.errors import EnvironmentProblem, ReportError, UsageError
from netralstat.report.models.table.latex import escaped
from netralstat.report.models.table.table import ModelTable, model_table
from netralstat.report.numbers import Numbers

LABELS = {"age": "Age & tenure", "grade": "Grade <rank>", "grade[IV]": "IV_{high}", "asked": "Was asked"}


@cache
def sample() -> Survey:
    rng = np.random.default_rng(5)
    n = 600
    frame = pd.DataFrame(
        {
            "w": rng.uniform(1, 3, n),
            "c": rng.integers(0, 40, n),
            "age": rng.normal(40, 10, n),
            "grade": rng.choice(["II", "III", "IV"], n, p=[0.5, 0.49, 0.01]),
        }
    )
    eta = 0.05 * (frame["age"] - 40) + frame["grade"].map({"II": 0.0, "III": 1.2, "IV": 0.4})
    frame["asked"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    frame["scale"] = rng.integers(1, 4, n)
    frame["kind"] = rng.choice(["a", "b", "d"], n)
    return Survey(frame, weight="w", psu="c")


@cache
def model(formula: str, family: Any = "logit") -> Model:
    return sample().regress(formula, family)


def two(**how: Any) -> ModelTable:
    crude, full = model("asked ~ grade"), model("asked ~ grade + age")
    return model_table([crude, full], ["Crude", "50% & more"], labels=LABELS, **how)


def test_rows_hold_the_numbers_of_the_models() -> None:
    frame = two().to_frame()
    full = model("asked ~ grade + age").to_frame()
    rows = frame[frame["model"] == "50% & more"]
    assert rows["estimate"].tolist() == full["odds_ratio"].tolist()
    assert rows["conf_low"].iloc[-1] == full["or_low"].iloc[-1]
    assert set(rows["effect"]) == {"odds_ratio"}
    plain = two(effects="coefficient").to_frame()
    crude = model("asked ~ grade").to_frame()["estimate"]
    assert plain[plain["model"] == "Crude"]["estimate"].tolist() == crude.tolist()
    assert set(plain["effect"]) == {"coefficient"}
    assert frame["reference"].sum() == 2


def test_terms_stand_beside_each_other_with_their_reference() -> None:
    printed = two()._layout()
    assert [line.label for line in printed.lines] == [
        "Grade <rank>",
        "II",
        "III",
        "IV_{high}",
        "Age & tenure",
    ]
    assert [cell.parts[0] for cell in printed.lines[1].cells] == ["reference", "reference"]
    assert printed.lines[4].cells[0].parts[0] == ""
    row = model("asked ~ grade + age").to_frame().set_index("term").loc["age"]
    assert printed.lines[4].cells[1].parts == Numbers("en").ratio(
        row["odds_ratio"], row["or_low"], row["or_high"]
    )
    assert printed.notes[0].endswith("not cause.")
    assert "Standard errors: linearised, by the sampling design." in printed.notes


def test_every_argument_changes_the_table() -> None:
    base = two().to_html()
    assert "Koef." in two(language="id", effects="coefficient").to_html()
    for how in (
        {"effects": "coefficient"},
        {"interval": False},
        {"std_error": True},
        {"stars": True},
        {"language": "id"},
        {"title": "T"},
        {"min_respondents": 20},
    ):
        assert two(**how).to_html() != base, how
    assert "***" not in base
    starred = two(stars=True)
    assert starred._layout().notes[-1] == "* p < 0.05; ** p < 0.01; *** p < 0.001."
    assert "<sup>***</sup>" in starred.to_html()
    hidden = two(min_respondents=20)
    assert [cell.parts[0] for cell in hidden._layout().lines[3].cells] == ["–", "–"]
    assert hidden.to_frame()["estimate"].isna().sum() == 2
    assert "fewer than 20 respondents" in hidden.to_html()


def test_diagnoses_go_to_the_foot() -> None:
    full = model("asked ~ grade + age")
    diagnosis = sample().diagnose(full)
    table = model_table({"A": model("scale ~ age", "linear"), "B": full}, diagnoses=[None, diagnosis])
    foot = {line.label: line.texts for line in table._layout().foot}
    assert foot["AUC"] == ("", Numbers("en").number(diagnosis["auc"], 3))
    assert foot["Nagelkerke R²"][1] == Numbers("en").number(diagnosis["nagelkerke"], 3)
    assert foot["Respondents (n)"] == ("600", "600")
    assert foot["Degrees of freedom"] == (str(model("scale ~ age", "linear").df), str(full.df))


FAMILIES = [
    ("asked ~ age + grade", "probit"),
    ("asked ~ age", "cloglog"),
    ("scale ~ age * grade", "linear"),
    ("asked ~ age", "poisson"),
    ("scale ~ age", "negative_binomial"),
    ("scale ~ age + grade", "ordered_logit"),
    ("scale ~ age", "ordered_probit"),
    ("kind ~ age + grade", "multinomial"),
    ("asked ~ poly(age, 2)", "logit"),
]


@pytest.mark.parametrize(("formula", "family"), FAMILIES)
@pytest.mark.parametrize("effects", ["ratio", "coefficient"])
def test_all_families(formula: str, family: str, effects: Any) -> None:
    if family == "negative_binomial":
        formula = "c ~ age"
    one = model(formula, family)
    table = model_table([one, model("asked ~ grade")], effects=effects, std_error=True, language="id")
    printed = table._layout()
    columns = sum(len(heads) for heads in printed.heads)
    assert all(sum(len(cell.parts) for cell in line.cells) in (0, columns) for line in printed.lines)
    assert len(printed.heads) == (3 if family == "multinomial" else 2)
    assert bool(printed.levels) == (family == "multinomial")
    assert "nan" not in table.to_html()
    for text in (table.to_html(), table.to_latex(), repr(table)):
        assert "bukan sebab" in text
    shown = [cell.parts[0] for line in printed.lines for cell in line.cells[:1]]
    assert any(re.search(r"\d", text) for text in shown) or "poly" in formula


def test_html_is_escaped_and_whole() -> None:
    lxml = pytest.importorskip("lxml.html")
    text = two(std_error=True).to_html()
    assert "Grade &lt;rank&gt;" in text
    assert "<rank>" not in text
    table = lxml.fromstring(text)
    widths = {
        sum(int(cell.get("colspan", 1)) for cell in row.xpath("./td|./th"))
        for row in table.xpath(".//tbody/tr|.//tfoot/tr")
    }
    assert widths == {7}
    assert table.get("lang") == "en"
    assert two()._repr_html_() == two().to_html()


def cells(line: str) -> int:
    """Columns that a row of LaTeX fills."""
    parts = re.split(r"(?<!\\)&", line)
    return sum(
        int(found[1]) if (found := re.search(r"\\multicolumn\{(\d+)\}", part)) else 1 for part in parts
    )


def test_latex_rows_fill_their_columns() -> None:
    text = two(stars=True, std_error=True).to_latex("tab:drivers_1")
    spec = re.search(r"\\begin\{tabular\}\{(.*)\}\n", text)
    assert spec is not None
    columns = len(re.findall(r"[lr]", spec[1].replace("@{}", "")))
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert {cells(row) for row in rows} == {columns}
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
    assert [text.count(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")] == [1, 2, 1]
    assert r"IV\_\{high\}" in text
    assert r"50\% \& more" in text
    assert r"\label{tab:drivers-1}" in text
    assert "usepackage" not in text


def test_latex_escapes_every_special_sign() -> None:
    told = escaped("\\ & % $ # _ { } ~ ^ < > | \" ' ` - [ ] * − – × ² “ ”\n")
    bare = re.sub(
        r"\\[&%$#_{}]|\\[a-z]+(\{2\}|\{\})?|\{['`\-\[\]*]+\}|\$<\$|\$>\$|\$-\$|\$\\times\$", "", told
    )
    assert not set(bare) - {" "}


def document(table: ModelTable, folder: Path) -> tuple[bytes, str]:
    path = table.write_word(folder / "models.docx")
    with zipfile.ZipFile(path) as file:
        return path.read_bytes(), file.read("word/document.xml").decode()


def test_word_table(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    table = two(language="id", stars=True)
    content, xml = document(table, tmp_path)
    again, _ = document(table, tmp_path)
    assert hashlib.sha256(content).digest() == hashlib.sha256(again).digest()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["models.docx"]
    read = docx.Document(BytesIO(content))
    grid = read.tables[0]
    assert grid.cell(4, 0).text == "IV_{high}" or grid.cell(5, 0).text == "IV_{high}"
    assert xml.count("<w:tblHeader/>") == 2
    assert xml.count("<w:cantSplit/>") == len(grid.rows)
    assert 'w:type="fixed"' in xml
    assert [row.cells[0].width is not None for row in grid.rows] == [True] * len(grid.rows)
    assert read.core_properties.author == ""
    with zipfile.ZipFile(BytesIO(content)) as file:
        styles = file.read("word/styles.xml").decode()
        assert {entry.date_time for entry in file.infolist()} == {(2000, 1, 1, 0, 0, 0)}
    assert 'w:val="id-ID"' in styles
    assert "asciiTheme" not in styles
    assert read.sections[0].page_width < read.sections[0].page_height
    wide = model_table([model("asked ~ grade")] * 4, std_error=True)
    read = docx.Document(BytesIO(document(wide, tmp_path)[0]))
    assert read.sections[0].page_width > read.sections[0].page_height


def test_order_of_elements_in_a_word_cell(tmp_path: Path) -> None:
    order = ["tcW", "gridSpan", "vMerge", "tcBorders", "shd", "noWrap", "tcMar", "vAlign"]
    _, xml = document(two(), tmp_path)
    for found in re.findall(r"<w:tcPr>(.*?)</w:tcPr>", xml, re.DOTALL):
        names = [name for name in re.findall(r"<w:(\w+)", found) if name in order]
        assert names == sorted(names, key=order.index)


def test_errors(tmp_path: Path) -> None:
    one = model("asked ~ grade")
    with pytest.raises(UsageError, match="no model"):
        model_table([])
    with pytest.raises(UsageError, match='Did you mean "ratio"'):
        model_table([one], effects="ratios")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="2 names for 1 models"):
        model_table([one], ["a", "b"])
    with pytest.raises(UsageError, match="0 diagnoses for 1 models"):
        model_table([one], diagnoses=[])
    with pytest.raises(UsageError, match="diagnosis 1 is of asked ~ grade"):
        model_table([model("asked ~ age")], diagnoses=[sample().diagnose(one)])
    with pytest.raises(ReportError, match="language"):
        model_table([one], language="fr")
    with pytest.raises(ReportError, match=r"\.docx"):
        two().write_word(tmp_path / "models.doc")
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentProblem):
        two().write_word(tmp_path / "file" / "models.docx")


def test_it_is_public() -> None:
    assert netralstat.model_table is model_table


def test_ratios_near_one_are_told_from_it() -> None:
    f = Numbers("en")
    assert f.ratio(1.0012, 1.0006, 1.0018) == ("1.001", "1.001–1.002")
    assert f.ratio(1.00012, 1.00006, 1.00018) == ("1.0001", "1.0001–1.0002")
    assert f.ratio(1.0012, 0.9, 1.1) == ("1.00", "0.90–1.10")
    assert f.ratio(0.001, 0.0001, 0.9) == ("< 0.01", "0.00–0.90")
    assert f.effect(-0.00213, 0.00041) == "−0.00213"
    assert f.effect(131.926, 16.2) == "131.93"
