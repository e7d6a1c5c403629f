"""Which hours are to be computed, in which chunks, from which parts: a difference, never a message.

Belongs here: comparing what the lake holds with what was recorded as built; widening over chains of legs; cutting into
chunks of bounded size; the hours whose channels change.
Does not belong here: computing them (build.py), what a call is (dbt_project/).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import pyarrow as pa

from pipelines.storage import Store

CHUNK_LEGS = 2_000_000
"""Legs a chunk holds at most (one hour more than that is a chunk of its own): what bounds memory."""

HOUR = timedelta(hours=1)

_INPUTS = """
select hour_start_at, md5(string_agg(feed_id || drop_hour_at::varchar || sha256, ',' order by feed_id, drop_hour_at))
    as inputs_digest
from build.part_hours
group by hour_start_at
"""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Hours built and committed together, and the hours whose legs they need."""

    hours: tuple[datetime, ...]
    read_hours: tuple[datetime, ...]
    leg_count: int


def pending_hours(connection: duckdb.DuckDBPyConnection) -> list[datetime]:
    """Return the hours whose parts differ from those they were built from, in order; emptied hours too."""
    query = f"""
        select coalesce(present.hour_start_at, built.hour_start_at) as hour_start_at
        from ({_INPUTS}) as present
        full join build.built_hours as built using (hour_start_at)
        where present.inputs_digest is distinct from built.inputs_digest
        order by 1
    """
    return [row[0] for row in connection.execute(query).fetchall()]


def record_built(connection: duckdb.DuckDBPyConnection, chunk: Chunk) -> None:
    """Record that *chunk* was built from the parts of now; its last step."""
    connection.execute("begin")
    connection.execute(
        f"""
        insert into build.built_hours
        select * from ({_INPUTS}) where hour_start_at in (select unnest($1))
        """,
        [list(chunk.hours)],
    )
    connection.execute("delete from build.channel_hours_due")
    connection.execute("commit")


def forget_built(connection: duckdb.DuckDBPyConnection, hours: Sequence[datetime]) -> None:
    """Make *hours* pending before the first of them is replaced: a crash at any later point leaves them so."""
    connection.execute("delete from build.built_hours where hour_start_at in (select unnest($1))", [list(hours)])


def count_as_built(connection: duckdb.DuckDBPyConnection, *, except_hours: Sequence[datetime]) -> None:
    """Record every hour but those as built from the parts of now, for a build that is to do only those."""
    connection.execute(
        f"insert into build.built_hours select * from ({_INPUTS}) where hour_start_at not in (select unnest($1))",
        [list(except_hours)],
    )


