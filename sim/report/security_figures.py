"""Figures of connections, certificates and events."""

from __future__ import annotations

from math import sqrt
from typing import Any, Final

import polars as pl

from sim import vocabulary
from sim.analysis.breakdowns import certificates as certificate_table
from sim.analysis.breakdowns import connections, event_counts, of_first_replication
from sim.analysis.series import MOST_BINS
from sim.report.figure import OUTCOMES, SYMBOLS, Figure, Material, Table, filling, plain, table
from sim.report.plot import COLOURS, Plot, Trace, blank
from sim.report.quantities import quantity

EVENTS_LISTED: Final = 200
CERTIFICATES_DRAWN: Final = 30
_LEVEL_STYLES: Final = dict(
    zip(
        vocabulary.EVENT_LEVELS,
        ((COLOURS[0], SYMBOLS[0]), (COLOURS[4], SYMBOLS[3]), (COLOURS[1], SYMBOLS[4])),
        strict=True,
    )
)


def handshakes(material: Material) -> Figure:
    """Calls by connection and outcome, verdicts, hostile attempts."""
    found = connections(material.window)
    bars = [row | {"title": _title(row)} for row in found.iter_rows(named=True)]
    columns = ("connection", "outcome", "reason", ">calls")
    rows = [(row["connection"], row["outcome"].replace("_", " "), _reason(row), quantity(row)) for row in bars]
    return Figure(
        "Calls of a replication by how they came by their connection to the UM service (none, a full handshake, a "
        "resumed session, an open connection) and how they ended, ± half of the 95 % interval.",
        _handshake_plot(bars) if bars else None,
        (table("Calls by connection, outcome and reason", columns, rows), _verdicts(material), _hostile(material)),
        "Where nothing is secured, a full handshake is a TCP connect.",
    )


def _title(row: dict[str, Any]) -> str:
    reason = "" if row["reason"] in {"none", "unfinished"} else f", {row['reason'].replace('_', ' ')}"
    return f"{row['connection']}: {row['outcome'].replace('_', ' ')}{reason}"


def _reason(row: dict[str, Any]) -> str:
    return "" if row["reason"] == "none" else row["reason"].replace("_", " ")


def _handshake_plot(bars: list[dict[str, Any]]) -> Plot:
    plot = blank(90 + 36 * len(bars), showlegend=False)
    for outcome, (colour, pattern) in OUTCOMES.items():
        rows = [row for row in bars if row["outcome"] == outcome]
        if rows:
            plot.add(_handshake_bars(rows, outcome.replace("_", " "), filling(colour, pattern)))
    plot.x_axes(title={"text": "calls of a replication"}, rangemode="tozero")
    titles = [row["title"] for row in reversed(bars)]
    plot.y_axes(type="category", categoryorder="array", categoryarray=titles)
    return plot


def _handshake_bars(rows: list[dict[str, Any]], name: str, marker: dict[str, Any]) -> Trace:
    return {
        "type": "bar",
        "x": [row["mean"] for row in rows],
        "y": [row["title"] for row in rows],
        "orientation": "h",
        "name": name,
        "text": [f" {quantity(row)} " for row in rows],
        "textposition": "auto",
        "textangle": 0,
        "cliponaxis": False,
        "hovertemplate": "%{y}: %{text}<extra></extra>",
        "marker": marker,
    }


def _verdicts(material: Material) -> Table:
    """What the ends of each connection thought of each other, in the first complete replication."""
    judged = of_first_replication(material.window, "verdicts").sort("time_s", "connection", "client", "server")
    rows = [
        (
            material.clock(row["time_s"]),
            row["connection"],
            f"{row['client']} \N{RIGHTWARDS ARROW} {row['server']}",
            "accepted" if row["accepted"] else f"refused: {_reason(row)}",
            row["refused_by"],
            f"{row['openssl_error']}: {row['openssl_text']}" if row["openssl_error"] else "",
            row["alert"],
        )
        for row in judged.head(EVENTS_LISTED).iter_rows(named=True)
    ]
    columns = ("since (UTC)", "connection", "ends", "verdict", "refused by", "OpenSSL", "alert seen by the other end")
    note = f"The first {EVENTS_LISTED}." if len(rows) == EVENTS_LISTED else ""
    return table("Verdicts on connections, first complete replication", columns, rows, note)


def _hostile(material: Material) -> Table:
    rows = [
        (row["flood"], "not refused" if row["reason"] == "none" else row["reason"].replace("_", " "), quantity(row))
        for row in material.measures.filter(pl.col("measure") == "hostile.attempts").iter_rows(named=True)
    ]
    return table("Hostile attempts of a replication", ("attacker", "ended", ">attempts"), rows)


