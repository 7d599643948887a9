"""A node with certificates: two stores, the certificate in use, and the connections that it opens."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sim.nodes.estate import Estate
from sim.nodes.node import Node
from sim.scenario.certificates import CertificateRequest
from sim.scenario.fields import is_fqdn
from sim.security.credential import Certificate, Credential
from sim.security.policies import POLICIES
from sim.security.trust import EndPoint, choose

SELF_SIGNED: Final = CertificateRequest(issuer="self", trusted_by=())
"""What a host can make without any authority: a certificate that nobody trusts yet."""


def _utc(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"


class Host(Node):
    """An IP gateway, UM server or Exchange role.

    ``own`` and ``roots`` are its two stores: certificates with their keys, and trusted roots. What is in use was
    chosen when the service started and stays until it starts again; trusted roots count at once (docs/model.md,
    "Certificates"). ``request`` is what the latest certificate was to be; a renewal repeats it.
    """

    def __init__(self, name: str, estate: Estate) -> None:
        super().__init__(name, estate)
        spec = estate.scenario.nodes[name]
        self.fqdn = str(getattr(spec, "fqdn", ""))
        self.clock_offset_s = float(getattr(spec, "clock_offset_s", 0.0))
        self.tls: str = getattr(spec, "tls", None) or estate.scenario.crypto.tls
        self.decided_by = "tls_stack"
        self.demands_of_client: tuple[str, ...] = ()
        self.demands_of_server: tuple[str, ...] = ()
        self.request = SELF_SIGNED
        self.own: list[Credential] = []
        self.roots: list[Certificate] = []
        self.in_use: Credential | None = None

    def install(self, credential: Credential) -> None:
        """Put a certificate with its key into the node's own store."""
        self.own.append(credential)
        self.estate.log.issued(self.estate.now, self.name, credential, self.estate.scenario.run.epoch.timestamp())
        self.estate.note(
            self.name,
            "certificate_installed",
            f"certificate {credential.serial} of {credential.issuer}, valid until {_utc(credential.not_after)}",
        )

    def trust(self, root: Certificate) -> None:
        """Import a certificate into the trusted roots."""
        if root not in self.roots:
            self.roots.append(root)

    def own_time_s(self) -> float:
        """Simulated time by the node's own clock."""
        return self.estate.now + self.clock_offset_s

    def start(self) -> None:
        """Choose a certificate, then take part."""
        self.in_use = choose(self.own, self.estate.instant(self.own_time_s()))
        super().start()

    def reload(self) -> None:
        """Choose a certificate while the service runs; one that is down chooses when it starts."""
        if self.up:
            self.in_use = choose(self.own, self.estate.instant(self.own_time_s())) or self.in_use

    def address_of(self, peer: Host) -> str:
        """The address by which the node knows a peer."""
        return peer.fqdn

    def name_expected(self, peer: Host) -> str:
        """The dNSName that a peer's certificate must have. None stands for an address or a short name (RFC 5280 section
        4.2.1.6; guide, "Configuring Mutual TLS": an FQDN), and none is issued below .invalid (RFC 2606 section 2).
        """
        address = self.address_of(peer)
        return address if not address or is_fqdn(address) else f"{address}.invalid"

    def end_point(self, peer: Host, *, as_client: bool) -> EndPoint:
        """The node as an end of a connection to ``peer``.

        The lists of revoked certificates count that the issuers in the peer's path have published (guide, "Types of
        Certificates": a path is trusted while nothing in it is revoked).
        """
        return EndPoint(
            credential=self.in_use,
            roots=tuple(self.roots),
            crls=self.estate.lists_for(peer.in_use),
            revocation=self.estate.scenario.crypto.revocation,
            demands=self.demands_of_server if as_client else self.demands_of_client,
            expected_name=self.name_expected(peer) or None,
            clock_offset_s=self.clock_offset_s,
            policy=POLICIES[self.tls],
        )
