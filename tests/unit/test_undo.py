"""What is undone stays out of the lake under whatever name it comes, is kept beside it, and can be let in again."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from assets import run as steps
from assets.places import Places
from assets.undoing import Action, UndoError, Undoing, undo
from pipelines import exclusions, lake
from pipelines.exclusions import Decision
from pipelines.lake import FileRecord, HourRecord
from pipelines.storage import Store
from tests.support.published import Site
from tests.support.small_site import AS_OF, call, drop, file_of, settings_of, small_site

GOOD = file_of([call("one", "2026-03-02T10:00:00Z"), call("two", "2026-03-02T10:30:00Z")])
BAD = file_of([call("test", "2026-03-02T10:10:00Z"), call("three", "2026-03-02T11:10:00Z"), "not,a,row"])
NOW = datetime(2026, 3, 2, 12, 30)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = small_site(tmp_path / "site", {"a/2026030210.csv": GOOD, "a/2026030210-bad.csv": BAD})
    read(made)
    return made


def read(site: Site) -> int:
    """Read landing; return how many drop hours were read."""
    return len(steps.read_landing(steps.Run(settings_of(site), AS_OF, lambda _: None, lambda: NOW)).records)


def decide(site: Site, name: str, action: Action = "undo") -> Undoing:
    settings = settings_of(site)
    return undo(settings, Places.of(settings), name, action, "test calls", who="me", now=NOW)


def store(site: Site) -> Store:
    return Places.of(settings_of(site)).lake_store


def records(site: Site) -> list[HourRecord]:
    return [lake.read_record(store(site), entry.key) for entry in store(site).list(lake.FILES) if entry.is_file]


def files(site: Site) -> dict[str, FileRecord]:
    return {file.file_path: file for record in records(site) for file in record.files}


def statuses(site: Site) -> dict[str, str]:
    return {path: file.status_code for path, file in files(site).items()}


def calls(site: Site) -> list[str]:
    frames = [pl.read_parquet(store(site).uri(record.part.key)) for record in records(site) if record.part]
    return sorted(name for frame in frames for name in frame["call_id"])


def rejects(site: Site) -> int:
    return sum(record.rejects.row_count for record in records(site) if record.rejects)


def test_undo_says_what_goes_and_the_next_reading_does_it(site: Site) -> None:
    (record,) = records(site)
    undoing = decide(site, "a/2026030210-bad.csv")
    (file,) = undoing.files
    assert (file.parsed_count, file.rejected_count, file.drop_hour_at.hour) == (2, 1, 10)
    assert (file.first_setup_at, file.last_setup_at) == (datetime(2026, 3, 2, 10, 10), datetime(2026, 3, 2, 11, 10))
    assert calls(site) == ["one", "test", "three", "two"]
    assert read(site) == 1
    assert (calls(site), rejects(site)) == (["one", "two"], 0)
    assert statuses(site)["a/2026030210-bad.csv"] == "excluded"
    assert "me" in files(site)["a/2026030210-bad.csv"].status_reason
    assert read(site) == 0
    assert decide(site, file.file_id).is_new is False
    assert decide(site, file.file_id, "revert").is_new
    assert read(site) == 1
    assert records(site) == [record]


def test_the_same_bytes_stay_out_under_another_name_and_for_a_warehouse_made_anew(site: Site) -> None:
    decide(site, "a/2026030210-bad.csv")
    drop(site, "a/2026030212-again.csv", BAD)
    read(site)
    assert calls(site) == ["one", "two"]
    shutil.rmtree(site.root / "var")
    assert read(site) == 0
    again = decide(site, files(site)["a/2026030212-again.csv"].file_id, "revert")
    assert [file.file_path for file in again.files] == ["a/2026030212-again.csv", "a/2026030210-bad.csv"]
    assert read(site) == 2
    assert set(statuses(site).values()) == {"loaded"}
    assert calls(site) == ["one", "test", "test", "three", "three", "two"]


def test_a_file_sent_for_the_first_time_after_its_bytes_were_undone_never_comes_in(site: Site) -> None:
    decide(site, "a/2026030210-bad.csv")
    read(site)
    (site.landing / "a" / "2026030210-bad.csv").unlink()
    drop(site, "a/2026030212-again.csv", BAD)
    assert read(site) == 1
    assert statuses(site)["a/2026030212-again.csv"] == "excluded"


def test_rows_come_back_when_landing_no_longer_has_the_file(site: Site) -> None:
    part = records(site)[0].part
    for _ in range(2):
        decide(site, "a/2026030210-bad.csv")
        read(site)
        assert (calls(site), rejects(site)) == (["one", "two"], 0)
        (site.landing / "a" / "2026030210-bad.csv").unlink(missing_ok=True)
        assert read(site) == 0
        decide(site, "a/2026030210-bad.csv", "revert")
        assert read(site) == 1
        assert records(site)[0].part == part
        assert rejects(site) == 1
        assert statuses(site)["a/2026030210-bad.csv"] == "kept_without_source"
    held = [entry.key for entry in store(site).list("lake") if entry.is_file and "aside" in entry.key]
    assert held == []
    decided = [entry.key.rpartition("/")[2] for entry in store(site).list("lake/exclusions") if entry.is_file]
    assert decided == ["000001.json", "000002.json", "000003.json", "000004.json"]


def test_a_file_that_went_before_it_was_undone_is_undone_all_the_same(site: Site) -> None:
    (site.landing / "a" / "2026030210-bad.csv").unlink()
    decide(site, "a/2026030210-bad.csv")
    assert read(site) == 1
    assert calls(site) == ["one", "two"]
    drop(site, "a/2026030210-more.csv", file_of([call("more", "2026-03-02T10:50:00Z")]))
    read(site)  # the hour is read for another reason: what is aside stays there
    assert calls(site) == ["more", "one", "two"]
    decide(site, "a/2026030210-bad.csv", "revert")
    read(site)
    assert calls(site) == ["more", "one", "test", "three", "two"]


def test_a_mended_file_under_the_name_of_an_undone_one_counts(site: Site) -> None:
    decide(site, "a/2026030210-bad.csv")
    read(site)
    drop(site, "a/2026030210-bad.csv", file_of([call("three", "2026-03-02T11:10:00Z")]))
    read(site)
    assert calls(site) == ["one", "three", "two"]
    drop(site, "a/2026030210-bad.csv", BAD)
    read(site)
    assert calls(site) == ["one", "two"]


def test_a_faulty_file_can_be_dismissed_and_looked_at_again(site: Site) -> None:
    drop(site, "a/2026030211.csv", b"\x1f\x8bnot unpacked")
    read(site)
    decide(site, "a/2026030211.csv")
    assert read(site) == 1
    assert statuses(site)["a/2026030211.csv"] == "excluded"
    decide(site, "a/2026030211.csv", "revert")
    assert read(site) == 1
    assert statuses(site)["a/2026030211.csv"] == "binary"


def test_stretches_of_a_growing_file_are_undone_one_or_all(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site", {"a/Master.csv": file_of([call("one", "2026-03-02T10:00:00Z")])})
    path = site.root / "tollbook.toml"
    path.write_text(path.read_text().replace('"a/%Y%m%d%H*.csv*"', '"a/Master.csv"\nappend = true'))
    read(site)
    with (site.landing / "a" / "Master.csv").open("a") as handle:
        handle.write(call("two", "2026-03-02T10:10:00Z") + "\n")
    read(site)
    second = records(site)[0].files[1]
    assert second.segment is not None
    assert second.segment.offset > 0
    decide(site, second.file_id)
    read(site)
    assert calls(site) == ["one"]
    assert len(decide(site, "a/Master.csv").files) == 2
    read(site)
    assert calls(site) == []
    with (site.landing / "a" / "Master.csv").open("a") as handle:
        handle.write(call("three", "2026-03-02T10:20:00Z") + "\n")
    read(site)
    assert calls(site) == ["three"]
    decide(site, "a/Master.csv", "revert")
    read(site)
    assert calls(site) == ["one", "three", "two"]


def test_a_feed_that_is_gone_from_the_configuration_is_told(site: Site) -> None:
    path = site.root / "tollbook.toml"
    path.write_text(path.read_text().replace('[feeds.a]\nformat = "tollbook_csv"\nfiles = "a/%Y%m%d%H*.csv*"\n', ""))
    with pytest.raises(UndoError, match="feed 'a'"):
        decide(site, "a/2026030210-bad.csv")
    assert exclusions.last_decisions(store(site)) == {}


def test_decisions_are_only_added_and_the_last_one_holds(tmp_path: Path) -> None:
    lake_store = Store(tmp_path)
    undone = Decision("abc", "undo", NOW, "me", "x", "a", "a/1.csv")
    back = Decision("abc", "revert", NOW, "you", "y", "a", "a/1.csv")
    assert not exclusions.decide(lake_store, back)
    assert exclusions.decide(lake_store, undone)
    assert not exclusions.decide(lake_store, undone)
    assert exclusions.in_force(lake_store) == {"abc": undone}
    assert exclusions.decide(lake_store, back)
    assert exclusions.in_force(lake_store) == {}
    assert exclusions.last_decisions(lake_store) == {"abc": back}
