"""Sessions are resumed while certificates, revocation and ticket lifetime allow it, by the worker that began them."""

from math import sqrt
from pathlib import Path

import polars as pl
import pytest

from sim.scenario.load import load_text
from sim.study.replicate import run_scenario

MINUTE_S = 60.0
TEXT = """
name: Resumption
run: {epoch: 2026-03-02T08:00:00Z, duration: 60 min, seed: 11}
crypto: {tls: modern}
nodes:
  pbx1: {kind: pbx, trunks: 200}
  gw1: {kind: ip_gateway, channels: 100, connections: {policy: per_call, resumption: true, ticket_lifetime: 1 h}}
  um1: {kind: um_server}
  hub1: {kind: hub_transport}
  ca1: {kind: certificate_authority}
dial_plans:
  hq: {voip_security: SIPSecured, servers: [um1], hunt_groups: [{pilot: "5000", gateway: gw1}]}
populations:
  staff: {dial_plan: hq, pbx: pbx1, calls_per_hour: 1200, call_mix: {missed_call: 1}}
"""


def calls(root: Path, *overrides: str) -> pl.DataFrame:
    results = run_scenario(load_text(TEXT, "resumption.yaml", overrides), root=root, engine="reference")
    return results.table("calls").collect()


def resumed(calls: pl.DataFrame, from_s: float, to_s: float) -> int:
    within = calls.filter((pl.col("arrived_s") >= from_s) & (pl.col("arrived_s") < to_s))
    return len(within.filter(pl.col("connection") == "resumed"))


def test_session_is_resumed_by_every_call_but_the_first(tmp_path: Path) -> None:
    made = calls(tmp_path)
    assert made["connection"].to_list() == ["full", *["resumed"] * (len(made) - 1)]


def test_nothing_is_resumed_after_a_certificate_has_expired(tmp_path: Path) -> None:
    """A resumed session is not verified again (RFC 8446 section 2.2): whoever offers it must look at the dates."""
    made = calls(tmp_path, "certificates={um1: {not_after: 30 min}}")
    assert resumed(made, 0.0, 30 * MINUTE_S) > 500
    assert resumed(made, 30 * MINUTE_S + 1.0, 60 * MINUTE_S) == 0


def test_nothing_is_resumed_after_a_revocation(tmp_path: Path) -> None:
    made = calls(tmp_path, "timeline=[{at: 30 min, revoke_certificate: {node: gw1}}]")
    assert resumed(made, 0.0, 30 * MINUTE_S) > 500
    assert resumed(made, 30 * MINUTE_S + 1.0, 60 * MINUTE_S) == 0


def test_restart_voids_the_tickets(tmp_path: Path) -> None:
    made = calls(tmp_path, "timeline=[{at: 30 min, restart_service: {node: um1}}]")
    answered_s = pl.col("arrived_s") + pl.col("setup_s")
    after = made.filter(answered_s > 30 * MINUTE_S).sort(answered_s)
    assert after["connection"].to_list()[:2] == ["full", "resumed"]


def test_ticket_is_good_for_its_lifetime(tmp_path: Path) -> None:
    """Calls that come further apart than that begin a session each."""
    seldom = ("populations.staff.calls_per_hour=6", "run.duration=50 h", "nodes.gw1.connections.ticket_lifetime=1 min")
    made = calls(tmp_path, *seldom)
    late = made["arrived_s"].diff().fill_null(1e9) > 2 * MINUTE_S
    assert set(made.filter(late)["connection"]) == {"full"}
    assert "resumed" in set(made.filter(~late)["connection"])


@pytest.mark.parametrize("workers", [2, 4, 8])
def test_hit_rate_is_one_in_the_number_of_workers(workers: int, tmp_path: Path) -> None:
    """Each worker has ticket keys of its own, and a connection comes to any of them alike; within 4 sigma."""
    made = calls(tmp_path, f"nodes.um1.tls_workers={workers}")
    share, expected = resumed(made, 0.0, 1e9) / len(made), 1 / workers
    assert share == pytest.approx(expected, abs=4 * sqrt(expected * (1 - expected) / len(made)))
