"""Dagster's view: what exists, from what it is made, when it runs, and which checks block publishing.

Belongs here: assets, partitions, the job, its schedule, checks, and metadata that a person reads in the UI.
Does not belong here: data logic. Each asset calls one step of run.py.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, build_dbt_asset_specs
from pydantic import Field

from assets import run as steps
from assets.dbt_in_process import DbtFailedError
from assets.dead_runs import fail_dead_runs, name_process
from assets.late_files import HOURLY_MINUTE, find_late_files
from assets.metadata import hour_metadata, rejects_preview
from assets.project_manifest import manifest
from assets.reading import Seen
from assets.retries import retried
from assets.run_context import current_settings, first_drop_hour, seen_before, teller
from assets.verification import verify
from pipelines.lake import HourRecord

PARTITION_FORMAT = "%Y-%m-%d-%H:%M"
LAKE = dg.AssetKey(["lake", "cdr"])
REFERENCE = dg.AssetKey(["lake", "reference"])
LANDING = dg.AssetKey(["landing"])
SNAPSHOT = dg.AssetKey(["published", "snapshot"])


_SOURCE = "source"
_PASSING = {"staging", "intermediate", "channels"}
"""Schemas that one chunk of hours fills and the next one empties."""


class DropHours(dg.Config):
    """How the lake is read. reread: read the run's partitions again, whatever the lake knows of them.

    sweep: look at every drop hour there is, not only at those of the late window (which a run does once a day anyway).
    hours: drop hours to look at besides, ISO 8601, UTC: those of late files.
    """

    reread: bool = True
    sweep: bool = False
    hours: list[str] = Field(default_factory=list)
    as_of: str | None = None


class AsOf(dg.Config):
    """as_of: the hour to look from, ISO 8601, UTC; default: the hour that is running."""

    as_of: str | None = None


drop_hours = dg.HourlyPartitionsDefinition(
    start_date=first_drop_hour(), end_offset=1, fmt=PARTITION_FORMAT, timezone="UTC"
)


def _clock() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _run(context: dg.AssetExecutionContext, as_of: str | None) -> steps.Run:
    record = context.instance.get_run_record_by_id(context.run_id)
    if record is not None:
        name_process(context.instance, record.dagster_run)
        fail_dead_runs(context.instance)
    if as_of:
        hour = datetime.fromisoformat(as_of)
    else:  # one hour for all steps of a run, whichever of them the hour changes in
        began = record.create_timestamp.astimezone(UTC).replace(tzinfo=None) if record is not None else _clock()
        hour = began.replace(minute=0, second=0, microsecond=0)
    tell = teller(context.log.info)
    seen = seen_before.get() or Seen()
    return steps.Run(current_settings(), hour, tell, _clock, is_as_of_given=bool(as_of), is_sweep=False, seen=seen)


@dg.asset(
    key=REFERENCE,
    deps=[LANDING],
    group_name="lake",
    kinds={"csv", "parquet"},
    description="Customers, keys, cards and rates: every version kept, the accepted one loaded for rating.",
)
def lake_reference(context: dg.AssetExecutionContext, config: AsOf) -> dg.MaterializeResult[Any]:
    """Take reference data."""
    with retried(context):
        report = steps.take_reference(_run(context, config.as_of))
    return dg.MaterializeResult(
        metadata={
            "accepted version": report.accepted_version,
            "waiting version": report.waiting_version or "none",
            "problems": len(report.problems),
            "rows": dg.MetadataValue.json(report.row_counts),
        }
    )


@dg.asset(
    key=LAKE,
    deps=[LANDING, REFERENCE],
    partitions_def=drop_hours,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="lake",
    kinds={"polars", "parquet"},
    description="Typed legs, rejects and the record of every file, one part per feed and drop hour.",
)
def lake_cdr(context: dg.AssetExecutionContext, config: DropHours) -> dg.MaterializeResult[Any]:
    """Read what landing holds: with reread the run's own hours again, and always what is due."""
    window = context.partition_time_window
    first, last = (instant.astimezone(UTC).replace(tzinfo=None) for instant in (window.start, window.end))
    forced = (first, last - timedelta(hours=1)) if config.reread else None
    hours = tuple(datetime.fromisoformat(hour) for hour in config.hours)
    request = replace(_run(context, config.as_of), forced=forced, is_sweep=config.sweep, hours=hours)
    with retried(context):
        report = steps.read_landing(request)
    by_hour: dict[datetime, list[HourRecord]] = {}
    for record in report.records:
        by_hour.setdefault(record.drop_hour, []).append(record)
    for hour, records in by_hour.items():
        if not first <= hour < last:
            context.log_event(
                dg.AssetMaterialization(
                    asset_key=LAKE, partition=hour.strftime(PARTITION_FORMAT), metadata=hour_metadata(records)
                )
            )
    own = [record for record in report.records if first <= record.drop_hour < last]
    return dg.MaterializeResult(
        metadata={
            **hour_metadata(own),
            "drop hours read": len(by_hour),
            "late": ", ".join(report.late) or "none",
            "rejects": rejects_preview(current_settings(), report.records),
        }
    )


