"""A new snapshot for readers, then one atomic swap: readers never see a file that changes.

Belongs here: copying the warehouse, trimming and verifying the copy, swapping published/current.duckdb, removing old
versions.
Does not belong here: deciding whether the figures are right (the equalities ran before), the warehouse's contents.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from assets.places import Places
from pipelines.storage import sync

KEPT_VERSIONS = 3
KEPT_FOR = timedelta(hours=2)
HOURLY_GRAIN_DAYS = 400
_HEADROOM_BYTES = 64 << 20

# Tables of hourly grain, cut in the snapshot only: the warehouse keeps every hour, daily figures stay for ever.
HOURLY_TABLES = {
    ("marts", "call_summary_hourly"): "hour_start_at",
    ("marts", "leg_summary_hourly"): "hour_start_at",
    ("marts", "release_hourly"): "hour_start_at",
    ("marts", "leg_release_hourly"): "hour_start_at",
    ("marts", "customer_hourly"): "hour_start_at",
    ("marts", "carrier_hourly"): "hour_start_at",
    ("marts", "live_channels"): "bucket_start_at",
}


class PublishError(RuntimeError):
    """The snapshot could not be made; the former one is still current."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A published version: its file, its size in bytes and the rows of each table in marts and portal."""

    path: Path
    size_bytes: int
    row_counts: dict[str, int]


def publish(places: Places, as_of: datetime, now: datetime) -> Snapshot:
    """Copy the warehouse to a new version, verify it and make it current.

    Raises PublishError where the disk is too full or the copy differs from the warehouse; the former version stays.
    """
    places.published.mkdir(parents=True, exist_ok=True)
    for left_behind in (*places.published.glob("tollbook-*.partial*"), *places.published.glob(".current.duckdb.*")):
        left_behind.unlink()  # by a publish that was killed
    expected = _checkpoint_and_count(places.warehouse)
    needed = places.warehouse.stat().st_size + _HEADROOM_BYTES
    free = shutil.disk_usage(places.published).free
    if free < needed:
        message = f"publishing needs {needed >> 20} MiB in {places.published}, {free >> 20} MiB are free: make room"
        raise PublishError(message)
    target = _unused_name(places.published, now)
    partial = target.with_suffix(".partial")
    try:
        shutil.copyfile(places.warehouse, partial)
        found = _verify(partial, expected)
        _trim(partial, as_of)
        sync(partial)
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
        partial.with_suffix(".partial.wal").unlink(missing_ok=True)
    _swap(places.current, target)
    _remove_old(places, now)
    return Snapshot(target, target.stat().st_size, found)


def _unused_name(folder: Path, now: datetime) -> Path:
    stem = f"tollbook-{now:%Y%m%dT%H%M%SZ}"
    names = [folder / f"{stem}.duckdb", *(folder / f"{stem}-{number}.duckdb" for number in range(2, 1000))]
    return next(path for path in names if not path.exists())


def _checkpoint_and_count(warehouse: Path) -> dict[str, int]:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("checkpoint")
        return _row_counts(connection)


def _row_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return the rows of every base table that readers see."""
    tables = connection.execute(
        """
        select schema_name, table_name from duckdb_tables()
        where schema_name in ('marts', 'portal', 'billing', 'facts') and database_name = current_database()
        order by all
        """
    ).fetchall()
    counts = {}
    for schema, table in tables:
        row = connection.execute(f'select count(*) from "{schema}"."{table}"').fetchone()
        counts[f"{schema}.{table}"] = 0 if row is None else int(row[0])
    return counts


def _verify(path: Path, expected: dict[str, int]) -> dict[str, int]:
    with duckdb.connect(str(path), read_only=True) as connection:
        found = _row_counts(connection)
    if found != expected:
        different = {name: (expected.get(name), found.get(name)) for name in {*expected, *found}}
        message = f"the copy {path} differs from the warehouse (expected, found): {different}"
        raise PublishError(message)
    return found


def _trim(path: Path, as_of: datetime) -> None:
    """Take hours older than the snapshot keeps out of the copy."""
    oldest = as_of - timedelta(days=HOURLY_GRAIN_DAYS)
    with duckdb.connect(str(path)) as connection:
        present = set(_row_counts(connection))
        for (schema, table), column in HOURLY_TABLES.items():
            if f"{schema}.{table}" in present:
                connection.execute(f"delete from {schema}.{table} where {column} < $1", [oldest])
        connection.execute("checkpoint")


def _swap(link: Path, target: Path) -> None:
    """Point *link* at *target* in one step; a reader opens the one or the other."""
    temporary = link.with_name(f".{link.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target.name)
    temporary.replace(link)
    sync(link.parent)


def _remove_old(places: Places, now: datetime) -> None:
    versions = sorted(places.published.glob("tollbook-*.duckdb"), key=lambda path: path.stat().st_mtime_ns)
    current = places.current.resolve()
    for path in versions[:-KEPT_VERSIONS]:
        age = now.replace(tzinfo=UTC).timestamp() - path.stat().st_mtime
        if path.resolve() != current and age > KEPT_FOR.total_seconds():
            path.unlink()
