"""How the cells of an export are written: codes or labels, choices, decimals, dates, times."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netralstat.ask.instrument import Instrument, Item
from netralstat.ask.plan_collect import OF_KINDS
from netralstat.draft.exports import Column, Columns
from netralstat.draft.headers import Header, plain
from netralstat.draft.options import Option

_SPLIT_MARKS = ("/", ".", "_", ":", " - ", " :: ", "::", "-", " ")
_JOINED_MARKS = (" ", ", ", "; ", ";", ",", "|", "\n")
_POINT = re.compile(r"[+-]?\d*\.\d+", re.ASCII)
_COMMA = re.compile(r"[+-]?\d*,\d+", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}([.,]\d{3})+", re.ASCII)
_ISO = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d).*", re.ASCII | re.DOTALL)
_PARTS = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ]\d{2,4}(?!\d).*", re.ASCII | re.DOTALL)
_CLOCK = re.compile(r"\d{1,2}[:.]\d{2}")
_OFFSET = re.compile(r"(Z|[+-]\d{2}:?\d{2})$", re.ASCII)
_PLAIN_MARKS = {"0", "1"}
# Words that tools and people write for a chosen choice; anything else is left to the person.
CHOSEN = {"1", "true", "yes", "ya", "y", "x", "checked", "selected", "chosen", "dipilih"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The columns of an export by item."""

    header: Header
    columns: Columns

    def of(self, item: Item) -> Column | None:
        """The column an item stands under, if it stands there."""
        place = self.header.place.get(item.name)
        return None if place is None else self.columns.by_place[place]


def notation(body: Body, instrument: Instrument) -> list[Option]:
    """The options of one source that its cells decide."""
    return [
        *_answers(body, instrument),
        *_multiple(body, instrument),
        *_decimal(body, instrument),
        *_dates(body, instrument),
        *_times(body, instrument),
    ]


# -------------------------------------------------------------------------------- codes or labels
def _answers(body: Body, instrument: Instrument) -> list[Option]:
    """Codes or labels, by the select_one columns in which only one of the two is possible."""
    votes: Counter[str] = Counter()
    n_columns = 0
    for item in instrument.items:
        column = body.of(item)
        if item.kind != "select_one" or column is None or not column.texts:
            continue
        n_columns += 1
        codes = {choice.name for choice in item.choices}
        labels = {
            lang: {plain(choice.labels[lang]) for choice in item.choices if lang in choice.labels}
            for lang in instrument.languages
        }
        votes.update(_votes(list(column.texts), codes, labels))
    if not n_columns:
        return [Option(key="answers", why="no select_one column has answers", possible=("codes", "labels"))]
    told = ", ".join(f"{count} hold {_wording(vote)}" for vote, count in sorted(votes.items()))
    told = f"of {n_columns} select_one columns {told or 'none tells codes from labels'}"
    if strange := unknown_cells(body, instrument):
        told += f"; {strange:,} cells hold neither a code nor a label of the form, and will be findings"
    kinds = {vote.partition(":")[0] for vote in votes}
    if kinds == {"codes"}:
        return [Option(key="answers", value="codes", why=told)]
    if kinds == {"labels"}:
        options = [Option(key="answers", value="labels", why=told)]
        languages = [vote.partition(":")[2] for vote in votes]
        if body.header.labelled is None and len(languages) == 1:
            options.append(Option(key="language", value=languages[0]))
        elif body.header.labelled is None or languages != [body.header.labelled]:
            options.append(Option(key="language", why="labels in which language?", possible=tuple(languages)))
        return options
    return [Option(key="answers", why=f"{told}; which is it?", possible=("codes", "labels"))]


def unknown_cells(body: Body, instrument: Instrument) -> int:
    """Cells of select_one columns that are neither a code nor a label of the form."""
    count = 0
    for item in instrument.items:
        column = body.of(item)
        if item.kind == "select_one" and column is not None:
            known = {choice.name for choice in item.choices}
            known |= {plain(label) for choice in item.choices for label in choice.labels.values()}
            count += sum(n for text, n in column.texts.items() if plain(text) not in known)
    return count


