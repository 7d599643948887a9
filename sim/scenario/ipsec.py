"""IPsec policies: between which computers it protects what passes, and what is done where it cannot."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias, get_args

from pydantic import Field

from sim.scenario.fields import Spec

ANY: Final = "any"
"""Every other node, in ``between``."""


Encryption: TypeAlias = Literal["des", "3des", "aes128", "aes256"]
"""Of ESP, by the names that policies give them; only that both ends have one in common matters."""


Signalling: TypeAlias = Literal["sip", "sip_tls"]
"""Kinds of signalling that a policy can block: SIP over TCP (5060), and over TLS (5061)."""


class IpsecPolicy(Spec):
    """An IPsec policy (ESP). One that names both nodes comes before one that names any."""

    between: tuple[str, str]
    """The two nodes; any for one of them makes it a general policy of the other."""
    mode: Literal["transport", "tunnel"] = "transport"
    """From node to node, or between the routers of their two sites, which hides nothing within a site."""
    demand: Literal["require", "request", "permit"] = "require"
    """What is done where the other end cannot: refuse to talk, or talk in clear; permit: nothing is negotiated."""
    blocks: tuple[Signalling, ...] = ()
    """Signalling that it lets nobody send or receive."""
    authentication: Literal["certificate", "kerberos", "shared_key"] = "kerberos"
    """How the ends know each other; certificates are judged like those of TLS, but for names and usages."""
    exclude: tuple[str, ...] = ()
    """Nodes that the policy does not cover."""
    one_sided: str | None = None
    """The only node that has the policy; None: both have it."""
    encryption: dict[str, Annotated[tuple[Encryption, ...], Field(min_length=1)]] = Field(default_factory=dict)
    """What a node's policy accepts; not given: everything. Ends without a common one cannot protect anything."""

    @property
    def general(self) -> bool:
        """Whether it covers every peer of one node."""
        return ANY in self.between

    def agreed(self, near: str, far: str) -> bool:
        """Whether two ends accept a common encryption."""
        kinds: tuple[Encryption, ...] = get_args(Encryption)
        return bool(set(self.encryption.get(near, kinds)) & set(self.encryption.get(far, kinds)))

    @property
    def negotiates(self) -> bool:
        """Whether its two nodes themselves protect what passes between them, or refuse it."""
        return self.mode == "transport" and self.demand != "permit"

    def covers(self, near: str, far: str) -> bool:
        """Whether it is about what passes between two nodes."""
        pair, named = {near, far}, {name for name in self.between if name != ANY}
        return (named <= pair if self.general else named == pair) and not pair & set(self.exclude)


def policy_between(policies: tuple[IpsecPolicy, ...], near: str, far: str) -> IpsecPolicy | None:
    """The policy that counts between two nodes: the first that names both, else the first general one."""
    covering = [policy for policy in policies if policy.covers(near, far)]
    return next((policy for policy in covering if not policy.general), covering[0] if covering else None)


def blocks(policies: tuple[IpsecPolicy, ...], near: str, far: str, *, secured: bool) -> bool:
    """Whether the policy between two nodes blocks SIP between them, over TLS or without."""
    policy, kind = policy_between(policies, near, far), "sip_tls" if secured else "sip"
    return policy is not None and kind in policy.blocks


def tunnelled(policies: tuple[IpsecPolicy, ...], near: str, far: str) -> bool:
    """Whether what passes between two nodes is protected on its way from site to site."""
    policy = policy_between(policies, near, far)
    return policy is not None and policy.mode == "tunnel" and policy.demand != "permit"
