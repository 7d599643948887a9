"""What each end of a connection finds wrong with its peer's certificate: as TLS does it, on paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sim.lint.holdings import Held, Holdings, fqdn
from sim.scenario import products
from sim.scenario.fields import is_fqdn
from sim.scenario.nodes import CertificateAuthority, IpGateway, UmServer


def reasons(held: Holdings, verifier: str, peer: str, at_s: float, *, as_client: bool) -> Iterator[str]:
    """Why a verifier refuses what its peer presents."""
    certificate = held.in_use(peer, at_s)
    if certificate is None:
        yield "no_certificate"
        return
    yield from _of_path(held, certificate, verifier, at_s)
    own_time_s = held.own_time_s(verifier, at_s)
    begin_s, end_s = certificate.path_s
    if not certificate.begun(own_time_s) or own_time_s < begin_s:
        yield "certificate_not_yet_valid"
    if certificate.ended(own_time_s) or end_s + 1.0 <= own_time_s:
        yield "certificate_expired"
    name = address(held, verifier, peer, at_s)
    own = fqdn(held.scenario, peer)
    # Without a SAN the common name counts, and that is the FQDN.
    if not is_fqdn(name) or not covers(certificate.san or (own,), name):
        yield "wrong_name"
    if not set(demands(held, verifier, at_s, as_client=as_client)) <= set(certificate.usages):
        yield "wrong_usage"


def _of_path(held: Holdings, certificate: Held, verifier: str, at_s: float) -> Iterator[str]:
    """Why a path to a trusted root is not found, or not believed."""
    node = held.scenario.nodes.get(certificate.root)
    victim = node.poses_as if isinstance(node, CertificateAuthority) else None
    if victim is not None and held.trusts(verifier, victim, at_s):
        yield "bad_signature"
    elif victim is not None or "missing" in certificate.faults or not held.trusts(verifier, certificate.root, at_s):
        yield "untrusted_self_signed" if certificate.self_signed else "untrusted_issuer"
    if "altered" in certificate.faults:
        yield "bad_signature"


def address(held: Holdings, verifier: str, peer: str, at_s: float) -> str:
    """The name by which a host knows a peer: a UM server takes a gateway's from the directory."""
    listed = held.address(verifier, peer, at_s) if verifier in held.listed else None
    return listed or fqdn(held.scenario, peer)


def covers(san: Iterable[str], name: str) -> bool:
    """Whether a SAN names a host. A wildcard stands for one whole label before at least two more (OpenSSL's rule)."""
    _, _, parent = name.lower().partition(".")
    fitting = {name.lower(), f"*.{parent}"} if "." in parent else {name.lower()}
    return any(entry.lower() in fitting for entry in san)


def demands(held: Holdings, verifier: str, at_s: float, *, as_client: bool) -> tuple[str, ...]:
    """The usages that a host demands of its peer's certificate: a row of its product or gateway model."""
    node = held.scenario.nodes[verifier]
    row: products.GatewayModel | products.Product
    if isinstance(node, IpGateway):
        row = products.gateway_model(node.model)
    else:
        served = isinstance(node, UmServer)
        row = products.product(held.serves(verifier, at_s).product if served else held.scenario.product)
    return row.demands_of_server if as_client else row.demands_of_client
