"""A computation in a copy of this process: its result, its error, its end."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from multiprocessing import active_children

import pytest

from netralstat.errors import EnvironmentProblem, EstimationError
from netralstat.processes import beside
from netralstat.processes.beside import Beside, can_copy

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux only")


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "can_copy", lambda: True)


@pytest.mark.usefixtures("copied")
def test_the_result_comes_from_another_process() -> None:
    with Beside(lambda: (os.getpid(), 6 * 7)) as computed:
        process, answer = computed.result()
    assert process != os.getpid()
    assert answer == 42


@pytest.mark.usefixtures("copied")
def test_an_error_comes_back_whole() -> None:
    def fails() -> None:
        raise EstimationError("no level", where="item", do="name one")

    with Beside(fails) as computed, pytest.raises(EstimationError) as caught:
        computed.result()
    assert (caught.value.fact, caught.value.where, caught.value.do) == ("no level", "item", "name one")
    assert "in fails" in "".join(caught.value.__notes__)


@pytest.mark.usefixtures("copied")
def test_a_copy_that_is_killed_is_told() -> None:
    with (
        Beside(lambda: os.kill(os.getpid(), signal.SIGKILL)) as computed,
        pytest.raises(EnvironmentProblem, match=r"ended before it was done \(signal 9\)"),
    ):
        computed.result()


@pytest.mark.usefixtures("copied")
def test_leaving_ends_the_copy() -> None:
    before = {child.pid for child in active_children()}
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt), Beside(lambda: time.sleep(60)):
        raise KeyboardInterrupt
    assert time.monotonic() - begun < 30
    assert {child.pid for child in active_children()} == before


def test_without_a_copy_it_is_computed_here_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "can_copy", lambda: False)
    done: list[int] = []
    with Beside(lambda: done.append(os.getpid())) as computed:
        assert not done
        computed.result()
    assert done == [os.getpid()]


def test_one_core_has_no_room_for_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})
    assert can_copy()
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0})
    assert not can_copy()


def test_a_process_of_several_threads_is_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})
    ready = threading.Event()
    other = threading.Thread(target=ready.wait)
    other.start()
    try:
        assert not can_copy()
    finally:
        ready.set()
        other.join()
