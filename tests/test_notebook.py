"""The notebooks run from their own folder in the interpreter of the tests; their numbers are those meant."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
EXACT = 0.0006  # the notebook prints three digits

Cells = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Cells:
    """Outputs of every code cell of the first look."""
    return executed("first-look", tmp_path_factory)


@pytest.fixture(scope="module")
def drivers(tmp_path_factory: pytest.TempPathFactory) -> Cells:
    """Outputs of every code cell of the notebook on drivers."""
    return executed("drivers", tmp_path_factory)


def executed(name: str, tmp_path_factory: pytest.TempPathFactory) -> Cells:
    """Outputs of every code cell of a notebook by its id."""
    # Imported here and not above: seconds that the other tests need not wait.
    needed = ("nbformat", "nbclient", "ipykernel", "pingouin")
    nbformat, nbclient, *_ = [
        pytest.importorskip(name, reason="the notebook needs the extra `notebooks`") for name in needed
    ]
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from traitlets import default

    class OwnInterpreter(AsyncKernelManager):
        @default("kernel_spec_manager")
        def _without_installed_kernels(self) -> KernelSpecManager:
            # No folder of kernelspecs: "python3" is then ipykernel in this interpreter, registered or not.
            return KernelSpecManager(kernel_dirs=[])

    book = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    with pytest.MonkeyPatch.context() as patch:
        own = tmp_path_factory.mktemp("jupyter")
        for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
            patch.setenv(name, str(own / name.lower()))
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
        client = nbclient.NotebookClient(
            book,
            kernel_name="python3",
            kernel_manager_class=OwnInterpreter,
            timeout=240,
            resources={"metadata": {"path": str(NOTEBOOKS)}},
        )
        client.execute()
    return {cell["id"]: cell["outputs"] for cell in book["cells"] if cell["cell_type"] == "code"}


def text_of(cell: list[dict[str, Any]]) -> str:
    """Streams and plain text of a cell's outputs."""
    parts = [
        one["text"] if one["output_type"] == "stream" else one["data"].get("text/plain", "") for one in cell
    ]
    return "\n".join(parts)


def row(cell: list[dict[str, Any]], name: str) -> list[float]:
    """Numbers of the line that begins with `name`."""
    line = next(
        line for line in text_of(cell).splitlines() if re.match(rf"\s*(\d+\s+)?{re.escape(name)}\s", line)
    )
    return [float(word) for word in re.findall(r"(?<![\w.])-?\d+\.?\d*(?![\w.])", line.split(name, 1)[1])]


@pytest.mark.parametrize("book", ["outputs", "drivers"])
def test_no_cell_warns_or_prints_an_error(book: str, request: pytest.FixtureRequest) -> None:
    for name, cell in request.getfixturevalue(book).items():
        assert [one["output_type"] for one in cell if one["output_type"] == "error"] == [], name
        assert [one["text"] for one in cell if one.get("name") == "stderr"] == [], name


def test_responses_and_weights(outputs: Cells) -> None:
    assert "10,647 rows read, 10,617 accepted, 30 left out" in text_of(outputs["responses"])
    weights = text_of(outputs["weights"])
    assert "10,617 respondents stand for 1,599,993 persons" in weights
    assert "unequal weights cost a factor of 1.50" in weights


def test_national_prevalences(outputs: Cells) -> None:
    for name, expected in {
        "politicization": 0.1768,
        "politicking": 0.0874,
        "either": 0.2329,
        "both": 0.0339,
    }.items():
        assert row(outputs["national"], name)[1] == pytest.approx(expected, abs=0.00006)


def test_nothing_suppressed_is_printed(outputs: Cells) -> None:
    numbers = row(outputs["provinces"], "jawa_timur")
    assert numbers == pytest.approx([0.146, 0.098], abs=EXACT)
    assert "NaN" in next(
        line
        for line in text_of(outputs["provinces"]).splitlines()
        if line.startswith("kepulauan_bangka_belitung")
    )
    assert row(outputs["flags"], "shown") == [55]


def test_the_difference_keeps_the_covariance(outputs: Cells) -> None:
    by_hand, in_table = re.findall(r"\d\.\d{6}", text_of(outputs["by-hand"]))
    assert by_hand == in_table
    assert "sulawesi_tenggara − jawa_timur" in text_of(outputs["difference"])


def test_drivers(outputs: Cells) -> None:
    odds_ratio, low, high, p_value, n = row(outputs["model"], "career_motive")
    assert [odds_ratio, low, high] == pytest.approx([1.973, 1.763, 2.208], abs=EXACT)
    assert (p_value, n) == (0.0, 9866.0)
    assert text_of(outputs["wald"]).strip() == "position: F(4, 8,502) = 2.90, p = 0.021"
    weighted, unweighted, error, plain_error = row(outputs["plain"], "career_motive")
    assert weighted == pytest.approx(0.679, abs=EXACT)
    assert error > plain_error > 0
    assert unweighted != weighted


def test_reliability(outputs: Cells) -> None:
    for scale in ("career_motive", "kinship", "reporting_willingness"):
        weighted, unweighted = row(outputs["alpha"], scale)
        assert 0.72 < weighted < 0.84
        assert weighted == pytest.approx(unweighted, abs=0.03)
        assert weighted != unweighted


@pytest.mark.parametrize("name", ["plot", "map"])
def test_figures(outputs: Cells, name: str) -> None:
    pictures = [one["data"]["image/png"] for one in outputs[name] if "image/png" in one.get("data", {})]
    assert len(pictures) == 1
    assert len(pictures[0]) > 20_000


def test_steps_and_importance(drivers: Cells) -> None:
    assert "on the same 10,136 respondents" in text_of(drivers["steps"])
    assert row(drivers["importance"], "career_motive")[-1] == 1  # the rank
    assert "state association" in text_of(drivers["recipe"])


def test_the_estimates_lie_near_what_was_planted(drivers: Cells) -> None:
    for name, expected in {"career_motive": 0.58, "kinship": 0.46, "regulatory_clarity": -0.34}.items():
        planted, estimated = row(drivers["planted"], name)
        assert planted == expected
        assert estimated == pytest.approx(planted, abs=0.15)


def test_what_if_has_every_island_group_and_the_whole(drivers: Cells) -> None:
    assert text_of(drivers["what-if"]).count("changed − as_is") == 7


def test_path_words_and_code(drivers: Cells) -> None:
    assert "proportion_mediated" in text_of(drivers["path"])
    assert "e_value" in text_of(drivers["hidden"])
    assert "bukan sebab-akibat" in text_of(drivers["words"])
    assert "svyglm(" in text_of(drivers["r-code"])


@pytest.mark.parametrize("name", ["first-look", "drivers"])
def test_the_file_is_bare_and_says_synthetic_first(name: str) -> None:
    book = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))
    cells = book["cells"]
    assert "SYNTHETIC DATA" in "".join(cells[0]["source"])
    assert len({cell["id"] for cell in cells}) == len(cells)
    for cell in cells:
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)
            ast.parse("".join(line for line in cell["source"] if not line.startswith("%")))
