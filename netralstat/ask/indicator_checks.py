"""The references of indicators and scales, checked against the instrument before any answer is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from netralstat.ask.instrument import Instrument, Item
from netralstat.ask.plan_ask import Condition, Indicator, MeanScore, Recode, Scale
from netralstat.errors import PlanError, did_you_mean

_NUMERIC = ("integer", "decimal")
_WORDS = ("text", "calculate", "hidden", "acknowledge", "barcode", "time")
Problem = tuple[str, str]


def check_indicators(
    indicators: Mapping[str, Indicator], scales: Mapping[str, Scale], instrument: Instrument
) -> None:
    """Raise one PlanError that lists every wrong reference of [ask.indicators] and [ask.scales]."""
    problems = list(_problems(indicators, scales, instrument))
    if problems:
        count = "1 reference is" if len(problems) == 1 else f"{len(problems)} references are"
        listed = "\n".join(f"  {place}: {sentence}" for place, sentence in problems)
        raise PlanError(
            f"{count} wrong in the indicators and scales.\n{listed}",
            where=f"wave.toml, section ask, with instrument {instrument.id}, version {instrument.version}",
            do="correct these names, or read the instrument that asks them",
        )


def members(scale: str, scales: Mapping[str, Scale], instrument: Instrument) -> tuple[str, ...]:
    """Names of the items of a scale: as [ask.scales] lists them, else as the instrument tags them."""
    declared = scales.get(scale)
    if declared is not None and declared.items is not None:
        return declared.items
    return tuple(item.name for item in instrument.scales.get(scale, ()))


def reversed_members(scale: str, scales: Mapping[str, Scale], instrument: Instrument) -> frozenset[str]:
    """Names of its items that count against it: tagged nst_reverse = yes, or listed under `reverse`."""
    declared = frozenset(scales[scale].reverse) if scale in scales else frozenset[str]()
    tagged = {name for name in members(scale, scales, instrument) if instrument.item(name).reverse}
    return declared | tagged


def _problems(
    indicators: Mapping[str, Indicator], scales: Mapping[str, Scale], instrument: Instrument
) -> Iterator[Problem]:
    for name, scale in scales.items():
        place = f"ask.scales.{name}"
        if name in instrument:
            yield place, "has the name of an item; rename it"
        yield from _scale_problems(place, name, scales, instrument)
        for turned in scale.reverse:
            if turned not in members(name, scales, instrument):
                yield place, f'reverse names "{turned}", which is none of its items'
    for name, indicator in indicators.items():
        place = f"ask.indicators.{name}"
        if name in instrument:
            yield place, "has the name of an item; rename it"
        for inner, condition in _conditions(indicator):
            if condition.indicator is not None:
                problem = _reference_problem(name, condition, indicators)
            else:
                problem = _item_problem(condition, instrument)
            if problem:
                yield f"{place}.{inner}", problem
        score = indicator.mean_score or indicator.score_at_least
        if score is not None:
            yield from _score_problems(f"{place}.{indicator.rule}", score, scales, instrument)
        if indicator.recode is not None and (problem := _recode_problem(indicator.recode, instrument)):
            yield f"{place}.recode", problem


def _conditions(indicator: Indicator) -> Iterator[tuple[str, Condition]]:
    listed: Sequence[Condition] = indicator.any_of or indicator.all_of or ()
    inner = indicator.rule
    if indicator.at_least is not None:
        listed, inner = indicator.at_least.of, "at_least.of"
    if indicator.not_ is not None:
        yield "not", indicator.not_
    for number, condition in enumerate(listed, start=1):
        yield f"{inner}[{number}]", condition


def _reference_problem(name: str, condition: Condition, indicators: Mapping[str, Indicator]) -> str:
    other = condition.indicator or ""
    order = list(indicators)
    if other not in indicators:
        return f'no indicator is named "{other}".{did_you_mean(other, order)}'
    if chain := _way(other, name, indicators):
        return f"circular reference: {' → '.join((name, *chain))}"
    if order.index(other) > order.index(name):
        return f'"{other}" is defined further below; move it above "{name}"'
    target = indicators[other]
    numeric = condition.at_least is not None or condition.at_most is not None
    if target.kind == "levels":
        levels = list(target.recode.names) if target.recode else []
        strange = [level for level in condition.in_ or () if level not in levels]
        if condition.in_ is None:
            return f'"{other}" has levels; add in = [{", ".join(levels)}]'
        if strange:
            return _unknown_level(strange[0], other, levels)
    elif condition.in_ is not None:
        return f'"{other}" has no levels; leave out "in"'
    elif target.kind == "score" and not numeric:
        return f'"{other}" is a score; add at_least or at_most'
    elif target.kind == "binary" and numeric:
        return f'"{other}" is true or false; leave out at_least and at_most'
    return ""


def _way(start: str, goal: str, indicators: Mapping[str, Indicator]) -> tuple[str, ...]:
    """A chain of references from `start` to `goal`, or nothing."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while ways:
        way = ways.pop()
        if way[-1] == goal:
            return way
        for _, condition in _conditions(indicators[way[-1]]):
            after = condition.indicator
            if after is not None and after in indicators and after not in seen:
                seen.add(after)
                ways.append((*way, after))
    return ()


