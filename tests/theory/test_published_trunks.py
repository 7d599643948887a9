"""Trunks per users from a vendor's planning guide: Nortel NN43001-122, page 15 (300 s of use in the busy hour)."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from systems import System, holds, loss

from sim.analysis import theory
from sim.analysis.statistics import Estimate, t_interval
from sim.calls.draws import Law

TABLE = Path(__file__).parents[1] / "data" / "nortel_nn43001_122_trunks.csv"
GRADES = {"trunks_p05": 0.05, "trunks_p01": 0.01}


def published() -> list[tuple[int, int, float]]:
    """(users, trunks, grade of service) of each entry."""
    with TABLE.open() as lines:
        rows = list(csv.DictReader(lines))
    return [(int(row["users"]), int(row[column]), grade) for row in rows for column, grade in GRADES.items()]


def simulated(offered_erl: float, trunks: int) -> Estimate:
    system = System(loss(), trunks, offered_erl, Law("exponential", 1.0))
    return t_interval([run.lost() for run in system.replicate()], 0.999)


def bounds(interval: Estimate) -> tuple[float, float]:
    assert interval.low is not None
    assert interval.high is not None
    return interval.low, interval.high


@pytest.mark.parametrize(("users", "trunks", "grade"), published())
def test_formula_gives_the_printed_number(users: int, trunks: int, grade: float) -> None:
    assert theory.channels_for(theory.offered_erl_of_users(users, 300), grade) == trunks


@pytest.mark.parametrize(("users", "trunks", "grade"), published())
def test_simulation_agrees_with_the_printed_number(users: int, trunks: int, grade: float) -> None:
    """Up to 200 users 20 replications decide: the printed trunks are enough, one fewer is not. Beyond, one trunk moves
    the blocking by less than the interval is wide; then the grade must lie within reach of both.
    """
    offered_erl = theory.offered_erl_of_users(users, 300)
    enough, too_few = simulated(offered_erl, trunks), simulated(offered_erl, trunks - 1)
    assert holds(enough, theory.erlang_b(offered_erl, trunks))
    assert holds(too_few, theory.erlang_b(offered_erl, trunks - 1))
    assert bounds(enough)[0] <= grade <= bounds(too_few)[1]
    if users <= 200:
        assert bounds(enough)[1] <= grade < bounds(too_few)[0]
