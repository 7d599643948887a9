"""Faults that only the whole scenario shows: names of nothing, modes that a product does not offer.

Only what makes a run meaningless is a fault; what is merely unwise is the lint's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from sim.scenario import products
from sim.scenario.administration import AdminAttack, Administer
from sim.scenario.certificates import BACKDATED_S, CertificateRequest
from sim.scenario.commands import (
    AddUmServer,
    EditRecyclerConfig,
    GetUmDialPlan,
    RemoveUmServer,
    TestUmConnectivity,
    UpgradeUmServer,
)
from sim.scenario.demand import Population
from sim.scenario.expectation_window import window
from sim.scenario.expectations import Expectation
from sim.scenario.hints import hint
from sim.scenario.nodes import HOST_KINDS, IpGateway, UmServer
from sim.scenario.protection_checks import eavesdroppers
from sim.scenario.renewals import ALL
from sim.scenario.schema import Scenario
from sim.scenario.timeline import (
    Event,
    FloodStart,
    FloodStop,
    Iisreset,
    InstallCertificate,
    NewUmHuntGroup,
    NewUmIpGateway,
    RemoveUmHuntGroup,
    RemoveUmIpGateway,
    SetUmDialPlan,
    SetUmIpGateway,
    SetUmServer,
    TimelineEntry,
    TrustCertificate,
)
from sim.vocabulary import NODE_KINDS

Fault: TypeAlias = tuple[str, str]
"""Dotted path and message."""


def faults(scenario: Scenario) -> Iterator[Fault]:
    """Every fault between parts of the scenario, with the dotted path of the value at fault."""
    yield from _products(scenario)
    yield from _links(scenario)
    yield from eavesdroppers(scenario)
    yield from _dial_plans(scenario)
    yield from _populations(scenario)
    for node, specs in scenario.certificates.items():
        path = f"certificates.{node}"
        yield from _named_node(scenario, path, node, HOST_KINDS)
        for place, spec in enumerate(specs):
            yield from _certificate(scenario, f"{path}.{place}", spec, max(spec.installed_at_s, 0.0))
    yield from _renewals(scenario)
    for place, entry in enumerate(scenario.timeline):
        yield from _event(scenario, f"timeline.{place}.{entry.event.name}", entry)
    for place, expectation in enumerate(scenario.expect):
        yield from _filters(scenario, f"expect.{place}", expectation)
        yield from window(scenario, f"expect.{place}", expectation)


def _named_node(scenario: Scenario, path: str, name: str, kinds: tuple[str, ...]) -> Iterator[Fault]:
    expected = " or ".join(kinds)
    node = scenario.nodes.get(name)
    if node is None:
        known = [name for name, node in scenario.nodes.items() if node.kind in kinds]
        yield path, f"no {expected} is named '{name}' ({hint(name, known)})"
    elif node.kind not in kinds:
        yield path, f"'{name}' is of kind {node.kind}; must be {expected}"


def _any_node(scenario: Scenario, path: str, name: str) -> Iterator[Fault]:
    if name not in scenario.nodes:
        yield path, f"no node is named '{name}' ({hint(name, scenario.nodes)})"


def _products(scenario: Scenario) -> Iterator[Fault]:
    yield from _row("um_server", "product", scenario.product)
    for name, node in scenario.nodes.items():
        if isinstance(node, UmServer) and node.product != scenario.product:
            yield from _row("um_server", f"nodes.{name}.product", node.product)
        if isinstance(node, IpGateway):
            yield from _row("ip_gateway", f"nodes.{name}.model", node.model)


def _row(kind: str, path: str, name: str) -> Iterator[Fault]:
    if name not in products.names(kind):
        yield path, f"no {path.rpartition('.')[2]} is named '{name}' ({hint(name, products.names(kind))})"


def _links(scenario: Scenario) -> Iterator[Fault]:
    for place, link in enumerate(scenario.links):
        for end, name in enumerate(link.between):
            yield from _any_node(scenario, f"links.{place}.between.{end}", name)
        if link.between[0] == link.between[1]:
            yield f"links.{place}.between", "a link joins two different nodes"


def _dial_plans(scenario: Scenario) -> Iterator[Fault]:
    owner: dict[tuple[str, str], str] = {}
    for name, plan in scenario.dial_plans.items():
        path = f"dial_plans.{name}"
        for place, server in enumerate(plan.servers):
            yield from _named_node(scenario, f"{path}.servers.{place}", server, ("um_server",))
            if server in plan.servers[:place]:
                yield f"{path}.servers.{place}", f"'{server}' stands here twice"
        for place, group in enumerate(plan.hunt_groups):
            below = f"{path}.hunt_groups.{place}"
            yield from _named_node(scenario, f"{below}.gateway", group.gateway, ("ip_gateway",))
            first = owner.setdefault((group.gateway, group.pilot), below)
            if first != below:
                yield f"{below}.pilot", f"pilot {group.pilot} of gateway '{group.gateway}' is taken by {first}"
        yield from _mode(scenario, f"{path}.voip_security", name, plan.voip_security)


def _mode(scenario: Scenario, path: str, plan: str, mode: str) -> Iterator[Fault]:
    """A mode must be offered by the product of each server of the plan."""
    for server in scenario.dial_plans[plan].servers:
        node = scenario.nodes.get(server)
        if isinstance(node, UmServer) and node.product in products.names("um_server"):
            modes = products.product(node.product).modes
            if mode not in modes:
                yield path, f"{node.product} ({server}) has no {mode}; it offers {', '.join(modes)}"


def _plan(scenario: Scenario, path: str, name: str) -> Iterator[Fault]:
    if name not in scenario.dial_plans:
        yield path, f"no dial plan is named '{name}' ({hint(name, scenario.dial_plans)})"


def _populations(scenario: Scenario) -> Iterator[Fault]:
    for name, population in scenario.populations.items():
        path = f"populations.{name}"
        yield from _pbx(scenario, f"{path}.pbx", population)
        yield from _plan(scenario, f"{path}.dial_plan", population.dial_plan)
        plan = scenario.dial_plans.get(population.dial_plan)
        if plan and not plan.hunt_groups:
            yield f"{path}.dial_plan", f"dial plan '{population.dial_plan}' has no hunt group, so no call can reach it"
        kinds = {node.kind for node in scenario.nodes.values()}
        if "play_on_phone" in population.call_mix and "client_access" not in kinds:
            yield f"{path}.call_mix.play_on_phone", "needs a node of kind client_access, which asks for the calls"


def _pbx(scenario: Scenario, path: str, population: Population) -> Iterator[Fault]:
    """A PBX, or an IP PBX that is in a hunt group of the population's dial plan."""
    node = scenario.nodes.get(population.pbx)
    if not isinstance(node, IpGateway) or node.model not in products.names("ip_gateway"):
        yield from _named_node(scenario, path, population.pbx, ("pbx",))
        return
    plan = scenario.dial_plans.get(population.dial_plan)
    if not products.gateway_model(node.model).is_pbx:
        yield path, f"'{population.pbx}' is an ip_gateway of model {node.model}; must be pbx, or of model ip_pbx"
    elif plan and population.pbx not in {group.gateway for group in plan.hunt_groups}:
        yield path, f"IP PBX '{population.pbx}' is in no hunt group of dial plan '{population.dial_plan}'"


