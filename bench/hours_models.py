"""How long dbt takes over one chunk of hours: `python bench/hours_models.py [LEGS] [THREADS]`, 1,000,000 by default.

Belongs here: generated legs and decks of a carrier's size, one run of tag:hours over them, seconds per model.
Does not belong here: ingest, summaries, publishing.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.dbt_harness import DbtWarehouse

HOURS = 24

# Numbers lie in this many areas, of six digits each; decks are generated with prefixes of 2 to 7 digits.
AREAS = 20_000
# One in six calls tries a second carrier, one in a thousand rows is there twice, one in five thousand is a conflict.
LEGS = """
create temp table calls as
select
    i as call_number, hash(i) as h, timestamp '2026-11-01' + to_microseconds((i * 86400000000 // {calls})) as setup_at,
    i % 6 = 0 as is_failover
from range({calls}) as r(i);

create temp table rows as
select
    'sw' as feed_id, 'file' || cast(call_number * {hours} // {calls} as varchar) as file_id,
    'call-' || lpad(cast(h % 100000000000000 as varchar), 14, '0') || '-' || call_number as call_id,
    leg_number, setup_at + to_seconds(3 * (leg_number - 1)) as setup_at, h,
    case when is_failover and leg_number = 1 then false else (h >> 8) % 100 < 55 end as is_answered
from calls, (values (1), (2)) as l(leg_number)
where leg_number = 1 or is_failover
union all
select
    'sw', 'file0', 'call-' || lpad(cast(h % 100000000000000 as varchar), 14, '0') || '-' || call_number, 1, setup_at,
    case when call_number % 5000 = 0 then h + 4096 else h end, (h >> 8) % 100 < 55
from calls where call_number % 1000 = 1 or call_number % 5000 = 0;

copy (
    select
        feed_id, file_id, row_number() over () as line_number, call_id, call_id || '/' || leg_number as leg_id,
        cast(leg_number as integer) as leg_number, setup_at,
        case when is_answered or h % 3 = 0 then setup_at + to_milliseconds(500 + (h >> 4) % 4000) end as ringing_at,
        case when is_answered then setup_at + to_seconds(5) end as answered_at,
        setup_at + to_seconds(case when is_answered then 5 + (h >> 12) % 400 else 8 end) as ended_at,
        is_answered, cast(case when is_answered then (h >> 12) % 400 * 1000 else 0 end as bigint) as answered_ms,
        cast(case when is_answered or h % 3 = 0 then 500 + (h >> 4) % 4000 end as bigint) as pdd_ms,
        '4420' || lpad(cast((h >> 20) % 10000000 as varchar), 8, '0') as a_number, null::varchar as a_number_raw,
        cast(area as varchar) || lpad(cast((h >> 20) % 1000000 as varchar), 6, '0') as b_number,
        '+' || cast(area as varchar) || lpad(cast((h >> 20) % 1000000 as varchar), 6, '0') as b_number_raw,
        'account' || ((h >> 9) % 520) as account_code, null::varchar as tech_prefix, null::varchar as trunk,
        '10.0.' || ((h >> 9) % 200) || '.' || ((h >> 7) % 250) as source_ip, 'gw' || ((h >> 5) % 10) as carrier_key,
        cast(case when is_answered then 200 else [404, 480, 486, 487, 503][1 + cast((h >> 3) % 5 as integer)]
            end as integer) as sip_status_code,
        cast(case when is_answered then 16 else 34 end as integer) as q850_cause_code,
        case when is_answered then 'NORMAL_CLEARING' else 'NORMAL_CIRCUIT_CONGESTION' end as release_reason,
        cast(case when h % 4 = 0 then h % 7 end as integer) as dtmf_digit_count
    from (select *, 100000 + hash((h >> 6) % {areas}) % 900000 as area from rows) as dialled
    order by setup_at
) to '{part}' (format parquet, compression zstd, compression_level 1, row_group_size 100000)
"""

REFERENCE = """
delete from reference.customers; delete from reference.customer_keys; delete from reference.customer_cards;
delete from reference.carriers; delete from reference.carrier_keys; delete from reference.rate_cards;
delete from reference.rate_revisions; delete from reference.rates; delete from reference.fx_rates;
insert into reference.customers by name
select 'c' || i as customer_id, 'C' || i as customer_name, ['EUR', 'USD', 'GBP'][1 + i % 3] as currency_code,
    's' || i % 3 as rate_card_id, 'destination' as invoice_grouping, 30 as payment_terms_days from range(500) r(i);
insert into reference.customer_cards by name select customer_id, rate_card_id from reference.customers;
insert into reference.customer_keys by name
select '*' as feed_id, 'account_code' as key_type, 'account' || i as key_value, 'c' || i as customer_id
from range(500) r(i);
insert into reference.carriers by name
select 'k' || i as carrier_id, 'K' || i as carrier_name, ['EUR', 'USD', 'GBP'][1 + i % 3] as currency_code,
    'b' || i % 3 as rate_card_id from range(10) r(i);
insert into reference.carrier_keys by name
select '*' as feed_id, 'gw' || i as key_value, 'k' || i as carrier_id from range(10) r(i);
insert into reference.rate_cards by name
select s || i as rate_card_id, case s when 's' then 'sell' else 'buy' end as direction,
    ['EUR', 'USD', 'GBP'][1 + i] as currency_code, 6 as charge_decimals, 'half_up' as charge_rounding,
    'up' as talk_rounding
from range(3) r(i), (values ('s'), ('b')) v(s);
insert into reference.rate_revisions by name
select rate_card_id || '@' || n as revision_id, rate_card_id,
    timestamp '2026-10-01' + to_days(n * 31) as effective_from,
    case when n = 0 then timestamp '2026-10-01' + to_days(31) end as effective_to
from reference.rate_cards, range(2) r(n);
insert into reference.rates by name
select distinct on (revision_id, prefix)
    revision_id, rate_card_id,
    substr(cast(100000000 + hash(i) % 900000000 as varchar), 1, cast(2 + i % 6 as integer)) as prefix,
    'destination ' || (i % 600) as destination_name, 1000 + i % 90000 as rate_micros, 0 as setup_fee_micros,
    case i % 3 when 0 then 30 else 0 end as minimum_seconds, case i % 2 when 0 then 6 else 1 end as increment_seconds,
    0 as grace_seconds, false as is_blocked
from reference.rate_revisions, range(30000) r(i);
insert into reference.fx_rates by name
select cast(date '2026-10-28' + cast(d as integer) as date) as rate_date, c as currency_code,
    9000000000 + d as rate_to_base_e10
from range(5) r(d), (values ('USD'), ('GBP')) v(c);
"""


def main(leg_count: int, threads: str) -> None:
    """Print seconds per model and for the run."""
    directory = Path(tempfile.mkdtemp(prefix="tollbook-bench-"))
    try:
        warehouse = DbtWarehouse(directory)
        part = directory / "generated.parquet"
        with warehouse.connect() as connection:
            connection.execute(LEGS.format(calls=leg_count * 6 // 7, hours=HOURS, areas=AREAS, part=part))
            connection.execute(REFERENCE)
        warehouse.files([{"file_id": f"file{n}", "file_path": f"sw/{n}.csv"} for n in range(HOURS + 1)])
        for title in ("first", "replaced"):
            warehouse.write_inputs([], parts=[part])
            with warehouse.connect() as connection:
                for table in ("hours", "read_hours", "channel_hours"):
                    connection.execute(
                        f"insert into work.inputs.{table} select unnest(range(timestamp '2026-11-01', "
                        "timestamp '2026-11-03', interval 1 hour))"
                    )
            started = time.perf_counter()
            results = warehouse.dbt("run", "--select", "tag:hours", "--threads", threads)
            took = time.perf_counter() - started
            for result in sorted(results, key=lambda result: -result.execution_time)[:14]:
                print(f"  {result.execution_time:6.2f} s  {result.node.name}")
            print(f"{title}: {leg_count:,} legs, tag:hours {took:.1f} s")
        sizes = warehouse.query("select count(*) as calls, sum(charge_amount) as charge from work.derived.rated_calls")
        print(sizes, warehouse.query("select sum(duplicate_count) d, sum(conflict_count) c from facts.file_hours"))
        print(
            warehouse.query(
                "select unrated_reason_code, side_code, sum(unrated_count) n from facts.unrated_hourly group by all"
            )
        )
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, sys.argv[2] if len(sys.argv) > 2 else "2")
