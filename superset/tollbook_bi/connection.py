"""The one database that dashboards read: the published snapshot, read only, with every way out of it locked.

Belongs here: how Superset connects to DuckDB.
Does not belong here: SQLite or PostgreSQL of Superset's own metadata (superset_config.py).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from tollbook_bi.site import this_site

# One set for every connection of a process: DuckDB shares an open file between them and refuses other settings.
LOCKED: dict[str, Any] = {
    "threads": 2,
    "memory_limit": "1GB",
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "lock_configuration": "true",
}


def connect_args() -> dict[str, Any]:
    """Return what every DuckDB connection of Superset is opened with."""
    return {"read_only": True, "config": dict(LOCKED)}


def connection_mutator(uri: URL, params: dict[str, Any], *_: object) -> tuple[URL, dict[str, Any]]:
    """Point every DuckDB connection at the published snapshot and lock it, whatever the stored address says.

    The link is resolved here: within a process DuckDB keeps a path's database open while one connection is, so only
    the versioned name shows what was published since.
    """
    if uri.get_backend_name() != "duckdb":
        return uri, params
    snapshot = this_site().snapshot.resolve()
    return uri.set(database=str(snapshot), query={}), {**params, "connect_args": connect_args()}


def read_snapshot(sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of *sql* over the published snapshot.

    Through the same driver as the charts: it adds a setting of its own, and DuckDB refuses a second connection of a
    process to the same file whose settings differ, the charts' as well as this one.
    """
    snapshot = this_site().snapshot.resolve()
    engine = create_engine(
        URL.create("duckdb", database=str(snapshot)), connect_args=connect_args(), poolclass=NullPool
    )
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sql)]
