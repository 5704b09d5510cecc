"""What a model says, in words: its terms by name, its significant coefficients, and that it is no cause."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from netralstat.explain.coefficients import RATIOS
from netralstat.explain.formula import Variable, curve_named
from netralstat.report.models.suppression import few_respondents
from netralstat.report.numbers import Numbers
from netralstat.report.tables import records
from netralstat.report.words import Words

if TYPE_CHECKING:
    from netralstat.explain.regression import Model

# Of a family: what is modelled, by what; what goes up and down with a term; the ratio's name and short name.
FAMILIES: Mapping[str, tuple[str, str]] = {
    "logit": ("reading.odds", "reading.by_logit"),
    "probit": ("reading.probability", "reading.by_probit"),
    "cloglog": ("reading.probability", "reading.by_cloglog"),
    "linear": ("reading.value", "reading.by_linear"),
    "poisson": ("reading.mean", "reading.by_poisson"),
    "negative_binomial": ("reading.mean", "reading.by_negative_binomial"),
    "ordered_logit": ("reading.scale", "reading.by_ordered_logit"),
    "ordered_probit": ("reading.scale", "reading.by_ordered_probit"),
    "ordered_cloglog": ("reading.scale", "reading.by_ordered_cloglog"),
    "ordered_cauchit": ("reading.scale", "reading.by_ordered_cauchit"),
    "multinomial": ("reading.choice", "reading.by_multinomial"),
}
DIRECTIONS: Mapping[str, tuple[str, str]] = {
    "reading.odds": ("reading.raises_odds", "reading.lowers_odds"),
    "reading.probability": ("reading.raises_probability", "reading.lowers_probability"),
    "reading.value": ("reading.raises", "reading.lowers"),
    "reading.mean": ("reading.raises_mean", "reading.lowers_mean"),
    "reading.scale": ("reading.raises_scale", "reading.lowers_scale"),
    "reading.choice": ("reading.raises_odds", "reading.lowers_odds"),
}
RATIO_WORDS: Mapping[str, tuple[str, str]] = {
    "odds_ratio": ("reading.odds_ratio", "reading.odds_ratio_short"),
    "prevalence_ratio": ("reading.prevalence_ratio", "reading.prevalence_ratio_short"),
    "rate_ratio": ("reading.rate_ratio", "reading.rate_ratio_short"),
}
COEFFICIENT = ("estimate", "conf_low", "conf_high")
COEFFICIENT_WORDS = ("reading.coefficient", "reading.coefficient_short")
MOST_NAMED = 6

Record = dict[str, Any]


class Names(Protocol):
    """What items and their levels are called; `report.labels.Labels` is one."""

    def item(self, name: str) -> str:
        """What an item is called."""

    def level(self, item: str, level: object) -> str:
        """What a level of an item is called."""


@dataclass(frozen=True, slots=True)
class GivenNames:
    """Names in a mapping: ``"age"`` for an item, ``"grade[IV]"`` for a level; others stand for themselves."""

    labels: Mapping[str, str]

    def item(self, name: str) -> str:
        """What an item is called."""
        return str(self.labels.get(name, name))

    def level(self, item: str, level: object) -> str:
        """What a level of an item is called."""
        return str(self.labels.get(f"{item}[{level}]", level))


def names_of(labels: Mapping[str, str] | Names | None) -> Names:
    """Labels as a user gives them: a mapping, an object that names items and levels, or none."""
    if labels is None or isinstance(labels, Mapping):
        return GivenNames(labels or {})
    return labels


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReading:
    """A model read in one language.

    Parameters
    ----------
    least : rows of fewer respondents are not told.
    is_yes_no : whether a number is an indicator of yes and no, whose unit is "yes".
    """

    model: Model
    w: Words
    f: Numbers
    names: Names
    least: int = 0
    is_yes_no: Callable[[str], bool] = lambda name: False

    # ------------------------------------------------------------------ names
    def variable(self, term: str) -> str:
        """A term's name; an interaction joins the names of its parts, a curve has that of its number."""
        return " × ".join(self._part(part) for part in term.split(":"))

    def _part(self, part: str) -> str:
        curve = curve_of(part)
        return self.names.item(part if curve is None else curve.name)

    def level(self, row: Record) -> str:
        """The name of a row's level; levels of an interaction joined, a column of a curve by its number."""
        parts = str(row["variable"]).split(":")
        levels = str(row["level"]).split(":") if row["level"] else []
        if len(parts) > len(levels):
            parts = [part for part in parts if part in self._factors or curve_of(part) is not None]
        if len(parts) != len(levels):
            return str(row["level"])
        return " × ".join(self._level(item, level) for item, level in zip(parts, levels, strict=True))

    @property
    def _factors(self) -> frozenset[str]:
        """Variables that have levels of their own in the table."""
        table = self.model.table
        return frozenset(map(str, table.loc[table["level"].astype(bool), "variable"]))

    def _level(self, part: str, level: str) -> str:
        curve = curve_of(part)
        if curve is None:
            return self.names.level(part, level)
        name = self.names.item(curve.name)
        return self.w("drivers.curve", variable=name, part=level, parts=curve.columns)

    def reference(self, variable: str) -> str:
        """The level that others of a variable are held against; empty where there is none."""
        frame = self.model.to_frame()
        found = frame.loc[frame["reference"].astype(bool) & (frame["variable"] == variable)]
        return self.level(records(found)[0]) if len(found) else ""

    def short(self, row: Record) -> str:
        """``Position (JPT)``."""
        name = self.variable(str(row["variable"]))
        return f"{name} ({self.level(row)})" if row["level"] else name

    def contrast(self, row: Record) -> str:
        """What the coefficient compares: a level with its reference, or one unit more."""
        variable = str(row["variable"])
        name = self.variable(variable)
        if ":" in variable:
            return self.w("reading.contrast_combined", named=self.short(row))
        if not row["level"]:
            key = "reading.contrast_yes" if self.is_yes_no(variable) else "reading.contrast_unit"
            return self.w(key, variable=name)
        reference = self.reference(variable)
        if not reference:
            return self.short(row)
        return self.w("reading.contrast_level", variable=name, level=self.level(row), reference=reference)

    # ------------------------------------------------------------------ numbers
    @property
    def effect(self) -> tuple[str, str, str]:
        """Columns of what is told of a coefficient and of its bounds: the ratio where the family has one."""
        return RATIOS.get(self.model.family, COEFFICIENT)

    @property
    def is_ratio(self) -> bool:
        """Whether what is told is a ratio."""
        return self.model.family in RATIOS

    @property
    def effect_words(self) -> tuple[str, str]:
        """The name of what is told, in full and short."""
        long, short = RATIO_WORDS.get(self.effect[0], COEFFICIENT_WORDS)
        return self.w(long), self.w(short)

    @property
    def ci(self) -> str:
        """``95% CI``."""
        return self.w("term.interval", level=self.f.percent(self.model.level, 0))

    def told(self, outcome_level: str | None = None) -> list[Record]:
        """Coefficients that may be told: estimated, of a term and no curve, on enough respondents."""
        return [
            row
            for row in records(self.model.to_frame())
            if not row["reference"]
            and not is_ancillary(str(row["variable"]))
            and not is_curve(str(row["variable"]))
            and not few_respondents(row, self.least)
            and (outcome_level is None or row["outcome_level"] == outcome_level)
        ]

    def bent(self) -> dict[str, float]:
        """The p-value of each term with a curve, its coefficients tested together."""
        frame = self.model.to_frame()
        terms = dict.fromkeys(map(str, frame.loc[frame["n"] >= self.least, "variable"]))
        return {term: self.model.wald_test(term)[3] for term in terms if is_curve(term)}

    def significant(self, rows: list[Record]) -> list[Record]:
        """Those that differ from nothing at the model's level, the clearest first."""
        found = (row for row in rows if row["p_value"] < 1 - self.model.level)
        return sorted(found, key=lambda row: -abs(float(row["statistic"])))

    # ------------------------------------------------------------------ sentences
    def opening(self) -> str:
        """What was modelled, by what, on how many respondents."""
        what, how = FAMILIES[self.model.family]
        n_lost = self.model.n_incomplete
        incomplete = self.w.plural("reading.left_out", n_lost, count=self.f.count(n_lost)) if n_lost else ""
        return self.w(
            "reading.opening",
            what=self.w(what, outcome=self.names.item(self.model.outcome)),
            method=self.w(how),
            n=self.f.count(self.model.n),
            df=self.f.degrees(self.model.df),
            incomplete=incomplete,
        )

    def directions(self, significant: list[Record], tell: Callable[[Record], str], joint: str) -> list[str]:
        """A sentence for what goes with more of the outcome, and one for less."""
        sentences = []
        for key, sign in zip(DIRECTIONS[FAMILIES[self.model.family][0]], (1, -1), strict=True):
            named = [tell(row) for row in significant if math.copysign(1, row["estimate"]) == sign]
            if named:
                listed = joint.join(named) if joint else self.f.listing(named[:MOST_NAMED])
                sentences.append(self.w(key, named=listed))
        return sentences

    def none_significant(self, *, shown: bool) -> str:
        """That no factor is significantly associated, or that none of them can be shown."""
        key = "reading.none_significant" if shown else "reading.all_hidden"
        return self.w(key, level=self.f.percent(self.model.level, 0))

    def summary(self) -> str:
        """The significant terms by direction, and how many others there are; or that there are none."""
        told, bent = self.told(), self.bent()
        significant = self.significant(told)
        curved = [self.variable(term) for term, p in bent.items() if p < 1 - self.model.level]
        if not significant and not curved:
            return self.none_significant(shown=bool(told or bent))
        sentences = self.directions(significant, self.short, "")
        if curved:
            sentences.append(self.w("drivers.curved", named=self.f.listing(curved)))
        rest = len(told) + len(bent) - len(significant) - len(curved)
        if rest:
            sentences.append(self.w.plural("drivers.rest", rest))
        return " ".join(sentences)


def curve_of(part: str) -> Variable | None:
    """The curve that a part of a term is; None where it is a name."""
    return curve_named(part) if "(" in part else None


def is_ancillary(variable: str) -> bool:
    """Whether a row is the intercept, a threshold or another part of a model that is no term."""
    return variable.startswith("(")


def is_curve(variable: str) -> bool:
    """Whether a term bends along a number: a column of it tells nothing alone."""
    return any(curve_of(part) is not None for part in variable.split(":"))
