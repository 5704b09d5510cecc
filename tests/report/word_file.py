"""A Word file taken apart: its parts as XML, the text of an element, and what makes it valid."""

import io
import re
import zipfile
from collections import Counter

from docx.oxml.ns import qn
from lxml import etree
from report.ooxml_order import misplaced


def xml(file: bytes, name: str = "word/document.xml") -> etree._Element:
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        return etree.fromstring(parts.read(name))


def said(element: etree._Element) -> str:
    """The text of an element as python-docx reads it: a break is a new line."""
    parts = element.iter(qn("w:t"), qn("w:br"))
    return "".join("\n" if part.tag == qn("w:br") else part.text or "" for part in parts)


def data_tables(root: etree._Element) -> list[etree._Element]:
    found = root.iter(qn("w:tbl"))
    return [one for one in found if one.find(f".//{qn('w:tblStyle')}").get(qn("w:val")) == "DataTable"]


def instructions(root: etree._Element) -> list[str]:
    return [(one.text or "").strip() for one in root.iter(qn("w:instrText"))]


def require_valid(file: bytes) -> None:
    """Every part is XML in the schema's order; bookmarks are unique; every reference leads to one."""
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        for name in parts.namelist():
            if name.startswith("word/") and name.endswith(".xml"):
                assert list(misplaced(etree.fromstring(parts.read(name)))) == []
    root = xml(file)
    marks = [one.get(qn("w:name"), "") for one in root.iter(qn("w:bookmarkStart"))]
    ids = [one.get(qn("w:id")) for one in root.iter(qn("w:bookmarkStart"))]
    assert len(set(marks)) == len(marks)
    assert max(Counter(ids).values(), default=1) == 1
    assert sorted(ids) == sorted(one.get(qn("w:id")) for one in root.iter(qn("w:bookmarkEnd")))
    assert all(re.fullmatch(r"[A-Za-z_]\w{0,39}", mark) for mark in marks)
    leads = [code.split()[1] for code in instructions(root) if code.startswith("REF ")]
    leads += [one.get(qn("w:anchor"), "") for one in root.iter(qn("w:hyperlink"))]
    assert set(leads) <= set(marks)
    kinds = [one.get(qn("w:fldCharType")) for one in root.iter(qn("w:fldChar"))]
    assert kinds.count("begin") == kinds.count("separate") == kinds.count("end")
    numbers = [one.get("id") for one in root.iter(qn("wp:docPr"))]
    assert len(set(numbers)) == len(numbers)
