"""One drop hour's files become one part, its rejects and its record.

Belongs here: reading every file of (feed, drop hour), keeping rows whose file is gone, committing the record.
Does not belong here: which hours are due (assets/reading.py), how a line becomes a leg (formats/), where files lie
(storage.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from io import RawIOBase
from typing import BinaryIO, cast

import polars as pl

from pipelines import lake
from pipelines.columns import LEG_COLUMNS, REJECT_COLUMNS, polars_schema
from pipelines.entries import Entry
from pipelines.formats import FileFault
from pipelines.formats.reading import read_legs
from pipelines.lake import FileRecord, HourRecord
from pipelines.settings import Feed
from pipelines.storage import Store

_DRAIN_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class HourToRead:
    """What one ingest of a (feed, drop hour) works on.

    entries: what landing holds for the hour, in byte order of the paths. unstable: paths that changed between two
    looks. former: the record of the last ingest. seen_hour: the hour of this run.
    """

    feed: Feed
    drop_hour: datetime
    seen_hour: datetime
    entries: Sequence[Entry]
    unstable: frozenset[str] = frozenset()
    former: HourRecord | None = None


@dataclass(frozen=True, slots=True)
class _FileRows:
    record: FileRecord
    legs: pl.DataFrame
    rejects: pl.DataFrame


def ingest_hour(landing: Store, lake_store: Store, hour: HourToRead) -> HourRecord:
    """Read every file of *hour*, write part and rejects, commit the record and return it.

    A fault of a file or a row becomes part of the record. Raises OSError when the lake cannot be written; the former
    record holds then.
    """
    read = [_read_file(landing, hour, entry) for entry in hour.entries]
    kept, replaced = _keep_former(lake_store, hour, [file.record for file in read])
    files = sorted([*read, *kept], key=lambda file: (file.record.file_path.encode(), file.record.file_id))
    legs = pl.concat([pl.DataFrame(schema=polars_schema(LEG_COLUMNS)), *(file.legs for file in files)])
    rejects = pl.concat([pl.DataFrame(schema=polars_schema(REJECT_COLUMNS)), *(file.rejects for file in files)])
    record = HourRecord(
        feed_id=hour.feed.feed_id,
        drop_hour=hour.drop_hour,
        part=lake.write_legs(lake_store, hour.feed.feed_id, hour.drop_hour, legs),
        rejects=lake.write_rejects(lake_store, hour.feed.feed_id, hour.drop_hour, rejects),
        files=tuple(file.record for file in files),
        replaced=replaced,
    )
    lake.write_record(lake_store, record)
    _remove_former_parts(lake_store, hour.former, record)
    return record


def _read_file(landing: Store, hour: HourToRead, entry: Entry) -> _FileRows:
    """Read one file whole; a file that cannot be read to its end gives no rows at all."""
    if not entry.is_file:
        return _fault(hour, entry, "", "not_a_file", "a folder, or no plain file, has its name; move it out of landing")
    if "\\x" in entry.key and not landing.exists(entry.key):  # how a listing shows bytes that are no UTF-8
        return _fault(hour, entry, "", "unreadable", "its name is no UTF-8; rename it")
    if entry.key in hour.unstable:
        return _fault(hour, entry, "", *_STILL_BEING_WRITTEN)
    try:
        with landing.open(entry.key) as raw:
            hashing = _HashingStream(raw)
            legs, rejects, fault = _read_rows(hour, entry, hashing)
            sha256 = hashing.sha256_of_all()
    except FileNotFoundError:
        return _fault(hour, entry, "", "missing", "listed, then gone before it was read")
    except OSError as refusal:
        return _fault(hour, entry, "", "unreadable", f"{refusal.strerror}; let the pipeline's user read it")
    seen_again = landing.stat(entry.key)
    if seen_again is None or (seen_again.size, seen_again.modified_ns) != (entry.size, entry.modified_ns):
        return _fault(hour, entry, "", *_STILL_BEING_WRITTEN)
    if fault is not None:
        return _fault(hour, entry, sha256, fault.status_code, fault.reason)
    file_id = lake.file_id(hour.feed.feed_id, entry.key, sha256)
    named = pl.lit(file_id).alias("file_id")
    record = FileRecord(
        file_id=file_id,
        file_path=entry.key,
        size_bytes=entry.size,
        modified_ns=entry.modified_ns,
        sha256=sha256,
        first_seen_at=_first_seen(hour, file_id),
        status_code="loaded",
        row_count=legs.height + rejects.height,
        parsed_count=legs.height,
        rejected_count=rejects.height,
    )
    return _FileRows(record, legs.with_columns(named), rejects.with_columns(named))


_STILL_BEING_WRITTEN = ("still_being_written", "size or time changed between two looks; the next run reads it")


def _read_rows(
    hour: HourToRead, entry: Entry, stream: _HashingStream
) -> tuple[pl.DataFrame, pl.DataFrame, FileFault | None]:
    legs = [pl.DataFrame(schema=polars_schema(LEG_COLUMNS))]
    rejects = [pl.DataFrame(schema=polars_schema(REJECT_COLUMNS))]
    try:
        for batch in read_legs(
            cast(BinaryIO, stream), file_id="", file_name=entry.key, feed=hour.feed, drop_hour=hour.drop_hour
        ):
            legs.append(batch.legs)
            rejects.append(batch.rejects)
    except FileFault as fault:
        return legs[0], rejects[0], fault
    return pl.concat(legs), pl.concat(rejects), None


def _first_seen(hour: HourToRead, file_id: str) -> datetime:
    """Return when these bytes were first read under this name."""
    former = hour.former.files if hour.former is not None else ()
    return next((file.first_seen_at for file in former if file.file_id == file_id), hour.seen_hour)


def _fault(hour: HourToRead, entry: Entry, sha256: str, status_code: str, reason: str) -> _FileRows:
    file_id = lake.file_id(hour.feed.feed_id, entry.key, sha256)
    record = FileRecord(
        file_id=file_id,
        file_path=entry.key,
        size_bytes=entry.size,
        modified_ns=entry.modified_ns,
        sha256=sha256,
        first_seen_at=_first_seen(hour, file_id),
        status_code=status_code,
        status_reason=reason,
    )
    empty = pl.DataFrame
    return _FileRows(record, empty(schema=polars_schema(LEG_COLUMNS)), empty(schema=polars_schema(REJECT_COLUMNS)))


def _keep_former(
    lake_store: Store, hour: HourToRead, read: Sequence[FileRecord]
) -> tuple[list[_FileRows], tuple[FileRecord, ...]]:
    """Return the former files whose rows stay, and the records of those that new bytes replaced.

    A file gone from landing keeps its rows. New bytes under a known name replace its rows, unless they cannot be read.
    """
    former = hour.former
    if former is None:
        return [], ()
    now = {record.file_path: record for record in read}
    replaced = list(former.replaced)
    kept: list[FileRecord] = []
    for file in former.files:
        current = now.get(file.file_path)
        if file.status_code not in lake.READ_STATUSES or (current is not None and current.file_id == file.file_id):
            continue
        if current is not None and current.status_code == "loaded":
            replaced.append(replace(file, status_code="replaced"))
            continue
        kept.append(replace(file, status_code="kept_without_source"))
    return [
        _FileRows(
            file,
            lake.read_rows(lake_store, former.part, LEG_COLUMNS, {file.file_id}),
            lake.read_rows(lake_store, former.rejects, REJECT_COLUMNS, {file.file_id}),
        )
        for file in kept
    ], tuple(replaced)


def _remove_former_parts(lake_store: Store, former: HourRecord | None, record: HourRecord) -> None:
    if former is None:
        return
    named = {part.key for part in (record.part, record.rejects) if part is not None}
    for part in (former.part, former.rejects):
        if part is not None and part.key not in named:
            lake_store.delete(part.key)


class _HashingStream(RawIOBase):
    """A read-only stream that hashes what passes, so that the bytes hashed are the bytes parsed."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self._digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        self._digest.update(data)
        buffer[: len(data)] = data
        return len(data)

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._digest.update(data)
        return data

    def sha256_of_all(self) -> str:
        """Return the hash of the whole file, reading what the parser left unread."""
        while self.read(_DRAIN_BYTES):
            pass
        return self._digest.hexdigest()
