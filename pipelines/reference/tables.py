"""The one declaration of every table of the reference data: name, grain, columns with type, unit, description, key.

Belongs here: what customers, keys, cards, rates, payments and currencies look like at rest, as Arrow schemas.
Does not belong here: what the CSV files of the user look like (files.py), how they are read or checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

REFERENCE_SCHEMA_VERSION = 1
"""Written into every table and manifest; raised when a column is added, removed or changes its meaning."""

TableColumnType = Literal["text", "int32", "int64", "bool", "instant", "date", "ratio"]

_ARROW: dict[TableColumnType, pa.DataType] = {
    "text": pa.large_string(),  # as in the lake's parts (pipelines/columns.py)
    "int32": pa.int32(),
    "int64": pa.int64(),
    "bool": pa.bool_(),
    "instant": pa.timestamp("us"),
    "date": pa.date32(),
    "ratio": pa.decimal128(9, 6),
}


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column of a reference table at rest; key: part of what tells two rows apart."""

    name: str
    type: TableColumnType
    description: str
    unit: str = ""
    key: bool = False
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class ReferenceTable:
    """One table: name, what one row is, its columns in order."""

    name: str
    grain: str
    columns: tuple[TableColumn, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """Return the names of the key's columns; rows at rest are sorted by them, null first."""
        return tuple(column.name for column in self.columns if column.key)

    def schema(self) -> pa.Schema:
        """Return the Arrow schema with unit, description and key in each field's metadata."""
        fields = [
            pa.field(
                column.name,
                _ARROW[column.type],
                nullable=column.nullable,
                metadata={
                    "unit": column.unit,
                    "description": column.description,
                    "is_key": "true" if column.key else "false",
                },
            )
            for column in self.columns
        ]
        return pa.schema(
            fields, metadata={"tollbook_schema_version": str(REFERENCE_SCHEMA_VERSION), "grain": self.grain}
        )

    def from_rows(self, rows: Iterable[Mapping[str, object]]) -> pa.Table:
        """Return *rows* (one mapping each, values by column name, absent is null) as a table sorted by key.

        Raises pyarrow.ArrowInvalid where a value does not fit its column: the reader should have refused it.
        """
        schema = self.schema()
        ordered = sorted(rows, key=lambda row: tuple(_null_first(row.get(name)) for name in self.key))
        arrays = [pa.array([row.get(field.name) for row in ordered], field.type) for field in schema]
        return pa.Table.from_arrays(arrays, schema=schema)


def _null_first(value: object) -> tuple[bool, object]:
    """Return what a value is sorted by: null before everything; text by code point, which is the order of its bytes."""
    return (value is not None, value)


def _key(name: str, kind: TableColumnType, description: str, unit: str = "", *, nullable: bool = False) -> TableColumn:
    return TableColumn(name, kind, description, unit, key=True, nullable=nullable)


_CUSTOMER = "Customer of customers.csv."
_CARRIER = "Carrier of carriers.csv."
_CARD = "Rate card of rate_cards.csv."
_FROM = "First instant the row holds; null: since ever."
_TO = "First instant the row holds no more; null: for ever."
_FEED = "Feed of tollbook.toml, or * for every feed."

CUSTOMERS = ReferenceTable(
    "customers",
    "one row per customer",
    (
        _key("customer_id", "text", "What names the customer everywhere."),
        TableColumn("customer_name", "text", "Name shown to people."),
        TableColumn("currency_code", "text", "Currency the customer is charged in.", "ISO 4217"),
        TableColumn("rate_card_id", "text", "Sell card before the first row of customer_cards.csv."),
        TableColumn(
            "tax_rate", "ratio", "Tax rate before the first row of customer_taxes.csv.", "0 to 1", nullable=True
        ),
        TableColumn("channel_limit", "int32", "Configured channels; null: unlimited.", "channels", nullable=True),
        TableColumn(
            "credit_limit_micros",
            "int64",
            "Credit; null or 0: prepaid; below 0: a buffer.",
            "10^-6 of currency_code",
            nullable=True,
        ),
        TableColumn("invoice_period", "text", "daily, weekly or monthly; null: on request.", nullable=True),
        TableColumn("invoice_grouping", "text", "One invoice line per destination or per day: destination, day."),
        TableColumn("payment_terms_days", "int32", "Days from issue to due date.", "days"),
        TableColumn("billing_email", "text", "Where invoices go.", nullable=True),
        TableColumn(
            "email_verified_at", "instant", "When the address was verified; null: not yet.", "UTC", nullable=True
        ),
        TableColumn(
            "mobile_verified_at", "instant", "When the mobile was verified; null: not yet.", "UTC", nullable=True
        ),
        TableColumn("street", "text", "Address for documents.", nullable=True),
        TableColumn("postcode", "text", "Address for documents.", nullable=True),
        TableColumn("city", "text", "Address for documents.", nullable=True),
        TableColumn("country_code", "text", "Address for documents.", "ISO 3166-1 alpha-2", nullable=True),
        TableColumn("vat_id", "text", "VAT number of the customer.", nullable=True),
    ),
)
CUSTOMER_KEYS = ReferenceTable(
    "customer_keys",
    "one row per customer key and window; windows of one key never overlap",
    (
        _key("feed_id", "text", _FEED),
        _key("key_type", "text", "account_code, tech_prefix, trunk, source_ip or a_number."),
        _key("key_value", "text", "Exact text of the leg's column named by key_type."),
        TableColumn("customer_id", "text", _CUSTOMER),
        _key("effective_from", "instant", _FROM, "UTC", nullable=True),
        TableColumn("effective_to", "instant", _TO, "UTC", nullable=True),
    ),
)
CUSTOMER_CARDS = ReferenceTable(
    "customer_cards",
    "one row per customer and card in force; a complete timeline without gaps or overlaps for each customer",
    (
        _key("customer_id", "text", _CUSTOMER),
        TableColumn("rate_card_id", "text", "Sell card in force."),
        _key("effective_from", "instant", _FROM, "UTC", nullable=True),
        TableColumn("effective_to", "instant", _TO, "UTC", nullable=True),
    ),
)
CUSTOMER_TAXES = ReferenceTable(
    "customer_taxes",
    "one row per customer and change of tax rate; before the first, tax_rate of customers holds",
    (
        _key("customer_id", "text", _CUSTOMER),
        _key("effective_from", "instant", "First instant the rate holds.", "UTC"),
        TableColumn("tax_rate", "ratio", "Tax rate of supplies from then on.", "0 to 1"),
    ),
)
CARRIERS = ReferenceTable(
    "carriers",
    "one row per carrier",
    (
        _key("carrier_id", "text", "What names the carrier everywhere."),
        TableColumn("carrier_name", "text", "Name shown to staff."),
        TableColumn("currency_code", "text", "Currency the carrier charges in.", "ISO 4217"),
        TableColumn("rate_card_id", "text", "Buy card; null: its cost is not known.", nullable=True),
        TableColumn("channel_limit", "int32", "Configured channels; null: unlimited.", "channels", nullable=True),
    ),
)
CARRIER_KEYS = ReferenceTable(
    "carrier_keys",
    "one row per carrier key and window; windows of one key never overlap",
    (
        _key("feed_id", "text", _FEED),
        _key("key_value", "text", "Exact text of the leg's carrier_key."),
        TableColumn("carrier_id", "text", _CARRIER),
        _key("effective_from", "instant", _FROM, "UTC", nullable=True),
        TableColumn("effective_to", "instant", _TO, "UTC", nullable=True),
    ),
)
RATE_CARDS = ReferenceTable(
    "rate_cards",
    "one row per rate card",
    (
        _key("rate_card_id", "text", "What names the card; its revisions lie in rates/<rate_card_id>/."),
        TableColumn("direction", "text", "sell (to customers) or buy (from carriers)."),
        TableColumn("currency_code", "text", "Currency of its rates.", "ISO 4217"),
        TableColumn("charge_decimals", "int32", "Decimals a charge is rounded to, 0 to 6.", "decimals"),
        TableColumn("charge_rounding", "text", "half_up, up, down or half_even."),
        TableColumn("talk_rounding", "text", "Talk time to whole seconds: up, half_up or down."),
    ),
)
RATE_REVISIONS = ReferenceTable(
    "rate_revisions",
    "one row per revision of a rate card",
    (
        _key("revision_id", "text", "<rate_card_id>@<effective_from as 2026-11-01T0000Z>."),
        TableColumn("rate_card_id", "text", _CARD),
        TableColumn("effective_from", "instant", "First instant the revision is in force.", "UTC"),
        TableColumn("effective_to", "instant", "Start of the card's next revision; null: none.", "UTC", nullable=True),
    ),
)
RATES = ReferenceTable(
    "rates",
    "one row per revision and prefix",
    (
        _key("revision_id", "text", "Revision the rate belongs to."),
        TableColumn("rate_card_id", "text", _CARD),
        _key("prefix", "text", "1 to 20 digits the dialled number begins with."),
        TableColumn("destination_name", "text", "What the prefix is called on summaries and invoices."),
        TableColumn("rate_micros", "int64", "Price of one minute.", "10^-6 of the card's currency per minute"),
        TableColumn(
            "setup_fee_micros",
            "int64",
            "Price of an answered call before its first second.",
            "10^-6 of the card's currency",
        ),
        TableColumn("minimum_seconds", "int32", "Billed at least.", "seconds"),
        TableColumn("increment_seconds", "int32", "Billed in steps of, beyond the minimum; at least 1.", "seconds"),
        TableColumn("grace_seconds", "int32", "Calls up to this long are not billed; 0: no grace.", "seconds"),
        TableColumn("is_blocked", "bool", "Calls to this prefix are not to be sold: unrated as blocked_prefix."),
    ),
)
FX_RATES = ReferenceTable(
    "fx_rates",
    "one row per day and currency",
    (
        _key("rate_date", "date", "UTC day from which the rate holds."),
        _key("currency_code", "text", "Currency converted.", "ISO 4217"),
        TableColumn(
            "rate_to_base_e10", "int64", "Base currency's units for one unit, exact.", "10^-10 of base currency"
        ),
    ),
)
PAYMENTS = ReferenceTable(
    "payments",
    "one row per payment",
    (
        _key("payment_id", "text", "What names the payment."),
        TableColumn("customer_id", "text", "Who paid."),
        TableColumn("received_at", "instant", "When it came in.", "UTC"),
        TableColumn("amount_micros", "int64", "Amount, above 0.", "10^-6 of currency_code"),
        TableColumn("currency_code", "text", "Currency of the amount.", "ISO 4217"),
        TableColumn("status_code", "text", "completed, pending or cancelled; only completed ones count."),
        TableColumn("reference", "text", "The payer's own words.", nullable=True),
    ),
)
CURRENCIES = ReferenceTable(
    "currencies",
    "one row per currency of ISO 4217",
    (
        _key("currency_code", "text", "Three letters.", "ISO 4217"),
        TableColumn("minor_unit_decimals", "int32", "Decimals of an amount on an invoice.", "decimals"),
    ),
)
FEEDS = ReferenceTable(
    "feeds",
    "one row per feed of tollbook.toml",
    (
        _key("feed_id", "text", "Name of the feed."),
        TableColumn("expected_code", "text", "hourly: each hour should have a file; any."),
        TableColumn("timezone", "text", "Zone of the feed's timestamps.", "IANA"),
        TableColumn("talk_time_over_maximum_ms", "int64", "A longer call is held, not billed.", "milliseconds"),
    ),
)
RATING_SETTINGS = ReferenceTable(
    "rating_settings",
    "one row: the settings that change rated rows, as they are accepted with the version",
    (
        _key("base_currency_code", "text", "What fx_rates convert to.", "ISO 4217"),
        TableColumn(
            "call_spread_seconds", "int64", "Legs of a call start at most this long after each other.", "seconds"
        ),
    ),
)

VERSIONED_TABLES: tuple[ReferenceTable, ...] = (
    CUSTOMERS,
    CUSTOMER_KEYS,
    CUSTOMER_CARDS,
    CUSTOMER_TAXES,
    CARRIERS,
    CARRIER_KEYS,
    RATE_CARDS,
    RATE_REVISIONS,
    RATES,
    CURRENCIES,
    FEEDS,
    RATING_SETTINGS,
)
"""Accepted version by version, whole."""
CURRENT_TABLES: tuple[ReferenceTable, ...] = (FX_RATES, PAYMENTS)
"""Taken at once, each on its own."""
TABLES: dict[str, ReferenceTable] = {table.name: table for table in (*VERSIONED_TABLES, *CURRENT_TABLES)}
