"""Which hours are to be computed, in which chunks, from which parts: a difference, never a message.

Belongs here: comparing what the lake holds with what was recorded as built; widening over calls; cutting into chunks of
bounded size.
Does not belong here: computing them (build.py), what a call is (dbt_project/).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from assets.call_links import Piece

CHUNK_LEGS = 2_600_000
"""Legs a chunk holds at most (one hour more than that is a chunk of its own), about 2 million calls: bounds memory."""

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
    connection.execute("delete from build.built_hours where hour_start_at in (select unnest($1))", [list(chunk.hours)])
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
    """Make *hours* pending before the first of them is replaced: a crash at any later point leaves them so.

    They stay known as built from something else: an hour that has no legs any more would be forgotten otherwise, and
    its facts would stay. And they are unchecked until note_checked(), however many runs that takes.
    """
    connection.execute("begin")
    connection.execute(
        "update build.built_hours set inputs_digest = 'stale' where hour_start_at in (select unnest($1))", [list(hours)]
    )
    connection.execute("insert into build.unchecked_hours select unnest($1)", [list(hours)])
    connection.execute("commit")


def note_checked(connection: duckdb.DuckDBPyConnection) -> None:
    """Record that every equality held, with all hours replaced until now."""
    connection.execute("delete from build.unchecked_hours")


def count_as_built(connection: duckdb.DuckDBPyConnection, *, except_hours: Sequence[datetime]) -> None:
    """Record every hour but those as built from the parts of now, for a build that is to do only those."""
    connection.execute(
        f"insert into build.built_hours select * from ({_INPUTS}) where hour_start_at not in (select unnest($1))",
        [list(except_hours)],
    )


def widen(pending: Sequence[datetime], pieces: Iterable[Piece]) -> list[datetime]:
    """Return *pending* with every hour of a call that touches one of them, and of calls that reuse such a call's id.

    pieces: as the lake has them now, and as the hours were built.
    """
    pieces = list(pieces)
    wanted = set(pending)
    touched = wanted.union(*(piece.hours for piece in pieces if piece.hours & wanted))
    return sorted(touched.union(*(piece.hours for piece in pieces if piece.reused_hours & touched)))


def cut_into_chunks(
    connection: duckdb.DuckDBPyConnection,
    hours: Sequence[datetime],
    pieces: Sequence[Piece],
    chunk_legs: int = CHUNK_LEGS,
) -> list[Chunk]:
    """Cut *hours*, in order, into chunks of at most *chunk_legs* legs; pieces: all that touch *hours*."""
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
        Chunk(tuple(group), _read_hours(group, pieces), sum(counts.get(hour, 0) for hour in group)) for group in groups
    ]


def _read_hours(hours: Sequence[datetime], pieces: Sequence[Piece]) -> tuple[datetime, ...]:
    """Return the hours whose legs *hours* need: whole calls, and the calls before whose id they reuse."""
    wanted = set(hours)
    return tuple(sorted(wanted.union(*(piece.hours | piece.reused_hours for piece in pieces if piece.hours & wanted))))
