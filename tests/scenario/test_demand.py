"""Populations: offered load and the laws of their times."""

from __future__ import annotations

import pytest

from sim.scenario.demand import Distribution, Population


def population(**keys: object) -> Population:
    given = {"dial_plan": "hq", "pbx": "pbx1", "call_mix": {"call_answering": 1.0}}
    return Population.model_validate(given | keys)


def law(value: object) -> Distribution:
    return population(calls_per_hour=1, message=value).message


def test_call_answering_holds_a_channel_for_greeting_and_message() -> None:
    assert population(calls_per_hour=1).mean_channel_s() == 40.0


def test_a_transferred_call_holds_two_channels_during_the_transfer() -> None:
    attendant = population(calls_per_hour=1, call_mix={"auto_attendant": 1.0}, put_through=0.5)
    assert attendant.mean_channel_s() == 30.0 + 0.5 * 2.0 * 180.0


def test_the_mix_counts_calls_not_seconds() -> None:
    half = population(calls_per_hour=1, call_mix={"call_answering": 0.5, "subscriber_access": 0.5})
    assert half.mean_channel_s() == (40.0 + 180.0) / 2.0


def test_attempts_follow_from_users_and_their_busy_hour_use() -> None:
    thousand = population(users=1_000, busy_hour_use="300 s")
    assert thousand.attempts_per_s() == pytest.approx(1_000 * 300.0 / 40.0 / 3_600.0, rel=1e-15)


def test_offered_erlangs_are_users_times_use_whatever_the_mix() -> None:
    mixed = population(
        users=500, busy_hour_use="300 s", call_mix={"missed_call": 0.25, "auto_attendant": 0.25, "call_answering": 0.5}
    )
    assert mixed.attempts_per_s() * mixed.mean_channel_s() == pytest.approx(41.67, abs=0.005)


def test_calls_per_hour_are_of_the_whole_population() -> None:
    assert population(calls_per_hour=7_200).attempts_per_s() == 2.0


def test_the_day_profile_is_in_order_of_time() -> None:
    steps = {"10:30": 1.0, "08:00": 0.6}
    assert population(calls_per_hour=1, day_profile=steps).day_profile == ((28_800.0, 0.6), (37_800.0, 1.0))


def test_without_a_day_profile_the_rate_is_constant() -> None:
    assert population(calls_per_hour=1).day_profile == ((0.0, 1.0),)


def test_the_mix_is_in_the_order_of_the_vocabulary() -> None:
    mix = population(calls_per_hour=1, call_mix={"subscriber_access": 0.5, "call_answering": 0.5}).call_mix
    assert list(mix) == ["call_answering", "subscriber_access"]


@pytest.mark.parametrize(
    ("value", "kind", "mean_s"),
    [
        ("180 s", "constant", 180.0),
        ({"exponential": {"mean": "30 s"}}, "exponential", 30.0),
        ({"gamma": {"shape": 4.0, "mean": "30 s"}}, "gamma", 30.0),
        ({"lognormal": {"mean": "180 s", "cv": 1.0}}, "lognormal", 180.0),
        ({"uniform": {"low": "1 s", "high": "10 s"}}, "uniform", 5.5),
    ],
)
def test_a_law_knows_its_kind_and_mean(value: object, kind: str, mean_s: float) -> None:
    assert (law(value).kind, law(value).mean_s) == (kind, mean_s)


def test_a_law_names_what_it_has_and_none_for_the_rest() -> None:
    gamma, uniform = law({"gamma": {"shape": 4.0, "mean": "30 s"}}), law({"uniform": {"low": "1 s", "high": "2 s"}})
    assert (gamma.shape, gamma.cv, gamma.low_s, gamma.high_s) == (4.0, None, None, None)
    assert (uniform.shape, uniform.cv, uniform.low_s, uniform.high_s) == (None, None, 1.0, 2.0)


def test_patience_may_be_infinite() -> None:
    assert population(calls_per_hour=1, patience="infinite").patience.mean_s == float("inf")
