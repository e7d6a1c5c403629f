"""A run lists the folders of the hours it looks at, and concludes nothing about the others."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from assets import run as steps
from assets.landing import Hours, list_landing
from assets.reading import find_due, take_look
from assets.warehouse import connect, last_sweep, note_records, sync_noted_records, sync_records
from pipelines import lake
from pipelines.discover import discover, folders_of, is_within
from pipelines.settings import Feed
from pipelines.storage import Store
from tests.support.published import Site
from tests.support.small_site import call, drop, file_of, settings_of, small_site

NOW = datetime(2026, 3, 29, 2, 5)
HOUR = timedelta(hours=1)

PATTERNS = [
    ("x/%Y/%m/%d/cdr-%Y%m%d%H.csv", "UTC"),
    ("x/%Y/%m/%d/cdr-%Y%m%d%H.csv", "America/St_Johns"),
    ("x/%Y/%m/%d/cdr-%Y%m%d%H.csv", "Europe/London"),
    ("x/%Y%m/*/cdr-%d%H.csv", "Pacific/Auckland"),
    ("x/day-%Y-%m-%d.csv", "Asia/Kathmandu"),
    ("x/*/%Y%m%d%H.csv", "UTC"),
    ("x/all.csv", "UTC"),
    ("*.csv", "UTC"),
]


@pytest.mark.parametrize(("pattern", "zone"), PATTERNS)
def test_the_folders_of_a_span_hold_every_file_that_a_whole_listing_finds_in_it(
    pattern: str, zone: str, tmp_path: Path
) -> None:
    feeds = {"f": replace(_feed(tmp_path), feed_id="f", files=pattern, files_timezone=zone)}
    store = Store(tmp_path / "landing")
    for number in range(24 * 6):
        name = (NOW - timedelta(days=4) + number * HOUR).strftime(pattern).replace("*", "any")
        path = store.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    spans = ((NOW.replace(minute=0) - 30 * HOUR, NOW.replace(minute=0) + HOUR),)
    whole = discover(store.list(), feeds, first_seen={}, seen_hour=NOW)
    listing = list_landing(store, folders_of(feeds, spans))
    found = discover(listing.entries, feeds, first_seen={}, seen_hour=NOW, spans=spans)
    assert found.files == {
        key: entries for key, entries in whole.files.items() if is_within(key[1], spans) or "%" not in pattern
    }
    assert found.files


def _feed(tmp_path: Path) -> Feed:
    return settings_of(small_site(tmp_path / "configured", {})).feeds["a"]


def test_folders_below_one_another_are_listed_once_and_a_listing_grows_by_what_it_lacks(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for name in ("a/1/x", "a/2/x", "b/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    first = list_landing(store, ["a/1/"])
    assert [entry.key for entry in first.entries] == ["a/1/x"]
    assert (first.covers("a/1/y"), first.covers("a/2/x")) == (True, False)
    second = list_landing(store, ["a/", "a/1/"], first)
    assert second.folders == ("a/",)
    assert sorted(entry.key for entry in second.entries) == ["a/1", "a/1/x", "a/2", "a/2/x"]
    assert list_landing(store, ["a/2/"], second) is second
    assert list_landing(store, ["b/"], replace(second, listed_at=second.listed_at - 3600)).folders == ("b/",)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return a site with a file of three weeks ago and one of the running hour, in folders by day."""
    made = small_site(tmp_path / "site", {})
    configuration = made.root / "tollbook.toml"
    configuration.write_text(configuration.read_text().replace("a/%Y%m%d%H*", "a/%Y%m%d/%Y%m%d%H*"))
    drop(made, "a/20260329/2026032902.csv", file_of([call("new", "2026-03-29T02:00:00Z")]))
    drop(made, "a/20260308/2026030802.csv", file_of([call("old", "2026-03-08T02:00:00Z")]))
    return made


def _run(site: Site, now: datetime = NOW, *, is_sweep: bool = False, forced: Hours | None = None) -> steps.Run:
    return steps.Run(settings_of(site), now, lambda _: None, lambda: now, forced, is_sweep=is_sweep)


def _hours_read(run: steps.Run) -> list[str]:
    return [f"{record.feed_id} {record.drop_hour:%d %H}" for record in steps.read_landing(run).records]


