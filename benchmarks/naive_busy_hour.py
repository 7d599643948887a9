"""The busy hour as a newcomer to SimPy would write it: a process per call, a Resource per pool and per CPU, ``request |
timeout`` for the caller's patience. No node fails and every verdict is good, so neither is modelled.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import Any

import simpy

from benchmarks.busy_hour import LAYOUT, PBX, terms
from sim import vocabulary
from sim.calls import route as r
from sim.calls.flows import LinkTerms
from sim.calls.state import Chunk, Station

Steps = Generator[simpy.Event, Any, Any]


class GaveUp(Exception):  # noqa: N818 - not an error
    """The caller's patience is at an end."""


class Host:
    """A node: seats, cores, and the media streams that slow them down."""

    def __init__(self, env: simpy.Environment, station: Station) -> None:
        self.name, self.backlog = station.name, station.backlog
        self.seats = simpy.Resource(env, station.seats)
        self.cpu = simpy.Resource(env, station.cores)
        self.media_us = 0

    @property
    def full(self) -> bool:
        """No seat is free."""
        return self.seats.count >= self.seats.capacity

    @property
    def overrun(self) -> bool:
        """The queue of jobs is too long for a new connection."""
        return len(self.cpu.queue) >= self.backlog

    def slowed_s(self, work_s: float) -> float:
        """How long ``work_s`` of CPU time take beside the media streams."""
        load = self.media_us / (1e6 * self.cpu.capacity)
        return work_s / (1.0 - min(load, r.MAX_MEDIA_LOAD))


class Call:
    """What becomes a row of the table of calls."""

    def __init__(self, number: int, arrived_s: float, call_class: str, draws: list[float]) -> None:
        self.number, self.arrived_s, self.call_class, self.draws = number, arrived_s, call_class, draws
        self.gateway: str | None = None
        self.server: str | None = None
        self.attempts, self.cpu_wait_s = 0, 0.0
        self.reason, self.connection = "none", "none"
        self.setup_s: float | None = None
        self.hung_up_s: float | None = None
        self.delivered_s: float | None = None

    def row(self, ended_s: float) -> tuple[Any, ...]:
        """In the order of observations.TABLES."""
        outcome = vocabulary.REASONS[vocabulary.REASON_CODE[self.reason]].outcome
        return (
            *(0, self.number, "staff", self.call_class, self.gateway, self.server, self.attempts, outcome),
            *(self.reason, self.connection, "none", "none", "none", self.arrived_s, self.setup_s, self.hung_up_s),
            *(self.delivered_s, self.cpu_wait_s, ended_s, None),
        )


