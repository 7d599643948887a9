"""Which UM servers the IP gateways of each dial plan try, and in which order."""

from __future__ import annotations

from sim.calls.state import Plane
from sim.nodes.wiring import Route, Wiring
from sim.scenario.directory import Directory


class Hunting:
    """The hunt lists as they are now.

    The lists of a gateway that demotes servers take turns: a call on its way keeps the one that it has met.
    """

    def __init__(self, wiring: Wiring, plane: Plane, directory: Directory) -> None:
        self.wiring, self.plane, self.directory = wiring, plane, directory
        self._demoted: set[int] = set()
        self._pairs: dict[tuple[str, str], dict[str, int]] = {key: {} for key in wiring.server_lists}
        for route in wiring.routes:
            self._pairs[route.plan, route.gateway][route.server] = route.pair
        self._in_use = {key: numbers[0] for key, numbers in wiring.server_lists.items()}
        self._members = {key: wiring.layout.lists[number].members for key, number in self._in_use.items()}

    def associate(self, plan: str) -> None:
        """The gateways of a dial plan try the servers that it has now, in their order."""
        for of, gateway in self.wiring.server_lists:
            if of == plan:
                self._order(plan, gateway)

    def is_demoted(self, route: Route) -> bool:
        """Whether a route's gateway tries its server last."""
        return route.pair in self._demoted

    def demote(self, route: Route) -> None:
        """A route's gateway tries its server last from now on."""
        self._demoted.add(route.pair)
        self._order(route.plan, route.gateway)

    def promote(self, route: Route) -> None:
        """A route's gateway tries its server in its turn again."""
        self._demoted.remove(route.pair)
        self._order(route.plan, route.gateway)

    def _order(self, plan: str, gateway: str) -> None:
        key, members = (plan, gateway), self._ordered(plan, gateway)
        if members == self._members[key]:
            return
        numbers = self.wiring.server_lists[key]
        number = numbers[(numbers.index(self._in_use[key]) + 1) % len(numbers)]
        self.plane.set_members(number, members)
        self._members[key], self._in_use[key] = members, number
        for of_gateways, gateways in self.wiring.gateway_lists[plan]:
            to = [(self.wiring.stations[each], self._in_use[plan, each]) for each in gateways]
            self.plane.set_members(of_gateways, tuple(to))

    def _ordered(self, plan: str, gateway: str) -> tuple[tuple[int, int], ...]:
        """The members of a gateway's list; where servers take turns, a demoted one has none unless all are demoted."""
        pairs, wiring = self._pairs[plan, gateway], self.wiring
        ordered = sorted(self.directory.servers[plan], key=lambda server: pairs[server] in self._demoted)
        if wiring.layout.lists[self._in_use[plan, gateway]].rotate:
            ordered = [server for server in ordered if pairs[server] not in self._demoted] or ordered
        return tuple((wiring.stations[server], pairs[server]) for server in ordered)
