"""A regression table as a fragment of HTML."""

from __future__ import annotations

from html import escape

from netralstat.report.models.table.layout import Layout, Line

STYLE = "border-collapse:collapse;font-variant-numeric:tabular-nums"
LEFT = "text-align:left;padding:2px 10px"
RIGHT = "text-align:right;padding:2px 10px;white-space:nowrap"
CENTRE = "text-align:center;padding:2px 10px"
NOTE = f"{LEFT};font-size:smaller;white-space:normal"
RULE = ";border-top:1px solid #D9DDE4"
HEAVY = ";border-top:2px solid #3F2B73"


def html(layout: Layout, language: str) -> str:
    """One ``<table>`` with its caption, heads, foot and notes; every text escaped."""
    widths = [len(heads) for heads in layout.heads]
    width = 1 + sum(widths)
    body = [_line(line, width) for line in layout.lines]
    foot = [
        _foot(layout, line.label, line.texts, RULE if i == 0 else "") for i, line in enumerate(layout.foot)
    ]
    notes = [f'<tr><td colspan="{width}" style="{NOTE}">{escape(note)}</td></tr>' for note in layout.notes]
    return "\n".join(
        [
            f'<table class="model-table" lang="{escape(language)}" style="{STYLE}">',
            f'<caption style="{LEFT};font-weight:600">{escape(layout.title)}</caption>',
            "<thead>",
            *_heads(layout),
            "</thead>",
            "<tbody>",
            *body,
            "</tbody>",
            "<tfoot>",
            *foot,
            *notes,
            "</tfoot>",
            "</table>",
        ]
    )


def _heads(layout: Layout) -> list[str]:
    rows = 2 + bool(layout.levels)
    upper = f'<tr><th rowspan="{rows}" scope="col" style="{LEFT}{HEAVY}">{escape(layout.stub)}</th>'
    at = 0
    for name, n_equations in layout.spans:
        span = sum(len(heads) for heads in layout.heads[at : at + n_equations])
        at += n_equations
        centre = CENTRE + HEAVY
        upper += f'<th colspan="{span}" scope="colgroup" style="{centre}">{escape(name)}</th>'
    lines = [f"{upper}</tr>"]
    if layout.levels:
        pairs = zip(layout.levels, layout.heads, strict=True)
        cells = [
            f'<th colspan="{len(heads)}" scope="colgroup" style="{CENTRE}">{escape(level)}</th>'
            for level, heads in pairs
        ]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    heads = [head for one in layout.heads for head in one]
    lines.append(
        "<tr>" + "".join(f'<th scope="col" style="{RIGHT}">{escape(head)}</th>' for head in heads) + "</tr>"
    )
    return lines


def _line(line: Line, width: int) -> str:
    if not line.cells:
        return (
            f'<tr><th colspan="{width}" scope="rowgroup" style="{LEFT}{RULE}">{escape(line.label)}</th></tr>'
        )
    indent = ";padding-left:24px" if line.indent else RULE
    label = f'<th scope="row" style="{LEFT};font-weight:400{indent}">{escape(line.label)}</th>'
    cells = []
    rule = "" if line.indent else RULE
    for cell in line.cells:
        muted = ";color:#55606E;font-style:italic" if cell.reference else ""
        first = f"{escape(cell.parts[0])}<sup>{cell.stars}</sup>" if cell.stars else escape(cell.parts[0])
        cells.append(f'<td style="{RIGHT}{rule}{muted}">{first}</td>')
        cells += [f'<td style="{RIGHT}{rule}">{escape(part)}</td>' for part in cell.parts[1:]]
    return f"<tr>{label}{''.join(cells)}</tr>"


def _foot(layout: Layout, label: str, texts: tuple[str, ...], rule: str) -> str:
    cells, at = "", 0
    for text, (_, n_equations) in zip(texts, layout.spans, strict=True):
        span = sum(len(heads) for heads in layout.heads[at : at + n_equations])
        at += n_equations
        cells += f'<td colspan="{span}" style="{CENTRE}{rule}">{escape(text)}</td>'
    return f'<tr><th scope="row" style="{LEFT};font-weight:400{rule}">{escape(label)}</th>{cells}</tr>'
