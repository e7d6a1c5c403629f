"""The steps of a run, in their order: reference data, landing to lake, lake to facts, final models, publishing.

Belongs here: what each step needs and leaves behind, and the writer lock around each. The Dagster assets and the
command line call these functions and nothing else.
Does not belong here: Dagster's types (definitions.py), printing (command_line/), the work itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from assets.build import BuildOptions, BuildReport, build_final, build_pending
from assets.due_hours import pending_hours
from assets.errors import ConfigurationError
from assets.landing import Hours
from assets.places import Places
from assets.publish import Snapshot, publish
from assets.reading import Look, ReadReport, Seen, find_due, read_due, shared_file_problems, take_look
from assets.reference_tables import load_accepted
from assets.reference_versions import ReferenceReport, is_reference_new, read_and_decide, reference_files
from assets.warehouse import (
    connect,
    last_sweep,
    note_records,
    note_sweep,
    start_afresh_if_models_changed,
    sync_noted_records,
    sync_records,
    write_settings,
)
from assets.writer_lock import writer_lock
from pipelines import lake
from pipelines.reference import versions
from pipelines.reference.reading import read_reference
from pipelines.settings import Problem, Settings

SWEEP_EVERY = timedelta(hours=24)
"""A run that need not look at every hour does so all the same this long after the last one that did."""


@dataclass(frozen=True, slots=True)
class Run:
    """What every step of one run is told.

    as_of: the hour (naive UTC) the run looks from. forced: drop hours, first and last, to read again whatever the lake
    knows. tell: one plain line of progress. now: the clock, naive UTC. is_as_of_given: whether somebody asked for this
    as_of; only then may it be earlier than the last one. is_sweep: whether to look at every drop hour there is; else
    at those of the late window, and once a day at all. hours: drop hours to look at in any case. seen: what the caller
    has looked at.
    """

    settings: Settings
    as_of: datetime
    tell: Callable[[str], None]
    now: Callable[[], datetime]
    forced: Hours | None = None
    is_as_of_given: bool = True
    is_sweep: bool = True
    hours: tuple[datetime, ...] = ()
    seen: Seen = field(default_factory=Seen)

    @property
    def places(self) -> Places:
        """Return every path of this run."""
        return Places.of(self.settings)

    @property
    def seen_hour(self) -> datetime:
        """Return the hour by the clock, whatever as_of: where files belong whose name does not say their hour."""
        return self.now().replace(minute=0, second=0, microsecond=0)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Hold the writer lock, and tell how long the step took."""
        with writer_lock(self.places.lock, f"tollbook {name}", self.tell):
            started = time.monotonic()
            yield
            self.tell(f"{name}: {time.monotonic() - started:.1f} s")


def take_reference(run: Run) -> ReferenceReport:
    """Read reference data, keep its version, accept it where it changes no rated row, and load what is accepted.

    Raises ConfigurationError where nothing was ever accepted and what is there cannot be.
    """
    with run.step("reference"):
        refuse_missing_landing(run)
        _open_warehouse(run)
        _note_published(run, is_published=False)  # whatever stops the run from here on, the next one publishes
        return read_and_decide(run.settings, run.places, run.now(), run.tell)


def read_landing(run: Run) -> ReadReport:
    """Read every drop hour that is due into the lake. Raises ConfigurationError where two feeds claim one file."""
    with run.step("ingest"):
        run.places.lake_store.remove_temporary_files("lake")
        run.places.derived_store.remove_temporary_files()
        look = run.seen.look or _take_look(run)
        due = find_due(run.settings, run.places, look, run.forced)
        with connect(run.places) as connection:
            note_records(connection, [lake.record_key(feed_id, hour) for feed_id, hour in due.hours])
        report = read_due(run.settings, run.places, due, look.known, run.tell)
        with connect(run.places) as connection:
            sync_noted_records(connection, run.places.lake_store)
            if look.is_sweep:
                note_sweep(connection, run.now())
        return report


def _take_look(run: Run) -> Look:
    """Compare landing with lake/files: of every hour for a sweep, or where the last is a day ago or not known."""
    with connect(run.places) as connection:
        swept_at = last_sweep(connection)
        is_due = swept_at is None or run.seen_hour - swept_at.replace(minute=0, second=0, microsecond=0) >= SWEEP_EVERY
        if run.is_sweep or is_due:
            sync_records(connection, run.places.lake_store)
        else:
            sync_noted_records(connection, run.places.lake_store)
        return take_look(
            run.settings,
            run.places,
            connection,
            run.seen_hour,
            is_sweep=run.is_sweep or is_due,
            forced=run.forced,
            hours=run.hours,
            listing=run.seen.listing,
        )


