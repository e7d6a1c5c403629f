"""One look at landing: which folders were listed, and what lies in them.

Belongs here: the window of drop hours that are looked at, listing no folder twice, saying what a listing can tell of.
Does not belong here: what a name means (pipelines/discover.py), what the lake knows of it, which hours are due
(reading.py).
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipelines.discover import without_nested
from pipelines.entries import Entry
from pipelines.settings import Settings
from pipelines.storage import Store

Hours = tuple[datetime, datetime]

EVERYTHING = ("",)
"""The folder that holds all others: landing itself."""

STALE_SECONDS = 60.0
"""A run that had to wait this long for another one lists again."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies below *folders* of landing ('a/b/', '' for all of it), as it was at *listed_at* (monotonic seconds)."""

    entries: tuple[Entry, ...] = ()
    folders: tuple[str, ...] = ()
    listed_at: float = field(default_factory=time.monotonic)

    def covers(self, path: str) -> bool:
        """Say whether *path* would be among the entries if it were there."""
        return path.startswith(self.folders)

    @property
    def is_stale(self) -> bool:
        """Whether landing should be listed again."""
        return time.monotonic() - self.listed_at > STALE_SECONDS


def list_landing(store: Store, folders: Iterable[str], former: Listing | None = None) -> Listing:
    """List *folders*, those apart that *former* has; a stale one counts for nothing."""
    if former is None or former.is_stale:
        former = Listing()
    missing = tuple(folder for folder in without_nested(folders) if not former.covers(folder))
    if not missing:
        return former
    kept = tuple(entry for entry in former.entries if not entry.key.startswith(missing))
    listed = tuple(entry for folder in missing for entry in store.list(folder.rstrip("/")))
    return Listing((*kept, *listed), without_nested((*former.folders, *missing)), former.listed_at)


def window(settings: Settings, seen_hour: datetime) -> Hours:
    """Return the first and last drop hour that every run looks at: `late_window` back, and one hour ahead."""
    return seen_hour - settings.rules.late_window, seen_hour + timedelta(hours=1)
