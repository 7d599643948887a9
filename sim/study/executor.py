"""Where replications are carried out: here one after the other, or by processes of their own."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from sim.errors import UmtwinError

Result = TypeVar("Result")


class Stop(Protocol):
    """Set when the user wants no more."""

    def is_set(self) -> bool:
        """Whether to stop."""

    def set(self) -> None:
        """Stop."""


_stop: Any = None


def stopped() -> bool:
    """In a worker process: whether the user wants no more."""
    return bool(_stop.is_set())


def _begin_worker(stop: Any) -> None:
    """The keyboard's interrupt goes to the parent, which tells the workers."""
    global _stop  # noqa: PLW0603 - a process has one parent
    _stop = stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def in_processes(work: Callable[[int], Result], tasks: Sequence[int], jobs: int, stop: Stop) -> Iterator[Result]:
    """Carry out ``work`` for each task in up to ``jobs`` spawned processes; results as they come.

    ``work`` is picklable and looks at ``stopped()`` now and then. When a worker dies, what is missing is tried once
    more.

    Raises
    ------
    UmtwinError
        A worker died in the second try as well, or ``work`` raised it.
    """
    context = multiprocessing.get_context("spawn")
    shared_stop = context.Event()
    missing = list(tasks)
    for last_try in (False, True):
        try:
            with ProcessPoolExecutor(jobs, context, _begin_worker, (shared_stop,)) as pool:
                with _interrupt_held_back():
                    futures = {pool.submit(work, task): task for task in missing}
                try:
                    yield from _as_they_come(futures, missing, stop, shared_stop)
                finally:
                    if futures:
                        shared_stop.set()
                    pool.shutdown(cancel_futures=True)
        except BrokenProcessPool as error:
            if last_try:
                raise UmtwinError(
                    f"a worker process died twice (out of memory?): try --jobs {max(1, jobs // 2)}"
                ) from error
            shared_stop.clear()
        else:
            return


@contextmanager
def _interrupt_held_back() -> Iterator[None]:
    """Processes that begin here never see the keyboard's interrupt, not even before ``_begin_worker`` (POSIX)."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _as_they_come(
    futures: dict[Future[Result], int], missing: list[int], stop: Stop, shared_stop: Any
) -> Iterator[Result]:
    while futures:
        if stop.is_set():
            shared_stop.set()
            for future in [future for future in futures if future.cancel()]:
                del futures[future]
        done, _ = wait(futures, timeout=0.1, return_when=FIRST_COMPLETED)
        for future in done:
            result = future.result()
            missing.remove(futures.pop(future))
            yield result
