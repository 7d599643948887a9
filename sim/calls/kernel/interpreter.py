"""The operations of route.py, compiled. Each wait of a call carries (slot, token); bumping the token voids it."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.calls import route as r
from sim.calls.kernel.cache import jit
from sim.calls.kernel.clock import GIVES_UP, GO_ON, bump, pack, push
from sim.calls.kernel.reporting import report
from sim.calls.kernel.stations import meter, park, submit, wake
from sim.calls.protection import NOT_ANSWERED

CLOSED, OPENING, OPEN = range(3)
OPENS, STREAM_AT_CHANNEL, STREAM_AT_PORT = 1 << r.OPENING, 1 << 9, 1 << 10
AT_PBX = 1 << r.TRUNK | 1 << r.TRUNK_OUT
AT_GATEWAY = 1 << r.CHANNEL | 1 << r.CHANNEL_OUT | STREAM_AT_CHANNEL
AT_SERVER = 1 << r.PORT | 1 << r.PRESENCE | 1 << r.DISK | STREAM_AT_PORT
AT_HUB = 1 << r.SLOT
FAR_END = 1 << r.PORT | 1 << r.SLOT | STREAM_AT_PORT | OPENS
SEATS = (1 << r.SEATS) - 1
EVERYTHING = -1
PLACE = np.array(r.PLACE, np.int64)


@jit
def node_of(w: Any, i: int, role: int) -> int:
    """The node of a role of call ``i``."""
    return w.calls[i].nodes[PLACE[role]]


@jit
def release(w: Any, i: int, what: int) -> None:
    """Give back what the call holds of ``what``."""
    call = w.calls[i]
    what &= call.holds
    if what == 0:
        return
    call.holds &= ~what
    if what & SEATS:
        for role in range(r.SEATS):
            if what & (1 << role):
                meter(w, node_of(w, i, role), r.POOL, -1)
    if what & (1 << r.DISK):
        meter(w, node_of(w, i, r.DISK), r.MESSAGES, -1)
    if what & STREAM_AT_CHANNEL:
        meter(w, node_of(w, i, r.CHANNEL), r.STREAMS, -w.calls[i].media[r.CHANNEL])
    if what & STREAM_AT_PORT:
        meter(w, node_of(w, i, r.PORT), r.STREAMS, -w.calls[i].media[r.PORT])
    if what & OPENS:
        link = w.links[call.opening]
        link.state = CLOSED
        wake(w, link)


@jit
def take_slot(w: Any) -> int:
    """A free slot for a call, reset."""
    i = w.free_slot
    if i < 0:
        i = w.top_slot
        w.top_slot += 1
    else:
        w.free_slot = w.calls[i].next
    call = w.calls[i]
    call.born = w.born
    w.born += 1
    call.alive = 1
    call.holds = 0
    call.crash = -1
    call.reason = r.OK
    call.attempts = 0
    call.connection = r.NONE
    call.protection = NOT_ANSWERED
    call.cpu_wait = 0.0
    call.arrived = w.now
    for k in range(4):
        call.nodes[k] = -1
    return i


@jit
def end(w: Any, i: int) -> None:
    """The call is over: every wait is void, everything is given back, it is reported and its slot is free."""
    call = w.calls[i]
    call.alive = 0
    call.token = bump(call.token)
    call.guard = bump(call.guard)
    release(w, i, EVERYTHING)
    report(w, i)
    call.next = w.free_slot
    w.free_slot = i


@jit
def hunt(w: Any, i: int, row: Any) -> None:
    """The next candidate, or the row's target when none is left."""
    call = w.calls[i]
    if row.a == r.SERVER:
        release(w, i, 1 << r.PORT | 1 << r.PRESENCE | 1 << r.DISK | STREAM_AT_PORT | OPENS)
        call.crash = -1
    candidates = w.lists[call.lists[row.a]]
    size = candidates.length
    most = size
    if row.e and row.e < size:
        most = row.e
    tried = call.tried[row.a]
    if tried >= most:
        if size == 0 and row.d != r.KEEP:
            call.reason = row.d
        call.place = row.c
        return
    if tried == 0:
        call.first[row.a] = candidates.turn
        candidates.turn = (candidates.turn + 1) % size if candidates.rotate else 0
    member = w.members[candidates.first + (call.first[row.a] + tried) % size]
    call.tried[row.a] += 1
    if row.a == r.GATEWAY:
        call.nodes[r.CHANNEL] = member.node
        call.lists[r.SERVER] = member.onward
        call.tried[r.SERVER] = 0
        return
    call.nodes[r.PORT] = member.node
    call.pair = member.onward
    call.nodes[r.SLOT] = w.pairs[call.pair].hub
    call.attempts += 1
    call.holds |= 1 << r.PRESENCE
    call.place = w.pairs[call.pair].entries[call.call_class]


