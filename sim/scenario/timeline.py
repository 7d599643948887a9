"""What happens when: the events of a scenario's timeline."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal, get_args

from pydantic import Field, ValidationInfo, field_validator, model_validator

from sim import units
from sim.scenario.administration import AdminAttack, Administer
from sim.scenario.certificates import CertificateRequest
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
from sim.scenario.fields import Duration, Instant, Rate, Spec

FloodKind = Literal[
    "tcp_connect", "tls_no_certificate", "tls_untrusted_certificate", "tls_valid_certificate", "sip_invite"
]


class InstallCertificate(CertificateRequest):
    """Puts a new certificate with its private key into a node's store; used from the next restart on."""

    name: ClassVar[Literal["install_certificate"]] = "install_certificate"
    node: str
    """Where."""


class RenewCertificate(Spec):
    """Issues a successor of the certificate in use, with the same names and template, into the node's store."""

    name: ClassVar[Literal["renew_certificate"]] = "renew_certificate"
    node: str
    """Whose."""
    validity_s: Annotated[Duration, Field(gt=0.0, le=100 * units.YEAR_S)] | None = None
    """Length of validity; None: as for a new certificate."""
    not_after_s: Instant | None = None
    """End of validity, instead of validity."""

    @field_validator("not_after_s")
    @classmethod
    def _one_end(cls, not_after_s: float | None, info: ValidationInfo) -> float | None:
        if not_after_s is not None and info.data.get("validity_s") is not None:
            raise ValueError("give validity or not_after, not both")
        return not_after_s


class RevokeCertificate(Spec):
    """The issuer puts the node's certificate in use on its CRL; of an authority with a chain of 3, its issuing CA's."""

    name: ClassVar[Literal["revoke_certificate"]] = "revoke_certificate"
    node: str
    """Whose."""


class TrustCertificate(Spec):
    """Nodes import another node's certificate, or its root, into their trusted roots."""

    name: ClassVar[Literal["trust_certificate"]] = "trust_certificate"
    certificate_of: str
    """A node with a certificate, or a certification authority."""
    on: Literal["all"] | tuple[str, ...] = "all"
    """Nodes that import it."""
    what: Literal["root", "certificate"] = "root"
    """certificate: the one in use itself, which is a root only where it is self-signed."""


class DistrustCertificate(Spec):
    """Nodes remove a node's self-signed certificates, or an authority's root, from their trusted roots."""

    name: ClassVar[Literal["distrust_certificate"]] = "distrust_certificate"
    certificate_of: str
    """A node with a self-signed certificate, or a certification authority."""
    on: Literal["all"] | tuple[str, ...] = "all"
    """Nodes that remove it."""


class GroupPolicy(Spec):
    """Group Policy puts an authority's root into the store of every member of the domain, at once (ours)."""

    name: ClassVar[Literal["group_policy"]] = "group_policy"
    root_of: str
    """The certification authority."""


class GenerateRequest(CertificateRequest):
    """A node makes a key and a request for a certificate (its dates count from when it is issued)."""

    name: ClassVar[Literal["generate_request"]] = "generate_request"
    node: str
    """Which."""


class IssueCertificate(Spec):
    """The authority answers a node's latest request; the certificate has yet to be installed."""

    name: ClassVar[Literal["issue_certificate"]] = "issue_certificate"
    node: str
    """Whose request."""


class InstallIssued(Spec):
    """Puts the certificate that was issued to a node into a store; used from the next restart on."""

    name: ClassVar[Literal["install_issued"]] = "install_issued"
    node: str
    """Whose request it answers."""
    on: str | None = None
    """Where; None: on that node, elsewhere its key is missing."""


class ExportCertificate(Spec):
    """Nodes import a certificate that another one exports as a trusted root."""

    name: ClassVar[Literal["export_certificate"]] = "export_certificate"
    node: str
    """Who exports."""
    thumbprint: str = "newest"
    """Which: newest, in_use, or its SHA-1 hash in hex."""
    on: Literal["all"] | tuple[str, ...] = "all"
    """Nodes that import it."""


class RestartService(Spec):
    """Restarts a node's service: it chooses its certificate anew and drops its connections."""

    name: ClassVar[Literal["restart_service"]] = "restart_service"
    node: str
    """Which."""


class NodeDown(Spec):
    """A node fails: its calls and connections are lost."""

    name: ClassVar[Literal["node_down"]] = "node_down"
    node: str
    """Which."""
    for_s: Annotated[Duration, Field(gt=0.0)] | None = None
    """Comes back after this time; None: with node_up, or never."""


