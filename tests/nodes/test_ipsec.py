"""What IPsec policies do to calls, messages, costs and strangers."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from sim.results import Results
from sim.scenario.load import load_text
from sim.security.cost_profile import BUNDLED, load
from sim.security.ipsec_cost import ipsec_s_per_s
from sim.study.replicate import run_scenario

SCENARIO = """\
name: IPsec
run: {epoch: 2007-11-05T08:00:00Z, duration: 6 min, seed: 7}
nodes:
  pbx1: {kind: pbx, trunks: 100}
  gw1: {kind: ip_gateway, channels: 60}
  um1: {kind: um_server}
  hub1: {kind: hub_transport}
  ca1: {kind: certificate_authority}
dial_plans:
  hq: {voip_security: Unsecured, servers: [um1], hunt_groups: [{pilot: "5000", gateway: gw1}]}
populations:
  staff:
    dial_plan: hq
    pbx: pbx1
    calls_per_hour: 600
    call_mix: {call_answering: 0.6, auto_attendant: 0.4}
    message: 9 s
"""
PAIR = "ipsec=[{between: [gw1, um1]}]"
GENERAL = "ipsec=[{between: [um1, any], demand: request}]"


def play(root: Path, *overrides: str, engine: str = "reference") -> Results:
    scenario = load_text(SCENARIO, "ipsec.yaml", overrides=list(overrides))
    return run_scenario(scenario, root=root, engine=engine)  # type: ignore[arg-type]


def calls(root: Path, *overrides: str) -> pl.DataFrame:
    return play(root, *overrides).table("calls").collect()


def kinds(calls: pl.DataFrame, column: str) -> set[str]:
    return set(calls.filter(pl.col("setup_s").is_not_null())[column].cast(pl.String).to_list())


def kinds_of_end(calls: pl.DataFrame) -> set[str]:
    return set(calls["reason"].cast(pl.String).to_list())


def test_a_policy_of_the_pair_protects_signalling_and_sound(tmp_path: Path) -> None:
    played = calls(tmp_path, PAIR)
    assert (kinds(played, "signalling"), kinds(played, "media")) == ({"ipsec"}, {"ipsec"})


def test_the_inner_protection_is_the_one_that_is_named(tmp_path: Path) -> None:
    played = calls(tmp_path, PAIR, "dial_plans.hq.voip_security=Secured")
    assert (kinds(played, "signalling"), kinds(played, "media")) == ({"tls"}, {"srtp"})


def test_certificates_are_judged_whatever_tls_the_ends_have(tmp_path: Path) -> None:
    policy = "ipsec=[{between: [gw1, um1], authentication: certificate}]"
    certificates = "certificates={gw1: {issuer: ca1}, um1: {issuer: ca1}}"
    played = calls(tmp_path, policy, certificates, "nodes.gw1.tls=exchange2007", "crypto={key: rsa-2048}")
    assert kinds(played, "signalling") == {"ipsec"}


def test_a_policy_of_the_pair_says_nothing_of_messages(tmp_path: Path) -> None:
    assert kinds(calls(tmp_path, PAIR), "submission") <= {"clear", "none"}


def test_a_general_policy_covers_messages_as_well(tmp_path: Path) -> None:
    assert kinds(calls(tmp_path, GENERAL), "submission") <= {"ipsec", "none"}


UNABLE = (
    "nodes.gw1.model=audiocodes",
    "ipsec.0.one_sided=um1",
    "ipsec.0.encryption={gw1: [des], um1: [3des, aes128]}",
    "links=[{between: [um1, gw1], latency: 1 ms, bandwidth: 1 Mbit/s, ipsec: blocked}]",
)


@pytest.mark.parametrize("unable", UNABLE)
def test_who_requires_ipsec_refuses_who_cannot(tmp_path: Path, unable: str) -> None:
    played = calls(tmp_path, PAIR, unable)
    assert set(played["reason"].cast(pl.String)) == {"ipsec_refused"}


@pytest.mark.parametrize("unable", UNABLE)
def test_who_requests_ipsec_talks_in_clear_to_who_cannot(tmp_path: Path, unable: str) -> None:
    played = calls(tmp_path, PAIR, "ipsec.0.demand=request", unable)
    assert kinds(played, "signalling") == {"clear"}


@pytest.mark.parametrize(
    "able",
    [
        "ipsec.0.encryption={gw1: [des, 3des], um1: [3des]}",
        "ipsec.0.encryption={gw1: [aes256]}",
        "links=[{between: [um1, gw1], latency: 1 ms, bandwidth: 1 Mbit/s}]",
        "links=[{between: [um1, hub1], latency: 1 ms, bandwidth: 1 Mbit/s, ipsec: blocked}]",
    ],
)
def test_ends_that_can_are_protected(tmp_path: Path, able: str) -> None:
    assert kinds(calls(tmp_path, PAIR, able), "signalling") == {"ipsec"}


@pytest.mark.parametrize(("mode", "blocked"), [("Unsecured", "sip"), ("SIPSecured", "sip_tls")])
def test_a_policy_that_blocks_refuses_that_signalling_alone(tmp_path: Path, mode: str, blocked: str) -> None:
    other = {"sip": "sip_tls", "sip_tls": "sip"}[blocked]
    ends = {}
    for kind in (blocked, other):
        policy = f"ipsec=[{{between: [um1, any], demand: permit, blocks: [{kind}]}}]"
        ends[kind] = kinds_of_end(calls(tmp_path / kind, policy, f"dial_plans.hq.voip_security={mode}"))
    assert ends[blocked] == {"ipsec_refused"}
    assert "ipsec_refused" not in ends[other]
    assert "none" in ends[other]


def test_a_policy_that_permits_protects_nothing(tmp_path: Path) -> None:
    played = calls(tmp_path, "ipsec=[{between: [gw1, um1], demand: permit}]")
    assert (kinds(played, "signalling"), kinds(played, "media")) == ({"clear"}, {"clear"})


def test_an_expired_certificate_ends_ipsec_but_for_who_only_requests_it(tmp_path: Path) -> None:
    by_certificate = (PAIR, "ipsec.0.authentication=certificate", "certificates.um1={not_after: 3 min}")
    later = calls(tmp_path / "a", *by_certificate).filter(pl.col("arrived_s") > 182.0)
    assert set(later["reason"].cast(pl.String)) == {"ipsec_refused"}
    requested = calls(tmp_path / "b", *by_certificate, "ipsec.0.demand=request")
    assert kinds(requested.filter(pl.col("arrived_s") > 182.0), "signalling") == {"clear"}
    assert kinds(requested.filter(pl.col("arrived_s") < 179.0), "signalling") == {"ipsec"}


def test_a_policy_of_the_pair_comes_before_a_general_one(tmp_path: Path) -> None:
    both = "ipsec=[{between: [um1, any], demand: request}, {between: [gw1, um1]}]"
    assert calls(tmp_path, both)["lost_s"].drop_nulls().max() == 0.0


@pytest.mark.parametrize(
    ("overrides", "share"),
    [
        ((), 1 / 3),
        (("ipsec.0.exclude=[gw1]",), 0.0),
        (("nodes.um1.os_hotfix=true",), 0.0),
        (("nodes.um1.product=exchange2010",), 0.0),
        (("nodes.gw1.model=audiocodes",), 1 / 3),
    ],
)
def test_sound_is_lost_to_general_policies_alone(tmp_path: Path, overrides: tuple[str, ...], share: float) -> None:
    played = calls(tmp_path, GENERAL, *overrides).filter(pl.col("lost_s").is_not_null())
    heard_s = pl.coalesce("hung_up_s", "ended_s") - pl.col("arrived_s") - pl.col("setup_s")
    assert played.height
    assert played["lost_s"].to_list() == pytest.approx((played.select(heard_s * share)).to_series().to_list(), abs=1e-4)


def test_ipsec_costs_both_ends_what_the_profile_measured(tmp_path: Path) -> None:
    """Per second of sound; a call in progress at the end has paid for all of its seconds, hence a tenth of room."""
    played = play(tmp_path, PAIR, "populations.staff.call_mix={call_answering: 1}")
    spent = played.table("cpu").filter(pl.col("purpose") == "ipsec").group_by("node").agg(pl.col("cpu_s").sum())
    until_s = pl.coalesce("hung_up_s", "ended_s")
    heard_s = played.table("calls").select((until_s - pl.col("arrived_s") - pl.col("setup_s")).sum()).collect().item()
    expected_s = heard_s * (ipsec_s_per_s(load(BUNDLED)) or 0.0)
    assert dict(spent.collect().iter_rows()) == pytest.approx({"gw1": expected_s, "um1": expected_s}, rel=0.1)


DIALS = (
    "populations.staff.call_mix={outdial: 1}",
    'populations.staff.outdial={numbers: ["5550100"]}',
    "populations.staff.transfer=40 s",
    'dial_plans.hq.dialing={rules: [{group: local, mask: "555xxxx", dials: "555xxxx"}], allowed: [local]}',
)


@pytest.mark.parametrize(
    "changes", [DIALS, (*DIALS, "dial_plans.hq.dialing=null"), ("populations.staff.call_mix={auto_attendant: 1}",)]
)
def test_ipsec_of_who_is_put_through_covers_the_menu_alone(tmp_path: Path, changes: tuple[str, ...]) -> None:
    played = play(tmp_path, PAIR, "populations.staff.menu=3 s", *changes)
    spent = played.table("cpu").filter(pl.col("purpose") == "ipsec", pl.col("node") == "um1").select("cpu_s").sum()
    heard = played.table("calls").filter(pl.col("setup_s").is_not_null()).select(pl.len()).collect().item()
    assert heard > 20
    per_s = ipsec_s_per_s(load(BUNDLED)) or 0.0
    assert spent.collect().item() == pytest.approx(3.0 * heard * per_s)


def test_ipsec_costs_a_packet_protected_and_one_opened_per_packet_of_the_codec() -> None:
    cells = load(BUNDLED).esp
    both_us = sum(cells["aes128-cbc-sha1", "g711", direction].us for direction in ("protect", "unprotect"))
    assert ipsec_s_per_s(load(BUNDLED)) == pytest.approx(50 * both_us * 1e-6)


def test_both_interpreters_play_ipsec_alike(tmp_path: Path) -> None:
    played = [play(tmp_path / engine, GENERAL, engine=engine).manifest.digest for engine in ("kernel", "reference")]
    assert played[0] == played[1]
