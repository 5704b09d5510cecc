"""The pieces of a report: what a chapter is made of, before any file format."""

from __future__ import annotations

from dataclasses import dataclass

Interval = tuple[float, float]
Value = str | float | int | Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Running text. ``[[id]]`` stands for a reference to a table, figure or chapter."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading inside a chapter."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A remark to be seen, such as a caution."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Why a chapter, or a part of it, has nothing to show."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One key number: printed value, its interval, the sentence and the table that holds it."""

    value: str
    interval: str
    title: str
    sentence: str
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingGrid:
    """Key findings side by side."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A definition list under a title."""

    id: str
    title: str
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preformatted:
    """Text whose line breaks count, such as a BibTeX entry."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    kind : str
        How a writer prints its raw values: ``text``, ``code``, ``sign``, ``percent``, ``se_percent``,
        ``points``, ``interval``, ``interval_number``, ``count``, ``number``, ``p_value`` or ``df``.
    group : str
        Head above several neighbouring columns; empty for none.
    """

    key: str
    label: str
    kind: str
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One raw value (proportions in [0, 1]) and the symbol of the note that explains it.

    A number that is none (NaN) becomes None: nothing to show.
    """

    value: Value = None
    flag: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.value, float) and self.value != self.value:
            object.__setattr__(self, "value", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One table row; `kind` is ``body``, ``total``, ``group``, ``reference`` or ``outside``."""

    cells: tuple[Cell, ...]
    kind: str = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A numbered table. `search` asks a screen writer for a search field over the first column."""

    id: str
    number: int
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    source: str = ""
    search: bool = False
    figure_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A numbered picture (SVG text), its message in words, and the table with its numbers."""

    id: str
    number: int
    title: str
    svg: str
    alt: str
    notes: tuple[str, ...] = ()
    source: str = ""
    table_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    """The institution's logo as checked bytes; `media_type` is ``image/png`` or ``image/svg+xml``."""

    media_type: str
    base64: str

    @property
    def uri(self) -> str:
        """A ``data:`` address that holds the whole picture."""
        return f"data:{self.media_type};base64,{self.base64}"


Block = Paragraph | Heading | Note | Missing | FindingGrid | Box | Preformatted | Table | Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One chapter."""

    id: str
    title: str
    blocks: tuple[Block, ...]
