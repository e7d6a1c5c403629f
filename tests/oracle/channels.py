"""Channels in use, counted second by second.

Belongs here: peak and mean of every bucket and scope, by brute force.
Does not belong here: which calls there are.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from tests.oracle.model import FeedSettings, RatedCall, RatedLeg, Row

GRAIN_SECONDS = {"minute": 60, "hour": 3600}
MINUTE_GRAIN_KEPT = timedelta(days=7)
Scope = tuple[str, str | None, str | None, str | None]


def epoch_second(instant: datetime) -> int:
    """Whole seconds since 1970 of a naive UTC instant, rounded down."""
    return (instant.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)


def interval(setup_at: datetime, ended_at: datetime, feed: FeedSettings) -> range:
    """Return the seconds during which a channel is held."""
    start = epoch_second(setup_at)
    longest = feed.talk_time_over_maximum // timedelta(seconds=1)
    return range(start, min(epoch_second(ended_at), start + longest))


def live_channels(calls: list[RatedCall], legs: list[RatedLeg], as_of: datetime) -> list[Row]:
    """Rows of live_channels for every bucket in which a channel was held; mean_channels is an exact Fraction."""
    in_use: dict[Scope, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for call in calls:
        scopes: list[Scope] = [
            ("total", None, None, None),
            ("customer", call.customer_id, None, None),
            ("customer_destination", call.customer_id, None, call.rating.destination_name),
        ]
        for second in interval(call.setup_at, call.ended_at, call.main_leg.feed):
            for scope in scopes:
                in_use[scope][second] += 1
    for rated in legs:
        held = in_use[("carrier", None, rated.carrier_id, None)]
        for second in interval(rated.leg.setup_at, rated.leg.ended_at, rated.leg.feed):
            held[second] += 1

    rows: list[Row] = []
    for scope, seconds in in_use.items():
        for grain, length in GRAIN_SECONDS.items():
            peak: dict[int, int] = defaultdict(int)
            total: dict[int, int] = defaultdict(int)
            for second, channels in seconds.items():
                bucket = second - second % length
                peak[bucket] = max(peak[bucket], channels)
                total[bucket] += channels
            for bucket in sorted(peak):
                start = datetime(1970, 1, 1) + timedelta(seconds=bucket)
                if grain == "minute" and start < as_of - MINUTE_GRAIN_KEPT:
                    continue
                rows.append(
                    {
                        "bucket_start_at": start,
                        "grain_code": grain,
                        "scope_code": scope[0],
                        "customer_id": scope[1],
                        "carrier_id": scope[2],
                        "destination_name": scope[3],
                        "peak_channels": peak[bucket],
                        "mean_channels": Fraction(total[bucket], length),
                    }
                )
    return rows
