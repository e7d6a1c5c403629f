"""What Tollbook itself keeps in Superset's metadata: what was imported, and each user's time zone.

Belongs here: the two tables, reading and writing them.
Does not belong here: what the values mean.
"""

from __future__ import annotations

import sqlalchemy as sa
from superset.extensions import db

_METADATA = sa.MetaData()
_MARKS = sa.Table(
    "tollbook_marks",
    _METADATA,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
_ZONES = sa.Table(
    "tollbook_user_zones",
    _METADATA,
    sa.Column("user_id", sa.Integer, primary_key=True),
    sa.Column("zone", sa.String(64), nullable=False),
)


def make_tables() -> None:
    """Make the tables where they are absent."""
    _METADATA.create_all(db.engine)


def mark(name: str) -> str | None:
    """Return what was last marked under *name*."""
    return db.session.execute(sa.select([_MARKS.c.value]).where(_MARKS.c.name == name)).scalar()


def set_mark(name: str, value: str) -> None:
    """Mark *value* under *name*; the caller commits."""
    db.session.execute(_MARKS.delete().where(_MARKS.c.name == name))
    db.session.execute(_MARKS.insert().values(name=name, value=value))


def kept_zone(user_id: int) -> str | None:
    """Return the zone of a user."""
    return db.session.execute(sa.select([_ZONES.c.zone]).where(_ZONES.c.user_id == user_id)).scalar()


def keep_zone(user_id: int, zone: str) -> None:
    """Keep *zone* for a user; the caller commits."""
    db.session.execute(_ZONES.delete().where(_ZONES.c.user_id == user_id))
    db.session.execute(_ZONES.insert().values(user_id=user_id, zone=zone))
