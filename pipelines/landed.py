"""One file of landing, or one stretch of a growing one, read: its record, and its rows handed on as they come.

Belongs here: hashing the very bytes that are parsed, files that change or cannot be read, what becomes of a fault.
Does not belong here: how a line becomes a leg (formats/), what is done with the rows (ingest.py), where files lie.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from io import RawIOBase
from typing import BinaryIO, cast

import polars as pl

from pipelines import lake
from pipelines.entries import PACKED_SUFFIXES, Entry
from pipelines.formats import FileFault
from pipelines.formats.reading import read_legs
from pipelines.growing import Stretch, StretchStream, header_lines
from pipelines.lake import FileRecord, Segment
from pipelines.settings import Feed
from pipelines.storage import Store

_DRAIN_BYTES = 1 << 20
_STILL_BEING_WRITTEN = ("still_being_written", "size or time changed between two looks; the next run reads it")
_NOT_A_FILE = ("not_a_file", "a folder, or no plain file, has its name; move it out of landing")
_NO_UTF_8 = ("unreadable", "its name is no UTF-8; rename it")
_PACKED = ("wrong_format", "a growing file cannot be packed; have it written plain, or leave append out of the feed")

Take = Callable[[pl.DataFrame, pl.DataFrame], None]
"""Is given legs and rejects of a batch. They count only when the file's record says loaded."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads files of one (feed, drop hour). seen_hour: the hour of this run; rows are judged by drop_hour."""

    landing: Store
    feed: Feed
    drop_hour: datetime
    seen_hour: datetime

    def read_file(self, entry: Entry, take: Take, *, is_unstable: bool = False) -> FileRecord:
        """Read one file whole; the rows of one that cannot be read to its end do not count."""
        fault = _NOT_A_FILE if not entry.is_file else self._bad_name(entry)
        if fault is not None or is_unstable:
            return self._fault(entry, "", *(fault or _STILL_BEING_WRITTEN))
        try:
            with self.landing.open(entry.key) as raw:
                hashing = _HashingStream(raw)
                parsed, rejected, file_fault = self._rows(hashing, entry.key, take, shift=0)
                sha256 = hashing.sha256_of_all()
        except FileNotFoundError:
            return self._fault(entry, "", "missing", "listed, then gone before it was read")
        except OSError as refusal:
            return self._fault(entry, "", "unreadable", f"{refusal.strerror}; let the pipeline's user read it")
        seen_again = self.landing.stat(entry.key)
        if seen_again is None or (seen_again.size, seen_again.modified_ns) != (entry.size, entry.modified_ns):
            return self._fault(entry, "", *_STILL_BEING_WRITTEN)
        if file_fault is not None:
            return self._fault(entry, sha256, file_fault.status_code, file_fault.reason)
        return self.record(entry, sha256, parsed, rejected)

    def read_stretch(self, stretch: Stretch, take: Take) -> FileRecord | None:
        """Read one stretch of a growing file; None where it was read before and is no longer what it was."""
        entry = stretch.entry
        fault = _NOT_A_FILE if not entry.is_file else self._bad_name(entry)
        if fault is None and entry.key.endswith(PACKED_SUFFIXES):
            fault = _PACKED
        if fault is not None:
            return self._fault(entry, "", *fault, stretch.segment, stretch.size)
        try:
            with self.landing.open(entry.key) as raw:
                head = header_lines(raw, self.feed.format) if stretch.segment.offset else b""
                stream = StretchStream(raw, head, stretch)
                shift = stretch.segment.lines_before - head.count(b"\n")
                parsed, rejected, file_fault = self._rows(stream, entry.key, take, shift=shift)
                sha256 = stream.sha256_of_all()
        except FileNotFoundError:
            return self._fault(entry, "", "missing", "listed, then gone before it was read", stretch.segment)
        except OSError as refusal:
            reason = f"{refusal.strerror}; let the pipeline's user read it"
            return self._fault(entry, "", "unreadable", reason, stretch.segment)
        if stretch.sha256 and sha256 != stretch.sha256:
            return None
        segment = replace(stretch.segment, line_count=stream.line_count)
        if not stream.is_whole:
            return self._fault(entry, "", *_STILL_BEING_WRITTEN, segment)
        if file_fault is not None:
            return self._fault(entry, sha256, file_fault.status_code, file_fault.reason, segment, stretch.size)
        return self.record(entry, sha256, parsed, rejected, segment, stretch.size)

    def header_line(self, entry: Entry) -> bytes | None:
        """Return the first line of a file that was read well, where that is its header."""
        with self.landing.open(entry.key) as stream:
            head = header_lines(stream, self.feed.format)
        return head.rstrip(b"\r\n") if head.count(b"\n") == 1 else None

    def _bad_name(self, entry: Entry) -> tuple[str, str] | None:
        # A listing shows bytes that are no UTF-8 so.
        return _NO_UTF_8 if "\\x" in entry.key and not self.landing.exists(entry.key) else None

    def _rows(self, stream: RawIOBase, name: str, take: Take, *, shift: int) -> tuple[int, int, FileFault | None]:
        """Hand on every row, its line moved by *shift*; return how many legs and rejects, and what stopped the rest."""
        parsed = rejected = 0
        try:
            for batch in read_legs(
                cast(BinaryIO, stream), file_id="", file_name=name, feed=self.feed, drop_hour=self.drop_hour
            ):
                parsed += batch.legs.height
                rejected += batch.rejects.height
                take(_shifted(batch.legs, shift), _shifted(batch.rejects, shift))
        except FileFault as fault:
            return 0, 0, fault
        return parsed, rejected, None

    def record(
        self,
        entry: Entry,
        sha256: str,
        parsed: int,
        rejected: int,
        segment: Segment | None = None,
        size: int | None = None,
    ) -> FileRecord:
        """Return the record of a file, or of *size* bytes of one, that was read to its end."""
        return FileRecord(
            file_id=lake.file_id(self.feed.feed_id, entry.key, sha256, segment),
            file_path=entry.key,
            size_bytes=entry.size if size is None else size,
            modified_ns=entry.modified_ns,
            sha256=sha256,
            first_seen_at=self.seen_hour,
            status_code="loaded",
            row_count=parsed + rejected,
            parsed_count=parsed,
            rejected_count=rejected,
            segment=segment,
        )

    def _fault(
        self,
        entry: Entry,
        sha256: str,
        status_code: str,
        reason: str,
        segment: Segment | None = None,
        size: int | None = None,
    ) -> FileRecord:
        record = self.record(entry, sha256, 0, 0, segment, size)
        return replace(record, status_code=status_code, status_reason=reason)


def _shifted(rows: pl.DataFrame, shift: int) -> pl.DataFrame:
    return rows.with_columns(pl.col("line_number") + shift) if shift and rows.height else rows


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
