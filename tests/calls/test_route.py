"""The assembler of routes, and how a route reads."""

from __future__ import annotations

import re

import pytest

from sim import vocabulary
from sim.calls import route as r
from sim.calls.route import Route

BUSY = vocabulary.REASON_CODE["ports_busy"]


def example() -> Route:
    f = Route("example").add(r.SEIZE, r.PORT, c="busy", d=BUSY).label("again").add(r.DELAY, b=r.HOLD, x=2.0)
    return f.add(r.JUMP, c="again").label("busy").add(r.END)


def test_labels_become_places_from_the_base() -> None:
    rows = example().at(100)
    assert rows["op"].tolist() == [r.SEIZE, r.DELAY, r.JUMP, r.END]
    assert rows["c"].tolist() == [103, -1, 101, -1]


def test_causes_do_not_move_with_the_base() -> None:
    assert example().at(100)["d"].tolist() == [BUSY, r.KEEP, r.KEEP, r.KEEP]


def test_two_labels_may_name_one_row() -> None:
    f = Route("two").label("one").label("other").add(r.JUMP, c="one").add(r.JUMP, c="other")
    assert f.at(0)["c"].tolist() == [0, 0]


def test_a_label_that_is_nowhere_is_an_error() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        Route("bad").add(r.JUMP, c="nowhere").at(0)


def test_listing_names_labels_operations_and_operands() -> None:
    assert example().listing() == [
        ("", "SEIZE", "port, else busy, ports_busy"),
        ("again", "DELAY", "2 s, x holding time"),
        ("", "JUMP", "to again"),
        ("busy", "END", ""),
    ]


@pytest.mark.parametrize(
    ("route", "operands"),
    [
        (Route("").add(r.CPU, r.PORT, e=r.HANDSHAKE, x=0.001), "port, handshake, 0.001 s"),
        (Route("").add(r.CONNECT, r.HUB, c="open", d="short"), "hub, to open, resume short"),
        (Route("").add(r.TEST, r.CHANNEL, e=r.UP, c="end", d=BUSY), "channel, else end, ports_busy"),
        (Route("").add(r.TEST, r.WORKER, e=r.VERDICT, c="end"), "worker, else end"),
        (Route("").add(r.MEDIA, r.PORT, e=770), "port, 770 us/s"),
        (Route("").add(r.MARK, r.SETUP), "setup"),
        (Route("").add(r.RELEASE, r.OPENING), "opening"),
        (Route("").add(r.GUARD, b=r.PATIENCE, c="gave_up", x=1.0), "1 s, x patience, to gave_up"),
        (Route("").add(r.DELAY, b=r.TICKET + 3, x=1.0), "1 s, x ticket"),
    ],
)
def test_operands_read_by_name(route: Route, operands: str) -> None:
    assert route.listing()[0][2] == operands


def test_every_operation_is_explained() -> None:
    table = re.split(r"^=+  =+$", r.__doc__ or "", flags=re.MULTILINE)[1]
    assert re.findall(r"^([A-Z_]+) ", table, re.MULTILINE) == list(r.OPERATIONS)
