"""Of the lint's books those that the directory's UM IP gateways fill: lists, ports, statuses and hunt groups."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from sim.lint.holdings import Steps
from sim.nodes.trusted_list import GatewayDirectory, TrustedList
from sim.scenario import commands
from sim.scenario.nodes import ClientAccess, IpGateway, UmServer
from sim.scenario.schema import Scenario


class GatewayBooks:
    """What the directory has of gateways, and what each UM server and Client Access server knows of it. ``listed``: by
    server the UM IP gateways that it knows, each with its address. ``plan_poll`` plans a poll of a server for a time, s
    since the epoch.
    """

    def __init__(self, scenario: Scenario, plan_poll: Callable[[float, str, TrustedList], None]) -> None:
        self.scenario, self._plan_poll = scenario, plan_poll
        self.directory = GatewayDirectory(scenario)
        self._lists: dict[str, TrustedList] = {}
        servers = [name for name, node in scenario.nodes.items() if isinstance(node, UmServer)]
        gateways = {name: node for name, node in scenario.nodes.items() if isinstance(node, IpGateway)}
        routers = [name for name, node in scenario.nodes.items() if isinstance(node, ClientAccess)]
        self.listed: dict[str, Steps[dict[str, str]]] = {name: [] for name in (*servers, *routers)}
        self.ports: dict[str, Steps[int | None]] = {name: [(0.0, node.port)] for name, node in gateways.items()}
        self.statuses: dict[str, Steps[str]] = {name: [(0.0, "Enabled")] for name in (*gateways, *servers)}
        self.hunt_groups: dict[tuple[str, str], Steps[int]] = {
            key: [(0.0, len(pilots))] for key, pilots in self.directory.hunt_groups.items()
        }

    def started(self, server: str, poll_s: float, now_s: float) -> None:
        """A server's service starts and reads the directory, then every ``poll_s``."""
        trusted = self._lists[server] = TrustedList(self.directory, poll_s)
        trusted.start(now_s)
        self.listed[server].append((now_s, trusted.entries))

    def stopped(self, server: str) -> None:
        """A server's service is down: it polls no more."""
        self._lists.pop(server, None)

    def new_um_ip_gateway(self, event: commands.NewUmIpGateway, now_s: float) -> None:
        """A gateway gets its object."""
        self.directory.entries[event.identity] = str(getattr(self.scenario.nodes[event.identity], "fqdn", ""))
        self._changed(now_s)

    def remove_um_ip_gateway(self, event: commands.RemoveUmIpGateway, now_s: float) -> None:
        """A gateway's object is deleted."""
        self.directory.entries.pop(event.identity, None)
        self._changed(now_s)

    def set_um_ip_gateway(self, event: commands.SetUmIpGateway, now_s: float) -> None:
        """A gateway's port, address or status changes."""
        if event.port is not None:
            self.ports[event.identity].append((now_s, event.port))
        if event.fqdn is not None and event.identity in self.directory.entries:
            self.directory.entries[event.identity] = event.fqdn
            self._changed(now_s)
        if event.status is not None:
            self.statuses[event.identity].append((now_s, event.status))

    def set_um_server(self, event: commands.SetUmServer, now_s: float) -> None:
        """A UM server's status changes."""
        self.statuses[event.identity].append((now_s, event.status))

    def new_um_hunt_group(self, event: commands.NewUmHuntGroup, now_s: float) -> None:
        """A hunt group is created again."""
        self.directory.hunt_groups[event.dial_plan, event.gateway].add(event.pilot)
        self._count(event.dial_plan, event.gateway, now_s)

    def remove_um_hunt_group(self, event: commands.RemoveUmHuntGroup, now_s: float) -> None:
        """A hunt group is deleted."""
        self.directory.hunt_groups[event.dial_plan, event.gateway].discard(event.pilot)
        self._count(event.dial_plan, event.gateway, now_s)

    def poll(self, server: str, trusted: TrustedList, now_s: float) -> None:
        """A server looks, unless its service has ended or started anew since."""
        if self._lists.get(server) is trusted and trusted.poll(now_s):
            self.listed[server].append((now_s, trusted.entries))

    def _changed(self, now_s: float) -> None:
        for server, trusted in self._lists.items():
            self.poll(server, trusted, now_s)
            if trusted.due_s < math.inf:
                self._plan_poll(trusted.due_s, server, trusted)

    def _count(self, plan: str, gateway: str, now_s: float) -> None:
        pilots = self.directory.hunt_groups[plan, gateway]
        self.hunt_groups[plan, gateway].append((now_s, len(pilots)))


ENTRIES: Final[dict[type, Callable[[GatewayBooks, Any, float], None]]] = {
    commands.NewUmIpGateway: GatewayBooks.new_um_ip_gateway,
    commands.RemoveUmIpGateway: GatewayBooks.remove_um_ip_gateway,
    commands.SetUmIpGateway: GatewayBooks.set_um_ip_gateway,
    commands.SetUmServer: GatewayBooks.set_um_server,
    commands.NewUmHuntGroup: GatewayBooks.new_um_hunt_group,
    commands.RemoveUmHuntGroup: GatewayBooks.remove_um_hunt_group,
}
"""How the events of gateways are entered."""
