"""Routes: what a call does, as a table of rows. Both interpreters read rows like these and know nothing else.

A row is ``(op, a, b, c, d, e, x)``. What the operands mean depends on the operation:

==========  =====================================================================================================
END         the call ends with cause ``d``; everything it holds is given back
SEIZE       takes a seat of role ``a``; when none is free or the node is down: cause ``d``, go to ``c``
RELEASE     gives back the seat of role ``a``; role OPENING: another call may open the connection
CPU         a job of ``x`` seconds (times draw ``b``) for purpose ``e`` on the node of role ``a``: first come, first
            served by its cores, slower by what media streams take. With a target ``c``: when the queue has reached
            the node's backlog, cause ``d``, go to ``c``
DELAY       waits ``x`` seconds (times draw ``b``)
CONNECT     asks for connection ``a``: open already: go to ``c``; being opened by another call: wait for that; else
            open it, by a resumed session at ``d`` where a ticket allows, or by a full handshake in the next row
CONNECTED   connection ``a`` stands
TOUCH       a message passes over connection ``a``: it is not idle
TEST        ``e`` = UP: is the node of role ``a`` up? If not: cause ``d``, go to ``c``. ``e`` = VERDICT: do the ends of
            connection ``a`` accept each other? If not: the verdict's reason is the cause, go to ``c``
HUNT        next candidate of level ``a``, at most ``e`` tries (0: all); when none is left: go to ``c``, with cause
            ``d`` where there was none at all. Level GATEWAY binds an IP gateway; level SERVER undoes what was held
            at the last server, binds the next and goes to that pair's entry for the class of call
GUARD       patience, or a timer, begins: when ``x`` seconds (times draw ``b``) have passed, go to ``c``; without ``c``
            it ends
MEDIA       a media stream begins at role ``a`` that takes ``e`` us of CPU per second; ``e`` = 0: it ends
MARK        notes the time in field ``a``; with ``e`` the call's protection as well (calls.protection)
ON_CRASH    from now on, when the call's server or hub dies: cause ``d``, what is held there is gone, go to ``c``;
            without ``c`` the call is dropped, as it always is when its PBX or IP gateway dies
AWAIT       waits until the node of role ``a`` is up
JUMP        goes to ``c``
SIGNAL      tells the control plane of connection ``a`` and of cause ``d``, or the call's where the row has none
==========  =====================================================================================================

``b`` is a draw column or -1. Jump targets are places in the table of rows once a route has been placed there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from sim import vocabulary

OPERATIONS: Final = (
    "END",
    "SEIZE",
    "RELEASE",
    "CPU",
    "DELAY",
    "CONNECT",
    "CONNECTED",
    "TOUCH",
    "TEST",
    "HUNT",
    "GUARD",
    "MEDIA",
    "MARK",
    "ON_CRASH",
    "AWAIT",
    "JUMP",
    "SIGNAL",
)
(
    END,
    SEIZE,
    RELEASE,
    CPU,
    DELAY,
    CONNECT,
    CONNECTED,
    TOUCH,
    TEST,
    HUNT,
    GUARD,
    MEDIA,
    MARK,
    ON_CRASH,
    AWAIT,
    JUMP,
    SIGNAL,
) = range(len(OPERATIONS))

TRUNK, CHANNEL, PORT, SLOT, TRUNK_OUT, CHANNEL_OUT, PRESENCE, DISK, OPENING = range(9)
ROLES: Final = ("trunk", "channel", "port", "slot", "trunk_out", "channel_out", "presence", "disk", "opening")
"""What a call can hold. The first four name a node of the call as well: its PBX, IP gateway, UM server, hub. PRESENCE
is no seat: a call that has work at a server without a port is there all the same, and must be found when it dies.
DISK is a place for its message at the server, which outlives the server's death. OPENING is no seat either: the call is
opening a connection, and others wait for it."""
SEATS: Final = 6
PLACE: Final = (TRUNK, CHANNEL, PORT, SLOT, TRUNK, CHANNEL, PORT, PORT)
"""Role -> place of its node among the call's four nodes: a transferred call holds second seats at the same nodes."""

SERVICE, WORKER, HUB, REQUEST, OUTGOING, ROUTER = range(len(vocabulary.CONNECTIONS))
UP, VERDICT = range(2)
GATEWAY, SERVER = range(2)
SETUP, HANGUP, DELIVERED = range(3)
MARKS: Final = ("setup", "hangup", "delivered")
PER_CALL, PERSISTENT = range(2)
NONE, FULL, RESUMED, REUSED = range(4)
POOL, CORES, QUEUE, STREAMS, MESSAGES = range(len(vocabulary.METERS))
SIGNALLING, ACCEPT, HANDSHAKE, RESUMPTION, MESSAGE, HOSTILE = range(6)
IPSEC: Final = vocabulary.PURPOSES.index("ipsec")
KEEP: Final = -1

