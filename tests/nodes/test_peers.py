"""Gateways, IP PBXs and what they can do: rows of products/ip_gateway."""

from __future__ import annotations

import pytest
from estates import Tables, play, reasons, small, verdicts

from sim.errors import ScenarioError
from sim.plan.outlook import plan
from sim.security.cost_profile import load as load_profile

IP_PBX = (
    "nodes.pbx1=null",
    "nodes.gw1=null",
    "nodes.ippbx1={kind: ip_gateway, model: ip_pbx, channels: 30}",
    'dial_plans.hq.hunt_groups=[{pilot: "5000", gateway: ippbx1}]',
    "populations.staff.pbx=ippbx1",
)
ATTENDANT = "populations.staff.call_mix={auto_attendant: 1}", "nodes.ippbx1.channels=300"


def of_model(model: str, *overrides: str) -> Tables:
    return play(small(f"nodes.gw1.model={model}", *overrides))


def test_an_ip_pbx_calls_um_itself() -> None:
    tables = play(small(*IP_PBX))
    assert set(reasons(tables["calls"])) == {"none"}
    assert verdicts(tables)[0]["client"] == "ippbx1"


@pytest.mark.parametrize("overrides", [(), ATTENDANT])
def test_an_ip_pbx_is_played_alike_by_both_interpreters(overrides: tuple[str, ...]) -> None:
    fast, slow = (play(small(*IP_PBX, *overrides), engine=engine) for engine in ("kernel", "reference"))
    assert fast["calls"].equals(slow["calls"])
    assert set(reasons(fast["calls"])) == {"none"}


def test_an_ip_pbx_that_is_down_offers_no_way() -> None:
    tables = play(
        small(*IP_PBX, "populations.staff.patience=infinite", "timeline=[{at: 0 s, node_down: {node: ippbx1}}]")
    )
    assert set(reasons(tables["calls"])) == {"no_gateway"}


def test_callers_of_an_ip_pbx_go_over_no_other_gateway() -> None:
    groups = 'dial_plans.hq.hunt_groups=[{pilot: "5000", gateway: ippbx1}, {pilot: "5000", gateway: gw2}]'
    tables = play(small(*IP_PBX, "nodes.gw2={kind: ip_gateway, channels: 30}", groups))
    assert set(tables["calls"]["gateway"]) == {"ippbx1"}


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("populations.staff.pbx=gw1",), "must be pbx, or of model ip_pbx"),
        ((*IP_PBX, "dial_plans.hq.hunt_groups=[]"), "in no hunt group"),
    ],
)
def test_callers_of_no_pbx_are_a_fault(overrides: tuple[str, ...], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        small(*overrides)


def test_callers_of_an_ip_pbx_have_numbers_dialed() -> None:
    dials = (
        "populations.staff.call_mix={outdial: 1}",
        'populations.staff.outdial={numbers: ["5550100", "19005550100"]}',
        "populations.staff.menu=2 s",
        "populations.staff.transfer=5 s",
        'dial_plans.hq.dialing={rules: [{group: local, mask: "555xxxx", dials: "555xxxx"}], allowed: [local]}',
    )
    fast, slow = (play(small(*IP_PBX, *dials), engine=engine) for engine in ("kernel", "reference"))
    assert fast["calls"].equals(slow["calls"])
    assert set(reasons(fast["calls"])) == {"none", "dialing_refused"}


def test_callers_of_an_ip_pbx_are_planned_for_no_other_gateway() -> None:
    groups = 'dial_plans.hq.hunt_groups=[{pilot: "5000", gateway: ippbx1}, {pilot: "5000", gateway: gw2}]'
    planned = plan(small(*IP_PBX, "nodes.gw2={kind: ip_gateway, channels: 30}", groups), load_profile("reference"))
    assert [[each.node for each in pool.nodes] for pool in planned.pools if pool.kind == "channels"] == [["ippbx1"]]


def test_an_ip_pbx_has_no_trunks_to_plan() -> None:
    planned = plan(small(*IP_PBX), load_profile("reference"))
    assert {pool.kind for pool in planned.pools} == {"channels", "ports"}


@pytest.mark.parametrize(
    ("model", "mode", "reason"),
    [
        ("without_tls", "Unsecured", "none"),
        ("without_tls", "SIPSecured", "mode_mismatch"),
        ("without_tls", "Secured", "mode_mismatch"),
        ("without_srtp", "SIPSecured", "none"),
        ("without_srtp", "Secured", "mode_mismatch"),
    ],
)
def test_a_model_follows_its_dial_plan_as_far_as_it_can(model: str, mode: str, reason: str) -> None:
    """Guide, "UM Dial Plans and VoIP Security": IP gateways or IP PBXs must support mutual TLS."""
    assert set(reasons(of_model(model, f"dial_plans.hq.voip_security={mode}")["calls"])) == {reason}


@pytest.mark.parametrize(("model", "reason"), [("audiocodes", "none"), ("ocs2007", "untrusted_self_signed")])
def test_communications_server_takes_no_self_signed_certificate(model: str, reason: str) -> None:
    """MicrosoftDocs, deploying-certificates-for-um."""
    assert set(reasons(of_model(model, "certificates.um1={issuer: self}")["calls"])) == {reason}


def test_communications_server_takes_one_of_an_authority() -> None:
    assert set(reasons(of_model("ocs2007")["calls"])) == {"none"}
