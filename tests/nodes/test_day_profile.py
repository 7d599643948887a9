"""Day profiles over a run: the factor at an instant is that of the local time then, also when clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from estates import play, small
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.calls.draws import calls
from sim.nodes.day_profile import Piece, pieces
from sim.nodes.pbx import expected_attempts, sources
from sim.scenario.demand import Population
from sim.scenario.schema import Run
from sim.scenario.time_zones import names, zone

HOUR_S, DAY_S = 3_600.0, 86_400.0
RISE = {"00:00": 0.0, "08:00": 0.0, "10:00": 1.0, "16:00": 1.0, "20:00": 0.0}


def population(**keys: object) -> Population:
    given = {"dial_plan": "hq", "pbx": "pbx1", "calls_per_hour": 3600, "call_mix": {"call_answering": 1.0}}
    return Population.model_validate(given | keys)


def run(epoch: str, duration: str) -> Run:
    return Run.model_validate({"epoch": epoch, "duration": duration})


def factor_at(laid_out: list[Piece], at_s: float) -> float:
    """The factor just after an instant."""
    (piece,) = [each for each in laid_out if each.begin_s <= at_s < each.end_s]
    share = (at_s - piece.begin_s) / (piece.end_s - piece.begin_s)
    return piece.begin_factor + share * (piece.end_factor - piece.begin_factor)


def test_steps_hold_until_the_next_one() -> None:
    laid_out = pieces(population(day_profile={"09:00": 1.0, "17:00": 0.2}), run("2007-11-05T08:00:00Z", "10 h"))
    assert laid_out == [
        Piece(0.0, HOUR_S, 0.2, 0.2),
        Piece(HOUR_S, 9 * HOUR_S, 1.0, 1.0),
        Piece(9 * HOUR_S, 10 * HOUR_S, 0.2, 0.2),
    ]


def test_a_linear_profile_goes_straight_from_one_factor_to_the_next() -> None:
    rising = population(day_profile=RISE, interpolation="linear")
    assert pieces(rising, run("2007-11-05T09:00:00Z", "2 h")) == [
        Piece(0.0, HOUR_S, 0.5, 1.0),
        Piece(HOUR_S, 2 * HOUR_S, 1.0, 1.0),
    ]


def test_a_linear_profile_goes_on_over_midnight() -> None:
    night = population(day_profile={"22:00": 1.0, "02:00": 0.0}, interpolation="linear")
    laid_out = pieces(night, run("2007-11-05T22:00:00Z", "5 h"))
    assert [factor_at(laid_out, hours * HOUR_S) for hours in (0, 1, 2, 3, 4)] == [1.0, 0.75, 0.5, 0.25, 0.0]


def test_a_profile_of_one_time_is_constant() -> None:
    flat = population(day_profile={"12:00": 0.7}, interpolation="linear")
    laid_out = pieces(flat, run("2007-11-05T00:00:00Z", "2 d"))
    assert {(piece.begin_factor, piece.end_factor) for piece in laid_out} == {(0.7, 0.7)}


def test_a_time_zone_shifts_the_day() -> None:
    berlin = population(day_profile={"09:00": 1.0, "17:00": 0.0}, time_zone="Europe/Berlin")
    laid_out = pieces(berlin, run("2007-11-05T07:00:00Z", "2 h"))
    assert laid_out == [Piece(0.0, HOUR_S, 0.0, 0.0), Piece(HOUR_S, 2 * HOUR_S, 1.0, 1.0)]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23.0), ("2026-10-25", 25.0), ("2026-06-01", 24.0)])
def test_a_day_on_which_clocks_change_is_shorter_or_longer(day: str, hours: float) -> None:
    """From midnight to midnight in Berlin at one attempt per second."""
    constant = population(day_profile={"00:00": 1.0}, time_zone="Europe/Berlin")
    begin = datetime.fromisoformat(day).replace(tzinfo=zone("Europe/Berlin"))
    end = (begin + timedelta(days=1)).astimezone(UTC)
    assert (end - begin.astimezone(UTC)).total_seconds() == hours * HOUR_S
    one_day = run(begin.isoformat(), f"{hours} h")
    assert sum(piece.end_s - piece.begin_s for piece in pieces(constant, one_day)) == hours * HOUR_S


def test_an_hour_that_clocks_skip_is_skipped() -> None:
    """2026-03-29 in Berlin: 02:00 is 03:00 at once, at 01:00 UTC."""
    night = population(day_profile={"00:00": 0.0, "02:00": 1.0, "03:00": 2.0, "04:00": 3.0}, time_zone="Europe/Berlin")
    laid_out = pieces(night, run("2026-03-29T00:00:00Z", "3 h"))
    assert [(piece.begin_s / HOUR_S, piece.begin_factor) for piece in laid_out] == [(0.0, 0.0), (1.0, 2.0), (2.0, 3.0)]


def test_an_hour_that_clocks_repeat_is_repeated() -> None:
    """2026-10-25 in Berlin: 03:00 is 02:00 again, at 01:00 UTC."""
    night = population(day_profile={"00:00": 0.0, "02:00": 1.0, "03:00": 2.0}, time_zone="Europe/Berlin")
    laid_out = pieces(night, run("2026-10-25T00:00:00Z", "3 h"))
    assert [(piece.begin_s / HOUR_S, piece.begin_factor) for piece in laid_out] == [(0.0, 1.0), (1.0, 1.0), (2.0, 2.0)]


def test_every_zone_of_the_database_can_be_read() -> None:
    assert [name for name in sorted(names()) if zone(name).key != name] == []


PROFILES = st.dictionaries(
    st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59)),
    st.floats(0.0, 10.0, allow_subnormal=False),
    min_size=1,
    max_size=6,
)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
EPOCHS = st.datetimes(datetime(1975, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def wall_clock_factor(of: Population, local: datetime) -> float:
    """The factor at a local time, from the profile's text alone."""
    second = local.hour * HOUR_S + local.minute * 60.0 + local.second + local.microsecond * 1e-6
    seconds = [int(at[:2]) * HOUR_S + int(at[3:]) * 60.0 for at in sorted(of.steps)]
    factors = [of.steps[at] for at in sorted(of.steps)]
    if of.interpolation == "linear":
        return float(np.interp(second, seconds, factors, period=DAY_S))
    return factors[int(np.searchsorted(seconds, second, side="right")) - 1]


