"""What changed between two versions of a questionnaire, item by item, and what it does to trends."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from netralstat.ask.changes import Change, Severity, compare_wording, gravest, plain
from netralstat.ask.choice_changes import compare_choices, same_codes
from netralstat.ask.instrument import Instrument, Item

SAME_QUESTION = 0.9
REFERENCE = re.compile(r"\$\{\s*([^}\s]+)\s*\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentDiff:
    """The differences between an earlier and a later version.

    Attributes
    ----------
    changes : tuple of Change
        In the order of the later form, what was removed at the end.
    renamed : Mapping[str, str]
        Items that look renamed: the earlier name and the later one.
    items : Mapping[str, str]
        The gravest severity of each item's changes, by its later name (its earlier one where it is gone);
        an item that only the later version has is "keeps": it begins a trend.
    """

    changes: tuple[Change, ...]
    renamed: Mapping[str, str]
    items: Mapping[str, Severity]

    @property
    def severity(self) -> Severity:
        """The gravest of all."""
        return gravest(self.items.values())


def diff_instruments(old: Instrument, new: Instrument) -> InstrumentDiff:
    """Compare two versions of a questionnaire.

    Parameters
    ----------
    old, new : Instrument
        The earlier and the later version.

    Returns
    -------
    InstrumentDiff

    Notes
    -----
    Items are paired by name. Of those left, a pair of one kind whose wording is the same, or nearly so
    (`SAME_QUESTION`, difflib's ratio) with the same codes, is told as renamed, never taken for it in silence.
    """
    renamed = _renamed(old, new)
    earlier = {renamed.get(item.name, item.name): item for item in old.items}
    changes: list[Change] = []
    moved = _moved([name for name in earlier if name in new], [name for name in new.names if name in earlier])
    headings = _headings(old, new)
    for item in new.items:
        before = earlier.get(item.name)
        if before is None:
            changes.append(
                _one(item, "added", "keeps", "new: a trend of it begins with this version", "", item.name)
            )
            continue
        changes += _compare_item(before, item, renamed)
        if item.name in moved:
            reason = "it stands elsewhere among the questions: what is asked before it may colour the answer"
            changes.append(_one(item, "moved", "caution", reason, "", ""))
    changes += headings
    for name, item in earlier.items():
        if name not in new:
            changes.append(_one(item, "removed", "breaks", "it is asked no longer", item.name, ""))
    touched: dict[str, list[Severity]] = {name: [] for name in (*new.names, *earlier)}
    for change in changes:
        for name in change.items:
            touched[name].append(change.severity)
    return InstrumentDiff(
        changes=tuple(changes),
        renamed=renamed,
        items={name: gravest(found) for name, found in touched.items()},
    )


def _one(item: Item, what: str, severity: Severity, reason: str, before: str, after: str) -> Change:
    return Change(
        subject=item.name, what=what, severity=severity, reason=reason, before=before, after=after,
        items=(item.name,),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------- pairing
def _renamed(old: Instrument, new: Instrument) -> dict[str, str]:
    """Earlier to later name of items that only one version has and that ask the same."""
    gone = [item for item in old.items if item.name not in new and item.labels]
    come = [item for item in new.items if item.name not in old and item.labels]
    likeness = {
        (one.name, other.name): alike
        for one in gone
        for other in come
        if one.kind == other.kind and (alike := _likeness(one, other)) >= SAME_QUESTION
    }
    pairs: dict[str, str] = {}
    for (one, other), _ in sorted(likeness.items(), key=lambda entry: -entry[1]):
        if one not in pairs and other not in pairs.values():
            pairs[one] = other
    return pairs


def _likeness(one: Item, other: Item) -> float:
    """1 for the same wording, less for a similar one over the same codes, 0 else."""
    shared = [code for code in one.labels if code in other.labels]
    if not shared:
        return 0.0
    texts = [(plain(one.labels[code]), plain(other.labels[code])) for code in shared]
    if all(a == b for a, b in texts):
        return 1.0
    if not same_codes(one.choices, other.choices):
        return 0.0
    return min(SequenceMatcher(a=a, b=b, autojunk=False).ratio() for a, b in texts)


def _moved(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The fewest items whose moving explains the new order: those outside a longest rising sequence."""
    place = {name: number for number, name in enumerate(after)}
    order = [place[name] for name in before]
    smallest: list[int] = []  # the smallest last place of a rising sequence of each length
    ends: list[int] = []  # where in `order` that place stands
    previous: list[int] = []
    for number, value in enumerate(order):
        length = bisect_left(smallest, value)
        previous.append(ends[length - 1] if length else -1)
        smallest[length : length + 1], ends[length : length + 1] = [value], [number]
    kept: set[int] = set()
    step = ends[-1] if ends else -1
    while step >= 0:
        kept.add(order[step])
        step = previous[step]
    return {after[value] for value in order if value not in kept}


# ------------------------------------------------------------------------------------------- one item
def _compare_item(old: Item, new: Item, renamed: Mapping[str, str]) -> list[Change]:
    found: list[Change] = []
    items = (new.name,)
    if old.name != new.name:
        reason = "it looks renamed: the wave files have to name it anew, or the trend ends"
        found.append(_one(new, "renamed", "caution", reason, old.name, new.name))
    found += compare_wording(new.name, "wording", old.labels, new.labels, items)
    found += compare_wording(new.name, "hint", old.hints, new.hints, items)
    if old.kind != new.kind:
        found.append(_one(new, "kind", "breaks", "answers are of another kind", old.kind, new.kind))
    found += compare_choices(old, new)
    found += _compare_rules(old, new, renamed)
    found += _compare_scale(old, new)
    return found


# What a change of a rule does to a trend: attribute, its name in a diff, severity, reason.
RULES: tuple[tuple[str, str, Severity, str], ...] = (
    ("relevant", "relevant", "breaks", "others are asked than before: the base differs"),
    ("repeat", "repeat", "breaks", "it is asked another number of times"),
    ("choice_filter", "choice-filter", "breaks", "other choices are offered"),
    ("calculation", "calculation", "breaks", "it is computed otherwise"),
    ("constraint", "constraint", "caution", "other answers are taken than before"),
    ("required_if", "required", "caution", "it is demanded of others: fewer or more leave it empty"),
    ("default", "default", "caution", "it is filled in beforehand otherwise"),
    ("appearance", "appearance", "keeps", "it looks otherwise on the screen"),
)


def _compare_rules(old: Item, new: Item, renamed: Mapping[str, str]) -> list[Change]:
    found = []
    for attribute, what, severity, reason in RULES:
        before, after = getattr(old, attribute) or "", getattr(new, attribute) or ""
        follows = REFERENCE.sub(lambda match: f"${{{renamed.get(match[1], match[1])}}}", before)
        if _bare(follows) != _bare(after):
            found.append(_one(new, what, severity, reason, before, after))
    if old.required != new.required:
        words = ("no", "yes")
        reason = "an answer is now demanded" if new.required else "an answer is no longer demanded"
        found.append(_one(new, "required", "caution", reason, words[old.required], words[new.required]))
    if old.read_only != new.read_only:
        reason = "it can no longer be answered" if new.read_only else "it can now be answered"
        found.append(_one(new, "read-only", "breaks", reason, str(old.read_only), str(new.read_only)))
    before, after = _ends(old), _ends(new)
    if before != after:
        found.append(_one(new, "range", "breaks", "the slider has other ends or steps", before, after))
    if old.parameters.get("randomize") != new.parameters.get("randomize"):
        was, now = (item.parameters.get("randomize", "") for item in (old, new))
        reason = "the choices are shuffled, or no longer: the order of choices matters"
        found.append(_one(new, "randomize", "caution", reason, was, now))
    return found


def _bare(expression: str) -> str:
    """An expression without spaces outside its texts and without parentheses around the whole of it."""
    parts = re.split(r"('[^']*'|\"[^\"]*\")", expression)
    bare = "".join(part if n % 2 else re.sub(r"\s+", " ", part) for n, part in enumerate(parts)).strip()
    bare = re.sub(r"\s*([<>=!+*(),]+)\s*", r"\1", bare)
    while bare.startswith("(") and bare.endswith(")") and _closes_last(bare):
        bare = bare[1:-1].strip()
    return bare


def _closes_last(text: str) -> bool:
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return position == len(text) - 1
    return False


def _ends(item: Item) -> str:
    if item.minimum is None or item.maximum is None:
        return ""
    return f"{item.minimum:g} to {item.maximum:g} by {item.parameters.get('step', '1')}"


def _compare_scale(old: Item, new: Item) -> list[Change]:
    found = []
    was, now = old.tags.get("scale", ""), new.tags.get("scale", "")
    if was != now:
        reason = "it belongs to another scale: the mean of neither can be compared"
        found.append(_one(new, "scale", "breaks", reason, was, now))
    if (was or now) and old.reverse != new.reverse:
        reason = "it is turned round in its scale, or no longer: the mean of the scale cannot be compared"
        words = ("no", "yes")
        found.append(_one(new, "reverse", "breaks", reason, words[old.reverse], words[new.reverse]))
    return found


# ------------------------------------------------------------------------------------------- headings
def _headings(old: Instrument, new: Instrument) -> list[Change]:
    """Headings of groups: over a battery they are the question itself."""
    before = {group.path: group for group in old.groups}
    found = []
    for group in new.groups:
        if group.path in before:
            below = tuple(
                item.name
                for item in new.items
                if item.group[: len(group.path)] == group.path and item.name in old
            )
            subject = f"group {'/'.join(group.path)}"
            found += compare_wording(subject, "heading", before[group.path].labels, group.labels, below)
    return found
