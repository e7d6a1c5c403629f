"""The oracle's calls, case by case: which legs are one call, which rows are copies, whose call it is.

Belongs here: duplicates, conflicts, cuts, order of legs, keys.
Does not belong here: the reading of single rows (test_oracle_rows.py), amounts (test_oracle_rating.py).
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.oracle import Expected, calculate
from tests.oracle.model import FeedSettings
from tests.oracle.small import DROP_HOUR, REFERENCE, given, row

KEYS = REFERENCE["customer_keys.csv"]
LATER = DROP_HOUR + timedelta(hours=1)


def counts(expected: Expected) -> dict[str, tuple[object, ...]]:
    names = ("row_count", "accepted_count", "rejected_count", "duplicate_count", "conflict_count")
    return {
        str(line["file_path"]): tuple(line[name] for name in names) for line in expected.tables["file_reconciliation"]
    }


def codes(expected: Expected) -> list[tuple[object, object]]:
    return [(line["line_number"], line["anomaly_code"]) for line in expected.tables["anomalies"]]


def test_the_same_row_twice_in_a_file_is_one_call() -> None:
    expected = calculate(given(row(), row()))
    assert counts(expected) == {"f/1.csv": (2, 1, 0, 1, 0)}
    assert len(expected.calls) == 1


def test_a_copy_with_another_length_is_a_conflict_and_billed_to_nobody() -> None:
    expected = calculate(given(row(), row(answered_ms=120_000)))
    assert counts(expected) == {"f/1.csv": (2, 1, 0, 0, 1)}
    assert [call.rating.billed_seconds for call in expected.calls] == [60]


def test_the_same_instant_written_with_an_offset_is_a_duplicate() -> None:
    expected = calculate(given(row(), row(setup_at="2026-03-10T13:00:00+01:00")))
    assert counts(expected) == {"f/1.csv": (2, 1, 0, 1, 0)}


def test_the_earlier_drop_hour_is_kept_before_the_earlier_path() -> None:
    files = {"f/a.csv": (LATER, [row()]), "f/b.csv": (DROP_HOUR, [row(), row("c2")]), "f/B.csv": (LATER, [row("c2")])}
    assert counts(calculate(given(files=files))) == {
        "f/a.csv": (1, 0, 0, 1, 0), "f/b.csv": (2, 2, 0, 0, 0), "f/B.csv": (1, 0, 0, 1, 0),
    }  # fmt: skip


def test_paths_are_compared_byte_by_byte() -> None:
    files = {"f/a.csv": (DROP_HOUR, [row()]), "f/Z.csv": (DROP_HOUR, [row()]), "f/é.csv": (DROP_HOUR, [row()])}
    assert [path for path, count in counts(calculate(given(files=files))).items() if count[1]] == ["f/Z.csv"]


def test_the_kept_row_may_start_after_its_copies_but_not_break_the_chain() -> None:
    # 12:00, 12:50 and 13:40 hang together although the first and last are 100 minutes apart
    rows = [row(setup_at=f"2026-03-10T{at}:00") for at in ("13:40", "12:00", "12:50")]
    expected = calculate(given(*rows))
    assert counts(expected) == {"f/1.csv": (3, 1, 0, 0, 2)}
    assert expected.calls[0].setup_at == datetime(2026, 3, 10, 13, 40)


@pytest.mark.parametrize(
    ("second", "calls", "conflicts"), [("13:00:00", 1, 1), ("13:00:00.001", 2, 0), ("15:00:00", 2, 0)]
)
def test_a_call_id_used_again_after_more_than_an_hour_is_another_call(second: str, calls: int, conflicts: int) -> None:
    expected = calculate(given(row(), row(setup_at=f"2026-03-10T{second}")))
    assert (len(expected.calls), len(expected.conflicts)) == (calls, conflicts)
    assert codes(expected) == ([(3, "call_id_reused")] if calls == 2 else [])


def test_legs_an_hour_apart_each_are_one_call_of_three_hours() -> None:
    rows = [row(leg_number=number, setup_at=f"2026-03-10T{11 + number}:00:00") for number in (1, 2, 3, 4)]
    calls = calculate(given(*rows)).calls
    assert [len(call.legs) for call in calls] == [4]
    assert calls[0].ended_at == datetime(2026, 3, 10, 15, 1)


def test_a_shorter_call_spread_cuts_earlier() -> None:
    rows = [row(leg_number=number, setup_at=f"2026-03-10T12:{20 * number}:00") for number in (1, 2)]
    assert len(calculate(given(*rows, call_spread=timedelta(minutes=20))).calls) == 1
    assert len(calculate(given(*rows, call_spread=timedelta(minutes=19))).calls) == 2


def test_one_call_id_of_two_feeds_is_two_calls() -> None:
    one, two = given(row()), given(row(), feed=FeedSettings("g"), files={"g/1.csv": (DROP_HOUR, [row()])})
    assert len(calculate(one.__class__(one.files + two.files, one.reference, one.as_of)).calls) == 2


def test_the_leg_number_orders_the_legs_not_the_time() -> None:
    rows = [
        row(leg_number=2, setup_at="2026-03-10T12:00:00", account_code="B", answered_ms=45_000),
        row(leg_number=1, setup_at="2026-03-10T12:00:05", account_code="A", answered_ms=31_000),
    ]
    expected = calculate(given(*rows))
    call = expected.calls[0]
    assert (call.customer_id, call.rating.billed_seconds, call.setup_at.second) == ("acme", 36, 0)
    assert codes(expected) == [(2, "several_answered_legs")]
    assert [leg.rating.billed_seconds for leg in call.legs] == [31, 45]  # both cost the carrier side


def test_status_comes_from_the_answered_leg_else_from_the_last() -> None:
    failed = row(leg_number=1, is_answered="false", answered_ms="", sip_status_code=503)
    busy = row(leg_number=2, is_answered="false", answered_ms="", sip_status_code=486)
    answered = row(leg_number=2, sip_status_code=200)
    assert calculate(given(failed, busy)).calls[0].is_ner
    assert calculate(given(failed, answered)).calls[0].main_leg.sip_status_code == 200


def test_post_dial_delay_of_a_call_is_to_the_first_ringing_of_any_leg() -> None:
    one = row(leg_number=1, is_answered="false", answered_ms="")
    two = row(leg_number=2, setup_at="2026-03-10T12:00:04", pdd_ms=1500)
    call = calculate(given(one, two)).calls[0]
    assert (call.pdd_ms, call.legs[1].leg.pdd_ms, call.legs[0].leg.pdd_ms) == (5500, 1500, None)


@pytest.mark.parametrize(("feed", "customer"), [("f", "bolt"), ("g", "acme")])
def test_the_feeds_own_key_goes_before_the_one_for_all(feed: str, customer: str) -> None:
    keys = KEYS + "f,account_code,A,bolt,,\n"
    found = calculate(given(row(), reference={"customer_keys.csv": keys}, feed=FeedSettings(feed))).calls[0]
    assert found.customer_id == customer


@pytest.mark.parametrize(
    ("at", "customer"), [("11:59:59.999", None), ("12:00:00", "acme"), ("12:59:59.999", "acme"), ("13:00:00", None)]
)
def test_a_key_holds_in_a_half_open_window(at: str, customer: str | None) -> None:
    keys = KEYS + "*,account_code,W,acme,2026-03-10T12:00:00Z,2026-03-10T13:00:00Z\n"
    rows = row(account_code="W", setup_at=f"2026-03-10T{at}")
    assert calculate(given(rows, reference={"customer_keys.csv": keys})).calls[0].customer_id == customer
