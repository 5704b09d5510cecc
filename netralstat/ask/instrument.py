"""The questionnaire as data: what was asked, in which words, and what an answer may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netralstat.errors import InstrumentError, did_you_mean

Labels = Mapping[str, str]
"""A text in each language it was written in, by language code ("id", "en"; "und" where none is named)."""

KINDS = (
    "select_one",
    "select_multiple",
    "integer",
    "decimal",
    "text",
    "date",
    "datetime",
    "calculate",
    "note",
    "hidden",
)
MISSING_REASONS = ("dont_know", "refused", "not_applicable")


def in_language(labels: Labels, lang: str, default_language: str, name: str) -> str:
    """Return a text in the asked language, else in the form's own, else the name it stands for.

    Parameters
    ----------
    labels : Mapping[str, str]
        Language code to text.
    lang, default_language : str
        The language asked for, and the one to fall back to.
    name : str
        What to show when neither language has a text.
    """
    return labels.get(lang) or labels.get(default_language) or name


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer of a choice list.

    Parameters
    ----------
    name : str
        The code that stands in an export.
    labels : Mapping[str, str]
        The wording by language code.
    default_language : str
        The language `label` falls back to.
    missing : str, optional
        Why this is no answer ("dont_know", "refused", "not_applicable"); None for a real one.
    score : float, optional
        Its value in a scale.
    tags : Mapping[str, str]
        The other `nst_*` columns of its row, without that prefix.
    """

    name: str
    labels: Labels = field(default_factory=dict)
    default_language: str = "und"
    missing: str | None = None
    score: float | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def label(self, lang: str) -> str:
        """The wording in `lang`, else in the form's default language, else the code."""
        return in_language(self.labels, lang, self.default_language, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question, or one column that the form fills in by itself.

    Parameters
    ----------
    name : str
        The column it becomes in an export.
    kind : str
        One of `KINDS`.
    labels, hints : Mapping[str, str]
        The wording by language code.
    default_language : str
        The language `label` falls back to.
    group : tuple of str
        Names of the enclosing groups, outermost first.
    choices : tuple of Choice
        In the order of the form; empty unless the kind is a select.
    required : bool
        Whether the form always demands an answer; a requirement that depends on other answers is False.
    relevant : str, optional
        When it is asked: its own condition and those of its groups, each in parentheses, joined by "and".
    constraint, calculation, appearance : str, optional
        As the form states them.
    tags : Mapping[str, str]
        Its `nst_*` columns, without that prefix.
    """

    name: str
    kind: str
    labels: Labels = field(default_factory=dict)
    hints: Labels = field(default_factory=dict)
    default_language: str = "und"
    group: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    required: bool = False
    relevant: str | None = None
    constraint: str | None = None
    calculation: str | None = None
    appearance: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InstrumentError(
                f'Item "{self.name}" is of the unknown kind "{self.kind}".{did_you_mean(self.kind, KINDS)}',
                where=f"item {self.name}",
                do=f"Use one of: {', '.join(KINDS)}.",
            )

    def label(self, lang: str) -> str:
        """The question in `lang`, else in the form's default language, else the item's name."""
        return in_language(self.labels, lang, self.default_language, self.name)

    def choice(self, name: str) -> Choice:
        """The choice with this code; an InstrumentError if the item has none such."""
        for choice in self.choices:
            if choice.name == name:
                return choice
        codes = [choice.name for choice in self.choices]
        raise InstrumentError(
            f'Item "{self.name}" has no choice "{name}".{did_you_mean(name, codes)}',
            where=f"item {self.name}, which has {len(codes)} choices",
            do=f"Use one of: {', '.join(codes)}." if codes else "Name an item with a choice list.",
        )

    @property
    def valid_codes(self) -> tuple[str, ...]:
        """Codes that are answers, in the order of the form."""
        return tuple(choice.name for choice in self.choices if choice.missing is None)

    @property
    def missing_codes(self) -> dict[str, str]:
        """Codes that are no answers, each with the reason."""
        return {choice.name: choice.missing for choice in self.choices if choice.missing is not None}

    @property
    def reverse(self) -> bool:
        """Whether agreement counts against the scale (tag `reverse` = yes)."""
        return self.tags.get("reverse") == "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A questionnaire: its items in order, with their wording and their rules.

    Parameters
    ----------
    id, version : str
        As its settings name them; the version is "" where the form states none.
    titles : Mapping[str, str]
        The title by language code.
    languages : tuple of str
        Codes of the languages it is worded in, the default one first.
    default_language : str
        The language a label falls back to.
    items : tuple of Item
        In the order of the form.
    warnings : tuple of str
        What the form's reader found odd but readable.

    Raises
    ------
    InstrumentError
        Two items share a name; a scale's item has an unscored answer or an unreadable `reverse`.
    """

    id: str
    version: str
    titles: Labels
    languages: tuple[str, ...]
    default_language: str
    items: tuple[Item, ...]
    warnings: tuple[str, ...] = ()
    _by_name: dict[str, Item] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name: dict[str, Item] = {}
        for item in self.items:
            if item.name in by_name:
                paths = ["/".join([*twin.group, twin.name]) for twin in (by_name[item.name], item)]
                raise InstrumentError(
                    f'Two items are named "{item.name}".',
                    where=f"instrument {self.id}: {paths[0]} and {paths[1]}",
                    do="Rename one: an export without group names could not tell them apart.",
                )
            by_name[item.name] = item
            _check_scale(self.id, item)
        object.__setattr__(self, "_by_name", by_name)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def item(self, name: str) -> Item:
        """The item of this name; an InstrumentError with the closest name if there is none."""
        if name in self._by_name:
            return self._by_name[name]
        raise InstrumentError(
            f'The instrument has no item "{name}".{did_you_mean(name, self._by_name)}',
            where=f"instrument {self.id}, version {self.version or 'not stated'}, {len(self.items)} items",
            do="Correct the name, or read the instrument that asks it.",
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all items, in order."""
        return tuple(self._by_name)

    @property
    def answerable(self) -> tuple[Item, ...]:
        """Items that have an answer in an export: all but notes."""
        return tuple(item for item in self.items if item.kind != "note")

    @property
    def scales(self) -> dict[str, tuple[Item, ...]]:
        """Items of each scale (tag `scale`), in order."""
        scales: dict[str, tuple[Item, ...]] = {}
        for item in self.items:
            if scale := item.tags.get("scale"):
                scales[scale] = (*scales.get(scale, ()), item)
        return scales


def _check_scale(instrument: str, item: Item) -> None:
    """A scale cannot be counted from an unscored answer, nor turned round by a word it does not know."""
    where = f"instrument {instrument}, item {item.name}"
    if item.tags.get("reverse", "no") not in ("yes", "no"):
        raise InstrumentError(
            f'Item "{item.name}" says neither yes nor no in its column nst_reverse.',
            where=where,
            do="Write yes for an item that counts against its scale, otherwise leave the cell empty.",
        )
    unscored = [choice.name for choice in item.choices if choice.missing is None and choice.score is None]
    if item.tags.get("scale") and unscored:
        raise InstrumentError(
            f'{len(unscored)} of {len(item.choices)} choices of the scale item "{item.name}" have no score: '
            f"{', '.join(unscored)}.",
            where=where,
            do="Give each a number in the column nst_score, or a reason in nst_missing.",
        )
