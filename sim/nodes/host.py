"""A node with certificates: two stores, the certificate in use, and the connections that it opens."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sim.nodes.estate import Estate
from sim.nodes.node import Node
from sim.scenario.certificates import PRICES, CertificateRequest
from sim.scenario.fields import is_fqdn
from sim.scenario.timeline import GenerateRequest
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
    "Certificates"). ``request`` is what the latest certificate was to be; a renewal repeats it. ``chooses_usage`` is
    what a certificate must be for to be chosen, empty for no matter. ``asked`` and ``issued`` are its latest request
    and the answer to it, which is in no store yet.
    """

    def __init__(self, name: str, estate: Estate) -> None:
        super().__init__(name, estate)
        spec = estate.scenario.nodes[name]
        self.fqdn = str(getattr(spec, "fqdn", ""))
        self.clock_offset_s = float(getattr(spec, "clock_offset_s", 0.0))
        self.tls = estate.scenario.tls_of(name)
        self.decided_by = "tls_stack"
        self.demands_of_client: tuple[str, ...] = ()
        self.demands_of_server: tuple[str, ...] = ()
        self.chooses_usage = "serverAuth"
        self.request = SELF_SIGNED
        self.asked: GenerateRequest | None = None
        self.issued: Credential | None = None
        self.own: list[Credential] = []
        self.roots: list[Certificate] = []
        self.in_use: Credential | None = None

    def install(self, credential: Credential, kind: str = "") -> None:
        """Put a certificate with its key into the node's own store; ``kind`` is empty where nobody did it by hand."""
        self.own.append(credential)
        if kind:
            self.estate.log.acted(self.estate.now, self.name, "install", kind, PRICES[kind].units)
        self.estate.log.issued(self.estate.now, self.name, credential, self.estate.scenario.run.epoch.timestamp())
        self.estate.note(
            self.name,
            "certificate_installed",
            f"certificate {credential.serial} of {credential.issuer}, valid until {_utc(credential.not_after)}",
        )

    def trust(self, root: Certificate) -> bool:
        """Whether a certificate had to be imported into the trusted roots; one that is there already is no import."""
        if root in self.roots:
            return False
        self.roots.append(root)
        self.estate.note(self.name, "root_imported", f"trusts {root.subject.rfc4514_string()} as a root")
        return True

    def distrust(self, root: Certificate) -> bool:
        """Whether there was such a certificate to remove from the trusted roots; connections that are open stay."""
        if root not in self.roots:
            return False
        self.roots.remove(root)
        self.estate.note(self.name, "root_removed", f"trusts {root.subject.rfc4514_string()} no more as a root")
        return True

    def own_time_s(self) -> float:
        """Simulated time by the node's own clock."""
        return self.estate.now + self.clock_offset_s

    def start(self) -> None:
        """Choose a certificate, then take part."""
        self.in_use = choose(self.own, self.estate.instant(self.own_time_s()), self.chooses_usage)
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
