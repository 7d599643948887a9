"""Statuses and hunt groups decide whether UM takes a call (Set-UMServer, Set-UMIPGateway, Remove-UMHuntGroup)."""

from __future__ import annotations

import pytest
from estates import MINUTE_S, Tables, arrived, play, reasons, small

LONG = (
    "populations.staff.call_mix={subscriber_access: 1}",
    "populations.staff.voice_access=3 min",
    "nodes.gw1.channels=90",
)
PILOT = 'dial_plan: hq, gateway: gw1, pilot: "5000"'


def after(event: str, *overrides: str) -> Tables:
    return play(small(f"timeline=[{{at: 5 min, {event}}}]", "nodes.pbx1.trunks=90", *LONG, *overrides))


@pytest.mark.parametrize("order", ["set_um_server: {identity: um1", "set_um_ip_gateway: {identity: gw1"])
@pytest.mark.parametrize("status", ["NoNewCalls", "Disabled"])
def test_a_status_blocks_new_calls(order: str, status: str) -> None:
    """MicrosoftDocs, Set-UMServer and Set-UMIPGateway."""
    tables = after(f"{order}, status: {status}}}")
    assert set(reasons(arrived(tables, begin_s=5 * MINUTE_S))) == {"no_new_calls"}
    before = reasons(arrived(tables, end_s=5 * MINUTE_S - 10.0))
    assert ("node_failed" in before) == (status == "Disabled")
    assert set(before) <= {"none", "node_failed"}


@pytest.mark.parametrize("kept", ["per_call", "persistent"])
def test_a_status_counts_for_an_open_connection_as_well(kept: str) -> None:
    tables = after("set_um_server: {identity: um1, status: NoNewCalls}", f"nodes.gw1.connections={kept}")
    assert set(reasons(arrived(tables, begin_s=5 * MINUTE_S))) == {"no_new_calls"}


def test_another_server_takes_what_one_does_not() -> None:
    other = "nodes.um2={kind: um_server}", "dial_plans.hq.servers=[um1, um2]"
    tables = after("set_um_server: {identity: um1, status: NoNewCalls}", *other)
    assert set(reasons(tables["calls"])) == {"none"}
    assert set(arrived(tables, begin_s=5 * MINUTE_S)["server"]) == {"um2"}


def test_calls_need_a_hunt_group() -> None:
    """MicrosoftDocs, um-ip-gateways: a hunt group ties a gateway to a dial plan."""
    tables = after(f"remove_um_hunt_group: {{{PILOT}}}")
    assert set(reasons(arrived(tables, begin_s=5 * MINUTE_S))) == {"no_hunt_group"}


def test_a_hunt_group_created_again_counts_again() -> None:
    change = f"{{at: 2 min, remove_um_hunt_group: {{{PILOT}}}}}, {{at: 5 min, new_um_hunt_group: {{{PILOT}}}}}"
    tables = play(small(f"timeline=[{change}]"))
    assert set(reasons(arrived(tables, 2 * MINUTE_S, 5 * MINUTE_S))) == {"no_hunt_group"}
    assert set(reasons(arrived(tables, begin_s=5 * MINUTE_S))) == {"none"}


def test_one_hunt_group_of_two_is_enough() -> None:
    groups = 'dial_plans.hq.hunt_groups=[{pilot: "5000", gateway: gw1}, {pilot: "5001", gateway: gw1}]'
    assert set(reasons(after(f"remove_um_hunt_group: {{{PILOT}}}", groups)["calls"])) == {"none"}
