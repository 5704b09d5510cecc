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
    "rank",
    "acknowledge",
    "integer",
    "decimal",
    "text",
    "date",
    "datetime",
    "time",
    "geopoint",
    "geotrace",
    "geoshape",
    "barcode",
    "file",
    "calculate",
    "note",
    "hidden",
)
WITH_CHOICES = ("select_one", "select_multiple", "rank")
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
    columns : Mapping[str, str]
        Further columns of its row, which a choice filter may name.
    """

    name: str
    labels: Labels = field(default_factory=dict)
    default_language: str = "und"
    missing: str | None = None
    score: float | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)

    def label(self, lang: str) -> str:
        """The wording in `lang`, else in the form's default language, else the code."""
        return in_language(self.labels, lang, self.default_language, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A section of the form, or a repeat: questions asked once for each child, post or visit.

    Parameters
    ----------
    path : tuple of str
        Its name after those of the groups that hold it, outermost first.
    labels : Mapping[str, str]
        Its heading by language code.
    default_language : str
        The language `label` falls back to.
    repeat : bool
        Whether its questions are asked several times.
    relevant : str, optional
        When it is asked, by its own condition; those of outer groups are theirs.
    """

    path: tuple[str, ...]
    labels: Labels = field(default_factory=dict)
    default_language: str = "und"
    repeat: bool = False
    relevant: str | None = None

    def label(self, lang: str) -> str:
        """The heading in `lang`, else in the form's default language, else the group's name."""
        return in_language(self.labels, lang, self.default_language, self.path[-1])


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
        Names of the enclosing groups and repeats, outermost first.
    repeat : str, optional
        Name of the innermost repeat it stands in; its answers are then in a table of their own.
    choices : tuple of Choice
        In the order of the form; empty unless the kind is one of `WITH_CHOICES`.
    list_name : str, optional
        The list its choices come from.
    choice_filter : str, optional
        Which of its choices are offered, by earlier answers and `Choice.columns`.
    required : bool
        Whether the form always demands an answer; a requirement that depends on other answers is False.
    required_if : str, optional
        The expression of a requirement that depends on other answers.
    relevant : str, optional
        When it is asked: its own condition and those of its groups, each in parentheses, joined by "and".
    constraint, calculation, default, appearance : str, optional
        As the form states them.
    constraint_messages : Mapping[str, str]
        What the form says to an answer that breaks the constraint, by language code.
    read_only : bool
        Whether the form shows it without letting anybody answer.
    automatic : bool
        Whether the form fills it in by itself: a start time, a device, a computed or hidden value.
    minimum, maximum : float, optional
        The ends of a `range`, which its slider cannot leave.
    parameters : Mapping[str, str]
        The form's column of that name, such as step, randomize or max-pixels.
    tags : Mapping[str, str]
        Its `nst_*` columns, without that prefix.
    """

    name: str
    kind: str
    labels: Labels = field(default_factory=dict)
    hints: Labels = field(default_factory=dict)
    default_language: str = "und"
    group: tuple[str, ...] = ()
    repeat: str | None = None
    choices: tuple[Choice, ...] = ()
    list_name: str | None = None
    choice_filter: str | None = None
    required: bool = False
    required_if: str | None = None
    relevant: str | None = None
    constraint: str | None = None
    constraint_messages: Labels = field(default_factory=dict)
    calculation: str | None = None
    default: str | None = None
    read_only: bool = False
    automatic: bool = False
    minimum: float | None = None
    maximum: float | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
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
    groups : tuple of Group
        Its sections and repeats, in the order of the form.
    lists : Mapping[str, tuple of Choice]
        Every choice list of the form by name, used or not.
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
    groups: tuple[Group, ...] = ()
    lists: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)
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
        """Items that have an answer in a row of the main export: all but notes and those in repeats."""
        return tuple(item for item in self.items if item.kind != "note" and item.repeat is None)

    @property
    def in_repeats(self) -> dict[str, tuple[Item, ...]]:
        """Items answered in the table of a repeat, by its name; the main export has no column of them."""
        repeats: dict[str, tuple[Item, ...]] = {}
        for item in self.items:
            if item.repeat is not None and item.kind != "note":
                repeats[item.repeat] = (*repeats.get(item.repeat, ()), item)
        return repeats

    def label(self, lang: str) -> str:
        """The title in `lang`, else in the form's default language, else its id."""
        return in_language(self.titles, lang, self.default_language, self.id)

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
