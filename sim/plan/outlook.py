"""The plan of a scenario: what it implies before it is played. Nothing is simulated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sim.nodes.wiring import wire
from sim.plan.cpu import CpuLoad, cpu
from sim.plan.flows import traffic
from sim.plan.pools import Pool
from sim.plan.traffic import attempts, rates, seconds
from sim.plan.values import Value, values
from sim.scenario.recordings import audio_codec, call_answering
from sim.scenario.schema import Scenario
from sim.scenario.timeline import FloodStart, FloodStop
from sim.security.cost_profile import CostProfile

GRADE_OF_SERVICE: Final = 0.01
"""Blocking above this is worth a warning (ours)."""

CPU_LIMIT: Final = 0.8
"""Utilisation above this is worth a warning (ours)."""

START_S, REPLICATION_S, CALL_S, HOSTILE_S = 2.0, 0.08, 3.5e-6, 0.4e-6
"""CPU time of ``umtwin run`` as a whole, per replication, per call and per hostile attempt. Measured: one core of an
AMD EPYC, busy_hour with 10 and 40 replications, certificate_expiry with 16 and 160 calls per hour, dos_flood, with the
kernel compiled before.
"""


@dataclass(frozen=True)
class PopulationLoad:
    """What a population offers at its peak: attempts per hour, mean channel-seconds of an attempt, and erlangs."""

    population: str
    attempts_per_h: float
    channel_s: float
    offered_erl: float


@dataclass(frozen=True)
class MessageLoad:
    """Recorded messages that Hub Transport gets of a population at its peak, if no call is blocked; their mean size."""

    population: str
    codec: str
    messages_per_h: float
    size_bytes: float

    @property
    def storage_bytes_per_h(self) -> float:
        """What there is to store."""
        return self.messages_per_h * self.size_bytes


@dataclass(frozen=True)
class Plan:
    """What a scenario implies. Each pool and node is shown at its own busiest time; modes are those at the epoch, and
    the timeline is left out but for its floods, which count in ``hostile_attempts``. These and ``calls`` are expected
    numbers of one replication; ``run_s`` is the CPU time of the whole run in one process.
    """

    values: list[Value]
    populations: list[PopulationLoad]
    messages: list[MessageLoad]
    pools: list[Pool]
    cpu: list[CpuLoad]
    calls: float
    hostile_attempts: float
    replications: int
    run_s: float
    warnings: list[str]


def plan(scenario: Scenario, profile: CostProfile) -> Plan:
    """The plan of a scenario with the costs of a profile.

    Raises
    ------
    UsageError
        The profile has no figures for the scenario's TLS version and keys.
    """
    wiring, moments = wire(scenario), rates(scenario)
    pools: dict[tuple[str, ...], Pool] = {}
    loads: dict[str, CpuLoad] = {}
    for begin_s, now in moments.items():
        found, flows = traffic(scenario, wiring, begin_s, now)
        for pool in found:
            key = (pool.kind, *(seat.node for seat in pool.nodes))
            pools[key] = max(pools.get(key, pool), pool, key=lambda each: each.offered_erl)
        for load in cpu(scenario, wiring, profile, begin_s, flows):
            loads[load.node] = max(loads.get(load.node, load), load, key=lambda each: each.utilisation)
    calls, hostile = attempts(scenario), _hostile_attempts(scenario)
    replication_s = REPLICATION_S + calls * CALL_S + hostile * HOSTILE_S
    return Plan(
        values=values(scenario),
        populations=list(_populations(scenario, moments)),
        messages=list(_messages(scenario, moments)) if wiring.submissions else [],
        pools=list(pools.values()),
        cpu=list(loads.values()),
        calls=calls,
        hostile_attempts=hostile,
        replications=scenario.run.replications,
        run_s=START_S + scenario.run.replications * replication_s,
        warnings=list(_warnings(pools.values(), loads.values())),
    )


def _populations(scenario: Scenario, moments: dict[float, dict[str, float]]) -> Iterator[PopulationLoad]:
    for name, population in scenario.populations.items():
        peak_per_s, channel_s = max(now[name] for now in moments.values()), seconds(scenario, population).channel_s
        yield PopulationLoad(name, 3_600.0 * peak_per_s, channel_s, peak_per_s * channel_s)


def _messages(scenario: Scenario, moments: dict[float, dict[str, float]]) -> Iterator[MessageLoad]:
    for name, population in scenario.populations.items():
        answering, codec = call_answering(scenario, population), audio_codec(scenario, population)
        share = population.call_mix.get("call_answering", 0.0) * (1.0 - answering.full)
        if share:
            peak_per_h = 3_600.0 * max(now[name] for now in moments.values())
            yield MessageLoad(name, codec.name, share * peak_per_h, codec.size_bytes(answering.message_s))


def _hostile_attempts(scenario: Scenario) -> float:
    """Expected attempts of the timeline's floods; a flood lasts until its attacker's next order."""
    duration_s = scenario.run.duration_s
    running: dict[str, tuple[float, float]] = {}
    total = 0.0
    for entry in sorted(scenario.timeline, key=lambda each: each.at_s):
        if isinstance(entry.event, FloodStart | FloodStop):
            begin_s, rate = running.pop(entry.event.attacker, (0.0, 0.0))
            total += rate * max(min(entry.at_s, duration_s) - begin_s, 0.0)
            if isinstance(entry.event, FloodStart):
                running[entry.event.attacker] = (entry.at_s, entry.event.rate_per_s)
    return total + sum(rate * max(duration_s - begin_s, 0.0) for begin_s, rate in running.values())


def _warnings(pools: Iterable[Pool], loads: Iterable[CpuLoad]) -> Iterator[str]:
    for pool in pools:
        if pool.blocking > GRADE_OF_SERVICE:
            names = ", ".join(seat.node for seat in pool.nodes)
            yield f"{names}: {pool.offered_erl:.3g} E on {pool.seats} {pool.kind}: {_percent(pool.blocking)} blocked"
    for load in loads:
        if load.utilisation > CPU_LIMIT:
            most = max(load.by_purpose, key=lambda purpose: load.by_purpose[purpose])
            yield (
                f"{load.node}: {_percent(load.utilisation)} of its {load.cores} cores, most of it for {most}"
                f"{': the cores cannot do it' if load.utilisation > 1.0 else ''}"
            )


def _percent(share: float) -> str:
    return f"{100.0 * share:.2g} %" if share < 0.995 else f"{100.0 * share:.0f} %"
