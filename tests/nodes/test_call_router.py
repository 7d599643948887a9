"""The UM call router of Exchange 2013: Client Access redirects calls to the UM service, by a certificate of its own."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from estates import arrived, cpu_s, events, play, reasons, small, verdicts

from sim import run
from sim.analysis.overheard import overheard_calls
from sim.analysis.played import deployment
from sim.analysis.why import explain
from sim.lint.refusals import facts
from sim.lint.rules import lint
from sim.nodes.wiring import wire
from sim.report.figure import gather
from sim.report.figures import FIGURES
from sim.scenario.schema import Scenario
from sim.study.replicate import run_scenario

ROUTED = (
    "product=exchange2013",
    "nodes.um1.um_startup_mode=TLS",
    "nodes.cas1={kind: client_access, um_startup_mode: TLS}",
)
TWO = ("nodes.um2={kind: um_server, um_startup_mode: TLS}", "dial_plans.hq.servers=[um1, um2]")
SECOND_ROUTER = "nodes.cas2={kind: client_access, um_startup_mode: TLS}"
EXPIRES = "certificates.cas1={issuer: ca1, trusted_by: all, not_after: 5 min}"
CLEAR = ("dial_plans.hq.voip_security=Unsecured", "nodes.um1.um_startup_mode=TCP", "nodes.cas1.um_startup_mode=TCP")
DOWN = "timeline=[{at: 2 min, node_down: {node: cas1, for: 2 min}}]"


def routed(*overrides: str) -> Scenario:
    return small(*ROUTED, *overrides)


def test_a_secured_call_goes_over_three_connections() -> None:
    tables = play(routed())
    assert set(reasons(tables["calls"])) == {"none"}
    judged = [each for connection in ("router", "service", "worker") for each in verdicts(tables, connection)]
    assert [(each["client"], each["server"]) for each in judged] == [("gw1", "cas1"), ("gw1", "um1"), ("gw1", "um1")]


def test_without_client_access_the_gateway_calls_the_um_service_itself() -> None:
    tables = play(small(*ROUTED[:2]))
    assert set(reasons(tables["calls"])) == {"none"}
    assert verdicts(tables, "router") == []


@pytest.mark.parametrize("product", ["exchange2007_sp1", "exchange2010"])
def test_a_product_without_a_call_router_is_called_as_without_client_access(product: str) -> None:
    without, beside = play(small(f"product={product}")), play(small(f"product={product}", ROUTED[2]))
    assert without["calls"].equals(beside["calls"])


def test_a_redirected_call_takes_the_gateway_a_third_handshake_and_the_caller_longer() -> None:
    untold = "nodes.gw1.message_waiting_indicator_allowed=false"
    without, tables = play(small(*ROUTED[:2], untold)), play(routed(untold))
    assert cpu_s(tables, "gw1", "handshake") == pytest.approx(1.5 * cpu_s(without, "gw1", "handshake"))
    longer_s = tables["calls"]["setup_s"] - without["calls"]["setup_s"]
    assert (longer_s.drop_nulls() > 0.004).all()  # TCP, two flights of TLS and INVITE over 0.5 ms


def test_an_expired_certificate_of_the_call_router_breaks_calls_that_um_would_take() -> None:
    tables = play(routed(EXPIRES))
    assert set(reasons(arrived(tables, 0.0, 300.0))) == {"none"}
    assert set(reasons(arrived(tables, 301.0))) == {"certificate_expired"}
    assert all(each["accepted"] for each in verdicts(tables, "service"))
    assert events(tables, "handshake_failed", "cas1").height == 1


def test_a_renewed_certificate_counts_from_the_restart_of_client_access() -> None:
    renewal = "timeline=[{at: 6 min, renew_certificate: {node: cas1}}, {at: 8 min, iisreset: {node: cas1}}]"
    tables = play(routed(EXPIRES, renewal))
    assert set(reasons(arrived(tables, 361.0, 479.0))) == {"certificate_expired"}
    assert set(reasons(arrived(tables, 491.0))) == {"none"}
    assert events(tables, "certificate_in_use", "cas1").height == 2


def test_calls_fail_while_the_call_router_is_down_and_come_back() -> None:
    tables = play(routed(DOWN))
    assert set(reasons(arrived(tables, 0.0, 119.0))) == {"none"}
    down = arrived(tables, 120.0, 240.0)
    assert set(reasons(down)) == {"no_call_router"}
    assert set(down["outcome"]) == {"blocked"}
    assert (down["ended_s"] - down["arrived_s"]).min() == pytest.approx(4.0)
    assert set(reasons(arrived(tables, 240.0))) == {"none"}


def test_a_call_router_that_is_down_drops_no_call() -> None:
    assert "node_failed" not in reasons(play(routed(DOWN))["calls"])


@pytest.mark.parametrize("fault", [DOWN, EXPIRES, "nodes.cas1.um_startup_mode=TCP"])
def test_two_call_routers_fail_over(fault: str) -> None:
    tables = play(routed(*TWO, SECOND_ROUTER, fault, "populations.staff.patience=infinite"))
    assert set(reasons(tables["calls"])) == {"none"}
    assert set(arrived(tables, 130.0, 230.0 if fault == DOWN else 600.0)["attempts"]) == {1, 2} or fault == EXPIRES
    assert set(arrived(tables, 301.0)["attempts"]) == {1, 2} or fault == DOWN


def test_one_call_router_for_two_servers_is_no_fallback() -> None:
    tables = play(routed(*TWO, DOWN))
    assert "none" not in reasons(arrived(tables, 121.0, 230.0))


@pytest.mark.parametrize("mode", ["TCP", "null"])
def test_a_call_router_that_listens_without_tls_alone_takes_no_secured_call(mode: str) -> None:
    tables = play(routed(f"nodes.cas1.um_startup_mode={mode}"))
    assert set(reasons(tables["calls"])) == {"not_listening"}
    assert events(tables, "connection_refused", "cas1").height == 1
    assert verdicts(tables, "router")[0]["decided_by"] == "tls_stack"


@pytest.mark.parametrize(("port", "reason"), [("5061", "none"), ("5060", "not_listening"), ("5063", "not_listening")])
def test_the_gateway_calls_the_port_of_the_call_router(port: str, reason: str) -> None:
    assert set(reasons(play(routed(f"nodes.gw1.port={port}"))["calls"])) == {reason}


def test_an_unsecured_plan_is_redirected_without_certificates() -> None:
    tables = play(routed(*CLEAR, DOWN))
    assert verdicts(tables, "router") == []
    assert set(reasons(arrived(tables, 240.0))) == {"none"}
    assert set(reasons(arrived(tables, 120.0, 240.0))) == {"no_call_router"}


def test_the_call_router_learns_of_gateways_as_um_servers_do() -> None:
    created = "timeline=[{at: 3 min, new_um_ip_gateway: {identity: gw1}}]"
    tables = play(routed("nodes.gw1.in_directory=false", created, "run.duration=15 min"))
    assert set(reasons(arrived(tables, 0.0, 599.0))) == {"unknown_gateway"}
    assert set(reasons(arrived(tables, 601.0))) == {"none"}
    assert events(tables, "call_rejected", "cas1").height == 1
    assert [each["reason"] for each in verdicts(tables, "router")] == ["unknown_gateway", "none"]


def test_without_ipsec_to_the_call_router_signalling_is_partly_in_clear() -> None:
    to_um = "{between: [gw1, um1], authentication: shared_key}"
    both = f"[{to_um}, {{between: [gw1, cas1], authentication: shared_key}}]"
    for policies, signalling in ((f"[{to_um}]", "clear"), (both, "ipsec")):
        tables = play(routed(*CLEAR, "nodes.gw1.model=generic", f"ipsec={policies}"))
        answered = tables["calls"].filter(pl.col("setup_s").is_not_null())
        assert set(answered["signalling"]) == {signalling}
        assert set(answered["media"]) == {"ipsec"}


def test_a_server_that_is_upgraded_gets_its_call_router() -> None:
    upgrade = "timeline=[{at: 3 min, upgrade_um_server: {node: um1, product: exchange2013, for: 1 min}}]"
    tables = play(routed("nodes.um1.product=exchange2010", EXPIRES, upgrade))
    assert set(reasons(arrived(tables, 241.0, 300.0))) == {"none"}
    assert set(reasons(arrived(tables, 301.0))) == {"certificate_expired"}
    assert verdicts(tables, "router")[0]["time_s"] == 240.0


@pytest.mark.parametrize("overrides", [(DOWN,), (EXPIRES, *TWO, SECOND_ROUTER)])
@pytest.mark.parametrize("kept", ["per_call", "persistent", "{policy: per_call, resumption: true, hit_rate: 0.5}"])
def test_both_interpreters_redirect_alike(overrides: tuple[str, ...], kept: str) -> None:
    scenario = routed(f"nodes.gw1.connections={kept}", *overrides)
    engines: tuple[run.Engine, ...] = ("kernel", "reference")
    first, second = (play(scenario, engine=engine) for engine in engines)
    assert all(first[table].equals(second[table]) for table in first)


@pytest.mark.parametrize(
    "fault",
    [
        EXPIRES,
        "certificates.cas1={issuer: self, trusted_by: []}",
        "certificates.gw1={issuer: self, trusted_by: [um1]}",
        "certificates.cas1={issuer: ca1, trusted_by: all, san: [other.example.com]}",
        "nodes.cas1.um_startup_mode=TCP",
        "nodes.gw1.port=5063",
        "nodes.gw1.in_directory=false",
        "nodes.cas1.tls=modern",
    ],
)
def test_the_lint_agrees_with_the_verdicts(fault: str) -> None:
    scenario = routed(fault)
    known, judged = facts(scenario).refused, verdicts(play(scenario), "router")
    assert any(not each["accepted"] for each in judged)
    for each in judged:
        told = {
            refusal.fault.reason
            for refusal in known
            if refusal.fault.connection == "router" and refusal.from_s <= each["time_s"] < refusal.until_s
        }
        assert each["reason"] in (told or {"none"})


@pytest.mark.parametrize(
    ("rule", "overrides", "nodes"),
    [
        ("certificate_expires", (EXPIRES,), ("cas1", "gw1")),
        ("server_mode", ("nodes.cas1.um_startup_mode=TCP",), ("gw1", "cas1")),
        ("gateway_port", ("nodes.gw1.port=5063",), ("gw1",)),
        ("name_missing", ("certificates.cas1={issuer: ca1, trusted_by: all, san: [x.example.com]}",), ("cas1", "gw1")),
        ("no_fallback", TWO, ("cas1",)),
    ],
)
def test_the_lint_tells_of_the_call_router(rule: str, overrides: tuple[str, ...], nodes: tuple[str, ...]) -> None:
    found = [each for each in lint(routed(*overrides)) if each.rule == rule]
    assert any(set(nodes) <= set(each.nodes) for each in found)


def test_a_server_without_call_router_is_a_fallback() -> None:
    found = lint(routed(*TWO, "nodes.um2.product=exchange2010"))
    assert ("cas1",) not in [each.nodes for each in found if each.rule == "no_fallback"]


def test_a_call_router_is_not_idle_where_calls_pass_it() -> None:
    idle = [each.nodes for each in lint(routed()) if each.rule == "unused_node"]
    assert ("cas1",) not in idle
    assert ("cas1",) in [each.nodes for each in lint(small(ROUTED[2])) if each.rule == "unused_node"]


def test_a_failed_call_is_explained_by_the_call_router(tmp_path: Path) -> None:
    results = run_scenario(routed(EXPIRES), root=tmp_path)
    last = results.table("calls").filter(pl.col("outcome") == "failed").select(pl.col("call").max()).collect().item()
    (refusal,) = [line for line in explain(results, last) if "refused by the client since" in line]
    assert refusal.startswith("router connection from gw1 to cas1")


def test_the_report_draws_the_way_to_the_call_router(tmp_path: Path) -> None:
    scenario = routed(*TWO, SECOND_ROUTER)
    results = run_scenario(scenario, root=tmp_path)
    assert deployment(results).router_of == {server: name for server, (name, _) in wire(scenario).requests.items()}
    material = gather(results)
    (links, _), (protected,) = (FIGURES[name](material).tables for name in ("Topology", "Protection of links"))
    assert {row[:2]: row[3] for row in links.rows if row[0] == "gw1"} == dict.fromkeys(
        [("gw1", "um1"), ("gw1", "um2"), ("gw1", "cas1"), ("gw1", "cas2")], "mutual TLS"
    )
    calls = {row[:2]: row[4] for row in protected.rows if row[2] == "signalling"}
    assert calls["gw1", "cas1"] == calls["gw1", "um1"]
    assert calls["gw1", "cas2"] == calls["gw1", "um2"]
    assert not [row for row in protected.rows if row[1] == "cas1" and row[2] != "signalling"]


def test_who_taps_the_way_to_the_call_router_hears_no_voice(tmp_path: Path) -> None:
    results = run_scenario(routed(*CLEAR, "nodes.tap1={kind: eavesdropper, taps: [[cas1, gw1]]}"), root=tmp_path)
    heard = overheard_calls(results).collect()
    assert set(heard["what"]) == {"signalling"}
    assert heard.height == results.table("calls").filter(pl.col("setup_s").is_not_null()).collect().height
