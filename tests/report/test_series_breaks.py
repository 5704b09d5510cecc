"""Where two waves of a series differ: definitions, questions, provinces and mode."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from report.small_wave import make_instrument

from netralstat.ask.instrument import Instrument
from netralstat.ask.plan import Plan
from netralstat.ask.plan_ask import Words
from netralstat.report.series_breaks import find_breaks


@dataclass(frozen=True)
class Asked:
    """A plan with its form."""

    plan: Plan
    instrument: Instrument


@pytest.fixture
def small(plan: Plan) -> Asked:
    return Asked(plan=plan, instrument=make_instrument())


def test_provinces_and_mode(small: Asked) -> None:
    regions = small.plan.collect.regions
    assert regions is not None
    late = regions.model_copy(update={"vintage": 2022, "outside": ()})
    mode = Words(id="Daring", en="Online")
    report = small.plan.report.model_copy(update={"mode": mode})
    face = small.plan.report.model_copy(update={"mode": Words(id="Tatap muka", en="Face to face")})
    collect = small.plan.collect.model_copy(update={"regions": late})
    before = replace(small, plan=small.plan.model_copy(update={"report": face}))
    now = replace(small, plan=small.plan.model_copy(update={"collect": collect, "report": report}))
    found = find_breaks(before, now, ["pressed"])
    assert [(one.kind, one.severity) for one in found] == [
        ("provinces", "caution"), ("coverage", "caution"), ("mode", "caution")
    ]  # fmt: skip
    assert (found[0].before["en"], found[0].after["en"]) == ("34", "38")
    assert (found[1].before["id"], found[1].after["id"]) == ("Aceh", "–")
    assert found[2].after == {"id": "Daring", "en": "Online"}
    assert find_breaks(small, small, ["pressed", "both"]) == ()


def test_a_nested_indicator_breaks_with_the_one_it_names(small: Asked) -> None:
    indicators = dict(small.plan.ask.indicators)
    narrower = indicators["acted"].model_dump(by_alias=True, exclude_none=True)
    narrower["any_of"] = [{"item": "done", "in": ["f2"]}]
    indicators["acted"] = type(indicators["acted"]).model_validate(narrower)
    ask = small.plan.ask.model_copy(update={"indicators": indicators})
    other = replace(small, plan=small.plan.model_copy(update={"ask": ask}))
    (found,) = find_breaks(other, small, ["pressed", "acted", "both", "either"])
    assert (found.kind, found.indicators) == ("definition", ("acted", "both", "either"))


@pytest.mark.parametrize(
    ("part", "kind", "severity"),
    [
        ({"relevant": "${sex} = 'male'"}, "base", "breaks"),
        ({"choices": ()}, "choices", "breaks"),
        ({"hints": {"en": "Tick one."}}, "wording", "caution"),
    ],
)
def test_what_differs_in_the_question(
    small: Asked, part: dict[str, object], kind: str, severity: str
) -> None:
    form = small.instrument
    items = tuple(replace(item, **part) if item.name == "asked" else item for item in form.items)  # type: ignore[arg-type]
    earlier = replace(small, instrument=replace(form, items=items))
    found = find_breaks(earlier, small, ["pressed", "acted"])
    assert {(one.kind, one.indicators) for one in found} == {(kind, ("pressed",))}
    assert severity in {one.severity for one in found}
