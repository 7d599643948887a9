"""Random deployments for the call plane, and a way to play one on either interpreter and compare."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from unittest import mock

import numpy as np

from sim import vocabulary
from sim.calls import draws as draws_module
from sim.calls import flows, state
from sim.calls import route as r
from sim.calls.draws import ClassDraws, FloodGaps, Law, Source, calls
from sim.calls.protection import Protection

STOP_S = 150.0
CLASSES = len(vocabulary.CALL_CLASSES)
REFUSALS = [vocabulary.REASON_CODE[name] for name in ("certificate_expired", "untrusted_issuer", "wrong_usage")]


class Capture:
    """A sink that keeps everything."""

    def __init__(self) -> None:
        self.parts: dict[str, list[np.ndarray[Any, Any]]] = {"records": [], "usage": [], "tallies": []}
        self.signals: list[tuple[float, int, int]] = []

    def records(self, rows: np.ndarray[Any, Any]) -> None:
        self.parts["records"].append(rows.copy())

    def usage(self, rows: np.ndarray[Any, Any]) -> None:
        self.parts["usage"].append(rows.copy())

    def tallies(self, rows: np.ndarray[Any, Any]) -> None:
        self.parts["tallies"].append(rows.copy())

    def table(self, name: str) -> np.ndarray[Any, Any]:
        dtype = {"records": r.RECORD, "usage": r.USAGE, "tallies": r.TALLY}[name]
        return np.concatenate([np.empty(0, dtype), *self.parts[name]])

    def digest(self) -> str:
        result = hashlib.sha256(repr(self.signals).encode())
        for name in sorted(self.parts):
            table = self.table(name)
            for column in table.dtype.names or ():
                result.update(np.ascontiguousarray(table[column]).tobytes())
        return result.hexdigest()


@dataclass(frozen=True)
class Case:
    """A random deployment, its calls, and what happens to it when."""

    layout: state.Layout
    chunks: tuple[state.Chunk, ...]
    terms: tuple[tuple[flows.LinkTerms, ...], ...]
    policies: tuple[state.LinkPolicy, ...]
    timeline: tuple[tuple[float, str, tuple[Any, ...]], ...]
    flood_route: r.Route
    seed: int
    lattice: int
    patient: bool = False
    settle_s: float = 4.0
    stop_s: float = STOP_S


@dataclass
class Player:
    """Carries out a case's timeline on a plane; a SIGNAL makes the connection good again a while later."""

    case: Case
    plane: Any
    capture: Capture
    agenda: list[tuple[float, int, str, tuple[Any, ...]]] = field(default_factory=list)

    def play(self) -> Capture:
        case, plane = self.case, self.plane
        for population in range(len(case.layout.populations)):
            plane.set_population_entry(population, plane.add_route(flows.offered(patient=case.patient)))
        for link, policy in enumerate(case.policies):
            plane.set_policy(link, policy)
        self.compile(0)
        self.flood_place = plane.add_route(case.flood_route)
        self.agenda = [(t, n, verb, args) for n, (t, verb, args) in enumerate(case.timeline)]
        while True:
            self.agenda.sort()
            until = self.agenda[0][0] if self.agenda else case.stop_s
            if plane.advance(until):
                link, reason = plane.take_signal()
                self.capture.signals.append((plane.now, link, reason))
                if plane.now + case.settle_s < case.stop_s:
                    self.agenda.append((plane.now + case.settle_s, len(self.agenda), "verdict", (link, r.OK)))
                continue
            if not self.agenda:
                plane.close()
                return self.capture
            _, _, verb, args = self.agenda.pop(0)
            getattr(self, verb)(*args)

    def compile(self, variant: int) -> None:
        for pair in range(len(self.case.layout.pairs)):
            terms = self.case.terms[variant][pair]
            for place, name in enumerate(vocabulary.CALL_CLASSES):
                self.plane.set_entry(pair, place, self.plane.add_route(flows.call(name, terms)))

    def verdict(self, link: int, reason: int) -> None:
        self.plane.set_verdict(link, reason)

    def members(self, hunt_list: int, members: tuple[tuple[int, int], ...]) -> None:
        self.plane.set_members(hunt_list, members)

    def down(self, station: int) -> None:
        self.plane.node_down(station)

    def up(self, station: int) -> None:
        self.plane.node_up(station)

    def policy(self, link: int, policy: state.LinkPolicy) -> None:
        self.plane.set_policy(link, policy)

    def close_link(self, link: int) -> None:
        self.plane.close_link(link)

    def flood(self, flood: int, rate_per_s: float, station: int) -> None:
        gaps: Any = FloodGaps(self.case.seed, 0, f"{flood}")
        if self.case.lattice:
            gaps = _LatticeGaps(gaps)
        self.plane.flood_start(flood, rate_per_s, self.flood_place, station, gaps)

    def calm(self, flood: int) -> None:
        self.plane.flood_stop(flood)


