"""Procedures of administrators: requests, what authorities answer, what is installed where, and what is exported."""

from __future__ import annotations

from dataclasses import replace

from sim.nodes.certificate_authority import CertificateAuthorityNode, Issue
from sim.nodes.certificates import kind_of, trust_root
from sim.nodes.estate import Estate
from sim.nodes.host import Host
from sim.scenario import timeline as events


def generate_request(estate: Estate, event: events.GenerateRequest) -> None:
    """A host makes a key and a request for a certificate; nobody has signed anything yet."""
    host = _host(estate, event.node)
    host.asked = host.request = event
    estate.log.acted(estate.now, host.name, "request", _issuer(estate, event).spec.type)
    estate.note(host.name, "request_generated", f"a request for a certificate that names {host.fqdn}")


def issue_certificate(estate: Estate, event: events.IssueCertificate) -> None:
    """The authority answers a host's request; what it issues has yet to be installed."""
    host = _host(estate, event.node)
    if host.asked is None:
        estate.note(host.name, "issue_failed", "there is no request that an authority could answer", level="warning")
        return
    issuer = _issuer(estate, host.asked)
    estate.log.acted(estate.now, host.name, "issue", issuer.spec.type)
    issuer.ask(Issue(host, host.asked, host.asked.validity_period_s(estate.now), installs=False))


def install_issued(estate: Estate, event: events.InstallIssued) -> None:
    """An issued certificate comes into a store: with its key where the request was made, without it elsewhere."""
    source, target = _host(estate, event.node), _host(estate, event.on or event.node)
    if source.issued is None:
        estate.note(target.name, "install_failed", f"nothing was issued to {source.name} yet", level="warning")
        return
    credential = source.issued if target is source else replace(source.issued, key=None)
    target.install(credential, kind_of(estate, credential.certificate))
    estate.reconsider()


def export_certificate(estate: Estate, event: events.ExportCertificate) -> None:
    """A certificate of a host's own store, told by its thumbprint, is imported as a root by others."""
    host = _host(estate, event.node)
    wanted = {"newest": host.own[-1:], "in_use": [host.in_use] if host.in_use else []}
    found = wanted.get(event.thumbprint, [each for each in host.own if each.thumbprint == event.thumbprint.lower()])
    if not found:
        message = f"no certificate of its own has the thumbprint {event.thumbprint}"
        estate.note(host.name, "export_failed", message, level="warning")
        return
    trust_root(estate, found[0].certificate, event.on)
    estate.reconsider()


def _issuer(estate: Estate, request: events.GenerateRequest) -> CertificateAuthorityNode:
    nodes = estate.nodes.items()
    authorities = {name: node for name, node in nodes if isinstance(node, CertificateAuthorityNode)}
    return authorities[request.issuer] if request.issuer else next(iter(authorities.values()))


def _host(estate: Estate, name: str) -> Host:
    node = estate.nodes[name]
    assert isinstance(node, Host)
    return node
