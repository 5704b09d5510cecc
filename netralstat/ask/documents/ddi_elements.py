"""Elements of a DDI document: texts that XML can hold, and languages as XML names them."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

# Characters that XML 1.0 cannot hold.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def allowed(text: str) -> str:
    """A text without the characters that XML forbids."""
    return FORBIDDEN.sub("", text)


def text_element(parent: ET.Element, tag: str, text: str, language: str | None = None) -> ET.Element:
    """Add an element with a text, without characters that XML forbids."""
    element = ET.SubElement(parent, tag)
    if language is not None and language != "und":
        element.set("xml:lang", language_tag(language))
    element.text = allowed(text)
    return element


def language_tag(code: str) -> str:
    """A language as XML names it: RFC 3066, where "und" is undetermined and "x-…" somebody's own name."""
    if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", code):
        return code
    own = re.sub(r"[^A-Za-z0-9]+", "-", code).strip("-")
    return "-".join(["x", *(part[:8] for part in own.split("-") if part)]) if own else "und"
