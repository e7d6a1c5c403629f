"""One drop hour's files become one part, its rejects and its record.

Belongs here: which files' rows an hour is made of: those just read, those read before, those undone; writing them and
committing the record.
Does not belong here: which hours are due (assets/reading.py), reading a file (landed.py), whether a file is still what
was read (unchanged.py), rows at rest (parts.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from pipelines import lake, parts
from pipelines.columns import LEG_COLUMNS, REJECT_COLUMNS, Column
from pipelines.entries import Entry
from pipelines.growing import Stretch
from pipelines.lake import EXCLUDED, FileRecord, HourRecord
from pipelines.landed import Reader
from pipelines.settings import Feed
from pipelines.small_files import TOGETHER_BYTES, may_be_read_together, read_together
from pipelines.spool import FILE, Bounds, Spool
from pipelines.storage import Store
from pipelines.unchanged import unchanged_files

_LEG_ORDER = ("setup_at", FILE, "line_number")
_REJECT_ORDER = (FILE, "line_number")
_Source = Entry | Stretch | FileRecord


@dataclass(frozen=True, slots=True)
class HourToRead:
    """What one ingest of a (feed, drop hour) works on.

    entries: what landing holds for the hour. unstable: paths that changed between two looks. former: the record of the
    last ingest. seen_hour: the hour of this run. stretches: what to read of growing files; generations: by path, the
    generation of each growing file that landing holds. exclusions: why, by the sha256 of bytes that are undone.
    is_forced: somebody asked for the hour: files that are unchanged are read anew too, with the settings of now.
    """

    feed: Feed
    drop_hour: datetime
    seen_hour: datetime
    entries: Sequence[Entry] = ()
    unstable: frozenset[str] = frozenset()
    former: HourRecord | None = None
    stretches: Sequence[Stretch] = ()
    generations: Mapping[str, int] = field(default_factory=dict)
    exclusions: Mapping[str, str] = field(default_factory=dict)
    is_forced: bool = False

    def stem(self, table: str) -> str:
        """Return the beginning of the hour's keys in a table of the lake."""
        return lake.stem(table, self.feed.feed_id, self.drop_hour)


def ingest_hour(landing: Store, lake_store: Store, hour: HourToRead, bounds: Bounds | None = None) -> HourRecord:
    """Read the files of *hour*, write part and rejects, commit the record and return it.

    Files that are still what was read of them keep their rows, unless the hour is forced. A fault of a file or a row
    becomes part of the record. *bounds* decide about memory, never about the result. Raises OSError when the lake
    cannot be written; the former record holds then.
    """
    bounds = bounds or Bounds()
    with (
        Spool(lake_store, hour.stem("cdr"), _LEG_ORDER, bounds) as legs,
        Spool(lake_store, hour.stem("rejects"), _REJECT_ORDER, bounds) as rejects,
    ):
        unchanged = _unchanged(landing, lake_store, hour)
        sources = _sources(hour, unchanged)
        read = _Reading(landing, hour, legs, rejects).read(sources)
        kept, replaced = _keep_former(hour, sources, unchanged, [*read.values()])
        _copy_rows(lake_store, hour.former, kept, legs, rejects)
        files = {number: _excluded(file, hour.exclusions) for number, file in (read | kept).items()}
        record = _write(lake_store, hour, files, replaced, legs, rejects)
    lake.write_record(lake_store, record)
    _remove_former_parts(lake_store, hour.former, record)
    return record


def _unchanged(landing: Store, lake_store: Store, hour: HourToRead) -> dict[str, FileRecord]:
    """Return, by path, the files of landing whose rows the former record has and nobody asked to read anew."""
    if hour.is_forced:
        return {}
    stable = (entry for entry in hour.entries if entry.key not in hour.unstable)
    return unchanged_files(landing, lake_store, stable, hour.former)