def _votes(texts: Sequence[str], codes: set[str], labels: Mapping[str, set[str]]) -> list[str]:
    """The only reading that the texts of a column allow, or none; most of them decide."""
    words = {plain(text) for text in texts}
    counts = {"codes": len(words & codes)}
    counts |= {f"labels:{lang}": len(words & known) for lang, known in labels.items()}
    most = max(counts.values())
    best = [vote for vote, count in counts.items() if count == most]
    return best if most and len(best) == 1 else []


def _wording(vote: str) -> str:
    return "codes" if vote == "codes" else f"labels ({vote.partition(':')[2]})"


# ------------------------------------------------------------------------------ select_multiple
def _multiple(body: Body, instrument: Instrument) -> list[Option]:
    """How answers of several choices are written."""
    items = [item for item in instrument.items if item.kind == "select_multiple"]
    if not items or body.header.kind in ("limesurvey", "redcap", "qualtrics"):
        return []  # these tools have one way to write them
    language = body.header.labelled
    marks = {mark: [len(_split(item, body, mark, language)) for item in items] for mark in _SPLIT_MARKS}
    mark = max(marks, key=lambda one: sum(marks[one]))
    split = [count > 0 for count in marks[mark]]
    joined = [body.of(item) is not None for item in items]
    told = (
        f"of {len(items)} select_multiple {sum(joined)} stand joined in one column and {sum(split)} split "
        "in a column a choice"
    )
    way = {(True, True): "both", (True, False): "joined", (False, True): "split"}
    ways = {way.get(pair, "absent") for pair in zip(joined, split, strict=True)}
    options = []
    if len(ways) == 1 and ways != {"absent"}:
        options.append(Option(key="select_multiple", value=ways.pop(), why=told))
    else:
        possible = ("both", "joined", "split")
        options.append(Option(key="select_multiple", why=f"{told}; which is it?", possible=possible))
    if any(split) and mark != "/":
        told = f'{sum(marks[mark])} choice columns stand behind their question and "{mark}"'
        options.append(Option(key="choice_separator", value=mark, why=told))
    if any(split):
        options += _chosen(items, body, mark, language)
    if any(joined):
        options += _joined_by(items, body, instrument)
    kind = body.header.kind
    return [option for option in options if kind is None or kind in OF_KINDS[option.key]]


def _split(item: Item, body: Body, mark: str, language: str | None) -> list[Column]:
    """The columns that split an item at a mark, behind its name or its label, with groups or without."""
    words = {plain(item.name), plain(item.labels.get(language or "", "")) or plain(item.name)}
    tails = {plain(f"{word}{mark}{choice.name}") for word in words for choice in item.choices}
    tails |= {
        plain(f"{word}{mark}{label}")
        for word in words
        for choice in item.choices
        for label in choice.labels.values()
    }
    return [
        column for column in body.columns.by_place if not tails.isdisjoint(_behind_groups(plain(column.name)))
    ]


def _behind_groups(name: str) -> set[str]:
    """A header, and what remains of it behind each mark that may part groups."""
    return {name, *(name[place + 1 :] for place, char in enumerate(name) if char in "/-.:")}


def _chosen(items: Sequence[Item], body: Body, mark: str, language: str | None) -> list[Option]:
    """What split columns hold, where it is not 1 and 0."""
    cells: Counter[str] = Counter()
    for item in items:
        for column in _split(item, body, mark, language):
            cells.update(column.texts)
    if not cells or set(cells) <= _PLAIN_MARKS:
        return []
    if len(cells) > 6:
        why = f"split columns hold {len(cells)} different texts; what means chosen?"
        return [Option(key="chosen", why=why, possible=(["1"],))]
    chosen = sorted(text for text in cells if text.strip().lower() in CHOSEN)
    other = sorted(set(cells) - set(chosen))
    why = f"split columns hold {len(cells)} different texts"
    if not chosen:
        return [
            Option(key="chosen", why=f"{why}; which mean chosen?", possible=tuple([text] for text in other))
        ]
    options = [Option(key="chosen", value=chosen, why=f"{why}; please confirm")]
    return [*options, Option(key="not_chosen", value=other)] if other else options