def _item_problem(condition: Condition, instrument: Instrument) -> str:
    name = condition.item or ""
    if name not in instrument:
        return _unknown_item(name, instrument)
    item = instrument.item(name)
    if item.repeat is not None:
        return _in_repeat(item)
    if condition.in_ is None:
        if item.kind not in _NUMERIC:
            return f'"{name}" is a {item.kind}, not a number: use in = [...]'
        return ""
    if item.kind in _WORDS:
        return ""
    if item.kind not in ("select_one", "select_multiple"):
        return f'"{name}" is a {item.kind} without a choice list: use at_least or at_most'
    return _code_problem(condition.in_, item)


def _recode_problem(recode: Recode, instrument: Instrument) -> str:
    if recode.item not in instrument:
        return _unknown_item(recode.item, instrument)
    item = instrument.item(recode.item)
    if item.repeat is not None:
        return _in_repeat(item)
    if recode.bands:
        known = f'"{item.name}" is a {item.kind}; only an integer can be cut into bands'
        return "" if item.kind == "integer" else known
    if item.kind in _WORDS:
        return ""
    if item.kind != "select_one":
        return f'"{item.name}" is a {item.kind}; only a select_one or a text can be recoded'
    return _code_problem([code for codes in recode.levels.values() for code in codes], item)


def _code_problem(codes: Sequence[str], item: Item) -> str:
    for code in codes:
        if code in item.missing_codes:
            reason = item.missing_codes[code]
            return f'"{code}" of "{item.name}" means {reason}: a missing answer meets no condition'
        if code not in item.valid_codes:
            return _unknown_level(code, item.name, item.valid_codes)
    return ""


def _scale_problems(
    place: str, scale: str, scales: Mapping[str, Scale], instrument: Instrument
) -> Iterator[Problem]:
    names = members(scale, scales, instrument)
    if not names:
        known = sorted({*scales, *instrument.scales})
        hint = did_you_mean(scale, [name for name in known if name != scale])
        yield place, f'the scale "{scale}" has no items: none is tagged nst_scale = {scale}.{hint}'
    yield from _scored_problems(
        place, names, {*(scales[scale].reverse if scale in scales else ())}, instrument
    )


def _score_problems(
    place: str, score: MeanScore, scales: Mapping[str, Scale], instrument: Instrument
) -> Iterator[Problem]:
    if score.items is not None:
        yield from _scored_problems(place, score.items, set(), instrument)
    elif score.scale not in scales:  # a declared scale is checked where it is declared
        yield from _scale_problems(place, score.scale or "", scales, instrument)


def _scored_problems(
    place: str, names: Sequence[str], turned: set[str], instrument: Instrument
) -> Iterator[Problem]:
    for name in names:
        if name not in instrument:
            yield place, _unknown_item(name, instrument)
            continue
        item = instrument.item(name)
        if item.repeat is not None:
            yield place, _in_repeat(item)
        elif item.kind == "select_one":
            unscored = [c.name for c in item.choices if c.missing is None and c.score is None]
            if unscored:
                yield place, f'"{name}" has answers without nst_score: {", ".join(unscored)}'
        elif item.kind not in _NUMERIC:
            yield place, f'"{name}" is a {item.kind} and has no score'
        elif name in turned or item.reverse:
            yield place, f'"{name}" is a number: only a choice list with scores can be reversed'


def _in_repeat(item: Item) -> str:
    return (
        f'"{item.name}" is asked in the repeat "{item.repeat}": a respondent can have several answers to it'
    )


def _unknown_item(name: str, instrument: Instrument) -> str:
    return f'the instrument has no item "{name}".{did_you_mean(name, instrument.names)}'


def _unknown_level(level: str, subject: str, allowed: Sequence[str]) -> str:
    shown = ", ".join(allowed[:20]) + (", …" if len(allowed) > 20 else "")
    return f'"{subject}" has no level "{level}"; one of {shown}.{did_you_mean(level, allowed)}'
