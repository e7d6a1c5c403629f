"""Periods, sums and ratios: the rows of customer_summary_* and carrier_summary_*.

Belongs here: what a period is, how counts add up, how a ratio is presented.
Does not belong here: the figures of a single call (rating.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from tests.oracle.clocks import HOUR
from tests.oracle.model import FileCount, Leg, OracleInput, RatedCall, RatedLeg, Row
from tests.oracle.rating import round_whole
from tests.oracle.reference import Reference

GRAINS = ("live", "daily", "weekly", "monthly")


@dataclass
class Sums:
    """What is added up for one owner and period."""

    attempt_count: int = 0
    answer_count: int = 0
    ner_count: int = 0
    pdd_ms_sum: int = 0
    pdd_count: int = 0
    talk_ms: int = 0
    billed_seconds: int = 0
    charge: Fraction = Fraction(0)
    cost: Fraction = Fraction(0)
    cost_unknown_count: int = 0
    dtmf_observed_count: int = 0
    dtmf_call_count: int = 0
    unrated_count: int = 0

    def add(self, leg: Leg, is_answered: bool, is_ner: bool, pdd_ms: int | None) -> None:
        """Count one attempt whose talk, status and DTMF are those of `leg`."""
        self.attempt_count += 1
        self.ner_count += is_ner
        if pdd_ms is not None:
            self.pdd_ms_sum += pdd_ms
            self.pdd_count += 1
        if is_answered:
            self.answer_count += 1
            self.talk_ms += leg.talk_ms
            if leg.dtmf_digit_count is not None:
                self.dtmf_observed_count += 1
                self.dtmf_call_count += leg.dtmf_digit_count > 0


def decimal(value: Fraction, decimals: int) -> Decimal:
    """Return an exact value as a decimal, rounded half up."""
    return Decimal(round_whole(value * 10**decimals, "half_up")).scaleb(-decimals)


def ratio(numerator: int | Fraction, denominator: int, decimals: int) -> Decimal | None:
    """Return a presented ratio; null when the denominator is 0."""
    return decimal(Fraction(numerator) / denominator, decimals) if denominator else None


def hour_of(instant: datetime) -> datetime:
    """Return the start of an instant's hour."""
    return instant.replace(minute=0, second=0, microsecond=0)


def period_of(grain: str, instant: datetime) -> tuple[datetime, datetime]:
    """Return the period [from, to) of an instant: UTC hour, day, ISO week, month."""
    if grain == "live":
        return hour_of(instant), hour_of(instant) + HOUR
    day = instant.replace(hour=0, minute=0, second=0, microsecond=0)
    if grain == "daily":
        return day, day + timedelta(days=1)
    if grain == "weekly":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def in_grain(grain: str, instant: datetime, as_of: datetime) -> bool:
    """Whether the grain shows the instant at all: live holds the 24 hours whose last is the hour of as_of."""
    return grain != "live" or hour_of(as_of) - 23 * HOUR <= instant < hour_of(as_of) + HOUR


def is_complete(period_end: datetime, period_start: datetime, given: OracleInput, files: list[FileCount]) -> bool:
    """Whether the period ended `settle` ago and every hourly feed has a file for each of its hours."""
    if period_end + given.settle > hour_of(given.as_of):
        return False
    present = {(count.feed_id, count.drop_hour) for count in files if count.status == "loaded"}
    for feed_id in {file.feed.feed_id for file in given.files if file.feed.expected == "hourly"}:
        hour = period_start
        while hour < period_end:
            if (feed_id, hour) not in present:
                return False
            hour += HOUR
    return True


