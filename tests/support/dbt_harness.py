"""A warehouse of hand-made inputs, the real models run over it, and their rows.

Belongs here: making warehouse and work databases as a run makes them, invoking dbt in this process with one parse for
the whole session, reading rows back.
Does not belong here: any expectation about a figure.

    warehouse = DbtWarehouse(tmp_path)
    warehouse.reference(customers=[...], rates=[...])
    warehouse.legs([leg(call_id="a", setup_at="2026-11-02 10:00:00", is_answered=True, answered_ms=61_000)])
    warehouse.run_hours("2026-11-02 10:00:00")
    warehouse.rows("marts.call_summary_hourly")
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa

from assets import warehouse as control
from pipelines.columns import LEG_COLUMNS, polars_schema
from pipelines.reference.tables import TABLES

DBT_PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
Row = dict[str, Any]


@functools.cache
def _target_path() -> Path:
    """Return a folder for what dbt writes, of this process alone; removed when it ends."""
    path = Path(tempfile.mkdtemp(prefix="tollbook-dbt-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def _arguments(command: str, *selection: str) -> list[str]:
    target = str(_target_path())
    return [
        "--quiet", "--no-use-colors", "--log-level-file=none",
        command, *selection,
        "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT),
        "--target-path", target, "--log-path", target,
    ]  # fmt: skip


def _close() -> None:
    """Let go of the databases: they stay locked as long as dbt's connection is open."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    environment = DuckDBConnectionManager._ENV
    if environment is not None and environment.conn is not None:
        environment.conn.close()
    DuckDBConnectionManager.close_all_connections()


@functools.cache
def _manifest() -> Any:
    """Parse the project once: it takes seconds, a run over few rows one."""
    from dbt.cli.main import dbtRunner

    outcome = dbtRunner().invoke(_arguments("parse"))
    assert outcome.success, outcome.exception
    return outcome.result


def invoke(directory: Path, command: str, *selection: str) -> list[Any]:
    """Run dbt over the warehouse in *directory* and return its results; fail with every node's message."""
    from dbt.cli.main import dbtRunner

    os.environ.update(
        TOLLBOOK_WAREHOUSE=str(directory / "warehouse.duckdb"), TOLLBOOK_WORK=str(directory / "work.duckdb")
    )
    try:
        outcome = dbtRunner(manifest=_manifest()).invoke(_arguments(command, *selection))
    finally:
        _close()
    results = getattr(outcome.result, "results", None) or []
    failures = [f"{result.node.name}: {result.message}" for result in results if result.status in {"error", "fail"}]
    assert outcome.success, "\n".join(failures) or outcome.exception
    return list(results)


@functools.cache
def compiled(sql: str) -> str:
    """Return *sql* with its macros rendered, to be run by DuckDB over tables of one's own."""
    directory = _target_path() / "compile"
    directory.mkdir(exist_ok=True)
    (result,) = invoke(directory, "compile", "--inline", sql)
    return str(result.node.compiled_code)


CORE = ("path:models/staging", "path:models/intermediate", "path:models/rated", "path:models/marts/hourly",
        "path:models/facts/hourly")  # fmt: skip
"""From legs to the hourly facts, without what derives from them."""


def leg(**values: object) -> Row:
    """Return a leg of feed `sw`, call `c1`, answered never, with *values* over it; instants may be ISO text."""
    row: Row = {
        "feed_id": "sw", "file_id": "f1", "line_number": None, "call_id": "c1", "leg_number": 1,
        "setup_at": "2026-11-02 10:00:00", "is_answered": False, "answered_ms": 0,
        "b_number": "441234567", "account_code": "acme", **values,
    }  # fmt: skip
    row = {name: _instant(value) if name.endswith("_at") else value for name, value in row.items()}
    row.setdefault("leg_id", f"{row['call_id']}/{row['leg_number']}")
    row.setdefault("b_number_raw", row["b_number"] or "?")
    if row["is_answered"]:
        row.setdefault("answered_at", row["setup_at"])
    if "ended_at" not in row:
        start = row.get("answered_at") or row.get("ringing_at") or row["setup_at"]
        row["ended_at"] = start + timedelta(milliseconds=row["answered_ms"])
    if row.get("ringing_at") is not None and "pdd_ms" not in row:
        row["pdd_ms"] = (row["ringing_at"] - row["setup_at"]) // timedelta(milliseconds=1)
    return row


def _instant(value: object) -> object:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def hour_of(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0)


