"""Procedures that put certificates where they belong, step by step (guide, "Types of Certificates")."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from sim.scenario.fields import Duration, Spec
from sim.scenario.nodes import CertificateAuthority, HubTransport, IpGateway, Node, UmServer
from sim.scenario.timeline import (
    Event,
    ExportCertificate,
    GenerateRequest,
    GroupPolicy,
    InstallCertificate,
    InstallIssued,
    IssueCertificate,
    RestartService,
    TrustCertificate,
)

StepName: TypeAlias = Literal["request", "issue", "install", "import_on_gateways", "import_on_servers", "restart"]

AUTHORITY_TYPES: Final = {"self_signed": None, "enterprise_pki": "enterprise", "third_party": "third_party"}
"""Kind of deployment -> type of the authority that it needs."""

_CHAIN: Final[tuple[StepName, ...]] = ("request", "issue", "install", "restart")
"""Steps of which each waits for those before it."""


class Deployment(Spec):
    """Which kind of certificates all hosts get at the start, and what goes wrong with it."""

    kind: Literal["self_signed", "enterprise_pki", "third_party"]
    """Where the certificates come from."""
    without: tuple[StepName, ...] = ()
    """Steps that somebody forgets."""
    late_s: dict[StepName, Annotated[Duration, Field(ge=0.0)]] = Field(default_factory=dict)
    """Steps that come so long after the epoch."""


def _kind_alone(value: object) -> object:
    return {"kind": value} if isinstance(value, str) else value


DeploymentField = Annotated[
    Deployment,
    BeforeValidator(
        _kind_alone, json_schema_input_type=Literal["self_signed", "enterprise_pki", "third_party"] | Deployment
    ),
]


def authority_of(deployment: Deployment, nodes: dict[str, Node]) -> str | None:
    """The authority that a deployment's certificates come from: the first of its type; None where there is none."""
    for name, node in nodes.items():
        wanted = AUTHORITY_TYPES[deployment.kind]
        if isinstance(node, CertificateAuthority) and node.type == wanted and node.poses_as is None:
            return name
    return None


def steps(deployment: Deployment | None, nodes: dict[str, Node], plans: dict[str, Any]) -> list[tuple[float, Event]]:
    """The steps of a deployment in their order, each with its time, s since the epoch.

    A step at 0 s is done before the services start, so that only a late installation needs the restart.
    """
    if deployment is None:
        return []
    laid_out: list[tuple[float, Event]] = []
    late_s, after_s = deployment.late_s, 0.0
    for name, events in _events(deployment, nodes, plans).items():
        own_s = late_s.get(name, 0.0)
        if name in _CHAIN and name not in deployment.without:
            own_s = after_s = max(after_s, own_s)
        if name not in deployment.without and (name != "restart" or own_s > 0.0):
            laid_out += [(own_s, event) for event in events]
    return sorted(laid_out, key=lambda step: step[0])


def _events(deployment: Deployment, nodes: dict[str, Node], plans: dict[str, Any]) -> dict[StepName, list[Event]]:
    """What each step is, in order."""
    hosts = [name for name, node in nodes.items() if isinstance(node, IpGateway | UmServer | HubTransport)]
    gateways = tuple(name for name in hosts if isinstance(nodes[name], IpGateway))
    servers = tuple(name for name in hosts if name not in gateways)
    restarts: list[Event] = [RestartService(node=host) for host in hosts]
    authority = authority_of(deployment, nodes)
    if authority is None:
        return {
            "install": [InstallCertificate(node=host, issuer="self", trusted_by=()) for host in hosts],
            "import_on_gateways": _exchanged(gateways, nodes, plans),
            "import_on_servers": _exchanged(servers, nodes, plans),
            "restart": restarts,
        }
    by_policy = deployment.kind == "enterprise_pki"
    return {
        "request": [GenerateRequest(node=host, issuer=authority, trusted_by=()) for host in hosts],
        "issue": [IssueCertificate(node=host) for host in hosts],
        "install": [InstallIssued(node=host) for host in hosts],
        "import_on_gateways": [TrustCertificate(certificate_of=authority, on=gateways)],
        "import_on_servers": [
            GroupPolicy(root_of=authority) if by_policy else TrustCertificate(certificate_of=authority, on=servers)
        ],
        "restart": restarts,
    }


def _exchanged(importers: tuple[str, ...], nodes: dict[str, Node], plans: dict[str, Any]) -> list[Event]:
    """Each importer takes the certificates of those that it is connected with."""
    pairs = {
        (group.gateway, server) for plan in plans.values() for group in plan.hunt_groups for server in plan.servers
    }
    hubs = [name for name, node in nodes.items() if isinstance(node, HubTransport)]
    pairs |= {(name, hub) for name, node in nodes.items() if isinstance(node, UmServer) for hub in hubs}
    ends = sorted(pairs | {(other, one) for one, other in pairs})
    return [ExportCertificate(node=peer, on=(one,)) for one, peer in ends if one in importers]