def _sources(hour: HourToRead, unchanged: Mapping[str, FileRecord]) -> dict[int, _Source]:
    """Return what rows may come from, numbered in the order of their rows: by path, then by place in the file.

    A name may be there twice, as the file now in landing and as the one whose rows are in the lake: only one counts.
    """
    found: list[tuple[bytes, int, int, str, _Source]] = [
        (lake.path_bytes(entry.key), 0, 0, "", entry) for entry in hour.entries if entry.key not in unchanged
    ]
    for stretch in hour.stretches:
        at = stretch.segment
        found.append((lake.path_bytes(stretch.entry.key), at.generation, at.offset, "", stretch))
    former = hour.former.files if hour.former is not None else ()
    found += [(*file.order, file) for file in former if file.status_code in lake.HELD_STATUSES]
    return {number: one[-1] for number, one in enumerate(sorted(found, key=lambda one: one[:4]))}


class _Reading:
    """Reads what landing holds into the spools. The rows of a file that turns out to be faulty are not wanted later."""

    def __init__(self, landing: Store, hour: HourToRead, legs: Spool, rejects: Spool) -> None:
        self._hour = hour
        self._reader = Reader(landing, hour.feed, hour.drop_hour, hour.seen_hour)
        self._legs = legs
        self._rejects = rejects
        self._header: bytes | None = None
        self._waiting: dict[int, Entry] = {}
        self._waiting_bytes = 0
        self._first_seen = _first_seen(hour.former)
        self._read: dict[int, FileRecord] = {}

    def read(self, sources: Mapping[int, _Source]) -> dict[int, FileRecord]:
        """Return the record of every file read, by its number; none of a stretch that is no longer what it was."""
        for number, source in sources.items():
            if isinstance(source, Stretch):
                self._note(number, self._reader.read_stretch(source, self._take(number)))
            elif isinstance(source, Entry) and self._header is not None and self._may_wait(source):
                self._waiting[number] = source
                self._waiting_bytes += source.size
                if self._waiting_bytes >= TOGETHER_BYTES:
                    self._read_waiting()
            elif isinstance(source, Entry):
                self._read_alone(number, source)
        self._read_waiting()
        return dict(sorted(self._read.items()))

    def _may_wait(self, entry: Entry) -> bool:
        return may_be_read_together(entry) and entry.key not in self._hour.unstable

    def _read_waiting(self) -> None:
        waiting, self._waiting, self._waiting_bytes = self._waiting, {}, 0
        together = read_together(self._reader, waiting, self._header or b"", self._legs.add) if waiting else {}
        for number, entry in waiting.items():
            if number in together:
                self._note(number, together[number])
            else:
                self._read_alone(number, entry)

    def _read_alone(self, number: int, entry: Entry) -> None:
        is_unstable = entry.key in self._hour.unstable
        record = self._reader.read_file(entry, self._take(number), is_unstable=is_unstable)
        if self._header is None and record.status_code == "loaded" and may_be_read_together(entry):
            self._header = self._reader.header_line(entry)
        self._note(number, record)

    def _take(self, number: int) -> Callable[[pl.DataFrame, pl.DataFrame], None]:
        def take(legs: pl.DataFrame, rejects: pl.DataFrame) -> None:
            self._legs.add(number, legs)
            self._rejects.add(number, rejects)

        return take

    def _note(self, number: int, record: FileRecord | None) -> None:
        if record is not None:
            seen = self._first_seen.get(record.file_id, record.first_seen_at)
            self._read[number] = replace(record, first_seen_at=seen)


def _first_seen(former: HourRecord | None) -> dict[str, datetime]:
    """Return when the bytes of each former file were first read under its name, replaced ones too."""
    seen: dict[str, datetime] = {}
    for file in (*former.files, *former.replaced) if former is not None else ():
        seen[file.file_id] = min(file.first_seen_at, seen.get(file.file_id, file.first_seen_at))
    return seen


def _keep_former(
    hour: HourToRead,
    sources: Mapping[int, _Source],
    unchanged: Mapping[str, FileRecord],
    read: Sequence[FileRecord],
) -> tuple[dict[int, FileRecord], tuple[FileRecord, ...]]:
    """Return the former files whose rows stay, and the records of those that new bytes replaced.

    A file that is unchanged or gone from landing keeps its rows, and so does what was read of a growing file. New bytes
    under a known name replace its rows, unless they cannot be read.
    """
    ids = {record.file_id for record in read}
    loaded = {record.file_path for record in read if record.status_code == "loaded" and record.segment is None}
    replaced = {} if hour.former is None else {file.file_id: file for file in hour.former.replaced}
    kept: dict[int, FileRecord] = {}
    for number, file in sources.items():
        if not isinstance(file, FileRecord) or file.file_id in ids:
            continue
        if file.segment is None and file.file_path in loaded:
            replaced[file.file_id] = replace(file, status_code="replaced", status_reason="")
            continue
        is_there = file.segment is not None and hour.generations.get(file.file_path) == file.segment.generation
        gone = replace(file, status_code="loaded" if is_there else "kept_without_source", status_reason="")
        kept[number] = gone if file.segment is not None else unchanged.get(file.file_path, gone)
        ids.add(file.file_id)
    return kept, tuple(file for file in replaced.values() if file.file_id not in ids)


