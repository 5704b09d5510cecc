"""List experiments of a form (column nst_experiment): whether the arms are what the estimator takes them for.

One arm counts harmless statements, the other the same ones and the sensitive one; the difference of the mean
counts is the share to whom the sensitive one applies only if the lists differ by that statement alone.

Source: Blair and Imai (2012), Statistical Analysis of List Experiments, Political Analysis 20(1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from netralstat.ask.instrument import Instrument, Item
from netralstat.ask.remarks import Remark, listed

CONTROLS = ("control", "kontrol")


@dataclass(slots=True)
class _Experiment:
    """The items of one experiment by the part they play."""

    parts: dict[str, str] = field(default_factory=dict)
    counts: dict[str, Item] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)


def check_list_experiments(instrument: Instrument) -> Iterator[Remark]:
    """Give a remark for every arm that is missing, is no count, or does not match its list."""
    for name, experiment in _experiments(instrument).items():
        arms = list(experiment.counts)
        first = next(iter(experiment.parts))
        controls = [arm for arm in CONTROLS if arm in arms]
        if not controls or len(arms) < 2:
            text = (
                f'The list experiment "{name}" counts in {listed(arms) or "no arm"}; '
                "it needs the arm control and one more."
            )
            yield Remark("error", "list-experiment", first, text)
            continue
        if not any(part in ("draw", "arm") for part in experiment.parts.values()):
            text = (
                f'The list experiment "{name}" has no item that draws the arm (nst_experiment = {name}:arm).'
            )
            yield Remark("warning", "list-experiment", first, text)
        for arm, item in experiment.counts.items():
            yield from _count_remarks(arm, item, experiment.items.get(arm))
        yield from _list_remarks(experiment.items, controls[0], instrument.languages)


def _experiments(instrument: Instrument) -> Mapping[str, _Experiment]:
    found: dict[str, _Experiment] = {}
    for item in instrument.items:
        name, *parts = item.tags.get("experiment", "").split(":")
        if not name or not parts:
            continue
        experiment = found.setdefault(name, _Experiment())
        experiment.parts[item.name] = parts[0]
        if len(parts) > 1 and parts[0] == "count":
            experiment.counts[parts[1]] = item
        elif len(parts) > 1 and parts[0] == "items":
            experiment.items[parts[1]] = item
    return found


def _count_remarks(arm: str, item: Item, statements: Item | None) -> Iterator[Remark]:
    if item.kind != "integer":
        text = f"The count of the arm {arm} is a {item.kind}, no integer."
        yield Remark("error", "list-experiment", item.name, text)
        return
    if statements is None:
        return
    sizes = {len(_statements(text)) for text in statements.labels.values()}
    if len(sizes) != 1:
        text = f"Its languages list different numbers of statements: {listed(sorted(map(str, sizes)))}."
        yield Remark("error", "list-experiment", statements.name, text)
        return
    size = sizes.pop()
    wrong = [n for n in (-1, 0, size, size + 1) if _allows(item, n) not in (None, 0 <= n <= size)]
    if wrong:
        does = "refuses" if 0 <= wrong[0] <= size else "takes"
        text = f"The arm {arm} lists {size} statements, but the form {does} the count {wrong[0]}."
        yield Remark("error", "list-experiment", item.name, text)


def _allows(item: Item, count: int) -> bool | None:
    """Whether the form takes a count; None where its constraint cannot be evaluated."""
    import pandas as pd

    from netralstat.ask.logic import NotEvaluated, evaluate

    if item.minimum is not None and item.maximum is not None:
        return item.minimum <= count <= item.maximum
    if item.constraint is None:
        return True
    column = {item.name: pd.Series([str(count)], dtype=object)}
    held = evaluate(item.constraint, column, self_name=item.name)
    return None if isinstance(held, NotEvaluated) else bool(held.iloc[0])


def _list_remarks(
    lists: Mapping[str, Item], control_arm: str, languages: tuple[str, ...]
) -> Iterator[Remark]:
    """The other arms must list the control statements, word for word and in order, and one more."""
    if control_arm not in lists:
        return
    for arm, item in lists.items():
        for code in languages if arm != control_arm else ():
            control = _statements(lists[control_arm].labels.get(code, ""))
            treated = _statements(item.labels.get(code, ""))
            kept = [line for line in treated if line in control]
            if kept != control or len(treated) != len(control) + 1:
                text = (
                    f"In {code} the arm {arm} lists {len(treated)} statements, {len(kept)} of the "
                    f"{len(control)} of {control_arm} among them; it has to list all of those, in their "
                    "order and words, and one more."
                )
                yield Remark("error", "list-experiment", item.name, text)


def _statements(text: str) -> list[str]:
    """The lines of a note that lists statements: those with a bullet or number, else all."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    marked = [line for line in lines if line[0] in "-–•*·" or line[:2].rstrip(".)").isdigit()]
    return [line.lstrip("-–•*· 0123456789.)") for line in (marked or lines)]
