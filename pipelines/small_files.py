"""Many small files read as one: the same rows and records as one by one, without the cost of beginning each time.

Belongs here: which files may be read together, and telling their rows apart again.
Does not belong here: reading one file (landed.py), what is done with the rows (ingest.py).

Files are read together only where nothing can be wrong with them as files: plain text in UTF-8 that begins with the
header of a file that was read well. One that gives a reject is left to be read on its own, and so is every other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import BinaryIO, cast

import polars as pl

from pipelines.entries import PACKED_SUFFIXES, Entry
from pipelines.formats import FileFault
from pipelines.formats.reading import read_legs
from pipelines.lake import FileRecord
from pipelines.landed import Reader

SMALL_BYTES = 256 << 10
TOGETHER_BYTES = 16 << 20

TakeMany = Callable[[pl.Series, pl.DataFrame], None]
"""Is given legs, and the number of the file of each."""


def may_be_read_together(entry: Entry) -> bool:
    """Say whether *entry* is one of those that others may be read with."""
    return entry.is_file and 0 < entry.size <= SMALL_BYTES and not entry.key.endswith(PACKED_SUFFIXES)


def read_together(reader: Reader, entries: Mapping[int, Entry], header: bytes, take: TakeMany) -> dict[int, FileRecord]:
    """Read those of *entries* that begin with the line *header*; return their records by number.

    What is not in the answer is to be read on its own.
    """
    bodies: dict[int, bytes] = {}
    hashes: dict[int, str] = {}
    for number, entry in entries.items():
        data = _bytes(reader, entry)
        first, _, body = data.partition(b"\n")
        if first.rstrip(b"\r") == header and _is_plain(data):
            hashes[number] = hashlib.sha256(data).hexdigest()
            bodies[number] = body if body.endswith(b"\n") or not body else body + b"\n"
    found = _rows(reader, header, bodies)
    if found is None:
        return {}
    numbers, legs, rejected = found
    wanted = bodies.keys() - rejected
    if rejected:
        is_wanted = ~numbers.is_in(sorted(rejected))
        numbers, legs = numbers.filter(is_wanted), legs.filter(is_wanted)
    take(numbers, legs)
    counts = dict(numbers.value_counts().iter_rows())
    return {
        number: reader.record(entries[number], hashes[number], counts.get(number, 0), 0) for number in sorted(wanted)
    }


def _bytes(reader: Reader, entry: Entry) -> bytes:
    """Return the bytes of a file that is now as it was listed, b"" for any other."""
    try:
        data = reader.landing.read(entry.key)
    except OSError:
        return b""
    return data if reader.landing.stat(entry.key) == entry else b""


def _is_plain(data: bytes) -> bool:
    try:
        return b"\0" not in data and bool(data.decode())
    except UnicodeDecodeError:
        return False


def _rows(
    reader: Reader, header: bytes, bodies: Mapping[int, bytes]
) -> tuple[pl.Series, pl.DataFrame, set[int]] | None:
    """Return the legs of *bodies* with their file's number each, and the numbers of files with a reject."""
    if not bodies:
        return None
    lines = [body.count(b"\n") for body in bodies.values()]
    ends = pl.Series(lines, dtype=pl.Int64).cum_sum() + 1  # the header is the first line
    starts = ends - pl.Series(lines, dtype=pl.Int64)
    names = pl.Series([*bodies], dtype=pl.Int32)
    stream = cast(BinaryIO, BytesIO(b"".join([header, b"\n", *bodies.values()])))
    numbers, legs, rejected = [], [], set[int]()
    try:
        for batch in read_legs(stream, file_id="", file_name="", feed=reader.feed, drop_hour=reader.drop_hour):
            place = ends.search_sorted(batch.legs["line_number"], side="left")
            numbers.append(names.gather(place))
            shift = starts.gather(place) - 1
            legs.append(batch.legs.with_columns(pl.col("line_number") - shift))
            rejected |= {*names.gather(ends.search_sorted(batch.rejects["line_number"], side="left"))}
    except FileFault:
        return None
    return (pl.concat(numbers), pl.concat(legs), rejected) if legs else None
