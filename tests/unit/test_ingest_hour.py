"""One drop hour's files become one part, its rejects and its record; reading them again changes nothing."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from pipelines import lake
from pipelines.columns import LEG_COLUMNS, REJECT_COLUMNS, SCHEMA_VERSION, polars_schema
from pipelines.formats import load_format
from pipelines.ingest import HourToRead, ingest_hour
from pipelines.lake import HourRecord
from pipelines.settings import Feed
from pipelines.storage import Store
from tests.support.small_site import HEADER, call, file_of

HOUR = datetime(2026, 3, 2, 10)
SEEN = datetime(2026, 3, 2, 11)
FEED = Feed("a", load_format("tollbook_csv", {}), "a/%Y%m%d%H*.csv")


@pytest.fixture
def landing(tmp_path: Path) -> Store:
    store = Store(tmp_path / "landing")
    store.replace(
        "a/2026030210-1.csv", file_of([call("late", "2026-03-02T10:40:00Z"), call("b", "2026-03-02T10:10:00Z")])
    )
    store.replace("a/2026030210-2.csv", file_of([call("first", "2026-03-02T09:59:00Z"), "not,a,row"]))
    return store


def ingest(landing: Store, data: Path, former: HourRecord | None = None, seen: datetime = SEEN) -> HourRecord:
    entries = [entry for entry in landing.list("a") if entry.is_file]
    return ingest_hour(landing, Store(data), HourToRead(FEED, HOUR, seen, entries, former=former))


def test_a_part_says_what_it_holds_and_every_column_its_unit_and_meaning(landing: Store, tmp_path: Path) -> None:
    record = ingest(landing, tmp_path / "data")
    assert record.part is not None
    file = pq.ParquetFile(tmp_path / "data" / record.part.key)
    assert file.schema_arrow.metadata[b"tollbook_schema_version"] == str(SCHEMA_VERSION).encode()
    assert b"One row per" in file.schema_arrow.metadata[b"grain"]
    for column in LEG_COLUMNS:
        field = file.schema_arrow.field(column.name)
        assert field.metadata == {b"unit": column.unit.encode(), b"description": column.description.encode()}
        assert field.nullable == column.nullable
    chunk = file.metadata.row_group(0).column(6)
    assert (chunk.compression, chunk.is_stats_set) == ("ZSTD", True)
    assert pl.read_parquet(tmp_path / "data" / record.part.key).schema == polars_schema(LEG_COLUMNS)


def test_the_record_names_part_rejects_and_what_became_of_each_file(landing: Store, tmp_path: Path) -> None:
    record = ingest(landing, tmp_path / "data")
    assert record.part is not None
    assert record.rejects is not None
    assert (record.part.row_count, record.rejects.row_count) == (3, 1)
    assert record.part.hours == {"2026-03-02T09": 1, "2026-03-02T10": 2}
    assert record.part.first_setup_at == datetime(2026, 3, 2, 9, 59)
    assert [(file.row_count, file.parsed_count, file.rejected_count) for file in record.files] == [(2, 2, 0), (2, 1, 1)]
    rows = pl.read_parquet(tmp_path / "data" / record.part.key)
    assert rows["setup_at"].is_sorted()
    assert rows["call_id"].to_list() == ["first", "b", "late"]
    rejects = pl.read_parquet(tmp_path / "data" / record.rejects.key)
    assert rejects.schema == polars_schema(REJECT_COLUMNS)
    assert rejects.select("line_number", "raw_text").row(0) == (3, "not,a,row")
    assert rejects["file_id"][0] == record.files[1].file_id


def test_a_record_is_read_back_as_it_was_written(landing: Store, tmp_path: Path) -> None:
    record = ingest(landing, tmp_path / "data")
    store = Store(tmp_path / "data")
    assert lake.read_record(store, lake.record_key("a", HOUR)) == record
    newer = json.loads(store.read(lake.record_key("a", HOUR))) | {"schema_version": SCHEMA_VERSION + 1}
    store.replace(lake.record_key("a", HOUR), json.dumps(newer).encode())
    with pytest.raises(lake.RecordVersionError, match=f"schema version {SCHEMA_VERSION + 1}"):
        lake.read_record(store, lake.record_key("a", HOUR))


def test_the_same_files_give_the_same_bytes_whenever_they_are_read(landing: Store, tmp_path: Path) -> None:
    one = ingest(landing, tmp_path / "one")
    other = ingest(landing, tmp_path / "other", seen=datetime(2027, 1, 1))
    assert one.part is not None
    assert other.part is not None
    assert one.part == other.part
    assert (tmp_path / "one" / one.part.key).read_bytes() == (tmp_path / "other" / other.part.key).read_bytes()


def test_reading_again_keeps_when_a_file_was_first_seen(landing: Store, tmp_path: Path) -> None:
    first = ingest(landing, tmp_path / "data")
    again = ingest(landing, tmp_path / "data", former=first, seen=datetime(2027, 1, 1))
    assert again == first


def test_a_former_part_goes_only_after_the_record_names_the_new_one(landing: Store, tmp_path: Path) -> None:
    first = ingest(landing, tmp_path / "data")
    landing.replace("a/2026030210-3.csv", file_of([call("third", "2026-03-02T10:20:00Z")]))
    second = ingest(landing, tmp_path / "data", former=first)
    assert first.part is not None
    assert second.part is not None
    store = Store(tmp_path / "data")
    assert [entry.key for entry in store.list("lake/cdr") if entry.is_file] == [second.part.key]
    assert first.part.key != second.part.key


def test_replaced_bytes_take_the_place_of_the_former_rows(landing: Store, tmp_path: Path) -> None:
    first = ingest(landing, tmp_path / "data")
    landing.replace("a/2026030210-2.csv", file_of([call("mended", "2026-03-02T10:30:00Z")]))
    second = ingest(landing, tmp_path / "data", former=first)
    assert second.rejects is None
    assert [file.status_code for file in second.files] == ["loaded", "loaded"]
    assert [(file.file_id, file.status_code) for file in second.replaced] == [(first.files[1].file_id, "replaced")]


def test_a_header_alone_is_a_quiet_hour(tmp_path: Path) -> None:
    quiet = Store(tmp_path / "quiet")
    quiet.replace("a/2026030210.csv", (HEADER + "\n").encode())
    record = ingest(quiet, tmp_path / "data")
    assert (record.part, record.rejects) == (None, None)
    assert [file.status_code for file in record.files] == ["loaded"]


def test_a_file_the_pipeline_may_not_read_is_told_and_tried_again(landing: Store, tmp_path: Path) -> None:
    entries = [*landing.list("a")]
    gone = next(entry for entry in entries if entry.key.endswith("-2.csv"))
    landing.delete(gone.key)
    record = ingest_hour(landing, Store(tmp_path / "data"), HourToRead(FEED, HOUR, SEEN, entries))
    assert [file.status_code for file in record.files] == ["loaded", "missing"]
    assert "missing" in lake.RETRIED_STATUSES
