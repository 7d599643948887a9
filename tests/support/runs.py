"""Results of a run written by hand: one IP gateway with ten channels, another, and one UM server with four cores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from sim import observations
from sim.manifest import Manifest, NodeSize, Recording, ReplicationSummary, run_digest, write_manifest
from sim.results import Recorder, Results

DURATION_S = 300.0


def frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([{"replication": 0, **row} for row in rows], schema=observations.schema(table))


def call(number: int, arrived_s: float, outcome: str = "completed", **fields: Any) -> dict[str, Any]:
    """A call of 30 s, answered by um1 over gw1 unless ``fields`` say otherwise."""
    defaults = {
        "call": number,
        "population": "staff",
        "call_class": "call_answering",
        "gateway": "gw1",
        "server": "um1",
        "attempts": 1,
        "outcome": outcome,
        "reason": "none",
        "connection": "full",
        "signalling": "tls",
        "media": "clear",
        "submission": "none",
        "arrived_s": arrived_s,
        "setup_s": 0.01,
        "cpu_wait_s": 0.0,
        "ended_s": arrived_s + 30.0,
        "lost_s": 0.0,
    }
    return defaults | fields


def write_run(
    directory: Path,
    *replications: dict[str, list[dict[str, Any]]],
    scenario: dict[str, Any] | None = None,
    recordings: dict[str, Recording] | None = None,
) -> Results:
    """The rows of each replication's tables as a complete run of DURATION_S."""
    summaries = []
    for index, tables in enumerate(replications):
        with Recorder(directory, index) as recorder:
            for table, rows in tables.items():
                recorder.append(table, frame(table, [{**row, "replication": index} for row in rows]))
        summaries.append(ReplicationSummary(index, "complete", DURATION_S, recorder.close()))
    nodes = {
        "gw1": NodeSize("ip_gateway", 10, 1),
        "gw2": NodeSize("ip_gateway", None, 1),
        "um1": NodeSize("um_server", 100, 4),
        "ca1": NodeSize("certificate_authority", None, None),
    }
    manifest = Manifest(
        umtwin_version="0.1.0",
        scenario_name="twelve calls",
        scenario=scenario or {},
        scenario_hash="",
        nodes=nodes,
        interval_s=60.0,
        seed=1,
        engine="kernel",
        cost_profile="reference",
        cost_profile_hash="",
        library_versions={},
        created="2007-11-05T08:00:00+00:00",
        status="complete",
        message="",
        replications=tuple(summaries),
        reproducible=True,
        digest=run_digest(summaries),
        recordings=recordings or {},
    )
    write_manifest(directory, manifest)
    return Results(directory)
