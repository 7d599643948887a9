"""Who holds which certificate and trusts whom: the scenario's ``certificates:`` carried out by requests to the CAs."""

from __future__ import annotations

from sim.nodes.certificate_authority import CertificateAuthorityNode, Issue
from sim.nodes.estate import Estate
from sim.nodes.host import Host
from sim.nodes.node import Life
from sim.scenario import products
from sim.scenario.certificates import CertificateRequest, CertificateSpec
from sim.scenario.preinstalled import comes_with_roots
from sim.security import authority
from sim.security.credential import Certificate, Credential


def deploy(estate: Estate) -> None:
    """Hand out every certificate that the scenario asks for, each at its time.

    See ``Scenario.certificates_of``.
    """
    authorities = _authorities(estate)
    sold = [each for each in authorities.values() if each.spec.type == "third_party" and each.spec.poses_as is None]
    for name, node in estate.nodes.items():
        if isinstance(node, Host) and comes_with_roots(estate.scenario, name):
            node.roots += [each.root.certificate for each in sold]
    for name, node in estate.nodes.items():
        if not isinstance(node, Host):
            continue
        for spec in estate.scenario.certificates_of(name):
            if spec.installed_at_s <= 0.0:
                provide(estate, node, spec)
            else:
                estate.clock.process(_later(estate, node, spec))


def _later(estate: Estate, host: Host, spec: CertificateSpec) -> Life:
    yield estate.clock.at(spec.installed_at_s)
    provide(estate, host, spec)
    estate.reconsider()


def provide(estate: Estate, host: Host, spec: CertificateRequest) -> None:
    """Get a certificate for a host as ``spec`` says, and let those trust its issuer who should."""
    host.request = spec
    if spec.issuer == "self":
        credential = sign_itself(estate, host, spec)
        trust_root(estate, credential.certificate, spec.trusted_by)
        return
    authorities = _authorities(estate)
    issuer = authorities[spec.issuer] if spec.issuer else next(iter(authorities.values()))
    trust_root(estate, issuer.root.certificate, spec.trusted_by)
    issuer.ask(Issue(host, spec, spec.validity_period_s(estate.now)))


def issuer_of(estate: Estate, credential: Credential) -> CertificateAuthorityNode:
    """The CA that issued a certificate."""
    issuer = credential.certificate.issuer
    honest = [node for node in _authorities(estate).values() if node.spec.poses_as is None]
    return next(node for node in honest if node.authority.certificate.subject == issuer)


def _authorities(estate: Estate) -> dict[str, CertificateAuthorityNode]:
    return {name: node for name, node in estate.nodes.items() if isinstance(node, CertificateAuthorityNode)}


def trust_root(estate: Estate, root: Certificate, on: str | tuple[str, ...]) -> None:
    """The named hosts (or all) import a root, each by hand."""
    for name, node in estate.nodes.items():
        if isinstance(node, Host) and (on == "all" or name in on) and node.trust(root):
            estate.log.acted(estate.now, name, "import", kind_of(estate, root))


def publish_root(estate: Estate, authority: CertificateAuthorityNode) -> None:
    """Group Policy puts an authority's root on every member of the domain: one action, however many there are."""
    estate.log.acted(estate.now, authority.name, "publish", authority.spec.type)
    for name, node in estate.nodes.items():
        if isinstance(node, Host) and getattr(estate.scenario.nodes[name], "domain_member", False):
            node.trust(authority.root.certificate)


def distrust_root(estate: Estate, root: Certificate, on: str | tuple[str, ...]) -> None:
    """The named hosts (or all) remove a root, each by hand."""
    for name, node in estate.nodes.items():
        if isinstance(node, Host) and (on == "all" or name in on) and node.distrust(root):
            estate.log.acted(estate.now, name, "remove", kind_of(estate, root))


def kind_of(estate: Estate, certificate: Certificate) -> str:
    """The kind of a certificate or root (vocabulary.CERTIFICATE_KINDS), by the authority that issued it."""
    for node in _authorities(estate).values():
        if certificate.issuer in {node.root.certificate.subject, node.authority.certificate.subject}:
            return node.spec.type
    return "self_signed"


def sign_itself(estate: Estate, host: Host, spec: CertificateRequest, *, by_hand: bool = True) -> Credential:
    """A host makes and installs a self-signed certificate as ``spec`` says."""
    product = products.product(estate.directory.products.get(host.name, estate.scenario.product))
    begin_s, end_s = spec.validity_period_s(estate.now, product.self_signed_validity_s)
    credential = authority.self_signed(
        host.fqdn,
        estate.scenario.run.seed,
        spec.san if spec.san is not None else (host.fqdn,),
        spec.key or estate.scenario.crypto.key,
        estate.instant(begin_s),
        estate.instant(end_s),
        sum(each.self_signed for each in host.own),
    )
    host.install(credential, "self_signed" if by_hand else "")
    return credential
