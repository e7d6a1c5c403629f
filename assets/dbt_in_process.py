"""dbt within this process: its import takes seconds, so it is paid once, and every later invocation about one.

Belongs here: invoking dbt on the project against one warehouse, and turning a failure into an exception with its nodes.
Does not belong here: which models run when (build.py).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

from assets.model_version import project_version
from assets.places import DBT_PROJECT, Places

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest


class DbtFailedError(RuntimeError):
    """A model or a check of ours failed; the message names each with its error."""

    def __init__(self, what: str, failures: list[str]) -> None:
        """Keep *failures*, one line a node."""
        super().__init__(f"dbt {what}: " + "; ".join(failures))
        self.failures = failures


def build_models(places: Places, *tags: str) -> None:
    """Run the models with *tags* and the equalities with them, each after what it needs, in one invocation.

    Raises DbtFailedError naming every node that failed; a model behind a failed one is not run. Unit tests and key
    tests are of the tests. Another connection to the warehouse in this process may stay open.
    """
    selection = [f"tag:{tag}" for tag in tags]
    options = ["--indirect-selection", "empty", "--exclude-resource-type", "unit_test", "--no-write-json"]
    outcome = _invoke(places, ["build", "--select", *selection, *options], parsed_models(places))
    if outcome.exception is not None and not isinstance(outcome.exception, Exception):
        raise outcome.exception  # an interruption, Python's or Dagster's: dbt keeps it to itself
    failures = [
        f"{result.node.name}: {(result.message or result.status).strip()}"
        for result in getattr(outcome.result, "results", [])
        if result.status in {"error", "fail", "runtime error"}
    ]
    if failures or not outcome.success:
        raise DbtFailedError(", ".join(tags), failures or [str(outcome.exception)])


def manifest_file(places: Places) -> Path:
    """Return the manifest of the models of now as dbt writes it, parsing them where nobody has yet."""
    path = _kept(places, "json")
    if not path.exists():
        parsed_models(places)
    return path


_manifests: dict[str, Manifest] = {}


def parsed_models(places: Places) -> Manifest:
    """Return the parsed project: handing it to every invocation saves each a second of looking for changes.

    A parse takes seconds and depends on nothing but the project's own files, so it is kept beside them.
    """
    version = project_version()
    if version not in _manifests:
        kept = _kept(places, "msgpack")
        if kept.exists() and _kept(places, "json").exists():
            from dbt.contracts.graph.manifest import Manifest

            _manifests[version] = Manifest.from_msgpack(kept.read_bytes())
        else:
            _manifests[version] = _parse(places)
    return _manifests[version]


def _parse(places: Places) -> Manifest:
    outcome = _invoke(places, ["parse", "--write-json"], None)  # whatever the environment says of it
    if not outcome.success:
        raise DbtFailedError("parse", [str(outcome.exception)])
    manifest = cast("Manifest", outcome.result)
    _keep(_kept(places, "json"), (places.dbt_target / "manifest.json").read_bytes())
    _keep(_kept(places, "msgpack"), manifest.to_msgpack())
    return manifest


def _kept(places: Places, suffix: str) -> Path:
    """Return where the parse of now is kept: in the project, where it may be written, else with the site's state."""
    project = DBT_PROJECT / "target"
    folder = project if os.access(project if project.exists() else DBT_PROJECT, os.W_OK) else places.dbt_target
    return folder / f"parsed-{project_version()}.{suffix}"


def _keep(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_bytes(data)
    temporary.replace(path)


def _invoke(places: Places, command: list[str], manifest: Manifest | None) -> dbtRunnerResult:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    places.state.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        TOLLBOOK_WAREHOUSE=str(places.warehouse),
        TOLLBOOK_WORK=":memory:",  # the one that connect() holds, while it does
        DBT_SEND_ANONYMOUS_USAGE_STATS="false",
    )
    options = {
        "--project-dir": DBT_PROJECT,
        "--profiles-dir": DBT_PROJECT,
        "--target-path": places.dbt_target,
        "--log-path": places.dbt_target / "logs",
    }
    arguments = ["--quiet", "--log-level=none", "--log-level-file=none", *command]
    arguments += [str(part) for option in options.items() for part in option]
    try:
        return dbtRunner(manifest=manifest).invoke(arguments)
    finally:
        _close(DuckDBConnectionManager)


def _close(manager: type) -> None:
    """Give up dbt's connection, which holds the warehouse's lock as long as the process lives otherwise."""
    environment = manager._ENV  # type: ignore[attr-defined]  # noqa: SLF001 - the adapter has no public way
    if environment is not None and environment.conn is not None:
        environment.conn.close()
    manager.close_all_connections()  # type: ignore[attr-defined]