def ratios(sums: Sums) -> Row:
    """Return the columns that both summaries share."""
    return {
        "attempt_count": sums.attempt_count,
        "answer_count": sums.answer_count,
        "asr_ratio": ratio(sums.answer_count, sums.attempt_count, 6),
        "acd_seconds": ratio(Fraction(sums.talk_ms, 1000), sums.answer_count, 3),
        "ner_count": sums.ner_count,
        "ner_ratio": ratio(sums.ner_count, sums.attempt_count, 6),
        "pdd_ms_sum": sums.pdd_ms_sum,
        "pdd_count": sums.pdd_count,
        "pdd_ms": ratio(sums.pdd_ms_sum, sums.pdd_count, 3),
        "talk_seconds": decimal(Fraction(sums.talk_ms, 1000), 3),
        "billed_seconds": sums.billed_seconds,
        "dtmf_observed_count": sums.dtmf_observed_count,
        "dtmf_call_count": sums.dtmf_call_count,
        "dtmf_ratio": ratio(sums.dtmf_call_count, sums.dtmf_observed_count, 6),
        "unrated_count": sums.unrated_count,
    }


def gather(
    grain: str, as_of: datetime, things: list[tuple[str | None, datetime, Callable[[Sums], None]]]
) -> dict[tuple[str | None, datetime, datetime], Sums]:
    """Add every thing (owner, instant, adder) to the sums of its owner and period."""
    found: dict[tuple[str | None, datetime, datetime], Sums] = defaultdict(Sums)
    for owner, instant, add in things:
        if in_grain(grain, instant, as_of):
            add(found[(owner, *period_of(grain, instant))])
    return found


def customer_summary(
    grain: str, calls: list[RatedCall], reference: Reference, given: OracleInput, files: list[FileCount]
) -> list[Row]:
    """Rows of customer_summary_<grain>."""

    def adder(call: RatedCall) -> Callable[[Sums], None]:
        def add(sums: Sums) -> None:
            sums.add(call.main_leg, call.is_answered, call.is_ner, call.pdd_ms)
            sums.billed_seconds += call.rating.billed_seconds
            sums.charge += call.rating.amount or 0
            sums.unrated_count += call.rating.unrated_reason is not None
            sums.cost += call.cost_amount
            sums.cost_unknown_count += call.cost_unknown_count

        return add

    found = gather(grain, given.as_of, [(call.customer_id, call.setup_at, adder(call)) for call in calls])
    rows = []
    for (customer_id, start, end), sums in found.items():
        customer = reference.customers[customer_id] if customer_id is not None else None
        known = sums.cost_unknown_count == 0
        rows.append(
            {
                "customer_id": customer_id,
                "customer_name": customer["customer_name"] if customer else "(unknown customer)",
                "currency_code": customer["currency_code"] if customer else None,
                "period_start_at": start,
                "period_end_at": end,
                **ratios(sums),
                "charge_amount": decimal(sums.charge, 6),
                "cost_amount": decimal(sums.cost, 6) if known else None,
                "margin_amount": decimal(sums.charge - sums.cost, 6) if known else None,
                "is_complete": is_complete(end, start, given, files),
            }
        )
    return rows


def carrier_summary(
    grain: str, legs: list[RatedLeg], reference: Reference, given: OracleInput, files: list[FileCount]
) -> list[Row]:
    """Rows of carrier_summary_<grain>."""

    def adder(rated: RatedLeg) -> Callable[[Sums], None]:
        def add(sums: Sums) -> None:
            sums.add(rated.leg, rated.leg.is_answered, rated.is_ner, rated.leg.pdd_ms)
            sums.billed_seconds += rated.rating.billed_seconds
            sums.cost += rated.rating.amount or 0
            sums.unrated_count += rated.rating.unrated_reason is not None

        return add

    found = gather(grain, given.as_of, [(leg.carrier_id, leg.leg.setup_at, adder(leg)) for leg in legs])
    rows = []
    for (carrier_id, start, end), sums in found.items():
        carrier = reference.carriers[carrier_id] if carrier_id is not None else None
        rows.append(
            {
                "carrier_id": carrier_id,
                "carrier_name": carrier["carrier_name"] if carrier else "(unknown carrier)",
                "currency_code": carrier["currency_code"] if carrier else None,
                "period_start_at": start,
                "period_end_at": end,
                **ratios(sums),
                "cost_amount": decimal(sums.cost, 6),
                "is_complete": is_complete(end, start, given, files),
            }
        )
    return rows
