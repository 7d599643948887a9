"""``costs: live``: handshakes are performed, charged, and held against the remembered verdicts."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from sim.errors import CryptoError
from sim.results import Results
from sim.scenario.load import load_text
from sim.scenario.schema import Scenario
from sim.security import cost_profile, openssl
from sim.security.trust import Judge, Verdict
from sim.study.replicate import run_scenario

TEXT = """
name: Live
run: {{epoch: 2026-03-02T08:00:00Z, duration: 20 min, seed: 7}}
crypto: {{tls: "{tls}", costs: "{costs}"}}
nodes:
  pbx1: {{kind: pbx, trunks: 48}}
  gw1: {{kind: ip_gateway, channels: 24, model: {model}, connections: {{policy: {policy}, resumption: {resumption}}}}}
  um1: {{kind: um_server, cpu_scale: {scale}}}
  hub1: {{kind: hub_transport}}
  ca1: {{kind: certificate_authority}}
  mallory: {{kind: attacker}}
certificates:
  gw1: {{template: ComputerV3}}
  um1: {{template: ComputerV3, not_after: {expires}}}
dial_plans:
  hq: {{voip_security: Secured, servers: [um1], hunt_groups: [{{pilot: "5000", gateway: gw1}}]}}
populations:
  staff: {{dial_plan: hq, pbx: pbx1, calls_per_hour: 300, call_mix: {{call_answering: 1}}}}
timeline:
  - {{at: 5 min, flood_start: {{attacker: mallory, target: um1, kind: tls_untrusted_certificate, rate: 2/s}}}}
  - {{at: 6 min, flood_stop: {{attacker: mallory}}}}
"""
DEFAULTS = {
    "tls": "modern",
    "costs": "live",
    "model": "generic",
    "policy": "per_call",
    "resumption": "false",
    "scale": "1",
    "expires": "15 min",
}


def scenario(**changed: str) -> Scenario:
    return load_text(TEXT.format(**DEFAULTS | changed), "live.yaml")


def handshakes(results: Results) -> pl.DataFrame:
    return results.table("handshakes").collect()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run_scenario(scenario(), root=tmp_path_factory.mktemp("live"))


def test_every_connection_of_every_call_was_a_handshake(live: Results) -> None:
    calls = live.table("calls").collect()
    met = handshakes(live).filter(pl.col("connection") == "service")
    assert len(met) == len(calls.filter(pl.col("connection") == "full")) > 50


def test_hostile_attempts_were_handshakes_as_well(live: Results) -> None:
    tried = live.table("hostile").collect()["attempts"].sum()
    assert len(handshakes(live).filter(pl.col("client") == "mallory")) == tried > 50


def test_no_handshake_disagrees_with_its_verdict(live: Results) -> None:
    made = handshakes(live)
    assert made["agreed"].all()
    assert not made.filter(pl.col("connection") == "service")["completed"].all(), "the expiry was met"


@pytest.mark.parametrize("tls", ["1.2", "modern", "post_quantum"])
@pytest.mark.parametrize("policy", ["per_call", "persistent"])
def test_resumed_handshakes_agree_too(tmp_path: Path, tls: str, policy: str) -> None:
    made = handshakes(run_scenario(scenario(tls=tls, policy=policy, resumption="true"), root=tmp_path))
    assert made["agreed"].all()
    assert policy == "persistent" or len(made.filter(pl.col("kind") == "resumed")) > 50


def test_ends_that_demand_two_usages_agree(tmp_path: Path) -> None:
    """Such an end judges twice; one handshake is charged."""
    made = handshakes(run_scenario(scenario(model="dialogic_2000", expires="1 h"), root=tmp_path))
    assert made["agreed"].all()
    assert made.filter(pl.col("connection") == "service")["completed"].all()


def test_result_is_marked_as_not_reproducible(live: Results) -> None:
    manifest = live.manifest
    assert (manifest.reproducible, manifest.engine, manifest.cost_profile) == (False, "reference", "live")
    assert any("gives other times" in remark for remark in manifest.remarks)


def test_charged_time_is_what_was_measured(live: Results) -> None:
    cpu = live.table("cpu").collect()
    charged_s = cpu.filter((pl.col("node") == "gw1") & (pl.col("purpose") == "handshake"))["cpu_s"].sum()
    measured_us = handshakes(live).filter(pl.col("client") == "gw1")["client_us"].to_list()
    assert charged_s == pytest.approx(sum(measured_us) * 1e-6)


def test_gateway_is_charged_for_its_share_alone_at_a_call_router(tmp_path: Path) -> None:
    untold = "nodes.gw1.message_waiting_indicator_allowed=false"
    changes = ["product=exchange2013", "nodes.um1.um_startup_mode=TLS", untold]
    router = "nodes.cas1={kind: client_access, um_startup_mode: TLS}"
    results = run_scenario(load_text(TEXT.format(**DEFAULTS), "live.yaml", [*changes, router]), root=tmp_path)
    made, cpu = handshakes(results).filter(pl.col("client") == "gw1"), results.table("cpu").collect()
    assert len(made.filter(pl.col("connection") == "router", pl.col("server") == "cas1")) > 50
    assert made["agreed"].all()
    charged_s = cpu.filter((pl.col("node") == "gw1") & (pl.col("purpose") == "handshake"))["cpu_s"].sum()
    assert charged_s == pytest.approx(sum(made["client_us"].to_list()) * 1e-6)


def test_cpu_scale_holds_for_live_handshakes(tmp_path: Path) -> None:
    results = run_scenario(scenario(scale="10"), root=tmp_path)
    cpu = results.table("cpu").collect()
    charged_s = cpu.filter((pl.col("node") == "um1") & (pl.col("purpose") == "handshake"))["cpu_s"].sum()
    made = handshakes(results)
    served_us = made.filter(pl.col("connection").is_in(["service", "worker"]))["server_us"].to_list()
    submitted_us = made.filter(pl.col("connection") == "hub")["client_us"].to_list()
    assert charged_s == pytest.approx(10 * sum(served_us + submitted_us) * 1e-6)


def test_wrong_remembered_verdict_is_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    judge = Judge.judge

    def forgiving(self: Judge, *operands: object) -> Verdict:
        verdict = judge(self, *operands)  # type: ignore[arg-type]
        return replace(verdict, accepted=True, reason="none") if verdict.reason == "certificate_expired" else verdict

    monkeypatch.setattr(Judge, "judge", forgiving)
    made = handshakes(run_scenario(scenario(), root=tmp_path))
    assert set(made.filter(~pl.col("agreed"))["completed"]) == {False}


def test_profile_runs_leave_no_handshakes(tmp_path: Path) -> None:
    results = run_scenario(scenario(costs="reference"), root=tmp_path)
    assert results.manifest.reproducible
    assert handshakes(results).is_empty()


def test_library_that_ignores_simulated_time_stops_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(openssl, "set_time", lambda *_: None)
    openssl.self_test.cache_clear()
    try:
        with pytest.raises(CryptoError, match="does not judge certificates at simulated time"):
            run_scenario(scenario(), root=tmp_path / "results")
    finally:
        openssl.self_test.cache_clear()
    assert not list((tmp_path / "results").glob("*"))


def test_profile_of_another_machine_is_told(tmp_path: Path) -> None:
    other = replace(cost_profile.load("reference"), name="other", cpu="another CPU")
    other.save(tmp_path / "other.json")
    results = run_scenario(scenario(costs=str(tmp_path / "other.json")), root=tmp_path)
    assert any("another CPU" in remark for remark in results.manifest.remarks)
