"""Responses: what came back, typed by the instrument, with a reason for every missing answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.ask.instrument import Instrument
from netralstat.ask.plan import Plan
from netralstat.collect.dialects.answers import Answers, Declared
from netralstat.collect.dialects.kobo import read_kobo
from netralstat.collect.dialects.tables import read_table
from netralstat.collect.rules import (
    Findings,
    Logic,
    Origin,
    apply_form,
    check_marks,
    check_split,
    check_values,
    duplicated,
    excluded,
)
from netralstat.collect.sources import read_source
from netralstat.collect.text_table import TextColumn, TextTable, stack
from netralstat.collect.values import REASONS, join_choices, read_number, read_values
from netralstat.errors import PlanError, ResponseError

INVALID = ("choice", "type", "constraint")
DIALECTS: Mapping[str, Callable[[TextTable, Declared], Answers]] = {"kobo": read_kobo, "table": read_table}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """One file that was read: its path as declared, its hash, its rows and the first of them in the file."""

    path: str
    sha256: str
    n_rows: int
    first_row: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """The accepted answers of a wave and an account of all others.

    Attributes
    ----------
    frame : pandas.DataFrame
        Accepted rows. select_one: Categorical over the valid codes; select_multiple: a float column
        item/choice (1, 0, NaN) each; numbers: float; text: str; date: datetime64; datetime: with zone.
        Columns that only the design names (weights, strata) follow the items.
    missing : pandas.DataFrame
        One column an item: "" where answered, else a reason of `REASONS`.
    findings : pandas.DataFrame
        source, row, column, rule, severity, note of every broken rule; the header is row 1.
    rejected : pandas.DataFrame
        source, row, rule of every row that was left out.
    rows : pandas.DataFrame
        source, row of every accepted row, aligned with `frame`.
    n_read : int
        Rows of all sources: accepted and rejected.
    sources : tuple of SourceRecord
        The files.
    """

    frame: pd.DataFrame
    missing: pd.DataFrame
    findings: pd.DataFrame
    rejected: pd.DataFrame
    rows: pd.DataFrame
    n_read: int
    sources: tuple[SourceRecord, ...]

    @property
    def n_accepted(self) -> int:
        """Rows in `frame`."""
        return len(self.frame)

    @property
    def n_rejected(self) -> int:
        """Rows that were left out, each by a declared rule."""
        return len(self.rejected)

    @property
    def invalid(self) -> pd.DataFrame:
        """Findings about answers that the form does not allow, each of them set to missing."""
        return self.findings[self.findings["rule"].isin(INVALID)]

    @property
    def rejected_by_rule(self) -> Mapping[str, int]:
        """Count of rejected rows by rule."""
        return _counts(self.rejected["rule"])

    @property
    def findings_by_rule(self) -> Mapping[str, int]:
        """Count of findings by rule."""
        return _counts(self.findings["rule"])

    def summary(self) -> pd.DataFrame:
        """Count, per item, the answers and the missing ones by reason.

        Returns
        -------
        pandas.DataFrame
            item, answered, refused, dont_know, not_applicable, not_asked, no_answer; the six counts of an
            item add up to the accepted rows.
        """
        counts = {
            reason or "answered": (self.missing == reason).sum(axis=0).to_numpy(dtype=np.int64)
            for reason in REASONS
        }
        return pd.DataFrame({"item": list(self.missing.columns), **counts})


def read_responses(plan: Plan, instrument: Instrument) -> Responses:
    """Read the sources of a wave, check them against the instrument, and type the answers.

    Parameters
    ----------
    plan : Plan
        Sources, keys, exclusions and missing codes of the wave.
    instrument : Instrument
        The questionnaire, in the version that the plan names.

    Returns
    -------
    Responses

    Raises
    ------
    ResponseError
        A source cannot be read as declared, rows share a key under duplicates = "error", the instrument
        is of another version, or no row is left.
    PlanError
        The plan names a code that its item does not have, or headers of labels.
    """
    if instrument.version != plan.ask.version:
        raise ResponseError(
            f'the instrument is version "{instrument.version}", the wave asked version "{plan.ask.version}".',
            where=f"{plan.path.name}, ask.version; {plan.ask.instrument}",
            do="read the instrument that was fielded, or correct ask.version",
        )
    findings = Findings()
    parts, records = _read_sources(plan, instrument, findings)
    answers, origin = _stacked(parts, records)
    columns = _as_text(answers, instrument)
    keep, rejected = _accept(plan, instrument, {**columns, **answers.extra}, origin, findings)
    accepted = _taken(answers, keep)
    origin = origin.take(keep)
    frame, missing = _typed(plan, instrument, accepted, origin, findings)
    return Responses(
        frame=frame,
        missing=missing,
        findings=findings.table(),
        rejected=rejected,
        rows=pd.DataFrame({"source": origin.source, "row": origin.row}),
        n_read=sum(record.n_rows for record in records),
        sources=records,
    )


def _read_sources(
    plan: Plan, instrument: Instrument, findings: Findings
) -> tuple[list[Answers], tuple[SourceRecord, ...]]:
    collect, design = plan.collect, plan.design
    wanted = (*collect.unique, *(rule.item for rule in collect.exclude), *design.columns)
    named = tuple(dict.fromkeys(name for name in wanted if name not in instrument))
    parts, records = [], []
    for source in collect.sources:
        table = read_source(source, plan)
        part = DIALECTS[source.kind](table, Declared(source=source, instrument=instrument, named=named))
        for header in part.unknown:
            if header not in collect.ignore:
                note = "neither the instrument nor the wave file knows this column: not read"
                findings.add_header(source.path, header, "unknown-column", note)
        parts.append(part)
        records.append(
            SourceRecord(
                path=source.path, sha256=table.sha256, n_rows=table.n_rows, first_row=table.first_row
            )
        )
    return parts, tuple(records)


def _stacked(parts: Sequence[Answers], records: Sequence[SourceRecord]) -> tuple[Answers, Origin]:
    """The answers of all sources, one below the other, and where each row came from."""
    sizes = [record.n_rows for record in records]
    starts = [record.first_row for record in records]
    paths = np.array([record.path for record in records], dtype=object)
    row = np.concatenate([np.arange(start, start + size) for start, size in zip(starts, sizes, strict=True)])
    origin = Origin(source=np.repeat(paths, sizes), row=row)
    first = parts[0]
    if len(parts) == 1:
        return first, origin
    if any(
        part.whole.keys() != first.whole.keys() or part.split.keys() != first.split.keys() for part in parts
    ):
        raise PlanError(
            f"{len(parts)} sources differ in their columns of select_multiple.",
            where="wave.toml, collect.sources, select_multiple",
            do="export all sources alike and declare the same select_multiple for each",
        )
    blank = {part.n_rows: TextColumn(levels=("",), codes=np.zeros(part.n_rows, np.int32)) for part in parts}
    split: dict[str, dict[str, TextColumn]] = {}
    for item in first.split:
        choices = dict.fromkeys(choice for part in parts for choice in part.split[item])
        split[item] = {
            choice: stack([part.split[item].get(choice, blank[part.n_rows]) for part in parts])
            for choice in choices
        }
    whole = {item: stack([part.whole[item] for part in parts]) for item in first.whole}
    extra = {name: stack([part.extra[name] for part in parts]) for name in first.extra}
    n_rows = sum(part.n_rows for part in parts)
    return Answers(whole=whole, split=split, extra=extra, unknown=(), n_rows=n_rows), origin


def _as_text(answers: Answers, instrument: Instrument) -> dict[str, TextColumn]:
    """Every item as one column of text, split ones joined."""
    joined = {name: join_choices(split) for name, split in answers.split.items() if name not in answers.whole}
    both = {**answers.whole, **joined}
    return {item.name: both[item.name] for item in instrument.answerable}


def _accept(
    plan: Plan,
    instrument: Instrument,
    columns: Mapping[str, TextColumn],
    origin: Origin,
    findings: Findings,
) -> tuple[NDArray[np.intp], pd.DataFrame]:
    """Rows that stay, and a table of those that do not with the rule of each."""
    rule = excluded(plan.collect.exclude, columns, instrument)
    twice = duplicated(plan.collect, columns, rule == "", origin, findings)
    rule[twice] = "duplicate"
    out = rule != ""
    rejected = pd.DataFrame({"source": origin.source[out], "row": origin.row[out], "rule": rule[out]})
    if out.all():
        told = ", ".join(f"{count:,} {name}" for name, count in _counts(rejected["rule"]).items())
        raise ResponseError(
            f"none of {len(out):,} rows is accepted ({told}).",
            where=f"{plan.path.name}, section collect, exclude and duplicates",
            do="correct the codes of the exclusions; compare them with the choice lists of the instrument",
        )
    return np.flatnonzero(~out), rejected


def _taken(answers: Answers, rows: NDArray[np.intp]) -> Answers:
    return Answers(
        whole={name: column.take(rows) for name, column in answers.whole.items()},
        split={
            item: {choice: column.take(rows) for choice, column in split.items()}
            for item, split in answers.split.items()
        },
        extra={name: column.take(rows) for name, column in answers.extra.items()},
        unknown=answers.unknown,
        n_rows=len(rows),
    )


def _typed(
    plan: Plan, instrument: Instrument, answers: Answers, origin: Origin, findings: Findings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frame of typed columns and the table of reasons; every rule of the form is applied."""
    codes = plan.collect.missing.codes
    columns = _as_text(answers, instrument)
    logic = Logic(_without_codes(columns, codes, instrument), answers.n_rows)
    frame: dict[str, object] = {}
    reasons: dict[str, NDArray[np.object_]] = {}
    names = np.array(REASONS, dtype=object)
    for item in instrument.answerable:
        if item.name in answers.split:
            split = answers.split[item.name]
            check_marks(item, split, origin, findings)
            if item.name in answers.whole:
                check_split(item, answers.whole[item.name], split, origin, findings)
        values = read_values(item, columns[item.name], codes, plan.collect.timezone)
        check_values(item, values, origin, findings)
        values = apply_form(item, values, logic, origin, findings)
        frame.update(values.columns)
        reasons[item.name] = names[values.reason]
    design = plan.design
    for name in design.columns:
        if name in answers.extra and name in (design.weight, design.fpc):
            values = read_number(name, answers.extra[name])
            note = "no number: missing"
            findings.add(origin, values.bad, name, "type", "error", note)
            frame.update(values.columns)
        elif name in answers.extra:
            texts = pd.Series(answers.extra[name].text(), dtype="str")
            frame[name] = texts.mask(texts == "").array
    return pd.DataFrame(frame), pd.DataFrame(reasons, dtype=object)


def _without_codes(
    columns: Mapping[str, TextColumn], codes: Mapping[str, str], instrument: Instrument
) -> dict[str, TextColumn]:
    """The texts that skip logic sees: a declared missing code is an empty answer."""
    seen = {}
    for name, column in columns.items():
        own = {choice.name for choice in instrument.item(name).choices}
        levels = tuple("" if level in codes and level not in own else level for level in column.levels)
        seen[name] = TextColumn(levels=levels, codes=column.codes)
    return seen


def _counts(rules: pd.Series[str]) -> dict[str, int]:
    return {str(rule): int(count) for rule, count in rules.value_counts(sort=False).sort_index().items()}
