"""A finding: what is wrong, where, from when on, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

SEVERITIES: Final = ("error", "warning", "information")
"""Calls or messages will be refused; something will hurt; advice."""


class Found(NamedTuple):
    """What a rule yields: nodes concerned, the time from which it holds (s since the epoch), and two sentences."""

    nodes: tuple[str, ...]
    at_s: float
    message: str
    remedy: str


@dataclass(frozen=True)
class Finding:
    """What a rule found: ``severity`` is one of SEVERITIES, ``at_s`` (s since the epoch) when it begins to hold."""

    rule: str
    severity: str
    nodes: tuple[str, ...]
    at_s: float
    message: str
    remedy: str


def listed(names: tuple[str, ...], most: int = 4) -> str:
    """Names as a sentence takes them: ``gw1, gw2 and 7 more``."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
