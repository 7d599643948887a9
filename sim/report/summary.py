"""The table at the end of a run: what happened, in about 25 lines of at most 100 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

import polars as pl
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim import vocabulary
from sim.analysis.verdicts import Verdict
from sim.manifest import Manifest
from sim.report.quantities import Estimate, number, quantity
from sim.report.terminal import add, plain_text
from sim.units import duration_text

_NODES_SHOWN: Final = 6
_FLOODS_SHOWN: Final = 3
_PURPOSES_SHOWN: Final = 2
_LABELS: Final = {measure.name: measure.labels for measure in vocabulary.MEASURES}
_REASON_OUTCOMES: Final = {reason.name: reason.outcome for reason in vocabulary.REASONS}

_BYTES: Final = {"B": ("kB", 1e-3), "B/h": ("MB/h", 1e-6)}
"""By unit of a measure: the unit in which people read it."""

_VERDICT_STYLES: Final = {"PASS": "bold green", "FAIL": "bold red", "UNDECIDED": "bold yellow"}


def end_of_run_table(measures: pl.DataFrame, manifest: Manifest, verdicts: Sequence[Verdict] = ()) -> RenderableType:
    """What a person reads when a run has ended.

    Parameters
    ----------
    measures
        Columns MEASURES_SCHEMA of analysis.measures; measures of calls cut by label are not shown.
    verdicts
        On the scenario's expectations; they come first.
    """
    unlabelled = pl.all_horizontal(pl.col(label) == "" for label in vocabulary.CALL_LABELS)
    shown = _Shown(measures.filter(unlabelled))
    parts: list[RenderableType] = [*_heading(manifest)]
    if verdicts:
        parts += [Text(), verdict_table(verdicts)]
    if measures.is_empty():
        return Group(*parts, Text("no replication was completed: nothing to measure"))
    parts += [Text(), _calls(shown), Text(), _facts(shown)]
    if shown.labelled("pool.carried", "mean") or shown.labelled("cpu.utilisation", "mean"):
        parts += [Text(), *_nodes(shown, manifest)]
    return Group(*parts)


def verdict_table(verdicts: Iterable[Verdict]) -> Table:
    """A line for each expectation: its verdict, its text, and what was found."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(ratio=3, overflow="fold")
    table.add_column(ratio=2, overflow="fold")
    for verdict in verdicts:
        found = "; ".join(part for part in (found_text(verdict), verdict.why) if part)
        outcome = Text(verdict.outcome, _VERDICT_STYLES[verdict.outcome])
        table.add_row(outcome, plain_text(verdict.expectation.text), plain_text(found))
    return table


def found_text(verdict: Verdict) -> str:
    """The estimate with its half-width, or the range of a fact."""
    if verdict.mean is None:
        return ""
    unit, scale = verdict.expectation.unit, 1.0
    if unit == "1":
        unit, scale = "%", 100.0
    elif unit == "s" and verdict.mean < 10:
        unit, scale = "ms", 1000.0
    elif unit in _BYTES:
        unit, scale = _BYTES[unit]
    if not verdict.expectation.is_fact or verdict.low == verdict.high:
        half_width = None if verdict.low is None or verdict.high is None else (verdict.high - verdict.low) / 2
        estimate = {"mean": verdict.mean, "low": verdict.low, "high": verdict.high, "half_width": half_width}
        return quantity(estimate, unit, scale)
    low, high = (number(end * scale, 4) for end in (verdict.low or 0.0, verdict.high or 0.0))
    return f"{low} to {high} {unit}"


class _Shown:
    """Estimates by measure, statistic and the values of the measure's labels, in the order of the frame."""

    def __init__(self, measures: pl.DataFrame) -> None:
        self._rows: dict[tuple[str, str], dict[tuple[str, ...], Estimate]] = {}
        for row in measures.iter_rows(named=True):
            labels = tuple(row[label] for label in _LABELS[row["measure"]])
            self._rows.setdefault((row["measure"], row["statistic"]), {})[labels] = row

    def one(self, measure: str, statistic: str) -> Estimate:
        return self._rows[measure, statistic][()]

    def labelled(self, measure: str, statistic: str) -> dict[tuple[str, ...], Estimate]:
        return self._rows.get((measure, statistic), {})


def _heading(manifest: Manifest) -> Iterator[Text]:
    complete = [each for each in manifest.replications if each.status == "complete"]
    length = f" of {duration_text(complete[0].ended_at_s)}" if complete else ""
    yield _line(manifest.scenario_name, "bold")
    yield _line(
        f"{len(complete)} of {len(manifest.replications)} replications{length}, seed {manifest.seed}, "
        f"costs {manifest.cost_profile}, scenario {manifest.scenario_hash[:8]}, "
        f"{'digest ' + manifest.digest[:8] if manifest.reproducible else 'not reproducible'}"
    )
    for remark in manifest.remarks:
        yield plain_text(f"note: {remark}", "dim")
    if manifest.status != "complete":
        yield _line(f"{manifest.status}: {manifest.message}", "bold red")


def _calls(shown: _Shown) -> Table:
    table = _table("calls", ">per replication", ">share of offered", "reasons, calls")
    add(table, "offered", quantity(shown.one("call.offered", "count")))
    reasons = _by_label(shown, "call.reason")
    for outcome in vocabulary.OUTCOMES:
        why = [(reason, row) for reason, row in reasons if _REASON_OUTCOMES[reason] == outcome]
        count = quantity(shown.one(f"call.{outcome}", "count"))
        share = quantity(shown.one(f"call.{outcome}", "rate"), "%", 100)
        add(table, outcome.replace("_", " "), count, share, _listed(why) if outcome != "in_progress" else "")
    return table


