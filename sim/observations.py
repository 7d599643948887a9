"""The tables that a run leaves behind: their columns, units and meaning. Nothing else knows a column's type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from sim import vocabulary


@dataclass(frozen=True)
class Column:
    """One column of a table: its polars type and what it holds, unit included."""

    name: str
    dtype: pl.DataType | type[pl.DataType]
    meaning: str


_REASONS = pl.Enum([reason.name for reason in vocabulary.REASONS])

TABLES: Final[dict[str, tuple[Column, ...]]] = {
    "calls": (
        Column("replication", pl.Int32, "replication, from 0"),
        Column("call", pl.Int64, "call attempt, from 0 in order of arrival"),
        Column("population", pl.String, "who called"),
        Column("call_class", pl.Enum(vocabulary.CALL_CLASSES), "class of call"),
        Column("gateway", pl.String, "IP gateway that carried it; null when it got none"),
        Column("server", pl.String, "last UM server tried; null when none was tried"),
        Column("attempts", pl.Int32, "UM servers tried"),
        Column("outcome", pl.Enum(vocabulary.OUTCOMES), "how it ended"),
        Column("reason", _REASONS, "why it ended so"),
        Column("connection", pl.Enum(vocabulary.CONNECTION_KINDS), "how it came by its connection to the UM service"),
        Column("signalling", pl.Enum(vocabulary.SIGNALLING_PROTECTIONS), "what protected its signalling"),
        Column("media", pl.Enum(vocabulary.MEDIA_PROTECTIONS), "what protected its sound"),
        Column("submission", pl.Enum(vocabulary.SIGNALLING_PROTECTIONS), "what protected its message to Hub Transport"),
        Column("arrived_s", pl.Float64, "arrival at the IP gateway, s since the epoch"),
        Column("setup_s", pl.Float64, "from arrival to 200 OK at the IP gateway, s; null when not answered"),
        Column("hung_up_s", pl.Float64, "hang-up, s since the epoch; null when not reached"),
        Column("delivered_s", pl.Float64, "message accepted by Hub Transport, s since the epoch; null when none"),
        Column("cpu_wait_s", pl.Float64, "time spent in CPU queues, s"),
        Column("ended_s", pl.Float64, "end of all its work, s since the epoch"),
        Column("lost_s", pl.Float64, "sound that never arrived, s; null when not answered, or put through"),
    ),
    "usage": (
        Column("replication", pl.Int32, "replication, from 0"),
        Column("start_s", pl.Float64, "begin of the interval, s since the epoch"),
        Column("node", pl.String, "node"),
        Column("meter", pl.Enum(vocabulary.METERS), "what was metered; an interval at zero has no row"),
        Column("integral", pl.Float64, "time integral of the level over the interval, level x s"),
        Column("peak", pl.Float64, "highest level in the interval"),
    ),
    "cpu": (
        Column("replication", pl.Int32, "replication, from 0"),
        Column("start_s", pl.Float64, "begin of the interval, s since the epoch"),
        Column("node", pl.String, "node"),
        Column("purpose", pl.Enum(vocabulary.PURPOSES), "what the CPU time was spent on"),
        Column("cpu_s", pl.Float64, "CPU time, s; charged when a job starts; no row for zero"),
    ),
    "hostile": (
        Column("replication", pl.Int32, "replication, from 0"),
        Column("start_s", pl.Float64, "begin of the interval, s since the epoch"),
        Column("flood", pl.String, "the flood's name"),
        Column("reason", _REASONS, "how the attempts ended ('none': they got all they asked for)"),
        Column("attempts", pl.Int64, "attempts that ended so in the interval"),
    ),
    "events": (
        Column("replication", pl.Int32, "replication, from 0"),
        Column("time_s", pl.Float64, "s since the epoch"),
        Column("node", pl.String, "node that logged it; empty for the deployment"),
        Column("event", pl.String, "the event's name"),
        Column("level", pl.String, "information, warning or error"),
        Column("windows_event_id", pl.Int32, "id in the Windows application log, where a source gives one"),
        Column("message", pl.String, "what happened, in a sentence"),
    ),
    "verdicts": (
        Column("replication", pl.Int32, "replication, from 0"),
        Column("time_s", pl.Float64, "when it began to hold, s since the epoch"),
        Column("connection", pl.Enum(vocabulary.CONNECTIONS), "which connection of a call"),
        Column("client", pl.String, "node that opens the connection"),
        Column("server", pl.String, "node that accepts it"),
        Column("accepted", pl.Boolean, "both ends accept each other"),
        Column("reason", _REASONS, "why not"),
        Column("refused_by", pl.String, "client or server; empty when accepted"),
        Column("openssl_error", pl.Int32, "OpenSSL's verification error at the refusing end; 0 for none"),
        Column("openssl_text", pl.String, "OpenSSL's words for it"),
        Column("alert", pl.String, "TLS alert as the other end sees it"),
        Column("client_serial", pl.String, "serial number of the client's certificate, hex"),
        Column("server_serial", pl.String, "serial number of the server's certificate, hex"),
        Column("decided_by", pl.String, "what decided at the end that refused; empty when accepted"),
        Column("until_s", pl.Float64, "the verdict holds until then unless a store changes; null: for ever"),
    ),
    "certificates": (
        Column("replication", pl.Int32, "replication, from 0"),
        Column("issued_s", pl.Float64, "when it was made, s since the epoch"),
        Column("node", pl.String, "node that holds the private key"),
        Column("subject", pl.String, "subject"),
        Column("issuer", pl.String, "issuer"),
        Column("serial", pl.String, "serial number, hex"),
        Column("thumbprint", pl.String, "SHA-1 hash of the certificate, hex"),
        Column("key", pl.String, "kind of key"),
        Column("not_before_s", pl.Float64, "begin of validity, s since the epoch"),
        Column("not_after_s", pl.Float64, "end of validity, s since the epoch"),
    ),
    "handshakes": (
        Column("replication", pl.Int32, "replication, from 0"),
        Column("time_s", pl.Float64, "when, s since the epoch"),
        Column("connection", pl.Enum(vocabulary.CONNECTIONS), "which connection of a call; null: a hostile attempt"),
        Column("client", pl.String, "node that opened the connection"),
        Column("server", pl.String, "node that accepted it"),
        Column("kind", pl.String, "full or resumed"),
        Column("completed", pl.Boolean, "both ends accepted each other"),
        Column("agreed", pl.Boolean, "it went as the remembered verdict says"),
        Column("client_us", pl.Float64, "the client's CPU time, measured, without the wrapper's share, us"),
        Column("server_us", pl.Float64, "the server's CPU time, likewise, us"),
    ),
    "in_use": (
        Column("replication", pl.Int32, "replication, from 0"),
        Column("time_s", pl.Float64, "when the UM server logged it (1114), s since the epoch"),
        Column("node", pl.String, "the UM server"),
        Column("issuer", pl.String, "the authority's name; empty for a self-signed one"),
        Column("serial", pl.String, "serial number, hex"),
        Column("thumbprint", pl.String, "SHA-1 hash of the certificate, hex"),
        Column("not_after_s", pl.Float64, "end of validity, s since the epoch"),
        Column("self_signed", pl.Boolean, "signed by its own key"),
    ),
    "actions": (
        Column("replication", pl.Int32, "replication, from 0"),
        Column("time_s", pl.Float64, "when, s since the epoch"),
        Column("node", pl.String, "where"),
        Column("action", pl.Enum(vocabulary.ACTIONS), "what an administrator did"),
        Column("kind", pl.Enum(vocabulary.CERTIFICATE_KINDS), "kind of certificate"),
        Column("price", pl.Float64, "what it cost, in units of no particular currency (ours)"),
    ),
    "routes": (
        Column("replication", pl.Int32, "replication, from 0"),
        Column("route", pl.Int32, "place of the route's first row"),
        Column("name", pl.String, "what follows it: a class of call, hostile attempts, or calls offered at the PBX"),
        Column("row", pl.Int32, "the row's place"),
        Column("label", pl.String, "the row's label; empty for none"),
        Column("operation", pl.String, "operation"),
        Column("operands", pl.String, "operands by name"),
    ),
}


COMPUTED: Final = tuple(table for table in TABLES if table != "handshakes")
"""The tables that are the same whenever a scenario is played again; handshakes performed live are measured."""


def schema(table: str) -> pl.Schema:
    """The polars schema of one table of TABLES."""
    return pl.Schema({column.name: column.dtype for column in TABLES[table]})


def empty(table: str) -> pl.DataFrame:
    """A table without rows that keeps its columns."""
    return pl.DataFrame(schema=schema(table))
