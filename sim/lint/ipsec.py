"""The rule over IPsec policies."""

from __future__ import annotations

from collections.abc import Iterator

from sim.lint.finding import Found
from sim.lint.refusals import Facts


def ipsec_refused(facts: Facts) -> Iterator[Found]:
    """A policy requires IPsec of two nodes of which one cannot."""
    for each in facts.refused:
        if each.fault.reason == "ipsec_refused":
            client, server = each.fault.client, each.fault.server
            yield Found(
                (client, server),
                each.from_s,
                f"IPsec is required between {client} and {server}, and {each.fault.peer} cannot: it does not support "
                "it, has no policy, or its certificate fails; nothing passes between them",
                "let the policy request IPsec, exclude the node, or use one that can",
            )
