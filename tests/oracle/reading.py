"""From the bytes of a tollbook_csv file to legs and rejects, one physical line after the other.

Belongs here: strict CSV, columns and their defaults, every reject reason, the anomalies of a single row.
Does not belong here: duplicates, calls, money.
"""

from __future__ import annotations

import gzip
import re
import zlib
from datetime import datetime, timedelta

from tests.oracle.clocks import HOUR, first_not_before, milliseconds, parse_time
from tests.oracle.model import FeedSettings, FileCount, Leg, Reject, SourceFile

KEY_COLUMNS = ("account_code", "tech_prefix", "trunk", "source_ip", "a_number")
TIME_COLUMNS = ("setup_at", "ringing_at", "answered_at", "ended_at")
INTEGER_COLUMNS = ("answered_ms", "leg_number", "pdd_ms", "sip_status_code", "q850_cause_code", "dtmf_digit_count")
# the order of design.md: required columns first
COLUMNS = (
    "call_id", "b_number", "setup_at", "ended_at", "answered_ms", "answered_at", "is_answered", "leg_id", "leg_number",
    "a_number", "account_code", "tech_prefix", "trunk", "source_ip", "carrier_key", "ringing_at", "pdd_ms",
    "sip_status_code", "q850_cause_code", "release_reason", "dtmf_digit_count",
)  # fmt: skip
_INTEGER = re.compile(r"-?[0-9]+")
_SECOND = timedelta(seconds=1)


class FileFaultError(Exception):
    """The file as a whole cannot be read: args[0] is its status."""


def split_line(line: str) -> list[str] | None:
    """Return the fields of one line; None at a quoting fault (RFC 4180, nothing lenient)."""
    fields = []
    at = 0
    while True:
        if line[at : at + 1] == '"':
            value = ""
            at += 1
            while True:
                end = line.find('"', at)
                if end < 0:
                    return None  # never closed
                value += line[at:end]
                at = end + 1
                if line[at : at + 1] != '"':
                    break
                value += '"'
                at += 1
            if line[at : at + 1] not in ("", ","):
                return None  # text after the closing quote
        else:
            end = line.find(",", at)
            value = line[at:] if end < 0 else line[at:end]
            if '"' in value:
                return None  # a quote inside an unquoted field
            at += len(value)
        fields.append(value)
        if at >= len(line):
            return fields
        at += 1


def read_lines(file: SourceFile) -> list[str]:
    """Return the physical lines of a file without their ends; raises FileFaultError."""
    content = file.content
    if file.path.endswith(".gz"):
        try:
            content = gzip.decompress(content)
        except (EOFError, OSError, zlib.error):
            raise FileFaultError("truncated") from None
    if not content:
        raise FileFaultError("empty")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise FileFaultError("wrong_encoding") from None
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def check_header(header: list[str] | None, feed: FeedSettings) -> list[str]:
    """Return the header when it is a tollbook_csv header; raises FileFaultError('wrong_header')."""
    names = header or []
    known = set(names)
    complete = (
        {"call_id", "b_number", "setup_at"} <= known
        and known & {"ended_at", "answered_ms"}
        and known & {"answered_at", "is_answered"}
        and known & set(KEY_COLUMNS)
    )
    if not complete or len(known) != len(names) or (known - set(COLUMNS) and feed.extra_columns != "ignore"):
        raise FileFaultError("wrong_header")
    return names


def read_file(file: SourceFile) -> tuple[FileCount, list[Leg], list[Reject]]:
    """Read one file: its counts (duplicates not yet known), its legs, its rejects."""
    count = FileCount(file.feed.feed_id, file.path, file.drop_hour)
    legs: list[Leg] = []
    rejects: list[Reject] = []
    header: list[str] | None = None
    try:
        for number, line in enumerate(read_lines(file), start=1):
            if line.strip() == "" or line.startswith("#"):
                continue
            if header is None:
                header = check_header(split_line(line), file.feed)
                continue
            count.row_count += 1
            fields = split_line(line)
            if fields is None or len(fields) != len(header):
                rejects.append(Reject(file.path, number, "unreadable_row"))
                continue
            values = {name: value for name, value in zip(header, fields, strict=True) if name in COLUMNS}
            outcome = read_row(values, file, number)
            if isinstance(outcome, Leg):
                legs.append(outcome)
            else:
                rejects.append(Reject(file.path, number, outcome))
        if header is None:
            raise FileFaultError("empty")  # noqa: TRY301 - a file without a header is as empty as one without bytes
    except FileFaultError as fault:
        return FileCount(file.feed.feed_id, file.path, file.drop_hour, status=str(fault)), [], []
    count.rejected_count = len(rejects)
    return count, legs, rejects


