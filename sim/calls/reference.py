"""The call plane as SimPy callbacks over ordinary objects: slow, plain, and the oracle that the kernel is held to.

Written independently of the kernel; the two share the rows of a route and the arithmetic of times. A wait is cancelled
by identity: what a call waits for counts only while the call still says so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from heapq import heappush
from typing import Any

import numpy as np
from simpy import Environment
from simpy.events import NORMAL, Event

from sim import vocabulary
from sim.calls import route as r
from sim.calls.protection import NOT_ANSWERED
from sim.calls.state import Chunk, Gaps, Layout, LinkPolicy, Sink, Station

Live = Callable[[int, int, float], tuple[float, float] | None]
CLOSED, OPENING, OPEN = "closed", "opening", "open"
STREAM = 10
"""What a call can hold beside what route.ROLES names: STREAM + role = a media stream there."""
BATCH = 16_384


class Clock(Environment):
    """A SimPy environment that also takes absolute times: now + (t - now) need not be t."""

    def at(self, time_s: float, value: object = None) -> Event:
        """An event that happens at ``time_s``."""
        event = Event(self)
        event._ok = True  # noqa: SLF001 - what simpy.Timeout does, with an absolute time
        event._value = value  # noqa: SLF001
        heappush(self._queue, (time_s, NORMAL, next(self._eid), event))
        return event

    def jump(self, time_s: float) -> None:
        """Move the clock forward without an event."""
        self._now = time_s


class Meter:
    """A level over time: its integral and its peak within the running interval."""

    __slots__ = ("integral", "level", "peak", "since")

    def __init__(self) -> None:
        self.level, self.peak, self.since, self.integral = 0, 0, 0.0, 0.0

    def change(self, now: float, by: int) -> None:
        """The level moves by ``by``."""
        self.integral += self.level * (now - self.since)
        self.since = now
        self.level += by
        self.peak = max(self.peak, self.level)

    def cut(self, now: float) -> tuple[float, float]:
        """End the interval: its integral and peak."""
        self.change(now, 0)
        result = self.integral, float(self.peak)
        self.integral, self.peak = 0.0, self.level
        return result


class Node:
    """A station with its seats, cores, queue of jobs and meters."""

    def __init__(self, station: Station) -> None:
        self.seats, self.cores, self.backlog = station.seats, station.cores, station.backlog
        self.up, self.queue, self.running, self.waiting = True, deque[Job](), set[Event](), list[tuple[Call, object]]()
        self.pool, self.busy, self.queued, self.media, self.kept = Meter(), Meter(), Meter(), Meter(), Meter()
        self.meters = (self.pool, self.busy, self.queued, self.media, self.kept)
        self.messages = station.messages
        self.spent_s = [0.0] * len(vocabulary.PURPOSES)


class Link:
    """A connection and how it is kept."""

    def __init__(self) -> None:
        self.state, self.verdict, self.policy = CLOSED, r.OK, LinkPolicy()
        self.opened = self.used = self.ticket_until = 0.0
        self.waiting: list[tuple[Call, object]] = []


class HuntState:
    """A hunt list and whose turn it is."""

    def __init__(self, members: tuple[tuple[int, int], ...], *, rotate: bool) -> None:
        self.members, self.rotate, self.turn = members, rotate, 0


class Job:
    """Work for a core. ``call`` is None once nobody waits for it."""

    __slots__ = ("call", "purpose", "since", "work_s")

    def __init__(self, call: Call, purpose: int, work_s: float, since: float) -> None:
        self.call, self.purpose, self.work_s, self.since = call, purpose, work_s, since


class Call:
    """A call or a hostile attempt (``flood`` >= 0)."""

    def __init__(self, ident: int, place: int, draws: Any, now: float, flood: int = -1) -> None:
        self.ident, self.place, self.draws, self.arrived, self.flood = ident, place, draws, now, flood
        self.population = self.call_class = self.attempts = 0
        self.nodes = [-1, -1, -1, -1]
        self.lists, self.first, self.tried = [-1, -1], [0, 0], [0, 0]
        self.pair = self.opening = -1
        self.reason, self.connection, self.cpu_wait = r.OK, r.NONE, 0.0
        self.protection = NOT_ANSWERED
        self.marks = [float("nan")] * len(r.MARKS)
        self.waits_for: object = None
        self.guard: object = None
        self.crash, self.crash_reason = -1, r.KEEP
        self.holds: set[int] = set()
        self.media = {r.CHANNEL: 0, r.PORT: 0}
        self.asked, self.to_charge = -1, list[float]()


class Reference:
    """The call plane's oracle; see state.Plane for the face and route.py for the operations.

    ``live`` is asked what a handshake costs, where it is not to be what the route says: by purpose, by link (of a
    hostile attempt: by flood) and time, it tells the CPU seconds of client and server; None: as the route says.
    """

    def __init__(self, layout: Layout, calls: Iterable[Chunk], sink: Sink) -> None:
        self.live: Live | None = None
        self.env, self.layout, self.sink = Clock(), layout, sink
        self.nodes = [Node(station) for station in layout.stations]
        self.links = [Link() for _ in layout.links]
        self.lists = [HuntState(hunt.members, rotate=hunt.rotate) for hunt in layout.lists]
        self.entries: dict[tuple[int, int], int] = {}
        self.population_entries: dict[int, int] = {}
        self.rows: list[tuple[Any, ...]] = []
        self.placed: dict[bytes, int] = {}
        self.alive: dict[Call, None] = {}
        self.ended: list[tuple[Any, ...]] = []
        self.usage: list[tuple[Any, ...]] = []
        self.tally: dict[tuple[int, int], int] = {}
        self.tallies: list[tuple[Any, ...]] = []
        self.floods: dict[int, tuple[Any, ...]] = {}
        self.gaps: dict[int, Iterator[float]] = {}
        self.signal, self.signal_reason = -1, r.OK
        self.interval = 0
        self.arrived = 0
        self.operations: list[Callable[..., bool | None]] = [getattr(self, f"do_{op.lower()}") for op in r.OPERATIONS]
        self.to_come = _one_by_one(calls)
        self.next_arrival()

    @property
    def now(self) -> float:
        """Simulated time, s."""
        return float(self.env.now)

    # -- nodes and links of a call

    def node(self, call: Call, role: int) -> Node:
        return self.nodes[call.nodes[r.PLACE[role]]]

    def link(self, call: Call, connection: int) -> Link:
        return self.links[self.layout.pairs[call.pair].links[connection]]

    # -- time

    def after(self, delay_s: float, then: Callable[[Event], None], value: object) -> Event:
        event = self.env.timeout(delay_s, value)
        _then(event, then)
        return event

    def sleep(self, call: Call, delay_s: float) -> None:
        call.waits_for = self.after(delay_s, self.awake, call)

    def awake(self, event: Event) -> None:
        call: Call = event.value  # type: ignore[assignment]
        if call.waits_for is event:
            self.run(call)

    def park(self, call: Call, waiting: list[tuple[Call, object]]) -> None:
        call.waits_for = object()
        waiting.append((call, call.waits_for))

    def wake(self, waiting: list[tuple[Call, object]]) -> None:
        """Who waits goes on in a zero-delay event, in the order of coming."""
        for call, ticket in waiting:
            if call.waits_for is ticket:
                self.sleep(call, 0.0)
        waiting.clear()

    # -- cores

    def submit(self, node: Node, job: Job) -> None:
        job.call.waits_for = job
        if node.busy.level < node.cores:
            self.start(node, job)
        else:
            node.queue.append(job)
            node.queued.change(self.now, 1)

    def start(self, node: Node, job: Job) -> None:
        node.busy.change(self.now, 1)
        node.spent_s[job.purpose] += job.work_s
        job.call.cpu_wait += self.now - job.since
        load = min(node.media.level / (1e6 * node.cores), r.MAX_MEDIA_LOAD)
        node.running.add(self.after(job.work_s / (1.0 - load), self.job_done, (node, job)))

    def start_waiting(self, node: Node) -> None:
        while node.busy.level < node.cores and node.queue:
            job = node.queue.popleft()
            node.queued.change(self.now, -1)
            if job.call.waits_for is job:
                self.start(node, job)

    def job_done(self, event: Event) -> None:
        node, job = event.value  # type: ignore[misc]
        if event not in node.running:
            return
        node.running.remove(event)
        node.busy.change(self.now, -1)
        self.start_waiting(node)
        if job.call.waits_for is job:
            self.run(job.call)

    # -- calls

    def next_arrival(self) -> None:
        arrival = next(self.to_come, None)
        if arrival is not None:
            _then(self.env.at(arrival[0], arrival), self.arrive)

    def arrive(self, event: Event) -> None:
        _, population, call_class, draws = event.value  # type: ignore[misc]
        self.next_arrival()
        call = Call(self.arrived, self.population_entries[population], draws, self.now)
        self.arrived += 1
        call.population, call.call_class = population, call_class
        call.nodes[r.TRUNK], call.lists[r.GATEWAY] = self.layout.populations[population]
        self.alive[call] = None
        self.run(call)

    def run(self, call: Call) -> None:
        """Steps until the call waits or ends."""
        call.waits_for = None
        while True:
            op, a, b, c, d, e, x = self.rows[call.place]
            call.place += 1
            work = x * call.draws[b] if b >= 0 else x
            if self.operations[op](call, a, c, d, e, work):
                return

    def release(self, call: Call, *what: int) -> None:
        for held in what:
            if held not in call.holds:
                continue
            call.holds.remove(held)
            if held == r.OPENING:
                link = self.links[call.opening]
                link.state = CLOSED
                self.wake(link.waiting)
            elif held >= STREAM:
                self.node(call, held - STREAM).media.change(self.now, -call.media[held - STREAM])
            elif held == r.DISK:
                self.node(call, held).kept.change(self.now, -1)
            elif held != r.PRESENCE:
                self.node(call, held).pool.change(self.now, -1)

    def end(self, call: Call) -> None:
        call.waits_for = call.guard = None
        del self.alive[call]
        self.release(call, *range(r.SEATS), r.PRESENCE, r.DISK, STREAM + r.CHANNEL, STREAM + r.PORT, r.OPENING)
        self.report(call)

    def report(self, call: Call) -> None:
        if call.flood >= 0:
            self.tally[call.flood, call.reason] = self.tally.get((call.flood, call.reason), 0) + 1
            return
        self.ended.append(
            (
                *(call.ident, call.population, call.call_class, call.nodes[r.CHANNEL], call.nodes[r.PORT]),
                *(call.attempts, call.reason, call.connection, call.protection, call.arrived, tuple(call.marks)),
                *(call.cpu_wait, self.now),
            )
        )
        if len(self.ended) >= BATCH:
            self.hand_over()

    @staticmethod
    def otherwise(call: Call, target: int, reason: int) -> None:
        if reason != r.KEEP:
            call.reason = reason
        call.place = target

    # -- operations: True when the call stops here

    def do_end(self, call: Call, _a: int, _c: int, d: int, _e: int, _x: float) -> bool:
        self.otherwise(call, -1, d)
        self.end(call)
        return True

    def do_seize(self, call: Call, a: int, c: int, d: int, _e: int, _x: float) -> None:
        node = self.node(call, a)
        places, most = (node.kept, node.messages) if a == r.DISK else (node.pool, node.seats)
        if node.up and places.level < most:
            places.change(self.now, 1)
            call.holds.add(a)
        else:
            self.otherwise(call, c, d)

    def do_release(self, call: Call, a: int, *_: float) -> None:
        self.release(call, a)

    def do_cpu(self, call: Call, a: int, c: int, d: int, e: int, x: float) -> bool:
        node = self.node(call, a)
        if c >= 0 and len(node.queue) >= node.backlog:
            self.otherwise(call, c, d)
            return False
        self.submit(node, Job(call, e, self.live_work(call, e, x), self.now))
        return True

    def live_work(self, call: Call, purpose: int, work_s: float) -> float:
        """What a job takes: of a handshake done for real, the client's share at its first row, then the server's."""
        if self.live is None or purpose not in (r.HANDSHAKE, r.RESUMPTION, r.HOSTILE):
            return work_s
        if purpose == r.HOSTILE:
            spent = self.live(purpose, call.flood, self.now)
            return work_s if spent is None else spent[1]
        if not call.to_charge:
            call.to_charge = list(self.live(purpose, call.asked, self.now) or ())
        return call.to_charge.pop(0) if call.to_charge else work_s

    def do_delay(self, call: Call, _a: int, _c: int, _d: int, _e: int, x: float) -> bool:
        self.sleep(call, x)
        return True

    def do_connect(self, call: Call, a: int, c: int, d: int, _e: int, _x: float) -> bool:
        link, kind = self.link(call, a), r.FULL
        call.asked, call.to_charge = self.layout.pairs[call.pair].links[a], []
        policy = link.policy
        if policy.policy == r.PERSISTENT:
            too_old = self.now - link.used >= policy.idle_s or self.now - link.opened >= policy.max_age_s
            if link.state == OPEN and too_old:
                link.state = CLOSED
            if link.state == OPENING:
                call.place -= 1
                self.park(call, link.waiting)
                return True
            if link.state == OPEN:
                kind, link.used = r.REUSED, self.now
            else:
                link.state, call.opening = OPENING, self.layout.pairs[call.pair].links[a]
                call.holds.add(r.OPENING)
        if kind == r.FULL and policy.ticket_s > 0 and self.now < link.ticket_until and link.verdict == r.OK:
            draw = call.draws[r.TICKET + (3 * (call.attempts - 1) + a) % r.TICKETS]
            kind = r.RESUMED if draw < policy.hit_rate else r.FULL
        if a in {r.SERVICE, r.REQUEST}:
            call.connection = kind
        call.place = {r.FULL: call.place, r.RESUMED: d, r.REUSED: c}[kind]
        return False

    def do_connected(self, call: Call, a: int, *_: float) -> None:
        link = self.link(call, a)
        link.opened = link.used = self.now
        link.ticket_until = self.now + link.policy.ticket_s
        if r.OPENING in call.holds:
            call.holds.remove(r.OPENING)
            link.state = OPEN
            self.wake(link.waiting)

    def do_touch(self, call: Call, a: int, *_: float) -> None:
        self.link(call, a).used = self.now

    def do_test(self, call: Call, a: int, c: int, d: int, e: int, _x: float) -> None:
        if e == r.UP:
            if not self.node(call, a).up:
                self.otherwise(call, c, d)
        elif self.link(call, a).verdict != r.OK:
            self.otherwise(call, c, self.link(call, a).verdict)

    def do_hunt(self, call: Call, a: int, c: int, d: int, e: int, _x: float) -> None:
        if a == r.SERVER:
            self.release(call, r.PORT, r.PRESENCE, r.DISK, STREAM + r.PORT, r.OPENING)
            call.crash = -1
        hunt, tried = self.lists[call.lists[a]], call.tried[a]
        size = len(hunt.members)
        if tried >= (min(e, size) if e else size):
            self.otherwise(call, c, d if size == 0 else r.KEEP)
            return
        if tried == 0:
            call.first[a] = hunt.turn
            hunt.turn = (hunt.turn + 1) % size if hunt.rotate else 0
        node, onward = hunt.members[(call.first[a] + tried) % size]
        call.tried[a] += 1
        if a == r.GATEWAY:
            call.nodes[r.CHANNEL], call.lists[r.SERVER], call.tried[r.SERVER] = node, onward, 0
            return
        call.nodes[r.PORT], call.pair = node, onward
        call.nodes[r.SLOT] = self.layout.pairs[onward].hub
        call.attempts += 1
        call.holds.add(r.PRESENCE)
        call.place = self.entries[onward, call.call_class]

    def do_guard(self, call: Call, _a: int, c: int, _d: int, _e: int, x: float) -> None:
        call.guard = self.after(x, self.gives_up, (call, c)) if c >= 0 else None

    def gives_up(self, event: Event) -> None:
        call, target = event.value  # type: ignore[misc]
        if call.guard is event:
            call.guard = None
            call.place = target
            self.run(call)

    def do_media(self, call: Call, a: int, _c: int, _d: int, e: int, _x: float) -> None:
        if e:
            call.media[a] = e
            call.holds.add(STREAM + a)
            self.node(call, a).media.change(self.now, e)
        else:
            self.release(call, STREAM + a)

    def do_mark(self, call: Call, a: int, _c: int, _d: int, e: int, _x: float) -> None:
        call.marks[a] = self.now
        if e:
            call.protection = e

    def do_on_crash(self, call: Call, _a: int, c: int, d: int, _e: int, _x: float) -> None:
        call.crash, call.crash_reason = c, d

    def do_await(self, call: Call, a: int, *_: float) -> bool:
        node = self.node(call, a)
        if not node.up:
            self.park(call, node.waiting)
        return not node.up

    def do_jump(self, call: Call, _a: int, c: int, *_: float) -> None:
        call.place = c

    def do_signal(self, call: Call, a: int, _c: int, d: int, *_: float) -> None:
        self.signal, self.signal_reason = self.layout.pairs[call.pair].links[a], call.reason if d == r.KEEP else d

    # -- floods

    def attempt(self, event: Event) -> None:
        flood = event.value
        if flood not in self.floods or self.floods[flood][0] is not event:
            return
        _, gap_s, place, station = self.floods[flood]
        self.next_attempt(flood, gap_s, place, station)
        call = Call(-1, place, (), self.now, flood)
        call.nodes[r.PORT] = station
        call.holds.add(r.PRESENCE)
        self.alive[call] = None
        self.run(call)

    def next_attempt(self, flood: int, gap_s: float, place: int, station: int) -> None:
        event = self.after(next(self.gaps[flood]) * gap_s, self.attempt, flood)
        self.floods[flood] = (event, gap_s, place, station)

    # -- results

    def cut_intervals(self, until: float) -> None:
        """End every interval whose boundary lies at or before ``until``."""
        while (boundary := (self.interval + 1) * self.layout.interval_s) <= until:
            self.cut(boundary)

    def cut(self, boundary: float) -> None:
        for place, node in enumerate(self.nodes):
            for meter, level in enumerate(node.meters):
                integral, peak = level.cut(boundary)
                if peak:
                    self.usage.append((self.interval, place, meter, integral, peak))
            for purpose, spent_s in enumerate(node.spent_s):
                if spent_s:
                    self.usage.append((self.interval, place, len(node.meters) + purpose, spent_s, 0.0))
                    node.spent_s[purpose] = 0.0
        for (flood, reason), attempts in sorted(self.tally.items()):
            self.tallies.append((self.interval, flood, reason, attempts))
        self.tally.clear()
        self.interval += 1

    def hand_over(self) -> None:
        for rows, dtype, take in (
            (self.ended, r.RECORD, self.sink.records),
            (self.usage, r.USAGE, self.sink.usage),
            (self.tallies, r.TALLY, self.sink.tallies),
        ):
            if rows:
                take(np.array(rows, dtype))
                rows.clear()

    # -- the face shown to the control plane

    def advance(self, until: float) -> bool:
        """Play everything before ``until``; True when a SIGNAL stopped it earlier."""
        while self.signal < 0 and self.env.peek() < until:
            self.cut_intervals(self.env.peek())
            self.env.step()
        if self.signal < 0:
            self.cut_intervals(until)
            self.env.jump(until)
        return self.signal >= 0

    def take_signal(self) -> tuple[int, int]:
        """The link of the last SIGNAL, and its cause."""
        link, self.signal = self.signal, -1
        return link, self.signal_reason

    def add_route(self, route: r.Route) -> int:
        """Place a route once."""
        key = route.at(0).tobytes()
        if key not in self.placed:
            self.placed[key] = len(self.rows)
            self.rows += route.at(len(self.rows)).tolist()
        return self.placed[key]

    def set_entry(self, pair: int, call_class: int, place: int) -> None:
        """Where calls of a class begin at a pair."""
        self.entries[pair, call_class] = place

    def set_population_entry(self, population: int, place: int) -> None:
        """Where calls of a population begin."""
        self.population_entries[population] = place

    def set_members(self, hunt_list: int, members: tuple[tuple[int, int], ...]) -> None:
        """The candidates of a hunt list from now on."""
        self.lists[hunt_list].members = members

    def set_verdict(self, link: int, reason: int) -> None:
        """OK, or why the ends refuse each other."""
        self.links[link].verdict = reason

    def set_policy(self, link: int, policy: LinkPolicy) -> None:
        """How the connection is kept."""
        self.links[link].policy = policy

    def close_link(self, link: int) -> None:
        """The connection breaks; its tickets are void."""
        self.links[link].ticket_until = 0.0
        if self.links[link].state == OPEN:
            self.links[link].state = CLOSED

    def node_down(self, station: int) -> None:
        """The node dies: its jobs, connections and calls."""
        node = self.nodes[station]
        node.up = False
        node.busy.change(self.now, -node.busy.level)
        node.queued.change(self.now, -node.queued.level)
        node.queue.clear()
        node.running.clear()
        for link, ends in enumerate(self.layout.links):
            if station in ends:
                self.close_link(link)
        for call in [call for call in self.alive if self.is_at(call, station)]:
            call.waits_for = None
            far_end = station in (call.nodes[r.PORT], call.nodes[r.SLOT])
            if far_end and call.crash >= 0:
                self.release(call, r.PORT, r.SLOT, STREAM + r.PORT, r.OPENING)
                self.otherwise(call, call.crash, call.crash_reason)
                self.sleep(call, 0.0)
            else:
                call.reason = r.NODE_FAILED
                self.end(call)

    def is_at(self, call: Call, station: int) -> bool:
        """Whether the call holds anything at the station."""
        return any(held != r.OPENING and call.nodes[r.PLACE[held % STREAM]] == station for held in call.holds)

    def node_up(self, station: int) -> None:
        """The node is up; who waited goes on."""
        self.nodes[station].up = True
        self.wake(self.nodes[station].waiting)

    def flood_start(self, flood: int, rate_per_s: float, place: int, station: int, gaps: Gaps) -> None:
        """Hostile attempts begin."""
        self.gaps[flood] = _gap_by_gap(gaps)
        self.next_attempt(flood, 1.0 / rate_per_s, place, station)

    def flood_stop(self, flood: int) -> None:
        """They end."""
        self.floods.pop(flood, None)

    def close(self) -> None:
        """Hand over what is left."""
        for call in self.alive:
            if call.ident >= 0:
                call.reason = r.UNFINISHED
                self.report(call)
        if self.now > self.interval * self.layout.interval_s:
            self.cut(self.now)
        self.hand_over()


def _then(event: Event, what: Callable[[Event], None]) -> None:
    assert event.callbacks is not None  # it has not happened yet
    event.callbacks.append(what)


def _one_by_one(calls: Iterable[Chunk]) -> Iterator[tuple[Any, ...]]:
    for chunk in calls:
        columns = (chunk.arrive_s, chunk.population, chunk.call_class, chunk.draws)
        yield from zip(*(column.tolist() for column in columns), strict=True)


def _gap_by_gap(gaps: Gaps) -> Iterator[float]:
    while True:
        yield from gaps.chunk().tolist()
