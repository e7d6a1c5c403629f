"""Which models these are: what was built by others is built anew.

Belongs here: the hash of everything that decides what a row means, and of all that a parse depends on.
Does not belong here: what happens when it changes (warehouse.py), parsing (dbt_in_process.py).
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version

from assets.places import DBT_PROJECT
from pipelines.columns import SCHEMA_VERSION


def model_version() -> str:
    """Return the hash of models, macros and the lake's schema version."""
    return _hash(str(SCHEMA_VERSION), "models", "macros")


def project_version() -> str:
    """Return the hash of everything a parse depends on: the whole project, and the versions of what parses it."""
    return _hash(version("dbt-core") + version("dbt-duckdb"), "models", "macros", "tests")


def _hash(first: str, *folders: str) -> str:
    digest = hashlib.sha256(first.encode())
    files = [path for folder in folders for path in sorted((DBT_PROJECT / folder).rglob("*"))]
    for path in (*files, DBT_PROJECT / "dbt_project.yml", DBT_PROJECT / "profiles.yml"):
        if path.suffix in {".sql", ".yml"}:
            digest.update(path.relative_to(DBT_PROJECT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
