"""Every figure against the rows it was made of: records, parts, rated rows, facts, summaries, snapshot.

Belongs here: the equalities over all history, a month at a time, of what is built.
Does not belong here: the lake's own soundness (verification_lake.py), the equalities of a run (dbt_project/tests).

Hours that are pending are left out: they differ until the next run has built them, and rightly so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import duckdb

from assets.channel_hours import DERIVED_TABLES, derived_key
from assets.due_hours import pending_hours
from assets.places import Places
from assets.publish import HOURLY_GRAIN_DAYS, HOURLY_TABLES
from assets.verification_findings import REBUILD, Finding
from assets.verification_mirror import mirror_findings
from pipelines.storage import Store

_SHOWN = 3

_CALL_MEASURES = {
    "attempt_count": "count(*)",
    "answer_count": "count(*) filter (where is_answered)",
    "unrated_count": "count(unrated_reason_code)",
    "talk_seconds": "sum(talk_seconds)",
    "billed_seconds": "sum(billed_seconds)",
    "charge_amount": "coalesce(sum(charge_amount), 0)",
    "cost_amount": "sum(cost_amount)",
    "cost_unknown_count": "sum(cost_unknown_count)",
}
_LEG_MEASURES = {
    **{name: _CALL_MEASURES[name] for name in ("attempt_count", "answer_count", "unrated_count")},
    **{name: _CALL_MEASURES[name] for name in ("talk_seconds", "billed_seconds")},
    "cost_amount": "coalesce(sum(cost_amount), 0)",
}
_SUMMED = (
    "attempt_count",
    "answer_count",
    "ner_count",
    "pdd_ms_sum",
    "pdd_count",
    "talk_seconds",
    "billed_seconds",
    "dtmf_observed_count",
    "dtmf_call_count",
    "unrated_count",
)
_SIDES = {
    # side: fact by hour, its currency, further measures of the summaries
    "customer": ("call_summary_hourly", "currency_code", "charge_amount"),
    "carrier": ("leg_summary_hourly", "cost_currency_code", "cost_amount"),
}
_PERIODS = {"daily": "day", "weekly": "week", "monthly": "month"}


@dataclass(frozen=True, slots=True)
class Figures:
    """What was found, what could not be compared now, how much was looked at."""

    findings: tuple[Finding, ...]
    not_compared: tuple[str, ...] = ()
    looked_at: dict[str, int] = field(default_factory=dict)


def verify_figures(places: Places, told: frozenset[str], tell: Callable[[str], None]) -> Figures:
    """Compare everything that is built; under the writer lock. The warehouse is opened to read only.

    told: keys of records and parts that are missing or damaged, and told as such: nothing is compared with them.
    """
    with duckdb.connect(str(places.warehouse), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        state = connection.execute("select is_published, built_as_of_at from build.state").fetchone()
        if state is None or state[1] is None:
            return Figures((), ("figures: nothing was built to its end yet: run first",))
        tell("warehouse: what it says of the lake's records")
        findings = [*mirror_findings(connection, places.lake_store, told)]
        pending = pending_hours(connection)
        hours = [
            row[0]
            for row in connection.execute("select hour_start_at from build.built_hours order by 1").fetchall()
            if row[0] not in set(pending)
        ]
        derived = list(_derived_files(connection, places.derived_store, hours, pending))
        findings += derived
        missing = {finding.where for finding in derived if finding.code == "missing_derived"}
        for month in sorted({hour.replace(day=1, hour=0) for hour in hours}):
            of_month = [hour for hour in hours if hour.replace(day=1, hour=0) == month]
            tell(f"figures {month:%Y-%m}: {len(of_month):,} hours")
            with_rows = [hour for hour in of_month if not missing & set(_derived_of(hour))]
            findings += _month(connection, places, with_rows)
            if not pending and with_rows == of_month:
                findings += _channels_of_month(connection, places.derived_store, of_month)
            findings += _parts_of_month(connection, places.lake_store, of_month, told)
        not_compared = []
        if pending:
            not_compared.append(f"{len(pending)} hours that are pending: the next run builds them")
        if pending or not state[0]:
            not_compared.append("summaries and snapshot: the last run did not publish; the next one does")
        else:
            tell("summaries of days, weeks, months and the last 24 hours")
            findings += _summaries(connection)
            tell("snapshot")
            findings += _snapshot(connection, places, state[1])
        return Figures(tuple(findings), tuple(not_compared), {"hours": len(hours)})


def _derived_files(
    connection: duckdb.DuckDBPyConnection, store: Store, hours: Sequence[datetime], pending: Sequence[datetime]
) -> Iterator[Finding]:
    """Compare which files of rated rows there are with the hours that have legs."""
    unsure = {key for hour in pending for key in _derived_of(hour)}
    with_rows: set[str] = set()
    for table, fact in zip(DERIVED_TABLES, ("call_summary_hourly", "leg_summary_hourly"), strict=True):
        rows = connection.execute(f"select distinct hour_start_at from marts.{fact}").fetchall()
        with_rows |= {f"derived/{derived_key(table, hour)}" for (hour,) in rows}
    expected = {key for hour in hours for key in _derived_of(hour)} & with_rows
    present = {f"derived/{entry.key}" for entry in store.list() if entry.is_file}
    for key in sorted(expected - present - unsure):
        yield Finding("missing_derived", "its hour has rated rows, and it is not there", key, REBUILD)
    for key in sorted(present - with_rows - unsure):
        yield Finding("orphan_derived", "its hour has no such rows", key, "nothing reads it: remove it")


def _derived_of(hour: datetime) -> tuple[str, ...]:
    return tuple(f"derived/{derived_key(table, hour)}" for table in DERIVED_TABLES)


def _month(connection: duckdb.DuckDBPyConnection, places: Places, hours: Sequence[datetime]) -> Iterator[Finding]:
    """Compare the rated rows and the facts of *hours*."""
    _set_hours(connection, hours)
    wanted = "hour_start_at in (select hour_start_at from verified_hours)"
    rated = {}
    for table in DERIVED_TABLES:
        store = places.derived_store
        uris = [store.uri(key) for key in (derived_key(table, hour) for hour in hours) if store.exists(key)]
        rated[table] = _read(uris)
    try:
        for table in rated.values():
            if table:
                connection.execute(f"select count(*) from {table}")
    except duckdb.Error as error:
        yield Finding("damaged_derived", f"it cannot be read ({error})", f"derived/ of {hours[0]:%Y-%m}", REBUILD)
        return
    if rated["rated_calls"] and rated["rated_legs"]:
        yield from _rated_against_facts(connection, rated["rated_calls"], rated["rated_legs"], wanted)


def _channels_of_month(
    connection: duckdb.DuckDBPyConnection, store: Store, hours: Sequence[datetime]
) -> Iterator[Finding]:
    """Compare channel-seconds by hour with the calls of the hour and those that reach into it from hours before."""
    month = hours[0].replace(day=1, hour=0)
    for table, kind, scope in (("rated_calls", "call", "total"), ("rated_legs", "leg", "carrier")):
        keys = [derived_key(table, hour) for hour in hours]
        rows = _read([store.uri(key) for key in keys if store.exists(key)])
        own = f"""
            select hour_start_at as hour_at,
                date_diff('second', channel_from_at, least(channel_to_at, hour_start_at + interval 1 hour)) as seconds
            from {rows} where channel_to_at > channel_from_at
            union all
        """
        yield from _difference(
            connection,
            f"channel-seconds of {kind}s by hour = those of their intervals",
            f"""
            select hour_at, sum(seconds) as seconds from (
                {own if rows else ""}
                select hour_at, date_diff('second', hour_at, least(to_at, hour_at + interval 1 hour)) as seconds from (
                    select to_at, unnest(
                        generate_series(hour_start_at + interval 1 hour, to_at - interval 1 second, interval 1 hour)
                    ) as hour_at
                    from facts.call_spans where interval_kind_code = '{kind}'
                )
            )
            where date_trunc('month', hour_at) = '{month}'::timestamp group by hour_at
            """,
            f"""
            select date_trunc('hour', bucket_start_at)::timestamp as hour_at, sum(channel_seconds) as seconds
            from facts.channel_buckets
            where grain_code = 'hour' and scope_code = '{scope}'
                and date_trunc('month', bucket_start_at) = '{month}'::timestamp
            group by all having sum(channel_seconds) > 0
            """,
        )


def _parts_of_month(
    connection: duckdb.DuckDBPyConnection, store: Store, hours: Sequence[datetime], unusable: frozenset[str]
) -> Iterator[Finding]:
    """Compare the rows of the lake's parts with what became of them, for *hours* all of whose parts can be read."""
    rows = connection.execute(
        """
        select distinct part_hours.hour_start_at, parts.part_key
        from build.part_hours inner join build.parts using (record_key)
        where part_hours.hour_start_at in (select unnest($1))
        """,
        [list(hours)],
    ).fetchall()
    unread = {hour for hour, key in rows if key in unusable}
    readable = [hour for hour in hours if hour not in unread]
    keys = sorted({key for hour, key in rows if hour not in unread})
    if keys:
        connection.execute(
            "create or replace temp table verified_hours as select unnest($1) as hour_start_at", [readable]
        )
        yield from _difference(
            connection,
            "rows of the parts = legs + duplicates + conflicts",
            f"""
            select file_id, date_trunc('hour', setup_at) as hour_start_at, count(*) as row_count
            from {_read([store.uri(key) for key in keys])}
            where date_trunc('hour', setup_at) in (select hour_start_at from verified_hours) group by all
            """,
            """
            select file_id, hour_start_at, leg_count + duplicate_count + conflict_count as row_count
            from facts.file_hours where hour_start_at in (select hour_start_at from verified_hours)
            """,
        )


