"""Summaries by live hour, day, week and month: what is in a period, what its ratios are, when it is complete.

Belongs here: rows of the customer and carrier summaries over hand-made legs.
Does not belong here: rating (its figures are taken from SIMPLE_REFERENCE), division itself (tests/property).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.support.dbt_harness import SIMPLE_REFERENCE, DbtWarehouse, Row, leg

SUMMARIES = (
    "path:models/summaries/final",
    "path:models/operations/final/feed_gaps.sql",
    "portal_customer_summary_daily",
)


def answered(call_id: str, setup_at: str, **values: object) -> Row:
    """Return a leg of a minute's talk: 0.06 to acme, 0.03 from telco."""
    return leg(call_id=call_id, setup_at=setup_at, is_answered=True, answered_ms=60_000, carrier_key="gw1", **values)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> DbtWarehouse:
    """Return a warehouse built over a turn of the month and of the week, as of Monday 2026-11-02 12:00."""
    made = DbtWarehouse(tmp_path_factory.mktemp("periods"))
    made.legs(
        [
            answered("oct", "2026-10-31 23:59:59", dtmf_digit_count=0),  # Saturday
            answered("sunday", "2026-11-01 23:59:59", dtmf_digit_count=3),
            answered("monday", "2026-11-02 00:00:00"),
            leg(call_id="busy", setup_at="2026-11-02 00:30:00", sip_status_code=486, ringing_at="2026-11-02 00:30:02"),
            leg(call_id="dead", setup_at="2026-11-02 00:40:00", sip_status_code=503, carrier_key="gw1"),
            answered("late", "2026-11-02 12:59:00"),
            answered("next", "2026-11-02 13:00:00"),
            answered("old", "2026-11-01 12:59:59"),
            answered("old enough", "2026-11-01 13:00:00"),
            answered("nobody", "2026-11-02 00:10:00", account_code="stranger"),
            leg(call_id="no cost", setup_at="2026-11-02 12:00:00", is_answered=True, answered_ms=1000, carrier_key="?"),
        ]
    )
    made.run_hours()
    made.dbt("run", "--select", *SUMMARIES)
    return made


def periods(warehouse: DbtWarehouse, table: str, customer: str = "acme") -> dict[datetime, Row]:
    rows = warehouse.query(f"select * from {table} where customer_id = '{customer}'")
    return {row["period_start_at"]: row for row in rows}


def test_a_day_begins_at_midnight_utc(warehouse: DbtWarehouse) -> None:
    days = periods(warehouse, "marts.customer_summary_daily")

    assert {start.day: row["attempt_count"] for start, row in days.items()} == {31: 1, 1: 3, 2: 6}
    assert all(row["period_end_at"] - start == timedelta(days=1) for start, row in days.items())


def test_a_week_begins_on_monday_and_a_month_on_its_first(warehouse: DbtWarehouse) -> None:
    weeks = periods(warehouse, "marts.customer_summary_weekly")
    months = periods(warehouse, "marts.customer_summary_monthly")

    assert {start: row["attempt_count"] for start, row in weeks.items()} == {
        datetime(2026, 10, 26): 4,
        datetime(2026, 11, 2): 6,
    }
    assert {start: (row["period_end_at"], row["attempt_count"]) for start, row in months.items()} == {
        datetime(2026, 10, 1): (datetime(2026, 11, 1), 1),
        datetime(2026, 11, 1): (datetime(2026, 12, 1), 9),
    }


def test_live_is_the_24_hours_that_end_with_the_hour_of_as_of(warehouse: DbtWarehouse) -> None:
    hours = sorted(periods(warehouse, "marts.customer_summary_live"))

    assert hours[0] == datetime(2026, 11, 1, 13)
    assert hours[-1] == datetime(2026, 11, 2, 12)


def test_ratios_of_a_period_come_from_its_counts(warehouse: DbtWarehouse) -> None:
    month = periods(warehouse, "marts.customer_summary_monthly")[datetime(2026, 11, 1)]

    assert (month["answer_count"], month["asr_ratio"]) == (7, Decimal("0.777778"))
    assert (month["talk_seconds"], month["acd_seconds"]) == (Decimal("361.000"), Decimal("51.571"))
    assert (month["ner_count"], month["ner_ratio"]) == (8, Decimal("0.888889"))
    assert (month["pdd_ms_sum"], month["pdd_count"], month["pdd_ms"]) == (2000, 1, Decimal("2000.000"))
    assert (month["dtmf_observed_count"], month["dtmf_call_count"], month["dtmf_ratio"]) == (1, 1, Decimal(1))
    assert periods(warehouse, "marts.customer_summary_daily")[datetime(2026, 11, 2)]["dtmf_ratio"] is None


