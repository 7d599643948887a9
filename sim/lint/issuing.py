"""What a certificate will be, on paper: its usages, names, time and faults, beside ``ledger`` that holds it."""

from __future__ import annotations

from math import inf

from sim.lint.holdings import Held
from sim.scenario.certificates import TEMPLATES, CertificateRequest
from sim.scenario.nodes import ISSUING_VALIDITY_S, CertificateAuthority
from sim.scenario.public_authorities import issued
from sim.scenario.schema import Scenario


def issue(scenario: Scenario, host: str, spec: CertificateRequest, root: str, time_s: tuple[float, float]) -> Held:
    """What ``root`` makes of a host's request; a root that is no authority is the certificate itself.

    ``time_s`` is when, and for how long unless the request says so.
    """
    now_s, validity_s = time_s
    authority = scenario.nodes.get(root)
    authority = authority if isinstance(authority, CertificateAuthority) else None
    asked = TEMPLATES[spec.template].usages if authority else ("serverAuth",)
    usages, period_s = issued(scenario, root, asked, spec.validity_period_s(now_s, validity_s), now_s)
    return Held(
        host,
        root,
        authority is None,
        usages,
        spec.san if spec.san is not None else (scenario.nodes[host].fqdn,),  # type: ignore[union-attr]
        spec.key or scenario.crypto.key,
        *period_s,
        path_s=_path_s(authority) if authority else (-inf, inf),
        faults=_faults(authority, spec),
    )


def _path_s(authority: CertificateAuthority) -> tuple[float, float]:
    """The validity that a root and its issuing CA share."""
    begin_s, end_s = authority.root_validity_s()
    return begin_s, min(end_s, begin_s + ISSUING_VALIDITY_S) if authority.chain_length > 2 else end_s


def _faults(authority: CertificateAuthority | None, spec: CertificateRequest) -> frozenset[str]:
    """A chain that is not sent is missing only where there is an issuing CA."""
    chain = "sent" if authority is None or authority.chain_length == 2 else spec.chain
    return frozenset({spec.private_key, chain, spec.defect} & {"absent", "missing", "altered"})  # type: ignore[arg-type]
