"""Faults that only the whole scenario shows: names of nothing, modes that a product does not offer.

Only what makes a run meaningless is a fault; what is merely unwise is the lint's business.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.scenario import products
from sim.scenario.demand import Population
from sim.scenario.deployment import AUTHORITY_TYPES, authority_of
from sim.scenario.event_checks import certificate, event
from sim.scenario.expectation_window import window
from sim.scenario.expectations import Expectation
from sim.scenario.hints import hint
from sim.scenario.named import Fault, any_node, audio_codec, mode, named_node, named_plan, named_row
from sim.scenario.nodes import HOST_KINDS, CertificateAuthority, IpGateway, UmServer
from sim.scenario.protection_checks import eavesdroppers, ipsec, trusted_lans
from sim.scenario.renewals import ALL
from sim.scenario.schema import Scenario
from sim.vocabulary import NODE_KINDS


def faults(scenario: Scenario) -> Iterator[Fault]:
    """Every fault between parts of the scenario, with the dotted path of the value at fault."""
    yield from _products(scenario)
    yield from _links(scenario)
    yield from eavesdroppers(scenario)
    yield from ipsec(scenario)
    yield from trusted_lans(scenario)
    yield from _dial_plans(scenario)
    yield from _populations(scenario)
    if scenario.deploy is not None:
        wanted = AUTHORITY_TYPES[scenario.deploy.kind]
        if wanted is not None and authority_of(scenario.deploy, scenario.nodes) is None:
            yield "deploy", f"needs a certificate_authority of type {wanted}"
    for node, specs in scenario.certificates.items():
        path = f"certificates.{node}"
        yield from named_node(scenario, path, node, HOST_KINDS)
        for place, spec in enumerate(specs):
            yield from certificate(scenario, f"{path}.{place}", spec, max(spec.installed_at_s, 0.0))
    yield from _renewals(scenario)
    for place, entry in enumerate(scenario.timeline):
        yield from event(scenario, f"timeline.{place}.{entry.event.name}", entry)
    for place, expectation in enumerate(scenario.expect):
        yield from _filters(scenario, f"expect.{place}", expectation)
        yield from window(scenario, f"expect.{place}", expectation)


def _products(scenario: Scenario) -> Iterator[Fault]:
    yield from named_row("um_server", "product", scenario.product)
    for name, node in scenario.nodes.items():
        if isinstance(node, UmServer) and node.product != scenario.product:
            yield from named_row("um_server", f"nodes.{name}.product", node.product)
        if isinstance(node, IpGateway):
            yield from named_row("ip_gateway", f"nodes.{name}.model", node.model)
        if isinstance(node, CertificateAuthority) and node.poses_as is not None:
            yield from named_node(scenario, f"nodes.{name}.poses_as", node.poses_as, ("certificate_authority",))


def _links(scenario: Scenario) -> Iterator[Fault]:
    for place, link in enumerate(scenario.links):
        for end, name in enumerate(link.between):
            yield from any_node(scenario, f"links.{place}.between.{end}", name)
        if link.between[0] == link.between[1]:
            yield f"links.{place}.between", "a link joins two different nodes"


def _dial_plans(scenario: Scenario) -> Iterator[Fault]:
    owner: dict[tuple[str, str], str] = {}
    for name, plan in scenario.dial_plans.items():
        path = f"dial_plans.{name}"
        for place, server in enumerate(plan.servers):
            yield from named_node(scenario, f"{path}.servers.{place}", server, ("um_server",))
            if server in plan.servers[:place]:
                yield f"{path}.servers.{place}", f"'{server}' stands here twice"
        for place, group in enumerate(plan.hunt_groups):
            below = f"{path}.hunt_groups.{place}"
            yield from named_node(scenario, f"{below}.gateway", group.gateway, ("ip_gateway",))
            first = owner.setdefault((group.gateway, group.pilot), below)
            if first != below:
                yield f"{below}.pilot", f"pilot {group.pilot} of gateway '{group.gateway}' is taken by {first}"
        yield from mode(scenario, f"{path}.voip_security", name, plan.voip_security)
        if plan.audio_codec is not None:
            yield from audio_codec(scenario, f"{path}.audio_codec", name, plan.audio_codec)


def _populations(scenario: Scenario) -> Iterator[Fault]:
    for name, population in scenario.populations.items():
        path = f"populations.{name}"
        yield from _pbx(scenario, f"{path}.pbx", population)
        yield from named_plan(scenario, f"{path}.dial_plan", population.dial_plan)
        plan = scenario.dial_plans.get(population.dial_plan)
        if plan and not plan.hunt_groups:
            yield f"{path}.dial_plan", f"dial plan '{population.dial_plan}' has no hunt group, so no call can reach it"
        policy = population.outdial.mailbox_policy if population.outdial else None
        if plan and policy is not None and policy not in plan.dialing.mailbox_policies:
            known = hint(policy, plan.dialing.mailbox_policies)
            yield f"{path}.outdial.mailbox_policy", f"dial plan '{population.dial_plan}' has no '{policy}' ({known})"
        kinds = {node.kind for node in scenario.nodes.values()}
        if "play_on_phone" in population.call_mix and "client_access" not in kinds:
            yield f"{path}.call_mix.play_on_phone", "needs a node of kind client_access, which asks for the calls"


def _pbx(scenario: Scenario, path: str, population: Population) -> Iterator[Fault]:
    """A PBX, or an IP PBX that is in a hunt group of the population's dial plan."""
    node = scenario.nodes.get(population.pbx)
    if not isinstance(node, IpGateway) or node.model not in products.names("ip_gateway"):
        yield from named_node(scenario, path, population.pbx, ("pbx",))
        return
    plan = scenario.dial_plans.get(population.dial_plan)
    if not products.gateway_model(node.model).is_pbx:
        yield path, f"'{population.pbx}' is an ip_gateway of model {node.model}; must be pbx, or of model ip_pbx"
    elif plan and population.pbx not in {group.gateway for group in plan.hunt_groups}:
        yield path, f"IP PBX '{population.pbx}' is in no hunt group of dial plan '{population.dial_plan}'"


def _renewals(scenario: Scenario) -> Iterator[Fault]:
    for name, policy in (scenario.renewals or {}).items():
        if name != ALL:
            yield from named_node(scenario, f"renewals.{name}", name, HOST_KINDS)
        if policy.fallback is not None:
            kinds = ("certificate_authority",)
            yield from named_node(scenario, f"renewals.{name}.fallback", policy.fallback, kinds)


def _filters(scenario: Scenario, path: str, expectation: Expectation) -> Iterator[Fault]:
    """The names that an expectation's filters take from the scenario."""
    for each, value in expectation.filters:
        if each.kinds == NODE_KINDS:
            yield from any_node(scenario, path, value)
        elif each.kinds:
            yield from named_node(scenario, path, value, each.kinds)
        elif each.name == "plan":
            yield from named_plan(scenario, path, value)
        elif each.name == "population" and value not in scenario.populations:
            yield path, f"no population is named '{value}' ({hint(value, scenario.populations)})"
