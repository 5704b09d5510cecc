"""A model as a paragraph for readers who do not read tables, in Indonesian or English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from netralstat.report.models.reading import ModelReading, Names, Record, names_of
from netralstat.report.numbers import Numbers
from netralstat.report.words import Words

if TYPE_CHECKING:
    from netralstat.explain.regression import Model


def model_text(
    model: Model,
    language: str = "id",
    labels: Mapping[str, str] | Names | None = None,
    *,
    min_respondents: int = 0,
) -> str:
    """What a model says, from its numbers: what goes with the outcome, how much, and that it is no cause.

    Parameters
    ----------
    language : "id" or "en".
    labels : names of items and levels by ``"item"`` and ``"item[level]"``, or an object with `item` and
        `level` such as `report.labels.Labels`.
    min_respondents : coefficients of fewer respondents are not told.

    Raises
    ------
    ReportError
        The language is not known.

    Example: ``print(netralstat.model_text(model, "en", {"ell": "English learners"}))``.
    """
    reading = ModelReading(
        model=model,
        w=Words(language),
        f=Numbers(language),
        names=names_of(labels),
        least=min_respondents,
    )
    sentences = [reading.opening()]
    if "outcome_level" in model.table:
        sentences += _by_level(reading)
    else:
        sentences += _sentences(reading, reading.told())
    w = reading.w
    if any(":" in str(variable) for variable in model.table["variable"]):
        sentences.append(w("reading.interaction"))
    if reading.effect[0] == "odds_ratio":
        sentences.append(w("reading.odds_are_no_probabilities"))
    return " ".join([*sentences, w("reading.no_cause")])


def _by_level(reading: ModelReading) -> list[str]:
    """A sentence on each level of the outcome against the one of reference."""
    against = reading.names.level(reading.model.outcome, reading.model.provenance["reference"])
    sentences = []
    for level in dict.fromkeys(map(str, reading.model.table["outcome_level"])):
        name = reading.names.level(reading.model.outcome, level)
        found = " ".join(_sentences(reading, reading.told(level)))
        sentences.append(reading.w("reading.of_level", level=name, reference=against, sentences=found))
    return sentences


def _sentences(reading: ModelReading, told: list[Record]) -> list[str]:
    bent = reading.bent() if "outcome_level" not in reading.model.table else {}
    significant = reading.significant(told)
    curved = [reading.variable(term) for term, p in bent.items() if p < 1 - reading.model.level]
    rest = [reading.short(row) for row in told if row not in significant]
    rest += [reading.variable(term) for term, p in bent.items() if p >= 1 - reading.model.level]
    if not significant and not curved and (rest or not told):
        return [reading.none_significant(shown=bool(told or bent))]
    sentences = reading.directions(significant, lambda row: _told(reading, row), "; ")
    if curved:
        sentences.append(reading.w("drivers.curved", named=reading.f.listing(curved)))
    if rest:
        sentences.append(reading.w("reading.not_significant", named=reading.f.listing(rest)))
    return sentences


def _told(reading: ModelReading, row: Record) -> str:
    """``grade IV, compared with III (OR 2.31; 95% CI: 1.50–3.55; p < 0.001)``."""
    value, low, high = (float(row[column]) for column in reading.effect)
    f, error = reading.f, float(row["std_error"])
    if reading.is_ratio:
        effect, interval = f.ratio(value, low, high)
    else:
        effect, interval = f.effect(value, error), f.effect_interval(low, high, error)
    return reading.w(
        "reading.told",
        contrast=reading.contrast(row),
        short=reading.effect_words[1],
        value=effect,
        ci=reading.ci,
        interval=interval,
        p=f.p_phrase(float(row["p_value"])),
    )
