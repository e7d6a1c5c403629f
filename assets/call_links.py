"""Which hours hang together because a call's legs, or two uses of one call id, lie in more than one.

Belongs here: finding pieces of call ids over the edges of hours, by reading only the columns that name and place a leg.
Does not belong here: which hours are due (due_hours.py), what a call is (dbt_project/models/intermediate).

A piece is what is left of one (feed_id, call_id) when it is cut where a leg starts more than the call spread after the
one before: one call, its duplicates and conflicts included. A piece that begins at most REUSE_WINDOW after the one
before it is a reused call id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import pyarrow as pa

from pipelines.storage import Store

HOUR = timedelta(hours=1)
REUSE_WINDOW = timedelta(hours=24)
"""How long a call id is remembered, as in macros/windows.sql; a bound, or an hour would depend on all of history."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece: the hours of its first and last leg, and those of the piece it reuses the call id of, if any."""

    feed_id: str
    call_id: str
    first: datetime
    last: datetime
    reused_first: datetime | None = None
    reused_last: datetime | None = None

    @property
    def hours(self) -> set[datetime]:
        """Every hour from the first leg's to the last's."""
        return hours_between(self.first, self.last)

    @property
    def reused_hours(self) -> set[datetime]:
        """Every hour of the piece before, none where the call id is not reused."""
        if self.reused_first is None or self.reused_last is None:
            return set()
        return hours_between(self.reused_first, self.reused_last)


def hours_between(first: datetime, last: datetime) -> set[datetime]:
    """Return the hours from *first* to *last*, both included."""
    return {first + step * HOUR for step in range((last - first) // HOUR + 1)}


def find_pieces(
    connection: duckdb.DuckDBPyConnection, lake_store: Store, hours: Sequence[datetime], spread: timedelta
) -> list[Piece]:
    """Return the pieces that touch *hours* or reuse a call id from them, and lie in, or reach into, another hour.

    Reads around *hours* until no piece that touches them reaches the edge of what was read.
    """
    wanted = set(hours)
    window = set(hours)
    reach = max(spread, REUSE_WINDOW) // HOUR + 1
    while True:
        wider = {hour + step * HOUR for hour in window for step in range(-reach, reach + 1)}
        found = _pieces_within(connection, lake_store, sorted(wider), spread)
        touching = [piece for piece in found if piece.hours & wanted or piece.reused_hours & wanted]
        needed = wanted.union(*(piece.hours | piece.reused_hours for piece in touching if piece.hours & wanted))
        if needed <= window:
            return touching
        window |= needed


def _pieces_within(
    connection: duckdb.DuckDBPyConnection, lake_store: Store, hours: Sequence[datetime], spread: timedelta
) -> list[Piece]:
    uris = parts_of(connection, lake_store, hours)
    if not uris:
        return []
    connection.execute("create or replace temp table wanted_hours as select unnest($1) as hour_start_at", [list(hours)])
    query = """
        with legs as (
            select feed_id, call_id, setup_at, date_trunc('hour', setup_at)::timestamp as hour_start_at
            from read_parquet($uris, hive_partitioning = false)
            where date_trunc('hour', setup_at) in (select hour_start_at from wanted_hours)
        ),
        over_an_edge as (
            select feed_id, call_id
            from legs
            group by feed_id, call_id
            having min(hour_start_at) <> max(hour_start_at)
        ),
        gaps as (
            select
                legs.*,
                coalesce(
                    epoch_us(setup_at) - epoch_us(lag(setup_at) over (partition by feed_id, call_id order by setup_at))
                    > $spread, false
                ) as is_cut
            from legs
            semi join over_an_edge using (feed_id, call_id)
        ),
        numbered as (
            select *, count(*) filter (where is_cut) over (
                partition by feed_id, call_id order by setup_at rows unbounded preceding
            ) as piece_number
            from gaps
        ),
        pieces as (
            select
                feed_id, call_id, piece_number, min(setup_at) as starts_at, max(setup_at) as ends_at,
                min(hour_start_at) as first_hour_at, max(hour_start_at) as last_hour_at
            from numbered
            group by feed_id, call_id, piece_number
        ),
        followed as (
            select
                *,
                epoch_us(starts_at) - epoch_us(lag(ends_at) over uses) <= $reuse as is_reused,
                lag(first_hour_at) over uses as reused_first_hour_at,
                lag(last_hour_at) over uses as reused_last_hour_at
            from pieces
            window uses as (partition by feed_id, call_id order by piece_number)
        )
        select
            feed_id, call_id, first_hour_at, last_hour_at,
            case when is_reused then reused_first_hour_at end, case when is_reused then reused_last_hour_at end
        from followed
        where first_hour_at <> last_hour_at or is_reused
    """
    microsecond = timedelta(microseconds=1)
    # A removed duplicate may be the last leg of the piece before, so the reuse is looked for one spread longer.
    limits = {"spread": spread // microsecond, "reuse": (REUSE_WINDOW + spread) // microsecond}
    return [Piece(*row) for row in connection.execute(query, {"uris": uris, **limits}).fetchall()]


def parts_of(connection: duckdb.DuckDBPyConnection, lake_store: Store, hours: Sequence[datetime]) -> list[str]:
    """Return what to read for the legs of *hours*: an explicit list, never a glob."""
    rows = connection.execute(
        """
        select distinct parts.part_key
        from build.part_hours
        inner join build.parts using (record_key)
        where part_hours.hour_start_at in (select unnest($1))
        order by 1
        """,
        [list(hours)],
    ).fetchall()
    return [lake_store.uri(key) for (key,) in rows]


def former_pieces(connection: duckdb.DuckDBPyConnection) -> list[Piece]:
    """Return the pieces as the hours that are built now were built with them."""
    return [Piece(*row) for row in connection.execute("select * from build.call_pieces").fetchall()]


def replace_pieces(connection: duckdb.DuckDBPyConnection, hours: Sequence[datetime], pieces: Iterable[Piece]) -> None:
    """Keep the pieces that touch *hours*, in place of those that did, for a later widening over what was built."""
    wanted = set(hours)
    rows = [piece for piece in pieces if piece.hours & wanted or piece.reused_hours & wanted]
    columns = {
        "feed_id": pa.array([piece.feed_id for piece in rows], pa.string()),
        "call_id": pa.array([piece.call_id for piece in rows], pa.string()),
        **{
            name: pa.array([getattr(piece, name) for piece in rows], pa.timestamp("us"))
            for name in ("first", "last", "reused_first", "reused_last")
        },
    }
    connection.register("incoming_rows", pa.table(columns))
    connection.execute("begin")
    connection.execute(
        """
        delete from build.call_pieces where exists (
            select 1 from (select unnest($1) as hour_start_at) as done
            where done.hour_start_at between call_pieces.first_hour_at and call_pieces.last_hour_at
                or done.hour_start_at between call_pieces.reused_first_hour_at and call_pieces.reused_last_hour_at
        )
        """,
        [list(hours)],
    )
    connection.execute("insert into build.call_pieces select * from incoming_rows")
    connection.execute("commit")
    connection.unregister("incoming_rows")
