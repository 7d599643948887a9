"""TLS policies: which version, cipher suites and groups both ends of a connection offer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from OpenSSL import SSL


@dataclass(frozen=True)
class TlsPolicy:
    """One version of TLS and what is negotiated under it.

    ``cipher_list`` holds for TLS 1.2 and older and carries OpenSSL's security level, ``ciphersuites`` for TLS 1.3.
    Round trips are those before the client may send its first request, TCP's own not counted.
    """

    name: str
    version: int
    cipher_list: bytes
    ciphersuites: bytes
    groups: bytes
    round_trips_full: int
    round_trips_resumed: int
    source: str


_SUITES_13 = b"TLS_AES_128_GCM_SHA256"
_GROUPS = b"X25519:P-256"  # a P-256 certificate needs P-256 among the groups of TLS 1.2

POLICIES: Final = {
    policy.name: policy
    for policy in (
        TlsPolicy(
            "1.0",
            SSL.TLS1_VERSION,
            b"AES128-SHA:@SECLEVEL=0",
            _SUITES_13,
            _GROUPS,
            round_trips_full=2,
            round_trips_resumed=1,
            source="ours: stands in for the suites of Windows Server 2003 (RSA key exchange with RC4 or 3DES), "
            "which today's OpenSSL lacks; round trips RFC 2246 section 7.3",
        ),
        TlsPolicy(
            "1.2",
            SSL.TLS1_2_VERSION,
            b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256",
            _SUITES_13,
            _GROUPS,
            round_trips_full=2,
            round_trips_resumed=1,
            source="suites RFC 9325 section 4.2; groups ours; round trips RFC 5246 section 7.3",
        ),
        TlsPolicy(
            "1.3",
            SSL.TLS1_3_VERSION,
            b"DEFAULT",
            _SUITES_13,
            _GROUPS,
            round_trips_full=1,
            round_trips_resumed=1,
            source="suite RFC 8446 section 9.1; groups ours; round trips RFC 8446 section 2",
        ),
    )
}
"""The policies by name, as a scenario's ``tls:`` gives it."""
