"""What a page shows when it is opened, and what it asked for: nothing may be missing, nothing fetched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from browser.devtools import Event

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
# Tables that have to be scrolled sideways, by their captions.
SCROLLED = """[...document.querySelectorAll('figure.table .scroll')]
  .filter(e => e.checkVisibility({contentVisibilityAuto: true}) && e.scrollWidth > e.clientWidth + 1)
  .map(e => e.closest('figure').querySelector('figcaption').textContent.trim())"""


def problems_of(page: Path, look: dict[str, Any], events: list[Event], expected: list[str]) -> list[str]:
    """What a reader would miss or a network watcher would see."""
    found = [f'no heading contains "{text}"' for text in expected if not _has(look["headings"], text)]
    if not look["title"] or not look["lang"] or look["words"] < 200:
        found.append(f"title, language or text missing ({look['words']} characters of text)")
    if look["wide"] > 0:
        found.append(f"{look['wide']} pixels wider than the window")
    if look["small"]:
        found.append(f"{look['small']} of {look['pictures']} pictures have no size")
    found += [f"link to #{name}, which is not there" for name in dict.fromkeys(look["dead"])]
    return found + unasked(page, events)


def unasked(page: Path, events: list[Event], *others: Path) -> list[str]:
    """Errors that a page wrote, and what it asked for beside itself and the `others` that it was led to."""
    own = {one.as_uri() for one in (page, *others)}
    found = []
    for event in events:
        method, told = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            url = told["request"]["url"]
            if not url.startswith(("data:", "blob:")) and url.partition("#")[0] not in own:
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
