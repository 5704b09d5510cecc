"""What a questionnaire's author would want to know before it is fielded: faults, gaps and doubts, by item."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from netralstat.ask.instrument import Choice, Instrument, Item
from netralstat.ask.list_experiments import check_list_experiments
from netralstat.ask.remarks import Remark, listed

REFERENCE = re.compile(r"\$\{\s*([^}\s]+)\s*\}")
INSTANCE = re.compile(r"""instance\(\s*['"]([^'"]+)['"]\s*\)""")
STATA_NAME = 32
SPSS_NAME = 64
STATISTICAL_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
# Codes and words by which forms mark that there is no answer.
NO_ANSWER_CODES = (
    "dk dont_know dontknow do_not_know tt tidak_tahu tidaktahu rf ref refused refuse menolak tidak_menjawab "
    "no_answer noanswer na n_a not_applicable tidak_berlaku prefer_not_to_say"
)
NO_ANSWER_NUMBERS = "77 88 97 98 99 777 888 997 998 999 -77 -88 -97 -98 -99 -999"
NO_ANSWER_WORDS = re.compile(
    r"^\W*(tidak tahu|tak tahu|tidak menjawab|menolak( menjawab)?|tidak berlaku|rahasia|"
    r"do(n['’]?t| not) know|refused?( to answer)?|no answer|not applicable|prefer not to (say|answer))\b",
    re.IGNORECASE,
)


def check_instrument(instrument: Instrument) -> tuple[Remark, ...]:
    """Look a questionnaire over.

    Parameters
    ----------
    instrument : Instrument
        As it was read: what cannot be read at all was refused before.

    Returns
    -------
    tuple of Remark
        Errors first, then warnings, each in the order of the form.
    """
    found = [
        *(Remark("warning", "reader", "", text) for text in instrument.warnings),
        *_settings(instrument),
        *_wording(instrument),
        *_lists(instrument),
        *_expressions(instrument),
        *check_list_experiments(instrument),
        *_names(instrument),
    ]
    return tuple(sorted(found, key=lambda remark: remark.severity != "error"))


def _settings(instrument: Instrument) -> Iterator[Remark]:
    if not instrument.version:
        yield Remark(
            "warning", "version", "", "The settings state no version; a wave file names the version fielded."
        )
    if not instrument.answerable:
        yield Remark("error", "empty", "", "The form asks nothing: no row of its main export has an answer.")


# ------------------------------------------------------------------------------------------ wording
def _wording(instrument: Instrument) -> Iterator[Remark]:
    for item in instrument.items:
        if not (item.labels or item.automatic or item.calculation or item.read_only):
            yield Remark("warning", "no-label", item.name, "It has no wording in any language.")
    for code in instrument.languages:
        for text, labels in (("label", "labels"), ("hint", "hints")):
            worded = {item.name: getattr(item, labels) for item in instrument.items if getattr(item, labels)}
            without = [name for name, texts in worded.items() if not texts.get(code)]
            if len(without) == 1:
                yield Remark("warning", "translation", without[0], f"It has no {text} in {code}.")
            elif without:
                told = f"{len(without)} of {len(worded)} {text}s are missing in {code}: {listed(without)}."
                yield Remark("warning", "translation", "", told)
    for name, choices in instrument.lists.items():
        for code in instrument.languages:
            without = [choice.name for choice in choices if not choice.labels.get(code)]
            if without:
                text = f"{len(without)} of {len(choices)} choices have no label in {code}: {listed(without)}."
                yield Remark("warning", "translation", f"list {name}", text)


# -------------------------------------------------------------------------------------------- lists
def _lists(instrument: Instrument) -> Iterator[Remark]:
    used = {item.list_name for item in instrument.items}
    spoken = "\n".join(text for item in instrument.items for _, text in _texts(item))
    used |= set(INSTANCE.findall(spoken))
    for name, choices in instrument.lists.items():
        if name not in used:
            yield Remark("warning", "unused-list", f"list {name}", "No question uses this choice list.")
            continue
        real = [choice for choice in choices if choice.missing is None]
        unscored = [choice.name for choice in real if choice.score is None]
        if unscored and len(unscored) < len(real):
            text = f"{len(unscored)} of {len(real)} answers have no nst_score: {listed(unscored)}."
            yield Remark("warning", "score", f"list {name}", text)
        doubtful = [choice.name for choice in real if _is_no_answer(choice, real)]
        if doubtful:
            text = f"They look like no answers but have no nst_missing: {listed(doubtful)}."
            yield Remark("warning", "missing-code", f"list {name}", text)
        yield from _twin_labels(name, choices, instrument)


def _is_no_answer(choice: Choice, others: Iterable[Choice]) -> bool:
    if choice.name.lower() in NO_ANSWER_CODES.split():
        return True
    if any(NO_ANSWER_WORDS.match(label) for label in choice.labels.values()):
        return True
    numbers, words = NO_ANSWER_NUMBERS.split(), NO_ANSWER_CODES.split()
    rest = [other.name for other in others if other.name not in numbers and other.name.lower() not in words]
    short = all(re.fullmatch(r"\d{1,2}", code) and int(code) <= 20 for code in rest)
    return choice.name in numbers and short and bool(rest)


def _twin_labels(name: str, choices: Iterable[Choice], instrument: Instrument) -> Iterator[Remark]:
    """Two codes of one wording: an export of labels could not tell them apart."""
    for code in instrument.languages:
        seen: dict[tuple[str, ...], list[str]] = {}
        for choice in choices:
            if choice.labels.get(code):
                seen.setdefault((choice.labels[code], *choice.columns.values()), []).append(choice.name)
        for label, codes in seen.items():
            if len(codes) > 1:
                text = f'{len(codes)} choices have the label "{label[0][:60]}" in {code}: {listed(codes)}.'
                yield Remark("warning", "twin-labels", f"list {name}", text)


# -------------------------------------------------------------------------------------- expressions
def _texts(item: Item) -> Iterator[tuple[str, str]]:
    stated = {
        "relevant": item.relevant,
        "constraint": item.constraint,
        "required": item.required_if,
        "choice_filter": item.choice_filter,
        "calculation": item.calculation,
    }
    yield from ((column, text) for column, text in stated.items() if text)


def _expressions(instrument: Instrument) -> Iterator[Remark]:
    """What the checks of answers cannot evaluate, and conditions on what is asked only later."""
    import pandas as pd

    from netralstat.ask.logic import NotEvaluated, evaluate

    blank = {item.name: pd.Series([""], dtype=object) for item in instrument.answerable}
    place = {name: number for number, name in enumerate(instrument.names)}
    for item in instrument.items:
        for column, text in _texts(item):
            if column in ("relevant", "required"):
                later = [name for name in REFERENCE.findall(text) if place.get(name, -1) > place[item.name]]
                if later:
                    told = f"Its {column} names what is asked only later: {listed(later)}."
                    yield Remark("error", "order", item.name, told)
            if column not in ("relevant", "constraint") or item.repeat is not None or item.kind == "note":
                continue
            result = evaluate(text, blank, self_name=item.name)
            if isinstance(result, NotEvaluated):
                told = f"Its {column} is not checked when answers are read: {result.reason}."
                yield Remark("warning", "not-evaluated", item.name, told)


# -------------------------------------------------------------------------------------------- names
def _names(instrument: Instrument) -> Iterator[Remark]:
    """Names that Stata or SPSS would cut, refuse or confuse in a file written for them."""
    by_fold: dict[str, list[str]] = {}
    for item in instrument.items:
        if item.kind == "note":
            continue
        by_fold.setdefault(item.name.lower(), []).append(item.name)
        if not STATISTICAL_NAME.fullmatch(item.name):
            text = "Stata and SPSS allow letters, digits and underscores only; a file for them renames it."
            yield Remark("warning", "name", item.name, text)
        if len(item.name) > STATA_NAME:
            beyond = f" and SPSS ({SPSS_NAME})" if len(item.name) > SPSS_NAME else ""
            text = (
                f"Its name has {len(item.name)} characters, more than Stata ({STATA_NAME}){beyond} can hold."
            )
            yield Remark("warning", "name-length", item.name, text)
        elif item.kind == "select_multiple":
            long = [code for code in item.valid_codes if len(f"{item.name}_{code}") > STATA_NAME]
            if long:
                text = f"{len(long)} of its columns by choice have names too long for Stata: {listed(long)}."
                yield Remark("warning", "name-length", item.name, text)
    for names in by_fold.values():
        if len(names) > 1:
            text = f"They differ in capitals only, which SPSS takes for one name: {listed(names)}."
            yield Remark("error", "name-case", names[0], text)
