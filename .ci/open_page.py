"""Open written pages in headless Chromium as a reader would, and say what is wrong with them.

    python .ci/open_page.py PAGE.html... [--expect TEXT]... [--use] [--axe axe.min.js] [--screenshot FILE.png]

A page passes when, at each width (1280 and 390 pixels unless `--width` says otherwise), it has loaded and
shows a heading for each `--expect`, wrote no error to the console, asked for nothing but itself (`file:` of
its own path, `data:`, `blob:`), is not wider than the window, has no picture without a size and no link to a
place that is missing in it. `--use` also sorts, searches, downloads, switches and prints, by mouse and
keyboard; `--axe` also runs that axe-core over it, light and dark.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from browser.accessibility import violations
from browser.devtools import Browser, chromium
from browser.printing import faults
from browser.reading import troubles, without_script
from browser.sight import LOOK, SCROLLED, problems_of, unasked
from browser.tab import Tab

WIDTHS = (1280, 390)
BYTES = 1_500_000
TOGETHER = 2


def inspected(browser: Browser, page: Path, told: argparse.Namespace) -> tuple[list[str], dict[str, Any]]:
    """What is wrong with a page, and what it shows."""
    found: list[str] = []
    if page.stat().st_size > BYTES:
        found.append(f"{page.stat().st_size:,} bytes, more than {BYTES:,}")
    look: dict[str, Any] = {}
    for width in told.width or WIDTHS:
        tab = Tab(browser)
        tab.window(width)
        tab.open(page.as_uri())
        look = tab.value(LOOK)
        wrong = problems_of(page, look, tab.events, told.expect)
        if told.use and width >= max(WIDTHS):
            tab.value("document.querySelectorAll('.switch button:last-child').forEach(b => b.click())")
            wrong += [f'"{name}" has to be scrolled sideways' for name in tab.value(SCROLLED)]
            tab.value("document.querySelectorAll('.switch button:first-child').forEach(b => b.click())")
        found += [f"{problem} ({width} px)" for problem in wrong]
        if told.screenshot:
            tab.picture(told.screenshot)
        if told.axe:
            found += [v for dark in (False, True) for v in violations(tab, told.axe, dark=dark, width=width)]
        tab.close()
    return found + (used(browser, page) if told.use else []), look


def used(browser: Browser, page: Path) -> list[str]:
    """What does not work when the page is read, printed, and opened without its script."""
    tab = Tab(browser)
    tab.window(1280)
    tab.open(page.as_uri())
    with tempfile.TemporaryDirectory() as downloads:
        found = faults(tab) + troubles(tab, page, Path(downloads))
    found += unasked(page, tab.events, *page.parent.glob("*.html"))
    found += without_script(tab, page)
    tab.close()
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Open written pages in headless Chromium and check them.")
    parser.add_argument("pages", type=Path, nargs="+", metavar="PAGE")
    parser.add_argument(
        "--expect", action="append", default=[], metavar="TEXT", help="a heading must contain it"
    )
    parser.add_argument("--use", action="store_true", help="click, type, print")
    parser.add_argument("--axe", type=Path, metavar="FILE", help="axe.min.js of axe-core")
    parser.add_argument("--screenshot", type=Path, help="write the whole page as a PNG")
    parser.add_argument(
        "--width", type=int, action="append", help="of the window, in pixels; may be repeated"
    )
    return parser.parse_args()


def main() -> int:
    """Open the pages of the command line; 0 when all pass, 1 not, 2 without a file, 3 without a browser."""
    told = _arguments()
    for file in (*told.pages, *([told.axe] if told.axe else [])):
        if not file.is_file():
            print(f"There is no file {file}.\n  Do: make demo", file=sys.stderr)
            return 2
    program = chromium()
    if program is None:
        print("No Chromium on this machine.\n  Do: apt install chromium", file=sys.stderr)
        return 3
    with ThreadPoolExecutor(TOGETHER) as pool:
        passed = list(pool.map(lambda page: _examined(program, page, told), told.pages))
    return 0 if all(passed) else 1


def _examined(program: str, page: Path, told: argparse.Namespace) -> bool:
    """Whether a page passes, in a browser of its own; says what it found."""
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
        Browser(program, profile) as browser,
    ):
        found, look = inspected(browser, page.resolve(), told)
    for problem in found:
        print(f"{page}: {problem}", file=sys.stderr)
    if not found:
        counted = f"{len(look['headings'])} headings, {look['pictures']} pictures"
        took = f"{time.monotonic() - began:.0f} s"
        print(f'{page}: "{look["title"]}" ({look["lang"]}), {counted}, nothing wrong, {took}')
    return not found


if __name__ == "__main__":
    sys.exit(main())
