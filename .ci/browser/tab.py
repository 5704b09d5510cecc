"""One tab of the browser: what a reader's eyes, mouse and keyboard do."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from browser.devtools import Browser, Event

KEYS = {
    "Tab": {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9},
    "Enter": {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"},
    "Backspace": {"key": "Backspace", "code": "Backspace", "windowsVirtualKeyCode": 8},
}
# Where a click on an element lands; null when it is not shown or something else lies over it.
# Two frames pass after scrolling, so that the mouse meets what is drawn.
SPOT = """(async selector => {
  const element = document.querySelector(selector);
  if (!element) return null;
  element.scrollIntoView({block: 'center', behavior: 'instant'});
  for (let i = 0; i < 2; i += 1) await new Promise(r => requestAnimationFrame(r));
  const box = element.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const top = document.elementFromPoint(x, y);
  return top && (element.contains(top) || top.contains(element)) ? [x, y] : null;
})"""


class Tab:
    """A tab that keeps its events; `since` is the number of events when the page was opened."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._target = target
        self.since = len(browser.events)
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    @property
    def events(self) -> list[Event]:
        """What the browser said since the tab was made."""
        return [e for e in self._browser.events[self.since :] if e.get("sessionId") == self._session]

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command for this tab."""
        return self._browser.ask(method, self._session, **parameters)

    def window(self, width: int, *, dark: bool = False, height: int = 900) -> None:
        """The size of the window in pixels, and the colours that the reader's system asks for."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.ask("Emulation.setEmulatedMedia", media="", features=[scheme, still])

    def open(self, address: str) -> None:
        """Go to an address and wait until it has loaded."""
        self.after_load(lambda: self.ask("Page.navigate", url=address))

    def after_load(self, act: Callable[[], object]) -> None:
        """Do what makes a page load, and wait until it has.

        Raises
        ------
        RuntimeError
            No page loads.
        """
        before = len(self._browser.events)
        act()
        if self._browser.wait_for("Page.loadEventFired", before, 20) is None:
            raise RuntimeError("no page has loaded")
        time.sleep(0.1)  # what a page does right after loading; its own timers stand still without scripts

    def value(self, expression: str) -> Any:
        """What a JavaScript expression gives (a promise is waited for).

        Raises
        ------
        RuntimeError
            It throws.
        """
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def click(self, selector: str) -> bool:
        """Click the middle of an element with the mouse; False when it is not shown or is covered."""
        spot = self.value(f"{SPOT}({selector!r})")
        if spot is None:
            return False
        x, y = spot
        self.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        return True

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press a key of `KEYS`."""
        held = {"modifiers": 8} if shift else {}
        self.ask("Input.dispatchKeyEvent", type="keyDown", **KEYS[key], **held)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **{k: KEYS[key][k] for k in ("key", "code")}, **held)

    def type(self, text: str) -> None:
        """Type a text where the cursor stands."""
        self.ask("Input.insertText", text=text)

    def picture(self, file: Path) -> None:
        """Write the whole page as a PNG."""
        shot = self.ask("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def pdf(self) -> bytes:
        """The page as the browser prints it."""
        printed = self.ask("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        return base64.b64decode(printed["data"])

    def close(self) -> None:
        """Close the tab."""
        self._browser.ask("Target.closeTarget", targetId=self._target)
