"""A small, right set of reference files, what its tables hold, and what may look odd but is right.

Belongs here: the set the other tests of reference data change, and its tables.
Does not belong here: mistakes (test_reference_mistakes.py), generated sets (tests/property).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from pipelines.formats.declaration import FormatDeclaration
from pipelines.reference.derive import current_feeds
from pipelines.reference.reading import ReferenceRead, read_reference, version_id_of
from pipelines.reference.tables import CURRENT_TABLES, TABLES, VERSIONED_TABLES
from pipelines.settings import Feed

GOOD: dict[str, str] = {
    "customers.csv": (
        "customer_id,customer_name,currency_code,rate_card_id,tax_rate,credit_limit_amount,invoice_period,"
        "email_verified_at\n"
        'acme,"Acme, Inc.",EUR,gold,0.20,-50,monthly,2026-01-05\n'
        "bolt,Bolt,GBP,silver,0,1000.5,,\n"
    ),
    "customer_keys.csv": (
        "feed_id,key_type,key_value,customer_id,effective_from,effective_to\n"
        "*,account_code,A-1,acme,,\n"
        "lon1,tech_prefix,777,bolt,2026-02-01,2026-03-01T00:00:00Z\n"
        "lon1,tech_prefix,777,acme,2026-03-01T01:00:00+01:00,\n"
    ),
    "customer_cards.csv": (
        "customer_id,rate_card_id,effective_from\nacme,gold2,2026-06-01\nacme,gold,2026-04-01T12:00:00+02:00\n"
    ),
    "customer_taxes.csv": "customer_id,effective_from,tax_rate\nacme,2026-07-01,0.21\n",
    "carriers.csv": "carrier_id,carrier_name,currency_code,rate_card_id,channel_limit\ntel,Tel,USD,cost,30\n",
    "carrier_keys.csv": "feed_id,key_value,carrier_id\n*,gw-tel,tel\n",
    "rate_cards.csv": (
        "rate_card_id,direction,currency_code,charge_decimals,charge_rounding,talk_rounding\n"
        "gold,sell,EUR,4,half_even,down\n"
        "gold2,sell,EUR,,,\n"
        "silver,sell,GBP,,,\n"
        "cost,buy,USD,,,\n"
    ),
    "rates/gold/2026-01-01T0000Z.csv": (
        "prefix,destination_name,rate_per_minute,setup_fee,minimum_seconds,increment_seconds,grace_seconds,is_blocked\n"
        "44,United Kingdom,0.0123,0.01,30,6,2,false\n"
        '447,"United Kingdom, mobile",1.5,,,,,TRUE\n'
    ),
    "rates/gold/2026-05-01T1230Z.csv": "prefix,destination_name,rate_per_minute\n44,United Kingdom,0.01\n",
    "rates/gold2/2026-01-01T0000Z.csv": "prefix,destination_name,rate_per_minute\n44,United Kingdom,0\n",
    "rates/silver/2026-01-01T0000Z.csv": "prefix,destination_name,rate_per_minute\n44,United Kingdom,.000001\n",
    "rates/cost/2026-01-01T0000Z.csv": "rate_per_minute,prefix,destination_name\n999999.999999,44,UK\n",
    "fx_rates.csv": (
        "date,currency_code,rate_to_base\n2026-01-01,USD,0.9\n2026-01-02,USD,0.0000000001\n2026-01-01,EUR,1\n"
    ),
    "payments.csv": (
        "payment_id,customer_id,received_at,amount,currency_code,status,reference\n"
        "p1,acme,2026-02-03T04:05:06.789Z,99.99,EUR,completed,INV 7\n"
    ),
}


def feeds(**bounds: timedelta) -> dict[str, Feed]:
    declaration: FormatDeclaration = None  # type: ignore[assignment]  # reference data never looks at the format
    known = {"lon1": timedelta(hours=24), "ber1": timedelta(hours=24), **bounds}
    return {name: Feed(name, declaration, f"{name}/*", talk_time_over_maximum=bound) for name, bound in known.items()}


def read_set(changes: dict[str, str | bytes | None] | None = None) -> ReferenceRead:
    """Read the good set with some files replaced, or removed (None)."""
    return read_reference(raw_set(changes), feeds(), "EUR")


def raw_set(changes: dict[str, str | bytes | None] | None = None) -> dict[str, bytes]:
    texts: dict[str, str | bytes | None] = {**GOOD, **(changes or {})}
    return {path: text.encode() if isinstance(text, str) else text for path, text in texts.items() if text is not None}


def rows(read: ReferenceRead, table: str) -> list[dict[str, object]]:
    assert read.tables is not None, read.problems
    return read.tables[table].to_pylist()


def test_the_good_set_has_no_problem_at_all() -> None:
    assert read_set().problems == []


def test_every_table_has_its_declared_schema_with_units_and_descriptions() -> None:
    read = read_set()
    assert read.tables is not None
    assert list(read.tables) == [table.name for table in VERSIONED_TABLES]
    for name, table in {**read.tables, "fx_rates": read.fx, "payments": read.payments}.items():
        assert table is not None
        assert table.schema.equals(TABLES[name].schema(), check_metadata=True), name
        table.validate(full=True)
        assert all(field.metadata[b"description"] for field in table.schema)


def test_every_declared_table_has_a_key_and_its_rows_are_unique_and_sorted_by_it() -> None:
    read = read_set()
    assert read.tables is not None
    for declared in VERSIONED_TABLES:
        keys = [
            tuple((row[name] is not None, row[name]) for name in declared.key)
            for row in read.tables[declared.name].to_pylist()
        ]
        assert keys == sorted(set(keys)), declared.name
    assert all(table.key for table in CURRENT_TABLES)


def test_customers_take_their_defaults_where_fields_are_empty_or_columns_absent() -> None:
    acme, bolt = rows(read_set(), "customers")
    assert acme["customer_name"] == "Acme, Inc."
    assert acme["tax_rate"] == Decimal("0.200000")
    assert acme["credit_limit_micros"] == -50_000_000
    assert acme["email_verified_at"] == datetime(2026, 1, 5)
    assert bolt["tax_rate"] == 0
    assert bolt["credit_limit_micros"] == 1_000_500_000
    assert (bolt["invoice_period"], bolt["invoice_grouping"], bolt["payment_terms_days"]) == (None, "destination", 30)
    assert bolt["channel_limit"] is None


def test_windows_are_utc_and_half_open_so_keys_may_touch() -> None:
    keys = rows(read_set(), "customer_keys")
    assert [(key["customer_id"], key["effective_from"], key["effective_to"]) for key in keys] == [
        ("acme", None, None),
        ("bolt", datetime(2026, 2, 1), datetime(2026, 3, 1)),
        ("acme", datetime(2026, 3, 1), None),
    ]


def test_the_cards_of_a_customer_are_a_complete_timeline_in_order_of_time() -> None:
    assert [tuple(row.values()) for row in rows(read_set(), "customer_cards")] == [
        ("acme", "gold", None, datetime(2026, 4, 1, 10)),
        ("acme", "gold", datetime(2026, 4, 1, 10), datetime(2026, 6, 1)),
        ("acme", "gold2", datetime(2026, 6, 1), None),
        ("bolt", "silver", None, None),
    ]


def test_a_revision_ends_where_the_next_of_its_card_begins() -> None:
    revisions = {row["revision_id"]: row for row in rows(read_set(), "rate_revisions")}
    assert revisions["gold@2026-01-01T0000Z"]["effective_to"] == datetime(2026, 5, 1, 12, 30)
    assert revisions["gold@2026-05-01T1230Z"]["effective_to"] is None
    assert revisions["cost@2026-01-01T0000Z"]["effective_from"] == datetime(2026, 1, 1)


def test_rates_are_exact_micros_with_their_defaults() -> None:
    rates = {(row["revision_id"], row["prefix"]): row for row in rows(read_set(), "rates")}
    uk, mobile = rates["gold@2026-01-01T0000Z", "44"], rates["gold@2026-01-01T0000Z", "447"]
    assert (uk["rate_micros"], uk["setup_fee_micros"]) == (12_300, 10_000)
    assert (uk["minimum_seconds"], uk["increment_seconds"], uk["grace_seconds"], uk["is_blocked"]) == (30, 6, 2, False)
    assert mobile["destination_name"] == "United Kingdom, mobile"
    assert (mobile["setup_fee_micros"], mobile["minimum_seconds"], mobile["increment_seconds"]) == (0, 0, 1)
    assert (mobile["rate_micros"], mobile["is_blocked"]) == (1_500_000, True)
    assert rates["silver@2026-01-01T0000Z", "44"]["rate_micros"] == 1
    assert rates["cost@2026-01-01T0000Z", "44"]["rate_micros"] == 999_999_999_999


def test_a_card_may_have_any_defaults_of_its_own() -> None:
    cards = {row["rate_card_id"]: row for row in rows(read_set(), "rate_cards")}
    assert (cards["gold"]["charge_decimals"], cards["gold"]["charge_rounding"], cards["gold"]["talk_rounding"]) == (
        4,
        "half_even",
        "down",
    )
    assert (cards["cost"]["charge_decimals"], cards["cost"]["charge_rounding"], cards["cost"]["talk_rounding"]) == (
        6,
        "half_up",
        "up",
    )


def test_fx_rates_and_payments_are_exact() -> None:
    read = read_set()
    assert read.fx is not None
    assert read.payments is not None
    assert [tuple(row.values()) for row in read.fx.to_pylist()] == [
        (date(2026, 1, 1), "EUR", 10**10),
        (date(2026, 1, 1), "USD", 9 * 10**9),
        (date(2026, 1, 2), "USD", 1),
    ]
    assert read.payments.to_pylist() == [
        {
            "payment_id": "p1",
            "customer_id": "acme",
            "received_at": datetime(2026, 2, 3, 4, 5, 6, 789_000),
            "amount_micros": 99_990_000,
            "currency_code": "EUR",
            "status_code": "completed",
            "reference": "INV 7",
        }
    ]


def test_currencies_know_their_minor_units() -> None:
    decimals = {row["currency_code"]: row["minor_unit_decimals"] for row in rows(read_set(), "currencies")}
    assert (decimals["EUR"], decimals["JPY"], decimals["KWD"], decimals["CLF"]) == (2, 0, 3, 4)
    assert len(decimals) > 150


def test_optional_files_that_are_absent_are_empty_tables() -> None:
    needed = ("customers.csv", "customer_keys.csv", "rate_cards.csv", "rates/")
    read = read_set({path: None for path in GOOD if not path.startswith(needed)})
    assert not [problem for problem in read.problems if problem.severity == "error"]
    assert rows(read, "carriers") == rows(read, "carrier_keys") == rows(read, "customer_taxes") == []
    assert read.fx is not None
    assert read.payments is not None
    assert read.fx.num_rows == read.payments.num_rows == 0


@pytest.mark.parametrize(
    "spelling",
    [
        GOOD["customers.csv"].replace("\n", "\r\n"),
        "\ufeff" + GOOD["customers.csv"],
        GOOD["customers.csv"].rstrip("\n"),
        "# our customers\n\n" + GOOD["customers.csv"].replace("\nbolt", "\n\n# the second\n   \nbolt"),
    ],
    ids=["windows line ends", "byte order mark", "no newline at the end", "blank and comment lines"],
)
def test_the_same_customers_in_another_spelling_of_the_file(spelling: str) -> None:
    read = read_set({"customers.csv": spelling})
    assert read.problems == []
    assert rows(read, "customers") == rows(read_set(), "customers")


def test_what_desktops_leave_behind_is_not_looked_at() -> None:
    files = raw_set({".DS_Store": b"\x00", "rates/gold/.DS_Store": b"\x00", "rates/gold/~$2026.csv": b"x"})
    read = read_reference(files, feeds(), "EUR")
    assert read.problems == []
    assert read.version_id == read_set().version_id


def test_a_version_is_its_files_and_the_settings_that_change_rows() -> None:
    version = read_set().version_id
    assert len(version) == 16
    assert version == version_id_of(raw_set(), feeds(), "EUR")
    assert version_id_of(raw_set({"customers.csv": GOOD["customers.csv"] + "\n"}), feeds(), "EUR") != version
    assert version_id_of(raw_set({"rates/gold/2026-05-01T1230Z.csv": None}), feeds(), "EUR") != version
    assert version_id_of(raw_set(), feeds(), "USD") != version
    assert version_id_of(raw_set(), feeds(lon1=timedelta(hours=30)), "EUR") != version
    assert version_id_of(raw_set(), feeds(), "EUR", timedelta(hours=2)) != version


def test_fx_rates_and_payments_are_no_part_of_a_version() -> None:
    changed = raw_set({"fx_rates.csv": None, "payments.csv": "broken"})
    assert version_id_of(changed, feeds(), "EUR") == read_set().version_id


def test_feeds_of_a_build_have_the_accepted_bound_and_todays_zone() -> None:
    read = read_set()
    assert read.tables is not None
    configured = feeds(lon1=timedelta(hours=30), new1=timedelta(hours=48))
    del configured["ber1"]
    found = {
        row["feed_id"]: row["talk_time_over_maximum_ms"]
        for row in current_feeds(read.tables["feeds"], configured).to_pylist()
    }
    day = 24 * 3600 * 1000
    assert found == {"lon1": day, "ber1": day, "new1": day}


def test_an_offset_is_honoured_and_no_offset_is_utc() -> None:
    keys = GOOD["customer_keys.csv"].replace(",,\n", ",2026-01-01T05:30:00+05:30,2026-06-01 12:00\n")
    first = rows(read_set({"customer_keys.csv": keys}), "customer_keys")[0]
    assert first["effective_from"] == datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    assert first["effective_to"] == datetime(2026, 6, 1, 12)
