"""What every node of the control plane is: a SimPy process that lives, fails and comes back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import Any

from simpy.events import Event

from sim.nodes.estate import Estate

Life = Generator[Event, Any, None]

RESTART_S = 10.0
"""A service is away for so long when it restarts (ours)."""


class Node(ABC):
    """A node. Its process is ``life``; whatever the node does, it does there or because another process asked it."""

    def __init__(self, name: str, estate: Estate) -> None:
        self.name, self.estate = name, estate
        self.up = False
        self._roused = estate.clock.event()

    @abstractmethod
    def life(self) -> Life:
        """The node's process."""

    def asks(self, peer: str) -> bool:  # noqa: ARG002 - most nodes ask nobody
        """Whether the node sends OPTIONS to a peer."""
        return False

    def rouse(self) -> None:
        """Something has changed that the node's process may care about."""
        if not self._roused.triggered:
            self._roused.succeed()

    def wait(self, until_s: float = float("inf")) -> Event:
        """An event that happens when the node is roused, at ``until_s`` at the latest."""
        clock = self.estate.clock
        if self._roused.processed:
            self._roused = clock.event()
        return self._roused if until_s == float("inf") else clock.any_of([self._roused, clock.at(until_s)])

    def start(self) -> None:
        """The node's service starts: it takes part from now on."""
        self.up = True
        place = self.estate.wiring.stations.get(self.name)
        if place is not None:
            self.estate.plane.node_up(place)

    def fail(self, message: str = "the node went down", level: str = "error") -> None:
        """The node goes down with its calls, jobs and connections."""
        if not self.up:
            return
        self.up = False
        place = self.estate.wiring.stations.get(self.name)
        if place is not None:
            self.estate.plane.node_down(place)
        self.estate.note(self.name, "node_down", message, level=level)
        self.estate.tell_askers(self.name)

    def restore(self) -> None:
        """The node comes back; its service starts anew."""
        if not self.up:
            self.start()
            self.estate.note(self.name, "node_up", "the node came up")
            self.estate.reconsider()

    def fail_for(self, duration_s: float) -> Life:
        """Process: the node is down for a while."""
        self.fail()
        yield self.estate.clock.timeout(duration_s)
        self.restore()

    def restart(self) -> Life:
        """Process: the service restarts; on a node that is down there is nothing to restart."""
        if not self.up:
            return
        self.fail("the service restarts", "information")
        yield self.estate.clock.timeout(RESTART_S)
        self.restore()
