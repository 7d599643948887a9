"""What is wrong with a deployment, as overrides of estates.SMALL: for each rule of the lint a fault and its remedy."""

from __future__ import annotations

from sim.lint.refusals import facts
from sim.scenario.schema import Scenario

TWO_OF_EACH = (
    "nodes.gw2={kind: ip_gateway, channels: 30}",
    "nodes.um2={kind: um_server}",
    "dial_plans.hq.servers=[um1, um2]",
    'dial_plans.hq.hunt_groups=[{pilot: "5000", gateway: gw1}, {pilot: "5000", gateway: gw2}]',
)
EXPIRY = "certificates.um1={not_after: 5 min}"
RENEWAL = "timeline=[{at: 1 min, renew_certificate: {node: um1}}, {at: 2 min, restart_service: {node: um1}}]"
RTM = "product=exchange2007_rtm"
SECOND_PLAN = 'dial_plans.second={servers: [um1], hunt_groups: [{pilot: "6000", gateway: gw1}]}'
LATE = (
    "dial_plans.hq.voip_security=Unsecured",
    "timeline=[{at: 5 min, set_um_dial_plan: {identity: hq, voip_security: SIPSecured}}]",
)
SELF_SIGNED = "certificates={gw1: {issuer: self}, um1: {issuer: self}}"


def trusted_by(hosts: str) -> str:
    """The only authority's root is on these hosts alone."""
    return f"certificates={{{', '.join(f'{holder}: {{trusted_by: [{hosts}]}}' for holder in ('gw1', 'um1', 'hub1'))}}}"


def many_gateways(count: int) -> tuple[str, ...]:
    """So many gateways in the dial plan."""
    groups = ", ".join(f'{{pilot: "5000", gateway: gw{number}}}' for number in range(1, count + 1))
    nodes = tuple(f"nodes.gw{number}={{kind: ip_gateway, channels: 1}}" for number in range(2, count + 1))
    return *nodes, f"dial_plans.hq.hunt_groups=[{groups}]"


TRIGGERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "plan_without_servers": (("dial_plans.hq.servers=[]",), ()),
    "mode_mismatch": (("nodes.gw1.signalling=Secured",), ("nodes.gw1.signalling=SIPSecured",)),
    "gateway_port": (("nodes.gw1.port=5060",), ("nodes.gw1.port=5061",)),
    "mixed_modes": ((RTM, SECOND_PLAN), (SECOND_PLAN,)),
    "server_mode": ((RTM, *LATE), LATE),
    "too_many_gateways": (
        ("product=exchange2013", "nodes.um1.um_startup_mode=TLS", *many_gateways(201)),
        ("product=exchange2013", "nodes.um1.um_startup_mode=TLS", *many_gateways(200)),
    ),
    "gateway_not_listed": (("nodes.gw1.in_directory=false",), ()),
    "protocol_mismatch": (("nodes.gw1.tls=modern",), ("nodes.gw1.tls=teams_direct_routing", "crypto.key=rsa-2048")),
    "no_certificate": (
        ("nodes.ca1=null", "certificates={um1: {issuer: self}}"),
        ("nodes.ca1=null", SELF_SIGNED, "certificates.hub1={issuer: self}"),
    ),
    "root_missing": ((trusted_by("um1, hub1"),), (trusted_by("gw1, um1, hub1"),)),
    "certificate_altered": (("certificates.um1={defect: altered}",), ("certificates.um1={}",)),
    "name_missing": (
        ("certificates.um1={san: [um.example.org]}",),
        ('certificates.um1={san: ["*.example.com"]}',),
    ),
    "usage_refused": (
        ("nodes.gw1.model=dialogic_2000",),
        ("nodes.gw1.model=dialogic_2000", "certificates.um1={template: ComputerV3}"),
    ),
    "certificate_expires": ((EXPIRY,), (EXPIRY, RENEWAL)),
    "certificate_not_yet_valid": (
        ("nodes.gw1.clock_offset=-2 d", "certificates.um1={not_before: -1 d}"),
        (
            "nodes.gw1.clock_offset=-2 d",
            "certificates.um1={not_before: -3 d}",
            "nodes.ca1.not_before=-9 d",
            "certificates.gw1={}",
        ),
    ),
    "ipsec_refused": (
        ("ipsec=[{between: [gw1, um1], one_sided: um1}]", "nodes.gw1.model=generic"),
        ("ipsec=[{between: [gw1, um1]}]", "nodes.gw1.model=generic"),
    ),
    "gateway_without_fqdn": (("nodes.gw1.fqdn=10.0.0.7",), ("nodes.gw1.fqdn=gw1.branch.example.com",)),
    "gateway_administration": (
        ("nodes.gw1.administration={protocol: telnet}",),
        ("nodes.gw1.administration={protocol: ssh}",),
    ),
    "self_signed_between_many": ((SELF_SIGNED,), (SELF_SIGNED, "nodes.hub1=null")),
    "interoperability": (("certificates.um1={san: []}",), ("certificates.um1={san: [um1.example.com]}",)),
    "product_unsupported": (("run.epoch=2017-04-11T00:00:00Z",), ("run.epoch=2017-04-10T00:00:00Z",)),
    "no_fallback": ((), TWO_OF_EACH),
    "unused_node": (("nodes.um2={kind: um_server}",), TWO_OF_EACH),
}
"""Rule -> overrides that trigger it, and overrides that do not."""


def refused_at(scenario: Scenario, client: str, server: str, at_s: float) -> set[str]:
    """The reasons that the lint gives for a connection at an instant."""
    known = [each for each in facts(scenario).refused if each.from_s <= at_s < each.until_s]
    return {each.fault.reason for each in known if (each.fault.client, each.fault.server) == (client, server)}
