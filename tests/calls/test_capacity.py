"""A deployment that is too large for the kernel is refused in words, at the limit and not before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import planes
import pytest
import tiny

from sim.calls import route as r
from sim.calls.kernel import arena
from sim.calls.kernel.plane import Kernel
from sim.calls.route import Route
from sim.calls.state import Chunk, HuntList, Layout, Pair, Station
from sim.errors import CapacityError

SMALL = Layout((Station("pbx", 10, 1),), (), (), (), ((0, -1),))


def kernel(layout: Layout, calls: Iterable[Chunk] = ()) -> Kernel:
    return Kernel(layout, calls, planes.Capture())


def many(size: int, at_s: float = 0.0) -> Chunk:
    return Chunk(np.full(size, at_s), np.zeros(size, np.int32), np.zeros(size, np.int32), np.ones((size, r.DRAWS)))


@pytest.mark.parametrize(
    ("field", "one", "limit"),
    [
        ("stations", Station("um", 1, 1), arena.NODES),
        ("links", (0, 0), arena.LINKS),
        ("pairs", Pair(0, -1, (0, 0, 0)), arena.PAIRS),
        ("lists", HuntList(()), arena.LISTS),
        ("populations", (0, -1), arena.POPULATIONS),
    ],
)
def test_one_more_than_the_limit_is_refused(field: str, one: Any, limit: int) -> None:
    most: dict[str, Any] = {field: (one,) * limit}
    more: dict[str, Any] = {field: (one,) * (limit + 1)}
    kernel(replace(SMALL, **most))
    with pytest.raises(CapacityError, match=f"the deployment has {limit + 1} {field}; the kernel holds {limit}"):
        kernel(replace(SMALL, **more))


def test_members_of_all_hunt_lists_count_together() -> None:
    half = HuntList(((0, 0),) * (arena.MEMBERS // 2))
    kernel(replace(SMALL, lists=(half, half)))
    with pytest.raises(CapacityError, match=f"more than {arena.MEMBERS} members together"):
        kernel(replace(SMALL, lists=(half, half, HuntList(((0, 0),)))))


def test_a_chunk_that_is_too_long_is_refused() -> None:
    kernel(SMALL, [many(arena.CALLS)])
    with pytest.raises(CapacityError, match=f"a chunk of {arena.CALLS + 1} calls"):
        kernel(SMALL, [many(arena.CALLS + 1)])


def test_too_many_rows_are_refused() -> None:
    plane = kernel(SMALL)
    delay = (r.DELAY, 0, -1, -1, r.KEEP, 0, 0.0)
    plane.add_route(Route("as long as can be", [delay] * arena.ROWS))
    with pytest.raises(CapacityError, match=f"more than {arena.ROWS} rows"):
        plane.add_route(Route("one row more", [delay]))


def test_an_equal_route_takes_no_more_rows() -> None:
    plane = kernel(SMALL)
    assert plane.add_route(tiny.wait(1.0)) == plane.add_route(tiny.wait(1.0))
    assert plane.add_route(tiny.wait(2.0)) != plane.add_route(tiny.wait(1.0))


def test_too_many_calls_at_once_are_refused() -> None:
    chunks = [many(arena.CALLS) for _ in range(arena.SLOTS // arena.CALLS + 1)]
    plane = kernel(SMALL, chunks)
    plane.set_population_entry(0, plane.add_route(tiny.wait(3600.0)))
    with pytest.raises(CapacityError, match=f"more than {arena.SLOTS} calls and hostile attempts at once at 0 s"):
        plane.advance(1.0)


def test_the_death_of_a_node_with_very_many_calls_loses_none() -> None:
    size, times = arena.CALLS, 3
    capture = planes.Capture()
    layout = replace(SMALL, stations=(Station("pbx", size * times, 1),))
    plane = Kernel(layout, [many(size) for _ in range(times)], capture)
    plane.set_population_entry(0, plane.add_route(Route("hold").add(r.SEIZE, r.TRUNK).add(r.DELAY, x=9.0).add(r.END)))
    plane.advance(1.0)
    plane.node_down(0)
    plane.close()
    assert capture.table("records")["call"].tolist() == list(range(size * times))
