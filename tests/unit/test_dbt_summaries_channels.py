"""Live channels over chunks: what one chunk leaves for the next, what grows too old, what is in use.

Belongs here: replacement by hour, neighbours, the measured minute.
Does not belong here: counting itself (tests/property/test_dbt_summaries_channels.py).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from tests.support.dbt_harness import SIMPLE_REFERENCE, DbtWarehouse, Row, leg

TEN, ELEVEN = datetime(2026, 11, 2, 10), datetime(2026, 11, 2, 11)


def legs() -> list[Row]:
    return [
        leg(call_id="long", setup_at="2026-11-02 10:58:30", is_answered=True, answered_ms=150_000, carrier_key="gw1"),
        leg(call_id="short", setup_at="2026-11-02 11:00:59", is_answered=True, answered_ms=1000, carrier_key="gw1"),
    ]


def neighbours_of(directory: Path) -> None:
    """Hand the spans that cross hours to the next chunk, as a run does."""
    with duckdb.connect(str(directory / "warehouse.duckdb")) as connection:
        connection.execute(f"attach '{directory / 'work.duckdb'}' as work")
        connection.execute(
            "insert into work.inputs.neighbour_intervals by name select interval_kind_code, customer_id, carrier_id, "
            "destination_name, from_at, to_at from facts.call_spans "
            "where hour_start_at not in (select hour_start_at from work.inputs.hours)"
        )


def test_two_chunks_leave_what_one_leaves(tmp_path: Path) -> None:
    whole = DbtWarehouse(tmp_path / "whole")
    whole.legs(legs())
    whole.run_hours(TEN, ELEVEN)
    chunked = DbtWarehouse(tmp_path / "chunked")
    chunked.legs(legs())
    chunked.run_hours(TEN)
    chunked.write_inputs([ELEVEN])
    neighbours_of(chunked.directory)
    chunked.dbt("run", "--select", "tag:hours")
    for warehouse in (whole, chunked):
        warehouse.dbt("test", "--select", "tag:equality_hours")

    expected = whole.rows("facts.channel_buckets")
    assert chunked.rows("facts.channel_buckets") == expected
    total = {
        row["bucket_start_at"]: (row["peak_channels"], row["channel_seconds"])
        for row in expected
        if (row["scope_code"], row["grain_code"]) == ("total", "minute")
    }
    assert total == {
        datetime(2026, 11, 2, 10, 58): (1, 30),
        datetime(2026, 11, 2, 10, 59): (1, 60),
        datetime(2026, 11, 2, 11, 0): (2, 61),
    }

    # an hour that is replaced twice has its rows once, an hour that became empty none
    chunked.legs([])
    chunked.run_hours(TEN, ELEVEN)
    assert chunked.rows("facts.channel_buckets") == []


def test_minutes_end_with_their_days_and_in_use_is_the_last_minute_before_the_lag(tmp_path: Path) -> None:
    warehouse = DbtWarehouse(tmp_path)
    limited = {**SIMPLE_REFERENCE["customers"][0], "channel_limit": 5}
    free = {**limited, "customer_id": "free", "customer_name": "Free", "channel_limit": None}
    warehouse.reference(customers=[limited])
    warehouse.legs(legs())
    warehouse.run_hours()
    warehouse.dbt("run", "--select", "path:models/channels/final")

    in_use = {row["scope_code"]: row for row in warehouse.rows("marts.channels_in_use")}
    assert in_use["total"]["measured_at"] == datetime(2026, 11, 2, 10, 59)
    assert (in_use["customer"]["channels_in_use"], in_use["customer"]["channel_limit"]) == (Decimal(1), 5)
    assert (in_use["total"]["channels_in_use"], in_use["total"]["channel_limit"]) == (Decimal(1), 5)

    warehouse.reference(customers=[limited, free])
    in_use = {row["scope_code"]: row for row in warehouse.rows("marts.channels_in_use")}
    assert in_use["total"]["channel_limit"] is None

    # no hour is built again: what is too old goes all the same
    warehouse.settings(as_of_at=datetime(2026, 11, 9, 11))
    assert {
        row["bucket_start_at"] for row in warehouse.rows("marts.live_channels") if row["grain_code"] == "minute"
    } == {datetime(2026, 11, 2, 11, 0)}
    assert {row["bucket_start_at"] for row in warehouse.rows("marts.live_channels") if row["grain_code"] == "hour"} == {
        TEN,
        ELEVEN,
    }
