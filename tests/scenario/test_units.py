"""Quantities with units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import units


@pytest.mark.parametrize(
    ("text", "expected_s"),
    [
        ("640 us", 0.00064),
        ("61500 us", 0.0615),
        ("1 ms", 0.001),
        ("300 s", 300.0),
        ("1.5 min", 90.0),
        ("2 h", 7_200.0),
        ("400 d", 34_560_000.0),
        ("1 w", 604_800.0),
        ("-1 d", -86_400.0),
        ("2h", 7_200.0),
        (".5e1 s", 5.0),
    ],
)
def test_a_duration_becomes_the_nearest_float_in_seconds(text: str, expected_s: float) -> None:
    assert units.duration_s(text) == expected_s


def test_data_rates_are_decimal_multiples_of_bits() -> None:
    rates = [units.data_rate_bps(f"2 {unit}") for unit in ("bit/s", "kbit/s", "Mbit/s", "Gbit/s")]
    assert rates == [2.0, 2e3, 2e6, 2e9]


def test_rates_are_per_second() -> None:
    assert [units.rate_per_s(text) for text in ("3 /s", "3 /min", "90 /h")] == [3.0, 0.05, 0.025]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (300, "needs a unit: write 300 s"),
        ("300", "needs a unit: write 300 s"),
        (True, "must be a duration such as '300 s'"),
        (None, "must be a duration such as '300 s'"),
        ("", "must be a duration such as '300 s'"),
        ("soon", "must be a duration such as '300 s'"),
        ("nan s", "must be a duration such as '300 s'"),
        ("1e999 s", "must be a duration such as '300 s'"),
        ("1 h 30 min", "must be a duration such as '300 s'"),
        ("300 S", "unknown unit 'S': did you mean 's'?"),
        ("3 mins", "unknown unit 'mins': did you mean 'min'?"),
        ("3 fortnights", "unknown unit 'fortnights': units of a duration are us, ms, s, min, h, d, w"),
        ("100 Mbit/s", "unknown unit 'Mbit/s': units of a duration are us, ms, s, min, h, d, w"),
        ("1e15 s", "is absurdly large"),
    ],
)
def test_a_wrong_duration_says_what_would_be_right(value: object, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole message is compared
        units.duration_s(value)
    assert str(caught.value) == message


@pytest.mark.parametrize(("value_s", "text"), [(0.0, "0 s"), (7_200.0, "2 h"), (90.0, "90 s"), (0.001, "0.001 s")])
def test_a_duration_is_written_in_its_largest_whole_unit(value_s: float, text: str) -> None:
    assert units.duration_text(value_s) == text


@given(st.floats(-1e12, 1e12))
def test_written_quantities_are_read_back_to_the_same_float(value: float) -> None:
    read_back = (
        units.duration_s(units.duration_text(value)),
        units.data_rate_bps(units.data_rate_text(value)),
        units.rate_per_s(units.rate_text(value)),
    )
    assert read_back == (value, value, value)


def test_a_bound_is_told_in_the_unit_that_the_user_wrote() -> None:
    assert (units.like("30000 d", 7_300 * 86_400.0), units.like("3 kbit/s", 1e9), units.like(7, 24.0)) == (
        "7,300 d",
        "1,000,000 kbit/s",
        "24",
    )
