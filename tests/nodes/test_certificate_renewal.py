"""A renewal imports nothing anywhere: who trusted the authority still does, a self-signed successor is a stranger."""

from __future__ import annotations

from estates import MINUTE_S, arrived, play, reasons, small

RENEWAL = "timeline=[{at: 4 min, renew_certificate: {node: um1}}, {at: 5 min, restart_service: {node: um1}}]"


def test_renewed_self_signed_certificate_is_trusted_by_nobody_until_imported() -> None:
    """Guide, "Self-Signed Certificates": each peer imports each certificate."""
    tables = play(small("certificates.um1={issuer: self}", RENEWAL))
    assert set(reasons(arrived(tables, 0.0, 4 * MINUTE_S))) == {"none"}
    assert set(reasons(arrived(tables, 6 * MINUTE_S))) == {"untrusted_self_signed"}


def test_renewal_by_an_authority_needs_no_import() -> None:
    """Guide, "Public Key Infrastructure": the root is trusted, and with it whatever it signs."""
    tables = play(small("certificates.um1={issuer: ca1}", RENEWAL))
    assert set(reasons(arrived(tables, 6 * MINUTE_S))) == {"none"}