@jit
def connect(w: Any, i: int, row: Any) -> bool:
    """Where the call goes on; True when it waits for a connection that another call is opening."""
    call = w.calls[i]
    place = w.pairs[call.pair].links[row.a]
    link = w.links[place]
    kind = r.FULL
    if link.policy == r.PERSISTENT:
        too_old = w.now - link.used >= link.idle or w.now - link.opened >= link.max_age
        if link.state == OPEN and too_old:
            link.state = CLOSED
        if link.state == OPENING:
            call.place -= 1
            park(w, link, i)
            return True
        if link.state == OPEN:
            kind = r.REUSED
            link.used = w.now
            call.place = row.c
        else:
            link.state = OPENING
            call.opening = place
            call.holds |= OPENS
    resumable = kind == r.FULL and link.ticket > 0 and w.now < link.ticket_until and link.verdict == r.OK
    if resumable and call.draws[r.TICKET + (3 * (call.attempts - 1) + row.a) % r.TICKETS] < link.hit_rate:
        kind = r.RESUMED
        call.place = row.d
    if row.a in (r.SERVICE, r.REQUEST):
        call.connection = kind
    return False


@jit
def connected(w: Any, i: int, row: Any) -> None:
    """The connection stands; who waited for it goes on."""
    call = w.calls[i]
    link = w.links[w.pairs[call.pair].links[row.a]]
    link.opened = w.now
    link.used = w.now
    link.ticket_until = w.now + link.ticket
    if call.holds & OPENS:
        call.holds &= ~OPENS
        link.state = OPEN
        wake(w, link)


@jit
def media(w: Any, i: int, row: Any) -> None:
    """A media stream begins or ends at the gateway or the server."""
    held = STREAM_AT_CHANNEL if row.a == r.CHANNEL else STREAM_AT_PORT
    if row.e:
        w.calls[i].media[row.a] = row.e
        w.calls[i].holds |= held
        meter(w, node_of(w, i, row.a), r.STREAMS, row.e)
    else:
        release(w, i, held)


@jit
def passes(w: Any, i: int, row: Any) -> bool:
    """TEST; a call that does not pass has its cause and target set."""
    call = w.calls[i]
    reason = row.d
    if row.e == r.UP:
        good = w.nodes[node_of(w, i, row.a)].up != 0
    else:
        reason = w.links[w.pairs[call.pair].links[row.a]].verdict
        good = reason == r.OK
    if not good:
        otherwise(call, row.c, reason)
    return good


@jit
def otherwise(call: Any, place: int, reason: int) -> None:
    """Go to ``place`` with the cause ``reason``."""
    if reason != r.KEEP:
        call.reason = reason
    call.place = place


@jit
def run(w: Any, i: int) -> None:  # noqa: PLR0912, PLR0915 - one branch per operation, the most frequent first
    """Steps of one call until it waits or ends."""
    call = w.calls[i]
    while True:
        row = w.rows[call.place]
        call.place += 1
        op = row.op
        w.operations[op] += 1
        x = row.x
        if row.b >= 0:
            x *= call.draws[row.b]
        if op == r.CPU:
            n = node_of(w, i, row.a)
            if row.c >= 0 and w.nodes[n].level[r.QUEUE] >= w.nodes[n].backlog:
                otherwise(call, row.c, row.d)
            else:
                submit(w, n, i, row.e, x)
                return
        elif op == r.DELAY:
            push(w, w.now + x, pack(GO_ON, i, call.token))
            return
        elif op == r.SEIZE:
            n = node_of(w, i, row.a)
            m = r.MESSAGES if row.a == r.DISK else r.POOL
            most = w.nodes[n].messages if row.a == r.DISK else w.nodes[n].seats
            if w.nodes[n].up and w.nodes[n].level[m] < most:
                meter(w, n, m, 1)
                call.holds |= 1 << row.a
            else:
                otherwise(call, row.c, row.d)
        elif op == r.RELEASE:
            release(w, i, 1 << row.a)
        elif op == r.END:
            otherwise(call, -1, row.d)
            end(w, i)
            return
        elif op == r.TEST:
            passes(w, i, row)
        elif op == r.CONNECT:
            if connect(w, i, row):
                return
        elif op == r.CONNECTED:
            connected(w, i, row)
        elif op == r.TOUCH:
            w.links[w.pairs[call.pair].links[row.a]].used = w.now
        elif op == r.MARK:
            call.marks[row.a] = w.now
            if row.e:
                call.protection = row.e
        elif op == r.JUMP:
            call.place = row.c
        elif op == r.MEDIA:
            media(w, i, row)
        elif op == r.HUNT:
            hunt(w, i, row)
        elif op == r.GUARD:
            call.guard = bump(call.guard)
            if row.c >= 0:
                call.guard_place = row.c
                push(w, w.now + x, pack(GIVES_UP, i, call.guard))
        elif op == r.ON_CRASH:
            call.crash = row.c
            call.crash_reason = row.d
        elif op == r.AWAIT:
            n = node_of(w, i, row.a)
            if not w.nodes[n].up:
                park(w, w.nodes[n], i)
                return
        else:  # SIGNAL
            w.signal = w.pairs[call.pair].links[row.a]
            w.signal_reason = call.reason if row.d == r.KEEP else row.d
