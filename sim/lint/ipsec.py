"""The rule over IPsec policies."""

from __future__ import annotations

from collections.abc import Iterator

from sim.lint.finding import Found
from sim.lint.refusals import Facts
from sim.scenario.ipsec import policy_between

_BLOCKED = (
    "an IPsec policy blocks SIP between {0} and {1}: no call passes between them",
    "take what the dial plan's mode uses out of the policy's blocks, or exclude the node",
)
_UNABLE = (
    "IPsec is required between {0} and {1}, and {2} cannot: no support, no policy, or a certificate that fails",
    "let the policy request IPsec, exclude the node, or use one that can",
)


def ipsec_refused(facts: Facts) -> Iterator[Found]:
    """A policy blocks what two nodes say to each other, or requires IPsec of them, and one cannot."""
    for each in facts.refused:
        if each.fault.reason == "ipsec_refused":
            client, server = each.fault.client, each.fault.server
            policy = policy_between(facts.scenario.ipsec, client, server)
            blocks = policy is not None and bool(policy.blocks)
            why, remedy = _BLOCKED if blocks else _UNABLE
            yield Found((client, server), each.from_s, why.format(client, server, each.fault.peer), remedy)
