"""Files of landing that are still what the lake read of them: their rows are copied, not read again.

Belongs here: telling that the bytes of a file are those that its record is of.
Does not belong here: whether an hour is due (assets/reading.py), copying rows (parts.py), reading a file (landed.py).

What a file says depends on its bytes and on the settings of its feed. Calls that are rated must not change because the
settings did and another file of their hour came later; so bytes are read once, until somebody asks for them anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pipelines.entries import Entry
from pipelines.lake import HELD_STATUSES, FileRecord, HourRecord
from pipelines.parts import is_whole
from pipelines.storage import Store


def unchanged_files(
    landing: Store, lake_store: Store, entries: Iterable[Entry], former: HourRecord | None
) -> dict[str, FileRecord]:
    """Return, by path, the records of *former* whose bytes are those of *entries*, each with the file's time of now.

    Size and time say so, else the sha256 where the size is the same. None where a part of *former* is not what was
    written: rows cannot be copied from there, but read anew.
    """
    if former is None:
        return {}
    held = {file.file_path: file for file in former.files if _may_be_copied(file)}
    found = _the_same(landing, entries, held) if held else {}
    return found if all(is_whole(lake_store, part) for part in former.parts if found) else {}


def _may_be_copied(file: FileRecord) -> bool:
    # Of a growing file nothing is read twice as it is. A faulty file may be undone too: that it has rows tells that it
    # is none.
    is_read = file.status_code == "loaded" or (file.status_code in HELD_STATUSES and file.row_count > 0)
    return is_read and file.segment is None


def _the_same(landing: Store, entries: Iterable[Entry], held: Mapping[str, FileRecord]) -> dict[str, FileRecord]:
    found: dict[str, FileRecord] = {}
    for entry in entries:
        file = held.get(entry.key)
        if file is None or not entry.is_file or entry.size != file.size_bytes:
            continue
        if entry.modified_ns == file.modified_ns or _sha256(landing, entry) == file.sha256:
            found[entry.key] = replace(file, modified_ns=entry.modified_ns, status_code="loaded", status_reason="")
    return found


def _sha256(landing: Store, entry: Entry) -> str:
    """Return the hash of a file that is now as it was listed, "" for any other: reading it tells what it is."""
    try:
        digest = landing.sha256(entry.key)
    except OSError:
        return ""
    return digest if landing.stat(entry.key) == entry else ""
