"""What a section of the report is made of: the material that a run gives, figures, and tables of text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from typing import Any, Final

import polars as pl
from markupsafe import Markup

from sim.analysis.measures import all_measures
from sim.analysis.played import Deployment, deployment
from sim.analysis.verdicts import Verdict, judge
from sim.analysis.window import Window
from sim.manifest import Manifest
from sim.report.plot import COLOURS, Plot
from sim.report.quantities import instant_text
from sim.results import Results

DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
OUTCOMES: Final = {
    "completed": (COLOURS[2], ""),
    "blocked": (COLOURS[1], "/"),
    "abandoned": (COLOURS[3], "."),
    "failed": (COLOURS[6], "x"),
    "dropped": (COLOURS[4], "\\"),
    "in_progress": (COLOURS[5], ""),
}
"""Colour and pattern of an outcome wherever it is drawn."""
SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up", "x", "star")


@dataclass(frozen=True)
class Material:
    """A run as the sections see it; measures and verdicts are without their warm-up, series as well."""

    results: Results
    deployment: Deployment
    window: Window
    measures: pl.DataFrame
    verdicts: tuple[Verdict, ...]

    @property
    def manifest(self) -> Manifest:
        """The run's manifest."""
        return self.results.manifest

    @property
    def end_s(self) -> float:
        """End of the longest complete replication; 0 without one."""
        return max(self.window.replications["end_s"].to_list(), default=0.0)

    def instant(self, time_s: float) -> str:
        """An instant as plotly's axes of time take it, UTC."""
        return (self.deployment.epoch + timedelta(seconds=time_s)).replace(tzinfo=None).isoformat()

    def clock(self, time_s: float | None) -> str:
        """An instant as people read it, UTC; empty for none."""
        if time_s is None:
            return ""
        return instant_text(self.deployment.epoch, time_s)

    def measure(self, measure: str, statistic: str, label: str | None = None) -> dict[str, dict[str, Any]]:
        """Rows of one statistic by the value of a label (by the empty text for a measure without labels)."""
        rows = self.measures.filter((pl.col("measure") == measure) & (pl.col("statistic") == statistic))
        return {row[label] if label else "": row for row in rows.iter_rows(named=True)}


def gather(results: Results) -> Material:
    """The material of a run.

    Raises
    ------
    ResultsError
        The results are damaged.
    """
    played = deployment(results)
    return Material(
        results=results,
        deployment=played,
        window=Window(results, played.warm_up_s),
        measures=all_measures(results, warm_up_s=played.warm_up_s, by=()),
        verdicts=tuple(judge(results)),
    )


@dataclass(frozen=True)
class Table:
    """A table of text: ``numeric`` columns are aligned to the right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int]
    note: str = ""

    @property
    def body(self) -> Markup:
        """The rows as HTML, escaped: thousands of cells, for which a template takes five times as long (measured)."""
        begins = ["<td class=number>" if place in self.numeric else "<td>" for place in range(len(self.columns))]
        lines = [
            "".join(f"{begin}{escape(cell)}</td>" for begin, cell in zip(begins, row, strict=True)) for row in self.rows
        ]
        return Markup("".join(f"<tr>{line}</tr>\n" for line in lines))  # noqa: S704 - each cell is escaped above


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], note: str = "") -> Table:
    """A table; ``>`` before a column's title aligns it to the right."""
    numeric = frozenset(place for place, column in enumerate(columns) if column.startswith(">"))
    titles = tuple(column.removeprefix(">") for column in columns)
    return Table(title, titles, tuple(tuple(row) for row in rows), numeric, note)


@dataclass(frozen=True)
class Figure:
    """A figure with the tables that say the same: ``plot`` is None when there is nothing to draw."""

    sentence: str
    plot: Plot | None
    tables: tuple[Table, ...]
    note: str = ""


def plain(name: str) -> str:
    """A name as plotly's text shows it: plotly would obey tags in it."""
    return escape(name, quote=False)


def filling(colour: str, pattern: str) -> dict[str, Any]:
    """The look of a bar: a colour, and a pattern for those who cannot tell it from another."""
    overlay = {
        "shape": pattern,
        "fillmode": "overlay",
        "fgcolor": "white",
        "fgopacity": 0.5,
        "size": 7,
        "solidity": 0.2,
    }
    return {"color": colour, "line": {"width": 0}, "pattern": overlay}


def time_axis(plot: Plot, material: Material) -> None:
    """Axes of time over the part of the run that counts."""
    plot.x_axes(type="date", range=[material.instant(material.window.start_s), material.instant(material.end_s)])
