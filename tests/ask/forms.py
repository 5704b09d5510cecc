"""Small forms for tests, written as markdown tables or workbooks."""

from __future__ import annotations

import zipfile
from pathlib import Path

from netralstat.ask.instrument import Instrument
from netralstat.ask.xlsform import read_xlsform

CHOICES = """
| choices |
|  | list_name | name | label::Bahasa Indonesia (id) | label::English (en) | nst_score | nst_missing |
|  | agree | 1 | Tidak setuju | Disagree | 1 | |
|  | agree | 2 | Netral | Neutral | 2 | |
|  | agree | 3 | Setuju | Agree | 3 | |
|  | agree | 9 | Tidak tahu | Don't know | | dont_know |
|  | yn | yes | Ya | Yes | | |
|  | yn | no | Tidak | No | | |
"""
LABELS = "label::Bahasa Indonesia (id) | label::English (en)"
SURVEY = f"""
| survey |
|  | type | name | {LABELS} | relevant | constraint | required | nst_scale | nst_reverse |
|  | start | start | | | | | | | |
|  | select_one yn | consent | Bersedia? | Willing? | | | yes | | |
|  | begin group | main | Utama | Main | ${{consent}} = 'yes' | | | | |
|  | integer | age | Umur | Age | | . >= 18 | | | |
|  | select_one agree | trust_1 | Saya percaya | I trust | | | | trust | |
|  | select_one agree | trust_2 | Saya ragu | I doubt | | | | trust | yes |
|  | select_multiple yn | both | Yang mana? | Which? | ${{age}} > 20 | | | | |
|  | end group | | | | | | | | |
"""
SETTINGS = """
| settings |
|  | form_title | form_id | version | default_language | nst_title_en |
|  | Contoh | demo | {version} | Bahasa Indonesia (id) | Example |
"""


def written(folder: Path, text: str, name: str = "form.md") -> Path:
    path = folder / name
    path.write_text(text.strip() + "\n", encoding="utf-8")
    return path


def demo(folder: Path, *changes: tuple[str, str], version: str = "1") -> Instrument:
    """The small form, with pieces of its text replaced; each must be there exactly once."""
    return read_xlsform(demo_path(folder, *changes, version=version))


def demo_path(folder: Path, *changes: tuple[str, str], version: str = "1") -> Path:
    text = SURVEY + CHOICES + SETTINGS.format(version=version)
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the form"
        text = text.replace(old, new)
    return written(folder, text, f"demo-{version}.md")


def rows(folder: Path, *lines: str, header: str = "type | name | label") -> Instrument:
    """A form of the given rows of its sheet survey; a line "| choices |" and what follows it come last."""
    return read_xlsform(written(folder, "\n".join(["| survey |", f"|  | {header} |", *lines])))


def zipped(path: Path, **parts: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)
    return path
