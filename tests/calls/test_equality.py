"""Both interpreters hand over the same bytes on random deployments, and the books of the call plane balance."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import planes
import pytest

from sim import vocabulary
from sim.calls import flows
from sim.calls import route as r
from sim.calls.kernel.plane import Kernel
from sim.calls.reference import Reference

BATCH = 10
TRANSFER = vocabulary.CALL_CLASSES.index("auto_attendant_transfer")
LONG_AFTER_S = 900.0


@pytest.mark.parametrize("batch", [pytest.param(i, marks=pytest.mark.slow if i % 4 else ()) for i in range(20)])
def test_kernel_equals_reference_to_the_last_bit(batch: int) -> None:
    carried_out: Counter[str] = Counter()
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        case = planes.random_case(seed)
        kernel, capture = planes.play_and_keep(case, Kernel)
        assert capture.digest() == planes.play(case, Reference).digest(), f"random case {seed}"
        carried_out.update(kernel.operations)
    assert [name for name in r.OPERATIONS if not carried_out[name]] == []


@cache
def played(seed: int) -> tuple[planes.Case, Any, planes.Capture]:
    case = planes.random_case(seed)
    return case, *planes.play_and_keep(case, Kernel)


SOME = range(30)


def reasons_of(routes: list[r.Route]) -> set[int]:
    """The causes that rows of these routes give."""
    gives_cause = (r.END, r.SEIZE, r.CPU, r.TEST, r.HUNT, r.ON_CRASH)
    rows = [row for route in routes for row in route.rows]
    return {row[4] for row in rows if row[0] in gives_cause and isinstance(row[4], int) and row[4] != r.KEEP}


def test_every_reason_that_a_route_can_end_with_occurs() -> None:
    expected = {r.OK, r.NODE_FAILED, r.UNFINISHED, *planes.REFUSALS}
    occurred: set[int] = set()
    for seed in SOME:
        case, _, capture = played(seed)
        terms = [each for variant in case.terms for each in variant]
        routes = [flows.call(name, each) for name in vocabulary.CALL_CLASSES for each in terms]
        expected |= reasons_of([flows.offered(patient=case.patient), *routes])
        occurred.update(capture.table("records")["reason"].tolist())
    cut_off = replace(planes.random_case(0), timeline=(), stop_s=60.0)
    occurred.update(planes.play(cut_off, Kernel).table("records")["reason"].tolist())
    assert {vocabulary.REASONS[code].name for code in expected - occurred} == set()
    assert occurred <= expected


@pytest.mark.parametrize("seed", SOME)
def test_every_call_offered_is_recorded_once(seed: int) -> None:
    case, _, capture = played(seed)
    offered = sum(chunk.arrive_s.size for chunk in case.chunks)
    assert np.sort(capture.table("records")["call"]).tolist() == list(range(offered))


@pytest.mark.parametrize("seed", SOME)
def test_occupancy_lies_between_zero_and_the_seats(seed: int) -> None:
    case, _, capture = played(seed)
    usage = capture.table("usage")
    for meter, limits in (
        (r.POOL, [station.seats for station in case.layout.stations]),
        (r.CORES, [station.cores for station in case.layout.stations]),
    ):
        rows = usage[usage["meter"] == meter]
        limit = np.array(limits)[rows["node"]]
        assert (rows["peak"] <= limit).all()
        assert (rows["integral"] >= 0).all()
        assert (rows["integral"] <= limit * case.layout.interval_s * (1 + 1e-12)).all()


@pytest.mark.parametrize("seed", SOME)
def test_books_balance_when_no_call_is_left(seed: int) -> None:
    case = replace(planes.random_case(seed), stop_s=LONG_AFTER_S)
    kernel, capture = planes.play_and_keep(case, Kernel)
    assert capture.table("records")["ended_s"].max() < LONG_AFTER_S
    assert (kernel.books["level"] == 0).all()
    assert (kernel.books["head"] == -1).all()
    assert (kernel.books["wait_head"] == -1).all()


def without_transfers(seed: int) -> planes.Case:
    """A transferred call's second trunk and channel leave no mark of their times."""
    case = planes.random_case(seed)
    chunks = [replace(chunk, call_class=chunk.call_class % TRANSFER) for chunk in case.chunks]
    return replace(case, chunks=tuple(chunks))


@pytest.mark.parametrize("seed", SOME)
def test_usage_of_trunks_and_channels_is_the_sum_of_holding_times(seed: int) -> None:
    case = without_transfers(seed)
    capture = planes.play(case, Kernel)
    records, usage = capture.table("records"), capture.table("usage")
    hang_up_s = records["mark_s"][:, r.HANGUP]
    held_s = np.where(np.isnan(hang_up_s), records["ended_s"], hang_up_s) - records["arrived_s"]
    pbx = np.array([station for station, _ in case.layout.populations])[records["population"]]
    pools = usage[usage["meter"] == r.POOL]
    for place, station in enumerate(case.layout.stations):
        if station.name.startswith(("pbx", "gw")):
            calls = records["gateway"] == place if station.name.startswith("gw") else pbx == place
            integral = pools["integral"][pools["node"] == place].sum()
            assert integral == pytest.approx(held_s[calls].sum(), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", SOME)
def test_usage_of_queues_is_the_sum_of_waits_when_nobody_leaves_a_queue(seed: int) -> None:
    calm = [entry for entry in planes.random_case(seed).timeline if entry[1] not in {"down", "up", "flood", "calm"}]
    case = replace(planes.random_case(seed), timeline=tuple(calm), patient=True, stop_s=LONG_AFTER_S)
    capture = planes.play(case, Kernel)
    usage = capture.table("usage")
    queues = usage["integral"][usage["meter"] == r.QUEUE].sum()
    assert queues == pytest.approx(capture.table("records")["cpu_wait_s"].sum(), rel=1e-9, abs=1e-9)
