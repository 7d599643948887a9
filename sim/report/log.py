"""The event log of a run, line by line."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from sim.analysis.played import deployment
from sim.errors import UsageError
from sim.report.quantities import instant_text
from sim.results import Results


def log_lines(results: Results, replication: int = 0) -> Iterator[str]:
    """Time (UTC), level, node, event with its id in the Windows log, and message of each event of a replication.

    Raises
    ------
    UsageError
        The run has no such replication.
    ResultsError
        The results are damaged.
    """
    indices = [each.index for each in results.manifest.replications]
    if replication not in indices:
        raise UsageError(f"no replication {replication}: the run has {', '.join(map(str, indices)) or 'none'}")
    epoch = deployment(results).epoch
    rows = results.table("events", complete_only=False).filter(pl.col("replication") == replication)
    for row in rows.sort("time_s", maintain_order=True).collect().iter_rows(named=True):
        event = row["event"] if row["windows_event_id"] is None else f"{row['event']} ({row['windows_event_id']})"
        node = row["node"] or "deployment"
        yield f"{instant_text(epoch, row['time_s'])}  {row['level']:<11}  {node}  {event}: {row['message']}"
