"""From a tollbook.toml and a landing folder's files to the oracle's input.

Belongs here: the few keys of the configuration that change figures, and drop hours from file names.
Does not belong here: checking a configuration; formats other than tollbook_csv.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.oracle.model import FeedSettings, OracleInput, SourceFile

_FIELDS = {"Y": r"\d{4}", "m": r"\d\d", "d": r"\d\d", "H": r"\d\d", "y": r"\d\d", "j": r"\d{3}", "M": r"\d\d"}
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def length_of(text: str) -> timedelta:
    """Return a length of time as the configuration writes it: 24h, 90m."""
    match = re.fullmatch(r"(\d+)([dhms])", text)
    if match is None:
        raise ValueError(f"not a length of time: {text!r}")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def drop_hour_of(path: str, pattern: str, zone: str) -> datetime | None:
    """Return the UTC drop hour that a feed's pattern finds in a path; None when the path is not the feed's."""
    expression, fields, at = "", "", 0
    while at < len(pattern):
        character = pattern[at]
        if character == "%":
            field = pattern[at + 1]
            expression += f"({_FIELDS[field]})"
            fields += field
            at += 2
            continue
        expression += {"*": "[^/]*", "?": "[^/]"}.get(character, re.escape(character))
        at += 1
    match = re.fullmatch(expression, path)
    if match is None:
        return None
    values = dict(zip(fields, match.groups(), strict=True))
    local = datetime.strptime(" ".join(values.values()), " ".join(f"%{field}" for field in values))
    hour = local.replace(minute=0, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return hour.replace(tzinfo=None)


def feed_of(feed_id: str, table: Mapping[str, object]) -> FeedSettings:
    """One [feeds.<id>] table."""
    text = {name: str(value) for name, value in table.items()}
    return FeedSettings(
        feed_id=feed_id, timezone=text.get("timezone", "UTC"), repeated_time=text.get("repeated_time", "earlier"),
        talk_time_over_maximum=length_of(text.get("talk_time_over_maximum", "24h")), dtmf=text.get("dtmf", "count"),
        country_code=text.get("country_code", ""), national_prefix=text.get("national_prefix", ""),
        international_prefix=text.get("international_prefix", ""), expected=text.get("expected", "any"),
        extra_columns=text.get("extra_columns", "error"),
    )  # fmt: skip


def oracle_input(toml: str, files: Mapping[str, bytes], as_of: datetime) -> OracleInput:
    """Build the input from tollbook.toml's text and {path below landing: bytes}; files no feed claims are left out."""
    settings = tomllib.loads(toml)
    feeds = {feed_id: feed_of(feed_id, table) for feed_id, table in settings["feeds"].items()}
    sources = []
    for path in sorted(files, key=str.encode):
        for feed_id, table in settings["feeds"].items():
            hour = drop_hour_of(path, table["files"], table.get("files_timezone", "UTC"))
            if hour is not None:
                sources.append(SourceFile(path, hour, files[path], feeds[feed_id]))
    rules = {name: length_of(text) for name, text in settings.get("rules", {}).items()}
    return OracleInput(
        files=sources,
        reference={path.removeprefix("reference/"): files[path] for path in files if path.startswith("reference/")},
        as_of=as_of,
        base_currency=settings["base_currency"],
        call_spread=rules.get("call_spread", timedelta(hours=1)),
        settle=rules.get("settle", timedelta(hours=6)),
        channels_lag=rules.get("channels_lag", timedelta(hours=1)),
    )
