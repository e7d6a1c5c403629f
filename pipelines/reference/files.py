"""What each reference file of the user looks like: its columns, which must be there, how each is read.

Belongs here: the declarations of the CSV files and the reading of their rows, field by field.
Does not belong here: rules between rows or files (checks.py), tables at rest (tables.py), large rate files (rates.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from pipelines.problems import Problem
from pipelines.reference import fields
from pipelines.reference.fields import Fault
from pipelines.reference.sheet import LINE, Sheet, read_sheet

FOLDER = "reference/"
"""What stands before a path in messages: the user knows files by their place below landing."""

Value = str | int | bool | Decimal | datetime | date | None
Parser = Callable[[str], "Value | Fault"]


@dataclass(frozen=True, slots=True)
class FileColumn:
    """One column of a user's file: how it is read, whether it must be filled, what stands for an empty field."""

    name: str
    parse: Parser
    is_required: bool = False
    default: Value = None
    table_name: str = ""

    @property
    def target(self) -> str:
        """Return the name of the column of the table at rest."""
        return self.table_name or self.name


@dataclass(frozen=True, slots=True)
class ReferenceFile:
    """One file: its path below reference/, its columns, whether it must exist."""

    path: str
    columns: tuple[FileColumn, ...]
    must_exist: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line, its values by table column (those with a fault are absent), the text it was made from."""

    line: int
    values: Mapping[str, Value]
    raw: Mapping[str, str]

    def text(self, name: str) -> str | None:
        """Return a text value; None where it is empty or faulty."""
        value = self.values.get(name)
        return value if isinstance(value, str) else None

    def instant(self, name: str) -> datetime | None:
        """Return an instant; None where it is empty or faulty (see has())."""
        value = self.values.get(name)
        return value if isinstance(value, datetime) else None

    def has(self, *names: str) -> bool:
        """Say whether all of *names* were read without a fault."""
        return all(name in self.values for name in names)


@dataclass(slots=True)
class FileRead:
    """What one file gave: its rows, its problems; is_whole: nothing was lost to a fault of form."""

    path: str
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    is_whole: bool = True
    exists: bool = True

    @property
    def file_path(self) -> str:
        """Return the path as the user knows it."""
        return FOLDER + self.path

    def error(self, row: Row | None, column: str, message: str, advice: str = "") -> None:
        """Note an error at *row*."""
        self.problems.append(Problem(self.file_path, row.line if row else None, column, message, advice))

    def warn(self, row: Row | None, column: str, message: str, advice: str = "") -> None:
        """Note a warning at *row*."""
        line = row.line if row else None
        self.problems.append(Problem(self.file_path, line, column, message, advice, "warning"))

    def by_id(self, column: str) -> dict[str, Row]:
        """Return the first row of each id of *column*, spaces around it taken off, so that one fault is told once."""
        found: dict[str, Row] = {}
        for row in self.rows:
            found.setdefault(row.raw[column].strip(), row)
        return found


def _amount(text: str) -> int | Fault:
    return fields.parse_scaled(text, 6)


def _signed_amount(text: str) -> int | Fault:
    return fields.parse_scaled(text, 6, signed=True)


def _rate(text: str) -> int | Fault:
    return fields.parse_scaled(text, 6, whole_digits=fields.RATE_WHOLE_DIGITS)


def _fx_rate(text: str) -> int | Fault:
    value = fields.parse_scaled(text, 10, whole_digits=8)
    if value == 0:
        return Fault(f"{fields.quoted(text)} is zero", "write the units of the base currency for one unit of this one")
    return value


def _payment(text: str) -> int | Fault:
    value = _amount(text)
    if value == 0:
        return Fault(f"{fields.quoted(text)} is zero", "a payment is above 0; leave the row out")
    if isinstance(value, Fault) and "negative" in value.message:
        return Fault(value.message, "a payment is above 0; one that was taken back gets the status cancelled")
    return value


def _feed(text: str) -> str | Fault:
    return fields.parse_id(text)


def _charge_decimals(text: str) -> int | Fault:
    return fields.parse_whole(text, 0, 6)


KEY_TYPES = ("account_code", "tech_prefix", "trunk", "source_ip", "a_number")
_WINDOW = (FileColumn("effective_from", fields.parse_instant), FileColumn("effective_to", fields.parse_instant))

CUSTOMERS = ReferenceFile(
    "customers.csv",
    (
        FileColumn("customer_id", fields.parse_id, is_required=True),
        FileColumn("customer_name", fields.parse_text, is_required=True),
        FileColumn("currency_code", fields.parse_currency, is_required=True),
        FileColumn("rate_card_id", fields.parse_card_id, is_required=True),
        FileColumn("tax_rate", fields.parse_ratio),
        FileColumn("channel_limit", fields.parse_whole),
        FileColumn("credit_limit_amount", _signed_amount, table_name="credit_limit_micros"),
        FileColumn("invoice_period", fields.choice("daily", "weekly", "monthly")),
        FileColumn("invoice_grouping", fields.choice("destination", "day"), default="destination"),
        FileColumn("payment_terms_days", fields.parse_whole, default=30),
        FileColumn("billing_email", fields.parse_email),
        FileColumn("email_verified_at", fields.parse_instant),
        FileColumn("mobile_verified_at", fields.parse_instant),
        FileColumn("street", fields.parse_text),
        FileColumn("postcode", fields.parse_text),
        FileColumn("city", fields.parse_text),
        FileColumn("country_code", fields.parse_country),
        FileColumn("vat_id", fields.parse_text),
    ),
    must_exist=True,
)
CUSTOMER_KEYS = ReferenceFile(
    "customer_keys.csv",
    (
        FileColumn("feed_id", _feed, is_required=True),
        FileColumn("key_type", fields.choice(*KEY_TYPES), is_required=True),
        FileColumn("key_value", fields.parse_text, is_required=True),
        FileColumn("customer_id", fields.parse_id, is_required=True),
        *_WINDOW,
    ),
    must_exist=True,
)
CUSTOMER_CARDS = ReferenceFile(
    "customer_cards.csv",
    (
        FileColumn("customer_id", fields.parse_id, is_required=True),
        FileColumn("rate_card_id", fields.parse_card_id, is_required=True),
        FileColumn("effective_from", fields.parse_instant, is_required=True),
    ),
)
CUSTOMER_TAXES = ReferenceFile(
    "customer_taxes.csv",
    (
        FileColumn("customer_id", fields.parse_id, is_required=True),
        FileColumn("effective_from", fields.parse_instant, is_required=True),
        FileColumn("tax_rate", fields.parse_ratio, is_required=True),
    ),
)
CARRIERS = ReferenceFile(
    "carriers.csv",
    (
        FileColumn("carrier_id", fields.parse_id, is_required=True),
        FileColumn("carrier_name", fields.parse_text, is_required=True),
        FileColumn("currency_code", fields.parse_currency, is_required=True),
        FileColumn("rate_card_id", fields.parse_card_id),
        FileColumn("channel_limit", fields.parse_whole),
    ),
)
CARRIER_KEYS = ReferenceFile(
    "carrier_keys.csv",
    (
        FileColumn("feed_id", _feed, is_required=True),
        FileColumn("key_value", fields.parse_text, is_required=True),
        FileColumn("carrier_id", fields.parse_id, is_required=True),
        *_WINDOW,
    ),
)
RATE_CARDS = ReferenceFile(
    "rate_cards.csv",
    (
        FileColumn("rate_card_id", fields.parse_card_id, is_required=True),
        FileColumn("direction", fields.choice("sell", "buy"), is_required=True),
        FileColumn("currency_code", fields.parse_currency, is_required=True),
        FileColumn("charge_decimals", _charge_decimals, default=6),
        FileColumn("charge_rounding", fields.choice("half_up", "up", "down", "half_even"), default="half_up"),
        FileColumn("talk_rounding", fields.choice("up", "half_up", "down"), default="up"),
    ),
    must_exist=True,
)
RATES = ReferenceFile(
    "rates/",
    (
        FileColumn("prefix", fields.parse_prefix, is_required=True),
        FileColumn("destination_name", fields.parse_text, is_required=True),
        FileColumn("rate_per_minute", _rate, is_required=True, table_name="rate_micros"),
        FileColumn("setup_fee", _rate, default=0, table_name="setup_fee_micros"),
        FileColumn("minimum_seconds", fields.parse_seconds, default=0),
        FileColumn("increment_seconds", fields.parse_increment, default=1),
        FileColumn("grace_seconds", fields.parse_seconds, default=0),
        FileColumn("is_blocked", fields.parse_bool, default=False),
    ),
)
PAYMENTS = ReferenceFile(
    "payments.csv",
    (
        FileColumn("payment_id", fields.parse_id, is_required=True),
        FileColumn("customer_id", fields.parse_id, is_required=True),
        FileColumn("received_at", fields.parse_instant, is_required=True),
        FileColumn("amount", _payment, is_required=True, table_name="amount_micros"),
        FileColumn("currency_code", fields.parse_currency, is_required=True),
        FileColumn(
            "status", fields.choice("completed", "pending", "cancelled"), is_required=True, table_name="status_code"
        ),
        FileColumn("reference", fields.parse_text),
    ),
)
FX_RATES = ReferenceFile(
    "fx_rates.csv",
    (
        FileColumn("date", fields.parse_date, is_required=True, table_name="rate_date"),
        FileColumn("currency_code", fields.parse_currency, is_required=True),
        FileColumn("rate_to_base", _fx_rate, is_required=True, table_name="rate_to_base_e10"),
    ),
)

VERSIONED_FILES = (CUSTOMERS, CUSTOMER_KEYS, CUSTOMER_CARDS, CUSTOMER_TAXES, CARRIERS, CARRIER_KEYS, RATE_CARDS)
CURRENT_FILES = (FX_RATES, PAYMENTS)


def read_file(files: Mapping[str, bytes], declared: ReferenceFile) -> FileRead:
    """Read one of *files* as *declared*; an absent optional file gives no rows and no problem."""
    read = FileRead(declared.path)
    data = files.get(declared.path)
    if data is None:
        read.exists = False
        if declared.must_exist:
            read.is_whole = False
            needed = ",".join(column.name for column in declared.columns if column.is_required)
            read.error(None, "", "is missing", f"write it with the columns {needed}")
        return read
    sheet = open_sheet(read.file_path, data, declared)
    read.problems += sheet.problems
    read.is_whole = sheet.is_whole
    read.rows = list(parse_rows(sheet, declared.columns, read.problems))
    return read


def open_sheet(file_path: str, data: bytes, declared: ReferenceFile) -> Sheet:
    """Return the text of one file *declared*."""
    return read_sheet(
        file_path,
        data,
        [column.name for column in declared.columns if column.is_required],
        [column.name for column in declared.columns if not column.is_required],
    )


def parse_rows(sheet: Sheet, columns: Sequence[FileColumn], problems: list[Problem]) -> Iterator[Row]:
    """Yield the rows of *sheet*, every field parsed; faults go to *problems*."""
    for raw in sheet.frame.iter_rows(named=True):
        line = raw[LINE]
        if not any(raw[column.name] for column in columns):
            problems.append(Problem(sheet.file_path, line, "", "has commas only", "remove the line"))
            continue
        values: dict[str, Value] = {}
        for column in columns:
            value = parse_field(raw[column.name], column)
            if isinstance(value, Fault):
                problems.append(Problem(sheet.file_path, line, column.name, value.message, value.advice))
            else:
                values[column.target] = value
        yield Row(line, values, raw)


def parse_field(text: str, column: FileColumn) -> Value | Fault:
    """Return the value of one field, its default where it is empty, or its fault."""
    if text.strip(" ") == "":
        if text:
            return Fault("has nothing but spaces", "fill it in" if column.is_required else "leave it empty")
        return Fault("is empty", "fill it in") if column.is_required else column.default
    return column.parse(text)
