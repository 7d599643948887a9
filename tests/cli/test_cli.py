"""The command: what it prints, what it leaves behind, and with which code it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from estates import SCENARIOS, SMALL
from typer.testing import CliRunner, Result

from sim import cli
from sim.results import Results
from sim.security import calibration, cost_profile

BUSY_HOUR = str(SCENARIOS / "busy_hour.yaml")
MANY = ("--set", "run.replications=2000")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command runs in an empty folder with one small scenario, ``small.yaml``."""
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SMALL, encoding="utf-8")


def umtwin(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, arguments)


def broken(name: str, line: str = "colour: blue") -> str:
    Path(name).write_text(f"{SMALL}\n{line}\n", encoding="utf-8")
    return name


# -- run


def test_run_ends_with_a_table_and_the_path_of_the_results() -> None:
    result = umtwin("run", "small.yaml")
    assert result.exit_code == 0
    assert "offered" in result.stdout
    assert "played in" in result.stdout
    path = result.stdout.splitlines()[-1].removeprefix("results: ")
    assert Results(Path(path)).manifest.status == "complete"


def test_both_engines_print_the_same_digest() -> None:
    digests = {umtwin("run", "small.yaml", "--engine", name).stdout.split("digest ")[-1][:16] for name in cli.Engine}
    assert len(digests) == 1


def test_override_changes_the_scenario() -> None:
    umtwin("run", "small.yaml", "--set", "run.seed=99")
    (path,) = Path("results").iterdir()
    assert Results(path).manifest.seed == 99


def test_unknown_file_is_a_scenario_error() -> None:
    result = umtwin("run", "nowhere.yaml")
    assert (result.exit_code, result.stderr) == (2, "nowhere.yaml:1:1: error: cannot read nowhere.yaml: no such file\n")


def test_scenario_error_tells_file_line_and_column_and_leaves_nothing() -> None:
    result = umtwin("run", broken("typo.yaml"))
    line = Path("typo.yaml").read_text(encoding="utf-8").splitlines().index("colour: blue") + 1
    assert result.exit_code == 2
    assert result.stderr.startswith(f"typo.yaml:{line}:1: error: colour: ")
    assert "Traceback" not in result.output
    assert not Path("results").exists()


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("run.seed", "--set:1:1: error: an override is one line: a.b=value"),
        ("run.sede=7", "--set:1:1: error: run.sede: "),
        ("run.duration=5 parsec", "--set:1:14: error: run.duration: unknown unit 'parsec'"),
    ],
)
def test_bad_override_is_a_scenario_error(override: str, message: str) -> None:
    result = umtwin("run", "small.yaml", "--set", override)
    assert result.exit_code == 2
    assert result.stderr.startswith(message)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--jobs", "0"), 2, "--jobs 0: must be at least 1"),
        (("--set", "crypto.costs=nowhere.json"), 2, "no cost profile 'nowhere.json'"),
        (("--results", "small.yaml/below"), 5, "small.yaml/below: cannot make a directory for the results"),
        (("--engine", "steam"), 2, "Usage: "),
    ],
)
def test_run_that_cannot_begin_leaves_nothing(arguments: tuple[str, ...], code: int, message: str) -> None:
    result = umtwin("run", "small.yaml", *arguments)
    assert result.exit_code == code
    assert result.stderr.startswith(message)
    assert [path.name for path in Path().iterdir()] == ["small.yaml"]


# -- validate, schema


def test_validate_accepts_every_sample_scenario() -> None:
    files = [str(path) for path in sorted(SCENARIOS.glob("*.yaml"))]
    result = umtwin("validate", *files)
    accepted = [line for line in result.stdout.splitlines() if line.endswith(": ok")]
    assert (result.exit_code, accepted) == (0, [f"{file}: ok" for file in files])


def test_validate_lists_all_problems_of_all_files() -> None:
    two = "colour: blue\nsmell: sweet"
    result = umtwin("validate", broken("one.yaml"), "small.yaml", broken("two.yaml", two))
    errors = [line for line in result.stderr.splitlines() if ": error: " in line]
    assert result.exit_code == 2
    assert [error.partition(":")[0] for error in errors] == ["one.yaml", "two.yaml", "two.yaml"]
    assert [line for line in result.stdout.splitlines() if line.endswith(": ok")] == ["small.yaml: ok"]


def test_schema_is_json_schema() -> None:
    result = umtwin("schema")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


# -- calibrate


def test_calibrated_profile_is_used_by_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few handshakes and packets of each kind stand in for the hundreds of a calibration."""
    monkeypatch.setattr(calibration, "FULL", calibration.Effort(1, 2, 4, 0.001))
    result = umtwin("calibrate", "mine.json")
    assert result.exit_code == 0
    assert "mine.json" in result.stdout
    assert cost_profile.load("mine.json").name == "mine"
    assert umtwin("run", "small.yaml", "--set", "crypto.costs=mine.json").exit_code == 0
    (path,) = Path("results").iterdir()
    assert Results(path).manifest.cost_profile == "mine"


# -- what goes wrong inside


def test_bug_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.scenario.schema.json_schema", lambda: 1 / 0)
    monkeypatch.delenv("UMTWIN_DEBUG", raising=False)
    result = umtwin("schema")
    assert (result.exit_code, result.stderr) == (
        1,
        "internal error: ZeroDivisionError: division by zero; UMTWIN_DEBUG=1 shows where; please report it\n",
    )


def test_bug_shows_its_traceback_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.scenario.schema.json_schema", lambda: 1 / 0)
    monkeypatch.setenv("UMTWIN_DEBUG", "1")
    assert isinstance(umtwin("schema").exception, ZeroDivisionError)


# -- in a process of its own


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "sim", *arguments]


@pytest.mark.parametrize("jobs", ["1", pytest.param("2", marks=pytest.mark.slow)])
def test_interrupt_keeps_what_was_finished(jobs: str) -> None:
    """Ctrl-C reaches the command and its workers at once, as from a terminal."""
    process = subprocess.Popen(
        command("run", "small.yaml", *MANY, "--jobs", jobs),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline_s = time.monotonic() + 60.0
    while not list(Path().glob("results/*/calls/r0003-*")) and time.monotonic() < deadline_s:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60.0)
    (path,) = Path("results").iterdir()
    kept = Results(path)
    finished = sum(each.status == "complete" for each in kept.manifest.replications)
    assert process.returncode == 130
    assert kept.manifest.status == "interrupted"
    assert 0 < finished < 2000
    assert kept.table("calls").collect()["replication"].n_unique() == finished
    assert errors == (f"interrupted: {finished} of 2000 replications were finished; what there is, is kept in {path}\n")


@pytest.mark.slow
def test_first_run_tells_that_it_compiles() -> None:
    sooner = {"NUMBA_OPT": "1"}
    environment = os.environ | sooner | {"UMTWIN_CACHE": str(Path("cache").absolute())}
    arguments = command("run", "small.yaml", "--set", "run.duration=2 min")
    first, second = (
        subprocess.run(arguments, env=environment, capture_output=True, text=True, check=True).stdout for _ in range(2)
    )
    assert "compiling the simulation kernel, once for this version" in first
    assert "compil" not in second
