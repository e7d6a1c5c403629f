"""Which rows are legs, which legs are a call, and what the call takes from which of them.

Belongs here: duplicates, conflicts, calls cut from chains, leg order, status, anomalies; one run of the models serves
every test, each looking at its own call_id.
Does not belong here: who pays and how much (test_dbt_core_rating.py).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.dbt_harness import CORE, DbtWarehouse, Row, leg

AT = "2026-11-02 10:00:00"


def at(clock: str) -> str:
    return f"2026-11-02 {clock}"


FILES = [
    {"file_id": "late", "file_path": "sw/A-late.csv", "drop_hour_at": datetime(2026, 11, 2, 11)},
    {"file_id": "zebra", "file_path": "sw/Z.csv"},
    {"file_id": "apple", "file_path": "sw/a.csv"},
    {"file_id": "f1", "file_path": "sw/m.csv"},
]

LEGS = [
    # duplicates: the same row four times; the first by drop hour, then path in bytes (Z before a), then line is kept
    leg(call_id="dup", file_id="late", line_number=1),
    leg(call_id="dup", file_id="apple", line_number=2),
    leg(call_id="dup", file_id="zebra", line_number=9),
    leg(call_id="dup", file_id="zebra", line_number=8),
    # a conflict: differs in a column that money does not see
    leg(call_id="conflict", file_id="zebra", line_number=20, is_answered=True, answered_ms=60_000, carrier_key="gw1"),
    leg(call_id="conflict", file_id="apple", line_number=20, is_answered=True, answered_ms=60_000, carrier_key="gw2",
        release_reason="x"),
    # null is equal to null and to nothing else
    leg(call_id="nulls", file_id="zebra", line_number=21, q850_cause_code=None),
    leg(call_id="nulls", file_id="apple", line_number=21, q850_cause_code=16),
    # chained: each within the spread of the one before, the last two hours after the first
    leg(call_id="chain", file_id="apple", line_number=30, leg_id="x", setup_at=at("10:00:00")),
    leg(call_id="chain", file_id="apple", line_number=31, leg_id="x", setup_at=at("11:00:00")),
    leg(call_id="chain", file_id="zebra", line_number=32, leg_id="x", setup_at=at("12:00:00")),
    # the same key one microsecond farther apart than the spread is another leg, and another call
    leg(call_id="apart", file_id="f1", leg_id="x", setup_at=at("10:00:00")),
    leg(call_id="apart", file_id="f1", leg_id="x", setup_at=at("11:00:00.000001"), is_answered=True, answered_ms=5_000),
    # legs of one call up to the spread apart, which together last longer than it; answered in the next hour
    leg(call_id="long", leg_number=1, setup_at=at("10:30:00"), ended_at=at("10:31:00")),
    leg(call_id="long", leg_number=2, setup_at=at("11:30:00"), ended_at=at("11:31:00")),
    leg(call_id="long", leg_number=3, setup_at=at("12:30:00"), is_answered=True, answered_ms=61_000),
    # order: leg_number before setup_at; first answered gives charge and status, further ones only cost
    leg(call_id="order", leg_number=3, setup_at=at("10:00:01"), is_answered=True, answered_ms=9_000,
        account_code="nobody", carrier_key="gw1", sip_status_code=200, dtmf_digit_count=5),
    leg(call_id="order", leg_number=2, setup_at=at("10:00:02"), is_answered=True, answered_ms=30_000,
        account_code="nobody", carrier_key="gw1", sip_status_code=202, dtmf_digit_count=0, ringing_at=at("10:00:07")),
    leg(call_id="order", leg_number=1, setup_at=at("10:00:03"), sip_status_code=503, a_number="4400",
        dtmf_digit_count=3, ringing_at=at("10:00:08.5"), ended_at=at("10:05:00")),
    # two legs with the same number and instant: leg_id decides, in byte order
    leg(call_id="tie", leg_id="b", is_answered=True, answered_ms=2_000),
    leg(call_id="tie", leg_id="B", is_answered=True, answered_ms=1_000),
    # nobody answers: the last leg gives the status
    leg(call_id="unanswered", leg_number=1, sip_status_code=486, ringing_at=at("10:00:04")),
    leg(call_id="unanswered", leg_number=2, sip_status_code=487, q850_cause_code=16),
    # one leg with a duplicate is a call of one leg
    leg(call_id="single", is_answered=True, answered_ms=1),
    leg(call_id="single", is_answered=True, answered_ms=1),
    # oddities
    leg(call_id="silent", is_answered=True, answered_ms=0),
    leg(call_id="talk", is_answered=False, answered_ms=4_000),
    leg(call_id="hung", is_answered=True, answered_ms=86_400_001),
    leg(call_id="bound", is_answered=True, answered_ms=86_400_000),
    leg(call_id="second", is_answered=True, answered_ms=10_000, ended_at=at("10:00:11")),
    leg(call_id="disagree", is_answered=True, answered_ms=10_000, ended_at=at("10:00:11.000001")),
    leg(call_id="keys", account_code="acme", trunk="t-other"),
    leg(call_id="keys-agree", account_code="acme", trunk="t-acme"),
]  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> DbtWarehouse:
    made = DbtWarehouse(tmp_path_factory.mktemp("calls"))
    made.files(FILES)
    made.reference(
        customers=[
            {"customer_id": name, "customer_name": name, "currency_code": "EUR", "rate_card_id": "sell"}
            for name in ("acme", "other")
        ],
        customer_cards=[{"customer_id": name, "rate_card_id": "sell"} for name in ("acme", "other")],
        customer_keys=[
            {"feed_id": "*", "key_type": "account_code", "key_value": "acme", "customer_id": "acme"},
            {"feed_id": "*", "key_type": "trunk", "key_value": "t-other", "customer_id": "other"},
            {"feed_id": "*", "key_type": "trunk", "key_value": "t-acme", "customer_id": "acme"},
        ],
    )
    made.legs(LEGS)
    made.run_hours(select=CORE)
    return made


def calls_of(warehouse: DbtWarehouse, call_id: str) -> list[Row]:
    return warehouse.query(f"select * from work.derived.rated_calls where call_id = '{call_id}' order by setup_at")


def legs_of(warehouse: DbtWarehouse, call_id: str) -> list[Row]:
    return warehouse.query(
        f"select * from work.derived.rated_legs where call_id = '{call_id}' order by setup_at, leg_id"
    )


def anomalies_of(warehouse: DbtWarehouse, call_id: str) -> list[str]:
    rows = warehouse.query(f"select anomaly_code from marts.anomalies where call_id = '{call_id}' order by all")
    return [row["anomaly_code"] for row in rows]


def test_every_row_is_a_leg_a_duplicate_or_a_conflict(warehouse: DbtWarehouse) -> None:
    (row,) = warehouse.query(
        "select sum(leg_count) as legs, sum(duplicate_count) as duplicates, sum(conflict_count) as conflicts "
        "from facts.file_hours"
    )
    assert row == {"legs": len(LEGS) - 8, "duplicates": 4, "conflicts": 4}
    assert len(warehouse.rows("work.derived.rated_legs")) == len(LEGS) - 8


def test_the_first_by_drop_hour_path_in_bytes_and_line_is_kept(warehouse: DbtWarehouse) -> None:
    (row,) = legs_of(warehouse, "dup")
    assert (row["file_id"], row["line_number"]) == ("zebra", 8)
    counts = warehouse.query(
        "select file_id, sum(duplicate_count) as n from facts.file_hours group by all order by all"
    )
    assert {row["file_id"]: row["n"] for row in counts} == {"apple": 1, "f1": 1, "late": 1, "zebra": 1}


def test_an_unequal_row_is_a_conflict_and_says_in_what(warehouse: DbtWarehouse) -> None:
    rows = warehouse.query("select * from marts.conflicting_duplicates order by call_id, line_number")
    assert [
        (row["call_id"], row["file_id"], row["line_number"], row["kept_file_id"], row["kept_line_number"],
         row["differing_columns"])
        for row in rows
    ] == [
        ("chain", "apple", 30, "zebra", 32, "setup_at, ended_at"),
        ("chain", "apple", 31, "zebra", 32, "setup_at, ended_at"),
        ("conflict", "apple", 20, "zebra", 20, "carrier_key, release_reason"),
        ("nulls", "apple", 21, "zebra", 21, "q850_cause_code"),
    ]  # fmt: skip


def test_a_key_repeated_beyond_the_spread_is_another_leg_and_call(warehouse: DbtWarehouse) -> None:
    first, second = calls_of(warehouse, "apart")
    assert (first["is_answered"], second["is_answered"]) == (False, True)
    assert second["charge_amount"] == Decimal("0.005")
    assert anomalies_of(warehouse, "apart") == ["call_id_reused"]
    (odd,) = warehouse.query("select line_number from marts.anomalies where call_id = 'apart'")
    assert odd["line_number"] == second["line_number"]


def test_a_call_belongs_to_its_first_leg_s_hour_and_each_leg_to_its_own(warehouse: DbtWarehouse) -> None:
    (call,) = calls_of(warehouse, "long")
    assert call["hour_start_at"] == datetime(2026, 11, 2, 10)
    assert (call["setup_at"], call["ended_at"]) == (datetime(2026, 11, 2, 10, 30), datetime(2026, 11, 2, 12, 31, 1))
    assert (call["leg_count"], call["answered_leg_count"], call["talk_seconds"]) == (3, 1, Decimal(61))
    assert [row["hour_start_at"].hour for row in legs_of(warehouse, "long")] == [10, 11, 12]
    assert {row["call_setup_at"] for row in legs_of(warehouse, "long")} == {call["setup_at"]}
    assert anomalies_of(warehouse, "long") == []
    spans = warehouse.query("select interval_kind_code, from_at, to_at from facts.call_spans where call_id = 'long'")
    assert spans == [{"interval_kind_code": "call", "from_at": call["setup_at"], "to_at": call["ended_at"]}]


def test_keys_come_from_the_first_leg_charge_and_status_from_the_first_answered(warehouse: DbtWarehouse) -> None:
    (call,) = calls_of(warehouse, "order")
    assert (call["customer_id"], call["a_number"]) == ("acme", "4400")
    assert (call["talk_seconds"], call["charge_amount"]) == (Decimal(30), Decimal("0.03"))
    assert (call["sip_status_code"], call["dtmf_digit_count"], call["is_dtmf_observed"]) == (202, 0, True)
    assert call["setup_at"] == datetime(2026, 11, 2, 10, 0, 1)
    assert call["ended_at"] == datetime(2026, 11, 2, 10, 5)
    assert call["pdd_ms"] == 6_000
    assert call["cost_amount"] == Decimal("0.0195")  # both answered legs: 9 s and 30 s at 0.03 a minute
    assert {row["customer_id"] for row in legs_of(warehouse, "order")} == {"acme"}
    odd = warehouse.query("select leg_id, anomaly_code from marts.anomalies where call_id = 'order'")
    assert odd == [{"leg_id": "order/3", "anomaly_code": "several_answered_legs"}]


def test_leg_id_decides_between_equal_legs_in_byte_order(warehouse: DbtWarehouse) -> None:
    (call,) = calls_of(warehouse, "tie")
    assert call["talk_seconds"] == Decimal(1)


def test_the_last_leg_gives_the_status_of_an_unanswered_call(warehouse: DbtWarehouse) -> None:
    (call,) = calls_of(warehouse, "unanswered")
    assert (call["sip_status_code"], call["charge_amount"], call["sell_destination_name"]) == (487, Decimal(0), "UK")
    assert call["pdd_ms"] == 4_000  # the first ringing of any leg
    assert call["is_ner"] is False  # 487 counts where that leg rang; Q.850 only without a SIP status
    assert [row["is_ner"] for row in legs_of(warehouse, "unanswered")] == [True, False]


def test_a_call_whose_other_rows_are_duplicates_has_one_leg(warehouse: DbtWarehouse) -> None:
    (call,) = calls_of(warehouse, "single")
    assert (call["leg_count"], call["chargeable_seconds"], call["charge_amount"]) == (1, 1, Decimal("0.001"))


@pytest.mark.parametrize(
    ("call_id", "codes"),
    [
        ("silent", ["answered_without_talk_time"]),
        ("talk", ["talk_time_without_answer"]),
        ("hung", ["talk_time_over_maximum"]),
        ("bound", []),
        ("second", []),
        ("disagree", ["durations_disagree"]),
        ("keys", ["customer_keys_disagree"]),
        ("keys-agree", []),
        ("dup", []),
    ],
)
def test_oddities_are_told(warehouse: DbtWarehouse, call_id: str, codes: list[str]) -> None:
    assert anomalies_of(warehouse, call_id) == codes


def test_talk_time_without_answer_is_an_unanswered_attempt(warehouse: DbtWarehouse) -> None:
    (call,) = calls_of(warehouse, "talk")
    assert not call["is_answered"]
    assert (call["talk_seconds"], call["billed_seconds"], call["charge_amount"]) == (Decimal(0), 0, Decimal(0))


def test_a_hung_call_counts_as_answered_and_brings_neither_talk_nor_charge(warehouse: DbtWarehouse) -> None:
    (call,) = calls_of(warehouse, "hung")
    assert (call["is_answered"], call["unrated_reason_code"]) == (True, "held_over_maximum")
    assert (call["talk_seconds"], call["billed_seconds"], call["charge_amount"]) == (Decimal(0), 0, None)
    assert call["channel_to_at"] == datetime(2026, 11, 3, 10)
    (bound,) = calls_of(warehouse, "bound")
    assert (bound["talk_seconds"], bound["unrated_reason_code"]) == (Decimal(86_400), None)


def test_the_keys_hold(warehouse: DbtWarehouse) -> None:
    results = warehouse.dbt("test", "--select", *CORE, "--indirect-selection=cautious")
    assert len(results) > 25


def test_the_unit_tests_of_the_models_hold(warehouse: DbtWarehouse) -> None:
    results = warehouse.dbt("test", "--select", "path:models/intermediate,test_type:unit")
    assert len(results) >= 4


def test_the_hours_of_files_without_a_record_stop_the_run(tmp_path: Path) -> None:
    warehouse = DbtWarehouse(tmp_path)
    warehouse.legs([leg()])
    warehouse.files([{"file_id": "another"}])
    with pytest.raises(AssertionError, match="NOT NULL constraint failed"):
        warehouse.run_hours(select=["stg_files", "stg_legs"])


def test_the_equalities_hold_and_break_when_a_fact_is_touched(warehouse: DbtWarehouse) -> None:
    tests = (
        "rows_are_legs_duplicates_or_conflicts", "conflicts_are_kept", "call_summary_is_sum_of_calls",
        "leg_summary_is_sum_of_legs", "answered_calls_are_charged_or_say_why",
    )  # fmt: skip
    assert len(warehouse.dbt("test", "--select", *tests)) == len(tests)
    touched = {
        "update facts.file_hours set duplicate_count = duplicate_count + 1 where file_id = 'late'": tests[0],
        "delete from marts.conflicting_duplicates where call_id = 'nulls'": tests[1],
        "update marts.call_summary_hourly set charge_amount = charge_amount + 0.000001": tests[2],
        "update marts.leg_summary_hourly set answer_count = answer_count + 1": tests[3],
        "update work.intermediate.int_rated_calls set charge_micros = null where unrated_reason_code is null": tests[4],
    }
    for statement, test in touched.items():
        warehouse.query(statement)
        with pytest.raises(AssertionError, match=test):
            warehouse.dbt("test", "--select", test)
