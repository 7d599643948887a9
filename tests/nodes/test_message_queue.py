"""How many messages a UM server keeps while Hub Transport is away (docs/model.md, "The path of a call")."""

from __future__ import annotations

import polars as pl
import pytest
from estates import HOUR_S, MINUTE_S, Tables, arrived, events, play, reasons, small

from sim import run, vocabulary

AWAY = "timeline=[{at: 1 min, node_down: {node: hub1}}, {at: 5 min, node_up: {node: hub1}}]"
TEN = "nodes.um1.message_queue=10"
WHILE_FULL_S = (3 * MINUTE_S, 5 * MINUTE_S)


def played(*overrides: str, engine: run.Engine = "kernel") -> Tables:
    return play(small(*overrides), engine=engine)


def leaving(calls: pl.DataFrame) -> pl.DataFrame:
    """Calls that leave a message, or would."""
    return calls.filter(pl.col("call_class").is_in(vocabulary.MESSAGE_CLASSES))


def places(tables: Tables, node: str = "um1") -> pl.DataFrame:
    return tables["usage"].filter((pl.col("meter") == "messages") & (pl.col("node") == node))


@pytest.mark.parametrize("engine", ["kernel", "reference"])
def test_a_full_queue_refuses_calls_that_would_leave_a_message(engine: run.Engine) -> None:
    tables = played(TEN, AWAY, engine=engine)
    meanwhile = arrived(tables, *WHILE_FULL_S)
    assert set(reasons(leaving(meanwhile))) == {"message_queue_full"}
    assert set(leaving(meanwhile)["outcome"]) == {"blocked"}
    assert places(tables)["peak"].max() == 10.0


def test_callers_of_outlook_voice_access_are_served_all_the_same() -> None:
    meanwhile = arrived(played(TEN, AWAY), *WHILE_FULL_S)
    assert set(reasons(meanwhile.filter(pl.col("call_class") == "subscriber_access"))) == {"none"}


def test_no_message_is_lost() -> None:
    """Who was answered has left a message, and Hub Transport gets it when it is up again."""
    calls = leaving(arrived(played(TEN, AWAY), 0.0, 5 * MINUTE_S))
    answered = calls.filter(pl.col("setup_s").is_not_null())
    assert answered["delivered_s"].null_count() == 0
    assert set(answered["reason"]) == {"none"}


def test_calls_are_answered_again_when_hub_transport_has_taken_the_messages() -> None:
    later = leaving(arrived(played(TEN, AWAY), 8 * MINUTE_S))
    assert set(reasons(later)) == {"none"}


def test_messages_outlive_a_restart_of_their_server() -> None:
    restart = "timeline=[{at: 1 min, node_down: {node: hub1}}, {at: 4 min, restart_service: {node: um1}}]"
    tables = played(TEN, restart)
    assert set(reasons(leaving(arrived(tables, 4 * MINUTE_S + 20.0)))) == {"message_queue_full"}
    assert places(tables)["integral"].to_list()[-1] == 10 * MINUTE_S


def test_the_next_server_takes_the_call() -> None:
    """It has a hub of its own, which is up."""
    other = ("nodes.hub2={kind: hub_transport}", "nodes.um2={kind: um_server}", "dial_plans.hq.servers=[um1, um2]")
    tables = played(TEN, AWAY, *other)
    meanwhile = leaving(arrived(tables, *WHILE_FULL_S))
    assert (set(reasons(meanwhile)), set(meanwhile["server"])) == ({"none"}, {"um2"})
    assert set(meanwhile["attempts"]) == {1, 2}
    assert places(tables, "um2").height == 0


def test_without_a_limit_everything_is_kept_and_nothing_counted() -> None:
    """No source tells the limit of any product."""
    tables = played(AWAY)
    assert set(reasons(tables["calls"])) == {"none"}
    assert places(tables).height == 0


def test_without_a_hub_no_message_waits() -> None:
    tables = played(TEN, "nodes.hub1=null")
    assert set(reasons(tables["calls"])) == {"none"}
    assert places(tables).height == 0


def test_a_full_queue_is_told_once_an_hour() -> None:
    away = "timeline=[{at: 1 min, node_down: {node: hub1}}]"
    told = events(played(TEN, away, "run.duration=150 min"), "message_queue_full", "um1")
    first_s, *others_s = told["time_s"].to_list()
    assert MINUTE_S < first_s < 3 * MINUTE_S
    assert [other_s - first_s >= hours * HOUR_S for hours, other_s in enumerate(others_s, 1)] == [True, True]
    assert set(told["level"]) == {"error"}
    assert "10 messages wait for hub1, as many as it keeps" in told["message"][0]


def test_a_hub_that_is_refused_fills_the_queue_as_well() -> None:
    """1113 tells of the refusals, the queue of its own."""
    tables = played(TEN, "certificates={um1: {issuer: self, trusted_by: [gw1]}}")
    assert reasons(leaving(tables["calls"]))["message_queue_full"] > 50
    assert {*events(tables, "handshake_failed")["node"], *events(tables, "message_queue_full")["node"]} == {"um1"}
