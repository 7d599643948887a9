"""Random numbers with names: who draws what depends on nobody else."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.calls import draws
from sim.calls import route as r
from sim.calls.draws import ClassDraws, FloodGaps, Law, Source, calls
from sim.calls.state import Chunk

FOREVER_S = float("inf")
STAFF = Source(
    name="staff",
    time_s=(0.0, 100.0, 200.0),
    attempts=(0.0, 200.0, 800.0),
    classes=(
        ClassDraws(0, 0.7, ((Law("constant", 10.0), FOREVER_S), (Law("gamma", 30.0, shape=4.0), 60.0))),
        ClassDraws(2, 0.3, ((Law("lognormal", 180.0, cv=1.0), FOREVER_S),), Law("constant", 30.0)),
    ),
    patience=Law("exponential", 20.0),
)
GUESTS = replace(STAFF, name="guests")


def constant_rate(name: str, attempts: float) -> Source:
    return Source(name, (0.0, 1000.0), (0.0, attempts), STAFF.classes, None)


def all_calls(*sources: Source, replication: int = 0) -> Chunk:
    return draws._joined(list(calls(sources, 7, replication)))


def of(chunk: Chunk, population: int) -> Chunk:
    return draws._part(chunk, np.flatnonzero(chunk.population == population))


def same(one: Chunk, other: Chunk) -> bool:
    columns = ("arrive_s", "call_class", "draws")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in columns)


def test_another_population_changes_no_draw() -> None:
    alone, together = all_calls(STAFF), all_calls(STAFF, GUESTS)
    assert same(of(together, 0), alone)


def test_a_populations_place_changes_no_draw() -> None:
    assert same(of(all_calls(GUESTS, STAFF), 1), all_calls(STAFF))


def test_populations_with_other_names_draw_otherwise() -> None:
    together = all_calls(STAFF, GUESTS)
    assert not same(of(together, 0), of(together, 1))


def test_replications_draw_otherwise() -> None:
    assert not same(all_calls(STAFF), all_calls(STAFF, replication=1))


def test_twice_the_rate_keeps_the_draws_of_each_call() -> None:
    once, twice = all_calls(constant_rate("p", 500)), all_calls(constant_rate("p", 1000))
    count = once.arrive_s.size
    assert np.array_equal(twice.draws[:count], once.draws)
    assert np.array_equal(twice.call_class[:count], once.call_class)
    assert twice.arrive_s[:count] == pytest.approx(once.arrive_s / 2)


def test_another_class_of_call_keeps_the_draws_of_the_first() -> None:
    only = replace(STAFF, classes=(replace(STAFF.classes[0], share=1.0),))
    mixed, alone = all_calls(STAFF), all_calls(only)
    first = mixed.call_class == 0
    assert np.array_equal(mixed.draws[first], alone.draws[first])


def test_calls_come_in_order_of_arrival() -> None:
    assert (np.diff(all_calls(STAFF, GUESTS).arrive_s) >= 0).all()


def test_order_holds_across_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draws, "CHUNK", 64)
    chunks = list(calls((STAFF, GUESTS, constant_rate("few", 5)), 7, 0))
    assert len(chunks) > 10
    assert (np.diff(np.concatenate([chunk.arrive_s for chunk in chunks])) >= 0).all()


def test_simultaneous_arrivals_come_in_the_order_of_the_populations() -> None:
    # The same name gives both the same arrivals.
    together = all_calls(STAFF, STAFF)
    assert together.population.tolist() == [0, 1] * (together.population.size // 2)


def test_simultaneous_arrivals_keep_that_order_across_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draws, "CHUNK", 64)
    together = all_calls(STAFF, STAFF)
    assert together.population.tolist() == [0, 1] * (together.population.size // 2)


def test_the_size_of_chunks_moves_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = all_calls(STAFF)
    monkeypatch.setattr(draws, "CHUNK", 64)
    parts = all_calls(STAFF)
    assert parts.arrive_s == pytest.approx(whole.arrive_s, rel=1e-12)
    assert np.array_equal(parts.arrive_s[:64], whole.arrive_s[:64])
    assert np.array_equal(parts.draws, whole.draws)


def test_no_call_arrives_after_the_end() -> None:
    assert all_calls(STAFF).arrive_s[-1] < 200.0


def test_nobody_calls_at_a_rate_of_zero() -> None:
    assert list(calls((constant_rate("nobody", 0.0),), 7, 0)) == []


def test_counts_are_poisson(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mean and variance of 400 counts of mean 50: each within 5 standard errors."""
    monkeypatch.setattr(draws, "CHUNK", 256)
    counts = [all_calls(constant_rate("p", 50.0), replication=k).arrive_s.size for k in range(400)]
    assert np.mean(counts) == pytest.approx(50.0, abs=5 * (50 / 400) ** 0.5)
    assert np.var(counts) == pytest.approx(50.0, abs=5 * 50 * (2 / 400) ** 0.5)


def test_arrivals_follow_the_expected_number() -> None:
    counts = [np.histogram(all_calls(STAFF, replication=k).arrive_s, (0, 100, 200))[0] for k in range(50)]
    first, second = np.mean(counts, axis=0)
    assert first == pytest.approx(200.0, abs=5 * (200 / 50) ** 0.5)
    assert second == pytest.approx(600.0, abs=5 * (600 / 50) ** 0.5)


