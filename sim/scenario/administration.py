"""How an IP gateway is administered, and attacks on that."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.scenario.fields import Spec


class Administration(Spec):
    """How administrators of a gateway log on (guide, "Protecting Unified Messaging")."""

    protocol: Literal["telnet", "ssh", "http", "https"] = "https"
    """What they log on over; a model without SSL answers http where https is asked for."""
    authentication: Literal["none", "password", "strong"] = "password"
    """What they have to show; strong: nothing that could be shown again."""
    password: Literal["weak", "strong"] = "strong"  # noqa: S105 - how good it is, not what it is
    """Whether a dictionary has their password."""


class Administer(Spec):
    """An administrator logs on to a gateway."""

    name: ClassVar[Literal["administer"]] = "administer"
    node: str
    """The IP gateway."""


class AdminAttack(Spec):
    """An attacker goes for a gateway's administration."""

    name: ClassVar[Literal["admin_attack"]] = "admin_attack"
    attacker: str
    """Who."""
    target: str
    """The IP gateway."""
    method: Literal["guess", "sniff", "replay"]
    """Tries a dictionary of passwords, listens to administrators from now on, or shows a password stolen elsewhere."""
