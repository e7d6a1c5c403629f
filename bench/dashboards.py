"""How long the database takes over each chart's query: `python bench/dashboards.py [CALLS]`, 5,000,000 by default.

Belongs here: a snapshot with generated facts of a carrier's size below the real views, every chart's queries over it
with the dashboards' own time ranges, the customer portal as the busiest customer, two threads, Superset's memory limit.
Does not belong here: what Superset and the browser add (tests/end_to_end), building the facts (hours_models.py).

Exit 1 where a chart takes a second or longer.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support import superset_assets as bundle
from tests.support.superset_assets import Config, Window

DAYS, CUSTOMERS, CARRIERS, DESTINATIONS = 7, 500, 40, 600
AT_MOST_SECONDS = 1.0
RULE = "customer_id = 'c0'"
"""The busiest customer's."""
TIMES = 3
# Uneven on purpose: a fifth of customers and destinations has most of the calls.
CALLS = f"""
create temp table calls as
select
    hour_start_at, customer, destination, carrier, is_answered, talk,
    ['EUR', 'USD', 'GBP'][1 + customer % 3] as currency_code
from (
    select
        (select as_of_at from build.settings) - to_hours(cast(h % {DAYS * 24} as integer)) as hour_start_at,
        cast(floor({CUSTOMERS} * pow((h >> 8) % 10000 / 10000.0, 2)) as integer) as customer,
        cast(floor({DESTINATIONS} * pow((h >> 22) % 10000 / 10000.0, 2)) as integer) as destination,
        cast((h >> 36) % {CARRIERS} as integer) as carrier,
        (h >> 42) % 100 < 55 as is_answered,
        case when (h >> 42) % 100 < 55 then cast((h >> 50) % 400 as integer) else 0 end as talk
    from (select hash(i) as h from range({{calls}}) as r(i))
)
"""
_MEASURES = """
    count(*), count(*) filter (where is_answered), count(*) filter (where is_answered or talk % 3 = 0),
    count(*) * 1800, count(*), sum(talk), sum(talk)"""
