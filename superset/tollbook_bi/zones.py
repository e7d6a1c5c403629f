"""Time zones: what a dashboard's filter may ask for, and the Jinja functions that datasets use.

Belongs here: which names pass, whose zone it is, SQL that shifts an instant.
Does not belong here: which columns are shifted (superset/assets/datasets/).

A name reaches SQL only when it is in the list of IANA names that Python and DuckDB both know: the text a dataset gets
is one of ours, never the caller's.
"""

from __future__ import annotations

import re
from functools import cache
from zoneinfo import available_timezones

UTC = "UTC"
FILTER_COLUMN = "time_zone"
_REGION = re.compile(
    r"(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Za-z0-9_+/-]+"
)
_COLUMN = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?")


@cache
def known_zones() -> frozenset[str]:
    """Return the names that pass: UTC and those of a region and a place, as the IANA list spells them."""
    return frozenset({UTC, *(name for name in available_timezones() if _REGION.fullmatch(name))})


def checked_zone(value: object) -> str | None:
    """Return *value* where it is a known zone, else None."""
    return value if isinstance(value, str) and value in known_zones() else None


def tollbook_zone() -> str:
    """Return the zone to show instants in: the filter's, else the one the user keeps, else UTC. Safe between quotes."""
    return chosen_zone() or remembered_zone() or UTC


def tollbook_local(column: str) -> str:
    """Return SQL of the UTC timestamp *column* in tollbook_zone(), as a timestamp without zone.

    Raises ValueError where *column* is no plain name: it stands in a dataset's SQL, so that is a defect there.
    """
    if _COLUMN.fullmatch(column) is None:
        raise ValueError(f"{column!r} is no name of a column")
    zone = tollbook_zone()
    if zone == UTC:
        return column
    return f"timezone('{zone}', timezone('UTC', {column}))"


def chosen_zone() -> str | None:
    """Return the zone that the request's filter chose, or None."""
    from flask import has_request_context
    from superset.jinja_context import ExtraCache

    if not has_request_context():
        return None
    for value in ExtraCache().filter_values(FILTER_COLUMN):
        zone = checked_zone(value)
        if zone is not None:
            return zone
    return None


def remembered_zone() -> str | None:
    """Return the zone that the user of this request keeps, or None."""
    from superset.utils.core import get_user_id

    from tollbook_bi.kept import kept_zone

    user_id = get_user_id()
    return None if user_id is None else checked_zone(kept_zone(user_id))
