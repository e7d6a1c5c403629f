"""A year of hours behind a site, cheaply: two days that were really run, copied back in time until they fill a year.

Belongs here: landing, lake, derived rows, records and warehouse of the copied hours, so that a run takes them for its
own; what such a copy is not.
Does not belong here: generating calls (traffic.py), measuring.

What is real of a copied hour: its record, its rows in every table of the warehouse (shifted, with file ids of its own),
the size and time of every file. What is not: parts, derived rows and files of landing are hard links to those of the
two days, so the instants inside them are the two days'. A run opens no part that is older than a day, and the two days
are the last of the year. Minutes of live channels are copied for the week that keeps them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from assets.channel_hours import DERIVED_TABLES, derived_key
from assets.configuration import load_settings
from assets.due_hours import count_as_built
from assets.places import Places
from assets.warehouse import MINUTE_GRAIN_DAYS, connect, sync_records
from pipelines import lake
from pipelines.lake import FileRecord, HourRecord, PartRecord

SPAN = timedelta(hours=48)
"""What is copied: whole days, because of daily tables, and more than a run looks back."""

_INSTANTS = {"hour_start_at", "day_start_at", "bucket_start_at"}


def fill_year(site: Path, hours: int) -> int:
    """Copy what *site* built (SPAN, its last hours) back in time until at least *hours* are there; return how many."""
    settings = load_settings(site / "tollbook.toml")
    if isinstance(settings, list):
        message = f"{site} has no sound configuration: {settings}"
        raise TypeError(message)
    places = Places.of(settings)
    copies = max(0, -(-hours * timedelta(hours=1) // SPAN) - 1)
    keys = [entry.key for entry in places.lake_store.list(lake.FILES) if entry.key.endswith(".json")]
    records = [lake.read_record(places.lake_store, key) for key in keys]
    file_ids: list[tuple[str, int, str]] = []
    for number in range(1, copies + 1):
        for record in records:
            copied = _copy_hour(places, record, number * SPAN)
            file_ids += [
                (file.file_id, number, new.file_id) for file, new in zip(record.files, copied.files, strict=True)
            ]
    with connect(places) as connection:
        _copy_tables(connection, copies, file_ids)
        sync_records(connection, places.lake_store)
        connection.execute("delete from build.built_hours")
        count_as_built(connection, except_hours=[datetime.min])
        connection.execute("checkpoint")
    return len(keys) * (copies + 1)


def _copy_hour(places: Places, record: HourRecord, back: timedelta) -> HourRecord:
    hour = record.drop_hour - back
    copied = replace(
        record,
        drop_hour=hour,
        part=_copy_part(places, record.part, record.drop_hour, back),
        rejects=_copy_part(places, record.rejects, record.drop_hour, back),
        files=tuple(_copy_file(places, record, file, hour) for file in record.files),
    )
    for table in DERIVED_TABLES:
        source = places.derived / derived_key(table, record.drop_hour)
        if source.exists():
            _link(source, places.derived / derived_key(table, hour))
    lake.write_record(_PlainFolder(places.data), copied)
    return copied


class _PlainFolder:
    """Writes files without waiting for the disk: a year of records is thousands."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def replace(self, key: str, data: bytes) -> None:
        """Write *key*."""
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _copy_part(places: Places, part: PartRecord | None, hour: datetime, back: timedelta) -> PartRecord | None:
    if part is None or part.first_setup_at is None or part.last_ended_at is None:
        return None
    key = part.key
    for text in ("%Y-%m-%dT%H", "drop_date=%Y-%m-%d"):
        key = key.replace(hour.strftime(text), (hour - back).strftime(text))
    _link(places.data / part.key, places.data / key)
    return replace(
        part,
        key=key,
        first_setup_at=part.first_setup_at - back,
        last_ended_at=part.last_ended_at - back,
        hours={lake.hour_text(lake.parse_hour(text) - back): count for text, count in part.hours.items()},
    )


def _copy_file(places: Places, record: HourRecord, file: FileRecord, hour: datetime) -> FileRecord:
    path = file.file_path.replace(f"{record.drop_hour:%Y%m%d%H}", f"{hour:%Y%m%d%H}")
    _link(places.landing / file.file_path, places.landing / path)
    sha256 = f"{hour:%Y%m%d%H}" + file.sha256[10:]  # files of equal bytes would be copies of each other
    file_id = lake.file_id(record.feed_id, path, sha256)
    return replace(file, file_id=file_id, file_path=path, sha256=sha256, first_seen_at=hour + timedelta(hours=1))


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.link(source, target)


def _copy_tables(connection: duckdb.DuckDBPyConnection, copies: int, file_ids: list[tuple[str, int, str]]) -> None:
    """Copy every table of hours, days and minutes, the oldest hours first, as a year of runs leaves them."""
    connection.execute("create temp table new_ids (file_id varchar, copy_number integer, new_file_id varchar)")
    columns = list(zip(*file_ids, strict=True)) or [(), (), ()]
    connection.execute(
        "insert into new_ids select unnest($1::varchar[]), unnest($2::integer[]), unnest($3::varchar[])",
        [list(column) for column in columns],
    )
    for table, names in _tables_of_hours(connection):
        connection.execute("begin")
        connection.execute(f"create temp table original as select * from {table}")
        connection.execute(f"delete from {table}")
        is_by_minute = "grain_code" in names
        shifted = ", ".join(_shifted(name, kind) for name, kind in names.items())
        for number in range(copies, 0, -1):
            hours = number * SPAN // timedelta(hours=1)
            is_old = is_by_minute and hours > MINUTE_GRAIN_DAYS * 24
            connection.execute(
                f"insert into {table} select {shifted.format(hours=hours, number=number)} from original"
                + (" where grain_code = 'hour'" if is_old else "")
            )
        connection.execute(f"insert into {table} select * from original")
        connection.execute("drop table original")
        connection.execute("commit")


def _shifted(name: str, kind: str) -> str:
    """Return the SQL of a copied column, {hours} back and of copy {number}."""
    column = f"original.{name}"
    if kind == "TIMESTAMP":
        return f"{column} - to_hours({{hours}})"
    if name.endswith("file_id"):
        new = f"select new_file_id from new_ids where new_ids.file_id = {column} and copy_number = {{number}}"
        return f"coalesce(({new}), {column})"
    return column


def _tables_of_hours(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, dict[str, str]]]:
    rows = connection.execute(
        """
        select schema_name || '.' || table_name, column_name, data_type
        from duckdb_columns()
        inner join duckdb_tables() using (database_name, schema_name, table_name)
        where database_name = current_database()
            and (schema_name in ('marts', 'facts') or (schema_name, table_name) = ('build', 'call_pieces'))
        order by 1, column_index
        """
    ).fetchall()
    tables: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        tables.setdefault(table, {})[column] = kind
    for table, names in tables.items():
        if _INSTANTS & set(names) or table == "build.call_pieces":
            yield table, names