def _certificate(scenario: Scenario, path: str, spec: CertificateRequest, issued_s: float) -> Iterator[Fault]:
    authorities = [name for name, node in scenario.nodes.items() if node.kind == "certificate_authority"]
    if spec.issuer is None and not authorities:
        yield f"{path}.issuer", "is missing: there is no certificate_authority; name one, or write self"
    elif spec.issuer is None and len(authorities) > 1:
        yield f"{path}.issuer", f"is missing: write one of {', '.join(authorities)}, or self"
    elif spec.issuer not in {None, "self", *authorities}:
        guess = hint(str(spec.issuer), ["self", *authorities])
        yield f"{path}.issuer", f"no certificate_authority is named '{spec.issuer}' ({guess})"
    if spec.trusted_by != "all":
        for place, name in enumerate(spec.trusted_by):
            yield from _any_node(scenario, f"{path}.trusted_by.{place}", name)
    begin_s, end_s = spec.validity_period_s(issued_s)
    if spec.not_before_s is None and end_s <= begin_s:
        yield (
            f"{path}.not_after",
            f"must be later than not_before, which is {BACKDATED_S / 86_400:.0f} d before it is issued",
        )


def _renewals(scenario: Scenario) -> Iterator[Fault]:
    for name, policy in (scenario.renewals or {}).items():
        if name != ALL:
            yield from _named_node(scenario, f"renewals.{name}", name, HOST_KINDS)
        if policy.fallback is not None:
            kinds = ("certificate_authority",)
            yield from _named_node(scenario, f"renewals.{name}.fallback", policy.fallback, kinds)


Command = AddUmServer | RemoveUmServer | EditRecyclerConfig | TestUmConnectivity | UpgradeUmServer
"""Commands to UM servers."""

DIRECTORY_EVENTS = (
    NewUmIpGateway,
    RemoveUmIpGateway,
    SetUmIpGateway,
    SetUmServer,
    NewUmHuntGroup,
    RemoveUmHuntGroup,
    Administer,
    AdminAttack,
)
"""Events of gateways, servers and hunt groups, as the directory or their administrators know them."""


