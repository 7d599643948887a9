"""A run as one JSON document: for scripts and for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from sim import vocabulary
from sim.analysis.verdicts import Verdict, verdict_row
from sim.manifest import Manifest

_LISTED = ("measure", "statistic", "unit", "mean", "low", "high", "replications")


def run_document(
    measures: pl.DataFrame, manifest: Manifest, verdicts: Sequence[Verdict], directory: Path
) -> dict[str, Any]:
    """What ``umtwin run --json`` prints: ``run``, ``verdicts`` and ``measures``, of JSON's types alone.

    Parameters
    ----------
    measures
        Columns MEASURES_SCHEMA of analysis.measures.
    directory
        The run's directory.
    """
    return {
        "run": {
            "scenario": manifest.scenario_name,
            "scenario_hash": manifest.scenario_hash,
            "umtwin_version": manifest.umtwin_version,
            "status": manifest.status,
            "message": manifest.message,
            "replications": len(manifest.replications),
            "complete_replications": sum(each.status == "complete" for each in manifest.replications),
            "seed": manifest.seed,
            "engine": manifest.engine,
            "cost_profile": manifest.cost_profile,
            "reproducible": manifest.reproducible,
            "digest": manifest.digest,
            "results": str(directory),
        },
        "verdicts": [verdict_row(verdict) for verdict in verdicts],
        "measures": [_measure(row) for row in measures.iter_rows(named=True)],
    }


def _measure(row: dict[str, Any]) -> dict[str, Any]:
    labels = {label: row[label] for label in vocabulary.LABELS if row[label]}
    return {"labels": labels} | {name: row[name] for name in _LISTED}
