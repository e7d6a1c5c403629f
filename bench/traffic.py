"""A carrier's traffic to measure with: CDRs in hourly files of format tollbook_csv, and the reference data they need.

Belongs here: what the made-up carrier looks like (customers, carriers, cards, calls), written fast and the same for the
same seed, and kept until this file changes.
Does not belong here: right or wrong (pipelines/demo makes traffic with expected totals), measuring.

    python bench/traffic.py --calls 200000 [--hours 48] [--into FOLDER]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

START = datetime(2026, 3, 2)
"""First hour with calls, a Monday; the bench looks from the hour the traffic ends."""

CUSTOMERS = 500
CARRIERS = 10
COUNTRIES = 200
CALLS_APART = 1 << 24
PREFIXES_OF_COUNTRY = 450
BUY_CARDS = {"buy0": "EUR", "buy1": "USD", "buy2": "GBP", "buy3": "EUR", "buy4": "USD"}
CONFIGURATION = """\
data = "data"
landing = "{landing}"
base_currency = "EUR"
[feeds.sw]
format = "tollbook_csv"
files = "sw/cdr-%Y%m%d%H.csv"
expected = "hourly"
"""

# How busy each hour of the day is, compared with the others.
DAY = (35, 25, 20, 18, 20, 30, 50, 75, 110, 135, 145, 140, 130, 135, 140, 138, 130, 120, 105, 95, 85, 75, 60, 45)

# 200 country codes of three digits with 450 prefixes each: the code itself, then 4 to 9 digits, often one inside
# another. Three destinations a country.
PREFIXES = f"""
create table prefixes as
with drawn as (
    select
        c as country, j,
        cast(200 + c as varchar) || substr(
            lpad(cast(hash({{seed}}, c, j, 1) % 1000000 as varchar), 6, '0'),
            1, case when h % 100 < 3 then 1 when h % 100 < 18 then 2 when h % 100 < 58 then 3
               when h % 100 < 83 then 4 when h % 100 < 93 then 5 else 6 end
        ) as prefix
    from (select c, j, hash({{seed}}, c, j) as h from range({COUNTRIES}) a(c), range(1, 1200) b(j))
),
ranked as (
    select country, prefix, row_number() over (partition by country order by min(j)) as place
    from drawn group by country, prefix
)
select
    country, place, prefix,
    'Country ' || lpad(cast(country as varchar), 3, '0')
        || ['', ' mobile', ' special'][cast(1 + hash({{seed}}, prefix) % 3 as integer)] as destination_name