class _LatticeGaps:
    """Gaps that are whole quarters."""

    def __init__(self, gaps: FloodGaps) -> None:
        self.gaps = gaps

    def chunk(self) -> Any:
        return np.ceil(self.gaps.chunk() * 4) / 4


def play(case: Case, plane: Callable[..., Any]) -> Capture:
    """Play a case on one interpreter (``Kernel`` or ``Reference``)."""
    return play_and_keep(case, plane)[1]


def play_and_keep(case: Case, plane: Callable[..., Any]) -> tuple[Any, Capture]:
    """Play a case; the interpreter as it stands at the end, and what it handed over."""
    capture = Capture()
    played = plane(case.layout, iter(case.chunks), capture)
    return played, Player(case, played, capture).play()


def random_case(seed: int, *, lattice: int | None = None, load: float = 1.0) -> Case:
    """A deployment with 1 to 4 gateways and servers, its load, crashes, floods, refusals and changes of terms."""
    rng = np.random.default_rng([seed, 1])
    lattice = (seed % 2) * 8 if lattice is None else lattice
    layout = _layout(rng)
    terms = tuple(tuple(_terms(rng, lattice, pair.hub >= 0) for pair in layout.pairs) for _ in range(3))
    policies = tuple(_policy(rng, lattice) for _ in layout.links)
    flood_route = flows.hostile(
        work_s=2**-11 if lattice else 3e-4,
        reason=REFUSALS[1],
        hold_s=_time(rng, lattice, 0.05) if rng.random() < 0.5 else None,
    )
    whole = _with_play_on_phone(seed, lattice, layout, terms, policies)
    timeline = _timeline(rng, whole[0], lattice)
    with mock.patch.object(draws_module, "CHUNK", 2048):  # more than any population has calls: the same draws, sooner
        chunks = tuple(_chunks(rng, layout, seed, lattice, load))
    patient = bool(rng.random() < 0.2)
    layout, terms, policies, refusals = _with_call_routers(seed, lattice, *whole)
    timeline = tuple(sorted((*timeline, *refusals), key=lambda entry: entry[0]))
    return Case(layout, chunks, terms, policies, timeline, flood_route, seed, lattice, patient)


