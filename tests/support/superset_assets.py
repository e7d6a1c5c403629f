"""The dashboards' files as Python reads them, and the SQL that Superset makes of a chart, without Superset.

Belongs here: reading superset/assets/, rendering a dataset's SQL, a chart's query as DuckDB runs it, an empty
database with the tables that the models' contracts promise.
Does not belong here: expectations.

The query has the shape of Superset's (dimensions, metrics, filters, the limit on series as a join): it shows that every
name exists and how long the database takes, not how the browser draws it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
import jinja2
import yaml

from tollbook_bi import asset_files

PROJECT = Path(__file__).resolve().parents[2]
DBT_PROJECT = PROJECT / "dbt_project"
Config = dict[str, Any]

_GRAINS = {"PT1M": "minute", "PT1H": "hour", "P1D": "day", "P1W": "week", "P1M": "month"}
_TIMESERIES = {"echarts_timeseries_line", "echarts_timeseries_bar"}
_CARDS = {"handlebars"}


@cache
def assets(kind: str) -> dict[str, Config]:
    """Return the assets of one kind by their path."""
    return {path: config for path, config in asset_files.read().items() if path.startswith(f"{kind}/")}


def by_uuid(kind: str) -> dict[str, Config]:
    return {str(config["uuid"]): config for config in assets(kind).values()}


def chart_ids(dashboard: Mapping[str, Any]) -> list[str]:
    """Return the uuids of a dashboard's charts."""
    return [str(item["meta"]["uuid"]) for item in items(dashboard, "CHART")]


def items(dashboard: Mapping[str, Any], kind: str) -> Iterator[Config]:
    """Yield the parts of a dashboard's layout that are of one kind."""
    for item in dashboard["position"].values():
        if isinstance(item, dict) and item.get("type") == kind:
            yield item


def rendered(
    sql: str,
    *,
    zone: str = "UTC",
    window: Window | None = None,
    columns: Sequence[str] = (),
    chosen: Mapping[str, list[str]] = MappingProxyType({}),
) -> str:
    """Return the SQL of a virtual dataset with what Superset puts into it.

    columns: the dimensions a chart asks for; chosen: values of filters by column.
    """
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 -- SQL, no page
    return environment.from_string(sql).render(
        tollbook_zone=lambda: zone,
        tollbook_local=lambda column: column if zone == "UTC" else f"timezone('{zone}', timezone('UTC', {column}))",
        from_dttm=window.from_at if window else None,
        to_dttm=window.to_at if window else None,
        columns=list(columns),
        filter_values=lambda column: chosen.get(column, []),
    )


@dataclass(frozen=True)
class Window:
    """A time range as a chart is asked for it: ISO instants, UTC."""

    from_at: str
    to_at: str


def relation(dataset: Mapping[str, Any], **given: Any) -> str:
    """Return what a query selects from: the table, or the SQL, rendered with what is given, in brackets."""
    if not dataset.get("sql"):
        return f"{dataset['schema']}.{dataset['table_name']}"
    return f"({rendered(dataset['sql'], **given)})"


def metrics_of(dataset: Mapping[str, Any]) -> dict[str, str]:
    return {metric["metric_name"]: metric["expression"] for metric in dataset.get("metrics") or []}


def queries(
    chart: Config, dataset: Config, window: Window | None = None, *, zone: str = "UTC", rule: str | None = None
) -> list[str]:
    """Return the queries a chart sends, and a second for the totals of a table that shows them.

    rule: a row-level clause, put where Superset puts it.
    """
    params = chart["params"]
    columns = params["all_columns"] if params.get("query_mode") == "raw" else params.get("groupby", [])
    source = relation(dataset, window=window, zone=zone, columns=columns)
    where, having = _filters(params, window)
    if rule:
        where.append(f"({rule})")
    if chart["viz_type"] in _TIMESERIES:
        return [_timeseries(params, dataset, source, where)]
    if chart["viz_type"] == "big_number_total":
        return [f"select {metrics_of(dataset)[params['metric']]} as metric from {source} as t{_where(where)}"]
    if params.get("query_mode") == "raw":
        columns = ", ".join(params["all_columns"])
        order = [yaml.safe_load(item) for item in params.get("order_by_cols") or []]
        ordered = ", ".join(f"{name} {'asc' if is_ascending else 'desc'}" for name, is_ascending in order)
        tail = f" order by {ordered}" if ordered else ""
        return [f"select {columns} from {source} as t{_where(where)}{tail} limit {params['row_limit']}"]
    found = [_aggregate(params, dataset, source, where, having)]
    if params.get("show_totals"):
        source = relation(dataset, window=window, zone=zone)
        found.append(f"select {_selected(params['metrics'], dataset)} from {source} as t{_where(where)}")
    return found


