"""How to cite the report, as a sentence and as BibTeX."""

from __future__ import annotations

import re

from netralstat.report.blocks import Block, Preformatted
from netralstat.report.context import Context

BIBTEX_SPECIAL = re.compile(r"([&%$#_{}])")


def write(context: Context) -> tuple[str, list[Block]]:
    """The reference, then the same as BibTeX."""
    w, plan, day = context.w, context.material.plan, context.material.generated
    fields = {
        "institution": plan.report.institution[context.language],
        "year": day.year,
        "title": plan.title[context.language],
        "version": plan.report.version,
        "date": context.f.day(day),
    }
    key = "citation.text_synthetic" if context.material.synthetic else "citation.text"
    blocks: list[Block] = [context.paragraph(key, **fields)]
    note = w("citation.note_synthetic" if context.material.synthetic else "citation.note", **fields)
    lines = [
        f"@techreport{{{re.sub('[^a-z0-9]', '', plan.id)}{day.year}{context.language},",
        f"  author      = {{{{{_escaped(str(fields['institution']))}}}}},",
        f"  institution = {{{_escaped(str(fields['institution']))}}},",
        f"  title       = {{{{{_escaped(str(fields['title']))}}}}},",
        f"  year        = {{{day.year}}},",
        f"  number      = {{{_escaped(str(fields['version']))}}},",
        f"  note        = {{{_escaped(note)}}}",
        "}",
    ]
    blocks.append(Preformatted(id="bibtex", text="\n".join(lines)))
    if plan.report.contact:
        blocks.append(context.paragraph("citation.contact", contact=plan.report.contact))
    return w("citation.title"), blocks


def _escaped(text: str) -> str:
    return BIBTEX_SPECIAL.sub(r"\\\1", text)
