"""The table at the end of a run: complete, narrow enough, and deaf to what users call their nodes."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from rich.console import Console

from sim import vocabulary
from sim.analysis.measures import MEASURES_SCHEMA
from sim.analysis.verdicts import Outcome, Verdict
from sim.manifest import Manifest, NodeSize, ReplicationSummary
from sim.report.summary import end_of_run_table
from sim.scenario.expectations import parse

HOSTILE_NAMES = ("[bold]um[/bold]", "[/]", "um\x1b[2J\nx", "\N{COLLISION SYMBOL}" * 60, ":smile:", "{0}")

TABLE = """\
Busy hour
10 of 10 replications of 2 h, seed 7, costs reference, scenario abcd1234, digest 01234567

calls        per replication       share of offered  reasons, calls
offered           5,017 ± 54
completed      4,966.8 ± 6.5         99.00 ± 0.13 %
blocked           50.2 ± 6.5          1.00 ± 0.13 %  ports_busy 50.0 ± 5.1
abandoned                  0  0 % (at most 0.077 %)
failed                     0  0 % (at most 0.077 %)
dropped                    0  0 % (at most 0.077 %)
in progress                0  0 % (at most 0.077 %)

set-up       p50 12.30 ± 0.40 ms, p95 12.30 ± 0.40 ms, p99 12.30 ± 0.40 ms
delivery     p50 12.30 ± 0.40 ms, p95 12.30 ± 0.40 ms, p99 12.30 ± 0.40 ms
CPU wait     p50 12.30 ± 0.40 ms, p95 12.30 ± 0.40 ms, p99 12.30 ± 0.40 ms
connections  full 4,521 ± 48
messages     3,210 ± 12 delivered
events       warnings 2

