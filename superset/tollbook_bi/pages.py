"""What Tollbook adds to Superset's pages: its static files, a page for one's time zone, a customer's way home.

Belongs here: views and request hooks.
Does not belong here: what they decide (access.py, zones.py), the look (look.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, abort, flash, g, redirect, render_template, request
from flask_appbuilder import BaseView, expose, has_access, permission_name

from tollbook_bi import access, look
from tollbook_bi.kept import keep_zone, kept_zone
from tollbook_bi.zones import UTC, checked_zone, known_zones


class TollbookZoneView(BaseView):  # type: ignore[misc]
    """The time zone that a login sees instants in where no filter says otherwise."""

    route_base = "/tollbook/time-zone"
    class_permission_name = "TollbookZoneView"

    @expose("/", methods=("GET",))
    @has_access
    @permission_name("read")
    def show(self) -> Any:
        """Show the choice."""
        present = checked_zone(kept_zone(g.user.id)) or UTC
        return render_template(
            "tollbook/time_zone.html", zones=sorted(known_zones()), present=present, static_url=look.STATIC_URL
        )

    @expose("/", methods=("POST",))
    @has_access
    @permission_name("write")
    def keep(self) -> Any:
        """Keep the choice, where it is a zone."""
        from superset.extensions import db

        zone = checked_zone(request.form.get("zone"))
        if zone is None:
            abort(400, "this is no time zone of the list")
        keep_zone(g.user.id, zone)
        db.session.commit()
        flash(f"Instants are shown in {zone} from now on.", "success")
        return redirect("/tollbook/time-zone/")


def mutate_app(app: Flask) -> None:
    """Add Tollbook's parts; Superset calls this once its own are there."""
    from superset import appbuilder

    folder = Path(__file__).parent
    app.register_blueprint(
        Blueprint(
            "tollbook",
            __name__,
            static_folder=str(folder / "static"),
            static_url_path=look.STATIC_URL,
            template_folder=str(folder / "templates"),
        )
    )
    appbuilder.add_view(TollbookZoneView, "Time zone", href="/tollbook/time-zone/")
    app.before_request(_customers_way_home)
    app.before_request(_no_templates_from_customers)


def _of_customer() -> bool:
    from flask_login import current_user

    user = getattr(g, "user", None) or current_user
    return not user.is_anonymous and access.is_customer(role.name for role in user.roles)


def _customers_way_home() -> Any:
    """Send customers to their dashboard instead of Superset's welcome page."""
    if request.path in ("/", "/superset/welcome/") and _of_customer():
        return redirect(f"/superset/dashboard/{access.PORTAL_DASHBOARD}/")
    return None


def _no_templates_from_customers() -> None:
    """Refuse a template in a query before Superset renders it, which it does before it asks who may see what."""
    if request.method != "POST" or not request.path.startswith("/api/v1/chart/data") or not _of_customer():
        return
    body = request.get_json(silent=True)
    if body is None:
        try:
            body = json.loads(request.form.get("form_data") or "{}")
        except ValueError:
            abort(400)
    queries = body.get("queries") if isinstance(body, dict) else None
    if any(mark in text for text in _texts(queries) for mark in ("{{", "{%", "{#")):
        abort(403)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield str(key)
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
