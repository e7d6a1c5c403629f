"""A file that grows is read once, byte by byte, line by line, whatever its hours, its rotations and its last line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import polars as pl
import pytest

from assets import run as steps
from assets.places import Places
from pipelines import lake
from pipelines.growing import EDGE_BYTES
from pipelines.lake import FileRecord, HourRecord
from pipelines.storage import Store
from tests.support.published import Site
from tests.support.small_site import HEADER, call, settings_of, small_site

FIRST_HOUR = datetime(2026, 3, 2, 10)


class Grower:
    """A site with one growing feed and a clock of its own."""

    def __init__(self, root: Path, files: str = "a/Master.csv") -> None:
        self.site: Site = small_site(root, {})
        path = self.site.root / "tollbook.toml"
        path.write_text(path.read_text().replace('"a/%Y%m%d%H*.csv*"', f'"{files}"\nappend = true'))
        self.file = self.site.landing / "a" / "Master.csv"
        self.file.parent.mkdir(parents=True)
        self.store: Store = Places.of(settings_of(self.site)).lake_store

    def read(self, hour: int = 0, forced: Sequence[int] | None = None) -> steps.ReadReport:
        now = FIRST_HOUR + timedelta(hours=hour, minutes=5)
        span = (
            None
            if forced is None
            else (FIRST_HOUR + timedelta(hours=forced[0]), FIRST_HOUR + timedelta(hours=forced[1]))
        )
        run = steps.Run(settings_of(self.site), now.replace(minute=0), lambda _: None, lambda: now, span)
        return steps.read_landing(run)

    def append(self, text: str) -> None:
        with self.file.open("a", newline="") as handle:
            handle.write(text)

    def record(self, hour: int = 0) -> HourRecord:
        return lake.read_record(self.store, lake.record_key("a", FIRST_HOUR + timedelta(hours=hour)))

    def records(self) -> list[HourRecord]:
        keys = [entry.key for entry in self.store.list(lake.FILES) if entry.is_file]
        return [lake.read_record(self.store, key) for key in keys]

    def files(self) -> list[FileRecord]:
        return [file for record in self.records() for file in record.files]

    def legs(self) -> list[tuple[str, int]]:
        """Return call and line of every leg of the lake, in the order of lines."""
        frames = [pl.read_parquet(self.store.uri(record.part.key)) for record in self.records() if record.part]
        rows = [row for frame in frames for row in frame.select("call_id", "line_number").rows()]
        return sorted(rows, key=lambda row: (row[1], row[0]))

    def rejects(self) -> list[tuple[int, str]]:
        frames = [pl.read_parquet(self.store.uri(record.rejects.key)) for record in self.records() if record.rejects]
        return sorted(row for frame in frames for row in frame.select("line_number", "raw_text").rows())


def line(name: str, second: int = 0) -> str:
    return call(name, f"2026-03-02T09:00:{second:02}Z") + "\n"


@pytest.fixture
def grower(tmp_path: Path) -> Grower:
    return Grower(tmp_path / "site")


def places(files: Sequence[FileRecord]) -> list[tuple[int, int, int]]:
    return [(file.segment.offset, file.size_bytes, file.row_count) for file in files if file.segment is not None]


def test_each_run_reads_what_is_new_and_names_the_true_lines(grower: Grower) -> None:
    grower.append("\n" + HEADER + "\n" + line("one"))
    grower.read(0)
    begin = grower.file.stat().st_size
    grower.append(line("two") + "not,a,row\n\n")
    grower.read(1)
    middle = grower.file.stat().st_size
    grower.append(line("three"))
    grower.read(3)
    assert grower.legs() == [("one", 3), ("two", 4), ("three", 7)]
    assert grower.rejects() == [(5, "not,a,row")]
    end = grower.file.stat().st_size
    assert places(grower.files()) == [(0, begin, 1), (begin, middle - begin, 2), (middle, end - middle, 1)]
    assert [record.drop_hour.hour for record in grower.records()] == [10, 11, 13]
    assert len({file.file_id for file in grower.files()}) == 3
    assert {file.status_code for file in grower.files()} == {"loaded"}
    assert grower.read(4).records == ()


def test_a_line_without_its_newline_waits_and_is_no_work(grower: Grower) -> None:
    grower.append(HEADER + "\n" + line("one") + line("two")[:20])
    grower.read(0)
    assert grower.legs() == [("one", 2)]
    assert grower.read(1).records == ()
    grower.append(line("two")[20:])
    grower.read(2)
    assert grower.legs() == [("one", 2), ("two", 3)]


def test_a_header_still_being_written_waits(grower: Grower) -> None:
    grower.append(HEADER[:10])
    assert grower.read(0).records == ()
    grower.append(HEADER[10:] + "\n")
    grower.read(1)
    grower.append(line("one"))
    grower.read(2)
    assert grower.legs() == [("one", 2)]


def test_two_looks_in_one_hour_leave_two_segments_and_one_part(grower: Grower) -> None:
    grower.append(HEADER + "\n" + line("one", 30))
    grower.read(0)
    grower.append(line("two", 10))
    grower.read(0)
    record = grower.record(0)
    assert [file.status_code for file in record.files] == ["loaded", "loaded"]
    assert record.part is not None
    assert record.part.row_count == 2
    assert grower.legs() == [("one", 2), ("two", 3)]


def test_reading_hours_again_reads_the_same_bytes_to_the_same_bytes(grower: Grower) -> None:
    grower.append(HEADER + "\n" + line("one"))
    grower.read(0)
    grower.append(line("two") + "not,a,row\n")
    grower.read(1)
    grower.append(line("three"))
    grower.read(1)
    before = grower.records()
    grower.append(line("four"))
    grower.read(5, forced=(0, 1))
    assert grower.records()[:2] == before
    assert grower.legs() == [("one", 2), ("two", 3), ("three", 5), ("four", 6)]


@pytest.mark.parametrize("size", ["shorter", "longer"])
def test_a_file_that_began_anew_is_read_from_its_start_and_nothing_is_lost(grower: Grower, size: str) -> None:
    grower.append(HEADER + "\n" + line("one") + line("two"))
    grower.read(0)
    first = grower.record(0)
    fresh = [line("three")] if size == "shorter" else [line(f"three{number}") for number in range(5)]
    grower.file.write_text(HEADER + "\n" + "".join(fresh))
    grower.read(1)
    grower.append(line("four"))
    grower.read(2)
    assert {"one", "two", "four"} < {name for name, _ in grower.legs()}
    assert len(grower.legs()) == 3 + len(fresh)
    assert ("four", len(fresh) + 2) in grower.legs()
    assert [file.segment.generation for file in grower.files() if file.segment] == [0, 1, 1]
    # The former rows can no longer be read again: they are kept, and the same bytes come out.
    grower.read(3, forced=(0, 0))
    assert [file.status_code for file in grower.record(0).files] == ["kept_without_source"]
    assert grower.record(0).part == first.part


def test_the_same_lines_after_a_rotation_are_another_file(grower: Grower) -> None:
    grower.append(HEADER + "\n" + line("one"))
    grower.read(0)
    grower.append(line("two"))
    grower.read(0)
    grower.file.write_text(HEADER + "\n" + line("one"))
    grower.read(0)
    assert len({file.file_id for file in grower.record(0).files}) == 3
    assert grower.legs() == [("one", 2), ("one", 2), ("two", 3)]


def test_a_growing_file_gone_from_landing_keeps_its_rows_and_goes_on_when_it_is_back(grower: Grower) -> None:
    grower.append(HEADER + "\n" + line("one"))
    grower.read(0)
    content = grower.file.read_text()
    grower.file.unlink()
    assert grower.read(1).records == ()
    grower.file.write_text(content + line("two"))
    grower.read(2)
    assert grower.legs() == [("one", 2), ("two", 3)]
    assert len(grower.files()) == 2


def test_a_run_looks_at_a_few_bytes_of_what_it_knows(grower: Grower, monkeypatch: pytest.MonkeyPatch) -> None:
    grower.append(HEADER + "\n" + "".join(line(f"c{number}") for number in range(5000)))
    grower.read(0)
    known = grower.file.stat().st_size
    grower.append(line("new"))
    seen = 0

    class Counting:
        def __init__(self, stream: object) -> None:
            self._stream = stream

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            self._stream.close()  # type: ignore[attr-defined]

        def __getattr__(self, name: str) -> object:
            return getattr(self._stream, name)

        def read(self, size: int = -1) -> bytes:
            nonlocal seen
            data: bytes = self._stream.read(size)  # type: ignore[attr-defined]
            seen += len(data)
            return data

    opened = Store.open
    monkeypatch.setattr(
        Store, "open", lambda self, key: Counting(opened(self, key)) if key == "a/Master.csv" else opened(self, key)
    )
    grower.read(1)
    assert grower.legs()[-1] == ("new", 5002)
    assert 0 < seen < 5 * EDGE_BYTES < known


def test_a_stretch_of_another_format_is_told_once_and_taken_when_it_is_mended(grower: Grower) -> None:
    os.utime(grower.file.parent)
    grower.file.write_text("these;are;no\ncall;detail;records\n")
    grower.read(0)
    assert [(file.status_code, file.row_count) for file in grower.files()] == [("wrong_header", 0)]
    assert grower.read(1).records == ()
    grower.file.write_text(HEADER + "\n" + line("one"))
    grower.read(2)
    assert [(file.status_code, file.row_count) for file in grower.files()] == [("loaded", 1)]


def test_packed_files_and_folders_are_told(tmp_path: Path) -> None:
    grower = Grower(tmp_path / "site", "a/Master*")
    (grower.file.parent / "Master.csv.gz").write_bytes(b"\x1f\x8b")
    (grower.file.parent / "Master-folder").mkdir()
    grower.append(HEADER + "\n" + line("one"))
    grower.read(0)
    assert {file.file_path: file.status_code for file in grower.files()} == {
        "a/Master.csv": "loaded",
        "a/Master.csv.gz": "wrong_format",
        "a/Master-folder": "not_a_file",
    }
    grower.append(line("two"))
    grower.read(0)  # the same hour: what was told stays told
    assert sorted(file.status_code for file in grower.files()) == ["loaded", "loaded", "not_a_file", "wrong_format"]
    (grower.file.parent / "Master-folder").rmdir()
    (grower.file.parent / "Master.csv.gz").unlink()
    grower.read(1)
    assert {file.status_code for file in grower.files()} == {"loaded"}


def test_a_record_of_before_there_were_segments_is_read(grower: Grower) -> None:
    grower.append(HEADER + "\n" + line("one"))
    grower.read(0)
    key = lake.record_key("a", FIRST_HOUR)
    import json

    raw = json.loads(grower.store.read(key))
    for name in ("aside", "aside_rejects"):
        del raw[name]
    del raw["files"][0]["segment"]
    grower.store.replace(key, json.dumps(raw).encode())
    (file,) = grower.record(0).files
    assert file == replace(file, segment=None)
