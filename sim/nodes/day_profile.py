"""A population's day profile laid out over a run: pieces of simulated time in which its factor is a straight line."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import floor
from zoneinfo import ZoneInfo

from sim.scenario.demand import Population
from sim.scenario.schema import Run
from sim.scenario.time_zones import zone

DAY_S = 86_400.0


@dataclass(frozen=True)
class Piece:
    """From ``begin_s`` to ``end_s`` (s since the epoch) the factor goes straight from one value to the other."""

    begin_s: float
    end_s: float
    begin_factor: float
    end_factor: float


def pieces(population: Population, run: Run) -> list[Piece]:
    """The run in pieces without gaps. The factor at an instant is that of the local time at that instant.

    So an hour that the clocks skip is skipped, and one that they repeat is repeated.
    """
    return [
        piece
        for begin_s, end_s, offset_s in _spans(zone(population.time_zone), run.epoch, run.duration_s)
        for piece in _pieces(population, begin_s, end_s, _midnight_s(run.epoch, offset_s))
    ]


def _midnight_s(epoch: datetime, offset_s: float) -> float:
    """The last local midnight before the epoch, were the offset from UTC always the same."""
    second = epoch.hour * 3600.0 + epoch.minute * 60.0 + epoch.second + epoch.microsecond * 1e-6
    return -((second + offset_s) % DAY_S)


def _pieces(population: Population, begin_s: float, end_s: float, midnight_s: float) -> Iterator[Piece]:
    """The pieces of a span with one offset from UTC."""
    profile, linear = population.day_profile, population.interpolation == "linear"
    knots = [(begin_s, _factor(profile, (begin_s - midnight_s) % DAY_S, linear=linear))]
    for day in range(floor((begin_s - midnight_s) / DAY_S), floor((end_s - midnight_s) / DAY_S) + 1):
        knots += [
            (at_s, factor)
            for second, factor in profile
            if begin_s < (at_s := midnight_s + day * DAY_S + second) < end_s
        ]
    knots.append((end_s, _factor(profile, (end_s - midnight_s) % DAY_S, linear=linear)))
    for (from_s, factor), (to_s, next_factor) in pairwise(knots):
        yield Piece(from_s, to_s, factor, next_factor if linear else factor)


def _factor(profile: tuple[tuple[float, float], ...], second: float, *, linear: bool) -> float:
    """The factor at a second of the local day; before the first entry the last one counts."""
    place = bisect_right(profile, second, key=lambda entry: entry[0]) - 1
    begin, factor = profile[place]
    if not linear:
        return factor
    end, next_factor = profile[(place + 1) % len(profile)]
    length_s = (end - begin) % DAY_S or DAY_S
    return factor + (next_factor - factor) * ((second - begin) % DAY_S / length_s)


def _spans(local: ZoneInfo, epoch: datetime, duration_s: float) -> Iterator[tuple[float, float, float]]:
    """Begin, end (s since the epoch) and offset from UTC (s) of each span of the run with one offset."""
    begin_s, offset_s = 0.0, _offset_s(local, epoch, 0.0)
    while begin_s < duration_s:
        end_s = begin_s
        while end_s < duration_s and _offset_s(local, epoch, end_s) == offset_s:
            end_s = min(end_s + DAY_S, duration_s)
        if _offset_s(local, epoch, end_s) != offset_s:
            end_s = _change_s(local, epoch, max(end_s - DAY_S, begin_s), end_s)
        yield begin_s, end_s, offset_s
        begin_s, offset_s = end_s, _offset_s(local, epoch, end_s)


def _change_s(local: ZoneInfo, epoch: datetime, before_s: float, after_s: float) -> float:
    """The instant, to the second of the clock, at which the offset changes between two instants."""
    before_offset_s = _offset_s(local, epoch, before_s)
    whole = epoch.microsecond * 1e-6  # offsets change at whole seconds
    low, high = floor(before_s + whole), floor(after_s + whole) + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset_s(local, epoch, middle - whole) == before_offset_s else (low, middle)
    return high - whole


def _offset_s(local: ZoneInfo, epoch: datetime, at_s: float) -> float:
    """The offset from UTC at an instant."""
    offset = (epoch + timedelta(seconds=at_s)).astimezone(local).utcoffset()
    assert offset is not None
    return offset.total_seconds()