class NodeUp(Spec):
    """A failed node comes back."""

    name: ClassVar[Literal["node_up"]] = "node_up"
    node: str
    """Which."""


class FloodStart(Spec):
    """An attacker begins to open connections to a UM server at a steady rate."""

    name: ClassVar[Literal["flood_start"]] = "flood_start"
    attacker: str
    """Who."""
    target: str
    """The UM server."""
    kind: FloodKind
    """How far each attempt goes."""
    rate_per_s: Rate = Field(gt=0.0, le=1e6)
    """Attempts per time."""
    hold_s: Annotated[Duration, Field(ge=0.0, le=86_400.0)] = 0.0
    """How long it holds a connection that was accepted."""
    spoofs: str = ""
    """An IP gateway whose address it uses for sip_invite; not given: its own."""


class FloodStop(Spec):
    """An attacker stops."""

    name: ClassVar[Literal["flood_stop"]] = "flood_stop"
    attacker: str
    """Who."""


class ReloadCertificate(Spec):
    """A node's service takes the best certificate of its store without a restart; open connections stay."""

    name: ClassVar[Literal["reload_certificate"]] = "reload_certificate"
    node: str
    """Which."""


Event = (
    SetUmDialPlan
    | InstallCertificate
    | RenewCertificate
    | RevokeCertificate
    | TrustCertificate
    | RestartService
    | NodeDown
    | NodeUp
    | FloodStart
    | FloodStop
    | Iisreset
    | AddUmServer
    | RemoveUmServer
    | GetUmDialPlan
    | EditRecyclerConfig
    | TestUmConnectivity
    | UpgradeUmServer
    | ReloadCertificate
    | DistrustCertificate
    | GroupPolicy
    | GenerateRequest
    | IssueCertificate
    | InstallIssued
    | ExportCertificate
    | NewUmIpGateway
    | RemoveUmIpGateway
    | SetUmIpGateway
    | Administer
    | AdminAttack
    | SetUmServer
    | NewUmHuntGroup
    | RemoveUmHuntGroup
    | NewUmDialPlan
)


class TimelineEntry(Spec):
    """One event at one instant; exactly one of the keys beside ``at``."""

    at_s: Instant = Field(ge=0.0)
    """When: a duration since the epoch, or a date and time."""
    set_um_dial_plan: SetUmDialPlan | None = None
    install_certificate: InstallCertificate | None = None
    renew_certificate: RenewCertificate | None = None
    revoke_certificate: RevokeCertificate | None = None
    trust_certificate: TrustCertificate | None = None
    restart_service: RestartService | None = None
    node_down: NodeDown | None = None
    node_up: NodeUp | None = None
    flood_start: FloodStart | None = None
    flood_stop: FloodStop | None = None
    iisreset: Iisreset | None = None
    add_um_server: AddUmServer | None = None
    remove_um_server: RemoveUmServer | None = None
    get_um_dial_plan: GetUmDialPlan | None = None
    edit_recycler_config: EditRecyclerConfig | None = None
    test_um_connectivity: TestUmConnectivity | None = None
    upgrade_um_server: UpgradeUmServer | None = None
    reload_certificate: ReloadCertificate | None = None
    distrust_certificate: DistrustCertificate | None = None
    group_policy: GroupPolicy | None = None
    generate_request: GenerateRequest | None = None
    issue_certificate: IssueCertificate | None = None
    install_issued: InstallIssued | None = None
    export_certificate: ExportCertificate | None = None
    new_um_ip_gateway: NewUmIpGateway | None = None
    remove_um_ip_gateway: RemoveUmIpGateway | None = None
    set_um_ip_gateway: SetUmIpGateway | None = None
    administer: Administer | None = None
    admin_attack: AdminAttack | None = None
    set_um_server: SetUmServer | None = None
    new_um_hunt_group: NewUmHuntGroup | None = None
    remove_um_hunt_group: RemoveUmHuntGroup | None = None
    new_um_dial_plan: NewUmDialPlan | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> TimelineEntry:
        if len(self._events()) != 1:
            raise ValueError("needs exactly one event beside 'at'")
        return self

    @property
    def event(self) -> Event:
        """What happens."""
        return self._events()[0]

    def _events(self) -> list[Event]:
        given = [getattr(self, event.name) for event in EVENTS]
        return [event for event in given if event is not None]


EVENTS: Final = get_args(Event)
"""Every class of event, in the order in which TimelineEntry lists them."""
