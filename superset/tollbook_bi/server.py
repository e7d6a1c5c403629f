"""Superset as gunicorn serves it: one load of the code, prepared in a child, shared by the workers.

Belongs here: the WSGI application, gunicorn's settings and hooks, following what is published.
Does not belong here: the steps of preparing (prepare.py), starting and stopping processes (tools/services.py).
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import traceback
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from tollbook_bi.site import SUPERSET_FOLDER, SiteError, this_site

LOOK_EVERY_SECONDS = 3
_logger = logging.getLogger("tollbook_bi")

# ---- gunicorn's settings (gunicorn --config python:tollbook_bi.server)
bind = f"127.0.0.1:{this_site().bi.superset_port}"
workers = this_site().bi.workers
worker_class = "gthread"
threads = 8
preload_app = True  # one load and one copy of the code in memory, whatever the number of workers
umask = 0o077  # what it writes is its owner's alone
timeout = 120
graceful_timeout = 5
keepalive = 5
proc_name = "tollbook-superset"
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 -- gunicorn's heartbeat
control_socket_disable = True


def application() -> Any:
    """Return the application, prepared. Ends the process with one sentence where that cannot be."""
    os.environ.setdefault("SUPERSET_CONFIG_PATH", str(SUPERSET_FOLDER / "superset_config.py"))
    from superset.app import create_app
    from superset.extensions import db

    app = create_app()
    with app.app_context():
        db.engine.dispose()  # no connection is shared with the child, nor later with the workers
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = _prepare(app)
        finally:  # whatever happened: this child must not go on as if it were its parent
            if sys.exc_info()[0] is not None:
                traceback.print_exc()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(1)
    return app


def _prepare(app: Any) -> int:
    from tollbook_bi.bundle import BundleError
    from tollbook_bi.prepare import prepare
    from tollbook_bi.site import SiteError

    try:
        prepare(app, lambda line: print(line, flush=True))
    except (SiteError, BundleError) as refused:
        print(f"tollbook-bi: {refused}", file=sys.stderr, flush=True)
        return 1
    return 0


def post_worker_init(worker: Any) -> None:
    """Let a thread of each worker follow what is published; one of them at a time does the work."""
    threading.Thread(target=_follow, args=(worker.app.wsgi(),), name="tollbook-follow", daemon=True).start()


def _follow(app: Any) -> None:
    """Sync roles and rules soon after a publish that changed the customers."""
    from tollbook_bi.sync import one_at_a_time, published_customers, sync_access

    site = this_site()
    seen = site.published_version
    customers: list[str] | None = None
    while True:
        time.sleep(LOOK_EVERY_SECONDS)
        version = site.published_version
        if version == seen:
            continue
        try:
            present = published_customers()
            if present != customers:
                with app.app_context(), one_at_a_time():
                    synced = sync_access()
                _logger.warning("customers in step: %d, new %s, gone %s", synced.customers, synced.new, synced.gone)
            customers, seen = present, version
        except (SiteError, SQLAlchemyError, OSError) as fault:
            # A snapshot or metadata that is away for a moment: told, and tried again.
            _logger.warning("roles and rules could not be brought in step, trying again: %s", fault)
