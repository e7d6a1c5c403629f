"""Who it is and what it costs: keys, longest prefix, billed seconds, roundings, exchange. Exact fractions throughout.

Belongs here: every figure of one call or leg.
Does not belong here: which legs form a call (calls.py), sums (summaries.py).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

from tests.oracle.model import Leg, Rate, RateCard, Rating
from tests.oracle.reading import KEY_COLUMNS
from tests.oracle.reference import Key, Reference

_NER_SIP = {486, 600, 480, 603}
_NER_Q850 = {16, 17, 18, 19, 21}
_FX_MAXIMUM_AGE = timedelta(days=7)


def round_whole(value: Fraction, mode: str) -> int:
    """Round an exact value to an integer; 'half_up' and 'up' go away from zero."""
    size = abs(value)
    floor = size.numerator // size.denominator
    rest = size - floor
    half = Fraction(1, 2)
    if mode == "half_up":
        more = rest >= half
    elif mode == "half_even":
        more = rest > half or (rest == half and floor % 2 == 1)
    elif mode == "up":
        more = rest > 0
    elif mode == "down":
        more = False
    else:
        raise ValueError(f"unknown rounding: {mode!r}")
    result = floor + (1 if more else 0)
    return result if value >= 0 else -result


def round_to(value: Fraction, decimals: int, mode: str = "half_up") -> Fraction:
    """Round an exact value to so many decimals."""
    return Fraction(round_whole(value * 10**decimals, mode), 10**decimals)


def billed_seconds(rate: Rate, chargeable: int) -> int:
    """Seconds that are billed for a talk of `chargeable` whole seconds."""
    if rate.grace_seconds > 0 and chargeable <= rate.grace_seconds:
        return 0
    over = max(0, chargeable - rate.minimum_seconds)
    increments = over // rate.increment_seconds + (1 if over % rate.increment_seconds else 0)
    return rate.minimum_seconds + increments * rate.increment_seconds


def charge(rate: Rate, card: RateCard, chargeable: int) -> Fraction:
    """Return the amount for an answered call, rounded as the card says."""
    if rate.grace_seconds > 0 and chargeable <= rate.grace_seconds:
        return Fraction(0)
    exact = rate.setup_fee + rate.rate_per_minute * billed_seconds(rate, chargeable) / 60
    return round_to(exact, card.charge_decimals, card.charge_rounding)


def revision_at(card: RateCard, instant: datetime) -> tuple[datetime, dict[str, Rate]] | None:
    """Return the revision in force: the latest that does not start after the instant."""
    found = None
    for effective_from, rates in card.revisions:
        if effective_from <= instant:
            found = (effective_from, rates)
    return found


def longest_prefix(rates: dict[str, Rate], number: str | None) -> Rate | None:
    """Return the rate whose prefix is the longest that the number begins with."""
    for length in range(len(number or ""), 0, -1):
        if (number or "")[:length] in rates:
            return rates[(number or "")[:length]]
    return None


def rate_leg(
    leg: Leg, is_answered: bool, number: str | None, instant: datetime, card: RateCard | None, unknown: str | None
) -> Rating:
    """Rate one leg by one card. `unknown` is the reason when nobody was found; unanswered legs cost 0."""
    revision = revision_at(card, instant) if card else None
    rate = longest_prefix(revision[1], number) if revision else None
    reason = None
    if unknown:
        reason = unknown
    elif card is None:
        reason = "no_rate_card"
    elif revision is None:
        reason = "no_revision_in_force"
    elif rate is None:
        reason = "no_matching_prefix"
    elif rate.is_blocked:
        reason = "blocked_prefix"
    elif leg.is_held:
        reason = "held_over_maximum"
    chargeable = round_whole(Fraction(leg.talk_ms, 1000), card.talk_rounding) if card else 0
    billed, amount = 0, Fraction(0)
    if is_answered and reason is None:
        assert card is not None
        assert rate is not None
        billed, amount = billed_seconds(rate, chargeable), charge(rate, card, chargeable)
    return Rating(
        rate_card_id=card.rate_card_id if card else None,
        revision_from=revision[0] if revision else None,
        prefix=rate.prefix if rate else None,
        destination_name=rate.destination_name if rate else None,
        chargeable_seconds=chargeable,
        billed_seconds=billed,
        amount=None if is_answered and reason else amount,
        unrated_reason=reason if is_answered else None,
    )


def look_up(keys: list[Key], feed_id: str, key_type: str, value: str | None, instant: datetime) -> str | None:
    """Return the owner of one key at an instant: the feed's own key before '*'."""
    if value is None:
        return None
    for scope in (feed_id, "*"):
        for key in keys:
            if (key.feed_id, key.key_type, key.key_value) == (scope, key_type, value) and key.holds_at(instant):
                return key.owner_id
    return None


def find_customer(reference: Reference, leg: Leg, instant: datetime) -> tuple[str | None, str | None, bool]:
    """Return the customer of a call by its first leg: (customer_id, key type, whether a later key says another)."""
    found: list[tuple[str, str]] = []
    for key_type in KEY_COLUMNS:
        owner = look_up(reference.customer_keys, leg.feed.feed_id, key_type, getattr(leg, key_type), instant)
        if owner is not None:
            found.append((owner, key_type))
    if not found:
        return None, None, False
    return found[0][0], found[0][1], any(owner != found[0][0] for owner, _ in found)


def find_carrier(reference: Reference, leg: Leg) -> str | None:
    """Return the carrier of a leg, at the leg's own setup."""
    return look_up(reference.carrier_keys, leg.feed.feed_id, "carrier_key", leg.carrier_key, leg.setup_at)


def rate_to_base(reference: Reference, currency: str, base: str, instant: datetime) -> Fraction | None:
    """Units of base currency for one unit on the instant's UTC date; None where there is none young enough."""
    if currency == base:
        return Fraction(1)
    day = instant.date()
    rows = [row for row in reference.fx.get(currency, []) if row[0] <= day]
    if not rows:
        return None
    newest = max(rows, key=lambda row: row[0])
    return newest[1] if day - newest[0] <= _FX_MAXIMUM_AGE else None


def convert(
    reference: Reference, cost: Fraction | None, carrier: str | None, customer: str | None, base: str, instant: datetime
) -> Fraction | None:
    """Return a leg's cost in the customer's currency at 6 decimals; None where not known."""
    if cost is None or carrier is None or customer is None:
        return None
    if carrier == customer:
        return cost
    from_rate = rate_to_base(reference, carrier, base, instant)
    to_rate = rate_to_base(reference, customer, base, instant)
    if from_rate is None or to_rate is None:
        return None
    return round_to(cost * from_rate / to_rate, 6)


def is_ner(leg: Leg, is_answered: bool) -> bool:
    """Whether the network did its part: answered, busy, no answer, refused by the person."""
    if is_answered or leg.sip_status_code in _NER_SIP:
        return True
    if leg.sip_status_code is not None:
        return leg.sip_status_code == 487 and leg.ringing_at is not None
    return leg.q850_cause_code in _NER_Q850
