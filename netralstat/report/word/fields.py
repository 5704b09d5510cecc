"""Live numbers of a Word document: captions that count, references that follow them, bookmarks, contents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from netralstat.report.blocks import Figure, Heading, Table
from netralstat.report.document import REFERENCE, Document
from netralstat.report.word.markup import Element, instruction, paragraph, run, w
from netralstat.report.words import Words

_NUMBER = "\x00"


def field(code: str, *shown: Element) -> list[Element]:
    """A field with the text that it last showed, so that Word need not compute it at opening."""
    return [_mark("begin"), instruction(f" {code} "), _mark("separate"), *shown, _mark("end")]


def _mark(kind: str) -> Element:
    return w("r", w("fldChar", fldCharType=kind))


class Targets:
    """The bookmarks of one document, and the texts that lead to them.

    Every chapter, table and figure has two: ``_Ref…`` around what a reference repeats (``Tabel 3``, a
    chapter's title), and ``_Toc…`` around its whole line, for the contents; a heading within a chapter has
    the second. Names and numbers follow the order of the document.
    """

    def __init__(self, document: Document, words: Words) -> None:
        self.references: Mapping[str, str] = document.references
        self.words = words
        names = [f"chapter-{chapter.id}" for chapter in document.chapters]
        names += [block.id for block in document.blocks if isinstance(block, Heading | Table | Figure)]
        self._places = {name: place for place, name in enumerate(names, start=1)}
        self._ids = count(1)

    def bookmark(self, name: str, kind: str) -> str:
        """``_Ref100000003``: the bookmark of a chapter, table or figure; `kind` is ``Ref`` or ``Toc``."""
        return f"_{kind}{100_000_000 + self._places[name]}"

    def marked(self, bookmark: str, *runs: Element) -> list[Element]:
        """Runs within a bookmark."""
        number = next(self._ids)
        return [w("bookmarkStart", id=number, name=bookmark), *runs, w("bookmarkEnd", id=number)]

    def whole(self, name: str, *inner: Element) -> list[Element]:
        """A line that the contents lead to."""
        return self.marked(self.bookmark(name, "Toc"), *inner)

    # ------------------------------------------------------------------ captions
    def caption(self, block: Table | Figure) -> Element:
        """``Tabel 3  Kedua modalitas``: the number a field that counts, the label a bookmark."""
        before, after, identifier = self._label("figure" if isinstance(block, Figure) else "table")
        counted = field(f"SEQ {identifier} \\* ARABIC", run(str(block.number), style="CaptionNumber"))
        label = [*([run(before, style="CaptionNumber")] if before else []), *counted]
        label += [run(after, style="CaptionNumber")] if after else []
        inner = [*self.marked(self.bookmark(block.id, "Ref"), *label), run(f"\u2002{block.title}")]
        return paragraph("Caption", *self.whole(block.id, *inner))

    def _label(self, kind: str) -> tuple[str, str, str]:
        """What stands before and after the number, and the name under which Word counts."""
        before, _, after = self.words(f"term.{kind}", number=_NUMBER).partition(_NUMBER)
        return before, after, "".join(sign for sign in before if sign.isalpha()) or kind.title()

    # ------------------------------------------------------------------ references
    def runs(self, text: str, *properties: Element) -> list[Element]:
        """A text as runs; ``[[id]]`` in it becomes a field that repeats the label and leads to its place."""
        return [one for part in self._parts(text, properties) for one in part]

    def _parts(self, text: str, properties: Sequence[Element]) -> Iterator[list[Element]]:
        end = 0
        for match in REFERENCE.finditer(text):
            if match.start() > end:
                yield [run(text[end : match.start()], *properties)]
            name = match.group(1)
            told = self.references.get(name, match.group())
            yield self.reference(name, told) if name in self._places else [run(told, *properties)]
            end = match.end()
        if end < len(text):
            yield [run(text[end:], *properties)]

    def reference(self, name: str, told: str) -> list[Element]:
        """A field that repeats the label of a table or figure, or a chapter's title."""
        return field(
            f"REF {self.bookmark(name, 'Ref')} \\h \\* MERGEFORMAT", run(told, style="CrossReference")
        )

    def jump(self, key: str, part: str, name: str) -> str:
        """``Lihat angkanya: [[table-x]]``; empty when there is no such place."""
        return self.words(key, **{part: f"[[{name}]]"}) if name in self._places else ""

    # ------------------------------------------------------------------ contents
    def contents(self, code: str, entries: Sequence[tuple[str, str, str]]) -> list[Element]:
        """The paragraphs of a contents field as last shown, without page numbers; (style, place, text) each.

        Word adds the page numbers when its reader updates the field, and asks nothing at opening.
        """
        begin, told, separate, end = field(code)
        made = []
        for at, (style, name, text) in enumerate(entries):
            link = w("hyperlink", run(text), anchor=self.bookmark(name, "Toc"), history=1)
            first = [begin, told, separate] if at == 0 else []
            last = [end] if at == len(entries) - 1 else []
            made.append(paragraph(style, *first, link, *last))
        return made

    def listed(self, kind: str, blocks: Sequence[Table | Figure]) -> list[Element]:
        """The list of tables or of figures."""
        code = f'TOC \\h \\z \\c "{self._label(kind)[2]}"'
        entries = [
            ("TableofFigures", block.id, f"{self.references.get(block.id, '')}\u2002{block.title}".strip())
            for block in blocks
        ]
        return self.contents(code, entries)
