"""Whole deployments: the sample scenarios, a small one to change by overrides, and the tables that they leave."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl

from sim import observations, run
from sim.scenario.load import load, load_text
from sim.scenario.schema import Scenario
from sim.security import cost_profile

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SAMPLES = sorted(path.stem for path in SCENARIOS.glob("*.yaml"))
MINUTE_S, HOUR_S, DAY_S = 60.0, 3_600.0, 86_400.0

Tables = dict[str, pl.DataFrame]

SMALL = """
name: One gateway, one server
run: {epoch: 2007-11-05T08:00:00Z, duration: 10 min, seed: 7}
nodes:
  pbx1: {kind: pbx, trunks: 60}
  gw1: {kind: ip_gateway, model: audiocodes, channels: 30}
  um1: {kind: um_server}
  hub1: {kind: hub_transport}
  ca1: {kind: certificate_authority}
dial_plans:
  hq: {voip_security: SIPSecured, servers: [um1], hunt_groups: [{pilot: "5000", gateway: gw1}]}
populations:
  staff:
    dial_plan: hq
    pbx: pbx1
    calls_per_hour: 1200
    call_mix: {call_answering: 0.6, missed_call: 0.1, subscriber_access: 0.3}
    greeting: 2 s
    message: 5 s
    voice_access: 20 s
"""


def sample(name: str, *overrides: str) -> Scenario:
    """A sample scenario by the name of its file."""
    return load(SCENARIOS / f"{name}.yaml", overrides)


def small(*overrides: str) -> Scenario:
    """Ten minutes of about 200 short calls through one gateway and one server, SIPSecured, one authority."""
    return load_text(SMALL, "small.yaml", overrides)


def reordered(scenario: Scenario) -> Scenario:
    """The same scenario from a file with all its names and keys in the opposite order."""
    return load_text(json.dumps(_backwards(scenario.resolved())), "reordered.yaml")


def _backwards(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _backwards(value[key]) for key in reversed(value)}
    return [_backwards(each) for each in value] if isinstance(value, list) else value


class _InMemory:
    """A recorder that keeps the frames."""

    def __init__(self) -> None:
        self.frames: dict[str, list[pl.DataFrame]] = {
            table: [observations.empty(table)] for table in observations.TABLES
        }

    def append(self, table: str, frame: pl.DataFrame) -> None:
        self.frames[table].append(frame)


def play(scenario: Scenario, replication: int = 0, engine: run.Engine = "kernel") -> Tables:
    """All tables of one replication."""
    recorder = _InMemory()
    run.play(scenario, cost_profile.load(scenario.crypto.costs), replication, recorder, engine=engine)
    return {table: pl.concat(frames) for table, frames in recorder.frames.items()}


def play_all(scenario: Scenario) -> Tables:
    """All tables of all replications."""
    played = [play(scenario, replication) for replication in range(scenario.run.replications)]
    return {table: pl.concat([each[table] for each in played]) for table in observations.TABLES}


def arrived(tables: Tables, begin_s: float = 0.0, end_s: float = float("inf")) -> pl.DataFrame:
    """The calls that arrived from ``begin_s`` on and before ``end_s``."""
    return tables["calls"].filter(pl.col("arrived_s").is_between(begin_s, end_s, closed="left"))


def reasons(calls: pl.DataFrame) -> dict[str, int]:
    """How many calls ended for each reason; ``unfinished`` left out, they have not ended."""
    return dict(Counter(name for name in calls["reason"].to_list() if name != "unfinished"))


def events(tables: Tables, event: str, node: str | None = None) -> pl.DataFrame:
    """The events of a name, of one node or of all."""
    of_node = pl.lit(value=True) if node is None else pl.col("node") == node
    return tables["events"].filter((pl.col("event") == event) & of_node)


def verdicts(tables: Tables, connection: str = "service") -> list[dict[str, Any]]:
    """The verdicts on one kind of connection, in order of time."""
    return tables["verdicts"].filter(pl.col("connection") == connection).to_dicts()


def cpu_s(tables: Tables, node: str, purpose: str) -> float:
    """CPU time that a node spent on a purpose."""
    spent = tables["cpu"].filter((pl.col("node") == node) & (pl.col("purpose") == purpose))
    return float(spent["cpu_s"].sum())


def metered(tables: Tables, node: str, meter: str, begin_s: float, end_s: float = float("inf")) -> float:
    """The time integral of a meter of a node over the intervals that begin between two times."""
    within = pl.col("start_s").is_between(begin_s, end_s, closed="left")
    rows = tables["usage"].filter((pl.col("node") == node) & (pl.col("meter") == meter) & within)
    return float(rows["integral"].sum())
