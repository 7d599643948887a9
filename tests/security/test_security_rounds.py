"""What rounds of measuring tell together: the quieter half counts, and how far it lies apart is told."""

from __future__ import annotations

import pytest

from sim.security.rounds import median_us, noise, percentile_us, spread

QUIET = [[1000.0, 1100.0, 1200.0], [1010.0, 1100.0, 1190.0]]


def test_median_is_in_microseconds() -> None:
    assert median_us([[2000.0, 3000.0, 7000.0]]) == 3.0


def test_busy_round_does_not_move_the_median() -> None:
    busy = [[9000.0, 9500.0, 9900.0]]
    assert median_us([*busy, *QUIET]) == median_us(QUIET) == 1.1


def test_slower_half_of_the_rounds_does_not_count() -> None:
    slower = [[5000.0, 5100.0], [6000.0, 6100.0]]
    assert percentile_us([*slower, *QUIET], 99) < 1.3


def test_of_an_odd_number_of_rounds_the_larger_half_counts() -> None:
    assert median_us([[1000.0], [2000.0], [9000.0]]) == 1.5


def test_one_round_counts_whole() -> None:
    assert median_us([[1000.0, 4000.0]]) == 2.5


def test_one_sample_is_each_of_its_percentiles() -> None:
    assert [percentile_us([[1500.0]], percent) for percent in (1, 50, 99)] == [1.5, 1.5, 1.5]


def test_percentiles_are_those_of_all_samples_together() -> None:
    """101 evenly spaced samples: the n-th percentile is the n-th of them."""
    samples = [float(1000 * n) for n in range(101)]
    assert percentile_us([samples[::2], samples[1::2], [1e9], [1e9]], 95) == pytest.approx(95.0)


def test_noise_is_how_far_the_quieter_medians_lie_apart() -> None:
    assert noise([[1000.0], [1100.0], [5000.0], [9000.0]]) == pytest.approx(0.1)


def test_rounds_that_agree_have_no_noise() -> None:
    assert noise([[900.0, 1000.0, 1300.0], [800.0, 1000.0, 1500.0]]) == 0.0


def test_spread_is_the_relative_width_within_the_rounds() -> None:
    """Evenly spaced from 0 to 100: the 84th and 16th percentile are 68 apart, around a median of 50."""
    assert spread([[float(n) for n in range(101)]]) == pytest.approx(34 / 50)


def test_spread_does_not_hear_an_outlier() -> None:
    even = [float(n) for n in range(101)]
    assert spread([[*even[:-1], 1e9]]) == spread([even])