class Translator(DagsterDbtTranslator):
    """Names of dbt's models in Dagster; sources of the lake are the lake's own assets."""

    def get_asset_key(self, dbt_resource_props: Any) -> dg.AssetKey:
        """Return <schema>/<model>; a source gets a key of its own, which _specs() maps to the asset that makes it."""
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey([_SOURCE, dbt_resource_props["source_name"], dbt_resource_props["name"]])
        return dg.AssetKey([dbt_resource_props["schema"].removeprefix("main_"), dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Any) -> str:
        """Return the schema."""
        return str(dbt_resource_props["schema"].removeprefix("main_"))


def _specs(tag: str) -> list[dg.AssetSpec]:
    """Return the models with *tag* that last, depending on each other and on the lake's own assets.

    Steps in between are no assets: nothing of them is left after a run, and each would be an event in every run's log.
    """
    specs = build_dbt_asset_specs(manifest=manifest(), dagster_dbt_translator=Translator(), select=f"tag:{tag}")
    direct = {spec.key: {_made_by(dep.asset_key) for dep in spec.deps} for spec in specs}

    @cache
    def lasting(key: dg.AssetKey) -> frozenset[dg.AssetKey]:
        found = (lasting(dep) if dep.path[0] in _PASSING else {dep} for dep in direct[key])
        return frozenset().union(*found)

    wired = {
        spec.key: spec.replace_attributes(deps=sorted(lasting(spec.key)))
        for spec in specs
        if spec.key.path[0] not in _PASSING
    }
    graph = {key: {dep.asset_key for dep in spec.deps} & wired.keys() for key, spec in wired.items()}
    # Dagster wants results in the order of their dependencies.
    return [wired[key] for key in TopologicalSorter(graph).static_order()]


def _made_by(key: dg.AssetKey) -> dg.AssetKey:
    """Return the asset that makes what *key* names: dbt's sources are tables of the lake's assets."""
    if key.path[0] != _SOURCE:
        return key
    return REFERENCE if key.path[1] == "reference" else LAKE


_hour_specs, _final_specs = _specs("hours"), _specs("final")
_fact = next(spec.key for spec in _hour_specs if spec.key.path[-1] == "call_summary_hourly")
_summary = next(spec.key for spec in _final_specs if spec.key.path[-1] == "file_reconciliation")
HOURS_CHECK = dg.AssetCheckSpec(
    "equalities_of_hours", asset=_fact, blocking=True, description="Every equality over the hours just built holds."
)
FINAL_CHECK = dg.AssetCheckSpec(
    "equalities", asset=_summary, blocking=True, description="Every equality holds; a failing one blocks publishing."
)


@dg.multi_asset(specs=_hour_specs, check_specs=[HOURS_CHECK], name="facts_by_hour", can_subset=False)
def facts_by_hour(context: dg.AssetExecutionContext, config: AsOf) -> Iterator[Any]:
    """Build every pending hour."""
    try:
        with retried(context):
            report = steps.build(_run(context, config.as_of))
    except DbtFailedError as failed:
        yield dg.AssetCheckResult(
            check_name=HOURS_CHECK.name, asset_key=_fact, passed=False, metadata={"failures": str(failed)}
        )
        raise
    metadata = {"hours built": len(report.hours), "legs": report.leg_count, "chunks": report.chunk_count}
    for spec in _hour_specs:
        yield dg.MaterializeResult(asset_key=spec.key, metadata=metadata)
    yield dg.AssetCheckResult(check_name=HOURS_CHECK.name, asset_key=_fact, passed=True)


@dg.multi_asset(specs=_final_specs, check_specs=[FINAL_CHECK], name="summaries", can_subset=False)
def summaries(context: dg.AssetExecutionContext, config: AsOf) -> Iterator[Any]:
    """Rebuild what depends on as_of, and check every equality."""
    try:
        with retried(context):
            steps.finish(_run(context, config.as_of))
    except DbtFailedError as failed:
        yield dg.AssetCheckResult(
            check_name=FINAL_CHECK.name, asset_key=_summary, passed=False, metadata={"failures": str(failed)}
        )
        raise
    for spec in _final_specs:
        yield dg.MaterializeResult(asset_key=spec.key)
    yield dg.AssetCheckResult(check_name=FINAL_CHECK.name, asset_key=_summary, passed=True)


@dg.asset(
    key=SNAPSHOT,
    deps=[spec.key for spec in _final_specs],
    group_name="published",
    kinds={"duckdb"},
    description="published/current.duckdb: what Superset and billing systems read.",
)
def published_snapshot(context: dg.AssetExecutionContext, config: AsOf) -> dg.MaterializeResult[Any]:
    """Publish."""
    with retried(context):
        snapshot = steps.publish_snapshot(_run(context, config.as_of))
    return dg.MaterializeResult(
        metadata={
            "file": dg.MetadataValue.path(str(snapshot.path)),
            "bytes": snapshot.size_bytes,
            "rows": dg.MetadataValue.json(snapshot.row_counts),
        }
    )


landing = dg.AssetSpec(
    LANDING, group_name="lake", description="Files as the switches dropped them; never modified.", kinds={"csv"}
)

tollbook_run = dg.define_asset_job(
    "tollbook_run",
    selection=dg.AssetSelection.all() - dg.AssetSelection.assets(LANDING),
    executor_def=dg.in_process_executor,
    description="From landing to published/current.duckdb. Partitions: the drop hours to read again.",
)


@dg.schedule(job=tollbook_run, cron_schedule=f"{HOURLY_MINUTE} * * * *", execution_timezone="UTC", name="hourly")
def hourly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Seven minutes past each hour: read what is due, build what is pending, publish.

    The first run a day after the last sweep looks at all of landing, the others at the late window.
    """
    fail_dead_runs(context.instance)
    hour = context.scheduled_execution_time.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return dg.RunRequest(
        run_key=hour.isoformat(),
        partition_key=hour.strftime(PARTITION_FORMAT),
        run_config=dg.RunConfig(ops={"lake__cdr": DropHours(reread=False)}),
    )


@dg.op(description="Compares the lake with its records and every figure with its rows; fails where anything differs.")
def verify_everything(context: dg.OpExecutionContext) -> None:
    """Verify, and fail with every finding."""
    name_process(context.instance, context.run)
    done = verify(current_settings(), teller(context.log.info))
    for reason in done.not_compared:
        context.log.info("not compared: %s", reason)
    if not done.is_sound:
        found = dg.MetadataValue.md("\n".join(f"- **{finding.code}** {finding}" for finding in done.findings))
        raise dg.Failure(f"{len(done.findings)} finding(s)", metadata={"findings": found}, allow_retries=False)


@dg.job(executor_def=dg.in_process_executor, description="What `tollbook verify` does. Changes nothing.")
def tollbook_verify() -> None:
    """Verify everything."""
    verify_everything()


weekly_verify = dg.ScheduleDefinition(
    job=tollbook_verify, cron_schedule="37 3 * * 0", execution_timezone="UTC", name="weekly_verify"
)


_UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
_SHOWN_HOURS = 8


@dg.sensor(job=tollbook_run, name="late_files", minimum_interval_seconds=300)
def late_files(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Ask for one run for all drop hours of the late window whose files came or changed after their run."""
    fail_dead_runs(context.instance)
    for run in context.instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED)):
        if run.job_name != tollbook_verify.name:
            return dg.SkipReason(f"run {run.run_id} is not finished: late files are looked for again after it")
    now = _clock()
    late = find_late_files(current_settings(), now)
    if late is None:
        return dg.SkipReason("nothing is published yet: the hourly schedule or `tollbook run` begins")
    if not late.hours:
        return dg.SkipReason("every file of the late window is as published")
    hours = [hour.isoformat(timespec="minutes") for hour in late.hours]
    more = [f"and {len(hours) - _SHOWN_HOURS} more"] if len(hours) > _SHOWN_HOURS else []
    return dg.RunRequest(
        run_key=f"late files {late.digest}",
        partition_key=now.strftime("%Y-%m-%d-%H:00"),
        run_config=dg.RunConfig(ops={"lake__cdr": DropHours(reread=False, hours=hours)}),
        tags={"tollbook/late_hours": ", ".join([*hours[:_SHOWN_HOURS], *more])},
    )


defs = dg.Definitions(
    assets=[landing, lake_reference, lake_cdr, facts_by_hour, summaries, published_snapshot],
    jobs=[tollbook_run, tollbook_verify],
    schedules=[hourly, weekly_verify],
    sensors=[late_files],
    # Of the runs that pages start without the job too: a run is one process, whose death is the run's.
    executor=dg.in_process_executor,
)
