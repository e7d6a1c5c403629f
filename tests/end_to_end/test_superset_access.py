"""What each login reaches over HTTP: a customer's rows and no other's, whatever is asked and however.

Belongs here: requests as two customers, as one without a role of his own, and as staff, against a real server.
Does not belong here: pages in a browser (test_superset_pages.py), the files of the bundle (tests/contract/).
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from tests.support.superset_server import CUSTOMER_A, CUSTOMER_B, Client, SupersetServer

REFUSED = (400, 401, 403, 404)


@pytest.fixture(scope="module")
def clients(superset: SupersetServer) -> dict[str, Client]:
    return {name: superset.client(name) for name in ("admin", "a", "b", "unsynced", "operator", "billing")}


@pytest.fixture(scope="module")
def datasets(clients: dict[str, Client]) -> dict[str, dict[str, Any]]:
    """Return every dataset there is, by name, with its columns."""
    admin = clients["admin"]
    found = {}
    for name, row in admin.datasets.items():
        found[name] = admin.get(f"/api/v1/dataset/{row['id']}").json()["result"]
    assert len(found) > 10
    return found


def columns_of(dataset: dict[str, Any]) -> list[str]:
    return [column["column_name"] for column in dataset["columns"]]


def rows_of(answer: requests.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return [row for result in answer.json()["result"] for row in result["data"]]


def everything(dataset: dict[str, Any]) -> dict[str, Any]:
    return {"columns": columns_of(dataset), "metrics": []}


def test_a_customer_gets_own_rows_of_every_portal_dataset_and_nothing_of_any_other(
    clients: dict[str, Client], datasets: dict[str, dict[str, Any]]
) -> None:
    seen = 0
    for name, dataset in datasets.items():
        answers = {login: clients[login].chart_data(dataset["id"], everything(dataset)) for login in ("a", "b")}
        if dataset["schema"] != "portal":
            assert {answer.status_code for answer in answers.values()} == {403}, name
            continue
        if "customer_id" not in columns_of(dataset):
            assert name == "time_zones", f"{name}: a dataset for customers without customer_id"
            continue
        for login, customer_id in (("a", CUSTOMER_A), ("b", CUSTOMER_B)):
            ids = {row["customer_id"] for row in rows_of(answers[login])}
            assert ids <= {customer_id}, (name, login)
            seen += len(ids)
    assert seen > 10, "hardly any dataset has rows of these customers: the test would prove nothing"


def test_staff_sees_both_customers_in_the_same_datasets(
    clients: dict[str, Client], datasets: dict[str, dict[str, Any]]
) -> None:
    for login in ("operator", "billing"):
        ids = {row["customer_id"] for row in rows_of(clients[login].chart_data(
            datasets["customer_summary_daily"]["id"], {"columns": ["customer_id"], "metrics": []}))}  # fmt: skip
        assert {CUSTOMER_A, CUSTOMER_B} < ids


def test_a_customer_without_a_role_of_his_own_sees_no_row_at_all(
    clients: dict[str, Client], datasets: dict[str, dict[str, Any]]
) -> None:
    for name, dataset in datasets.items():
        answer = clients["unsynced"].chart_data(dataset["id"], everything(dataset))
        if answer.status_code == 200 and name != "time_zones":
            assert rows_of(answer) == [], name


def test_each_dataset_but_the_zones_has_the_rule_that_shows_nobody_a_row(
    clients: dict[str, Client], datasets: dict[str, dict[str, Any]]
) -> None:
    rules = clients["admin"].get("/api/v1/rowlevelsecurity/?q=(page_size:500)").json()["result"]
    base = next(rule for rule in rules if rule["filter_type"] == "Base")
    assert base["clause"] == "1 = 0"
    guarded = {table["id"] for table in base["tables"]}
    assert {name for name, dataset in datasets.items() if dataset["id"] not in guarded} == {"time_zones"}
    assert {role["name"] for role in base["roles"]} == {"Admin", "Operator", "Billing"}


def test_answers_kept_for_one_login_are_not_given_to_another(
    clients: dict[str, Client], datasets: dict[str, dict[str, Any]]
) -> None:
    dataset = datasets["customer_summary_daily"]
    query = {"columns": ["customer_id", "customer_name"], "metrics": []}
    told = {}
    for login in ("operator", "a", "b", "unsynced", "a", "b", "operator"):
        answer = clients[login].chart_data(dataset["id"], query)
        ids = frozenset(row["customer_id"] for row in rows_of(answer))
        assert told.setdefault(login, ids) == ids
    again = clients["a"].chart_data(dataset["id"], query).json()["result"][0]
    assert again["is_cached"], "nothing is kept at all: the test would prove nothing"
    assert told["a"] == {CUSTOMER_A}
    assert told["b"] == {CUSTOMER_B}
    assert told["unsynced"] == frozenset()
    assert len(told["operator"]) > 20


OTHER_ROWS = "(select max(customer_id) from marts.customers)"


@pytest.mark.parametrize(
    "query",
    [
        {"columns": ["customer_id"], "extras": {"where": "1 = 1) or (1 = 1"}},
        {"columns": ["customer_id"], "extras": {"where": "customer_id is not null"}},
        {"columns": ["customer_id"], "extras": {"having": "1 = 1) or (1 = 1"}},
        {"columns": ["customer_id"], "extras": {"where": "{{ dataset(1) }}"}},
        {"columns": [{"label": "x", "sqlExpression": OTHER_ROWS, "expressionType": "SQL"}]},
        {"columns": [{"label": "x", "sqlExpression": "(from marts.customers select max(customer_id))"}]},
        {"columns": [{"label": "x", "sqlExpression": "getenv('HOME')", "expressionType": "SQL"}]},
        {"metrics": [{"label": "x", "sqlExpression": f"max({OTHER_ROWS})", "expressionType": "SQL"}]},
        {"metrics": [{"label": "x", "sqlExpression": "max({{ current_username() }})", "expressionType": "SQL"}]},
        {"columns": ["customer_id"], "orderby": [[{"label": "x", "sqlExpression": OTHER_ROWS}, True]]},
        {"columns": ["customer_id"], "filters": [{"col": {"label": "x", "sqlExpression": OTHER_ROWS}, "op": "=="}]},
        {"columns": ["customer_id"], "extras": {"where": "exists (from (summarize portal.customer_summary_daily))"}},
        {"columns": [{"label": "x", "sqlExpression": "(select max(max) from (summarize portal.account_balances))"}]},
        {"columns": [{"label": "x", "sqlExpression": "(select max(title) from (pivot portal.checklist on title))"}]},
        {"columns": [{"label": "x", "sqlExpression": "(select content from read_text('/etc/passwd'))"}]},
        {"columns": [OTHER_ROWS]},
        {"metrics": [f"max({OTHER_ROWS})"]},
        {"columns": ["customer_id"], "filters": [{"col": OTHER_ROWS, "op": "==", "val": "x"}]},
        {"columns": ["customer_id"], "filters": [{"col": "customer_id", "op": "IN", "val": ["x') or (1 = 1) --"]}]},
        {"columns": ["customer_id"], "filters": [{"col": "customer_id", "op": "==", "val": CUSTOMER_B}]},
        {"columns": ["customer_id"], "filters": [{"col": "time_zone", "op": "IN", "val": ["UTC') or (1=1"]}]},
        {"columns": ["customer_id"], "granularity": f"{OTHER_ROWS}", "time_range": "Last week"},
        {"columns": ["customer_id"], "series_columns": [OTHER_ROWS], "series_limit": 5},
    ],
)  # fmt: skip
def test_no_forged_query_shows_a_customer_another_ones_rows(
    clients: dict[str, Client], datasets: dict[str, dict[str, Any]], query: dict[str, Any]
) -> None:
    for name in ("customer_summary_daily", "portal_account"):
        answer = clients["a"].chart_data(datasets[name]["id"], {"metrics": [], "columns": [], **query})
        assert answer.status_code in (200, *REFUSED), answer.text
        if answer.status_code == 200:
            told = {str(value) for row in rows_of(answer) for value in row.values()}
            assert told <= {CUSTOMER_A}, told
            assert "marts.customers" not in json.dumps(answer.json()["result"][0]["data"])


def test_what_a_stored_chart_does_not_ask_a_customer_cannot_ask(
    clients: dict[str, Client], datasets: dict[str, dict[str, Any]]
) -> None:
    metric = {"label": "x", "sqlExpression": "count(*) + 17", "expressionType": "SQL"}
    dataset = datasets["customer_summary_daily"]["id"]
    refused = clients["a"].chart_data(dataset, {"columns": [], "metrics": [metric]})
    assert refused.status_code == 403
    assert "Expressions of your own" in refused.text
    assert clients["operator"].chart_data(dataset, {"columns": [], "metrics": [metric]}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/sqllab/",
        "/explore/?datasource_type=table&datasource_id=1",
        "/api/v1/explore/?datasource_type=table&datasource_id={dataset}",
        "/api/v1/dataset/",
        "/api/v1/dataset/{dataset}",
        "/api/v1/dataset/{dataset}/related_objects",
        "/api/v1/dataset/{dataset}/drill_info/",
        "/api/v1/database/",
        "/api/v1/database/1",
        "/api/v1/database/1/tables/?q=(schema_name:marts)",
        "/api/v1/database/1/schemas/",
        "/api/v1/database/1/table_metadata/?name=customers&schema=marts",
        "/api/v1/datasource/table/{dataset}/column/customer_id/values/",
        "/datasource/get/table/{dataset}/",
        "/datasource/external_metadata/table/{dataset}/",
        "/superset/fetch_datasource_metadata?datasourceKey={dataset}__table",
        "/api/v1/rowlevelsecurity/",
        "/api/v1/security/users/",
        "/api/v1/security/roles/",
        "/api/v1/log/",
        "/api/v1/query/",
        "/api/v1/saved_query/",
        "/api/v1/report/",
        "/api/v1/assets/export/",
        "/api/v1/dashboard/export/?q=!(1)",
        "/api/v1/chart/export/?q=!(1)",
        "/users/",
        "/roles/",
        "/tablemodelview/list/",
    ],
)
def test_pages_and_addresses_of_staff_are_closed_to_customers(
    clients: dict[str, Client], datasets: dict[str, dict[str, Any]], path: str
) -> None:
    answer = clients["a"].get(path.replace("{dataset}", str(datasets["customer_summary_daily"]["id"])))
    assert answer.status_code in (*REFUSED, 405), (answer.status_code, answer.url, answer.text[:200])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/sqllab/execute/", {"database_id": 1, "sql": "select 1", "schema": "portal"}),
        ("/api/v1/sqllab/execute/", {"database_id": 1, "sql": "summarize portal.customer_summary_daily"}),
        ("/api/v1/sqllab/execute/", {"database_id": 1, "sql": "pivot portal.checklist on title using count(*)"}),
        ("/datasource/samples?datasource_type=table&datasource_id={dataset}", {"filters": []}),
        ("/api/v1/dataset/", {"database": 1, "schema": "marts", "table_name": "customers"}),
        ("/api/v1/database/", {"database_name": "x", "sqlalchemy_uri": "duckdb:////etc/passwd"}),
        ("/api/v1/database/1/validate_sql/", {"sql": "select 1"}),
        ("/api/v1/chart/", {"slice_name": "x", "datasource_id": 1, "datasource_type": "table", "viz_type": "table"}),
        ("/api/v1/dashboard/", {"dashboard_title": "x"}),
        ("/api/v1/rowlevelsecurity/", {"name": "x", "clause": "1=1", "filter_type": "Regular", "tables": [1]}),
        ("/api/v1/security/users/", {"username": "x"}),
        ("/api/v1/security/guest_token/", {"resources": [], "rls": [], "user": {}}),
        ("/superset/explore_json/", {"form_data": {"datasource": "1__table", "viz_type": "table"}}),
        ("/api/v1/query/", {}),
        ("/api/v1/cachekey/invalidate", {"datasource_uids": []}),
    ],
)
def test_nothing_of_staff_can_be_written_or_run_by_customers(
    clients: dict[str, Client], datasets: dict[str, dict[str, Any]], path: str, body: dict[str, Any]
) -> None:
    answer = clients["a"].post(path.replace("{dataset}", str(datasets["customer_summary_daily"]["id"])), body)
    assert answer.status_code in (*REFUSED, 405), (answer.status_code, answer.text[:200])


def test_samples_and_raw_rows_through_the_chart_address_stay_a_customers_own(
    clients: dict[str, Client], datasets: dict[str, dict[str, Any]]
) -> None:
    for result_type in ("samples", "drill_detail", "results", "query", "columns", "timegrains"):
        for name, dataset in datasets.items():
            query = {"columns": ["customer_id"], "metrics": []}
            answer = clients["a"].chart_data(dataset["id"], query, result_type=result_type)
            if answer.status_code == 200:
                assert dataset["schema"] == "portal", (name, result_type)
                assert CUSTOMER_B not in answer.text, (name, result_type)


def test_files_made_of_a_chart_hold_a_customers_own_rows(
    clients: dict[str, Client], datasets: dict[str, dict[str, Any]]
) -> None:
    dataset = datasets["customer_summary_daily"]
    answer = clients["a"].chart_data(dataset["id"], everything(dataset), result_format="csv")
    assert answer.status_code == 200, answer.text
    text = answer.content.decode("utf-8-sig")
    assert CUSTOMER_A in text
    assert CUSTOMER_B not in text
    sheet = clients["a"].chart_data(dataset["id"], everything(dataset), result_format="xlsx")
    assert sheet.status_code == 200
    assert sheet.content[:2] == b"PK"


@pytest.mark.parametrize(
    "statement",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "select * from glob('/*')",
        "select * from '/etc/passwd'",
        "attach '/tmp/other.duckdb' as other",
        "copy (select 1) to '/tmp/tollbook-bi-stolen.csv'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set lock_configuration = false",
        "create table marts.mine as select 1",
        "delete from marts.customers",
        "call pragma_database_size(); attach ':memory:' as other",
        "export database '/tmp/tollbook-bi-stolen'",
        "select getenv('HOME')",
    ],
)
def test_duckdb_lets_staff_read_the_snapshot_and_nothing_else(clients: dict[str, Client], statement: str) -> None:
    answer = clients["operator"].post(
        "/api/v1/sqllab/execute/", {"database_id": 1, "sql": statement, "schema": "marts", "runAsync": False}
    )
    assert answer.status_code != 200, answer.text
    assert "root:" not in answer.text


def test_staff_queries_the_snapshot_in_sql_lab(clients: dict[str, Client]) -> None:
    sql = "select count(*) as n from marts.customers"
    answer = clients["operator"].post("/api/v1/sqllab/execute/", {"database_id": 1, "sql": sql, "schema": "marts"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"][0]["n"] > 30
    assert clients["billing"].post("/api/v1/sqllab/execute/", {"database_id": 1, "sql": sql}).status_code == 403


def test_a_customer_changes_name_and_password_and_nothing_more(superset: SupersetServer) -> None:
    client = superset.client("unsynced")
    assert client.put("/api/v1/me/", {"first_name": "New", "password": "another-Passw0rd"}).status_code == 200
    assert client.get("/user_info/").status_code == 200
    assert client.get("/superset/language_pack/de/").status_code == 200
    assert client.put("/api/v1/me/", {"roles": [1]}).status_code == 400
    assert client.put("/api/v1/me/", {"active": False}).status_code == 400
    assert client.put("/api/v1/me/", {"password": superset.password("unsynced")}).status_code == 200


def test_a_customer_finds_the_portal_and_no_other_dashboard(clients: dict[str, Client]) -> None:
    found = {row["slug"] for row in clients["a"].get("/api/v1/dashboard/").json()["result"]}
    assert found == {"customer-portal"}
    home = clients["a"].get("/")
    assert home.url.endswith("/superset/dashboard/customer-portal/")
    for slug in ("pipeline-health", "billing-and-margin", "carrier-quality"):
        assert clients["a"].get(f"/api/v1/dashboard/{slug}").status_code == 404
        assert clients["a"].get(f"/api/v1/dashboard/{slug}/datasets").status_code == 404


def test_nobody_sees_anything_without_a_login(superset: SupersetServer) -> None:
    for path in ("/api/v1/dashboard/", "/api/v1/chart/", "/api/v1/me/", "/superset/dashboard/customer-portal/"):
        answer = requests.get(superset.url + path, timeout=60)
        assert answer.status_code in (401, 403) or "/login" in answer.url, path
