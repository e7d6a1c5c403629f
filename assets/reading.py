"""From landing to the lake: which drop hours are due, and reading each.

Belongs here: comparing landing with lake/files, the two looks at files that may still be written, the order of hours.
Does not belong here: listing landing (landing.py), how one hour is read (pipelines/ingest.py), how a name gives an hour
(pipelines/patterns.py).

A run looks at the hours of the window, at those it is asked for, and at those with a file that is to be looked at
again. A sweep looks at every hour there is. Nothing is concluded about what was not listed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from assets.configuration import on_their_lines
from assets.errors import ConfigurationError
from assets.growing_feeds import Growing, due_stretches, set_growing_aside
from assets.landing import EVERYTHING, Hours, Listing, list_landing, window
from assets.places import Places
from pipelines import exclusions, lake
from pipelines.discover import Discovery, Spans, discover, folders_of, is_unstable
from pipelines.entries import Entry
from pipelines.ingest import HourToRead, ingest_hour
from pipelines.lake import HourRecord
from pipelines.patterns import compile_pattern
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
class Look:
    """Landing and what lake/files says of the same hours, side by side.

    spans: the drop hours looked at, None for all (a sweep). owners: for paths the lake does not know under their feed,
    another feed they were read as. excluded: the bytes that are undone, and why, by sha256. decided: hours with a file
    that was undone, or let in again, since they were read.
    """

    listing: Listing
    discovery: Discovery
    known: Known
    seen_hour: datetime
    spans: Spans | None = None
    owners: Mapping[str, str] = field(default_factory=dict)
    excluded: Mapping[str, str] = field(default_factory=dict)
    decided: tuple[HourKey, ...] = ()

    @property
    def is_sweep(self) -> bool:
        """Whether every hour was looked at."""
        return self.spans is None


@dataclass(slots=True)
class Seen:
    """What a process has looked at for a run, so that it looks once.

    listing: of landing, before the lock was held. look: under the lock, valid as long as it is held.
    """

    listing: Listing | None = None
    look: Look | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """Hours of landing to read: their files, stretches of growing files, and why bytes that are undone are out.

    forced: the range of drop hours whose files are read anew, whatever the lake knows of them.
    """

    hours: dict[HourKey, tuple[Entry, ...]]
    discovery: Discovery
    seen_hour: datetime
    growing: Growing = field(default_factory=Growing)
    exclusions: Mapping[str, str] = field(default_factory=dict)
    forced: Hours | None = None

    def is_forced(self, hour: datetime) -> bool:
        """Say whether somebody asked for *hour*."""
        return _is_within(hour, self.forced)


def take_look(
    settings: Settings,
    places: Places,
    connection: duckdb.DuckDBPyConnection,
    seen_hour: datetime,
    *,
    is_sweep: bool,
    forced: Hours | None = None,
    hours: Sequence[datetime] = (),
    listing: Listing | None = None,
) -> Look:
    """Look at landing and at what *connection* (the warehouse, or a snapshot) mirrors of lake/files.

    forced, hours: drop hours to look at besides the window. listing: what was listed a moment ago, and need not be
    listed again.
    """
    spans: Spans | None = None
    excluded = exclusions.in_force(places.lake_store)
    decided = _decided_otherwise(connection, [*excluded])
    if not is_sweep:
        again = (*hours, *_hours_to_look_at_again(connection), *(hour for _, hour in decided))
        spans = (*_spans(settings, seen_hour, forced), *((hour, hour) for hour in again))
    folders = EVERYTHING if spans is None else folders_of(settings.feeds, spans)
    listing = list_landing(places.landing_store, folders, listing)
    known = known_files(settings, connection, spans)
    first_seen = {path: hour for (_, hour), files in known.items() for path in files}
    discovery = _discover(settings, listing, first_seen, seen_hour, spans)
    new = [
        entry.key
        for key, entries in discovery.files.items()
        for entry in entries
        if entry.key not in known.get(key, {})
    ]
    reasons = {sha256: decision.says for sha256, decision in excluded.items()}
    return Look(listing, discovery, known, seen_hour, spans, _owners(connection, new), reasons, decided)


def _spans(settings: Settings, seen_hour: datetime, forced: Hours | None) -> Spans:
    return (window(settings, seen_hour), *([] if forced is None else [forced]))


def _hours_to_look_at_again(connection: duckdb.DuckDBPyConnection) -> list[datetime]:
    rows = connection.execute(
        "select distinct drop_hour_at from build.file_records where status_code in (select unnest($1))",
        [sorted(lake.RETRIED_STATUSES)],
    ).fetchall()
    return [hour for (hour,) in rows]


def _decided_otherwise(connection: duckdb.DuckDBPyConnection, excluded: Sequence[str]) -> tuple[HourKey, ...]:
    """Return the hours with a file that was undone, or let in again, since they were read."""
    found = connection.execute(
        """
        select distinct feed_id, drop_hour_at from build.file_records
        where status_code <> 'replaced' and sha256 <> ''
            and (status_code = 'excluded') <> (sha256 in (select unnest($1::varchar[])))
        order by all
        """,
        [list(excluded)],
    ).fetchall()
    return tuple((feed_id, hour) for feed_id, hour in found)


def find_due(settings: Settings, places: Places, look: Look, forced: Hours | None = None) -> Due:
    """Return the drop hours whose files differ from what lake/files says, and every hour of the range *forced*.

    Raises ConfigurationError where two feeds claim one file, or a feed one that was read as another's.
    """
    problems = [*look.discovery.problems, *_known_under_another_feed(settings, look)]
    if problems:
        raise ConfigurationError(problems)
    discovery, growing_files = set_growing_aside(look.discovery, settings)
    hours = {
        key: tuple(entries)
        for key, entries in discovery.files.items()
        if _differs(entries, look.known.get(key, {})) or _is_within(key[1], forced)
    }
    present = {entry.key for entries in look.discovery.files.values() for entry in entries}
    for (feed_id, hour), files in look.known.items():
        is_forced = _is_within(hour, forced)
        # A fault whose file is gone from landing is nobody's any more; its rows were never in the lake.
        has_gone = any(
            status not in lake.HELD_STATUSES and path not in present and look.listing.covers(path)
            for path, (_, _, status) in files.items()
        )
        if feed_id in settings.feeds and feed_id not in growing_files and (is_forced or has_gone):
            hours.setdefault((feed_id, hour), discovery.files.get((feed_id, hour), ()))
    growing = due_stretches(
        places.landing_store,
        places.lake_store,
        growing_files,
        look.known,
        look.seen_hour,
        forced,
        covers=look.listing.covers,
    )
    for key in [*growing.stretches, *(key for key in look.decided if key[0] in settings.feeds)]:
        hours.setdefault(key, discovery.files.get(key, ()))
    in_order = dict(sorted(hours.items(), key=lambda item: (item[0][1], item[0][0])))
    return Due(in_order, discovery, look.seen_hour, growing, look.excluded, forced)


def _is_within(hour: datetime, hours: Hours | None) -> bool:
    return hours is not None and hours[0] <= hour <= hours[1]


def _known_under_another_feed(settings: Settings, look: Look) -> list[Problem]:
    """Return a problem for each feed whose files were read as another feed's: their calls would be billed twice."""
    moved: dict[tuple[str, str], str] = {}
    for (feed_id, _), entries in look.discovery.files.items():
        for entry in entries:
            owner = look.owners.get(entry.key, feed_id)
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


