"""Hours are replaced as a whole, only those asked for, and what is stored survives the file being renamed.

Belongs here: what is left in the facts after a second chunk.
Does not belong here: which hours are due (assets/), what a row means (test_dbt_core_calls.py).
"""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from tests.support.dbt_harness import CORE, DbtWarehouse, leg

TEN, ELEVEN, TWELVE = (datetime(2026, 11, 2, hour) for hour in (10, 11, 12))
FACTS = (
    "marts.call_summary_hourly", "marts.leg_summary_hourly", "marts.release_hourly", "marts.leg_release_hourly",
    "marts.customer_hourly", "marts.carrier_hourly",
    "marts.conflicting_duplicates", "marts.anomalies", "facts.file_hours", "facts.call_spans", "facts.unrated_hourly",
)  # fmt: skip


def one_of_everything(hour: int, **values: object) -> list[dict[str, object]]:
    """Return the legs of one hour which leave a row in every fact."""
    at = f"2026-11-02 {hour}:50:00"
    held = leg(call_id=f"held{hour}", setup_at=at, is_answered=True, answered_ms=90_000_000, **values)
    conflict = leg(call_id=f"held{hour}", setup_at=at, is_answered=True, answered_ms=90_000_001, **values)
    return [held, conflict, leg(call_id=f"plain{hour}", setup_at=at, is_answered=True, answered_ms=60_000, **values)]


def hours_in(warehouse: DbtWarehouse, table: str) -> list[int]:
    return [
        row["hour"] for row in warehouse.query(f"select distinct hour(hour_start_at) as hour from {table} order by all")
    ]


@pytest.fixture
def warehouse(tmp_path: Path) -> DbtWarehouse:
    return DbtWarehouse(tmp_path)


def test_only_the_hours_asked_for_are_replaced_and_an_emptied_one_loses_its_rows(warehouse: DbtWarehouse) -> None:
    warehouse.legs([*one_of_everything(10), *one_of_everything(11), *one_of_everything(12)])
    warehouse.run_hours(TEN, ELEVEN, TWELVE, select=CORE)
    assert {table: hours_in(warehouse, table) for table in FACTS} == {table: [10, 11, 12] for table in FACTS}
    before = {table: warehouse.rows(table) for table in FACTS}

    # nothing changed: replacing one hour leaves every row as it was, although the others were read too
    warehouse.run_hours(ELEVEN, select=CORE)
    assert {table: warehouse.rows(table) for table in FACTS} == before
    assert [row["hour_start_at"] for row in warehouse.rows("work.derived.rated_calls")] == [ELEVEN, ELEVEN]
    assert [row["hour_start_at"] for row in warehouse.rows("work.derived.rated_legs")] == [ELEVEN, ELEVEN]

    # the legs of 11:00 have gone from the lake, those of 12:00 have changed, but only 11:00 is due
    warehouse.legs([*one_of_everything(10), *one_of_everything(12, account_code="nobody")])
    warehouse.run_hours(ELEVEN, select=CORE)
    assert {table: hours_in(warehouse, table) for table in FACTS} == {table: [10, 12] for table in FACTS}
    kept = {table: [row for row in rows if row["hour_start_at"] != ELEVEN] for table, rows in before.items()}
    assert {table: warehouse.rows(table) for table in FACTS} == kept


def test_no_part_with_rows_leaves_empty_hours(warehouse: DbtWarehouse) -> None:
    warehouse.legs([])
    warehouse.run_hours(TEN, select=CORE)
    assert {table: len(warehouse.rows(table)) for table in FACTS} == dict.fromkeys(FACTS, 0)


def test_a_leg_of_the_hour_may_belong_to_a_call_of_another(warehouse: DbtWarehouse) -> None:
    warehouse.legs(
        [
            leg(leg_number=1, setup_at="2026-11-02 10:59:58", carrier_key="gw1"),
            leg(leg_number=2, setup_at="2026-11-02 11:00:01", carrier_key="gw1", account_code="nobody"),
        ]
    )
    warehouse.run_hours(ELEVEN, select=CORE)
    assert warehouse.rows("marts.call_summary_hourly") == []
    row = warehouse.one("marts.leg_summary_hourly")
    assert (row["hour_start_at"], row["customer_id"], row["sell_destination_name"]) == (ELEVEN, "acme", "UK")


def test_stored_views_do_not_name_the_file(warehouse: DbtWarehouse, tmp_path: Path) -> None:
    warehouse.legs([leg(is_answered=True, answered_ms=60_000)])
    warehouse.run_hours()
    warehouse.dbt("run", "--select", "tag:final")
    copy = tmp_path / "tollbook-2026.duckdb"
    shutil.copy(tmp_path / "warehouse.duckdb", copy)
    with duckdb.connect(str(copy), read_only=True) as connection:
        views = connection.execute(
            "select schema_name || '.' || view_name from duckdb_views() where not internal"
        ).fetchall()
        assert len(views) > 5
        for (view,) in views:
            connection.execute(f"select * from {view}").fetchall()
