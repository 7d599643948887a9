"""Message waiting (RFC 3842): the UM server tells the IP gateway of a voice message by NOTIFY, as TLS client."""

from __future__ import annotations

import polars as pl
import pytest
from estates import Tables, arrived, cpu_s, events, play, reasons, small, verdicts

from sim.calendar.books import calendar
from sim.lint.refusals import facts
from sim.scenario.schema import Scenario

EXCHANGE_2010 = ("product=exchange2010", "nodes.um1.um_startup_mode=Dual", "run.duration=1 h")
NONE_ALLOWED = "nodes.gw1.message_waiting_indicator_allowed=false"


def notifying(*overrides: str) -> Scenario:
    return small(*EXCHANGE_2010, *overrides)


def messages(tables: Tables) -> int:
    """Voice messages that were delivered."""
    delivered = pl.col("delivered_s").is_not_null() & (pl.col("call_class") == "call_answering")
    return tables["calls"].filter(delivered).height


def test_um_is_tls_client_and_the_gateway_its_server() -> None:
    (out,) = verdicts(play(notifying()), "outgoing")
    assert (out["client"], out["server"], out["accepted"]) == ("um1", "gw1", True)


@pytest.mark.parametrize("product", ["exchange2007_sp1", "asterisk22", "sbc_trunk"])
def test_other_products_tell_nobody(product: str) -> None:
    mode = "Secured" if product == "sbc_trunk" else "SIPSecured"
    overrides = ("nodes.gw1.listens_on=5060", f"dial_plans.hq.voip_security={mode}")
    tables = play(small(f"product={product}", *overrides))
    assert verdicts(tables, "outgoing") == []
    assert events(tables, "message_waiting_failed").is_empty()


def test_each_voice_message_costs_one_request_at_both_ends() -> None:
    """A quarter of a call's signalling: 160 us of 640 at the server, 75 us of 300 at the gateway."""
    told, untold = play(notifying()), play(notifying(NONE_ALLOWED))
    assert messages(told) == messages(untold) > 0
    more = {node: cpu_s(told, node, "signalling") - cpu_s(untold, node, "signalling") for node in ("um1", "gw1")}
    assert more["um1"] == pytest.approx(160e-6 * messages(told), rel=1e-6)
    assert more["gw1"] == pytest.approx(75e-6 * messages(told), rel=1e-6)


def test_each_opens_a_connection_unless_the_servers_persist() -> None:
    once, again = play(notifying("nodes.um1.connections=persistent")), play(notifying())
    at_gateway = {name: cpu_s(tables, "gw1", "connect") for name, tables in (("once", once), ("again", again))}
    assert at_gateway["again"] == pytest.approx(80e-6 * messages(again), rel=1e-6)
    assert at_gateway["once"] == pytest.approx(80e-6, rel=1e-6)


def test_a_missed_call_leaves_nothing_to_tell_of() -> None:
    tables = play(notifying("populations.staff.call_mix={missed_call: 1}"))
    assert cpu_s(tables, "gw1", "connect") == 0.0


def test_without_a_mailbox_server_nobody_sees_that_there_is_a_message() -> None:
    down = "timeline=[{at: 1 s, node_down: {node: mbx1}}]"
    tables = play(notifying("nodes.mbx1={kind: mailbox}", "populations.staff.call_mix={call_answering: 1}", down))
    assert cpu_s(tables, "gw1", "connect") == 0.0
    assert messages(tables) > 0


def test_a_server_tells_from_its_upgrade_on() -> None:
    upgrade = "timeline=[{at: 20 min, upgrade_um_server: {node: um1, product: exchange2010, for: 1 min}}]"
    tables = play(small("run.duration=1 h", "dial_plans.hq.voip_security=Unsecured", upgrade))
    spent = tables["cpu"].filter(pl.col("node") == "gw1", pl.col("purpose") == "connect")
    assert spent["start_s"].min() == 1_260.0


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (("nodes.gw1.listens_on=5060",), "not listening"),
        (
            ("nodes.gw1.model=sbc_trunk", "certificates.um1={issuer: ca1, template: WebServer}"),
            "wrong usage",
        ),
    ],
)
def test_what_the_gateway_refuses_is_lost_and_the_call_is_none_the_worse(fault: tuple[str, ...], why: str) -> None:
    """eightwone.com, 2012-01-05: event 1344, while calls come in and messages are delivered."""
    tables = play(notifying(*fault))
    assert set(reasons(tables["calls"])) == {"none"}
    (event,) = events(tables, "message_waiting_failed").to_dicts()
    assert (event["node"], event["windows_event_id"], event["level"]) == ("um1", 1344, "error")
    assert event["message"] == f"gw1 was not told of a voice message: {why}"
    assert messages(tables) == messages(play(notifying(NONE_ALLOWED)))


def test_it_is_told_once_an_hour() -> None:
    tables = play(notifying("nodes.gw1.listens_on=5060", "run.duration=150 min"))
    first, second, third = events(tables, "message_waiting_failed")["time_s"].to_list()
    assert 3_600.0 <= second - first < 3_700.0
    assert 3_600.0 <= third - second < 3_700.0


def test_a_gateway_that_is_down_is_told_nothing() -> None:
    """It goes down when a caller has hung up and the hub, which was down, has yet to take the message."""
    entries = "{at: 1 min, node_down: {node: hub1, for: 10 min}}, {at: 5 min, node_down: {node: gw1, for: 15 min}}"
    tables = play(notifying(f"timeline=[{entries}]"))
    (event,) = events(tables, "message_waiting_failed").to_dicts()
    assert event["message"] == "gw1 was not told of a voice message: gw1 is down"
    late = arrived(tables, 60.0, 270.0).filter(pl.col("delivered_s").is_between(300.0, 1_200.0))
    assert set(reasons(late)) == {"none"}
    assert late.height > 0


