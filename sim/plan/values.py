"""Every value of a scenario, and where it was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sim.scenario.schema import Scenario
from sim.scenario.text import Origin


@dataclass(frozen=True)
class Value:
    """A resolved value by its dotted path; ``where`` is ``file:line``, ``--set`` with its place, or ``default``."""

    path: str
    text: str
    where: str


def values(scenario: Scenario) -> list[Value]:
    """The values of a scenario in the order of its schema, defaults included, empty maps and lists left out."""
    return [
        Value(".".join(steps), text, _where(scenario.origins, steps))
        for steps, text in _leaves(scenario.resolved(), ())
    ]


def _leaves(value: Any, steps: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _leaves(below, (*steps, str(key)))
    elif isinstance(value, list) and any(isinstance(below, dict | list) for below in value):
        for place, below in enumerate(value):
            yield from _leaves(below, (*steps, str(place)))
    elif value != []:
        yield steps, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _where(origins: Mapping[str, Origin], steps: tuple[str, ...]) -> str:
    """Where a value stands: at its own path, or short for its parent, as ``connections: per_call`` is."""
    short = tuple(step for step in steps if not step.isdigit())  # one certificate may stand without its list
    for path in (".".join(steps), ".".join(short)):
        if path in origins:
            return _place(origins[path])
    parent = ".".join(short[:-1])
    written_out = any(path.startswith(f"{parent}.") for path in origins)
    return _place(origins[parent]) if parent in origins and not written_out else "default"


def _place(origin: Origin) -> str:
    return f"{origin.file}:{origin.line}"
