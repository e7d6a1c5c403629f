"""Live channels against counting by hand, second by second.

Belongs here: the models' own SQL over generated intervals, compared with a brute force count that shares nothing
with it.
Does not belong here: how calls get their intervals (rating), replacement by hour (tests/unit).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.dbt_harness import DbtWarehouse, compiled

START = datetime(2026, 11, 2, 10)
HOURS = [START + timedelta(hours=number) for number in range(3)]
STEPS = ("intervals", "pieces", "spans", "minutes", "destination_hours")
Interval = tuple[str | None, str | None, datetime, datetime]
NUMBERS = {None: 0, "a": 1, "b": 2, "x": 1}
HELD = (
    "{{ channel_from_second('begin_at') }} as channel_from_second, "
    "{{ channel_to_second('begin_at', 'end_at', '864000000') }} as channel_to_second"
)
"""The models' own seconds of an interval, at most ten days."""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the SQL of the channel models as dbt compiles it, by name."""
    warehouse = DbtWarehouse(tmp_path_factory.mktemp("channels"))
    warehouse.write_inputs(HOURS)
    results = warehouse.dbt("compile", "--select", "path:models/channels")
    return {result.node.name: result.node.compiled_code for result in results if result.node.resource_type == "model"}


@pytest.fixture(scope="module")
def connection(models: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a connection whose schemas and steps are those the models expect; inputs are filled by each example."""
    path: Path = tmp_path_factory.mktemp("sql") / "warehouse.duckdb"
    with duckdb.connect(str(path)) as made:
        made.execute("attach ':memory:' as work; create schema work.intermediate; create schema work.inputs")
        made.execute("create schema work.channels; create schema build; create schema facts")
        made.execute("create table build.settings (minute_grain_from_at timestamp)")
        made.execute("create table work.inputs.channel_hours (hour_start_at timestamp)")
        made.execute("create table work.inputs.hours as select unnest($1) as hour_start_at", [HOURS])
        made.execute(
            "create table work.intermediate.int_names as select * from (values ('customer', 'a', 1), "
            "('customer', 'b', 2), ('carrier', 'a', 1), ('carrier', 'b', 2), ('destination', 'x', 1)) "
            "as names (name_kind_code, name, name_number)"
        )
        intervals = "(holder_number integer, destination_number integer, begin_at timestamp, end_at timestamp)"
        made.execute(f"create table calls {intervals}; create table legs {intervals}")
        made.execute(
            "create view work.intermediate.int_rated_calls as select holder_number as customer_number, "
            f"destination_number as sell_destination_number, {compiled(f'select {HELD}').removeprefix('select ')} "
            "from warehouse.main.calls"
        )
        made.execute(
            f"create view work.intermediate.int_rated_legs as select {_timestamp(HOURS[0])} as hour_start_at, "
            f"holder_number as carrier_number, {compiled(f'select {HELD}').removeprefix('select ')} "
            "from warehouse.main.legs"
        )
        made.execute(
            "create table work.inputs.neighbour_intervals (interval_kind_code varchar, customer_id varchar, "
            "carrier_id varchar, destination_name varchar, from_at timestamp, to_at timestamp)"
        )
        for step in STEPS:
            made.execute(f"create view work.channels.channel_{step} as {models[f'channel_{step}']}")
        made.execute(f"create view facts.channel_buckets as {models['channel_buckets']}")
        yield made


def _timestamp(instant: datetime) -> str:
    return f"timestamp '{instant}'"


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    """Return holder, destination and an interval of up to two and a half hours, often on the edge of a bucket."""
    holder = draw(st.sampled_from([None, "a", "b"]))
    destination = draw(st.sampled_from([None, "x"]))
    millis = draw(
        st.one_of(
            st.integers(-3_600_000, 3 * 3_600_000),
            st.sampled_from([0, 60_000, 3_599_000, 3_600_000, 7_199_999, 119_000]),
        )
    )
    length = draw(st.one_of(st.integers(0, 90_000), st.integers(0, 9_000_000), st.sampled_from([0, 999, 1000, 60_000])))
    begin = START + timedelta(milliseconds=millis)
    return holder, destination, begin, begin + timedelta(milliseconds=length)


@st.composite
def busy_lines(draw: st.DrawFn, max_size: int) -> list[Interval]:
    """Return intervals of which some begin in the very second in which another of the same holder ends."""
    drawn = draw(st.lists(st.tuples(intervals(), st.booleans()), max_size=max_size))
    followers = [
        (holder, destination, end, end + timedelta(seconds=30))
        for (holder, destination, _, end), is_followed in drawn
        if is_followed
    ]
    return [*(interval for interval, _ in drawn), *followers]


def seconds_of(begin: datetime, end: datetime) -> Iterable[datetime]:
    """Yield every whole second the interval holds a channel in: both ends floored, the end not held."""
    second = begin.replace(microsecond=0)
    while second < end.replace(microsecond=0):
        yield second
        second += timedelta(seconds=1)


def count_by_hand(
    calls: list[Interval], legs: list[Interval], hours: set[datetime], minute_from: datetime
) -> dict[tuple[Any, ...], tuple[int, Decimal]]:
    """Return peak and mean by (bucket, grain, scope, customer, carrier, destination): one count per second."""
    held: dict[tuple[Any, ...], Counter[datetime]] = defaultdict(Counter)
    for holder, destination, begin, end in calls:
        for second in seconds_of(begin, end):
            held["total", None, None, None][second] += 1
            held["customer", holder, None, None][second] += 1
            held["customer_destination", holder, None, destination][second] += 1
    for holder, _, begin, end in legs:
        for second in seconds_of(begin, end):
            held["carrier", None, holder, None][second] += 1
    expected: dict[tuple[Any, ...], tuple[int, Decimal]] = {}
    for key, by_second in held.items():
        for grain, length in (("hour", 3600), ("minute", 60)):
            buckets: dict[datetime, list[int]] = defaultdict(list)
            for second, count in by_second.items():
                hour = second.replace(minute=0, second=0)
                if hour not in hours or (
                    grain == "minute" and (hour < minute_from or key[0] == "customer_destination")
                ):
                    continue
                buckets[second.replace(second=0) if grain == "minute" else hour].append(count)
            for bucket, counts in buckets.items():
                expected[bucket, grain, *key] = (max(counts), rounded(Fraction(sum(counts), length)))
    return expected


def rounded(value: Fraction) -> Decimal:
    """Return a value that is not negative with 6 decimals, half up."""
    return Decimal(int(value * 10**6 + Fraction(1, 2))).scaleb(-6)


@given(
    calls=busy_lines(max_size=10),
    neighbours=busy_lines(max_size=3),
    legs=busy_lines(max_size=5),
    hours=st.sets(st.sampled_from(HOURS), min_size=1),
    minute_from=st.sampled_from(HOURS),
)
def test_channels_are_those_counted_second_by_second(
    connection: duckdb.DuckDBPyConnection,
    calls: list[Interval],
    neighbours: list[Interval],
    legs: list[Interval],
    hours: set[datetime],
    minute_from: datetime,
) -> None:
    replace(connection, "build.settings", [(minute_from,)])
    replace(connection, "work.inputs.channel_hours", [(hour,) for hour in sorted(hours)])
    for table, rows in (("calls", calls), ("legs", legs)):
        replace(connection, table, [(NUMBERS[holder], NUMBERS[where], *span) for holder, where, *span in rows])
    replace(
        connection,
        "work.inputs.neighbour_intervals",
        [("call", holder, None, destination, begin, end) for holder, destination, begin, end in neighbours],
    )
    rows = connection.execute(
        "select bucket_start_at, grain_code, scope_code, customer_id, carrier_id, destination_name, peak_channels, "
        "channel_seconds from facts.channel_buckets"
    ).fetchall()

    found = {tuple(row[:6]): (row[6], rounded(Fraction(row[7], 3600 if row[1] == "hour" else 60))) for row in rows}

    assert len(found) == len(rows)
    assert found == count_by_hand([*calls, *neighbours], legs, hours, minute_from)


def replace(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]) -> None:
    """Replace the rows of *table*."""
    connection.execute(f"delete from {table}")
    if rows:
        places = ", ".join("?" * len(rows[0]))
        connection.execute(
            f"insert into {table} values {', '.join([f'({places})'] * len(rows))}",
            [value for row in rows for value in row],
        )
