"""A simple call model: 600 channels, four cores, first come first served.

A call takes a channel or is lost; a job on a core (mean 0.14 s), a holding time (mean 60 s), then the channel is free
and a second job follows (mean 0.16 s). All times are exponential, ten calls arrive per second: 3.9 events per call.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim import vocabulary
from sim.calls import route as r
from sim.calls.draws import CHUNK, stream
from sim.calls.state import Chunk, Layout, Plane, Station

CHANNELS, CORES = 600, 4
CALLS_PER_S, SET_UP_S, HOLD_S, SUBMISSION_S = 10.0, 0.14, 60.0, 0.16
SET_UP, SUBMISSION = r.MENU, r.RETRY
"""The draw columns that hold the times of the two jobs here."""
LAYOUT = Layout(stations=(Station("um1", CHANNELS, CORES),), links=(), pairs=(), lists=(), populations=((0, -1),))


def chunks(n_calls: int) -> Iterator[Chunk]:
    """The calls, with their times in draw columns."""
    generator = stream(1, 0, "simple call")
    now_s = 0.0
    for first in range(0, n_calls, CHUNK):
        size = min(CHUNK, n_calls - first)
        arrive_s = now_s + np.cumsum(generator.exponential(1.0 / CALLS_PER_S, size))
        now_s = float(arrive_s[-1])
        columns = np.zeros((size, r.DRAWS))
        for column, mean_s in ((SET_UP, SET_UP_S), (r.HOLD, HOLD_S), (SUBMISSION, SUBMISSION_S)):
            columns[:, column] = generator.exponential(mean_s, size)
        yield Chunk(arrive_s, np.zeros(size, np.int32), np.zeros(size, np.int32), columns)


def compile_route(plane: Plane) -> None:
    """The model as a route; the seat and the cores are those of the call's first node."""
    f = r.Route("simple call")
    f.add(r.SEIZE, r.TRUNK, c="end", d=vocabulary.REASON_CODE["channels_busy"])
    f.add(r.CPU, r.TRUNK, b=SET_UP, x=1.0).add(r.MARK, r.SETUP)
    f.add(r.DELAY, b=r.HOLD, x=1.0).add(r.MARK, r.HANGUP).add(r.RELEASE, r.TRUNK)
    f.add(r.CPU, r.TRUNK, b=SUBMISSION, x=1.0).add(r.MARK, r.DELIVERED).add(r.END, d=r.OK)
    f.label("end").add(r.END)
    plane.set_population_entry(0, plane.add_route(f))