def test_a_gateway_that_dies_meanwhile_leaves_it_to_timer_f() -> None:
    """RFC 3261 section 17.1.2.2: 32 s. The gateway takes 80 ms to accept the connection, and dies after 50 of them."""
    slow = ("nodes.gw1.cpu_scale=1000", "dial_plans.hq.voip_security=Unsecured", "populations.staff.calls_per_hour=60")
    untouched = play(notifying(*slow))["calls"].filter(pl.col("call_class") == "call_answering")
    told_s = float(untouched["delivered_s"].drop_nulls()[0])
    dies = f"timeline=[{{at: {told_s + 0.05:.6f} s, node_down: {{node: gw1, for: 1 s}}}}]"
    scenario = notifying(*slow, dies)
    tables = play(scenario)
    (event,) = events(tables, "message_waiting_failed").to_dicts()
    assert event["time_s"] == pytest.approx(told_s + 32.0)
    assert event["message"] == "gw1 was not told of a voice message: no answer"
    (call,) = tables["calls"].filter(pl.col("delivered_s") == told_s).to_dicts()
    assert (call["outcome"], call["ended_s"]) == ("completed", pytest.approx(told_s + 32.0))
    reference = play(scenario, engine="reference")
    assert all(tables[table].equals(reference[table]) for table in tables)


def test_a_refusal_is_no_complaint_of_play_on_phone() -> None:
    tables = play(notifying("nodes.cas1={kind: client_access}", "nodes.gw1.listens_on=5060"))
    assert events(tables, "play_on_phone_failed").is_empty()
    assert events(tables, "message_waiting_failed").height == 1


def test_play_on_phone_complains_besides() -> None:
    asks = ("nodes.cas1={kind: client_access}", "populations.staff.call_mix={call_answering: 0.5, play_on_phone: 0.5}")
    tables = play(notifying(*asks, "populations.staff.playback=10 s", "nodes.gw1.listens_on=5060"))
    assert events(tables, "play_on_phone_failed").height == 1
    assert events(tables, "message_waiting_failed").height == 1


def test_a_server_that_dies_meanwhile_has_delivered_the_message() -> None:
    """The call is over at once: nobody is left who would wait for an answer, or deliver the message again."""
    far = ("links=[{between: [um1, gw1], latency: 3 s, bandwidth: 1 Gbit/s}]", "populations.staff.patience=infinite")
    dies = "timeline=[{at: 10 min, node_down: {node: um1, for: 1 min}}]"
    delivered = play(notifying(*far, dies))["calls"].filter(pl.col("delivered_s") < 600.0)
    assert delivered["ended_s"].max() == 600.0
    assert set(delivered["outcome"]) == {"completed"}


def test_a_place_in_the_queue_of_messages_is_free_when_the_message_is_delivered() -> None:
    """Not when the NOTIFY is over, which a gateway over a link of 10 s answers late."""
    far = ("links=[{between: [um1, gw1], latency: 5 s, bandwidth: 1 Gbit/s}]", "populations.staff.patience=infinite")
    kept = [
        play(notifying(*far, "nodes.um1.message_queue=60", each))["usage"].filter(pl.col("meter") == "messages")
        for each in ("run.seed=7", NONE_ALLOWED)
    ]
    assert kept[0].equals(kept[1])


@pytest.mark.parametrize(
    "fault",
    [
        "nodes.gw1.listens_on=5060",
        "nodes.gw1.model=sbc_trunk",
        "certificates.gw1={issuer: self, trusted_by: []}",
        "certificates.gw1={issuer: ca1, trusted_by: all, not_after: 5 min}",
    ],
)
def test_the_lint_agrees_with_the_verdicts_on_what_goes_out(fault: str) -> None:
    scenario = notifying("certificates.um1={issuer: ca1, template: WebServer}", fault)
    known = [each for each in facts(scenario).refused if each.fault.connection == "outgoing"]
    judged = verdicts(play(scenario), "outgoing")
    assert judged[-1]["accepted"] is False
    for each in judged:
        told = {one.fault.reason for one in known if one.from_s <= each["time_s"] < one.until_s}
        assert each["reason"] in (told or {"none"})


def test_the_calendar_counts_no_call_as_lost_for_what_goes_out() -> None:
    found = calendar(notifying("nodes.gw1.model=sbc_trunk", "certificates.um1={issuer: ca1, template: WebServer}"))
    assert [(each.hops, each.share, each.lost) for each in found.breaks] == [((("um1", "gw1"),), 0.0, 0.0)]
    assert found.lost_share == 0.0


def test_handshakes_performed_live_agree() -> None:
    scenario = notifying("crypto.costs=live", "run.duration=2 min", "populations.staff.calls_per_hour=300")
    done = play(scenario, engine="reference")["handshakes"].filter(pl.col("connection") == "outgoing")
    assert done.height > 0
    assert set(done["client"]) == {"um1"}
    assert done["agreed"].all()


@pytest.mark.parametrize(
    "changes",
    [
        (),
        ("nodes.um1.connections={policy: persistent, idle: 20 s}",),
        ("nodes.gw1.listens_on=5060",),
        ("timeline=[{at: 2 min, node_down: {node: gw1, for: 1 min}}, {at: 4 min, restart_service: {node: um1}}]",),
    ],
)
def test_both_interpreters_agree(changes: tuple[str, ...]) -> None:
    scenario = small(*EXCHANGE_2010, "run.duration=10 min", *changes)
    kernel, reference = play(scenario), play(scenario, engine="reference")
    assert all(kernel[table].equals(reference[table]) for table in kernel)