@pytest.mark.parametrize(
    ("law", "mean", "deviation"),
    [
        (Law("constant", 3.0), 3.0, 0.0),
        (Law("exponential", 3.0), 3.0, 3.0),
        (Law("gamma", 3.0, shape=4.0), 3.0, 1.5),
        (Law("lognormal", 3.0, cv=0.5), 3.0, 1.5),
        (Law("uniform", low=2.0, high=8.0), 5.0, 6 / 12**0.5),
        (Law("empirical", values=(1.0, 2.0, 9.0)), 4.0, (38 / 3) ** 0.5),
    ],
    ids=lambda value: value.kind if isinstance(value, Law) else "",
)
def test_laws_have_their_mean_and_deviation(law: Law, mean: float, deviation: float) -> None:
    values = law.draw(np.random.default_rng(3), 200_000)
    assert np.mean(values) == pytest.approx(mean, abs=5 * deviation / 200_000**0.5)
    assert np.std(values) == pytest.approx(deviation, rel=0.02)


def test_an_empirical_law_draws_its_values_and_no_others() -> None:
    values = Law("empirical", values=(1.0, 2.0, 2.0, 9.0)).draw(np.random.default_rng(3), 40_000)
    found, counts = np.unique(values, return_counts=True)
    assert found.tolist() == [1.0, 2.0, 9.0]
    assert counts / 40_000 == pytest.approx([0.25, 0.5, 0.25], abs=5 * 0.5 / 40_000**0.5)


def test_a_rate_that_rises_from_zero_is_inverted_by_a_square_root() -> None:
    rising = Source("p", (0.0, 100.0), (0.0, 50.0), STAFF.classes, None, slants=(0.0,))
    assert draws._arrivals(rising, np.array([0.0, 12.5, 32.0])) == pytest.approx([0.0, 50.0, 80.0], rel=1e-15)


@given(
    st.lists(
        st.tuples(st.floats(0.1, 1e5), st.just(0.0) | st.floats(0.1, 1e4), st.floats(0.0, 2.0)), min_size=1, max_size=5
    )
)
def test_arrivals_invert_the_expected_number(pieces: list[tuple[float, float, float]]) -> None:
    """Of pieces of (length, attempts, slant): the integral of the rate up to an arrival is its point."""
    assume(sum(count for _, count, _ in pieces) > 0.0)
    lengths_s, counts, slants = (np.array(column) for column in zip(*pieces, strict=True))
    ends_s, attempts = (np.concatenate([[0.0], np.cumsum(column)]) for column in (lengths_s, counts))
    source = Source("p", tuple(ends_s), tuple(attempts), STAFF.classes, None, tuple(slants))
    points = np.linspace(0.0, attempts[-1], 50, endpoint=False)[1:]
    arrive_s = draws._arrivals(source, points)
    place = np.minimum(np.searchsorted(ends_s, arrive_s, side="right") - 1, len(pieces) - 1)
    x = (arrive_s - ends_s[place]) / lengths_s[place]
    integral = attempts[place] + counts[place] * (slants[place] * x + (1.0 - slants[place]) * x * x)
    assert (np.diff(arrive_s) >= 0.0).all()
    assert integral == pytest.approx(points, rel=1e-6, abs=1e-6 * attempts[-1])


def test_a_slant_of_one_is_a_constant_rate() -> None:
    assert same(all_calls(replace(STAFF, slants=(1.0, 1.0))), all_calls(STAFF))


def test_holding_time_is_the_sum_of_laws_each_cut_at_its_limit() -> None:
    chunk = all_calls(STAFF)
    hold_s = chunk.draws[chunk.call_class == 0, r.HOLD]
    assert hold_s.min() > 10.0
    assert hold_s.max() == 70.0


def test_a_counted_law_gives_each_number_its_probability() -> None:
    drawn = Law("counted", values=(0.2, 0.0, 0.8)).draw(draws.stream(7, 0, "counted"), 20_000)
    assert set(drawn.tolist()) == {1.0, 3.0}
    assert np.mean(drawn == 1.0) == pytest.approx(0.2, abs=5 * (0.16 / 20_000) ** 0.5)


def test_classes_have_their_shares() -> None:
    chunk = all_calls(constant_rate("p", 20_000.0))
    assert np.mean(chunk.call_class == 2) == pytest.approx(0.3, abs=5 * (0.21 / 20_000) ** 0.5)


def test_who_has_no_law_of_patience_waits_for_ever() -> None:
    assert np.isinf(all_calls(constant_rate("p", 10.0)).draws[:, r.PATIENCE]).all()


def test_gaps_of_a_flood_have_mean_one_and_a_name() -> None:
    gaps, again, other = (FloodGaps(7, 0, name) for name in ("syn", "syn", "tls"))
    first = gaps.chunk()
    assert np.mean(first) == pytest.approx(1.0, abs=5 / first.size**0.5)
    assert np.array_equal(first, again.chunk())
    assert not np.array_equal(first, other.chunk())
    assert not np.array_equal(first, gaps.chunk())


def test_calls_are_made_as_they_are_asked_for() -> None:
    endless = Source("many", (0.0, 1e9), (0.0, 1e12), STAFF.classes, None)
    (chunk,) = islice(calls((endless,), 7, 0), 1)
    assert chunk.arrive_s.size <= draws.CHUNK
