"""A run's directory: safe names, tables that survive what can happen to a disk, digests of data alone."""

from __future__ import annotations

import dataclasses
import json
import struct
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sim import observations, results
from sim.errors import ResultsError, UsageError
from sim.manifest import Manifest, NodeSize, ReplicationSummary, TableSummary, read_manifest, run_digest, write_manifest
from sim.results import Recorder, Results, run_directory

NOW = datetime(2007, 11, 5, 8, 0, tzinfo=UTC)


def events(messages: list[str], replication: int = 0) -> pl.DataFrame:
    count = len(messages)
    columns = {
        "replication": [replication] * count,
        "time_s": [float(i) for i in range(count)],
        "node": ["um1"] * count,
        "event": ["started"] * count,
        "level": ["information"] * count,
        "windows_event_id": [None if i % 3 else i for i in range(count)],
        "message": messages,
    }
    return pl.DataFrame(columns, schema=observations.schema("events"))


def calls(count: int) -> pl.DataFrame:
    rows = pl.select(call=pl.int_range(count, dtype=pl.Int64)).with_columns(
        replication=pl.lit(0, pl.Int32),
        population=pl.lit("staff"),
        call_class=pl.lit("call_answering"),
        gateway=pl.when(pl.col("call") % 5 > 0).then(pl.format("gw{}", pl.col("call") % 3)),
        server=pl.lit(None),
        attempts=pl.lit(1),
        outcome=pl.when(pl.col("call") % 5 > 0).then(pl.lit("completed")).otherwise(pl.lit("blocked")),
        reason=pl.when(pl.col("call") % 5 > 0).then(pl.lit("none")).otherwise(pl.lit("channels_busy")),
        connection=pl.lit("reused"),
        signalling=pl.lit("tls"),
        media=pl.lit("srtp"),
        submission=pl.lit("none"),
        arrived_s=pl.col("call") * 0.1,
        setup_s=pl.when(pl.col("call") % 5 > 0).then(0.012),
        hung_up_s=pl.lit(None),
        delivered_s=pl.lit(None),
        cpu_wait_s=pl.lit(0.0),
        ended_s=pl.col("call") * 0.1 + 30,
        lost_s=pl.lit(None),
    )
    schema = observations.schema("calls")
    return rows.select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def manifest(*replications: ReplicationSummary) -> Manifest:
    return Manifest(
        umtwin_version="0.1.0",
        scenario_name="Busy hour, Zürich",
        scenario={"name": "Busy hour, Zürich", "nodes": {"gw1": {"kind": "ip_gateway", "channels": 3}}},
        scenario_hash="ab" * 32,
        nodes={"gw1": NodeSize("ip_gateway", 3, 1), "ca1": NodeSize("certificate_authority", None, None)},
        interval_s=60.0,
        seed=7,
        engine="kernel",
        cost_profile="reference",
        cost_profile_hash="cd" * 32,
        library_versions={"polars": "2.1.0"},
        created="2007-11-05T08:00:00+00:00",
        status="complete",
        message="",
        replications=replications,
        reproducible=True,
        digest=run_digest(replications),
    )


def recorded(directory: Path, replication: int, *frames: tuple[str, pl.DataFrame]) -> ReplicationSummary:
    """A complete replication of what is given."""
    with Recorder(directory, replication) as recorder:
        for table, frame in frames:
            recorder.append(table, frame)
    return ReplicationSummary(replication, "complete", 3600.0, recorder.close())


# -- directories


def test_directory_tells_time_name_and_content(tmp_path: Path) -> None:
    zurich = NOW.astimezone(timezone(timedelta(hours=1)))
    directory = run_directory(tmp_path / "results", "Busy hour, secured!", "0123456789abcdef", zurich)
    assert directory.name == "20071105T080000Z-busy-hour-secured-01234567"
    assert directory.is_dir()


def test_second_run_within_a_second_gets_its_own_directory(tmp_path: Path) -> None:
    made = [run_directory(tmp_path, "x", "0123456789", NOW).name for _ in range(3)]
    assert made == [f"20071105T080000Z-x-01234567{end}" for end in ("", "-2", "-3")]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("...", "run"),
        ("", "run"),
        ("a\0b\nc\\d", "a-b-c-d"),
        ("Zürich 電話", "zurich"),
        ("x" * 500, "x" * 48),
    ],
)
def test_hostile_names_give_a_safe_directory(tmp_path: Path, name: str, slug: str) -> None:
    directory = run_directory(tmp_path, name, "0123456789", NOW)
    assert directory == tmp_path / f"20071105T080000Z-{slug}-01234567"


def test_directory_below_a_file_is_an_error_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("in the way")
    with pytest.raises(ResultsError, match=r"results: cannot make a directory for the results: File exists"):
        run_directory(tmp_path / "results", "x", "0123456789", NOW)


# -- recorder