@settings(max_examples=60, deadline=None)
@given(PROFILES, st.sampled_from(["step", "linear"]), ZONES, EPOCHS, st.floats(0.01, 400.0), st.data())
def test_the_factor_is_that_of_the_local_time(  # noqa: PLR0917
    steps: dict[str, float], interpolation: str, name: str, epoch: datetime, days: float, data: st.DataObject
) -> None:
    of = population(day_profile=steps, interpolation=interpolation, time_zone=name)
    during = Run.model_validate({"epoch": epoch, "duration": f"{days} d", "interval": "1 h" if days > 1 else "1 s"})
    laid_out = pieces(of, during)
    assert [one.end_s for one in laid_out[:-1]] == [other.begin_s for other in laid_out[1:]]
    assert (laid_out[0].begin_s, laid_out[-1].end_s) == (0.0, during.duration_s)
    at_s = data.draw(st.floats(0.0, during.duration_s, exclude_max=True))
    knots = {piece.begin_s for piece in laid_out} | {piece.end_s for piece in laid_out}
    if min(abs(at_s - knot) for knot in knots) < 1e-3:
        return  # datetimes end at the microsecond
    local = (epoch + timedelta(seconds=at_s)).astimezone(zone(name))
    assert factor_at(laid_out, at_s) == pytest.approx(wall_clock_factor(of, local), abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(PROFILES, ZONES)
def test_calls_are_as_many_as_the_profile_says(steps: dict[str, float], name: str) -> None:
    """Each piece of a day against its expected number, within 6 standard deviations."""
    keys = {"day_profile": steps, "interpolation": "linear", "time_zone": name, "calls_per_hour": 2000}
    changes = [f"populations.staff.{key}={str(value).replace(chr(39), chr(34))}" for key, value in keys.items()]
    scenario = small("run.duration=1 d", *changes)
    times_s, attempts = expected_attempts(scenario, scenario.populations["staff"])
    arrive_s = np.concatenate([np.empty(0), *(chunk.arrive_s for chunk in calls(sources(scenario), 7, 0))])
    for (begin_s, end_s), (before, after) in zip(pairwise(times_s), pairwise(attempts), strict=True):
        count = np.count_nonzero((arrive_s >= begin_s) & (arrive_s < end_s))
        assert count == pytest.approx(after - before, abs=6 * (after - before) ** 0.5 + 6)


def test_both_interpreters_play_a_linear_profile_of_measured_times_alike() -> None:
    scenario = small(
        'populations.staff.day_profile={"07:30": 0, "09:05": 2, "09:20": 0.5}',
        "populations.staff.interpolation=linear",
        "populations.staff.time_zone=Europe/Berlin",
        "populations.staff.message={empirical: [1 s, 2 s, 40 s]}",
    )
    kernel, reference = (play(scenario, engine=engine) for engine in ("kernel", "reference"))
    assert kernel["calls"].height > 100
    assert all(kernel[table].equals(reference[table]) for table in kernel)
