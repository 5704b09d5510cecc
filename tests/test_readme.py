"""README shows what the code really prints."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", ["README.md", "README.id.md"])
def test_output_in_the_readme_is_real(name, monkeypatch, tmp_path):
    text = (ROOT / name).read_text(encoding="utf-8")
    block = re.search(r"```python\n(>>> .*?)```", text, flags=re.DOTALL)
    assert block is not None, f"{name} has no block of code with its output"
    assert block[1].count(">>> ") >= 6
    source = block[1].replace('wave.report("reports")', f"wave.report({str(tmp_path)!r})")
    monkeypatch.chdir(ROOT)
    test = doctest.DocTestParser().get_doctest(source, {}, name, name, 0)
    told: list[str] = []
    flags = doctest.NORMALIZE_WHITESPACE
    result = doctest.DocTestRunner(optionflags=flags, verbose=False).run(test, out=told.append)
    assert result.failed == 0, "".join(told)
