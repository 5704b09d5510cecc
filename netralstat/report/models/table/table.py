"""The regression table: several models side by side, as they go into a paper or an annex."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from netralstat.errors import ReportError, UsageError, did_you_mean
from netralstat.explain.checks.diagnosis import Diagnosis
from netralstat.explain.coefficients import RATIOS
from netralstat.explain.regression import Model
from netralstat.report.file_set import write_together
from netralstat.report.models.reading import COEFFICIENT, ModelReading, Names, names_of
from netralstat.report.models.suppression import suppress_coefficients
from netralstat.report.models.table.html import html
from netralstat.report.models.table.latex import latex
from netralstat.report.models.table.layout import Layout, Shape, layout
from netralstat.report.models.table.word import word
from netralstat.report.numbers import Numbers
from netralstat.report.words import Words

Effects = Literal["ratio", "coefficient"]
EFFECTS = ("ratio", "coefficient")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class ModelTable:
    """Models side by side. It shows itself in a notebook; associations, not causes.

    Attributes
    ----------
    readings : the models with the words of one language. names : what they are called.
    diagnoses : of each model, or None. shape : what is printed of a coefficient. title : the caption.
    """

    readings: tuple[ModelReading, ...]
    names: tuple[str, ...]
    diagnoses: tuple[Diagnosis | None, ...]
    shape: Shape
    title: str = ""

    def to_frame(self) -> pd.DataFrame:
        """A row a coefficient and reference level of each model, unrounded.

        Columns: `model outcome family outcome_level variable level effect estimate conf_low conf_high
        std_error p_value n reference`; `effect` tells what `estimate` and its bounds are, `std_error` is
        that of the coefficient.
        """
        parts = []
        for name, reading in zip(self.names, self.readings, strict=True):
            model = reading.model
            ratio = self.shape.ratios and model.family in RATIOS
            columns = reading.effect if ratio else COEFFICIENT
            table = suppress_coefficients(model.to_frame(), self.shape.min_respondents)
            numbers = {
                to: table[of] for to, of in zip(("estimate", "conf_low", "conf_high"), columns, strict=True)
            }
            told = {"model": name, "outcome": model.outcome, "family": model.family}
            part = table[["variable", "level"]].assign(
                **told,
                outcome_level=table.get("outcome_level", ""),
                effect=columns[0] if ratio else "coefficient",
                **numbers,
                **{column: table[column] for column in ("std_error", "p_value", "n", "reference")},
            )
            parts.append(part)
        order = ["model", "outcome", "family", "outcome_level", "variable", "level", "effect"]
        order += ["estimate", "conf_low", "conf_high", "std_error", "p_value", "n", "reference"]
        return pd.concat(parts, ignore_index=True)[order]

    def to_html(self) -> str:
        """The table as a fragment of HTML."""
        return html(self._layout(), self.readings[0].w.language)

    def to_latex(self, label: str = "") -> str:
        r"""The table for LaTeX with ``\usepackage{booktabs}``; `label` is what ``\ref`` finds it by."""
        return latex(self._layout(), label)

    def write_word(self, path: str | Path) -> Path:
        """Write the table as a Word document, beside its place first; the same table gives the same bytes.

        Raises
        ------
        ReportError
            The file name does not end in .docx.
        EnvironmentProblem
            The folder cannot be written.
        """
        target = Path(path)
        if target.suffix != ".docx":
            raise ReportError(
                f'"{target.name}" is no name of a Word document',
                where=str(target),
                do="let it end in .docx",
            )
        content = {target.name: word(self._layout(), self.readings[0].w.language)}
        return write_together(content, target.parent)[0]

    def _layout(self) -> Layout:
        return layout(self.readings, self.names, self.diagnoses, self.shape, self.title)

    def __repr__(self) -> str:
        printed = self._layout()
        heads = [
            f"{name} {head}".strip()
            for (name, heads) in zip(_repeated(printed), printed.heads, strict=True)
            for head in heads
        ]
        rows = [[printed.stub, *heads]]
        for line in printed.lines:
            cells = [
                part + (cell.stars if i == 0 else "")
                for cell in line.cells
                for i, part in enumerate(cell.parts)
            ]
            rows.append([("  " if line.indent else "") + line.label, *(cells or [""] * len(heads))])
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        lines = [
            "  ".join(
                text.ljust(wide) if i == 0 else text.rjust(wide)
                for i, (text, wide) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
        feet = [f"{foot.label}: {' | '.join(foot.texts)}" for foot in printed.foot]
        return "\n".join([printed.title, *lines, *feet, *printed.notes])

    def _repr_html_(self) -> str:
        return self.to_html()


def _repeated(printed: Layout) -> list[str]:
    """The name over each equation: its model, and its outcome level."""
    names = [name for name, n_equations in printed.spans for _ in range(n_equations)]
    levels = printed.levels or ("",) * len(names)
    return [f"{name} {level}".strip() for name, level in zip(names, levels, strict=True)]


def model_table(
    models: Sequence[Model] | Mapping[str, Model],
    names: Sequence[str] | None = None,
    *,
    effects: Effects = "ratio",
    interval: bool = True,
    std_error: bool = False,
    stars: bool = False,
    language: str = "en",
    labels: Mapping[str, str] | Names | None = None,
    diagnoses: Sequence[Diagnosis | None] | None = None,
    title: str = "",
    min_respondents: int = 0,
) -> ModelTable:
    """Several models beside each other, term by term, reference levels shown.

    Parameters
    ----------
    models : Models, or a mapping of their names to them. names : over the columns; (1), (2) … if None.
    effects : "ratio" (odds, prevalence or rate ratios where the family has them) or "coefficient".
    interval, std_error : what stands beside each effect. A standard error is that of the coefficient.
    stars : marks p < 0.05, 0.01 and 0.001, and the legend that explains them.
    language : "en" or "id". labels : names of items and levels by ``"item"`` and ``"item[level]"``, or an
        object with `item` and `level` such as `report.labels.Labels`.
    diagnoses : of each model what `Survey.diagnose` gives, or None: measures of fit go to the foot.
    min_respondents : rows of fewer respondents are not shown.

    Raises
    ------
    UsageError
        There is no model, a name or a diagnosis is missing, or `effects` is not known.
    ReportError
        The language is not known.

    Example: ``netralstat.model_table([first, second], ["Crude", "Adjusted"]).write_word("models.docx")``.
    """
    if isinstance(models, Mapping):
        names = list(models) if names is None else names
        models = list(models.values())
    titles = [f"({place})" for place in range(1, len(models) + 1)] if names is None else list(map(str, names))
    checked = [None] * len(models) if diagnoses is None else list(diagnoses)
    _require(models, titles, checked, effects)
    words, numbers, known = Words(language), Numbers(language), names_of(labels)
    readings = tuple(
        ModelReading(model=model, w=words, f=numbers, names=known, least=min_respondents) for model in models
    )
    return ModelTable(
        readings=readings,
        names=tuple(titles),
        diagnoses=tuple(checked),
        shape=Shape(
            ratios=effects == "ratio",
            interval=interval,
            std_error=std_error,
            stars=stars,
            min_respondents=min_respondents,
        ),
        title=title,
    )


def _require(
    models: Sequence[Model], names: Sequence[str], diagnoses: Sequence[Diagnosis | None], effects: str
) -> None:
    if not models:
        raise UsageError("no model was given", where="models", do="give one or more fitted models")
    if effects not in EFFECTS:
        raise UsageError(
            f'effects = "{effects}" is not known',
            where="effects",
            do=f"choose one of {', '.join(EFFECTS)}.{did_you_mean(effects, EFFECTS)}",
        )
    for what, given in (("names", names), ("diagnoses", diagnoses)):
        if len(given) != len(models):
            raise UsageError(
                f"{len(given)} {what} for {len(models)} models", where=what, do="give one for each model"
            )
    for place, (model, diagnosis) in enumerate(zip(models, diagnoses, strict=True), start=1):
        if diagnosis is not None and diagnosis.formula != model.formula:
            raise UsageError(
                f"diagnosis {place} is of {diagnosis.formula}, model {place} of {model.formula}",
                where="diagnoses",
                do="give them in the order of the models, None where there is none",
            )
