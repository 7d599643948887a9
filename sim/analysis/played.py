"""What the tables of a run do not say of the deployment that was played: read from the manifest's scenario."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from sim import units
from sim.errors import ResultsError
from sim.manifest import NodeSize
from sim.results import Results
from sim.scenario.fields import seconds_since, utc
from sim.scenario.products import product
from sim.scenario.turns import in_turn


@dataclass(frozen=True)
class Plan:
    """A UM dial plan: its VoIPSecurity as the run began, the UM servers that it had then or that a command may have
    added, and the IP gateways of its hunt groups.
    """

    mode: str
    servers: tuple[str, ...]
    gateways: tuple[str, ...]


@dataclass(frozen=True)
class Deployment:
    """Dial plans and populations by name; instants are seconds since ``epoch``.

    ``pbx_of`` and ``plan_of`` are by population; ``mode_changes`` are (time, plan, mode) in order of time; ``hub_of``
    tells to which Hub Transport each UM server submits, ``router_of`` the Client Access server whose call router
    redirects to it, where one does as the run begins.
    """

    epoch: datetime
    warm_up_s: float
    plans: dict[str, Plan]
    plan_of: dict[str, str]
    pbx_of: dict[str, str]
    mode_changes: tuple[tuple[float, str, str], ...]
    hub_of: dict[str, str]
    router_of: dict[str, str]

    def modes(self, plan: str) -> list[tuple[float, str]]:
        """From when on the plan had which mode."""
        return [(0.0, self.plans[plan].mode), *((at_s, mode) for at_s, of, mode in self.mode_changes if of == plan)]

    def mode_of_call(self) -> pl.Expr:
        """The mode of a call's dial plan at its arrival, from the columns ``population`` and ``arrived_s``."""
        first = {name: self.plans[plan].mode for name, plan in self.plan_of.items()}
        mode = pl.col("population").replace_strict(
            list(first), list(first.values()), default="", return_dtype=pl.String
        )
        for at_s, changed, to in self.mode_changes:
            of_plan = [name for name, plan in self.plan_of.items() if plan == changed]
            mode = (
                pl.when(pl.col("population").is_in(of_plan) & (pl.col("arrived_s") >= at_s))
                .then(pl.lit(to))
                .otherwise(mode)
            )
        return mode


def named(column: str, names: dict[str, str]) -> pl.Expr:
    """What a mapping of names makes of a column; null where it has nothing for one."""
    return pl.col(column).replace_strict(list(names), list(names.values()), default=None, return_dtype=pl.String)


def deployment(results: Results) -> Deployment:
    """The deployment of a run.

    Raises
    ------
    ResultsError
        The manifest's scenario is damaged, or of another umtwin.
    """
    try:
        return _deployment(results.manifest.scenario, results.manifest.nodes, _changes_refused(results))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ResultsError(f"{results.path}: damaged, or of another umtwin: scenario: {error}") from error


def _changes_refused(results: Results) -> set[tuple[float, str, str]]:
    """Time, plan and mode of the changes of a mode that were refused, from the log."""
    refused = results.table("events", complete_only=False).filter(pl.col("event") == "command_refused")
    notes = refused.select("time_s", "message").unique().collect()
    shape = re.compile(r"Set-UMDialPlan (\S+) -VoIPSecurity (\S+): .*")
    return {(at_s, *match.groups()) for at_s, note in notes.iter_rows() if (match := shape.fullmatch(note))}


def _deployment(
    scenario: dict[str, Any], nodes: dict[str, NodeSize], refused: set[tuple[float, str, str]]
) -> Deployment:
    epoch = utc(scenario["run"]["epoch"])
    populations = scenario.get("populations", {})
    changes = [
        (seconds_since(epoch, entry["at"]), change["identity"], change["voip_security"])
        for entry in scenario.get("timeline", ())
        if (change := entry.get("set_um_dial_plan"))
    ]
    return Deployment(
        epoch=epoch,
        warm_up_s=units.duration_s(scenario["run"].get("warm_up", "0 s")),
        plans={name: _plan(plan, _joining(scenario, name)) for name, plan in scenario.get("dial_plans", {}).items()},
        plan_of={name: population["dial_plan"] for name, population in populations.items()},
        pbx_of={name: population["pbx"] for name, population in populations.items()},
        mode_changes=tuple(sorted((each for each in changes if each not in refused), key=lambda change: change[0])),
        hub_of=_in_turn(nodes, "hub_transport"),
        router_of={
            server: router
            for server, router in _in_turn(nodes, "client_access").items()
            if product(scenario["nodes"][server]["product"]).redirected_ports
        },
    )


def _plan(plan: dict[str, Any], joining: list[str]) -> Plan:
    gateways = dict.fromkeys(group["gateway"] for group in plan.get("hunt_groups", ()))
    servers = dict.fromkeys([*plan.get("servers", ()), *joining])
    return Plan(plan.get("voip_security", "Unsecured"), tuple(servers), tuple(gateways))


def _joining(scenario: dict[str, Any], plan: str) -> list[str]:
    """The servers that the timeline may add to a dial plan."""
    orders = [entry.get("add_um_server") for entry in scenario.get("timeline", ())]
    return [order["identity"] for order in orders if order and order["dial_plan"] == plan]


def _in_turn(nodes: dict[str, NodeSize], kind: str) -> dict[str, str]:
    """The node of a kind that each UM server goes with, as nodes.wiring has it."""
    of_kind = [sorted(name for name, node in nodes.items() if node.kind == each) for each in ("um_server", kind)]
    return in_turn(*of_kind)
