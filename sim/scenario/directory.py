"""What the directory says of dial plans and servers, as commands change it, and which commands are refused."""

from __future__ import annotations

from typing import Final

from sim.scenario import products
from sim.scenario.nodes import UmServer
from sim.scenario.products import Product
from sim.scenario.schema import Scenario

CLEAR: Final = "Unsecured"
"""The mode without TLS."""


class Directory:
    """The configuration as it is now, in force or not.

    ``created`` are the dial plans that exist, ``modes`` and ``servers`` are by dial plan: its VoIPSecurity, its UM
    servers in order. ``products``, and ``start_secured`` of UMRecyclerConfig.xml, are by UM server. A command is asked
    for first (``refuses_...``: why the cmdlet refuses, empty when it does not) and entered by whoever carries it out.
    """

    def __init__(self, scenario: Scenario) -> None:
        nodes = {name: node for name, node in scenario.nodes.items() if isinstance(node, UmServer)}
        self.modes: dict[str, str] = {name: plan.voip_security for name, plan in scenario.dial_plans.items()}
        self.created = set(scenario.dial_plans) - scenario.later_plans()
        self.servers = {name: plan.servers for name, plan in scenario.dial_plans.items()}
        self.products = {name: node.product for name, node in nodes.items()}
        self.start_secured = {name: bool(node.start_secured) for name, node in nodes.items()}
        self._startup_modes = {name: node.um_startup_mode for name, node in nodes.items()}

    def product(self, server: str) -> Product:
        """The product that runs on a server now."""
        return products.product(self.products[server])

    def plans(self, server: str) -> list[str]:
        """The dial plans of a server."""
        return [plan for plan, servers in self.servers.items() if server in servers]

    def wants_secured(self, server: str) -> bool:
        """Whether a server is configured to serve calls over TLS: by UMStartupMode, by its dial plans, else by
        StartSecured (guide, "How UM Determines Security Mode and Selects Certificates").
        """
        startup_mode, plans = self.startup_mode(server), self.plans(server)
        if startup_mode is not None:
            return startup_mode != "TCP"
        if plans:
            return any(self.modes[plan] != CLEAR for plan in plans)
        return self.product(server).reads_start_secured and self.start_secured[server]

    def startup_mode(self, server: str) -> str | None:
        """UMStartupMode of a server; None where its product has none."""
        default = self.product(server).um_startup_mode
        return default and (self._startup_modes[server] or default)

    def listens(self, server: str, *, serves_secured: bool, secured: bool) -> bool:
        """Whether a service that runs so (``serves_secured``) takes calls with TLS (``secured``) or without."""
        product = self.product(server)
        if not any((mode != CLEAR) == secured for mode in product.modes):
            return False
        if self.startup_mode(server) is not None:
            return self.startup_mode(server) in {"Dual", "TLS" if secured else "TCP"}
        return product.modes_at_once == "all" or serves_secured == secured

    def create(self, plan: str, mode: str | None) -> None:
        """Enter a dial plan that did not exist, in its own mode or another one."""
        self.created.add(plan)
        self.modes[plan] = mode or self.modes[plan]

    def refuses_mode(self, plan: str, mode: str) -> str:
        """Why Set-UMDialPlan would not give a dial plan this mode."""
        if plan not in self.created:
            return f"there is no dial plan {plan} yet"
        for server in self.servers[plan]:
            product, others = self.product(server), [each for each in self.plans(server) if each != plan]
            if mode not in product.modes:
                return f"{product.name} ({server}) has no {mode}"
            if mode == CLEAR != self.modes[plan] and product.change_under_servers == "refused":
                return f"{server} is in the plan: remove its servers, set the mode, add them again"
            unlike = self._unlike(server, mode, others)
            if unlike:
                return unlike
        return ""

    def refuses_joining(self, server: str, plan: str) -> str:
        """Why Set-UMServer would not add a server to a dial plan."""
        if plan not in self.created:
            return f"there is no dial plan {plan} yet"
        if server in self.servers[plan]:
            return f"{server} is in dial plan {plan} already"
        if self.modes[plan] not in self.product(server).modes:
            return f"{self.products[server]} ({server}) has no {self.modes[plan]}"
        return self._unlike(server, self.modes[plan], self.plans(server))

    def refuses_upgrade(self, server: str, product: str) -> str:
        """Why setup would not upgrade a server to a product."""
        for plan in self.plans(server):
            if self.modes[plan] not in products.product(product).modes:
                return f"{product} has no {self.modes[plan]}, the mode of dial plan {plan}"
        return ""

    def _unlike(self, server: str, mode: str, others: list[str]) -> str:
        """Why a server cannot have a dial plan of this mode beside its others."""
        if self.product(server).modes_at_once == "one":
            for other in others:
                if (self.modes[other] != CLEAR) != (mode != CLEAR):
                    return f"{server} serves one mode at a time, and dial plan {other} is {self.modes[other]}"
        return ""
