"""The figures of a Word document, each with the text that tells its message, and the ground of the cover."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from docx.oxml import parse_xml
from docx.oxml.ns import qn

from netralstat.errors import ReportError
from netralstat.report.blocks import Figure
from netralstat.report.word.characters import plain
from netralstat.report.word.fields import Targets
from netralstat.report.word.markup import EMU, Element, element, paragraph, w
from netralstat.report.word.prints import COVER_ID, Print
from netralstat.report.word.tables import foot

if TYPE_CHECKING:
    from docx.parts.document import DocumentPart

_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_PICTURE = "http://schemas.openxmlformats.org/drawingml/2006/picture"


def figure_parts(figure: Figure, place: Element, targets: Targets) -> list[Element]:
    """Caption, picture, notes and source, all on one page; `place` is the run that takes the picture."""
    way = targets.jump("page.to_table", "table", figure.table_id)
    return [
        targets.caption(figure),
        paragraph("Picture", place),
        *foot(figure.notes, figure.source, way, targets),
    ]


def cover_drawing(picture: Print, part: DocumentPart, number: int) -> Element:
    """The picture that lies behind the text of the cover, from edge to edge; it says nothing."""
    zero = {"relativeFrom": "page"}
    return w(
        "drawing",
        element(
            "wp:anchor",
            dict.fromkeys(("distT", "distB", "distL", "distR"), "0")
            | {"simplePos": "0", "relativeHeight": "1", "behindDoc": "1", "locked": "0"}
            | {"layoutInCell": "1", "allowOverlap": "1"},
            element("wp:simplePos", {"x": "0", "y": "0"}),
            *(element(f"wp:position{axis}", zero, _told("wp:posOffset", "0")) for axis in "HV"),
            element("wp:extent", _extent(picture)),
            element("wp:effectExtent", dict.fromkeys("ltrb", "0")),
            element("wp:wrapNone", {}),
            *_described(number, COVER_ID, "", decorative=True),
            _graphic(picture, part, number, COVER_ID),
        ),
    )


def drawing(name: str, alt: str, picture: Print, part: DocumentPart, number: int) -> Element:
    """A picture in a line of text, and what is read out in its place.

    Raises
    ------
    ReportError
        There is no such text.
    """
    if not alt.strip():
        raise ReportError(
            "A figure has no text that tells its message.",
            where=f'figure "{name}"',
            do="give it alt text: readers who do not see it hear that.",
        )
    return w(
        "drawing",
        element(
            "wp:inline",
            dict.fromkeys(("distT", "distB", "distL", "distR"), "0"),
            element("wp:extent", _extent(picture)),
            element("wp:effectExtent", dict.fromkeys("ltrb", "0")),
            *_described(number, name, alt),
            _graphic(picture, part, number, name),
        ),
    )


def _described(number: int, name: str, alt: str, *, decorative: bool = False) -> tuple[Element, Element]:
    """The name of a picture and what is read out in its place."""
    named = {"id": str(number), "name": name, "descr": plain(alt)}
    told = element("wp:docPr", named)
    if decorative:
        told.append(
            parse_xml(
                f'<a:extLst xmlns:a="{_DRAWING}"><a:ext uri="{{C183D7F6-B498-43B3-948B-1728B52AA6E4}}">'
                '<adec:decorative xmlns:adec="http://schemas.microsoft.com/office/drawing/2017/decorative" '
                'val="1"/></a:ext></a:extLst>'
            )
        )
    locks = element("a:graphicFrameLocks", {"noChangeAspect": "1"})
    return told, element("wp:cNvGraphicFramePr", {}, locks)


def _graphic(picture: Print, part: DocumentPart, number: int, name: str) -> Element:
    relation, _ = part.get_or_add_image(io.BytesIO(picture.png))
    size = _extent(picture)
    return element(
        "a:graphic",
        {},
        element(
            "a:graphicData",
            {"uri": _PICTURE},
            element(
                "pic:pic",
                {},
                element(
                    "pic:nvPicPr",
                    {},
                    element("pic:cNvPr", {"id": str(number), "name": f"{name}.png"}),
                    element("pic:cNvPicPr", {}),
                ),
                element(
                    "pic:blipFill",
                    {},
                    _related(relation),
                    element("a:stretch", {}, element("a:fillRect", {})),
                ),
                element(
                    "pic:spPr",
                    {},
                    element(
                        "a:xfrm",
                        {},
                        element("a:off", {"x": "0", "y": "0"}),
                        element("a:ext", size),
                    ),
                    element("a:prstGeom", {"prst": "rect"}, element("a:avLst", {})),
                ),
            ),
        ),
    )


def _related(relation: str) -> Element:
    return element("a:blip", {qn("r:embed"): relation})


def _extent(picture: Print) -> dict[str, str]:
    return {"cx": str(round(picture.width * EMU)), "cy": str(round(picture.height * EMU))}


def _told(name: str, text: str) -> Element:
    made = element(name, {})
    made.text = text
    return made
