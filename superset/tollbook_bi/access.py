"""Who may do what: the roles as lists of permissions, and which datasets need which rule.

Belongs here: data and pure decisions about it.
Does not belong here: writing it into Superset (sync.py), checks on a request (security_manager.py).
"""

from __future__ import annotations

from collections.abc import Iterable

CUSTOMER = "Customer"
OPERATOR = "Operator"
BILLING = "Billing"
STAFF = (OPERATOR, BILLING)
CUSTOMER_PREFIX = "Customer: "
"""Begins the name of each customer's own role."""

PORTAL_SCHEMA = "portal"
PORTAL_DASHBOARD = "customer-portal"
OPEN_DATASETS = frozenset({"time_zones"})
"""Datasets of schema portal that hold nobody's rows: the same for every customer, without a rule."""

RULE_GROUP = "tollbook"
NOBODY = "1 = 0"

_OWN_ACCOUNT = {
    ("can_read", "CurrentUserRestApi"),
    ("can_write", "CurrentUserRestApi"),
    ("can_read", "user"),
    ("can_userinfo", "UserDBModelView"),
    ("resetmypassword", "UserDBModelView"),
    ("can_this_form_get", "ResetMyPasswordView"),
    ("can_this_form_post", "ResetMyPasswordView"),
    ("can_this_form_get", "UserInfoEditView"),
    ("can_this_form_post", "UserInfoEditView"),
    ("can_language_pack", "Superset"),
    ("can_get", "MenuApi"),
    ("can_read", "SecurityRestApi"),
    ("can_read", "TollbookZoneView"),
    ("can_write", "TollbookZoneView"),
    ("menu_access", "Time zone"),
}
_LOOKING = {
    ("can_dashboard", "Superset"),
    ("can_read", "Dashboard"),
    ("can_read", "Chart"),
    ("can_read", "DashboardFilterStateRestApi"),
    ("can_write", "DashboardFilterStateRestApi"),
    ("can_read", "DashboardPermalinkRestApi"),
    ("can_write", "DashboardPermalinkRestApi"),
    ("can_dashboard_permalink", "Superset"),
    ("can_share_dashboard", "Superset"),
    ("can_time_range", "Api"),
    ("can_view_chart_as_table", "Dashboard"),
    ("can_csv", "Superset"),
    ("can_log", "Superset"),
    ("can_read", "Theme"),
    ("menu_access", "Home"),
    ("menu_access", "Dashboards"),
}

# Listed by hand: `superset init` gives the stock roles permissions of every view there is, ours included.
CUSTOMER_PERMISSIONS = frozenset(_OWN_ACCOUNT | _LOOKING)

BILLING_PERMISSIONS = CUSTOMER_PERMISSIONS | {
    ("can_recent_activity", "Log"),
    ("can_drill", "Dashboard"),
    ("can_samples", "Datasource"),
    ("can_get_column_values", "Datasource"),
    ("can_get", "Datasource"),
    ("can_get_drill_info", "Dataset"),
    ("can_read", "Dataset"),
    ("can_read", "Database"),
    ("can_explore", "Superset"),
    ("can_read", "Explore"),
    ("can_read", "ExploreFormDataRestApi"),
    ("can_write", "ExploreFormDataRestApi"),
    ("can_read", "ExplorePermalinkRestApi"),
    ("can_write", "ExplorePermalinkRestApi"),
    ("can_fetch_datasource_metadata", "Superset"),
    ("can_slice", "Superset"),
    ("can_share_chart", "Superset"),
    ("menu_access", "Charts"),
}

_REPORTS = {("can_read", "ReportSchedule"), ("can_write", "ReportSchedule"), ("menu_access", "Alerts & Report")}

OPERATOR_PERMISSIONS = BILLING_PERMISSIONS | _REPORTS | {
    ("all_datasource_access", "all_datasource_access"),
    ("all_database_access", "all_database_access"),
    ("can_write", "Chart"),
    ("can_write", "Dashboard"),
    ("can_export", "Chart"),
    ("can_export", "Dashboard"),
    ("can_write", "Dataset"),
    ("can_get_or_create_dataset", "Dataset"),
    ("can_duplicate", "Dataset"),
    ("can_save", "Datasource"),
    ("can_external_metadata", "Datasource"),
    ("can_external_metadata_by_name", "Datasource"),
    ("can_validate_expression", "Datasource"),
    ("can_view_query", "Dashboard"),
    ("can_read", "Annotation"),
    ("can_write", "Annotation"),
    ("menu_access", "Annotation Layers"),
    ("menu_access", "Datasets"),
    ("menu_access", "Data"),
    ("menu_access", "Manage"),
    ("menu_access", "SQL Lab"),
    ("menu_access", "SQL Editor"),
    ("menu_access", "Saved Queries"),
    ("menu_access", "Query Search"),
    ("can_sqllab", "Superset"),
    ("can_sqllab_history", "Superset"),
    ("can_read", "SQLLab"),
    ("can_execute_sql_query", "SQLLab"),
    ("can_get_results", "SQLLab"),
    ("can_format_sql", "SQLLab"),
    ("can_export_csv", "SQLLab"),
    ("can_export_streaming_csv", "SQLLab"),
    ("can_read", "Query"),
    ("can_list", "SavedQuery"),
    ("can_read", "SavedQuery"),
    ("can_write", "SavedQuery"),
    ("can_export", "SavedQuery"),
    ("can_read", "SqlLabPermalinkRestApi"),
    ("can_write", "SqlLabPermalinkRestApi"),
    *(("can_" + verb, "TabStateView") for verb in ("activate", "delete", "delete_query", "get", "post", "put")),
    *(("can_" + verb, "TableSchemaView") for verb in ("delete", "expanded", "post")),
}  # fmt: skip

ROLES = {CUSTOMER: CUSTOMER_PERMISSIONS, BILLING: BILLING_PERMISSIONS, OPERATOR: OPERATOR_PERMISSIONS}

# Lines of files as the switch wrote them, with people's numbers in them: for those who mend files.
RAW_TABLES = frozenset({"rejects", "conflicting_duplicates"})


def for_customers(schema: str | None) -> bool:
    """Say whether customers reach a dataset of *schema* at all."""
    return schema == PORTAL_SCHEMA


def for_billing(table_name: str, sql: str | None) -> bool:
    """Say whether the Billing role reaches a dataset: not one that shows raw lines."""
    text = f"{table_name} {sql or ''}"
    return not any(raw in text for raw in RAW_TABLES)


def needs_rule(table_name: str, schema: str | None) -> bool:
    """Say whether a dataset shows nothing to a customer without a rule of his own: every one but the open ones."""
    return not (for_customers(schema) and table_name in OPEN_DATASETS)


def role_of(customer_id: str) -> str:
    """Return the name of a customer's own role."""
    return f"{CUSTOMER_PREFIX}{customer_id}"


def clause_of(customer_id: str) -> str:
    """Return the literal rule of a customer: a text, never a template (it is part of the cache's key)."""
    return "customer_id = '" + customer_id.replace("'", "''") + "'"


def is_customer(role_names: Iterable[str]) -> bool:
    """Say whether these roles make somebody a customer: the Customer role, and none of the staff or Admin."""
    names = set(role_names)
    return not names & {"Admin", *STAFF}