def test_the_first_look_of_a_warehouse_is_a_sweep_then_the_window_and_a_sweep_a_day_later(site: Site) -> None:
    assert _hours_read(_run(site)) == ["a 08 02", "a 29 02"]
    drop(site, "a/20260310/2026031005.csv", file_of([call("two months late", "2026-03-10T05:00:00Z")]))
    drop(site, "a/20260328/2026032805.csv", file_of([call("late", "2026-03-28T05:00:00Z")]))
    assert _hours_read(_run(site, NOW + HOUR)) == ["a 28 05"]
    assert _hours_read(_run(site, NOW + 23 * HOUR)) == []
    assert _hours_read(_run(site, NOW + 24 * HOUR)) == ["a 10 05"]
    with connect(_run(site).places) as connection:
        assert last_sweep(connection) == NOW + 24 * HOUR


def test_a_sweep_that_is_asked_for_and_a_range_reach_beyond_the_window(site: Site) -> None:
    steps.read_landing(_run(site))
    drop(site, "a/20260310/2026031005.csv", file_of([call("c", "2026-03-10T05:00:00Z")]))
    drop(site, "a/20260311/2026031105.csv", file_of([call("d", "2026-03-11T05:00:00Z")]))
    at = datetime(2026, 3, 10, 5)
    assert _hours_read(_run(site, NOW + HOUR, forced=(at, at))) == ["a 10 05"]
    assert _hours_read(_run(site, NOW + HOUR, is_sweep=True)) == ["a 11 05"]


def test_a_fault_outside_of_what_was_listed_is_not_taken_for_gone(site: Site) -> None:
    drop(site, "a/20260309/2026030902.csv", b"")
    steps.read_landing(_run(site))
    assert _hours_read(_run(site, NOW + HOUR)) == []
    shutil.rmtree(site.landing / "a/20260309")
    assert _hours_read(_run(site, NOW + HOUR)) == []
    assert _hours_read(_run(site, NOW + HOUR, is_sweep=True)) == ["a 09 02"]


def test_a_file_to_be_looked_at_again_is_listed_however_old_its_hour(site: Site) -> None:
    steps.read_landing(_run(site))
    store = _run(site).places.lake_store
    key = lake.record_key("a", datetime(2026, 3, 8, 2))
    record = lake.read_record(store, key)
    with connect(_run(site).places) as connection:
        note_records(connection, [key])
    files = tuple(replace(file, status_code="still_being_written") for file in record.files)
    lake.write_record(store, replace(record, files=files))
    assert _hours_read(_run(site, NOW + HOUR)) == ["a 08 02"]


def test_a_file_that_another_feed_once_read_is_refused_whichever_hour_that_was(site: Site) -> None:
    steps.read_landing(_run(site))
    configuration = site.root / "tollbook.toml"
    text = configuration.read_text()
    renamed = text.replace("[feeds.a]", '[feeds.c]\nfiles_timezone = "Asia/Tokyo"')
    configuration.write_text(renamed)
    run = _run(site, NOW + HOUR)
    with connect(run.places) as connection:
        look = take_look(run.settings, run.places, connection, run.seen_hour, is_sweep=False)
    assert not look.is_sweep
    with pytest.raises(steps.ConfigurationError, match="read as a file of feed 'a'"):
        find_due(run.settings, run.places, look)


def test_a_crash_between_record_and_mirror_loses_nothing(site: Site) -> None:
    steps.read_landing(_run(site))
    places = _run(site).places
    key = lake.record_key("a", datetime(2026, 3, 8, 2))
    with connect(places) as connection:
        note_records(connection, [key])
    record = lake.read_record(places.lake_store, key)
    renamed = replace(record.files[0], status_reason="written, then killed")
    lake.write_record(places.lake_store, replace(record, files=(renamed,)))
    with connect(places) as connection:
        assert sync_noted_records(connection, places.lake_store) == 1
        reasons = connection.execute("select status_reason from build.file_records order by 1").fetchall()
        assert reasons == [("",), ("written, then killed",)]
        assert connection.execute("select count(*) from build.records_noted").fetchone() == (0,)
        assert sync_records(connection, places.lake_store) == 0
