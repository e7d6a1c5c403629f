"""One field of a reference file: text to an exact value, or what is wrong with it and what would be right.

Belongs here: amounts, rates, instants, dates, whole numbers, words of a list, ids; what spreadsheets do to them.
Does not belong here: which column holds what (files.py), rules between rows or files.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from pipelines.reference.currencies import MINOR_UNIT_DECIMALS, meant_currency

EARLIEST_YEAR = 1900
SINCE_EVER = datetime(1, 1, 1)
"""Earlier than every instant a file may name; stands for an empty effective_from where instants are compared."""
FOR_EVER = datetime(9999, 12, 31, 23, 59, 59, 999_999)
SECONDS_LIMIT = 86_400
AMOUNT_WHOLE_DIGITS = 12
RATE_WHOLE_DIGITS = 6
INT32_MAXIMUM = 2**31 - 1

_NUMBER = re.compile(r"(-?)([0-9]*)(?:\.([0-9]+))?")
_EXPONENT = re.compile(r"-?[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+")
_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?) ?(Z|[+-]\d{2}(?::?\d{2})?)?)?", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DAY_FIRST = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}.*", re.ASCII)
_PREFIX = re.compile(r"[0-9]{1,20}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field and what would be right; the reader adds the place."""

    message: str
    advice: str = ""


def quoted(text: str) -> str:
    """Return *text* in quotes, cut to what a person wants to read."""
    return "'" + (text if len(text) <= 60 else text[:57] + "...") + "'"


def did_you_mean(text: str, choices: Sequence[str]) -> str:
    """Return ``did you mean 'x'? `` for the nearest of *choices*, else an empty text."""
    simple = text.strip().lower().replace(" ", "_").replace("-", "_")
    near = difflib.get_close_matches(simple, choices, n=1, cutoff=0.6)
    return f"did you mean {quoted(near[0])}? " if near else ""


def _around(text: str) -> Fault | None:
    """Say so where spaces stand around a value."""
    if text != text.strip():
        side = "end" if text == text.lstrip() else "start"
        return Fault(f"{quoted(text)} has a space at its {side}", f"write {quoted(text.strip())}")
    return None


def _not_a_number(text: str) -> Fault:
    bare = text.strip()
    if fault := _around(text):
        return fault
    if _EXPONENT.fullmatch(bare):
        return Fault(
            f"{quoted(text)} is a number as a spreadsheet shortens it",
            "write all its digits with a point as decimal sign; format the column as text before saving",
        )
    if re.fullmatch(r"-?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+", bare):
        return Fault(f"{quoted(text)} has thousands separators", f"write {quoted(bare.replace(',', ''))}")
    if re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{3})*,[0-9]+", bare):
        right = bare.replace(".", "").replace(",", ".")
        return Fault(f"{quoted(text)} has a decimal comma", f"write {quoted(right)}: the decimal sign is a point")
    if re.fullmatch(r"-?[0-9.]+ ?%", bare):
        return Fault(f"{quoted(text)} is a percentage", "write the ratio, for example 0.20 for 20 %")
    if re.search(r"[€$£¥]|[A-Z]{3}", bare):
        return Fault(f"{quoted(text)} has a currency in it", "write the number alone; its currency has its own column")
    return Fault(f"{quoted(text)} is not a number", "write digits with a point as decimal sign, for example 0.015")


