"""Files reconciled, the checklist, balances: rows over a warehouse in which something of everything is wrong.

Belongs here: what becomes an item and for whom, counts per file, amounts of an account.
Does not belong here: how files are read or rejected, summaries.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.support.dbt_harness import SIMPLE_REFERENCE, DbtWarehouse, Row, leg

CURRENCIES = [
    {"currency_code": code, "minor_unit_decimals": decimals} for code, decimals in (("EUR", 2), ("JPY", 0), ("BHD", 3))
]


def customer(customer_id: str, **values: object) -> Row:
    return {
        **SIMPLE_REFERENCE["customers"][0],
        "customer_id": customer_id,
        "customer_name": customer_id.upper(),
        "tax_rate": Decimal("0.2"),
        "email_verified_at": datetime(2026, 1, 1),
        "mobile_verified_at": datetime(2026, 1, 1),
        **values,
    }


def payment(payment_id: str, customer_id: str, micros: int, **values: object) -> Row:
    return {
        "payment_id": payment_id, "customer_id": customer_id, "received_at": datetime(2026, 11, 2, 9),
        "amount_micros": micros, "currency_code": "EUR", "status_code": "completed", **values,
    }  # fmt: skip


def write_build(directory: Path) -> None:
    """Write rejected rows, hours with files, and one problem of the reference data."""
    with duckdb.connect(str(directory / "warehouse.duckdb")) as connection:
        connection.execute(
            "insert into build.rejects by name select 'r' as record_key, "
            "timestamp '2026-11-02 10:00:00' as drop_hour_at, 'sw' as feed_id, 'f1' as file_id, "
            "7 as line_number, 'negative_duration' as reject_reason_code, "
            "'-1' as detail, 'x;-1' as raw_text"
        )
        for hour in (5, 8):
            connection.execute("insert into build.feed_hours values ('r', 'sw', ?)", [datetime(2026, 11, 2, hour)])
        connection.execute(
            "insert into build.reference_problems "
            "values ('rates/sell/x.csv', 3, 'rate_per_minute', 'is empty', 'a rate')"
        )


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> DbtWarehouse:
    """Return a warehouse with a duplicate, a conflict, a reject, files of every kind, and calls nobody can rate."""
    made = DbtWarehouse(tmp_path_factory.mktemp("operations"))
    made.settings(payment_url="https://pay.example.com/?account={customer_id}&amount={amount}&currency={currency_code}")
    made.reference(
        customers=[
            customer("acme", credit_limit_micros=10_000_000, channel_limit=3),
            customer("b & {amount}", currency_code="JPY", email_verified_at=None, billing_email="b@example.com"),
            customer("bare", currency_code="BHD", tax_rate=None, mobile_verified_at=None),
        ],
        payments=[
            payment("p1", "acme", 5_000_000),
            payment("p2", "acme", 1_000_000, received_at=datetime(2026, 11, 2, 12, 59, 59)),
            payment("p3", "acme", 70_000_000, received_at=datetime(2026, 11, 2, 13)),
            payment("p4", "acme", 300_000, status_code="pending"),
            payment("p5", "acme", 900_000, status_code="cancelled"),
        ],
        currencies=CURRENCIES,
        feeds=[{"feed_id": "sw", "expected_code": "hourly"}, {"feed_id": "mute", "expected_code": "hourly"}],
    )
    made.files(
        [
            {"file_id": "f1", "row_count": 6, "parsed_count": 5, "rejected_count": 1},
            {"file_id": "f2", "file_path": "sw/f2.csv", "row_count": 1, "parsed_count": 1},
            {"file_id": "f3", "file_path": "sw/f3.csv", "status_code": "truncated", "status_reason": "ends in a row"},
            {"file_id": "f2", "file_path": "sw/f2.csv", "status_code": "replaced", "row_count": 1, "parsed_count": 1},
            {"file_id": "f4", "file_path": "sw/f4.csv", "status_code": "replaced", "row_count": 9, "parsed_count": 9},
        ]
    )
    talk: Row = {"is_answered": True, "answered_ms": 5000}
    made.legs(
        [
            leg(call_id="a", **talk, carrier_key="gw1"),
            leg(call_id="a", **talk, carrier_key="gw1"),
            leg(call_id="a", **talk, carrier_key="gw2"),
            leg(call_id="b", **talk, b_number="99", carrier_key="gw1"),
            leg(call_id="c", **talk, account_code="stranger", carrier_key="gw1"),
            leg(call_id="d", file_id="f2", account_code=None, trunk=None),
        ]
    )
    write_build(made.directory)
    made.run_hours()
    made.dbt("run", "--select", "tag:final")
    return made


def test_every_row_of_every_file_is_accounted_for(warehouse: DbtWarehouse) -> None:
    rows = warehouse.query(
        "select file_id, status_code, row_count, accepted_count, rejected_count, duplicate_count, conflict_count "
        "from marts.file_reconciliation order by file_id"
    )

    assert [tuple(row.values()) for row in rows] == [
        ("f1", "loaded", 6, 3, 1, 1, 1),
        ("f2", "loaded", 1, 1, 0, 0, 0),
        ("f3", "truncated", 0, 0, 0, 0, 0),
        ("f4", "replaced", 0, 0, 0, 0, 0),
    ]


def test_all_equalities_and_keys_hold(warehouse: DbtWarehouse) -> None:
    results = warehouse.dbt(
        "test", "--select", "tag:equality", "tag:equality_hours", "path:models/summaries", "path:models/channels",
        "path:models/operations", "path:models/accounts", "path:models/portal", "--exclude", "test_type:unit",
    )  # fmt: skip

    assert {"file_rows_are_accounted_for", "channel_seconds_agree"} <= {result.node.name for result in results}


def test_the_unit_tests_of_the_models_pass(warehouse: DbtWarehouse) -> None:
    results = warehouse.dbt(
        "test", "--select", "path:models/operations,test_type:unit", "path:models/summaries,test_type:unit"
    )

    assert len(results) == 3


def test_a_row_that_vanished_breaks_the_equality(warehouse: DbtWarehouse) -> None:
    with duckdb.connect(str(warehouse.directory / "warehouse.duckdb")) as connection:
        connection.execute("update facts.file_hours set duplicate_count = 0 where file_id = 'f1'")
    try:
        with pytest.raises(AssertionError, match="file_rows_are_accounted_for"):
            warehouse.dbt("test", "--select", "tag:equality")
    finally:
        with duckdb.connect(str(warehouse.directory / "warehouse.duckdb")) as connection:
            connection.execute("update facts.file_hours set duplicate_count = 1 where file_id = 'f1'")


def test_rows_that_vanished_of_replaced_hours_break_every_equality_over_them(warehouse: DbtWarehouse) -> None:
    change = "update marts.{} set attempt_count = attempt_count {} 1"
    database = str(warehouse.directory / "warehouse.duckdb")
    with duckdb.connect(database) as connection:
        for fact in ("call_summary_hourly", "leg_summary_hourly"):
            connection.execute(change.format(fact, "+"))
    try:
        with pytest.raises(AssertionError) as raised:
            warehouse.dbt("test", "--select", "tag:equality")
        with duckdb.connect(database) as connection:
            connection.execute("create table kept as from build.unchecked_hours; delete from build.unchecked_hours")
        warehouse.dbt("test", "--select", "unknown_keys_are_unknown_calls", "accepted_rows_are_carrier_legs")
    finally:
        with duckdb.connect(database) as connection:
            for fact in ("call_summary_hourly", "leg_summary_hourly"):
                connection.execute(change.format(fact, "-"))
            connection.execute("insert into build.unchecked_hours from kept; drop table kept")

    for equality in (
        "accepted_rows_are_carrier_legs", "unknown_keys_are_unknown_calls", "carrier_summary_daily_is_sum_of_hours",
        "customer_summary_daily_is_sum_of_hours",
    ):  # fmt: skip
        assert equality in str(raised.value)


def test_the_checklist_says_what_to_do_to_whom(warehouse: DbtWarehouse) -> None:
    rows = warehouse.query("select item_id, scope_code, customer_id, item_count, since_at from marts.checklist")

    ten = datetime(2026, 11, 2, 10)
    assert {tuple(row.values()) for row in rows} == {
        ("verify_email:b & {amount}", "customer", "b & {amount}", 1, None),
        ("verify_mobile:bare", "customer", "bare", 1, None),
        ("no_tax_rate:bare", "staff", "bare", 1, None),
        ("cost_unknown:acme", "staff", "acme", 1, datetime(2026, 11, 2)),
        ("unknown_account:sw:account_code stranger", "staff", None, 1, ten),
        ("unknown_account:sw:calls without a key", "staff", None, 1, ten),
        ("unrated_calls:acme:no_matching_prefix", "staff", "acme", 1, ten),
        ("unrated_legs:telco:no_matching_prefix", "staff", None, 1, ten),
        ("file_needs_attention:sw/f3.csv:truncated", "staff", None, 1, ten),
        ("rejected_rows:sw:negative_duration", "staff", None, 1, ten),
        ("conflicting_rows:sw", "staff", None, 1, ten),
        # 06, 07, 09, 10; 11 is not due before 13:00
        ("hours_without_file:sw", "staff", None, 4, datetime(2026, 11, 2, 6)),
        ("feed_without_files:mute", "staff", None, 1, None),
        ("reference_problem:rates/sell/x.csv:3 rate_per_minute: is empty", "staff", None, 1, None),
    }
    assert {row["item_code"] for row in warehouse.rows("portal.checklist")} == {"verify_email", "verify_mobile"}
    messages = {row["item_id"]: row["message"] for row in warehouse.rows("marts.checklist")}
    assert all(messages.values())
    assert messages["verify_email:b & {amount}"].startswith("Confirm b@example.com")


def test_a_balance_counts_what_was_received_in_time_and_rounds_what_is_open_once(warehouse: DbtWarehouse) -> None:
    (row,) = warehouse.query("select * from marts.account_balances where customer_id = 'acme'")

    # 5 s at 0.06 a minute are 0.005: half a cent is a cent
    assert (row["open_amount"], row["paid_amount"], row["pending_amount"]) == (
        Decimal("0.01"),
        Decimal(6),
        Decimal("0.3"),
    )
    assert (row["balance_amount"], row["available_amount"]) == (Decimal("5.99"), Decimal("15.99"))
    assert row["channel_limit"] == 3


def test_the_payment_link_is_safe_whatever_a_customer_is_called(warehouse: DbtWarehouse) -> None:
    urls = {row["customer_id"]: row["payment_url"] for row in warehouse.rows("portal.account_balances")}

    assert urls["acme"] == "https://pay.example.com/?account=acme&amount=0.00&currency=EUR"
    assert urls["b & {amount}"] == "https://pay.example.com/?account=b%20%26%20%7Bamount%7D&amount=0&currency=JPY"
    assert urls["bare"].endswith("&amount=0.000&currency=BHD")
