"""A cost profile, and the comparison of two, as a terminal shows them: tables of at most 100 columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.report.crypto_rows import (
    Packets,
    explained,
    handshakes,
    noise_text,
    packets,
    payload_bit_per_s,
    per_s,
    shown,
    works,
)
from sim.report.handshake_cost_figures import signed
from sim.report.quantities import quantity
from sim.report.terminal import add, columns, plain_text
from sim.security.cost_profile import CostProfile
from sim.security.profile_comparison import compare, named

CHANGES_SHOWN: Final = 40
_NOISE: Final = "noise: half the 95 % confidence interval of the median round; - where there was one round alone"


def crypto_tables(profile: CostProfile) -> RenderableType:
    """What cryptography costs, in the order of the page; an empty section is left out."""
    parts: list[RenderableType] = [*_heading(profile)]
    for title, table in (
        (
            "Handshakes: us of one core, how many per s on one of the server, TLS bytes, round trips",
            _handshakes(profile),
        ),
        ("Variations: us more than the handshake that they change", _variations(profile)),
        ("Share of a server's full TLS 1.3 handshake that its primitives explain, us", _shares(profile)),
        ("Packets, us of one core", _packets(profile)),
        ("What one core carries", _carried(profile)),
        ("Keys and certificates, us of one core", _keys(profile)),
        ("Key exchanges and revocation lists", _other_work(profile)),
    ):
        if table.row_count:
            parts += [Text(), plain_text(title, "bold"), table]
    return Group(*parts, Text(), plain_text(_NOISE, "dim"))


def comparison_table(first: CostProfile, second: CostProfile) -> RenderableType:
    """What costs something else in the second profile than in the first (A and B), the largest change first."""
    comparison = compare(first, second)
    parts: list[RenderableType] = []
    for letter, each in (("A", first), ("B", second)):
        parts.append(plain_text(f"{letter}: {each.name}, measured {each.created.isoformat()} on {each.cpu}"))
    parts += [plain_text(line) for line in comparison.origins]
    table = columns("changed beyond noise", "figure", ">A", ">B", ">B / A", ">noise of both")
    for change in comparison.changed[:CHANGES_SHOWN]:
        values = (shown(change.first), shown(change.second), f"{change.ratio:.2f}", noise_text(change.noise))
        add(table, f"{change.section} {change.cell}", change.figure, *values)
    if table.row_count:
        parts += [Text(), table, Text()]
    changed = f"{len(comparison.changed):,} changed beyond noise, {comparison.unchanged:,} did not"
    listed = f"; the {CHANGES_SHOWN} largest changes are listed" if len(comparison.changed) > CHANGES_SHOWN else ""
    parts.append(plain_text(changed + listed))
    for title, cells in (
        ("not judged, for one round alone has no noise", comparison.unjudged),
        ("only in A", comparison.only_first),
        ("only in B", comparison.only_second),
    ):
        if cells:
            parts.append(plain_text(f"{title}: {', '.join(cells)}"))
    return Group(*parts)


def _heading(profile: CostProfile) -> Iterator[Text]:
    yield plain_text(f"What cryptography costs: {profile.name}", "bold")
    cores = "1 core" if profile.cores == 1 else f"{profile.cores:,} cores"
    yield plain_text(f"measured {profile.created.isoformat()} on {profile.cpu}, {cores}")
    yield plain_text(", ".join(named(*each) for each in profile.versions.items()), "dim")
    if profile.overhead_us:
        taken = ", ".join(f"{what} {shown(us)} us" for what, us in profile.overhead_us.items())
        yield plain_text(f"not in the costs, for Python's wrapper adds it: {taken}", "dim")
    for note in profile.notes:
        yield plain_text(note, "dim")
    for warning in profile.warnings:
        yield plain_text(f"warning: {warning}", "bold yellow")


def _handshakes(profile: CostProfile) -> Table:
    table = columns(
        *("policy", "key", "kind", ">client", ">server", ">noise", ">per s", ">bytes up", ">down", ">trips")
    )
    for row in handshakes(profile):
        cost = row.cost
        add(
            table,
            *(row.tls, row.key, row.kind, shown(cost.client_us), shown(cost.server_us), noise_text(cost.noise)),
            *(shown(per_s(cost.server_us)), f"{cost.client_bytes:,}", f"{cost.server_bytes:,}", str(cost.round_trips)),
        )
    return table


def _variations(profile: CostProfile) -> Table:
    table = columns("variation", "of", ">client", ">server", ">bytes to server", ">to client")
    for row in handshakes(profile, variations=True):
        add(
            table,
            row.variation,
            f"{row.tls} {row.key} {row.kind}",
            signed(row.more("client")),
            signed(row.more("server")),
            f"{row.cost.client_bytes - row.base.client_bytes:+,}",
            f"{row.cost.server_bytes - row.base.server_bytes:+,}",
        )
    return table


def _shares(profile: CostProfile) -> Table:
    table = columns("handshake", ">sign", ">verify twice", ">key exchange", ">sum", ">handshake", ">share")
    for row in explained(profile):
        if row.role == "server":
            sign, certificate, signature, exchange = row.parts_us.values()
            us = (sign, certificate + signature, exchange, sum(row.parts_us.values()), row.total_us)
            add(table, row.title, *(shown(each) for each in us), quantity(row.share, "%", 100))
    return table


def _both(profile: CostProfile) -> list[Packets]:
    return [*packets(profile.srtp), *packets(profile.esp)]


def _packets(profile: CostProfile) -> Table:
    table = columns("suite", "codec", ">protect", ">unprotect", ">noise", ">C library", ">limit", ">naive", ">bytes")
    for row in _both(profile):
        costs = row.protect, row.unprotect
        add(
            table,
            row.suite,
            row.codec,
            *(shown(cost.us) for cost in costs),
            noise_text(row.noise),
            *(shown(us, digits=2) for us in (costs[0].library_us, costs[0].limit_us, costs[0].naive_us)),
            f"{row.protect.wire_bytes:,}",
        )
    return table


def _carried(profile: CostProfile) -> Table:
    calls = (">calls", ">C library's")
    table = columns("suite", "codec", ">packets/s", ">Gbit/s", ">all cores", *calls, ">noise")
    for row in _both(profile):
        add(
            table,
            row.suite,
            row.codec,
            shown(per_s(row.protect.us)),
            shown(payload_bit_per_s(row.codec, row.protect.us), 1e-9),
            shown(row.protect.all_cores_per_s),
            shown(row.calls()),
            shown(row.calls(library=True)),
            noise_text(row.noise),
        )
    return table


def _keys(profile: CostProfile) -> Table:
    rows = works(profile)
    signing = {row.of for row in rows if row.what == "sign"}
    cells = {(row.what, row.of): row.cost for row in rows if row.of in signing}
    titles = list(dict.fromkeys(what for what, _ in cells))
    table = columns("key", *(f">{title}" for title in titles))
    for key in dict.fromkeys(of for _, of in cells):
        costs = [cells.get((title, key)) for title in titles]
        add(table, key, *("" if cost is None else f"{shown(cost.us)} ±{noise_text(cost.noise)}" for cost in costs))
    return table


def _other_work(profile: CostProfile) -> Table:
    rows = works(profile)
    signing = {row.of for row in rows if row.what == "sign"}
    table = columns("work", "of", ">us", ">noise", ">makes, bytes")
    for row in rows:
        if row.of not in signing:
            made = f"{row.cost.output_bytes:,}" if row.cost.output_bytes else ""
            add(table, row.what, row.of, shown(row.cost.us), noise_text(row.cost.noise), made)
    return table
