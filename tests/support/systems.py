"""Textbook systems as deployments: one station, one population, a route of three rows; played by the kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from planes import Capture

from sim import vocabulary
from sim.analysis.statistics import Estimate, t_interval
from sim.calls import route as r
from sim.calls.draws import ClassDraws, Law, Source, calls
from sim.calls.kernel.plane import Kernel
from sim.calls.route import Route
from sim.calls.state import Chunk, Layout, Station

REPLICATIONS = 20
LEVEL = 0.999
BUSY = vocabulary.REASON_CODE["trunks_busy"]
Floats = np.ndarray[Any, np.dtype[np.float64]]


def loss() -> Route:
    """A seat for the holding time, or lost."""
    return Route("loss").add(r.SEIZE, r.TRUNK, c="end", d=BUSY).add(r.DELAY, b=r.HOLD, x=1.0).label("end").add(r.END)


def delay() -> Route:
    """A job on the cores, served in order of arrival."""
    return Route("delay").add(r.CPU, r.TRUNK, b=r.HOLD, x=1.0).add(r.END)


@dataclass(frozen=True)
class System:
    """A station with ``servers`` seats and cores, and calls at a constant rate. ``warm_up_s`` is one interval."""

    route: Route
    servers: int
    rate_per_s: float
    law: Law
    warm_up_s: float = 20.0
    attempts: float = 60_000.0

    @property
    def stop_s(self) -> float:
        """When the last call has arrived."""
        return self.attempts / self.rate_per_s

    def chunks(self, replication: int) -> list[Chunk]:
        """The calls of one replication."""
        classes = (ClassDraws(0, 1.0, ((self.law, np.inf),)),)
        source = Source("p", (0.0, self.stop_s), (0.0, self.attempts), classes, None)
        return list(calls((source,), 20071105, replication))

    def play(self, replication: int, *, stop_s: float | None = None) -> Run:
        """One replication."""
        capture = Capture()
        stations = (Station("station", self.servers, self.servers),)
        layout = Layout(stations, (), (), (), ((0, -1),), self.warm_up_s)
        plane = Kernel(layout, self.chunks(replication), capture)
        plane.set_population_entry(0, plane.add_route(self.route))
        plane.advance(stop_s or self.stop_s)
        plane.close()
        return Run(self, capture.table("records"), capture.table("usage"))

    def replicate(self) -> list[Run]:
        """REPLICATIONS independent runs."""
        return [self.play(replication) for replication in range(REPLICATIONS)]


@dataclass(frozen=True)
class Run:
    """What one replication left."""

    system: System
    records: np.ndarray[Any, Any]
    usage: np.ndarray[Any, Any]

    @property
    def counted(self) -> np.ndarray[Any, Any]:
        """The calls that arrived after the warm-up and ended in the run, or were lost."""
        late_enough = self.records["arrived_s"] >= self.system.warm_up_s
        counted: np.ndarray[Any, Any] = self.records[late_enough & (self.records["reason"] != r.UNFINISHED)]
        return counted

    def lost(self) -> float:
        """The share of calls that were lost."""
        late_enough = self.records["arrived_s"] >= self.system.warm_up_s
        return float(np.mean(self.records["reason"][late_enough] == BUSY))

    def wait_s(self) -> Floats:
        """The wait of each call."""
        result: Floats = self.counted["cpu_wait_s"]
        return result

    def mean_level(self, meter: int) -> float:
        """The mean of a meter after the warm-up."""
        rows = self.usage[(self.usage["meter"] == meter) & (self.usage["interval"] > 0)]
        return float(rows["integral"].sum() / (self.system.stop_s - self.system.warm_up_s))


def estimate(values: list[float]) -> Estimate:
    """The interval of a theory test: narrow enough to say something (model.md: 5 % of the value)."""
    result = t_interval(values, LEVEL)
    assert result.half_width is not None
    assert result.half_width < 0.05 * result.mean
    return result


def holds(interval: Estimate, truth: float) -> bool:
    """Whether the truth lies inside."""
    assert interval.low is not None
    assert interval.high is not None
    return interval.low <= truth <= interval.high
