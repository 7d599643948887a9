"""Which node of another kind each UM server goes with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def in_turn(servers: Iterable[str], others: Sequence[str]) -> dict[str, str]:
    """Each UM server has one of the others, be it Hub Transport or Client Access, in turn by name (ours); empty where
    there is none.
    """
    return {server: others[number % len(others)] for number, server in enumerate(servers)} if others else {}
