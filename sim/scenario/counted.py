"""Nodes with a ``count``: one entry that stands for several nodes alike, and its name for all of theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sim.errors import ScenarioError
from sim.scenario.text import Item

MOST: Final = 1_000
"""More nodes than that of one entry are refused (ours)."""

KEY: Final = "count"


def expanded(root: Item) -> Item:
    """The tree with ``gw: {count: 40}`` replaced by gw01 to gw40, and what names ``gw`` by what names each of them.

    Numbers begin at 1 and have as many digits as the last one. The name stands for all of them as a key of
    ``certificates`` and ``renewals``, and in the lists of a dial plan's servers and hunt groups.

    Raises
    ------
    ScenarioError
        A count is no whole number from 1 to MOST, or a name that it makes is taken.
    """
    nodes = root.below("nodes")
    if nodes is None or not isinstance(nodes.value, dict) or not isinstance(root.value, dict):
        return root
    members = {name: _members(name, node) for name, node in nodes.value.items() if node.below(KEY) is not None}
    for name, made in members.items():
        for taken in sorted({*nodes.value} & {*made}):
            message = f"makes {made[0]} to {made[-1]}, but there is another node called {taken}"
            raise ScenarioError([nodes.value[name].key.problem(f"nodes.{name}.{KEY}", message)])
    value = dict(root.value) | {"nodes": _keys(nodes, members)}
    for part in ("certificates", "renewals"):
        if part in value:
            value[part] = _keys(value[part], members)
    if "dial_plans" in value:
        value["dial_plans"] = _plans(value["dial_plans"], members)
    return replace(root, value=value)


def _members(name: str, node: Item) -> list[str]:
    count = node.below(KEY)
    assert count is not None
    number = count.value
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= MOST:
        problem = f"must be a whole number from 1 to {MOST:,}: how many nodes like this one there are"
        raise ScenarioError([count.origin.problem(f"nodes.{name}.{KEY}", problem)])
    digits = len(str(number))
    return [f"{name}{place:0{digits}d}" for place in range(1, number + 1)]


def _keys(item: Item, members: dict[str, list[str]]) -> Item:
    """A mapping by node, with each member in the place of its group; a member's own entry is kept."""
    if not isinstance(item.value, dict):
        return item
    own = item.value
    value: dict[str, Item] = {}
    for name, below in own.items():
        for each in members.get(name, [name]):
            if each == name or each not in own:
                value[each] = _without_count(below) if name in members else below
    return replace(item, value=value)


def _without_count(node: Item) -> Item:
    if not isinstance(node.value, dict):
        return node
    return replace(node, value={key: below for key, below in node.value.items() if key != KEY})


def _plans(plans: Item, members: dict[str, list[str]]) -> Item:
    if not isinstance(plans.value, dict):
        return plans
    return replace(plans, value={name: _plan(plan, members) for name, plan in plans.value.items()})


def _plan(plan: Item, members: dict[str, list[str]]) -> Item:
    if not isinstance(plan.value, dict):
        return plan
    value = dict(plan.value)
    for key, path in (("servers", ()), ("hunt_groups", ("gateway",))):
        listed = value.get(key)
        if listed is not None and isinstance(listed.value, tuple):
            value[key] = replace(
                listed, value=tuple(one for item in listed.value for one in _each(item, path, members))
            )
    return replace(plan, value=value)


def _each(item: Item, path: tuple[str, ...], members: dict[str, list[str]]) -> list[Item]:
    """An entry of a list once for each node that the name in it stands for; ``path`` leads to the name."""
    named = item.below(path[0]) if path else item
    if named is None or not isinstance(named.value, str) or named.value not in members:
        return [item]
    if not path:
        return [replace(item, value=each) for each in members[named.value]]
    assert isinstance(item.value, dict)
    return [replace(item, value=item.value | {path[0]: replace(named, value=each)}) for each in members[named.value]]
