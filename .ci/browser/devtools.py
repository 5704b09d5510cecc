"""Chromium over the DevTools protocol: the standard library alone, over a pipe, so that no port is opened."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
from types import TracebackType
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
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 60
Event = dict[str, Any]


def chromium() -> str | None:
    """The browser of this machine."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


class Browser:
    """A Chromium that listens on a pipe; `events` keeps what it said unasked."""

    def __init__(self, program: str, profile: str) -> None:
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        # The browser reads commands from its descriptor 3 and answers on 4.
        command = 'exec "$@" 3<&"$NETRALSTAT_IN" 4>&"$NETRALSTAT_OUT"'
        self._process = subprocess.Popen(
            ["bash", "-c", command, "bash", program, *FLAGS, f"--user-data-dir={profile}"],
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
        self.events: list[Event] = []

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Send one command and return its result.

        Raises
        ------
        RuntimeError
            The browser refuses the command, does not answer, or has ended.
        """
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        left = memoryview(json.dumps(message).encode() + b"\0")
        while left:
            left = left[os.write(self._write, left) :]
        end = time.monotonic() + SECONDS
        while (answer := self._next(end - time.monotonic())) is not None:
            if answer.get("id") == self._last:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)
        raise RuntimeError(f"the browser did not answer {method} in {SECONDS} s")

    def wait_for(self, method: str, since: int = 0, seconds: float = SECONDS) -> Event | None:
        """The first event of this name among `events` from number `since` on; None when it does not come."""
        end = time.monotonic() + seconds
        while True:
            for event in self.events[since:]:
                if event.get("method") == method:
                    return event
            answer = self._next(end - time.monotonic())
            if answer is None:
                return None
            self.events.append(answer)

    def close(self) -> None:
        """End the browser."""
        os.close(self._write)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._read)

    def _next(self, seconds: float) -> Event | None:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0.0, seconds))
            if not ready:
                return None
            chunk = os.read(self._read, 1 << 16)
            if not chunk:
                raise RuntimeError(f"the browser ended by itself (exit code {self._process.wait(10)})")
            self._buffer += chunk
        message, _, self._buffer = self._buffer.partition(b"\0")
        event: Event = json.loads(message)
        return event
