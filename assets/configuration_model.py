"""The tables and keys of tollbook.toml, and what each value must look like.

Belongs here: pydantic models of the file's tables, the check of one value on its own, an example of each key.
Does not belong here: rules between keys (configuration_checks.py), wording of pydantic's own errors
(configuration_findings.py), reading the file (configuration.py).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from datetime import timedelta
from string import Formatter
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

OURS = "tollbook"
"""Type of the errors raised here; their context holds `message` and `advice`, ready to show."""

ID = re.compile(r"[a-z][a-z0-9_]*")

_DURATION = re.compile(r"([0-9]{1,9})(s|m|h|d)", re.ASCII)
_DURATION_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LONGEST = timedelta(days=366)
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}")
_PAYMENT_FIELDS = ("customer_id", "amount", "currency_code")
# Names people use for a zone that the IANA database does not know, or knows as something without clock changes.
_ZONES_MEANT = {
    "BST": "Europe/London",
    "CEST": "Europe/Berlin",
    "EDT": "America/New_York",
    "CDT": "America/Chicago",
    "PDT": "America/Los_Angeles",
    "PST": "America/Los_Angeles",
    "IST": "Asia/Kolkata",
    "Z": "UTC",
}
# Folders and files of the zone database that are no zones, or count leap seconds.
_NO_ZONES = ("posix/", "right/", "posixrules", "localtime", "Factory")


def fault(message: str, advice: str) -> PydanticCustomError:
    """Return an error that shows as *message* and *advice*."""
    return PydanticCustomError(OURS, "{message}", {"message": message, "advice": advice})


def _duration(value: object) -> timedelta:
    example = "write a whole number and s, m, h or d, like '90s', '30m', '1h' or '2d'"
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        raise fault(f"{value} is a number without a unit", f"for {value} seconds write '{value}s'")
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise fault(f"{value!r} is no duration", example)
    span = timedelta(**{_DURATION_UNITS[found[2]]: int(found[1])})
    if not span:
        raise fault(f"{value!r} is no time at all", "write a duration above 0, like '1h'")
    if span > _LONGEST:
        raise fault(f"{value!r} is longer than a year", "write at most '366d'")
    return span


def _zone(value: str) -> str:
    try:
        known = not value.startswith(_NO_ZONES) and bool(ZoneInfo(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = False
    if not known:
        raise fault(
            f"{value!r} is no time zone", f"{_zone_meant(value)}use an IANA name, like 'Europe/London' or 'UTC'"
        )
    return value


def _zone_meant(value: str) -> str:
    meant = _ZONES_MEANT.get(value.upper())
    if meant is None:
        by_name = {name.lower(): name for name in available_timezones() if not name.startswith(_NO_ZONES)}
        cities = {name.rsplit("/", 1)[-1]: full for name, full in sorted(by_name.items(), reverse=True)}
        wanted = value.strip().lower().replace(" ", "_")
        near = difflib.get_close_matches(wanted, [*by_name, *cities], n=1, cutoff=0.7)
        meant = (by_name | cities)[near[0]] if near else None
    return f"did you mean '{meant}'? " if meant else ""


def _currency(value: str) -> str:
    from pipelines.reference.currencies import MINOR_UNIT_DECIMALS, meant_currency  # its package loads polars

    if value not in MINOR_UNIT_DECIMALS:
        meant = meant_currency(value)
        hint = f"did you mean '{meant}'? " if meant else ""
        raise fault(f"{value!r} is no currency", f"{hint}use the three letters of ISO 4217, like 'EUR'")
    return value


def _folder(value: str) -> str:
    if value.lower().startswith("s3://"):
        raise fault(f"{value!r}: a bucket is not yet supported here", "give a folder, like 'data'")
    if "://" in value:
        raise fault(f"{value!r} is an address", "give a folder, like 'data'")
    if value.startswith("~"):
        raise fault(f"{value!r}: '~' does not stand for a home folder", "write the whole path")
    if not value.strip() or "\0" in value:
        raise fault("the path is empty" if not value.strip() else "the path holds a NUL", "give a folder, like 'data'")
    return value


def _local_folder(value: str) -> str:
    if "://" in value:
        raise fault(f"{value!r} is an address", "readers open the published file from a local folder: give one")
    return _folder(value)


def _matching(expression: str, what: str, advice: str) -> Callable[[str], str]:
    compiled = re.compile(expression, re.ASCII)

    def check(value: str) -> str:
        if compiled.fullmatch(value) is None:
            raise fault(f"{value!r} is no {what}", advice)
        return value

    return check


def _iban(value: str) -> str:
    compact = value.replace(" ", "").upper()
    if _IBAN.fullmatch(compact) is None:
        raise fault(
            f"{value!r} is no IBAN", "write country, two check digits and account, like 'DE02 1203 0000 0000 2020 51'"
        )
    if int("".join(str(int(character, 36)) for character in compact[4:] + compact[:4])) % 97 != 1:
        raise fault(f"{value!r}: the check digits of the IBAN do not fit", "compare it with a bank statement")
    return compact


def _payment_url(value: str) -> str:
    fields = ", ".join(f"{{{name}}}" for name in _PAYMENT_FIELDS)
    if not value.startswith(("https://", "http://")):
        raise fault(f"{value!r} is no web address", "begin it with https://")
    try:
        named = [(name, convert, form) for _, name, form, convert in Formatter().parse(value) if name is not None]
    except ValueError:
        raise fault(f"{value!r}: a brace is not closed", f"write {fields} where the values go") from None
    for name, convert, form in named:
        if name not in _PAYMENT_FIELDS or convert or form:
            raise fault(f"{value!r}: '{{{name}}}' is not known", f"known are {fields}")
    return value


def _address(*schemes: str) -> Callable[[str], str]:
    """Return the check of an address with one of *schemes*, or of ``$NAME`` in its place."""
    example = f"{schemes[0]}://…"

    def check(value: str) -> str:
        if value.startswith("$"):
            if re.fullmatch(r"\$[A-Z][A-Z0-9_]*", value) is None:
                raise fault("this is no name of an environment variable", "write it like '$TOLLBOOK_METADATA'")
            return value
        # The value itself is never shown: it may hold a password.
        if value.partition("://")[0] not in schemes or not value.partition("://")[2]:
            raise fault("this is no address that fits here", f"write {example}, or '$NAME' of a variable that holds it")
        return value

    return check


def _port(value: int) -> int:
    if not 1024 <= value <= 65535:
        raise fault(f"{value} is no port to use", "give a number from 1024 to 65535")
    return value


def _workers(value: int) -> int:
    if not 1 <= value <= 64:
        raise fault(f"{value} workers cannot be", "give a number from 1 to 64; each takes about 350 MB")
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise fault("the text is empty", "fill it in: it stands on every invoice")
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Zone = Annotated[str, AfterValidator(_zone)]
Text = Annotated[str, AfterValidator(_not_blank)]
DialPrefix = Annotated[
    str,
    AfterValidator(
        _matching(r"[0-9]{1,8}", "dialling prefix", "write its digits, like '0' or '00'; a '+' always goes")
    ),
]
CallingCode = Annotated[
    str,
    AfterValidator(_matching(r"[1-9][0-9]{0,2}", "calling code", "write its digits without '+' or '00', like '44'")),
]
CountryCode = Annotated[
    str, AfterValidator(_matching(r"(?!UK)[A-Z]{2}", "country code", "use two letters of ISO 3166, like 'GB' or 'DE'"))
]
NumberPrefix = Annotated[
    str,
    AfterValidator(
        _matching(
            r"[A-Za-z0-9][A-Za-z0-9_-]{0,15}",
            "prefix of document numbers",
            "use letters, digits, '-' and '_', like 'INV-'",
        )
    ),
]


class Table(BaseModel):
    """A table of tollbook.toml: unknown keys and conversions are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class RulesTable(Table):
    """[rules]."""

    call_spread: Duration = Field(timedelta(hours=1), examples=["1h"])
    late_window: Duration = Field(timedelta(hours=72), examples=["72h"])
    channels_lag: Duration = Field(timedelta(hours=1), examples=["1h"])
    settle: Duration = Field(timedelta(hours=6), examples=["6h"])
    invoice_settle: Duration = Field(timedelta(hours=24), examples=["24h"])