from (
    select country, prefix, place from ranked where place < {PREFIXES_OF_COUNTRY}
    union all
    select c, cast(200 + c as varchar), 0 from range({COUNTRIES}) a(c)
);
"""

# Both sides of the tariffs: every card quotes its own rates, buy cards every third prefix, sell the whole list.
RATES = """
copy (
    select
        prefix, destination_name,
        cast(({low} + h % {span}) / 1000000 as decimal(12, 6)) as rate_per_minute,
        cast(case when h % 17 = 0 then 0.01 else 0 end as decimal(12, 6)) as setup_fee,
        [0, 30, 60][cast(1 + (h >> 20) % 3 as integer)] as minimum_seconds,
        [1, 6, 60][cast(1 + (h >> 20) % 3 as integer)] as increment_seconds
    from (select *, hash({seed}, prefix, '{card}') as h from prefixes where {chosen})
    order by prefix
) to '{path}' (header, delimiter ',')
"""

# Numbers 0 to 1 of a call, apart from each other: each is a slice of a hash of its own.
CALLS = f"""
create table calls as
with
drawn as (
    select
        i, setup_hour,
        epoch_ms(setup_hour) + cast(hash({{seed}}, i, 1) % 3600000 as bigint) as setup_ms,
        cast(hash({{seed}}, i, 2) >> 1 as bigint) as h,
        (hash({{seed}}, i, 3) >> 11) / 9007199254740992.0 as u_customer,
        (hash({{seed}}, i, 4) >> 11) / 9007199254740992.0 as u_country,
        (hash({{seed}}, i, 5) >> 11) / 9007199254740992.0 as u_prefix,
        (hash({{seed}}, i, 6) >> 11) / 9007199254740992.0 as u_talk,
        cast(hash({{seed}}, i, 7) >> 1 as bigint) as g
    from (
        select
            unnest(range(first_call, first_call + call_count)) as i,
            setup_hour
        from hours
    )
)
select
    i, setup_hour, setup_ms, h, g,
    -- Zipf: the n-th customer (country, prefix) calls in proportion to 1/n
    cast(floor(pow({CUSTOMERS} + 1, u_customer)) as integer) - 1 as customer,
    cast(floor(pow({COUNTRIES} + 1, u_country)) as integer) - 1 as country,
    cast(floor(pow({PREFIXES_OF_COUNTRY} + 1, u_prefix)) as integer) - 1 as place,
    cast(least(72000000, -ln(1 - u_talk) * case when h % 1000 < 5 then 4000000 when h % 1000 < 100 then 600000
        else 75000 end) as bigint) as talk_ms,
    (h >> 10) % 6 = 0 as has_second_leg,
    (h >> 20) % 100 < 52 as is_answered,
    (h >> 30) % 5000 = 0 as is_forked,
    300 + (h >> 40) % 4000 as pdd_ms,
    2000 + g % 20000 as ring_ms,
    -- one caller in a thousand is nobody's, one number in two thousand is in no deck
    (g >> 16) % 1000 = 0 as is_unknown,
    (g >> 26) % 2000 = 0 as is_unmatched,
    (g >> 36) % 10 as carrier
from drawn;
"""

# A failing first leg moves on to another carrier two seconds later; of a forked call both legs are answered.
LEGS = """
create table legs as
with
attempts as (
    select
        calls.*, 1 as leg_number, 0 as offset_ms, carrier as leg_carrier,
        is_answered and (not has_second_leg or is_forked) as is_leg_answered
    from calls
    union all
    select
        calls.*, 2 as leg_number, 2000 + g % 3000 as offset_ms, (carrier + 3) % 10 as leg_carrier,
        is_answered as is_leg_answered
    from calls where has_second_leg
),
coded as (
    select
        attempts.*,
        case
            when is_leg_answered then 200
            when has_second_leg and leg_number = 1 then 503
            else [404, 480, 486, 487, 503, 487][cast(1 + (h >> 50) % 6 as integer)]
        end as sip_status_code
    from attempts
)
select
    hash({seed}, i) as call_hash, leg_number,
    case when is_leg_answered or sip_status_code in (480, 486, 487) then pdd_ms end as pdd_ms,
    setup_ms + offset_ms as setup_ms,
    case when is_leg_answered then setup_ms + offset_ms + pdd_ms + ring_ms end as answered_ms_at,
    setup_ms + offset_ms + case
        when is_leg_answered then pdd_ms + ring_ms + talk_ms
        when sip_status_code in (480, 486, 487) then pdd_ms + ring_ms + 3000
        else 200 + h % 1500
    end as ended_ms,
    case when is_leg_answered then talk_ms else 0 end as talk_ms,
    sip_status_code, h, g, customer, leg_carrier, is_unknown,
    case when is_unmatched then '199' else prefixes.prefix end
        || lpad(cast((g >> 8) % 10000000 as varchar), 7, '0') as b_number
