import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.figures import Figure, cpu_times_s, show, single, spread

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_every_benchmark_runs_and_its_contestants_agree() -> None:
    command = [sys.executable, "-m", "benchmarks", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for figure in (
        "busy hour: kernel over naive SimPy",
        "simple call: reference over naive SimPy",
        "memory: 10000 over 1000 calls",
        "hostile attempts, 100,000 per s",
        "start-up: umtwin run busy_hour beside playing",
    ):
        assert figure in done.stdout


@pytest.mark.parametrize("figure", [single("a ratio", 0.9, "x", at_least=1.0), single("a time", 2.1, "s", at_most=2.0)])
def test_a_missed_target_is_named_and_fails(figure: Figure, capsys: pytest.CaptureFixture[str]) -> None:
    assert show([single("another", 1.0, "x", at_least=1.0), figure], judged=True) == 1
    assert "MISSED" in capsys.readouterr().out


def test_targets_that_are_just_met_pass(capsys: pytest.CaptureFixture[str]) -> None:
    figures = [single("a ratio", 1.0, "x", at_least=1.0), single("a time", 2.0, "s", at_most=2.0)]
    assert show(figures, judged=True) == 0
    assert "MISSED" not in capsys.readouterr().out


def test_small_sizes_are_not_judged(capsys: pytest.CaptureFixture[str]) -> None:
    assert show([single("a figure", 0.5, "x", at_least=1.0)], judged=False) == 0
    assert "not judged" in capsys.readouterr().out


def test_one_bad_round_does_not_move_the_figure() -> None:
    figure = spread("a figure", [3.0, 100.0, 2.0], "x", at_least=1.0)
    assert (figure.value, figure.low, figure.high) == (3.0, 2.0, 100.0)


def test_contestants_take_turns_forwards_and_backwards() -> None:
    order: list[str] = []
    cpu_times_s({name: lambda name=name: order.append(name) for name in "abc"}, rounds=2)  # type: ignore[misc]
    assert "".join(order) == "abccba"
