"""Feeds whose files grow (append = true): which stretches of which files are due, and in which drop hour.

Belongs here: comparing growing files of landing with what lake/files says of them; stretches of a forced range.
Does not belong here: what a stretch is (pipelines/growing.py), reading it (pipelines/ingest.py), other feeds
(reading.py).

A stretch belongs to the hour it was first seen in. Several of one hour are files of their own beside each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from pipelines import lake
from pipelines.discover import Discovery
from pipelines.entries import PACKED_SUFFIXES, Entry
from pipelines.growing import Stretch, known_end, new_stretch
from pipelines.lake import FileRecord, HourRecord, Segment
from pipelines.settings import Settings
from pipelines.storage import Store

HourKey = tuple[str, datetime]
Known = Mapping[HourKey, Mapping[str, tuple[int, int, str]]]


@dataclass(frozen=True, slots=True)
class Growing:
    """What is due of growing files: stretches by (feed, drop hour), and the generation of each file now in landing."""

    stretches: dict[HourKey, list[Stretch]] = field(default_factory=dict)
    generations: dict[str, dict[str, int]] = field(default_factory=dict)


def set_growing_aside(discovery: Discovery, settings: Settings) -> tuple[Discovery, dict[str, list[Entry]]]:
    """Return *discovery* without growing files, and those by feed."""
    growing: dict[str, list[Entry]] = {feed_id: [] for feed_id, feed in settings.feeds.items() if feed.append}
    for (feed_id, _), entries in discovery.files.items():
        if feed_id in growing:
            growing[feed_id].extend(entries)
    plain = {key: entries for key, entries in discovery.files.items() if key[0] not in growing}
    return replace(discovery, files=plain), growing


def due_stretches(
    landing: Store,
    lake_store: Store,
    entries: Mapping[str, list[Entry]],
    known: Known,
    seen_hour: datetime,
    forced: tuple[datetime, datetime] | None,
    *,
    covers: Callable[[str], bool],
) -> Growing:
    """Return what is new of growing files, and every stretch of the drop hours in the range *forced*.

    covers: whether a path would be among the *entries* if it were there.
    """
    due = Growing()
    records = _Records(lake_store)
    for feed_id, files in entries.items():
        hours = sorted(hour for one, hour in known if one == feed_id)
        work = _FeedWork(feed_id, landing, records, {hour: known[feed_id, hour] for hour in hours}, seen_hour)
        for entry in sorted(files, key=lambda entry: lake.path_bytes(entry.key)):
            work.look_at(entry)
        work.drop_faults_of_gone_files({entry.key for entry in files}, covers)
        if forced is not None:
            work.read_again([hour for hour in hours if forced[0] <= hour <= forced[1]], files)
        due.stretches.update({(feed_id, hour): stretches for hour, stretches in work.finished().items()})
        due.generations[feed_id] = work.generations
    return due


class _Records:
    """Records of the lake, each read once."""

    def __init__(self, lake_store: Store) -> None:
        self._store = lake_store
        self._read: dict[HourKey, HourRecord] = {}

    def of(self, feed_id: str, hour: datetime) -> HourRecord:
        key = feed_id, hour
        if key not in self._read:
            self._read[key] = lake.read_record(self._store, lake.record_key(feed_id, hour))
        return self._read[key]


class _FeedWork:
    """What is due of one growing feed, gathered file by file."""

    def __init__(
        self,
        feed_id: str,
        landing: Store,
        records: _Records,
        known: Mapping[datetime, Mapping[str, tuple[int, int, str]]],
        seen_hour: datetime,
    ) -> None:
        self._feed_id = feed_id
        self._landing = landing
        self._records = records
        self._known = known
        self._seen_hour = seen_hour
        self._due: dict[datetime, list[Stretch]] = {}
        self._unchanged_faults: list[tuple[datetime, Stretch]] = []
        self.generations: dict[str, int] = {}

    def look_at(self, entry: Entry) -> None:
        """Note what is new of one file."""
        last, faults = self._history(entry.key)
        generation = 0 if last is None or last.segment is None else last.segment.generation
        if last is not None and last.modified_ns == entry.modified_ns and known_end(last) == entry.size:
            self.generations[entry.key] = generation
            return
        begin = 0 if last is None else min(known_end(last), entry.size)
        stretch: Stretch | None = Stretch(entry, Segment(begin, generation), entry.size)
        if entry.is_file and not entry.key.endswith(PACKED_SUFFIXES):
            try:
                with self._landing.open(entry.key) as stream:
                    generation, stretch = new_stretch(stream, entry, last)
            except OSError:
                pass  # reading it tells, and records, why it cannot be opened
        self.generations[entry.key] = generation
        if stretch is None:
            return
        for hour, fault in faults:
            if self._is_unchanged(fault, stretch):
                self._unchanged_faults.append((hour, stretch))
                return
        self._due.setdefault(self._seen_hour, []).append(stretch)
        for hour, _ in faults:
            self._due.setdefault(hour, [])  # its record loses the fault, which is looked at again now

    @staticmethod
    def _is_unchanged(fault: FileRecord, stretch: Stretch) -> bool:
        return (
            fault.status_code not in lake.RETRIED_STATUSES
            and fault.modified_ns == stretch.entry.modified_ns
            and (fault.segment is None or fault.segment.offset == stretch.segment.offset)
        )

    def _history(self, path: str) -> tuple[FileRecord | None, list[tuple[datetime, FileRecord]]]:
        """Return the last stretch of *path* whose rows are held, and the faults recorded of it since, by hour."""
        faults: list[tuple[datetime, FileRecord]] = []
        for hour in sorted((hour for hour, files in self._known.items() if path in files), reverse=True):
            files = [file for file in self._records.of(self._feed_id, hour).files if file.file_path == path]
            faults += [(hour, file) for file in files if file.status_code not in lake.HELD_STATUSES]
            held = [file for file in files if file.status_code in lake.HELD_STATUSES]
            if held:
                return max(held, key=lambda file: file.order[:3]), faults
        return None, faults

    def drop_faults_of_gone_files(self, present: set[str], covers: Callable[[str], bool]) -> None:
        """Have records read again whose faults are of files that landing no longer holds."""
        for hour, files in self._known.items():
            faulty = [path for path, (_, _, status) in files.items() if status not in lake.HELD_STATUSES]
            if any(path not in present and covers(path) for path in faulty):
                self._due.setdefault(hour, [])

    def read_again(self, hours: list[datetime], entries: list[Entry]) -> None:
        """Note every stretch of *hours* that landing still holds."""
        present = {entry.key: entry for entry in entries}
        for hour in hours:
            stretches = self._due.setdefault(hour, [])
            for file in self._records.of(self._feed_id, hour).files:
                entry = present.get(file.file_path)
                if entry is None or file.segment is None or file.status_code not in lake.HELD_STATUSES:
                    continue
                if file.segment.generation == self.generations.get(entry.key):
                    was = replace(entry, modified_ns=file.modified_ns)  # the record stays what it was
                    stretches.append(Stretch(was, file.segment, known_end(file), file.sha256))

    def finished(self) -> dict[datetime, list[Stretch]]:
        """Return the stretches by hour; where an hour is read anyway, with the faults it keeps."""
        for hour, stretch in self._unchanged_faults:
            if hour in self._due:
                self._due[hour].append(stretch)
        return self._due
