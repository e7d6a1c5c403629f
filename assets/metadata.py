"""What a person reads of a run in Dagster's UI.

Belongs here: figures and previews as Dagster metadata.
Does not belong here: computing the figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dagster as dg

from assets.places import Places
from pipelines.columns import REJECT_COLUMNS
from pipelines.lake import HourRecord
from pipelines.parts import read_rows
from pipelines.settings import Settings

PREVIEW_ROWS = 20


def hour_metadata(records: Sequence[HourRecord]) -> dict[str, Any]:
    """Return rows, rejects, bytes and files of *records*."""
    files = [file for record in records for file in record.files]
    return {
        "files": len(files),
        "rows": sum(file.row_count for file in files),
        "rejected rows": sum(file.rejected_count for file in files),
        "bytes in landing": sum(file.size_bytes for file in files),
        "bytes in the lake": sum(record.part.size_bytes for record in records if record.part is not None),
        "files needing attention": ", ".join(
            f"{file.file_path} ({file.status_code}: {file.status_reason})" for file in files if file.status_reason
        )
        or "none",
    }


def rejects_preview(settings: Settings, records: Sequence[HourRecord]) -> dg.MarkdownMetadataValue:
    """Return the first rejects of *records* as a table."""
    lines = ["| file | line | reason | detail |", "|---|---|---|---|"]
    for record in records:
        paths = {file.file_id: file.file_path for file in record.files}
        if len(lines) > PREVIEW_ROWS + 1:
            break
        rejects = read_rows(Places.of(settings).lake_store, record.rejects, REJECT_COLUMNS, set(paths))
        for row in rejects.head(PREVIEW_ROWS).iter_rows(named=True):
            detail = row["detail"].replace("|", "\\|")
            lines.append(f"| {paths[row['file_id']]} | {row['line_number']} | {row['reject_reason_code']} | {detail} |")
    return dg.MetadataValue.md("\n".join(lines[: PREVIEW_ROWS + 2]) if len(lines) > 2 else "none")
