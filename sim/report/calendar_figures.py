"""The figures of the certificate calendar, in order: ``CALENDAR_FIGURES["Calls lost"](calendar)``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from sim.calendar.books import Calendar, Use
from sim.calendar.estimates import REPLICATIONS
from sim.report import calendar_rows as rows
from sim.report.figure import Figure, filling, plain, table
from sim.report.plot import COLOURS, Plot, blank

_BOTH, _SERVER_ONLY = "for servers and clients", "for servers alone"
_LOOKS: Final = {_BOTH: (COLOURS[0], ""), _SERVER_ONLY: (COLOURS[1], "/")}
_PATTERNS: Final = ("", "/", "\\", ".", "x")


def calls_lost(calendar: Calendar) -> Figure:
    """Share of all calls lost over time, and what breaks when."""
    lines = [rows.break_row(calendar, each) for each in calendar.breaks]
    return Figure(
        "Share of all calls that fail because a certificate is refused, while nobody repairs more than the policies "
        "say. Calls that another server of their dial plan takes are not lost.",
        _lost_plot(calendar) if any(share for _, share in calendar.lost) else None,
        (table("What breaks", rows.BREAK_COLUMNS, lines),),
    )


def _lost_plot(calendar: Calendar) -> Plot:
    plot = blank(320, showlegend=False)
    steps = [step for step in calendar.lost if step[0] <= calendar.end_s]
    steps.append((calendar.end_s, steps[-1][1]))
    plot.add(
        {
            "type": "scatter",
            "mode": "lines",
            "line": {"shape": "hv", "color": COLOURS[1], "width": 2},
            "fill": "tozeroy",
            "fillcolor": "rgba(213, 94, 0, 0.15)",
            "x": [_instant(calendar, at_s) for at_s, _ in steps],
            "y": [100.0 * share for _, share in steps],
            "hovertemplate": "%{x|%Y-%m-%d %H:%M}: %{y:.3g} % lost<extra></extra>",
        }
    )
    _dates(plot, calendar)
    plot.y_axes(title={"text": "calls lost, %"}, rangemode="tozero")
    return plot


def certificates(calendar: Calendar) -> Figure:
    """Every certificate in use, in the line of its host."""
    return Figure(
        "Every certificate while it is in use, in the line of its host; what it is for decides its colour.",
        _certificate_plot(calendar) if calendar.uses else None,
        (table("Certificates in use", rows.USE_COLUMNS, [rows.use_row(calendar, use) for use in calendar.uses]),),
    )


def _certificate_plot(calendar: Calendar) -> Plot:
    hosts = sorted({use.held.holder for use in calendar.uses})
    plot = blank(130 + 17 * len(hosts), showlegend=True, bargap=0.25, barmode="overlay")
    plot.layout["legend"] |= {"y": 1.0, "yanchor": "bottom"}
    for kind, (colour, pattern) in _LOOKS.items():
        uses = [use for use in calendar.uses if (kind == _BOTH) == ("clientAuth" in use.held.usages)]
        if uses:
            plot.add(
                {
                    "type": "bar",
                    "orientation": "h",
                    "name": kind,
                    "y": [plain(use.held.holder) for use in uses],
                    "base": [_instant(calendar, max(use.from_s, 0.0)) for use in uses],
                    "x": [1_000.0 * _length_s(calendar, use) for use in uses],
                    "text": [f"{plain(use.held.root)}, expires {rows.use_row(calendar, use)[4]}" for use in uses],
                    "textposition": "none",
                    "hovertemplate": "%{y}: %{text}",
                    "marker": filling(colour, pattern) | {"line": {"width": 1, "color": "white"}},
                }
            )
    _dates(plot, calendar)
    plot.y_axes(type="category", categoryorder="array", categoryarray=[plain(host) for host in reversed(hosts)])
    plot.y_axes(tickfont={"size": 10}, dtick=1)
    return plot


def _length_s(calendar: Calendar, use: Use) -> float:
    return min(use.until_s, calendar.end_s) - max(use.from_s, 0.0)


def renewals(calendar: Calendar) -> Figure:
    """New certificates a year, by issuer."""
    titles = ("new certificates of", *(f">{year}" for year in rows.years(calendar)))
    return Figure(
        "New certificates that came into use, by issuer and year. The first and the last year may be parts of one.",
        _renewal_plot(calendar) if calendar.renewals else None,
        (
            table("Renewals a year", titles, rows.renewal_rows(calendar)),
            table("Rules of public authorities", rows.RULE_COLUMNS, [rows.rule_row(each) for each in calendar.rules]),
        ),
    )


def _renewal_plot(calendar: Calendar) -> Plot:
    plot = blank(340, showlegend=True)
    for place, (issuer, by_year) in enumerate(calendar.renewals.items()):
        plot.add(
            {
                "type": "bar",
                "name": plain(issuer),
                "x": [str(year) for year in by_year],
                "y": list(by_year.values()),
                "hovertemplate": "%{x}: %{y} new certificates",
                "marker": filling(COLOURS[place % len(COLOURS)], _PATTERNS[place % len(_PATTERNS)]),
            }
        )
    plot.x_axes(type="category")
    plot.y_axes(title={"text": "new certificates"})
    return plot


def policies(calendar: Calendar) -> Figure:
    """Calls lost under each policy, with intervals."""
    lines = [rows.policy_row(calendar, each) for each in calendar.estimates]
    return Figure(
        f"Share of all calls lost under the policies as written and under others, means of {REPLICATIONS} schedules "
        "with drawn jitter, times to detect and to repair; bars: 95 % intervals. The scale is logarithmic.",
        _policy_plot(calendar) if any(each.lost.mean for each in calendar.estimates) else None,
        (table("Renewal policies", rows.POLICY_COLUMNS, lines),),
    )


def _policy_plot(calendar: Calendar) -> Plot:
    found = [each for each in calendar.estimates if each.lost.mean]
    plot = blank(110 + 30 * len(found), showlegend=False)
    plot.add(
        {
            "type": "scatter",
            "mode": "markers",
            "x": [100.0 * each.lost.mean for each in found],
            "y": [plain(each.policy) for each in found],
            "error_x": {"type": "data", "array": [100.0 * (each.lost.half_width or 0.0) for each in found]},
            "marker": {"color": COLOURS[0], "size": 10},
            "hovertemplate": "%{y}: %{x:.3g} % lost<extra></extra>",
        }
    )
    plot.x_axes(type="log", title={"text": "calls lost, %"}, exponentformat="none")
    plot.y_axes(type="category", autorange="reversed")
    return plot


def _instant(calendar: Calendar, at_s: float) -> str:
    return (calendar.epoch + timedelta(seconds=at_s)).replace(tzinfo=None).isoformat()


def _dates(plot: Plot, calendar: Calendar) -> None:
    plot.x_axes(type="date", range=[_instant(calendar, 0.0), _instant(calendar, calendar.end_s)])


CALENDAR_FIGURES: Final[dict[str, Callable[[Calendar], Figure]]] = {
    "Calls lost": calls_lost,
    "Certificates": certificates,
    "Renewals": renewals,
    "Policies": policies,
}
"""By heading of the page and of docs/certificates.md."""
