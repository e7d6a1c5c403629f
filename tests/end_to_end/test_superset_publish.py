"""A publish under a Superset that is being asked: no failed query, new figures at once, new customers within seconds.

Belongs here: snapshots swapped as a publish swaps them, seen through the server.
Does not belong here: making figures (the pipeline), rules against forged requests (test_superset_access.py).
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator

import duckdb
import pytest

from assets.publish import _swap
from tests.support.superset_server import CUSTOMER_B, Client, SupersetServer

SECONDS_UNTIL_IN_STEP = 60


@pytest.fixture
def former(superset: SupersetServer) -> Iterator[str]:
    """Return the name of the published snapshot, which is current again afterwards."""
    name = superset.current.readlink().name
    yield name
    _swap(superset.current, superset.current.with_name(name))
    for path in superset.current.parent.glob("tollbook-test-*.duckdb"):
        path.unlink()


def publish(superset: SupersetServer, number: int, *statements: str) -> None:
    """Publish a copy of the current snapshot with *statements* done to it, as a run does it: whole, then swapped."""
    target = superset.current.with_name(f"tollbook-test-{number}.duckdb")
    shutil.copyfile(superset.current.resolve(), target)
    with duckdb.connect(str(target)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.execute("checkpoint")
    _swap(superset.current, target)


def balance(client: Client, dataset: int) -> str:
    answer = client.chart_data(dataset, {"columns": ["customer_id", "balance_text"], "metrics": []})
    assert answer.status_code == 200, answer.text
    return str(next(row["balance_text"] for row in answer.json()["result"][0]["data"]))


def test_no_query_fails_while_snapshots_change_and_the_next_one_has_the_new_figures(
    superset: SupersetServer,
    former: str,  # noqa: ARG001 -- puts it back
) -> None:
    dataset = superset.client("admin").datasets["portal_account"]["id"]
    client = superset.client("b")
    before = balance(client, dataset)
    failures: list[str] = []
    asked = 0
    over = threading.Event()

    def ask(own: Client) -> None:
        nonlocal asked
        while not over.is_set():
            answer = own.chart_data(dataset, {"columns": ["balance_text"], "metrics": []}, force=asked % 2 == 0)
            asked += 1
            if answer.status_code != 200 or not answer.json()["result"][0]["data"]:
                failures.append(answer.text)

    threads = [threading.Thread(target=ask, args=(superset.client("b"),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(1, 6):
        amount = 1000 * number
        publish(
            superset,
            number,
            f"update marts.account_balances set balance_amount = {amount} where customer_id = '{CUSTOMER_B}'",
        )
        assert f"{amount:,}.00" in balance(client, dataset), "an old figure after a publish"
    over.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert asked > 10
    assert before != balance(client, dataset)


def test_a_new_customer_gets_a_role_and_a_rule_and_one_that_went_loses_them(
    superset: SupersetServer, former: str
) -> None:
    admin = superset.client("admin")
    publish(
        superset,
        10,
        "insert into reference.customers (customer_id, customer_name, currency_code) "
        "values ('zz-o''new', 'Zz New', 'EUR')",
    )
    rule = _rule_within(admin, "Tollbook: Customer: zz-o'new", present=True)
    assert rule == "customer_id = 'zz-o''new'"
    refused = superset.tollbook_bi("user", "add", "new@example.com", "--customer", "nobody-of-that-name")
    assert refused.returncode == 1
    assert "'Customer: nobody-of-that-name' is no role here" in refused.stderr
    added = superset.tollbook_bi("user", "add", "New@Example.com", "--customer", "zz-o'new", "--zone", "Asia/Tokyo")
    assert added.returncode == 0, added.stderr
    password = next(line.split()[1] for line in added.stdout.splitlines() if line.startswith("password"))
    new = Client(superset.url, "new@example.com", password)
    dataset = admin.datasets["portal_checklist_items"]["id"]
    answer = new.chart_data(dataset, {"columns": ["customer_id"], "metrics": []})
    assert answer.status_code == 200, answer.text
    assert {row["customer_id"] for row in answer.json()["result"][0]["data"]} <= {"zz-o'new"}
    _swap(superset.current, superset.current.with_name(former))
    assert _rule_within(admin, "Tollbook: Customer: zz-o'new", present=False) is None
    answer = new.chart_data(dataset, {"columns": ["customer_id"], "metrics": []})
    assert answer.status_code != 200 or answer.json()["result"][0]["data"] == []


def _rule_within(admin: Client, name: str, *, present: bool) -> str | None:
    """Return the clause of a rule once it is there, or None once it is gone."""
    until = time.monotonic() + SECONDS_UNTIL_IN_STEP
    while time.monotonic() < until:
        rules = admin.get("/api/v1/rowlevelsecurity/?q=(page_size:500)").json()["result"]
        found = {rule["name"]: rule["clause"] for rule in rules}
        if (name in found) == present:
            return str(found[name]) if present else None
        time.sleep(1)
    pytest.fail(f"{name} is {'absent' if present else 'present'} after {SECONDS_UNTIL_IN_STEP} s")
