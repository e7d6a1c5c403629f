"""What is pending is a difference between the lake and what was built, widened over chains of legs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection as Connection

from assets import due_hours
from assets.call_links import find_pieces, former_pieces, replace_pieces
from assets.places import Places
from assets.warehouse import connect, sync_records
from pipelines.storage import Store
from tests.support.legs import commit, leg

HOUR = timedelta(hours=1)
DAY = datetime(2026, 3, 1)
SPREAD = HOUR


def at(text: str) -> datetime:
    hour, minute = map(int, text.split(":"))
    return DAY + timedelta(hours=hour, minutes=minute)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data")


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Connection]:
    places = Places(tmp_path / "var", tmp_path / "data", tmp_path / "l", tmp_path / "p", tmp_path / "d")
    with connect(places) as connection:
        yield connection


def pending(warehouse: Connection, store: Store) -> list[str]:
    sync_records(warehouse, store)
    return [f"{hour:%H:%M}" for hour in due_hours.pending_hours(warehouse)]


def build(warehouse: Connection, store: Store) -> list[str]:
    """Do all of a build but the computing."""
    sync_records(warehouse, store)
    todo = due_hours.pending_hours(warehouse)
    pieces = find_pieces(warehouse, store, todo, SPREAD)
    hours = due_hours.widen(todo, [*former_pieces(warehouse), *pieces])
    pieces = find_pieces(warehouse, store, hours, SPREAD)
    due_hours.forget_built(warehouse, hours)
    for chunk in due_hours.cut_into_chunks(warehouse, hours, pieces):
        replace_pieces(warehouse, chunk.hours, pieces)
        due_hours.record_built(warehouse, chunk)
    return [f"{hour:%H:%M}" for hour in hours]


def test_every_hour_with_a_leg_is_pending_until_it_is_built(warehouse: Connection, store: Store) -> None:
    commit(store, at("11:00"), leg("one", at("10:59")), leg("two", at("11:05")))
    assert pending(warehouse, store) == ["10:00", "11:00"]
    build(warehouse, store)
    assert pending(warehouse, store) == []


def test_a_changed_part_makes_the_hours_pending_that_it_has_or_had(warehouse: Connection, store: Store) -> None:
    commit(store, at("11:00"), leg("one", at("10:59")), leg("two", at("11:05")))
    commit(store, at("15:00"), leg("three", at("15:01")))
    build(warehouse, store)
    commit(store, at("11:00"), leg("two", at("11:05")))
    assert pending(warehouse, store) == ["10:00", "11:00"]
    assert build(warehouse, store) == ["10:00", "11:00"]
    assert pending(warehouse, store) == []


def test_reading_the_same_legs_again_makes_nothing_pending(warehouse: Connection, store: Store) -> None:
    legs = [leg("one", at("10:59")), leg("two", at("11:05"))]
    commit(store, at("11:00"), *legs)
    build(warehouse, store)
    commit(store, at("11:00"), *reversed(legs))
    assert pending(warehouse, store) == []


def test_a_late_leg_of_a_call_takes_the_hour_of_its_first_leg_along(warehouse: Connection, store: Store) -> None:
    commit(store, at("10:00"), leg("call", at("10:50")), leg("other", at("10:10")))
    build(warehouse, store)
    commit(store, at("12:00"), leg("call", at("11:20"), leg_id="call/2"))
    assert pending(warehouse, store) == ["11:00"]
    assert build(warehouse, store) == ["10:00", "11:00"]


def test_a_chain_is_followed_as_far_as_it_goes_and_not_into_other_calls(warehouse: Connection, store: Store) -> None:
    commit(store, at("10:00"), leg("chain", at("9:30")), leg("chain", at("10:20"), leg_id="2"))
    commit(store, at("12:00"), leg("chain", at("11:10"), leg_id="3"), leg("chain", at("12:05"), leg_id="4"))
    commit(store, at("13:00"), leg("next", at("12:59")), leg("next", at("13:01"), leg_id="2"))
    build(warehouse, store)
    commit(store, at("14:00"), leg("late", at("10:01")))
    # 10:00 is pending; the chain of four legs touches it; "next" touches 12:00 but not 10:00: 13:00 stays as it is.
    assert build(warehouse, store) == ["09:00", "10:00", "11:00", "12:00"]


def test_a_removed_leg_that_held_a_chain_takes_its_hours_along(warehouse: Connection, store: Store) -> None:
    commit(store, at("9:00"), leg("chain", at("9:30")))
    commit(store, at("10:00"), leg("chain", at("10:15"), leg_id="2"), leg("other", at("10:00")))
    commit(store, at("11:00"), leg("chain", at("11:10"), leg_id="3"))
    build(warehouse, store)
    commit(store, at("10:00"), leg("other", at("10:00")))
    assert build(warehouse, store) == ["09:00", "10:00", "11:00"]


def test_legs_farther_apart_than_the_spread_are_no_chain(warehouse: Connection, store: Store) -> None:
    commit(store, at("10:00"), leg("id", at("10:00")), leg("id", at("11:00") + timedelta(microseconds=1), leg_id="2"))
    sync_records(warehouse, store)
    first, second = find_pieces(warehouse, store, [at("10:00"), at("11:00")], SPREAD)[0].hours, {at("11:00")}
    assert first == second
    commit(store, at("10:00"), leg("id", at("10:00")), leg("id", at("11:00"), leg_id="2"))
    sync_records(warehouse, store)
    assert [piece.hours for piece in find_pieces(warehouse, store, [at("10:00")], SPREAD)] == [
        {at("10:00"), at("11:00")}
    ]


def test_chunks_are_bounded_and_read_every_hour_their_chains_need(warehouse: Connection, store: Store) -> None:
    for hour in range(10, 14):
        commit(store, at(f"{hour}:00"), *(leg(f"{hour}-{n}", at(f"{hour}:30")) for n in range(3)))
    commit(store, at("9:00"), leg("10-0", at("9:50"), leg_id="0"))
    sync_records(warehouse, store)
    hours = due_hours.pending_hours(warehouse)
    pieces = find_pieces(warehouse, store, hours, SPREAD)
    chunks = due_hours.cut_into_chunks(warehouse, hours, pieces, chunk_legs=6)
    assert [[f"{hour:%H}" for hour in chunk.hours] for chunk in chunks] == [["09", "10"], ["11", "12"], ["13"]]
    assert [chunk.leg_count for chunk in chunks] == [4, 6, 3]
    small = due_hours.cut_into_chunks(warehouse, hours, pieces, chunk_legs=1)
    assert [f"{hour:%H}" for hour in small[1].read_hours] == ["09", "10"]


def test_hours_forgotten_before_a_crash_stay_pending(warehouse: Connection, store: Store) -> None:
    commit(store, at("10:00"), leg("one", at("10:00")))
    build(warehouse, store)
    due_hours.forget_built(warehouse, [at("10:00")])
    assert pending(warehouse, store) == ["10:00"]


def test_a_record_that_goes_takes_its_rows_along(warehouse: Connection, store: Store, tmp_path: Path) -> None:
    commit(store, at("10:00"), leg("one", at("10:00")))
    build(warehouse, store)
    next((tmp_path / "data" / "lake" / "files").rglob("*.json")).unlink()
    assert pending(warehouse, store) == ["10:00"]
    assert build(warehouse, store) == ["10:00"]
    assert pending(warehouse, store) == []


def test_a_call_id_used_again_within_a_day_hangs_on_the_call_before_it(warehouse: Connection, store: Store) -> None:
    commit(store, at("8:00"), leg("id", at("8:00")))
    commit(store, at("20:00"), leg("id", at("20:00"), leg_id="2"))
    commit(store, at("23:00"), leg("other", at("23:00")))
    build(warehouse, store)
    commit(store, at("8:00"), leg("another", at("8:00")))
    # The later use is no reuse any more: its hour is computed again, and the one of the other call is not.
    assert build(warehouse, store) == ["08:00", "20:00"]


def test_a_call_id_used_again_after_days_is_another_call_and_no_reuse(warehouse: Connection, store: Store) -> None:
    commit(store, at("8:00"), leg("id", at("8:00")))
    later = at("8:00") + timedelta(days=3)
    commit(store, later, leg("id", later, leg_id="2"))
    build(warehouse, store)
    commit(store, at("8:00"), leg("another", at("8:00")))
    assert build(warehouse, store) == ["08:00"]
