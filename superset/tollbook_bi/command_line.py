"""Entry point of the tollbook-bi command.

Belongs here: arguments, exit codes, what is printed. Superset is loaded by the command that needs it: it takes seconds.
Does not belong here: what the commands do.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tollbook_bi.site import SUPERSET_FOLDER, SiteError, this_site


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 refused with a sentence, 2 wrong usage."""
    parsed = _parser().parse_args(arguments)
    from tollbook_bi.bundle import BundleError

    try:
        this_site()
        parsed.run(parsed)
    except (SiteError, BundleError) as refused:
        sys.exit(f"tollbook-bi: {refused}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tollbook-bi", description="Tollbook's dashboards: assets, roles, logins.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    sync = commands.add_parser("sync", help="bring assets, roles and rules in step with files and published customers")
    sync.add_argument("--force", action="store_true", help="import the assets even where no file changed")
    sync.set_defaults(run=_sync)
    export = commands.add_parser("export", help="write what was changed in the browser back into superset/assets/")
    export.add_argument("--to", type=Path, metavar="FOLDER", help="write into this copy of it instead")
    export.set_defaults(run=_export)
    user = commands.add_parser("user", help="logins").add_subparsers(required=True, metavar="ACTION")
    add = user.add_parser("add", help="make a login; prints its first password once")
    add.add_argument("email")
    which = add.add_mutually_exclusive_group(required=True)
    which.add_argument("--customer", metavar="ID", help="sees this customer's rows")
    which.add_argument("--role", choices=["operator", "billing"], help="staff: sees every customer's rows")
    add.add_argument("--zone", help="time zone it sees instants in, like Europe/London; default UTC")
    add.set_defaults(run=_user_add)
    password = user.add_parser("password", help="give a login a new password; prints it once")
    password.add_argument("email")
    password.set_defaults(run=_user_password)
    zone = user.add_parser("zone", help="set the time zone that a login sees instants in")
    zone.add_argument("email")
    zone.add_argument("zone")
    zone.set_defaults(run=_user_zone)
    return parser


def superset_app() -> Any:
    """Return Superset, configured for this site; pushes its context for the rest of this process."""
    os.environ.setdefault("SUPERSET_CONFIG_PATH", str(SUPERSET_FOLDER / "superset_config.py"))
    with contextlib.redirect_stdout(sys.stderr):  # it tells where its configuration lies
        from superset.app import create_app

        app = create_app()
    app.app_context().push()
    return app


def _sync(parsed: argparse.Namespace) -> None:
    superset_app()
    from tollbook_bi.bundle import import_bundle
    from tollbook_bi.sync import one_at_a_time, sync_access

    with one_at_a_time():
        imported = import_bundle(force=parsed.force)
        synced = sync_access()
    print("assets    " + ("imported" if imported else "unchanged"))
    print(f"customers {synced.customers}, {len(synced.new)} new, {len(synced.gone)} gone")
    print(f"datasets  {synced.datasets}, each with its rule")


def _export(parsed: argparse.Namespace) -> None:
    superset_app()
    from tollbook_bi.asset_files import ASSETS
    from tollbook_bi.export import export_assets

    outcome = export_assets(parsed.to or ASSETS)
    for what, paths in (("written", outcome.written), ("removed", outcome.removed), ("left out", outcome.left_out)):
        for path in paths:
            print(f"{what:9} {path}")
    print(f"unchanged {outcome.unchanged} files")


def _user_add(parsed: argparse.Namespace) -> None:
    superset_app()
    from tollbook_bi.users import add_user

    password = add_user(parsed.email, customer_id=parsed.customer, role=parsed.role, zone=parsed.zone)
    print(f"login     {parsed.email.strip().lower()}")
    print(f"password  {password}\n          (shown this once; to be changed there)")


def _user_password(parsed: argparse.Namespace) -> None:
    superset_app()
    from tollbook_bi.users import reset_password

    print(f"password  {reset_password(parsed.email)}\n          (shown this once)")


def _user_zone(parsed: argparse.Namespace) -> None:
    superset_app()
    from tollbook_bi.users import set_zone

    set_zone(parsed.email, parsed.zone)
    print(f"zone      {parsed.zone}")
