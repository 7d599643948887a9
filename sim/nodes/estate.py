"""What all nodes of a running deployment share: the clock, the call plane, the log, and each other."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sim.calls.reference import Clock
from sim.calls.route import Route
from sim.calls.state import Plane
from sim.nodes.event_log import EventLog
from sim.nodes.hunting import Hunting
from sim.nodes.trusted_list import GatewayDirectory
from sim.nodes.wiring import Wiring
from sim.scenario.directory import Directory
from sim.scenario.schema import Scenario
from sim.security.cost_profile import CostProfile
from sim.security.credential import Credential, RevocationList
from sim.security.modes import MODES, Mode
from sim.security.trust import Judge
from sim.topology.graph import Graph

if TYPE_CHECKING:
    from sim.nodes.live import LiveHandshakes
    from sim.nodes.node import Node
    from sim.nodes.secure_session import SecureSession


class Estate:
    """A running deployment. ``names_of`` are the nodes' names by kind, ``directory`` holds dial plans and servers as
    they are now, ``gateways`` what the directory has of UM IP gateways, statuses and hunt groups, ``sessions`` what
    stands behind each link of the call plane, ``lists`` the latest list of revoked certificates of each issuer that
    published one, ``live`` performs every handshake where the scenario wants that, ``hunting`` keeps the order in which
    gateways try UM servers.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a deployment runs on
        self,
        scenario: Scenario,
        graph: Graph,
        wiring: Wiring,
        plane: Plane,
        profile: CostProfile,
        replication: int,
    ) -> None:
        self.scenario, self.graph, self.wiring, self.plane, self.profile = scenario, graph, wiring, plane, profile
        self.replication = replication
        self.clock = Clock()
        self.log = EventLog()
        self.judge = Judge()
        self.directory, self.gateways = Directory(scenario), GatewayDirectory(scenario)
        self.nodes: dict[str, Node] = {}
        self.names_of: dict[str, list[str]] = {}
        for name, spec in scenario.nodes.items():
            self.names_of.setdefault(spec.kind, []).append(name)
        self.lists: dict[str, RevocationList] = {}
        self.sessions: dict[int, SecureSession] = {}
        self.routes: dict[int, Route] = {}
        self.hunting = Hunting(wiring, plane, self.directory)
        self.live: LiveHandshakes | None = None

    @property
    def now(self) -> float:
        """Simulated time, s since the epoch."""
        return float(self.clock.now)

    def instant(self, at_s: float) -> datetime:
        """A simulated time as a date and time, UTC."""
        return self.scenario.run.epoch + timedelta(seconds=at_s)

    def lists_for(self, credential: Credential | None) -> tuple[RevocationList, ...]:
        """The published lists of the issuers in a certificate's path."""
        if credential is None or not self.lists:
            return ()
        issuers = (each.issuer.rfc4514_string() for each in (credential.certificate, *credential.chain))
        return tuple(self.lists[issuer] for issuer in issuers if issuer in self.lists)

    def mode(self, plan: str) -> Mode:
        """The security mode of a dial plan as it is now."""
        return MODES[self.directory.modes[plan]]

    def note(
        self, node: str, event: str, message: str, *, level: str = "information", windows_event_id: int | None = None
    ) -> None:
        """Log an event now."""
        self.log.note(self.now, node, event, message, level=level, windows_event_id=windows_event_id)

    def place(self, route: Route) -> int:
        """Give a route to the call plane and remember it for the table of routes; its place."""
        place = self.plane.add_route(route)
        self.routes.setdefault(place, route)
        return place

    def tell_askers(self, name: str) -> None:
        """A node may answer OPTIONS otherwise than before: those that send it any look again."""
        for node in self.nodes.values():
            if node.asks(name):
                node.rouse()

    def reconsider(self) -> None:
        """A store, certificate or mode has changed: every node looks at its connections again."""
        for node in self.nodes.values():
            node.rouse()
