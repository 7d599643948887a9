"""The rules, and what they find in a scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from sim.lint import certificates, deployment, interoperability, ipsec, servers
from sim.lint.finding import SEVERITIES, Finding, Found
from sim.lint.refusals import Facts, facts
from sim.scenario.schema import Scenario


@dataclass(frozen=True)
class Rule:
    """A rule: its severity (finding.SEVERITIES), and the function that finds; its name is the function's."""

    severity: str
    find: Callable[[Facts], Iterator[Found]]

    @property
    def name(self) -> str:
        """As findings and docs/lint.md show it."""
        return self.find.__name__


RULES: Final = (
    Rule("error", deployment.plan_without_servers),
    Rule("error", deployment.mode_mismatch),
    Rule("error", deployment.gateway_port),
    Rule("error", servers.mixed_modes),
    Rule("error", servers.server_mode),
    Rule("error", servers.too_many_gateways),
    Rule("error", deployment.gateway_not_listed),
    Rule("error", deployment.protocol_mismatch),
    Rule("error", certificates.no_certificate),
    Rule("error", certificates.root_missing),
    Rule("error", certificates.certificate_altered),
    Rule("error", certificates.name_missing),
    Rule("error", certificates.usage_refused),
    Rule("error", certificates.certificate_expires),
    Rule("error", certificates.certificate_not_yet_valid),
    Rule("error", ipsec.ipsec_refused),
    Rule("warning", deployment.gateway_without_fqdn),
    Rule("warning", deployment.gateway_administration),
    Rule("warning", certificates.self_signed_between_many),
    Rule("warning", interoperability.interoperability),
    Rule("warning", servers.product_unsupported),
    Rule("information", deployment.no_fallback),
    Rule("information", deployment.unused_node),
)
"""Every rule, in the order of docs/lint.md."""


def lint(scenario: Scenario) -> list[Finding]:
    """What is wrong with a scenario's deployment: findings by severity, then time, then rule and nodes.

    Nothing is simulated: no call, no handshake, no clock. An error means that calls or messages will be refused.
    """
    known = facts(scenario)
    found = {Finding(rule.name, rule.severity, *each): None for rule in RULES for each in rule.find(known)}
    order = {severity: place for place, severity in enumerate(SEVERITIES)}
    return sorted(found, key=lambda each: (order[each.severity], each.at_s, each.rule, each.nodes, each.message))
