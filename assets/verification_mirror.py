"""What the warehouse says of the lake's records, against the records.

Belongs here: comparing schema build with lake/files.
Does not belong here: bringing it in step (warehouse.py), the records themselves (verification_lake.py).
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from assets.verification_findings import Finding
from assets.warehouse import RECORD_ROWS, mirrored_rows
from pipelines import lake
from pipelines.storage import Store

_ADVICE = "run: a sweep mirrors it again; if nobody restored a backup, see who changed it"


def mirror_findings(connection: duckdb.DuckDBPyConnection, store: Store, told: frozenset[str]) -> Iterator[Finding]:
    """Return a finding for each record that the warehouse lacks, mirrors differently, or has though it is gone.

    told: keys of records that something is wrong with anyway.
    """
    noted = {row[0] for row in connection.execute("select record_key from build.records_noted").fetchall()}
    found = {entry.key for entry in store.list(lake.FILES) if entry.is_file and entry.key.endswith(".json")}
    known = {row[0] for row in connection.execute("select record_key from build.record_index").fetchall()}
    for key in sorted(found - known - noted):
        yield Finding("record_not_mirrored", "the warehouse does not know it", key, _ADVICE)
    for key in sorted(known - found - noted):
        yield Finding("record_gone", "the warehouse knows it, and it is not there", key, "restore it from the backup")
    for month in sorted({key.split("drop_date=")[-1][:7] for key in found & known}):
        mirrored = _of_month(connection, month)
        for key in sorted(key for key in (found & known) - noted - told if f"drop_date={month}" in key):
            expected = mirrored_rows(key, lake.read_record(store, key))
            different = [
                f"build.{table}"
                for table in RECORD_ROWS
                if sorted(map(repr, expected[table])) != sorted(map(repr, mirrored[table].get(key, [])))
            ]
            if different:
                what = f"the warehouse says something else in {', '.join(different)}"
                yield Finding("record_differs", what, key, _ADVICE)


def _of_month(connection: duckdb.DuckDBPyConnection, month: str) -> dict[str, dict[str, list[tuple[object, ...]]]]:
    """Return the mirrored rows of the records of one month ('2026-11'), by table and record."""
    tables: dict[str, dict[str, list[tuple[object, ...]]]] = {}
    for table in RECORD_ROWS:
        by_record: dict[str, list[tuple[object, ...]]] = {}
        rows = connection.execute(
            f"select * from build.{table} where contains(record_key, $1)", [f"drop_date={month}"]
        ).fetchall()
        for row in rows:
            by_record.setdefault(row[0], []).append(row)
        tables[table] = by_record
    return tables
