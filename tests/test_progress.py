"""The bar of a command on a terminal: the step's name, a part that only grows, no thread beside the work."""

from __future__ import annotations

import io
import re
import threading

from rich.console import Console

from netralstat.commands.progress import BEGIN, progress_bar

STEPS = ("instrument", "responses", "indicators", "weights", "estimates", "models", "report")
FILES = ("report.id.html", "report.en.html", "report.id.docx", "report.id.pdf")


def drawn(steps: tuple[str, ...]) -> list[tuple[int, str]]:
    """Percent and text of the bar at each step."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120, color_system=None)
    threads = threading.active_count()
    with progress_bar("asn-2021", console) as begin:
        for step in steps:
            begin(step)
            assert threading.active_count() == threads
    told = re.findall(r"(\d+)% \d:\d\d:\d\d asn-2021: ([\w. ]*\w)", out.getvalue())
    return list(dict.fromkeys((int(percent), step) for percent, step in told))


def test_each_step_is_named_at_its_place() -> None:
    known = {step: percent for percent, step in drawn(STEPS)}
    assert {step: known[step] for step in STEPS} == {step: round(100 * BEGIN[step]) for step in STEPS}


def test_the_bar_only_grows_and_is_full_only_at_the_end() -> None:
    told = drawn(STEPS + FILES)
    percents = [percent for percent, _ in told]
    assert percents == sorted(percents)
    assert percents[-1] < 100
    assert [step for _, step in told][-len(FILES) :] == list(FILES)


def test_markup_in_a_name_stays_text() -> None:
    out = io.StringIO()
    with progress_bar("[red]wave[/]", Console(file=out, force_terminal=True, width=120)) as begin:
        begin("models")
    assert "[red]wave[/]: models" in out.getvalue()
