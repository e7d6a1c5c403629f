"""The one declaration of every column of the lake: name, type, unit, description.

Belongs here: what a leg and a reject look like at rest. Parquet schemas, polars schemas, dbt sources
and the docs render from it.
Does not belong here: how a column is read (formats/) or what it means in money (dbt_project/).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl
import pyarrow as pa

SCHEMA_VERSION = 1
"""Written into every part; raised when a column is added, removed or changes its meaning."""

ColumnType = Literal["text", "int32", "int64", "bool", "instant"]

_POLARS: dict[ColumnType, pl.DataType] = {
    "text": pl.String(),
    "int32": pl.Int32(),
    "int64": pl.Int64(),
    "bool": pl.Boolean(),
    "instant": pl.Datetime("us"),
}
# large_string because polars writes Parquet (both cores, one column each) and holds text so; at rest both are UTF8.
_ARROW: dict[ColumnType, pa.DataType] = {
    "text": pa.large_string(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "bool": pa.bool_(),
    "instant": pa.timestamp("us"),
}
SQL_TYPES: dict[ColumnType, str] = {
    "text": "string",
    "int32": "integer",
    "int64": "bigint",
    "bool": "boolean",
    "instant": "timestamp",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table at rest."""

    name: str
    type: ColumnType
    description: str
    unit: str = ""
    nullable: bool = True


LEG_COLUMNS: tuple[Column, ...] = (
    Column("feed_id", "text", "Feed of tollbook.toml that the file belongs to.", nullable=False),
    Column("file_id", "text", "File the row was read from; names a row of lake/files.", nullable=False),
    Column("line_number", "int64", "Line of the file the row stands on, from 1.", nullable=False),
    Column("call_id", "text", "What the switch calls the call; legs of one call share it.", nullable=False),
    Column("leg_id", "text", "What tells this leg from the others of its call.", nullable=False),
    Column("leg_number", "int32", "Order of the leg within its call, from 1.", nullable=False),
    Column("setup_at", "instant", "Start of the attempt.", "UTC", nullable=False),
    Column("ringing_at", "instant", "First ringing; null when it never rang or is not known.", "UTC"),
    Column("answered_at", "instant", "Answer; null when unanswered or not given.", "UTC"),
    Column("ended_at", "instant", "Release of the leg.", "UTC", nullable=False),
    Column("is_answered", "bool", "The answer signal as the format states it, never 'seconds > 0'.", nullable=False),
    Column(
        "answered_ms",
        "int64",
        "Time from answer to release as the switch gives it; wins over the instants for money. "
        "May be above 0 on an unanswered leg (anomaly talk_time_without_answer): not billed.",
        "milliseconds",
        nullable=False,
    ),
    Column("pdd_ms", "int64", "Post-dial delay: setup to first ringing of this leg.", "milliseconds"),
    Column("a_number", "text", "Calling number, normalised: 1 to 20 digits, else null."),
    Column("a_number_raw", "text", "Calling number as the file gives it; null where empty."),
    Column("b_number", "text", "Dialled number, normalised: 1 to 20 digits, else null."),
    Column("b_number_raw", "text", "Dialled number as the file gives it.", nullable=False),
    Column("account_code", "text", "Customer key, exact text; null where empty."),
    Column("tech_prefix", "text", "Customer key, exact text; null where empty."),
    Column("trunk", "text", "Customer key, exact text; null where empty."),
    Column("source_ip", "text", "Customer key, exact text; null where empty."),
    Column("carrier_key", "text", "What tells the carrier of the leg, exact text; null where empty."),
    Column("sip_status_code", "int32", "Final SIP status of the leg.", "SIP status code"),
    Column("q850_cause_code", "int32", "Release cause of the leg.", "Q.850 cause value"),
    Column("release_reason", "text", "Release reason in the switch's own words."),
    Column("dtmf_digit_count", "int32", "DTMF digits seen; null where they could not be observed.", "digits"),
)

REJECT_COLUMNS: tuple[Column, ...] = (
    Column("feed_id", "text", "Feed the file belongs to.", nullable=False),
    Column("file_id", "text", "File the row was read from.", nullable=False),
    Column("line_number", "int64", "Line of the file, from 1.", nullable=False),
    Column("reject_reason_code", "text", "First reason that applies.", nullable=False),
    Column("detail", "text", "The offending value and what would be right.", nullable=False),
    Column("raw_text", "text", "The line as it stands in the file; bytes that are no UTF-8 as \\xNN.", nullable=False),
)


def polars_schema(columns: tuple[Column, ...]) -> pl.Schema:
    """Return the polars schema of *columns*, in order."""
    return pl.Schema({column.name: _POLARS[column.type] for column in columns})


def arrow_schema(columns: tuple[Column, ...], grain: str) -> pa.Schema:
    """Return the Parquet schema of *columns* with unit and description in each field's metadata."""
    fields = [
        pa.field(
            column.name,
            _ARROW[column.type],
            nullable=column.nullable,
            metadata={"unit": column.unit, "description": column.description},
        )
        for column in columns
    ]
    return pa.schema(fields, metadata={"tollbook_schema_version": str(SCHEMA_VERSION), "grain": grain})
