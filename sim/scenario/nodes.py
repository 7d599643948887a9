"""The nodes of a deployment: PBXs, IP gateways, UM servers and what stands around them."""

from __future__ import annotations

import math
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from sim import units
from sim.scenario.administration import Administration
from sim.scenario.dialing import PbxMask
from sim.scenario.fields import DataRate, Duration, DurationOrInfinite, HostName, Instant, Key, Mode, Share, Spec
from sim.scenario.products import StartupMode
from sim.scenario.tls_policies import TlsPolicyName

HOST_KINDS: Final = ("ip_gateway", "um_server", "hub_transport", "attacker", "client_access")
"""Kinds of node with an FQDN; these can hold certificates."""

ROOT_BACKDATED_S: Final = 86_400.0
"""A root is valid from this long before the epoch, unless its dates are given (ours)."""
ROOT_VALIDITY_S, ISSUING_VALIDITY_S = 20 * units.YEAR_S, 10 * units.YEAR_S
"""Of a root and of an issuing CA below it (ours)."""

Cores = Annotated[int, Field(ge=1, le=1_024)]
Scale = Annotated[float, Field(gt=0.0, le=1_000.0)]
Workers = Annotated[int, Field(ge=1, le=1_024)]


class Connections(Spec):
    """How long a client keeps its signalling connections (all defaults: ours)."""

    policy: Literal["per_call", "persistent"] = "per_call"
    """A new connection for each call, or one that calls share."""
    idle_s: DurationOrInfinite = Field(default=600.0, gt=0.0)
    """A persistent connection without calls closes after this time."""
    max_age_s: DurationOrInfinite = Field(default=math.inf, gt=0.0)
    """A persistent connection takes no more calls when it is this old."""
    resumption: bool = False
    """The client offers to resume its last TLS session."""
    ticket_lifetime_s: Duration = Field(default=7_200.0, gt=0.0)
    """How long a session can be resumed."""
    hit_rate: Share = 1.0
    """Share of the offers to resume that the server takes; below 1 where processes share no ticket keys."""


def _policy_alone(value: object) -> object:
    return {"policy": value} if isinstance(value, str) else value


ConnectionsField = Annotated[
    Connections,
    BeforeValidator(_policy_alone, json_schema_input_type=Literal["per_call", "persistent"] | Connections),
]


class _Host(Spec):
    """What every node with an address has."""

    fqdn: HostName = ""
    """Fully qualified domain name; NAME.example.com when not given, with - for each _ of the name."""
    domain_member: bool = False
    """Group Policy reaches it."""
    preinstalled_roots: bool | None = None
    """Roots of third parties are among its trusted roots from the start; None: as the row of its product says."""
    tls: TlsPolicyName | None = None
    """Its own TLS policy; None: as crypto.tls."""


class Pbx(Spec):
    """A private branch exchange: it brings callers to the IP gateways over its trunks."""

    kind: Literal["pbx"]
    trunks: int = Field(ge=1, le=1_000_000)
    """Trunks towards the IP gateways."""
    refuses: tuple[PbxMask, ...] = ()
    """Masks of numbers that it does not dial for the UM servers, such as "011*"."""


class IpGateway(_Host):
    """A UM IP gateway: TLS client of the UM servers for incoming calls."""

    kind: Literal["ip_gateway"]
    model: str = "generic"
    """A row of products/ip_gateway."""
    port: int | None = Field(default=None, ge=1, le=65_535)
    """Port of the UM service that it calls; None: 5060 without and 5061 with TLS."""
    channels: int = Field(ge=1, le=1_000_000)
    """Calls it carries at once."""
    cores: Cores = 1
    """CPU cores."""
    cpu_scale: Scale = 1.0
    """CPU time of all its work over that on the cost profile's machine: 2 for one half as fast."""
    connections: ConnectionsField = Connections()
    """Towards the UM servers."""
    listens_on: int | None = Field(default=None, ge=1, le=65_535)
    """Port on which it takes calls of UM servers; None: 5060 without and 5061 with TLS."""
    signalling: Mode | None = None
    """Fixes the gateway's mode; None: it follows its dial plan."""
    attempts: int = Field(default=2, ge=1, le=100)
    """UM servers tried for one call."""
    hunting: Literal["round_robin", "plan_order"] = "round_robin"
    """Which UM server of the dial plan is tried first."""
    clock_offset_s: Duration = 0.0
    """Its clock minus true time; only its certificate checks see it."""
    in_directory: bool = True
    """The directory has it as a UM IP gateway from the start: UM servers accept calls from no other device."""
    message_waiting_indicator_allowed: bool = True
    """MessageWaitingIndicatorAllowed (Set-UMIPGateway): UM servers whose product does so tell it of voice messages."""
    administration: Administration | None = None
    """How its administrators log on; None: not over the network."""


