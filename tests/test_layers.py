"""The alphabet is the pipeline: a stage imports itself and earlier ones, and the package imports cheaply."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "netralstat"
STAGES = ("ask", "collect", "design", "estimate", "explain", "report")
SHARED = ("errors", "phrases", "frames", "reference", "maps", "processes")
TOP = (
    "sample",
    "measurement",
    "imputed",
    "drivers",
    "survey",
    "wave",
    "earlier_waves",
    "driver_models",
    "driver_results",
    "case_register",
    "results",
    "simulate",
    "draft",
    "commands",
    "cli",
)
HEAVY = ("pandas", "numpy", "scipy", "statsmodels", "matplotlib", "pyxform", "pydantic", "narwhals", "babel")

MODULES = sorted(path.relative_to(PACKAGE).with_suffix("").parts for path in PACKAGE.rglob("*.py"))


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """A node and the statements inside it; expressions hold no imports."""
    yield node
    for name in ("body", "orelse", "handlers", "finalbody", "cases"):
        inner = getattr(node, name, ())
        for one in inner if isinstance(inner, list) else ():
            yield from statements(one)


def imports(parts: tuple[str, ...]) -> list[tuple[int, str]]:
    """Line and dotted name of everything a module imports, wherever in it the import stands."""
    path = PACKAGE.joinpath(*parts).with_suffix(".py")
    found = []
    for node in statements(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = ("netralstat", *parts[:-1])
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            name = ".".join(part for part in (base, node.module) if part)
            # `from netralstat import x` imports the module x; `from netralstat.ask import x` may, too.
            found += [(node.lineno, f"{name}.{alias.name}") for alias in node.names]
    return found


def forbidden(parts: tuple[str, ...], name: str) -> str | None:
    """Why the module `parts` may not import `name`, or None."""
    here = parts[0]
    if name.partition(".")[0] == "narwhals" and here != "frames":
        return "only frames/ imports narwhals"
    if not name.startswith("netralstat."):
        return None
    there = name.split(".")[1]
    if here in ("__init__", "__main__", *TOP):
        return None
    if there in TOP:
        return f"{there} stands on top; nothing below imports it"
    if here in SHARED and there in STAGES:
        return f"{here} serves every stage and imports none"
    if here in STAGES and there in STAGES and STAGES.index(there) > STAGES.index(here):
        return f"{there} comes after {here}"
    return None


def test_imports_run_one_way() -> None:
    told = [(parts, line, name, forbidden(parts, name)) for parts in MODULES for line, name in imports(parts)]
    assert len(told) > len(MODULES) > 400
    wrong = [f"{'/'.join(parts)}.py:{line} imports {name}: {why}" for parts, line, name, why in told if why]
    assert not wrong, "\n".join(wrong)


def test_imports_are_found_wherever_they_stand() -> None:
    text = (
        "import a\ndef f():\n  if x:\n    import b\n  else:\n    for _ in y:\n      import c\n"
        "class D:\n  try:\n    import d\n  except E:\n    import e\n  finally:\n    import f\n"
        "match x:\n  case 1:\n    import g\nwith x:\n  async def h():\n    while y:\n      import h\n"
    )
    found = [node.names[0].name for node in statements(ast.parse(text)) if isinstance(node, ast.Import)]
    assert sorted(found) == list("abcdefgh")


def test_every_module_has_a_known_place() -> None:
    rooms = (*STAGES, *SHARED, *TOP, "__init__", "__main__")
    homeless = [f"{'/'.join(parts)}.py" for parts in MODULES if parts[0] not in rooms]
    assert not homeless, "in no room of the house: " + ", ".join(homeless)


def test_the_rule_sees_what_it_forbids() -> None:
    assert forbidden(("ask", "plan"), "netralstat.report.words") == "report comes after ask"
    above = "survey stands on top; nothing below imports it"
    assert forbidden(("design", "cells"), "netralstat.survey.Survey") == above
    assert forbidden(("frames",), "netralstat.design.cells") == "frames serves every stage and imports none"
    assert forbidden(("design", "cells"), "narwhals.stable.v2") == "only frames/ imports narwhals"
    assert forbidden(("report", "context"), "netralstat.estimate.estimates") is None
    assert forbidden(("wave",), "netralstat.report.html") is None


def loaded_by(statement: str) -> set[str]:
    """Top names of the heavy libraries in memory after a statement, in a fresh interpreter."""
    code = f"{statement}\nimport sys; print(*sorted({{m.partition('.')[0] for m in sys.modules}}))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split()) & set(HEAVY)


def test_importing_the_package_is_cheap() -> None:
    assert loaded_by("import netralstat") == set()


def test_importing_the_command_line_is_cheap() -> None:
    assert loaded_by("import netralstat.cli") == set()


@pytest.mark.long
def test_a_wave_opens_without_what_only_some_calls_need() -> None:
    code = "import netralstat.wave, sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    later = {"scipy.optimize", "scipy.stats", "statsmodels", "matplotlib", "docx", "typst", "xlsxwriter"}
    assert not later & set(run.stdout.split())
