"""Trusted LANs: what passes between two of their nodes nobody else reaches (guide, "Protecting Unified Messaging")."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def shielded(trusted_lans: Mapping[str, Collection[str]], outsider: str, ends: tuple[str, str]) -> bool:
    """Whether two nodes share a trusted LAN that ``outsider`` is not on: it cannot listen there, or use an address."""
    return any(set(ends) <= set(lan) and outsider not in lan for lan in trusted_lans.values())
