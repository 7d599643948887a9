"""The certification authority: it issues, renews and revokes, and publishes its list of revoked certificates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sim.nodes.estate import Estate
from sim.nodes.host import Host
from sim.nodes.node import Life, Node
from sim.scenario.certificates import BACKDATED_S, TEMPLATES, CertificateRequest
from sim.scenario.nodes import CertificateAuthority
from sim.security.authority import Authority, Credential

ROOT_VALIDITY = timedelta(days=20 * 365)
CRL_PERIOD_S, CRL_LIFETIME = 7 * 86_400.0, timedelta(days=8)
"""A list of revoked certificates is published once a week and holds a day longer (ours)."""


@dataclass(frozen=True)
class Issue:
    """A request: a certificate for ``host`` as ``spec`` says, valid from ``not_before_s`` to ``not_after_s``."""

    host: Host
    spec: CertificateRequest
    validity_s: tuple[float, float]


@dataclass(frozen=True)
class Revoke:
    """A request: this certificate is no longer to be trusted."""

    credential: Credential


class CertificateAuthorityNode(Node):
    """An enterprise certification authority. Requests wait while it is down.

    A list of revoked certificates is published from the first revocation on: an empty one would change no verdict
    while the authority is up.
    """

    def __init__(self, name: str, estate: Estate) -> None:
        super().__init__(name, estate)
        spec = estate.scenario.nodes[name]
        assert isinstance(spec, CertificateAuthority)
        begin = estate.scenario.run.epoch - timedelta(seconds=BACKDATED_S)
        seed, key = estate.scenario.run.seed, spec.key or estate.scenario.crypto.key
        self.authority = Authority(name, seed, key, begin, begin + ROOT_VALIDITY)
        self._requests: list[Issue | Revoke] = []
        self._generations: dict[str, int] = {}
        self._publishes = False

    def life(self) -> Life:
        """Serves the requests as they come."""
        self.start()
        self.estate.note(
            self.name,
            "service_started",
            f"certification authority {self.authority.certificate.subject.rfc4514_string()}",
        )
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
        generation = self._generations.get(host.name, 0)
        self._generations[host.name] = generation + 1
        credential = self.authority.issue(
            host.fqdn,
            spec.san if spec.san is not None else (host.fqdn,),
            TEMPLATES[spec.template],
            estate.instant(request.validity_s[0]),
            estate.instant(request.validity_s[1]),
            spec.key or estate.scenario.crypto.key,
            generation,
        )
        host.install(credential)

    def _revoke(self, request: Revoke) -> None:
        self.authority.revoke(request.credential, self.estate.instant(self.estate.now))
        self.estate.note(
            self.name, "certificate_revoked", f"certificate {request.credential.serial} was revoked", level="warning"
        )
        if self._publishes:
            self._publish()
        else:
            self._publishes = True
            self.estate.clock.process(self._publish_weekly())

    def _publish_weekly(self) -> Life:
        while True:
            if self.up:
                self._publish()
                self.estate.reconsider()
            yield self.estate.clock.timeout(CRL_PERIOD_S)

    def _publish(self) -> None:
        """Every host that trusts the authority has the new list at once (ours)."""
        crl = self.authority.crl(self.estate.instant(self.estate.now), CRL_LIFETIME)
        root = self.authority.certificate
        for host in self.estate.nodes.values():
            if isinstance(host, Host) and root in host.roots:
                host.crls[root.subject.rfc4514_string()] = crl
