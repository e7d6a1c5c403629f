"""dbt's manifest, which Dagster draws the lineage from.

Belongs here: making the manifest where it is absent or older than the models, once per change.
Does not belong here: running models (dbt_in_process.py).
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from assets.configuration import config_path, load_settings
from assets.dbt_in_process import invoke_dbt, manifest_path
from assets.places import DBT_PROJECT, PROJECT, Places


@cache
def manifest() -> dict[str, Any]:
    """Return the manifest, parsed from the models of now."""
    places = _any_places()
    path = manifest_path(places)
    newest = max(
        file.stat().st_mtime for folder in ("models", "macros", "tests") for file in (DBT_PROJECT / folder).rglob("*")
    )
    if not path.exists() or path.stat().st_mtime < newest:
        places.state.mkdir(parents=True, exist_ok=True)
        invoke_dbt(places, "parse")
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def _any_places() -> Places:
    """Return this process's places; where the configuration cannot be read, the project's own state folder."""
    import os

    settings = load_settings(config_path(os.environ, PROJECT / "tollbook.toml"))
    if isinstance(settings, list):
        return Places(PROJECT / "var", PROJECT, PROJECT, PROJECT, PROJECT)
    return Places.of(settings)
