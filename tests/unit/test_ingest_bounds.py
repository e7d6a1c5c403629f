"""However little is held in memory, the same files give the same bytes; what a faulty file gave does not count."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from pipelines.formats import load_format
from pipelines.formats.reading import read_legs
from pipelines.ingest import HourToRead, ingest_hour
from pipelines.lake import HourRecord
from pipelines.settings import Feed
from pipelines.spool import Bounds
from pipelines.storage import Store
from tests.support.small_site import HEADER, call, file_of

HOUR = datetime(2026, 3, 2, 10)
FEED = Feed("a", load_format("tollbook_csv", {}), "a/%Y%m%d%H*.csv")
TINY = Bounds(run_rows=70, memory_bytes=0, block_rows=8, slice_rows=20)


def _file(number: int, rows: int, rng: random.Random, spread_seconds: int = 3600) -> bytes:
    lines = []
    for row in range(rows):
        setup = HOUR + timedelta(seconds=rng.randrange(spread_seconds))
        lines.append(call(f"{number}-{row}", f"{setup:%Y-%m-%dT%H:%M:%SZ}") if rng.random() < 0.9 else "not,a,row")
    return file_of(lines)


def _ingest(landing: Store, data: Path, bounds: Bounds | None, former: HourRecord | None = None) -> HourRecord:
    entries = [entry for entry in landing.list("a") if entry.is_file]
    return ingest_hour(landing, Store(data), HourToRead(FEED, HOUR, HOUR, entries, former=former), bounds)


def _leftovers(data: Path) -> list[str]:
    return [path.name for path in data.rglob(".tmp-*")]


@pytest.mark.parametrize("spread_seconds", [3600, 60, 1])
def test_rows_that_do_not_fit_in_memory_give_the_same_bytes(tmp_path: Path, spread_seconds: int) -> None:
    rng = random.Random(spread_seconds)
    landing = Store(tmp_path / "landing")
    for number in range(5):
        landing.replace(f"a/2026030210-{number}.csv", _file(number, 100, rng, spread_seconds))
    whole = _ingest(landing, tmp_path / "whole", None)
    assert whole.part is not None
    assert whole.rejects is not None
    for bounds in (
        TINY,
        replace(TINY, memory_bytes=1 << 30),
        replace(TINY, run_rows=10_000),
        replace(TINY, run_rows=1),
    ):
        assert _ingest(landing, tmp_path / "other", bounds) == whole
        for part in (whole.part, whole.rejects):
            assert (tmp_path / "other" / part.key).read_bytes() == (tmp_path / "whole" / part.key).read_bytes()
        assert _leftovers(tmp_path / "other") == []
    rows = pl.read_parquet(tmp_path / "whole" / whole.part.key)
    names = {file.file_id: file.file_path for file in whole.files}
    keys = [(row[0], names[row[1]], row[2]) for row in rows.select("setup_at", "file_id", "line_number").rows()]
    assert keys == sorted(keys)
    assert rows.height + whole.rejects.row_count == 500


def test_row_groups_have_one_size_however_the_rows_came(tmp_path: Path) -> None:
    rows = [call(f"c{number}", "2026-03-02T10:00:00Z") for number in range(2000)]
    landing = Store(tmp_path / "landing")
    for number in range(70):
        landing.replace(f"a/2026030210-{number:02}.csv", file_of(rows))
    bounds = Bounds(run_rows=33_000, memory_bytes=1 << 22, block_rows=5_000, slice_rows=7_000)
    whole, other = _ingest(landing, tmp_path / "whole", None), _ingest(landing, tmp_path / "other", bounds)
    assert whole.part is not None
    assert whole == other
    metadata = pq.ParquetFile(tmp_path / "other" / whole.part.key).metadata
    groups = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    assert groups == [65_536, 65_536, 140_000 - 2 * 65_536]


def test_what_a_file_gave_before_its_fault_is_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def in_small_chunks(*arguments: object, **options: object) -> object:
        return read_legs(*arguments, **options, chunk_bytes=100_000)  # type: ignore[arg-type]

    monkeypatch.setattr("pipelines.landed.read_legs", in_small_chunks)
    landing = Store(tmp_path / "landing")
    good = _file(1, 100, random.Random(1))
    landing.replace("a/2026030210-1.csv", good)
    alone = _ingest(landing, tmp_path / "alone", TINY)
    header, rows = _file(2, 1000, random.Random(2)).split(b"\n", 1)
    cut = _cut_gzip(header + b"\n" + rows * 50)  # megabytes, so that rows come before the end is missed
    landing.replace("a/2026030210-0.csv.gz", cut)
    landing.replace("a/2026030210-2.csv.gz", cut)
    both = _ingest(landing, tmp_path / "both", replace(TINY, run_rows=5_000, block_rows=1_000, slice_rows=3_000))
    assert [(file.status_code, file.row_count) for file in both.files] == [
        ("truncated", 0),
        ("loaded", 100),
        ("truncated", 0),
    ]
    assert (both.part, both.rejects) == (alone.part, alone.rejects)
    assert _leftovers(tmp_path / "both") == []


def _cut_gzip(data: bytes) -> bytes:
    import gzip

    return gzip.compress(data, mtime=0)[:-12]


def test_rows_kept_without_their_source_come_back_in_stretches(tmp_path: Path) -> None:
    landing = Store(tmp_path / "landing")
    rng = random.Random(5)
    for number in range(3):
        landing.replace(f"a/2026030210-{number}.csv", _file(number, 200, rng))
    first = _ingest(landing, tmp_path / "data", TINY)
    landing.delete("a/2026030210-1.csv")
    second = _ingest(landing, tmp_path / "data", TINY, former=first)
    assert (second.part, second.rejects) == (first.part, first.rejects)
    assert [file.status_code for file in second.files] == ["loaded", "kept_without_source", "loaded"]


def test_an_hour_without_rows_has_no_part(tmp_path: Path) -> None:
    landing = Store(tmp_path / "landing")
    landing.replace("a/2026030210.csv", (HEADER + "\n").encode())
    record = _ingest(landing, tmp_path / "data", TINY)
    assert record.parts == ()
