"""Deployments small enough to follow by hand: one PBX, IP gateway, UM server and hub, and calls at given times.

Each call goes through HUNT to the only pair and then along a route written by the test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from planes import Capture

from sim import vocabulary
from sim.calls import route as r
from sim.calls import state
from sim.calls.route import Route

PBX, GATEWAY, SERVER, HUB = range(4)
SERVICE_LINK, WORKER_LINK, HUB_LINK = range(3)
BUSY = vocabulary.REASON_CODE["ports_busy"]
PLENTY = 1_000_000


@dataclass(frozen=True)
class Caller:
    """A call attempt at ``at_s`` along ``route``, with draws by column (1.0 where none is given)."""

    at_s: float
    route: Route
    draws: dict[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Control:
    """What the control plane does to the deployment at ``at_s``."""

    at_s: float
    act: Callable[[Any], None]


def down(at_s: float, node: int) -> Control:
    """The node dies."""
    return Control(at_s, lambda deployment: deployment.node_down(node))


def up(at_s: float, node: int) -> Control:
    """The node is up again."""
    return Control(at_s, lambda deployment: deployment.node_up(node))


@dataclass(frozen=True)
class Played:
    """What came of it. ``records`` in the order of ending; ``signals`` (time, link, reason)."""

    records: np.ndarray[Any, Any]
    usage: np.ndarray[Any, Any]
    tallies: np.ndarray[Any, Any]
    signals: list[tuple[float, int, int]]

    def of(self, call: int) -> Any:
        """The only record of one call, counted from 0 in order of arrival."""
        places = np.flatnonzero(self.records["call"] == call)
        assert places.size == 1, f"call {call} has {places.size} records"
        return self.records[places[0]]

    def ended_s(self, call: int) -> float:
        """When the call ended."""
        return float(self.of(call)["ended_s"])

    def reason(self, call: int) -> str:
        """How the call ended."""
        return vocabulary.REASONS[self.of(call)["reason"]].name

    def metered(self, node: int, meter: int) -> list[tuple[int, float, float]]:
        """(interval, integral, peak) of one meter of one node."""
        rows = self.usage[(self.usage["node"] == node) & (self.usage["meter"] == meter)]
        return [(int(row["interval"]), float(row["integral"]), float(row["peak"])) for row in rows]


def play(
    plane: Callable[..., Any],
    callers: Sequence[Caller],
    control: Sequence[Control] = (),
    *,
    cores: int = 1,
    ports: int = PLENTY,
    backlog: int = PLENTY,
    policy: state.LinkPolicy | None = None,
    on_signal: Callable[[Any, int], None] = lambda _plane, _link: None,
    interval_s: float = 1000.0,
    stop_s: float = 1000.0,
) -> Played:
    """Play the calls on one interpreter. ``cores``, ``ports`` and ``backlog`` are those of the UM server."""
    capture = Capture()
    routes = _distinct(callers)
    deployment = plane(layout(cores, ports, backlog, interval_s), iter([chunk(callers, routes)]), capture)
    deployment.set_population_entry(0, deployment.add_route(to_the_server()))
    for call_class, route in enumerate(routes):
        deployment.set_entry(0, call_class, deployment.add_route(route))
    for link in range(3):
        deployment.set_policy(link, policy or state.LinkPolicy())
    for event in [*control, Control(stop_s, lambda deployment: deployment.close())]:
        while deployment.advance(event.at_s):
            link, reason = deployment.take_signal()
            capture.signals.append((deployment.now, link, reason))
            on_signal(deployment, link)
        event.act(deployment)
    return Played(capture.table("records"), capture.table("usage"), capture.table("tallies"), capture.signals)


def layout(cores: int, ports: int, backlog: int, interval_s: float) -> state.Layout:
    """PBX, IP gateway, UM server, hub; the gateway's connections to service and worker, the server's to the hub."""
    return state.Layout(
        stations=(
            state.Station("pbx", PLENTY, PLENTY),
            state.Station("gw", PLENTY, PLENTY),
            state.Station("um", ports, cores, backlog),
            state.Station("hub", PLENTY, PLENTY),
        ),
        links=((GATEWAY, SERVER), (GATEWAY, SERVER), (SERVER, HUB)),
        pairs=(state.Pair(SERVER, HUB, (SERVICE_LINK, WORKER_LINK, HUB_LINK)),),
        lists=(state.HuntList(((SERVER, 0),)), state.HuntList(((GATEWAY, 0),))),
        populations=((PBX, 1),),
        interval_s=interval_s,
    )


def to_the_server() -> Route:
    """From the PBX to the only gateway and the only server; the server's route goes on."""
    f = Route("to the server").add(r.HUNT, r.GATEWAY, c="none").add(r.HUNT, r.SERVER, c="none")
    return f.label("none").add(r.END)


def chunk(callers: Sequence[Caller], routes: Sequence[Route]) -> state.Chunk:
    """The calls in order of arrival; the class of a call is its route's place."""
    draws = np.ones((len(callers), r.DRAWS))
    for place, caller in enumerate(callers):
        for column, value in caller.draws.items():
            draws[place, column] = value
    return state.Chunk(
        np.array([caller.at_s for caller in callers]),
        np.zeros(len(callers), np.int32),
        np.array([routes.index(caller.route) for caller in callers], np.int32),
        draws,
    )


def _distinct(callers: Sequence[Caller]) -> list[Route]:
    routes: list[Route] = []
    for caller in callers:
        if caller.route not in routes:
            routes.append(caller.route)
    return routes


def work(work_s: float) -> Route:
    """A job on the UM server."""
    return Route("work").add(r.CPU, r.PORT, x=work_s).add(r.END)


def wait(delay_s: float) -> Route:
    """A time in which nothing happens."""
    return Route("wait").add(r.DELAY, x=delay_s).add(r.END)


def take_port(*, after_s: float | None = None, hold_s: float = 0.5) -> Route:
    """A port, after a delay or at once; blocked when there is none."""
    f = Route("take a port")
    if after_s is not None:
        f.add(r.DELAY, x=after_s)
    f.add(r.SEIZE, r.PORT, c="busy", d=BUSY).add(r.DELAY, x=hold_s)
    return f.label("busy").add(r.END)


def connect(*, opening_s: float, then_hold_port_s: float | None = None, patience_s: float | None = None) -> Route:
    """A connection to the service, opened by whoever comes first, and then perhaps a port."""
    f = Route("connect")
    if patience_s is not None:
        f.add(r.GUARD, c="gave_up", x=patience_s)
    f.add(r.CONNECT, r.SERVICE, c="open", d="open").add(r.DELAY, x=opening_s).add(r.CONNECTED, r.SERVICE)
    f.label("open")
    if then_hold_port_s is not None:
        f.add(r.SEIZE, r.PORT, c="end", d=BUSY).add(r.DELAY, x=then_hold_port_s)
    f.label("end").add(r.END)
    return f.label("gave_up").add(r.END, d=r.GAVE_UP)
