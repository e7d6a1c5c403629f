"""Every column that a customer can reach, by name: row-level rules hide rows, and no column.

Belongs here: the datasets of schema portal against the list beside this file; what the Customer role may do.
Does not belong here: rows (tests/end_to_end/test_superset_access.py), the rest of the bundle.

A column is added to the list by somebody who has asked: may a customer see this of himself?
"""

from __future__ import annotations

from pathlib import Path

import yaml

from tollbook_bi import access

PROJECT = Path(__file__).resolve().parents[2]
LIST = Path(__file__).with_name("customer_columns.txt")


def reachable() -> list[str]:
    """Return ``dataset.column`` for each column of each dataset that customers reach."""
    found = []
    for path in sorted((PROJECT / "superset" / "assets" / "datasets").glob("*.yaml")):
        dataset = yaml.safe_load(path.read_text())
        if access.for_customers(dataset["schema"]):
            found += [f"{dataset['table_name']}.{column['column_name']}" for column in dataset["columns"]]
            found += [f"{dataset['table_name']}.{metric['metric_name']}()" for metric in dataset["metrics"]]
    return sorted(found)


def test_customers_reach_the_listed_columns_and_no_other() -> None:
    listed = [line for line in LIST.read_text().splitlines() if line and not line.startswith("#")]
    assert reachable() == listed


def test_no_column_of_customers_names_what_they_cost_or_who_carries_their_calls() -> None:
    forbidden = ("cost", "margin", "carrier", "buy_", "loss")
    told = [name for name in reachable() if any(word in name for word in forbidden)]
    assert told == []


def test_datasets_for_customers_read_tables_of_schema_portal_alone() -> None:
    for path in sorted((PROJECT / "superset" / "assets" / "datasets").glob("*.yaml")):
        dataset = yaml.safe_load(path.read_text())
        if access.for_customers(dataset["schema"]):
            sql = dataset.get("sql") or ""
            assert not any(f"{schema}." in sql for schema in ("marts", "facts", "build", "reference", "billing")), path


def test_each_dataset_for_customers_carries_the_column_its_rule_names() -> None:
    for path in sorted((PROJECT / "superset" / "assets" / "datasets").glob("*.yaml")):
        dataset = yaml.safe_load(path.read_text())
        names = {column["column_name"] for column in dataset["columns"]}
        if access.for_customers(dataset["schema"]) and access.needs_rule(dataset["table_name"], dataset["schema"]):
            assert "customer_id" in names, path
        elif access.for_customers(dataset["schema"]):
            assert names <= {"time_zone"}, f"{path}: an open dataset must hold nobody's rows"


def test_customers_have_no_permission_that_explores_writes_or_lists_users() -> None:
    verbs = {name for name, _ in access.CUSTOMER_PERMISSIONS}
    views = {view for _, view in access.CUSTOMER_PERMISSIONS}
    assert not verbs & {"can_explore", "can_samples", "can_sqllab", "can_save", "can_execute_sql_query", "can_export"}
    assert not views & {
        "SQLLab",
        "Database",
        "Dataset",
        "Datasource",
        "Explore",
        "User",
        "Role",
        "RowLevelSecurity",
        "Log",
    }
    writable = {view for name, view in access.CUSTOMER_PERMISSIONS if name == "can_write"}
    assert writable == {
        "CurrentUserRestApi",
        "DashboardFilterStateRestApi",
        "DashboardPermalinkRestApi",
        "TollbookZoneView",
    }


def test_a_customers_rule_is_a_literal_whatever_his_id_is() -> None:
    for customer_id in ("acme", "o'brien", "{{ current_username() }}", "x' or '1'='1", "ü\\"):
        clause = access.clause_of(customer_id)
        begin, _, literal = clause.partition(" = ")
        assert begin == "customer_id"
        assert literal[0] == literal[-1] == "'"
        assert literal[1:-1].replace("''", "'") == customer_id
        assert "'" not in literal[1:-1].replace("''", "")
