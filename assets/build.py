"""From the lake's parts to facts and rated rows: pending hours, chunk by chunk, each committed before the next.

Belongs here: the order of the steps of a build and what each leaves behind for a run that comes after a crash.
Does not belong here: finding hours (due_hours.py, channel_hours.py), what rows mean (dbt_project/), publishing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import duckdb
import polars as pl

from assets import call_links, due_hours
from assets.call_links import Piece
from assets.channel_hours import (
    DERIVED_TABLES,
    derived_key,
    has_table,
    note_channel_hours,
    write_neighbour_intervals,
)
from assets.dbt_in_process import build_models
from assets.due_hours import Chunk
from assets.places import Places
from assets.warehouse import connect
from pipelines.columns import LEG_COLUMNS, polars_schema
from pipelines.storage import Store

EXPORT_ROWS = 500_000
"""Rated rows held in memory while their hours are written."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did: hours replaced, legs in them, committed chunks."""

    hours: tuple[datetime, ...] = ()
    leg_count: int = 0
    chunk_count: int = 0


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What a build may be told: the legs a chunk holds at most."""

    chunk_legs: int = field(default=due_hours.CHUNK_LEGS)


def build_pending(places: Places, options: BuildOptions, tell: Callable[[str], None]) -> BuildReport:
    """Compute every pending hour and return what was done; an empty report where nothing was due.

    Raises DbtFailedError where a model or an equality of ours fails; chunks committed before stay.
    """
    with connect(places) as connection:
        if connection.execute("select count(*) from build.built_hours").fetchone() == (0,):
            _remove_derived(places.derived_store)
        hours, pieces = _due(connection, places.lake_store)
        chunks = due_hours.cut_into_chunks(connection, hours, pieces, options.chunk_legs)
        due_hours.forget_built(connection, hours)
        if not chunks and not has_table(connection, "marts", "call_summary_hourly"):
            chunks = [Chunk((), (), 0)]  # no file yet: the tables are there all the same, without rows
    for number, chunk in enumerate(chunks, start=1):
        span = f"{chunk.hours[0]:%Y-%m-%d %H:00} to {chunk.hours[-1]:%Y-%m-%d %H:00}" if chunk.hours else "no legs yet"
        tell(f"build {number}/{len(chunks)}: {len(chunk.hours)} hours ({span}), {chunk.leg_count:,} legs")
        _build_chunk(places, chunk, pieces)
    return BuildReport(tuple(hours), sum(chunk.leg_count for chunk in chunks), len(chunks))


def _remove_derived(store: Store) -> None:
    """Remove every rated row: what a warehouse that is gone left behind may be of hours that have no legs any more."""
    for entry in list(store.list()):
        if entry.is_file:
            store.delete(entry.key)


def _due(connection: duckdb.DuckDBPyConnection, lake_store: Store) -> tuple[list[datetime], list[Piece]]:
    pending = due_hours.pending_hours(connection)
    setting = connection.execute("select call_spread_seconds from build.settings").fetchone()
    if not pending or setting is None:
        return [], []
    spread = timedelta(seconds=setting[0])
    former = call_links.former_pieces(connection)
    pieces = call_links.find_pieces(connection, lake_store, pending, spread)
    hours = due_hours.widen(pending, [*former, *pieces])
    if hours != pending:
        pieces = call_links.find_pieces(connection, lake_store, hours, spread)
    return hours, pieces


def _build_chunk(places: Places, chunk: Chunk, pieces: Sequence[Piece]) -> None:
    with connect(places) as connection:  # held throughout: `work` goes with the last connection
        _write_inputs(connection, places, chunk)
        build_models(places, "hours", "equality_hours")
        write_derived(connection, places.derived_store, chunk.hours)
        call_links.replace_pieces(connection, chunk.hours, pieces)
        due_hours.record_built(connection, chunk)


def _write_inputs(connection: duckdb.DuckDBPyConnection, places: Places, chunk: Chunk) -> None:
    """Hand dbt its inputs as data in tables: changed dbt variables would cost a full parse."""
    lake_store = places.lake_store
    connection.execute("create schema work.inputs")
    for table, hours in (("hours", chunk.hours), ("read_hours", chunk.read_hours)):
        connection.execute(f"create table work.inputs.{table} (hour_start_at timestamp)")
        connection.execute(f"insert into work.inputs.{table} select unnest($1)", [list(hours)])
    channel_hours = note_channel_hours(connection, lake_store, chunk)
    connection.execute("create table work.inputs.channel_hours (hour_start_at timestamp)")
    connection.execute("insert into work.inputs.channel_hours select unnest($1)", [channel_hours])
    write_neighbour_intervals(connection, places.derived_store, chunk, channel_hours)
    uris = call_links.parts_of(connection, lake_store, chunk.read_hours) or [_empty_part(places)]
    connection.execute("create table work.inputs.parts (uri varchar)")
    connection.execute("insert into work.inputs.parts select unnest($1)", [uris])


def _empty_part(places: Places) -> str:
    """Return a part without rows, for hours whose last leg has gone: an empty list is an error to a Parquet reader."""
    path = places.state / "empty_part.parquet"
    pl.DataFrame(schema=polars_schema(LEG_COLUMNS)).write_parquet(path)
    return str(path)


def write_derived(connection: duckdb.DuckDBPyConnection, store: Store, hours: Sequence[datetime]) -> None:
    """Write the rated calls and legs of *hours* to derived/, one file per table and hour; none for an empty hour."""
    counts: dict[datetime, int] = dict(
        connection.execute(
            "select hour_start_at, count(*) from work.intermediate.int_rated_legs group by hour_start_at"
        ).fetchall()
    )
    connection.execute("set produce_arrow_string_view = true")  # what polars holds text as: no copy
    for table in DERIVED_TABLES:
        for some in _bounded(hours, counts):
            rows = connection.execute(
                f"select * from work.derived.{table} where hour_start_at between $1 and $2", [some[0], some[-1]]
            ).pl()
            by_hour = {hour: frame for (hour,), frame in rows.partition_by("hour_start_at", as_dict=True).items()}
            with ThreadPoolExecutor(max_workers=2) as pool:
                written = [pool.submit(_write_hour, store, table, hour, by_hour.get(hour)) for hour in some]
            for one in written:
                one.result()


def _bounded(hours: Sequence[datetime], counts: Mapping[datetime, int]) -> Iterator[list[datetime]]:
    """Yield *hours* in stretches of at most EXPORT_ROWS legs; a longer hour is one of its own."""
    some: list[datetime] = []
    held = 0
    for hour in hours:
        if some and held + counts.get(hour, 0) > EXPORT_ROWS:
            yield some
            some, held = [], 0
        some.append(hour)
        held += counts.get(hour, 0)
    if some:
        yield some


def _write_hour(store: Store, table: str, hour: datetime, frame: pl.DataFrame | None) -> None:
    key = derived_key(table, hour)
    if frame is None:
        store.delete(key)
        return
    with store.scratch(key) as path:
        frame.write_parquet(path, compression="zstd", compression_level=1)
        store.adopt(key, path)


def build_final(places: Places) -> None:
    """Rebuild what depends on as_of or on more than hours, then check the equalities of all that was replaced.

    Raises DbtFailedError where one fails: that blocks publishing, and the next run checks the same hours again.
    """
    build_models(places, "final", "equality")
    with connect(places) as connection:
        due_hours.note_checked(connection)
