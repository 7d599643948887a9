"""The rule over certificates on which two verifiers differ: what one product accepts, another may refuse.

No certificate is issued before a run. So a specimen is made of the same shape, and both verifiers are asked of it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from sim.lint.finding import Found, listed
from sim.lint.holdings import Held, fqdn
from sim.lint.refusals import Facts, Link, secured
from sim.lint.verification import demands
from sim.scenario.nodes import CertificateAuthority
from sim.security.authority import Authority, self_signed
from sim.security.credential import Certificate, Credential
from sim.security.policies import RSA_KINDS
from sim.security.second_opinion import Opinion, openssl_opinion, opinion
from sim.security.trust import EndPoint

_SEED: Final = 0
_BEGIN: Final = datetime(2024, 1, 1, tzinfo=UTC)
_VALIDITY: Final = _BEGIN, _BEGIN + timedelta(days=365)
_AT: Final = _BEGIN + timedelta(days=1)
_HOLDER: Final = "holder.example.com"


class _Shape(NamedTuple):
    """All of a certificate and its verifier that can part the two: ``authority`` are the kind of an authority's key and
    the length of a path, None for a self-signed certificate; ``demands`` are the verifier's.
    """

    key: str
    authority: tuple[str, int] | None
    usages: tuple[str, ...]
    san: tuple[str, ...]
    fqdn: str
    demands: tuple[str, ...]


class _Use(NamedTuple):
    """A certificate that a verifier is shown."""

    held: Held
    verifier: str
    demands: tuple[str, ...]


def interoperability(facts: Facts) -> Iterator[Found]:
    """OpenSSL, by which a run judges, and a second verifier differ on a certificate in use."""
    groups: dict[tuple[str, Opinion, Opinion], dict[_Use, float]] = {}
    for use, at_s in _uses(facts).items():
        first, second = _opinions(_shape(facts, use))
        if first.accepted != second.accepted:
            groups.setdefault((use.held.root, first, second), {})[use] = at_s
    for (_, first, second), uses in groups.items():
        holders = tuple(sorted({use.held.holder for use in uses}))
        verifiers = tuple(sorted({use.verifier for use in uses}))
        refused = second if first.accepted else first
        said = ("accepts", "refuses") if first.accepted else ("refuses", "accepts")
        clause = f" ({refused.clause})" if refused.clause else ""
        yield Found(
            tuple(dict.fromkeys((*holders, *verifiers))),
            min(uses.values()),
            f"certificate of {listed(holders)}, shown to {listed(verifiers)}: OpenSSL, by which a run judges, "
            f"{said[0]} it, a second verifier {said[1]} it: {refused.why}{clause}",
            "issue it so that both accept it, or try it on each product that is to verify it",
        )


def _uses(facts: Facts) -> dict[_Use, float]:
    """Every certificate that an end shows to another on a secured connection, and since when."""
    first_s: dict[_Use, float] = {}
    for link in facts.links:
        for at_s in _changes(facts, link):
            if secured(facts.held, link, at_s):
                for verifier, peer in ((link.client, link.server), (link.server, link.client)):
                    held = facts.held.in_use(peer, at_s)
                    if held is not None:
                        wanted = demands(facts.held, verifier, at_s, as_client=verifier == link.client)
                        first_s.setdefault(_Use(held, verifier, wanted), at_s)
    return first_s


def _changes(facts: Facts, link: Link) -> list[float]:
    """The instants at which a connection becomes a secured one, or another certificate is shown on it."""
    shown = {at_s for end in (link.client, link.server) for at_s, _ in facts.held.used[end]}
    return sorted({0.0} | shown | facts.held.reconfigured())


def _shape(facts: Facts, use: _Use) -> _Shape:
    """The shape of a certificate. A holder that is named by its FQDN alone, or not at all, stands for all such."""
    held, name = use.held, fqdn(facts.scenario, use.held.holder)
    san = held.san
    if san in ((), (name,)):
        name, san = _HOLDER, (_HOLDER,) * len(san)
    authority = None
    if not held.self_signed:
        node = facts.scenario.nodes[held.root]
        assert isinstance(node, CertificateAuthority)
        authority = _kind(node.key or facts.scenario.crypto.key), node.chain_length
    return _Shape(_kind(held.key), authority, held.usages, san, name, use.demands)


def _kind(key: str) -> str:
    """The kind of a specimen's key. P-256 stands for RSA, which takes long to find: both verifiers take the two alike
    (tests compare them).
    """
    return "p-256" if key in RSA_KINDS else key


@functools.cache
def _opinions(shape: _Shape) -> tuple[Opinion, Opinion]:
    """OpenSSL's and the second verifier's opinion of a specimen that is trusted and valid."""
    root, specimen = _specimen(shape)
    verifier = EndPoint(None, (root,), demands=shape.demands, expected_name=shape.fqdn)
    return openssl_opinion(verifier, specimen, _AT), opinion(verifier, specimen, _AT)


def _specimen(shape: _Shape) -> tuple[Certificate, Credential]:
    """The anchor and a certificate of a shape. What it is called is in its SAN, if it has one."""
    if shape.authority is None:
        own = self_signed(_HOLDER, _SEED, shape.san, shape.key, *_VALIDITY)
        return own.certificate, own
    key, length = shape.authority
    root = issuing = Authority("specimen root", _SEED, key, *_VALIDITY)
    if length > 2:
        issuing = Authority("specimen issuing CA", _SEED, key, *_VALIDITY, root)
    return root.certificate, issuing.issue(_HOLDER, shape.san, shape.usages, *_VALIDITY, shape.key)
