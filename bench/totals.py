"""Whether Tollbook's published figures and those of the script by hand are the same, row by row.

Belongs here: which tables are compared, and the differences in words.
Does not belong here: who is right (tests/oracle).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

TABLES = {
    "call_summary_hourly": "attempt_count, answer_count, talk_seconds, billed_seconds, charge_amount, cost_amount",
    "leg_summary_hourly": "attempt_count, answer_count, talk_seconds, billed_seconds, cost_amount",
    "customer_summary_daily": "attempt_count, answer_count, talk_seconds, billed_seconds, charge_amount, cost_amount",
    "carrier_summary_daily": "attempt_count, answer_count, talk_seconds, billed_seconds, cost_amount",
    "live_channels": "peak_channels, mean_channels",
}
"""Tables both make, and what is shown added up where they differ."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What both came to (shown once where they agree), and every difference in a sentence."""

    totals: dict[str, object]
    differences: tuple[str, ...]


def compare(published: Path, by_hand: Path) -> Comparison:
    """Compare each row of each table that both made, in every column that both have."""
    differences = []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{published.resolve()}' as ours (read_only)")
        connection.execute(f"attach '{by_hand}' as theirs (read_only)")
        for table, measures in TABLES.items():
            columns = ", ".join(
                row[0] for row in connection.execute(f"describe theirs.{table}").fetchall()
            )  # ours may have more
            ours, theirs = f"select {columns} from ours.marts.{table}", f"select {columns} from theirs.{table}"
            row = connection.execute(
                f"select (select count(*) from ({ours} except all {theirs})), "
                f"(select count(*) from ({theirs} except all {ours}))"
            ).fetchone()
            if row != (0, 0):
                sums = ", ".join(f"sum({name.strip()})" for name in measures.split(","))
                found = [connection.execute(f"select {sums} from ({rows})").fetchone() for rows in (ours, theirs)]
                differences.append(
                    f"{table}: {row} rows are only Tollbook's, only the script's; sums of {measures}: {found}"
                )
        repeated = connection.execute(
            "select coalesce(sum(duplicate_count), 0), coalesce(sum(conflict_count), 0) "
            "from ours.marts.file_reconciliation"
        ).fetchone()
        by_script = connection.execute(
            "select coalesce(sum(row_count) filter (where kind = 'duplicate'), 0), "
            "coalesce(sum(row_count) filter (where kind = 'conflict'), 0) from theirs.repeated_rows"
        ).fetchone()
        if repeated != by_script:
            differences.append(f"duplicates, conflicts: Tollbook {repeated}, the script {by_script}")
        return Comparison(_totals(connection), tuple(differences))


def _totals(connection: duckdb.DuckDBPyConnection) -> dict[str, object]:
    cursor = connection.execute(
        """
        select
            sum(attempt_count)::bigint as attempts, sum(answer_count)::bigint as answers,
            sum(talk_seconds) as talk_seconds, sum(billed_seconds)::bigint as billed_seconds,
            sum(charge_amount) as charge, sum(cost_amount) as cost,
            sum(unrated_count)::bigint as unrated,
            (select max(peak_channels) from theirs.live_channels where scope_code = 'total') as peak_channels
        from theirs.call_summary_hourly
        """
    )
    return dict(zip([column[0] for column in cursor.description], cursor.fetchone() or (), strict=True))
