"""Where Tollbook keeps its private, disposable state, and where the code's own folders are.

Belongs here: paths derived from the configuration's folder and from the project.
Does not belong here: what lies in landing, lake and derived data (pipelines/storage.py).
"""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.settings import Settings
from pipelines.storage import Store


def user_name() -> str:
    """Return who runs this process; its number where the machine has no name for it, as in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


PROJECT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT / "dbt_project"


@dataclass(frozen=True, slots=True)
class Places:
    """Every path a run touches. state: var/ beside tollbook.toml; deleting it loses run records, logins, never data."""

    state: Path
    data: Path
    landing: Path
    published: Path
    derived: Path

    @classmethod
    def of(cls, settings: Settings) -> Places:
        """Return the places that *settings* name."""
        return cls(
            state=Path(settings.config_path).parent / "var",
            data=Path(settings.data),
            landing=Path(settings.landing),
            published=Path(settings.published),
            derived=Path(settings.data) / "derived",
        )

    def candidate(self) -> Places:
        """Return places of a build that is only looked at: its own warehouse and derived rows, the same lake."""
        state = self.state / "candidate"
        return replace(self, state=state, derived=state / "derived", published=state / "published")

    @property
    def warehouse(self) -> Path:
        """Dbt's private database: marts, facts and the record of what was built."""
        return self.state / "warehouse.duckdb"

    @property
    def lock(self) -> Path:
        """The writer lock."""
        return self.state / "writer.lock"

    @property
    def dbt_target(self) -> Path:
        """What dbt keeps between invocations so that it need not parse again."""
        return self.state / "dbt"

    @property
    def current(self) -> Path:
        """The link that readers open."""
        return self.published / "current.duckdb"

    @property
    def lake_store(self) -> Store:
        """The truth: parts, rejects, records, reference versions, below data/lake."""
        return Store(self.data)

    @property
    def derived_store(self) -> Store:
        """Rated calls and legs, one file per hour: rebuilt at will."""
        return Store(self.derived)

    @property
    def landing_store(self) -> Store:
        """landing/."""
        return Store(self.landing)
