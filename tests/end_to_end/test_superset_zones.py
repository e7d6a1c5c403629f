"""The zone that instants are shown in: asked for by a filter, kept by a login, never any text but a name of the list.

Belongs here: requests with zones, good and forged; the page that keeps one; both sides of a change of the clock.
Does not belong here: who sees which rows (test_superset_access.py).
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.superset_server import Client, SupersetServer


@pytest.fixture(scope="module")
def account(superset: SupersetServer) -> int:
    """Return the dataset that tells its zone."""
    return int(superset.client("admin").datasets["portal_account"]["id"])


def zone_told(client: Client, dataset: int, *chosen: str) -> str:
    filters = [{"col": "time_zone", "op": "IN", "val": list(chosen)}] if chosen else []
    answer = client.chart_data(dataset, {"columns": ["time_zone"], "metrics": [], "filters": filters})
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["result"][0]["data"]
    return ",".join(str(row["time_zone"]) for row in rows)


def test_the_filter_chooses_the_zone(superset: SupersetServer, account: int) -> None:
    client = superset.client("a")
    for zone in ("America/New_York", "Asia/Kolkata", "UTC", "America/Argentina/Buenos_Aires"):
        assert zone_told(client, account, zone) == zone


@pytest.mark.parametrize(
    "forged",
    [
        "UTC'; drop table x; --",
        "utc",
        "Europe/Nowhere",
        "../../etc/passwd",
        "posix/Europe/Berlin",
        "Etc/GMT+1",
        "",
        "EST",
    ],
)
def test_what_is_no_zone_of_the_list_never_reaches_the_query(
    superset: SupersetServer, account: int, forged: str
) -> None:
    filters = [{"col": "time_zone", "op": "IN", "val": [forged]}]
    query = {"columns": ["time_zone"], "metrics": [], "filters": filters}
    answer = superset.client("operator").chart_data(account, query, result_type="query")
    assert answer.status_code == 200, answer.text
    inner = answer.json()["result"][0]["query"].partition("WHERE")[0]
    assert "'UTC' AS time_zone" in inner or "'UTC' as time_zone" in inner, inner
    assert forged == "" or forged not in inner


def test_a_login_keeps_its_zone_and_a_filter_still_wins(superset: SupersetServer, account: int) -> None:
    client, other = superset.client("b"), superset.client("a")
    page = client.get("/tollbook/time-zone/")
    assert page.status_code == 200
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    form = {"zone": "Europe/Berlin", "csrf_token": token[1]}
    kept = client.session.post(f"{superset.url}/tollbook/time-zone/", data=form, timeout=60)
    assert kept.status_code == 200
    assert "<option selected>Europe/Berlin</option>" in kept.text
    assert zone_told(client, account) == "Europe/Berlin"
    assert zone_told(other, account) == "UTC"
    assert zone_told(client, account, "Asia/Tokyo") == "Asia/Tokyo"
    refused = client.session.post(
        f"{superset.url}/tollbook/time-zone/", data={**form, "zone": "Europe/Nowhere"}, timeout=60
    )
    assert refused.status_code == 400
    assert zone_told(client, account) == "Europe/Berlin"


def test_the_page_that_keeps_a_zone_refuses_a_form_of_another_site(superset: SupersetServer, account: int) -> None:
    client = superset.client("b")
    del client.session.headers["X-CSRFToken"]
    client.session.post(f"{superset.url}/tollbook/time-zone/", data={"zone": "Asia/Tokyo"}, timeout=60)
    assert zone_told(client, account) != "Asia/Tokyo"


def test_instants_are_right_on_both_sides_of_a_change_of_the_clock(superset: SupersetServer) -> None:
    zoned = "timezone('Europe/London', timezone('UTC', timestamp '{}'))"
    instants = {
        "2026-03-29 00:59:59": "2026-03-29 00:59:59",
        "2026-03-29 01:00:00": "2026-03-29 02:00:00",
        "2026-10-25 00:30:00": "2026-10-25 01:30:00",
        "2026-10-25 01:30:00": "2026-10-25 01:30:00",
    }
    columns = ", ".join(f"cast({zoned.format(one)} as varchar) as c{number}" for number, one in enumerate(instants))
    answer = superset.client("operator").post(
        "/api/v1/sqllab/execute/", {"database_id": 1, "sql": f"select {columns}", "schema": "marts"}
    )
    assert answer.status_code == 200, answer.text
    assert list(answer.json()["data"][0].values()) == list(instants.values())
    rendered = superset.client("operator").post(
        "/api/v1/sqllab/execute/",
        {"database_id": 1, "sql": "select '{{ tollbook_local(\"x\") }}' as c", "schema": "marts"},
    )
    assert rendered.json()["data"][0]["c"] == "x", "in UTC a column stays as it is"