def _directory(scenario: Scenario, path: str, event: Event) -> Iterator[Fault]:
    if isinstance(event, NewUmIpGateway | RemoveUmIpGateway | SetUmIpGateway):
        yield from _named_node(scenario, f"{path}.identity", event.identity, ("ip_gateway",))
    elif isinstance(event, SetUmServer):
        yield from _named_node(scenario, f"{path}.identity", event.identity, ("um_server",))
    elif isinstance(event, NewUmHuntGroup | RemoveUmHuntGroup):
        yield from _hunt_group(scenario, path, event)
    elif isinstance(event, Administer):
        yield from _named_node(scenario, f"{path}.node", event.node, ("ip_gateway",))
    elif isinstance(event, AdminAttack):
        yield from _named_node(scenario, f"{path}.attacker", event.attacker, ("attacker",))
        yield from _named_node(scenario, f"{path}.target", event.target, ("ip_gateway",))


def _event(scenario: Scenario, path: str, entry: TimelineEntry) -> Iterator[Fault]:
    event = entry.event
    if isinstance(event, SetUmDialPlan | GetUmDialPlan):
        yield from _plan(scenario, f"{path}.identity", event.identity)
    elif isinstance(event, Command):
        yield from _command(scenario, path, event)
    elif isinstance(event, TrustCertificate):
        kinds = (*HOST_KINDS, "certificate_authority")
        yield from _named_node(scenario, f"{path}.certificate_of", event.certificate_of, kinds)
        for place, name in enumerate(event.on if event.on != "all" else ()):
            yield from _any_node(scenario, f"{path}.on.{place}", name)
    elif isinstance(event, FloodStart | FloodStop):
        yield from _named_node(scenario, f"{path}.attacker", event.attacker, ("attacker",))
        if isinstance(event, FloodStart):
            yield from _flood(scenario, path, event)
    elif isinstance(event, DIRECTORY_EVENTS):
        yield from _directory(scenario, path, event)
    elif isinstance(event, Iisreset):
        yield from _named_node(scenario, f"{path}.node", event.node, ("client_access",))
    elif event.name in {"install_certificate", "renew_certificate", "revoke_certificate", "reload_certificate"}:
        revocable: tuple[str, ...] = ("certificate_authority",) if event.name == "revoke_certificate" else ()
        yield from _named_node(scenario, f"{path}.node", event.node, (*HOST_KINDS, *revocable))
        if isinstance(event, InstallCertificate):
            yield from _certificate(scenario, path, event, entry.at_s)
    else:
        yield from _any_node(scenario, f"{path}.node", event.node)


def _command(scenario: Scenario, path: str, event: Command) -> Iterator[Fault]:
    if isinstance(event, AddUmServer | RemoveUmServer):
        yield from _named_node(scenario, f"{path}.identity", event.identity, ("um_server",))
        yield from _plan(scenario, f"{path}.dial_plan", event.dial_plan)
        return
    yield from _named_node(scenario, f"{path}.node", event.node, ("um_server",))
    if isinstance(event, UpgradeUmServer):
        yield from _upgrade(scenario, path, event)


def _upgrade(scenario: Scenario, path: str, event: UpgradeUmServer) -> Iterator[Fault]:
    """The new product is a row, and what the call plane knows of the server stays."""
    yield from _row("um_server", f"{path}.product", event.product)
    node, known = scenario.nodes.get(event.node), products.names("um_server")
    if isinstance(node, UmServer) and {node.product, event.product} <= set(known):
        old, new = products.product(node.product), products.product(event.product)
        if (old.max_calls, old.accept_backlog) != (new.max_calls, new.accept_backlog):
            yield f"{path}.product", f"{event.product} has other limits than {node.product}: max_calls, accept_backlog"


def _hunt_group(scenario: Scenario, path: str, event: NewUmHuntGroup | RemoveUmHuntGroup) -> Iterator[Fault]:
    yield from _plan(scenario, f"{path}.dial_plan", event.dial_plan)
    plan = scenario.dial_plans.get(event.dial_plan)
    if plan and (event.gateway, event.pilot) not in {(group.gateway, group.pilot) for group in plan.hunt_groups}:
        yield f"{path}.pilot", f"dial plan '{event.dial_plan}' has no hunt group {event.pilot} of '{event.gateway}'"


def _flood(scenario: Scenario, path: str, event: FloodStart) -> Iterator[Fault]:
    yield from _named_node(scenario, f"{path}.target", event.target, ("um_server",))
    if event.spoofs:
        yield from _named_node(scenario, f"{path}.spoofs", event.spoofs, ("ip_gateway",))
        if event.kind != "sip_invite":
            yield f"{path}.spoofs", "goes with the kind sip_invite: an address does not show in a certificate"


def _filters(scenario: Scenario, path: str, expectation: Expectation) -> Iterator[Fault]:
    """The names that an expectation's filters take from the scenario."""
    for each, value in expectation.filters:
        if each.kinds == NODE_KINDS:
            yield from _any_node(scenario, path, value)
        elif each.kinds:
            yield from _named_node(scenario, path, value, each.kinds)
        elif each.name == "plan":
            yield from _plan(scenario, path, value)
        elif each.name == "population" and value not in scenario.populations:
            yield path, f"no population is named '{value}' ({hint(value, scenario.populations)})"
