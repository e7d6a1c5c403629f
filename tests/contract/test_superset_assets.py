"""The dashboards' files hold together: every name they use exists in the models, and everything says what it is.

Belongs here: what can be said of superset/assets/ without Superset: names, references, descriptions, house rules.
Does not belong here: how a browser draws it (tests/end_to_end), who sees what, whether figures are right.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import duckdb
import pytest
import yaml

from tests.support import superset_assets as bundle
from tests.support.superset_assets import Config, Window
from tollbook_bi import asset_files
from tollbook_bi.access import OPEN_DATASETS, PORTAL_DASHBOARD, PORTAL_SCHEMA

CHARTS = bundle.assets("charts")
DATASETS = bundle.assets("datasets")
DASHBOARDS = bundle.assets("dashboards")
BY_UUID = {kind: bundle.by_uuid(kind) for kind in asset_files.NAME_KEYS}
WINDOW = Window("2026-11-01T00:00:00", "2026-11-02T00:00:00")
FOR_STAFF_ALONE = re.compile(r"cost|margin|carrier|buy_")


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    return bundle.empty_database()


def dataset_of(chart: Config) -> Config:
    return BY_UUID["datasets"][str(chart["dataset_uuid"])]


def paths(kind: str) -> list[str]:
    return sorted(bundle.assets(kind))


def native_filters(dashboard: Config) -> list[Config]:
    found: list[Config] = dashboard["metadata"]["native_filter_configuration"]
    return found


def test_there_are_five_dashboards() -> None:
    assert sorted(dashboard["slug"] for dashboard in DASHBOARDS.values()) == [
        "billing-and-margin", "carrier-quality", "customer-portal", "pipeline-health", "staff-portal",
    ]  # fmt: skip


@pytest.mark.parametrize("path", sorted(asset_files.read()))
def test_a_file_has_the_shape_that_the_exporter_writes(path: str) -> None:
    text = (asset_files.ASSETS / path).read_text(encoding="utf-8")
    config = yaml.safe_load(text)
    assert asset_files.dump(asset_files.canonical(asset_files.kind_of(path), config)) == text


def test_every_uuid_is_one_asset_and_every_reference_resolves() -> None:
    uuids = Counter(str(config["uuid"]) for config in asset_files.read().values())
    assert [uuid for uuid, times in uuids.items() if times > 1] == []
    for path, dataset in DATASETS.items():
        assert str(dataset["database_uuid"]) in BY_UUID["databases"], path
    for path, chart in CHARTS.items():
        assert str(chart["dataset_uuid"]) in BY_UUID["datasets"], path
    for path, dashboard in DASHBOARDS.items():
        assert set(bundle.chart_ids(dashboard)) <= set(BY_UUID["charts"]), path
        for item in native_filters(dashboard):
            for target in item["targets"]:
                assert target.get("datasetUuid") in {None, *BY_UUID["datasets"]}, f"{path}: {item['name']}"


def test_every_chart_is_on_a_dashboard_and_every_dataset_is_used() -> None:
    shown = {uuid for dashboard in DASHBOARDS.values() for uuid in bundle.chart_ids(dashboard)}
    assert [path for path, chart in CHARTS.items() if str(chart["uuid"]) not in shown] == []
    used = {str(chart["dataset_uuid"]) for chart in CHARTS.values()} | {
        str(target["datasetUuid"])
        for dashboard in DASHBOARDS.values()
        for item in native_filters(dashboard)
        for target in item["targets"]
        if "datasetUuid" in target
    }
    assert [path for path, dataset in DATASETS.items() if str(dataset["uuid"]) not in used] == []


def test_every_description_is_filled() -> None:
    silent = [
        path for path, config in asset_files.read().items()
        if not path.startswith("databases/") and not config.get("description")
    ]  # fmt: skip
    for path, dataset in DATASETS.items():
        for part in ("columns", "metrics"):
            silent += [
                f"{path}: {row.get('column_name') or row.get('metric_name')}"
                for row in dataset[part]
                if not row.get("description") or not row.get("verbose_name")
            ]
    for path, dashboard in DASHBOARDS.items():
        silent += [f"{path}: {item['name']}" for item in native_filters(dashboard) if not item.get("description")]
    assert silent == []


@pytest.mark.parametrize("path", paths("datasets"))
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
@pytest.mark.parametrize("window", [None, WINDOW], ids=["any time", "a range"])
def test_columns_and_metrics_exist_in_the_models(
    database: duckdb.DuckDBPyConnection, path: str, zone: str, window: Window | None
) -> None:
    dataset = DATASETS[path]
    declared = {column["column_name"]: column["type"] for column in dataset["columns"]}
    # what is read may depend on what is asked for: nothing, everything, or one destination
    for given in ({}, {"columns": list(declared)}, {"chosen": {"destination_name": ["x"]}}):
        source = bundle.relation(dataset, window=window, zone=zone, **given)
        there = {str(name): str(kind) for name, kind, *_ in database.execute(f"describe from {source}").fetchall()}
        assert set(declared) <= set(there)
        assert {name: kind for name, kind in declared.items() if there[name] != kind} == {}
        for name, expression in bundle.metrics_of(dataset).items():
            database.execute(f'select {expression} as "{name}" from {source} as t').fetchall()


@pytest.mark.parametrize("path", paths("charts"))
def test_a_chart_asks_for_what_is_there(database: duckdb.DuckDBPyConnection, path: str) -> None:
    chart = CHARTS[path]
    dataset = dataset_of(chart)
    for query in bundle.queries(chart, dataset, WINDOW):
        database.execute(query).fetchall()
    # a column the database has and the dataset does not declare is refused by Superset
    columns = {column["column_name"] for column in dataset["columns"]}
    params = chart["params"]
    assert {*params.get("groupby", []), *params.get("all_columns", [])} <= columns
    assert {item["subject"] for item in params["adhoc_filters"] if "subject" in item} <= columns


def test_a_filter_chooses_from_a_column_of_its_dataset() -> None:
    for path, dashboard in DASHBOARDS.items():
        numbers = {item["meta"]["chartId"] for item in bundle.items(dashboard, "CHART")}
        for item in native_filters(dashboard):
            assert set(item["scope"]["excluded"]) <= numbers, f"{path}: {item['name']}"
            for target in item["targets"]:
                if "column" in target:
                    dataset = BY_UUID["datasets"][target["datasetUuid"]]
                    assert target["column"]["name"] in {row["column_name"] for row in dataset["columns"]}


def test_a_metric_means_the_same_wherever_it_stands() -> None:
    meanings: dict[str, set[str]] = {}
    for dataset in DATASETS.values():
        for name, expression in bundle.metrics_of(dataset).items():
            meanings.setdefault(name, set()).add(expression)
    assert {name: found for name, found in meanings.items() if len(found) > 1} == {}


def test_amounts_of_different_currencies_are_never_added(database: duckdb.DuckDBPyConnection) -> None:
    rows = {
        "one currency": "('EUR', 1.5, 1.5), ('EUR', 2, 2)",
        "two currencies": "('EUR', 1.5, 1.5), ('USD', 2, 2)",
        "a customer nobody knows": "('EUR', 3.5, 3.5), (null, 0, 0)",
    }
    expected = {"one currency": 3.5, "two currencies": None, "a customer nobody knows": 3.5}
    seen = set()
    for path, dataset in DATASETS.items():
        for metric in dataset["metrics"]:
            amount = re.search(r"\bsum\((\w+_amount)\)", metric["expression"])
            if amount is None or "/" in metric["expression"]:
                continue
            seen.add(metric["metric_name"])
            for case, values in rows.items():
                source = f"(values {values}) as t(currency_code, {amount[1]}, more)"
                found = database.execute(f"select {metric['expression']} from {source}").fetchone()
                assert found == (expected[case],), f"{path}: {metric['metric_name']}: {case}"
    assert {"charge", "cost", "margin", "uninvoiced", "balance"} <= seen


def test_ratios_are_quotients_of_sums_and_their_tooltips_add_nothing_up() -> None:
    ratios = {"asr", "acd", "acd_ms", "ner", "pdd", "dtmf"}
    for path, dataset in DATASETS.items():
        for name in ratios & set(bundle.metrics_of(dataset)):
            expression = bundle.metrics_of(dataset)[name]
            assert "avg(" not in expression, path
            assert "nullif(sum(" in expression, path
    for path, chart in CHARTS.items():
        if ratios & set(chart["params"].get("metrics", [])) and chart["viz_type"].startswith("echarts"):
            assert chart["params"]["showTooltipTotal"] is False, path


def test_customers_get_to_nothing_but_the_portal() -> None:
    (portal,) = [dashboard for dashboard in DASHBOARDS.values() if dashboard["slug"] == PORTAL_DASHBOARD]
    used = {str(BY_UUID["charts"][uuid]["dataset_uuid"]) for uuid in bundle.chart_ids(portal)}
    used |= {str(t["datasetUuid"]) for item in native_filters(portal) for t in item["targets"] if "datasetUuid" in t}
    assert {BY_UUID["datasets"][uuid]["schema"] for uuid in used} == {PORTAL_SCHEMA}


@pytest.mark.parametrize("path", [path for path, config in DATASETS.items() if config["schema"] == PORTAL_SCHEMA])
def test_a_dataset_of_the_portal_reads_the_portal_alone_and_can_be_cut_by_customer(path: str) -> None:
    dataset = DATASETS[path]
    wholes = [
        bundle.relation(dataset, columns=columns, chosen=chosen)
        for columns, chosen in (([], {}), (["destination_name"], {"destination_name": ["x"]}))
    ]
    read = re.findall(r"\b(?:from|join)\s+(\w+\.\w+)", " ".join(f"from {whole}" for whole in wholes))
    assert read
    assert {name.split(".")[0] for name in read} == {PORTAL_SCHEMA}
    columns = {column["column_name"] for column in dataset["columns"]}
    assert dataset["table_name"] in OPEN_DATASETS or "customer_id" in columns
    whole = " ".join([*columns, *bundle.metrics_of(dataset), *bundle.metrics_of(dataset).values()])
    assert FOR_STAFF_ALONE.search(whole) is None
    assert FOR_STAFF_ALONE.search(" ".join(column for name in read for column in bundle.contracts()[name])) is None


def test_what_moves_with_the_time_zone_says_which_one_it_is() -> None:
    moving = [path for path, dataset in DATASETS.items() if "tollbook_local" in (dataset.get("sql") or "")]
    assert moving
    for path in moving:
        assert "time_zone" in {column["column_name"] for column in DATASETS[path]["columns"]}, path
    for path, dashboard in DASHBOARDS.items():
        datasets = [dataset_of(BY_UUID["charts"][uuid]) for uuid in bundle.chart_ids(dashboard)]
        axes = {BY_UUID["charts"][uuid]["params"].get("x_axis", "") for uuid in bundle.chart_ids(dashboard)}
        has_filter = any(
            target.get("column", {}).get("name") == "time_zone"
            for item in native_filters(dashboard)
            for target in item["targets"]
        )
        assert datasets
        assert has_filter is any("_local_" in axis for axis in axes), path


def test_a_dashboard_begins_with_its_purpose() -> None:
    for path, dashboard in DASHBOARDS.items():
        first_row = dashboard["position"][dashboard["position"]["GRID_ID"]["children"][0]]
        first = dashboard["position"][first_row["children"][0]]
        assert first["type"] == "MARKDOWN", path
        assert first["meta"]["code"].startswith("**"), path


def test_no_file_knows_a_machine() -> None:
    (database,) = bundle.assets("databases").values()
    assert database["sqlalchemy_uri"] == "duckdb:///tollbook-current"
    for path in asset_files.read():
        text = (asset_files.ASSETS / path).read_text(encoding="utf-8")
        assert str(Path(__file__).resolve().parents[2]) not in text
        assert re.search(r"tollbook-\d{8}T", text) is None


def test_an_asset_left_as_it_is_keeps_its_file_and_a_new_one_gets_its_own(tmp_path: Path) -> None:
    from tollbook_bi.export import write_assets

    (tmp_path / "charts").mkdir()
    (tmp_path / asset_files.METADATA).write_text("version: 1.0.0\ntype: assets\n", encoding="utf-8")
    chart = {"slice_name": "ASR", "uuid": "1", "viz_type": "table", "params": {"b": 1, "a": [2]}, "version": "1.0.0"}
    same = asset_files.canonical("charts", chart)
    (tmp_path / "charts" / "own_name.yaml").write_text(asset_files.dump(same), encoding="utf-8")
    (tmp_path / "charts" / "gone.yaml").write_text(asset_files.dump({**same, "uuid": "3"}), encoding="utf-8")
    new = asset_files.canonical("charts", {**chart, "uuid": "2"})
    outcome = write_assets([("charts", same), ("charts", new)], tmp_path, [])
    assert (outcome.written, outcome.removed, outcome.unchanged) == (["charts/asr.yaml"], ["charts/gone.yaml"], 1)
    changed = asset_files.canonical("charts", {**chart, "params": {"a": [3], "b": 1}})
    assert write_assets([("charts", changed), ("charts", new)], tmp_path, []).written == ["charts/own_name.yaml"]


def test_hours_of_a_zone_follow_its_clock(database: duckdb.DuckDBPyConnection) -> None:
    """On 2026-10-25 at 01:00 UTC Berlin goes back from +2 to +1: 00:00 and 01:00 UTC are both 02:00 there."""
    (dataset,) = [one for one in DATASETS.values() if one["table_name"] == "portal_call_series"]
    with database.cursor() as own:
        own.execute("begin")
        own.execute(
            "insert into portal.customer_hourly by name select unnest(range(timestamp '2026-10-24 23:00', "
            "timestamp '2026-10-25 03:00', interval 1 hour)) as hour_start_at, 'acme' as customer_id, "
            "1 as attempt_count"
        )
        source = bundle.relation(dataset, zone="Europe/Berlin")
        found = own.execute(
            f"select hour(hour_start_at), hour(hour_local_at), time_zone from {source} as t where is_total order by 1"
        ).fetchall()
        own.execute("rollback")
    berlin = "Europe/Berlin"
    assert sorted(found) == [(0, 2, berlin), (1, 2, berlin), (2, 3, berlin), (23, 1, berlin)]


def test_the_card_of_the_balance_links_to_the_payment_where_there_is_an_address(
    database: duckdb.DuckDBPyConnection,
) -> None:
    (dataset,) = [one for one in DATASETS.values() if one["table_name"] == "portal_account"]
    with database.cursor() as own:
        own.execute("begin")
        own.execute(
            "insert into portal.account_balances by name select * from (values"
            " ('a', 'EUR', -1234.5, 3.4, 1000, 'https://pay.example.com/?a=1&b=\"x',"
            " timestamp '2026-11-24 12:59', 1.0, 2.0),"
            " ('b', 'USD', 7.0, 0.2, null, null, timestamp '2026-11-24 12:59', 1.0, 2.0)"
            ") as v(customer_id, currency_code, balance_amount, channels_in_use, channel_limit, payment_url,"
            " channels_measured_at, available_amount, open_amount)"
        )
        rows = own.execute(
            f"select channels_card, balance_card, checklist_card from {bundle.relation(dataset)} order by customer_id"
        ).fetchall()
        own.execute("rollback")
    (first, second) = rows
    assert "3 / 1,000" in first[0]
    assert "0 / unlimited" in second[0]
    assert "at 2026-11-24 12:59 UTC" in first[0]
    assert "EUR -1,234.50" in first[1]
    assert 'href="https://pay.example.com/?a=1&b=%22x"' in first[1]
    assert "USD 7.00" in second[1]
    assert "href" not in second[1]
    assert ">0<" in second[2]
