"""What both interpreters are given before they start: the deployment as numbers, and where their results go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from sim.calls.route import PER_CALL, Route

UNBOUNDED: Final = 1_000_000_000
"""More than anybody queues."""


@dataclass(frozen=True)
class Station:
    """A node as the call plane sees it: seats (trunks, channels, ports, slots), CPU cores, the longest queue of jobs
    that new connections may still join, and the places for messages that wait for Hub Transport.
    """

    name: str
    seats: int
    cores: int
    backlog: int = UNBOUNDED
    messages: int = UNBOUNDED


@dataclass(frozen=True)
class Pair:
    """An IP gateway and a UM server with the hub that the server submits to (-1: none), as places among the stations,
    and the pair's connections in the order of vocabulary.CONNECTIONS, as places among the links; the last ones may be
    left out where no call asks for them.
    """

    server: int
    hub: int
    links: tuple[int, ...]


@dataclass(frozen=True)
class HuntList:
    """Candidates in order. Of gateways: (station, list of servers); of servers: (station, pair). ``rotate``: the next
    call begins one further on (round robin); otherwise each begins with the first.
    """

    members: tuple[tuple[int, int], ...]
    rotate: bool = True


@dataclass(frozen=True)
class Layout:
    """The deployment. ``links`` are (client station, server station), -1 for an end that is no station;
    ``populations`` are (PBX station, list of gateways).
    """

    stations: tuple[Station, ...]
    links: tuple[tuple[int, int], ...]
    pairs: tuple[Pair, ...]
    lists: tuple[HuntList, ...]
    populations: tuple[tuple[int, int], ...]
    interval_s: float = 60.0


@dataclass(frozen=True)
class LinkPolicy:
    """How a connection is kept. ``ticket_s`` > 0: sessions can be resumed for so long, with probability
    ``hit_rate``.
    """

    policy: int = PER_CALL
    idle_s: float = np.inf
    max_age_s: float = np.inf
    ticket_s: float = 0.0
    hit_rate: float = 1.0


@dataclass(frozen=True)
class Chunk:
    """Calls to come, in order of arrival. ``arrive_s`` shape (n,) absolute times, ``population`` and ``call_class``
    shape (n,), ``draws`` shape (n, DRAWS).
    """

    arrive_s: npt.NDArray[np.float64]
    population: npt.NDArray[np.int32]
    call_class: npt.NDArray[np.int32]
    draws: npt.NDArray[np.float64]


class Sink(Protocol):
    """Takes results as they come: arrays of RECORD, USAGE and TALLY. An array is only valid during the call."""

    def records(self, rows: npt.NDArray[np.void]) -> None:
        """Calls that ended."""

    def usage(self, rows: npt.NDArray[np.void]) -> None:
        """Intervals of meters and purposes."""

    def tallies(self, rows: npt.NDArray[np.void]) -> None:
        """Hostile attempts."""


class Gaps(Protocol):
    """Times between the attempts of a flood at 1 per s; both interpreters take them from the same stream."""

    def chunk(self) -> npt.NDArray[np.float64]:
        """The next gaps, shape (GAP_CHUNK,), in s at a rate of 1 per s."""


GAP_CHUNK = 1 << 14
FLOODS = 16
"""Floods that can run at once."""


class Plane(Protocol):
    """The face that both interpreters show to the control plane. Verbs act at ``now``; the time moves in ``advance``
    alone, so control events at an instant come before the call plane's own.
    """

    @property
    def now(self) -> float:
        """Simulated time, s since the epoch."""

    def advance(self, until: float) -> bool:
        """Play everything before ``until`` and be there; True when it stopped earlier because of a SIGNAL."""

    def take_signal(self) -> tuple[int, int]:
        """The link of the SIGNAL that stopped ``advance``, and its cause."""

    def add_route(self, route: Route) -> int:
        """Place a route; its first row's place. An equal route is not placed twice."""

    def set_entry(self, pair: int, call_class: int, place: int) -> None:
        """Where calls of a class begin at a pair."""

    def set_population_entry(self, population: int, place: int) -> None:
        """Where calls of a population begin."""

    def set_members(self, hunt_list: int, members: tuple[tuple[int, int], ...]) -> None:
        """The candidates of a hunt list from now on, no more than it began with; a call goes on with its own count."""

    def set_verdict(self, link: int, reason: int) -> None:
        """OK, or why the ends refuse each other."""

    def set_policy(self, link: int, policy: LinkPolicy) -> None:
        """How the connection is kept from now on."""

    def close_link(self, link: int) -> None:
        """The connection breaks and its session tickets are void."""

    def node_down(self, station: int) -> None:
        """The node dies with all that runs on it."""

    def node_up(self, station: int) -> None:
        """The node is up; who waited for it goes on."""

    def flood_start(self, flood: int, rate_per_s: float, place: int, station: int, gaps: Gaps) -> None:
        """Hostile attempts on a station begin, each along the route at ``place``."""

    def flood_stop(self, flood: int) -> None:
        """They end."""

    def close(self) -> None:
        """Hand over what is left: calls in progress in the order of their birth, the last interval, tallies."""