def parse_scaled(
    text: str, decimals: int, *, whole_digits: int = AMOUNT_WHOLE_DIGITS, signed: bool = False
) -> int | Fault:
    """Return the decimal number *text* times 10^*decimals*, exactly; never through a float.

    Faults: no number, negative unless *signed*, more than *decimals* decimals, more than *whole_digits* whole digits.
    """
    match = _NUMBER.fullmatch(text)
    if match is None or (not match[2] and not match[3]):
        return _not_a_number(text)
    minus, whole, fraction = match[1], match[2] or "0", match[3] or ""
    if minus and not signed:
        return Fault(f"{quoted(text)} is negative", "write 0 or more")
    if len(fraction) > decimals:
        zeros = fraction[decimals:].strip("0") == ""
        right = f"write {quoted(f'{whole}.{fraction[:decimals]}')}" if zeros else f"round it to {decimals} decimals"
        return Fault(f"{quoted(text)} has more than {decimals} decimals", right)
    if len(whole.lstrip("0")) > whole_digits:
        return Fault(f"{quoted(text)} is too large", f"at most {whole_digits} digits may stand before the point")
    scaled = int((whole.lstrip("0") + fraction.ljust(decimals, "0")) or "0")
    return -scaled if minus else scaled


def parse_ratio(text: str) -> Decimal | Fault:
    """Return a tax rate from 0 to 1 with at most 6 decimals."""
    scaled = parse_scaled(text, 6)
    if isinstance(scaled, Fault):
        return scaled
    if scaled > 1_000_000:
        percent = Decimal(scaled).scaleb(-6)
        hint = ""
        if percent <= 100:
            right = Decimal(scaled).scaleb(-8).normalize()
            hint = f"write {right:f} for {percent.normalize():f} %"
        return Fault(f"{quoted(text)} is not between 0 and 1", hint or "write a ratio, for example 0.20 for 20 %")
    return Decimal(scaled).scaleb(-6)


def parse_whole(text: str, minimum: int = 0, maximum: int = INT32_MAXIMUM) -> int | Fault:
    """Return a whole number from *minimum* to *maximum*."""
    if not re.fullmatch(r"-?[0-9]+", text):
        if re.fullmatch(r"-?[0-9]+\.0*", text):
            return Fault(f"{quoted(text)} is not a whole number", f"write {quoted(text.split('.', 1)[0])}")
        fault = _not_a_number(text)
        return Fault(fault.message.replace("is not a number", "is not a whole number"), fault.advice)
    bounds = f"write a whole number from {minimum} to {maximum}"
    if text.startswith("-") and minimum >= 0:
        return Fault(f"{quoted(text)} is negative", bounds)
    if len(text) > 12 or not minimum <= int(text) <= maximum:
        return Fault(f"{quoted(text)} is out of range", bounds)
    return int(text)


def parse_seconds(text: str) -> int | Fault:
    """Return seconds of a rate: 0 to one day."""
    return parse_whole(text, 0, SECONDS_LIMIT)


def parse_increment(text: str) -> int | Fault:
    """Return an increment: 1 second to one day; 0 would bill nothing at all beyond the minimum."""
    return parse_whole(text, 1, SECONDS_LIMIT)


def parse_bool(text: str) -> bool | Fault:
    """Return true or false, in any case, or 1 or 0."""
    lowered = text.lower()
    if lowered in {"true", "1"}:
        return True
    if lowered in {"false", "0"}:
        return False
    return _around(text) or Fault(f"{quoted(text)} is neither true nor false", "write true or false")


def parse_choice(text: str, choices: Sequence[str]) -> str | Fault:
    """Return *text* where it is one of *choices*."""
    if text in choices:
        return text
    listed = ", ".join(choices)
    return Fault(f"{quoted(text)} is not known here", f"{did_you_mean(text, choices)}write one of: {listed}")


def choice(*choices: str) -> Callable[[str], str | Fault]:
    """Return a parser of one of *choices*."""
    return lambda text: parse_choice(text, choices)


def parse_id(text: str) -> str | Fault:
    """Return an id: any text without spaces around it or control characters."""
    if fault := _around(text):
        return fault
    if _CONTROL.search(text):
        return Fault(f"{text!r} has a control character in it", "remove it")
    return text


def parse_card_id(text: str) -> str | Fault:
    """Return the id of a rate card: it names a folder, so no slash, and not a dot first."""
    value = parse_id(text)
    if isinstance(value, str) and ("/" in value or "\\" in value or value.startswith(".")):
        return Fault(f"{quoted(text)} cannot name a folder below rates/", "use letters, digits, - and _")
    return value