def _joined_by(items: Sequence[Item], body: Body, instrument: Instrument) -> list[Option]:
    """What stands between joined choices: the mark that resolves most cells against the choice lists."""
    cells: list[tuple[set[str], str]] = []
    for item in items:
        column = body.of(item)
        if column is None:
            continue
        known = {choice.name for choice in item.choices}
        known |= {plain(label) for choice in item.choices for label in choice.labels.values()}
        cells += [(known, plain(text)) for text in column.texts if plain(text) not in known]
    if not cells:
        return []
    solved = {mark: sum(_resolves(text, known, mark) for known, text in cells) for mark in _JOINED_MARKS}
    best = max(_JOINED_MARKS, key=lambda mark: solved[mark])
    told = (
        f'cut at "{best}", {solved[best]:,} of {len(cells):,} different joined cells hold only known choices'
    )
    ties = [mark for mark in _JOINED_MARKS if solved[mark] == solved[best]]
    if not solved[best] or len(ties) > 1:
        if solved[best] and {mark.strip() for mark in ties} == {best.strip()}:
            return [Option(key="multiple_separator", value=best, why=told)]
        return [
            Option(key="multiple_separator", why="what stands between choices?", possible=(" ", ", ", ";"))
        ]
    return [] if best == " " else [Option(key="multiple_separator", value=best, why=told)]


def _resolves(text: str, known: set[str], mark: str) -> bool:
    """Whether a cell is a chain of known choices; choices may contain the mark themselves."""
    cut = plain(f"a{mark}a")[1:-1]
    reached, parts = {0}, text.split(cut)
    for end in range(1, len(parts) + 1):
        if any(start in reached and cut.join(parts[start:end]) in known for start in range(end)):
            reached.add(end)
    return len(parts) > 1 and len(parts) < 200 and len(parts) in reached


# ----------------------------------------------------------------------- numbers, dates and times
def _texts(body: Body, instrument: Instrument, kinds: Sequence[str]) -> Counter[str]:
    texts: Counter[str] = Counter()
    for item in instrument.items:
        column = body.of(item)
        if item.kind in kinds and column is not None:
            texts.update(column.texts)
    return texts


def _decimal(body: Body, instrument: Instrument) -> list[Option]:
    texts = [text.strip() for text in _texts(body, instrument, ("decimal", "integer"))]
    points = sum(bool(_POINT.fullmatch(text)) for text in texts)
    commas = sum(bool(_COMMA.fullmatch(text)) for text in texts)
    doubtful = sum(bool(_THOUSANDS.fullmatch(text)) for text in texts)
    told = (
        f"of {len(texts):,} different numbers {points:,} are written with a point and {commas:,} with a comma"
    )
    if doubtful:
        told += f"; {doubtful:,} could also be thousands"
    if not points and not commas:
        return []
    if (points and commas) or doubtful == points + commas:
        return [Option(key="decimal", why=f"{told}; which is it?", possible=(".", ","))]
    return [Option(key="decimal", value="," if commas else ".", why=told)]


def _dates(body: Body, instrument: Instrument) -> list[Option]:
    texts = [text.strip() for text in _texts(body, instrument, ("date", "datetime"))]
    if body.header.kind == "google_forms":  # its own times are written as the sheet writes all dates
        texts += [text for column in body.columns.by_place[:1] for text in column.texts]
    iso = sum(bool(_ISO.fullmatch(text)) for text in texts)
    parts = [found for text in texts if (found := _PARTS.fullmatch(text))]
    day_first = sum(int(found[1]) > 12 for found in parts)
    month_first = sum(int(found[2]) > 12 for found in parts)
    if not iso and not parts:
        return []
    told = (
        f"of {iso + len(parts):,} different dates {iso:,} start with the year, {day_first:,} have a day in "
        f"first place and {month_first:,} in second, {len(parts) - day_first - month_first:,} do not tell"
    )
    ways = [way for way, count in (("ymd", iso), ("dmy", day_first), ("mdy", month_first)) if count]
    if len(ways) == 1 and (ways != ["ymd"] or not parts):
        return [Option(key="date_order", value=ways[0], why=told)]
    return [Option(key="date_order", why=f"{told}; which is it?", possible=("dmy", "mdy", "ymd"))]


def _times(body: Body, instrument: Instrument) -> list[Option]:
    texts = [text.strip() for text in _texts(body, instrument, ("datetime",))]
    clocks = [text for text in texts if _CLOCK.search(text)]
    bare = sum(not _OFFSET.search(text) for text in clocks)
    if not bare:
        return []
    told = f"{bare:,} of {len(clocks):,} different times have no offset: of which zone are they?"
    return [Option(key="timezone", why=told, possible=("WIB", "WITA", "WIT"))]
