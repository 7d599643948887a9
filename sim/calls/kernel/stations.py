"""Nodes in the kernel: meters, jobs on cores, and lists of calls that wait for a node or a connection."""

from __future__ import annotations

from typing import Any

from sim.calls.kernel.arena import METERS, PURPOSES
from sim.calls.kernel.cache import jit
from sim.calls.kernel.clock import GO_ON, JOB_DONE, pack, push
from sim.calls.route import CORES, MAX_MEDIA_LOAD, QUEUE, STREAMS


@jit
def meter(w: Any, n: int, m: int, by: int) -> None:
    """The level of a meter moves by ``by``."""
    node = w.nodes[n]
    node.integral[m] += node.level[m] * (w.now - node.since[m])
    node.since[m] = w.now
    node.level[m] += by
    node.peak[m] = max(node.peak[m], node.level[m])


@jit
def take_job(w: Any) -> int:
    """A free job."""
    j = w.free_job
    if j < 0:
        j = w.top_job
        w.top_job += 1
    else:
        w.free_job = w.jobs[j].next
    return j


@jit
def drop_job(w: Any, j: int) -> None:
    """The job is free again."""
    w.jobs[j].next = w.free_job
    w.free_job = j


@jit
def start(w: Any, n: int, j: int) -> None:
    """A core begins a job; media streams on the node make it slower."""
    meter(w, n, CORES, 1)
    node = w.nodes[n]
    job = w.jobs[j]
    node.spent[job.purpose] += job.work
    w.calls[job.slot].cpu_wait += w.now - job.since
    load = node.level[STREAMS] / (1e6 * node.cores)
    load = min(load, MAX_MEDIA_LOAD)
    push(w, w.now + job.work / (1.0 - load), pack(JOB_DONE, j, 0))


@jit
def submit(w: Any, n: int, slot: int, purpose: int, work: float) -> None:
    """A call brings a job: a free core takes it at once, or it joins the queue."""
    j = take_job(w)
    job = w.jobs[j]
    node = w.nodes[n]
    job.slot = slot
    job.token = w.calls[slot].token
    job.node = n
    job.epoch = node.epoch
    job.purpose = purpose
    job.work = work
    job.since = w.now
    job.next = -1
    if node.level[CORES] < node.cores:
        start(w, n, j)
        return
    if node.head < 0:
        node.head = j
    else:
        w.jobs[node.tail].next = j
    node.tail = j
    meter(w, n, QUEUE, 1)


@jit
def start_waiting(w: Any, n: int) -> None:
    """Free cores take the queue's next jobs; a job whose caller has left is discarded."""
    node = w.nodes[n]
    while node.level[CORES] < node.cores and node.head >= 0:
        j = node.head
        job = w.jobs[j]
        node.head = job.next
        meter(w, n, QUEUE, -1)
        if w.calls[job.slot].token == job.token:
            start(w, n, j)
        else:
            drop_job(w, j)


@jit
def park(w: Any, waited_for: Any, slot: int) -> None:
    """A call waits for a link or a node (a record with wait_head and wait_tail)."""
    j = take_job(w)
    w.jobs[j].slot = slot
    w.jobs[j].token = w.calls[slot].token
    w.jobs[j].next = -1
    if waited_for.wait_head < 0:
        waited_for.wait_head = j
    else:
        w.jobs[waited_for.wait_tail].next = j
    waited_for.wait_tail = j


@jit
def wake(w: Any, waited_for: Any) -> None:
    """Who waits goes on in a zero-delay event, in the order of coming."""
    j = waited_for.wait_head
    waited_for.wait_head = -1
    while j >= 0:
        job = w.jobs[j]
        onward = job.next
        if w.calls[job.slot].token == job.token:
            push(w, w.now, pack(GO_ON, job.slot, job.token))
        drop_job(w, j)
        j = onward


@jit
def cut(w: Any, boundary: float) -> None:
    """End the interval at ``boundary``: a row for each meter that was above zero and each purpose that cost."""
    for n in range(w.n_nodes):
        node = w.nodes[n]
        for m in range(METERS):
            node.integral[m] += node.level[m] * (boundary - node.since[m])
            node.since[m] = boundary
            if node.peak[m]:
                usage_row(w, n, m, node.integral[m], float(node.peak[m]))
            node.integral[m] = 0.0
            node.peak[m] = node.level[m]
        for purpose in range(PURPOSES):
            if node.spent[purpose] != 0.0:
                usage_row(w, n, METERS + purpose, node.spent[purpose], 0.0)
                node.spent[purpose] = 0.0
    for flood in range(w.tally.shape[0]):
        for reason in range(w.tally.shape[1]):
            if w.tally[flood, reason]:
                tally = w.tallies[w.n_tallies]
                w.n_tallies += 1
                tally.interval = w.interval
                tally.flood = flood
                tally.reason = reason
                tally.attempts = w.tally[flood, reason]
                w.tally[flood, reason] = 0
    w.interval += 1
    w.boundary = (w.interval + 1) * w.interval_s


@jit
def usage_row(w: Any, n: int, meter_or_purpose: int, integral: float, peak: float) -> None:
    """Write one row of usage."""
    row = w.usage[w.n_usage]
    w.n_usage += 1
    row.interval = w.interval
    row.node = n
    row.meter = meter_or_purpose
    row.integral = integral
    row.peak = peak
