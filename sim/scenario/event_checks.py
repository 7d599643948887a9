"""Faults of the events of the timeline, and of the certificates that they and the scenario ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sim.scenario import products
from sim.scenario.administration import AdminAttack, Administer
from sim.scenario.certificates import BACKDATED_S, CertificateRequest
from sim.scenario.commands import (
    AddUmServer,
    EditRecyclerConfig,
    GetUmDialPlan,
    Iisreset,
    NewUmDialPlan,
    NewUmHuntGroup,
    NewUmIpGateway,
    RemoveUmHuntGroup,
    RemoveUmIpGateway,
    RemoveUmServer,
    SetUmDialPlan,
    SetUmIpGateway,
    SetUmServer,
    TestUmConnectivity,
    UpgradeUmServer,
)
from sim.scenario.hints import hint
from sim.scenario.named import Fault, any_node, named_node, named_plan, named_row
from sim.scenario.nodes import HOST_KINDS, UmServer
from sim.scenario.schema import Scenario
from sim.scenario.timeline import (
    DistrustCertificate,
    ExportCertificate,
    FloodStart,
    FloodStop,
    GenerateRequest,
    GroupPolicy,
    InstallCertificate,
    InstallIssued,
    IssueCertificate,
    TimelineEntry,
    TrustCertificate,
)

_NAMED: Final[dict[type, dict[str, tuple[str, ...]]]] = {
    EditRecyclerConfig: {"node": ("um_server",)},
    TestUmConnectivity: {"node": ("um_server",)},
    UpgradeUmServer: {"node": ("um_server",)},
    Iisreset: {"node": ("client_access",)},
    FloodStart: {"attacker": ("attacker",), "target": ("um_server",)},
    FloodStop: {"attacker": ("attacker",)},
    NewUmIpGateway: {"identity": ("ip_gateway",)},
    RemoveUmIpGateway: {"identity": ("ip_gateway",)},
    SetUmIpGateway: {"identity": ("ip_gateway",)},
    SetUmServer: {"identity": ("um_server",)},
    Administer: {"node": ("ip_gateway",)},
    AdminAttack: {"attacker": ("attacker",), "target": ("ip_gateway",)},
}
"""Events that name nodes of a kind: by which keys, and which kinds."""


_PROCEDURES: Final = (
    TrustCertificate,
    DistrustCertificate,
    GroupPolicy,
    GenerateRequest,
    IssueCertificate,
    InstallIssued,
    ExportCertificate,
)


def certificate(scenario: Scenario, path: str, spec: CertificateRequest, issued_s: float) -> Iterator[Fault]:
    """A certificate has an issuer, holders of its root, and a time in which it is valid."""
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
            yield from any_node(scenario, f"{path}.trusted_by.{place}", name)
    begin_s, end_s = spec.validity_period_s(issued_s)
    if spec.not_before_s is None and end_s <= begin_s:
        yield (
            f"{path}.not_after",
            f"must be later than not_before, which is {BACKDATED_S / 86_400:.0f} d before it is issued",
        )


def event(scenario: Scenario, path: str, entry: TimelineEntry) -> Iterator[Fault]:
    """An entry of the timeline names what exists, and asks for what can be."""
    event = entry.event
    if isinstance(event, SetUmDialPlan | GetUmDialPlan | NewUmDialPlan):
        yield from _plan(scenario, path, event)
    elif isinstance(event, AddUmServer | RemoveUmServer):
        yield from named_node(scenario, f"{path}.identity", event.identity, ("um_server",))
        yield from named_plan(scenario, f"{path}.dial_plan", event.dial_plan)
    elif type(event) in _NAMED:
        for key, kinds in _NAMED[type(event)].items():
            yield from named_node(scenario, f"{path}.{key}", getattr(event, key), kinds)
        if isinstance(event, UpgradeUmServer):
            yield from _upgrade(scenario, path, event)
        elif isinstance(event, FloodStart) and event.spoofs:
            yield from _spoofed(scenario, f"{path}.spoofs", event)
    elif isinstance(event, NewUmHuntGroup | RemoveUmHuntGroup):
        yield from _hunt_group(scenario, path, event)
    elif event.name in {"install_certificate", "renew_certificate", "revoke_certificate", "reload_certificate"}:
        revocable: tuple[str, ...] = ("certificate_authority",) if event.name == "revoke_certificate" else ()
        yield from named_node(scenario, f"{path}.node", event.node, (*HOST_KINDS, *revocable))
        if isinstance(event, InstallCertificate):
            yield from certificate(scenario, path, event, entry.at_s)
    elif isinstance(event, _PROCEDURES):
        yield from _procedure(scenario, path, event)
        if isinstance(event, GenerateRequest):
            yield from certificate(scenario, path, event, entry.at_s)
    else:
        yield from any_node(scenario, f"{path}.node", getattr(event, "node", ""))


def _plan(scenario: Scenario, path: str, event: SetUmDialPlan | GetUmDialPlan | NewUmDialPlan) -> Iterator[Fault]:
    """The plan is one of the scenario's, and one that is created has no servers yet."""
    yield from named_plan(scenario, f"{path}.identity", event.identity)
    plan = scenario.dial_plans.get(event.identity)
    if isinstance(event, NewUmDialPlan) and plan is not None and plan.servers:
        what = "new_um_dial_plan creates this plan without servers: leave them out, and add each with add_um_server"
        yield f"dial_plans.{event.identity}.servers", what


