"""The characters that an office file can hold."""

from __future__ import annotations

import re

_NOT_XML = re.compile("[^\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain(text: str) -> str:
    """A text without the signs that XML cannot hold (control characters, halves of a pair): each a space."""
    return _NOT_XML.sub(" ", text)
