"""The oracle's sums, ratios, channels and comparison, with the figures worked out by hand; and its landings.

Belongs here: periods, weighted ratios, NER, unknown parties, live channels, compare(), what a made-up landing holds.
Does not belong here: single rows and amounts.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.landings import hostile_landing, random_landing
from tests.oracle import Row, calculate, compare, compare_channels, oracle_input
from tests.oracle.landing import drop_hour_of
from tests.oracle.small import DROP_HOUR, given, row
from tests.oracle.summaries import period_of

UNANSWERED = {"is_answered": "false", "answered_ms": ""}


def only(rows: list[Row]) -> Row:
    assert len(rows) == 1
    return rows[0]


def test_a_day_of_one_customer() -> None:
    table = calculate(given(row("c1"), row("c2", answered_ms=31_500), row("c3", **UNANSWERED))).tables
    day = only(table["customer_summary_daily"])
    assert day["attempt_count"] == 3
    assert day["asr_ratio"] == Decimal("0.666667")
    assert day["talk_seconds"] == Decimal("91.500")
    assert day["acd_seconds"] == Decimal("45.750")
    assert day["billed_seconds"] == 96  # 60 + 36
    assert day["charge_amount"] == Decimal("0.096000")
    assert day["cost_amount"] == Decimal("0.041400")  # 0.027 + 0.03 * 32 / 60 * 0.9
    assert day["margin_amount"] == Decimal("0.054600")


def test_a_cost_not_known_is_null_and_not_nought() -> None:
    day = only(calculate(given(row("c1"), row("c2", carrier_key=""))).tables["customer_summary_daily"])
    assert (day["charge_amount"], day["cost_amount"], day["margin_amount"]) == (Decimal("0.120000"), None, None)


def test_an_unrated_call_counts_and_talks_but_brings_nothing() -> None:
    day = only(calculate(given(row("c1", b_number="33100"))).tables["customer_summary_daily"])
    assert (day["answer_count"], day["unrated_count"], day["talk_seconds"]) == (1, 1, Decimal("60.000"))
    assert (day["charge_amount"], day["billed_seconds"]) == (Decimal("0.000000"), 0)


def test_a_hung_call_is_an_answer_without_talk_seconds() -> None:
    day = only(calculate(given(row(answered_ms=86_400_001))).tables["customer_summary_daily"])
    assert (day["answer_count"], day["talk_seconds"], day["unrated_count"]) == (1, Decimal("0.000"), 1)


def test_unknown_customers_share_one_row() -> None:
    day = only(
        calculate(given(row("c1", account_code=""), row("c2", account_code="x"))).tables["customer_summary_daily"]
    )
    assert (day["customer_id"], day["customer_name"], day["attempt_count"]) == (None, "(unknown customer)", 2)


def test_carriers_count_legs_each_in_its_own_day_and_customers_count_calls() -> None:
    one = row(leg_number=1, setup_at="2026-03-10T23:59:59.999", **UNANSWERED)
    two = row(leg_number=2, setup_at="2026-03-11T00:00:00")
    tables = calculate(given(one, two)).tables
    assert [line["attempt_count"] for line in tables["customer_summary_daily"]] == [1]
    assert {line["period_start_at"]: line["cost_amount"] for line in tables["carrier_summary_daily"]} == {
        datetime(2026, 3, 10): Decimal("0.000000"),
        datetime(2026, 3, 11): Decimal("0.030000"),
    }


@pytest.mark.parametrize(
    ("fields", "effective"),
    [
        ({"sip_status_code": 486}, 1),
        ({"sip_status_code": 487}, 0),
        ({"sip_status_code": 487, "pdd_ms": 900}, 1),
        ({"sip_status_code": 503, "q850_cause_code": 17}, 0),  # a SIP status goes before the cause
        ({"q850_cause_code": 17}, 1),
        ({"q850_cause_code": 34}, 0),
        ({}, 0),
    ],
)
def test_what_the_network_did_its_part_for(fields: dict[str, int], effective: int) -> None:
    day = only(calculate(given(row(**UNANSWERED, **fields))).tables["customer_summary_daily"])
    assert day["ner_count"] == effective


def test_dtmf_counts_only_answered_calls_where_it_could_be_observed() -> None:
    rows = [row(f"c{index}", dtmf_digit_count=count) for index, count in enumerate(["", 0, 0, 4])]
    day = only(calculate(given(*rows, row("c9", dtmf_digit_count=2, **UNANSWERED))).tables["customer_summary_daily"])
    assert (day["dtmf_observed_count"], day["dtmf_call_count"], day["dtmf_ratio"]) == (3, 1, Decimal("0.333333"))


def test_live_holds_the_hour_of_as_of_and_the_23_before() -> None:
    rows = [row(f"c{index}", setup_at=at) for index, at in enumerate(["2026-03-10T00:59:59", "2026-03-10T01:00:00"])]
    live = calculate(given(*rows, as_of=datetime(2026, 3, 11))).tables["customer_summary_live"]
    assert only(live)["period_start_at"] == datetime(2026, 3, 10, 1)


@pytest.mark.parametrize(
    ("grain", "start", "end"),
    [
        ("daily", datetime(2026, 11, 1), datetime(2026, 11, 2)),
        ("weekly", datetime(2026, 10, 26), datetime(2026, 11, 2)),
        ("monthly", datetime(2026, 11, 1), datetime(2026, 12, 1)),
    ],
)
def test_a_sunday_that_begins_a_month_ends_a_week(grain: str, start: datetime, end: datetime) -> None:
    assert period_of(grain, datetime(2026, 11, 1, 23, 59, 59, 999999)) == (start, end)


def test_channels_of_two_overlapping_calls() -> None:
    rows = [
        row("c1", setup_at="2026-03-10T12:00:00.900", ended_at="2026-03-10T12:00:30.100", answered_ms=1000),
        row("c2", setup_at="2026-03-10T12:00:20", ended_at="2026-03-10T12:01:00", answered_ms=1000),
        row("c3", setup_at="2026-03-10T12:00:30.200", ended_at="2026-03-10T12:00:30.900", **UNANSWERED),
    ]
    found = [line for line in calculate(given(*rows)).tables["live_channels"] if line["scope_code"] == "total"]
    minute = only([line for line in found if line["grain_code"] == "minute"])
    hour = only([line for line in found if line["grain_code"] == "hour"])
    assert (minute["peak_channels"], minute["mean_channels"]) == (2, Fraction(70, 60))  # 30 s + 40 s
    assert (hour["peak_channels"], hour["mean_channels"]) == (2, Fraction(70, 3600))


def test_a_hung_call_holds_its_channel_for_the_maximum_only() -> None:
    found = calculate(given(row(answered_ms=200_000_000))).tables["live_channels"]
    hours = [line for line in found if line["scope_code"] == "total" and line["grain_code"] == "hour"]
    assert sum(line["mean_channels"] * 3600 for line in hours) == 86_400  # type: ignore[operator,misc]


def test_differences_are_told_by_key_column_and_value() -> None:
    expected: list[Row] = [{"file_path": "a", "row_count": 2}, {"file_path": "b", "row_count": 1}]
    actual: list[Row] = [{"file_path": "a", "row_count": 3, "more": 1}, {"file_path": "c", "row_count": 1}]
    assert compare("file_reconciliation", expected, actual) == [
        "file_reconciliation [file_path=a] row_count: expected 2, actual 3",
        "file_reconciliation [file_path=b]: row missing, expected row_count=1",
        "file_reconciliation [file_path=c]: row not expected, actual row_count=1",
    ]


def test_decimals_are_compared_by_value_and_null_is_not_nought() -> None:
    assert compare("t", [{"k": 1, "v": Decimal("1.50")}], [{"k": 1, "v": Decimal("1.500000")}], key=["k"]) == []
    assert len(compare("t", [{"k": 1, "v": None}], [{"k": 1, "v": 0}], key=["k"])) == 1
    assert len(compare("t", [{"k": 1, "v": 1}], [{"k": 1, "v": 1}, {"k": 1, "v": 1}], key=["k"])) == 1


def test_a_bucket_without_channels_may_be_absent() -> None:
    found = calculate(given(row())).tables["live_channels"]
    nothing = {**found[0], "bucket_start_at": datetime(2026, 1, 1), "peak_channels": 0, "mean_channels": Decimal(0)}
    assert compare_channels(found, [*found, nothing]) == []
    assert len(compare_channels(found, found[1:])) == 1


def test_a_drop_hour_is_read_from_the_name() -> None:
    pattern = "lon1/%Y/%m/%d/cdr-%Y%m%d%H*.csv*"
    assert drop_hour_of("lon1/2026/03/10/cdr-2026031012-x.csv.gz", pattern, "UTC") == DROP_HOUR
    assert drop_hour_of("lon1/2026/03/10/cdr-2026031012-x.csv", pattern, "Europe/Berlin") == DROP_HOUR - timedelta(
        hours=1
    )
    assert drop_hour_of("lon2/2026/03/10/cdr-2026031012.csv", pattern, "UTC") is None


@pytest.mark.parametrize("seed", [0, 1])
def test_a_hostile_landing_holds_every_case(seed: int) -> None:
    landing = hostile_landing(seed, bad_files=True)
    assert landing == hostile_landing(seed, bad_files=True)
    expected = calculate(oracle_input(landing.toml, landing.files, landing.as_of), with_channels=False)
    files = expected.tables["file_reconciliation"]
    for line in files:
        parts = ("accepted_count", "rejected_count", "duplicate_count", "conflict_count")
        assert line["row_count"] == sum(int(str(line[part])) for part in parts)
    assert 3_000 <= sum(int(str(line["row_count"])) for line in files) <= 6_000
    assert {line["status_code"] for line in files} == {
        "loaded", "truncated", "empty", "wrong_header", "wrong_encoding",
    }  # fmt: skip
    reasons = Counter(str(line["reject_reason_code"]) for line in expected.tables["rejects"])
    assert len(reasons) == 21
    assert len({line["anomaly_code"] for line in expected.tables["anomalies"]}) == 7
    unrated = {(line["side_code"], line["unrated_reason_code"]) for line in expected.tables["unrated"]}
    assert len(unrated) == 11  # valid reference data leaves no customer without a card
    customers = expected.tables["customer_summary_daily"]
    assert any(line["cost_amount"] for line in customers)
    assert any(line["cost_amount"] is None for line in customers)
    assert len({line["currency_code"] for line in customers if line["charge_amount"]}) == 5
    assert any(len(call.legs) > 4 for call in expected.calls)


@pytest.mark.parametrize("seed", range(5))
def test_a_small_random_landing_accounts_for_every_row(seed: int) -> None:
    landing = random_landing(random.Random(seed), 40)
    expected = calculate(oracle_input(landing.toml, landing.files, landing.as_of))
    total = sum(int(str(line["row_count"])) for line in expected.tables["file_reconciliation"])
    assert 30 <= total <= 200
    parts = (expected.legs, expected.tables["rejects"], expected.duplicates, expected.conflicts)
    assert total == sum(len(part) for part in parts)
