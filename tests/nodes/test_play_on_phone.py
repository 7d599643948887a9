"""Play on Phone: Client Access asks the UM server, which calls out through the IP gateway as TLS client."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from estates import arrived, events, play, reasons, small, verdicts

from sim.analysis.verdicts import judge
from sim.errors import ScenarioError
from sim.lint.refusals import facts
from sim.scenario.schema import Scenario
from sim.study.replicate import run_scenario

ASKS = (
    "nodes.cas1={kind: client_access}",
    "populations.staff.call_mix={play_on_phone: 1}",
    "populations.staff.calls_per_hour=600",
    "populations.staff.playback=10 s",
)


def asking(*overrides: str) -> Scenario:
    return small(*ASKS, *overrides)


def test_a_request_is_answered_over_two_connections_that_are_judged() -> None:
    tables = play(asking())
    assert set(reasons(tables["calls"])) == {"none"}
    (asked,), (out,) = verdicts(tables, "play_on_phone"), verdicts(tables, "outgoing")
    assert (asked["client"], asked["server"]) == ("cas1", "um1")
    assert (out["client"], out["server"]) == ("um1", "gw1")


def test_the_client_of_each_connection_judges_first() -> None:
    """RFC 5246 7.3: the server shows its certificate first; gw1 is server when UM calls out, client otherwise."""
    tables = play(asking("certificates.gw1={issuer: self, trusted_by: []}"))
    assert [(each["refused_by"], each["reason"]) for each in verdicts(tables, "service")] == [
        ("server", "untrusted_self_signed")
    ]
    assert [(each["refused_by"], each["reason"]) for each in verdicts(tables, "outgoing")] == [
        ("client", "untrusted_self_signed")
    ]


def test_a_call_takes_a_channel_a_trunk_and_a_port() -> None:
    usage = play(asking())["usage"].filter(pl.col("meter") == "pool")
    taken = {node: usage.filter(pl.col("node") == node)["integral"].sum() for node in ("pbx1", "gw1", "um1")}
    assert taken["pbx1"] == pytest.approx(taken["gw1"], rel=0.01)
    assert taken["um1"] == pytest.approx(taken["gw1"], rel=0.01)


def test_a_refused_request_takes_no_channel_for_longer_than_no_time() -> None:
    tables = play(asking("certificates.cas1={issuer: self, trusted_by: []}"))
    usage = tables["usage"].filter((pl.col("meter") == "pool") & (pl.col("node") == "gw1"))
    assert set(reasons(tables["calls"])) == {"untrusted_self_signed"}
    assert usage["integral"].sum() == 0.0


def test_both_ends_log_that_um_does_not_trust_client_access() -> None:
    tables = play(asking("certificates.cas1={issuer: self, trusted_by: []}"))
    assert events(tables, "handshake_failed", "um1")["windows_event_id"].to_list() == [1113]
    assert events(tables, "play_on_phone_failed", "cas1")["windows_event_id"].to_list() == [1083]


def test_a_refusal_by_the_gateway_fails_the_request_as_well() -> None:
    tables = play(asking("nodes.gw1.listens_on=5060"))
    assert set(reasons(tables["calls"])) == {"not_listening"}
    assert events(tables, "play_on_phone_failed", "cas1").height == 1


def test_nobody_asks_while_client_access_is_down() -> None:
    tables = play(asking("timeline=[{at: 2 min, node_down: {node: cas1, for: 2 min}}]"))
    assert set(reasons(arrived(tables, 120.0, 240.0))) == {"no_client_access"}
    assert set(reasons(arrived(tables, 240.0))) == {"none"}


def test_iisreset_takes_the_new_certificate_into_use() -> None:
    new = "timeline=[{at: 2 min, renew_certificate: {node: cas1}}, {at: 5 min, iisreset: {node: cas1}}]"
    tables = play(asking(new))
    serials = tables["certificates"].filter(pl.col("node") == "cas1")["serial"].to_list()
    assert [each["client_serial"] for each in verdicts(tables, "play_on_phone")] == serials


def test_an_unsecured_server_asks_client_access_for_no_certificate() -> None:
    tables = play(asking("dial_plans.hq.voip_security=Unsecured", "certificates.cas1={issuer: self, trusted_by: []}"))
    assert set(reasons(tables["calls"])) == {"none"}
    assert verdicts(tables, "play_on_phone") == []


def test_calls_of_play_on_phone_need_client_access() -> None:
    with pytest.raises(ScenarioError, match="client_access"):
        small("populations.staff.call_mix={play_on_phone: 1}")


def test_client_access_changes_nothing_of_calls_that_come_in() -> None:
    without, beside = play(small()), play(small("nodes.cas1={kind: client_access}"))
    assert without["calls"].equals(beside["calls"])


@pytest.mark.parametrize(
    "fault",
    [
        "certificates.cas1={issuer: self, trusted_by: []}",
        "certificates.um1={issuer: self, trusted_by: [cas1]}",
        "nodes.gw1.listens_on=5060",
        "certificates.gw1={issuer: ca1, template: WebServer, not_after: 5 min}",
        "certificates.cas1={issuer: ca1, trusted_by: all, not_after: 5 min}",
    ],
)
def test_the_lint_agrees_with_the_verdicts_on_both_connections(fault: str) -> None:
    scenario = asking(fault)
    known = facts(scenario).refused
    judged = [each for name in ("play_on_phone", "outgoing") for each in verdicts(play(scenario), name)]
    assert judged
    for each in judged:
        told = {
            refusal.fault.reason
            for refusal in known
            if refusal.fault.connection == each["connection"] and refusal.from_s <= each["time_s"] < refusal.until_s
        }
        assert each["reason"] in (told or {"none"})


def test_a_general_policy_of_the_server_covers_the_request_as_well() -> None:
    """Client Access sends no sound, so that none of its own is lost to the policy."""
    tables = play(asking("nodes.gw1.model=generic", "ipsec=[{between: [um1, any], demand: request}]"))
    assert set(reasons(tables["calls"])) == {"none"}


def test_what_the_server_presents_when_it_calls_out_is_what_it_logged(tmp_path: Path) -> None:
    """On the connection outgoing it is the client; the certificate of the other end is the gateway's."""
    scenario = asking(
        'expect=["certificate.presented_unlogged: count == 0", "verdict.accepted{client=um1}: count >= 2"]'
    )
    assert {each.outcome for each in judge(run_scenario(scenario, root=tmp_path))} == {"PASS"}
