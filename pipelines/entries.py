"""What a listing says of one file or folder.

Belongs here: the entry itself and what its name says of packing, so that listing (storage.py), discovery (discover.py)
and reading (ingest.py) share them without importing each other.
Does not belong here: how entries are listed, what they mean.
"""

from __future__ import annotations

from dataclasses import dataclass

PACKED_SUFFIXES = (".gz", ".zst")
"""Ends of names of files that are unpacked while they are read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file or folder below a root.

    key: '/'-separated path below the root. size: bytes. modified_ns: nanoseconds since 1970 as the store tells them,
    only ever compared with each other. is_file: False for a folder.
    """

    key: str
    size: int
    modified_ns: int
    is_file: bool = True