class BusyHour:
    """The deployment of benchmarks/busy_hour.py; ``rows`` are the calls that ended."""

    def __init__(self, calls: Iterable[Chunk]) -> None:
        self.env = simpy.Environment()
        self.hosts = [Host(self.env, station) for station in LAYOUT.stations]
        self.terms = [terms(pair) for pair in range(len(LAYOUT.pairs))]
        self.turns = [0] * len(LAYOUT.lists)
        self.rows: list[tuple[Any, ...]] = []
        self.env.process(self.arrivals(calls))
        self.env.run()

    def arrivals(self, calls: Iterable[Chunk]) -> Steps:
        """Start a process for each call when it arrives."""
        number = 0
        for chunk in calls:
            columns = (chunk.arrive_s.tolist(), chunk.call_class.tolist(), chunk.draws.tolist())
            for arrive_s, call_class, draws in zip(*columns, strict=True):
                yield self.env.timeout(arrive_s - self.env.now)
                call = Call(number, arrive_s, vocabulary.CALL_CLASSES[call_class], draws)
                self.env.process(self.play(call))
                number += 1

    def play(self, call: Call) -> Steps:
        """One call from its arrival to the end of its work."""
        try:
            yield from self.pass_pbx(call)
        except GaveUp:
            call.reason = "gave_up"
        self.rows.append(call.row(self.env.now))

    def in_turn(self, hunt: int) -> Iterator[tuple[int, int]]:
        """The members of a hunt list, round robin."""
        members = LAYOUT.lists[hunt].members
        first = self.turns[hunt]
        self.turns[hunt] = (first + 1) % len(members)
        yield from members[first:] + members[:first]

    def pass_pbx(self, call: Call) -> Steps:
        """A trunk and a channel; both are free again when the caller has hung up, and the server's work goes on."""
        pbx = self.hosts[PBX]
        if pbx.full:
            call.reason = "trunks_busy"
            return
        with pbx.seats.request() as trunk:
            yield trunk
            patience = self.env.timeout(call.draws[r.PATIENCE])
            for place, servers in self.in_turn(LAYOUT.populations[0][1]):
                gateway, hunt = self.hosts[place], servers
                call.gateway = gateway.name
                if not gateway.full:
                    break
            else:
                call.reason = "channels_busy"
                return
            with gateway.seats.request() as channel:
                yield channel
                pair = yield from self.find_server(call, gateway, hunt, patience)
        if pair is not None and call.call_class != "auto_attendant_transfer":
            server, costs = self.hosts[LAYOUT.pairs[pair].server], self.terms[pair]
            yield from self.job(call, server, costs.bye_s)
            yield from self.deliver(call, server, costs)

    def find_server(self, call: Call, gateway: Host, hunt: int, patience: simpy.Event) -> Steps:
        """Hunt for a server and stay there; the pair of the one that took the call, or None."""
        for place, pair in self.in_turn(hunt):
            costs, server = self.terms[pair], self.hosts[place]
            latency_s = costs.service.latency_s
            call.server = server.name
            call.attempts += 1
            yield from self.impatient_job(call, gateway, costs.gateway_signalling_s, patience)
            call.connection = "full"
            accepted = yield from self.invite(call, server, costs, costs.service_s, patience)
            if accepted:
                yield from self.wait(latency_s, patience)
                accepted = yield from self.invite(call, server, costs, costs.worker_s, patience)
            if accepted and not server.full:
                call.reason = "none"
                yield from self.converse(call, gateway, server, costs, patience)
                return pair
            call.reason = "ports_busy" if accepted else "backlog_full"
            yield from self.wait(latency_s, patience)
        return None

    def invite(self, call: Call, server: Host, costs: LinkTerms, work_s: float, patience: simpy.Event) -> Steps:
        """A TCP connection and an INVITE; False when the server takes no more connections."""
        latency_s = costs.service.latency_s
        yield from self.wait(2 * latency_s, patience)
        if server.overrun:
            return False
        yield from self.impatient_job(call, server, costs.service.accept_s, patience)
        yield from self.wait(latency_s, patience)
        yield from self.impatient_job(call, server, work_s, patience)
        return True

    def converse(self, call: Call, gateway: Host, server: Host, costs: LinkTerms, patience: simpy.Event) -> Steps:
        """From 200 OK to the hang-up."""
        hold_s, menu_s = call.draws[r.HOLD], call.draws[r.MENU]
        with server.seats.request() as port:
            yield port
            yield from self.wait(costs.service.latency_s, patience)
            call.setup_s = self.env.now - call.arrived_s
            gateway.media_us += costs.gateway_media_us
            server.media_us += costs.server_media_us
            if call.call_class.startswith("auto_attendant"):
                yield self.env.timeout(menu_s)
                yield from self.job(call, server, costs.speech_s)
            elif call.call_class == "subscriber_access":
                yield from self.job(call, server, costs.logon_s)
                yield self.env.timeout(hold_s)
            else:
                yield self.env.timeout(hold_s)
            server.media_us -= costs.server_media_us
        if call.call_class == "auto_attendant_transfer":
            yield from self.put_through(call, gateway, costs)
        call.hung_up_s = self.env.now
        gateway.media_us -= costs.gateway_media_us

    def put_through(self, call: Call, gateway: Host, costs: LinkTerms) -> Steps:
        """A second channel and trunk, without the server."""
        pbx = self.hosts[PBX]
        if gateway.full or pbx.full:
            call.reason = "channels_busy" if gateway.full else "trunks_busy"
            return
        with gateway.seats.request() as channel, pbx.seats.request() as trunk:
            yield channel & trunk
            yield from self.job(call, gateway, costs.gateway_signalling_s)
            yield self.env.timeout(call.draws[r.HOLD])

    def deliver(self, call: Call, server: Host, costs: LinkTerms) -> Steps:
        """Submit the message, if there is one, to the hub until it takes it."""
        work_s = {"call_answering": costs.message_s, "missed_call": costs.notification_s}.get(call.call_class)
        if work_s is None:
            return
        yield from self.job(call, server, work_s)
        hub = self.hosts[LAYOUT.pairs[0].hub]
        assert costs.hub is not None
        while True:
            if not hub.full:
                with hub.seats.request() as slot:
                    yield slot
                    yield self.env.timeout(2 * costs.hub.latency_s)
                    yield from self.job(call, hub, costs.hub.accept_s)
                    yield self.env.timeout(costs.hub.latency_s)
                    yield from self.job(call, hub, costs.hub_s)
                    yield self.env.timeout(costs.hub.latency_s)
                call.delivered_s = self.env.now
                return
            yield self.env.timeout(call.draws[r.RETRY] * costs.hub_retry_s)

    def job(self, call: Call, host: Host, work_s: float) -> Steps:
        """CPU time of a node, in its turn."""
        asked_s = self.env.now
        with host.cpu.request() as core:
            yield core
            call.cpu_wait_s += self.env.now - asked_s
            yield self.env.timeout(host.slowed_s(work_s))

    def impatient_job(self, call: Call, host: Host, work_s: float, patience: simpy.Event) -> Steps:
        """The same during set-up: the caller may hang up."""
        asked_s = self.env.now
        with host.cpu.request() as core:
            yield core | patience
            call.cpu_wait_s += self.env.now - asked_s
            if not core.triggered:
                raise GaveUp
            yield self.env.timeout(host.slowed_s(work_s))
        if patience.processed:
            raise GaveUp

    def wait(self, delay_s: float, patience: simpy.Event) -> Steps:
        """A delay during set-up."""
        yield self.env.timeout(delay_s)
        if patience.processed:
            raise GaveUp
