"""Stacking: the answers of several sources, one below the other, and any rows of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from netralstat.collect.dialects.answers import Answers
from netralstat.collect.text_table import TextColumn, stack
from netralstat.collect.values import join_choices

Rows = NDArray[np.bool_]


def stack_answers(parts: Sequence[Answers]) -> Answers:
    """Put the answers of all sources one below the other.

    An item that a source is declared not to have is empty in its rows; `absent` keeps which rows these are.
    A select_multiple that one source joins and another splits is joined from its choices where it was only
    split, and empty in its split columns where it was only joined; `unsplit` keeps which rows these are.
    """
    if len(parts) == 1:
        return parts[0]
    whole: dict[str, TextColumn] = {}
    split: dict[str, dict[str, TextColumn]] = {}
    unsplit: dict[str, Rows] = {}
    for item in dict.fromkeys(name for part in parts for name in (*part.whole, *part.split)):
        having = [part for part in parts if item not in part.absent]
        if any(item in part.whole for part in having) or not having:
            whole[item] = stack([_joined(part, item) for part in parts])
        choices = dict.fromkeys(choice for part in parts for choice in part.split.get(item, ()))
        if choices:
            split[item] = {
                choice: stack([_choice(part, item, choice) for part in parts]) for choice in choices
            }
            unsplit[item] = np.concatenate([np.full(part.n_rows, item not in part.split) for part in parts])
    return Answers(
        whole=whole,
        split=split,
        extra={name: stack([part.extra[name] for part in parts]) for name in parts[0].extra},
        unknown=(),
        n_rows=sum(part.n_rows for part in parts),
        absent=_rows_of([(part.absent, part.n_rows) for part in parts]),
        not_asked=_rows_of([(part.not_asked, part.n_rows) for part in parts]),
        unsplit={item: rows for item, rows in unsplit.items() if rows.any()},
    )


def take_answers(answers: Answers, rows: NDArray[np.intp]) -> Answers:
    """Keep these rows only."""
    return Answers(
        whole={name: column.take(rows) for name, column in answers.whole.items()},
        split={
            item: {choice: column.take(rows) for choice, column in split.items()}
            for item, split in answers.split.items()
        },
        extra={name: column.take(rows) for name, column in answers.extra.items()},
        unknown=answers.unknown,
        n_rows=len(rows),
        absent={name: held[rows] for name, held in answers.absent.items()},
        not_asked={name: held[rows] for name, held in answers.not_asked.items()},
        unsplit={name: held[rows] for name, held in answers.unsplit.items()},
    )


def _joined(part: Answers, item: str) -> TextColumn:
    """The joined column of a source: its own, made of its choices, or empty without the item."""
    if item in part.whole:
        return part.whole[item]
    return join_choices(part.split[item]) if item in part.split else _blank(part.n_rows)


def _choice(part: Answers, item: str, choice: str) -> TextColumn:
    """The split column of a source; of a choice that only other sources know, "0" beside filled ones."""
    if item not in part.split:
        return _blank(part.n_rows)
    if choice in part.split[item]:
        return part.split[item][choice]
    filled = np.logical_or.reduce([column.test(bool) for column in part.split[item].values()])
    return TextColumn(levels=("", "0"), codes=filled.astype(np.int32))


def _blank(n_rows: int) -> TextColumn:
    return TextColumn(levels=("",), codes=np.zeros(n_rows, dtype=np.int32))


def _rows_of(parts: Iterable[tuple[Mapping[str, Rows], int]]) -> dict[str, Rows]:
    parts = list(parts)
    names = dict.fromkeys(name for held, _ in parts for name in held)
    return {
        name: np.concatenate([held.get(name, np.zeros(size, dtype=bool)) for held, size in parts])
        for name in names
    }
