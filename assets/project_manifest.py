"""dbt's manifest, which Dagster draws the lineage from.

Belongs here: the manifest of the models of now, for the definitions.
Does not belong here: parsing and running models (dbt_in_process.py).
"""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Any

from assets.configuration import config_path, load_settings
from assets.dbt_in_process import manifest_file
from assets.places import PROJECT, Places


@cache
def manifest() -> dict[str, Any]:
    """Return the manifest, parsed from the models of now."""
    loaded: dict[str, Any] = json.loads(manifest_file(_places()).read_text())
    return loaded


def _places() -> Places:
    """Return this process's places; where the configuration cannot be read, the project's own state folder."""
    settings = load_settings(config_path(os.environ, PROJECT / "tollbook.toml"))
    if isinstance(settings, list):
        return Places(PROJECT / "var", PROJECT, PROJECT, PROJECT, PROJECT)
    return Places.of(settings)
