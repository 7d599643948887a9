"""The directory's UM IP gateways, and the list of trusted devices that each UM server makes of them."""

from __future__ import annotations

from math import floor, inf

from sim.scenario.directory import Directory
from sim.scenario.nodes import IpGateway
from sim.scenario.schema import Scenario


class GatewayDirectory:
    """UM objects as Active Directory has them now: ``entries`` maps a gateway to its address there, ``status`` a
    gateway or server to its status unless it is Enabled, ``hunt_groups`` a dial plan and a gateway to their pilots.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.entries = {
            name: node.fqdn
            for name, node in scenario.nodes.items()
            if isinstance(node, IpGateway) and node.in_directory
        }
        self.status: dict[str, str] = {}
        self.hunt_groups: dict[tuple[str, str], set[str]] = {}
        for plan, dial_plan in scenario.dial_plans.items():
            for group in dial_plan.hunt_groups:
                self.hunt_groups.setdefault((plan, group.gateway), set()).add(group.pilot)


class TrustedList:
    """What one UM server knows of the directory: read when its service starts, and at a poll every ``poll_s`` from then
    on (MicrosoftDocs, um-services: at the start and every 10 minutes). Between two polls ``entries`` stay as they were
    read.
    """

    def __init__(self, directory: GatewayDirectory, poll_s: float) -> None:
        self.directory, self.poll_s = directory, poll_s
        self.entries: dict[str, str] = {}
        self._started_s = 0.0
        self._due_s = inf

    def start(self, now_s: float) -> None:
        """The service starts at ``now_s`` and reads the directory."""
        self._started_s, self._due_s = now_s, inf
        self.entries = dict(self.directory.entries)

    def poll(self, now_s: float) -> bool:
        """Whether a poll that was due by ``now_s`` has brought other entries."""
        if self.entries == self.directory.entries:
            self._due_s = inf
        elif self._due_s == inf:
            polls = floor((now_s - self._started_s) / self.poll_s)
            self._due_s = self._started_s + (polls + 1) * self.poll_s
        elif now_s >= self._due_s:
            self._due_s = inf
            self.entries = dict(self.directory.entries)
            return True
        return False

    @property
    def due_s(self) -> float:
        """When a poll will bring something new; infinite for never."""
        return self._due_s


def overfull(directory: Directory, gateways: GatewayDirectory, server: str) -> str:
    """Why the UM service of a server cannot start: a dial plan with more UM IP gateways than its product takes."""
    most = directory.product(server).max_gateways
    for plan in directory.plans(server):
        count = sum(1 for of, gateway in gateways.hunt_groups if of == plan and gateway in gateways.entries)
        if most is not None and count > most:
            return f"the UM service does not start: dial plan {plan} has {count} UM IP gateways, more than {most}"
    return ""
