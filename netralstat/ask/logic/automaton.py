"""A finite automaton that finds a pattern in many texts at once, one character of all of them a step.

Its size and the work to build it are limited beforehand, and matching never goes back: the time is the
number of characters, whatever the pattern and the answers are.

Source: Thompson (1968), Regular expression search algorithm; the subset construction of Rabin and Scott.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from netralstat.ask.logic.program import UnsupportedError
from netralstat.ask.numerals import characters

Ranges = tuple[tuple[int, int], ...]
MAX_PLACES = 2_000
MAX_STATES = 1_000
MAX_WORK = 3_000_000
MAX_CELLS = 4_000_000
TOO_LARGE = "its regular expression is too large to be checked in bounded time"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A place in a pattern: `ranges` lead to `follow`, without them it is left at once (at the start or end
    of a text only, where `only` says so).
    """

    follow: tuple[int, ...]
    ranges: Ranges | None = None
    only: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a pattern: "one" character of `ranges`, the "start" or "end" of the text, a "sequence", a
    "choice" or a "repeat" of `parts`.
    """

    kind: str
    ranges: Ranges = ()
    parts: tuple[Part, ...] = ()
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Automaton:
    """States by class of characters; state 0 is the first.

    Attributes
    ----------
    bounds : numpy.ndarray of int64
        First code point of each interval of characters that the pattern does not tell apart.
    moves : numpy.ndarray of int32, (states, intervals)
        The next state.
    found : numpy.ndarray of bool, (states,)
        The pattern has been found: the state is never left.
    ends : numpy.ndarray of bool, (states,)
        The pattern is found if the text ends here.
    """

    bounds: NDArray[np.int64]
    moves: NDArray[np.int32]
    found: NDArray[np.bool_]
    ends: NDArray[np.bool_]

    def found_in(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Whether the pattern is found in each text."""
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        result = np.zeros(len(texts), dtype=bool)
        order = np.argsort(lengths, kind="stable")
        start = 0
        while start < len(order):  # texts of like length together, so that no matrix grows large
            stop = start + max(1, MAX_CELLS // (int(lengths[order[-1]]) + 1))
            some = order[start:stop]
            result[some] = self._found([texts[place] for place in some])
            start = stop
        return result

    def _found(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        width = max(1, max(map(len, texts)))
        points, lengths = characters(texts, width)
        state = np.zeros(len(texts), dtype=np.int32)
        for place in range(width):
            interval = np.searchsorted(self.bounds, points[place], side="right") - 1
            state = np.where(place < lengths, self.moves[state, interval], state)
        return self.found[state] | self.ends[state]


def build(part: Part) -> Automaton:
    """The automaton that finds a pattern anywhere; UnsupportedError where it would be too large."""
    places = _Places()
    accept = places.add()
    first = places.lay(part, accept)
    graph = _Graph(places=places.made, first=first, accept=accept)
    bounds = _bounds(graph.places)
    members = _members(graph.places, bounds)
    starting = graph.closure({first}, at_start=True)
    later = graph.closure({first})
    states: dict[tuple[frozenset[int], bool], int] = {(starting, True): 0}
    queue = [(starting, True)]
    moves: list[list[int]] = []
    found: list[bool] = []
    ends: list[bool] = []
    for current, at_start in queue:  # the queue grows while it is walked
        done = accept in current
        found.append(done)
        ends.append(accept in graph.closure(set(current), at_start=at_start, at_end=True))
        row = []
        for interval in range(len(bounds)):
            if done:
                row.append(states[(current, at_start)])
                continue
            graph.spend(len(current) + 1)
            reached = {n for p in current if interval in members[p] for n in graph.places[p].follow}
            after = (graph.closure(reached) | later, False)
            if after not in states:
                if len(states) >= MAX_STATES:
                    raise UnsupportedError(TOO_LARGE)
                states[after] = len(states)
                queue.append(after)
            row.append(states[after])
        moves.append(row)
    return Automaton(
        bounds=np.array(bounds, dtype=np.int64),
        moves=np.array(moves, dtype=np.int32),
        found=np.array(found, dtype=bool),
        ends=np.array(ends, dtype=bool),
    )


@dataclass(slots=True)
class _Places:
    """Lays the parts of a pattern out as places, from the last to the first."""

    made: list[_Place] = field(default_factory=list)

    def add(self, *follow: int, ranges: Ranges | None = None, only: str = "") -> int:
        if len(self.made) >= MAX_PLACES:
            raise UnsupportedError(TOO_LARGE)
        self.made.append(_Place(follow=follow, ranges=ranges, only=only))
        return len(self.made) - 1

    def lay(self, part: Part, after: int) -> int:
        """Put a part before the place `after`; give the place where it begins."""
        if part.kind == "one":
            return self.add(after, ranges=part.ranges)
        if part.kind in ("start", "end"):
            return self.add(after, only=part.kind)
        if part.kind == "sequence":
            for piece in reversed(part.parts):
                after = self.lay(piece, after)
            return after
        if part.kind == "choice":
            return self.add(*(self.lay(branch, after) for branch in part.parts))
        return self._repeat(part, after)

    def _repeat(self, part: Part, after: int) -> int:
        (piece,) = part.parts
        if part.most is None:
            loop = self.add(after)
            self.made[loop] = _Place(follow=(self.lay(piece, loop), after))
            begin = loop
        else:
            begin = after
            for _ in range(part.most - part.least):
                begin = self.add(self.lay(piece, begin), after)
        for _ in range(part.least):
            begin = self.lay(piece, begin)
        return begin


@dataclass(slots=True, kw_only=True)
class _Graph:
    """The places of a pattern, and how much work has gone into walking them."""

    places: list[_Place]
    first: int
    accept: int
    work: int = 0

    def spend(self, steps: int) -> None:
        self.work += steps
        if self.work > MAX_WORK:
            raise UnsupportedError(TOO_LARGE)

    def closure(self, begin: set[int], *, at_start: bool = False, at_end: bool = False) -> frozenset[int]:
        """All places reached from these without a character."""
        allowed = {"", "start"} if at_start else {""}
        if at_end:
            allowed.add("end")
        seen, stack = set(begin), list(begin)
        while stack:
            place = self.places[stack.pop()]
            self.spend(1)
            if place.ranges is None and place.only in allowed:
                new = [one for one in place.follow if one not in seen]
                seen.update(new)
                stack += new
        return frozenset(seen)


def _bounds(places: Sequence[_Place]) -> list[int]:
    """First code points of the intervals that the ranges of a pattern cut."""
    cuts = {0}
    for ranges in {place.ranges for place in places if place.ranges}:
        for low, high in ranges:
            cuts |= {low, high + 1}
    return sorted(cuts)


def _members(places: Sequence[_Place], bounds: Sequence[int]) -> list[frozenset[int]]:
    """For each place the intervals that it accepts."""
    known: dict[Ranges, frozenset[int]] = {}
    members = []
    for place in places:
        ranges = place.ranges or ()
        if ranges not in known:
            inside = {
                n for n, start in enumerate(bounds) if any(low <= start <= high for low, high in ranges)
            }
            known[ranges] = frozenset(inside)
        members.append(known[ranges])
    return members