def _facts(shown: _Shown) -> Table:
    """One line each: times, connections, messages, hostile attempts, refusals, events."""
    table = _table("", "")
    table.show_header = False
    for title, measure in (("set-up", "call.setup"), ("delivery", "call.delivery"), ("CPU wait", "cpu.wait")):
        quantiles = [f"{name} {quantity(shown.one(measure, name), 'ms', 1000)}" for name in ("p50", "p95", "p99")]
        add(table, title, ", ".join(quantiles))
    add(table, "connections", _listed(_by_label(shown, "handshake.count"), len(vocabulary.CONNECTION_KINDS)) or "none")
    if any(row["mean"] for row in shown.labelled("handshake.live", "count").values()):
        add(table, "live", _live(shown))
    add(table, "messages", f"{quantity(shown.one('message.delivered', 'count'))} delivered{_sizes(shown)}")
    for flood, reasons in _floods(shown):
        add(table, "hostile", f"{flood}: {_listed(reasons)} attempts")
    refused = _listed(_by_label(shown, "verdict.refused"))
    if refused:
        add(table, "verdicts", f"refused: {refused}")
    notable = [(f"{level}s", row) for level, row in _by_label(shown, "event.logged") if level in {"error", "warning"}]
    add(table, "events", _listed(notable) or "no error, no warning")
    return table


def _sizes(shown: _Shown) -> str:
    """How large the recorded ones are; nothing where there is none."""
    size, storage = (shown.labelled(f"message.{what}", "mean").get(()) for what in ("size", "storage"))
    if not size or not storage or size["mean"] is None:
        return ""
    return f"; recorded: {quantity(size, *_BYTES['B'])} each, {quantity(storage, *_BYTES['B/h'])}"


def _live(shown: _Shown) -> str:
    """What came of the handshakes that were performed."""
    made, against = (quantity(shown.one(f"handshake.{what}", "count")) for what in ("live", "disagreement"))
    cpu = quantity(shown.one("handshake.cpu", "mean"), "ms", 1000)
    return f"{made} handshakes performed, {cpu} of CPU each; {against} disagreed with the remembered verdict"


def _by_label(shown: _Shown, measure: str) -> list[tuple[str, Estimate]]:
    return [(label, row) for (label,), row in shown.labelled(measure, "count").items()]


def _floods(shown: _Shown) -> Iterator[tuple[str, list[tuple[str, Estimate]]]]:
    """The largest floods, each with its attempts by reason."""
    floods: dict[str, list[tuple[str, Estimate]]] = {}
    for (flood, reason), row in shown.labelled("hostile.attempts", "count").items():
        floods.setdefault(flood, []).append(("not refused" if reason == "none" else reason, row))
    largest = sorted(floods.items(), key=lambda flood: -sum(row["mean"] for _, row in flood[1]))
    yield from largest[:_FLOODS_SHOWN]


def _nodes(shown: _Shown, manifest: Manifest) -> Iterator[RenderableType]:
    """The busiest nodes: their pool and their CPU."""
    carried, peaks = shown.labelled("pool.carried", "mean"), shown.labelled("pool.peak", "max")
    seats, cpu = shown.labelled("pool.utilisation", "mean"), shown.labelled("cpu.utilisation", "mean")
    names = sorted(name for (name,) in {**carried, **cpu})
    busiest = sorted(
        names, key=lambda name: -max(rows[name,]["mean"] if (name,) in rows else 0.0 for rows in (seats, cpu))
    )
    table = _table("node", "pool", ">carried", ">peak / seats", ">CPU", "of its CPU time")
    for name in busiest[:_NODES_SHOWN]:
        size, key = manifest.nodes[name], (name,)
        capacity = "unknown" if size.capacity is None else f"{size.capacity:,}"
        cells = (
            name,
            size.pool or "",
            quantity(carried[key], "erl") if key in carried else "",
            f"{peaks[key]['mean']:,.0f} / {capacity}" if key in peaks else "",
            quantity(cpu[key], "%", 100) if key in cpu else "",
            _purposes(shown, name),
        )
        table.add_row(*(_line(cell) for cell in cells))
    yield table
    if len(names) > _NODES_SHOWN:
        yield Text(f"and {len(names) - _NODES_SHOWN} nodes that are less busy")


def _purposes(shown: _Shown, node: str) -> str:
    """What most of a node's CPU time was spent on, with its share."""
    spent_s = {
        purpose: row["mean"] for (of, purpose), row in shown.labelled("cpu.by_purpose", "total").items() if of == node
    }
    total_s = sum(spent_s.values())
    most = sorted(spent_s, key=lambda purpose: -spent_s[purpose])[:_PURPOSES_SHOWN]
    return (
        ", ".join(f"{purpose} {spent_s[purpose] / total_s:.0%}".replace("%", " %") for purpose in most)
        if total_s
        else ""
    )


def _listed(rows: Iterable[tuple[str, Estimate]], most: int = 3) -> str:
    """``name mean ± half-width`` of the largest, largest first."""
    found = sorted((each for each in rows if each[1]["mean"]), key=lambda each: -each[1]["mean"])
    rest = f", {len(found) - most} more" if len(found) > most else ""
    return ", ".join(f"{name} {quantity(row)}" for name, row in found[:most]) + rest


def _table(*titles: str) -> Table:
    """A table without lines: ``>`` before a title aligns its column to the right, the last column wraps."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title in titles[:-1]:
        justify: Literal["left", "right"] = "right" if title.startswith(">") else "left"
        table.add_column(title.removeprefix(">"), justify=justify, no_wrap=True, max_width=24)
    table.add_column(titles[-1])
    return table


def _line(text: str, style: str = "") -> Text:
    """A line that is cut at the edge of the screen, never wrapped."""
    line = plain_text(text, style)
    line.no_wrap, line.overflow = True, "ellipsis"
    return line
