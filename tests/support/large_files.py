"""Large tollbook_csv files made in seconds: plausible rows of one hour, nearly in the order of their setup.

Belongs here: rows without meaning but with the width, order and spread of a switch's.
Does not belong here: rows somebody rates (pipelines/demo), what is measured with them (bench/).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl

HOUR = datetime(2026, 3, 2, 10)
ROW_BYTES = 164
"""What a row takes, about."""

_AT_ONCE = 250_000
_SPAN_MS = 3_600_000


def write_large_file(path: Path, row_count: int) -> None:
    """Write *row_count* answered and unanswered legs of HOUR to *path*; the same count gives the same bytes."""
    with path.open("wb") as stream:
        for first in range(0, row_count, _AT_ONCE):
            rows = large_rows(first, min(_AT_ONCE, row_count - first), row_count)
            rows.write_csv(stream, include_header=first == 0)


def large_rows(first: int, count: int, total: int) -> pl.DataFrame:
    """Return rows *first* to *first* + *count* of *total*, as text columns of tollbook_csv."""
    number = pl.col("number")

    def chance(seed: int, below: int) -> pl.Expr:
        return (number.hash(seed) % below).cast(pl.Int64)

    def instant(name: str) -> pl.Expr:
        return pl.from_epoch(name, time_unit="ms").dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")

    begin = (HOUR - datetime(1970, 1, 1)) // (datetime(1970, 1, 1, 0, 0, 1) - datetime(1970, 1, 1)) * 1000
    rows = pl.DataFrame({"number": pl.int_range(first, first + count, eager=True)}).with_columns(
        setup=begin + number * _SPAN_MS // total + chance(1, 60_000) - 30_000, is_answered=chance(2, 100) < 55
    )
    rows = rows.with_columns(ringing=pl.col("setup") + 500 + chance(3, 5_500))
    rows = rows.with_columns(answered=pl.col("ringing") + 500 + chance(4, 20_000), talk=chance(5, 600_000))
    rows = rows.with_columns(
        ended=pl.when("is_answered")
        .then(pl.col("answered") + pl.col("talk"))
        .otherwise(pl.col("ringing") + 1_000 + chance(6, 30_000))
    )
    return rows.select(
        call_id=pl.format("{}-{}", chance(7, 10**12), number),
        leg_id=pl.lit("1"),
        leg_number=pl.lit("1"),
        setup_at=instant("setup"),
        ringing_at=instant("ringing"),
        answered_at=pl.when("is_answered").then(instant("answered")),
        ended_at=instant("ended"),
        answered_ms=pl.when("is_answered").then("talk").otherwise(0),
        a_number=pl.format("44{}", chance(8, 9 * 10**9) + 10**9),
        b_number=pl.format("49{}", chance(9, 9 * 10**9) + 10**9),
        account_code=pl.format("acct{}", chance(10, 500)),
        carrier_key=pl.format("car{}", chance(11, 20)),
        sip_status_code=pl.when("is_answered").then(200).otherwise(480 + chance(12, 8)),
        dtmf_digit_count=pl.lit(0),
    )