node  pool            carried  peak / seats             CPU  of its CPU time
um1   ports  49.78 ± 0.34 erl      99 / 100  62.10 ± 0.40 %  media 75 %, handshake 25 %
"""


def row(
    measure: str, statistic: str, mean: float | None, half_width: float | None = None, **labels: str
) -> dict[str, Any]:
    interval = {}
    if mean is not None and half_width is not None:
        interval = {"low": mean - half_width, "high": mean + half_width, "half_width": half_width}
    blank = dict.fromkeys(vocabulary.LABELS, "")
    return (
        {"measure": measure, "statistic": statistic, "unit": "1", "mean": mean, "replications": 10}
        | blank
        | labels
        | interval
    )


def measures(*more: dict[str, Any], node: str = "um1") -> pl.DataFrame:
    rows = [row("call.offered", "count", 5017.0, 54.0), row("message.delivered", "count", 3210.0, 12.0)]
    for outcome in vocabulary.OUTCOMES:
        share = {"completed": 0.99, "blocked": 0.01}.get(outcome, 0.0)
        rows.append(row(f"call.{outcome}", "count", 5017 * share, 6.5 if share else 0.0))
        rate = row(f"call.{outcome}", "rate", share, 0.0013)
        rows.append(rate if share else rate | {"low": 0.0, "high": 0.00077})
    for measure in ("call.setup", "call.delivery", "cpu.wait"):
        rows += [row(measure, name, 0.0123, 0.0004) for name in ("mean", "p50", "p95", "p99")]
    rows += [
        row("call.reason", "count", 50.0, 5.1, reason="ports_busy"),
        row("handshake.count", "count", 4521.0, 48.0, connection="full"),
        row("pool.carried", "mean", 49.78, 0.34, node=node),
        row("pool.utilisation", "mean", 0.4978, 0.0034, node=node),
        row("pool.peak", "max", 99.0, node=node),
        row("cpu.utilisation", "mean", 0.621, 0.004, node=node),
        row("cpu.by_purpose", "total", 300.0, 1.0, node=node, purpose="media"),
        row("cpu.by_purpose", "total", 100.0, 1.0, node=node, purpose="handshake"),
        row("event.logged", "count", 2.0, 0.0, level="warning"),
        *more,
    ]
    return pl.DataFrame(rows, schema=MEASURES_SCHEMA)


def manifest(name: str = "Busy hour", node: str = "um1", **changes: Any) -> Manifest:
    fields: dict[str, Any] = {
        "umtwin_version": "0.1.0",
        "scenario_name": name,
        "scenario": {},
        "scenario_hash": "abcd1234ef",
        "nodes": {node: NodeSize("um_server", 100, 4)},
        "interval_s": 60.0,
        "seed": 7,
        "engine": "kernel",
        "cost_profile": "reference",
        "cost_profile_hash": "",
        "library_versions": {},
        "created": "2007-11-05T08:00:00+00:00",
        "status": "complete",
        "message": "",
        "replications": tuple(ReplicationSummary(i, "complete", 7200.0, {}) for i in range(10)),
        "reproducible": True,
        "digest": "0123456789",
    }
    return Manifest(**(fields | changes))


def verdict(  # noqa: PLR0917 - a row
    text: str, outcome: Outcome, mean: float | None, low: float | None, high: float | None, why: str = ""
) -> Verdict:
    return Verdict(parse(text, datetime(2007, 11, 5, tzinfo=UTC)), outcome, mean, low, high, 10, why)


def printed(
    table: pl.DataFrame, of: Manifest, width: int = 100, *, verdicts: tuple[Verdict, ...] = (), colour: bool = False
) -> str:
    """What a terminal of that width would be sent, ends of lines trimmed."""
    screen = io.StringIO()
    Console(file=screen, width=width, force_terminal=colour, color_system="truecolor" if colour else None).print(
        end_of_run_table(table, of, verdicts)
    )
    return "\n".join(line.rstrip() for line in screen.getvalue().splitlines())


def test_table_of_a_run() -> None:
    assert printed(measures(), manifest()).splitlines() == TABLE.splitlines()


@pytest.mark.parametrize(
    ("statistic", "labels", "line"),
    [
        ("count", {"flood": "mallory", "reason": "none"}, "hostile      mallory: not refused 1,234 ± 56 attempts"),
        (
            "count",
            {"flood": "mallory", "reason": "backlog_full"},
            "hostile      mallory: backlog_full 1,234 ± 56 attempts",
        ),
    ],
)
def test_hostile_attempts_are_shown_when_there_are_any(statistic: str, labels: dict[str, str], line: str) -> None:
    attempts = row("hostile.attempts", statistic, 1234.0, 56.0, **labels)
    assert line in printed(measures(attempts), manifest()).splitlines()
    assert "hostile" not in printed(measures(), manifest())


def test_sizes_of_recorded_messages_are_shown_when_there_are_any() -> None:
    sizes = (row("message.size", "mean", 40_123.0, 210.0), row("message.storage", "mean", 25_300_000.0, 400_000.0))
    shown = printed(measures(*sizes), manifest()).splitlines()
    assert "messages     3,210 ± 12 delivered; recorded: 40.12 ± 0.21 kB each, 25.30 ± 0.40 MB/h" in shown
    none = (row("message.size", "mean", None), row("message.storage", "mean", 0.0))
    assert "messages     3,210 ± 12 delivered" in printed(measures(*none), manifest()).splitlines()


def test_refusing_verdicts_are_shown_by_reason() -> None:
    refused = row("verdict.refused", "count", 3.0, 0.0, reason="certificate_expired")
    assert "verdicts     refused: certificate_expired 3" in printed(measures(refused), manifest()).splitlines()


def test_measures_by_label_of_calls_do_not_disturb() -> None:
    by_gateway = row("call.offered", "count", 1.0, 1.0, gateway="gw1")
    assert printed(measures(by_gateway), manifest()) == printed(measures(), manifest())


def test_one_replication_has_no_half_widths() -> None:
    none = pl.lit(None, pl.Float64)
    text = printed(measures().with_columns(low=none, high=none, half_width=none), manifest())
    assert "±" not in text
    assert "p95 12.30 ms" in text


def test_call_without_a_set_up_time_shows_a_dash() -> None:
    unanswered = measures().with_columns(
        mean=pl.when(pl.col("measure") == "call.setup").then(None).otherwise(pl.col("mean"))
    )
    assert "set-up       p50 -, p95 -, p99 -" in printed(unanswered, manifest()).splitlines()


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("width", [40, 80, 100])
def test_hostile_names_are_shown_as_they_are(name: str, width: int) -> None:
    attempts = row("hostile.attempts", "count", 5.0, 1.0, flood=name, reason="none")
    text = printed(measures(attempts, node=name), manifest(name, name), width)
    assert "\x1b" not in text
    assert all(len(line) <= width for line in text.splitlines())
    plain = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)
    assert text.splitlines()[0][:15] == plain[:15]


def test_colour_only_adds_to_the_text() -> None:
    coloured = re.sub(r"\x1b\[[\d;]*m", "", printed(measures(), manifest(), colour=True))
    assert "\n".join(line.rstrip() for line in coloured.splitlines()) == printed(measures(), manifest())


def test_only_the_busiest_nodes_are_shown() -> None:
    nodes = {f"gw{i:02}": NodeSize("ip_gateway", 120, None) for i in range(20)}
    rows = [row("pool.carried", "mean", float(i), 0.1, node=name) for i, name in enumerate(nodes)]
    rows += [row("pool.utilisation", "mean", i / 120, 0.1, node=name) for i, name in enumerate(nodes)]
    rows += [row("pool.peak", "max", float(i), node=name) for i, name in enumerate(nodes)]
    table = measures().filter(pl.col("node") == "").vstack(pl.DataFrame(rows, schema=MEASURES_SCHEMA))
    text = printed(table, manifest(nodes=nodes))
    assert [line[:4] for line in text.splitlines()[-7:-1]] == ["gw19", "gw18", "gw17", "gw16", "gw15", "gw14"]
    assert text.endswith("and 14 nodes that are less busy")
    assert len(text.splitlines()) <= 28


def test_unknown_capacity_says_so() -> None:
    text = printed(measures(), manifest(nodes={"um1": NodeSize("um_server", None, 4)}))
    assert "99 / unknown" in text


def test_interrupted_run_says_so_and_why() -> None:
    one = (ReplicationSummary(0, "complete", 7200.0, {}), ReplicationSummary(1, "interrupted", 60.0, {}))
    text = printed(measures(), manifest(status="interrupted", message="stopped by the user", replications=one))
    assert text.splitlines()[1].startswith("1 of 2 replications of 2 h")
    assert text.splitlines()[2] == "interrupted: stopped by the user"


def test_run_without_a_complete_replication_has_nothing_to_show() -> None:
    nothing = pl.DataFrame(schema=MEASURES_SCHEMA)
    text = printed(nothing, manifest(status="failed", message="no space", replications=()))
    assert text.splitlines()[-2:] == ["failed: no space", "no replication was completed: nothing to measure"]


def test_run_that_cannot_be_repeated_shows_no_digest() -> None:
    text = printed(measures(), manifest(reproducible=False))
    assert "not reproducible" in text
    assert "digest" not in text


def test_verdicts_come_first_with_what_was_found() -> None:
    verdicts = (
        verdict("call.blocked: rate <= 1 %", "PASS", 0.004, 0.0035, 0.0045),
        verdict("call.blocked: count == 0", "FAIL", 2.0, 0.0, 4.0, "in 3 of 10 replications"),
        verdict("call.failed: count == 0", "PASS", 0.0, 0.0, 0.0),
        verdict("call.setup: p95 < 1 s", "UNDECIDED", None, None, None, "nothing was measured"),
        verdict("certificate.validity: min == 2 d", "PASS", 172_800.0, 172_800.0, 172_800.0),
        verdict("message.size: mean < 50 kB", "PASS", 40_150.0, 39_940.0, 40_360.0),
        verdict("message.storage: mean < 1 GB/d", "PASS", 2.05e6, 1.8e6, 2.3e6),
    )
    lines = printed(measures(), manifest(), verdicts=verdicts).splitlines()
    assert [re.split(r"  +", line) for line in lines[3:10]] == [
        ["PASS", "call.blocked: rate <= 1 %", "0.400 ± 0.050 %"],
        ["FAIL", "call.blocked: count == 0", "0 to 4 calls; in 3 of 10 replications"],
        ["PASS", "call.failed: count == 0", "0 calls"],
        ["UNDECIDED", "call.setup: p95 < 1 s", "nothing was measured"],
        ["PASS", "certificate.validity: min == 2 d", "172,800 s"],
        ["PASS", "message.size: mean < 50 kB", "40.15 ± 0.21 kB"],
        ["PASS", "message.storage: mean < 1 GB/d", "2.05 ± 0.25 MB/h"],
    ]


def test_verdicts_obey_no_markup() -> None:
    hostile = verdict("call.offered{population=[red]}: count == 1", "PASS", 1.0, 1.0, 1.0)
    assert "population=[red]" in printed(measures(), manifest(), verdicts=(hostile,))
