"""Short rounds of measuring, taken in turns, each sample beside a yardstick: what they tell together.

A machine that is shared changes its speed by half within seconds, and thread CPU time changes with it (measured on a
rented host with nothing else to do: one P-256 signature took 35 us or 55 us). What two moments cost cannot be
compared. So a sample is its ratio to the same piece of work, the yardstick, done right before and after it; a figure is
its typical ratio times the median of all yardsticks.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Final, Protocol

Rounds = Sequence[Sequence[float]]
"""Samples by round, each over its yardstick."""

_TAIL: Final = 0.025


class Yardstick:
    """A piece of work that is done again and again between all others; ``work`` tells what it took, ns."""

    def __init__(self, work: Callable[[], float]) -> None:
        self._work = work
        self._rounds_ns: list[list[float]] = [[]]

    def begin_round(self) -> None:
        """What is taken from now on belongs to another round."""
        if self._rounds_ns[-1]:
            self._rounds_ns.append([])

    def take_ns(self) -> float:
        """Do it once more: how fast the machine is at the moment."""
        self._rounds_ns[-1].append(self._work())
        return self._rounds_ns[-1][-1]

    @property
    def us(self) -> float:
        """Its median, us: what a ratio of 1 is."""
        return statistics.median(_pooled(self._rounds_ns)) / 1000

    def noise(self, rounds: Rounds) -> float:
        """The noise of a figure: that of its ratios, and how far the yardstick itself moved; 0 of one round."""
        own = noise(rounds)
        return (1.0 + own) * (1.0 + noise(self._rounds_ns)) - 1.0 if own else 0.0


class Experiment(Protocol):
    """Something that can be measured again and again."""

    @property
    def label(self) -> str:
        """What is measured, for a progress bar."""

    def run(self, yardstick: Yardstick) -> None:
        """Measure one more round."""


def typical(rounds: Rounds) -> float:
    """The mean of all samples but the least and the greatest 2.5 %.

    A median would be as deaf to outliers, but of a signature that is drawn again and again until it fits (ML-DSA) it
    jumps from one number of draws to the next.
    """
    samples = sorted(_pooled(rounds))
    outside = len(samples) // 40
    return statistics.fmean(samples[outside : len(samples) - outside])


def percentile(rounds: Rounds, percent: int) -> float:
    """A percentile of all samples."""
    return _percentiles(_pooled(rounds))[percent - 1]


def spread(rounds: Rounds) -> float:
    """Half the distance of the 16th and 84th percentile over the median: the CV of a normal law, deaf to outliers."""
    percentiles = _percentiles(_pooled(rounds))
    return (percentiles[83] - percentiles[15]) / 2 / percentiles[49]


def noise(rounds: Rounds) -> float:
    """Half the width of the 95 % confidence interval of the median round over that median; 0 of one round.

    The interval lies between order statistics of the rounds' means (H. A. David, H. N. Nagaraja: Order Statistics,
    section 7.1); of up to five rounds, it is all that they span.
    """
    means = sorted(statistics.fmean(each) for each in rounds)
    fewer = accumulate(math.comb(len(means), below) * 0.5 ** len(means) for below in range(len(means)))
    rank = max(sum(probability <= _TAIL for probability in fewer), 1)
    return (means[-rank] - means[rank - 1]) / 2 / statistics.median(means)


def _pooled(rounds: Rounds) -> list[float]:
    return [sample for each in rounds for sample in each]


def _percentiles(samples: Sequence[float]) -> list[float]:
    return statistics.quantiles(samples, n=100, method="inclusive") if len(samples) > 1 else [samples[0]] * 99
