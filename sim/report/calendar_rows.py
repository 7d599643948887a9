"""Rows of the certificate calendar, for the terminal, the page and JSON alike."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from sim.analysis.statistics import Estimate
from sim.calendar.books import Break, Calendar, Use
from sim.calendar.estimates import PolicyEstimate
from sim.report.quantities import instant_text, quantity
from sim.scenario.public_authorities import Rule

BREAK_COLUMNS: Final = (
    "from",
    "until",
    "certificate of",
    "refused by",
    "reason",
    ">calls over it",
    ">lost",
    "fallback",
)
POLICY_COLUMNS: Final = ("policy", "first refused", ">min of outage a year", ">calls lost", ">renewals a year")
RULE_COLUMNS: Final = ("issued from", "authority", "rule", "source")
USE_COLUMNS: Final = ("certificate of", "issuer", "in use from", "until", "expires", "usages")


def clock(calendar: Calendar, at_s: float) -> str:
    """An instant in UTC to the minute; before the epoch ``from the start``, beyond the calendar ``open``."""
    if at_s <= 0.0:
        return "from the start"
    return "open" if at_s > calendar.end_s else instant_text(calendar.epoch, at_s)[:16]


def percent(share: float) -> str:
    """A share in percent with three significant digits."""
    return f"{100.0 * share:.3g} %"


def break_row(calendar: Calendar, each: Break) -> tuple[str, ...]:
    """What BREAK_COLUMNS names."""
    others = dict.fromkeys(end for hop in each.hops for end in hop if end != each.host)
    shown = ", ".join([*others][:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
    takes = "no calls" if not each.share else "takes all" if each.has_fallback else "none"
    if each.share and 0.0 < each.lost < each.share * 0.999:
        takes = "takes some"
    until = clock(calendar, each.until_s)
    return (
        *(clock(calendar, each.from_s), until, each.host, shown, each.reason),
        *(percent(each.share), percent(each.lost), takes),
    )


def policy_row(calendar: Calendar, each: PolicyEstimate) -> tuple[str, ...]:
    """What POLICY_COLUMNS names, each estimate with its 95 % interval."""
    first = "never"
    if not math.isnan(each.first_s.mean):
        about = f" ± {(each.first_s.half_width or 0.0) / 86_400.0:.1f} d" if each.first_s.half_width else ""
        first = f"{instant_text(calendar.epoch, each.first_s.mean)[:10]}{about}"
    figures = (_text(each.outage_min), _text(each.lost, "%", 100.0), _text(each.renewals))
    return (each.policy, first, *figures)


def _text(estimate: Estimate, unit: str = "", scale: float = 1.0) -> str:
    return quantity(asdict(estimate), unit, scale)


def rule_row(rule: Rule) -> tuple[str, ...]:
    """What RULE_COLUMNS names."""
    what = f"valid for at most {rule.value_d} days" if rule.what == "validity" else "no clientAuth"
    return f"{rule.since:%Y-%m-%d}", "all" if rule.brand == "any" else rule.brand, what, rule.source


def use_row(calendar: Calendar, use: Use) -> tuple[str, ...]:
    """What USE_COLUMNS names."""
    held = use.held
    times = (clock(calendar, use.from_s), clock(calendar, use.until_s))
    ends = instant_text(calendar.epoch, held.not_after_s)[:16]
    return held.holder, "itself" if held.self_signed else held.root, *times, ends, ", ".join(held.usages)


def years(calendar: Calendar) -> list[int]:
    """The calendar years that the calendar touches."""
    last = calendar.epoch + timedelta(seconds=calendar.end_s)
    return list(range(calendar.epoch.year, last.year + 1))


def renewal_rows(calendar: Calendar) -> Iterator[tuple[str, ...]]:
    """Issuer and new certificates by year, with a line for all."""
    found = calendar.renewals
    for issuer, by_year in found.items():
        yield issuer, *(f"{by_year[year]:,}" for year in years(calendar))
    if len(found) > 1:
        yield "all", *(f"{sum(each[year] for each in found.values()):,}" for year in years(calendar))


def document(calendar: Calendar) -> dict[str, Any]:
    """The calendar as ``--json`` prints it, of JSON's types alone; instants are s since the epoch, null for none."""
    first = calendar.first
    return {
        "scenario": calendar.scenario.name,
        "epoch": calendar.epoch.isoformat(),
        "end_s": calendar.end_s,
        "first_break_s": first.from_s if first else None,
        "lost_share": calendar.lost_share,
        "breaks": [_finite(asdict(each)) for each in calendar.breaks],
        "lost": [list(step) for step in calendar.lost],
        "renewals": {issuer: {str(year): n for year, n in each.items()} for issuer, each in calendar.renewals.items()},
        "estimates": [_finite(asdict(each)) for each in calendar.estimates],
        "rules": [rule_row(rule) for rule in calendar.rules],
        "certificates": [
            _finite(
                asdict(use.held) | {"faults": sorted(use.held.faults), "from_s": use.from_s, "until_s": use.until_s}
            )
            for use in calendar.uses
        ],
    }


def _finite(value: Any) -> Any:
    """JSON knows neither infinity nor NaN."""
    if isinstance(value, dict):
        return {key: _finite(below) for key, below in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(below) for below in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
