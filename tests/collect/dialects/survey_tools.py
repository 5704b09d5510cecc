"""One small form as survey tools other than XLSForm ask it, and a way to read text as their exports."""

from __future__ import annotations

from netralstat.ask.instrument import Choice, Instrument, Item
from netralstat.ask.plan_collect import Source
from netralstat.collect.dialects.answers import Answers, Declared
from netralstat.collect.formats.delimited import read_delimited
from netralstat.collect.responses import DIALECTS
from netralstat.collect.text_table import TextColumn, with_header_rows


def choice(name: str, indonesian: str, english: str, missing: str | None = None) -> Choice:
    return Choice(name=name, labels={"id": indonesian, "en": english}, missing=missing)


YES_NO = (choice("ya", "Ya", "Yes"), choice("tidak", "Tidak", "No"))
DONE = (
    choice("b_banner", "Spanduk, baliho", "Banner, billboard"),
    choice("b_rally", "Kampanye", "Rally"),
    choice("other", "Lainnya", "Something else"),
    choice("-9", "Menolak", "Refused", missing="refused"),
)


def item(name: str, kind: str, indonesian: str, english: str, choices: tuple[Choice, ...] = ()) -> Item:
    return Item(name=name, kind=kind, labels={"id": indonesian, "en": english}, choices=choices)


FORM = Instrument(
    id="x",
    version="1",
    titles={},
    languages=("id", "en"),
    default_language="id",
    items=(
        Item(name="end", kind="datetime"),
        Item(name="intro", kind="note", labels={"id": "Halo", "en": "Hello"}),
        item("setuju", "select_one", "Bersedia?", "Consent?", YES_NO),
        item("done", "select_multiple", "Pernah apa?", "What have you done?", DONE),
        item("done_lain", "text", "Sebutkan", "Which?"),
        item("lihat_01", "select_one", "Ajakan", "Appeals", YES_NO),
        item("lihat_02", "select_one", "Hadiah", "Gifts", YES_NO),
        item("urut", "rank", "Urutkan", "Rank them", YES_NO),
        item("umur", "integer", "Umur", "Age"),
        item("bagian", "decimal", "Bagian", "Share"),
        item("hari", "date", "Hari apa?", "Which day?"),
        item("saran", "text", "Saran", "Remarks"),
    ),
)


def read(
    kind: str, text: str, *named: str, structure: tuple[str, bytes] | None = None, **keys: object
) -> Answers:
    """Read separated text as an export that `kind` wrote, with its structure file (name, bytes)."""
    name, raw = structure if structure is not None else (None, None)
    told = {"structure": name} if name is not None else {}
    source = Source.model_validate({"path": "e.csv", "kind": kind, **told, **keys})
    table = read_delimited(text.encode(), source, "0" * 64)
    if kind == "qualtrics":
        table = with_header_rows(table, (source.header_rows or 3) - 1)
    return DIALECTS[kind](table, Declared(source=source, instrument=FORM, named=named, structure=raw))


def cells(column: TextColumn) -> list[str]:
    return list(column.text())


def split(answers: Answers, name: str = "done") -> dict[str, list[str]]:
    return {code: cells(column) for code, column in answers.split[name].items()}
