"""Figures of what protecting media costs: SRTP, and ESP beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sim.codecs import CODECS, RTP_HEADER_BYTES
from sim.report.cost_marks import NEW_LINE, Mark, ladder, lined, marks
from sim.report.crypto_rows import Packets, noise_text, packets, payload_bit_per_s, per_s, shown
from sim.report.figure import SYMBOLS, Figure, filling, plain, table
from sim.report.plot import COLOURS, Plot
from sim.security.cost_profile import CostProfile
from sim.security.costs import PacketCost

UDP_HEADER_BYTES: Final = 8
"""RFC 768."""
_OPERATIONS: Final = {"protect": "", "unprotect": "-open"}
"""What is done with a packet, and the style of its mark."""
_WAYS: Final = {
    "limit of the primitives": ("limit_us", COLOURS[2], SYMBOLS[1]),
    "C library": ("library_us", COLOURS[1], SYMBOLS[2]),
    "from Python": ("us", COLOURS[0], SYMBOLS[0]),
    "naive": ("naive_us", COLOURS[7], SYMBOLS[4]),
}
"""Ways of handling a packet: its figure in a profile, colour and symbol, the fastest first."""
_SIZE_LOOKS: Final = {"payload": (COLOURS[2], ""), "RTP and UDP": (COLOURS[5], "/"), "protection": (COLOURS[1], "x")}
"""Parts of a packet, with colour and pattern."""
_BARE: Final = "RTP alone"


def packet_costs(profile: CostProfile) -> Figure:
    """CPU of a packet, by suite, codec, direction and way."""
    srtp, esp = packets(profile.srtp), packets(profile.esp)
    rows = [_cells("SRTP", each, operation) for each in srtp for operation in _OPERATIONS]
    rows += [_cells("ESP", each, operation) for each in esp for operation in _OPERATIONS]
    columns = ("by", "suite", "codec", "operation", ">us", ">noise", ">C library, us", ">limit, us", ">naive, us")
    rates = (">packets/s and core", ">payload, Gbit/s and core", ">packets/s, all cores", ">on the wire, bytes")
    return Figure(
        "CPU time of one core for a packet of SRTP or ESP: called from Python as here; the C library without its "
        "wrapper; its cipher and hash alone at full speed on so many bytes, a limit that nothing can beat; and a naive "
        "way, which makes a new cipher for each packet. Filled marks protect, open ones unprotect; bars: noise, known "
        "of the first alone. The scale is logarithmic.",
        _packet_plot([*srtp, *esp]) if srtp or esp else None,
        (table("Packets", columns + rates, rows, _packet_note(profile)),),
    )


def _packet_note(profile: CostProfile) -> str:
    return (
        "Bytes on the wire from the first protected header to the tag; ESP protects the UDP header as well. All cores: "
        f"a process on each of {profile.cores}, by the clock, not by CPU time; its noise is not known."
    )


def _cells(by: str, row: Packets, operation: str) -> tuple[str, ...]:
    cost: PacketCost = getattr(row, operation)
    figures = (cost.library_us, cost.limit_us, cost.naive_us)
    return (
        by,
        row.suite,
        row.codec,
        operation,
        shown(cost.us),
        noise_text(cost.noise),
        *(shown(each) for each in figures),
        shown(per_s(cost.us)),
        shown(payload_bit_per_s(row.codec, cost.us), 1e-9),
        shown(cost.all_cores_per_s),
        f"{cost.wire_bytes:,}",
    )


def _packet_plot(rows: Sequence[Packets]) -> Plot:
    codecs, plot = _by_codec(rows, "CPU of a packet, us", "log")
    for panel, codec in enumerate(codecs, 1):
        of_codec = [each for each in rows if each.codec == codec]
        for name, (figure, colour, symbol) in _WAYS.items():
            for operation, style in _OPERATIONS.items():
                costs = [(each, getattr(each, operation)) for each in of_codec]
                found = [
                    Mark(_broken(each.suite), getattr(cost, figure), cost.noise if figure == "us" else 0.0)
                    for each, cost in costs
                ]
                looks = {"legendgroup": name, "showlegend": panel == 1 and not style}
                looks |= {"hovertemplate": f"%{{y}}, {operation}: %{{text}}"}
                plot.add(marks(found, name, colour, symbol + style, "us", **looks), panel=panel)
    return plot


def _by_codec(
    rows: Sequence[Packets], axis: str, scale: Literal["log", "linear"], *above: str
) -> tuple[list[str], Plot]:
    """The codecs, and a plot with a panel for each: a line for each suite, below those ``above``."""
    codecs = list(dict.fromkeys(each.codec for each in rows))
    lines = [[*above, *(_broken(each.suite) for each in rows if each.codec == codec)] for codec in codecs]
    return codecs, ladder(lines, axis, titles=[plain(codec) for codec in codecs], scale=scale, line_px=34)


def _broken(suite: str) -> str:
    """A suite's name on two lines where it is long: a telephone is narrow."""
    return suite.replace("_HMAC_", f"{NEW_LINE}HMAC_")