def read_row(  # noqa: C901, PLR0911, PLR0912 - the order of the reasons is the point: one after the other
    values: dict[str, str], file: SourceFile, line: int
) -> Leg | str:
    """Return the leg of one row, or the first reject reason that applies."""
    feed = file.feed
    text = {name: values.get(name, "") for name in COLUMNS}
    answered_text = text["is_answered"]
    is_answered = answered_text == "true" if answered_text else text["answered_at"] != ""
    for name in ("call_id", "b_number", "setup_at"):
        if text[name] == "":
            return f"missing_{name}"
    if is_answered and text["answered_ms"] == "" and (text["ended_at"] == "" or text["answered_at"] == ""):
        return "missing_answered_ms"
    for name in COLUMNS:
        if name in TIME_COLUMNS and text[name] and parse_time(text[name], feed.timezone) is None:
            return f"unparsable_{name}"
        if name in INTEGER_COLUMNS and text[name] and not readable_integer(text[name], name, feed):
            return f"unparsable_{name}"
    if answered_text not in ("", "true", "false"):
        return "unknown_value_is_answered"

    number = {name: int(text[name]) if text[name] else None for name in INTEGER_COLUMNS if name != "dtmf_digit_count"}
    times = read_times(text, feed)
    setup_at, ringing_at, answered_at, ended_at = (times[name] for name in TIME_COLUMNS)
    assert setup_at is not None
    answered_ms, pdd_ms = number["answered_ms"], number["pdd_ms"]
    if (answered_ms is not None and answered_ms < 0) or (pdd_ms is not None and pdd_ms < 0):
        return "negative_duration"
    if pdd_ms is None and ringing_at is not None:
        pdd_ms = milliseconds(ringing_at - setup_at)
        if pdd_ms < 0:
            return "negative_duration"
    if ringing_at is None and pdd_ms is not None:
        ringing_at = setup_at + timedelta(milliseconds=pdd_ms)
    ended_was_given = ended_at is not None
    if ended_at is None:
        ended_at = (answered_at or ringing_at or setup_at) + timedelta(milliseconds=answered_ms or 0)
    if answered_at is not None and answered_at < setup_at:
        return "answered_before_setup"
    if ended_at < setup_at:
        return "ended_before_setup"
    if answered_at is not None and answered_at > ended_at:
        return "answered_after_end"
    if setup_at > file.drop_hour + HOUR + timedelta(hours=24):
        return "setup_in_future"

    anomalies = []
    if is_answered and ended_was_given and answered_at is not None and answered_ms is not None:
        apart = (ended_at - answered_at) - timedelta(milliseconds=answered_ms)
        if abs(apart) > _SECOND:
            anomalies.append("durations_disagree")
    if is_answered and answered_ms is None:
        assert answered_at is not None
        answered_ms = milliseconds(ended_at - answered_at)
    if is_answered and answered_ms == 0:
        anomalies.append("answered_without_talk_time")
    if not is_answered and answered_ms:
        anomalies.append("talk_time_without_answer")
    if is_answered and timedelta(milliseconds=answered_ms or 0) > feed.talk_time_over_maximum:
        anomalies.append("talk_time_over_maximum")
    leg_number = 1 if number["leg_number"] is None else number["leg_number"]
    return Leg(
        feed=feed, path=file.path, drop_hour=file.drop_hour, line=line,
        call_id=text["call_id"], leg_id=text["leg_id"] or f"{text['call_id']}/{leg_number}", leg_number=leg_number,
        a_number=normalise_number(text["a_number"], feed), a_number_raw=text["a_number"] or None,
        b_number=normalise_number(text["b_number"], feed), b_number_raw=text["b_number"],
        account_code=text["account_code"] or None, tech_prefix=text["tech_prefix"] or None,
        trunk=text["trunk"] or None, source_ip=text["source_ip"] or None, carrier_key=text["carrier_key"] or None,
        setup_at=setup_at, ringing_at=ringing_at, answered_at=answered_at, ended_at=ended_at,
        is_answered=is_answered, answered_ms=answered_ms, pdd_ms=pdd_ms,
        sip_status_code=number["sip_status_code"], q850_cause_code=number["q850_cause_code"],
        release_reason=text["release_reason"] or None, dtmf_digit_count=dtmf_count(text["dtmf_digit_count"], feed),
        anomalies=tuple(anomalies),
    )  # fmt: skip


def read_times(text: dict[str, str], feed: FeedSettings) -> dict[str, datetime | None]:
    """Return the four instants (naive UTC or None), each repeated time read after the instant before it."""
    times: dict[str, datetime | None] = {}
    previous = None
    for name in TIME_COLUMNS:
        readings = parse_time(text[name], feed.timezone) if text[name] else None
        if not readings:
            times[name] = None
            continue
        if name == "setup_at":
            previous = readings[-1] if feed.repeated_time == "later" else readings[0]
        else:
            previous = first_not_before(readings, previous)
        times[name] = previous
    return times


def readable_integer(text: str, name: str, feed: FeedSettings) -> bool:
    """Whether the text is a whole number; a feed that delivers DTMF digits may hold any text there."""
    return bool(_INTEGER.fullmatch(text)) or (name == "dtmf_digit_count" and feed.dtmf == "digits")


def dtmf_count(text: str, feed: FeedSettings) -> int | None:
    """Digits dialled during the call, None where it could not be observed."""
    if text == "":
        return None
    return len(text) if feed.dtmf == "digits" else int(text)


def normalise_number(text: str, feed: FeedSettings) -> str | None:
    """Return 1 to 20 digits in international form, or None where the text is no such number."""
    number = text
    for character in " ()-./":
        number = number.replace(character, "")
    if number.startswith("+"):
        number = number[1:]
    elif feed.international_prefix and number.startswith(feed.international_prefix):
        number = number[len(feed.international_prefix) :]
    elif feed.national_prefix and number.startswith(feed.national_prefix):
        number = feed.country_code + number[len(feed.national_prefix) :]
    return number if re.fullmatch(r"[0-9]{1,20}", number) else None
