"""From nothing, or from what was, to a Superset that can serve: one process does every step that is due.

Belongs here: the order of the steps and what makes each due.
Does not belong here: the steps themselves.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flask import Flask

Tell = Callable[[str], None]
_PERMISSIONS_MARK = "permissions"


def prepare(app: Flask, tell: Tell) -> None:
    """Bring metadata, permissions, the first login, assets, roles and rules up to date.

    Raises SiteError or BundleError with what to do; a step that was done stays done.
    """
    from tollbook_bi.bundle import import_bundle
    from tollbook_bi.kept import make_tables
    from tollbook_bi.sync import one_at_a_time, sync_access

    with app.app_context(), one_at_a_time(), _careless_while_new():
        clock = _Clock(tell)
        if upgrade_metadata():
            clock.told("metadata brought to this version")
        make_tables()
        if init_permissions():
            clock.told("permissions written")
        if make_admin():
            clock.told("first login made")
        if import_bundle():
            clock.told("dashboards imported")
        synced = sync_access()
        clock.told(f"roles and rules of {synced.customers} customers in step")


class _Clock:
    """Tells each step with what it took."""

    def __init__(self, tell: Tell) -> None:
        self._tell, self._since = tell, time.monotonic()

    def told(self, what: str) -> None:
        """Tell that *what* is done."""
        now = time.monotonic()
        self._tell(f"superset: {what} ({now - self._since:.1f} s)")
        self._since = now


def upgrade_metadata() -> bool:
    """Run the migrations that are due; say whether there were any."""
    import flask_migrate

    present, newest = _metadata_heads()
    if present == newest:
        return False
    logging.getLogger("alembic").setLevel(logging.WARNING)
    flask_migrate.upgrade(directory=_migrations())
    return True


def _migrations() -> str:
    from flask import current_app

    return str(current_app.extensions["migrate"].directory)


def _metadata_heads() -> tuple[set[str], set[str]]:
    """Return the migrations that the metadata has and the newest there are; none of the first: it is new."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from superset.extensions import db

    with db.engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_heads()
    return set(present), set(ScriptDirectory(_migrations()).get_heads())


@contextlib.contextmanager
def _careless_while_new() -> Iterator[None]:
    """While metadata is made for the first time, let SQLite not wait for the disk: there is nothing to lose yet.

    For every connection of the process: migrations open their own.
    """
    from sqlalchemy import event
    from sqlalchemy.pool import Pool
    from superset.extensions import db

    if _metadata_heads()[0]:
        yield
        return
    db.engine.dispose()
    event.listen(Pool, "connect", _no_sync)
    try:
        yield
    finally:
        event.remove(Pool, "connect", _no_sync)
        db.engine.dispose()


def _no_sync(connection: Any, _: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("pragma synchronous = off")


def init_permissions() -> bool:
    """Write the permissions of every view once per version of Superset and of ours; say whether it was due."""
    from superset import appbuilder, security_manager
    from superset.extensions import db

    from tollbook_bi.kept import mark, set_mark

    views = (Path(__file__).with_name(name).read_bytes() for name in ("access.py", "pages.py", "security_manager.py"))
    ours = hashlib.sha256(b"".join(views))
    wanted = f"{version('apache-superset')} {ours.hexdigest()}"
    if mark(_PERMISSIONS_MARK) == wanted:
        return False
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    set_mark(_PERMISSIONS_MARK, wanted)
    db.session.commit()
    return True


def make_admin() -> bool:
    """Make the first login where it is absent; its password lies in var/bi/admin-password."""
    from superset.extensions import security_manager

    from tollbook_bi.keys import ADMIN, kept_secret
    from tollbook_bi.site import this_site

    password = kept_secret(this_site().state, "admin-password")
    if security_manager.find_user(ADMIN):
        return False
    made = security_manager.add_user(
        ADMIN, "Tollbook", "Admin", "admin@localhost", security_manager.find_role("Admin"), password=password
    )
    if not made:
        raise RuntimeError("Superset did not make the first login")
    return True
