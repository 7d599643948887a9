"""The formulas against exact arithmetic, published tables and each other."""

from __future__ import annotations

from fractions import Fraction
from math import factorial, inf

import pytest

from sim.analysis import theory
from sim.errors import UsageError


def exact_erlang_b(offered_erl: Fraction, channels: int) -> Fraction:
    """The formula as Erlang wrote it, in whole numbers."""
    terms = [offered_erl**k / factorial(k) for k in range(channels + 1)]
    return terms[-1] / sum(terms)


@pytest.mark.parametrize("offered", [Fraction(1, 10), Fraction(1), Fraction(25, 2), Fraction(100)])
@pytest.mark.parametrize("channels", [0, 1, 2, 10, 120])
def test_erlang_b_equals_exact_arithmetic(offered: Fraction, channels: int) -> None:
    expected = float(exact_erlang_b(offered, channels))
    assert theory.erlang_b(float(offered), channels) == pytest.approx(expected, rel=1e-13)


def test_erlang_b_survives_thousands_of_channels() -> None:
    # In heavy load the loss tends to what cannot be carried: 1 - channels / offered.
    assert theory.erlang_b(1_000_000.0, 10_000) == pytest.approx(0.99, abs=1e-4)
    assert 0 < theory.erlang_b(10_000.0, 10_000) < 0.01
    assert theory.erlang_b(1.0, 5_000) == 0.0


@pytest.mark.parametrize(
    ("users", "load_erl", "at_5_percent", "at_1_percent"),
    [(50, 4.17, 8, 10), (200, 16.67, 22, 26), (500, 41.67, 48, 55), (2000, 166.7, 170, 187)],
)
def test_trunks_of_the_published_table(users: int, load_erl: float, at_5_percent: int, at_1_percent: int) -> None:
    """Nortel NN43001-122, page 15: trunks for users of 300 s in the busy hour."""
    offered_erl = theory.offered_erl_of_users(users, 300)
    assert offered_erl == pytest.approx(load_erl, rel=1e-3)
    assert theory.channels_for(offered_erl, 0.05) == at_5_percent
    assert theory.channels_for(offered_erl, 0.01) == at_1_percent


@pytest.mark.parametrize(("offered_erl", "blocking"), [(0.0, 0.01), (3.7, 0.2), (900.0, 0.001), (5.0, 1.0)])
def test_channels_for_is_the_least_number_that_will_do(offered_erl: float, blocking: float) -> None:
    channels = theory.channels_for(offered_erl, blocking)
    assert theory.erlang_b(offered_erl, channels) <= blocking
    assert channels == 0 or theory.erlang_b(offered_erl, channels - 1) > blocking


def test_carried_and_lost_traffic_add_up() -> None:
    lost_erl = 20.0 * theory.erlang_b(20.0, 18)
    assert theory.carried_erl(20.0, 18) + lost_erl == pytest.approx(20.0)


def test_erlang_c_equals_exact_arithmetic() -> None:
    offered, servers = Fraction(8), 10
    waiting = offered**servers / factorial(servers) * servers / (servers - offered)
    expected = waiting / (sum(offered**k / factorial(k) for k in range(servers)) + waiting)
    assert theory.erlang_c(8.0, servers) == pytest.approx(float(expected), rel=1e-13)


def test_one_server_waits_with_probability_of_its_load() -> None:
    assert theory.erlang_c(0.7, 1) == pytest.approx(0.7)


def test_waits_of_one_exponential_server_agree() -> None:
    # Two formulas meet in M/M/1.
    of_many_servers = theory.mmc_mean_wait_s(80.0, 0.01, 1)
    assert of_many_servers == pytest.approx(0.04)
    assert theory.mg1_mean_wait_s(80.0, 0.01, cv=1.0) == pytest.approx(of_many_servers)


def test_constant_service_halves_the_wait() -> None:
    assert theory.mg1_mean_wait_s(80.0, 0.01, cv=0.0) == pytest.approx(0.02)


def test_overload_waits_for_ever() -> None:
    assert theory.erlang_c(4.0, 4) == 1.0
    assert theory.mmc_mean_wait_s(400.0, 0.01, 4) == inf
    assert theory.mg1_mean_wait_s(100.0, 0.01, cv=1.0) == inf


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.erlang_b(-1.0, 3), "offered load is -1.0 erl: must be a finite number, 0 or above"),
        (lambda: theory.erlang_b(inf, 3), "offered load is inf erl: must be a finite number, 0 or above"),
        (lambda: theory.erlang_b(1.0, -3), "channels is -3: must be at least 0"),
        (lambda: theory.erlang_c(1.0, 0), "servers is 0: must be at least 1"),
        (lambda: theory.channels_for(1.0, 0.0), "blocking is 0.0: must be above 0 and at most 1, such as 0.01"),
    ],
)
def test_senseless_arguments_are_refused(call: object, message: str) -> None:
    assert callable(call)
    with pytest.raises(UsageError) as caught:
        call()
    assert str(caught.value) == message
