"""Short rounds of measuring, taken in turns: what they tell together.

Thread CPU time still moves 10-30 % with other load on the machine, which only ever adds. So a figure is taken from the
quieter half of its rounds, pooled; of a signature that is drawn again and again until it fits (ML-DSA), the lowest
median of short rounds alone would be luck.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Protocol

Rounds = Sequence[Sequence[float]]
"""Samples by round, in ns."""


class Experiment(Protocol):
    """Something that can be measured again and again."""

    @property
    def label(self) -> str:
        """What is measured, for a progress bar."""

    def run(self) -> None:
        """Measure one more round."""


def median_us(rounds: Rounds) -> float:
    """The median of the quieter rounds, us."""
    return statistics.median(_pooled(rounds)) / 1000


def percentile_us(rounds: Rounds, percent: int) -> float:
    """A percentile of the quieter rounds, us."""
    return _percentiles(_pooled(rounds))[percent - 1] / 1000


def spread(rounds: Rounds) -> float:
    """Half the distance of the 16th and 84th percentile over the median: the CV of a normal law, deaf to outliers."""
    percentiles = _percentiles(_pooled(rounds))
    return (percentiles[83] - percentiles[15]) / 2 / percentiles[49]


def noise(rounds: Rounds) -> float:
    """How far the quieter rounds lie apart: the highest of their medians over the lowest, less 1."""
    medians = [statistics.median(each) for each in _quieter(rounds)]
    return max(medians) / min(medians) - 1.0


def _quieter(rounds: Rounds) -> list[Sequence[float]]:
    return sorted(rounds, key=statistics.median)[: (len(rounds) + 1) // 2]


def _pooled(rounds: Rounds) -> list[float]:
    return [sample for each in _quieter(rounds) for sample in each]


def _percentiles(samples: Sequence[float]) -> list[float]:
    return statistics.quantiles(samples, n=100, method="inclusive") if len(samples) > 1 else [samples[0]] * 99