def _rated_against_facts(
    connection: duckdb.DuckDBPyConnection, calls: str, legs: str, wanted: str
) -> Iterator[Finding]:
    for name, rows, keys, fact, measures in (
        ("calls", calls, "hour_start_at, customer_id, currency_code", "call_summary_hourly", _CALL_MEASURES),
        ("legs", legs, "hour_start_at, carrier_id, cost_currency_code", "leg_summary_hourly", _LEG_MEASURES),
    ):
        expected = ", ".join(f"{expression} as {measure}" for measure, expression in measures.items())
        summed = ", ".join(f"sum({measure}) as {measure}" for measure in measures)
        yield from _difference(
            connection,
            f"sums of rated {name} = {fact}",
            f"select {keys}, {expected} from {rows} group by all",
            f"select {keys}, {summed} from marts.{fact} where {wanted} group by all",
        )
    yield from _difference(
        connection,
        "rated legs of a file and hour = its accepted rows",
        f"select file_id, hour_start_at, count(*) as leg_count from {legs} group by all",
        f"select file_id, hour_start_at, leg_count from facts.file_hours where leg_count > 0 and {wanted}",
    )
    yield from _difference(
        connection,
        "calls by release = rated calls",
        f"select hour_start_at, customer_id, is_answered, count(*) as attempt_count from {calls} group by all",
        f"""
        select hour_start_at, customer_id, is_answered, sum(attempt_count) as attempt_count
        from marts.release_hourly where {wanted} group by all
        """,
    )
    yield from _difference(
        connection,
        "calls under keys of nobody = calls of the unknown customer",
        f"""
        select hour_start_at, sum(attempt_count) as attempt_count, sum(answer_count) as answer_count
        from facts.unknown_keys_hourly where {wanted} group by all
        """,
        f"""
        select hour_start_at, sum(attempt_count) as attempt_count, sum(answer_count) as answer_count
        from marts.call_summary_hourly where customer_id is null and {wanted} group by all
        """,
    )
    yield from _difference(
        connection,
        "conflicts counted = conflicts shown",
        f"select file_id, hour_start_at, conflict_count from facts.file_hours where conflict_count > 0 and {wanted}",
        f"""
        select file_id, hour_start_at, count(*) as conflict_count
        from marts.conflicting_duplicates where {wanted} group by all
        """,
    )
    yield from _difference(
        connection,
        "an answered call has a charge or a reason, and no other has either",
        f"""
        select feed_id, call_id, setup_at from {calls}
        where (charge_amount is null) <> (unrated_reason_code is not null)
            or (not is_answered and (charge_amount <> 0 or billed_seconds <> 0 or talk_seconds <> 0))
            or is_answered <> (answered_leg_count > 0)
        """,
        "select null, null, null where false",
    )


