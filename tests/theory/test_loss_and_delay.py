"""The call plane gives the textbook's numbers where the textbook has any.

Each: 20 replications, the formula inside the 99.9 % interval, whose half-width is below 5 % of the value.
"""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from systems import BUSY, System, delay, estimate, holds, loss

from sim.analysis import theory
from sim.calls import route as r
from sim.calls.draws import Law

OFFERED_ERL, CHANNELS = 20.0, 24
LAWS = (Law("exponential", 1.0), Law("constant", 1.0), Law("lognormal", 1.0, cv=2.0), Law("gamma", 1.0, shape=4.0))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.kind)
def test_blocking_and_carried_load_are_erlang_b_whatever_the_holding_time(law: Law) -> None:
    """A. K. Erlang (1917); insensitive to the law of the holding time (B. A. Sevastyanov, 1957)."""
    runs = System(loss(), CHANNELS, OFFERED_ERL, law).replicate()
    assert holds(estimate([run.lost() for run in runs]), theory.erlang_b(OFFERED_ERL, CHANNELS))
    carried = estimate([run.mean_level(r.POOL) for run in runs])
    assert holds(carried, theory.carried_erl(OFFERED_ERL, CHANNELS))


@pytest.mark.parametrize(("servers", "rate_per_s"), [(1, 0.6), (2, 1.4), (4, 2.8), (8, 5.6)])
def test_waiting_in_mmc_is_erlang_c(servers: int, rate_per_s: float) -> None:
    """A. K. Erlang (1917): the share of jobs that wait, and their mean wait."""
    system = System(delay(), servers, rate_per_s, Law("exponential", 1.0), warm_up_s=200.0, attempts=120_000.0)
    waits = [run.wait_s() for run in system.replicate()]
    assert holds(estimate([float(np.mean(wait_s > 0)) for wait_s in waits]), theory.erlang_c(rate_per_s, servers))
    mean_s = estimate([float(np.mean(wait_s)) for wait_s in waits])
    assert holds(mean_s, theory.mmc_mean_wait_s(rate_per_s, 1.0, servers))


@pytest.mark.parametrize(("law", "cv"), [(Law("gamma", 1.0, shape=4.0), 0.5), (Law("constant", 1.0), 0.0)])
def test_mean_wait_in_mg1_is_pollaczek_khinchine(law: Law, cv: float) -> None:
    runs = System(delay(), 1, 0.7, law, warm_up_s=200.0).replicate()
    mean_s = estimate([float(np.mean(run.wait_s())) for run in runs])
    assert holds(mean_s, theory.mg1_mean_wait_s(0.7, 1.0, cv))


def test_utilisation_of_cores_is_the_load_per_core() -> None:
    runs = System(delay(), 4, 2.8, Law("gamma", 1.0, shape=4.0), warm_up_s=200.0).replicate()
    assert holds(estimate([run.mean_level(r.CORES) / 4 for run in runs]), 0.7)


def test_little_holds_in_the_queue_and_in_the_cores() -> None:
    """J. D. C. Little (1961): over a run that begins and ends empty, level x time = the sum of the times spent."""
    system = System(delay(), 4, 2.8, Law("exponential", 1.0), attempts=5_000.0)
    run = system.play(0, stop_s=system.stop_s + 1000.0)
    spent_s = run.records["ended_s"] - run.records["arrived_s"]
    assert run.records["ended_s"].max() < system.stop_s + 1000.0
    levels = {meter: run.usage["integral"][run.usage["meter"] == meter].sum() for meter in (r.QUEUE, r.CORES)}
    assert levels[r.QUEUE] == pytest.approx(run.records["cpu_wait_s"].sum(), rel=1e-9)
    assert levels[r.QUEUE] + levels[r.CORES] == pytest.approx(spent_s.sum(), rel=1e-9)


def test_little_holds_in_the_pool() -> None:
    system = System(loss(), CHANNELS, OFFERED_ERL, LAWS[0], attempts=5_000.0)
    run = system.play(0, stop_s=system.stop_s + 1000.0)
    held_s = (run.records["ended_s"] - run.records["arrived_s"]).sum()
    assert run.usage["integral"][run.usage["meter"] == r.POOL].sum() == pytest.approx(held_s, rel=1e-9)


def independent_loss_system(arrive_s: list[float], hold_s: list[float], channels: int) -> list[bool]:
    """Which calls are lost: a heap of the times when channels come free; shares no code with the call plane."""
    free_at: list[float] = []
    lost = []
    for at_s, for_s in zip(arrive_s, hold_s, strict=True):
        while free_at and free_at[0] <= at_s:
            heapq.heappop(free_at)
        lost.append(len(free_at) == channels)
        if not lost[-1]:
            heapq.heappush(free_at, at_s + for_s)
    return lost


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.kind)
def test_an_independent_loss_system_loses_the_same_calls(law: Law) -> None:
    system = System(loss(), CHANNELS, OFFERED_ERL, law)
    chunks = system.chunks(0)
    arrive_s = np.concatenate([chunk.arrive_s for chunk in chunks])
    hold_s = np.concatenate([chunk.draws[:, r.HOLD] for chunk in chunks])
    expected = independent_loss_system(arrive_s.tolist(), hold_s.tolist(), CHANNELS)
    records = np.sort(system.play(0).records, order="call")
    assert (records["reason"] == BUSY).tolist() == expected
    assert sum(expected) > 1000


def test_more_channels_never_lose_more_calls() -> None:
    """With the same calls (common random numbers), channel by channel."""
    lost = [System(loss(), channels, OFFERED_ERL, LAWS[0]).play(0).lost() for channels in range(15, 30)]
    assert lost == sorted(lost, reverse=True)
