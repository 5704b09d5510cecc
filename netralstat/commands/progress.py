"""How far a command is: on a terminal, a bar with the name of the step.

It is drawn when a step begins and never in between: a thread that kept it moving would keep the work from
using a second core (see `netralstat.processes.beside`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

BEGIN = {
    "responses": 0.1,
    "instrument": 0.1,
    "quality": 0.2,
    "indicators": 0.2,
    "weights": 0.22,
    "estimates": 0.23,
    "earlier waves": 0.35,
    "models": 0.37,
    "report": 0.4,
}
"""The part of a report's time that is over when a step begins."""

FURTHER = 0.1
"""Of what is left, the part that a step of another name takes: the bar is full only when all is done."""


@contextmanager
def progress_bar(title: str, console: Console) -> Iterator[Callable[[str], None]]:
    """A bar below the cursor; what it gives is called with the name of each step that begins.

    Parameters
    ----------
    title : str
        What is worked on.
    console : rich.console.Console
        Of standard error.
    """
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (BarColumn(bar_width=24), TaskProgressColumn(), TimeElapsedColumn())
    text = TextColumn("{task.description}", markup=False)
    with Progress(*columns, text, console=console, transient=True, auto_refresh=False) as bar:
        task = bar.add_task(f"{title}: opening", total=1.0)

        def begin(step: str) -> None:
            done = bar.tasks[0].completed
            reached = BEGIN.get(step, done + FURTHER * (1 - done))
            bar.update(task, completed=max(done, reached), description=f"{title}: {step}", refresh=True)

        yield begin
