"""Which certificates the nodes hold, who issued them, who trusts them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationInfo, field_validator

from sim import units
from sim.scenario.fields import Duration, Instant, InstantOrStart, Key, SanName, Spec

Usage = Literal["serverAuth", "clientAuth"]

_GUIDE: Final = 'guide, "UM Dial Plans and VoIP Security in Exchange 2007 RTM", Important'
_CHROME: Final = "Chrome root policy 1.8: public CAs issue for serverAuth alone from 15 March 2027"


@dataclass(frozen=True)
class Template:
    """What a certificate template, or a public CA's profile, says of a certificate's extended key usages."""

    usages: tuple[str, ...]
    source: str


TEMPLATES: Final[dict[str, Template]] = {
    "WebServer": Template(("serverAuth",), _GUIDE),
    "ComputerV3": Template(("serverAuth", "clientAuth"), _GUIDE),
    "PublicServerAndClient": Template(("serverAuth", "clientAuth"), f"{_CHROME}; both were usual before"),
    "PublicServer": Template(("serverAuth",), _CHROME),
    "ClientOnly": Template(("clientAuth",), "RFC 5280 section 4.2.1.12: TLS client authentication alone"),
    "CodeSigning": Template(("codeSigning",), "RFC 5280 section 4.2.1.12: for signing code, not for TLS"),
}
"""By name, as ``template:`` gives it."""


@dataclass(frozen=True)
class Price:
    """What a certificate costs, in units of no particular currency."""

    units: float
    source: str


PRICES: Final = {
    "self_signed": Price(0.0, "guide, 'Self-Signed Certificates': the least expensive method; nothing is bought"),
    "enterprise": Price(10.0, "ours; guide, 'Public Key Infrastructure': less expensive than a third party's"),
    "third_party": Price(200.0, "ours; guide, 'Third-Party Certification Authorities': there is a cost"),
}
"""Of one certificate, by kind (vocabulary.CERTIFICATE_KINDS)."""

BACKDATED_S: Final = 86_400.0
"""A certificate is valid from this long before it is issued, unless its dates are given (ours)."""

VALIDITY_S: Final = 2 * units.YEAR_S
"""Default validity from a certification authority (ours); a self-signed one's is a field of the product."""


class CertificateRequest(Spec):
    """What a certificate is to be."""

    issuer: str | None = None
    """Name of a certification authority, or self; None: the only authority."""
    template: Literal[
        "WebServer", "ComputerV3", "PublicServerAndClient", "PublicServer", "ClientOnly", "CodeSigning"
    ] = "WebServer"
    """Certificate template: decides the extended key usages."""
    key: Key | None = None
    """Kind of key; None: as crypto.key."""
    san: Annotated[tuple[SanName, ...], Field(max_length=100)] | None = None
    """DNS names in the subject alternative name; None: the node's FQDN."""
    not_before_s: Instant | None = None
    """Begin of validity; None: a day before it is issued."""
    validity_s: Annotated[Duration, Field(gt=0.0, le=100 * units.YEAR_S)] | None = None
    """Length of validity, instead of not_after; None: two years, or the product's own for a self-signed one."""
    not_after_s: Instant | None = None
    """End of validity."""
    trusted_by: Literal["all"] | tuple[str, ...] = "all"
    """Nodes with its issuer (or itself, when self-signed) among their trusted roots."""
    private_key: Literal["present", "absent"] = "present"
    """absent: it is installed on a node that did not make the request, and is of no use there."""
    chain: Literal["sent", "missing"] = "sent"
    """missing: the issuing CA's certificate does not come with it."""
    defect: Literal["altered"] | None = None
    """altered: its serial number was changed after it had been signed."""

    @field_validator("defect", "chain")
    @classmethod
    def _issued(cls, fault: str | None, info: ValidationInfo) -> str | None:
        if fault in {"altered", "missing"} and info.data.get("issuer") == "self":
            raise ValueError(f"{fault}: only for a certificate of an authority")
        return fault

    @field_validator("not_after_s")
    @classmethod
    def _after_not_before(cls, not_after_s: float | None, info: ValidationInfo) -> float | None:
        if not_after_s is not None and info.data.get("validity_s") is not None:
            raise ValueError("give validity or not_after, not both (null removes an inherited key)")
        begin_s = info.data.get("not_before_s")
        if not_after_s is not None and begin_s is not None and not_after_s <= begin_s:
            raise ValueError("must be later than not_before")
        return not_after_s

    def validity_period_s(self, issued_s: float, default_validity_s: float = VALIDITY_S) -> tuple[float, float]:
        """(notBefore, notAfter) of this certificate when it is issued at ``issued_s``, s since the epoch."""
        begin_s = issued_s - BACKDATED_S if self.not_before_s is None else self.not_before_s
        if self.not_after_s is not None:
            return begin_s, self.not_after_s
        return begin_s, begin_s + (self.validity_s or default_validity_s)


class CertificateSpec(CertificateRequest):
    """One certificate of one node."""

    installed_at_s: InstantOrStart = -math.inf
    """When it comes into the node's store; not given: it is there from the start."""


def names_of_others(nodes: Mapping[str, object], host: str, spec: CertificateRequest) -> tuple[str, ...]:
    """The names in a request of ``host`` that are the FQDNs of other ``nodes``."""
    others = {str(getattr(node, "fqdn", "")).lower() for name, node in nodes.items() if name != host}
    return tuple(name for name in spec.san or () if name.lower() in others)
