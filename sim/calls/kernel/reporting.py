"""What is told of a call or a hostile attempt that is over."""

from __future__ import annotations

from typing import Any

from sim.calls import route as r
from sim.calls.kernel.cache import jit


@jit
def report(w: Any, i: int) -> None:
    """A record, or a tally for a hostile attempt."""
    call = w.calls[i]
    if call.flood >= 0:
        w.tally[call.flood, call.reason] += 1
        return
    record = w.records[w.n_records]
    w.n_records += 1
    record.call = call.ident
    record.population = call.population
    record.call_class = call.call_class
    record.gateway = call.nodes[r.CHANNEL]
    record.server = call.nodes[r.PORT]
    record.attempts = call.attempts
    record.reason = call.reason
    record.connection = call.connection
    record.protection = call.protection
    record.arrived_s = call.arrived
    record.cpu_wait_s = call.cpu_wait
    record.ended_s = w.now
    for k in range(len(r.MARKS)):
        record.mark_s[k] = call.marks[k]
