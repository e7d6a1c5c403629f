"""Where this site's Superset keeps its state, and what its configuration says: one look-up for every part.

Belongs here: paths below var/bi/, the settings of tollbook.toml as Superset needs them, addresses out of the
environment.
Does not belong here: Superset's own configuration (superset_config.py), what the settings may be (assets/).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assets.configuration import config_path, load_settings
from assets.places import PROJECT
from pipelines.settings import Bi, Settings

SUPERSET_FOLDER = PROJECT / "superset"


class SiteError(Exception):
    """Something about the site keeps Superset from working; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Site:
    """One tollbook.toml and its state."""

    settings: Settings

    @property
    def bi(self) -> Bi:
        """The [bi] table."""
        return self.settings.bi

    @property
    def state(self) -> Path:
        """var/bi/: keys, passwords, metadata, cache. Readable by its owner alone."""
        return Path(self.settings.config_path).parent / "var" / "bi"

    @property
    def snapshot(self) -> Path:
        """The link that a publish swaps."""
        return Path(self.settings.published) / "current.duckdb"

    @property
    def published_version(self) -> str:
        """Name of the published snapshot; empty where nothing is published yet."""
        try:
            return self.snapshot.readlink().name
        except OSError:
            return ""

    @property
    def metadata_url(self) -> str:
        """Where Superset keeps users, roles and dashboards, as SQLAlchemy spells it."""
        named = resolved(self.bi.metadata, "metadata", os.environ)
        if named is None:
            return f"sqlite:///{self.state / 'superset.db'}"
        return named.replace("postgresql://", "postgresql+psycopg2://", 1)

    @property
    def redis_url(self) -> str | None:
        """Redis, or None for files."""
        return resolved(self.bi.redis, "redis", os.environ)

    @property
    def mail_url(self) -> str | None:
        """The mail server, or None: no alerts and reports."""
        return resolved(self.bi.mail, "mail", os.environ)

    @property
    def own_url(self) -> str:
        """The address Superset answers at on this machine."""
        return f"http://127.0.0.1:{self.bi.superset_port}"


def resolved(value: str | None, key: str, environ: Mapping[str, str]) -> str | None:
    """Return *value*, or what the variable it names (``$NAME``) holds. Raises SiteError where that is not set."""
    if value is None or not value.startswith("$"):
        return value
    found = environ.get(value[1:], "").strip()
    if not found:
        raise SiteError(f"[bi] {key} is taken from the environment variable {value[1:]}, which is not set: set it")
    return found


@cache
def this_site() -> Site:
    """Return the site that TOLLBOOK_CONFIG names. Raises SiteError with every problem of the file."""
    path = config_path(os.environ, PROJECT / "tollbook.toml")
    outcome = load_settings(path)
    if isinstance(outcome, list):
        told = "\n".join(
            f"{problem.file_path}:{problem.line_number or ''} {problem.column}: {problem.message}; {problem.advice}"
            for problem in outcome
        )
        raise SiteError(told)
    return Site(outcome)
