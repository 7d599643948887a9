"""Findings in ``umtwin validate`` and before a run, and what ``--strict`` makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from estates import SMALL
from faulty import TWO_OF_EACH
from typer.testing import CliRunner, Result

from sim.cli import app

SOUND = [word for override in TWO_OF_EACH for word in ("--set", override)]
FAULTY = [*SOUND, "--set", "nodes.gw1.port=5060"]


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return str(path)


def umtwin(*arguments: str) -> Result:
    return CliRunner(env={"TERM": "dumb"}).invoke(app, arguments, catch_exceptions=False)


def test_validate_shows_findings_and_goes_on(file: str) -> None:
    result = umtwin("validate", file, *FAULTY)
    assert result.exit_code == 0
    assert f"{file}: ok" in result.stdout
    assert "gateway_port" in result.stdout


def test_strict_makes_a_finding_an_exit_code(file: str) -> None:
    assert umtwin("validate", "--strict", file, *FAULTY).exit_code == 6


def test_strict_is_content_without_findings(file: str) -> None:
    result = umtwin("validate", "--strict", file, *SOUND)
    assert (result.exit_code, result.stdout) == (0, f"{file}: ok\n")


def test_scenario_error_comes_before_findings(file: str) -> None:
    assert umtwin("validate", "--strict", file, "--set", "nodes.gw1.port=no").exit_code == 2


def test_findings_stand_before_a_run_and_do_not_stop_it(file: str, tmp_path: Path) -> None:
    result = umtwin("run", file, *FAULTY, "--results", str(tmp_path / "results"), "--engine", "reference")
    assert result.exit_code == 0
    before, _, after = result.stdout.partition("One gateway, one server")
    assert "gateway_port" in before
    assert "not_listening" in after


def test_findings_fit_into_100_columns(file: str) -> None:
    assert max(map(len, umtwin("validate", file, *FAULTY).stdout.splitlines()[1:])) <= 100
