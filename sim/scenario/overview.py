"""A scenario at a glance, for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sim import markup
from sim.units import duration_text

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

_ENTRIES_SHOWN: Final = 8


def overview(scenario: Scenario) -> str:
    """The scenario as HTML: what it is called, how it is played, its nodes, dial plans and populations."""
    run = scenario.run
    parts = [
        markup.heading(scenario.name, scenario.description),
        markup.table(
            ("from", "for", "warm-up", "replications", "seed", "events", "expectations", "hash"),
            [
                (
                    f"{run.epoch:%Y-%m-%d %H:%M} UTC",
                    duration_text(run.duration_s),
                    duration_text(run.warm_up_s),
                    run.replications,
                    run.seed,
                    len(scenario.timeline),
                    len(scenario.expect),
                    scenario.hash()[:8],
                )
            ],
        ),
    ]
    resolved = scenario.resolved()
    for key, title in (("nodes", "node"), ("dial_plans", "dial plan"), ("populations", "population")):
        rows = [(name, _said(below)) for name, below in resolved[key].items()]
        parts += [markup.table((title, ""), rows)] if rows else []
    return "".join(parts)


def _said(value: object) -> str:
    """A value of the resolved scenario on one line, in the manner of the file."""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_inner(below)}" for key, below in value.items())
    if isinstance(value, list):
        more = [f"{len(value) - _ENTRIES_SHOWN} more"] if len(value) > _ENTRIES_SHOWN else []
        return ", ".join([*map(_inner, value[:_ENTRIES_SHOWN]), *more])
    return str(value).lower() if isinstance(value, bool) else str(value)


def _inner(value: object) -> str:
    """The same inside of something else."""
    if isinstance(value, dict):
        return f"{{{_said(value)}}}"
    return f"[{_said(value)}]" if isinstance(value, list) else _said(value)