class UmServer(_Host):
    """A Unified Messaging server."""

    kind: Literal["um_server"]
    domain_member: bool = True
    """Group Policy reaches it."""
    product: str = ""
    """A row of products/um_server; the scenario's product when not given."""
    cores: Cores = 4
    """CPU cores."""
    cpu_scale: Scale = 1.0
    """CPU time of all its work over that on the cost profile's machine: 2 for one half as fast."""
    tls_workers: Workers = 1
    """Processes that accept TLS connections, each with ticket keys of its own: only the one that began a session
    resumes it.
    """
    max_calls: int | None = Field(default=None, ge=1, le=1_000_000)
    """Calls at once (ports); None: the product's default."""
    message_queue: int | None = Field(default=None, ge=1, le=1_000_000)
    """The most messages kept for Hub Transport, those being recorded included; None: as its product's row says."""
    connections: ConnectionsField = Connections()
    """Towards Hub Transport."""
    start_secured: Literal[0, 1] | None = None
    """StartSecured in UMRecyclerConfig.xml, where the product reads it; None: as 0."""
    um_startup_mode: StartupMode | None = None
    """UMStartupMode, where the product has it; None: the product's default."""
    worker_lifetime_s: Annotated[DurationOrInfinite, Field(ge=60.0)] | None = None
    """A worker process is replaced by a new one after this time, where the product has any; None: as its row says."""
    clock_offset_s: Duration = 0.0
    """Its clock minus true time; only its certificate checks see it."""
    os_hotfix: bool | None = None
    """Its Windows has the hotfix for general IPsec policies; None: as its product's row says."""


class CertificateAuthority(Spec):
    """A certification authority: of the enterprise, or a third party's."""

    kind: Literal["certificate_authority"]
    type: Literal["enterprise", "third_party"] = "enterprise"
    """Whose it is; the root of a third party comes with many products (preinstalled_roots)."""
    chain_length: Literal[2, 3] = 2
    """Certificates in a path: 2, the root issues itself; 3, an issuing CA below it does."""
    key: Key | None = None
    """Kind of its key; None: as crypto.key."""
    brand: Literal["lets_encrypt", "sectigo", "digicert", "other"] | None = None
    """A public authority: what it issues follows the rules of the day of issue (docs/certificates.md); None: it is
    bound by none.
    """
    not_before_s: Instant | None = None
    """Begin of its root's validity; None: a day before the epoch."""
    validity_s: Annotated[Duration, Field(gt=0.0, le=100 * units.YEAR_S)] | None = None
    """Length of its root's validity, instead of not_after; None: 20 years (ours)."""
    not_after_s: Instant | None = None
    """End of its root's validity."""
    approval: Literal["automatic", "verified"] = "automatic"
    """verified: a request that names another host of the deployment is refused."""
    poses_as: str | None = None
    """Another authority, in whose name it issues without having that one's key: a forger."""

    @field_validator("not_after_s")
    @classmethod
    def _one_end(cls, not_after_s: float | None, info: ValidationInfo) -> float | None:
        if not_after_s is not None and info.data.get("validity_s") is not None:
            raise ValueError("give validity or not_after, not both (null removes an inherited key)")
        return not_after_s

    @field_validator("poses_as")
    @classmethod
    def _as_a_root(cls, poses_as: str | None, info: ValidationInfo) -> str | None:
        if poses_as is not None and info.data.get("chain_length") != 2:
            raise ValueError("a forger has no issuing CA: leave chain_length out")
        return poses_as

    def root_validity_s(self) -> tuple[float, float]:
        """(notBefore, notAfter) of its root, s since the epoch."""
        begin_s = -ROOT_BACKDATED_S if self.not_before_s is None else self.not_before_s
        if self.not_after_s is not None:
            return begin_s, self.not_after_s
        return begin_s, begin_s + (self.validity_s or ROOT_VALIDITY_S)


