"""Reading scenarios: values, places, ``extends`` and ``--set``."""

from __future__ import annotations

import json
import math
import pickle
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from sim.scenario.load import load, load_text
from sim.scenario.nodes import IpGateway, UmServer
from sim.scenario.schema import Scenario

SAMPLES = Path(__file__).parents[2] / "scenarios"
NAMES = sorted(path.stem for path in SAMPLES.glob("*.yaml"))

TEXT = """\
name: Branch
run: {epoch: 2007-11-05T10:00:00+02:00, duration: 2 h}
nodes:
  um_1: {kind: um_server}
  pbx1: {kind: pbx, trunks: 24}
  gw1:
    kind: ip_gateway
    channels: 24
    connections: {policy: persistent, idle: 5 min}
  ca1: {kind: certificate_authority}
certificates:
  gw1: {not_after: 2007-11-05T09:30:00Z}
  um_1:
    - {issuer: self, trusted_by: [gw1]}
    - {installed_at: 90 min, validity: 365 d}
links:
  - {between: [gw1, um_1], latency: 1 ms, bandwidth: 100 Mbit/s}
dial_plans:
  hq: {servers: [um_1], hunt_groups: [{pilot: "010", gateway: gw1}]}
populations:
  staff: {dial_plan: hq, pbx: pbx1, calls_per_hour: 100, call_mix: {call_answering: 1}, patience: infinite}
timeline:
  - {at: 1 h, set_um_dial_plan: {identity: hq, voip_security: Secured}}
  - {at: 2007-11-05T09:00:00Z, node_down: {node: um_1, for: 5 min}}
"""


def branch(*overrides: str) -> Scenario:
    return load_text(TEXT, "branch.yaml", overrides)


def gateway(scenario: Scenario) -> IpGateway:
    node = scenario.nodes["gw1"]
    assert isinstance(node, IpGateway)
    return node


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_loads_and_is_short(name: str) -> None:
    path = SAMPLES / f"{name}.yaml"
    assert load(path).name
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# yaml-language-server: $schema=../docs/scenario.schema.json"
    assert len(lines) < 40


def test_the_epoch_is_turned_to_utc() -> None:
    assert branch().run.epoch == datetime(2007, 11, 5, 8, tzinfo=UTC)
    assert branch().run.epoch.tzinfo is UTC


def test_instants_are_seconds_since_the_epoch_whichever_way_they_are_written() -> None:
    scenario = branch()
    assert [entry.at_s for entry in scenario.timeline] == [3_600.0, 3_600.0]
    assert scenario.seconds("1 h") == scenario.seconds(datetime(2007, 11, 5, 9, tzinfo=UTC)) == 3_600.0


def test_an_event_is_known_by_its_name() -> None:
    assert [entry.event.name for entry in branch().timeline] == ["set_um_dial_plan", "node_down"]


def test_quantities_are_in_si_units() -> None:
    scenario = branch()
    assert (scenario.links[0].latency_s, scenario.links[0].bandwidth_bps) == (0.001, 1e8)
    assert gateway(scenario).connections.idle_s == 300.0


def test_a_policy_alone_stands_for_connections() -> None:
    scenario = branch("nodes.gw1.connections=persistent")
    connections = gateway(scenario).connections
    assert (connections.policy, connections.idle_s, connections.max_age_s) == ("persistent", 600.0, math.inf)


def test_names_that_depend_on_others_are_filled_in() -> None:
    um = branch("product=exchange2010").nodes["um_1"]
    assert isinstance(um, UmServer)
    assert (um.fqdn, um.product) == ("um-1.example.com", "exchange2010")


def test_one_certificate_is_a_list_of_one() -> None:
    certificates = branch().certificates
    assert [len(certificates["gw1"]), len(certificates["um_1"])] == [1, 2]


def test_a_certificate_is_there_from_the_start_unless_it_is_installed_later() -> None:
    assert [spec.installed_at_s for spec in branch().certificates["um_1"]] == [-math.inf, 5_400.0]


