"""One drop hour's files become one part, its rejects and its record.

Belongs here: which files' rows an hour is made of: those just read, those landing no longer holds, those undone;
writing them and committing the record.
Does not belong here: which hours are due (assets/reading.py), reading a file (landed.py), rows at rest (parts.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from pipelines import lake, parts
from pipelines.columns import LEG_COLUMNS, REJECT_COLUMNS, Column
from pipelines.entries import Entry
from pipelines.growing import Stretch
from pipelines.lake import EXCLUDED, FileRecord, HourRecord, PartRecord
from pipelines.landed import Reader
from pipelines.settings import Feed
from pipelines.spool import FILE, Bounds, Spool
from pipelines.storage import Store

_LEG_ORDER = ("setup_at", FILE, "line_number")
_REJECT_ORDER = (FILE, "line_number")
_Source = Entry | Stretch | FileRecord


@dataclass(frozen=True, slots=True)
class HourToRead:
    """What one ingest of a (feed, drop hour) works on.

    entries: what landing holds for the hour. unstable: paths that changed between two looks. former: the record of the
    last ingest. seen_hour: the hour of this run. stretches: what to read of growing files; generations: by path, the
    generation of each growing file that landing holds. exclusions: why, by the sha256 of bytes that are undone.
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

    def stem(self, table: str) -> str:
        """Return the beginning of the hour's keys in a table of the lake."""
        return lake.stem(table, self.feed.feed_id, self.drop_hour)


def ingest_hour(landing: Store, lake_store: Store, hour: HourToRead, bounds: Bounds | None = None) -> HourRecord:
    """Read every file of *hour*, write part and rejects, commit the record and return it.

    A fault of a file or a row becomes part of the record. *bounds* decide about memory, never about the result. Raises
    OSError when the lake cannot be written; the former record holds then.
    """
    bounds = bounds or Bounds()
    with (
        Spool(lake_store, hour.stem("cdr"), _LEG_ORDER, bounds) as legs,
        Spool(lake_store, hour.stem("rejects"), _REJECT_ORDER, bounds) as rejects,
    ):
        sources = _sources(hour)
        read = _read(landing, hour, sources, legs, rejects)
        kept, replaced = _keep_former(hour, sources, [*read.values()])
        for number, file in kept.items():
            for part, spool, columns in _former_parts(hour, file, legs, rejects):
                for rows in parts.row_batches(lake_store, part, columns, {file.file_id}):
                    spool.add(number, rows)
        files = {number: _excluded(file, hour.exclusions) for number, file in (read | kept).items()}
        record = _write(lake_store, hour, files, replaced, legs, rejects)
    lake.write_record(lake_store, record)
    _remove_former_parts(lake_store, hour.former, record)
    return record


def _sources(hour: HourToRead) -> dict[int, _Source]:
    """Return what rows may come from, numbered in the order of their rows: by path, then by place in the file.

    A name may be there twice, as the file now in landing and as the one whose rows are in the lake: only one counts.
    """
    found: list[tuple[bytes, int, int, str, _Source]] = [
        (lake.path_bytes(entry.key), 0, 0, "", entry) for entry in hour.entries
    ]
    for stretch in hour.stretches:
        at = stretch.segment
        found.append((lake.path_bytes(stretch.entry.key), at.generation, at.offset, "", stretch))
    former = hour.former.files if hour.former is not None else ()
    found += [(*file.order, file) for file in former if file.status_code in lake.HELD_STATUSES]
    return {number: one[-1] for number, one in enumerate(sorted(found, key=lambda one: one[:4]))}


def _read(
    landing: Store,
    hour: HourToRead,
    sources: Mapping[int, _Source],
    legs: Spool,
    rejects: Spool,
) -> dict[int, FileRecord]:
    """Read what landing holds; the rows of a file that turns out to be faulty stay in the spools and are not wanted."""
    reader = Reader(landing, hour.feed, hour.drop_hour, hour.seen_hour)
    read: dict[int, FileRecord] = {}
    for number, source in sources.items():

        def take(some_legs: pl.DataFrame, some_rejects: pl.DataFrame, number: int = number) -> None:
            legs.add(number, some_legs)
            rejects.add(number, some_rejects)

        if isinstance(source, Entry):
            record: FileRecord | None = reader.read_file(source, take, is_unstable=source.key in hour.unstable)
        elif isinstance(source, Stretch):
            record = reader.read_stretch(source, take)
        else:
            continue
        if record is not None:
            read[number] = replace(record, first_seen_at=_first_seen(hour, record.file_id))
    return read


def _first_seen(hour: HourToRead, file_id: str) -> datetime:
    """Return when these bytes were first read under this name."""
    former = (*hour.former.files, *hour.former.replaced) if hour.former is not None else ()
    return min((file.first_seen_at for file in former if file.file_id == file_id), default=hour.seen_hour)


def _keep_former(
    hour: HourToRead, sources: Mapping[int, _Source], read: Sequence[FileRecord]
) -> tuple[dict[int, FileRecord], tuple[FileRecord, ...]]:
    """Return the former files whose rows stay, and the records of those that new bytes replaced.

    A file gone from landing keeps its rows, and so does what was read of a growing file. New bytes under a known name
    replace its rows, unless they cannot be read.
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
        kept[number] = replace(file, status_code="loaded" if is_there else "kept_without_source", status_reason="")
        ids.add(file.file_id)
    return kept, tuple(file for file in replaced.values() if file.file_id not in ids)


def _former_parts(
    hour: HourToRead, file: FileRecord, legs: Spool, rejects: Spool
) -> Iterator[tuple[PartRecord | None, Spool, tuple[Column, ...]]]:
    """Yield where the former record has the rows of *file*, and the spool each of them goes to."""
    if hour.former is None:
        return
    was_aside = any(one.file_id == file.file_id and one.status_code == EXCLUDED for one in hour.former.files)
    yield hour.former.aside if was_aside else hour.former.part, legs, LEG_COLUMNS
    yield hour.former.aside_rejects if was_aside else hour.former.rejects, rejects, REJECT_COLUMNS


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
