"""Servers join and leave hunt lists while calls go through them: both interpreters do the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import planes
import pytest

from sim import vocabulary
from sim.calls.kernel.plane import Kernel
from sim.calls.reference import Reference


def restless(seed: int) -> planes.Case:
    """A random case in which, every second or so, a hunt list of servers gets others of its members, or none."""
    case, rng = planes.random_case(seed), np.random.default_rng([seed, 2])
    lists = sorted(
        {onward for _, gateways in case.layout.populations for _, onward in case.layout.lists[gateways].members}
    )
    changes = []
    for at_s in np.round(rng.uniform(0.0, 120.0, 100), 1).tolist():
        number = int(rng.choice(lists))
        members = case.layout.lists[number].members
        some = rng.permutation(len(members))[: int(rng.integers(len(members) + 1))].tolist()
        changes.append((at_s, "members", (number, tuple(members[place] for place in some))))
    return replace(case, timeline=tuple(sorted((*case.timeline, *changes), key=lambda entry: entry[0])))


@pytest.mark.parametrize("seed", range(20))
def test_interpreters_agree_while_lists_change(seed: int) -> None:
    case = restless(seed)
    assert planes.play(case, Kernel).digest() == planes.play(case, Reference).digest()


def test_a_list_without_members_is_no_route() -> None:
    reasons = planes.play(restless(3), Kernel).table("records")["reason"].tolist()
    assert vocabulary.REASON_CODE["no_route"] in reasons
