"""umtwin: a digital twin of a Unified Messaging deployment.

What a notebook needs is here, each name imported when it is first used::

    import sim

    scenario = sim.load("scenarios/busy_hour.yaml", ["run.replications=5"])
    run = sim.play(scenario)
    run.measures("call.blocked", "call.setup", by=["gateway"])
    run.table("calls").group_by("reason").len()
    drained = sim.with_command(scenario, "1 h", "set_um_server", identity="um1", status="NoNewCalls")
    sim.costs("reference").figures["Handshakes"]
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.api import Costs, Measures, Run, costs, play
    from sim.errors import UmtwinError
    from sim.scenario.load import load, load_text, with_command
    from sim.scenario.schema import Scenario

__all__ = ["Costs", "Measures", "Run", "Scenario", "UmtwinError", "costs", "load", "load_text", "play", "with_command"]

_HOMES = {
    "Costs": "sim.api",
    "Measures": "sim.api",
    "Run": "sim.api",
    "Scenario": "sim.scenario.schema",
    "UmtwinError": "sim.errors",
    "costs": "sim.api",
    "load": "sim.scenario.load",
    "load_text": "sim.scenario.load",
    "play": "sim.api",
    "with_command": "sim.scenario.load",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