_TAIL = "count(*) filter (where is_answered), count(*) filter (where is_answered and talk % 3 = 0), 0"
FILL = [
    "delete from reference.customers",
    f"""insert into reference.customers by name
        select 'c' || i as customer_id, 'Customer ' || i as customer_name,
            ['EUR', 'USD', 'GBP'][1 + i % 3] as currency_code, 100 as channel_limit
        from range({CUSTOMERS}) as r(i)""",
    "delete from reference.carriers",
    f"""insert into reference.carriers by name
        select 'k' || i as carrier_id, 'Carrier ' || i as carrier_name, 'EUR' as currency_code
        from range({CARRIERS}) as r(i)""",
    "delete from marts.call_summary_hourly",
    f"""insert into marts.call_summary_hourly
        select hour_start_at, 'c' || customer, 'Destination ' || destination, currency_code, {_MEASURES},
            sum(talk) * 0.0012, sum(talk) * 0.0009, count(*) filter (where talk = 7), {_TAIL}
        from calls group by hour_start_at, customer, destination, currency_code order by hour_start_at""",
    "delete from marts.leg_summary_hourly",
    f"""insert into marts.leg_summary_hourly
        select hour_start_at, 'k' || carrier, 'c' || customer, 'Destination ' || destination,
            'Destination ' || destination, 'EUR', {_MEASURES}, sum(talk) * 0.0009, {_TAIL}
        from calls group by hour_start_at, carrier, customer, destination order by hour_start_at""",
    "delete from marts.customer_hourly",
    """insert into marts.customer_hourly
        select hour_start_at, customer_id, currency_code, sum(columns(* exclude (
            hour_start_at, customer_id, sell_destination_name, currency_code)))
        from marts.call_summary_hourly group by all order by hour_start_at""",
    "delete from marts.carrier_hourly",
    """insert into marts.carrier_hourly
        select hour_start_at, carrier_id, cost_currency_code, sum(columns(* exclude (
            hour_start_at, carrier_id, customer_id, sell_destination_name, buy_destination_name, cost_currency_code)))
        from marts.leg_summary_hourly group by all order by hour_start_at""",
    "delete from marts.customer_destination_daily",
    """insert into marts.customer_destination_daily
        select date_trunc('day', hour_start_at), customer_id, sell_destination_name, currency_code,
            sum(columns(* exclude (hour_start_at, customer_id, sell_destination_name, currency_code)))
        from marts.call_summary_hourly group by all order by 1""",
    "delete from marts.carrier_destination_daily",
    """insert into marts.carrier_destination_daily
        select date_trunc('day', hour_start_at), carrier_id, buy_destination_name, cost_currency_code, sum(columns(
            * exclude (hour_start_at, carrier_id, customer_id, sell_destination_name, buy_destination_name,
            cost_currency_code)))
        from marts.leg_summary_hourly group by all order by 1""",
    "delete from marts.leg_release_hourly",
    """insert into marts.leg_release_hourly
        select hour_start_at, 'k' || carrier, is_answered, 400 + talk % 20, talk % 40, 'REASON_' || talk % 20,
            count(*), count(*) filter (where talk % 6 = 0), count(*) filter (where talk % 6 = 0 and is_answered)
        from calls group by all order by hour_start_at""",
    "delete from facts.channel_buckets",
    """insert into facts.channel_buckets
        select hour_start_at, 'hour', 'customer_destination', 'c' || customer, null, 'Destination ' || destination,
            count(*), sum(talk)
        from calls group by hour_start_at, customer, destination order by hour_start_at""",
    """insert into facts.channel_buckets
        select hour_start_at, 'hour', s.scope, case s.scope when 'customer' then 'c' || customer end,
            case s.scope when 'carrier' then 'k' || carrier end, null, count(*), sum(talk)
        from calls, (values ('total'), ('customer'), ('carrier')) as s(scope)
        group by all order by hour_start_at""",
    f"""insert into facts.channel_buckets
        select hour_start_at + to_minutes(cast(m as integer)), 'minute', 'customer', 'c' || c, null, null, 3, 100
        from (select distinct hour_start_at from calls), range(60) as m(m), range({CUSTOMERS}) as c(c)
        order by hour_start_at, m""",
    "delete from facts.customer_day",
    f"""insert into facts.customer_day
        select 'c' || customer, currency_code, time_bucket(interval 1 day, hour_start_at), {_MEASURES},
            sum(talk) * 0.0012, sum(talk) * 0.0009, 0, {_TAIL}
        from calls group by all""",
    "delete from marts.customer_summary_live",
    """insert into marts.customer_summary_live
        select 'c' || customer, 'Customer ' || customer, currency_code, hour_start_at, hour_start_at + interval 1 hour,
            count(*), count(*) filter (where is_answered), 0.5, 100, count(*), 0.5, count(*) * 1800, count(*), 1800,
            sum(talk), sum(talk), sum(talk) * 0.0012, sum(talk) * 0.0009, sum(talk) * 0.0003, 1, 1, 0.5, 0, true, null,
            sum(talk) * 0.0012
        from calls where hour_start_at > (select as_of_at from build.settings) - interval 24 hour group by all""",
    "checkpoint",
]  # fmt: skip


