"""Variables of an imputation: what kind each is, who was asked, and the columns it has in the models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.frames.rows import RowValues

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]
Method = Literal["pmm", "linear", "logit", "multinomial"]
# Who was asked an item: a 0/1 column, or levels of other items.
Asked = str | Mapping[str, Any]

# Levels that a predictor and an imputed variable may have: each is a column of every model.
MOST_LEVELS = 50
MOST_DRAWN_LEVELS = 20
# What the column is called that tells who was not asked a variable.
NOT_ASKED = "[not asked]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Levels of a column that lead to an item: who has another one was not asked."""

    column: str
    levels: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVariable:
    """A variable of the imputation models; arrays of shape (n,).

    `values` are numbers or places among `levels`, NaN where missing; `method` is None for a predictor.
    `base` is the level without a column, the most frequent; `centre` and `scale` those of a number's column.
    `asked` says who was asked as the data stand, None for everybody; `gates` what it depends on.
    """

    name: str
    values: Floats
    levels: tuple[Any, ...]
    method: Method | None
    base: int
    centre: float
    scale: float
    gates: tuple[Gate, ...] = ()
    asked: Flags | None = None

    @property
    def missing(self) -> Flags:
        """Whether there is no answer."""
        return np.isnan(self.values)

    @property
    def n_columns(self) -> int:
        """Columns in the models: one of a number, one a level but the base of others; who was not asked."""
        return (len(self.levels) - 1 if self.levels else 1) + (self.asked is not None)

    @property
    def names(self) -> tuple[str, ...]:
        """What the columns are called."""
        own = [f"{self.name}[{level}]" for i, level in enumerate(self.levels) if i != self.base]
        return (*(own or [self.name]), *([f"{self.name}{NOT_ASKED}"] if self.asked is not None else []))

    def columns(self, values: Floats, asked: Flags | None) -> Floats:
        """The columns of answers (r,), shape (n_columns, r): 0 where nobody was asked."""
        if self.levels:
            others = [i for i in range(len(self.levels)) if i != self.base]
            own = (np.asarray(others)[:, None] == values).astype(np.float64)
        else:
            own = np.atleast_2d(np.nan_to_num((values - self.centre) / self.scale))
        if self.asked is None or asked is None:
            return np.asarray(own)
        return np.vstack([np.where(asked, own, 0.0), ~asked])

    def holders(self) -> Rows:
        """The first row that has each level."""
        return np.array([np.flatnonzero(self.values == place)[0] for place in range(len(self.levels))])


def model_variable(name: str, column: RowValues, method: Method | None, *, drawn: bool) -> ModelVariable:
    """A column as a variable of the models; levels that nobody has are left out.

    `drawn` says that it is imputed, by `method` or, where that is None, by the usual one of its kind: PMM of
    numbers and of ordered levels (on their places), a logit of two levels, a multinomial logit of more.

    Raises
    ------
    EstimationError
        Nobody answered, all gave the same answer, there are too many levels, the method is for another kind.
    """
    values, levels = column.values, column.levels
    known = values[~np.isnan(values)]
    if not len(known):
        raise EstimationError(
            f'"{name}" is missing for all {len(values):,} respondents',
            where=f"variable {name}",
            do="leave it out: there is nothing to learn it from",
        )
    distinct, counts = np.unique(known, return_counts=True)
    if len(distinct) < 2:
        raise EstimationError(
            f'"{name}" is the same for all {len(known):,} respondents who have it',
            where=f"variable {name}",
            do="leave it out: it tells nothing, and there is nothing to draw",
        )
    if np.isinf(known).any():
        raise EstimationError(
            f'"{name}" is infinite for {int(np.isinf(known).sum()):,} respondents',
            where=f"variable {name}",
            do="make these answers missing first",
        )
    binary = not levels and len(distinct) == 2
    if binary and drawn and method in (None, "logit", "multinomial"):
        levels = tuple(distinct.tolist())
        values = np.where(np.isnan(values), np.nan, np.searchsorted(distinct, values)).astype(np.float64)
        distinct = np.arange(2.0)
    if levels:
        _require_few(name, len(distinct), MOST_LEVELS)
        values = np.where(np.isnan(values), np.nan, np.searchsorted(distinct, values)).astype(np.float64)
        levels = tuple(levels[int(place)] for place in distinct)
    chosen = _method_of(name, method, levels, column.ordered) if drawn else None
    if chosen in ("logit", "multinomial"):
        _require_few(name, len(levels), MOST_DRAWN_LEVELS)
    return ModelVariable(
        name=name,
        values=values,
        levels=levels,
        method=chosen,
        base=int(counts.argmax()) if levels else 0,
        centre=float(known.mean()),
        scale=float(known.std()),
    )


def _method_of(name: str, method: Method | None, levels: tuple[Any, ...], ordered: bool) -> Method:
    if method is None:
        if len(levels) == 2:
            return "logit"
        return "pmm" if ordered or not levels else "multinomial"
    if method not in get_args(Method):
        raise UsageError(
            f'methods = "{method}" is not known',
            where=f"methods, {name}",
            do=f"choose one of {', '.join(get_args(Method))}.{did_you_mean(method, get_args(Method))}",
        )
    kind = f"{len(levels)} levels" if levels else "numbers"
    fits = {
        "pmm": not levels or ordered,
        "linear": not levels,
        "logit": len(levels) == 2,
        "multinomial": bool(levels),
    }
    if not fits[method]:
        allowed = [other for other, possible in fits.items() if possible]
        raise UsageError(
            f'"{name}" holds {kind}, for which there is no "{method}"',
            where=f"methods, {name}",
            do=f"choose {' or '.join(allowed)}",
        )
    return method


def _require_few(name: str, n_levels: int, most: int) -> None:
    if n_levels > most:
        raise EstimationError(
            f'"{name}" has {n_levels:,} levels; an imputation model takes {most}',
            where=f"variable {name}",
            do="group its levels first, such as districts to provinces",
        )


def gates_of(name: str, asked: Asked, columns: Mapping[str, RowValues]) -> tuple[Gate, ...]:
    """Which levels of which columns mean that an item was asked.

    Raises
    ------
    UsageError
        A level is none of the column's, or a column that says who was asked is not 0/1.
    """
    gates = []
    for column, levels in ({asked: [1]} if isinstance(asked, str) else asked).items():
        known = columns[column]
        named = [levels] if isinstance(levels, str) or not isinstance(levels, Sequence) else list(levels)
        present = list(known.levels) or np.unique(known.values[~known.missing]).tolist()
        if isinstance(asked, str) and not (set(present) <= {0, 1} and 1 in present):
            raise UsageError(
                f'"{column}" does not say by 0 and 1 who was asked "{name}"',
                where=f"where, {name}",
                do='name a 0/1 column, or write {"item": ["level", …]} for the answers that lead to it',
            )
        for level in named:
            if level not in present:
                raise UsageError(
                    f'nobody has the level "{level}" of "{column}"',
                    where=f"where, {name}",
                    do=f"its levels are {', '.join(map(str, present[:20]))}."
                    + did_you_mean(str(level), map(str, present)),
                )
        gates.append(Gate(column=column, levels=tuple(named)))
    return tuple(gates)


def holds(gate: Gate, values: Floats, levels: Sequence[Any]) -> Flags:
    """Whether answers (n,), numbers or places among `levels`, are those of a gate."""
    wanted = [levels.index(level) for level in gate.levels if level in levels] if levels else gate.levels
    return np.isin(values, np.asarray(wanted, dtype=np.float64))