def _owners(connection: duckdb.DuckDBPyConnection, paths: list[str]) -> dict[str, str]:
    """Return the feed that each of *paths* was read as, whichever hour that was in."""
    if not paths:
        return {}
    rows = connection.execute(
        """
        select file_path, feed_id from build.file_records
        where file_path in (select unnest($1)) and status_code in (select unnest($2))
        """,
        [paths, sorted(lake.HELD_STATUSES)],
    ).fetchall()
    return dict(rows)


def shared_file_problems(
    settings: Settings, places: Places, seen_hour: datetime, *, is_sweep: bool, forced: Hours | None
) -> tuple[list[Problem], Listing]:
    """Return a problem for each set of feeds that claim the same files of landing, and what was listed to know."""
    spans = None if is_sweep else _spans(settings, seen_hour, forced)
    folders = EVERYTHING if spans is None else folders_of(settings.feeds, spans)
    listing = list_landing(places.landing_store, folders)
    problems = _discover(settings, listing, {}, seen_hour, spans).problems
    return on_their_lines(Path(settings.config_path), problems), listing


def _discover(
    settings: Settings, listing: Listing, first_seen: Mapping[str, datetime], seen_hour: datetime, spans: Spans | None
) -> Discovery:
    return discover(
        listing.entries,
        settings.feeds,
        first_seen=first_seen,
        seen_hour=seen_hour,
        config_path=settings.config_path,
        spans=spans,
    )


def _differs(entries: tuple[Entry, ...], known: Mapping[str, tuple[int, int, str]]) -> bool:
    return any(
        entry.key not in known
        or known[entry.key][:2] != (entry.size, entry.modified_ns)
        or known[entry.key][2] in lake.RETRIED_STATUSES
        for entry in entries
    )


def known_files(settings: Settings, connection: duckdb.DuckDBPyConnection, spans: Spans | None) -> Known:
    """Return what the mirror of lake/files says of the files of *spans*: size, time and status by path, by hour.

    Files whose names give no hour, and stretches of growing ones, may lie in any: all of their feeds' are returned.
    """
    without_hours = [
        feed_id
        for feed_id, feed in settings.feeds.items()
        if feed.append or compile_pattern(feed.files, feed.files_timezone).grain is None
    ]
    within = """
        (
            $is_all or feed_id in (select unnest($without_hours))
            or exists (
                select 1 from (select unnest($firsts) as first_at, unnest($lasts) as last_at) as spans
                where files.drop_hour_at between spans.first_at and spans.last_at
            )
        )
    """
    rows = connection.execute(
        f"""
        select feed_id, drop_hour_at, file_path, size_bytes, modified_ns, status_code
        from build.file_records as files
        where status_code <> 'replaced' and {within}
        order by status_code = 'kept_without_source' desc
        """,
        {
            "is_all": spans is None,
            "without_hours": without_hours,
            "firsts": [first for first, _ in spans or ()],
            "lasts": [last for _, last in spans or ()],
        },
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
                due.is_forced(hour),
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
