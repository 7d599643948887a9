"""``umtwin run`` with expectations: what it prints and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from sim.cli import app

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def run(results: Path, scenario: str, *options: str) -> Result:
    """The command on one of the sample scenarios."""
    arguments = ["run", str(SCENARIOS / f"{scenario}.yaml"), "--results", str(results), *options]
    return CliRunner(env={"TERM": "dumb"}).invoke(app, arguments, catch_exceptions=False)


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(run(tmp_path_factory.mktemp("results"), "expect_pass", "--json").stdout)
    return parsed


@pytest.mark.parametrize(
    ("scenario", "exit_code", "message"),
    [
        ("expect_pass", 0, ""),
        ("expect_fail", 3, "3 of 3 expectations failed\n"),
        ("expect_undecided", 4, "1 of 2 expectations undecided\n"),
    ],
)
def test_exit_code_tells_the_worst_verdict(tmp_path: Path, scenario: str, exit_code: int, message: str) -> None:
    result = run(tmp_path, scenario)
    assert (result.exit_code, result.stderr) == (exit_code, message)


def test_verdicts_stand_above_the_table(tmp_path: Path) -> None:
    lines = run(tmp_path, "expect_undecided").stdout.splitlines()
    table = lines[lines.index("Expectations that cannot be decided") :]
    assert table[3].startswith("UNDECIDED  call.blocked: rate <= 3 %")
    assert table[5].split() == ["PASS", "call.failed:", "count", "==", "0", "0", "calls"]
    assert table[7].startswith("calls ")


def test_quiet_run_prints_verdicts_alone(tmp_path: Path) -> None:
    lines = run(tmp_path, "expect_pass", "--quiet").stdout.splitlines()
    assert [line[:6] for line in lines] == ["PASS  "] * 7


def test_quiet_run_without_expectations_prints_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, "expect_pass", "--set", "expect=", "--quiet").output == ""


def test_document_holds_the_verdicts(document: dict[str, Any]) -> None:
    verdict = document["verdicts"][3]
    assert verdict == {
        "expectation": "call.blocked{from=25 min}: count == 0",
        "verdict": "PASS",
        "unit": "calls",
        "mean": 0.0,
        "low": 0.0,
        "high": 0.0,
        "replications": 5,
        "why": "",
    }


def test_document_holds_the_measures(document: dict[str, Any]) -> None:
    carried = [each for each in document["measures"] if each["measure"] == "pool.carried"]
    assert [each["labels"] for each in carried] == [{"node": name} for name in ("gw1", "hub1", "pbx1", "um1")]
    assert all(each["low"] <= each["mean"] <= each["high"] for each in carried)


def test_document_tells_what_was_run(document: dict[str, Any]) -> None:
    assert document["run"]["scenario"] == "Expectations that are met"
    assert (document["run"]["seed"], document["run"]["complete_replications"]) == (31, 5)
    assert (Path(document["run"]["results"]) / "manifest.json").exists()


def test_a_misspelt_measure_is_found_before_anything_is_played(tmp_path: Path) -> None:
    result = run(tmp_path, "expect_pass", "--set", 'expect=["call.bloked: rate <= 1 %"]', "--json")
    assert (result.exit_code, result.stdout, list(tmp_path.iterdir())) == (2, "", [])
    assert "--set:1:8: error: expect.0: no measure is named 'call.bloked'" in result.stderr
