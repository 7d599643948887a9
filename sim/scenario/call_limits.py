"""How long calls and messages may last: what a dial plan says, else the product of its first server."""

from __future__ import annotations

from dataclasses import dataclass

from sim.scenario import products
from sim.scenario.demand import Population
from sim.scenario.nodes import UmServer
from sim.scenario.products import Product
from sim.scenario.schema import Scenario


@dataclass(frozen=True)
class CallLimits:
    """The longest call with a UM server, the longest message, and the silence that ends one."""

    call_s: float
    recording_s: float
    silence_s: float


def call_limits(scenario: Scenario, population: Population) -> CallLimits:
    """The limits for a population's calls."""
    plan, product = scenario.dial_plans[population.dial_plan], product_of(scenario, population)
    return CallLimits(
        plan.max_call_duration_s or product.call_limit_s,
        plan.max_recording_duration_s or product.recording_limit_s,
        plan.recording_idle_timeout_s or product.silence_limit_s,
    )


def product_of(scenario: Scenario, population: Population) -> Product:
    """The product that a population calls: that of the dial plan's first server, else the scenario's."""
    for name in scenario.dial_plans[population.dial_plan].servers[:1]:
        server = scenario.nodes[name]
        assert isinstance(server, UmServer)
        return products.product(server.product)
    return products.product(scenario.product)
