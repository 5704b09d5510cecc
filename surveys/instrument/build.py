"""Write the questionnaire as an XLSForm: `python build.py [--output netrality.xlsx]`.

The wording stands in `choices.py`, `items.py` and `attitudes.py`. The same wording gives the same bytes, so a
changed workbook is always a changed questionnaire.
"""

from __future__ import annotations

import argparse
import os
import re
import zipfile
from datetime import datetime
from io import BytesIO
from pathlib import Path

import attitudes
import items
from choices import options
from items import Row, group
from short_names import SHORT_NAMES

os.environ["OPENPYXL_LXML"] = "False"  # lxml, where it is installed, would write other bytes
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

FORM_ID = "asn_netrality"
VERSION = "2021070101"
ISSUED = datetime(2021, 7, 1)
INDONESIAN, ENGLISH = "Bahasa Indonesia (id)", "English (en)"
SURVEY_TAGS = (
    "role",
    "scale",
    "reverse",
    "form",
    "modality",
    "sensitivity",
    "experiment",
    "correct",
    "source",
)
CHOICE_TAGS = ("score", "missing", "form", "kemendagri", "bps", "parent2020")
WIDTHS = {"type": 26, "name": 24, "list_name": 18, "label": 60, "hint": 40, "relevant": 32, "constraint": 32}

Table = list[dict[str, object]]


def questionnaire() -> list[Row]:
    """Every row of the `survey` sheet, in order."""
    last = ("Pada pemilihan terakhir (pemilu atau pilkada)", "In the last election (general or regional)")
    main = [
        *group("background", ("Latar belakang", "Background"), items.background()),
        *group(
            "witnessed",
            (
                f"{last[0]}, apakah Bapak/Ibu melihat sendiri pegawai di instansi Bapak/Ibu melakukan hal "
                "berikut?",
                f"{last[1]}, did you yourself see civil servants in your agency do the following?",
            ),
            items.witnessed(),
        ),
        *group("experience", ("Pengalaman Bapak/Ibu sendiri", "Your own experience"), items.experience()),
        *group("agency_view", ("Yang terjadi di instansi Bapak/Ibu", "What happened in your agency"),
               items.agency_view()),
        *group("list_experiment", (f"{last[0]}: daftar kegiatan", f"{last[1]}: a list of activities"),
               items.list_experiment()),
        *group("scales_1", ("Karier, petahana, dan kekerabatan", "Career, incumbents and kinship"),
               attitudes.scales(attitudes.MOTIVES)),
        attitudes.attention(),
        *group("scales_2", ("Aturan, sanksi, pimpinan, dan pelaporan",
                            "Rules, sanctions, leaders and reporting"),
               attitudes.scales(attitudes.RULES)),
        *group("exposure", ("Selama 12 bulan sebelum pemilihan terakhir",
                            "In the 12 months before the last election"),
               attitudes.exposure()),
        *group("opinion", ("Pendapat Bapak/Ibu", "Your opinion"), attitudes.opinion()),
    ]  # fmt: skip
    return [
        *items.metadata(),
        *items.screening(),
        *group("main", ("Kuesioner", "Questionnaire"), main, relevant="${eligible} = 1", paged=False),
    ]


def pair(column: str, texts: tuple[str, str]) -> dict[str, object]:
    """The two language columns of a translated column."""
    return {f"{column}::{INDONESIAN}": texts[0], f"{column}::{ENGLISH}": texts[1]}


def survey_table() -> Table:
    """The `survey` sheet, a dictionary a row."""
    return [
        {"type": row.type, "name": row.name}
        | pair("label", row.label)
        | pair("hint", row.hint)
        | {
            "required": "yes" if row.is_required else "",
            "relevant": row.relevant,
            "constraint": row.constraint,
        }
        | pair("constraint_message", row.message)
        | {"calculation": row.calculation, "appearance": row.appearance}
        | {f"nst_{tag}": row.tags.get(tag, "") for tag in SURVEY_TAGS}
        | dict(zip(("nst_short_id", "nst_short_en"), SHORT_NAMES.get(row.name, ("", "")), strict=True))
        for row in questionnaire()
    ]


def choices_table() -> Table:
    """The `choices` sheet, a dictionary a row."""
    return [
        {"list_name": option.list_name, "name": option.name}
        | pair("label", (option.label_id, option.label_en))
        | {f"nst_{tag}": option.tags.get(tag, "") for tag in CHOICE_TAGS}
        for option in options()
    ]


def settings_table() -> Table:
    """The `settings` sheet; XLSForm knows one title, so the English one stands in a column of its own."""
    return [
        {
            "form_title": "Survei Netralitas Aparatur Sipil Negara",
            "form_id": FORM_ID,
            "version": VERSION,
            "default_language": INDONESIAN,
            "style": "pages",
            "nst_title_en": "Civil Service Neutrality Survey",
        }
    ]


def fill(sheet: Worksheet, table: Table) -> None:
    """Write a table with a bold, frozen header and readable column widths."""
    header = list(table[0])
    sheet.append(header)
    for row in table:
        sheet.append([None if row[column] == "" else row[column] for column in header])
    sheet.freeze_panes = "C2"
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="DDE6EE")
        sheet.column_dimensions[cell.column_letter].width = WIDTHS.get(str(cell.value).split("::")[0], 18)
    for line in sheet.iter_rows(min_row=2):
        for cell in line:
            cell.alignment = Alignment(vertical="top", wrap_text=True)


def frozen(workbook: Workbook) -> bytes:
    """The workbook's bytes with every clock in it set to the date of issue.

    The parts are stored without compression: what zlib makes of them differs from build to build.
    """
    written = BytesIO()
    workbook.save(written)
    stamp = f"{ISSUED:%Y-%m-%dT%H:%M:%SZ}".encode()
    result = BytesIO()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(result, "w") as target:
        for name in sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:(created|modified)[^>]*>)[^<]*", rb"\g<1>" + stamp, content)
            entry = zipfile.ZipInfo(name, date_time=ISSUED.timetuple()[:6])
            entry.create_system = 3
            target.writestr(entry, content)
    return result.getvalue()


def build() -> bytes:
    """The XLSForm, as the bytes of a workbook."""
    workbook = Workbook()
    workbook.properties.creator = "netralstat"
    workbook.properties.title = FORM_ID
    workbook.remove(workbook.worksheets[0])
    tables = {"survey": survey_table(), "choices": choices_table(), "settings": settings_table()}
    for name, table in tables.items():
        fill(workbook.create_sheet(name), table)
    return frozen(workbook)


def main() -> None:
    """Write the workbook beside this file, or where `--output` says."""
    parser = argparse.ArgumentParser(description="Write the questionnaire as an XLSForm.")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("netrality.xlsx"))
    output = parser.parse_args().output
    output.write_bytes(build())
    print(output)


if __name__ == "__main__":
    main()
