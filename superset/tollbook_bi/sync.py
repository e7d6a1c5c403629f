"""Roles and row-level rules, kept in step with the published customers and the datasets that exist.

Belongs here: writing what access.py says into Superset.
Does not belong here: the decisions (access.py), users (users.py).

Rules, one group, so that Superset joins them with OR: for everybody but staff, no row of any dataset; for the role of
a customer, the rows of his datasets that carry his id. Who has no role yet is left with the first: nothing.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tollbook_bi import access
from tollbook_bi.connection import read_snapshot
from tollbook_bi.site import SiteError, this_site

_BASE_RULE = "Tollbook: nobody's rows"
_RULE_PREFIX = "Tollbook: "


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did. gone: customers whose role and rule were disabled."""

    customers: int
    new: tuple[str, ...]
    gone: tuple[str, ...]
    datasets: int


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let one process change roles, rules and assets at a time; the kernel frees the lock when its holder dies."""
    with (this_site().state / "sync.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def published_customers() -> list[str]:
    """Return the ids of the customers in the published snapshot, in byte order. Raises SiteError without a snapshot."""
    snapshot = this_site().snapshot
    if not snapshot.exists():
        raise SiteError(f"nothing is published yet ({snapshot} is absent): run `tollbook run` first")
    return sorted(str(customer_id) for (customer_id,) in read_snapshot("select customer_id from marts.customers"))


def sync_access() -> Synced:
    """Bring roles and rules in step; one transaction."""
    from superset.extensions import db, security_manager

    customers = published_customers()
    for name, permissions in access.ROLES.items():
        _set_permissions(security_manager, name, permissions)
    datasets = _datasets()
    _grant_datasets(security_manager, datasets)
    roles = {customer_id: _role(security_manager, access.role_of(customer_id)) for customer_id in customers}
    known = {
        name.removeprefix(access.CUSTOMER_PREFIX)
        for name in (role.name for role in security_manager.get_all_roles())
        if name.startswith(access.CUSTOMER_PREFIX)
    }
    new, gone = _write_rules(security_manager, roles, datasets)
    db.session.commit()
    return Synced(len(customers), tuple(new), tuple(sorted(gone & known)), len(datasets))


def _datasets() -> list[Any]:
    from superset.connectors.sqla.models import SqlaTable
    from superset.extensions import db

    return list(db.session.query(SqlaTable).order_by(SqlaTable.id))


def _role(manager: Any, name: str) -> Any:
    return manager.find_role(name) or manager.add_role(name)


def _set_permissions(manager: Any, name: str, wanted: Iterable[tuple[str, str]]) -> None:
    """Give a role exactly the listed permissions, beside the datasets it may read."""
    role = _role(manager, name)
    found = [manager.find_permission_view_menu(*pair) for pair in sorted(wanted)]
    missing = [pair for pair, permission in zip(sorted(wanted), found, strict=True) if permission is None]
    if missing:
        raise SiteError(f"Superset has no such permissions (was it upgraded?): {missing}")
    data = [one for one in role.permissions if one.permission.name == "datasource_access"]
    _set_list(role, "permissions", [*found, *data])


def _set_list(owner: Any, attribute: str, wanted: list[Any]) -> None:
    """Set a relation where it differs: writing the same again would still touch every row."""
    if {one.id for one in getattr(owner, attribute)} != {one.id for one in wanted}:
        setattr(owner, attribute, wanted)


def _grant_datasets(manager: Any, datasets: list[Any]) -> None:
    """Let customers read the datasets of schema portal, Billing those without raw lines; Operator reads all."""
    wanted = {
        access.CUSTOMER: [one for one in datasets if access.for_customers(one.schema)],
        access.BILLING: [one for one in datasets if access.for_billing(one.table_name, one.sql)],
    }
    for name, readable in wanted.items():
        role = manager.find_role(name)
        permissions = [manager.add_permission_view_menu("datasource_access", one.perm) for one in readable]
        others = [one for one in role.permissions if one.permission.name != "datasource_access"]
        _set_list(role, "permissions", [*others, *permissions])


def _write_rules(manager: Any, roles: dict[str, Any], datasets: list[Any]) -> tuple[list[str], set[str]]:
    """Write the base rule and one rule a customer; return the customers that are new and those that are gone."""
    from superset.connectors.sqla.models import RowLevelSecurityFilter
    from superset.extensions import db
    from superset.utils.core import RowLevelSecurityFilterType

    present = {
        rule.name: rule
        for rule in db.session.query(RowLevelSecurityFilter).filter(
            RowLevelSecurityFilter.name.startswith(_RULE_PREFIX)
        )
    }
    guarded = [one for one in datasets if access.needs_rule(one.table_name, one.schema)]
    own = [one for one in guarded if access.for_customers(one.schema)]
    staff = [manager.find_role("Admin"), *(manager.find_role(name) for name in access.STAFF)]
    wanted = {_BASE_RULE: (RowLevelSecurityFilterType.BASE, access.NOBODY, staff, guarded)}
    for customer_id, role in roles.items():
        name = f"{_RULE_PREFIX}{access.role_of(customer_id)}"
        wanted[name] = (RowLevelSecurityFilterType.REGULAR, access.clause_of(customer_id), [role], own)
    prefix = f"{_RULE_PREFIX}{access.CUSTOMER_PREFIX}"
    new = [name.removeprefix(prefix) for name in wanted if name not in present and name != _BASE_RULE]
    for name, (kind, clause, rule_roles, tables) in wanted.items():
        rule = present.pop(name, None)
        if rule is None:
            rule = RowLevelSecurityFilter(name=name, description="Kept in step by tollbook-bi sync; edits are undone.")
            db.session.add(rule)
        if (rule.filter_type, rule.clause, rule.group_key) != (kind, clause, access.RULE_GROUP):
            rule.filter_type, rule.clause, rule.group_key = kind, clause, access.RULE_GROUP
        _set_list(rule, "roles", rule_roles)
        _set_list(rule, "tables", tables)
    gone = {name.removeprefix(prefix) for name in present}
    for rule in present.values():
        db.session.delete(rule)
    return new, gone