def main(calls: int) -> int:
    """Print seconds per chart, slowest first; return the exit code."""
    directory = Path(tempfile.mkdtemp(prefix="tollbook-bench-"))
    try:
        snapshot = small_snapshot(directory)
        started = time.perf_counter()
        with duckdb.connect(str(snapshot)) as connection:
            connection.execute(CALLS.format(calls=calls))
            for statement in FILL:
                connection.execute(statement)
            (rows, channels, as_of), *_ = connection.execute(
                "select (select count(*) from marts.call_summary_hourly), (select count(*) from marts.live_channels),"
                " (select strftime(as_of_at, '%Y-%m-%dT%H:%M:%S') from build.settings)"
            ).fetchall()
        print(
            f"{calls:,} calls: {rows:,} rows of call_summary_hourly, {channels:,} of live_channels,"
            f" {snapshot.stat().st_size >> 20} MiB, made in {time.perf_counter() - started:.0f} s"
        )
        return measure(snapshot, str(as_of))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def small_snapshot(directory: Path) -> Path:
    """Return a writable copy of what a small site publishes: every table and view as it really is."""
    shutil.copy(bundle.PROJECT / "tollbook.toml", directory)  # its paths begin at its own folder
    environment = {**os.environ, "TOLLBOOK_CONFIG": str(directory / "tollbook.toml"), "DAGSTER_DISABLE_TELEMETRY": "1"}
    environment["TOLLBOOK_STATE"] = str(directory / "var")
    tollbook = Path(sys.executable).parent / "tollbook"
    for arguments in (["demo", "--days", "1", "--calls-per-day", "200", "--seed", "1"], ["run"]):
        done = subprocess.run([tollbook, *arguments], env=environment, check=False, capture_output=True, text=True)
        if done.returncode > 1:
            sys.exit(f"tollbook {arguments[0]}: {done.stdout[-500:]}{done.stderr[-500:]}")
    copy = directory / "copy.duckdb"
    shutil.copyfile((directory / "data" / "published" / "current.duckdb").resolve(), copy)
    return copy


def measure(snapshot: Path, as_of: str) -> int:
    """Run every chart's queries and print what they took."""
    charts, datasets = bundle.by_uuid("charts"), bundle.by_uuid("datasets")
    took: list[tuple[float, str]] = []
    configuration = {"threads": 2, "memory_limit": "1GB", "enable_external_access": "false"}
    with duckdb.connect(str(snapshot), read_only=True, config=configuration) as connection:
        for dashboard in bundle.assets("dashboards").values():
            window = Window(shifted(as_of, -days_of(dashboard)), shifted(as_of, 1 / 24))
            for uuid in bundle.chart_ids(dashboard):
                chart = charts[uuid]
                dataset = datasets[str(chart["dataset_uuid"])]
                rule = RULE if dashboard["slug"] == "customer-portal" else None
                sqls = bundle.queries(chart, dataset, window, zone="Asia/Tokyo", rule=rule)
                seconds = max(timed(connection, sql) for sql in sqls)
                took.append((seconds, f"{dashboard['slug']}: {chart['slice_name']}"))
    for seconds, name in sorted(took, reverse=True):
        print(f"{seconds:7.3f} s  {name}{'' if seconds < AT_MOST_SECONDS else '   TOO SLOW'}")
    slow = [name for seconds, name in took if seconds >= AT_MOST_SECONDS]
    print(f"{len(took)} charts, {len(slow)} of them take {AT_MOST_SECONDS:.0f} s or longer")
    return 1 if slow else 0


def timed(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    """Return the best of a few runs on a warm database: seconds passed, or seconds computed where those are fewer.

    What both threads computed bounds what an idle machine would take; on a busy one the clock measures the others.
    """
    seconds = []
    for _ in range(TIMES):
        started, computed = time.perf_counter(), time.process_time()
        connection.execute(sql).fetchall()
        seconds += [time.perf_counter() - started, time.process_time() - computed]
    return min(seconds)


def days_of(dashboard: Config) -> int:
    """Return the length of the time range a dashboard opens with."""
    for item in dashboard["metadata"]["native_filter_configuration"]:
        found = re.search(r"-(\d+), day", str(item["defaultDataMask"]["extraFormData"].get("time_range", "")))
        if found:
            return int(found[1])
    return DAYS


def shifted(instant: str, days: float) -> str:
    """Return an ISO instant moved by days."""
    return (datetime.fromisoformat(instant) + timedelta(days=days)).isoformat()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000))
