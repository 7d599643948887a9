"""The simple call model as a newcomer to SimPy would write it: a process per call, a Resource per pool and CPU."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any

import simpy

from benchmarks.simple_call import CHANNELS, CORES, SET_UP, SUBMISSION
from sim.calls import route as r
from sim.calls.state import Chunk

Steps = Generator[simpy.Event, Any, None]


class SimpleCalls:
    """600 channels and four cores; ``rows`` are the calls that ended, in the columns of observations.TABLES."""

    def __init__(self, calls: Iterable[Chunk]) -> None:
        self.env = simpy.Environment()
        self.channels = simpy.Resource(self.env, CHANNELS)
        self.cpu = simpy.Resource(self.env, CORES)
        self.rows: list[tuple[Any, ...]] = []
        self.env.process(self.arrivals(calls))
        self.env.run()

    def arrivals(self, calls: Iterable[Chunk]) -> Steps:
        """Start a process for each call when it arrives."""
        number = 0
        for chunk in calls:
            for arrive_s, draws in zip(chunk.arrive_s.tolist(), chunk.draws.tolist(), strict=True):
                yield self.env.timeout(arrive_s - self.env.now)
                self.env.process(self.call(number, arrive_s, draws))
                number += 1

    def call(self, number: int, arrived_s: float, draws: list[float]) -> Steps:
        """One call."""
        if self.channels.count >= self.channels.capacity:
            self.note(number, "blocked", "channels_busy", arrived_s, None, None, None, 0.0)
            return
        with self.channels.request() as channel:
            yield channel
            asked_s = self.env.now
            with self.cpu.request() as core:
                yield core
                wait_s = self.env.now - asked_s
                yield self.env.timeout(draws[SET_UP])
            setup_s = self.env.now - arrived_s
            yield self.env.timeout(draws[r.HOLD])
        hung_up_s = self.env.now
        with self.cpu.request() as core:
            yield core
            wait_s += self.env.now - hung_up_s
            yield self.env.timeout(draws[SUBMISSION])
        self.note(number, "completed", "none", arrived_s, setup_s, hung_up_s, self.env.now, wait_s)

    def note(  # noqa: PLR0913, PLR0917 - what is known of the call
        self,
        number: int,
        outcome: str,
        reason: str,
        arrived_s: float,
        setup_s: float | None,
        hung_up_s: float | None,
        delivered_s: float | None,
        wait_s: float,
    ) -> None:
        """A row of the table of calls."""
        call = (0, number, "staff", "call_answering", None, None, 0, outcome, reason, *["none"] * 4)
        self.rows.append((*call, arrived_s, setup_s, hung_up_s, delivered_s, wait_s, self.env.now, None))