HOLD, MENU, RETRY, PATIENCE, TICKET = range(5)
TICKETS: Final = 6
DRAWS: Final = TICKET + TICKETS
DRAW_NAMES: Final = ("holding time", "menu", "retry jitter", "patience", "ticket")
"""Draw columns of a call: holding time, menu, retry jitter, patience, and a uniform number per connection attempt."""

OK = vocabulary.REASON_CODE["none"]
GAVE_UP = vocabulary.REASON_CODE["gave_up"]
NODE_FAILED = vocabulary.REASON_CODE["node_failed"]
UNFINISHED = vocabulary.REASON_CODE["unfinished"]
MAX_MEDIA_LOAD: Final = 0.9
"""The share of a node's CPU that media can take from its other work (ours: an overloaded server still crawls)."""

ROW: Final = np.dtype(
    [("op", "i4"), ("a", "i4"), ("b", "i4"), ("c", "i4"), ("d", "i4"), ("e", "i4"), ("x", "f8")], align=True
)
RECORD: Final = np.dtype(
    [
        ("call", "i8"),
        ("population", "i4"),
        ("call_class", "i4"),
        ("gateway", "i4"),
        ("server", "i4"),
        ("attempts", "i4"),
        ("reason", "i4"),
        ("connection", "i4"),
        ("protection", "i4"),
        ("arrived_s", "f8"),
        ("mark_s", "f8", (len(MARKS),)),
        ("cpu_wait_s", "f8"),
        ("ended_s", "f8"),
    ],
    align=True,
)
"""One call that ended, in the order of ending. Nodes are -1 for none; marks are NaN where not reached."""
USAGE: Final = np.dtype(
    [("interval", "i8"), ("node", "i4"), ("meter", "i4"), ("integral", "f8"), ("peak", "f8")], align=True
)
"""One interval of one meter (``meter`` < 5, see vocabulary.METERS) or of one purpose (5 + purpose; CPU-seconds)."""
TALLY: Final = np.dtype([("interval", "i8"), ("flood", "i4"), ("reason", "i4"), ("attempts", "i8")], align=True)
"""Hostile attempts of one flood that ended for one reason in one interval."""

Rows = npt.NDArray[np.void]
Target = int | str


@dataclass
class Route:
    """A small assembler: rows with symbolic labels. ``at(base)`` gives the rows as they stand from place ``base``."""

    name: str
    rows: list[tuple[int, int, int, Target, Target, int, float]] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)

    def add(  # noqa: PLR0913 - the operands of a row
        self, op: int, a: int = 0, *, b: int = -1, c: Target = -1, d: Target = KEEP, e: int = 0, x: float = 0.0
    ) -> Self:
        """Append a row; ``c`` and ``d`` may name a label of this route."""
        self.rows.append((op, a, b, c, d, e, x))
        return self

    def label(self, name: str) -> Self:
        """Name the next row."""
        self.labels[name] = len(self.rows)
        return self

    def at(self, base: int) -> Rows:
        """The rows as a ROW array, labels resolved to ``base`` + their place."""

        def resolve(target: Target) -> int:
            return self.labels[target] + base if isinstance(target, str) else target

        rows = [(op, a, b, resolve(c), resolve(d), e, x) for op, a, b, c, d, e, x in self.rows]
        return np.array(rows, ROW)

    def listing(self) -> list[tuple[str, str, str]]:
        """(label, operation, operands) of each row, for a table that people read."""
        names = {place: name for name, place in self.labels.items()}
        return [(names.get(place, ""), OPERATIONS[row[0]], _operands(row)) for place, row in enumerate(self.rows)]


def _operands(row: tuple[int, int, int, Target, Target, int, float]) -> str:
    """The operands that say something, by name."""
    op, a, b, c, d, e, x = row
    parts = []
    if op in (SEIZE, RELEASE, CPU, MEDIA, AWAIT) or (op == TEST and e == UP):
        parts.append(ROLES[a])
    elif op in (CONNECT, CONNECTED, TOUCH, TEST, SIGNAL):
        parts.append(vocabulary.CONNECTIONS[a])
    elif op == MARK:
        parts.append(MARKS[a])
        if e:
            parts.append(f"protection {e}")
    if op == CPU:
        parts.append(vocabulary.PURPOSES[e])
    if x:
        parts.append(f"{x:g} s")
    if op == MEDIA and e:
        parts.append(f"{e} us/s")
    if b >= 0:
        parts.append(f"x {DRAW_NAMES[min(b, TICKET)]}")
    if isinstance(c, str):
        parts.append(f"else {c}" if op in (SEIZE, CPU, TEST, HUNT) else f"to {c}")
    if isinstance(d, str):
        parts.append(f"resume {d}")
    elif d != KEEP:
        parts.append(vocabulary.REASONS[d].name)
    return ", ".join(parts)
