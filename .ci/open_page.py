"""Open a written page in headless Chromium as a reader would, and say what is wrong with it.

    python .ci/open_page.py PAGE.html [--expect TEXT]... [--screenshot FILE.png] [--width 1280]

A page passes when it has finished loading and shows a heading for each `--expect`, wrote no error to the
console, asked for nothing but itself (`file:` of its own path, `data:`, `blob:`), is not wider than the
window, has no picture without a size and no link to a place that is missing in it. Uses the standard library
alone and speaks the DevTools protocol over a pipe, so that no port is opened.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-default-apps",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
)
SECONDS = 60
QUIET = 1.0  # seconds without an event after loading that count as finished

LOOK = """(() => {
  const headings = [...document.querySelectorAll('h1, h2, h3')].map(h => h.textContent.trim());
  const drawn = [...document.querySelectorAll('svg, img, canvas')].filter(e => !e.closest('defs, symbol'));
  const hidden = e => e.closest('[hidden], [aria-hidden="true"], details:not([open])');
  const small = drawn.filter(e => !e.parentElement.closest('svg') && !hidden(e))
    .filter(e => { const b = e.getBoundingClientRect(); return b.width < 2 || b.height < 2; }).length;
  const dead = [...document.querySelectorAll('a[href^="#"]')].map(a => decodeURIComponent(a.hash.slice(1)))
    .filter(id => id && !document.getElementById(id));
  const root = document.documentElement;
  return {title: document.title, lang: root.lang, headings, dead, small, pictures: drawn.length,
          wide: root.scrollWidth - window.innerWidth, words: document.body.innerText.length};
})()"""


class Browser:
    """A Chromium that listens on a pipe; `events` keeps what it said unasked."""

    def __init__(self, program: str, profile: str, width: int) -> None:
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        # The browser reads commands from its descriptor 3 and answers on 4.
        command = 'exec "$@" 3<&"$NETRALSTAT_IN" 4>&"$NETRALSTAT_OUT"'
        flags = (*FLAGS, f"--window-size={width},900", f"--user-data-dir={profile}")
        self._process = subprocess.Popen(
            ["bash", "-c", command, "bash", program, *flags],
            pass_fds=(to_read, to_write),
            env={**os.environ, "NETRALSTAT_IN": str(to_read), "NETRALSTAT_OUT": str(to_write)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        self._buffer = b""
        self._last = 0
        self.events: list[dict[str, Any]] = []

    def ask(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Send one command and return its result."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + SECONDS
        while (answer := self._next(end - time.monotonic())) is not None:
            if answer.get("id") == self._last:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)
        raise RuntimeError(f"the browser did not answer {method} in {SECONDS} s")

    def settle(self) -> bool:
        """Wait until the page has loaded and is quiet; False when it never loads."""
        end = time.monotonic() + SECONDS
        loaded = False
        while time.monotonic() < end:
            event = self._next(QUIET)
            if event is not None:
                self.events.append(event)
            loaded = loaded or any(e.get("method") == "Page.loadEventFired" for e in self.events)
            if event is None and loaded:
                return True
        return False

    def close(self) -> None:
        """End the browser."""
        os.close(self._write)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._read)

    def _next(self, seconds: float) -> dict[str, Any] | None:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0.0, seconds))
            if not ready:
                return None
            chunk = os.read(self._read, 1 << 16)
            if not chunk:
                raise RuntimeError(f"the browser ended by itself (exit code {self._process.wait(10)})")
            self._buffer += chunk
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)


def problems_of(
    page: Path, look: dict[str, Any], events: list[dict[str, Any]], expected: list[str]
) -> list[str]:
    """What a reader would miss or a network watcher would see."""
    found = [f'no heading contains "{text}"' for text in expected if not _has(look["headings"], text)]
    if not look["title"] or not look["lang"] or look["words"] < 200:
        found.append(f"title, language or text missing ({look['words']} characters of text)")
    if look["wide"] > 0:
        found.append(f"{look['wide']} pixels wider than the window")
    if look["small"]:
        found.append(f"{look['small']} of {look['pictures']} pictures have no size")
    found += [f"link to #{name}, which is not there" for name in dict.fromkeys(look["dead"])]
    own = page.as_uri()
    for event in events:
        method, told = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            url = told["request"]["url"]
            if not url.startswith(("data:", "blob:")) and url.partition("#")[0] != own:
                found.append(f"asked for {url[:120]}")
        elif method == "Runtime.exceptionThrown":
            details = told["exceptionDetails"]
            found.append(f"script error: {details.get('exception', {}).get('description', details['text'])}")
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "assert"):
            found.append(f"console error: {[a.get('value') for a in told['args']]}")
        elif method == "Log.entryAdded" and told["entry"]["level"] == "error":
            found.append(f"browser error: {told['entry']['text']}")
    return found


def _has(headings: list[str], text: str) -> bool:
    return any(text.casefold() in heading.casefold() for heading in headings)


def main() -> int:
    """Open the page named on the command line; 0 when it passes, 1 when not, 3 without a browser."""
    parser = argparse.ArgumentParser(description="Open a written page in headless Chromium and check it.")
    parser.add_argument("page", type=Path)
    parser.add_argument(
        "--expect", action="append", default=[], metavar="TEXT", help="a heading must contain it"
    )
    parser.add_argument("--screenshot", type=Path, help="write the whole page as a PNG")
    parser.add_argument("--width", type=int, default=1280)
    told = parser.parse_args()
    page = told.page.resolve()
    if not page.is_file():
        print(f"There is no page {told.page}.\n  Do: make demo", file=sys.stderr)
        return 2
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        print("No Chromium on this machine.\n  Do: apt install chromium", file=sys.stderr)
        return 3
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(program, profile, told.width)
        try:
            target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
            session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ("Page", "Network", "Runtime", "Log"):
                browser.ask(f"{domain}.enable", session)
            browser.ask("Page.navigate", session, url=page.as_uri())
            if not browser.settle():
                print(f"{told.page}: did not finish loading in {SECONDS} s", file=sys.stderr)
                return 1
            answer = browser.ask("Runtime.evaluate", session, expression=LOOK, returnByValue=True)
            look = answer["result"]["value"]
            if told.screenshot:
                shot = browser.ask("Page.captureScreenshot", session, captureBeyondViewport=True)
                told.screenshot.write_bytes(base64.b64decode(shot["data"]))
        finally:
            browser.close()
    found = problems_of(page, look, browser.events, told.expect)
    for problem in found:
        print(f"{told.page}: {problem}", file=sys.stderr)
    if not found:
        counted = f"{len(look['headings'])} headings, {look['pictures']} pictures"
        print(f'{told.page}: "{look["title"]}" ({look["lang"]}), {counted}, no errors, no requests')
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
