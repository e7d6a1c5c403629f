"""Cached results of charts: never from another snapshot, never across roles, never from another time zone.

Belongs here: the scope that every key of the data cache begins with.
Does not belong here: where the cache lies (superset_config.py).

Superset's own key holds the query and the row-level clauses. The scope adds what decides a result beside them, so that
a clause or a Jinja function that the key does not know cannot hand one user's rows to another.
"""

from __future__ import annotations

import hashlib

from flask import g, has_app_context
from flask_caching.backends import FileSystemCache, RedisCache

from tollbook_bi.site import this_site
from tollbook_bi.zones import tollbook_zone


def scope() -> str:
    """Return what results are valid for: the snapshot as of this request's first look, the user's roles, the zone."""
    if not has_app_context():
        return ""
    known: str | None = getattr(g, "tollbook_scope", None)
    user = getattr(g, "user", None)
    if known is None:
        # Fixed at the first look: a publish between query and store must not file old rows under the new snapshot.
        known = g.tollbook_scope = this_site().published_version
    roles = sorted(role.id for role in getattr(user, "roles", ()))
    text = f"{known}|{roles}|{tollbook_zone()}"
    return hashlib.sha256(text.encode()).hexdigest()[:32] + "-"


class ScopedFileSystemCache(FileSystemCache):  # type: ignore[misc]
    """The data cache on files."""

    def _get_filename(self, key: str) -> str:
        """Return the file of *key* in this request's scope; the cache's own count of files has none."""
        own = key == self._fs_count_file
        return str(super()._get_filename(key if own else scope() + key))


class ScopedRedisCache(RedisCache):  # type: ignore[misc]
    """The data cache in Redis."""

    def _get_prefix(self) -> str:
        return str(super()._get_prefix()) + scope()
