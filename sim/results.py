"""A run's directory below ``results/``: Parquet parts of the tables in observations.TABLES, beside the manifest."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
import polars as pl

from sim import observations
from sim.errors import ResultsError, UsageError
from sim.manifest import TableSummary, read_manifest

_PART_ROWS: Final = 262_144
_NULL_LENGTH: Final = 2**32 - 1


def run_directory(root: Path, name: str, content_hash: str, now: datetime) -> Path:
    """Make the directory of a new run: ``<root>/<UTC time>-<slug of name>-<first 8 of content_hash>``.

    A second run of the same name, content and second gets ``-2`` at its end, and so on.

    Raises
    ------
    ResultsError
        The directory cannot be made.
    """
    stem = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{_slug(name)}-{content_hash[:8]}"
    try:
        root.mkdir(parents=True, exist_ok=True)
        names = (stem if attempt == 1 else f"{stem}-{attempt}" for attempt in count(1))
        return next(root / name for name in names if _made(root / name))
    except OSError as error:
        raise ResultsError(f"{root}: cannot make a directory for the results: {error.strerror or error}") from error


def _made(directory: Path) -> bool:
    try:
        directory.mkdir()
    except FileExistsError:
        return False
    return True


def _slug(name: str) -> str:
    """Lower-case ASCII letters, digits and hyphens, at most 48: safe as part of a file name anywhere."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_name.lower())[:48].strip("-") or "run"


class _ColumnDigest:
    """Running SHA-256 of a column's values and of the places of its nulls; where it is cut into parts does not
    matter.
    """

    def __init__(self) -> None:
        self._rows = 0
        self._marks = hashlib.sha256()
        self._values = hashlib.sha256()

    def update(self, series: pl.Series) -> None:
        """Add values. Numbers stand as their bytes, names of an Enum as 8 bytes of their SHA-256, text as UTF-8."""
        if series.dtype == pl.String:  # lengths are the marks: they make the joined text unambiguous
            self._marks.update(series.str.len_bytes().fill_null(_NULL_LENGTH).to_numpy().data)
            self._values.update(series.str.join("").item().encode())
            return
        if series.null_count():
            nulls = series.is_null().arg_true().cast(pl.UInt64) + self._rows
            self._marks.update(nulls.to_numpy().data)
        self._rows += len(series)
        if isinstance(series.dtype, pl.Enum):
            words = [hashlib.sha256(name.encode()).digest()[:8] for name in series.dtype.categories]
            codes = series.to_physical().fill_null(0).to_numpy()
            self._values.update(np.frombuffer(b"".join(words), dtype=np.uint64)[codes].data)
        elif series.dtype == pl.Boolean:
            self._values.update(series.fill_null(value=False).cast(pl.UInt8).to_numpy().data)
        else:
            self._values.update(series.fill_null(0).to_numpy().data)

    def digest(self) -> bytes:
        return self._marks.digest() + self._values.digest()


class _TableWriter:
    """One table of one replication: buffers rows, writes parts, keeps the digest."""

    def __init__(self, directory: Path, table: str, replication: int) -> None:
        self._directory = directory / table
        self._schema = observations.schema(table)
        self._replication = replication
        self._buffer: list[pl.DataFrame] = []
        self._buffered_rows = 0
        self._parts = 0
        self._rows = 0
        self._digests = {name: _ColumnDigest() for name in self._schema}

    def append(self, frame: pl.DataFrame) -> None:
        if frame.schema != self._schema:
            raise ValueError(f"{self._directory.name}: columns are {frame.schema}, should be {self._schema}")
        self._buffer.append(frame)
        self._buffered_rows += frame.height
        if self._buffered_rows >= _PART_ROWS:
            self.flush()

    def flush(self) -> None:
        if not self._buffered_rows:
            return
        frame = pl.concat(self._buffer, rechunk=True)
        _write_part(frame, self._directory / f"r{self._replication:04d}-{self._parts:04d}.parquet")
        for series in frame:
            self._digests[series.name].update(series)
        self._parts += 1
        self._rows += frame.height
        self._buffer.clear()
        self._buffered_rows = 0

    def summary(self) -> TableSummary:
        total = hashlib.sha256()
        for name, digest in self._digests.items():
            total.update(name.encode() + b"\0" + digest.digest())
        return TableSummary(self._rows, total.hexdigest())


def _write_part(frame: pl.DataFrame, path: Path) -> None:
    """Write one Parquet file whole or not at all."""
    partial = path.with_suffix(".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # lz4: 0.108 us and 50 bytes per call; zstd 1: 0.125 us and 44 bytes; uncompressed 0.104 us and 53 bytes
        frame.write_parquet(partial, compression="lz4")
        partial.replace(path)
    except (OSError, pl.exceptions.PolarsError) as error:  # polars reports a full disk as a ComputeError
        raise ResultsError(f"{path}: cannot write results: {error}") from error
    finally:
        partial.unlink(missing_ok=True)


class Recorder:
    """Writes the tables of one replication below a run's directory, part by part, in bounded memory.

    Left without an exception it is closed; left with one, what is buffered is dropped (call ``close`` to keep it).
    """

    def __init__(self, directory: Path, replication: int) -> None:
        self._writers = {table: _TableWriter(directory, table, replication) for table in observations.TABLES}

    def append(self, table: str, frame: pl.DataFrame) -> None:
        """Add rows; ``frame`` has exactly the columns of ``observations.schema(table)``.

        Raises
        ------
        ResultsError
            A part cannot be written; the parts before it are kept.
        """
        self._writers[table].append(frame)

    def close(self) -> dict[str, TableSummary]:
        """Write what is buffered; the summary of every table, empty ones included. May be called again."""
        for writer in self._writers.values():
            writer.flush()
        return {table: writer.summary() for table, writer in self._writers.items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()


class Results:
    """A run's results on disk, read only: its ``path``, its ``manifest`` and its tables.

    Raises
    ------
    ResultsError
        ``path`` holds no results, damaged ones, or those of a newer umtwin.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manifest = read_manifest(path)
        self._rows: dict[Path, int] = {}

    def table(self, table: str, *, complete_only: bool = True) -> pl.LazyFrame:
        """Scan one table of observations.TABLES, by default of complete replications only.

        Raises
        ------
        UsageError
            There is no such table.
        ResultsError
            A part is damaged or missing.
        """
        if table not in observations.TABLES:
            raise UsageError(f"no table {table!r}: the tables are {', '.join(observations.TABLES)}")
        kept = [each for each in self.manifest.replications if each.status == "complete" or not complete_only]
        parts = [part for each in kept for part in sorted((self.path / table).glob(f"r{each.index:04d}-*.parquet"))]
        for part in parts:
            if part not in self._rows:  # footers are read once: a report scans some tables a dozen times
                self._rows[part] = _rows(part, table)
        found = sum(self._rows[part] for part in parts)
        promised = sum(each.tables[table].rows for each in kept if table in each.tables)
        if found != promised:
            raise ResultsError(
                f"{self.path / table}: {found} rows where the manifest has {promised}: parts are missing"
            )
        return pl.scan_parquet(parts) if parts else observations.empty(table).lazy()


def _rows(part: Path, table: str) -> int:
    """The number of rows of a part, from its footer."""
    try:
        scan = pl.scan_parquet(part)
        columns = scan.collect_schema()
        rows = scan.select(pl.len()).collect().item()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ResultsError(f"{part}: damaged or cut short ({error}); run the scenario again") from error
    if columns != observations.schema(table):
        raise ResultsError(f"{part}: its columns are not those of this umtwin's table {table}; run the scenario again")
    return int(rows)
