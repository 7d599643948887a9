"""Intervals hold the truth as often as they say."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest

from sim.analysis import statistics
from sim.analysis.statistics import Estimate, estimate_rate, proportion_interval, ratio_interval, t_interval
from sim.errors import UsageError


def holds(estimate: Estimate, truth: float) -> bool:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low <= truth <= estimate.high


def test_t_interval_of_a_textbook_sample() -> None:
    # t(0.975, 4) = 2.776445; s = sqrt(2.5)
    estimate = t_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert estimate.mean == 3.0
    assert estimate.half_width == pytest.approx(2.776445 * 2.5**0.5 / 5**0.5, rel=1e-6)


def test_t_interval_holds_the_truth_in_95_percent() -> None:
    samples = np.random.default_rng(1).normal(10.0, 3.0, size=(2000, 6))
    share = np.mean([holds(t_interval(sample.tolist()), 10.0) for sample in samples])
    assert 0.94 <= share <= 0.96


def test_one_replication_gives_no_interval() -> None:
    assert t_interval([7.0]) == Estimate(7.0, None, None, None, 1, 0.95)


def test_nothing_observed_gives_no_mean() -> None:
    assert isnan(t_interval([]).mean)
    assert isnan(proportion_interval(0, 0).mean)
    assert isnan(estimate_rate([0, 0], [0, 0]).mean)


def test_wilson_of_a_published_example() -> None:
    """R. G. Newcombe (1998), table I, method 3: 81 of 263 gives 0.2553 to 0.3662."""
    estimate = proportion_interval(81, 263)
    assert estimate.low == pytest.approx(0.2553, abs=5e-5)
    assert estimate.high == pytest.approx(0.3662, abs=5e-5)


@pytest.mark.parametrize("trials", [1, 10, 1_000_000])
@pytest.mark.parametrize("all_of_them", [False, True])
def test_wilson_never_has_zero_width(trials: int, all_of_them: bool) -> None:
    estimate = proportion_interval(trials if all_of_them else 0, trials)
    assert estimate.half_width is not None
    assert estimate.half_width > 0
    assert holds(estimate, estimate.mean)


def test_wilson_holds_a_rare_truth() -> None:
    events = np.random.default_rng(2).binomial(3000, 0.001, size=2000)
    share = np.mean([holds(proportion_interval(int(count), 3000), 0.001) for count in events])
    assert share >= 0.94


def test_ratio_weighs_replications_by_their_size() -> None:
    assert ratio_interval([1, 90], [10, 100]).mean == pytest.approx(91 / 110)


def test_ratio_of_equal_sizes_is_the_t_interval_of_the_ratios() -> None:
    of_ratios = t_interval([0.1, 0.2, 0.4])
    estimate = ratio_interval([10, 20, 40], [100, 100, 100])
    assert estimate.mean == pytest.approx(of_ratios.mean)
    assert estimate.half_width == pytest.approx(of_ratios.half_width)


def test_rate_holds_the_truth_though_calls_of_a_run_depend_on_each_other() -> None:
    # Each run has a rate of its own around 20 %: intervals on the pooled calls would be far too narrow.
    random = np.random.default_rng(3)
    rates = random.beta(20, 80, size=(2000, 10))
    events = random.binomial(5000, rates)
    trials = [5000] * 10
    share = np.mean([holds(estimate_rate(run.tolist(), trials), 0.2) for run in events])
    assert 0.935 <= share <= 0.965
    pooled = np.mean([holds(proportion_interval(int(run.sum()), 50_000), 0.2) for run in events])
    assert pooled < 0.5


@pytest.mark.parametrize("events", [[0, 0, 0], [0, 1, 0], [100, 100, 100], [30, 30, 30]])
def test_rate_never_has_zero_width(events: list[int]) -> None:
    estimate = estimate_rate(events, [100, 100, 100])
    assert estimate.half_width is not None
    assert estimate.half_width > 0
    assert estimate.n == 3


def test_rate_of_few_events_is_wilsons() -> None:
    few = statistics.FEW_EVENTS - 1
    pooled = proportion_interval(few, 2000)
    estimate = estimate_rate([few, 0], [1000, 1000])
    assert (estimate.low, estimate.high) == (pooled.low, pooled.high)


def test_rate_of_one_run_with_many_events_has_no_interval() -> None:
    assert estimate_rate([300], [1000]) == Estimate(0.3, None, None, None, 1, 0.95)


def test_rate_stays_between_0_and_1() -> None:
    estimate = estimate_rate([0, 50], [100, 100])
    assert estimate.low == 0.0
    assert estimate.high == 1.0


def test_higher_level_is_wider() -> None:
    values = [1.0, 2.0, 4.0]
    assert (t_interval(values, 0.99).half_width or 0) > (t_interval(values, 0.9).half_width or 0)


def test_level_beyond_1_is_refused() -> None:
    with pytest.raises(UsageError, match=r"level is 95: must be between 0 and 1, such as 0\.95"):
        t_interval([1.0, 2.0], 95)


def test_more_events_than_trials_are_refused() -> None:
    with pytest.raises(UsageError, match="3 events in 2 trials"):
        proportion_interval(3, 2)


@pytest.mark.parametrize(
    ("degrees_of_freedom", "level", "expected"),
    [
        (1, 0.95, 12.70620473617471),  # tan(0.95 pi / 2)
        (2, 0.9, 2.919985580353726),  # 0.9 sqrt(2 / (1 - 0.81))
        (3, 0.95, 3.18245),  # from here on: Abramowitz and Stegun, table 26.10, and its successors
        (4, 0.99, 4.60409),
        (5, 0.999, 6.86883),
        (9, 0.95, 2.26216),
        (10, 0.9, 1.81246),
        (29, 0.95, 2.04523),
        (30, 0.999, 3.64596),
        (1000, 0.95, 1.96234),
    ],
)
def test_student_quantile_agrees_with_the_tables(degrees_of_freedom: int, level: float, expected: float) -> None:
    assert statistics.t_quantile(degrees_of_freedom, level) == pytest.approx(expected, abs=6e-6)
