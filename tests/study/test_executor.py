"""Work in processes of its own: results of all tasks, one more try when a worker dies, and a stop that is heard."""

from __future__ import annotations

import os
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from sim.errors import UmtwinError
from sim.study.executor import in_processes, stopped


def square(task: int) -> int:
    return task * task


def die_once(marker: Path, task: int) -> int:
    """The first worker that gets here dies as one does that is killed for want of memory."""
    try:
        marker.touch(exist_ok=False)
    except FileExistsError:
        return task
    os._exit(9)


def die_always(task: int) -> int:
    os._exit(9 + task)


def refuse(task: int) -> int:
    raise UmtwinError(f"task {task} cannot be done")


def wait_to_be_stopped(marker: Path, task: int) -> int:
    marker.touch()
    deadline_s = time.monotonic() + 30.0
    while not stopped() and time.monotonic() < deadline_s:
        time.sleep(0.01)
    return task if stopped() else -1


def test_every_task_is_done_once() -> None:
    assert sorted(in_processes(square, range(5), 2, threading.Event())) == [0, 1, 4, 9, 16]


def test_what_a_dead_worker_left_is_tried_once_more(tmp_path: Path) -> None:
    work = partial(die_once, tmp_path / "died")
    assert sorted(in_processes(work, range(4), 2, threading.Event())) == [0, 1, 2, 3]


def test_second_death_is_an_error_that_says_what_to_try() -> None:
    with pytest.raises(UmtwinError, match=r"a worker process died twice \(out of memory\?\): try --jobs 1"):
        list(in_processes(die_always, range(2), 2, threading.Event()))


def test_error_of_a_task_is_the_callers() -> None:
    with pytest.raises(UmtwinError, match="task 0 cannot be done"):
        list(in_processes(refuse, [0], 2, threading.Event()))


def test_stop_reaches_the_workers_and_drops_what_has_not_begun(tmp_path: Path) -> None:
    """The task at work comes to its end; of the twenty others at most the one that was handed over already does."""
    stop, marker = threading.Event(), tmp_path / "begun"

    def stop_when_begun() -> None:
        while not marker.exists():
            time.sleep(0.01)
        stop.set()

    threading.Thread(target=stop_when_begun).start()
    done = list(in_processes(partial(wait_to_be_stopped, marker), range(20), 1, stop))
    assert 1 <= len(done) <= 2
    assert -1 not in done
