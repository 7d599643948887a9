"""What every host of a scenario holds, trusts and uses, and the modes of its dial plans, at every instant."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import TypeVar

from sim.scenario.schema import Scenario
from sim.security.modes import MODES, Mode

_State = TypeVar("_State")
Steps = list[tuple[float, _State]]
"""What holds from which instant on (s since the epoch), in order of time."""


@dataclass(frozen=True)
class Held:
    """A certificate of ``holder``; validity in s since the epoch. ``root`` is what makes it trusted: the name of its
    authority, or, of a self-signed one, a name for itself. ``key`` is its kind of key (security.keys.KEY_KINDS).
    ``path_s`` is the validity that its issuers share; ``faults`` are absent (its key), missing (its issuing CA) and
    altered.
    """

    holder: str
    root: str
    self_signed: bool
    usages: tuple[str, ...]
    san: tuple[str, ...]
    key: str
    not_before_s: float
    not_after_s: float
    path_s: tuple[float, float] = (-math.inf, math.inf)
    faults: frozenset[str] = frozenset()

    def begun(self, at_s: float) -> bool:
        """Whether its validity has begun by a clock that shows ``at_s``."""
        return self.not_before_s <= at_s

    def ended(self, at_s: float) -> bool:
        """Whether its validity has ended by a clock that shows ``at_s``; the last second is included (RFC 5280)."""
        return self.not_after_s + 1.0 <= at_s


@dataclass(frozen=True)
class Holdings:
    """``used``: the certificate in use, by host. ``trusted``: host -> root -> since when, and when no more.
    ``modes``: VoIPSecurity, by dial plan.
    """

    scenario: Scenario
    used: dict[str, Steps[Held | None]]
    trusted: dict[str, dict[str, Steps[bool]]]
    modes: dict[str, Steps[str]]

    def in_use(self, host: str, at_s: float) -> Held | None:
        """The certificate that a host uses at an instant."""
        return _latest(self.used[host], at_s)

    def trusts(self, host: str, root: str, at_s: float) -> bool:
        """Whether a host has a root among its trusted roots at an instant."""
        return _latest([(-math.inf, False), *self.trusted[host].get(root, [])], at_s)

    def mode(self, plan: str, at_s: float) -> Mode:
        """The mode of a dial plan at an instant."""
        return MODES[_latest(self.modes[plan], at_s)]

    def serves_secured(self, server: str, at_s: float) -> bool:
        """Whether any of a UM server's dial plans is secured at an instant."""
        plans = [name for name, plan in self.scenario.dial_plans.items() if server in plan.servers]
        return any(self.mode(plan, at_s).signalling_secured for plan in plans)

    def own_time_s(self, host: str, at_s: float) -> float:
        """What a host's clock shows at an instant."""
        return at_s + float(getattr(self.scenario.nodes[host], "clock_offset_s", 0.0))

    def changes(self, verifier: str, peer: str) -> list[float]:
        """The instants at which the verifier's judgement of its peer may change."""
        ahead_s = self.own_time_s(verifier, 0.0)
        held = [each for _, each in self.used[peer] if each]
        validities = [validity for each in held for validity in ((each.not_before_s, each.not_after_s), each.path_s)]
        edges = [edge - ahead_s for begin_s, end_s in validities for edge in (begin_s, end_s + 1.0)]
        imports = [at_s for steps in self.trusted[verifier].values() for at_s, _ in steps]
        return [at_s for at_s, _ in self.used[peer]] + imports + edges


def _latest(steps: Steps[_State], at_s: float) -> _State:
    """What holds at an instant; what comes first is taken to have held before."""
    return steps[max(bisect_right(steps, at_s, key=lambda step: step[0]) - 1, 0)][1]
