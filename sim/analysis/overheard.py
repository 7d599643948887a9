"""What eavesdroppers overheard: read from what protected each call, and from the links that they tap."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from sim import vocabulary
from sim.analysis.played import deployment, named
from sim.results import Results
from sim.scenario.ipsec import IpsecPolicy, tunnelled
from sim.scenario.trusted_lans import shielded

_CARRIED: Final = {
    "signalling": "signalling",
    "voice": "media",
    "message": "submission",
    "fax": "media",
    "session": "signalling",
}
"""What there is to overhear (vocabulary.OVERHEARD), and the column of the calls that tells its protection."""

_PAGES: Final = (pl.col("call_class") == "fax") & (pl.col("reason") != "fax_not_received")
"""Whether a call carried pages of a fax, or was to carry them, instead of voice."""


def overheard_calls(results: Results) -> pl.LazyFrame:
    """What passed in clear over a tapped link, of answered calls and delivered messages.

    A row for each call and each thing of it that one eavesdropper overheard: the call's columns beside
    ``eavesdropper`` and ``what``.
    """
    scenario = results.manifest.scenario
    calls, taps, nodes = results.table("calls"), taps_of(scenario), scenario.get("nodes", {})
    played = deployment(results) if taps else None
    hub, router = (named("server", names) for names in ((played.hub_of, played.router_of) if played else ({}, {})))
    frames = [_heard(calls.filter(pl.lit(value=False)), "", "")]
    for name, links in taps.items():
        for ends in links:
            on_call = pl.col("gateway").is_in(ends) & pl.col("server").is_in(ends)
            redirected = pl.col("gateway").is_in(ends) & router.is_in(ends) & (pl.col("call_class") != "play_on_phone")
            on_message = pl.col("server").is_in(ends) & hub.is_in(ends)
            for what, column in _CARRIED.items():
                if what == "session" and not nodes[name].get("on_path"):
                    continue
                passed = {
                    "signalling": on_call | redirected,
                    "voice": on_call & ~_PAGES,
                    "message": on_message,
                    "fax": on_call & _PAGES,
                    "session": on_call | redirected,
                }[what]
                frames.append(_heard(calls.filter(passed & (pl.col(column) == "clear")), name, what))
    return pl.concat(frames)


def _heard(calls: pl.LazyFrame, eavesdropper: str, what: str) -> pl.LazyFrame:
    return calls.with_columns(eavesdropper=pl.lit(eavesdropper), what=pl.lit(what))


def taps_of(scenario: dict[str, Any]) -> dict[str, tuple[tuple[str, str], ...]]:
    """By eavesdropper of a run's scenario: the links that it taps, and that no trusted LAN or tunnel keeps from it."""
    lans = scenario.get("trusted_lans", {})
    policies = tuple(IpsecPolicy.model_validate(policy, strict=False) for policy in scenario.get("ipsec", ()))

    def reached(name: str, near: str, far: str) -> bool:
        hidden = tunnelled(policies, near, far) and not scenario["nodes"][name].get("within_site")
        return not (hidden or shielded(lans, name, (near, far)))

    return {
        name: tuple((near, far) for near, far in node["taps"] if reached(name, near, far))
        for name, node in sorted(scenario.get("nodes", {}).items())
        if node["kind"] == "eavesdropper"
    }


assert tuple(_CARRIED) == vocabulary.OVERHEARD
