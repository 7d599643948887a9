"""Trunks, channels and ports: what is offered to them, and what Erlang B says.

Nodes to which calls overflow among each other (the gateways of a dial plan, its UM servers) are one pool with the sum
of their seats. It is exact for one dial plan whose gateways try all servers, and a lower bound of blocking where dial
plans share some of their nodes only, or gateways give up after fewer attempts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sim.analysis.theory import erlang_b
from sim.vocabulary import POOL_NAMES


@dataclass(frozen=True)
class Offer:
    """Traffic of a population to nodes: ``shares`` say how it is spread over them before any overflow."""

    population: str
    offered_erl: float
    shares: dict[str, float]


@dataclass(frozen=True)
class Seat:
    """One node of a pool: its share of what is offered, its seats, Erlang B if it stood alone, and what it carries."""

    node: str
    offered_erl: float
    seats: int
    blocking_alone: float
    carried_erl: float


@dataclass(frozen=True)
class Pool:
    """Seats that overflow to each other. ``kind`` is a value of vocabulary.POOL_NAMES; ``begin_s`` tells when it is
    busiest, s since the epoch.
    """

    kind: str
    begin_s: float
    offered_erl: float
    seats: int
    blocking: float
    nodes: tuple[Seat, ...]

    @property
    def carried_erl(self) -> float:
        """Offered and not blocked."""
        return self.offered_erl * (1.0 - self.blocking)

    @property
    def utilisation(self) -> float:
        """Share of the seats taken in the mean."""
        return self.carried_erl / self.seats


def pools(kind: str, begin_s: float, offers: list[Offer], seats: dict[str, int]) -> list[Pool]:
    """The pools that the offers make of the nodes; ``kind`` is a node kind with a pool."""
    return [
        _pool(POOL_NAMES[kind], begin_s, [each for each in offers if set(each.shares) <= set(group)], group, seats)
        for group in _groups(offers)
    ]


def _groups(offers: Iterable[Offer]) -> list[tuple[str, ...]]:
    """Nodes that share traffic, directly or by way of others, in order of names."""
    groups: list[set[str]] = []
    for offer in offers:
        joined = set(offer.shares)
        apart = [group for group in groups if not group & joined]
        groups = [*apart, joined.union(*(group for group in groups if group & joined))]
    return sorted(tuple(sorted(group)) for group in groups if group)


def _pool(kind: str, begin_s: float, offers: list[Offer], group: tuple[str, ...], seats: dict[str, int]) -> Pool:
    offered = {node: sum(each.offered_erl * each.shares.get(node, 0.0) for each in offers) for node in group}
    total_erl, size = sum(offered.values()), sum(seats[node] for node in group)
    blocking = blocked(total_erl, size)
    carried = spread({node: erl * (1.0 - blocking) for node, erl in offered.items()}, seats)
    nodes = tuple(
        Seat(node, offered[node], seats[node], blocked(offered[node], seats[node]), carried[node]) for node in group
    )
    return Pool(kind, begin_s, total_erl, size, blocking, nodes)


def blocked(offered_erl: float, seats: int) -> float:
    """Erlang B; zero without its million steps where the seats are beyond all question (product ``ideal``)."""
    return 0.0 if seats > 10.0 * offered_erl + 1_000.0 else erlang_b(offered_erl, seats)


def spread(carried: dict[str, float], seats: dict[str, int]) -> dict[str, float]:
    """What each node carries when what exceeds its seats goes to those that have room, in proportion to the room."""
    excess = sum(max(erl - seats[node], 0.0) for node, erl in carried.items())
    room = {node: max(seats[node] - erl, 0.0) for node, erl in carried.items()}
    total = sum(room.values())
    taken = {node: min(erl, float(seats[node])) for node, erl in carried.items()}
    return {node: erl + (excess * room[node] / total if total else 0.0) for node, erl in taken.items()}
