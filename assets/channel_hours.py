"""Which hours' live channels change with a chunk, and which calls of other hours are in use in them.

Belongs here: the span from the earliest setup to the latest end of the calls touched, old version and new; the
intervals of calls that are not being rebuilt.
Does not belong here: counting channels (dbt_project/models/channels).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import duckdb

from assets.call_links import parts_of
from assets.due_hours import Chunk
from pipelines.storage import Store

DERIVED_TABLES = ("rated_calls", "rated_legs")


def derived_key(table: str, hour: datetime) -> str:
    """Return the key, below derived/, of the rated rows of one hour."""
    return f"{table}/date={hour:%Y-%m-%d}/{hour:%Y-%m-%dT%H}.parquet"


def has_table(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    """Say whether the warehouse has *schema*.*table*."""
    return bool(
        connection.execute(
            "select 1 from information_schema.tables where table_schema = $1 and table_name = $2", [schema, table]
        ).fetchone()
    )


def note_channel_hours(connection: duckdb.DuckDBPyConnection, lake_store: Store, chunk: Chunk) -> list[datetime]:
    """Commit the hours whose channels *chunk* changes to build.channel_hours_due, and return all that are due.

    They outlive a crash: once the former calls are replaced nothing else remembers how far they reached.
    """
    reached = set(chunk.hours)
    spans = """
        select distinct unnest(generate_series(date_trunc('hour', from_at), to_at, interval 1 hour))
        from ({intervals})
        where to_at > from_at
    """
    uris = parts_of(connection, lake_store, chunk.hours)
    if uris:
        new = """
            select
                legs.setup_at as from_at,
                least(
                    legs.ended_at - interval 1 microsecond,
                    legs.setup_at + to_milliseconds(feeds.talk_time_over_maximum_ms)
                ) as to_at
            from read_parquet($uris, hive_partitioning = false) as legs
            inner join reference.feeds using (feed_id)
            where
                date_trunc('hour', legs.setup_at) in (select unnest($hours))
                and date_trunc('hour', legs.ended_at) > date_trunc('hour', legs.setup_at)
        """
        rows = connection.execute(spans.format(intervals=new), {"uris": uris, "hours": list(chunk.hours)}).fetchall()
        reached |= {row[0] for row in rows}
    if has_table(connection, "facts", "call_spans"):
        former = """
            select from_at, to_at - interval 1 microsecond as to_at
            from facts.call_spans
            where hour_start_at in (select unnest($hours))
        """
        rows = connection.execute(spans.format(intervals=former), {"hours": list(chunk.hours)}).fetchall()
        reached |= {row[0] for row in rows}
    connection.execute("insert into build.channel_hours_due select unnest($1)", [sorted(reached)])
    due = connection.execute("select distinct hour_start_at from build.channel_hours_due order by 1").fetchall()
    return [row[0] for row in due]


def write_neighbour_intervals(
    connection: duckdb.DuckDBPyConnection, derived_store: Store, chunk: Chunk, channel_hours: Sequence[datetime]
) -> None:
    """Fill work.inputs.neighbour_intervals: calls and legs in use in *channel_hours* that *chunk* does not rebuild."""
    connection.execute(
        """
        create or replace table work.inputs.neighbour_intervals (
            interval_kind_code varchar, customer_id varchar, carrier_id varchar, destination_name varchar,
            from_at timestamp, to_at timestamp
        )
        """
    )
    if not channel_hours:
        return
    others = sorted(set(channel_hours) - set(chunk.hours))
    for table, kind, carrier, destination in (
        ("rated_calls", "call", "null", "sell_destination_name"),
        ("rated_legs", "leg", "carrier_id", "sell_destination_name"),
    ):
        keys = [derived_key(table, hour) for hour in others]
        uris = [derived_store.uri(key) for key in keys if derived_store.exists(key)]
        if uris:
            connection.execute(
                f"""
                insert into work.inputs.neighbour_intervals
                select '{kind}', customer_id, {carrier}, {destination}, channel_from_at, channel_to_at
                from read_parquet($uris, hive_partitioning = false)
                where channel_to_at > channel_from_at
                """,
                {"uris": uris},
            )
    if has_table(connection, "facts", "call_spans"):
        connection.execute(
            """
            insert into work.inputs.neighbour_intervals
            select spans.interval_kind_code, spans.customer_id, spans.carrier_id, spans.destination_name,
                spans.from_at, spans.to_at
            from facts.call_spans as spans
            where
                spans.hour_start_at not in (select unnest($all))
                and spans.from_at < $last + interval 1 hour
                and spans.to_at > $first
            """,
            {"all": sorted({*channel_hours, *chunk.hours}), "first": channel_hours[0], "last": channel_hours[-1]},
        )
