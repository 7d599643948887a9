"""report.html: a run as one file that needs nothing else, made of its results alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from sim import vocabulary
from sim.analysis.verdicts import Verdict
from sim.report.figure import Material, Table, table
from sim.report.figures import FIGURES
from sim.report.quantities import quantity
from sim.report.single_file import page_html, write_page
from sim.report.summary import found_text
from sim.units import duration_text

REPORT_FILE: Final = "report.html"
HEADINGS: Final = ("Verdicts", "Key figures", *FIGURES, "Inputs")
"""The sections of a report, in order."""

_MARKS: Final = {"PASS": "✓", "FAIL": "✗", "UNDECIDED": "?"}


def write_report(material: Material) -> Path:
    """Write ``report.html`` of ``gather(results)`` into the run's directory, whole or not at all; its path.

    Raises
    ------
    ResultsError
        The results are damaged, or the report cannot be written.
    """
    return write_page(material.results.path / REPORT_FILE, report_html(material))


def report_html(material: Material) -> str:
    """The report as text; the same results give the same bytes."""
    return page_html(
        "report.html.j2",
        {heading: figure(material) for heading, figure in FIGURES.items()},
        title=material.manifest.scenario_name,
        version=material.manifest.umtwin_version,
        headings=HEADINGS,
        manifest=material.manifest,
        summary=_summary(material),
        verdicts=[_verdict(verdict) for verdict in material.verdicts],
        tiles=_tiles(material),
        measures=_measures(material),
        inputs=_inputs(material),
        scenario=json.dumps(material.manifest.scenario, indent=2, ensure_ascii=False),
    )


def _summary(material: Material) -> dict[str, str]:
    manifest = material.manifest
    complete = [each for each in manifest.replications if each.status == "complete"]
    return {
        "description": str(manifest.scenario.get("description", "")),
        "played": f"{len(complete)} of {len(manifest.replications)} replications"
        + (f" of {duration_text(complete[0].ended_at_s)}" if complete else ""),
        "from": material.clock(0.0),
        "warm_up": duration_text(material.window.start_s) if material.window.start_s else "",
        "complete": str(len(complete)),
    }


def _verdict(verdict: Verdict) -> dict[str, str]:
    found = "; ".join(part for part in (found_text(verdict), verdict.why) if part)
    return {
        "outcome": verdict.outcome,
        "mark": _MARKS[verdict.outcome],
        "expectation": verdict.expectation.text,
        "found": found,
    }


def _tiles(material: Material) -> list[tuple[str, str, str]]:
    """Title, estimate and explanation of what is read first."""
    shares = [
        (title, quantity(row, "%", 100), "of the offered calls")
        for outcome in ("completed", "blocked", "failed")
        for title, row in [(outcome, material.measure(f"call.{outcome}", "rate").get(""))]
        if row
    ]
    tiles = [("offered", quantity(row), "calls") for row in material.measure("call.offered", "count").values()] + shares
    tiles += [
        ("set-up, 95th percentile", quantity(row, "ms", 1000), "of the answered calls")
        for row in material.measure("call.setup", "p95").values()
    ]
    for measure, title in (
        ("pool.utilisation", "seats of the fullest pool"),
        ("cpu.utilisation", "CPU of the busiest node"),
    ):
        rows = material.measure(measure, "mean", "node")
        if rows:
            node = max(sorted(rows), key=lambda name: rows[name]["mean"] or 0.0)
            tiles.append((title, quantity(rows[node], "%", 100), node))
    return tiles


def _measures(material: Material) -> Table:
    rows = []
    for row in material.measures.iter_rows(named=True):
        labels = ", ".join(f"{label} {row[label]}" for label in vocabulary.LABELS if row[label])
        unit = "" if row["unit"] == "1" else row["unit"]
        interval = "" if row["low"] is None else f"{row['low']:,.6g} to {row['high']:,.6g}"
        rows.append((row["measure"], labels, row["statistic"], quantity(row), interval, unit, str(row["replications"])))
    columns = ("measure", "of", "statistic", ">estimate", ">95 % interval", "unit", ">replications")
    return table("All measures", columns, rows)


def _inputs(material: Material) -> Table:
    manifest = material.manifest
    rows = {
        "scenario": manifest.scenario_name,
        "hash of the scenario": manifest.scenario_hash,
        "seed": str(manifest.seed),
        "replications": ", ".join(f"{each.index}: {each.status}" for each in manifest.replications),
        "interpreter": manifest.engine,
        "cost profile": f"{manifest.cost_profile} ({manifest.cost_profile_hash[:16]})",
        "reproducible": "yes" if manifest.reproducible else "no",
        "remarks": "; ".join(manifest.remarks) or "none",
        "digest of the results": manifest.digest,
        "umtwin": manifest.umtwin_version,
        **manifest.library_versions,
        "played": manifest.created,
    }
    return table("What was played, with what", ("input", "value"), rows.items())
