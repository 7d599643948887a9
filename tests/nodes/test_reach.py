"""How far attackers and listeners reach: trusted LANs, and the path of what passes."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from estates import small

from sim.analysis.overheard import overheard_calls
from sim.study.replicate import run_scenario

FLOOD = (
    "nodes.proxy={kind: attacker}",
    "timeline=[{at: 1 min, flood_start: {attacker: proxy, target: um1, kind: sip_invite, spoofs: gw1, rate: 1 /s}}]",
)
TAP = ("nodes.tap1={kind: eavesdropper, taps: [[gw1, um1], [um1, hub1]], on_path: true}",)


def ends(root: Path, *overrides: str) -> set[str]:
    """How a flood that uses the gateway's address ended."""
    scenario = small("dial_plans.hq.voip_security=Unsecured", *FLOOD, *overrides)
    hostile = run_scenario(scenario, root=root, engine="reference").table("hostile").collect()
    return set(hostile["reason"].cast(pl.String).to_list())


@pytest.mark.parametrize(
    ("lan", "reason"),
    [
        ("[gw1, um1]", "out_of_reach"),
        ("[gw1, um1, proxy]", "none"),
        ("[gw1, hub1]", "none"),
        ("[um1, hub1]", "none"),
    ],
)
def test_an_address_of_a_trusted_lan_is_of_use_on_that_lan_alone(tmp_path: Path, lan: str, reason: str) -> None:
    assert reason in ends(tmp_path, f"trusted_lans={{voice: {lan}}}")
    assert ("out_of_reach" in ends(tmp_path, f"trusted_lans={{voice: {lan}}}")) == (reason == "out_of_reach")


def test_a_flood_that_uses_nobodys_address_comes_from_outside_the_lan(tmp_path: Path) -> None:
    """The server is on other LANs as well, where it refuses a stranger by its list."""
    assert ends(tmp_path, "trusted_lans={voice: [gw1, um1]}", "timeline.0.flood_start.spoofs=null") == {
        "unknown_gateway"
    }


def overheard(root: Path, *overrides: str) -> set[str]:
    played = run_scenario(small(*TAP, *overrides), root=root, engine="reference")
    return set(overheard_calls(played).collect()["what"].to_list())


def test_nothing_is_overheard_on_a_trusted_lan_by_who_is_not_on_it(tmp_path: Path) -> None:
    mode, lan = "dial_plans.hq.voip_security=Unsecured", "trusted_lans={{voice: [{}]}}"
    assert overheard(tmp_path, mode, lan.format("gw1, um1")) == {"message"}
    assert overheard(tmp_path, mode, lan.format("gw1, um1, tap1")) == {"signalling", "voice", "session", "message"}


@pytest.mark.parametrize(("within", "heard"), [("true", {"signalling", "voice", "session"}), ("false", set())])
def test_a_tunnel_hides_what_passes_from_site_to_site(tmp_path: Path, within: str, heard: set[str]) -> None:
    """A policy of another pair hides nothing: messages to the hub are heard."""
    tunnel = "ipsec=[{between: [gw1, um1], mode: tunnel}]"
    overrides = ("dial_plans.hq.voip_security=Unsecured", tunnel, f"nodes.tap1.within_site={within}")
    assert overheard(tmp_path, *overrides) == heard | {"message"}


@pytest.mark.parametrize(
    ("mode", "on_path", "what"),
    [("Unsecured", "true", True), ("Unsecured", "false", False), ("SIPSecured", "true", False)],
)
def test_sessions_in_clear_can_be_taken_over_by_who_is_on_the_path(
    tmp_path: Path, mode: str, on_path: str, *, what: bool
) -> None:
    heard = overheard(tmp_path, f"dial_plans.hq.voip_security={mode}", f"nodes.tap1.on_path={on_path}")
    assert ("session" in heard) == what
