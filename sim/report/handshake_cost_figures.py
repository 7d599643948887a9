"""Figures of what handshakes, keys and certificates cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sim.report.cost_marks import NEW_LINE, Mark, ladder, lined, marks
from sim.report.crypto_rows import (
    PARTS,
    ROLES,
    Explained,
    Handshake,
    Work,
    cpu_us,
    explained,
    handshakes,
    noise_text,
    per_s,
    shown,
    works,
)
from sim.report.figure import SYMBOLS, Figure, Table, filling, plain, table
from sim.report.plot import COLOURS, Plot, Trace, blank
from sim.report.quantities import Estimate, quantity
from sim.security.cost_profile import KINDS, CostProfile

_ROLE_COLOURS: Final = dict(zip(ROLES, (COLOURS[1], COLOURS[0]), strict=True))
_ROLE_PATTERNS: Final = dict(zip(ROLES, ("/", ""), strict=True))
_KIND_SYMBOLS: Final = {"full": ("circle", "diamond"), "resumed": ("circle-open", "diamond-open")}
_PART_LOOKS: Final = {
    **dict(zip(PARTS, zip(COLOURS, ("", "/", "\\", "x"), strict=False), strict=True)),
    "all else": (COLOURS[7], "."),
}


def handshake_costs(profile: CostProfile) -> Figure:
    """CPU of both ends, by policy, key and kind; rates, bytes and round trips in the table."""
    rows = handshakes(profile)
    return Figure(
        "CPU time of one core for a mutual TLS handshake, by TLS policy and kind of key; bars: noise, measured at the "
        "server and drawn for both ends. The scale is logarithmic.",
        _handshake_plot(rows) if rows else None,
        (_handshake_table(rows), _hostile_table(profile)),
    )


def _handshake_plot(rows: Sequence[Handshake]) -> Plot:
    titles = list(dict.fromkeys(f"{row.tls} {row.key}" for row in rows))
    plot = ladder([titles], "CPU, us")
    for kind in KINDS:
        for place, role in enumerate(ROLES):
            found = [
                Mark(f"{row.tls} {row.key}", cpu_us(row.cost, role), row.cost.noise) for row in rows if row.kind == kind
            ]
            name, symbol = f"{role}, {kind}", _KIND_SYMBOLS[kind][place]
            plot.add(marks(found, name, _ROLE_COLOURS[role], symbol, "us"))
    return plot


def _handshake_table(rows: Sequence[Handshake]) -> Table:
    cells = [
        (
            row.tls,
            row.key,
            row.kind,
            shown(row.cost.client_us),
            shown(row.cost.server_us),
            noise_text(row.cost.noise),
            shown(row.cost.client_p95_us),
            shown(row.cost.server_p95_us),
            f"{row.cost.client_bytes:,}",
            f"{row.cost.server_bytes:,}",
            str(row.cost.round_trips),
            shown(per_s(row.cost.server_us)),
        )
        for row in rows
    ]
    columns = ("policy", "key", "kind", ">client, us", ">server, us", ">noise", ">client p95, us", ">server p95, us")
    sent = (">client sends, bytes", ">server sends, bytes", ">round trips", ">server: per s and core")
    return table("Handshakes", columns + sent, cells, "Medians and 95th percentiles; bytes are TLS records.")


def _hostile_table(profile: CostProfile) -> Table:
    rows = [
        (tls, key, flood.replace("_", " "), shown(cost.server_us), shown(per_s(cost.server_us)), _ended(cost.reason))
        for (tls, key, flood), cost in sorted(profile.hostile.items())
    ]
    columns = ("policy", "key", "attempt", ">server, us", ">per s and core", "ends")
    note = "No noise is kept for these: that of the full handshake is the nearest."
    return table("Hostile attempts", columns, rows, note)


def _ended(reason: str) -> str:
    return "not refused" if reason == "none" else reason.replace("_", " ")


def variation_costs(profile: CostProfile) -> Figure:
    """What one thing changes in a handshake."""
    rows = handshakes(profile, variations=True)
    cells = [
        (
            row.variation,
            f"{row.tls} {row.key} {row.kind}",
            shown(row.cost.client_us),
            signed(row.more("client")),
            shown(row.cost.server_us),
            signed(row.more("server")),
            noise_text(row.cost.noise),
            f"{row.cost.client_bytes - row.base.client_bytes:+,}",
            f"{row.cost.server_bytes - row.base.server_bytes:+,}",
        )
        for row in rows
    ]
    columns = ("variation", "of", ">client, us", ">difference, us", ">server, us", ">difference, us", ">noise")
    sent = (">client sends, bytes", ">server sends, bytes")
    return Figure(
        "What a handshake costs more or less when one thing in it is otherwise; ± is what the noise of both "
        "measurements together may explain, so a difference within it is none.",
        _variation_plot(rows) if rows else None,
        (table("Variations", columns + sent, cells),),
    )


def signed(difference: Estimate) -> str:
    """A difference with its sign and what noise may explain of it."""
    return f"{'+' if difference['mean'] > 0 else ''}{quantity(difference)}"


def _variation_plot(rows: Sequence[Handshake]) -> Plot:
    names = [lined(f"{row.variation}{NEW_LINE}{row.tls} {row.key} {row.kind}") for row in rows]
    plot = blank(110 + 44 * len(rows), barmode="group", showlegend=True)
    for role in ROLES:
        found = [row.more(role) for row in rows]
        plot.add(
            {
                "type": "bar",
                "orientation": "h",
                "x": [each["mean"] for each in found],
                "y": names,
                "name": role,
                "text": [f"{signed(each)} us" for each in found],
                "textposition": "none",
                "hovertemplate": "%{y}: %{text}",
                "marker": filling(_ROLE_COLOURS[role], _ROLE_PATTERNS[role]),
                "error_x": {"type": "data", "array": [each["half_width"] for each in found], "thickness": 1.5},
            }
        )
    plot.x_axes(title={"text": "CPU, us more"}, zeroline=True)
    plot.y_axes(type="category", categoryorder="array", categoryarray=names[::-1])
    return plot


def explained_shares(profile: CostProfile) -> Figure:
    """How much of a handshake its primitives are."""
    rows = explained(profile)
    cells = [
        (
            row.title,
            row.role,
            *(shown(row.parts_us[part]) for part in PARTS),
            shown(sum(row.parts_us.values())),
            shown(row.total_us),
            quantity(row.share, "%", 100),
        )
        for row in rows
    ]
    columns = ("handshake", "end", *(f">{part}, us" for part in PARTS), ">sum, us", ">handshake, us", ">share")
    return Figure(
        "A full mutual TLS 1.3 handshake with chains of two certificates, divided by its primitives, each measured "
        "alone: own signature, the peer's certificate and signature verified, key exchange. The rest is what the "
        "library does besides: reading certificates, making key objects, hashing what was said.",
        _explained_plot([row for row in rows if not row.variation]) if rows else None,
        (table("Shares", columns, cells),),
        "± is what the noise of the handshake and of all its primitives together may explain.",
    )


def _explained_plot(rows: Sequence[Explained]) -> Plot:
    names = [plain(f"{row.title}, {row.role}") for row in rows]
    plot = blank(120 + 26 * len(rows), showlegend=True)
    for part, (colour, pattern) in _PART_LOOKS.items():
        shares = [100 * _part_us(row, part) / row.total_us for row in rows]
        plot.add(_share_bars(shares, names, part, colour, pattern))
    plot.x_axes(title={"text": "share of its CPU, %"}, rangemode="tozero")
    plot.y_axes(type="category", categoryorder="array", categoryarray=names[::-1])
    return plot


def _share_bars(shares: list[float], names: list[str], part: str, colour: str, pattern: str) -> Trace:
    return {
        "type": "bar",
        "orientation": "h",
        "x": shares,
        "y": names,
        "name": part,
        "hovertemplate": "%{y}: %{x:.1f} %",
        "marker": filling(colour, pattern),
    }


def _part_us(row: Explained, part: str) -> float:
    """A primitive; or what is left, nothing where noise makes the primitives exceed the whole."""
    return row.parts_us[part] if part in row.parts_us else max(row.total_us - sum(row.parts_us.values()), 0.0)


def work_costs(profile: CostProfile) -> Figure:
    """Keys, signatures, requests, certificates, lists."""
    rows = works(profile)
    cells = [
        (
            row.what,
            row.of,
            shown(row.cost.us),
            noise_text(row.cost.noise),
            shown(per_s(row.cost.us)),
            f"{row.cost.output_bytes:,}" if row.cost.output_bytes else "",
        )
        for row in rows
    ]
    columns = ("work", "of", ">us", ">noise", ">per s and core", ">makes, bytes")
    return Figure(
        "CPU time of one core for work with keys and certificates: of a signing key, and below of key exchanges and "
        "revocation lists. The scale is logarithmic.",
        _work_plot(rows) if rows else None,
        (table("Work", columns, cells),),
        "A noise of - is not known: such work was done in one round alone.",
    )


def _work_plot(rows: Sequence[Work]) -> Plot:
    signing = {row.of for row in rows if row.what == "sign"}
    of_keys, others = ([row for row in rows if (row.of in signing) == of_key] for of_key in (True, False))
    lines = [list(dict.fromkeys(row.of for row in of_keys)), [row.title for row in others]]
    plot = ladder(lines, "CPU, us", titles=("signing keys", "exchanges and lists"))
    for place, what in enumerate(dict.fromkeys(row.what for row in of_keys)):
        found = [Mark(row.of, row.cost.us, row.cost.noise) for row in of_keys if row.what == what]
        plot.add(marks(found, what, COLOURS[place % len(COLOURS)], SYMBOLS[place % len(SYMBOLS)], "us"))
    found = [Mark(row.title, row.cost.us, row.cost.noise) for row in others]
    plot.add(marks(found, "other work", COLOURS[6], SYMBOLS[0], "us", showlegend=False), panel=2)
    return plot
