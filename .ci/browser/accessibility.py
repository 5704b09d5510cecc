"""axe-core on an open page: no violation of WCAG 2.0, 2.1 or 2.2, levels A and AA."""

from __future__ import annotations

from pathlib import Path

from browser.tab import Tab

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
SAME = 4  # rows of one kind in a table that are looked at; the others are written by the same template
# Both halves of every switch at once, as in print, and of long tables the first rows of each kind.
READY = """(() => {
  for (const block of document.querySelectorAll('.switched')) block.removeAttribute('hidden');
  for (const body of document.querySelectorAll('tbody')) {
    const seen = {};
    for (const row of [...body.rows]) {
      seen[row.className] = (seen[row.className] || 0) + 1;
      if (seen[row.className] > %d) row.remove();
    }
  }
})()"""
RUN = """axe.run(document, {runOnly: {type: 'tag', values: %s}, resultTypes: ['violations']})
  .then(r => r.violations.flatMap(v => v.nodes.slice(0, 3).map(n =>
    `${v.id} (${v.nodes.length}): ${v.help}; ${n.target.join(' ')}; `
    + (n.any[0] || n.all[0] || n.none[0] || {message: ''}).message)))"""


def violations(tab: Tab, axe: Path, *, dark: bool, width: int) -> list[str]:
    """What axe-core finds in an open page; the tab shows other things afterwards than a reader sees."""
    tab.window(width, dark=dark)
    if not tab.value("typeof axe === 'object'"):
        tab.value(axe.read_text(encoding="utf-8") + ";0")
        tab.value(READY % SAME)
    found: list[str] = tab.value(RUN % list(TAGS))
    mode = "dark" if dark else "light"
    return [f"accessibility, {width} px, {mode}: {one}" for one in found]