def parse_text(text: str) -> str | Fault:
    """Return free text as it stands; control characters are refused."""
    if _CONTROL.search(text):
        return Fault(f"{text!r} has a control character in it", "remove it")
    return text


def parse_currency(text: str) -> str | Fault:
    """Return a code of ISO 4217."""
    if text in MINOR_UNIT_DECIMALS:
        return text
    meant = meant_currency(text)
    hint = f"did you mean {meant}?" if meant else "write its three letters of ISO 4217, for example EUR"
    return Fault(f"{quoted(text)} is not a currency", hint)


def parse_country(text: str) -> str | Fault:
    """Return two capital letters (ISO 3166-1 alpha-2)."""
    if text == "UK":
        return Fault("'UK' is not a country code of ISO 3166", "write GB")
    if re.fullmatch(r"[A-Z]{2}", text):
        return text
    return Fault(f"{quoted(text)} is not a country code", "write its two capital letters of ISO 3166, for example GB")


def parse_email(text: str) -> str | Fault:
    """Return an address: one @ with something on both sides, no spaces."""
    if re.fullmatch(r"[^@\s]+@[^@\s]+", text):
        return text
    return Fault(f"{quoted(text)} is not an email address", "write one address, for example billing@example.com")


def parse_instant(text: str) -> datetime | Fault:
    """Return an instant as naive UTC: ISO 8601; a bare date is 00:00 UTC, no offset is UTC, an offset is honoured."""
    match = _INSTANT.fullmatch(text)
    advice = "write UTC as 2026-11-01, 2026-11-01T08:30:00Z or with an offset, 2026-11-01T08:30:00+01:00"
    if match is None:
        if fault := _around(text):
            return fault
        if _DAY_FIRST.fullmatch(text):
            advice = "write the year first: 2026-11-01"
        return Fault(f"{quoted(text)} is not a date or time", advice)
    day, clock, offset = match[1], match[2] or "00:00", match[3] or "Z"
    if "." in clock:
        clock = clock.ljust(len("00:00:00.000000"), "0")
    try:
        instant = datetime.fromisoformat(f"{day}T{clock}{offset}").astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return Fault(f"{quoted(text)} does not exist", advice)
    if instant.year < EARLIEST_YEAR:
        return Fault(f"{quoted(text)} is before {EARLIEST_YEAR}", "leave the field empty for 'since ever'")
    return instant


def parse_date(text: str) -> date | Fault:
    """Return a day, ISO 8601."""
    if not _DATE.fullmatch(text):
        fault = _around(text)
        return fault or Fault(f"{quoted(text)} is not a date", "write the year first: 2026-11-01")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return Fault(f"{quoted(text)} does not exist", "write a day of the calendar as 2026-11-01")
    if day.year < EARLIEST_YEAR:
        return Fault(f"{quoted(text)} is before {EARLIEST_YEAR}", "write the day the rate was quoted")
    return day


def parse_prefix(text: str) -> str | Fault:
    """Return a prefix of dialled numbers: 1 to 20 digits."""
    if _PREFIX.fullmatch(text):
        return text
    bare = text.strip()
    if _EXPONENT.fullmatch(bare):
        return Fault(
            f"{quoted(text)} is a prefix as a spreadsheet shortens it, its last digits are lost",
            "take it from the source again and format the column as text before saving",
        )
    advice = "write 1 to 20 digits, country code first, without + or leading 00"
    if re.fullmatch(r"[0-9]+\.0+", bare):
        advice = f"write {quoted(bare.split('.', 1)[0])}"
    else:
        digits = re.sub(r"[ ()\-./]", "", bare).removeprefix("+")
        if _PREFIX.fullmatch(digits):
            advice = f"write {quoted(digits)}"
    return Fault(f"{quoted(text)} is not a prefix of 1 to 20 digits", advice)
