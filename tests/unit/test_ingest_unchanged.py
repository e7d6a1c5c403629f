"""What was read of a file stays when its hour is read for another file's sake; who asks for the hour reads it anew."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets import run as steps
from assets.places import Places
from pipelines import lake
from pipelines.formats import load_format
from pipelines.ingest import HourToRead, ingest_hour
from pipelines.lake import HourRecord
from pipelines.settings import Feed
from pipelines.spool import Bounds
from pipelines.storage import Store
from tests.support.small_site import HEADER, call, drop, file_of, settings_of, small_site

HOUR = datetime(2026, 3, 2, 10)
NOW = datetime(2026, 3, 2, 12)
FEED = Feed("a", load_format("tollbook_csv", {}), "a/%Y%m%d%H*.csv")
FIRST, LATE = "a/2026030210-b.csv", "a/2026030210-a-late.csv"
_COLUMNS = "call_id,setup_at,answered_at,answered_ms,b_number,account_code,dtmf_digit_count"
_ROWS = [
    "one,2026-03-02T10:10:00,2026-03-02T10:10:00,1000,02071234567,acme,12",
    "two,2026-03-02T10:20:00Z,,0,002071234567,acme,",
    "bad,never,,0,1,acme,",
]
_CHANGES: list[Mapping[str, Any]] = [
    {"country_code": "44", "national_prefix": "0"},
    {"international_prefix": "00"},
    {"timezone": "Europe/Berlin"},
    {"dtmf": "digits"},
    {"format": load_format("freeswitch_csv", {})},
]


def table(rows: list[str]) -> bytes:
    return ("\n".join([_COLUMNS, *rows]) + "\n").encode()


class Hour:
    """One drop hour of feed a, ingested again and again."""

    def __init__(self, root: Path) -> None:
        self.landing, self.lake = Store(root / "landing"), Store(root / "data")
        self.record: HourRecord | None = None

    def ingest(self, feed: Feed = FEED, **options: Any) -> HourRecord:
        entries = [entry for entry in self.landing.list("a") if entry.is_file]
        seen = HOUR if self.record is None else HOUR + timedelta(days=1)
        bounds = options.pop("bounds", None)
        to_read = HourToRead(feed, HOUR, seen, entries, former=self.record, **options)
        self.record = ingest_hour(self.landing, self.lake, to_read, bounds)
        return self.record

    def rows(self, path: str) -> list[pl.DataFrame]:
        """Return legs and rejects of one file."""
        assert self.record is not None
        ids = [file.file_id for file in self.record.files if file.file_path == path]
        parts = [part for part in (self.record.part, self.record.rejects) if part is not None]
        return [pl.read_parquet(self.lake.uri(part.key)).filter(pl.col("file_id").is_in(ids)) for part in parts]

    def statuses(self) -> dict[str, str]:
        assert self.record is not None
        return {file.file_path: file.status_code for file in self.record.files}


@pytest.fixture
def hour(tmp_path: Path) -> Hour:
    made = Hour(tmp_path)
    made.landing.replace(FIRST, table(_ROWS))
    made.ingest()
    return made


def the_same(some: list[pl.DataFrame], others: list[pl.DataFrame]) -> bool:
    return len(some) == len(others) and all(one.equals(other) for one, other in zip(some, others, strict=True))


@pytest.mark.parametrize("change", _CHANGES, ids=lambda change: next(iter(change)))
def test_a_late_file_leaves_the_rows_of_its_hour_as_they_were_read(hour: Hour, change: Mapping[str, Any]) -> None:
    before, (file,) = hour.rows(FIRST), hour.record.files if hour.record else ()
    assert [frame.height for frame in before] == [2, 1]
    changed = replace(FEED, **change)
    hour.landing.replace(LATE, table(_ROWS) if "format" not in change else b"")
    hour.ingest(changed)
    assert the_same(hour.rows(FIRST), before)
    assert hour.record is not None
    assert hour.record.files[1] == file
    assert not the_same(hour.rows(LATE), before)
    # Who asks for the hour has it read with the settings of now, and gets what a first ingest gets.
    hour.ingest(changed, is_forced=True)
    forced, hour.record = hour.record, None
    fresh = hour.ingest(changed)
    assert (forced.part, forced.rejects) == (fresh.part, fresh.rejects)
    if "format" not in change:
        assert not the_same(hour.rows(FIRST), before)


def test_a_column_that_is_refused_now_stays_where_it_was_ignored(tmp_path: Path) -> None:
    hour = Hour(tmp_path)
    hour.landing.replace(FIRST, table(_ROWS).replace(b"dtmf_digit_count", b"colour"))
    hour.ingest(replace(FEED, extra_columns="ignore"))
    hour.landing.replace(LATE, table(_ROWS))
    hour.ingest()
    assert hour.statuses() == {FIRST: "loaded", LATE: "loaded"}
    hour.ingest(is_forced=True)
    assert hour.statuses() == {FIRST: "wrong_header", LATE: "loaded"}
    hour.ingest(replace(FEED, extra_columns="ignore"))
    assert hour.statuses() == {FIRST: "loaded", LATE: "loaded"}


def test_a_file_that_was_touched_keeps_its_rows_and_its_record_the_new_time(hour: Hour) -> None:
    before, first = hour.rows(FIRST), hour.record
    assert first is not None
    os.utime(hour.landing.root / FIRST, ns=(1, 1))
    record = hour.ingest(replace(FEED, timezone="Europe/Berlin"))
    assert the_same(hour.rows(FIRST), before)
    assert record == replace(first, files=(replace(first.files[0], modified_ns=1),))


def test_other_bytes_of_the_same_size_are_read(hour: Hour) -> None:
    path = hour.landing.root / FIRST
    path.write_bytes(path.read_bytes().replace(b"one", b"ONE"))
    os.utime(path, ns=(1, 1))
    record = hour.ingest()
    assert hour.rows(FIRST)[0]["call_id"].to_list() == ["ONE", "two"]
    assert [file.status_code for file in record.replaced] == ["replaced"]


def test_a_file_that_is_being_written_is_not_taken_for_the_one_that_was_read(hour: Hour) -> None:
    record = hour.ingest(unstable=frozenset({FIRST}))
    assert sorted(file.status_code for file in record.files) == ["kept_without_source", "still_being_written"]


def test_a_file_that_went_and_is_back_unchanged_keeps_its_rows(hour: Hour) -> None:
    before, first = hour.rows(FIRST), hour.record
    aside = hour.landing.root / "aside"
    (hour.landing.root / FIRST).rename(aside)
    hour.ingest()
    assert hour.statuses() == {FIRST: "kept_without_source"}
    aside.rename(hour.landing.root / FIRST)
    assert hour.ingest(replace(FEED, timezone="Europe/Berlin")) == first
    assert the_same(hour.rows(FIRST), before)


def test_undone_and_let_in_again_its_rows_are_those_that_were_read(hour: Hour) -> None:
    before, first = hour.rows(FIRST), hour.record
    assert first is not None
    other = replace(FEED, timezone="Europe/Berlin")
    out = hour.ingest(other, exclusions={first.files[0].sha256: "undone"})
    assert (out.part, out.aside is not None, hour.statuses()) == (None, True, {FIRST: "excluded"})
    assert hour.ingest(other) == first
    assert the_same(hour.rows(FIRST), before)


@pytest.mark.parametrize("damage", ["gone", "other bytes"])
def test_nothing_is_copied_from_a_part_that_is_not_what_was_written(hour: Hour, damage: str) -> None:
    first = hour.record
    assert first is not None
    assert first.part is not None
    path = hour.lake.root / first.part.key
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert hour.ingest() == first
    assert hour.lake.sha256(first.part.key) == first.part.sha256


@pytest.mark.parametrize("seed", range(8))
def test_files_that_come_one_after_the_other_give_the_bytes_of_all_at_once(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    files = {f"a/2026030210-{number}.csv": _some_file(number, rng) for number in range(rng.randrange(2, 9))}
    whole = Hour(tmp_path / "whole")
    for path, content in files.items():
        whole.landing.replace(path, content)
    expected = whole.ingest()
    hour = Hour(tmp_path / "one by one")
    waiting = list(files)
    rng.shuffle(waiting)
    while waiting:
        for _ in range(rng.randrange(1, 4)):
            if waiting:
                path = waiting.pop()
                hour.landing.replace(path, files[path])
        seen = [file.file_path for file in hour.record.files] if hour.record else []
        if seen and rng.random() < 0.5:
            os.utime(hour.landing.root / rng.choice(seen))
        tiny = Bounds(run_rows=40, memory_bytes=0, block_rows=8, slice_rows=20)
        hour.ingest(bounds=tiny if rng.random() < 0.5 else None, is_forced=rng.random() < 0.2)
    assert hour.record is not None
    assert (hour.record.part, hour.record.rejects) == (expected.part, expected.rejects)
    for part in expected.parts:
        assert hour.lake.read(part.key) == whole.lake.read(part.key)
    assert [_timeless(file) for file in hour.record.files] == [_timeless(file) for file in expected.files]


def _some_file(number: int, rng: random.Random) -> bytes:
    if rng.random() < 0.2:
        return (HEADER + "\n").encode() if rng.random() < 0.5 else b"\x1f\x8bnot packed"
    setups = [HOUR + timedelta(seconds=rng.randrange(5)) for _ in range(rng.randrange(100))]
    rows = [call(f"{number}-{row}", f"{setup:%Y-%m-%dT%H:%M:%SZ}") for row, setup in enumerate(setups)]
    return file_of([row if rng.random() < 0.9 else "not,a,row" for row in rows])


def _timeless(file: lake.FileRecord) -> lake.FileRecord:
    return replace(file, modified_ns=0, first_seen_at=HOUR)


def test_an_unchanged_file_is_not_opened(hour: Hour, monkeypatch: pytest.MonkeyPatch) -> None:
    hour.landing.replace(LATE, table(_ROWS))
    opened: list[str] = []
    for name in ("open", "read", "sha256"):
        original = getattr(Store, name)

        def noted(self: Store, key: str, original: Any = original) -> Any:
            opened.append(key)
            return original(self, key)

        monkeypatch.setattr(Store, name, noted)
    hour.ingest()
    assert {key for key in opened if key.startswith("a/")} == {LATE}


def test_of_the_hours_read_those_of_the_range_asked_for_are_read_anew(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site", {f"a/20260302{hour}.csv": table(_ROWS) for hour in (10, 11)})
    lake_store = Places.of(settings_of(site)).lake_store

    def read(forced: tuple[datetime, datetime] | None) -> list[list[str | None]]:
        steps.read_landing(steps.Run(settings_of(site), NOW, lambda _: None, lambda: NOW, forced))
        records = [lake.read_record(lake_store, lake.record_key("a", HOUR + timedelta(hours=n))) for n in (0, 1)]
        parts = [pl.read_parquet(lake_store.uri(record.part.key)) for record in records if record.part is not None]
        return [part["b_number"].to_list() for part in parts]

    as_it_is, changed = ["02071234567", "002071234567"], ["442071234567", "4402071234567"]
    assert read(None) == [as_it_is, as_it_is]
    path = site.root / "tollbook.toml"
    path.write_text(path.read_text().replace("[feeds.b]", 'country_code = "44"\nnational_prefix = "0"\n[feeds.b]'))
    assert read(None) == [as_it_is, as_it_is]
    for hour in (10, 11):
        drop(site, f"a/20260302{hour}-late.csv", table(_ROWS[:1]))
    both = [sorted([*as_it_is, changed[0]]), sorted([*changed, changed[0]])]
    assert [sorted(numbers) for numbers in read((HOUR + timedelta(hours=1),) * 2)] == both
