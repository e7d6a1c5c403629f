"""What is published, in figures: for the end of `tollbook run` and for `tollbook status`.

Belongs here: reading the snapshot's own figures, printing them, saying whether somebody should look.
Does not belong here: computing figures (dbt_project/), the warehouse (the snapshot is what readers have).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb
import typer

from assets.places import Places
from assets.warehouse import last_sweep
from pipelines.settings import Settings

_SHOWN_LATE = 5
_FINE_FILES = ("loaded", "copy_of", "kept_without_source", "replaced", "excluded")


@dataclass(frozen=True, slots=True)
class Summary:
    """The published state. files, rows: by status and by what became of each row; charges: by currency.

    late_files: feed_id, drop_hour_at, file_path, first_seen_at (the hour of the run that first saw it), latest first.
    swept_at: when all of landing was last compared with the lake.
    """

    snapshot: str | None
    current: str
    published_at: str | None
    as_of: str | None
    files: dict[str, int]
    rows: dict[str, int]
    call_count: int
    answer_count: int
    unrated_count: int
    charges: dict[str, str]
    late_files: list[dict[str, str]]
    faulty_files: list[dict[str, str]]
    checklist: list[dict[str, Any]]
    reference_problem_count: int
    swept_at: str | None = None

    @property
    def needs_attention(self) -> bool:
        """Whether a file or a reference version needs somebody; rejected and unrated rows alone do not."""
        return bool(self.faulty_files) or self.reference_problem_count > 0

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {**asdict(self), "needs_attention": self.needs_attention}


@contextmanager
def open_snapshot(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open published/current.duckdb to read, by the file it points at now."""
    connection = duckdb.connect(str(Places.of(settings).current.resolve()), read_only=True)
    try:
        yield connection
    finally:
        connection.close()


def read_summary(settings: Settings) -> Summary:
    """Return the figures of the current snapshot, all empty where nothing was published yet."""
    current = Places.of(settings).current
    if not current.exists():
        return Summary(None, str(current), None, None, {}, {}, 0, 0, 0, {}, [], [], [], 0)
    with open_snapshot(settings) as connection:
        return _read(connection, settings)


def _read(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Summary:
    target = Places.of(settings).current.resolve()
    rows = _rows(
        connection,
        """
        select
            coalesce(sum(row_count), 0)::bigint as read,
            coalesce(sum(accepted_count), 0)::bigint as accepted,
            coalesce(sum(rejected_count), 0)::bigint as rejected,
            coalesce(sum(duplicate_count), 0)::bigint as duplicate,
            coalesce(sum(conflict_count), 0)::bigint as conflict
        from marts.file_reconciliation where status_code <> 'replaced'
        """,
    )[0]
    calls = _rows(
        connection,
        """
        select
            coalesce(sum(attempt_count), 0)::bigint as attempt_count,
            coalesce(sum(answer_count), 0)::bigint as answer_count,
            coalesce(sum(unrated_count), 0)::bigint as unrated_count
        from marts.customer_summary_daily
        """,
    )[0]
    charges = _rows(
        connection,
        """
        select currency_code, sum(charge_amount)::decimal(18, 6)::varchar as charge_amount
        from marts.customer_summary_daily where currency_code is not null group by currency_code order by currency_code
        """,
    )
    faulty = _rows(
        connection,
        """
        select feed_id, file_path, status_code, status_reason from build.files
        where status_code not in (select unnest($fine)) order by drop_hour_at, file_path
        """,
        {"fine": list(_FINE_FILES)},
    )
    late = _rows(
        connection,
        """
        select
            feed_id, strftime(drop_hour_at, '%Y-%m-%dT%H:00Z') as drop_hour_at, file_path,
            strftime(first_seen_at, '%Y-%m-%dT%H:00Z') as first_seen_at
        from build.files where is_late order by files.first_seen_at desc, files.drop_hour_at desc, file_path
        """,
    )
    swept_at = last_sweep(connection)
    as_of = _rows(connection, "select as_of_at from build.settings")[0]["as_of_at"]
    files = _rows(connection, "select status_code, count(*) as files from build.files group by status_code order by 1")
    problems = _rows(connection, "select count(*) as problems from build.reference_problems")[0]["problems"]
    return Summary(
        snapshot=str(target),
        current=str(Places.of(settings).current),
        published_at=datetime.fromtimestamp(target.stat().st_mtime, UTC).isoformat(timespec="seconds"),
        as_of=as_of.isoformat(timespec="minutes") + "Z",
        files={row["status_code"]: row["files"] for row in files},
        rows=rows,
        call_count=calls["attempt_count"],
        answer_count=calls["answer_count"],
        unrated_count=calls["unrated_count"],
        charges={row["currency_code"]: row["charge_amount"] for row in charges},
        late_files=late,
        faulty_files=faulty,
        checklist=_rows(connection, "select * from marts.checklist order by all"),
        reference_problem_count=problems,
        swept_at=None if swept_at is None else swept_at.isoformat(timespec="minutes") + "Z",
    )


def _rows(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, object] | None = None
) -> list[dict[str, Any]]:
    cursor = connection.execute(query, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def print_summary(summary: Summary, seconds: float | None = None) -> None:
    """Print what a person wants to know after a run: files, rows, calls, charges, what to look at, where to go on."""
    if summary.snapshot is None:
        typer.echo("nothing is published yet: put files into landing and type `tollbook run`, or try `tollbook demo`")
        return
    typer.echo("")
    typer.echo(f"published {summary.snapshot}" + (f" in {seconds:.1f} s" if seconds is not None else ""))
    typer.echo(f"as of     {summary.as_of}, written {summary.published_at}")
    files = ", ".join(f"{count:,} {status}" for status, count in summary.files.items())
    typer.echo(f"files     {sum(summary.files.values()):,}: {files}")
    rows = ", ".join(f"{summary.rows[name]:,} {name}" for name in ("accepted", "rejected", "duplicate", "conflict"))
    typer.echo(f"rows      {summary.rows.get('read', 0):,}: {rows}")
    typer.echo(
        f"calls     {summary.call_count:,} attempts, {summary.answer_count:,} answered, "
        f"{summary.unrated_count:,} of them unrated"
    )
    charges = "   ".join(f"{currency} {_thousands(amount)}" for currency, amount in summary.charges.items())
    typer.echo(f"charges   {charges or 'none'}")
    typer.echo(f"sweep     {summary.swept_at or 'never'}: landing compared as a whole")
    if summary.late_files:
        typer.echo(f"late      {len(summary.late_files)} files came after one of a later hour, the latest:")
    for file in summary.late_files[:_SHOWN_LATE]:
        typer.echo(
            f"          {file['feed_id']} {file['drop_hour_at']} seen {file['first_seen_at']}: {file['file_path']}"
        )
    typer.echo(f"checklist {len(summary.checklist)} items" + ("" if summary.checklist else ": nothing to do"))
    for file in summary.faulty_files[:10]:
        typer.echo(f"          {file['status_code']:<20} {file['file_path']}: {file['status_reason']}")
    if len(summary.faulty_files) > 10:
        typer.echo(f"          and {len(summary.faulty_files) - 10} more files: tollbook status")
    typer.echo("")
    typer.echo("next      tollbook status                      what needs attention")
    typer.echo(f"          any SQL client, read only            {summary.current}")
    typer.echo("                                               select * from marts.customer_summary_daily")


def _thousands(amount: str) -> str:
    whole, _, decimals = amount.partition(".")
    return f"{int(whole):,}.{decimals}"
