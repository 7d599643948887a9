"""Rules over certificates, names, usages and trust."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sim.lint.finding import Found, listed
from sim.lint.refusals import Facts, Refusal, secured
from sim.lint.verification import address, demands
from sim.scenario.fields import is_fqdn
from sim.units import duration_text

SELF_SIGNED_ENDS = 2
"""Self-signed certificates suit two ends; with more, each has to be imported by hand into each other (ours)."""


def no_certificate(facts: Facts) -> Iterator[Found]:
    """An end of a secured connection has no certificate to present."""
    for group in _grouped(facts.refused, {"no_certificate"}, lambda each: each.fault.peer):
        host, verifiers = group[0].fault.peer, _verifiers(group)
        yield Found(
            (host, *verifiers),
            _begin_s(group),
            f"{host} has no valid certificate when its service starts: refused by {listed(verifiers)} "
            "with no_certificate",
            f"give certificates.{host} an issuer, or the deployment one certification authority",
        )


def name_missing(facts: Facts) -> Iterator[Found]:
    """The SAN of a certificate in use lacks its holder's FQDN."""
    for group in _grouped(facts.refused, {"wrong_name"}, lambda each: each.fault.held):
        certificate, verifiers = group[0].fault.held, _verifiers(group)
        assert certificate is not None
        name = address(facts.held, group[0].fault.verifier, certificate.holder, group[0].from_s)
        known = "not its FQDN" if is_fqdn(name) else "and no name stands for an address or a short name such as"
        yield Found(
            (certificate.holder, *verifiers),
            _begin_s(group),
            f"the certificate of {certificate.holder} names {listed(certificate.san)}, {known} "
            f"{name}: refused by {listed(verifiers)} with wrong_name",
            f"put {name} into the SAN, or leave certificates.{certificate.holder}.san out"
            if is_fqdn(name)
            else f"give nodes.{certificate.holder}.fqdn a name such as {certificate.holder}.example.com",
        )


def certificate_expires(facts: Facts) -> Iterator[Found]:
    """A certificate in use expires within the run."""
    for group in _grouped(facts.refused, {"certificate_expired"}, lambda each: each.fault.held):
        certificate, verifiers = group[0].fault.held, _verifiers(group)
        assert certificate is not None
        until_s = max(each.until_s for each in group)
        end = "the end of the run" if until_s >= facts.scenario.run.duration_s else _day(until_s)
        yield Found(
            (certificate.holder, *verifiers),
            _begin_s(group),
            f"the certificate of {certificate.holder} expires while in use: new connections are refused by "
            f"{listed(verifiers)} with certificate_expired until {end}",
            f"renew it and restart the service of {certificate.holder} before",
        )


def certificate_not_yet_valid(facts: Facts) -> Iterator[Found]:
    """By a verifier's clock, the validity of its peer's certificate has not begun."""
    for group in _grouped(facts.refused, {"certificate_not_yet_valid"}, lambda each: each.fault.held):
        certificate, verifiers = group[0].fault.held, _verifiers(group)
        assert certificate is not None
        yield Found(
            (certificate.holder, *verifiers),
            _begin_s(group),
            f"by the clock of {listed(verifiers)} the certificate of {certificate.holder} is not valid yet: "
            "refused with certificate_not_yet_valid",
            f"set the clock of {listed(verifiers)} (clock_offset), or issue the certificate backdated",
        )


def certificate_altered(facts: Facts) -> Iterator[Found]:
    """The signature of a certificate does not fit it, or not the issuer that it names."""
    for group in _grouped(facts.refused, {"bad_signature"}, lambda each: each.fault.held):
        certificate, verifiers = group[0].fault.held, _verifiers(group)
        assert certificate is not None
        yield Found(
            (certificate.holder, *verifiers),
            _begin_s(group),
            f"the certificate of {certificate.holder} was altered after it was signed, or forged in its issuer's name: "
            f"refused by {listed(verifiers)} with bad_signature",
            f"issue {certificate.holder} another one, from the authority itself",
        )


