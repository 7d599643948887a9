"""What a figure draws adds up to what the tables of the run hold."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from reported import play

from sim.report.figure import Material, gather
from sim.report.figures import FIGURES
from sim.report.plot import Trace

PER_RUN = 3
"""Replications of the run."""


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return gather(play(tmp_path_factory.mktemp("sums")))


def counted(material: Material, table: str, time: str) -> pl.DataFrame:
    """The rows of a table after the warm-up."""
    return material.results.table(table).filter(pl.col(time) >= 120.0).collect()


def traces(material: Material, heading: str) -> list[Trace]:
    plot = FIGURES[heading](material).plot
    assert plot is not None
    return plot.data


def test_calls_over_time(material: Material) -> None:
    calls = counted(material, "calls", "arrived_s")
    drawn = {
        trace["name"]: sum(trace["y"] if trace["type"] == "bar" else trace["y"][:-1])
        for trace in traces(material, "Calls over time")
        if "name" in trace
    }
    expected = {
        "offered": calls.height,
        **dict(calls["outcome"].value_counts().iter_rows()),
    }
    assert drawn.keys() - {"completed"} == {name.replace("_", " ") for name in expected} - {"completed"}
    for outcome, rows in expected.items():
        assert drawn[outcome.replace("_", " ")] == pytest.approx(rows / PER_RUN)


def test_seats_over_time(material: Material) -> None:
    usage = counted(material, "usage", "start_s").filter(pl.col("meter") == "pool")
    for trace in traces(material, "Seats over time"):
        node, capacity = trace["name"].split(": ")[0], material.manifest.nodes[trace["name"].split(": ")[0]].capacity
        seat_s = sum(share / 100 * (capacity or 0) * 60.0 for share in trace["y"][:-1])
        assert seat_s == pytest.approx(usage.filter(pl.col("node") == node)["integral"].sum() / PER_RUN, abs=1e-6)


def test_setup_times(material: Material) -> None:
    answered = counted(material, "calls", "arrived_s").filter(pl.col("setup_s").is_not_null())
    (table,) = FIGURES["Set-up time"](material).tables
    calls = [float(row[2].split(" ")[0].replace(",", "")) for row in table.rows]
    assert sum(calls) == pytest.approx(answered.height / PER_RUN, abs=0.3)  # the cells are rounded
    for gateway, rows in answered.group_by("gateway"):
        ends = [
            max(trace["x"])
            for trace in traces(material, "Set-up time")
            if trace["mode"] == "lines" and gateway[0] in trace["name"]
        ]
        assert max(ends) == pytest.approx(1000 * rows["setup_s"].max())  # type: ignore[operator]


def test_mode_of_a_call_is_that_of_its_arrival(material: Material) -> None:
    (table,) = FIGURES["Set-up time"](material).tables
    assert [row[:2] for row in table.rows] == [("gw1", "SIPSecured"), ("gw2", "Secured"), ("gw2", "Unsecured")]


def test_recorded_messages(material: Material) -> None:
    calls = counted(material, "calls", "arrived_s").filter(
        (pl.col("call_class") == "call_answering") & pl.col("delivered_s").is_not_null()
    )
    by_codec, by_population = FIGURES["Recorded messages"](material).tables
    drawn = {trace["name"]: trace["y"][0] for trace in traces(material, "Recorded messages")}
    assert {row[1] for row in by_population.rows} == {"Wma"}
    assert drawn["as stored"] == drawn["Wma"]
    greeting_s = pl.when(pl.col("population") == "staff").then(2.0).otherwise(10.0)
    total_s = calls.select((pl.col("hung_up_s") - pl.col("arrived_s") - pl.col("setup_s") - greeting_s).sum()).item()
    days = PER_RUN * (12 - 2) / (24 * 60)
    for name, header_bytes, bytes_per_s in (("Wma", 7_000, 1_100), ("Gsm", 60, 1_625), ("Mp3", 0, 1_950)):
        total_mb = (header_bytes * calls.height + bytes_per_s * total_s) / 1e6
        assert drawn[name] == pytest.approx(total_mb / days)
    stored = material.measure("message.storage", "mean")[""]["mean"]
    assert 24 * stored / 1e6 == pytest.approx(drawn["as stored"], rel=1e-5)  # whole bytes there
    assert [row[0] for row in by_codec.rows] == list(drawn)


def test_cpu_over_time_and_in_all(material: Material) -> None:
    spent = counted(material, "cpu", "start_s").group_by("purpose").agg(pl.col("cpu_s").sum()).rows()
    over_time: dict[str, float] = {}
    titles = [each["text"] for each in FIGURES["CPU over time"](material).plot.layout["annotations"]]  # type: ignore[union-attr]
    for trace in traces(material, "CPU over time"):
        place = int(trace["yaxis"][1:] or 1) - 1
        cores = material.manifest.nodes[titles[place].split(": ")[0]].cores
        over_time[trace["name"]] = over_time.get(trace["name"], 0.0) + sum(trace["y"]) / 100 * (cores or 0) * 60.0
    in_all = {trace["name"]: sum(trace["x"]) for trace in traces(material, "CPU in all")}
    expected = {purpose: cpu_s / PER_RUN for purpose, cpu_s in spent}
    assert over_time == pytest.approx(expected)
    assert in_all == pytest.approx(expected)


def test_handshakes(material: Material) -> None:
    calls = counted(material, "calls", "arrived_s")
    drawn: dict[str, float] = {}
    for trace in traces(material, "Handshakes"):
        for title, value in zip(trace["y"], trace["x"], strict=True):
            kind = title.split(":")[0]
            drawn[kind] = drawn.get(kind, 0.0) + value
    expected = {kind: rows / PER_RUN for kind, rows in calls["connection"].cast(pl.String).value_counts().iter_rows()}
    assert drawn == pytest.approx(expected)


def test_hostile_attempts(material: Material) -> None:
    table = FIGURES["Handshakes"](material).tables[2]
    attempts = counted(material, "hostile", "start_s")["attempts"].sum() / PER_RUN
    assert sum(float(row[2].split(" ")[0].replace(",", "")) for row in table.rows) == pytest.approx(attempts, abs=0.6)


def test_topology(material: Material) -> None:
    calls = counted(material, "calls", "arrived_s")
    links = FIGURES["Topology"](material).tables[0]
    expected = {
        ("pbx1", "gw1"): calls.filter(pl.col("gateway") == "gw1").height,
        ("pbx1", "gw2"): calls.filter(pl.col("gateway") == "gw2").height,
        ("gw1", "um1"): calls.filter(pl.col("server") == "um1").height,
        ("gw2", "um2"): calls.filter(pl.col("server") == "um2").height,
        ("um1", "hub1"): calls.filter((pl.col("server") == "um1") & pl.col("delivered_s").is_not_null()).height,
        ("um2", "hub1"): calls.filter((pl.col("server") == "um2") & pl.col("delivered_s").is_not_null()).height,
    }
    shown = {(row[0], row[1]): float(row[2].split(" ")[0]) for row in links.rows}
    assert shown == pytest.approx({ends: rows / PER_RUN for ends, rows in expected.items()}, abs=0.6)


def test_protection_of_a_link_follows_its_plan(material: Material) -> None:
    links = {row[:2]: row[3:] for row in FIGURES["Topology"](material).tables[0].rows}
    assert links["gw1", "um1"] == ("mutual TLS", "")
    assert links["gw2", "um2"] == ("mutual TLS and SRTP", "clear from 2007-11-05 08:06:00 UTC")
    assert links["um2", "hub1"] == ("mutual TLS", "clear from 2007-11-05 08:06:00 UTC")
    assert links["pbx1", "gw1"] == ("trunk", "")


def test_protection_of_links(material: Material) -> None:
    calls = counted(material, "calls", "arrived_s")
    (table,) = FIGURES["Protection of links"](material).tables
    shown = {row[:4]: float(row[4].split(" ")[0]) for row in table.rows}
    names = {"clear": "in clear", "tls": "mutual TLS", "srtp": "SRTP"}
    expected: dict[tuple[str, ...], float] = {}
    for what, word in (("signalling", "signalling"), ("media", "sound")):
        answered = calls.filter(pl.col("setup_s").is_not_null())
        for (gateway, server, protection), rows in answered.group_by("gateway", "server", pl.col(what).cast(pl.String)):
            expected[gateway, server, word, names[protection]] = rows.height / PER_RUN
    delivered = calls.filter(pl.col("delivered_s").is_not_null())
    for (server, protection), rows in delivered.group_by("server", pl.col("submission").cast(pl.String)):
        expected[server, "hub1", "messages", names[protection]] = rows.height / PER_RUN
    assert shown == pytest.approx(expected, abs=0.6)


def test_weakest_protection_of_a_link_is_drawn(material: Material) -> None:
    lanes = [trace["meta"] for trace in traces(material, "Protection of links") if "meta" in trace]
    drawn = sorted((lane["what"], lane["protection"]) for lane in lanes)
    media, submissions = [("media", "clear")] * 2, [("submission", "clear"), ("submission", "tls")]
    assert drawn == [*media, ("signalling", "clear"), ("signalling", "tls"), *submissions]


def test_certificates(material: Material) -> None:
    made = material.results.table("certificates").filter(pl.col("replication") == 0).collect()
    (table,) = FIGURES["Certificates"](material).tables
    assert sorted(row[1] for row in table.rows) == sorted(made["serial"])
    expired = next(trace for trace in traces(material, "Certificates") if trace["name"] == "expires")
    assert [name.split(",")[0] for name in expired["y"]] == ["um1"]
    assert list(expired["x"]) == ["2007-11-05T08:09:00"]


def test_events(material: Material) -> None:
    logged = material.results.table("events").filter(pl.col("replication") == 0).collect()
    drawn = {trace["name"]: sum(trace["customdata"]) for trace in traces(material, "Events")}
    assert drawn == dict(logged["level"].value_counts().iter_rows())
    assert len(FIGURES["Events"](material).tables[0].rows) == logged.height


def test_figures_of_one_replication_have_no_intervals(tmp_path: Path) -> None:
    alone = gather(play(tmp_path, "run.replications=1"))
    texts = [
        cell for figure in FIGURES.values() for table in figure(alone).tables for row in table.rows for cell in row
    ]
    assert not [text for text in texts if "±" in text]
