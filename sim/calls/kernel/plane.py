"""The kernel behind the face of state.Plane: it loads the deployment into the arena and hands results over."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from sim.calls import route as r
from sim.calls.kernel import arena, control
from sim.calls.state import Chunk, Gaps, Layout, LinkPolicy, Sink
from sim.errors import CapacityError

LIMITS = (
    ("stations", arena.NODES),
    ("links", arena.LINKS),
    ("pairs", arena.PAIRS),
    ("lists", arena.LISTS),
    ("populations", arena.POPULATIONS),
)


class Kernel:
    """The call plane, compiled; see state.Plane for the face and route.py for the operations."""

    def __init__(self, layout: Layout, calls: Iterable[Chunk], sink: Sink) -> None:
        for name, limit in LIMITS:
            if len(getattr(layout, name)) > limit:
                raise CapacityError(f"the deployment has {len(getattr(layout, name))} {name}; the kernel holds {limit}")
        self._world = arena.world()
        self._w = self._world[0]
        self._sink = sink
        self._calls = iter(calls)
        self._gaps: dict[int, Gaps] = {}
        self._placed: dict[bytes, int] = {}
        self._n_rows = 0
        self._load(layout)
        self._w["sequence"] = self._w["calls_sequence"] = 1
        self._feed_calls()

    def _load(self, layout: Layout) -> None:
        w = self._w
        w["interval_s"] = w["boundary"] = layout.interval_s
        w["signal"] = w["free_slot"] = w["free_job"] = -1
        w["n_nodes"], w["n_links"] = len(layout.stations), len(layout.links)
        nodes = w["nodes"][: len(layout.stations)]
        nodes["up"], nodes["head"], nodes["wait_head"] = 1, -1, -1
        for name in ("seats", "cores", "backlog", "messages"):
            nodes[name] = [getattr(station, name) for station in layout.stations]
        links = w["links"][: len(layout.links)]
        links["wait_head"] = -1
        for place, ends in enumerate(layout.links):
            links["client"][place], links["server"][place] = ends
            self.set_policy(place, LinkPolicy())
        for place, pair in enumerate(layout.pairs):
            w["pairs"]["hub"][place], w["pairs"]["links"][place, : len(pair.links)] = pair.hub, pair.links
        for place, (pbx, gateways) in enumerate(layout.populations):
            w["populations"]["pbx"][place], w["populations"]["gateways"][place] = pbx, gateways
        first = 0
        for place, hunt in enumerate(layout.lists):
            size = len(hunt.members)
            if first + size > arena.MEMBERS:
                raise CapacityError(f"the hunt lists have more than {arena.MEMBERS} members together")
            w["lists"][place] = (first, size, 0, hunt.rotate)
            for member, (node, onward) in enumerate(hunt.members):
                w["members"][first + member] = (node, onward)
            first += size

    @property
    def now(self) -> float:
        """Simulated time, s."""
        return float(self._w["now"])

    @property
    def operations(self) -> dict[str, int]:
        """How often each operation was carried out."""
        return dict(zip(r.OPERATIONS, self._w["operations"].tolist(), strict=True))

    def advance(self, until: float) -> bool:
        """Play everything before ``until``; True when a SIGNAL stopped it earlier."""
        while True:
            why = control.advance(self._world, float(until))
            if why == control.DONE:
                return False
            if why == control.SIGNALLED:
                return True
            if why == control.HAND_OVER:
                self._hand_over()
            elif why == control.FEED_CALLS:
                self._feed_calls()
            elif why >= control.FEED_FLOOD:
                self._feed_flood(why - control.FEED_FLOOD)
            else:
                raise CapacityError(
                    f"more than {arena.SLOTS} calls and hostile attempts at once at {self.now:.0f} s: the kernel is "
                    "full; lower the load, a flood's rate or a product's accept_backlog"
                )

    def take_signal(self) -> tuple[int, int]:
        """The link of the last SIGNAL, and the call's cause."""
        link = int(self._w["signal"])
        self._w["signal"] = -1
        return link, int(self._w["signal_reason"])

    def _feed_calls(self) -> None:
        chunk = next(self._calls, None)
        if chunk is None:
            self._w["calls_on"] = 0
            return
        w, size = self._w, chunk.arrive_s.size
        if size > arena.CALLS:
            raise CapacityError(f"a chunk of {size} calls; the kernel takes {arena.CALLS} at a time")
        w["to_arrive"][:size], w["to_draws"][:size] = chunk.arrive_s, chunk.draws
        w["to_population"][:size], w["to_class"][:size] = chunk.population, chunk.call_class
        w["calls_on"], w["calls_k"], w["calls_n"], w["calls_time"] = 1, 0, size, chunk.arrive_s[0]

    def _feed_flood(self, flood: int) -> None:
        self._w["gaps"][flood] = self._gaps[flood].chunk()
        state = self._w["floods"][flood : flood + 1]
        state["k"] = 0
        state["time"] = state["last"] + self._w["gaps"][flood, 0] * state["gap"]

    def _hand_over(self) -> None:
        w = self._w
        for rows, count, take in (
            ("records", "n_records", self._sink.records),
            ("usage", "n_usage", self._sink.usage),
            ("tallies", "n_tallies", self._sink.tallies),
        ):
            if w[count]:
                take(w[rows][: w[count]])
                w[count] = 0

    def add_route(self, route: r.Route) -> int:
        """Place a route once."""
        key = route.at(0).tobytes()
        if key not in self._placed:
            rows = route.at(self._n_rows)
            if self._n_rows + rows.size > arena.ROWS:
                raise CapacityError(f"the routes need more than {arena.ROWS} rows; the kernel is full")
            self._w["rows"][self._n_rows : self._n_rows + rows.size] = rows
            self._placed[key] = self._n_rows
            self._n_rows += rows.size
        return self._placed[key]

    def set_entry(self, pair: int, call_class: int, place: int) -> None:
        """Where calls of a class begin at a pair."""
        self._w["pairs"]["entries"][pair, call_class] = place

    def set_population_entry(self, population: int, place: int) -> None:
        """Where calls of a population begin."""
        self._w["populations"]["entry"][population] = place

    def set_members(self, hunt_list: int, members: tuple[tuple[int, int], ...]) -> None:
        """The candidates of a hunt list from now on."""
        first = int(self._w["lists"]["first"][hunt_list])
        for member, (node, onward) in enumerate(members):
            self._w["members"][first + member] = (node, onward)
        self._w["lists"]["length"][hunt_list] = len(members)

    def set_verdict(self, link: int, reason: int) -> None:
        """OK, or why the ends refuse each other."""
        self._w["links"]["verdict"][link] = reason

    def set_policy(self, link: int, policy: LinkPolicy) -> None:
        """How the connection is kept."""
        fields = ("policy", "idle", "max_age", "ticket", "hit_rate")
        values = (policy.policy, policy.idle_s, policy.max_age_s, policy.ticket_s, policy.hit_rate)
        for field, value in zip(fields, values, strict=True):
            self._w["links"][field][link] = value

    def close_link(self, link: int) -> None:
        """The connection breaks; its tickets are void."""
        control.close_link(self._world, link)

    def node_down(self, station: int) -> None:
        """The node dies: its jobs, connections and calls."""
        control.node_down(self._world, station)
        self._hand_over()

    def node_up(self, station: int) -> None:
        """The node is up; who waited goes on."""
        control.node_up(self._world, station)

    def flood_start(self, flood: int, rate_per_s: float, place: int, station: int, gaps: Gaps) -> None:
        """Hostile attempts begin."""
        self._gaps[flood] = gaps
        self._w["gaps"][flood] = gaps.chunk()
        control.flood_start(self._world, flood, 1.0 / rate_per_s, place, station)

    def flood_stop(self, flood: int) -> None:
        """They end."""
        self._w["floods"]["on"][flood] = 0

    def close(self) -> None:
        """Hand over what is left."""
        self._hand_over()
        control.close(self._world)
        self._hand_over()

    @property
    def books(self) -> Any:
        """Copies of the state of the nodes (arena.NODE), for tests of what must balance."""
        return np.array(self._w["nodes"][: self._w["n_nodes"]])
