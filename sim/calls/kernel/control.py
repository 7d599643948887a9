"""What the control plane can do to the compiled call plane: advance the time, and change nodes and connections."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.calls import route as r
from sim.calls.kernel.arena import BATCH, EVENTS, JOBS, SLOTS, TALLIES, USAGES
from sim.calls.kernel.cache import jit
from sim.calls.kernel.clock import GIVES_UP, GO_ON, JOB_DONE, bump, fill_hole, pack, push
from sim.calls.kernel.interpreter import (
    AT_GATEWAY,
    AT_HUB,
    AT_PBX,
    AT_SERVER,
    CLOSED,
    FAR_END,
    OPEN,
    end,
    otherwise,
    release,
    run,
    take_slot,
)
from sim.calls.kernel.reporting import report
from sim.calls.kernel.stations import cut, drop_job, meter, start_waiting, wake

DONE, SIGNALLED, HAND_OVER, FULL, FEED_CALLS, FEED_FLOOD = range(6)
"""Why ``advance`` came back; FEED_FLOOD + k: flood k needs gaps."""


@jit
def arrive(w: Any) -> int:
    """The next call of the chunk; the arrival after it is planned before its first step."""
    k = w.calls_k
    w.sequence += 1
    w.calls_sequence = w.sequence
    w.calls_k = k + 1
    w.calls_time = w.to_arrive[k + 1] if k + 1 < w.calls_n else np.nan
    i = take_slot(w)
    call = w.calls[i]
    call.ident = w.arrived
    w.arrived += 1
    call.flood = -1
    call.population = w.to_population[k]
    call.call_class = w.to_class[k]
    for column in range(r.DRAWS):
        call.draws[column] = w.to_draws[k, column]
    for mark in range(len(r.MARKS)):
        call.marks[mark] = np.nan
    population = w.populations[call.population]
    call.nodes[r.TRUNK] = population.pbx
    call.lists[r.GATEWAY] = population.gateways
    call.tried[r.GATEWAY] = 0
    call.place = population.entry
    return i


@jit
def attempt(w: Any, f: int) -> int:
    """The next attempt of flood ``f``."""
    flood = w.floods[f]
    w.sequence += 1
    flood.sequence = w.sequence
    flood.k += 1
    flood.last = w.now
    flood.time = w.now + w.gaps[f, flood.k] * flood.gap if flood.k < w.gaps.shape[1] else np.nan
    i = take_slot(w)
    call = w.calls[i]
    call.flood = f
    call.place = flood.place
    call.nodes[r.PORT] = flood.station
    call.holds = 1 << r.PRESENCE
    return i


@jit
def finish_job(w: Any, j: int) -> int:
    """A core is free and takes the next job; the call whose job it was, or -1."""
    job = w.jobs[j]
    n = job.node
    slot = job.slot
    token = job.token
    alive = job.epoch == w.nodes[n].epoch
    drop_job(w, j)
    if not alive:
        return -1
    meter(w, n, r.CORES, -1)
    start_waiting(w, n)
    return slot if w.calls[slot].token == token else -1


@jit
def happen(w: Any) -> int:
    """The event at the root: the call that goes on, or -1."""
    what = w.heap[0].what
    w.hole = 1
    kind = what & 3
    i = what >> 34
    token = (what >> 2) & 0xFFFFFFFF
    if kind == JOB_DONE:
        return finish_job(w, i)
    call = w.calls[i]
    if kind == GO_ON:
        return i if call.token == token else -1
    if kind == GIVES_UP and call.guard == token:
        call.guard = bump(call.guard)
        call.place = call.guard_place
        return i
    return -1


@jit
def advance(world: Any, until: float) -> int:  # noqa: PLR0912 - the merge of the streams, in one place
    """Play everything before ``until``, or come back earlier with the reason."""
    w = world[0]
    while True:
        if w.hole:
            fill_hole(w)
        if w.signal >= 0:
            return SIGNALLED
        if w.top_slot > SLOTS - 8 or w.top_job > JOBS - 8 or w.events > EVENTS - SLOTS:
            return FULL
        if w.n_records >= BATCH or w.n_usage > USAGES - 16 * w.n_nodes or w.n_tallies > TALLIES // 2:
            return HAND_OVER
        which = -1
        time = np.inf
        sequence = np.int64(0)
        if w.events > 0:
            time = w.heap[0].time
            sequence = w.heap[0].sequence
        if w.calls_on:
            if np.isnan(w.calls_time):
                return FEED_CALLS
            if w.calls_time < time or (w.calls_time == time and w.calls_sequence < sequence):
                which = 0
                time = w.calls_time
                sequence = w.calls_sequence
        for f in range(w.top_flood):
            flood = w.floods[f]
            if flood.on:
                if np.isnan(flood.time):
                    return FEED_FLOOD + f
                if flood.time < time or (flood.time == time and flood.sequence < sequence):
                    which = 1 + f
                    time = flood.time
                    sequence = flood.sequence
        if w.boundary <= min(time, until):
            cut(w, w.boundary)
            continue
        if not time < until:
            w.now = until
            return DONE
        w.now = time
        if which == 0:
            i = arrive(w)
        elif which > 0:
            i = attempt(w, which - 1)
        else:
            i = happen(w)
        if i >= 0:
            w.calls[i].token = bump(w.calls[i].token)
            run(w, i)


@jit
def break_link(w: Any, k: int) -> None:
    """The connection breaks; its session tickets are void."""
    link = w.links[k]
    link.ticket_until = 0.0
    if link.state == OPEN:
        link.state = CLOSED


@jit
def close_link(world: Any, k: int) -> None:
    """See Plane.close_link."""
    break_link(world[0], k)


@jit
def is_at(w: Any, i: int, n: int) -> bool:
    """Whether call ``i`` holds anything at node ``n``."""
    call = w.calls[i]
    holds = call.holds
    return (
        (holds & AT_PBX != 0 and call.nodes[r.TRUNK] == n)
        or (holds & AT_GATEWAY != 0 and call.nodes[r.CHANNEL] == n)
        or (holds & AT_SERVER != 0 and call.nodes[r.PORT] == n)
        or (holds & AT_HUB != 0 and call.nodes[r.SLOT] == n)
    )


@jit
def clear_node(w: Any, n: int) -> None:
    """All jobs and connections of a dead node are gone."""
    node = w.nodes[n]
    node.up = 0
    node.epoch += 1
    meter(w, n, r.CORES, -node.level[r.CORES])
    meter(w, n, r.QUEUE, -node.level[r.QUEUE])
    while node.head >= 0:
        j = node.head
        node.head = w.jobs[j].next
        drop_job(w, j)
    for k in range(w.n_links):
        if w.links[k].client == n or w.links[k].server == n:
            break_link(w, k)


@jit
def node_down(world: Any, n: int) -> None:
    """See Plane.node_down; the calls that die do so in the order of their birth."""
    w = world[0]
    clear_node(w, n)
    slots = np.empty(w.top_slot, np.int64)
    births = np.empty(w.top_slot, np.int64)
    count = 0
    for i in range(w.top_slot):
        if w.calls[i].alive and is_at(w, i, n):
            slots[count] = i
            births[count] = w.calls[i].born
            count += 1
    for k in np.argsort(births[:count]):
        i = slots[k]
        call = w.calls[i]
        call.token = bump(call.token)
        if call.crash >= 0 and (call.nodes[r.PORT] == n or call.nodes[r.SLOT] == n):
            release(w, i, FAR_END)
            otherwise(call, call.crash, call.crash_reason)
            push(w, w.now, pack(GO_ON, i, call.token))
        else:
            call.reason = r.NODE_FAILED
            end(w, i)


@jit
def node_up(world: Any, n: int) -> None:
    """See Plane.node_up."""
    w = world[0]
    w.nodes[n].up = 1
    wake(w, w.nodes[n])


@jit
def flood_start(world: Any, f: int, gap: float, place: int, station: int) -> None:
    """See Plane.flood_start; the flood's first gaps are there."""
    w = world[0]
    flood = w.floods[f]
    w.top_flood = max(w.top_flood, f + 1)
    w.sequence += 1
    flood.on = 1
    flood.gap = gap
    flood.place = place
    flood.station = station
    flood.k = 0
    flood.time = w.now + w.gaps[f, 0] * gap
    flood.sequence = w.sequence


@jit
def close(world: Any) -> None:
    """Report the calls in progress in the order of their birth, and end the last interval."""
    w = world[0]
    births = np.full(w.top_slot, np.iinfo(np.int64).max)
    for i in range(w.top_slot):
        if w.calls[i].alive and w.calls[i].flood < 0:
            births[i] = w.calls[i].born
    for i in np.argsort(births):
        if births[i] == np.iinfo(np.int64).max:
            break
        call = w.calls[i]
        call.reason = r.UNFINISHED
        report(w, i)
    if w.now > w.interval * w.interval_s:
        cut(w, w.now)
