"""Many small files give what each of them gives alone: the same record, the same rows, the same rejects and lines."""

from __future__ import annotations

import gzip
import random
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines import small_files
from pipelines.formats import load_format
from pipelines.ingest import HourToRead, ingest_hour
from pipelines.lake import HourRecord
from pipelines.settings import Feed
from pipelines.storage import Store
from tests.support.small_site import HEADER, call, file_of

HOUR = datetime(2026, 3, 2, 10)
FEED = Feed("a", load_format("tollbook_csv", {}), "a/*")


def row(name: str) -> str:
    return call(name, "2026-03-02T10:00:00Z")


def turned(data: bytes) -> bytes:
    """Return the file with its columns the other way round."""
    return "\n".join(",".join(reversed(line.split(","))) for line in data.decode().splitlines()).encode()


FILES: dict[str, bytes] = {
    "good": file_of([row("1"), row("2")]),
    "none": (HEADER + "\n").encode(),
    "bare": HEADER.encode(),
    "last line open": file_of([row("3")]).rstrip(b"\n"),
    "carriage returns": file_of([row("4"), row("5")]).replace(b"\n", b"\r\n"),
    "carriage returns, last line open": file_of([row("6"), row("7")]).replace(b"\n", b"\r\n")[:-1],
    "a reject": file_of([row("8"), "not,a,row", row("9")]),
    "blank lines": file_of(["", row("10"), "", "", row("11"), ""]),
    "blank first": b"\n" + file_of([row("12")]),
    "mark": b"\xef\xbb\xbf" + file_of([row("13")]),
    "turned": turned(file_of([row("14"), row("15")])),
    "latin": file_of([row("16")]) + "caf\u00e9,1,2\n".encode("latin-1"),
    "nul": file_of([row("17")]) + b"\0\n",
    "open quote": file_of([row("18"), '"open,1', row("19")]),
    "empty": b"",
    "blank": b"\n\n",
    "other": b"who,when\nme,now\n",
    "header twice": (HEADER + "\n").encode() + file_of([row("20")]),
    "packed.gz": gzip.compress(file_of([row("21")]), mtime=0),
    "binary": b"PK\x03\x04" + bytes(range(256)),
    "copy of good": file_of([row("1"), row("2")]),
}


def ingest(landing: Store, data: Path, former: HourRecord | None = None) -> HourRecord:
    entries = [entry for entry in landing.list("a") if entry.is_file]
    return ingest_hour(landing, Store(data), HourToRead(FEED, HOUR, HOUR, entries, former=former))


def rows_of(record: HourRecord, data: Path) -> list[list[tuple[object, ...]]]:
    return [
        pl.read_parquet(data / part.key).sort("file_id", "line_number").rows() if part is not None else []
        for part in (record.part, record.rejects)
    ]


@pytest.mark.parametrize("seed", range(4))
def test_files_read_together_give_what_each_gives_alone(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if seed == 3:
        monkeypatch.setattr("pipelines.ingest.TOGETHER_BYTES", 400)  # many groups instead of one
    names = list(FILES)
    random.Random(seed).shuffle(names)
    whole = Store(tmp_path / "whole")
    alone: list[HourRecord] = []
    rows: list[list[tuple[object, ...]]] = [[], []]
    for number, name in enumerate(names):
        key = f"a/{number:03} {name}"
        whole.replace(key, FILES[name])
        single = Store(tmp_path / f"single-{number}")
        single.replace(key, FILES[name])
        alone.append(ingest(single, tmp_path / "alone"))
        for all_rows, some in zip(rows, rows_of(alone[-1], tmp_path / "alone"), strict=True):
            all_rows.extend(some)
    record = ingest(whole, tmp_path / "data")
    expected = [replace(file, modified_ns=0) for one in alone for file in one.files]
    assert [replace(file, modified_ns=0) for file in record.files] == expected
    assert rows_of(record, tmp_path / "data") == [sorted(some, key=lambda one: one[1:3]) for some in rows]


def test_small_files_are_read_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    together = small_files.read_together

    def counted(*arguments: object) -> object:
        found = together(*arguments)  # type: ignore[arg-type]
        calls.append(len(found))
        return found

    monkeypatch.setattr("pipelines.ingest.read_together", counted)
    landing = Store(tmp_path / "landing")
    for number in range(30):
        landing.replace(f"a/{number:02}", file_of([row(str(number))]))
    record = ingest(landing, tmp_path / "data")
    assert calls == [29]
    assert record.part is not None
    assert record.part.row_count == 30
    for number in range(20):
        landing.delete(f"a/{number:02}")
    again = ingest(landing, tmp_path / "data", record)
    assert again.part == record.part
    assert [file.status_code for file in again.files] == ["kept_without_source"] * 20 + ["loaded"] * 10