def _with_play_on_phone(
    seed: int,
    lattice: int,
    layout: state.Layout,
    terms: tuple[tuple[flows.LinkTerms, ...], ...],
    policies: tuple[state.LinkPolicy, ...],
) -> tuple[state.Layout, tuple[tuple[flows.LinkTerms, ...], ...], tuple[state.LinkPolicy, ...]]:
    """The case with a request's link per server and an outgoing one per pair; at times nobody is there to ask, and some
    servers tell their gateways of messages.
    """
    rng = np.random.default_rng([seed, 2])
    links, pairs, requests = list(layout.links), [], dict[int, int]()
    for pair in layout.pairs:
        if pair.server not in requests:
            requests[pair.server] = len(links)
            links.append((-1, pair.server))
        gateway, _ = layout.links[pair.links[r.SERVICE]]
        pairs.append(replace(pair, links=(*pair.links, requests[pair.server], len(links))))
        links.append((pair.server, gateway))

    def asked(each: flows.LinkTerms) -> flows.LinkTerms:
        if rng.random() < 0.2:
            return each
        return replace(each, request=_connection(rng, lattice), outgoing=_connection(rng, lattice))

    notified = np.random.default_rng([seed, 3])

    def told(each: flows.LinkTerms) -> flows.LinkTerms:
        if notified.random() < 0.5:
            return each
        costs = (_time(notified, lattice, mean_s) for mean_s in (0.02, 0.01))
        return replace(each, notify=flows.NotifyTerms(_connection(notified, lattice), *costs))

    more = tuple(_policy(rng, lattice) for _ in links[len(policies) :])
    wired = replace(layout, links=tuple(links), pairs=tuple(pairs))
    return wired, tuple(tuple(told(asked(each)) for each in variant) for variant in terms), policies + more


def _with_call_routers(
    seed: int,
    lattice: int,
    layout: state.Layout,
    terms: tuple[tuple[flows.LinkTerms, ...], ...],
    policies: tuple[state.LinkPolicy, ...],
) -> tuple[
    state.Layout,
    tuple[tuple[flows.LinkTerms, ...], ...],
    tuple[state.LinkPolicy, ...],
    list[tuple[float, str, tuple[Any, ...]]],
]:
    """The case with a call router's link per pair; some pairs are called without one, some routers are down."""
    rng = np.random.default_rng([seed, 4])
    links, pairs = list(layout.links), []
    for pair in layout.pairs:
        gateway, _ = layout.links[pair.links[r.SERVICE]]
        pairs.append(replace(pair, links=(*pair.links, len(links))))
        links.append((gateway, -1))

    def redirected(each: flows.LinkTerms) -> flows.LinkTerms:
        if rng.random() < 0.6:
            return each
        connection = replace(_connection(rng, lattice), accept_s=0.0, server_full_s=0.0, server_resumed_s=0.0)
        return replace(each, router=flows.RouterTerms(connection, _time(rng, lattice, 0.02), rng.random() < 0.9))

    more = tuple(_policy(rng, lattice) for _ in links[len(policies) :])
    times = [float(np.round(t * (lattice or 1)) / (lattice or 1)) for t in rng.uniform(0, 120, 3)]
    first, reason = len(policies), int(rng.choice(REFUSALS))
    refusals = [(t, "verdict", (int(rng.integers(first, len(links))), reason)) for t in times]
    wired = replace(layout, links=tuple(links), pairs=tuple(pairs))
    return wired, tuple(tuple(redirected(each) for each in variant) for variant in terms), policies + more, refusals


def _time(rng: np.random.Generator, lattice: int, mean_s: float) -> float:
    value = float(rng.uniform(0.2, 1.8) * mean_s)
    return max(1.0, round(value * lattice)) / lattice if lattice else value


