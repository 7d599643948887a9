"""The figures of a report, in order; each is made of a run's results alone: ``FIGURES["Topology"](gather(run))``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sim.report.cpu_figures import cpu_by_time, cpu_in_all
from sim.report.figure import Figure, Material
from sim.report.load_figures import calls, seats, setup
from sim.report.message_figures import messages
from sim.report.protection_figure import protection
from sim.report.security_figures import certificates, events, handshakes
from sim.report.topology_figure import topology

FIGURES: Final[dict[str, Callable[[Material], Figure]]] = {
    "Calls over time": calls,
    "Seats over time": seats,
    "Set-up time": setup,
    "Recorded messages": messages,
    "CPU over time": cpu_by_time,
    "CPU in all": cpu_in_all,
    "Handshakes": handshakes,
    "Topology": topology,
    "Protection of links": protection,
    "Certificates": certificates,
    "Events": events,
}
"""By heading in the report and in docs/report.md."""
