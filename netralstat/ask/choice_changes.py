"""What changed in the choices of an item between two versions of a questionnaire."""

from __future__ import annotations

from collections.abc import Sequence

from netralstat.ask.changes import Change, Severity, compare_wording, plain
from netralstat.ask.instrument import Choice, Item


def compare_choices(old: Item, new: Item) -> list[Change]:
    """Compare the choice lists of an item: codes, wording, order, scores and reasons for no answer.

    Parameters
    ----------
    old, new : Item
        The item in the earlier and in the later version; the later one's name is the subject.
    """
    before = {choice.name: choice for choice in old.choices}
    after = {choice.name: choice for choice in new.choices}
    found: list[Change] = []
    recoded = _recoded(old, new)
    for was, code in recoded.items():
        found.append(
            _change(
                new,
                "choice-recoded",
                "breaks",
                f"the same answer has another code: {was} is now {code}",
                was,
                code,
            )
        )
    for code, choice in before.items():
        if code not in after and code not in recoded:
            found.append(_gone(new, choice))
    for code, choice in after.items():
        if code not in before and code not in recoded.values():
            found.append(_come(new, choice))
    for code in before.keys() & after.keys():
        found += _compare_choice(new, before[code], after[code])
    common = [code for code in before if code in after]
    if common != [code for code in after if code in before]:
        reason = "the choices stand in another order: the first ones are chosen more often"
        found.append(_change(new, "choice-order", "caution", reason, " ".join(before), " ".join(after)))
    return sorted(found, key=lambda change: (change.what, change.before, change.after, change.language))


def _recoded(old: Item, new: Item) -> dict[str, str]:
    """Codes that only the earlier version has, with the code under which the later one words the same."""
    gone = [choice for choice in old.choices if choice.name not in {one.name for one in new.choices}]
    come = [choice for choice in new.choices if choice.name not in {one.name for one in old.choices}]
    pairs: dict[str, str] = {}
    for choice in gone:
        twins = [other.name for other in come if _same_words(choice, other)]
        if len(twins) == 1 and twins[0] not in pairs.values():
            pairs[choice.name] = twins[0]
    return pairs


def _same_words(one: Choice, other: Choice) -> bool:
    shared = [code for code in one.labels if code in other.labels]
    return bool(shared) and all(plain(one.labels[code]) == plain(other.labels[code]) for code in shared)


def _gone(item: Item, choice: Choice) -> Change:
    if choice.missing is not None:
        reason = (
            f'"{choice.name}" ({choice.missing}) can no longer be chosen: others answer or leave it empty'
        )
        return _change(item, "missing-code-removed", "caution", reason, choice.name, "")
    reason = f'the answer "{choice.name}" is gone: who chose it now chooses another'
    return _change(item, "choice-removed", "breaks", reason, choice.name, "")


def _come(item: Item, choice: Choice) -> Change:
    if choice.missing is not None:
        reason = f'"{choice.name}" ({choice.missing}) can now be chosen: fewer answer'
        return _change(item, "missing-code-added", "caution", reason, "", choice.name)
    reason = f'the answer "{choice.name}" is new: it takes from the others'
    return _change(item, "choice-added", "breaks", reason, "", choice.name)


def _compare_choice(item: Item, old: Choice, new: Choice) -> list[Change]:
    found = compare_wording(
        item.name, "choice-wording", old.labels, new.labels, (item.name,), f'choice "{old.name}": '
    )
    if old.missing != new.missing:
        both = old.missing is not None and new.missing is not None
        severity: Severity = "caution" if both else "breaks"
        now, was = (missing or "an answer" for missing in (new.missing, old.missing))
        reason = f'choice "{old.name}" counts as {now}, before as {was}'
        found.append(_change(item, "missing-code", severity, reason, old.missing or "", new.missing or ""))
    if old.score != new.score:
        before, after = ("" if score is None else f"{score:g}" for score in (old.score, new.score))
        reason = f'choice "{old.name}" scores {after or "nothing"}, before {before or "nothing"}'
        found.append(_change(item, "score", "breaks", reason, before, after))
    return found


def _change(item: Item, what: str, severity: Severity, reason: str, before: str, after: str) -> Change:
    return Change(
        subject=item.name, what=what, severity=severity, reason=reason, before=before, after=after,
        items=(item.name,),
    )  # fmt: skip


def same_codes(old: Sequence[Choice], new: Sequence[Choice]) -> bool:
    """Whether two lists have the same codes, in whatever order."""
    return {choice.name for choice in old} == {choice.name for choice in new}