def _aggregate(params: Config, dataset: Config, source: str, where: list[str], having: list[str]) -> str:
    dimensions = ", ".join(params["groupby"])
    text = f"select {dimensions}, {_selected(params['metrics'], dataset)} from {source} as t{_where(where)}"
    text += f" group by {dimensions}"
    if having:
        text += " having " + " and ".join(having)
    order = params.get("timeseries_limit_metric") or params["metrics"][0]
    direction = "desc" if params.get("order_desc", True) else "asc"
    return f"{text} order by {metrics_of(dataset)[order]} {direction} limit {params['row_limit']}"


def _timeseries(params: Config, dataset: Config, source: str, where: list[str]) -> str:
    series, axis = params["groupby"], params["x_axis"]
    join = ""
    if series and params.get("limit"):
        order = metrics_of(dataset)[params["timeseries_limit_metric"]]
        top = f"select {', '.join(f'{name} as {name}__' for name in series)} from {source} as t{_where(where)}"
        top += f" group by {', '.join(series)} order by {order} desc limit {params['limit']}"
        join = f" join ({top}) as top on " + " and ".join(f"t.{name} = top.{name}__" for name in series)
    dimensions = ", ".join([f"date_trunc('{_GRAINS[params['time_grain_sqla']]}', {axis})", *series])
    return (
        f"select {dimensions}, {_selected(params['metrics'], dataset)} from {source} as t{join}{_where(where)}"
        f" group by {dimensions} limit {params['row_limit']}"
    )


def _selected(names: list[str], dataset: Config) -> str:
    known = metrics_of(dataset)
    return ", ".join(f'{known[name]} as "{name}"' for name in names)


def _where(conditions: list[str]) -> str:
    return " where " + " and ".join(conditions) if conditions else ""


def _filters(params: Config, window: Window | None) -> tuple[list[str], list[str]]:
    where: list[str] = []
    having: list[str] = []
    for item in params.get("adhoc_filters") or []:
        if item["expressionType"] == "SQL":
            (where if item["clause"] == "WHERE" else having).append(f"({item['sqlExpression']})")
        elif item["operator"] == "TEMPORAL_RANGE":
            range_ = _own_window(item["comparator"], window)
            if range_:
                where.append(f"{item['subject']} >= timestamp '{range_.from_at}'")
                where.append(f"{item['subject']} < timestamp '{range_.to_at}'")
        elif item["operator"] == "IN":
            where.append(f"{item['subject']} in ({', '.join(_literal(value) for value in item['comparator'])})")
        else:
            operator = {"==": "=", "!=": "!="}[item["operator"]]
            where.append(f"{item['subject']} {operator} {_literal(item['comparator'])}")
    return where, having


def _own_window(comparator: str, window: Window | None) -> Window | None:
    """Return a chart's own number of days up to the end of the window, or the window where it has none."""
    days = re.search(r"-(\d+), day", comparator)
    if window is None or days is None:
        return window
    from_at = datetime.fromisoformat(window.to_at) - timedelta(days=int(days[1]))
    return Window(from_at.isoformat(), window.to_at)


def _literal(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value).lower()


@cache
def contracts() -> dict[str, dict[str, str]]:
    """Return the published tables, ``schema.name``, each with its columns and types as the models' contracts say."""
    project = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    found = {}
    for path in sorted((DBT_PROJECT / "models").rglob("*.yml")):
        for model in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("models", []):
            sql_path = next((DBT_PROJECT / "models").rglob(f"{model['name']}.sql"))
            text = sql_path.read_text(encoding="utf-8")
            schema = re.search(r"schema\s*=\s*'(\w+)'", text)
            alias = re.search(r"alias\s*=\s*'(\w+)'", text)
            folders = sql_path.relative_to(DBT_PROJECT / "models").parts[:-1]
            in_schema = schema[1] if schema else _folder_schema(project, folders)
            columns = {column["name"]: column.get("data_type") for column in model.get("columns", [])}
            if in_schema in {"marts", "portal"} and all(columns.values()):
                found[f"{in_schema}.{alias[1] if alias else model['name']}"] = columns
    return found


def _folder_schema(project: Mapping[str, Any], folders: tuple[str, ...]) -> str | None:
    found = None
    level = project["models"][project["name"]]
    for folder in folders:
        level = level.get(folder) or {}
        found = level.get("+schema", found)
    return found


def empty_database() -> duckdb.DuckDBPyConnection:
    """Return a database in memory with every published table, without a row."""
    connection = duckdb.connect()
    for schema in ("marts", "portal"):
        connection.execute(f"create schema {schema}")
    for name, columns in contracts().items():
        connection.execute(f"create table {name} ({', '.join(f'{column} {kind}' for column, kind in columns.items())})")
    return connection
