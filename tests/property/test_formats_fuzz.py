"""Ten thousand spoiled files of each format: none crashes the reader or hangs it, and every row is accounted for.

Belongs here: the laws that hold of any bytes whatever.
Does not belong here: how files are spoiled (tests/samples/formats/fuzz.py), what single faults are called (unit).

A failure names format and seed; fuzz("asterisk_csv", 123) repeats it.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import get_args

import pyarrow as pa
import pytest

from pipelines.columns import LEG_COLUMNS, REJECT_COLUMNS, polars_schema
from pipelines.formats import FileFault, FormatDeclaration
from pipelines.formats.faults import FileStatus
from pipelines.formats.reading import read_legs
from tests.samples.formats.fuzz import FORMATS, fuzzed_file
from tests.samples.formats.reading import DROP_HOUR, Outcome
from tests.samples.formats.reading import read as read_rows

FILE_COUNT = 10_000
STATUSES = frozenset(get_args(FileStatus))
LEGS, REJECTS = polars_schema(LEG_COLUMNS), polars_schema(REJECT_COLUMNS)
SLOWEST_SECONDS = 30


@dataclass
class Read:
    """What became of a file: its status, the lines of legs and of rejects with their texts."""

    status: str = "loaded"
    legs: list[int] = field(default_factory=list)
    rejects: dict[int, str] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)


def fuzz(name: str, seed: int) -> Read:
    """Read the file of *seed* and hold it against the laws."""
    of = FORMATS[name]
    file_name, content = fuzzed_file(of, seed)
    read = Read()
    try:
        for batch in read_legs(
            io.BytesIO(content),
            file_id="file-1",
            file_name=file_name,
            feed=of.feed,
            drop_hour=DROP_HOUR,
            chunk_bytes=(64, 4096, 1 << 24, 1 << 24)[seed % 4],
        ):
            assert batch.legs.schema == LEGS
            assert batch.rejects.schema == REJECTS
            assert not any(batch.legs[column.name].null_count() for column in LEG_COLUMNS if not column.nullable)
            read.legs += batch.legs["line_number"].to_list()
            lines, texts = batch.rejects["line_number"].to_list(), batch.rejects["raw_text"].to_list()
            assert len(set(lines)) == len(lines)
            assert not read.rejects.keys() & set(lines)
            read.rejects.update(zip(lines, texts, strict=True))
            assert all(batch.rejects["detail"].to_list())
            read.reasons.update(batch.rejects["reject_reason_code"].to_list())
    except FileFault as fault:
        return Read(fault.status_code if fault.reason else "without a reason")
    text = unpacked(file_name, content).removeprefix(b"\xef\xbb\xbf")
    lines = sorted([*read.legs, *read.rejects])
    if of.feed.format.kind == "json":
        check_documents(text, read)
    else:
        assert lines == row_lines(text, of.feed.format)
    return read


def unpacked(file_name: str, content: bytes) -> bytes:
    """Unpack as Python does; a file that was loaded must be whole."""
    if file_name.endswith(".gz"):
        return gzip.decompress(content)
    if file_name.endswith(".zst"):
        with pa.CompressedInputStream(pa.BufferReader(content), "zstd") as stream:
            return bytes(stream.read())
    return content


def row_lines(text: bytes, of: FormatDeclaration) -> list[int]:
    """Return the numbers of the lines that are rows."""
    no_rows = [one.encode() for one in of.comments]
    if of.trailer is not None:
        no_rows.append(of.trailer.begins.encode())
    lines = text.split(b"\n")
    found = []
    for number, line in enumerate(lines, start=1):
        is_blank = not line.decode(errors="replace").strip()
        if not is_blank and not line.startswith(tuple(no_rows)):
            found.append(number)
    return found[1:] if of.has_header else found


def check_documents(text: bytes, read: Read) -> None:
    """Every byte is in exactly one row, or white space, or belongs to the list around the rows."""
    whole = text.replace(b"\r\n", b"\n").decode(errors="replace")
    lines = whole.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    at = 0
    for number in sorted([*read.legs, *read.rejects]):
        begin = starts[number - 1]
        assert begin >= at or number == 1, f"row {number} begins inside the one before"
        gap = re.compile(r"[\s,\[\]]*").fullmatch(whole, at, max(begin, at))
        assert gap, f"{whole[at:begin][:80]!r} before row {number} is in no row"
        if number in read.rejects:
            at = starts[number - 1 + read.rejects[number].count("\n") + 1] - 1
        else:
            begin = whole.index("{", begin)
            at = json.JSONDecoder().raw_decode(whole, begin)[1]
    assert re.compile(r"[\s,\[\]]*").fullmatch(whole, at), f"{whole[at:][:80]!r} is in no row"


def run(name: str, seeds: range) -> None:
    counts: Counter[str] = Counter()
    for seed in seeds:
        begun = time.monotonic()
        try:
            read = fuzz(name, seed)
        except BaseException as fault:
            fault.add_note(f"repeat with: fuzz({name!r}, {seed})")
            raise
        assert read.status == "loaded" or read.status in STATUSES
        counts[read.status] += 1
        counts.update(read.reasons)
        counts["legs"] += len(read.legs)
        assert time.monotonic() - begun < SLOWEST_SECONDS, f"fuzz({name!r}, {seed}) hangs"
    # Files that are all refused, or all well, would prove nothing.
    assert counts["loaded"] > len(seeds) // 4, counts
    assert counts["legs"] > len(seeds) // 4, counts
    assert counts["unreadable_row"], counts
    assert len(counts) > 8, counts


def outcome(name: str, seed: int, chunk_bytes: int) -> Outcome | str:
    file_name, content = fuzzed_file(FORMATS[name], seed)
    try:
        return read_rows(content, FORMATS[name].feed, name=file_name, chunk_bytes=chunk_bytes)
    except FileFault as fault:
        return str(fault)


@pytest.mark.parametrize("name", FORMATS)
def test_how_much_is_read_at_once_changes_nothing(name: str) -> None:
    for seed in range(30):
        for size in (1, 100):
            assert outcome(name, seed, size) == outcome(name, seed, 1 << 24), f"outcome({name!r}, {seed}, {size})"


@pytest.mark.parametrize("name", FORMATS)
def test_a_tenth_of_the_spoiled_files_accounts_for_every_row(name: str) -> None:
    run(name, range(FILE_COUNT // 10))


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_spoiled_files_account_for_every_row(name: str) -> None:
    run(name, range(FILE_COUNT // 10, FILE_COUNT))
