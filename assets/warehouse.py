"""The private database: its control tables, and keeping them in step with the lake.

Belongs here: opening the warehouse, schema `build` (what the lake's records say, what was built from what) and schema
`reference` (the accepted version), both filled from the lake and lost without loss.
Does not belong here: which hours are due (due_hours.py), what rows mean (dbt_project/), publishing (publish.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import duckdb
import pyarrow as pa

from assets.model_version import model_version
from assets.places import Places
from pipelines import lake
from pipelines.columns import REJECT_COLUMNS, SQL_TYPES
from pipelines.settings import Settings
from pipelines.storage import Store

MINUTE_GRAIN_DAYS = 7

MEMORY_LIMIT = "3500MiB"
"""What DuckDB may hold, `work` included; beyond it spills to a folder beside the warehouse."""

_REJECTS = ", ".join(f"{column.name} {SQL_TYPES[column.type]}" for column in REJECT_COLUMNS)

_TABLES = f"""
create schema if not exists build;
create schema if not exists reference;
create table if not exists build.state (
    model_version varchar, reference_version varchar, fx_version varchar, payments_version varchar,
    reference_seen varchar, waiting_version varchar, built_as_of_at timestamp, is_published boolean
);
create table if not exists build.settings (
    as_of_at timestamp, base_currency_code varchar, call_spread_seconds bigint, channels_lag_seconds bigint,
    settle_seconds bigint, late_window_seconds bigint, minute_grain_from_at timestamp, payment_url varchar
);
create table if not exists build.record_index (record_key varchar, size_bytes bigint, modified_ns bigint);
create table if not exists build.records_noted (record_key varchar);
create table if not exists build.sweeps (swept_at timestamp);
create table if not exists build.parts (
    record_key varchar, feed_id varchar, drop_hour_at timestamp, part_key varchar, sha256 varchar, row_count bigint
);
create table if not exists build.part_hours (
    record_key varchar, feed_id varchar, drop_hour_at timestamp, sha256 varchar, hour_start_at timestamp,
    row_count bigint
);
create table if not exists build.file_records (
    record_key varchar, feed_id varchar, file_path varchar, file_id varchar, drop_hour_at timestamp,
    status_code varchar, status_reason varchar, size_bytes bigint, modified_ns bigint, sha256 varchar,
    first_seen_at timestamp, row_count bigint, parsed_count bigint, rejected_count bigint
);
-- What follows from the other files and not from the file alone: the first of equal files by (drop hour, path) is the
-- original, whichever was read first; a file is late when one of a later drop hour was seen by an earlier run.
create or replace view build.files as
select
    feed_id, file_path, file_id, drop_hour_at,
    case when is_copy and status_code = 'loaded' then 'copy_of' else status_code end as status_code,
    case when is_copy and status_code = 'loaded' then 'same bytes as ' || original_path else status_reason end
        as status_reason,
    size_bytes, modified_ns, sha256, row_count, parsed_count, rejected_count, first_seen_at,
    coalesce(first_seen_at > first_seen_of_later_at, false) as is_late
from (
    select
        *,
        is_read and row_number() over same_bytes > 1 as is_copy,
        first_value(file_path) over same_bytes as original_path,
        min(first_seen_at) over (
            partition by feed_id order by drop_hour_at desc
            range between unbounded preceding and interval 1 hour preceding
        ) as first_seen_of_later_at
    from (select *, status_code in ('loaded', 'kept_without_source') as is_read from build.file_records)
    window same_bytes as (partition by feed_id, sha256, is_read order by drop_hour_at, file_path)
);
create table if not exists build.rejects (record_key varchar, drop_hour_at timestamp, {_REJECTS});
create table if not exists build.feed_hours (record_key varchar, feed_id varchar, drop_hour_at timestamp);
create table if not exists build.reference_problems (
    file_path varchar, line_number bigint, column_name varchar, problem varchar, advice varchar
);
create table if not exists build.built_hours (hour_start_at timestamp, inputs_digest varchar);
create table if not exists build.unchecked_hours (hour_start_at timestamp);
create table if not exists build.channel_hours_due (hour_start_at timestamp);
create table if not exists build.call_pieces (
    feed_id varchar, call_id varchar, first_hour_at timestamp, last_hour_at timestamp,
    reused_first_hour_at timestamp, reused_last_hour_at timestamp
);
"""

RECORD_ROWS = ("parts", "part_hours", "file_records", "feed_hours")
"""Tables of schema build that mirror what a record says, by record_key."""

_RECORD_TABLES = ("parts", "part_hours", "file_records", "rejects", "feed_hours", "record_index")


@contextmanager
def connect(places: Places) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse with `work` attached and the control tables there; closed when the block ends.

    `work` lies in memory and belongs to the process: it lasts, for dbt too, as long as one connection is open.
    """
    places.state.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(str(places.warehouse))
    try:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
        connection.execute("attach if not exists ':memory:' as work")
        connection.execute(_TABLES)
        yield connection
    finally:
        connection.close()


