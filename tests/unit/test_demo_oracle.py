"""Two reckonings that share no code, the demo's truth and the tests' oracle, come to the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from pipelines.demo import DemoPlan, demo_configuration, generate_demo
from pipelines.demo.legs import Row, TollbookLines
from pipelines.demo.truth import Truth
from tests.oracle import Expected, calculate, oracle_input

END = datetime(2026, 11, 23, 20)
COUNTS = (
    "attempt_count", "answer_count", "ner_count", "talk_seconds", "billed_seconds", "dtmf_observed_count",
    "dtmf_call_count", "unrated_count", "pdd_ms_sum", "pdd_count",
)  # fmt: skip


@pytest.fixture(scope="module")
def both() -> tuple[dict[str, bytes], Expected]:
    """Return truth's files, and what the oracle makes of the same legs, all told in the one format it reads."""
    landing: dict[str, bytes] = {}
    truth: dict[str, bytes] = {}
    told = TollbookLines()

    class Spy(Truth):
        def file(self, path: str, drop_hour: int, lines: Iterable[tuple[int, Row]], status: str = "loaded") -> None:
            rows = list(lines)
            text = [f"{told.header},leg_id"]
            text += [f"{told.line(row.leg)},{row.leg.leg_id}" for _, row in rows if row.leg is not None]
            landing[path.removesuffix(".gz").removesuffix(".zst")] = ("\n".join(text) + "\n").encode()
            super().file(path, drop_hour, rows, status)

    def write(path: str, content: bytes) -> None:
        if path.startswith("reference/"):
            landing[path] = content

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipelines.demo.generate.Truth", Spy)
        generate_demo(DemoPlan(2, 1500, 11, END), write, truth.__setitem__)
    return truth, calculate(oracle_input(demo_configuration(), landing, END + timedelta(hours=1)), with_channels=False)


def table(truth: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(truth[name].decode())))


def decimals(row: dict[str, object], *names: str) -> list[Decimal | None]:
    return [None if row[name] in ("", None) else Decimal(str(row[name])) for name in names]


def test_customers_and_days(both: tuple[dict[str, bytes], Expected]) -> None:
    truth, expected = both
    columns = (*COUNTS, "charge_amount", "cost_amount")
    ours = {
        (row["day"], row["customer_id"], row["currency_code"]): decimals(dict(row), *columns)
        for row in table(truth, "customer_day.csv")
    }
    theirs = {
        (str(row["period_start_at"])[:10], row["customer_id"] or "", row["currency_code"] or ""):
            decimals(row, *columns)
        for row in expected.tables["customer_summary_daily"]
    }  # fmt: skip
    assert {key: row for key, row in ours.items() if theirs.get(key) != row} == {}
    assert ours.keys() == theirs.keys()


def test_carriers_and_days(both: tuple[dict[str, bytes], Expected]) -> None:
    truth, expected = both
    columns = (*COUNTS, "cost_amount")
    ours = {(row["day"], row["carrier_id"]): decimals(dict(row), *columns) for row in table(truth, "carrier_day.csv")}
    theirs = {
        (str(row["period_start_at"])[:10], row["carrier_id"] or ""): decimals(row, *columns)
        for row in expected.tables["carrier_summary_daily"]
    }
    assert ours == theirs


def test_repeated_rows_and_anomalies(both: tuple[dict[str, bytes], Expected]) -> None:
    truth, expected = both
    ours = {
        row["path"].removesuffix(".gz").removesuffix(".zst"): [
            int(row[f"{kind}_count"]) for kind in ("accepted", "duplicate", "conflict")
        ]
        for row in table(truth, "files.csv")
        if row["status_code"] in ("loaded", "copy_of")
    }
    theirs = {
        row["file_path"]: [row[f"{kind}_count"] for kind in ("accepted", "duplicate", "conflict")]
        for row in expected.tables["file_reconciliation"]
    }
    assert ours == theirs
    assert {(row["feed_id"], row["call_id"], row["anomaly_code"]) for row in table(truth, "anomalies.csv")} == {
        (row["feed_id"], row["call_id"], row["anomaly_code"]) for row in expected.tables["anomalies"]
    }


def test_rejects_and_faults_of_the_feed_the_oracle_reads() -> None:
    landing: dict[str, bytes] = {}
    truth: dict[str, bytes] = {}
    generate_demo(DemoPlan(1, 900, 5, END), landing.__setitem__, truth.__setitem__)
    for path in [path for path in landing if path.endswith(".zst")]:
        packed = pa.input_stream(io.BytesIO(landing.pop(path)), compression="zstd")
        landing[path.removesuffix(".zst")] = packed.read()
    files = {path: content for path, content in landing.items() if path.startswith(("nyc1/", "reference/"))}
    expected = calculate(oracle_input(demo_configuration(), files, END + timedelta(hours=1)), with_channels=False)
    ours = [
        (row["path"].removesuffix(".zst"), int(row["line_number"]), row["reject_reason_code"])
        for row in table(truth, "rejects.csv")
        if row["path"].startswith("nyc1/")
    ]
    assert sorted(ours) == sorted(
        (row["file_path"], row["line_number"], row["reject_reason_code"]) for row in expected.tables["rejects"]
    )
    kinds = ("row", "accepted", "rejected", "duplicate", "conflict")
    assert {
        row["path"].removesuffix(".zst"): (row["status_code"], *(int(row[f"{kind}_count"]) for kind in kinds))
        for row in table(truth, "files.csv")
        if row["path"].startswith("nyc1/")
    } == {
        row["file_path"]: (row["status_code"], *(row[f"{kind}_count"] for kind in kinds))
        for row in expected.tables["file_reconciliation"]
    }