def find_chains(
    connection: duckdb.DuckDBPyConnection, lake_store: Store, hours: Sequence[datetime], spread: timedelta
) -> list[tuple[str, str, datetime, datetime]]:
    """Return the chains of legs that lie in more than one hour and touch *hours*: feed, call, first and last hour.

    A chain: legs of one (feed_id, call_id), duplicates included, each starting at most *spread* after the one before.
    Reads hours around *hours* until no chain that touches them reaches the edge of what was read.
    """
    reach = max(1, -(-spread // HOUR))
    window = set(hours)
    while True:
        wider = {hour + step * HOUR for hour in window for step in range(-reach, reach + 1)}
        chains = _chains_within(connection, lake_store, sorted(wider), spread)
        wanted = set(hours)
        touching = [chain for chain in chains if _touches(chain, wanted)]
        needed = wanted | {hour for _, _, first, last in touching for hour in _hours_between(first, last)}
        if needed <= window:
            return touching
        window |= needed


def _touches(chain: tuple[str, str, datetime, datetime], hours: set[datetime]) -> bool:
    return any(hour in hours for hour in _hours_between(chain[2], chain[3]))


def _hours_between(first: datetime, last: datetime) -> list[datetime]:
    return [first + step * HOUR for step in range((last - first) // HOUR + 1)]


def _chains_within(
    connection: duckdb.DuckDBPyConnection, lake_store: Store, hours: Sequence[datetime], spread: timedelta
) -> list[tuple[str, str, datetime, datetime]]:
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
        spanning as (
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
            semi join spanning using (feed_id, call_id)
        ),
        pieces as (
            select *, count(*) filter (where is_cut) over (
                partition by feed_id, call_id order by setup_at rows unbounded preceding
            ) as piece
            from gaps
        )
        select feed_id, call_id, min(hour_start_at) as first_hour_at, max(hour_start_at) as last_hour_at
        from pieces
        group by feed_id, call_id, piece
        having min(hour_start_at) <> max(hour_start_at)
    """
    return connection.execute(query, {"uris": uris, "spread": spread // timedelta(microseconds=1)}).fetchall()


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


def widen(
    connection: duckdb.DuckDBPyConnection,
    pending: Sequence[datetime],
    chains: Sequence[tuple[str, str, datetime, datetime]],
) -> list[datetime]:
    """Return *pending* with every hour of a chain, of now or as it was built, that touches one of them."""
    wanted = set(pending)
    former = connection.execute(
        "select feed_id, call_id, first_hour_at, last_hour_at from build.chain_spans"
    ).fetchall()
    hours = {
        hour for chain in (*chains, *former) if _touches(chain, wanted) for hour in _hours_between(chain[2], chain[3])
    }
    return sorted(wanted | hours)


def cut_into_chunks(
    connection: duckdb.DuckDBPyConnection,
    hours: Sequence[datetime],
    chains: Sequence[tuple[str, str, datetime, datetime]],
    chunk_legs: int = CHUNK_LEGS,
) -> list[Chunk]:
    """Cut *hours*, in order, into chunks of at most *chunk_legs* legs; chains: all that touch *hours*."""
    counts: dict[datetime, int] = dict(
        connection.execute(
            "select hour_start_at, sum(row_count)::bigint from build.part_hours group by hour_start_at"
        ).fetchall()
    )
    groups: list[list[datetime]] = []
    size = 0
    for hour in hours:
        count = counts.get(hour, 0)
        if not groups or (size + count > chunk_legs and size > 0):
            groups.append([])
            size = 0
        groups[-1].append(hour)
        size += count
    return [
        Chunk(tuple(group), _read_hours(group, chains), sum(counts.get(hour, 0) for hour in group)) for group in groups
    ]


def _read_hours(
    hours: Sequence[datetime], chains: Sequence[tuple[str, str, datetime, datetime]]
) -> tuple[datetime, ...]:
    wanted = set(hours)
    linked = {hour for chain in chains if _touches(chain, wanted) for hour in _hours_between(chain[2], chain[3])}
    return tuple(sorted(wanted | linked))


def replace_chain_spans(
    connection: duckdb.DuckDBPyConnection, chunk: Chunk, chains: Sequence[tuple[str, str, datetime, datetime]]
) -> None:
    """Keep the chains that touch *chunk*, for a later widening over calls as they were built."""
    wanted = set(chunk.hours)
    touching = [chain for chain in chains if _touches(chain, wanted)]
    columns = list(zip(*touching, strict=True)) if touching else [(), (), (), ()]
    names = ("feed_id", "call_id", "first_hour_at", "last_hour_at")
    types = (pa.string(), pa.string(), pa.timestamp("us"), pa.timestamp("us"))
    arrow = pa.table({name: pa.array(c, type=t) for name, c, t in zip(names, columns, types, strict=True)})
    connection.register("incoming_rows", arrow)
    connection.execute("begin")
    connection.execute(
        """
        delete from build.chain_spans where exists (
            select 1 from (select unnest($1) as hour_start_at) as chunk
            where chunk.hour_start_at between chain_spans.first_hour_at and chain_spans.last_hour_at
        )
        """,
        [list(chunk.hours)],
    )
    connection.execute("insert into build.chain_spans select * from incoming_rows")
    connection.execute("commit")
    connection.unregister("incoming_rows")
