"""What every test starts from: libraries that the garbage collector need not walk again."""

from __future__ import annotations

import gc


def pytest_collection_finish() -> None:
    """Leave the objects of the imported libraries out of every later collection: a twentieth of the time."""
    gc.collect()
    gc.freeze()
