"""What notebooks use: loading, playing, tables, measures, and how they are shown."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest
from estates import SMALL, small
from polars.testing import assert_frame_equal

import sim
from sim import observations
from sim.analysis.measures import MEASURES_SCHEMA, all_measures
from sim.errors import ResultsError, ScenarioError, UsageError
from sim.report.figures import FIGURES
from sim.results import Results

HOSTILE = "<script>alert(1)</script> & \N{RIGHT-TO-LEFT OVERRIDE}'\""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> sim.Run:
    """Two replications of the small deployment, one minute of warm-up."""
    return sim.play(small("run.replications=2", "run.warm_up=1 min"), results=tmp_path_factory.mktemp("results"))


class _Page(HTMLParser):
    """The tags and the text of a piece of HTML; every tag must be closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.add(tag)
        if tag != "br":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("name", sim.__all__)
def test_a_name_of_the_api_is_found(name: str) -> None:
    assert getattr(sim, name).__name__ == name


def test_another_name_is_not_found() -> None:
    with pytest.raises(AttributeError, match="module 'sim' has no attribute 'simulate'"):
        sim.simulate  # noqa: B018


def test_importing_the_package_imports_nothing_large() -> None:
    large = "{'numba', 'polars', 'pydantic', 'OpenSSL'} & set(sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", f"import sys, sim; print({large})"], capture_output=True, text=True, check=True
    )
    assert shown.stdout == "set()\n"


def test_a_file_is_played_as_its_scenario_is(run: sim.Run, tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(SMALL.replace("seed: 7", "seed: 7, replications: 2, warm_up: 1 min"), encoding="utf-8")
    assert sim.play(file, results=tmp_path).manifest.digest == run.manifest.digest


def test_a_command_from_python_is_one_of_the_timeline() -> None:
    """With every place of before, so that messages still name the file."""
    first, then = "{at: 1 min, node_down: {node: um1}}", "{at: 2 min, set_um_server: {identity: um1, status: Disabled}}"
    scenario = small(f"timeline=[{first}]")
    more = sim.with_command(scenario, "2 min", "set_um_server", identity="um1", status="Disabled")
    assert more.hash() == small(f"timeline=[{first}, {then}]").hash() != scenario.hash()
    assert dict(more.origins).items() >= dict(scenario.origins).items()


@pytest.mark.parametrize(
    ("at", "name", "values", "problem"),
    [
        ("1 h", "set_um_server", {"identity": "um7", "status": "Enabled"}, "no um_server is named 'um7'"),
        ("1 h", "set_server", {"identity": "um1"}, "did you mean 'set_um_server'?"),
        ("an hour", "set_um_server", {"identity": "um1", "status": "Enabled"}, "timeline.0.at"),
    ],
)
def test_a_command_that_does_not_fit_is_refused(at: str, name: str, values: dict[str, str], problem: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        sim.with_command(small(), at, name, **values)
    assert problem in str(caught.value)


def test_a_run_is_opened_again_from_its_path(run: sim.Run) -> None:
    assert sim.Run(str(run.path)).manifest == run.manifest


def test_a_path_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="no results of umtwin here"):
        sim.Run(tmp_path)


@pytest.mark.parametrize("table", observations.TABLES)
def test_a_table_is_a_frame_with_its_columns(run: sim.Run, table: str) -> None:
    assert run.table(table).schema == observations.schema(table)


def test_measures_leave_out_the_scenarios_warm_up(run: sim.Run) -> None:
    measured = all_measures(Results(run.path), warm_up_s=60.0, by=())
    assert_frame_equal(run.measures().frame, measured)


def test_another_warm_up_counts_the_calls_after_it(run: sim.Run) -> None:
    late = run.table("calls").filter(pl.col("arrived_s") >= 300.0).height
    (row,) = run.measures("call.offered", warm_up="5 min").frame.to_dicts()
    assert row["mean"] == late / 2


def test_measures_are_those_that_were_named(run: sim.Run) -> None:
    frame = run.measures("call.setup", "call.blocked", by=["gateway"]).frame
    assert frame.schema == MEASURES_SCHEMA
    assert set(frame["measure"]) == {"call.setup", "call.blocked"}
    assert set(frame["gateway"]) == {"", "gw1"}


def test_a_misspelt_measure_is_refused_with_the_right_one(run: sim.Run) -> None:
    with pytest.raises(UsageError, match=r"no measure 'call\.blokced' \(did you mean 'call\.blocked'\?\)"):
        run.measures("call.blokced")


def test_a_warm_up_without_unit_is_refused(run: sim.Run) -> None:
    with pytest.raises(UsageError, match="warm-up '60': needs a unit: write 60 s"):
        run.measures(warm_up="60")


def test_measures_are_the_means_of_what_replications_gave(run: sim.Run) -> None:
    values = run.per_replication("call.offered")["value"]
    assert run.measures("call.offered").frame["mean"].to_list() == [values.mean()]


def test_verdicts_are_those_of_the_scenarios_expectations(tmp_path: Path) -> None:
    played = sim.play(small('expect=["call.offered: every count > 0"]'), results=tmp_path)
    assert [verdict.outcome for verdict in played.verdicts()] == ["PASS"]


def test_figures_are_those_of_the_report_that_have_something_to_draw(run: sim.Run) -> None:
    assert set(run.figures) <= set(FIGURES)
    assert {"Calls over time", "Set-up time", "Topology"} <= set(run.figures)
    assert all(len(figure.data) > 0 for figure in run.figures.values())


def test_a_notebook_shows_a_run_as_the_command_does(run: sim.Run) -> None:
    page = _Page(run._repr_html_())
    assert all(words in page.text for words in ("offered", "set-up", run.manifest.digest[:8], str(run.path)))


def test_a_notebook_shows_measures_as_a_table(run: sim.Run) -> None:
    page = _Page(run.measures("call.setup")._repr_html_())
    assert page.tags == {"table", "thead", "tbody", "tr", "th", "td"}
    assert "call.setup" in page.text
    assert "±" in page.text


def test_a_notebook_shows_a_scenario_with_its_parts() -> None:
    page = _Page(small()._repr_html_())
    assert all(name in page.text for name in ("One gateway, one server", "gw1", "hq", "staff", "10 min"))


def test_names_are_escaped_in_a_notebook(tmp_path: Path) -> None:
    scenario = sim.load_text(SMALL).model_copy(update={"name": HOSTILE, "description": HOSTILE})
    played = sim.play(scenario, results=tmp_path)
    for html in (scenario._repr_html_(), played._repr_html_()):
        page = _Page(html)
        assert "script" not in page.tags
        assert "<script>alert(1)</script> & \N{REPLACEMENT CHARACTER}'\"" in page.text
