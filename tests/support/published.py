"""What readers see: the published snapshot's tables as rows and as checksums, and the command line that made it.

Belongs here: starting `tollbook` as a process of its own in a folder of its own, reading what it published.
Does not belong here: expectations.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

PROJECT = Path(__file__).resolve().parents[2]
SCHEMAS = ("marts", "portal")

Row = dict[str, Any]


@dataclass(frozen=True)
class Site:
    """A folder with its own tollbook.toml, data/ and var/."""

    root: Path

    @property
    def landing(self) -> Path:
        return self.root / "data" / "landing"

    @property
    def current(self) -> Path:
        return self.root / "data" / "published" / "current.duckdb"

    def tollbook(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line as a user does, and return what it printed and its exit code."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("TOLLBOOK", "DAGSTER"))
        }
        environment |= {"TOLLBOOK_CONFIG": str(self.root / "tollbook.toml"), "DAGSTER_DISABLE_TELEMETRY": "true"}
        return subprocess.run(
            [str(Path(sys.executable).parent / "tollbook"), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    def rows(self, table: str) -> list[Row]:
        """Return the rows of one published table; marts unless *table* names its schema."""
        name = table if "." in table else f"marts.{table}"
        with duckdb.connect(str(self.current.resolve()), read_only=True) as connection:
            cursor = connection.execute(f"select * from {name}")
            columns = [column[0] for column in cursor.description]
            return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    def checksums(self) -> dict[str, tuple[int, str]]:
        """Return row count and hash of every published table and view, whatever the order of its rows."""
        of_all = "select count(*), coalesce(md5(string_agg(t::varchar, '|' order by t::varchar)), '') from"
        with duckdb.connect(str(self.current.resolve()), read_only=True) as connection:
            names = connection.execute(
                """
                select table_schema || '.' || table_name from information_schema.tables
                where table_schema in (select unnest($1)) order by 1
                """,
                [list(SCHEMAS)],
            ).fetchall()
            return {name: connection.execute(f"{of_all} {name} as t").fetchone() for (name,) in names}


def differing(one: dict[str, tuple[int, str]], other: dict[str, tuple[int, str]]) -> list[str]:
    """Return the tables that differ between two checksums()."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))
