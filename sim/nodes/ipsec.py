"""Whether IPsec protects what passes between two nodes now, and what becomes of them where it cannot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

from sim.nodes.estate import Estate
from sim.nodes.host import Host
from sim.scenario import products
from sim.scenario.ipsec import IpsecPolicy, policy_between
from sim.scenario.ipsec_ends import row, unable_ends
from sim.scenario.nodes import IpGateway, UmServer
from sim.security.ipsec_cost import ipsec_s_per_s
from sim.security.policies import POLICIES
from sim.security.trust import Verdict


@dataclass(frozen=True)
class Association:
    """What IPsec does between two nodes. ``policy`` is None where none covers them; ``refusal`` is why they do not talk
    at all; ``lost`` is the share of sound that the negotiation of a general policy costs; it holds until ``until_s``.
    """

    policy: IpsecPolicy | None = None
    protected: bool = False
    refusal: Verdict | None = None
    lost: float = 0.0
    until_s: float = inf


def associate(estate: Estate, client: Host, server: Host) -> Association:
    """Judge a pair of nodes as things stand."""
    policy = policy_between(estate.scenario.ipsec, client.name, server.name)
    if policy is None or not policy.negotiates:
        return Association(policy)
    lost, until_s = lost_share(estate, policy, client, server), inf
    verdict = _cannot(policy, client, server, estate)
    if verdict is None and policy.authentication == "certificate":
        verdict = _judged(estate, client, server)
        if verdict.valid_until is not None:
            until_s = (verdict.valid_until - estate.scenario.run.epoch).total_seconds()
    if verdict is None or verdict.accepted:
        return Association(policy, protected=True, lost=lost, until_s=until_s)
    if policy.demand == "request":
        return Association(policy, lost=lost, until_s=until_s)
    return Association(policy, refusal=replace(verdict, reason="ipsec_refused"), until_s=until_s)


def _cannot(policy: IpsecPolicy, client: Host, server: Host, estate: Estate) -> Verdict | None:
    """The refusal of a pair of which one end does not support IPsec, or has no policy; None for none."""
    unable = unable_ends(estate.scenario, policy, client.name, server.name)
    if not unable:
        return None
    by = "server" if unable[0] == client.name else "client"
    return Verdict(False, "ipsec_refused", by, 0, "", "", None)


def _judged(estate: Estate, client: Host, server: Host) -> Verdict:
    """The ends' certificates as the key exchange judges them: by trust and validity, not by names, usages or TLS."""
    ends = (client.end_point(server, as_client=True), server.end_point(client, as_client=False))
    near, far = (replace(end, expected_name=None, demands=(), policy=None) for end in ends)
    return estate.judge.judge(near, far, POLICIES[estate.scenario.crypto.tls], estate.instant(estate.now))


def lost_share(estate: Estate, policy: IpsecPolicy, client: Host, server: Host) -> float:
    """The share of sound lost: a general policy that does not exclude the gateway, on a server without the hotfix."""
    spec, caller = estate.scenario.nodes[server.name], estate.scenario.nodes[client.name]
    if not policy.general or not isinstance(spec, UmServer) or not isinstance(caller, IpGateway):
        return 0.0
    product = products.product(spec.product)
    hotfix = product.os_hotfix if spec.os_hotfix is None else spec.os_hotfix
    return 0.0 if hotfix else product.ipsec_lost


def cost_s_per_s(estate: Estate, end: Host, association: Association) -> float:
    """CPU seconds that IPsec takes at an end per second of a call, on the profile's machine."""
    if not association.protected:
        return 0.0
    its_row, measured_s = row(estate.scenario, end.name), ipsec_s_per_s(estate.profile)
    return its_row.ipsec_s_per_s if measured_s is None or not its_row.ipsec_s_per_s else measured_s