SIMPLE_REFERENCE: Mapping[str, list[Row]] = {
    "customers": [{"customer_id": "acme", "customer_name": "Acme", "currency_code": "EUR", "rate_card_id": "sell"}],
    "customer_keys": [{"feed_id": "*", "key_type": "account_code", "key_value": "acme", "customer_id": "acme"}],
    "customer_cards": [{"customer_id": "acme", "rate_card_id": "sell"}],
    "carriers": [{"carrier_id": "telco", "carrier_name": "Telco", "currency_code": "EUR", "rate_card_id": "buy"}],
    "carrier_keys": [{"feed_id": "*", "key_value": "gw1", "carrier_id": "telco"}],
    "rate_cards": [
        {"rate_card_id": "sell", "direction": "sell", "currency_code": "EUR"},
        {"rate_card_id": "buy", "direction": "buy", "currency_code": "EUR"},
    ],
    "rate_revisions": [
        {"revision_id": "sell@1", "rate_card_id": "sell", "effective_from": "2026-01-01 00:00:00"},
        {"revision_id": "buy@1", "rate_card_id": "buy", "effective_from": "2026-01-01 00:00:00"},
    ],
    "rates": [
        {"revision_id": "sell@1", "prefix": "44", "destination_name": "UK", "rate_micros": 60_000},
        {"revision_id": "buy@1", "prefix": "44", "destination_name": "United Kingdom", "rate_micros": 30_000},
    ],
    "feeds": [{"feed_id": "sw"}],
}
"""One customer, one carrier, one prefix: 0.06 a minute sold, 0.03 bought, by the second."""

_DEFAULTS: Mapping[str, Row] = {
    "customers": {"invoice_grouping": "destination", "payment_terms_days": 30},
    "rate_cards": {"charge_decimals": 6, "charge_rounding": "half_up", "talk_rounding": "up"},
    "rates": {
        "setup_fee_micros": 0, "minimum_seconds": 0, "increment_seconds": 1, "grace_seconds": 0, "is_blocked": False,
    },
    "feeds": {"expected_code": "any", "timezone": "UTC", "talk_time_over_maximum_ms": 86_400_000},
}  # fmt: skip


