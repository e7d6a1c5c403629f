"""What the lake holds and where: parts, rejects, and the records that commit them.

Belongs here: keys, statuses, the record of one (feed, drop hour) and its JSON.
Does not belong here: rows at rest (parts.py), how they come to be (formats/, ingest.py), anything derived.

A part that no record names does not exist. A part's name carries its hash, so a new version of an hour lies beside
the former one until the record, replaced in one step, names it: a crash in between loses neither.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from pipelines.columns import SCHEMA_VERSION
from pipelines.storage import Store

FILES = "lake/files"
_HOUR = "%Y-%m-%dT%H"

READ_STATUSES = frozenset({"loaded", "kept_without_source"})
"""Statuses of files whose rows are in the lake."""

EXCLUDED = "excluded"
HELD_STATUSES = READ_STATUSES | {EXCLUDED}
"""Statuses of files whose rows are kept, in the lake or, of those undone, beside it."""

RETRIED_STATUSES = frozenset({"still_being_written", "missing", "unreadable"})
"""Statuses that the next run looks at again even when the file seems unchanged."""


class RecordVersionError(ValueError):
    """A record of lake/files written by a newer Tollbook."""


@dataclass(frozen=True, slots=True)
class PartRecord:
    """One Parquet file of legs or rejects. hours: rows by setup hour ('2026-11-23T10'), empty for rejects."""

    key: str
    sha256: str
    size_bytes: int
    row_count: int
    first_setup_at: datetime | None = None
    last_ended_at: datetime | None = None
    hours: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Segment:
    """The stretch of a growing file that a FileRecord is of; its length is the record's size_bytes.

    offset: its first byte. generation: how often the file had begun anew under its name before. lines_before: lines of
    the file before it. line_count: its own. edges_sha256: of the file's first and last bytes as far as this stretch
    goes, to tell that file from another under its name (growing.py).
    """

    offset: int
    generation: int = 0
    lines_before: int = 0
    line_count: int = 0
    edges_sha256: str = ""

    @property
    def place(self) -> str:
        """Return what tells it from other stretches of the same bytes."""
        return f"{self.offset}" if self.generation == 0 else f"{self.offset}.{self.generation}"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What was read from one file of landing, or from one stretch of it, and what became of it.

    row_count = parsed_count (rows in the part) + rejected_count (rows in the rejects); of an excluded file the rows
    kept aside. first_seen_at: the hour of the run that first read these bytes under this name; it never changes.
    segment: of a growing file only.
    """

    file_id: str
    file_path: str
    size_bytes: int
    modified_ns: int
    sha256: str
    first_seen_at: datetime
    status_code: str
    status_reason: str = ""
    row_count: int = 0
    parsed_count: int = 0
    rejected_count: int = 0
    segment: Segment | None = None

    @property
    def order(self) -> tuple[bytes, int, int, str]:
        """Return what files of an hour are sorted by: path in byte order, then place in the file."""
        at = self.segment or Segment(0)
        return path_bytes(self.file_path), at.generation, at.offset, self.file_id


@dataclass(frozen=True, slots=True)
class HourRecord:
    """The commit record of one (feed, drop hour): its part, its rejects, its files in byte order of their paths.

    replaced: records of files whose name now holds other bytes. aside, aside_rejects: the rows of excluded files, which
    nothing reads but the ingest that lets them in again.
    """

    feed_id: str
    drop_hour: datetime
    part: PartRecord | None
    rejects: PartRecord | None
    files: tuple[FileRecord, ...]
    replaced: tuple[FileRecord, ...] = ()
    aside: PartRecord | None = None
    aside_rejects: PartRecord | None = None

    @property
    def parts(self) -> tuple[PartRecord, ...]:
        """Return every file of the lake that this record names."""
        return tuple(part for part in (self.part, self.rejects, self.aside, self.aside_rejects) if part is not None)


def path_bytes(file_path: str) -> bytes:
    """Return what paths are put in order by."""
    return file_path.encode("utf-8", "surrogateescape")


def file_id(feed_id: str, file_path: str, sha256: str, segment: Segment | None = None) -> str:
    """Return the id of a file: the same bytes under the same name in the same feed, and no others.

    Of a growing file's segment: the same bytes at the same place.
    """
    text = f"{feed_id}\0{file_path}\0{sha256}" + ("" if segment is None else f"\0{segment.place}")
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:24]


def hour_text(hour: datetime) -> str:
    """Return '2026-11-23T10' for a drop or setup hour."""
    return hour.strftime(_HOUR)


def parse_hour(text: str) -> datetime:
    """Return the hour that hour_text() wrote."""
    return datetime.strptime(text, _HOUR)


def stem(table: str, feed_id: str, drop_hour: datetime) -> str:
    """Return the beginning of the keys of (feed, drop hour) in one table of the lake."""
    return f"lake/{table}/drop_date={drop_hour:%Y-%m-%d}/{feed_id}-{hour_text(drop_hour)}"


def record_key(feed_id: str, drop_hour: datetime) -> str:
    """Return the key of the record of (feed, drop hour)."""
    return stem("files", feed_id, drop_hour) + ".json"


def read_record(lake: Store, key: str) -> HourRecord:
    """Return the record under *key*. Raises RecordVersionError for one that a newer version wrote."""
    raw: dict[str, Any] = json.loads(lake.read(key))
    if raw["schema_version"] > SCHEMA_VERSION:
        message = f"{key} has schema version {raw['schema_version']}, this Tollbook reads up to {SCHEMA_VERSION}"
        raise RecordVersionError(message)
    return HourRecord(
        feed_id=raw["feed_id"],
        drop_hour=parse_hour(raw["drop_hour"]),
        part=_part_from_json(raw["part"]),
        rejects=_part_from_json(raw["rejects"]),
        files=tuple(_file_from_json(file) for file in raw["files"]),
        replaced=tuple(_file_from_json(file) for file in raw["replaced"]),
        aside=_part_from_json(raw.get("aside")),
        aside_rejects=_part_from_json(raw.get("aside_rejects")),
    )


def _file_from_json(raw: dict[str, Any]) -> FileRecord:
    segment = raw.get("segment")
    return FileRecord(
        **{
            **raw,
            "first_seen_at": datetime.fromisoformat(raw["first_seen_at"]),
            "segment": None if segment is None else Segment(**segment),
        }
    )


def _part_from_json(raw: dict[str, Any] | None) -> PartRecord | None:
    if raw is None:
        return None
    instants = {
        name: None if raw[name] is None else datetime.fromisoformat(raw[name])
        for name in ("first_setup_at", "last_ended_at")
    }
    return PartRecord(**{**raw, **instants})


def write_record(lake: Store, record: HourRecord) -> None:
    """Commit *record*; from here on its parts exist, and those of the former record do not."""
    document = {"schema_version": SCHEMA_VERSION, **asdict(record), "drop_hour": hour_text(record.drop_hour)}
    text = json.dumps(document, indent=1, sort_keys=True, default=datetime.isoformat, ensure_ascii=True)
    lake.replace(record_key(record.feed_id, record.drop_hour), text.encode())
