"""The figures of a cost profile, in order, each made of the profile alone: ``COST_FIGURES["Handshakes"](profile)``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sim.report.figure import Figure
from sim.report.handshake_cost_figures import explained_shares, handshake_costs, variation_costs, work_costs
from sim.report.packet_cost_figures import calls_per_core, packet_costs, wire_bytes
from sim.security.cost_profile import CostProfile

COST_FIGURES: Final[dict[str, Callable[[CostProfile], Figure]]] = {
    "Handshakes": handshake_costs,
    "Variations of a handshake": variation_costs,
    "What a handshake is made of": explained_shares,
    "Packets": packet_costs,
    "Calls per core": calls_per_core,
    "Bytes on the wire": wire_bytes,
    "Keys and certificates": work_costs,
}
"""By heading of the page and of docs/crypto.md."""