def start_afresh_if_models_changed(places: Places, as_of: datetime) -> str | None:
    """Delete the warehouse where other models or a later as_of built it, or its rated rows are gone; return why.

    None where it stays. Everything in it is derived: the next build makes it again.
    """
    if not places.warehouse.exists():
        return None
    with connect(places) as connection:
        row = connection.execute("select model_version, built_as_of_at from build.state").fetchone()
        has_legs = "select 1 from build.built_hours inner join build.part_hours using (hour_start_at) limit 1"
        is_built = connection.execute(has_legs).fetchone() is not None
    reason = None
    if row is not None and row[0] != model_version():
        reason = "the models changed"
    elif row is not None and row[1] is not None and row[1] > as_of:
        reason = f"it was built as of {row[1]:%Y-%m-%d %H:00}, later than {as_of:%Y-%m-%d %H:00}"
    elif is_built and not any(entry.is_file for entry in places.derived_store.list()):
        reason = f"there are no rated rows in {places.derived} any more"
    if reason is not None:
        for path in (places.warehouse, places.warehouse.with_suffix(".duckdb.wal")):
            path.unlink(missing_ok=True)
    return reason


def write_settings(connection: duckdb.DuckDBPyConnection, settings: Settings, as_of: datetime) -> None:
    """Replace the one row of build.settings."""
    rules = settings.rules
    connection.execute("begin")
    connection.execute("delete from build.settings")
    connection.execute(
        "insert into build.settings values (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            as_of,
            settings.base_currency,
            int(rules.call_spread.total_seconds()),
            int(rules.channels_lag.total_seconds()),
            int(rules.settle.total_seconds()),
            int(rules.late_window.total_seconds()),
            as_of - timedelta(days=MINUTE_GRAIN_DAYS),
            settings.payment_url,
        ],
    )
    if connection.execute("select count(*) from build.state").fetchone() == (0,):
        connection.execute("insert into build.state (model_version) values (?)", [model_version()])
    connection.execute("commit")


def sync_records(connection: duckdb.DuckDBPyConnection, lake_store: Store) -> int:
    """Bring build.* in step with all of lake/files, reading only records whose size or time changed; return how many.

    It lists every record there is: sync_noted_records() is for every hour.
    """
    known = {
        key: (size, modified)
        for key, size, modified in connection.execute("select * from build.record_index").fetchall()
    }
    found = {
        entry.key: (entry.size, entry.modified_ns)
        for entry in lake_store.list(lake.FILES)
        if entry.is_file and entry.key.endswith(".json")
    }
    changed = {key: seen for key, seen in found.items() if known.get(key) != seen}
    return _mirror(connection, lake_store, changed, [key for key in known if key not in found])


def note_records(connection: duckdb.DuckDBPyConnection, record_keys: Sequence[str]) -> None:
    """Commit that these records are about to be written: whatever happens next, sync_noted_records() looks at them."""
    _insert(connection, "build.records_noted", [(key,) for key in record_keys])


def sync_noted_records(connection: duckdb.DuckDBPyConnection, lake_store: Store) -> int:
    """Bring build.* in step with the records noted as about to be written; with all where nothing is mirrored yet.

    Records change by our own writer alone, which notes them first: no listing of the lake's history is needed.
    """
    if connection.execute("select count(*) from build.record_index").fetchone() == (0,):
        return sync_records(connection, lake_store)
    noted = [row[0] for row in connection.execute("select distinct record_key from build.records_noted").fetchall()]
    entries = {key: lake_store.stat(key) for key in noted}
    changed = {key: (entry.size, entry.modified_ns) for key, entry in entries.items() if entry is not None}
    return _mirror(connection, lake_store, changed, [key for key, entry in entries.items() if entry is None])