def test_tables_come_back_as_they_were(tmp_path: Path) -> None:
    first, second = calls(10), events(["größer", "", 'with "quotes"'])
    write_manifest(tmp_path, manifest(recorded(tmp_path, 0, ("calls", first), ("events", second))))
    run = Results(tmp_path)
    assert_frame_equal(run.table("calls").collect(), first)
    assert_frame_equal(run.table("events").collect(), second)


def test_empty_table_keeps_its_columns(tmp_path: Path) -> None:
    write_manifest(tmp_path, manifest(recorded(tmp_path, 0)))
    assert_frame_equal(Results(tmp_path).table("verdicts").collect(), observations.empty("verdicts"))
    assert not (tmp_path / "verdicts").exists()


def test_parts_are_written_as_rows_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "_PART_ROWS", 100)
    recorder = Recorder(tmp_path, 3)
    for _ in range(5):
        recorder.append("calls", calls(60))
    assert sorted(part.name for part in (tmp_path / "calls").iterdir()) == ["r0003-0000.parquet", "r0003-0001.parquet"]
    assert recorder.close()["calls"].rows == 300


@pytest.mark.parametrize("part_rows", [1, 7, 64, 1000])
@pytest.mark.parametrize("chunk", [1, 10, 100])
def test_digest_does_not_depend_on_boundaries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part_rows: int, chunk: int
) -> None:
    frame, text = calls(100), events([f"message {i}" * (i % 4) for i in range(100)])
    whole = recorded(tmp_path / "whole", 0, ("calls", frame), ("events", text)).tables
    monkeypatch.setattr(results, "_PART_ROWS", part_rows)
    cut = [
        (table, data.slice(i, chunk))
        for table, data in (("calls", frame), ("events", text))
        for i in range(0, 100, chunk)
    ]
    assert recorded(tmp_path / "cut", 0, *cut).tables == whole


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("call", 1_000),
        ("gateway", "gw9"),
        ("gateway", None),
        ("gateway", ""),
        ("reason", "gave_up"),
        ("outcome", None),
        ("setup_s", None),
        ("setup_s", 0.0),
        ("setup_s", 0.012000000000000002),
        ("cpu_wait_s", -0.0),
    ],
)
def test_digest_notices_one_changed_value(tmp_path: Path, column: str, value: object) -> None:
    frame = calls(10)
    changed = pl.concat(
        [frame[:4], frame[4:5].with_columns(pl.lit(value, frame.schema[column]).alias(column)), frame[5:]]
    )
    before = recorded(tmp_path / "before", 0, ("calls", frame)).tables["calls"].digest
    assert recorded(tmp_path / "after", 0, ("calls", changed)).tables["calls"].digest != before


@pytest.mark.parametrize("pair", [(["ab", "c"], ["a", "bc"]), (["", "a"], ["a", ""]), (["a\0", ""], ["a", "\0"])])
def test_digest_tells_texts_apart_that_join_to_the_same(tmp_path: Path, pair: tuple[list[str], list[str]]) -> None:
    one, other = (
        recorded(tmp_path / str(i), 0, ("events", events(messages))).tables["events"].digest
        for i, messages in enumerate(pair)
    )
    assert one != other


def test_digest_is_defined_by_bytes(tmp_path: Path) -> None:
    """Marks, then values, of each column: lengths and UTF-8 of text, places of nulls and bytes of numbers."""

    def text(*values: str) -> bytes:
        lengths = b"".join(struct.pack("<I", len(value.encode())) for value in values)
        return sha256(lengths).digest() + sha256("".join(values).encode()).digest()

    def numbers(form: str, *values: float | None) -> bytes:
        nulls = b"".join(struct.pack("<Q", place) for place, value in enumerate(values) if value is None)
        return sha256(nulls).digest() + sha256(struct.pack(form, *(value or 0 for value in values))).digest()

    columns = {
        "replication": numbers("<2i", 0, 0),
        "time_s": numbers("<2d", 0.0, 1.0),
        "node": text("um1", "um1"),
        "event": text("started", "started"),
        "level": text("information", "information"),
        "windows_event_id": numbers("<2i", 0, None),
        "message": text("größer", ""),
    }
    expected = sha256(b"".join(name.encode() + b"\0" + digest for name, digest in columns.items())).hexdigest()
    assert recorded(tmp_path, 0, ("events", events(["größer", ""]))).tables["events"] == TableSummary(2, expected)


def test_other_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="calls: columns are"):
        Recorder(tmp_path, 0).append("calls", events(["x"]))