from coded
inner join prefixes using (country, place);
"""

# One row in a thousand stands there twice, in its own or the next hour's file; one in ten thousand comes again with
# another duration; one in a million ends before it begins and is rejected.
ROWS = """
create table rows as
with
repeated as (
    select *, 0 as repeat_number from legs
    union all
    select * replace (case when (h >> 3) % 10000 = 1 and answered_ms_at is not null then talk_ms + 1000 else talk_ms end
        as talk_ms), 1 as repeat_number
    from legs where (h >> 3) % 1000 = 1
)
select
    date_trunc('hour', make_timestamp_ms(ended_ms + case when repeat_number = 1 and (h >> 9) % 2 = 0 then 3600000
        else 0 end)) as drop_hour,
    repeat_number, ended_ms,
    lower(to_hex(call_hash)) as call_id, leg_number,
    make_timestamp_ms(case when (h >> 5) % 1000000 = 7 then ended_ms + 1 else setup_ms end) as setup_at, pdd_ms,
    make_timestamp_ms(answered_ms_at) as answered_at,
    make_timestamp_ms(ended_ms) as ended_at, talk_ms as answered_ms,
    '44' || lpad(cast((g >> 12) % 1000000000 as varchar), 10, '7') as a_number, b_number,
    case when is_unknown then 'stranger-' || g % 7 when customer % 25 <> 24
        then 'acc-' || lpad(cast(customer as varchar), 5, '0') end as account_code,
    case when customer % 25 = 24 and not is_unknown then 'trunk-' || customer end as trunk,
    'gw-' || leg_carrier as carrier_key, sip_status_code,
    case sip_status_code when 200 then 16 when 404 then 1 when 480 then 19 when 486 then 17 when 487 then 16 else 34
        end as q850_cause_code,
    case sip_status_code when 200 then 'NORMAL_CLEARING' when 404 then 'UNALLOCATED' when 480 then 'NO_ANSWER'
        when 486 then 'USER_BUSY' when 487 then 'CANCEL' else 'CONGESTION' end as release_reason,
    case when h % 2 = 0 then case when h % 10 < 4 then 0 else h % 9 end end as dtmf_digit_count
from repeated;
"""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Generated files: landing with CDRs and reference data, and the hour the traffic ends."""

    folder: Path
    end: datetime
    row_count: int
    size_bytes: int

    @property
    def landing(self) -> Path:
        """Return the landing folder."""
        return self.folder / "landing"

    @property
    def files(self) -> list[Path]:
        """Return the CDR files in byte order of their names."""
        return sorted((self.landing / "sw").glob("*.csv"))


def write_site(site: Path, landing: Path) -> None:
    """Make an empty site, in place of a former one, whose landing is *landing*."""
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(parents=True)
    (site / "tollbook.toml").write_text(CONFIGURATION.format(landing=landing))


def make_traffic(
    cache: Path, *, calls: int, hours: int = 48, start: datetime = START, seed: int = 1, threads: int = 2
) -> Traffic:
    """Return about *calls* CDRs over *hours* from *start*, made anew only where *cache* does not hold them."""
    version = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    folder = cache / f"traffic-{calls}-{hours}h-{start:%Y%m%d%H}-{seed}-{version}"
    note = folder / "traffic.json"
    if not note.exists():
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "landing" / "sw").mkdir(parents=True)
        with duckdb.connect(config={"threads": threads}) as connection:
            connection.execute("set timezone = 'UTC'")
            _write_reference(connection, folder / "landing" / "reference", start, seed)
            rows = _write_calls(connection, folder / "landing" / "sw", calls, hours, start, seed)
        size = sum(path.stat().st_size for path in (folder / "landing" / "sw").iterdir())
        note.write_text(json.dumps({"rows": rows, "bytes": size}))
    known = json.loads(note.read_text())
    return Traffic(folder, start + timedelta(hours=hours), known["rows"], known["bytes"])


