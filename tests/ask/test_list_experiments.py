"""List experiments: the arms must list what the estimator takes them to list."""

from __future__ import annotations

import dataclasses

import pytest

from netralstat.ask.instrument import Instrument, Item
from netralstat.ask.list_experiments import check_list_experiments

CONTROL = "Berapa banyak?\n- berita\n- daftar pemilih\n- sidang"
TREATED = "Berapa banyak?\n- berita\n- memenangkan calon\n- daftar pemilih\n- sidang"


def form(
    control: str = CONTROL, treated: str = TREATED, ends: tuple[int, int] = (3, 4), draw: bool = True
) -> Instrument:
    def part(name: str, kind: str, tag: str, label: str = "?", constraint: str | None = None) -> Item:
        return Item(
            name=name, kind=kind, labels={"id": label}, default_language="id", constraint=constraint,
            tags={"experiment": f"le:{tag}"},
        )  # fmt: skip

    items = [
        *([part("arm", "calculate", "arm")] if draw else []),
        part("list_c", "note", "items:control", control),
        part("count_c", "integer", "count:control", constraint=f". >= 0 and . <= {ends[0]}"),
        part("list_t", "note", "items:treatment", treated),
        part("count_t", "integer", "count:treatment", constraint=f". >= 0 and . <= {ends[1]}"),
    ]
    return Instrument(
        id="d", version="1", titles={}, languages=("id",), default_language="id", items=tuple(items)
    )


def test_a_sound_experiment_passes() -> None:
    assert list(check_list_experiments(form())) == []


@pytest.mark.parametrize(
    ("wrong", "subject", "text"),
    [
        (
            {"ends": (3, 3)},
            "count_t",
            "The arm treatment lists 4 statements, but the form refuses the count 4.",
        ),
        ({"ends": (4, 4)}, "count_c", "The arm control lists 3 statements, but the form takes the count 4."),
        (
            {"treated": TREATED.replace("daftar pemilih", "daftar calon")},
            "list_t",
            "In id the arm treatment lists 4 statements, 2 of the 3 of control among them; it has to list "
            "all of those, in their order and words, and one more.",
        ),
        (
            {"draw": False},
            "list_c",
            'The list experiment "le" has no item that draws the arm (nst_experiment = le:arm).',
        ),
    ],
)
def test_what_would_bias_the_estimate_is_told(wrong: dict[str, object], subject: str, text: str) -> None:
    found = [(remark.subject, remark.text) for remark in check_list_experiments(form(**wrong))]
    assert (subject, text) in found


def test_arms_that_are_missing_or_no_counts() -> None:
    sound = form()
    halved = dataclasses.replace(sound, items=sound.items[:-1])
    (remark,) = check_list_experiments(halved)
    assert (remark.severity, remark.subject) == ("error", "arm")
    assert remark.text == 'The list experiment "le" counts in control; it needs the arm control and one more.'
    texts = dataclasses.replace(sound.items[-1], kind="text")
    (remark,) = check_list_experiments(dataclasses.replace(sound, items=(*sound.items[:-1], texts)))
    assert remark.text == "The count of the arm treatment is a text, no integer."