def test_cost_and_margin_are_unknown_where_one_leg_has_no_cost(warehouse: DbtWarehouse) -> None:
    days = periods(warehouse, "marts.customer_summary_daily")

    sunday = days[datetime(2026, 11, 1)]
    assert (sunday["charge_amount"], sunday["cost_amount"], sunday["margin_amount"]) == (
        Decimal("0.180000"),
        Decimal("0.090000"),
        Decimal("0.090000"),
    )
    monday = days[datetime(2026, 11, 2)]
    assert (monday["charge_amount"], monday["cost_amount"], monday["margin_amount"]) == (
        Decimal("0.181000"),
        None,
        None,
    )
    assert monday["uninvoiced_amount"] == monday["charge_amount"]


def test_nobodys_calls_and_legs_have_one_row_per_period(warehouse: DbtWarehouse) -> None:
    (calls,) = warehouse.query("select * from marts.customer_summary_daily where customer_id is null")
    legs = warehouse.query("select * from marts.carrier_summary_monthly where carrier_id is null")

    assert (calls["customer_name"], calls["currency_code"], calls["attempt_count"]) == ("(unknown customer)", None, 1)
    assert (calls["charge_amount"], calls["unrated_count"]) == (0, 1)
    assert [(row["carrier_name"], row["attempt_count"], row["cost_amount"]) for row in legs] == [
        ("(unknown carrier)", 2, 0)
    ]


def test_the_portal_shows_known_customers_without_cost(warehouse: DbtWarehouse) -> None:
    rows = warehouse.rows("portal.customer_summary_daily")

    assert {row["customer_id"] for row in rows} == {"acme"}
    assert not {"cost_amount", "margin_amount", "carrier_id", "cost_unknown_count"} & set(rows[0])


def test_a_rename_shows_without_any_hour_built_again(warehouse: DbtWarehouse) -> None:
    customer = {**SIMPLE_REFERENCE["customers"][0], "customer_name": "Acme Ltd"}
    warehouse.reference(customers=[customer])

    assert {row["customer_name"] for row in periods(warehouse, "marts.customer_summary_daily").values()} == {"Acme Ltd"}


@pytest.mark.parametrize(
    ("as_of", "missing", "expected", "complete"),
    [
        ("2026-11-02 06:00:00", None, "hourly", True),
        ("2026-11-02 05:00:00", None, "hourly", False),
        ("2026-11-02 06:00:00", datetime(2026, 11, 1, 23), "hourly", False),
        ("2026-11-02 06:00:00", datetime(2026, 11, 1, 23), "any", True),
        ("2026-11-02 06:00:00", datetime(2026, 11, 2, 0), "hourly", True),
    ],
    ids=["settled", "not settled", "hour missing", "not expected hourly", "hour of the next day missing"],
)
def test_a_day_is_complete_once_settled_with_every_hourly_file(
    warehouse: DbtWarehouse, as_of: str, missing: datetime | None, expected: str, *, complete: bool
) -> None:
    # the first file is of Sunday 05:00: the hours before it are nobody's fault
    hours = [datetime(2026, 11, 1, 5) + timedelta(hours=number) for number in range(24)]
    warehouse.settings(as_of_at=datetime.fromisoformat(as_of))
    warehouse.reference(feeds=[{"feed_id": "sw", "expected_code": expected}])
    write_feed_hours(warehouse.directory, [hour for hour in hours if hour != missing])

    assert periods(warehouse, "marts.customer_summary_daily")[datetime(2026, 11, 1)]["is_complete"] is complete


def write_feed_hours(directory: Path, hours: list[datetime]) -> None:
    """Replace the drop hours that have a file."""
    with duckdb.connect(str(directory / "warehouse.duckdb")) as connection:
        connection.execute("delete from build.feed_hours")
        connection.executemany("insert into build.feed_hours values ('r', 'sw', ?)", [(hour,) for hour in hours])
