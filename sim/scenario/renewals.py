"""Who renews certificates, when, and how a new one comes into use."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from sim import units
from sim.scenario.fields import Duration, Spec

Lead = Annotated[Duration, Field(gt=0.0, le=10 * units.YEAR_S)]
Span = Annotated[Duration, Field(ge=0.0, le=units.YEAR_S)]


class RenewalPolicy(Spec):
    """How the certificates of a node are renewed.

    The defaults of ``detect`` and ``repair`` are Keyfactor's survey of 2024, as others quote it; all else is ours.
    """

    lead_time_s: Lead = 30 * 86_400.0
    """Renewed so long before expiry; never before half of the validity that a renewal gets has passed."""
    jitter_s: Span = 0.0
    """A renewal comes later than that by a random time, any up to this one alike."""
    activation: Literal["hot_reload", "restart", "manual"] = "restart"
    """A new certificate comes into use at once, by a restart of the service, or when somebody repairs the outage."""
    detect_s: Span = 2.6 * 3_600.0
    """Mean time until an outage is noticed (exponential)."""
    repair_s: Span = 2.7 * 3_600.0
    """Mean time from there until it is repaired (exponential)."""
    fallback: str | None = None
    """Authority that issues when a repair needs clientAuth that the node's own leaves out; None: it stays broken."""


ALL = "all"
"""The name whose policy is that of every host without one of its own, and the base of all others."""


def complete(policies: Any) -> Any:
    """Each policy as written over that of ``all``; what is no mapping is left for the checks to complain of."""
    if not isinstance(policies, dict):
        return policies
    base = policies.get(ALL)
    if not isinstance(base, dict):
        return policies
    return {name: base | own if isinstance(own, dict) else own for name, own in policies.items()}
