"""A file whose name says no hour belongs to the hour it was first seen in, whatever becomes of it later."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from assets import run as steps
from assets.places import Places
from pipelines import lake
from pipelines.lake import HourRecord
from tests.support.published import Site
from tests.support.small_site import call, drop, file_of, settings_of, small_site

FIRST = datetime(2026, 3, 2, 10)
ONE = file_of([call("one", "2026-03-02T09:00:00Z")])
TWO = file_of([call("two", "2026-03-02T09:10:00Z"), call("three", "2026-03-02T09:20:00Z")])


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = small_site(tmp_path / "site", {"a/any.csv": ONE})
    path = made.root / "tollbook.toml"
    path.write_text(path.read_text().replace('"a/%Y%m%d%H*.csv*"', '"a/*.csv"'))
    return made


def read(site: Site, hours: int, forced: int | None = None) -> list[datetime]:
    """Read landing some hours after the first; return the drop hours read."""
    now = FIRST + timedelta(hours=hours)
    span = None if forced is None else (FIRST + timedelta(hours=forced), FIRST + timedelta(hours=forced))
    run = steps.Run(settings_of(site), now, lambda _: None, lambda: now, span)
    return [record.drop_hour for record in steps.read_landing(run).records]


def record(site: Site, hours: int = 0) -> HourRecord:
    store = Places.of(settings_of(site)).lake_store
    return lake.read_record(store, lake.record_key("a", FIRST + timedelta(hours=hours)))


def statuses(site: Site, hours: int = 0) -> list[tuple[str, str, int]]:
    return [(file.file_path, file.status_code, file.row_count) for file in record(site, hours).files]


def test_the_hour_stays_when_the_file_is_read_again_or_the_warehouse_is_gone(site: Site) -> None:
    assert read(site, 0) == [FIRST]
    first = record(site)
    assert read(site, 1) == []
    assert read(site, 5, forced=0) == [FIRST]
    shutil.rmtree(site.root / "var")
    assert read(site, 9) == []
    assert record(site) == first


def test_new_bytes_under_its_name_stay_in_its_hour(site: Site) -> None:
    read(site, 0)
    former = record(site).files[0]
    drop(site, "a/any.csv", TWO)
    assert read(site, 7) == [FIRST]
    assert statuses(site) == [("a/any.csv", "loaded", 2)]
    assert [(file.file_id, file.status_code) for file in record(site).replaced] == [(former.file_id, "replaced")]
    assert record(site).files[0].first_seen_at == FIRST + timedelta(hours=7)
    drop(site, "a/any.csv", ONE)  # the former bytes come back: they were first seen when they were
    assert read(site, 8) == [FIRST]
    assert record(site).files[0] == former.__class__(
        **{name: getattr(former, name) for name in former.__slots__ if name != "modified_ns"},
        modified_ns=record(site).files[0].modified_ns,
    )
    assert [file.row_count for file in record(site).replaced] == [2]


def test_replacing_to_and_fro_leaves_one_record_of_each(site: Site) -> None:
    for step in range(5):
        drop(site, "a/any.csv", (ONE, TWO)[step % 2])
        read(site, step)
    assert statuses(site) == [("a/any.csv", "loaded", 1)]
    assert [file.row_count for file in record(site).replaced] == [2]


def test_a_file_that_went_and_comes_back_is_in_its_hour_again(site: Site) -> None:
    read(site, 0)
    (site.landing / "a" / "any.csv").unlink()
    assert read(site, 1, forced=0) == [FIRST]
    assert statuses(site) == [("a/any.csv", "kept_without_source", 1)]
    drop(site, "a/any.csv", ONE)
    assert read(site, 2) == [FIRST]
    assert statuses(site) == [("a/any.csv", "loaded", 1)]
    (site.landing / "a" / "any.csv").unlink()
    drop(site, "a/other.csv", TWO)
    assert read(site, 3) == [FIRST + timedelta(hours=3)]
    assert statuses(site) == [("a/any.csv", "loaded", 1)]


def test_bytes_that_cannot_be_read_leave_the_former_rows_in_the_former_hour(site: Site) -> None:
    read(site, 0)
    drop(site, "a/any.csv", b"")
    assert read(site, 4) == [FIRST]
    assert sorted(statuses(site)) == [("a/any.csv", "empty", 0), ("a/any.csv", "kept_without_source", 1)]
    assert read(site, 5) == []
    (site.landing / "a" / "any.csv").unlink()
    assert read(site, 6) == [FIRST]
    assert statuses(site) == [("a/any.csv", "kept_without_source", 1)]
    assert read(site, 7) == []


def test_an_emptied_landing_takes_nothing_away(site: Site) -> None:
    drop(site, "a/second.csv", TWO)
    read(site, 0)
    part = record(site).part
    shutil.rmtree(site.landing / "a")
    assert read(site, 1) == []
    assert read(site, 2, forced=0) == [FIRST]
    assert record(site).part == part
    assert [status for _, status, _ in statuses(site)] == ["kept_without_source"] * 2