class SellerTable(Table):
    """[seller]: whole or absent."""

    name: Text = Field(examples=["Example Telecom Ltd"])
    street: Text = Field(examples=["1 Example Street"])
    postcode: Text = Field(examples=["EC1A 1AA"])
    city: Text = Field(examples=["London"])
    country_code: CountryCode = Field(examples=["GB"])
    vat_id: Text = Field(examples=["GB123456789"])
    iban: Annotated[str, AfterValidator(_iban)] = Field(examples=["GB82 WEST 1234 5698 7654 32"])
    invoice_prefix: NumberPrefix = Field(examples=["INV-"])
    credit_note_prefix: NumberPrefix = Field(examples=["CN-"])


class PortalTable(Table):
    """[portal]."""

    payment_url: Annotated[str, AfterValidator(_payment_url)] | None = Field(
        None, examples=["https://pay.example.com/?account={customer_id}&amount={amount}&currency={currency_code}"]
    )


class BiTable(Table):
    """[bi]."""

    superset_port: Annotated[int, AfterValidator(_port)] = Field(8088, examples=[8088])
    dagster_port: Annotated[int, AfterValidator(_port)] = Field(3000, examples=[3000])
    workers: Annotated[int, AfterValidator(_workers)] = Field(2, examples=[2])
    public_url: Annotated[str, AfterValidator(_address("https", "http"))] | None = Field(
        None, examples=["https://tollbook.example.com"]
    )
    metadata: Annotated[str, AfterValidator(_address("postgresql"))] | None = Field(
        None, examples=["postgresql://tollbook@localhost/superset"]
    )
    redis: Annotated[str, AfterValidator(_address("redis", "rediss"))] | None = Field(
        None, examples=["redis://localhost:6379/0"]
    )
    mail: Annotated[str, AfterValidator(_address("smtp+starttls", "smtps", "smtp"))] | None = Field(
        None, examples=["smtp+starttls://reports@mail.example.com:587"]
    )
    mail_from: Text | None = Field(None, examples=["reports@example.com"])


