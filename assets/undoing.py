"""`tollbook undo` without its printing: which files a name means, what they hold, and the decision to take them out.

Belongs here: finding files by path or id in what the lake's records say, near names, recording undo and revert.
Does not belong here: moving the rows (the next run's ingest does), printing (command_line/undo.py).
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import duckdb

from assets.places import Places
from assets.warehouse import connect, sync_records
from pipelines import exclusions, lake
from pipelines.columns import LEG_COLUMNS
from pipelines.exclusions import Decision
from pipelines.parts import row_batches
from pipelines.settings import Settings

Action = Literal["undo", "revert"]

_COLUMNS = "feed_id, drop_hour_at, file_path, file_id, status_code, sha256, parsed_count, rejected_count"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file, or one stretch of a growing file, as lake/files knows it. setups: first and last of its legs."""

    feed_id: str
    drop_hour_at: datetime
    file_path: str
    file_id: str
    status_code: str
    sha256: str
    parsed_count: int
    rejected_count: int
    first_setup_at: datetime | None = None
    last_setup_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Undoing:
    """What an undo or a revert is about: the files meant, then others with the same bytes.

    is_new: False where the same had been decided before, and nothing was written.
    """

    action: Action
    files: tuple[FoundFile, ...]
    is_new: bool


class UndoError(ValueError):
    """A name that means no file that can be undone, or let in again; the message says what would be right."""


def undo(
    settings: Settings, places: Places, name: str, action: Action, reason: str, *, who: str, now: datetime
) -> Undoing:
    """Record that the bytes of the file *name* (path below landing, or file id) are out, or in again.

    The caller holds the writer lock. Nothing is written where the same holds already. Raises UndoError.
    """
    with connect(places) as connection:
        sync_records(connection, places.lake_store)
        meant = _meant(connection, places, name, action)
        gone = sorted({file.feed_id for file in meant} - set(settings.feeds))
        if gone:
            raise UndoError(f"feed '{gone[0]}' of {meant[0].file_path} is not in tollbook.toml: declare it again first")
        unread = [file for file in meant if not file.sha256]
        if unread:
            raise UndoError(
                f"{unread[0].file_path} was never read to its end ({unread[0].status_code}): none of its rows is in "
                "the lake; take it out of landing instead"
            )
        others = _same_bytes(connection, meant)
    written = [
        exclusions.decide(
            places.lake_store, Decision(file.sha256, action, now, who, reason, file.feed_id, file.file_path)
        )
        for file in {file.sha256: file for file in meant}.values()
    ]
    files = tuple(_with_setups(places, file) for file in (*meant, *others))
    return Undoing(action, files, any(written))


def _meant(connection: duckdb.DuckDBPyConnection, places: Places, name: str, action: Action) -> list[FoundFile]:
    path = name.removeprefix("./")
    for root in (f"{places.landing}/", "data/landing/"):
        path = path.removeprefix(root)
    found = _find(connection, "file_path = $1 and status_code <> 'replaced'", path)
    found = found or _find(connection, "file_id = $1", name)
    if found:
        decided = exclusions.last_decisions(places.lake_store)
        if action == "revert" and not any(file.sha256 in decided for file in found):
            raise UndoError(f"{name} is not undone: there is nothing to revert")
        return [file for file in found if action == "undo" or file.sha256 in decided]
    known = [row[0] for row in connection.execute("select distinct file_path from build.file_records").fetchall()]
    near = difflib.get_close_matches(path, known, n=3, cutoff=0.6)
    same_name = [one for one in known if one.rpartition("/")[2] == path.rpartition("/")[2]]
    hint = ", ".join(dict.fromkeys([*same_name[:3], *near]))
    if not known:
        raise UndoError("no file was read yet: type `tollbook run` first")
    if places.landing_store.exists(path) and path:
        raise UndoError(f"{path} lies in landing and was not read yet: type `tollbook run` first, or take it out")
    raise UndoError(
        f"no file '{name}' was ever read; "
        + (f"did you mean {hint}?" if hint else "give its path below landing, or its file_id (tollbook status)")
    )


def _same_bytes(connection: duckdb.DuckDBPyConnection, meant: Sequence[FoundFile]) -> list[FoundFile]:
    """Return other files with the bytes of *meant*: an exclusion is of bytes, under whatever name."""
    known = {file.file_id for file in meant}
    return [
        file
        for sha256 in sorted({file.sha256 for file in meant})
        for file in _find(connection, "sha256 = $1 and status_code <> 'replaced'", sha256)
        if file.file_id not in known
    ]


def _find(connection: duckdb.DuckDBPyConnection, condition: str, value: str) -> list[FoundFile]:
    rows = connection.execute(
        f"select {_COLUMNS} from build.file_records where {condition} order by drop_hour_at, file_path, file_id",
        [value],
    ).fetchall()
    return [FoundFile(*row) for row in rows]


def _with_setups(places: Places, file: FoundFile) -> FoundFile:
    if file.parsed_count == 0 or file.status_code not in lake.HELD_STATUSES:
        return file
    record = lake.read_record(places.lake_store, lake.record_key(file.feed_id, file.drop_hour_at))
    part = record.aside if file.status_code == lake.EXCLUDED else record.part
    spans = [
        (rows["setup_at"].item(0), rows["setup_at"].item(-1))
        for rows in row_batches(places.lake_store, part, LEG_COLUMNS, {file.file_id})
    ]
    first, last = (spans[0][0], spans[-1][1]) if spans else (None, None)
    return FoundFile(
        file.feed_id, file.drop_hour_at, file.file_path, file.file_id, file.status_code, file.sha256,
        file.parsed_count, file.rejected_count, first, last,
    )  # fmt: skip
