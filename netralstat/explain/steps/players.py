"""Coalition members: the terms of a formula, or groups of them, among which its fit is divided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from netralstat.errors import UsageError, did_you_mean
from netralstat.explain.families import Family
from netralstat.explain.fitting import TOLERANCE, fitted
from netralstat.explain.model_data import ModelData, require_respondents
from netralstat.explain.regression import require_outcome
from netralstat.explain.respondents import require_numbers
from netralstat.explain.separation import separation_told
from netralstat.explain.steps.shared_data import term_name, terms_of
from netralstat.explain.steps.subset_fits import Players

Floats = NDArray[np.float64]

# Subsets double with each player: 4,096 fits of twelve.
MAX_PLAYERS = 12


def named_players(
    data: ModelData, measure: str, groups: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    """The players by name, with the terms of each, in the order of the formula.

    Raises
    ------
    UsageError
        There is no intercept or no term, an offset with Tjur's coefficient, a group that is none, too many
        players, or an interaction apart from its parts.
    """
    where = f"outcome {data.formula.outcome}"
    if not data.formula.intercept:
        raise UsageError(
            "without an intercept a model of no terms explains nothing to compare with",
            where=where,
            do='leave "- 1" out',
        )
    if measure == "tjur" and data.offset is not None:
        raise UsageError(
            "with an offset Tjur's coefficient of no terms is not zero, and shares do not add to the model's",
            where="measure",
            do='take "nagelkerke"',
        )
    terms = {frozenset(variable.name for variable in term): term_name(term) for term in data.formula.terms}
    owner = _owners(terms, groups)
    players: dict[str, tuple[str, ...]] = {}
    for names, term in terms.items():
        player = owner.get(names, term)
        players[player] = (*players.get(player, ()), term)
    if not players:
        raise UsageError("the formula has no term", where=where, do="name two or more terms")
    if len(players) > MAX_PLAYERS:
        raise UsageError(
            f"{len(players)} terms and groups have {2 ** len(players):,} subsets; {MAX_PLAYERS} of them, "
            f"{2**MAX_PLAYERS:,} subsets, are the most",
            where="groups",
            do='let terms that belong together enter together: groups={"motives": ["a", "b"], …}',
        )
    _require_whole_interactions(terms, owner)
    return players


def _owners(
    terms: Mapping[frozenset[str], str], groups: Mapping[str, Sequence[str]]
) -> dict[frozenset[str], str]:
    """The group of each term that is in one."""
    owner: dict[frozenset[str], str] = {}
    for group, members in groups.items():
        pieces = [members] if isinstance(members, str) else list(members)
        if not pieces:
            raise UsageError(f'group "{group}" has no terms', where=f"groups, {group}", do="name its terms")
        for names in (
            frozenset(variable.name for variable in term)
            for piece in pieces
            for term in terms_of(piece, f"groups, {group}")
        ):
            told = ":".join(sorted(names))
            if names not in terms:
                raise UsageError(
                    f'the formula has no term "{told}"',
                    where=f"groups, {group}",
                    do=f"its terms are {', '.join(terms.values())}.{did_you_mean(told, terms.values())}",
                )
            if owner.setdefault(names, group) != group:
                raise UsageError(
                    f'the term "{terms[names]}" is in two groups',
                    where=f"groups, {owner[names]} and {group}",
                    do="name it in one",
                )
    clash = [name for names, name in terms.items() if name in groups and owner.get(names) != name]
    if clash:
        raise UsageError(
            f'the group "{clash[0]}" has the name of a term outside it',
            where=f"groups, {clash[0]}",
            do="call it otherwise",
        )
    return owner


def _require_whole_interactions(
    terms: Mapping[frozenset[str], str], owner: Mapping[frozenset[str], str]
) -> None:
    """An interaction without its parts means something else: it enters with them or not at all."""
    for names, term in terms.items():
        for part, name in terms.items():
            if part < names and (owner.get(part) is None or owner.get(part) != owner.get(names)):
                raise UsageError(
                    f'the interaction "{term}" would enter without its part "{name}", and mean another thing',
                    where=f"term {term}",
                    do=f'let them enter together: groups={{"…": ["{name}", …, "{term}"]}}',
                )


def full_model(data: ModelData, family: Family, where: str) -> Floats:
    """Coefficients of all terms; refused where the model itself would be."""
    require_numbers(data.formula.outcome, data.numeric, where)
    require_outcome(data.formula, family, data.y[data.used])
    require_respondents(data)
    with separation_told(data, family, where):
        fit = fitted(
            data.x, data.y, data.each, data.cells.n, data.used, family, TOLERANCE, where, data.offset
        )
    return fit.beta


def players_of(
    data: ModelData, at: NDArray[np.int64], family: Family, named: Mapping[str, Sequence[str]]
) -> Players:
    """The players' columns at the cells `at` that stand for patterns of answers."""
    of_term = [coefficient.term for coefficient in data.matrix.coefficients]
    y = data.y[at]
    middle = 0.0
    if family == "linear":  # squares of what is left of the mean lose no digits to it
        middle = float(np.average(data.y[data.used], weights=data.w[data.used]))
    return Players(
        x=np.ascontiguousarray(data.x[at]),
        y=y - middle,
        offset=np.zeros(len(at)) if data.offset is None else data.offset[at],
        always=tuple(j for j, term in enumerate(of_term) if term == "(Intercept)"),
        columns=tuple(
            tuple(j for j, term in enumerate(of_term) if term in terms) for terms in named.values()
        ),
        family=family,
    )
