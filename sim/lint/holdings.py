"""What every host of a scenario holds, trusts and uses, and the modes of its dial plans, at every instant."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from sim.scenario import products
from sim.scenario.call_router import client_access_of
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
class Serving:
    """How a UM server's service runs: its product, whether in secured mode, and whether it listens without and with
    TLS.
    """

    product: str
    secured: bool
    listens: tuple[bool, bool]

    def enforces(self, mode: Mode) -> bool:
        """Whether a dial plan's mode is in force."""
        return products.product(self.product).mode_decided == "live" or self.secured == mode.signalling_secured


@dataclass(frozen=True)
class Holdings:
    """``used``: the certificate in use, by host. ``trusted``: host -> root -> since when, and when no more. ``modes``
    and ``servers``: VoIPSecurity and UM servers, by dial plan. ``serving``: how a UM server's service runs, by server.
    ``listed``: by UM server, and by Client Access server for its call router, the UM IP gateways that it knows, each
    with its address in the directory. ``ports``: the port that a gateway calls, None for that of its mode. ``statuses``
    are those of gateways and UM servers, ``hunt_groups`` how many a dial plan and a gateway have.
    """

    scenario: Scenario
    used: dict[str, Steps[Held | None]]
    trusted: dict[str, dict[str, Steps[bool]]]
    modes: dict[str, Steps[str]]
    servers: dict[str, Steps[tuple[str, ...]]]
    serving: dict[str, Steps[Serving]]
    listed: dict[str, Steps[dict[str, str]]]
    ports: dict[str, Steps[int | None]]
    statuses: dict[str, Steps[str]]
    hunt_groups: dict[tuple[str, str], Steps[int]]

    @cached_property
    def client_access(self) -> dict[str, str]:
        """The Client Access server of each UM server, where there is any."""
        return client_access_of(self.scenario)

    def in_use(self, host: str, at_s: float) -> Held | None:
        """The certificate that a host uses at an instant."""
        return _latest(self.used[host], at_s)

    def trusts(self, host: str, root: str, at_s: float) -> bool:
        """Whether a host has a root among its trusted roots at an instant."""
        return _latest([(-math.inf, False), *self.trusted[host].get(root, [])], at_s)

    def address(self, server: str, gateway: str, at_s: float) -> str | None:
        """The address by which a UM server knows a gateway at an instant; None where it knows no such gateway."""
        return _latest(self.listed[server], at_s).get(gateway)

    def takes_calls(self, plan: str, gateway: str, server: str, at_s: float) -> str:
        """Why a UM server takes no call of a gateway that it knows, at an instant; empty where it does."""
        if any(_latest(self.statuses[node], at_s) != "Enabled" for node in (gateway, server)):
            return "no_new_calls"
        return "" if _latest(self.hunt_groups[plan, gateway], at_s) else "no_hunt_group"

    def port(self, gateway: str, at_s: float) -> int | None:
        """The port that a gateway calls at an instant; None: that of its mode."""
        return _latest(self.ports[gateway], at_s)

    def mode(self, plan: str, at_s: float) -> Mode:
        """The mode of a dial plan at an instant."""
        return MODES[_latest(self.modes[plan], at_s)]

    def serves(self, server: str, at_s: float) -> Serving:
        """How a UM server's service runs at an instant."""
        return _latest(self.serving[server], at_s)

    def router(self, server: str, at_s: float) -> str:
        """The Client Access server whose call router stands before a UM server at an instant; empty for none."""
        product = products.product(self.serves(server, at_s).product)
        return self.client_access.get(server, "") if product.redirected_ports else ""

    def takes_part(self, plan: str, server: str, at_s: float) -> bool:
        """Whether a UM server is in a dial plan at an instant."""
        return server in _latest(self.servers[plan], at_s)

    def plans(self, server: str, at_s: float) -> list[str]:
        """The dial plans of a UM server at an instant."""
        return [plan for plan in self.servers if self.takes_part(plan, server, at_s)]

    def reconfigured(self) -> set[float]:
        """The instants at which a dial plan or how a server's service runs changes."""
        books: tuple[dict[str, Steps[Any]], ...] = (self.modes, self.servers, self.serving)
        return {at_s for book in books for steps in book.values() for at_s, _ in steps}

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
        known = [at_s for steps in (self.listed, self.ports, self.statuses) for at_s, _ in steps.get(verifier, [])]
        return [at_s for at_s, _ in self.used[peer]] + imports + edges + known


def fqdn(scenario: Scenario, host: str) -> str:
    """A host's FQDN."""
    return str(getattr(scenario.nodes[host], "fqdn", ""))


def _latest(steps: Steps[_State], at_s: float) -> _State:
    """What holds at an instant; what comes first is taken to have held before."""
    return steps[max(bisect_right(steps, at_s, key=lambda step: step[0]) - 1, 0)][1]
