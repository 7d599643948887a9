"""Intervals from replications hold the truth as often as they say, on runs of the kernel itself.

The kernel plays 2,000 loss systems side by side, each a population with a station of its own, so a handful of
kernels gives 2,000 runs of several replications each. With so many runs the share that holds the truth has a standard
error of 0.5 %: the bounds below are two of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
import systems

from sim.analysis import theory
from sim.analysis.statistics import t_interval
from sim.calls import route as r
from sim.calls.draws import stream
from sim.calls.kernel.plane import Kernel
from sim.calls.state import Chunk, Layout, Station

RUNS, REPLICATIONS = 2_000, 8
CHANNELS, OFFERED_ERL = 5, 4.0
WARM_UP_S, STOP_S = 20.0, 220.0
CHUNK = 1 << 16
Floats = np.ndarray[Any, np.dtype[np.float64]]


class Counts:
    """A sink that counts, after the warm-up, calls and lost calls of each system, and adds up its carried load."""

    def __init__(self) -> None:
        self.offered, self.lost, self.carried = np.zeros(RUNS), np.zeros(RUNS), np.zeros(RUNS)

    def records(self, rows: np.ndarray[Any, Any]) -> None:
        counted = rows[rows["arrived_s"] >= WARM_UP_S]
        self.offered += np.bincount(counted["population"], minlength=RUNS)
        self.lost += np.bincount(counted["population"], counted["reason"] == systems.BUSY, minlength=RUNS)

    def usage(self, rows: np.ndarray[Any, Any]) -> None:
        counted = rows[rows["interval"] > 0]
        self.carried += np.bincount(counted["node"], counted["integral"], minlength=RUNS)

    def tallies(self, rows: np.ndarray[Any, Any]) -> None:
        """Nobody attacks."""


def arrivals(replication: int) -> Iterator[Chunk]:
    """Poisson calls of all systems together, each of a random one: so each system's calls are Poisson as well."""
    random = stream(20071105, replication, "coverage")
    now_s = 0.0
    while now_s < STOP_S:
        at_s = now_s + np.cumsum(random.exponential(1 / (RUNS * OFFERED_ERL), CHUNK))
        now_s = float(at_s[-1])
        draws = np.zeros((CHUNK, r.DRAWS))
        draws[:, r.HOLD] = random.exponential(1.0, CHUNK)
        which = random.integers(RUNS, size=CHUNK, dtype=np.int32)
        yield Chunk(at_s, which, np.zeros(CHUNK, np.int32), draws)


def play(replication: int) -> Counts:
    """One replication of every run."""
    counts = Counts()
    stations = tuple(Station(f"s{k}", CHANNELS, 1) for k in range(RUNS))
    layout = Layout(stations, (), (), (), tuple((k, -1) for k in range(RUNS)), WARM_UP_S)
    plane = Kernel(layout, arrivals(replication), counts)
    place = plane.add_route(systems.loss())
    for population in range(RUNS):
        plane.set_population_entry(population, place)
    plane.advance(STOP_S)
    plane.close()
    return counts


@cache
def replications() -> tuple[Counts, ...]:
    return tuple(play(replication) for replication in range(REPLICATIONS))


def coverage(values: Floats, truth: float) -> float:
    """The share of runs whose 95 % interval holds the truth; ``values`` of shape (REPLICATIONS, RUNS)."""
    intervals = [t_interval(run.tolist(), 0.95) for run in values.T]
    return float(np.mean([systems.holds(interval, truth) for interval in intervals]))


@pytest.mark.slow
def test_intervals_of_blocking_hold_erlang_b() -> None:
    values = np.array([counts.lost / counts.offered for counts in replications()])
    assert 0.94 <= coverage(values, theory.erlang_b(OFFERED_ERL, CHANNELS)) <= 0.96


@pytest.mark.slow
def test_intervals_of_carried_load_hold_erlang_b() -> None:
    values = np.array([counts.carried / (STOP_S - WARM_UP_S) for counts in replications()])
    assert 0.94 <= coverage(values, theory.carried_erl(OFFERED_ERL, CHANNELS)) <= 0.96


@pytest.mark.parametrize("counted", ["offered", "carried"])
def test_replications_of_a_run_are_independent(counted: str) -> None:
    values = np.array([getattr(counts, counted) for counts in replications()])
    between = np.corrcoef(values)[np.triu_indices(REPLICATIONS, 1)]
    assert np.abs(between).max() < 5 / RUNS**0.5
