"""Which file of landing belongs to which feed and drop hour.

Belongs here: claims of the feeds' patterns on a listing, what is left unclaimed, which folders hold the files of some
hours, whether a file is still being written.
Does not belong here: listing landing (storage.py), what a pattern means (patterns.py), reading files, which hours are
due.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipelines.entries import Entry
from pipelines.patterns import REFERENCE_FOLDER, FilePattern, compile_pattern
from pipelines.settings import Feed, Problem

Spans = tuple[tuple[datetime, datetime], ...]
"""Spans of drop hours, each by its first and last hour, both included; they may overlap."""

_TEMPORARY_SUFFIXES = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".swp", "~")


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a listing of landing holds.

    files: by (feed_id, drop hour), in byte order of their paths; a folder that has the name of a file is among them
    (is_file False), to be recorded as a fault. unclaimed: paths of files no feed claims. temporary: paths that by their
    name ('x.csv.part') a program still writes to, left alone until they are renamed. problems: one per set of feeds
    that claim the same files; those files are nowhere else in here.
    """

    files: Mapping[tuple[str, datetime], tuple[Entry, ...]] = field(default_factory=dict)
    unclaimed: tuple[str, ...] = ()
    temporary: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def discover(
    entries: Iterable[Entry],
    feeds: Mapping[str, Feed],
    *,
    first_seen: Mapping[str, datetime],
    seen_hour: datetime,
    config_path: str = "tollbook.toml",
    spans: Spans | None = None,
) -> Discovery:
    """Sort the *entries* of landing by the feed and drop hour they belong to.

    A file whose pattern has no time fields belongs to the hour recorded for its path in *first_seen*, else to
    *seen_hour* (both naive UTC). Entries below reference/ and names with a leading dot are nobody's. With *spans*,
    files whose names give an hour outside of them are left out. The order of *entries* does not matter. Raises
    ValueError for a feed whose pattern configuration should have refused.
    """
    patterns = {feed_id: compile_pattern(feeds[feed_id].files, feeds[feed_id].files_timezone) for feed_id in feeds}
    files: dict[tuple[str, datetime], list[Entry]] = {}
    unclaimed: list[str] = []
    temporary: list[str] = []
    claimed_twice: dict[tuple[str, ...], list[str]] = {}
    for entry in sorted(entries, key=_byte_order):
        if entry.key == REFERENCE_FOLDER or entry.key.startswith(REFERENCE_FOLDER + "/"):
            continue
        claims = _claims(entry, patterns)
        if len(claims) > 1:
            claimed_twice.setdefault(tuple(sorted(claims)), []).append(entry.key)
        elif claims:
            ((feed_id, named_hour),) = claims.items()
            if named_hour is None:
                files.setdefault((feed_id, first_seen.get(entry.key, seen_hour)), []).append(entry)
            elif spans is None or is_within(named_hour, spans):
                files.setdefault((feed_id, named_hour), []).append(entry)
        elif entry.is_file and _temporary_suffix(entry.key):
            temporary.append(entry.key)
        elif entry.is_file and not _is_hidden(entry.key):
            unclaimed.append(entry.key)
    return Discovery(
        files={claim: tuple(found) for claim, found in sorted(files.items())},
        unclaimed=tuple(unclaimed),
        temporary=tuple(temporary),
        problems=tuple(_claimed_twice(ids, paths, feeds, config_path) for ids, paths in sorted(claimed_twice.items())),
    )


def is_within(hour: datetime, spans: Spans) -> bool:
    """Say whether *hour* lies in one of *spans*."""
    return any(first <= hour <= last for first, last in spans)


def folders_of(feeds: Mapping[str, Feed], spans: Spans) -> tuple[str, ...]:
    """Return the folders of landing ('a/b/', '' for all of it) that hold every file of *spans*; none below another.

    Files whose names give no hour may belong to any: their folder is always among them.
    """
    hours = {first + timedelta(hours=number) for first, last in spans for number in range(_hours_in(first, last))}
    folders: set[str] = set()
    for feed in feeds.values():
        pattern = compile_pattern(feed.files, feed.files_timezone)
        # a pattern without time fields has one folder, whatever the hour
        for hour in hours if pattern.grain is not None else (datetime.min + timedelta(days=2),):
            folders.update(pattern.prefixes_for(hour))
    return without_nested(folders)


def _hours_in(first: datetime, last: datetime) -> int:
    return max(0, (last - first) // timedelta(hours=1) + 1)


def without_nested(folders: Iterable[str]) -> tuple[str, ...]:
    """Return *folders* in order, without those that lie below another of them."""
    kept: list[str] = []
    for folder in sorted(folders):
        if not kept or not folder.startswith(kept[-1]):
            kept.append(folder)
    return tuple(kept)


def is_unstable(first: Entry, second: Entry | None) -> bool:
    """Say whether a file changed, or went, between two looks: then it is still being written."""
    return second is None or (first.size, first.modified_ns, first.is_file) != (
        second.size,
        second.modified_ns,
        second.is_file,
    )


def _byte_order(entry: Entry) -> bytes:
    return entry.key.encode("utf-8", "surrogateescape")


def _claims(entry: Entry, patterns: Mapping[str, FilePattern]) -> dict[str, datetime | None]:
    """Return the feeds that claim *entry*, each with the drop hour that its name gives, None where it gives none."""
    suffix = _temporary_suffix(entry.key)
    claims: dict[str, datetime | None] = {}
    for feed_id, pattern in patterns.items():
        if suffix and not pattern.names_temporary(suffix):
            continue
        match = pattern.match(entry.key)
        if match is not None:
            claims[feed_id] = match.drop_hour
    return claims


def _temporary_suffix(path: str) -> str:
    lowered = path.lower()
    return next((suffix for suffix in _TEMPORARY_SUFFIXES if lowered.endswith(suffix)), "")


def _is_hidden(path: str) -> bool:
    return path.startswith(".") or "/." in path


def _claimed_twice(feed_ids: tuple[str, ...], paths: list[str], feeds: Mapping[str, Feed], config_path: str) -> Problem:
    claims = " and ".join(f"feeds.{feed_id} ('{feeds[feed_id].files}')" for feed_id in feed_ids)
    others = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return Problem(
        file_path=config_path,
        line_number=None,
        column=f"feeds.{feed_ids[-1]}.files",
        message=f"{claims} claim the same file '{paths[0]}'{others}",
        advice="narrow the patterns until each file belongs to one feed; else its calls would count, and cost, twice",
    )
