"""When each host's certificate is renewed under its policy, and what breaks meanwhile: a schedule, drawn once.

The player of the timeline carries a schedule out, the lint and the certificate calendar keep books of it. Whoever asks
for the same scenario and replication has the same one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import numpy as np

from sim.calls.draws import stream
from sim.nodes.node import RESTART_S
from sim.scenario import products
from sim.scenario import timeline as events
from sim.scenario.certificates import TEMPLATES, VALIDITY_S, CertificateRequest, CertificateSpec
from sim.scenario.nodes import HOST_KINDS, CertificateAuthority, UmServer
from sim.scenario.public_authorities import issued, longest_s
from sim.scenario.renewals import ALL, RenewalPolicy
from sim.scenario.schema import Scenario
from sim.security.modes import MODES

ISSUED_AFTER_S: Final = 1.0
"""From a request until the new certificate is there (ours)."""


@dataclass(frozen=True)
class Outage:
    """Peers refuse the certificate of ``host``, which is for ``usages``, for ``reason`` (vocabulary.REASONS) from
    ``from_s`` on and before ``until_s``, s since the epoch; infinite where nothing repairs it.
    """

    host: str
    usages: tuple[str, ...]
    reason: str
    from_s: float
    until_s: float


@dataclass(frozen=True)
class Leaf:
    """A certificate of ``host`` and who issued it: issued, in use from and valid until, s since the epoch."""

    host: str
    issuer: str
    issued_s: float
    in_use_s: float
    not_after_s: float
    usages: tuple[str, ...]


@dataclass
class Schedule:
    """What is renewed when. ``orders`` are instants (s since the epoch), events and what these say, in no order; the
    first leaf of each host is what it begins with, and is in use from minus infinity on.
    """

    orders: list[tuple[float, type[events.Event], dict[str, Any]]] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)

    @property
    def entries(self) -> list[events.TimelineEntry]:
        """The orders as entries of a timeline."""
        return [_entry(*order) for order in self.orders]


def _entry(at_s: float, event: type[events.Event], says: dict[str, Any]) -> events.TimelineEntry:
    fields: dict[str, Any] = {event.name: event.model_construct(**says)}
    return events.TimelineEntry.model_construct(at_s=at_s, **fields)


def schedule(scenario: Scenario, replication: int = 0) -> Schedule:
    """The schedule of a scenario's renewals; empty without any. Hosts with several or self-signed certificates have
    none: their timeline is theirs to write.
    """
    result = Schedule()
    policies = scenario.renewals or {}
    for name, node in scenario.nodes.items():
        policy = policies.get(name, policies.get(ALL))
        request = request_of(scenario, name) if node.kind in HOST_KINDS else None
        if policy is not None and request is not None and request.issuer is not None:
            _Renewer(scenario, replication, name, policy, request, result).renew()
    return result


def request_of(scenario: Scenario, host: str) -> CertificateRequest | None:
    """What the only certificate of a host was to be, its issuer named; None for several, none, or a self-signed one."""
    authorities = [name for name, node in scenario.nodes.items() if node.kind == "certificate_authority"]
    specs = scenario.certificates.get(host, (CertificateSpec(),) if len(authorities) == 1 else ())
    if len(specs) != 1 or specs[0].issuer == "self" or specs[0].installed_at_s > 0.0:
        return None
    return specs[0].model_copy(update={"issuer": specs[0].issuer or authorities[0]})


def demands_of_clients(scenario: Scenario, host: str) -> set[str]:
    """The usages that those demand whom a host calls over mutual TLS: UM servers of a gateway's secured plans."""
    servers = [
        scenario.nodes[server]
        for plan in scenario.dial_plans.values()
        if MODES[plan.voip_security].signalling_secured and host in {group.gateway for group in plan.hunt_groups}
        for server in plan.servers
    ]
    rows = [products.product(node.product) for node in servers if isinstance(node, UmServer)]
    return {usage for row in rows for usage in row.demands_of_client}


