"""dbt within this process: its import takes seconds, so it is paid once, and every later invocation about one.

Belongs here: invoking dbt on the project against one warehouse, and turning a failure into an exception with its nodes.
Does not belong here: which models run when (build.py).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from assets.places import DBT_PROJECT, Places

if TYPE_CHECKING:
    from dbt.artifacts.schemas.run import RunExecutionResult


class DbtFailedError(RuntimeError):
    """A model or a check of ours failed; the message names each with its error."""

    def __init__(self, command: str, failures: list[str]) -> None:
        """Keep *failures*, one line a node."""
        super().__init__(f"dbt {command}: " + "; ".join(failures))
        self.failures = failures


def invoke_dbt(places: Places, command: str, *selection: str) -> RunExecutionResult | None:
    """Run ``dbt <command> <selection>``; raise DbtFailedError naming every node that failed.

    The warehouse must not be open in this process meanwhile; it is closed again on return.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    os.environ.update(
        TOLLBOOK_WAREHOUSE=str(places.warehouse),
        TOLLBOOK_WORK=str(places.work),
        DBT_SEND_ANONYMOUS_USAGE_STATS="false",
    )
    arguments = [
        "--quiet",
        "--no-use-colors",
        "--log-level-file=warn",
        command,
        *selection,
        "--project-dir",
        str(DBT_PROJECT),
        "--profiles-dir",
        str(DBT_PROJECT),
        "--target-path",
        str(places.dbt_target),
        "--log-path",
        str(places.dbt_target / "logs"),
    ]
    try:
        outcome = dbtRunner().invoke(arguments)
    finally:
        _close(DuckDBConnectionManager)
    failures = [
        f"{result.node.name}: {(result.message or result.status).strip()}"
        for result in getattr(outcome.result, "results", [])
        if result.status in {"error", "fail", "runtime error"}
    ]
    if failures or not outcome.success:
        raise DbtFailedError(command, failures or [str(outcome.exception)])
    return outcome.result  # type: ignore[return-value]


def _close(manager: type) -> None:
    """Give up dbt's connection, which holds the warehouse's lock as long as the process lives otherwise."""
    environment = manager._ENV  # type: ignore[attr-defined]  # noqa: SLF001 - the adapter has no public way
    if environment is not None and environment.conn is not None:
        environment.conn.close()
    manager.close_all_connections()  # type: ignore[attr-defined]


def manifest_path(places: Places) -> Path:
    """Return where dbt writes its manifest."""
    return places.dbt_target / "manifest.json"