def _layout(rng: np.random.Generator) -> state.Layout:
    n_pbx, n_gateways, n_servers = (int(rng.integers(1, k)) for k in (3, 5, 5))
    places = rng.spawn(1)[0].integers(1, 8, n_servers)  # the other draws stay as they were
    stations = [state.Station(f"pbx{k}", int(rng.integers(40, 200)), 1) for k in range(n_pbx)]
    stations += [state.Station(f"gw{k}", int(rng.integers(10, 60)), int(rng.integers(1, 4))) for k in range(n_gateways)]
    stations += [
        state.Station(
            *(f"um{k}", int(rng.integers(10, 60)), int(rng.integers(1, 4)), int(rng.integers(5, 300)), int(places[k]))
        )
        for k in range(n_servers)
    ]
    stations += [state.Station("hub", int(rng.integers(1, 6)), 1, int(rng.integers(2, 50)))]
    hub = len(stations) - 1 if rng.random() < 0.9 else -1
    links: list[tuple[int, int]] = []
    pairs: list[state.Pair] = []
    lists: list[state.HuntList] = []
    first_gateway, first_server = n_pbx, n_pbx + n_gateways
    submission = {}
    if hub >= 0:
        for k in range(n_servers):
            submission[k] = len(links)
            links.append((first_server + k, hub))
    for g in range(n_gateways):
        members = []
        for k in rng.permutation(n_servers).tolist():
            links += [(first_gateway + g, first_server + k)] * 2
            members.append((first_server + k, len(pairs)))
            pairs.append(state.Pair(first_server + k, hub, (len(links) - 2, len(links) - 1, submission.get(k, 0))))
        lists.append(state.HuntList(tuple(members), rotate=bool(rng.random() < 0.7)))
    populations = []
    for _ in range(int(rng.integers(1, 4))):
        some = rng.permutation(n_gateways)[: int(rng.integers(1, n_gateways + 1))].tolist()
        populations.append((int(rng.integers(n_pbx)), len(lists)))
        lists.append(state.HuntList(tuple((first_gateway + g, g) for g in some), rotate=bool(rng.random() < 0.5)))
    if rng.random() < 0.1:
        populations.append((0, len(lists)))
        lists.append(state.HuntList(()))
    return state.Layout(
        tuple(stations),
        tuple(links),
        tuple(pairs),
        tuple(lists),
        tuple(populations),
        float(rng.choice([2.0, 7.5, 60.0])),
    )


def _connection(rng: np.random.Generator, lattice: int) -> flows.ConnectionTerms:
    return flows.ConnectionTerms(
        latency_s=_time(rng, lattice, 0.002),
        accept_s=_time(rng, lattice, 0.005),
        secured=bool(rng.random() < 0.6),
        client_full_s=_time(rng, lattice, 0.02),
        server_full_s=_time(rng, lattice, 0.03),
        client_resumed_s=_time(rng, lattice, 0.002),
        server_resumed_s=_time(rng, lattice, 0.004),
        wire_full_s=_time(rng, lattice, 0.008),
        wire_resumed_s=_time(rng, lattice, 0.004),
    )


def _terms(rng: np.random.Generator, lattice: int, hub: bool) -> flows.LinkTerms:
    return flows.LinkTerms(
        service=_connection(rng, lattice),
        worker=_connection(rng, lattice) if rng.random() < 0.6 else None,
        hub=_connection(rng, lattice) if hub else None,
        attempts=int(rng.integers(1, 4)),
        connect_timeout_s=_time(rng, lattice, 0.5),
        gateway_signalling_s=_time(rng, lattice, 0.01),
        service_s=_time(rng, lattice, 0.02),
        worker_s=_time(rng, lattice, 0.02),
        bye_s=_time(rng, lattice, 0.01),
        gateway_media_us=int(rng.choice([0, 3_000])),
        server_media_us=int(rng.choice([0, 5_000, 20_000])),
        logon_s=_time(rng, lattice, 0.05),
        wrong_pin_s=0.5,
        fax_tone_s=0.5,
        fax=flows.FaxTerms(_protection(rng), 3_000) if lattice else None,
        speech_s=_time(rng, lattice, 0.1),
        message_s=_time(rng, lattice, 0.05),
        notification_s=_time(rng, lattice, 0.02),
        hub_s=_time(rng, lattice, 0.1),
        hub_retry_s=_time(rng, lattice, 3.0),
        protection=_protection(rng),
        bounded_queue=bool(rng.spawn(1)[0].random() < 0.5),
    )


def _protection(rng: np.random.Generator) -> Protection:
    rng = rng.spawn(1)[0]  # the other draws stay as they were
    return Protection(
        str(rng.choice(vocabulary.SIGNALLING_PROTECTIONS[1:])),
        str(rng.choice(vocabulary.MEDIA_PROTECTIONS[1:])),
        str(rng.choice(vocabulary.SIGNALLING_PROTECTIONS)),
        float(rng.choice([0.0, 1 / 3])),
    )


