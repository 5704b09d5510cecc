"""One small form, and a way to read a few lines of text as an export of it."""

from __future__ import annotations

from netralstat.ask.instrument import Choice, Group, Instrument, Item
from netralstat.ask.plan_collect import Source
from netralstat.collect.dialects.answers import Answers, Declared
from netralstat.collect.formats.delimited import read_delimited
from netralstat.collect.responses import DIALECTS
from netralstat.collect.text_table import TextColumn

YES_NO = (Choice(name="1", labels={"id": "Ya"}), Choice(name="2", labels={"id": "Tidak"}))
WHO = (Choice(name="tim", labels={"id": "Tim/partai"}), Choice(name="rt", labels={"id": "Ketua RT, RW"}))


def _item(name: str, kind: str, label: str | None, *group: str, choices: tuple[Choice, ...] = ()) -> Item:
    labels = {} if label is None else {"id": label}
    return Item(name=name, kind=kind, labels=labels, group=group, choices=choices)


FORM = Instrument(
    id="x",
    version="1",
    titles={},
    languages=("id", "en"),
    default_language="id",
    groups=(Group(path=("a",), labels={"id": "Bagian A/1"}), Group(path=("a", "b"), labels={"id": "B"})),
    items=(
        _item("start", "datetime", None),
        _item("intro", "note", "Halo"),
        _item("who", "select_multiple", "Siapa?", "a", choices=WHO),
        _item("own", "select_one", "Pernah?", "a", "b", choices=YES_NO),
        _item("own2", "select_one", "Pernah?", "a", "b", choices=YES_NO),
        _item("place", "geopoint", "Tempat", "a"),
        _item("photo", "file", "Foto", "a"),
        _item("share", "decimal", "Bagian"),
        Item(name="child", kind="text", labels={"id": "Nama"}, group=("kids",), repeat="kids"),
    ),
)


def read(kind: str, text: str, *named: str, **keys: object) -> Answers:
    """Read comma separated text as an export that `kind` wrote."""
    source = Source.model_validate({"path": "e.csv", "kind": kind, **keys})
    table = read_delimited(text.encode(), source, "0" * 64)
    return DIALECTS[kind](table, Declared(source=source, instrument=FORM, named=named))


def cells(column: TextColumn) -> list[str]:
    return list(column.text())


def split(answers: Answers, item: str = "who") -> dict[str, list[str]]:
    return {choice: cells(column) for choice, column in answers.split[item].items()}
