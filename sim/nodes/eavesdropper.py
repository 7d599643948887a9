"""The eavesdropper: it listens on links, and nothing that it does changes a call."""

from __future__ import annotations

from sim.nodes.node import Life, Node


class EavesdropperNode(Node):
    """A listener on the wire. What it overhears is read from the table of calls (analysis.overheard)."""

    def life(self) -> Life:
        """Listens."""
        self.start()
        while True:
            yield self.wait()