def _policy(rng: np.random.Generator, lattice: int) -> state.LinkPolicy:
    kind = int(rng.integers(4))
    return state.LinkPolicy(
        r.PERSISTENT if kind < 2 else r.PER_CALL,
        idle_s=_time(rng, lattice, 2.0) if rng.random() < 0.5 else np.inf,
        max_age_s=_time(rng, lattice, 20.0) if rng.random() < 0.5 else np.inf,
        ticket_s=_time(rng, lattice, 20.0) if kind in (1, 3) else 0.0,
        hit_rate=float(rng.uniform(0.2, 1.0)),
    )


def _timeline(rng: np.random.Generator, layout: state.Layout, lattice: int) -> tuple[tuple[float, str, Any], ...]:
    busy: dict[Any, float] = {}
    result: list[tuple[float, str, Any]] = []
    times = np.sort(rng.uniform(0, 120, int(rng.integers(10, 30))))
    if lattice:
        times = np.round(times * lattice) / lattice
    for t in times.tolist():
        verb = str(rng.choice(["compile", "verdict", "verdict", "down", "down", "policy", "close_link", "flood"]))
        link, station = int(rng.integers(len(layout.links))), int(rng.integers(len(layout.stations)))
        until = t + _time(rng, lattice, 5.0)
        flood = int(rng.integers(2))
        if verb == "down" and busy.get(station, 0.0) <= t:
            busy[station] = until + 1
            result += [(t, "down", (station,)), (until, "up", (station,))]
        elif verb == "flood" and busy.get(("flood", flood), 0.0) <= t:
            target = int(rng.choice([pair.server for pair in layout.pairs]))
            until = t + 0.5
            busy["flood", flood] = until + 1
            result += [(t, "flood", (flood, 2048.0 if lattice else 9000.0, target)), (until, "calm", (flood,))]
        elif verb == "compile":
            result.append((t, verb, (int(rng.integers(3)),)))
        elif verb == "verdict":
            result.append((t, verb, (link, int(rng.choice(REFUSALS)))))
        elif verb == "policy":
            result.append((t, verb, (link, _policy(rng, lattice))))
        elif verb == "close_link":
            result.append((t, verb, (link,)))
    return tuple(sorted(result, key=lambda entry: entry[0]))


def _chunks(
    rng: np.random.Generator, layout: state.Layout, seed: int, lattice: int, load: float
) -> Iterator[state.Chunk]:
    sources = []
    scale = 4.0 if lattice else 1.0
    for place in range(len(layout.populations)):
        shares = rng.dirichlet(np.ones(CLASSES))
        law = Law(str(rng.choice(["exponential", "gamma", "lognormal"])), float(rng.uniform(3, 9)), shape=4.0, cv=0.7)
        classes = tuple(
            ClassDraws(k, float(share), ((law, 30.0),), Law("uniform", low=0.5, high=2.0))
            for k, share in enumerate(shares)
        )
        times, total = [0.0], [0.0]
        for _ in range(6):
            times.append(times[-1] + 20.0)
            total.append(total[-1] + 20.0 * float(rng.uniform(0, 9) * load / scale))
        sources.append(Source(f"p{place}", tuple(times), tuple(total), classes, Law("gamma", 3.0, shape=2.0)))
    for chunk in calls(tuple(sources), seed, 0):
        draws, arrive_s = chunk.draws, chunk.arrive_s
        if lattice:
            draws = draws.copy()
            draws[:, : r.TICKET] = np.ceil(draws[:, : r.TICKET] * 4) / 4
            arrive_s = np.floor(arrive_s * 2) / 2
        yield state.Chunk(arrive_s, chunk.population, chunk.call_class, draws)
