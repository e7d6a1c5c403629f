"""Files undone by hand: whose rows stay out of the lake until they are let in again.

Belongs here: lake/exclusions, one numbered object a decision, and which of them hold.
Does not belong here: finding a file (assets/undoing.py), moving its rows (ingest.py).

An exclusion is of bytes, whatever their name: lake/exclusions/<sha256>/<number>.json. Objects are only ever added; of
one sha256 the last one holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from pipelines.storage import Store

FOLDER = "lake/exclusions"


@dataclass(frozen=True, slots=True)
class Decision:
    """One undo, or one revert of it: who, when (naive UTC), why, and the file's path and feed as they were then."""

    sha256: str
    action: Literal["undo", "revert"]
    decided_at: datetime
    decided_by: str
    reason: str
    feed_id: str
    file_path: str

    @property
    def says(self) -> str:
        """Return the decision in words, for the file's status."""
        return f"undone by {self.decided_by} on {self.decided_at:%Y-%m-%d %H:%M} UTC: {self.reason}"


def in_force(lake: Store) -> dict[str, Decision]:
    """Return the undo that holds for each sha256 that is out."""
    return {sha256: decision for sha256, decision in last_decisions(lake).items() if decision.action == "undo"}


def last_decisions(lake: Store) -> dict[str, Decision]:
    """Return the last decision on each sha256 there ever was one on."""
    keys: dict[str, str] = {}
    for entry in lake.list(FOLDER):
        if entry.is_file:
            keys[entry.key.split("/")[-2]] = entry.key  # a listing is sorted: the last number wins
    return {sha256: _read(lake, key) for sha256, key in keys.items()}


def decide(lake: Store, decision: Decision) -> bool:
    """Record *decision*; return False, with nothing written, where the one that holds says the same."""
    while True:
        keys = [entry.key for entry in lake.list(f"{FOLDER}/{decision.sha256}") if entry.is_file]
        last = _read(lake, keys[-1]) if keys else None
        if (last is None and decision.action == "revert") or (last is not None and last.action == decision.action):
            return False
        number = int(keys[-1].rpartition("/")[2].removesuffix(".json")) + 1 if keys else 1
        document: Mapping[str, object] = asdict(decision)
        text = json.dumps(document, indent=1, sort_keys=True, default=datetime.isoformat)
        # Somebody else may have taken the number since: look again then.
        if lake.create(f"{FOLDER}/{decision.sha256}/{number:06}.json", text.encode()):
            return True


def _read(lake: Store, key: str) -> Decision:
    raw = json.loads(lake.read(key))
    return Decision(**{**raw, "decided_at": datetime.fromisoformat(raw["decided_at"])})
