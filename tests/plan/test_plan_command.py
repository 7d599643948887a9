"""``umtwin plan``: what is on the screen."""

from __future__ import annotations

import pytest
from estates import SAMPLES, SCENARIOS
from typer.testing import CliRunner

from sim.cli import app


def shown(*arguments: str) -> str:
    result = CliRunner(env={"TERM": "dumb"}).invoke(app, ["plan", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


@pytest.mark.parametrize("name", SAMPLES)
def test_figures_fit_into_100_columns(name: str) -> None:
    figures = shown(str(SCENARIOS / f"{name}.yaml")).split("\npopulation ")[1]
    assert max(map(len, figures.splitlines())) <= 100


def test_erlang_line_is_shown() -> None:
    (line,) = [each for each in shown(str(SCENARIOS / "busy_hour.yaml")).splitlines() if each.startswith("channels")]
    assert line.split()[1:9] == ["2", "together", "80.00", "erl", "96", "0.939", "%", "79.25"]


def test_recorded_messages_are_shown() -> None:
    lines = shown(str(SCENARIOS / "busy_hour.yaml")).splitlines()
    (place,) = [place for place, each in enumerate(lines) if each.startswith("recorded messages of")]
    assert lines[place + 1].split() == ["staff", "Wma", "1,271.5", "40.0", "kB", "50.86", "MB/h"]


def test_override_is_planned() -> None:
    assert "nodes.gw1.channels: 24" in shown(str(SCENARIOS / "busy_hour.yaml"), "--set", "nodes.gw1.channels=24")


def test_warning_comes_last() -> None:
    last = shown(str(SCENARIOS / "busy_hour.yaml"), "--set", "nodes.gw1.channels=24").splitlines()[-1]
    assert last.startswith("warning: gw1, gw2: 80 E on 72 channels")


def test_names_are_no_markup() -> None:
    title = shown(str(SCENARIOS / "busy_hour.yaml"), "--set", "name='[red]Busy[/red]'").splitlines()[0]
    assert title == "[red]Busy[/red]"
