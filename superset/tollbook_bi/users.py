"""Logins: making them, and giving them another password.

Belongs here: users and their roles.
Does not belong here: what a role may do (access.py).
"""

from __future__ import annotations

from tollbook_bi import access
from tollbook_bi.kept import keep_zone
from tollbook_bi.keys import new_password
from tollbook_bi.site import SiteError
from tollbook_bi.zones import checked_zone

STAFF_ROLES = {"operator": access.OPERATOR, "billing": access.BILLING}


def add_user(email: str, *, customer_id: str | None, role: str | None, zone: str | None) -> str:
    """Make a login named by its address, and return its first password. Raises SiteError with what is wrong."""
    from superset.extensions import db, security_manager

    email = email.strip().lower()
    if "@" not in email.strip("@"):
        raise SiteError(f"{email!r} is no mail address")
    if zone is not None and checked_zone(zone) is None:
        raise SiteError(f"{zone!r} is no time zone: use an IANA name, like Europe/London")
    if security_manager.find_user(username=email) or security_manager.find_user(email=email):
        raise SiteError(f"{email} has a login already: `tollbook-bi user password {email}` gives it a new password")
    names = _role_names(customer_id, role)
    roles = [security_manager.find_role(name) for name in names]
    if None in roles:
        known = f"{names[roles.index(None)]!r} is no role here"
        raise SiteError(f"{known}: is the customer in the published snapshot? `tollbook-bi sync` brings them in step")
    password = new_password()
    made = security_manager.add_user(email, email.partition("@")[0], customer_id or role or "", email, roles, password)
    if not made:
        raise SiteError(f"Superset refused to make {email}; its log says why")
    if zone is not None:
        keep_zone(made.id, zone)
        db.session.commit()
    return password


def _role_names(customer_id: str | None, role: str | None) -> list[str]:
    if (customer_id is None) == (role is None):
        raise SiteError("say either --customer ID or --role operator|billing")
    if customer_id is not None:
        return [access.CUSTOMER, access.role_of(customer_id)]
    if role not in STAFF_ROLES:
        raise SiteError(f"{role!r} is no role to give: {', '.join(STAFF_ROLES)}")
    return [STAFF_ROLES[role]]


def reset_password(email: str) -> str:
    """Give a login a new password and return it."""
    from superset.extensions import security_manager

    user = security_manager.find_user(username=email.strip().lower())
    if user is None:
        raise SiteError(f"{email} has no login here")
    password = new_password()
    security_manager.reset_password(user.id, password)
    return password


def set_zone(email: str, zone: str) -> None:
    """Keep *zone* as what a user sees instants in where no filter says otherwise."""
    from superset.extensions import db, security_manager

    user = security_manager.find_user(username=email.strip().lower())
    if user is None:
        raise SiteError(f"{email} has no login here")
    if checked_zone(zone) is None:
        raise SiteError(f"{zone!r} is no time zone: use an IANA name, like Europe/London")
    keep_zone(user.id, zone)
    db.session.commit()
