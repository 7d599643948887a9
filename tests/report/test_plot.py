"""Plots as plain data: panels, and what plotly itself says of them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from reported import play

from sim.report.figure import Material, gather
from sim.report.figures import FIGURES
from sim.report.notebook import plotly_figure
from sim.report.plot import Plot, blank


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return gather(play(tmp_path_factory.mktemp("plots")))


@pytest.fixture
def three() -> Plot:
    """Three panels, one below the other."""
    return blank(400, titles=("a", "b", "c"), gap=0.05)


@pytest.mark.parametrize("heading", FIGURES)
def test_plotly_knows_all_that_a_figure_says(material: Material, heading: str) -> None:
    plot = FIGURES[heading](material).plot
    assert plot is not None
    assert len(plotly_figure(plot).data) == len(plot.data)


def test_what_plotly_does_not_know_is_refused() -> None:
    plot = blank(200)
    plot.add({"type": "bar", "colour": "red"})
    with pytest.raises(ValueError, match="colour"):
        plotly_figure(plot)


def test_page_needs_no_plotly(material: Material) -> None:
    code = (
        "import sys; from pathlib import Path; from sim.report.figure import gather; "
        "from sim.report.page import report_html; from sim.results import Results; "
        "report_html(gather(Results(Path(sys.argv[1])))); print('plotly' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(material.results.path)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"


def test_panels_fill_the_height_from_the_top_with_gaps_between(three: Plot) -> None:
    domains = [three.layout[axis]["domain"] for axis in ("yaxis", "yaxis2", "yaxis3")]
    assert [edge for domain in domains for edge in domain] == pytest.approx([0.7, 1.0, 0.35, 0.65, 0.0, 0.3])


def test_title_of_a_panel_stands_on_it(three: Plot) -> None:
    places = {each["text"]: each["y"] for each in three.layout["annotations"]}
    assert places == pytest.approx({"a": 1.0, "b": 0.65, "c": 0.3})


def test_panels_share_the_x_axis_of_the_lowest(three: Plot) -> None:
    axes = [three.layout[axis] for axis in ("xaxis", "xaxis2", "xaxis3")]
    assert [axis.get("matches") for axis in axes] == ["x3", "x3", None]
    assert [axis.get("showticklabels", True) for axis in axes] == [False, False, True]


def test_trace_is_drawn_on_its_panel(three: Plot) -> None:
    three.add({"type": "bar"}, panel=2)
    assert three.data == [{"type": "bar", "xaxis": "x2", "yaxis": "y2"}]


def test_axes_of_all_panels_are_set_at_once(three: Plot) -> None:
    three.y_axes(ticksuffix=" %")
    assert [three.layout[axis]["ticksuffix"] for axis in ("yaxis", "yaxis2", "yaxis3")] == [" %"] * 3


def test_settings_of_one_plot_are_not_those_of_the_next() -> None:
    blank(200).x_axes(showgrid=False)
    assert "showgrid" not in blank(200).layout["xaxis"]
