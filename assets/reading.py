"""From landing to the lake: which drop hours are due, and reading each.

Belongs here: comparing landing with lake/files, the two looks at files that may still be written, the order of hours.
Does not belong here: how one hour is read (pipelines/ingest.py), how a name gives an hour (pipelines/patterns.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from assets.configuration import on_their_lines
from assets.errors import ConfigurationError
from assets.growing_feeds import Growing, due_stretches, set_growing_aside
from assets.places import Places
from assets.warehouse import connect, sync_records
from pipelines import exclusions, lake
from pipelines.discover import Discovery, discover, is_unstable
from pipelines.entries import Entry
from pipelines.ingest import HourToRead, ingest_hour
from pipelines.lake import HourRecord
from pipelines.settings import Problem, Settings

FRESH_SECONDS = 5.0
"""A file changed within these seconds is looked at twice, a second apart."""

PROGRESS_LINES = 10

HourKey = tuple[str, datetime]
Known = dict[HourKey, dict[str, tuple[int, int, str]]]


@dataclass(frozen=True, slots=True)
class ReadReport:
    """What a reading of landing did: the records written, and paths no feed claims."""

    records: tuple[HourRecord, ...] = ()
    unclaimed: tuple[str, ...] = ()
    late: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """Hours of landing to read: their files, stretches of growing files, and why bytes that are undone are out."""

    hours: dict[HourKey, tuple[Entry, ...]]
    discovery: Discovery
    seen_hour: datetime
    growing: Growing = field(default_factory=Growing)
    exclusions: Mapping[str, str] = field(default_factory=dict)


def find_due(
    settings: Settings, places: Places, known: Known, seen_hour: datetime, forced: tuple[datetime, datetime] | None
) -> Due:
    """Return the drop hours whose files differ from what lake/files says, and every hour of the range *forced*."""
    first_seen = {path: hour for (_, hour), files in known.items() for path in files}
    discovery = _discover(settings, places, first_seen, seen_hour)
    problems = [*discovery.problems, *_known_under_another_feed(settings, discovery, known)]
    if problems:
        raise ConfigurationError(problems)
    discovery, growing_files = set_growing_aside(discovery, settings)
    hours = {
        key: tuple(entries)
        for key, entries in discovery.files.items()
        if _differs(entries, known.get(key, {})) or (forced is not None and forced[0] <= key[1] <= forced[1])
    }
    present = {entry.key for entries in discovery.files.values() for entry in entries}
    for (feed_id, hour), files in known.items():
        is_forced = forced is not None and forced[0] <= hour <= forced[1]
        # A fault whose file is gone from landing is nobody's any more; its rows were never in the lake.
        has_gone = any(
            status not in lake.HELD_STATUSES and path not in present for path, (_, _, status) in files.items()
        )
        if feed_id in settings.feeds and feed_id not in growing_files and (is_forced or has_gone):
            hours.setdefault((feed_id, hour), discovery.files.get((feed_id, hour), ()))
    growing = due_stretches(places.landing_store, places.lake_store, growing_files, known, seen_hour, forced)
    excluded = exclusions.in_force(places.lake_store)
    for key in [*growing.stretches, *_decided_otherwise(places, settings, [*excluded])]:
        hours.setdefault(key, discovery.files.get(key, ()))
    return Due(
        dict(sorted(hours.items(), key=lambda item: (item[0][1], item[0][0]))),
        discovery,
        seen_hour,
        growing,
        {sha256: decision.says for sha256, decision in excluded.items()},
    )


def _decided_otherwise(places: Places, settings: Settings, excluded: Sequence[str]) -> list[HourKey]:
    """Return the hours with a file that was undone, or let in again, since they were read."""
    with connect(places) as connection:
        found = connection.execute(
            """
            select distinct feed_id, drop_hour_at from build.file_records
            where status_code <> 'replaced' and sha256 <> ''
                and (status_code = 'excluded') <> (sha256 in (select unnest($1::varchar[])))
            """,
            [list(excluded)],
        ).fetchall()
    return [(feed_id, hour) for feed_id, hour in found if feed_id in settings.feeds]


def _known_under_another_feed(settings: Settings, discovery: Discovery, known: Known) -> list[Problem]:
    """Return a problem for each feed whose files were read as another feed's: their calls would be billed twice."""
    owners = {
        path: feed_id
        for (feed_id, _), files in known.items()
        for path, (_, _, status) in files.items()
        if status in lake.HELD_STATUSES
    }
    moved: dict[tuple[str, str], str] = {}
    for (feed_id, _), entries in discovery.files.items():
        for entry in entries:
            owner = owners.get(entry.key, feed_id)
            if owner != feed_id:
                moved.setdefault((owner, feed_id), entry.key)
    return [
        Problem(
            settings.config_path,
            None,
            f"feeds.{new}.files",
            f"claims '{path}', which was read as a file of feed '{old}': its calls would be billed twice",
            f"keep the id '{old}' for these files",
        )
        for (old, new), path in sorted(moved.items())
    ]


