"""TLS policies: which version, cipher suites and groups both ends of a connection offer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from OpenSSL import SSL

from sim.security.keys import KEY_KINDS

RSA_KINDS: Final = tuple(kind for kind in KEY_KINDS if kind.startswith("rsa-"))


@dataclass(frozen=True)
class TlsPolicy:
    """One version of TLS and what is negotiated under it.

    ``cipher_list`` holds for TLS 1.2 and older and carries OpenSSL's security level, ``ciphersuites`` for TLS 1.3.
    ``keys`` are the kinds of key (keys.KEY_KINDS) that a server can authenticate with under it; the suites do not limit
    a client's (measured: OpenSSL takes P-256 beside RSA suites). Round trips are those before the client may send its
    first request, TCP's own not counted.
    """

    name: str
    version: int
    cipher_list: bytes
    ciphersuites: bytes
    groups: bytes
    keys: tuple[str, ...]
    round_trips_full: int
    round_trips_resumed: int
    source: str


_SUITES_13 = b"TLS_AES_128_GCM_SHA256"
_GROUPS = b"X25519:P-256:P-384"  # an EC certificate needs its own curve among the groups of TLS 1.2
_CLASSICAL_KINDS = tuple(kind for kind in KEY_KINDS if not kind.startswith("ml-dsa-"))

POLICIES: Final = {
    policy.name: policy
    for policy in (
        TlsPolicy(
            "exchange2007",
            SSL.TLS1_VERSION,
            b"AES128-SHA:@SECLEVEL=0",
            _SUITES_13,
            _GROUPS,
            RSA_KINDS,
            round_trips_full=2,
            round_trips_resumed=1,
            source="ours: TLS 1.0 with RSA key exchange stands in for the suites of Windows Server 2003 (RC4 or 3DES), "
            "which today's OpenSSL lacks; round trips RFC 2246 section 7.3",
        ),
        TlsPolicy(
            "1.2",
            SSL.TLS1_2_VERSION,
            b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256",
            _SUITES_13,
            _GROUPS,
            _CLASSICAL_KINDS,
            round_trips_full=2,
            round_trips_resumed=1,
            source="suites RFC 9325 section 4.2; groups ours; round trips RFC 5246 section 7.3",
        ),
        TlsPolicy(
            "teams_direct_routing",
            SSL.TLS1_2_VERSION,
            b"ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES128-SHA256",
            _SUITES_13,
            _GROUPS,
            RSA_KINDS,
            round_trips_full=2,
            round_trips_resumed=1,
            source="Microsoft Teams, direct-routing-plan and direct-routing-whats-new: TLS 1.2 alone since 3 April "
            "2022, and its four suites; groups ours; round trips RFC 5246 section 7.3",
        ),
        TlsPolicy(
            "modern",
            SSL.TLS1_3_VERSION,
            b"DEFAULT",
            _SUITES_13,
            _GROUPS,
            KEY_KINDS,
            round_trips_full=1,
            round_trips_resumed=1,
            source="TLS 1.3; suite RFC 8446 section 9.1; groups ours; round trips RFC 8446 section 2",
        ),
        TlsPolicy(
            "post_quantum",
            SSL.TLS1_3_VERSION,
            b"DEFAULT",
            _SUITES_13,
            b"X25519MLKEM768:X25519",
            KEY_KINDS,
            round_trips_full=1,
            round_trips_resumed=1,
            source="TLS 1.3 with the hybrid group X25519MLKEM768 first, the default of OpenSSL 3.5 and later; key "
            "ml-dsa-65 makes the certificates post-quantum as well (FIPS 204)",
        ),
    )
}
"""The policies by name, as a scenario's ``tls:`` gives it."""