class _Renewer:
    """The life of one host's certificates, from the epoch to the end of the run."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a host's schedule depends on
        self,
        scenario: Scenario,
        replication: int,
        host: str,
        policy: RenewalPolicy,
        request: CertificateRequest,
        result: Schedule,
    ) -> None:
        self.scenario, self.host, self.policy, self.request, self.result = scenario, host, policy, request, result
        self.draws = _draws(scenario.run.seed, replication, host)
        self.demanded = demands_of_clients(scenario, host)
        self.revoked = sorted(
            entry.at_s
            for entry in scenario.timeline
            if isinstance(entry.event, events.RevokeCertificate)
            and entry.event.node == host
            and scenario.crypto.revocation != "none"
        )
        self.down: dict[str, list[tuple[float, float]]] = {}
        self.hopeless = False

    def renew(self) -> None:
        """One certificate after the other."""
        end_s = self.scenario.run.duration_s
        leaf = self._issue(0.0, -math.inf)
        self.request = self.request.model_copy(update={"not_before_s": None, "not_after_s": None})
        while leaf.issued_s <= end_s:
            self.result.leaves.append(leaf)
            leaf = self._fallen_back(leaf) or self._next(leaf)

    def _issue(self, at_s: float, in_use_s: float) -> Leaf:
        """A certificate by the rules of its day."""
        request, issuer = self.request, str(self.request.issuer)
        usages, (_, not_after_s) = issued(
            self.scenario, issuer, TEMPLATES[request.template].usages, request.validity_period_s(at_s, VALIDITY_S), at_s
        )
        return Leaf(self.host, issuer, at_s, in_use_s, not_after_s, usages)

    def _next(self, leaf: Leaf) -> Leaf:
        """The renewal of a certificate, its events, and the outage that comes before it is in use."""
        wait, detect_s, repair_s = self._draw()
        ends_s = leaf.not_after_s + 1.0
        due_s = max(ends_s - self._lead_s(leaf) + wait * self.policy.jitter_s, leaf.issued_s)
        at_s = self._served_s(due_s)
        revoked_s = next((each for each in self.revoked if max(leaf.in_use_s, 0.0) < each < min(at_s, ends_s)), None)
        if revoked_s is not None:
            return self._repair(leaf, "certificate_revoked", revoked_s, revoked_s + detect_s + repair_s)
        if self.policy.activation == "manual" and at_s < ends_s:
            self._enter(at_s, events.RenewCertificate)
            back_s = ends_s + detect_s + repair_s
            self._outage(leaf, "certificate_expired", ends_s, back_s + RESTART_S)
            self._enter(back_s, events.RestartService)
            return self._issue(at_s, back_s + RESTART_S)
        if at_s >= ends_s:
            return self._repair(leaf, "certificate_expired", ends_s, min(at_s, ends_s + detect_s + repair_s))
        return self._replace(at_s)

    def _repair(self, leaf: Leaf, reason: str, from_s: float, back_s: float) -> Leaf:
        """Somebody renews what is broken, once the authority is there."""
        new = self._replace(self._served_s(max(back_s, leaf.issued_s)))
        self._outage(leaf, reason, from_s, new.in_use_s)
        return new

    def _replace(self, at_s: float) -> Leaf:
        """A renewal that comes into use: by a restart, or while the service runs."""
        self._enter(at_s, events.RenewCertificate)
        activated_s = at_s + ISSUED_AFTER_S
        if self.policy.activation == "hot_reload":
            self._enter(activated_s, events.ReloadCertificate)
            return self._issue(at_s, activated_s)
        self._enter(activated_s, events.RestartService)
        return self._issue(at_s, activated_s + RESTART_S)

    def _fallen_back(self, leaf: Leaf) -> Leaf | None:
        """What replaces a certificate that lacks a demanded usage; None: nothing has to, or nothing can."""
        if self.hopeless or self.demanded <= set(leaf.usages):
            return None
        _, detect_s, repair_s = self._draw()
        broken_s, fallback = max(leaf.in_use_s, 0.0), self.policy.fallback
        if fallback is None or fallback == leaf.issuer:
            self._outage(leaf, "wrong_usage", broken_s, math.inf)
            self.hopeless = True
            return None
        self.request = CertificateRequest.model_construct(
            issuer=fallback, template="ComputerV3", key=self.request.key, san=self.request.san
        )
        back_s = self._served_s(broken_s + detect_s + repair_s)
        self._enter(back_s, events.InstallCertificate, **dict(self.request))
        self._enter(back_s + ISSUED_AFTER_S, events.RestartService)
        repaired = self._issue(back_s, back_s + ISSUED_AFTER_S + RESTART_S)
        self._outage(leaf, "wrong_usage", broken_s, repaired.in_use_s)
        return repaired

    def _lead_s(self, leaf: Leaf) -> float:
        """The policy's lead, within half of the validity that the renewal will have."""
        node = self.scenario.nodes[str(self.request.issuer)]
        longest = self.request.validity_s or VALIDITY_S
        if isinstance(node, CertificateAuthority) and node.brand is not None:
            longest = min(longest, longest_s(node.brand, self._at(leaf.not_after_s)))
        return min(self.policy.lead_time_s, longest / 2.0)

    def _at(self, at_s: float) -> Any:
        return self.scenario.run.epoch + timedelta(seconds=at_s)

    def _served_s(self, at_s: float) -> float:
        """When the authority answers a request: at once, unless it is down."""
        issuer = str(self.request.issuer)
        if issuer not in self.down:
            self.down[issuer] = _down(self.scenario, issuer)
        for from_s, until_s in self.down[issuer]:
            if from_s <= at_s < until_s:
                return until_s
        return at_s

    def _outage(self, leaf: Leaf, reason: str, from_s: float, until_s: float) -> None:
        if from_s < self.scenario.run.duration_s:
            self.result.outages.append(Outage(self.host, leaf.usages, reason, from_s, until_s))

    def _enter(self, at_s: float, event: type[events.Event], **says: Any) -> None:
        if at_s <= self.scenario.run.duration_s:
            self.result.orders.append((at_s, event, {"node": self.host, **says}))

    def _draw(self) -> tuple[float, float, float]:
        """Share of the jitter, time to detect, time to repair."""
        wait, detect, repair = next(self.draws)
        return wait, detect * self.policy.detect_s, repair * self.policy.repair_s


def _draws(seed: int, replication: int, host: str) -> Iterator[tuple[float, float, float]]:
    """A uniform and two exponential numbers of mean 1 for each certificate of a host."""
    generator = stream(seed, replication, f"renewals/{host}")
    while True:
        rows = np.column_stack([generator.random(64), generator.exponential(1.0, (64, 2))])
        yield from rows.tolist()


def _down(scenario: Scenario, authority: str) -> list[tuple[float, float]]:
    """When the timeline has an authority down: from and until, s since the epoch."""
    found: list[tuple[float, float]] = []
    since_s: float | None = None
    for entry in sorted(scenario.timeline, key=lambda each: each.at_s):
        event = entry.event
        if isinstance(event, events.NodeDown) and event.node == authority:
            if event.for_s is None:
                since_s = entry.at_s
            else:
                found.append((entry.at_s, entry.at_s + event.for_s))
        elif isinstance(event, events.NodeUp) and event.node == authority and since_s is not None:
            found.append((since_s, entry.at_s))
            since_s = None
    return found if since_s is None else [*found, (since_s, math.inf)]
