"""The certification authority: it issues, renews and revokes, and publishes its list of revoked certificates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from sim.nodes.estate import Estate
from sim.nodes.host import Host
from sim.nodes.node import Life, Node
from sim.scenario.certificates import TEMPLATES, CertificateRequest, names_of_others
from sim.scenario.nodes import ISSUING_VALIDITY_S, CertificateAuthority
from sim.scenario.public_authorities import issued
from sim.security.authority import Authority
from sim.security.credential import Certificate, Credential
from sim.security.faults import altered

CRL_PERIOD_S, CRL_LIFETIME = 7 * 86_400.0, timedelta(days=8)
"""A list of revoked certificates is published once a week and holds a day longer (ours)."""


@dataclass(frozen=True)
class Issue:
    """A request: a certificate for ``host`` as ``spec`` says, valid as ``validity_s`` says, and installed there at
    once or later.
    """

    host: Host
    spec: CertificateRequest
    validity_s: tuple[float, float]
    installs: bool = True


@dataclass(frozen=True)
class Revoke:
    """A request: this certificate is no longer to be trusted; None: the issuing CA's own."""

    certificate: Certificate | None


class CertificateAuthorityNode(Node):
    """A certification authority: ``authority`` issues, below the ``root`` or being it. Requests wait while it is down.

    Where ends forgive a missing list of revoked certificates, the first one is published with the first revocation: an
    empty one would change no verdict.
    """

    def __init__(self, name: str, estate: Estate) -> None:
        super().__init__(name, estate)
        spec = estate.scenario.nodes[name]
        assert isinstance(spec, CertificateAuthority)
        self.spec = spec
        begin, end = (estate.instant(at_s) for at_s in spec.root_validity_s())
        seed, key = estate.scenario.run.seed, spec.key or estate.scenario.crypto.key
        self.root = self.authority = Authority(name, seed, key, begin, end, poses_as=self._victim())
        if spec.chain_length > 2:
            issuing_end = begin + timedelta(seconds=ISSUING_VALIDITY_S)
            self.authority = Authority(f"{name} issuing CA", seed, key, begin, issuing_end, self.root)
        self._requests: list[Issue | Revoke] = []
        self._generations: dict[str, int] = {}
        self._publishes = False

    def _victim(self) -> Authority | None:
        """The root in whose name it forges, made again: the same seed and name give the same key."""
        estate = self.estate
        if self.spec.poses_as is None:
            return None
        victim = estate.scenario.nodes[self.spec.poses_as]
        assert isinstance(victim, CertificateAuthority)
        key = victim.key or estate.scenario.crypto.key
        begin, end = (estate.instant(at_s) for at_s in victim.root_validity_s())
        return Authority(self.spec.poses_as, estate.scenario.run.seed, key, begin, end)

    def life(self) -> Life:
        """Serves the requests as they come."""
        self.start()
        self.estate.note(
            self.name,
            "service_started",
            f"certification authority {self.root.certificate.subject.rfc4514_string()}",
        )
        if self.estate.scenario.crypto.revocation == "hard_fail":
            self._begin_publishing()
        while True:
            yield self.wait()
            if self.up and self._requests:
                for request in self._requests:
                    self._serve(request)
                self._requests.clear()
                self.estate.reconsider()

    def ask(self, request: Issue | Revoke) -> None:
        """Hand in a request."""
        self._requests.append(request)
        self.rouse()

    def _serve(self, request: Issue | Revoke) -> None:
        if isinstance(request, Issue):
            self._issue(request)
        else:
            self._revoke(request)

    def _issue(self, request: Issue) -> None:
        host, spec, estate = request.host, request.spec, self.estate
        others = names_of_others(estate.scenario.nodes, host.name, spec) if self.spec.approval == "verified" else ()
        if others:
            message = f"{host.name} asks for a certificate that names {', '.join(others)}: refused"
            estate.note(self.name, "request_denied", message, level="warning")
            return
        generation = self._generations.get(host.name, 0)
        self._generations[host.name] = generation + 1
        asked = TEMPLATES[spec.template].usages
        usages, (begin_s, end_s) = issued(estate.scenario, self.name, asked, request.validity_s, estate.now)
        credential = self.authority.issue(
            host.fqdn,
            spec.san if spec.san is not None else (host.fqdn,),
            usages,
            estate.instant(begin_s),
            estate.instant(end_s),
            spec.key or estate.scenario.crypto.key,
            generation,
        )
        if request.installs:
            host.install(_as_installed(credential, spec), self.spec.type)
            return
        host.issued = _as_installed(credential, spec)
        estate.note(
            self.name, "certificate_issued", f"certificate {credential.serial} for {host.name}, not installed yet"
        )

    def _revoke(self, request: Revoke) -> None:
        certificate, issuer = request.certificate, self.authority
        if certificate is None:
            certificate, issuer = self.authority.certificate, self.root
        issuer.revoke(certificate, self.estate.instant(self.estate.now))
        self.estate.note(
            self.name,
            "certificate_revoked",
            f"certificate {certificate.serial_number:x} of {certificate.subject.rfc4514_string()} was revoked",
            level="warning",
        )
        if self._publishes:
            self._publish()
        else:
            self._begin_publishing()

    def _begin_publishing(self) -> None:
        self._publishes = True
        self.estate.clock.process(self._publish_weekly())

    def _publish_weekly(self) -> Life:
        while True:
            if self.up:
                self._publish()
                self.estate.reconsider()
            yield self.estate.clock.timeout(CRL_PERIOD_S)

    def _publish(self) -> None:
        """Every host has the new lists at once (ours): the root's, and the issuing CA's."""
        now = self.estate.instant(self.estate.now)
        for each in dict.fromkeys((self.root, self.authority)):
            self.estate.lists[each.certificate.subject.rfc4514_string()] = each.crl(now, CRL_LIFETIME)


def _as_installed(credential: Credential, spec: CertificateRequest) -> Credential:
    """What comes into the store: with its faults, where the scenario wants them."""
    certificate = altered(credential.certificate) if spec.defect == "altered" else credential.certificate
    key = credential.key if spec.private_key == "present" else None
    return replace(credential, certificate=certificate, key=key, chain=credential.chain if spec.chain == "sent" else ())
