"""Schema `reference` of a warehouse: one version's tables, and which hours a change of them makes pending.

Belongs here: loading the accepted version, rates of exchange and payments; loading a candidate to look at.
Does not belong here: reading and keeping versions (pipelines/reference), deciding on them (reference_versions.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import duckdb
import pyarrow as pa

from assets.errors import ConfigurationError
from assets.warehouse import replace_table
from pipelines.reference import versions
from pipelines.reference.derive import current_feeds
from pipelines.reference.effects import effects_from
from pipelines.reference.tables import FX_RATES, PAYMENTS
from pipelines.settings import Feed, Problem
from pipelines.storage import Store


def load_accepted(connection: duckdb.DuckDBPyConnection, store: Store, feeds: Mapping[str, Feed]) -> str:
    """Bring schema `reference` in step with what is accepted, and make the hours it may change pending; return its id.

    One transaction: a crash leaves the former version with its hours, or the new one with its hours pending.
    """
    accepted = versions.accepted_version(store)
    if accepted is None:
        message = "no version was ever accepted"
        raise ConfigurationError(
            [Problem("reference", None, "", message, "put the files of docs/reference-data.md there")]
        )
    state = connection.execute("select reference_version, fx_version, payments_version from build.state").fetchone()
    wanted = (accepted.version_id, _daily_version(store, "fx"), _daily_version(store, "payments"))
    if state != wanted:
        _load(connection, store, state or (None, None, None), wanted)
    _obey_version(connection)
    _bring_feeds_up_to_date(connection, feeds)
    return accepted.version_id


def _bring_feeds_up_to_date(connection: duckdb.DuckDBPyConnection, feeds: Mapping[str, Feed]) -> None:
    """Take what changes no row of a feed (zone, expected) from the configuration of now, its bound from the version."""
    accepted = connection.execute("select * from build.accepted_feeds").to_arrow_table()
    replace_table(connection, "reference.feeds", current_feeds(accepted, feeds))


def load_candidate(connection: duckdb.DuckDBPyConnection, store: Store, version_id: str) -> None:
    """Load the tables of any kept version into a warehouse of its own."""
    tables = versions.load_version(store, version_id)
    for name, rows in (*tables.items(), ("fx_rates", _fx_rates(store)), ("payments", _payments(store))):
        replace_table(connection, f"reference.{name}", rows)
    _obey_version(connection)


def _obey_version(connection: duckdb.DuckDBPyConnection) -> None:
    """Take the settings that change rows from the version: those of tollbook.toml wait with theirs."""
    connection.execute(
        """
        update build.settings set
            base_currency_code = rating.base_currency_code, call_spread_seconds = rating.call_spread_seconds
        from reference.rating_settings as rating
        """
    )


def _load(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    state: tuple[str | None, ...],
    wanted: tuple[str | None, ...],
) -> None:
    connection.execute("begin")
    if state[0] != wanted[0]:
        tables = versions.load_version(store, str(wanted[0]))
        if state[0] is not None:
            _invalidate(connection, versions.load_version(store, state[0]), tables)
        for name, rows in tables.items():
            replace_table(connection, f"reference.{name}", rows)
        replace_table(connection, "build.accepted_feeds", tables["feeds"])
    if state[1] is None or state[1] != wanted[1]:
        fx_rates = _fx_rates(store)
        if state[1] is not None:
            _invalidate_fx(connection, fx_rates)
        replace_table(connection, "reference.fx_rates", fx_rates)
    if state[2] is None or state[2] != wanted[2]:
        replace_table(connection, "reference.payments", _payments(store))
    connection.execute(
        "update build.state set reference_version = $1, fx_version = $2, payments_version = $3", list(wanted)
    )
    connection.execute("commit")


def _fx_rates(store: Store) -> pa.Table:
    """Return the latest good rates of exchange, an empty table where there never were any."""
    loaded = versions.load_fx_rates(store)
    return loaded if loaded is not None else FX_RATES.schema().empty_table()


def _payments(store: Store) -> pa.Table:
    """Return the latest good payments, an empty table where there never were any."""
    loaded = versions.load_payments(store)
    return loaded if loaded is not None else PAYMENTS.schema().empty_table()


def _daily_version(store: Store, kind: str) -> str:
    key = f"{versions.ROOT}/{kind}/current.json"
    return hashlib.sha256(store.read(key)).hexdigest()[:16] if store.exists(key) else "none"


def _invalidate(
    connection: duckdb.DuckDBPyConnection, former: Mapping[str, pa.Table], new: Mapping[str, pa.Table]
) -> None:
    """Make pending what the new version may rate differently."""
    since = effects_from(former, new)
    if since == "always":
        connection.execute("update build.built_hours set inputs_digest = 'stale'")
    elif since is not None:
        connection.execute(
            """
            update build.built_hours set inputs_digest = 'stale' where hour_start_at >= date_trunc('hour', $1)
            """,
            [since],
        )


def _invalidate_fx(connection: duckdb.DuckDBPyConnection, new: pa.Table) -> None:
    """Make pending the hours whose legs may be converted at another rate: a row serves its date and seven days on."""
    connection.register("incoming_rows", new)
    connection.execute(
        """
        update build.built_hours set inputs_digest = 'stale' where exists (
            select 1 from (
                (select * from incoming_rows except select * from reference.fx_rates)
                union (select * from reference.fx_rates except select * from incoming_rows)
            ) as changed
            where built_hours.hour_start_at::date between changed.rate_date and changed.rate_date + 7
        )
        """
    )
    connection.unregister("incoming_rows")
