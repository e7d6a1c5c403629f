"""One thing that is not as it must be.

Belongs here: what every finding says.
Does not belong here: how things are found (verification_lake.py, verification_figures.py).
"""

from __future__ import annotations

from dataclasses import dataclass

RESTORE = "restore it from the backup; `tollbook run --from {0} --to {0}` reads again what landing still has"
REBUILD = "remove var/warehouse.duckdb and run: all figures are made again from the lake; if it comes back, report it"


@dataclass(frozen=True, slots=True)
class Finding:
    """what: what is wrong. where: the file or table, and the place in it. advice: what to do about it."""

    code: str
    what: str
    where: str
    advice: str

    def __str__(self) -> str:
        """Return one line for a person."""
        return f"{self.where}: {self.what}; {self.advice}"
