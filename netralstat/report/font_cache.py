"""Small files that take a moment to make, kept in the user's cache folder."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path


def cache_folder() -> Path:
    """Where this platform keeps what a program can make again."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
        return Path(base or Path.home() / "AppData" / "Local") / "netralstat" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "netralstat"
    base = os.environ.get("XDG_CACHE_HOME", "")
    return Path(base or Path.home() / ".cache") / "netralstat"


def kept_bytes(name: str, build: Callable[[], bytes]) -> bytes:
    """The bytes kept under `name`, made by `build` the first time.

    The name must tell everything that the bytes depend on. A cache that cannot be read or written costs time,
    never the result, so its errors end here.
    """
    path = cache_folder() / name
    try:
        return path.read_bytes()
    except OSError:
        content = build()
    with suppress(OSError):
        _write(path, content)
    return content


def kept_file(name: str, build: Callable[[], bytes]) -> Path:
    """As :func:`kept_bytes`, for readers of paths: without a cache, one in a folder that goes at exit."""
    path = cache_folder() / name
    if path.is_file():
        return path
    content = build()
    try:
        _write(path, content)
    except OSError:
        path = _passing_folder() / name
        _write(path, content)
    return path


@cache
def _passing_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="netralstat-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    number, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as handle:
            handle.write(content)
        os.replace(beside, path)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise
