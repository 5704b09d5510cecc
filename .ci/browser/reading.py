"""A reader at work, by mouse and keyboard: sort, search, download, switch, colours, contents, language."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from pathlib import Path

from browser.tab import Tab

SHOWN = (
    "(id => document.getElementById(id).checkVisibility({contentVisibilityAuto: true})"
    " && document.getElementById(id).getBoundingClientRect().height > 20)"
)
# The numbers of the column that is sorted, from the first row to the last, without totals.
COLUMN = """(() => {
  const head = document.querySelector('[aria-sort]'), table = head.closest('table');
  const rows = [...table.tBodies[0].rows].filter(r => !r.classList.contains('total'));
  const width = r => r.cells.length;
  const most = Math.max(...rows.map(width));
  const at = [...rows[0].cells].findIndex((_, i) => {
    const box = rows.find(r => width(r) === most).cells[i].getBoundingClientRect();
    return Math.abs(box.right - head.getBoundingClientRect().right) < 1;
  });
  return {order: head.getAttribute('aria-sort'),
          values: rows.map(r => r.cells[at]?.dataset.v).filter(v => v !== undefined).map(Number)};
})()"""


def troubles(tab: Tab, page: Path, folder: Path) -> list[str]:
    """What does not answer to the mouse or the keyboard as it should; `folder` takes downloads."""
    tab.window(1280)
    jobs = (_skip, _sort, _search, _switch, _colours, _contents)
    found = [trouble for job in jobs for trouble in job(tab)]
    return [*found, *_download(tab, folder), *_language(tab, page)]


def without_script(tab: Tab, page: Path) -> list[str]:
    """What is hidden from a reader whose browser runs no script."""
    tab.ask("Emulation.setScriptExecutionDisabled", value=True)
    tab.open(page.as_uri())
    tab.ask("Emulation.setScriptExecutionDisabled", value=False)
    hidden = tab.value(
        f"[...document.querySelectorAll('figure')].filter(f => !{SHOWN}(f.id)).map(f => '#' + f.id)"
    )
    dead = tab.value(
        "[...document.querySelectorAll('button, input')]"
        ".filter(b => b.checkVisibility()).map(b => b.className)"
    )
    return [f"without a script {name} is not shown" for name in hidden] + [
        f"without a script a dead control is shown: {name}" for name in dead
    ]


def _skip(tab: Tab) -> Iterator[str]:
    tab.press("Tab")
    tab.press("Enter")
    if tab.value("document.activeElement.id") != "report":
        yield "the first Tab and Enter do not lead to the report"


def _sort(tab: Tab) -> Iterator[str]:
    made = tab.value(
        "(() => { const head = [...document.querySelectorAll('table[data-sortable] th.num[data-column]')]"
        f".find(h => {SHOWN}(h.closest('figure').id));"
        "if (!head) return 0; head.querySelector('button').id = 'clicked-head'; return 1; })()"
    )
    if not made:
        yield "no table can be sorted"
        return
    if not tab.click("#clicked-head"):
        yield "the head of a column cannot be clicked"
        return
    down = tab.value(COLUMN)
    if down["order"] != "descending" or down["values"] != sorted(down["values"], reverse=True):
        yield f"a click on a column does not sort it: {down}"
    tab.press("Enter")
    up = tab.value(COLUMN)
    if up["order"] != "ascending" or up["values"] != sorted(down["values"]):
        yield f"Enter on a column does not turn its order: {up}"
    tab.press("Tab")
    tab.press("Enter")
    after = tab.value("document.querySelector('[aria-sort]').contains(document.activeElement)")
    if not after:
        yield "Tab and Enter do not sort the next column"


def _search(tab: Tab) -> Iterator[str]:
    field = "label.search input"
    if not tab.value(f"!!document.querySelector('{field}')"):
        return
    name = tab.value(f"document.querySelector('{field}').dataset.table")
    _bring_out(tab, name)
    if not tab.click(field):
        yield "the search field cannot be clicked"
        return
    rows = f"[...document.querySelectorAll('#{name} tbody tr:not(.total)')].filter(r => r.checkVisibility())"
    whole = tab.value(f"{rows}.length")
    tab.type(tab.value(f"{rows}[3].querySelector('th').textContent.trim().toUpperCase()"))
    left = tab.value(f"{rows}.length")
    told = tab.value(f"document.getElementById('{name}-result').textContent")
    if not 0 < left < whole or not told.startswith(str(left)):
        yield f'a search leaves {left} of {whole} rows and says "{told}"'
    tab.value(f"document.querySelector('{field}').select()")
    tab.press("Backspace")
    if tab.value(f"{rows}.length") != whole:
        yield "an empty search does not bring every row back"


def _switch(tab: Tab) -> Iterator[str]:
    pairs = tab.value("document.querySelectorAll('.switch').length")
    for i in range(pairs):
        tab.value(f"document.querySelectorAll('.switch')[{i}].id = 'switch-{i}'")
        chart = tab.value(f"document.querySelector('#switch-{i}').dataset.figures.split(' ')[0]")
        table = tab.value(f"document.querySelector('#switch-{i}').dataset.table")
        both = f"[{SHOWN}('{chart}'), {SHOWN}('{table}')]"
        tab.value(f"document.querySelector('#switch-{i} button').click()")
        if not tab.click(f"#switch-{i} button:last-child") or tab.value(both) != [False, True]:
            yield f"a click does not change {chart} for {table}: {tab.value(both)}"
        tab.press("Tab", shift=True)
        tab.press("Enter")
        if tab.value(both) != [True, False]:
            yield f"the keyboard does not change {table} for {chart}"
    link = tab.value(
        "(() => { const link = [...document.querySelectorAll('main a[href^=\"#table\"]')]"
        ".find(a => a.checkVisibility()"
        " && document.querySelector(a.hash)?.hasAttribute('hidden'));"
        "if (!link) return null; link.id = 'clicked-link'; return link.hash.slice(1); })()"
    )
    if link:
        tab.click("#clicked-link")
        at = tab.value(f"[{SHOWN}('{link}'), document.getElementById('{link}').getBoundingClientRect().top]")
        if not at[0] or not -5 <= at[1] <= 400:
            yield f"a link to #{link} does not lead to it (shown: {at[0]}, {at[1]:.0f} px from the top)"


def _colours(tab: Tab) -> Iterator[str]:
    paper = "getComputedStyle(document.body).backgroundColor"
    light = tab.value(paper)
    tab.click(".cover button.mode")
    dark = tab.value(paper)
    tab.window(1280, dark=True)
    tab.click(".cover button.mode")
    again = tab.value(paper)
    pressed = tab.value("document.querySelector('button.mode').getAttribute('aria-pressed')")
    if not light == again != dark or pressed != "false":
        yield f"the button for dark colours gives {light}, {dark}, {again}, pressed: {pressed}"
    tab.window(1280)


def _contents(tab: Tab) -> Iterator[str]:
    names = tab.value("[...document.querySelectorAll('.contents ol a')].map(a => a.hash.slice(1))")
    for name in names:
        if not tab.click(f'.contents a[href="#{name}"]'):
            yield f"#{name} cannot be clicked in the contents"
            continue
        tab.value("new Promise(r => setTimeout(() => requestAnimationFrame(() => setTimeout(r)), 40))")
        marked = tab.value("document.querySelector('.contents [aria-current]')?.hash.slice(1)")
        # A short last chapter cannot come to the top of the window.
        ended = tab.value("innerHeight + scrollY >= document.documentElement.scrollHeight - 2")
        if marked != name and not ended:
            yield f"in #{name} the contents mark {marked}"


def _download(tab: Tab, folder: Path) -> Iterator[str]:
    tab.ask("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    name = tab.value("document.querySelector('button.download').dataset.table")
    _bring_out(tab, name)
    if not tab.click("button.download"):
        yield "the download button cannot be clicked"
        return
    end = time.monotonic() + 5
    while not (files := list(folder.glob("*.csv"))) and time.monotonic() < end:
        time.sleep(0.05)
    if not files:
        yield "a click on the download button brings no file"
        return
    text = files[0].read_text(encoding="utf-8")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    wanted = tab.value(f"document.querySelectorAll('#{name} tbody tr').length") + 1
    if not text.startswith("\ufeff") or len(rows) != wanted or len({len(row) for row in rows}) != 1:
        yield f"{files[0].name} has {len(rows)} rows, its table {wanted}, or lacks the mark of Excel"


def _language(tab: Tab, page: Path) -> Iterator[str]:
    other = tab.value("document.querySelector('a.language')?.getAttribute('href')")
    if other is None:
        return
    chapter = tab.value("document.querySelectorAll('main > section')[3].id")
    tab.click(f'.contents a[href="#{chapter}"]')
    tab.value("new Promise(r => setTimeout(r, 60))")
    tab.after_load(lambda: tab.click(".contents a.language"))
    address, top = tab.value(
        f"[location.href, document.getElementById('{chapter}').getBoundingClientRect().top]"
    )
    if address != f"{page.with_name(other).as_uri()}#{chapter}" or not -5 <= top <= 200:
        yield f"the other language opens at {address.rpartition('/')[2]}, {top:.0f} px from the top"


def _bring_out(tab: Tab, name: str) -> None:
    """Show a table that its switch hides, with a click."""
    tab.value(
        "document.querySelectorAll('.switch')"
        f".forEach(s => {{ if (s.dataset.table === '{name}') s.id = 'wanted'; }})"
    )
    tab.click("#wanted button:last-child")
    tab.value("document.getElementById('wanted')?.removeAttribute('id')")
