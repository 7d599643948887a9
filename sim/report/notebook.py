"""What notebooks show: a run and its measures as HTML, plots as plotly's figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

import polars as pl
from rich.console import Console, RenderableType

from sim import markup, vocabulary
from sim.analysis.verdicts import Verdict
from sim.manifest import Manifest
from sim.report.crypto_table import crypto_tables
from sim.report.figure import Figure
from sim.report.plot import Plot
from sim.report.quantities import quantity
from sim.report.summary import end_of_run_table
from sim.security.cost_profile import CostProfile

_FRAME = '<pre style="white-space:pre;overflow-x:auto;line-height:normal">{code}</pre>'


def run_html(measures: pl.DataFrame, manifest: Manifest, verdicts: Sequence[Verdict]) -> str:
    """The table at the end of a run, as the command shows it."""
    return _terminal_html(end_of_run_table(measures, manifest, verdicts))


def costs_html(profile: CostProfile) -> str:
    """The tables of a cost profile, as the command shows them."""
    return _terminal_html(crypto_tables(profile))


def measures_html(measures: pl.DataFrame) -> str:
    """Estimates as a table; ``measures`` has the columns MEASURES_SCHEMA of analysis.measures."""
    rows = []
    for row in measures.iter_rows(named=True):
        of = ", ".join(row[label] for label in vocabulary.LABELS if row[label])
        found = quantity(row, "%", 100) if row["unit"] == "1" else quantity(row, row["unit"])
        rows.append((row["measure"], of, row["statistic"], found, row["replications"]))
    return markup.table(("measure", "of", "statistic", "mean and 95 % interval", "replications"), rows)


def plotly_figures(figures: Mapping[str, Figure]) -> dict[str, Any]:
    """Figures by heading as plotly's, those with nothing to draw left out."""
    return {heading: plotly_figure(figure.plot) for heading, figure in figures.items() if figure.plot is not None}


def plotly_figure(plot: Plot) -> Any:
    """The plot as a ``plotly.graph_objects.Figure``.

    Raises
    ------
    ValueError
        The plot has something that plotly does not know.
    """
    import plotly.graph_objects as go  # noqa: PLC0415 - large, and a report does without it

    return go.Figure(plot.spec())


def _terminal_html(tables: RenderableType) -> str:
    console = Console(record=True, width=100, file=StringIO(), highlight=False)
    console.print(tables)
    return console.export_html(inline_styles=True, code_format=_FRAME)
