"""README shows what the code really prints, in both languages."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def example(name: str) -> str:
    """The block of code with its output."""
    block = re.search(r"```python\n(>>> .*?)```", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    assert block is not None, f"{name} has no block of code with its output"
    return block[1]


@pytest.mark.long
def test_output_in_the_readme_is_real(monkeypatch, tmp_path):
    source = example("README.md")
    assert source.count(">>> ") >= 6
    monkeypatch.chdir(ROOT)
    source = source.replace('wave.report("reports")', f"wave.report({str(tmp_path)!r})")
    test = doctest.DocTestParser().get_doctest(source, {}, "README.md", "README.md", 0)
    told: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE, verbose=False)
    result = runner.run(test, out=told.append)
    assert result.failed == 0, "".join(told)


def test_both_languages_show_the_same_code_and_output():
    english, indonesian = (re.sub(r" +# .*", "", example(name)) for name in ("README.md", "README.id.md"))
    assert indonesian == english
