"""Which UM servers the IP gateways of each dial plan try, and in which order."""

from __future__ import annotations

from sim.calls.state import Plane
from sim.nodes.wiring import Wiring
from sim.scenario.directory import Directory


class Hunting:
    """The hunt lists as they are now. ``demoted`` are pairs of the call plane whose UM server its gateway tries last.

    The lists of a gateway that demotes servers take turns: a call on its way keeps the one that it has met.
    """

    def __init__(self, wiring: Wiring, plane: Plane, directory: Directory) -> None:
        self.wiring, self.plane, self.directory = wiring, plane, directory
        self.demoted: set[int] = set()
        self._in_use = {key: numbers[0] for key, numbers in wiring.server_lists.items()}
        self._members = {key: wiring.layout.lists[number].members for key, number in self._in_use.items()}

    def associate(self, plan: str) -> None:
        """The gateways of a dial plan try its servers in their order from now on, those that are demoted last."""
        for key, numbers in self.wiring.server_lists.items():
            members = self._ordered(*key)
            if members != self._members[key]:
                number = numbers[(numbers.index(self._in_use[key]) + 1) % len(numbers)]
                self.plane.set_members(number, members)
                self._members[key], self._in_use[key] = members, number
        for number, gateways in self.wiring.gateway_lists[plan]:
            to = [(self.wiring.stations[gateway], self._in_use[plan, gateway]) for gateway in gateways]
            self.plane.set_members(number, tuple(to))

    def _ordered(self, plan: str, gateway: str) -> tuple[tuple[int, int], ...]:
        """The members of a gateway's list; where servers take turns, a demoted one has none unless all are demoted."""
        wiring, servers = self.wiring, self.directory.servers[plan]
        pairs = {each.server: each.pair for each in wiring.routes if (each.plan, each.gateway) == (plan, gateway)}
        ordered = sorted(servers, key=lambda server: pairs[server] in self.demoted)
        if wiring.layout.lists[self._in_use[plan, gateway]].rotate:
            ordered = [server for server in ordered if pairs[server] not in self.demoted] or ordered
        return tuple((wiring.stations[server], pairs[server]) for server in ordered)
