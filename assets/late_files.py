"""Drop hours whose files came or changed after their run: what the sensor asks a run for.

Belongs here: comparing the window of landing with the published snapshot, which needs no lock, and a digest of what
differs, so that the same difference is asked for once.
Does not belong here: the sensor itself (definitions.py), reading the files (reading.py).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from assets.places import Places
from assets.reading import find_due, take_look
from pipelines.settings import Settings

HOURLY_MINUTE = 7
"""When the hourly run starts. Files of the hour before are its business until then."""

SETTLED = timedelta(minutes=1)
"""An hour with a file changed since is left for the next look: it is being written."""


@dataclass(frozen=True, slots=True)
class LateFiles:
    """Drop hours to read, in order, and a digest of the files that differ."""

    hours: tuple[datetime, ...] = ()
    digest: str = ""


def find_late_files(settings: Settings, now: datetime) -> LateFiles | None:
    """Return what differs between the late window of landing and what is published; None where nothing is yet.

    The snapshot and not the warehouse is asked: looking into that would stop a run that starts meanwhile.
    """
    places = Places.of(settings)
    if not places.current.exists():
        return None
    running = now.replace(minute=0, second=0, microsecond=0)
    with duckdb.connect(str(places.current.resolve()), read_only=True) as snapshot:
        look = take_look(settings, places, snapshot, running, is_sweep=False)
    end = running if now.minute > HOURLY_MINUTE else running - timedelta(hours=1)
    fresh_since_ns = (now - SETTLED - datetime(1970, 1, 1)).total_seconds() * 1e9
    late = {
        key: entries
        for key, entries in find_due(settings, places, look).hours.items()
        if key[1] < end and not any(entry.modified_ns > fresh_since_ns for entry in entries)
    }
    if not late:
        return LateFiles()
    digest = hashlib.sha256(repr(sorted(late.items())).encode("utf-8", "surrogateescape")).hexdigest()
    return LateFiles(tuple(sorted({hour for _, hour in late})), digest[:32])
