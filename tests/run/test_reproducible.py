"""The same inputs give the same bytes: on both interpreters, in every process, in any order, on any machine."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from estates import SAMPLES, SCENARIOS, reordered, sample

from sim import run
from sim.manifest import Manifest
from sim.results import Recorder
from sim.scenario.schema import Scenario
from sim.security import cost_profile
from sim.study.replicate import run_scenario

TWICE, ELLIPTIC = "run.replications=2", "crypto.key=p-256"
BUSY = (TWICE, "run.duration=15 min", "run.warm_up=0 s")
ROLLOUT = "populations.staff.calls_per_hour=5"
SHORTER = {
    "busy_hour": BUSY,
    "busy_hour_sip_secured": (*BUSY, ELLIPTIC),
    "busy_hour_secured": (*BUSY, ELLIPTIC, 'crypto.tls="1.3"'),
    "mode_change": (*BUSY, ELLIPTIC, "timeline.0.at=5 min", "timeline.1.at=10 min"),
    "sbc_failover": (*BUSY, "expect=[]", "timeline.0.at=2 min", "timeline.0.node_down.for=9 min"),
    "server_failure": (*BUSY, "timeline.0.at=5 min", "timeline.1.at=10 min"),
    "hub_failure": (
        *BUSY,
        "expect=[]",
        "nodes.um1.message_queue=20",
        "nodes.um2.message_queue=20",
        "timeline.0.at=2 min",
        "timeline.1.at=10 min",
    ),
    "certificate_expiry": ("run.duration=380 d", "run.interval=1 d", "populations.branch_staff.calls_per_hour=1"),
    "persistent_connection_survives": (TWICE,),
    "dos_flood": (TWICE, ELLIPTIC, "timeline.0.flood_start.rate=50 /s", "timeline.2.flood_start.rate=50 /s"),
    "rollout_rtm_to_sp1": (ROLLOUT,),
    "rollout_wrong_certificate_last": (ROLLOUT,),
    "rollout_wrong_mode_first": (ROLLOUT,),
    "rollout_wrong_servers_in_use": (ROLLOUT,),
    "expect_pass": (TWICE,),
    "expect_fail": (TWICE,),
    "expect_undecided": (TWICE,),
    "public_ca_2026_2029": ("run.duration=210 d", "populations.callers.calls_per_hour=1"),
}
"""What keeps each sample as it is and makes it short enough for the reference interpreter."""


MEASURED = ["live_handshakes"]
"""Samples whose costs are measured while they are played."""


def shorter(name: str) -> Scenario:
    return sample(name, *SHORTER[name])


def manifest(scenario: Scenario, root: Path, engine: run.Engine = "kernel", jobs: int = 1) -> Manifest:
    return run_scenario(scenario, root=root, engine=engine, jobs=jobs).manifest


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Manifest]:
    """Every sample, played here by the kernel."""
    root = tmp_path_factory.mktemp("played")
    return {name: manifest(shorter(name), root) for name in SHORTER}


def test_all_samples_are_here() -> None:
    assert sorted([*SHORTER, *MEASURED]) == SAMPLES


@pytest.mark.parametrize("name", SHORTER)
def test_both_interpreters_agree(name: str, played: dict[str, Manifest], tmp_path: Path) -> None:
    assert manifest(shorter(name), tmp_path, "reference").replications == played[name].replications


@pytest.mark.parametrize("name", SHORTER)
def test_order_of_names_and_keys_does_not_matter(name: str, played: dict[str, Manifest], tmp_path: Path) -> None:
    again = manifest(reordered(shorter(name)), tmp_path)
    assert (again.replications, again.scenario_hash) == (played[name].replications, played[name].scenario_hash)


@pytest.mark.parametrize("name", ["mode_change", pytest.param("dos_flood", marks=pytest.mark.slow)])
def test_number_of_processes_does_not_matter(name: str, played: dict[str, Manifest], tmp_path: Path) -> None:
    assert manifest(shorter(name), tmp_path, jobs=2).replications == played[name].replications


def test_replication_alone_equals_replication_of_many(played: dict[str, Manifest], tmp_path: Path) -> None:
    scenario = shorter("server_failure")
    recorder = Recorder(tmp_path, 1)
    run.play(scenario, cost_profile.load("reference"), 1, recorder)
    assert recorder.close() == played["server_failure"].replications[1].tables


def test_replications_differ(played: dict[str, Manifest]) -> None:
    first, second = played["busy_hour"].replications
    assert first.tables["calls"].digest != second.tables["calls"].digest


def test_seed_matters(played: dict[str, Manifest], tmp_path: Path) -> None:
    other = sample("busy_hour", *BUSY, "run.seed=1")
    assert manifest(other, tmp_path).digest != played["busy_hour"].digest


PLAY_ALL = """
import json, sys
from pathlib import Path
from sim.scenario.load import load
from sim.study.replicate import run_scenario
samples = json.loads(sys.argv[2])
results = {each: run_scenario(load(each, overrides), root=Path(sys.argv[1])) for each, overrides in samples.items()}
print(json.dumps({each: played.manifest.digest for each, played in results.items()}))
"""


def vector_features() -> str:
    """What numpy chooses at run time on this machine: with all of it off, numpy computes as on the oldest machine."""
    umath = importlib.import_module("numpy._core._multiarray_umath")
    return " ".join(feature for feature in umath.__cpu_dispatch__ if umath.__cpu_features__[feature])


def digests(samples: dict[str, tuple[str, ...]], environment: dict[str, str], root: Path) -> dict[str, str]:
    """The samples with their overrides, played by a process of its own."""
    files = {str(SCENARIOS / f"{name}.yaml"): overrides for name, overrides in samples.items()}
    command = [sys.executable, "-c", PLAY_ALL, str(root), json.dumps(files)]
    output = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True).stdout
    return {Path(file).stem: digest for file, digest in json.loads(output).items()}


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2", "NPY_DISABLE_CPU_FEATURES": vector_features()}],
    ids=["hash seed", "numpy without vector instructions"],
)
def test_another_process_gives_the_same_bytes(
    environment: dict[str, str], played: dict[str, Manifest], tmp_path: Path
) -> None:
    assert digests(SHORTER, environment, tmp_path) == {name: played[name].digest for name in SHORTER}


def test_lognormal_times_do_not_depend_on_the_machine(tmp_path: Path) -> None:
    """With this coefficient of variation log1p(cv^2) is one of those that differ (measured, numpy 2.4)."""
    law = "populations.staff.voice_access={lognormal: {mean: 180 s, cv: 0.8}}"
    here = manifest(sample("busy_hour", *BUSY, law), tmp_path).digest
    there = digests({"busy_hour": (*BUSY, law)}, {"NPY_DISABLE_CPU_FEATURES": vector_features()}, tmp_path)
    assert there == {"busy_hour": here}