def test_a_dial_string_keeps_its_leading_zero() -> None:
    assert branch().dial_plans["hq"].hunt_groups[0].pilot == "010"


@pytest.mark.parametrize("word", ["NO", "on", "yes", "22:30", "0x1F", "1_000", "2007-11-05"])
def test_yaml_words_stay_what_they_are(word: str) -> None:
    assert load_text(TEXT.replace("name: Branch", f"name: {word}")).name == word


def test_mappings_are_in_order_of_their_names() -> None:
    assert list(branch().nodes) == ["ca1", "gw1", "pbx1", "um_1"]


def test_a_scenario_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        branch().run.seed = 2


def test_origins_tell_where_each_value_was_written() -> None:
    origins = branch("run.seed=7").origins
    places = {path: (origins[path].file, origins[path].line, origins[path].column)
              for path in ("nodes.gw1", "nodes.gw1.channels", "timeline.1.at", "run.seed")}  # fmt: skip
    assert places == {
        "nodes.gw1": ("branch.yaml", 6, 3),
        "nodes.gw1.channels": ("branch.yaml", 8, 15),
        "timeline.1.at": ("branch.yaml", 24, 10),
        "run.seed": ("--set", 1, 10),
    }


def test_a_default_has_no_origin() -> None:
    assert "run.seed" not in branch().origins


def test_extends_merges_maps_replaces_lists_and_removes_null(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(TEXT, encoding="utf-8")
    child = tmp_path / "child.yaml"
    child.write_text(
        "extends: base.yaml\n"
        "nodes: {gw1: {channels: 48}}\n"
        "links: []\n"
        "timeline:\n"
        "  - {at: 5 min, node_down: {node: um_1}}\n"
        "certificates: {gw1: null}\n",
        encoding="utf-8",
    )
    scenario = load(child)
    assert (gateway(scenario).channels, gateway(scenario).connections.policy) == (48, "persistent")
    assert (scenario.links, len(scenario.timeline), list(scenario.certificates)) == ((), 1, ["um_1"])


def test_extended_values_keep_the_file_they_came_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(TEXT, encoding="utf-8")
    Path("child.yaml").write_text("extends: base.yaml\nrun: {seed: 5}\n", encoding="utf-8")
    origins = load("child.yaml").origins
    assert [(origins[path].file, origins[path].line) for path in ("run.duration", "run.seed")] == [
        ("base.yaml", 2),
        ("child.yaml", 2),
    ]


def test_an_override_of_a_list_entry_changes_that_entry_only() -> None:
    scenario = branch("timeline.0.at=5 min")
    assert [entry.at_s for entry in scenario.timeline] == [300.0, 3_600.0]


def test_an_override_with_null_removes_a_key() -> None:
    assert branch("certificates.gw1=null").certificates.keys() == {"um_1"}


def test_later_overrides_win() -> None:
    assert branch("run.seed=2", "run.seed=3").run.seed == 3


@pytest.mark.parametrize("name", NAMES)
def test_the_resolved_scenario_is_read_back_as_the_same(name: str) -> None:
    scenario = load(SAMPLES / f"{name}.yaml")
    again = load_text(json.dumps(scenario.resolved()))
    assert again.resolved() == scenario.resolved()
    assert again.hash() == scenario.hash()


def test_the_hash_ignores_the_order_of_names_and_sees_every_value() -> None:
    lines = TEXT.splitlines(keepends=True)
    swapped = "".join([*lines[:3], lines[4], lines[3], *lines[5:]])
    assert load_text(swapped).hash() == branch().hash() != branch("nodes.gw1.channels=25").hash()


def test_a_scenario_survives_the_way_to_another_process() -> None:
    scenario = branch()
    copy = pickle.loads(pickle.dumps(scenario))
    assert (copy, copy.origins) == (scenario, scenario.origins)