_ROLLUPS = (
    ("customer_hourly", "call_summary_hourly", "hour_start_at, customer_id, currency_code", "charge_amount"),
    ("carrier_hourly", "leg_summary_hourly", "hour_start_at, carrier_id, cost_currency_code", "cost_amount"),
    (
        "customer_destination_daily",
        "call_summary_hourly",
        "day_start_at, customer_id, sell_destination_name, currency_code",
        "charge_amount",
    ),
    (
        "carrier_destination_daily",
        "leg_summary_hourly",
        "day_start_at, carrier_id, buy_destination_name, cost_currency_code",
        "cost_amount",
    ),
)
"""What graphs draw: the same sums by fewer keys."""


def _summaries(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """Compare hours with days, weeks, months and the last 24 hours, what customers see with what staff sees."""
    for side, (fact, currency, amount) in _SIDES.items():
        sums = ", ".join(f"sum({measure}) as {measure}" for measure in (*_SUMMED, amount))
        columns = ", ".join((*_SUMMED, amount))
        for period, unit in _PERIODS.items():
            yield from _difference(
                connection,
                f"{side}_summary_{period} = sums of {fact}",
                f"""
                select
                    {side}_id, {currency} as currency_code, date_trunc('{unit}', hour_start_at)::timestamp as at, {sums}
                from marts.{fact} group by all
                """,
                f"select {side}_id, currency_code, period_start_at as at, {columns} from marts.{side}_summary_{period}",
            )
        yield from _difference(
            connection,
            f"{side}_summary_live = its hours",
            f"""
            select {side}_id, {currency} as currency_code, hour_start_at as at, {sums}
            from marts.{fact}, build.settings
            where hour_start_at > as_of_at - interval 24 hour and hour_start_at <= as_of_at group by all
            """,
            f"select {side}_id, currency_code, period_start_at as at, {columns} from marts.{side}_summary_live",
        )
    for rollup, fact, keys, amount in _ROLLUPS:
        day = "date_trunc('day', hour_start_at)::timestamp as day_start_at"
        sums = ", ".join(f"sum({measure}) as {measure}" for measure in (*_SUMMED, amount))
        columns = ", ".join((*_SUMMED, amount))
        yield from _difference(
            connection,
            f"{rollup} = sums of {fact}",
            f"select {keys.replace('day_start_at', day)}, {sums} from marts.{fact} group by all",
            f"select {keys}, {columns} from marts.{rollup}",
        )
    yield from _difference(
        connection,
        "legs by release = legs",
        "select hour_start_at, carrier_id, sum(attempt_count) as n from marts.leg_release_hourly group by all",
        "select hour_start_at, carrier_id, sum(attempt_count) as n from marts.leg_summary_hourly group by all",
    )
    for period in (*_PERIODS, "live"):
        columns = ", ".join(("customer_id", "period_start_at", *_SUMMED, "charge_amount"))
        yield from _difference(
            connection,
            f"portal.customer_summary_{period} = what staff sees",
            f"select {columns} from marts.customer_summary_{period} where customer_id is not null",
            f"select {columns} from portal.customer_summary_{period}",
        )
    yield from _difference(
        connection,
        "rows of a file = accepted + rejected + duplicate + conflict",
        """
        select file_id, row_count from marts.file_reconciliation
        where row_count <> accepted_count + rejected_count + duplicate_count + conflict_count
        """,
        "select null, null where false",
    )


def _snapshot(connection: duckdb.DuckDBPyConnection, places: Places, as_of: datetime) -> Iterator[Finding]:
    """Compare every table of the published snapshot with the warehouse, cut as publishing cuts it."""
    target = places.current.resolve()
    advice = "run again: it publishes a new snapshot"
    if not target.exists():
        yield Finding("missing_snapshot", "nothing is published", str(places.current), advice)
        return
    oldest = as_of - timedelta(days=HOURLY_GRAIN_DAYS)
    tables = connection.execute(
        """
        select schema_name, table_name from duckdb_tables()
        where schema_name in ('marts', 'portal', 'billing', 'facts') and database_name = current_database() order by all
        """
    ).fetchall()
    try:
        published = duckdb.connect(str(target), read_only=True)
    except duckdb.Error as error:
        yield Finding("damaged_snapshot", f"it cannot be opened ({error})", str(target), advice)
        return
    with published:
        published.execute("set timezone = 'UTC'")
        for schema, table in tables:
            cut = HOURLY_TABLES.get((schema, table))
            kept = f" where {cut} >= $oldest" if cut else ""
            query = f'select count(*), sum(hash(t)::hugeint) from "{schema}"."{table}" as t{kept}'
            parameters = {"oldest": oldest} if cut else {}
            expected = connection.execute(query, parameters).fetchone()
            try:
                found = published.execute(query, parameters).fetchone()
            except duckdb.Error as error:
                yield Finding("damaged_snapshot", f"it cannot be read ({error})", f"{target}, {schema}.{table}", advice)
                continue
            if found != expected:
                yield Finding(
                    "different_snapshot", "it is not as in the warehouse", f"{target}, {schema}.{table}", advice
                )


def _set_hours(connection: duckdb.DuckDBPyConnection, hours: Sequence[datetime]) -> None:
    connection.execute("create or replace temp table verified_hours (hour_start_at timestamp)")
    connection.execute("insert into verified_hours select unnest($1)", [list(hours)])


def _read(uris: Sequence[str]) -> str:
    """Return a table function over *uris*, as an explicit list; empty where there are none."""
    listed = ", ".join("'" + uri.replace("'", "''") + "'" for uri in uris)
    return f"read_parquet([{listed}], hive_partitioning = false)" if uris else ""


def _difference(connection: duckdb.DuckDBPyConnection, name: str, left: str, right: str) -> Iterator[Finding]:
    """Return a finding where two queries do not give the same rows, with the first that differ."""
    cursor = connection.execute(
        f"""
        with one as ({left}), other as ({right})
        (select 'rows' as side, * from (select * from one except all select * from other))
        union all (select 'told' as side, * from (select * from other except all select * from one))
        limit {_SHOWN}
        """
    )
    names = [column[0] for column in cursor.description][1:]
    rows = cursor.fetchall()
    if rows:
        shown = "; ".join(f"{side}: {dict(zip(names, values, strict=True))}" for side, *values in rows)
        yield Finding("broken_equality", f"does not hold ({shown})", name, REBUILD)