def test_full_disk_keeps_earlier_parts_and_leaves_no_partial_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "_PART_ROWS", 10)
    recorder = Recorder(tmp_path, 0)
    recorder.append("calls", calls(10))

    def full(_: pl.DataFrame, file: Path, **_options: object) -> None:
        file.write_bytes(b"PAR1")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    with pytest.raises(ResultsError, match=r"r0000-0001\.parquet: cannot write results: .*No space left on device"):
        recorder.append("calls", calls(10))
    assert [part.name for part in (tmp_path / "calls").iterdir()] == ["r0000-0000.parquet"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_full_disk_as_polars_reports_it(tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "r0000-0000.partial").symlink_to("/dev/full")
    recorder = Recorder(tmp_path, 0)
    recorder.append("events", events(["x"]))
    with pytest.raises(ResultsError, match="No space left on device"):
        recorder.close()


def test_body_that_fails_writes_no_rest(tmp_path: Path) -> None:
    def interrupted() -> None:
        with Recorder(tmp_path, 0) as recorder:
            recorder.append("calls", calls(5))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not (tmp_path / "calls").exists()


# -- reading


def test_only_complete_replications_are_read_unless_asked(tmp_path: Path) -> None:
    complete = recorded(tmp_path, 0, ("events", events(["a"])))
    cut = dataclasses.replace(recorded(tmp_path, 1, ("events", events(["b"], 1))), status="interrupted")
    write_manifest(tmp_path, manifest(complete, cut))
    run = Results(tmp_path)
    assert run.table("events").collect()["message"].to_list() == ["a"]
    assert run.table("events", complete_only=False).collect()["message"].to_list() == ["a", "b"]


def test_truncated_part_is_named(tmp_path: Path) -> None:
    write_manifest(tmp_path, manifest(recorded(tmp_path, 0, ("calls", calls(100)))))
    part = tmp_path / "calls" / "r0000-0000.parquet"
    part.write_bytes(part.read_bytes()[:-20])
    with pytest.raises(ResultsError, match=r"r0000-0000\.parquet: damaged or cut short"):
        Results(tmp_path).table("calls")


def test_missing_part_is_noticed(tmp_path: Path) -> None:
    write_manifest(tmp_path, manifest(recorded(tmp_path, 0, ("calls", calls(100)))))
    (tmp_path / "calls" / "r0000-0000.parquet").unlink()
    with pytest.raises(ResultsError, match="calls: 0 rows where the manifest has 100: parts are missing"):
        Results(tmp_path).table("calls")


def test_part_of_another_version_is_refused(tmp_path: Path) -> None:
    write_manifest(tmp_path, manifest(recorded(tmp_path, 0, ("calls", calls(1)))))
    pl.DataFrame({"call": [0]}).write_parquet(tmp_path / "calls" / "r0000-0000.parquet")
    with pytest.raises(ResultsError, match="its columns are not those of this umtwin's table calls"):
        Results(tmp_path).table("calls")


def test_unknown_table_names_the_tables(tmp_path: Path) -> None:
    write_manifest(tmp_path, manifest())
    with pytest.raises(UsageError, match="no table 'call': the tables are calls, usage, cpu"):
        Results(tmp_path).table("call")


# -- manifest


def test_manifest_comes_back_as_it_was(tmp_path: Path) -> None:
    written = manifest(
        ReplicationSummary(0, "complete", 7200.0, {t: TableSummary(1, "ab") for t in observations.TABLES})
    )
    write_manifest(tmp_path, written)
    assert read_manifest(tmp_path) == written
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_run_digest_counts_complete_replications_in_order() -> None:
    def replication(index: int, digest: str) -> ReplicationSummary:
        return ReplicationSummary(
            index, "complete", 1.0, {table: TableSummary(1, digest) for table in observations.TABLES}
        )

    first, second = replication(0, "aa"), replication(1, "bb")
    cut = dataclasses.replace(replication(2, "cc"), status="interrupted")
    assert run_digest([second, first, cut]) == run_digest([first, second])
    assert run_digest([first, second]) != run_digest([replication(0, "bb"), replication(1, "aa")])


def test_manifest_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_manifest(tmp_path, manifest())

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ResultsError, match=r"manifest\.json: cannot write results: No space left on device"):
        write_manifest(tmp_path, dataclasses.replace(manifest(), seed=8))
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]
    assert read_manifest(tmp_path).seed == 7


def test_directory_without_manifest_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"no results of umtwin here: manifest\.json is missing"):
        Results(tmp_path)


def test_newer_manifest_names_its_version(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"format": 2, "umtwin_version": "9.0"}))
    with pytest.raises(ResultsError, match=r"written by umtwin 9\.0 in format 2, this umtwin reads formats up to 1"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "damaged: Expecting value"),
        (b'{"format": 1', "damaged: Expecting ',' delimiter"),
        (b"\xff\xfe", "damaged: 'utf-8' codec"),
        (b"[]", "damaged: "),
        (b"[" * 100_000, "damaged: "),
        (b"{}", "damaged: it lacks 'format'"),
        (b'{"format": 1, "replications": [{"tables": {"calls": 3}}]}', "damaged: "),
        (b'{"format": 1, "replications": [], "status": "fine"}', "status is 'fine', should be one of complete"),
    ],
)
def test_damaged_manifest_is_named(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(ResultsError, match=rf"manifest\.json: (damaged: )?{why}"):
        read_manifest(tmp_path)
