r"""A regression table for LaTeX: ``\usepackage{booktabs}`` and nothing else."""

from __future__ import annotations

import re

from netralstat.report.models.table.layout import Cell, Layout, Line

SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"$<$",
    ">": r"$>$",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"{'}",
    "`": r"{`}",
    "-": r"{-}",  # two of them would become a dash
    "[": r"{[}",  # after \\ it would be taken for an argument, as would a star
    "]": r"{]}",
    "*": r"{*}",
    "\N{MINUS SIGN}": r"$-$",
    "\N{EN DASH}": r"\textendash{}",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{INFINITY}": r"$\infty$",
    "\N{SUPERSCRIPT TWO}": r"\textsuperscript{2}",
    "\N{LEFT DOUBLE QUOTATION MARK}": r"\textquotedblleft{}",
    "\N{RIGHT DOUBLE QUOTATION MARK}": r"\textquotedblright{}",
}
SPECIAL['"'] = "{''}"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_NUMBER = re.compile(r"(?P<whole>[<\s\N{MINUS SIGN}\d.,]*?\d)(?P<rest>[.,]\d+)?")


def escaped(text: str) -> str:
    """A text that LaTeX prints as it is."""
    return "".join(SPECIAL.get(sign, sign) for sign in _CONTROL.sub(" ", text))


def latex(layout: Layout, label: str) -> str:
    r"""A ``table`` with a ``tabular`` of booktabs; effects are set on their decimal mark."""
    columns = "l" + "".join("r@{}l" + "r" * (len(heads) - 1) for heads in layout.heads)
    width = 1 + sum(len(heads) + 1 for heads in layout.heads)
    lines = [
        r"\begin{table}[htbp]",
        r"\centering",
        rf"\caption{{{escaped(layout.title)}}}",
        *([rf"\label{{{_key(label)}}}"] if label else []),
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        *_heads(layout),
        r"\midrule",
        *(_line(line, width) for line in layout.lines),
        r"\midrule",
    ]
    for foot in layout.foot:
        cells, at = [escaped(foot.label)], 0
        for text, (_, n_equations) in zip(foot.texts, layout.spans, strict=True):
            span = sum(len(heads) + 1 for heads in layout.heads[at : at + n_equations])
            at += n_equations
            cells.append(rf"\multicolumn{{{span}}}{{c}}{{{escaped(text)}}}")
        lines.append(_row(cells))
    lines.append(r"\bottomrule")
    notes = [
        rf"\multicolumn{{{width}}}{{p{{0.95\linewidth}}}}{{\footnotesize {escaped(note)}}}"
        for note in layout.notes
    ]
    lines += [_row([note]) for note in notes]
    return "\n".join([*lines, r"\end{tabular}", r"\end{table}"]) + "\n"


def _key(label: str) -> str:
    return re.sub(r"[^A-Za-z0-9:.-]+", "-", label)


def _row(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"


def _heads(layout: Layout) -> list[str]:
    lines, rules, at, column = [], [], 0, 2
    upper = [""]
    for name, n_equations in layout.spans:
        span = sum(len(heads) + 1 for heads in layout.heads[at : at + n_equations])
        upper.append(rf"\multicolumn{{{span}}}{{c}}{{{escaped(name)}}}")
        rules.append(rf"\cmidrule(lr){{{column}-{column + span - 1}}}")
        at, column = at + n_equations, column + span
    lines += [_row(upper), "".join(rules)]
    if layout.levels:
        pairs = zip(layout.levels, layout.heads, strict=True)
        lines.append(
            _row(
                [
                    "",
                    *(
                        rf"\multicolumn{{{len(heads) + 1}}}{{c}}{{{escaped(level)}}}"
                        for level, heads in pairs
                    ),
                ]
            )
        )
    lower = [escaped(layout.stub)]
    for heads in layout.heads:
        lower.append(rf"\multicolumn{{2}}{{c}}{{{escaped(heads[0])}}}")
        lower += [rf"\multicolumn{{1}}{{c}}{{{escaped(head)}}}" for head in heads[1:]]
    return [*lines, _row(lower)]


def _line(line: Line, width: int) -> str:
    if not line.cells:
        return _row([rf"\multicolumn{{{width}}}{{l}}{{\itshape {escaped(line.label)}}}"])
    cells = [(r"\quad " if line.indent else "") + escaped(line.label)]
    for cell in line.cells:
        cells += _effect(cell)
        cells += [escaped(part) for part in cell.parts[1:]]
    return _row(cells)


def _effect(cell: Cell) -> list[str]:
    """The effect split before its decimal mark; a word stands across both columns."""
    text = cell.parts[0]
    found = _NUMBER.fullmatch(text)
    if found is None:
        return [rf"\multicolumn{{2}}{{c}}{{{escaped(text)}}}"]
    stars = rf"\textsuperscript{{{escaped(cell.stars)}}}" if cell.stars else ""
    return [escaped(found["whole"]), escaped(found["rest"] or "") + stars]
