"""Fax calls: which products receive them, and what protects their pages."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from estates import metered, play, reasons, small

from sim.analysis.overheard import overheard_calls
from sim.plan.traffic import seconds
from sim.scenario.products import product
from sim.scenario.schema import Scenario
from sim.study.replicate import run_scenario

FAXES = ("populations.staff.call_mix={fax: 1}", "populations.staff.fax=20 s")


def faxing(*overrides: str) -> Scenario:
    return small(*FAXES, *overrides)


def spoken_s(calls: pl.DataFrame) -> pl.Series:
    """How long each call that was hung up lasted from its answer on."""
    ended = calls.filter(pl.col("hung_up_s").is_not_null())
    return ended["hung_up_s"] - ended["arrived_s"] - ended["setup_s"]


@pytest.mark.parametrize("version", ["exchange2007_rtm", "exchange2007_sp1", "exchange2007_sp3"])
def test_exchange_2007_receives_faxes_and_delivers_them(version: str) -> None:
    calls = play(faxing(f"product={version}"))["calls"].filter(pl.col("reason") != "unfinished")
    assert set(reasons(calls)) == {"none"}
    assert calls["delivered_s"].null_count() == 0
    assert spoken_s(calls).min() == pytest.approx(20.0)


@pytest.mark.parametrize("version", ["exchange2010", "exchange2013", "asterisk22"])
def test_later_ones_hang_up_at_the_calling_tone(version: str) -> None:
    calls = play(faxing(f"product={version}", "dial_plans.hq.voip_security=Unsecured"))["calls"]
    assert set(reasons(calls)) == {"fax_not_received"}
    assert calls["delivered_s"].null_count() == len(calls)
    assert spoken_s(calls).min() == pytest.approx(product(version).fax_tone_s)


@pytest.mark.parametrize(
    ("mode", "policies", "media"),
    [("Unsecured", "[]", "clear"), ("SIPSecured", "[]", "clear"), ("Secured", "[]", "clear"),
     ("Secured", "[{between: [gw1, um1]}]", "ipsec")],
)  # fmt: skip
def test_srtp_does_not_cover_fax_and_ipsec_does(mode: str, policies: str, media: str) -> None:
    changes = (f"dial_plans.hq.voip_security={mode}", f"ipsec={policies}", "nodes.gw1.model=generic")
    answered = play(faxing(*changes))["calls"].filter(pl.col("setup_s").is_not_null())
    assert set(answered["media"]) == {media}


def test_the_tone_that_a_later_product_hears_is_sound() -> None:
    changes = ("product=exchange2010", "nodes.um1.um_startup_mode=TLS", "dial_plans.hq.voip_security=Secured")
    answered = play(faxing(*changes))["calls"].filter(pl.col("setup_s").is_not_null())
    assert set(answered["media"]) == {"srtp"}


def heard(root: Path, *overrides: str) -> set[str]:
    """What somebody at the link overheard of calls that have ended."""
    tapped = faxing("nodes.tap1={kind: eavesdropper, taps: [[gw1, um1]]}", *overrides)
    calls = overheard_calls(run_scenario(tapped, root=root)).collect()
    return set(calls.filter(pl.col("reason") != "unfinished")["what"])


def test_who_taps_the_link_reads_pages_and_hears_no_voice(tmp_path: Path) -> None:
    assert heard(tmp_path, "dial_plans.hq.voip_security=Secured") == {"fax"}


def test_of_a_fax_that_is_not_received_there_are_no_pages(tmp_path: Path) -> None:
    changes = ("product=asterisk22", "dial_plans.hq.voip_security=Unsecured")
    assert heard(tmp_path, *changes) == {"signalling", "voice"}


def test_a_fax_costs_the_server_as_rtp_in_every_mode() -> None:
    def load_us(mode: str) -> float:
        tables = play(faxing(f"dial_plans.hq.voip_security={mode}"))
        return metered(tables, "um1", "media", 0.0) / metered(tables, "um1", "pool", 0.0)

    expected_us = 1e6 * product("exchange2007_sp1").media_rtp_s_per_s
    assert [load_us(mode) for mode in ("SIPSecured", "Secured")] == pytest.approx([expected_us] * 2, rel=2e-3)


def test_a_fax_without_a_mailbox_server_hears_no_greeting() -> None:
    down = ("nodes.mbx1={kind: mailbox}", "timeline=[{at: 0 s, node_down: {node: mbx1}}]")
    assert set(reasons(play(faxing(*down))["calls"])) == {"none"}


def test_a_mix_with_faxes_has_a_length_of_faxes_and_others_have_none() -> None:
    faxes, none = small("populations.staff.call_mix={fax: 1}"), small()
    assert faxes.populations["staff"].mean_channel_s() == 60.0
    assert "fax" in faxes.resolved()["populations"]["staff"]
    assert "fax" not in none.resolved()["populations"]["staff"]


@pytest.mark.parametrize(("version", "port_s"), [("exchange2007_sp1", 20.0), ("exchange2010", 3.5)])
def test_the_plan_knows_what_faxes_take(version: str, port_s: float) -> None:
    scenario = faxing(f"product={version}")
    assert seconds(scenario, scenario.populations["staff"]).port_s == port_s


@pytest.mark.parametrize("version", ["exchange2007_sp1", "asterisk22"])
def test_both_interpreters_play_faxes_alike(version: str) -> None:
    changes = (f"product={version}", "dial_plans.hq.voip_security=Unsecured", "nodes.gw1.model=generic")
    scenario = faxing(*changes, "ipsec=[{between: [gw1, um1]}]")
    kernel, reference = play(scenario), play(scenario, engine="reference")
    assert all(kernel[table].equals(reference[table]) for table in kernel)
