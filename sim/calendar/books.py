"""The calendar of an estate: every certificate in use, what breaks when and for how many calls, renewals by year."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from sim.calendar.estimates import Estimates, estimates, refused_hops
from sim.calendar.hops import Hops, Span, Steps, hops, lost_over_time, mean
from sim.lint.holdings import Held, Holdings
from sim.lint.refusals import Facts, Refusal, facts
from sim.nodes.renewals import Outage, schedule
from sim.scenario.call_router import client_access_of
from sim.scenario.nodes import CertificateAuthority
from sim.scenario.public_authorities import RULES, Rule, in_force
from sim.scenario.schema import Scenario


@dataclass(frozen=True)
class Use:
    """A certificate and how long it is in use: from ``from_s`` on and before ``until_s``, s since the epoch."""

    held: Held
    from_s: float
    until_s: float


@dataclass(frozen=True)
class Break:
    """New connections are refused because of one host's certificate.

    Attributes
    ----------
    host
        Whose certificate, or who lacks something: the peer of the end that refuses.
    reason
        Why, one of vocabulary.REASONS.
    hops
        The connections: client and server.
    from_s, until_s
        From when on and until when, s since the epoch; ``until_s`` is infinite where nothing ends it.
    share
        Share of all calls that go over these connections; 0 for the submission of messages and for what UM servers send
        out.
    lost
        Share of all calls that fail because of this break alone; less than ``share`` where there is a fallback.
    """

    host: str
    reason: str
    hops: tuple[tuple[str, str], ...]
    from_s: float
    until_s: float
    share: float
    lost: float

    @property
    def has_fallback(self) -> bool:
        """Whether other servers take all of the calls, or there are no calls to take."""
        return self.lost == 0.0


@dataclass(frozen=True)
class Calendar:
    """The calendar of a scenario until ``end_s``, s since the ``epoch``; dates are those of replication 0.

    ``lost``: share of all calls lost from each instant on; ``renewals``: new certificates by issuer and year;
    ``rules``: those that bind a public authority of the estate at the end or before.
    """

    scenario: Scenario
    uses: list[Use]
    breaks: list[Break]
    lost: Steps
    renewals: dict[str, dict[int, int]]
    rules: list[Rule]
    estimates: Estimates

    @property
    def epoch(self) -> datetime:
        """Begin of the calendar."""
        return self.scenario.run.epoch

    @property
    def end_s(self) -> float:
        """End of the calendar, s since the epoch."""
        return self.scenario.run.duration_s

    @property
    def lost_share(self) -> float:
        """Mean share of all calls that are lost until the end."""
        return mean(self.lost, self.end_s)

    @property
    def first(self) -> Break | None:
        """What breaks first and loses calls."""
        return min((each for each in self.breaks if each.lost), key=lambda each: each.from_s, default=None)


def calendar(scenario: Scenario) -> Calendar:
    """The calendar of a scenario over its run; nothing is simulated."""
    known, told = hops(scenario), facts(scenario)
    revoked = [each for each in schedule(scenario).outages if each.reason == "certificate_revoked"]
    spans: list[Span] = [([each.fault.hop], each.from_s, each.until_s) for each in told.refused if each.fault.plan]
    spans += [(refused_hops(scenario, each), each.from_s, each.until_s) for each in revoked]
    breaks = [*_breaks(known, told), *(_revoked(known, each) for each in revoked)]
    uses = list(_uses(told.held))
    return Calendar(
        scenario,
        uses,
        sorted(breaks, key=lambda each: (each.from_s, each.host, each.reason)),
        lost_over_time(known, spans),
        _renewals(scenario, uses),
        list(_rules(scenario)),
        estimates(scenario, known),
    )


def _uses(held: Holdings) -> Iterator[Use]:
    """Certificates in the order of their hosts and times; a restart that changes nothing is none."""
    for steps in held.used.values():
        changes = [next(group) for _, group in groupby(steps, key=lambda step: step[1])]
        ends = [at_s for at_s, _ in changes[1:]] + [math.inf]
        for (from_s, certificate), until_s in zip(changes, ends, strict=True):
            if certificate is not None:
                yield Use(certificate, from_s, until_s)


def _breaks(known: Hops, told: Facts) -> Iterator[Break]:
    """Refusals that one host's certificate causes at the same time, put together."""
    merged: dict[tuple[str, str, float, float], list[Refusal]] = {}
    for each in _joined(told.refused):
        merged.setdefault((each.fault.peer, each.fault.reason, each.from_s, each.until_s), []).append(each)
    for (host, reason, from_s, until_s), group in merged.items():
        refused = {each.fault.hop for each in group if each.fault.plan}
        ends = tuple(dict.fromkeys((each.fault.client, each.fault.server) for each in group))
        until = math.inf if until_s >= told.scenario.run.duration_s else until_s
        share = sum(known.shares.get(hop, 0.0) for hop in refused)
        yield Break(host, reason, ends, from_s, until, share, known.lost(refused))


def _revoked(known: Hops, outage: Outage) -> Break:
    """A revocation, which the lint's books leave out."""
    refused = refused_hops(known.scenario, outage)
    of_router = outage.host in client_access_of(known.scenario).values()
    ends = tuple(dict.fromkeys((client, outage.host if of_router else server) for _, client, server in sorted(refused)))
    share = sum(known.shares.get(hop, 0.0) for hop in refused)
    return Break(outage.host, outage.reason, ends, outage.from_s, outage.until_s, share, known.lost(refused))


def _joined(refused: list[Refusal]) -> Iterator[Refusal]:
    """Refusals for the same reason that follow each other without a gap, as with one faulty certificate after the
    other, as one.
    """

    def connection(each: Refusal) -> tuple[str, ...]:
        fault = each.fault
        return *fault.hop, fault.server, fault.verifier, fault.reason

    for _, group in groupby(sorted(refused, key=lambda each: (*connection(each), each.from_s)), key=connection):
        first, *others = group
        for each in others:
            if each.from_s > first.until_s:
                yield first
                first = each
            first = Refusal(first.fault, first.from_s, max(first.until_s, each.until_s))
        yield first


def _renewals(scenario: Scenario, uses: list[Use]) -> dict[str, dict[int, int]]:
    """New certificates that came into use, by issuer and by every year of the calendar."""
    first, last = scenario.run.epoch, scenario.run.epoch + timedelta(seconds=scenario.run.duration_s)
    found: dict[str, dict[int, int]] = {}
    for before, use in pairwise(uses):
        if before.held.holder == use.held.holder and use.from_s <= scenario.run.duration_s:
            issuer = "self-signed" if use.held.self_signed else use.held.root
            years = found.setdefault(issuer, dict.fromkeys(range(first.year, last.year + 1), 0))
            years[(first + timedelta(seconds=use.from_s)).year] += 1
    return dict(sorted(found.items()))


def _rules(scenario: Scenario) -> Iterator[Rule]:
    brands = {node.brand for node in scenario.nodes.values() if isinstance(node, CertificateAuthority) and node.brand}
    end = scenario.run.epoch + timedelta(seconds=scenario.run.duration_s)
    yield from sorted({rule for brand in brands for rule in in_force(brand, end)}, key=RULES.index)
