"""report.html: complete, safe, reproducible, and readable without JavaScript."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from reported import play
from runs import call, write_run
from typer.testing import CliRunner

from sim import cli, vocabulary
from sim.analysis.played import deployment
from sim.errors import ResultsError
from sim.manifest import write_manifest
from sim.nodes.wiring import wire
from sim.report.figure import gather
from sim.report.figures import FIGURES
from sim.report.page import HEADINGS, report_html, write_report
from sim.report.topology_figure import PROTECTION
from sim.results import Results
from sim.scenario.load import load_text
from sim.security.modes import MODES
from sim.study.replicate import InterruptedRunError

ROOT = Path(__file__).parents[2]
INJECTION = "</script><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }}"


class Page(HTMLParser):
    """Elements with their attributes, and the text of those that are wanted."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        self._open.append(tag)
        self.texts.setdefault(tag, []).append("")

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open[-1]][-1] += data

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return play(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def html(run: Results) -> str:
    return report_html(gather(run))


def by_hand(directory: Path, name: str = "staff", **manifest: Any) -> Results:
    """A run of two calls whose population and node have a given name."""
    scenario = {
        "run": {"epoch": "2007-11-05T08:00:00Z"},
        "dial_plans": {name: {"servers": ["um1"], "hunt_groups": [{"pilot": "5000", "gateway": "gw1"}]}},
        "populations": {name: {"dial_plan": name, "pbx": name}},
        "description": name,
    }
    tables = {
        "calls": [call(0, 10.0, population=name, gateway=name), call(1, 70.0, population=name, gateway=name)],
        "events": [{"time_s": 0.0, "node": name, "event": "node_up", "level": "error", "message": name}],
        "cpu": [{"start_s": 0.0, "node": name, "purpose": "media", "cpu_s": 1.0}],
        "certificates": [
            dict.fromkeys(("subject", "issuer", "serial", "thumbprint", "key"), name)
            | {"issued_s": 0.0, "node": name, "not_before_s": 0.0, "not_after_s": 100.0}
        ],
    }
    run = write_run(directory, tables, scenario=scenario)
    nodes = {**run.manifest.nodes, name: run.manifest.nodes["gw1"]}
    nodes[name] = dataclasses.replace(nodes[name], kind="pbx")
    write_manifest(directory, dataclasses.replace(run.manifest, **({"nodes": nodes} | manifest)))
    return Results(directory)


def test_sections_are_those_of_the_documents(html: str) -> None:
    documented = re.findall(r"^## (.+)$", (ROOT / "docs/report.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert Page(html).texts["h2"] == documented == list(HEADINGS)


def test_every_figure_has_something_to_draw(html: str) -> None:
    plots = json.loads(next(text for text in Page(html).texts["script"] if text.startswith("{")))
    assert len(plots) == len(FIGURES)
    assert all(any(trace.get("x") for trace in plot["data"]) for plot in plots.values())


def test_every_figure_has_its_table(html: str) -> None:
    sections = html.split("<section ")[3:-1]
    assert len(sections) == len(FIGURES)
    assert all("<details>" in section and "<td" in section for section in sections)


def test_verdicts_come_first(html: str) -> None:
    first = html.split("<section ")[1]
    assert re.findall(r'<li class="(\w+)">', first) == ["pass", "fail"]
    assert "call.completed: rate &gt; 99 %" in first


def test_run_without_expectations_says_so(tmp_path: Path) -> None:
    assert "The scenario has no expectations." in report_html(gather(by_hand(tmp_path)))


def test_nothing_is_fetched(html: str) -> None:
    page = Page(html)
    links = [value for _, each in page.elements for key, value in each.items() if key in {"src", "href", "action"}]
    assert all(link and link.startswith(("#", "data:")) for link in links)
    assert "default-src 'none'" in str(page.all("meta")[1]["content"])


def test_same_results_give_the_same_bytes(run: Results, html: str) -> None:
    assert report_html(gather(Results(run.path))) == html


@pytest.mark.parametrize(
    "place", [lambda d: by_hand(d, name=INJECTION), lambda d: by_hand(d, scenario_name=INJECTION, message=INJECTION)]
)
def test_names_cannot_inject(place: Callable[[Path], Results], tmp_path: Path) -> None:
    harmless, hostile = (Page(report_html(gather(each))) for each in (by_hand(tmp_path / "a"), place(tmp_path / "b")))
    assert len(hostile.all("script")) == len(harmless.all("script")) == 3
    assert not hostile.all("img")
    assert not [key for _, each in hostile.elements for key in each if key.startswith("on")]
    assert any(INJECTION in text for texts in hostile.texts.values() for text in texts)


def test_names_cannot_inject_into_the_texts_of_plots(tmp_path: Path) -> None:
    page = Page(report_html(gather(by_hand(tmp_path, name=INJECTION))))
    plots = next(text for text in page.texts["script"] if text.startswith("{"))
    assert "script&gt;alert" in json.loads(plots)["cpu-in-all"]["data"][0]["y"][0]
    assert "<" not in plots


def test_interrupted_run_says_so_first(run: Results, tmp_path: Path) -> None:
    results = by_hand(tmp_path, status="interrupted", message="interrupted by the user")
    header = report_html(gather(results)).split("<main>")[0]
    assert "This run is not complete: interrupted." in header
    assert "not complete" not in report_html(gather(run))


def test_run_without_a_complete_replication_has_a_report(tmp_path: Path) -> None:
    cut_short = tuple(
        dataclasses.replace(each, status="interrupted") for each in by_hand(tmp_path / "a").manifest.replications
    )
    html = report_html(gather(by_hand(tmp_path / "b", status="interrupted", replications=cut_short)))
    assert "No replication was completed" in html
    assert html.count("Nothing of this in the run.") >= len(FIGURES) - 1


def test_one_replication_is_said_to_have_no_intervals(run: Results, tmp_path: Path) -> None:
    assert "One replication: the figures have no intervals" in report_html(gather(by_hand(tmp_path)))
    assert "One replication:" not in report_html(gather(run))


def test_command_writes_the_report_anew(run: Results) -> None:
    written = write_report(gather(run)).read_bytes()
    (run.path / "report.html").unlink()
    result = CliRunner(env={"TERM": "dumb"}).invoke(cli.app, ["report", str(run.path)])
    assert result.output.strip() == f"report: {run.path / 'report.html'}"
    assert (run.path / "report.html").read_bytes() == written


def test_run_writes_a_report(tmp_path: Path) -> None:
    scenario = ROOT / "scenarios/expect_undecided.yaml"
    result = CliRunner(env={"TERM": "dumb"}).invoke(cli.app, ["run", str(scenario), "--results", str(tmp_path)])
    report = next(tmp_path.glob("*/report.html"))
    assert f"report:  {report}\n" in result.output


def test_run_that_the_user_stops_gets_its_report(tmp_path: Path) -> None:
    results = by_hand(tmp_path, status="interrupted")
    with pytest.raises(InterruptedRunError), cli._interrupted_run_reported():
        raise InterruptedRunError(results.path, 1, 2)
    assert (tmp_path / "report.html").exists()


def test_directory_that_takes_no_report_is_named(tmp_path: Path) -> None:
    results = by_hand(tmp_path)
    (tmp_path / "report.html").mkdir()
    with pytest.raises(ResultsError, match=r"report\.html: cannot write the report: Is a directory"):
        write_report(gather(results))


def test_damaged_scenario_of_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="damaged, or of another umtwin"):
        report_html(gather(by_hand(tmp_path, scenario={"run": {}})))


def test_protection_is_that_of_the_modes() -> None:
    words = {
        mode.name: "clear"
        if not mode.signalling_secured
        else "mutual TLS" + (" and SRTP" if mode.media == "srtp" else "")
        for mode in MODES.values()
    }
    assert words == PROTECTION
    assert tuple(PROTECTION) == vocabulary.MODES


def test_messages_go_where_the_nodes_send_them(run: Results) -> None:
    wiring = wire(load_text(json.dumps({**run.manifest.scenario, "expect": []})))
    assert deployment(run).hub_of == {server: hub for server, (hub, _) in wiring.submissions.items()}
