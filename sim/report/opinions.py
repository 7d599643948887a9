"""What two verifiers say of a certificate, for the terminal."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.console import Group
from rich.table import Table

from sim.errors import UsageError
from sim.report.terminal import add, columns
from sim.security.second_opinion import Opinion
from sim.security.verification import Verification


def instant(text: str | None) -> datetime:
    """The instant of a text (ISO 8601 with its zone); now for None.

    Raises
    ------
    UsageError
        It is none, or has no zone.
    """
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--at {text!r}: is no date and time such as 2027-03-15T00:00:00Z") from None
    if at.tzinfo is None:
        raise UsageError(f"--at {text!r}: has no time zone; write Z for UTC")
    return at


def opinions_table(found: Verification, at: datetime) -> Group:
    """The certificate's names and dates, and each verifier's opinion with the clause on which it rests."""
    held = found.presented
    facts = columns("certificate", "")
    facts.show_header = False
    for title, text in (
        ("subject", held.subject),
        ("issuer", held.issuer),
        ("names", ", ".join(held.names) or "none (no SAN)"),
        ("usages", ", ".join(held.usages) or "any (no extended key usage)"),
        ("key", held.key_kind),
        ("thumbprint", held.thumbprint),
        ("valid", f"{held.not_before:%Y-%m-%d %H:%M:%S} to {held.not_after:%Y-%m-%d %H:%M:%S} UTC"),
        ("judged at", f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC; revocation is not looked at"),
    ):
        add(facts, title, text)
    opinions = columns("verifier", "opinion", "why", "clause")
    _opinion(opinions, "OpenSSL", found.openssl)
    _opinion(opinions, "cryptography", found.second)
    return Group(facts, "", opinions)


def _opinion(table: Table, verifier: str, opinion: Opinion) -> None:
    add(table, verifier, "accepted" if opinion.accepted else "refused", opinion.why, opinion.clause)
