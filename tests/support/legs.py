"""Legs for tests of what comes after reading: few words for a frame in the lake's columns.

Belongs here: defaults of a plain answered call.
Does not belong here: files and formats.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from pipelines import lake, parts
from pipelines.columns import LEG_COLUMNS, polars_schema
from pipelines.lake import FileRecord, HourRecord
from pipelines.storage import Store


def leg(call_id: str, setup_at: datetime, *, seconds: int = 30, **columns: object) -> dict[str, object]:
    """Return one leg of a call answered at once; any column may be given."""
    row: dict[str, object] = {
        "feed_id": "a",
        "file_id": "f",
        "line_number": 1,
        "call_id": call_id,
        "leg_id": f"{call_id}/1",
        "leg_number": 1,
        "setup_at": setup_at,
        "answered_at": setup_at,
        "ended_at": setup_at + timedelta(seconds=seconds),
        "is_answered": True,
        "answered_ms": seconds * 1000,
        "b_number": "4420",
        "b_number_raw": "4420",
        "account_code": "acme",
    }
    return row | columns


def frame(*legs: dict[str, object]) -> pl.DataFrame:
    """Return legs as the frame a reader gives."""
    return pl.DataFrame(list(legs), schema=polars_schema(LEG_COLUMNS))


def commit(store: Store, drop_hour: datetime, *legs: dict[str, object], feed_id: str = "a") -> HourRecord:
    """Write part and record of one drop hour, as an ingest of one file does."""
    part = parts.write_legs(store, feed_id, drop_hour, frame(*legs))
    count = len(legs)
    path = f"{feed_id}/{drop_hour:%Y%m%d%H}.csv"
    file = FileRecord("f", path, 1, 1, "0" * 64, drop_hour, "loaded", "", count, count, 0)
    record = HourRecord(feed_id, drop_hour, part, None, (file,))
    lake.write_record(store, record)
    return record
