"""Nodes with a count: names, what stands for all of them, and where faults are placed."""

from __future__ import annotations

import pytest

from sim.errors import ScenarioError
from sim.scenario.load import load_text
from sim.scenario.schema import Scenario

TEXT = """
name: counted
run: {epoch: 2026-01-01T00:00:00Z, duration: 1 h}
nodes:
  gw: {kind: ip_gateway, channels: 4, count: 12}
  um: {kind: um_server, count: 2}
  ca1: {kind: certificate_authority}
certificates:
  gw: {template: ComputerV3}
  gw03: {template: WebServer}
renewals:
  gw: {lead_time: 5 d}
dial_plans:
  hq: {servers: [um], hunt_groups: [{pilot: "5000", gateway: gw}, {pilot: "5001", gateway: gw02}]}
"""


def scenario(*overrides: str) -> Scenario:
    return load_text(TEXT, "counted.yaml", overrides)


def fault(*overrides: str) -> str:
    with pytest.raises(ScenarioError) as raised:
        scenario(*overrides)
    return str(raised.value)


def test_members_are_numbered_from_one_with_as_many_digits_as_the_last() -> None:
    names = [name for name, node in scenario().nodes.items() if node.kind == "ip_gateway"]
    assert names == [f"gw{number:02d}" for number in range(1, 13)]
    assert {"um1", "um2"} <= scenario().nodes.keys()


def test_name_stands_for_all_in_certificates_renewals_and_dial_plans() -> None:
    loaded = scenario()
    plan = loaded.dial_plans["hq"]
    assert plan.servers == ("um1", "um2")
    assert [group.gateway for group in plan.hunt_groups] == [*(f"gw{n:02d}" for n in range(1, 13)), "gw02"]
    assert loaded.renewals is not None
    assert len(loaded.renewals) == 12


def test_entry_of_a_member_goes_before_that_of_all() -> None:
    templates = {name: specs[0].template for name, specs in scenario().certificates.items()}
    assert {name for name, template in templates.items() if template == "WebServer"} == {"gw03"}
    assert len(templates) == 12


def test_expanded_scenario_is_that_with_each_node_written_out() -> None:
    loaded = scenario()
    assert loaded.nodes["gw07"] == loaded.nodes["gw01"].model_copy(update={"fqdn": "gw07.example.com"})


def test_fault_of_a_member_stands_where_the_group_was_written() -> None:
    broken = TEXT.replace("channels: 4", "channels: 0")
    with pytest.raises(ScenarioError) as raised:
        load_text(broken, "counted.yaml")
    assert str(raised.value).startswith("counted.yaml:5:")


@pytest.mark.parametrize("count", ["0", "-1", "1.5", "true", "many", "1001"])
def test_count_is_a_whole_number_of_sane_size(count: str) -> None:
    assert "nodes.gw.count: must be a whole number from 1 to 1,000" in fault(f"nodes.gw.count={count}")


def test_made_name_that_is_taken_is_a_fault() -> None:
    message = fault("nodes.gw05={kind: pbx, trunks: 1}")
    assert "makes gw01 to gw12, but there is another node called gw05" in message


def test_group_is_no_node_elsewhere() -> None:
    assert "no node is named 'um'" in fault("timeline=[{at: 1 min, restart_service: {node: um}}]")