def certificates(material: Material) -> Figure:
    """When certificates were valid and in use."""
    every = certificate_table(material.window).sort("not_after_s", "node", "serial")
    rows = [
        (
            row["node"],
            row["serial"],
            row["subject"],
            row["issuer"],
            row["key"],
            material.clock(row["not_before_s"]),
            material.clock(row["not_after_s"]),
            f"{material.clock(row['in_use_from_s'])} to {material.clock(row['in_use_to_s'])}"
            if row["in_use_from_s"] is not None
            else "never",
            row["thumbprint"],
        )
        for row in every.iter_rows(named=True)
    ]
    validity = ("valid from (UTC)", "valid until (UTC)", "in use (UTC)")
    columns = ("node", "serial number", "subject", "issuer", "key", *validity, "thumbprint (SHA-1)")
    return Figure(
        "Light bars: when a certificate is valid. Dark bars: when handshakes were judged with it. Crosses: where it "
        "expires within the run.",
        _certificate_plot(material, every.head(CERTIFICATES_DRAWN)) if rows else None,
        (table("Certificates, first complete replication", columns, rows),),
        f"The {CERTIFICATES_DRAWN} that expire first of {len(rows)}." if len(rows) > CERTIFICATES_DRAWN else "",
    )


def _certificate_plot(material: Material, rows: pl.DataFrame) -> Plot:
    end_s = material.end_s
    names = [f"{plain(row['node'])}, {plain(row['serial'][:8])}" for row in rows.iter_rows(named=True)]
    spans = {
        "valid": ("not_before_s", "not_after_s", {"color": "#a9cfe8", "width": 16}),
        "in use": ("in_use_from_s", "in_use_to_s", {"color": COLOURS[0], "width": 6}),
    }
    plot = blank(130 + 30 * len(names))
    for title, (begin, end, line) in spans.items():
        x: list[str | None] = []
        y: list[str | None] = []
        for name, begin_s, until_s in zip(names, rows[begin], rows[end], strict=True):
            if begin_s is not None and until_s >= 0 and begin_s <= end_s:
                x += [material.instant(max(begin_s, 0.0)), material.instant(min(until_s, end_s)), None]
                y += [name, name, None]
        plot.add(
            {
                "type": "scatter",
                "x": x,
                "y": y,
                "name": title,
                "mode": "lines",
                "line": line,
                "hovertemplate": "%{y}: %{x}",
            }
        )
    expired = [(name, at_s) for name, at_s in zip(names, rows["not_after_s"], strict=True) if 0 <= at_s <= end_s]
    plot.add(
        {
            "type": "scatter",
            "x": [material.instant(at_s) for _, at_s in expired],
            "y": [name for name, _ in expired],
            "name": "expires",
            "mode": "markers",
            "marker": {"symbol": "x", "size": 12, "color": COLOURS[1], "line": {"width": 1, "color": "white"}},
            "hovertemplate": "%{y} expires %{x}<extra></extra>",
        }
    )
    plot.x_axes(type="date", range=[material.instant(-0.02 * end_s), material.instant(1.02 * end_s)])
    plot.y_axes(type="category", categoryorder="array", categoryarray=names[::-1])
    return plot


def events(material: Material) -> Figure:
    """What was logged and when."""
    counts = event_counts(material.window)
    logged = of_first_replication(material.window, "events").sort("time_s", maintain_order=True)
    rows = [
        (
            material.clock(row["time_s"]),
            row["level"],
            row["node"] or "deployment",
            row["event"].replace("_", " "),
            str(row["windows_event_id"] or ""),
            row["message"],
        )
        for row in logged.head(EVENTS_LISTED).iter_rows(named=True)
    ]
    of_kind = [(row["event"].replace("_", " "), row["level"], quantity(row)) for row in counts.iter_rows(named=True)]
    listed = (
        f"The first {EVENTS_LISTED} of {logged.height}; `umtwin events` prints all."
        if logged.height > EVENTS_LISTED
        else ""
    )
    return Figure(
        "Events of the first complete replication, warm-up included; the larger a mark, the more events at that time.",
        _event_plot(material, logged) if rows else None,
        (
            table(
                "Event log, first complete replication",
                ("time (UTC)", "level", "node", "event", "id", "message"),
                rows,
                listed,
            ),
            table("Events of a replication", ("event", "level", ">events"), of_kind),
        ),
    )


def _event_plot(material: Material, logged: pl.DataFrame) -> Plot:
    bin_s = max(material.end_s / MOST_BINS, 1e-3)
    middle_s = ((pl.col("time_s") / bin_s).floor() * bin_s).alias("at_s")
    marks = logged.group_by(middle_s, "event", "level", maintain_order=True).agg(pl.len().alias("events"))
    present = set(marks["event"].to_list())
    names = [name for name in vocabulary.EVENTS if name in present]
    plot = blank(130 + 28 * len(names), showlegend=True)
    for level, (colour, symbol) in _LEVEL_STYLES.items():
        of_level = marks.filter(pl.col("level") == level)
        if of_level.is_empty():
            continue
        plot.add(
            {
                "type": "scatter",
                "x": [material.instant(at_s) for at_s in of_level["at_s"]],
                "y": [plain(name.replace("_", " ")) for name in of_level["event"]],
                "customdata": of_level["events"].to_list(),
                "name": level,
                "mode": "markers",
                "marker": {
                    "color": colour,
                    "symbol": symbol,
                    "opacity": 0.8,
                    "size": [min(8 + 3 * sqrt(count - 1), 22) for count in of_level["events"]],
                },
                "hovertemplate": "%{x}: %{customdata} of: %{y}",
            }
        )
    plot.x_axes(type="date", range=[material.instant(-0.02 * material.end_s), material.instant(1.02 * material.end_s)])
    titles = [name.replace("_", " ") for name in reversed(names)]
    plot.y_axes(type="category", categoryorder="array", categoryarray=titles)
    return plot
