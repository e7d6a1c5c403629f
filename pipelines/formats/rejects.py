"""Rejected rows as a frame: each with the first reason that applies, its detail and its line.

Belongs here: choosing the first reason, REJECT_COLUMNS.
Does not belong here: finding reasons (validate.py, rows.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines.columns import REJECT_COLUMNS, polars_schema
from pipelines.formats.encoding import STAND_INS, shown
from pipelines.formats.rows import LINE, RAW, Unreadable
from pipelines.formats.validate import Fault

_SCHEMA = polars_schema(REJECT_COLUMNS)
_SHOWN = (LINE, "reject_reason_code", "detail", RAW)


def faulty_rows(faults: Sequence[Fault], texts: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Return the rejects of rows that can be read.

    faults: in the order they count. texts: the columns their details are made of; lines: line_number and raw_text;
    both with one row per row that the masks of *faults* speak of.
    """
    parts = []
    claimed: pl.Series | None = None
    for fault in faults:
        mask = fault.mask if claimed is None else fault.mask & ~claimed
        claimed = mask if claimed is None else claimed | mask
        if not mask.any():
            continue
        # In one piece: polars panics in some expressions over a frame whose first chunk filter() left empty.
        some = lines.filter(mask).rechunk()
        detail = texts.filter(mask).rechunk().select(fault.detail.alias("detail"))["detail"]
        if detail.len() != some.height:  # a detail without a column is one value
            detail = detail.new_from_index(0, some.height)
        parts.append(
            some.with_columns(reject_reason_code=pl.lit(fault.code), detail=detail).select(
                LINE,
                "reject_reason_code",
                *(_readable(pl.col(name)) for name in ("detail", RAW)),
            )
        )
    return pl.concat(parts)


def unreadable_rows(rows: Sequence[Unreadable]) -> pl.DataFrame:
    """Return the rejects of rows without fields."""
    return pl.DataFrame(
        [(row.line_number, "unreadable_row", row.detail, row.raw_text) for row in rows],
        schema={name: _SCHEMA[name] for name in _SHOWN},
        orient="row",
    )


def _readable(text: pl.Expr) -> pl.Expr:
    broken = text.str.contains(f"{STAND_INS}|\0")
    return pl.when(broken).then(text.map_batches(_show_all, return_dtype=pl.String)).otherwise(text)


def _show_all(texts: pl.Series) -> pl.Series:
    return pl.Series(texts.name, [None if text is None else shown(text) for text in texts], dtype=pl.String)
