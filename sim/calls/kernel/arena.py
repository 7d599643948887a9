"""The kernel's memory: one record with nested fixed-size arrays, passed to every compiled function as ``w``.

Only documented numba features, no reference counting (measured: the same kernel with its arrays in a namedtuple took
3 to 5 times as long). Pages come from mmap: what a run does not touch costs nothing. The sizes are part of the type,
so "full" is an error to handle, never a write past the end; numba's limit for a record is 2 GiB.
"""

from __future__ import annotations

import mmap
from typing import Any

import numba
import numpy as np

from sim import vocabulary
from sim.calls.route import DRAWS, MARKS, RECORD, ROW, TALLY, USAGE
from sim.calls.state import FLOODS, GAP_CHUNK

NODES, LINKS, PAIRS, LISTS, MEMBERS, POPULATIONS = 2_048, 131_072, 32_768, 4_096, 65_536, 2_048
ROWS = 500_000
SLOTS, JOBS = 250_000, 300_000
EVENTS = 2_000_000
CALLS = 1 << 16
BATCH = 16_384
"""Records are handed over when so many are there; the buffer has room for a crash that ends every call besides."""
RECORDS = BATCH + SLOTS
USAGES, TALLIES = 65_536, 4_096
CLASSES = len(vocabulary.CALL_CLASSES)
REASONS = len(vocabulary.REASONS)
METERS = len(vocabulary.METERS)
PURPOSES = len(vocabulary.PURPOSES)

CALL = np.dtype(
    [
        ("ident", "i8"),
        ("born", "i8"),
        ("place", "i4"),
        ("token", "i4"),
        ("guard", "i4"),
        ("guard_place", "i4"),
        ("crash", "i4"),
        ("crash_reason", "i4"),
        ("holds", "i4"),
        ("alive", "i4"),
        ("population", "i4"),
        ("call_class", "i4"),
        ("attempts", "i4"),
        ("reason", "i4"),
        ("connection", "i4"),
        ("protection", "i4"),
        ("pair", "i4"),
        ("opening", "i4"),
        ("flood", "i4"),
        ("next", "i4"),
        ("nodes", "i4", 4),
        ("lists", "i4", 2),
        ("first", "i4", 2),
        ("tried", "i4", 2),
        ("media", "i4", 4),
        ("arrived", "f8"),
        ("cpu_wait", "f8"),
        ("draws", "f8", DRAWS),
        ("marks", "f8", len(MARKS)),
    ],
    align=True,
)
NODE = np.dtype(
    [
        ("up", "i4"),
        ("seats", "i4"),
        ("cores", "i4"),
        ("backlog", "i4"),
        ("messages", "i4"),
        ("head", "i4"),
        ("tail", "i4"),
        ("wait_head", "i4"),
        ("wait_tail", "i4"),
        ("epoch", "i4"),
        ("level", "i8", METERS),
        ("peak", "i8", METERS),
        ("since", "f8", METERS),
        ("integral", "f8", METERS),
        ("spent", "f8", PURPOSES),
    ],
    align=True,
)
LINK = np.dtype(
    [
        ("state", "i4"),
        ("policy", "i4"),
        ("verdict", "i4"),
        ("wait_head", "i4"),
        ("wait_tail", "i4"),
        ("client", "i4"),
        ("server", "i4"),
        ("idle", "f8"),
        ("max_age", "f8"),
        ("ticket", "f8"),
        ("hit_rate", "f8"),
        ("opened", "f8"),
        ("used", "f8"),
        ("ticket_until", "f8"),
    ],
    align=True,
)
PAIR = np.dtype([("hub", "i4"), ("links", "i4", len(vocabulary.CONNECTIONS)), ("entries", "i4", CLASSES)], align=True)
HUNT_LIST = np.dtype([("first", "i4"), ("length", "i4"), ("turn", "i4"), ("rotate", "i4")], align=True)
MEMBER = np.dtype([("node", "i4"), ("onward", "i4")], align=True)
POPULATION = np.dtype([("pbx", "i4"), ("gateways", "i4"), ("entry", "i4")], align=True)
JOB = np.dtype(
    [
        ("slot", "i4"),
        ("token", "i4"),
        ("node", "i4"),
        ("epoch", "i4"),
        ("next", "i4"),
        ("purpose", "i4"),
        ("work", "f8"),
        ("since", "f8"),
    ],
    align=True,
)
EVENT = np.dtype([("time", "f8"), ("sequence", "i8"), ("what", "i8")], align=True)
FLOOD = np.dtype(
    [
        ("on", "i4"),
        ("place", "i4"),
        ("station", "i4"),
        ("k", "i4"),
        ("gap", "f8"),
        ("last", "f8"),
        ("time", "f8"),
        ("sequence", "i8"),
    ],
    align=True,
)
WORLD = np.dtype(
    [
        ("now", "f8"),
        ("boundary", "f8"),
        ("interval_s", "f8"),
        ("interval", "i8"),
        ("sequence", "i8"),
        ("events", "i8"),
        ("hole", "i8"),
        ("signal", "i8"),
        ("signal_reason", "i8"),
        ("born", "i8"),
        ("arrived", "i8"),
        ("n_nodes", "i8"),
        ("n_links", "i8"),
        ("n_records", "i8"),
        ("n_usage", "i8"),
        ("n_tallies", "i8"),
        ("free_slot", "i8"),
        ("top_slot", "i8"),
        ("free_job", "i8"),
        ("top_job", "i8"),
        ("top_flood", "i8"),
        ("calls_on", "i8"),
        ("calls_k", "i8"),
        ("calls_n", "i8"),
        ("calls_sequence", "i8"),
        ("calls_time", "f8"),
        ("operations", "i8", 17),
        ("tally", "i8", (FLOODS, REASONS)),
        ("floods", FLOOD, FLOODS),
        ("nodes", NODE, NODES),
        ("links", LINK, LINKS),
        ("pairs", PAIR, PAIRS),
        ("lists", HUNT_LIST, LISTS),
        ("members", MEMBER, MEMBERS),
        ("populations", POPULATION, POPULATIONS),
        ("rows", ROW, ROWS),
        ("calls", CALL, SLOTS),
        ("jobs", JOB, JOBS),
        ("heap", EVENT, EVENTS),
        ("records", RECORD, RECORDS),
        ("usage", USAGE, USAGES),
        ("tallies", TALLY, TALLIES),
        ("gaps", "f8", (FLOODS, GAP_CHUNK)),
        ("to_arrive", "f8", CALLS),
        ("to_population", "i4", CALLS),
        ("to_class", "i4", CALLS),
        ("to_draws", "f8", (CALLS, DRAWS)),
    ],
    align=True,
)


def world() -> Any:
    """A fresh arena, all zero: a WORLD array of shape (1,)."""
    fresh = np.frombuffer(mmap.mmap(-1, WORLD.itemsize), WORLD)
    # Plain Python, for debugging: only in np.record are fields attributes (and none may be called like one of its own).
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return fresh.view(np.dtype((np.record, WORLD)))
    return fresh
