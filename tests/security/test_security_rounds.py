"""What rounds of measuring tell together: ratios to a yardstick, their typical value, and how sure it is."""

from __future__ import annotations

import pytest

from sim.security.rounds import Yardstick, noise, percentile, spread, typical


def test_yardstick_is_the_median_of_all_it_took() -> None:
    taken = iter([1000.0, 9000.0, 1200.0])
    yardstick = Yardstick(lambda: next(taken))
    assert [yardstick.take_ns() for _ in range(3)] == [1000.0, 9000.0, 1200.0]
    assert yardstick.us == 1.2


def test_noise_of_a_figure_holds_that_of_the_yardstick() -> None:
    """Rounds that agree, beside a yardstick that took 1,000 to 1,040 ns."""
    taken = iter([1000.0, 1020.0, 1040.0])
    yardstick = Yardstick(lambda: next(taken))
    for _ in range(3):
        yardstick.begin_round()
        yardstick.take_ns()
    ratios = [[0.99], [1.0], [1.01]]
    assert yardstick.noise(ratios) == pytest.approx(1.01 * (1 + 20 / 1020) - 1)


def test_a_figure_of_one_round_has_no_noise_beside_a_yardstick_either() -> None:
    yardstick = Yardstick(lambda: 1000.0)
    yardstick.take_ns()
    assert yardstick.noise([[1.0, 2.0]]) == 0.0


def test_typical_is_a_mean() -> None:
    assert typical([[1.0, 2.0], [6.0]]) == 3.0


def test_typical_leaves_the_outermost_fortieths_out() -> None:
    assert typical([[1.0] * 39 + [500.0]]) == typical([[0.0] + [1.0] * 39]) == 1.0


def test_one_sample_is_typical_and_each_of_its_percentiles() -> None:
    assert [typical([[1.5]]), *(percentile([[1.5]], percent) for percent in (1, 50, 99))] == [1.5] * 4


def test_percentiles_are_those_of_all_samples_together() -> None:
    """101 evenly spaced samples: the n-th percentile is the n-th of them."""
    samples = [float(n) for n in range(101)]
    assert percentile([samples[::2], samples[1::2]], 95) == pytest.approx(95.0)


@pytest.mark.parametrize(
    ("rounds", "ranks"),
    [
        (2, (1, 2)),
        (5, (1, 5)),
        (10, (2, 9)),  # Order Statistics, section 7.1: 97.9 % for n = 10
        (30, (10, 21)),  # and 95.7 % for n = 30
    ],
)
def test_noise_is_half_the_confidence_interval_of_the_median_round(rounds: int, ranks: tuple[int, int]) -> None:
    means = [100.0 + n for n in range(1, rounds + 1)]
    low, high = (100.0 + rank for rank in ranks)
    assert noise([[mean - 1.0, mean + 1.0] for mean in means]) == pytest.approx(
        (high - low) / 2 / (100.0 + (rounds + 1) / 2)
    )


def test_outlying_rounds_make_no_noise() -> None:
    assert noise([[0.1], *[[1.0]] * 8, [90.0]]) == 0.0


def test_noise_of_one_round_is_not_known() -> None:
    assert noise([[900.0, 1000.0, 1300.0]]) == 0.0


def test_spread_is_the_relative_width_within_the_rounds() -> None:
    """Evenly spaced from 0 to 100: the 84th and 16th percentile are 68 apart, around a median of 50."""
    assert spread([[float(n) for n in range(101)]]) == pytest.approx(34 / 50)


def test_spread_does_not_hear_an_outlier() -> None:
    even = [float(n) for n in range(101)]
    assert spread([[*even[:-1], 1e9]]) == spread([even])
