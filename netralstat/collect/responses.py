"""Responses: what came back, typed by the instrument, with a reason for every missing answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.ask.instrument import Instrument, Item
from netralstat.ask.logic import Evaluator
from netralstat.ask.plan import Plan
from netralstat.collect.dialects.answers import Answers, Declared
from netralstat.collect.dialects.clean import read_clean
from netralstat.collect.dialects.google_forms import read_google_forms
from netralstat.collect.dialects.kobo import read_kobo
from netralstat.collect.dialects.limesurvey import read_limesurvey
from netralstat.collect.dialects.odk_central import read_odk_central
from netralstat.collect.dialects.ona import read_ona
from netralstat.collect.dialects.qualtrics import read_qualtrics
from netralstat.collect.dialects.redcap import read_redcap
from netralstat.collect.dialects.tables import read_table
from netralstat.collect.findings import INVALID, Findings, Origin
from netralstat.collect.form_rules import Form, apply_form
from netralstat.collect.list_counts import check_list_counts
from netralstat.collect.missing_codes import missing_codes, seen_by_form
from netralstat.collect.notation import canonical
from netralstat.collect.regions import check_regions, province_slugs
from netralstat.collect.rules import (
    check_labels,
    check_marks,
    check_split,
    check_values,
    duplicated,
    excluded,
)
from netralstat.collect.sources import read_source, read_structure
from netralstat.collect.stacking import stack_answers, take_answers
from netralstat.collect.text_table import TextColumn, TextTable
from netralstat.collect.values import (
    NO_ANSWER,
    NOT_ASKED,
    REASONS,
    blanked,
    join_choices,
    read_number,
    read_values,
)
from netralstat.errors import ResponseError

DIALECTS: Mapping[str, Callable[[TextTable, Declared], Answers]] = {
    "kobo": read_kobo,
    "netralstat": read_clean,
    "google_forms": read_google_forms,
    "limesurvey": read_limesurvey,
    "odk_central": read_odk_central,
    "ona": read_ona,
    "qualtrics": read_qualtrics,
    "redcap": read_redcap,
    "table": read_table,
}


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
    responses = read_unflagged(plan, instrument)
    if not plan.collect.quality.exclude_flags:
        return responses
    from netralstat.collect.quality.exclusion import without_flagged

    return without_flagged(plan, instrument, responses)


def read_unflagged(plan: Plan, instrument: Instrument) -> Responses:
    """Read the responses as `read_responses` does, before `exclude_flags` leaves rows out."""
    if instrument.version != plan.ask.version:
        raise ResponseError(
            f'the instrument is version "{instrument.version}", the wave asked version "{plan.ask.version}".',
            where=f"{plan.path.name}, ask.version; {plan.ask.instrument}",
            do="read the instrument that was fielded, or correct ask.version",
        )
    check_regions(plan, instrument)
    findings = Findings()
    parts, records = _read_sources(plan, instrument, findings)
    answers, origin = _stacked(parts, records)
    columns = _as_text(answers, instrument)
    keep, rejected = _accept(plan, instrument, {**columns, **answers.extra}, origin, findings)
    accepted = take_answers(answers, keep)
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
    wanted = (*wanted, *collect.checked_columns)
    made = () if collect.regions is None else (collect.regions.column,)
    named = tuple(dict.fromkeys(name for name in wanted if name not in instrument and name not in made))
    weights = {name: "decimal" for name in (design.weight, design.fpc) if name is not None}
    kinds = {**collect.checked_columns, **weights}
    parts, records = [], []
    for source in collect.sources:
        table = read_source(source, plan)
        structure = read_structure(source, plan)
        declared = Declared(source=source, instrument=instrument, named=named, structure=structure)
        part = DIALECTS[source.kind](table, declared)
        for header in part.unknown:
            if header not in collect.ignore:
                note = "neither the instrument nor the wave file knows this column: not read"
                findings.add_header(source.path, header, "unknown-column", note)
        for header in part.unknown_choices:
            note = "the form has no such choice: a retired one is read with the form that had it"
            findings.add_header(source.path, header, "unknown-choice", note)
        parts.append(canonical(part, source, instrument, collect.timezone, kinds))
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
    return stack_answers(parts), origin


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


def _typed(
    plan: Plan, instrument: Instrument, answers: Answers, origin: Origin, findings: Findings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frame of typed columns and the table of reasons; every rule of the form is applied."""
    codes = missing_codes(plan, instrument)
    columns = _as_text(answers, instrument)
    seen = {name: seen_by_form(column, codes[name]) for name, column in columns.items()}
    evaluator = Evaluator(seen, answers.n_rows)
    form = Form(evaluator=evaluator, columns=columns, absent=answers.absent, origin=origin, findings=findings)
    frame: dict[str, object] = {}
    reasons: dict[str, NDArray[np.object_]] = {}
    names = np.array(REASONS, dtype=object)
    for item in instrument.answerable:
        if item.name in answers.split:
            split = answers.split[item.name]
            check_marks(item, split, origin, findings)
            if item.name in answers.whole:
                unsplit = answers.unsplit.get(item.name)
                check_split(item, answers.whole[item.name], split, origin, findings, unsplit)
        values = read_values(item, columns[item.name], codes[item.name], plan.collect.timezone)
        check_values(item, values, origin, findings)
        check_labels(item, columns[item.name], origin, findings)
        for told in (answers.absent, answers.not_asked):
            if item.name in told:
                empty = (values.reason == NO_ANSWER) & ~values.bad
                values = blanked(values, told[item.name] & empty, NOT_ASKED)
        values = apply_form(item, values, form)
        frame.update(values.columns)
        reasons[item.name] = names[values.reason]
    for experiment in plan.collect.list_experiments:
        check_list_counts(experiment, columns, frame, reasons, origin, findings)
    if (regions := plan.collect.regions) is not None:
        answered = reasons[regions.item] == ""
        frame |= province_slugs(plan, instrument, columns[regions.item], answered, origin, findings)
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
    for name, kind in plan.collect.checked_columns.items():
        if name in answers.extra and name not in frame:
            values = read_values(Item(name=name, kind=kind), answers.extra[name], {}, plan.collect.timezone)
            note = f"no {kind}: not seen by the quality checks"
            findings.add(origin, values.bad, name, "not-evaluated", "warning", note)
            frame.update(values.columns)
    return pd.DataFrame(frame), pd.DataFrame(reasons, dtype=object)


def _counts(rules: pd.Series[str]) -> dict[str, int]:
    return {str(rule): int(count) for rule, count in rules.value_counts(sort=False).sort_index().items()}
