"""The page on paper: every figure and table on it, no control, no empty sheet."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from browser.tab import Tab

FEW = 40  # characters that a running head and a page number have


def faults(tab: Tab) -> list[str]:
    """What is wrong with the page as the browser prints it; nothing is said without pdftotext."""
    program = shutil.which("pdftotext")
    if program is None:
        return []
    captions = tab.value("[...document.querySelectorAll('figcaption b')].map(b => b.textContent.trim())")
    buttons = tab.value(
        "[...new Set([...document.querySelectorAll('.tools button, .switch button, .mode, a.language')]"
        ".map(b => b.textContent.trim()))]"
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.pdf"
        file.write_bytes(tab.pdf())
        told = subprocess.run(
            [program, "-layout", str(file), "-"], capture_output=True, text=True, check=True
        )
    pages = told.stdout.split("\f")[:-1]
    found = [
        f"page {number} of {len(pages)} in print is empty"
        for number, page in enumerate(pages, start=1)
        if len("".join(page.split())) < FEW
    ]
    lines = [line.strip() for line in told.stdout.splitlines()]
    found += [f"{name} is not printed" for name in captions if not any(n.startswith(name) for n in lines)]
    controls = [name for name in buttons if name in lines]
    return found + [f'the control "{name}" is printed' for name in controls]
