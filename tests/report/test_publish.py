"""Files: all or none, the same bytes twice, and no hidden number in any of them."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from netralstat.errors import DisclosureError, EnvironmentProblem, ReportError, UsageError
from netralstat.estimate.estimates import Estimates
from netralstat.report.document import Document
from netralstat.report.estimate_table import estimate_table
from netralstat.report.formats import WRITERS, Edition
from netralstat.report.manifest import estimates_csv, manifest
from netralstat.report.material import Material
from netralstat.report.publish import write_report

NAMES = [
    *("report.id.html", "report.en.html", "report.id.pdf", "report.en.pdf"),
    *("report.id.docx", "report.en.docx", "report.id.xlsx", "report.en.xlsx"),
    *("report.id.json", "report.en.json"),
    *("estimates.csv", "manifest.json"),
]


@pytest.fixture(scope="module")
def written(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out") / "reports" / "small-wave"
    paths = write_report(material, folder, ["id", "en"])
    assert [path.name for path in paths] == NAMES
    return folder


def test_nothing_else_is_left(written: Path) -> None:
    assert sorted(path.name for path in written.iterdir()) == sorted(NAMES)


@pytest.mark.long
def test_second_run_gives_the_same_bytes(material: Material, written: Path, tmp_path: Path) -> None:
    for path in write_report(material, tmp_path, ["id", "en"]):
        assert path.read_bytes() == (written / path.name).read_bytes()


def test_manifest_names_what_is_hidden(written: Path) -> None:
    content = json.loads((written / "manifest.json").read_text(encoding="utf-8"))
    assert content["seed"] == 7
    assert content["synthetic"] is True
    assert content["date"] == "2021-12-16"
    assert content["settings"]["min_respondents"] == 10
    assert content["records"] == {
        "read": 1010,
        "accepted": 1000,
        "rejected": 10,
        "rejected_by_rule": {"no_consent": 7, "own_reason": 3},
        "findings_by_rule": {"choice": 2},
    }
    assert len(content["suppressed"]) == 4
    assert set(content["suppressed"][0]) == {"table", "row", "reason"}
    assert set(content["outputs"]) == set(NAMES[:-1])


def test_estimates_csv_has_all_digits_and_no_hidden_number(
    material: Material, raw: dict[str, Estimates]
) -> None:
    rows = list(csv.DictReader(io.StringIO(estimates_csv(estimate_table(material)))))
    assert len(rows) == sum(len(table) for table in material.estimates.values())
    first = rows[0]
    assert (first["table"], first["measure"], first["item"]) == ("headline", "prevalence", "pressed")
    assert (first["estimate"], first["n"], first["province"]) == ("0.176", "1000", "")
    hidden = next(
        row
        for row in rows
        if (row["table"], row["item"], row["province"]) == ("headline_by_province", "acted", "jambi")
    )
    assert hidden["flag"] == "confidential"  # and not which rule: it would bound the number
    assert hidden["n"] == "250"
    blank = ("estimate", "std_error", "conf_low", "conf_high", "n_yes", "n_eff", "deff")
    assert {hidden[column] for column in blank} == {""}
    with pytest.raises(DisclosureError):
        estimate_table(replace(material, estimates=raw))


def test_a_failing_report_leaves_the_old_one(
    material: Material, raw: dict[str, Estimates], tmp_path: Path
) -> None:
    (tmp_path / "report.id.html").write_text("old", encoding="utf-8")
    with pytest.raises(DisclosureError):
        write_report(replace(material, estimates=raw), tmp_path, ["id"], ["html", "json"])
    with pytest.raises(ReportError, match='language "fr"'):
        write_report(material, tmp_path, ["id", "fr"], ["html", "json"])
    assert [path.name for path in tmp_path.iterdir()] == ["report.id.html"]
    assert (tmp_path / "report.id.html").read_text(encoding="utf-8") == "old"


def test_a_folder_that_cannot_be_made(material: Material, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(EnvironmentProblem, match=r"cannot be written[\s\S]*Where:[\s\S]*Do: choose a folder"):
        write_report(material, tmp_path / "file" / "out", ["id"], ["json"])


def test_real_data_has_no_seed(material: Material) -> None:
    collect = material.plan.collect.model_copy(update={"simulate": None})
    real = replace(material, plan=material.plan.model_copy(update={"collect": collect}), synthetic=False)
    content = json.loads(manifest(real, {}))
    assert content["seed"] is None
    assert content["synthetic"] is False


def test_formats_are_chosen(material: Material, written: Path, tmp_path: Path) -> None:
    begun: list[str] = []
    paths = write_report(material, tmp_path, ["id"], ["json", "html"], progress=begun.append)
    assert [path.name for path in paths] == [
        *("report.id.html", "report.id.json", "estimates.csv", "manifest.json"),
    ]
    assert begun == ["report.id.html", "report.id.json"]
    assert (tmp_path / "report.id.json").read_bytes() == (written / "report.id.json").read_bytes()
    assert set(json.loads((tmp_path / "manifest.json").read_text())["outputs"]) == {
        *("report.id.html", "report.id.json", "estimates.csv"),
    }
    with pytest.raises(UsageError, match=r'the format "pdff"[\s\S]*Did you mean "pdf"'):
        write_report(material, tmp_path, ["id"], ["pdff"])
    with pytest.raises(UsageError, match="no format is chosen"):
        write_report(material, tmp_path, ["id"], [])


@pytest.mark.long
def test_every_writer_can_be_run_from_the_saved_document(
    material: Material, written: Path, tmp_path: Path
) -> None:
    estimates = estimate_table(material)
    for language in ("id", "en"):
        name = f"report.{language}.json"
        saved = Document.from_json((written / name).read_bytes(), name=name)
        edition = Edition(
            document=saved, estimates=estimates, languages=("id", "en"), version=material.version
        )
        for format, write in WRITERS.items():
            made = write(edition)
            content = made.encode() if isinstance(made, str) else made
            assert content == (written / edition.name(format)).read_bytes(), format