def _copy_rows(
    lake_store: Store, former: HourRecord | None, kept: Mapping[int, FileRecord], legs: Spool, rejects: Spool
) -> None:
    """Take the rows of former files from where the former record has them, each part read once."""
    if former is None:
        return
    was_aside = {file.file_id for file in former.files if file.status_code == EXCLUDED}
    numbers = {file.file_id: number for number, file in kept.items()}
    of_part = {file_id: number for file_id, number in numbers.items() if file_id not in was_aside}
    of_aside = {file_id: number for file_id, number in numbers.items() if file_id in was_aside}
    for part, spool, columns, wanted in (
        (former.part, legs, LEG_COLUMNS, of_part),
        (former.rejects, rejects, REJECT_COLUMNS, of_part),
        (former.aside, legs, LEG_COLUMNS, of_aside),
        (former.aside_rejects, rejects, REJECT_COLUMNS, of_aside),
    ):
        for rows in parts.row_batches(lake_store, part, columns, wanted):
            spool.add(rows["file_id"].replace_strict(wanted, return_dtype=pl.Int32), rows)


def _excluded(file: FileRecord, exclusions: Mapping[str, str]) -> FileRecord:
    reason = exclusions.get(file.sha256)
    return file if reason is None else replace(file, status_code=EXCLUDED, status_reason=reason)


def _write(
    lake_store: Store,
    hour: HourToRead,
    files: Mapping[int, FileRecord],
    replaced: tuple[FileRecord, ...],
    legs: Spool,
    rejects: Spool,
) -> HourRecord:
    """Write the rows of *files*, those of excluded ones aside, and return the record that names them."""
    present = {number for number, file in files.items() if file.status_code in lake.READ_STATUSES}
    aside = {number for number, file in files.items() if file.status_code == EXCLUDED}
    feed_id = hour.feed.feed_id

    def named(spool: Spool, numbers: Collection[int], columns: tuple[Column, ...]) -> Iterator[pl.DataFrame]:
        return _named(spool.slices(numbers), files, feed_id, columns)

    return HourRecord(
        feed_id=feed_id,
        drop_hour=hour.drop_hour,
        part=parts.write_sorted_legs(lake_store, hour.stem("cdr"), named(legs, present, LEG_COLUMNS)),
        rejects=parts.write_sorted_rejects(lake_store, hour.stem("rejects"), named(rejects, present, REJECT_COLUMNS)),
        files=tuple(file for _, file in sorted(files.items())),
        replaced=replaced,
        aside=parts.write_sorted_legs(lake_store, hour.stem("aside"), named(legs, aside, LEG_COLUMNS)),
        aside_rejects=parts.write_sorted_rejects(
            lake_store, hour.stem("aside_rejects"), named(rejects, aside, REJECT_COLUMNS)
        ),
    )


def _named(
    slices: Iterator[pl.DataFrame], files: Mapping[int, FileRecord], feed_id: str, columns: tuple[Column, ...]
) -> Iterator[pl.DataFrame]:
    """Give each row the id of its file, in the columns of the lake."""
    known = {number: file.file_id for number, file in files.items()}
    ids = pl.Series("file_id", [known.get(number, "") for number in range(max(known, default=-1) + 1)], dtype=pl.String)
    order = [column.name for column in columns]
    for rows in slices:
        yield rows.with_columns(ids.gather(rows[FILE]).alias("file_id"), feed_id=pl.lit(feed_id)).select(order)


def _remove_former_parts(lake_store: Store, former: HourRecord | None, record: HourRecord) -> None:
    if former is None:
        return
    named = {part.key for part in record.parts}
    for part in former.parts:
        if part.key not in named:
            lake_store.delete(part.key)
