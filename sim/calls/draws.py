"""Random numbers with names: every population draws from streams of its own, call by call, column by column.

A stream is ``SeedSequence([seed, replication, first 16 bytes of SHA-256(name)])``, so a new gateway or another rate
leaves every other draw as it was, and what-if variants meet the same calls (common random numbers).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.calls import route as r
from sim.calls.state import GAP_CHUNK, Chunk

Floats = npt.NDArray[np.float64]
CHUNK = 1 << 16
"""Calls per chunk of a population's draws; part of what fixes the bytes of a run."""


@dataclass(frozen=True)
class Law:
    """A distribution of a positive time in s. ``kind``: constant, exponential, gamma (``shape``), lognormal (``cv``),
    uniform (``low`` to ``high``), empirical (one of ``values``, in ascending order), counted (a number 1, 2, ... of
    things; ``values`` are the probabilities of each), two_point (``high`` with the only probability of ``values``, else
    ``low``). The first four have mean ``mean``.
    """

    kind: str
    mean: float = 0.0
    shape: float = 1.0
    cv: float = 1.0
    low: float = 0.0
    high: float = 0.0
    values: tuple[float, ...] = ()

    def draw(self, generator: np.random.Generator, size: int) -> Floats:
        """``size`` independent values."""
        if self.kind == "constant":
            return np.full(size, self.mean)
        if self.kind == "exponential":
            return generator.exponential(self.mean, size)
        if self.kind == "gamma":
            return generator.gamma(self.shape, self.mean / self.shape, size)
        if self.kind == "lognormal":
            variance = math.log1p(self.cv**2)  # numpy's depends on the CPU in the last bit
            return generator.lognormal(math.log(self.mean) - variance / 2, variance**0.5, size)
        if self.values:
            return self._inverse(generator.random(size))
        return generator.uniform(self.low, self.high, size)

    def _inverse(self, probability: Floats) -> Floats:
        """The values of an empirical, counted or two-point law that belong to random numbers from 0 to 1."""
        if self.kind == "empirical":
            return np.array(self.values)[(probability * len(self.values)).astype(np.intp)]
        if self.kind == "two_point":
            return np.where(probability < self.values[0], self.high, self.low)
        at_most = np.cumsum(self.values)[:-1]  # the last one's is 1, whatever the sum has been rounded to
        return np.searchsorted(at_most, probability, side="right").astype(np.float64) + 1.0


@dataclass(frozen=True)
class ClassDraws:
    """The times of one class of call: holding time = the sum of ``hold`` laws, each cut at its limit, and the menu. The
    sum is cut at ``hold_limit_s``, the menu at ``menu_limit_s``. ``after`` is added to the last of ``hold``, within
    its limit.
    """

    call_class: int
    share: float
    hold: tuple[tuple[Law, float], ...]
    menu: Law = Law("constant")
    menu_limit_s: float = math.inf
    hold_limit_s: float = math.inf
    after: Law = Law("constant")


@dataclass(frozen=True)
class Source:
    """A population as a stream of call attempts. ``time_s`` and ``attempts`` (shape (k,)): the expected number of
    attempts up to each time, from (0, 0). ``slants`` (shape (k - 1,)): between two times the rate goes straight from so
    many times its mean there, 0 to 2, to what keeps the mean; without slants it is constant there.
    """

    name: str
    time_s: tuple[float, ...]
    attempts: tuple[float, ...]
    classes: tuple[ClassDraws, ...]
    patience: Law | None
    slants: tuple[float, ...] = ()


def stream(seed: int, replication: int, name: str) -> np.random.Generator:
    """The generator of one named stream."""
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:16], "big")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, replication, key])))


class FloodGaps:
    """Exponential gaps of mean 1 s, the same whichever interpreter takes them."""

    def __init__(self, seed: int, replication: int, name: str) -> None:
        self._generator = stream(seed, replication, f"flood/{name}/gap")

    def chunk(self) -> Floats:
        """The next GAP_CHUNK gaps."""
        return self._generator.exponential(1.0, GAP_CHUNK)


def calls(sources: tuple[Source, ...], seed: int, replication: int) -> Iterator[Chunk]:
    """All calls of all populations in order of arrival; at equal times the population's place, then the call's own
    index decide.
    """
    streams = [_population(place, source, seed, replication) for place, source in enumerate(sources)]
    waiting: list[Chunk | None] = [next(each, None) for each in streams]
    while any(chunk is not None for chunk in waiting):
        # What lies before every population's last known arrival can be put in order for good.
        horizon_s = min(float(chunk.arrive_s[-1]) for chunk in waiting if chunk is not None)
        ready = []
        for place, chunk in enumerate(waiting):
            if chunk is None:
                continue
            more = next(streams[place], None) if chunk.arrive_s[-1] == horizon_s else chunk
            if more is None:
                ready.append(chunk)
                waiting[place] = None
                continue
            count = int(np.searchsorted(chunk.arrive_s, horizon_s, side="left"))
            ready.append(_part(chunk, slice(0, count)))
            rest = _part(chunk, slice(count, None))
            waiting[place] = rest if more is chunk else _joined([rest, more])
        together = _joined(ready)
        if together.arrive_s.size:
            yield _part(together, np.argsort(together.arrive_s, kind="stable"))


