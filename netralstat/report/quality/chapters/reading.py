"""How to read the page: its terms in a few words."""

from __future__ import annotations

from netralstat.report.blocks import Block, Box
from netralstat.report.quality.desk import QualityDesk

TERMS = (
    ("field.reading_flag", "field.reading_flag_text"),
    ("field.reading_match", "field.reading_match_text"),
    ("field.reading_irv", "field.reading_irv_text"),
    ("field.reading_d2", "field.reading_d2_text"),
    ("field.reading_icc", "field.reading_icc_text"),
)


def write(desk: QualityDesk) -> tuple[str, list[Block]]:
    """A list of terms."""
    entries = tuple((desk.w(term), desk.w(text)) for term, text in TERMS)
    box = Box(id="box-reading", title=desk.w("field.reading_box"), entries=entries)
    return desk.w("field.reading"), [box, desk.paragraph("field.reading_more")]