def _mirror(
    connection: duckdb.DuckDBPyConnection,
    lake_store: Store,
    changed: Mapping[str, tuple[int, int]],
    gone: Sequence[str],
) -> int:
    """Replace in build.* what the records *changed* (key: size, time) and *gone* said; return how many they are."""
    if not changed and not gone:
        return 0
    rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in _RECORD_TABLES if table != "rejects"}
    reject_uris: list[tuple[str, datetime, str]] = []
    for key, seen in changed.items():
        record = lake.read_record(lake_store, key)
        _collect(rows, key, record)
        rows["record_index"].append((key, *seen))
        if record.rejects is not None:
            reject_uris.append((key, record.drop_hour, lake_store.uri(record.rejects.key)))
    connection.execute("begin")
    for table in (*_RECORD_TABLES, "records_noted"):
        connection.execute(f"delete from build.{table} where record_key in (select unnest($1))", [[*changed, *gone]])
    for table, values in rows.items():
        _insert(connection, f"build.{table}", values)
    for key, drop_hour, uri in reject_uris:
        connection.execute(
            "insert into build.rejects select $1, $2, * from read_parquet($3, hive_partitioning = false)",
            [key, drop_hour, uri],
        )
    connection.execute("commit")
    return len(changed) + len(gone)


def last_sweep(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """Return when all of landing was last compared with the lake (naive UTC), None where this warehouse does not know.

    A snapshot of before there were sweeps has no such table.
    """
    known = connection.execute(
        "select 1 from information_schema.tables where table_schema = 'build' and table_name = 'sweeps'"
    ).fetchone()
    row = connection.execute("select max(swept_at) from build.sweeps").fetchone() if known else None
    return None if row is None else row[0]


def note_sweep(connection: duckdb.DuckDBPyConnection, swept_at: datetime) -> None:
    """Record that all of landing was compared with the lake, and what differed read."""
    connection.execute("begin")
    connection.execute("delete from build.sweeps")
    connection.execute("insert into build.sweeps values ($1)", [swept_at])
    connection.execute("commit")


def mirrored_rows(key: str, record: lake.HourRecord) -> dict[str, list[tuple[object, ...]]]:
    """Return what the tables RECORD_ROWS say of *record*."""
    rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in RECORD_ROWS}
    _collect(rows, key, record)
    return rows


def _collect(rows: Mapping[str, list[tuple[object, ...]]], key: str, record: lake.HourRecord) -> None:
    where = (key, record.feed_id)
    if record.part is not None:
        part = record.part
        rows["parts"].append((*where, record.drop_hour, part.key, part.sha256, part.row_count))
        rows["part_hours"] += [
            (*where, record.drop_hour, part.sha256, lake.parse_hour(hour), count) for hour, count in part.hours.items()
        ]
    if any(file.status_code in lake.READ_STATUSES for file in record.files):
        rows["feed_hours"].append((*where, record.drop_hour))
    rows["file_records"] += [
        (
            *where,
            file.file_path,
            file.file_id,
            record.drop_hour,
            file.status_code,
            file.status_reason,
            file.size_bytes,
            file.modified_ns,
            file.sha256,
            file.first_seen_at,
            file.row_count,
            file.parsed_count,
            file.rejected_count,
        )
        for file in (*record.files, *record.replaced)
    ]


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[object, ...]]) -> None:
    """Insert many rows at once, by way of Arrow: executemany takes a second for a thousand rows."""
    if not rows:
        return
    names = [row[0] for row in connection.execute(f"describe {table}").fetchall()]
    columns = {name: [row[index] for row in rows] for index, name in enumerate(names)}
    arrow = pa.table(columns)
    connection.register("incoming_rows", arrow)
    connection.execute(f"insert into {table} select * from incoming_rows")
    connection.unregister("incoming_rows")


def replace_table(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Create or replace *table* with the rows and types of an Arrow table."""
    connection.register("incoming_rows", rows)
    connection.execute(f"create or replace table {table} as select * from incoming_rows")
    connection.unregister("incoming_rows")