class DbtWarehouse:
    """Warehouse and work database in one folder."""

    def __init__(self, directory: Path, as_of: str = "2026-11-02 12:00:00") -> None:
        """Make both databases with the control tables a run makes, default settings and the simple reference."""
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self._legs: dict[str, pl.DataFrame] = {}
        with self.connect() as connection:
            connection.execute(control._TABLES)
        self.settings(as_of_at=datetime.fromisoformat(as_of))
        self.reference()

    def connect(self) -> duckdb.DuckDBPyConnection:
        """Open the warehouse with `work` attached; close it before dbt runs."""
        connection = duckdb.connect(str(self.directory / "warehouse.duckdb"))
        connection.execute(f"attach '{self.directory / 'work.duckdb'}' as work")
        return connection

    def settings(self, **values: object) -> None:
        """Replace the row of build.settings."""
        row: Row = {
            "as_of_at": datetime(2026, 11, 2, 12), "base_currency_code": "EUR", "call_spread_seconds": 3600,
            "channels_lag_seconds": 3600, "settle_seconds": 21_600, "late_window_seconds": 259_200, **values,
        }  # fmt: skip
        row.setdefault("minute_grain_from_at", row["as_of_at"] - timedelta(days=7))
        self._replace("build.settings", [row])

    def files(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Replace the records of files; absent values are those of a loaded file of 10:00 on 2026-11-02."""
        default = {
            "record_key": "r", "feed_id": "sw", "file_path": "sw/f1.csv", "file_id": "f1",
            "drop_hour_at": datetime(2026, 11, 2, 10), "status_code": "loaded", "size_bytes": 1, "sha256": "0",
            "first_seen_at": datetime(2026, 11, 2, 11), "row_count": 0, "parsed_count": 0, "rejected_count": 0,
        }  # fmt: skip
        self._replace("build.file_records", [{**default, "sha256": row.get("file_id", "0"), **row} for row in rows])

    def reference(self, **tables: Sequence[Mapping[str, object]]) -> None:
        """Replace every table of the reference data: those given, the others as in SIMPLE_REFERENCE."""
        with self.connect() as connection:
            for name, table in TABLES.items():
                rows = tables.get(name, SIMPLE_REFERENCE.get(name, []))
                full = [
                    {key: _instant(value) if key.startswith("effective_") else value
                     for key, value in {**_DEFAULTS.get(name, {}), **row}.items()}
                    for row in rows
                ]  # fmt: skip
                if name == "rates":
                    full = [{"rate_card_id": str(row["revision_id"]).split("@")[0], **row} for row in full]
                connection.register("incoming", table.from_rows(full))
                connection.execute(f"create or replace table reference.{name} as select * from incoming")
                connection.unregister("incoming")

    def legs(self, rows: Iterable[Mapping[str, object]], part: str = "part") -> None:
        """Replace one part of the lake; lines are numbered from 1 where no number is given.

        Every file named that has no record yet gets one, of the drop hour of 2026-11-02 10:00.
        """
        schema = polars_schema(LEG_COLUMNS)
        full = [{**row, "line_number": row.get("line_number") or number} for number, row in enumerate(rows, start=1)]
        self._legs[part] = pl.DataFrame([{name: row.get(name) for name in schema} for row in full], schema=schema)
        with self.connect() as connection:
            known = {name for (name,) in connection.execute("select file_id from build.file_records").fetchall()}
        missing = sorted({str(row["file_id"]) for row in full} - known)
        for file_id in missing:
            self._insert("build.file_records", [{
                "record_key": "r", "feed_id": "sw", "file_path": f"sw/{file_id}.csv", "file_id": file_id,
                "drop_hour_at": datetime(2026, 11, 2, 10), "status_code": "loaded", "sha256": file_id,
                "first_seen_at": datetime(2026, 11, 2, 11),
            }])  # fmt: skip

    def write_inputs(
        self,
        hours: Iterable[datetime],
        read_hours: Iterable[datetime] | None = None,
        parts: Sequence[Path] | None = None,
    ) -> None:
        """Empty `work` and write the inputs of one chunk.

        Without read_hours every hour of every leg is read, without parts the legs given to legs().
        """
        hours = sorted(hours)
        (self.directory / "work.duckdb").unlink(missing_ok=True)
        legs = pl.concat([*self._legs.values(), pl.DataFrame(schema=polars_schema(LEG_COLUMNS))])
        if read_hours is None:
            read_hours = {*hours, *(hour_of(instant) for instant in legs["setup_at"].to_list())}
        if parts is None:
            parts = [self.directory / "part.parquet"]
            legs.write_parquet(parts[0])
        with self.connect() as connection:
            connection.execute("create schema work.inputs")
            for table, values in (("hours", hours), ("read_hours", sorted(read_hours)), ("channel_hours", hours)):
                connection.execute(f"create table work.inputs.{table} (hour_start_at timestamp)")
                connection.execute(f"insert into work.inputs.{table} select unnest($1)", [values])
            connection.execute("insert into build.unchecked_hours select unnest($1)", [hours])
            connection.execute("create table work.inputs.parts as select unnest($1) as uri", [[str(p) for p in parts]])
            connection.execute(
                "create table work.inputs.neighbour_intervals (interval_kind_code varchar, customer_id varchar, "
                "carrier_id varchar, destination_name varchar, from_at timestamp, to_at timestamp)"
            )

    def run_hours(self, *hours: str | datetime, select: Sequence[str] = ("tag:hours",)) -> None:
        """Replace *hours* (without any: every hour with a leg) as one chunk; *select* may name fewer models."""
        wanted = {datetime.fromisoformat(hour) if isinstance(hour, str) else hour for hour in hours}
        if not wanted:
            wanted = {hour_of(at) for legs in self._legs.values() for at in legs["setup_at"].to_list()}
        self.write_inputs(wanted)
        self.dbt("run", "--select", *select)

    def dbt(self, command: str, *selection: str) -> list[Any]:
        """Run a command of dbt over this warehouse; return its results."""
        return invoke(self.directory, command, *selection)

    def query(self, sql: str) -> list[Row]:
        """Return the rows of a query, each as a mapping."""
        with self.connect() as connection:
            result = connection.execute(sql)
            names = [column[0] for column in result.description or []]
            return [dict(zip(names, values, strict=True)) for values in result.fetchall()]

    def rows(self, table: str, order_by: str = "all") -> list[Row]:
        """Return every row of a table (`schema.table`, `work.schema.table`)."""
        return self.query(f"select * from {table} order by {order_by}")

    def one(self, table: str) -> Row:
        """Return the only row of a table."""
        (row,) = self.rows(table)
        return row

    def _replace(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        with self.connect() as connection:
            connection.execute(f"delete from {table}")
        self._insert(table, rows)

    def _insert(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        if not rows:
            return
        incoming = pa.Table.from_pylist([dict(row) for row in rows])
        with self.connect() as connection:
            connection.register("incoming", incoming)
            connection.execute(f"insert into {table} by name select * from incoming")
