"""Which version of the reference data rates the calls: read, kept, accepted or waiting, loaded.

Belongs here: keeping what was read, and the decision whether a version may be accepted by itself.
Does not belong here: reading and checking the files (pipelines/reference), loading them (reference_tables.py), what a
waiting version would change in figures (rerating.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from assets.errors import ConfigurationError
from assets.places import Places, user_name
from assets.reference_tables import load_accepted
from assets.rerating import Rerating, bring_up_to_date, rerate_candidate
from assets.warehouse import connect
from pipelines.reference import versions
from pipelines.reference.reading import ReferenceRead, read_reference, version_id_of
from pipelines.settings import Problem, Settings
from pipelines.storage import Store

REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class ReferenceReport:
    """What became of the reference data: the version in force, one that waits, what is wrong with the files."""

    accepted_version: str
    waiting_version: str | None = None
    problems: tuple[Problem, ...] = ()
    row_counts: Mapping[str, int] = field(default_factory=dict)


def reference_files(places: Places) -> dict[str, bytes]:
    """Return the bytes of every reference file by its path below landing/reference/."""
    store = places.landing_store
    return {
        entry.key.removeprefix(f"{REFERENCE}/"): store.read(entry.key)
        for entry in store.list(REFERENCE)
        if entry.is_file
    }


def read_and_decide(settings: Settings, places: Places, now: datetime, tell: Callable[[str], None]) -> ReferenceReport:
    """Read reference data, keep what is sound, accept what changes no rated row, load what is accepted.

    Raises ConfigurationError where nothing was ever accepted and the files cannot be.
    """
    store = places.lake_store
    files = reference_files(places)
    if versions.accepted_version(store) is not None:
        with connect(places) as connection:
            if not is_reference_new(connection, settings, places, files):
                return _as_before(connection, settings, store, tell)
    read = read_reference(files, settings.feeds, settings.base_currency, settings.rules.call_spread)
    accepted = versions.accepted_version(store)
    problems = [problem for problem in read.problems if problem.severity == "error"]
    if accepted is None:
        if read.tables is None:
            raise ConfigurationError(problems)
        versions.save_version(store, read, files)
        versions.accept(store, read.version_id, now, user_name(), "the first version")
    problems += _save_daily(store, read, files)
    waiting = None
    if accepted is not None and read.tables is not None and read.version_id != accepted.version_id:
        waiting = _decide(settings, places, read, files, now, tell)
    for problem in problems:
        tell(str(problem))
    if problems and accepted is not None:
        tell(f"the last good version {accepted.version_id} stays in force")
    with connect(places) as connection:
        version = load_accepted(connection, store, settings.feeds)
        _write_problems(connection, problems, waiting)
        connection.execute(
            "update build.state set reference_seen = $1, waiting_version = $2",
            [_digest(settings, places, files), waiting.version_id if waiting else None],
        )
        counts = _row_counts(connection)
    return ReferenceReport(version, waiting.version_id if waiting else None, tuple(problems), counts)


def _as_before(
    connection: duckdb.DuckDBPyConnection, settings: Settings, store: Store, tell: Callable[[str], None]
) -> ReferenceReport:
    """Return what the last look at the same files found; what waits is not rated again at every run to see that."""
    version = load_accepted(connection, store, settings.feeds)
    rows = connection.execute("select * from build.reference_problems").fetchall()
    waiting = connection.execute("select waiting_version from build.state").fetchone()
    problems = tuple(Problem(*row) for row in rows)
    for problem in problems:
        tell(str(problem))
    return ReferenceReport(version, waiting[0] if waiting else None, problems, _row_counts(connection))


def _row_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    return dict(
        connection.execute(
            "select table_name, estimated_size from duckdb_tables() where schema_name = 'reference' order by 1"
        ).fetchall()
    )


def _save_daily(store: Store, read: ReferenceRead, files: Mapping[str, bytes]) -> list[Problem]:
    """Take rates of exchange and payments at once, each where it has no error; return a problem for one that is gone.

    A file that is gone says nothing: landing may be a folder where nothing is mounted. A header alone says none.
    """
    problems = []
    for path, table, load, save in (
        ("fx_rates.csv", read.fx, versions.load_fx_rates, versions.save_fx_rates),
        ("payments.csv", read.payments, versions.load_payments, versions.save_payments),
    ):
        former = load(store)
        if path not in files and former is not None and former.num_rows > 0:
            advice = "put it back; a file with its header alone says that there are none"
            gone = "is gone; what it said last stays in force"
            problems.append(Problem(f"{REFERENCE}/{path}", None, "", gone, advice))
        elif table is not None:
            save(store, table, files.get(path))
    return problems


def _decide(
    settings: Settings,
    places: Places,
    read: ReferenceRead,
    files: Mapping[str, bytes],
    now: datetime,
    tell: Callable[[str], None],
) -> Rerating | None:
    """Keep a new version; accept it where no rated call or leg changes, else return what it would change."""
    store = places.lake_store
    versions.save_version(store, read, files)
    bring_up_to_date(places, settings, tell)
    rerating = rerate_candidate(places, settings, read.version_id, tell)
    if rerating.is_empty:
        versions.accept(store, read.version_id, now, user_name(), "changes no rated call or leg")
        tell(f"reference data: version {read.version_id} accepted, it changes no rated call or leg")
        return None
    tell(
        f"reference data: version {read.version_id} waits: it would change "
        f"{rerating.call_count:,} rated calls or legs; see tollbook rerate"
    )
    return rerating


def _write_problems(
    connection: duckdb.DuckDBPyConnection, problems: Sequence[Problem], waiting: Rerating | None
) -> None:
    rows: list[tuple[object, ...]] = [
        (problem.file_path, problem.line_number, problem.column, problem.message, problem.advice)
        for problem in problems
    ]
    if waiting is not None:
        message = (
            f"version {waiting.version_id} waits: when it came it would have changed {waiting.call_count} rated calls "
            f"or legs in {waiting.hour_count} hours"
        )
        rows.append((REFERENCE, None, "", message, "tollbook rerate shows them, tollbook rerate --apply accepts it"))
    connection.execute("begin")
    connection.execute("delete from build.reference_problems")
    if rows:
        connection.executemany("insert into build.reference_problems values (?, ?, ?, ?, ?)", rows)
    connection.execute("commit")


def is_reference_new(
    connection: duckdb.DuckDBPyConnection, settings: Settings, places: Places, files: Mapping[str, bytes]
) -> bool:
    """Say whether *files* of reference data, the settings, or what is accepted differ from what the last run saw."""
    seen = connection.execute("select reference_seen from build.state").fetchone()
    return seen is None or seen[0] != _digest(settings, places, files)


def _digest(settings: Settings, places: Places, files: Mapping[str, bytes]) -> str:
    """Return the hash of everything a look at the reference data depends on."""
    accepted = versions.accepted_version(places.lake_store)
    digest = hashlib.sha256(
        version_id_of(files, settings.feeds, settings.base_currency, settings.rules.call_spread).encode()
    )
    digest.update(f"{accepted and accepted.number} {settings!r}".encode())  # whatever a user changes there is news
    for path in sorted(files):
        digest.update(path.encode() + b"\0" + hashlib.sha256(files[path]).digest())
    return digest.hexdigest()
