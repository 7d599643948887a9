"""A run's directory keeps what was finished: whatever ends the run before its time."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from estates import small

from sim.errors import ResultsError, UsageError
from sim.results import Results
from sim.study.replicate import InterruptedRunError, run_scenario

THREE = "run.replications=3"


def only_directory(root: Path) -> Path:
    (directory,) = root.iterdir()
    return directory


def fill_disk(monkeypatch: pytest.MonkeyPatch, after_files: int) -> None:
    """The disk is full once so many files of tables are written."""
    write = pl.DataFrame.write_parquet
    written: list[pl.DataFrame] = []

    def write_or_fail(self: pl.DataFrame, *args: Any, **kwargs: Any) -> None:
        if len(written) == after_files:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written.append(self)
        write(self, *args, **kwargs)

    monkeypatch.setattr(pl.DataFrame, "write_parquet", write_or_fail)


def interrupt_after(share: float) -> Any:
    """Ctrl-C when so much of the work is done."""

    def on_progress(done: float) -> None:
        if done >= share:
            signal.raise_signal(signal.SIGINT)

    return on_progress


def test_progress_comes_to_its_end_in_order(tmp_path: Path) -> None:
    shares: list[float] = []
    run_scenario(small("run.replications=2"), root=tmp_path, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] > 0.98


def test_full_disk_keeps_and_marks_what_was_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = len(list(run_scenario(small(), root=tmp_path / "one").path.glob("*/r0000-*")))
    fill_disk(monkeypatch, after_files=2 * files + 1)
    with pytest.raises(ResultsError, match="No space left on device") as raised:
        run_scenario(small(THREE), root=tmp_path / "three")
    kept = Results(only_directory(tmp_path / "three"))
    assert kept.manifest.status == "failed"
    assert [each.index for each in kept.manifest.replications] == [0, 1]
    assert set(kept.table("calls").collect()["replication"]) == {0, 1}
    assert raised.value.__notes__ == [f"2 replications were finished and are kept in {kept.path}"]


def test_full_disk_leaves_no_directory_of_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_disk(monkeypatch, after_files=0)
    with pytest.raises(ResultsError):
        run_scenario(small(THREE), root=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_interrupt_keeps_what_was_finished(tmp_path: Path) -> None:
    with pytest.raises(InterruptedRunError, match="interrupted: 1 of 3 replications were finished") as raised:
        run_scenario(small(THREE), root=tmp_path, progress=interrupt_after(0.5))
    kept = Results(raised.value.directory)
    assert (kept.manifest.status, raised.value.exit_code) == ("interrupted", 130)
    assert [each.status for each in kept.manifest.replications] == ["complete", "interrupted"]
    assert set(kept.table("calls").collect()["replication"]) == {0}


def test_interrupted_replication_tells_how_far_it_came(tmp_path: Path) -> None:
    with pytest.raises(InterruptedRunError) as raised:
        run_scenario(small(), root=tmp_path, progress=interrupt_after(0.5))
    (replication,) = Results(raised.value.directory).manifest.replications
    assert replication.ended_at_s == pytest.approx(300.0, abs=6.0)


def test_interrupt_handler_is_put_back(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    run_scenario(small(), root=tmp_path)
    assert signal.getsignal(signal.SIGINT) is before


def test_unknown_cost_profile_leaves_no_directory(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no cost profile 'nowhere\.json'"):
        run_scenario(small("crypto.costs=nowhere.json"), root=tmp_path / "results")
    assert not (tmp_path / "results").exists()


def test_costs_that_the_profile_lacks_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"exchange2007 cannot .* kind p-256; it takes rsa-2048, "):
        run_scenario(small('crypto.tls="1.0"'), root=tmp_path / "results")
    assert not (tmp_path / "results").exists()


def test_manifest_tells_what_was_run(tmp_path: Path) -> None:
    scenario = small()
    manifest = run_scenario(scenario, root=tmp_path, engine="reference").manifest
    assert (manifest.scenario_name, manifest.scenario_hash) == (scenario.name, scenario.hash())
    assert (manifest.engine, manifest.cost_profile, manifest.seed) == ("reference", "reference", 7)
    assert manifest.nodes["gw1"].capacity == 30
    assert manifest.nodes["um1"].capacity == 100