def shared_file_problems(settings: Settings, places: Places, seen_hour: datetime) -> list[Problem]:
    """Return a problem for each set of feeds that claim the same files of landing."""
    return on_their_lines(Path(settings.config_path), _discover(settings, places, {}, seen_hour).problems)


def _discover(settings: Settings, places: Places, first_seen: Mapping[str, datetime], seen_hour: datetime) -> Discovery:
    return discover(
        places.landing_store.list(),
        settings.feeds,
        first_seen=first_seen,
        seen_hour=seen_hour,
        config_path=settings.config_path,
    )


def _differs(entries: tuple[Entry, ...], known: Mapping[str, tuple[int, int, str]]) -> bool:
    return any(
        entry.key not in known
        or known[entry.key][:2] != (entry.size, entry.modified_ns)
        or known[entry.key][2] in lake.RETRIED_STATUSES
        for entry in entries
    )


def known_files(places: Places) -> Known:
    """Return what lake/files says of every file: size, time and status by path, by (feed, drop hour)."""
    with connect(places) as connection:
        sync_records(connection, places.lake_store)
        rows = connection.execute(
            """
            select feed_id, drop_hour_at, file_path, size_bytes, modified_ns, status_code
            from build.files where status_code <> 'replaced'
            order by status_code = 'kept_without_source' desc
            """
        ).fetchall()
    known: Known = {}
    for feed_id, hour, path, size, modified, status in rows:
        known.setdefault((feed_id, hour), {})[path] = (size, modified, status)
    return known


def read_due(settings: Settings, places: Places, due: Due, known: Known, tell: Callable[[str], None]) -> ReadReport:
    """Read every hour of *due* into the lake. A fault of a file or row is in its record, and stops nothing."""
    records = []
    unstable = _unstable(places, due)
    latest: dict[str, datetime] = {}
    for feed_id, hour in known:
        latest[feed_id] = max(hour, latest.get(feed_id, hour))
    for number, ((feed_id, hour), entries) in enumerate(due.hours.items(), start=1):
        key = lake.record_key(feed_id, hour)
        former = lake.read_record(places.lake_store, key) if (feed_id, hour) in known else None
        record = ingest_hour(
            places.landing_store,
            places.lake_store,
            HourToRead(
                settings.feeds[feed_id],
                hour,
                due.seen_hour,
                entries,
                unstable,
                former,
                due.growing.stretches.get((feed_id, hour), ()),
                due.growing.generations.get(feed_id, {}),
                due.exclusions,
            ),
        )
        records.append(record)
        if number % -(-len(due.hours) // PROGRESS_LINES) == 0 or number == len(due.hours):
            rows = sum(file.row_count for done in records for file in done.files)
            tell(f"read {number} of {len(due.hours)} drop hours, {rows:,} rows, up to {feed_id} {hour:%Y-%m-%d %H:00}")
    late = [f"{feed_id} {hour:%Y-%m-%dT%H}" for feed_id, hour in due.hours if hour < latest.get(feed_id, hour)]
    return ReadReport(tuple(records), tuple(due.discovery.unclaimed), tuple(late))


def _unstable(places: Places, due: Due) -> frozenset[str]:
    """Look a second time at files that changed a moment ago; return those that changed in between."""
    fresh_since = datetime.now(UTC).timestamp() - FRESH_SECONDS
    fresh = [entry for entries in due.hours.values() for entry in entries if entry.modified_ns / 1e9 > fresh_since]
    if not fresh:
        return frozenset()
    time.sleep(1.0)
    again = {entry.key: places.landing_store.stat(entry.key) for entry in fresh}
    return frozenset(entry.key for entry in fresh if is_unstable(entry, again[entry.key]))