def _upgrade(scenario: Scenario, path: str, event: UpgradeUmServer) -> Iterator[Fault]:
    """The new product is a row, and what the call plane knows of the server stays."""
    yield from named_row("um_server", f"{path}.product", event.product)
    node, known = scenario.nodes.get(event.node), products.names("um_server")
    if isinstance(node, UmServer) and {node.product, event.product} <= set(known):
        old, new = products.product(node.product), products.product(event.product)
        if (old.max_calls, old.accept_backlog) != (new.max_calls, new.accept_backlog):
            yield f"{path}.product", f"{event.product} has other limits than {node.product}: max_calls, accept_backlog"


def _spoofed(scenario: Scenario, path: str, event: FloodStart) -> Iterator[Fault]:
    """An attacker can use the address of an IP gateway where addresses are all that is looked at."""
    yield from named_node(scenario, path, event.spoofs, ("ip_gateway",))
    if event.kind != "sip_invite":
        yield path, "goes with the kind sip_invite: an address does not show in a certificate"


def _hunt_group(scenario: Scenario, path: str, event: NewUmHuntGroup | RemoveUmHuntGroup) -> Iterator[Fault]:
    """A hunt group is one of those of the scenario."""
    yield from named_plan(scenario, f"{path}.dial_plan", event.dial_plan)
    plan = scenario.dial_plans.get(event.dial_plan)
    if plan and (event.gateway, event.pilot) not in {(group.gateway, group.pilot) for group in plan.hunt_groups}:
        yield f"{path}.pilot", f"dial plan '{event.dial_plan}' has no hunt group {event.pilot} of '{event.gateway}'"


def _procedure(scenario: Scenario, path: str, event: object) -> Iterator[Fault]:
    """The nodes that an order of an administrator names."""
    if isinstance(event, GroupPolicy):
        yield from named_node(scenario, f"{path}.root_of", event.root_of, ("certificate_authority",))
    if isinstance(event, TrustCertificate | DistrustCertificate):
        kinds = (*HOST_KINDS, "certificate_authority")
        yield from named_node(scenario, f"{path}.certificate_of", event.certificate_of, kinds)
    if isinstance(event, TrustCertificate | DistrustCertificate | ExportCertificate):
        for place, name in enumerate(event.on if event.on != "all" else ()):
            yield from any_node(scenario, f"{path}.on.{place}", name)
    if isinstance(event, GenerateRequest | IssueCertificate | InstallIssued | ExportCertificate):
        yield from named_node(scenario, f"{path}.node", event.node, HOST_KINDS)
    if isinstance(event, InstallIssued) and event.on is not None:
        yield from named_node(scenario, f"{path}.on", event.on, HOST_KINDS)
    if isinstance(event, GenerateRequest) and event.issuer == "self":
        yield f"{path}.issuer", "must be an authority: nobody requests a self-signed certificate"
