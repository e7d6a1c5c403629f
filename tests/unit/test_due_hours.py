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


def test_an_hour_that_reuses_a_call_id_is_built_with_the_legs_of_the_call_before(
    warehouse: Connection, store: Store
) -> None:
    commit(store, at("8:00"), leg("id", at("8:00")))
    commit(store, at("20:00"), leg("id", at("20:00"), leg_id="2"))
    sync_records(warehouse, store)
    hours = due_hours.pending_hours(warehouse)
    pieces = find_pieces(warehouse, store, hours, SPREAD)
    first, second = due_hours.cut_into_chunks(warehouse, hours, pieces, chunk_legs=1)
    assert (first.hours, first.read_hours) == ((at("8:00"),), (at("8:00"),))
    assert (second.hours, second.read_hours) == ((at("20:00"),), (at("8:00"), at("20:00")))


def test_a_chain_of_many_hours_is_found_whole_from_any_of_them(warehouse: Connection, store: Store) -> None:
    hours = [at("0:00") + number * HOUR for number in range(70)]
    for hour in hours:
        commit(store, hour, leg("chain", hour, leg_id=f"{hour:%d%H}"))
    sync_records(warehouse, store)
    for hour in (hours[0], hours[35], hours[-1]):
        assert [piece.hours for piece in find_pieces(warehouse, store, [hour], SPREAD)] == [set(hours)]


def test_pieces_that_are_no_more_are_forgotten_with_the_next_build(warehouse: Connection, store: Store) -> None:
    commit(store, at("9:00"), leg("chain", at("9:30")))
    commit(store, at("10:00"), leg("chain", at("10:15"), leg_id="2"), leg("other", at("10:00")))
    build(warehouse, store)
    assert len(former_pieces(warehouse)) == 1
    commit(store, at("10:00"), leg("other", at("10:00")))
    build(warehouse, store)
    assert former_pieces(warehouse) == []


def test_an_hour_that_lost_its_legs_is_not_forgotten_when_a_build_stops(warehouse: Connection, store: Store) -> None:
    commit(store, at("8:00"), leg("one", at("8:00")))
    build(warehouse, store)
    commit(store, at("8:00"), leg("one", at("10:00")))
    assert pending(warehouse, store) == ["08:00", "10:00"]
    due_hours.forget_built(warehouse, [at("8:00"), at("10:00")])
    assert pending(warehouse, store) == ["08:00", "10:00"]
    build(warehouse, store)
    assert pending(warehouse, store) == []


def test_channel_hours_are_remembered_until_their_chunk_is_built(warehouse: Connection, store: Store) -> None:
    commit(store, at("8:00"), leg("one", at("8:00")))
    sync_records(warehouse, store)
    warehouse.execute("insert into build.channel_hours_due values ($1)", [at("9:00")])
    chunk = due_hours.Chunk((at("8:00"),), (at("8:00"),), 1)
    due_hours.record_built(warehouse, chunk)
    assert warehouse.execute("select count(*) from build.channel_hours_due").fetchone() == (0,)


def test_replaced_hours_stay_unchecked_until_the_equalities_held(warehouse: Connection, store: Store) -> None:
    def unchecked() -> list[str]:
        rows = warehouse.execute("select distinct hour_start_at from build.unchecked_hours order by 1").fetchall()
        return [f"{hour:%H:%M}" for (hour,) in rows]

    commit(store, at("11:00"), leg("one", at("10:59")))
    build(warehouse, store)
    commit(store, at("15:00"), leg("two", at("14:01")))
    build(warehouse, store)
    assert unchecked() == ["10:00", "14:00"]
    due_hours.note_checked(warehouse)
    assert unchecked() == []
    build(warehouse, store)
    assert unchecked() == []
