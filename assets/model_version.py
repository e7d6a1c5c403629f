"""Which models these are: what was built by others is built anew.

Belongs here: the hash of everything that decides what a row means.
Does not belong here: what happens when it changes (warehouse.py), parsing (dbt_in_process.py).
"""

from __future__ import annotations

import hashlib

from assets.places import DBT_PROJECT
from pipelines.columns import SCHEMA_VERSION


def model_version() -> str:
    """Return the hash of models, macros and the lake's schema version."""
    digest = hashlib.sha256(str(SCHEMA_VERSION).encode())
    for folder in ("models", "macros"):
        for path in sorted((DBT_PROJECT / folder).rglob("*")):
            if path.suffix in {".sql", ".yml"}:
                digest.update(path.relative_to(DBT_PROJECT).as_posix().encode() + b"\0" + path.read_bytes())
    digest.update((DBT_PROJECT / "dbt_project.yml").read_bytes())
    return digest.hexdigest()[:16]
