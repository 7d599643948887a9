"""What a person reads before a run: the plan and the findings of the lint. Tables of at most 100 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.lint.finding import Finding
from sim.plan.cpu import CpuLoad
from sim.plan.outlook import Plan
from sim.plan.pools import Pool
from sim.plan.values import Value
from sim.report.terminal import add, columns, plain_text
from sim.units import duration_text

DAY_S: Final = 86_400.0
_PLACE_COLUMN: Final = 60
_STYLES: Final = {"error": "bold red", "warning": "bold yellow", "information": "dim"}


def findings_table(findings: Iterable[Finding], epoch: datetime) -> Table:
    """A finding per row: severity, the day from which it holds, its rule, what was found, and the remedy."""
    table = columns("severity", "from", "rule", "finding")
    for each in findings:
        what = plain_text(each.message)
        what.append("\n").append_text(plain_text(each.remedy, "dim"))
        severity = Text(each.severity, _STYLES[each.severity])
        table.add_row(severity, _day(each.at_s, epoch), plain_text(each.rule), what)
    return table


def _day(at_s: float, epoch: datetime) -> Text:
    """``start``, or the day of the run (the first is day 0) and its date and time."""
    if not at_s:
        return Text("start")
    return Text(f"day {at_s // DAY_S:.0f}\n{epoch + timedelta(seconds=at_s):%Y-%m-%d %H:%M}")


def plan_tables(plan: Plan, title: str, epoch: datetime) -> RenderableType:
    """The plan: values and where they stand, then loads, then warnings, which a screen shows last."""
    parts: list[RenderableType] = [plain_text(title, "bold"), plain_text(""), *_values(plan.values)]
    if plan.pools:
        parts += [
            plain_text(""),
            _populations(plan),
            plain_text(""),
            _messages(plan),
            _pools(plan.pools, epoch),
            plain_text(""),
            _cpu(plan.cpu),
        ]
    return Group(*parts, plain_text(""), *_footer(plan))


def _values(values: Iterable[Value]) -> Iterator[Text]:
    """A line each, as YAML would say it, with its place behind it."""
    for each in values:
        yield plain_text(f"{f'{each.path}: {each.text}':<{_PLACE_COLUMN}}  ").append_text(plain_text(each.where, "dim"))


def _populations(plan: Plan) -> Table:
    table = columns("population", ">attempts/h at peak", ">channel time", ">offered")
    for each in plan.populations:
        add(
            table,
            each.population,
            f"{each.attempts_per_h:,.1f}",
            f"{each.channel_s:,.2f} s",
            f"{each.offered_erl:,.2f} erl",
        )
    return table


def _messages(plan: Plan) -> RenderableType:
    """A line for each population whose callers leave messages, and an empty one."""
    if not plan.messages:
        return Group()
    table = columns("recorded messages of", "codec", ">messages/h at peak", ">mean size", ">to store")
    for each in plan.messages:
        add(
            table,
            each.population,
            each.codec,
            f"{each.messages_per_h:,.1f}",
            f"{each.size_bytes / 1e3:,.1f} kB",
            f"{each.storage_bytes_per_h / 1e6:,.2f} MB/h",
        )
    return Group(table, plain_text(""))


def _pools(pools: Sequence[Pool], epoch: datetime) -> Table:
    """A line per pool; where several nodes share one, a line for each of them, with what it would block alone."""
    table = columns("pool", ">offered", ">seats", ">Erlang B", ">carried", ">used", "busiest from")
    for pool in pools:
        names = [seat.node for seat in pool.nodes]
        title = names[0] if len(names) == 1 else f"{len(names)} together"
        add(
            table,
            f"{pool.kind}: {title}",
            f"{pool.offered_erl:,.2f} erl",
            f"{pool.seats:,}",
            _percent(pool.blocking),
            f"{pool.carried_erl:,.2f} erl",
            _percent(pool.utilisation),
            f"{epoch + timedelta(seconds=pool.begin_s):%Y-%m-%d %H:%M}",
        )
        for seat in pool.nodes if len(names) > 1 else ():
            add(
                table,
                f"  {seat.node}",
                f"{seat.offered_erl:,.2f} erl",
                f"{seat.seats:,}",
                f"alone {_percent(seat.blocking_alone)}",
                f"{seat.carried_erl:,.2f} erl",
                _percent(seat.carried_erl / seat.seats),
                "",
            )
    return table


def _cpu(loads: Iterable[CpuLoad]) -> Table:
    table = columns("node", ">cores", ">CPU", "of it")
    for load in loads:
        shares = sorted(load.by_purpose.items(), key=lambda part: (-part[1], part[0]))
        spent = ", ".join(f"{purpose} {_percent(share)}" for purpose, share in shares)
        add(table, load.node, f"{load.cores:,}", _percent(load.utilisation), spent)
    return table


def _footer(plan: Plan) -> Iterator[Text]:
    hostile = f" and {plan.hostile_attempts:,.0f} hostile attempts" if plan.hostile_attempts else ""
    yield plain_text(
        f"expected: {plan.calls:,.0f} calls{hostile} in each of {plan.replications:,} replications; "
        f"a run takes about {duration_text(float(max(round(plan.run_s), 1)))} of CPU"
    )
    yield plain_text(
        "each at its own busiest time, modes as at the epoch, without the timeline; nothing was simulated", "dim"
    )
    for warning in plan.warnings:
        yield plain_text(f"warning: {warning}", "bold yellow")


def _percent(share: float) -> str:
    """A share in percent, with the digits that matter."""
    percent = 100.0 * share
    if 0.0 < percent < 0.001:
        return "< 0.001 %"
    return f"{percent:,.0f} %" if percent >= 99.95 or not percent else f"{percent:.3g} %"
