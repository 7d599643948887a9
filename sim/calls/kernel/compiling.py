"""Compiling the kernel ahead of its first use, so that nobody waits without being told why."""

from __future__ import annotations

from sim.calls import flows
from sim.calls import route as r
from sim.calls.draws import FloodGaps
from sim.calls.kernel.cache import is_compiled
from sim.calls.kernel.plane import Kernel
from sim.calls.state import Layout, Pair, Station

__all__ = ["compile_kernel", "is_compiled"]


class _Nowhere:
    """A sink that keeps nothing."""

    def records(self, rows: object) -> None:
        """Calls that ended."""

    def usage(self, rows: object) -> None:
        """Intervals."""

    def tallies(self, rows: object) -> None:
        """Hostile attempts."""


def compile_kernel() -> None:
    """Use every compiled function once, on a deployment of one server."""
    layout = Layout((Station("server", 1, 1),), ((0, 0),), (Pair(0, -1, (0, 0, 0)),), (), ())
    plane = Kernel(layout, (), _Nowhere())
    place = plane.add_route(flows.hostile(work_s=0.001, reason=r.OK, hold_s=None))
    plane.flood_start(0, 1.0, place, 0, FloodGaps(0, 0, "compile"))
    plane.advance(1.0)
    plane.close_link(0)
    plane.node_down(0)
    plane.node_up(0)
    plane.close()
