"""What the nodes write down: events as UM logs them, verdicts, and certificates. Rows of observations.TABLES."""

from __future__ import annotations

from typing import Any

from sim.security.credential import Credential
from sim.security.trust import Verdict

Row = dict[str, Any]


class EventLog:
    """The tables that the control plane fills, in the order of happening."""

    def __init__(self) -> None:
        self.events: list[Row] = []
        self.verdicts: list[Row] = []
        self.certificates: list[Row] = []
        self.handshakes: list[Row] = []
        self.in_use: list[Row] = []
        self.actions: list[Row] = []

    def note(  # noqa: PLR0913 - the columns of an event
        self,
        time_s: float,
        node: str,
        event: str,
        message: str,
        *,
        level: str = "information",
        windows_event_id: int | None = None,
    ) -> None:
        """Log an event; ``level`` is information, warning or error."""
        self.events.append(
            {
                "time_s": time_s,
                "node": node,
                "event": event,
                "level": level,
                "windows_event_id": windows_event_id,
                "message": message,
            }
        )

    def judged(  # noqa: PLR0913, PLR0917 - the columns of a verdict
        self,
        time_s: float,
        connection: str,
        ends: tuple[str, str],
        serials: tuple[str, str],
        verdict: Verdict,
        decided_by: str,
        until_s: float | None,
    ) -> None:
        """Log a verdict on the connection between ``ends`` (client, server); ``decided_by``: vocabulary.COMPONENTS."""
        self.verdicts.append(
            {
                "time_s": time_s,
                "connection": connection,
                "client": ends[0],
                "server": ends[1],
                "accepted": verdict.accepted,
                "reason": verdict.reason,
                "refused_by": verdict.refused_by,
                "openssl_error": verdict.openssl_error,
                "openssl_text": verdict.openssl_text,
                "alert": verdict.alert,
                "client_serial": serials[0],
                "server_serial": serials[1],
                "decided_by": decided_by,
                "until_s": until_s,
            }
        )

    def issued(self, time_s: float, node: str, credential: Credential, epoch_s: float) -> None:
        """Log a certificate that a node received; ``epoch_s`` is the scenario's epoch as a POSIX timestamp."""
        self.certificates.append(
            {
                "issued_s": time_s,
                "node": node,
                "subject": credential.subject,
                "issuer": credential.issuer,
                "serial": credential.serial,
                "thumbprint": credential.thumbprint,
                "key": credential.key_kind,
                "not_before_s": credential.not_before.timestamp() - epoch_s,
                "not_after_s": credential.not_after.timestamp() - epoch_s,
            }
        )

    def used(self, time_s: float, node: str, issuer: str, credential: Credential, epoch_s: float) -> None:
        """Log what event 1114 says: the certificate that a UM server chose; ``issuer`` is its authority's name."""
        self.in_use.append(
            {
                "time_s": time_s,
                "node": node,
                "issuer": issuer,
                "serial": credential.serial,
                "thumbprint": credential.thumbprint,
                "not_after_s": credential.not_after.timestamp() - epoch_s,
                "self_signed": credential.self_signed,
            }
        )

    def acted(self, time_s: float, node: str, action: str, kind: str, price: float = 0.0) -> None:
        """Log what an administrator did (vocabulary.ACTIONS) with a kind of certificate."""
        self.actions.append({"time_s": time_s, "node": node, "action": action, "kind": kind, "price": price})