def build(run: Run) -> BuildReport:
    """Compute every pending hour. Raises DbtFailedError where a model or an equality fails."""
    with run.step("build"):
        _prepare(run)
        return build_pending(run.places, BuildOptions(), run.tell)


def finish(run: Run) -> None:
    """Rebuild what depends on as_of and check every equality; raises DbtFailedError, which blocks publishing."""
    with run.step("summaries"):
        _refuse_stale(run)
        with connect(run.places) as connection:
            write_settings(connection, run.settings, run.as_of)
            load_accepted(connection, run.places.lake_store, run.settings.feeds)
        build_final(run.places)
        with connect(run.places) as connection:
            connection.execute("update build.state set built_as_of_at = $1", [run.as_of])


def publish_snapshot(run: Run) -> Snapshot:
    """Publish the warehouse as a new version. Raises PublishError; the former version stays then."""
    with run.step("publish"):
        snapshot = publish(run.places, run.as_of, run.now())
        _note_published(run, is_published=True)
        return snapshot


def _note_published(run: Run, *, is_published: bool) -> None:
    with connect(run.places) as connection:
        connection.execute("update build.state set is_published = $1", [is_published])


def _prepare(run: Run) -> None:
    """Bring the warehouse in step with settings, lake and accepted reference data."""
    _open_warehouse(run)
    with connect(run.places) as connection:
        load_accepted(connection, run.places.lake_store, run.settings.feeds)


class StaleRunError(RuntimeError):
    """A run that began before another one published a later hour, and was not asked for its own."""


def _refuse_stale(run: Run) -> None:
    """Raise StaleRunError where a run that waited would publish an hour earlier than what is there."""
    if run.is_as_of_given or not run.places.warehouse.exists():
        return
    with connect(run.places) as connection:
        row = connection.execute("select built_as_of_at from build.state").fetchone()
    if row is not None and row[0] is not None and row[0] > run.as_of:
        raise StaleRunError(f"this run is of {run.as_of:%H:00}, another has built {row[0]:%H:00} since: run again")


def _open_warehouse(run: Run) -> None:
    """Bring the warehouse in step with settings and lake."""
    _refuse_stale(run)
    reason = start_afresh_if_models_changed(run.places, run.as_of)
    if reason is not None:
        run.tell(f"rebuilding the warehouse from the lake: {reason}")
    with connect(run.places) as connection:
        write_settings(connection, run.settings, run.as_of)
        sync_noted_records(connection, run.places.lake_store)


def refuse_missing_landing(run: Run) -> None:
    """Raise ConfigurationError where landing is no folder."""
    landing = run.places.landing
    if not landing.is_dir():
        advice = "create it, or correct landing; `tollbook demo` fills it with traffic to try"
        raise ConfigurationError(
            [Problem(run.settings.config_path, None, "landing", f"there is no folder {landing}", advice)]
        )


def refuse_wrong_input(run: Run) -> None:
    """Raise ConfigurationError, before anything is touched, for what makes a run impossible.

    That is: no landing folder, two feeds that claim one file, or no version of the reference data that could be in
    force.
    """
    settings, places = run.settings, run.places
    refuse_missing_landing(run)
    problems, run.seen.listing = shared_file_problems(
        settings, places, run.seen_hour, is_sweep=run.is_sweep, forced=run.forced
    )
    if versions.accepted_version(places.lake_store) is None:
        files = reference_files(places)
        read = read_reference(files, settings.feeds, settings.base_currency, settings.rules.call_spread)
        if read.tables is None:
            problems += [problem for problem in read.version_problems() if problem.severity == "error"]
    if problems:
        raise ConfigurationError(problems)


def anything_to_do(run: Run) -> bool:
    """Say whether a run would publish anything else: new files, other reference data, pending hours, a later hour.

    A warehouse that the run would have to build anew is removed already here.
    """
    places = run.places
    if run.forced is not None or not places.current.exists() or not places.warehouse.exists():
        return True
    if start_afresh_if_models_changed(places, run.as_of) is not None:
        return True
    run.seen.look = _take_look(run)
    if find_due(run.settings, run.places, run.seen.look).hours:
        return True
    with connect(places) as connection:
        if run.seen.look.is_sweep:
            note_sweep(connection, run.now())
        row = connection.execute("select built_as_of_at, is_published from build.state").fetchone()
        if row != (run.as_of, True) or pending_hours(connection):
            return True
        return is_reference_new(connection, run.settings, places, reference_files(places))
