"""report.html: a run as one file that needs nothing else, made of its results alone."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sim import vocabulary
from sim.analysis.verdicts import Verdict
from sim.errors import ResultsError
from sim.report.figure import Material, Table, table
from sim.report.figures import FIGURES
from sim.report.plot import Plot
from sim.report.quantities import quantity
from sim.report.summary import found_text
from sim.units import duration_text

REPORT_FILE: Final = "report.html"
HEADINGS: Final = ("Verdicts", "Key figures", *FIGURES, "Inputs")
"""The sections of a report, in order."""

_HERE: Final = Path(__file__).parent
_MARKS: Final = {"PASS": "✓", "FAIL": "✗", "UNDECIDED": "?"}


def write_report(material: Material) -> Path:
    """Write ``report.html`` of ``gather(results)`` into the run's directory, whole or not at all; its path.

    Raises
    ------
    ResultsError
        The results are damaged, or the report cannot be written.
    """
    path = material.results.path / REPORT_FILE
    text = report_html(material)
    partial = path.with_suffix(".partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise ResultsError(f"{path}: cannot write the report: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return path


def report_html(material: Material) -> str:
    """The report as text; the same results give the same bytes."""
    figures = {heading: figure(material) for heading, figure in FIGURES.items()}
    plots = {_anchor(heading): figure.plot for heading, figure in figures.items() if figure.plot is not None}
    scripts = [_plotly(), (_HERE / "templates/report.js").read_text(encoding="utf-8")]
    return (
        _templates()
        .get_template("report.html.j2")
        .render(
            manifest=material.manifest,
            summary=_summary(material),
            verdicts=[_verdict(verdict) for verdict in material.verdicts],
            tiles=_tiles(material),
            measures=_measures(material),
            figures=figures,
            inputs=_inputs(material),
            scenario=json.dumps(material.manifest.scenario, indent=2, ensure_ascii=False),
            headings=HEADINGS,
            anchor=_anchor,
            style=Markup((_HERE / "templates/report.css").read_text(encoding="utf-8")),  # noqa: S704 - our own files
            scripts=[Markup(script) for script in scripts],  # noqa: S704 - our own files
            hashes=[_csp_hash(script) for script in scripts],
            plots=Markup(_json_for_html(plots)),  # noqa: S704 - escaped there
        )
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _plotly() -> str:
    return (_HERE / "vendor/plotly-cartesian.min.js").read_text(encoding="utf-8")


def _csp_hash(script: str) -> str:
    """What names a script in the page's content security policy: no other script will run."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _json_for_html(plots: dict[str, Plot]) -> str:
    """JSON that can stand within a script element: nothing in it can end the element."""
    specs = {anchor: plot.spec() for anchor, plot in plots.items()}
    text = json.dumps(specs, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def _anchor(heading: str) -> str:
    return re.sub(r"[^a-z]+", "-", heading.lower())


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
        "digest of the results": manifest.digest,
        "umtwin": manifest.umtwin_version,
        **manifest.library_versions,
        "played": manifest.created,
    }
    return table("What was played, with what", ("input", "value"), rows.items())