def _write_reference(connection: duckdb.DuckDBPyConnection, folder: Path, start: datetime, seed: int) -> None:
    revision = f"{start - timedelta(days=400):%Y-%m-%dT%H%MZ}.csv"
    cards = {"sell": ("sell", "EUR"), **{card: ("buy", currency) for card, currency in BUY_CARDS.items()}}
    for card in cards:
        (folder / "rates" / card).mkdir(parents=True)
    connection.execute(PREFIXES.format(seed=seed))
    for number, (card, (direction, _)) in enumerate(cards.items()):
        low, span = (3000, 90000) if direction == "sell" else (1000, 60000)
        chosen = "true" if direction == "sell" else f"place = 0 or place % 3 = {number % 3}"
        path = folder / "rates" / card / revision
        connection.execute(RATES.format(low=low, span=span, seed=seed, card=card, chosen=chosen, path=path))
    names = [f"cust-{number:05d}" for number in range(CUSTOMERS)]
    days = [start.date() + timedelta(days=day) for day in range(-400, 8)]
    tables = {
        "customers": ["customer_id,customer_name,currency_code,rate_card_id,tax_rate"]
        + [f"{name},Customer {number},EUR,sell,0.20" for number, name in enumerate(names)],
        "customer_keys": ["feed_id,key_type,key_value,customer_id"]
        + [
            f"*,trunk,trunk-{number},{name}" if number % 25 == 24 else f"*,account_code,acc-{number:05d},{name}"
            for number, name in enumerate(names)
        ],
        "carriers": ["carrier_id,carrier_name,currency_code,rate_card_id"]
        + [f"carrier-{n},Carrier {n},{BUY_CARDS[f'buy{n % 5}']},buy{n % 5}" for n in range(CARRIERS)],
        "carrier_keys": ["feed_id,key_value,carrier_id", *(f"*,gw-{n},carrier-{n}" for n in range(CARRIERS))],
        "rate_cards": ["rate_card_id,direction,currency_code"]
        + [f"{card},{direction},{currency}" for card, (direction, currency) in cards.items()],
        "fx_rates": ["date,currency_code,rate_to_base"]
        + [
            f"{day},{currency},{(base + number % 40) / 10000:.4f}"
            for number, day in enumerate(days)
            for currency, base in (("USD", 9100), ("GBP", 11500))
        ],
    }
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")


def _write_calls(
    connection: duckdb.DuckDBPyConnection, folder: Path, calls: int, hours: int, start: datetime, seed: int
) -> int:
    """Write one file for each drop hour, in the order calls end, as a switch does; return the rows."""
    setup_hours = [start + timedelta(hours=number) for number in range(hours)]
    first = int((start - START).total_seconds()) // 3600 * CALLS_APART  # other hours, other calls
    weights = [DAY[hour.hour] for hour in setup_hours]
    wanted = calls * 6 / 7  # every sixth call has a second leg
    counts = [max(1, round(wanted * weight / sum(weights))) for weight in weights]
    connection.execute("create table hours (setup_hour timestamp, first_call bigint, call_count bigint)")
    connection.executemany(
        "insert into hours values (?, ?, ?)",
        [[hour, first + sum(counts[:place]), counts[place]] for place, hour in enumerate(setup_hours)],
    )
    for statement in (CALLS, LEGS, ROWS):
        connection.execute(statement.format(seed=seed))
    connection.execute("drop table calls; drop table legs")
    total = 0
    for hour in setup_hours:
        path = folder / f"cdr-{hour:%Y%m%d%H}.csv"
        written = connection.execute(
            f"""
            copy (
                select * exclude (drop_hour, repeat_number, ended_ms) from rows where drop_hour = $1
                order by repeat_number, ended_ms, call_id, leg_number
            ) to '{path}' (header, delimiter ',', timestampformat '%Y-%m-%dT%H:%M:%S.%gZ')
            """,
            [hour],
        ).fetchone()
        total += 0 if written is None else int(written[0])
    return total


def main() -> None:
    """Make traffic and say what it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200_000, help="call detail records, about so many")
    parser.add_argument("--hours", type=int, default=48)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--into", type=Path, default=Path(__file__).resolve().parent.parent / "var" / "bench")
    given = parser.parse_args()
    started = time.perf_counter()
    traffic = make_traffic(given.into.resolve(), calls=given.calls, hours=given.hours, seed=given.seed)
    took = time.perf_counter() - started
    print(f"{traffic.folder}: {traffic.row_count:,} rows, {traffic.size_bytes / 1e6:,.0f} MB, {took:.1f} s")


if __name__ == "__main__":
    main()