class HubTransport(_Host):
    """The Exchange role that takes recorded messages over SMTP."""

    kind: Literal["hub_transport"]
    domain_member: bool = True
    """Group Policy reaches it."""
    cores: Cores = 4
    """CPU cores."""
    cpu_scale: Scale = 1.0
    """CPU time of all its work over that on the cost profile's machine: 2 for one half as fast."""
    tls_workers: Workers = 1
    """Processes that accept TLS connections, each with ticket keys of its own: only the one that began a session
    resumes it.
    """
    slots: int = Field(default=20, ge=1, le=1_000_000)
    """Messages it takes at once (ours)."""
    clock_offset_s: Duration = 0.0
    """Its clock minus true time; only its certificate checks see it."""


class Attacker(_Host):
    """A host that floods others when the timeline says so."""

    kind: Literal["attacker"]
    listed: bool = False
    """An insider: the directory has it as a UM IP gateway."""


class Eavesdropper(Spec):
    """Somebody on the wire who listens; what could be overheard or taken over is counted, and no call is changed."""

    kind: Literal["eavesdropper"]
    taps: tuple[tuple[str, str], ...] = Field(min_length=1)
    """The links that it listens on, each an IP gateway and a UM server or the Client Access server whose call router
    redirects to it, or a UM server and its Hub Transport.
    """
    within_site: bool = False
    """It listens within a site, before the routers: IPsec in tunnel mode hides nothing from it."""
    on_path: bool = False
    """It can alter what passes as well, and so take over or end a session whose signalling is in clear."""


class ClientAccess(_Host):
    """The Exchange role that asks UM servers for Play on Phone, and whose UM call router redirects calls to those whose
    product has one; its own load is not modelled.
    """

    kind: Literal["client_access"]
    connections: ConnectionsField = Connections()
    """Towards the UM servers."""
    um_startup_mode: StartupMode | None = None
    """UMStartupMode of its UM call router (Set-UMCallRouterSettings); None: the default of the UM server's product."""
    clock_offset_s: Duration = 0.0
    """Its clock minus true time; only its certificate checks see it."""


class Mailbox(Spec):
    """The Exchange role that holds mailboxes and greetings; UM servers need one, where the scenario has any."""

    kind: Literal["mailbox"]
    protection: Literal["rpc_kerberos", "none"] | None = None
    """Of the traffic with UM servers and Hub Transport; None: as the scenario's product."""


class DomainController(Spec):
    """The directory that maps extensions to users; UM servers need one, where the scenario has any."""

    kind: Literal["domain_controller"]
    protection: Literal["ldap_signed", "none"] | None = None
    """Of the traffic with UM servers; None: as the scenario's product."""


Node = Annotated[
    Pbx
    | IpGateway
    | UmServer
    | CertificateAuthority
    | HubTransport
    | Attacker
    | Eavesdropper
    | ClientAccess
    | Mailbox
    | DomainController,
    Field(discriminator="kind"),
]


class Link(Spec):
    """A declared link, the same both ways; pairs without one share a LAN."""

    between: tuple[str, str]
    """The two nodes."""
    latency_s: Duration = Field(ge=0.0, le=10.0)
    """One-way delay."""
    bandwidth_bps: DataRate = Field(gt=0.0, le=1e12)
    """Bandwidth in each direction."""
    ipsec: Literal["passes", "blocked"] = "passes"
    """Whether what is on the way lets ESP through: a packet filter or an address translator may not."""


def cpu_scale(node: Node) -> float:
    """What a node's work takes over that on the cost profile's machine; 1 for kinds whose work has no scale."""
    return float(getattr(node, "cpu_scale", 1.0))
