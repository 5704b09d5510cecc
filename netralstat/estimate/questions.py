"""Questions as users put them: checked, and turned into the one type that every estimator takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from netralstat.design.design import Design, column_names
from netralstat.errors import UsageError
from netralstat.estimate.domains import DegreesOfFreedom, Question
from netralstat.estimate.estimates import NUMBERS, TESTS
from netralstat.estimate.intervals import Interval

# Columns of an estimates table (and two that it is computed with): no domain may bear such a name.
RESERVED = frozenset(
    {"item", "level", "contrast", "flag", "weight", "spread"}
    | {"hypothesis", "df_num", "df_den", *NUMBERS, *TESTS}
)


def question_of(
    design: Design,
    by: str | Sequence[str] | None = None,
    where: Mapping[str, Any] | None = None,
    *,
    overall: bool = False,
    interval: Interval | None = None,
    level: float = 0.95,
    df: DegreesOfFreedom = "design",
    levels: Mapping[str, Sequence[Any]] | None = None,
    few_clusters: Literal["CR2"] | None = None,
) -> Question:
    """The question that the arguments of a `Survey` method put.

    Raises
    ------
    UsageError
        `where` is no mapping, `df` or `few_clusters` is not known, the design does not tell the df, the
        level is outside (0, 1), or a domain bears the name of a column of the result.
    """
    if isinstance(where, str) or not isinstance(where, Mapping | None):
        raise UsageError(
            "where= takes a mapping, not a condition in words",
            where="where",
            do='write where={"sex": "female"} or where={"position": ["jpt", "administrator"]}',
        )
    if df not in ("design", "domain"):
        raise UsageError(f'df = "{df}" is not known', where="df", do='choose "design" or "domain"')
    if df == "domain" and design.replicate_columns:
        raise UsageError(
            "replicate weights in columns do not tell which PSUs a domain reaches",
            where="df",
            do='leave df at "design", the rank of the replicate weights minus 1',
        )
    if few_clusters not in (None, "CR2"):
        raise UsageError(
            f'few_clusters = "{few_clusters}" is not known',
            where="few_clusters",
            do='choose "CR2", or leave it out',
        )
    if not 0 < level < 1:
        raise UsageError(
            f"level = {level} is outside (0, 1)", where="level", do="give a confidence level such as 0.95"
        )
    domains = column_names(by)
    taken = [name for name in domains if name in RESERVED]
    if taken:
        raise UsageError(
            f'the domain "{taken[0]}" has the name of a column that estimates bear themselves',
            where="by",
            do="rename that column of the data",
        )
    return Question(
        by=tuple(dict.fromkeys(domains)),
        where={item: _levels(wanted) for item, wanted in (where or {}).items()},
        overall=overall,
        interval=interval,
        level=level,
        df=df,
        levels={item: _levels(wanted) for item, wanted in (levels or {}).items()},
        few_clusters=few_clusters is not None,
    )


def _levels(wanted: Any) -> list[Any]:
    if isinstance(wanted, str) or not isinstance(wanted, Iterable):
        return [wanted]
    return list(wanted)
