"""Rows of the lake at rest: Parquet files of legs and rejects, written in streams and read back in stretches.

Belongs here: how a part is written so that the same rows give the same bytes, what its record says, reading it.
Does not belong here: the record of an hour (lake.py), the order of rows (spool.py), which rows there are (ingest.py).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import cast

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from polars.io.plugins import register_io_source

from pipelines.columns import LEG_COLUMNS, REJECT_COLUMNS, Column, arrow_schema, polars_schema
from pipelines.lake import PartRecord, hour_text, stem
from pipelines.storage import Store

_ROW_GROUP_ROWS = 65_536
_ROW_GROUPS_AT_ONCE = 4


def write_legs(lake: Store, feed_id: str, drop_hour: datetime, legs: pl.DataFrame) -> PartRecord | None:
    """Write *legs*, in any order, as the part of one (feed, drop hour)."""
    return write_sorted_legs(lake, stem("cdr", feed_id, drop_hour), [legs.sort("setup_at", "file_id", "line_number")])


def write_sorted_legs(lake: Store, key_stem: str, frames: Iterable[pl.DataFrame]) -> PartRecord | None:
    """Write legs, sorted by setup_at, as one part; None, and no file, where there are no legs.

    The same legs give the same bytes, however they are cut into *frames*.
    """
    tally = _Tally()
    part = _write(lake, key_stem, tally.counted(frames), LEG_COLUMNS, "One row per leg that a file states.")
    return None if part is None else tally.noted(part)


def write_sorted_rejects(lake: Store, key_stem: str, frames: Iterable[pl.DataFrame]) -> PartRecord | None:
    """Write rejects, sorted by file and line; None, and no file, where there are none."""
    return _write(lake, key_stem, iter(frames), REJECT_COLUMNS, "One row per line not accepted.")


class _Tally:
    """What the record of a part says of its rows, counted while they pass."""

    def __init__(self) -> None:
        self._hours: Counter[datetime] = Counter()
        self._last_end: datetime | None = None
        self._first_setup: datetime | None = None

    def counted(self, frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        for frame in frames:
            if frame.height:
                hours = frame.group_by(pl.col("setup_at").dt.truncate("1h")).len()
                self._hours.update(dict(hours.iter_rows()))
                first, last = frame.select(pl.col("setup_at").min(), pl.col("ended_at").max()).row(0)
                self._first_setup = first if self._first_setup is None else min(first, self._first_setup)
                self._last_end = last if self._last_end is None else max(last, self._last_end)
            yield frame

    def noted(self, part: PartRecord) -> PartRecord:
        hours = {hour_text(hour): count for hour, count in sorted(self._hours.items())}
        return replace(part, first_setup_at=self._first_setup, last_ended_at=self._last_end, hours=hours)


def _write(
    lake: Store, key_stem: str, frames: Iterator[pl.DataFrame], columns: tuple[Column, ...], grain: str
) -> PartRecord | None:
    frames = (frame for frame in frames if frame.height)
    first = next(frames, None)
    if first is None:
        return None
    with lake.scratch(key_stem + ".parquet") as path:
        row_count = _write_rows(str(path), first, frames, columns, arrow_schema(columns, grain))
        with path.open("rb") as handle:
            sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
        size = path.stat().st_size
        key = f"{key_stem}.{sha256[:16]}.parquet"
        lake.adopt(key, path)
    return PartRecord(key=key, sha256=sha256, size_bytes=size, row_count=row_count)


def _write_rows(
    path: str, first: pl.DataFrame, rest: Iterator[pl.DataFrame], columns: tuple[Column, ...], schema: pa.Schema
) -> int:
    """Write the frames to *path* in row groups of one size; return how many rows there were."""
    second = next(rest, None)
    counts = [first.height]

    def frames() -> Iterator[pl.DataFrame]:
        yield first
        for frame in chain([] if second is None else [second], rest):
            counts.append(frame.height)
            yield frame

    # A frame of its own is written without the streaming engine, which takes a moment to set up; the bytes are equal.
    lazy = first.lazy() if second is None else _lazy(frames(), columns)
    lazy.sink_parquet(
        path,
        compression="zstd",
        compression_level=1,  # three times faster than the default level for a tenth more bytes
        row_group_size=_ROW_GROUP_ROWS,
        statistics="full",
        metadata={key.decode(): value.decode() for key, value in (schema.metadata or {}).items()},
        arrow_schema=schema,
        maintain_order=True,
        engine="in-memory" if second is None else "streaming",
    )
    return sum(counts)


def _lazy(frames: Iterator[pl.DataFrame], columns: tuple[Column, ...]) -> pl.LazyFrame:
    def source(
        _columns: list[str] | None, _predicate: pl.Expr | None, _rows: int | None, _batch: int | None
    ) -> Iterator[pl.DataFrame]:
        return frames

    return register_io_source(source, schema=polars_schema(columns))


def is_whole(lake: Store, part: PartRecord) -> bool:
    """Say whether the file of *part* is there, and is byte for byte what was written."""
    return lake.exists(part.key) and lake.sha256(part.key) == part.sha256


def read_rows(
    lake: Store, part: PartRecord | None, columns: tuple[Column, ...], file_ids: Collection[str]
) -> pl.DataFrame:
    """Return the rows of *part* that came from *file_ids*."""
    return pl.concat([pl.DataFrame(schema=polars_schema(columns)), *row_batches(lake, part, columns, file_ids)])


def row_batches(
    lake: Store, part: PartRecord | None, columns: tuple[Column, ...], file_ids: Collection[str]
) -> Iterator[pl.DataFrame]:
    """Yield the rows of *part* that came from *file_ids*, a few row groups at a time."""
    if part is None or not file_ids:
        return
    schema = polars_schema(columns)
    with lake.open(part.key) as stream, pq.ParquetFile(stream) as file:
        groups = range(file.num_row_groups)
        for at in range(0, len(groups), _ROW_GROUPS_AT_ONCE):
            read = file.read_row_groups(list(groups[at : at + _ROW_GROUPS_AT_ONCE]))
            rows = cast(pl.DataFrame, pl.from_arrow(read, schema=schema))
            some = rows.filter(pl.col("file_id").is_in(sorted(file_ids)))
            if some.height:
                yield some
