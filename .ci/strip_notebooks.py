"""Empty the outputs of notebooks before they are committed: `python .ci/strip_notebooks.py [FILE.ipynb...]`.

Outputs may show respondents and make every run a change. Exit code 1 when something was stripped, so that a
commit stops once and the stripped notebook is added.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def strip(path: Path) -> bool:
    """Remove outputs and execution counts; True when there were any."""
    before = path.read_text(encoding="utf-8")
    notebook = json.loads(before)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
        cell["metadata"].pop("execution", None)
    after = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    if json.loads(before) == notebook:
        return False
    path.write_text(after, encoding="utf-8")
    return True


def main(arguments: list[str]) -> int:
    """Strip the notebooks named, or all in notebooks/."""
    paths = [Path(name) for name in arguments] or sorted(Path("notebooks").glob("*.ipynb"))
    stripped = [path for path in paths if strip(path)]
    for path in stripped:
        print(f"{path}: outputs removed", file=sys.stderr)
    return 1 if stripped else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
