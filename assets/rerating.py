"""What a version of the reference data would change: the hours it may touch, built beside the real ones and compared.

Belongs here: the candidate build and its comparison with rated calls and legs as they are.
Does not belong here: deciding (reference_versions.py), rating (dbt_project/).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from assets import due_hours
from assets.build import BuildOptions, build_pending
from assets.channel_hours import DERIVED_TABLES, derived_key
from assets.places import Places
from assets.reference_tables import load_accepted, load_candidate
from assets.warehouse import connect, sync_records, write_settings
from pipelines.reference import versions
from pipelines.reference.effects import effects_from
from pipelines.settings import Settings
from pipelines.storage import Store


@dataclass(frozen=True, slots=True)
class CustomerChange:
    """What one customer's (or carrier's) rated rows would become; amounts in currency_code, None as the unknown one."""

    side_code: str
    party_id: str | None
    currency_code: str | None
    hour_count: int
    call_count: int
    amount_before: Decimal
    amount_after: Decimal


@dataclass(frozen=True, slots=True)
class Rerating:
    """What version_id would change of rows that are rated now; curing an unrated one is no change."""

    version_id: str
    changes: tuple[CustomerChange, ...] = ()
    hour_count: int = 0

    @property
    def call_count(self) -> int:
        """Rated calls and legs that would change."""
        return sum(change.call_count for change in self.changes)

    @property
    def is_empty(self) -> bool:
        """Whether nothing rated would change."""
        return not self.changes


def bring_up_to_date(places: Places, settings: Settings, tell: Callable[[str], None]) -> None:
    """Build what is pending under the accepted version: what a version would change is told against a whole build.

    A warehouse that was thrown away, a build that failed, or rated rows that somebody removed would have it change
    nothing.
    """
    with connect(places) as connection:
        sync_records(connection, places.lake_store)
        load_accepted(connection, places.lake_store, settings.feeds)
        query = "select distinct hour_start_at from build.built_hours inner join build.part_hours using (hour_start_at)"
        hours = [row[0] for row in connection.execute(query).fetchall()]
        due_hours.forget_built(connection, [hour for hour in hours if not _has_rated_rows(places.derived_store, hour)])
    build_pending(places, BuildOptions(), tell)


def _has_rated_rows(store: Store, hour: datetime) -> bool:
    return all(store.exists(derived_key(table, hour)) for table in DERIVED_TABLES)


def rerate_candidate(places: Places, settings: Settings, version_id: str, tell: Callable[[str], None]) -> Rerating:
    """Build the hours that *version_id* may touch under it, beside the real ones, and return what differs.

    Hours that are pending anyway are compared as they were last built.
    """
    store = places.lake_store
    accepted = versions.accepted_version(store)
    if accepted is None:
        return Rerating(version_id)
    since = effects_from(versions.load_version(store, accepted.version_id), versions.load_version(store, version_id))
    if since is None:
        return Rerating(version_id)
    earliest = since.replace(minute=0, second=0, microsecond=0) if isinstance(since, datetime) else datetime.min
    with connect(places) as connection:
        hours = [
            row[0]
            for row in connection.execute(
                "select hour_start_at from build.built_hours where hour_start_at >= $1 order by 1", [earliest]
            ).fetchall()
        ]
        as_of = connection.execute("select as_of_at from build.settings").fetchone()
    if not hours or as_of is None:
        return Rerating(version_id)
    candidate = places.candidate()
    shutil.rmtree(candidate.state, ignore_errors=True)
    tell(f"reference data: rating {len(hours)} hours with version {version_id} to see what it would change")
    _prepare(candidate, settings, version_id, as_of[0], hours)
    build_pending(candidate, BuildOptions(), tell)
    changes, hour_count = _compare(places, candidate, hours)
    shutil.rmtree(candidate.state, ignore_errors=True)
    return Rerating(version_id, changes, hour_count)


def _prepare(candidate: Places, settings: Settings, version_id: str, as_of: datetime, hours: list[datetime]) -> None:
    store = candidate.lake_store
    with connect(candidate) as connection:
        write_settings(connection, settings, as_of)
        sync_records(connection, store)
        load_candidate(connection, store, version_id)
        # Hours the version cannot touch count as built, so that only the others are pending.
        due_hours.count_as_built(connection, except_hours=hours)


_COMPARED = {
    # table: (side, key, party, currency, amount, values that must not change)
    "rated_calls": ("sell", ("feed_id", "call_id", "setup_at"), "customer_id", "currency_code", "charge_amount"),
    "rated_legs": (
        "buy",
        ("feed_id", "call_id", "leg_id", "setup_at"),
        "carrier_id",
        "cost_currency_code",
        "cost_amount",
    ),
}


def _compare(places: Places, candidate: Places, hours: list[datetime]) -> tuple[tuple[CustomerChange, ...], int]:
    changes: list[CustomerChange] = []
    changed_hours: set[datetime] = set()
    with connect(candidate) as connection:
        for table, (side, key, party, currency, amount) in _COMPARED.items():
            uris = [
                [store.uri(derived_key(table, hour)) for hour in hours if store.exists(derived_key(table, hour))]
                for store in (places.derived_store, candidate.derived_store)
            ]
            if not all(uris):  # nothing was rated in these hours, so nothing changes
                continue
            on = " and ".join(f"before.{column} = after.{column}" for column in key)
            connection.execute(
                f"""
                create or replace temp table changed as
                select
                    coalesce(before.hour_start_at, after.hour_start_at) as hour_start_at,
                    coalesce(before.{party}, after.{party}) as party_id,
                    coalesce(before.{currency}, after.{currency}) as currency_code,
                    before.{amount} as amount_before, after.{amount} as amount_after
                from read_parquet($before, hive_partitioning = false) as before
                full join read_parquet($after, hive_partitioning = false) as after on {on}
                where
                    -- cut or joined otherwise, a call of its own now that was none before
                    (before.call_id is null and after.is_answered and after.unrated_reason_code is null)
                    or before.call_id is not null and before.unrated_reason_code is null
                    and (
                        (before.{party} is not null and before.{party} is distinct from after.{party})
                        or before.{amount} is distinct from after.{amount}
                        or before.billed_seconds is distinct from after.billed_seconds
                        or (before.is_answered and before.{currency} is distinct from after.{currency})
                    )
                """,
                {"before": uris[0], "after": uris[1]},
            )
            rows = connection.execute(
                """
                select party_id, currency_code, count(distinct hour_start_at), count(*),
                    coalesce(sum(amount_before), 0)::decimal(18, 6), coalesce(sum(amount_after), 0)::decimal(18, 6)
                from changed group by party_id, currency_code order by party_id, currency_code
                """
            ).fetchall()
            changes += [CustomerChange(side, *row) for row in rows]
            changed_hours |= {
                row[0] for row in connection.execute("select distinct hour_start_at from changed").fetchall()
            }
    return tuple(changes), len(changed_hours)