def _population(place: int, source: Source, seed: int, replication: int) -> Iterator[Chunk]:
    """One population's calls: arrivals by inverting the expected number of attempts at unit-rate Poisson points."""
    columns = _Columns(source, seed, replication)
    gaps = stream(seed, replication, f"{source.name}/gap")
    total = 0.0
    while total < source.attempts[-1]:
        points = total + np.cumsum(gaps.exponential(1.0, CHUNK))
        total = float(points[-1])
        count = int(np.searchsorted(points, source.attempts[-1], side="left"))
        call_class, draws = columns.next()
        if count:
            arrive_s = _arrivals(source, points[:count])
            yield Chunk(arrive_s, np.full(count, place, np.int32), call_class[:count], draws[:count])


def _arrivals(source: Source, points: Floats) -> Floats:
    """The times at which the expected number of attempts reaches the points, which ascend."""
    arrive_s = np.interp(points, source.attempts, source.time_s)
    if not source.slants:
        return arrive_s
    piece = np.searchsorted(source.attempts, points, side="right") - 1
    slant = np.array(source.slants)[piece]
    bent = slant != 1.0
    piece, slant = piece[bent], slant[bent]
    begin, end = (np.array(source.attempts)[piece + after] for after in (0, 1))
    begin_s, end_s = (np.array(source.time_s)[piece + after] for after in (0, 1))
    # A share u of the piece's attempts has come after a share x of its time: u = slant x + (1 - slant) x^2.
    # This form of the root loses no digits near slant 1.
    u = (points[bent] - begin) / (end - begin)
    root = np.sqrt(np.maximum(slant * slant + 4.0 * (1.0 - slant) * u, 0.0))
    x = 2.0 * u / np.maximum(slant + root, np.finfo(np.float64).tiny)
    arrive_s[bent] = np.minimum(begin_s + x * (end_s - begin_s), end_s)
    return np.maximum.accumulate(arrive_s)  # but for rounding it ascends


class _Columns:
    """The draw columns of a population, in chunks of CHUNK calls."""

    def __init__(self, source: Source, seed: int, replication: int) -> None:
        self._source = source
        names = ["class", "retry", "patience", "ticket"]
        for draws in source.classes:
            times = ["menu", "after", *(f"hold{i}" for i in range(len(draws.hold)))]
            names += [f"{draws.call_class}/{time}" for time in times]
        self._streams = {name: stream(seed, replication, f"{source.name}/{name}") for name in names}

    def next(self) -> tuple[npt.NDArray[np.int32], Floats]:
        """Classes, shape (CHUNK,), and draws, shape (CHUNK, DRAWS)."""
        source, streams = self._source, self._streams
        edges = np.cumsum([draws.share for draws in source.classes])
        which = np.searchsorted(edges[:-1], streams["class"].random(CHUNK), side="right")
        columns = np.empty((CHUNK, r.DRAWS))
        columns[:, r.RETRY] = streams["retry"].uniform(0.5, 1.5, CHUNK)
        patience = source.patience or Law("constant", np.inf)
        columns[:, r.PATIENCE] = patience.draw(streams["patience"], CHUNK)
        columns[:, r.TICKET :] = streams["ticket"].random((CHUNK, r.TICKETS))
        for place, draws in enumerate(source.classes):
            mine = which == place
            menu_s = draws.menu.draw(streams[f"{draws.call_class}/menu"], CHUNK)
            columns[mine, r.MENU] = np.minimum(menu_s, draws.menu_limit_s)[mine]
            hold_s = np.zeros(CHUNK)
            for i, (law, limit_s) in enumerate(draws.hold, 1):
                part_s = law.draw(streams[f"{draws.call_class}/hold{i - 1}"], CHUNK)
                if i == len(draws.hold):
                    part_s += draws.after.draw(streams[f"{draws.call_class}/after"], CHUNK)
                hold_s += np.minimum(part_s, limit_s)
            columns[mine, r.HOLD] = np.minimum(hold_s, draws.hold_limit_s)[mine]
        return np.array([draws.call_class for draws in source.classes], np.int32)[which], columns


def _part(chunk: Chunk, which: slice | npt.NDArray[np.intp]) -> Chunk:
    return Chunk(chunk.arrive_s[which], chunk.population[which], chunk.call_class[which], chunk.draws[which])


def _joined(chunks: list[Chunk]) -> Chunk:
    return Chunk(
        np.concatenate([chunk.arrive_s for chunk in chunks]),
        np.concatenate([chunk.population for chunk in chunks]),
        np.concatenate([chunk.call_class for chunk in chunks]),
        np.concatenate([chunk.draws for chunk in chunks]),
    )