def root_missing(facts: Facts) -> Iterator[Found]:
    """An end lacks the root of its peer's certificate; trust on one side is not enough for mutual TLS."""
    reasons = {"untrusted_issuer", "untrusted_self_signed"}

    def lack(each: Refusal) -> Any:
        return each.fault.verifier, each.fault.held and each.fault.held.root

    for group in _grouped(facts.refused, reasons, lack):
        fault, peers = group[0].fault, tuple(dict.fromkeys(each.fault.peer for each in group))
        assert fault.held is not None
        what = "it" if fault.held.self_signed else f"the root of {fault.held.root}"
        yield Found(
            (fault.verifier, *peers),
            _begin_s(group),
            f"{fault.verifier} does not trust the certificate of {listed(peers)} ({fault.held.root})"
            f"{_other_side(facts, group[0])}: refused with {fault.reason}",
            f"import {what} on {fault.verifier}: trusted_by, or trust_certificate in the timeline",
        )


def _other_side(facts: Facts, refusal: Refusal) -> str:
    """Whether the peer trusts the verifier, who does not trust it."""
    fault, at_s = refusal.fault, refusal.from_s
    own = facts.held.in_use(fault.verifier, at_s)
    one_sided = own is not None and facts.held.trusts(fault.peer, own.root, at_s)
    return f", though {fault.peer} trusts that of {fault.verifier}" if one_sided else ""


def usage_refused(facts: Facts) -> Iterator[Found]:
    """A certificate lacks a usage that its peer demands."""

    def demand(each: Refusal) -> Any:
        held = each.fault.held
        return held and (held.holder, held.usages), _demands(facts, each)

    for group in _grouped(facts.refused, {"wrong_usage"}, demand):
        certificate, verifiers = group[0].fault.held, _verifiers(group)
        assert certificate is not None
        wanted = _demands(facts, group[0])
        yield Found(
            (certificate.holder, *verifiers),
            _begin_s(group),
            f"the certificate of {certificate.holder} is for {' and '.join(certificate.usages)}, but "
            f"{' and '.join(wanted)} is demanded: refused by {listed(verifiers)} with wrong_usage",
            f"issue it from an authority with template ComputerV3 (certificates.{certificate.holder}.template)",
        )


def _demands(facts: Facts, each: Refusal) -> tuple[str, ...]:
    fault = each.fault
    return demands(facts.held, fault.verifier, each.from_s, as_client=fault.verifier == fault.client)


def self_signed_between_many(facts: Facts) -> Iterator[Found]:
    """Self-signed certificates are in use among more than two ends of secured connections."""
    ends: dict[str, float] = {}
    for link in facts.links:
        for at_s in sorted({0.0} | facts.held.reconfigured()):
            if secured(facts.held, link, at_s):
                ends.setdefault(link.client, at_s)
                ends.setdefault(link.server, at_s)
    using = [
        (max(at_s, ends[host]), host)
        for host in sorted(ends)
        for at_s, certificate in facts.held.used[host]
        if certificate is not None and certificate.self_signed
    ]
    if using and len(ends) > SELF_SIGNED_ENDS:
        hosts = tuple(sorted({host for _, host in using}))
        yield Found(
            hosts,
            min(using)[0],
            f"self-signed certificates ({listed(hosts)}) among {len(ends)} devices: each peer has to import each of "
            "them, and again at each renewal",
            "issue certificates from one authority, and import its root once",
        )


def _grouped(refused: list[Refusal], reasons: set[str], key: Callable[[Refusal], Any]) -> list[list[Refusal]]:
    """Refusals for these reasons that one remedy settles."""
    groups: dict[Any, list[Refusal]] = {}
    for each in refused:
        if each.fault.reason in reasons:
            groups.setdefault(key(each), []).append(each)
    return list(groups.values())


def _verifiers(group: list[Refusal]) -> tuple[str, ...]:
    return tuple(sorted({each.fault.verifier for each in group}))


def _begin_s(group: list[Refusal]) -> float:
    return min(each.from_s for each in group)


def _day(at_s: float) -> str:
    return duration_text(at_s) if at_s < 86_400.0 else f"day {at_s / 86_400.0:.1f}".removesuffix(".0")
