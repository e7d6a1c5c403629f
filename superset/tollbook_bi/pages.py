"""What Tollbook adds to Superset's pages: its static files, a page for one's time zone, a customer's way home.

Belongs here: views and request hooks.
Does not belong here: what they decide (access.py, zones.py), the look (look.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, g, redirect, request

from tollbook_bi import access, look


def mutate_app(app: Flask) -> None:
    """Add Tollbook's parts; Superset calls this once its own are there."""
    app.register_blueprint(
        Blueprint(
            "tollbook", __name__, static_folder=str(Path(__file__).parent / "static"), static_url_path=look.STATIC_URL
        )
    )
    app.before_request(_customers_way_home)


def _customers_way_home() -> Any:
    """Send customers to their dashboard instead of Superset's welcome page."""
    if request.path not in ("/", "/superset/welcome/"):
        return None
    from flask_login import current_user

    user = getattr(g, "user", None) or current_user
    if user.is_anonymous or not access.is_customer(role.name for role in user.roles):
        return None
    return redirect(f"/superset/dashboard/{access.PORTAL_DASHBOARD}/")