def calls_per_core(profile: CostProfile) -> Figure:
    """How many protected calls one core carries."""
    rows = [*packets(profile.srtp), *packets(profile.esp)]
    cells = [
        (
            each.suite,
            each.codec,
            shown(each.calls()),
            noise_text(each.noise),
            shown(each.calls(library=True)),
            shown(CODECS[each.codec].packets_per_s if each.codec in CODECS else None),
        )
        for each in rows
    ]
    columns = ("suite", "codec", ">calls per core", ">noise", ">by the C library", ">packets/s, each way")
    return Figure(
        "Calls whose media one core protects and unprotects, both ways, when it does nothing else: a call sends and "
        "receives its codec's packets all the time, without silence suppression. Bars: noise.",
        _calls_plot(rows) if rows else None,
        (table("Calls per core", columns, cells),),
        "A server does more for a call than that: what media costs a product is in docs/model.md.",
    )


def _calls_plot(rows: Sequence[Packets]) -> Plot:
    codecs, plot = _by_codec(rows, "calls per core", "linear")
    for panel, codec in enumerate(codecs, 1):
        of_codec = [each for each in rows if each.codec == codec]
        for name, library in (("from Python", False), ("C library", True)):
            _, colour, symbol = _WAYS[name]
            found = [
                Mark(_broken(each.suite), each.calls(library=library), 0.0 if library else each.noise)
                for each in of_codec
            ]
            looks = {"legendgroup": name, "showlegend": panel == 1}
            plot.add(marks(found, name, colour, symbol, "calls", **looks), panel=panel)
    return plot


def wire_bytes(profile: CostProfile) -> Figure:
    """What protection adds to a packet's size."""
    rows = [row for codec in CODECS for row in _sizes(profile, codec)]
    cells = [
        (
            row.codec,
            row.protection,
            *(f"{size:,}" for size in row.parts.values()),
            f"{row.total:,}",
            shown(8e-3 * row.total * CODECS[row.codec].packets_per_s),
        )
        for row in rows
    ]
    columns = ("codec", "protection", *(f">{part}" for part in _SIZE_LOOKS), ">bytes in all", ">kbit/s each way")
    return Figure(
        "Bytes of a voice packet within IP: payload, headers of RTP and UDP, and what SRTP or ESP adds; IP's own "
        "header comes on top.",
        _wire_plot(profile, rows) if rows else None,
        (table("Bytes of a packet", columns, cells),),
    )


@dataclass(frozen=True)
class _Size:
    """A packet's bytes by part (_SIZE_LOOKS)."""

    codec: str
    protection: str
    parts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.parts.values())


def _sizes(profile: CostProfile, codec: str) -> Iterator[_Size]:
    """Without protection, by SRTP and by ESP, where the profile has any of the codec."""
    bare_bytes = CODECS[codec].rtp_bytes + UDP_HEADER_BYTES
    found = [(each.suite, each.protect.wire_bytes + UDP_HEADER_BYTES, each.codec) for each in packets(profile.srtp)]
    found += [(each.suite, each.protect.wire_bytes, each.codec) for each in packets(profile.esp)]
    protected = [(suite, size) for suite, size, of in found if of == codec]
    for suite, size in [(_BARE, bare_bytes), *protected] if protected else []:
        sizes = (CODECS[codec].payload_bytes, RTP_HEADER_BYTES + UDP_HEADER_BYTES, size - bare_bytes)
        yield _Size(codec, suite, dict(zip(_SIZE_LOOKS, sizes, strict=True)))


def _wire_plot(profile: CostProfile, rows: Sequence[_Size]) -> Plot:
    every = [each for each in (*packets(profile.srtp), *packets(profile.esp)) if each.codec in CODECS]
    codecs, plot = _by_codec(every, "bytes", "linear", _BARE)
    for panel, codec in enumerate(codecs, 1):
        of_codec = [row for row in rows if row.codec == codec]
        for part, (colour, pattern) in _SIZE_LOOKS.items():
            bars = {
                "type": "bar",
                "orientation": "h",
                "x": [row.parts[part] for row in of_codec],
                "y": [lined(_broken(row.protection)) for row in of_codec],
                "name": part,
                "legendgroup": part,
                "showlegend": panel == 1,
                "hovertemplate": "%{y}: %{x} bytes",
                "marker": filling(colour, pattern),
            }
            plot.add(bars, panel=panel)
    return plot