class FeedTable(Table):
    """[feeds.<id>]."""

    format: str = Field(examples=["tollbook_csv"])
    files: str = Field(examples=["lon1/%Y/%m/%d/cdr-%Y%m%d%H*.csv*"])
    timezone: Zone = Field("UTC", examples=["Europe/London"])
    files_timezone: Zone = Field("UTC", examples=["UTC"])
    expected: Literal["hourly", "any"] = Field("any", examples=["any"])
    append: bool = Field(default=False, examples=[False])
    extra_columns: Literal["error", "ignore"] = Field("error", examples=["error"])
    talk_time_over_maximum: Duration = Field(timedelta(hours=24), examples=["24h"])
    repeated_time: Literal["earlier", "later"] = Field("earlier", examples=["earlier"])
    dtmf: Literal["count", "digits"] = Field("count", examples=["count"])
    country_code: CallingCode | None = Field(None, examples=["44"])
    national_prefix: DialPrefix | None = Field(None, examples=["0"])
    international_prefix: DialPrefix | None = Field(None, examples=["00"])


class ConfigurationFile(Table):
    """The whole of tollbook.toml. formats are read by the formats themselves."""

    data: Annotated[str, AfterValidator(_folder)] = Field(examples=["data"])
    landing: Annotated[str, AfterValidator(_folder)] | None = Field(None, examples=["data/landing"])
    published: Annotated[str, AfterValidator(_local_folder)] | None = Field(None, examples=["data/published"])
    base_currency: Annotated[str, AfterValidator(_currency)] = Field("EUR", examples=["EUR"])
    rules: RulesTable = Field(default_factory=RulesTable)
    seller: SellerTable | None = None
    portal: PortalTable = Field(default_factory=PortalTable)
    bi: BiTable = Field(default_factory=BiTable)
    feeds: dict[str, FeedTable] = Field(default_factory=dict)
    formats: dict[str, dict[str, Any]] = Field(default_factory=dict)
