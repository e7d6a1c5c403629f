"""Who pays and how much, exactly: the demo's own reading of the rules, in fractions.

Belongs here: keys, cards, revisions, prefixes, rounding, exchange, for the expected totals only.
Does not belong here: grouping of rows into calls (truth.py). Shares no code with what it checks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from pipelines.demo.cards import Card, Rate, Revision
from pipelines.demo.legs import Leg
from pipelines.demo.plan import DAY, FEEDS
from pipelines.demo.world import Key, World

_BASE_CURRENCY = "EUR"
_OLDEST_FIXING_DAYS = 7
_MICRO = 1_000_000
_MAXIMUM_TALK = {feed.feed_id: feed.talk_time_over_maximum for feed in FEEDS}


@dataclass(frozen=True, slots=True)
class Charge:
    """What an answered call or leg costs. micros: millionths, None when unrated for the reason given."""

    micros: int | None
    billed_seconds: int
    reason: str


def rounded(value: Fraction, way: str) -> int:
    """Round a fraction that is not negative to a whole number: half_up, up, down or half_even."""
    if way == "half_even":
        return round(value)
    if way == "half_up":
        return floor(value + Fraction(1, 2))
    if way == "up":
        return ceil(value)
    if way == "down":
        return floor(value)
    raise ValueError(f"no such rounding: {way!r}")


def billed_seconds(rate: Rate, chargeable: int) -> int:
    """Return the seconds to bill for chargeable whole seconds of an answered call; 0 within the grace."""
    if rate.grace_seconds and chargeable <= rate.grace_seconds:
        return 0
    over = max(0, chargeable - rate.minimum_seconds)
    return rate.minimum_seconds + -(-over // rate.increment_seconds) * rate.increment_seconds


def charge_micros(card: Card, rate: Rate, answered_ms: int) -> tuple[int, int]:
    """Return (charge in millionths, billed seconds) of an answered call."""
    chargeable = rounded(Fraction(answered_ms, 1000), card.talk_rounding)
    billed = billed_seconds(rate, chargeable)
    if rate.grace_seconds and chargeable <= rate.grace_seconds:
        return 0, 0
    amount = Fraction(rate.setup_fee or "0") + Fraction(rate.rate_per_minute) * billed / 60
    units = rounded(amount * 10**card.charge_decimals, card.charge_rounding)
    return units * 10 ** (6 - card.charge_decimals), billed


class _Deck:
    """One revision, with its prefixes at hand."""

    def __init__(self, card: Card, revision: Revision) -> None:
        self._card = card
        self._rates = {rate.prefix: rate for rate in revision.rates}
        self._longest = max(map(len, self._rates))
        self._found: dict[str, Rate | None] = {}
        self._charges: dict[tuple[str, int], tuple[int, int]] = {}

    def rate(self, number: str) -> Rate | None:
        head = number[: self._longest]
        if head not in self._found:
            prefixes = (head[:length] for length in range(len(head), 0, -1))
            self._found[head] = next((self._rates[one] for one in prefixes if one in self._rates), None)
        return self._found[head]

    def charge(self, rate: Rate, answered_ms: int) -> tuple[int, int]:
        key = (rate.prefix, answered_ms)
        found = self._charges.get(key)
        if found is None:
            found = charge_micros(self._card, rate, answered_ms)
            # Switches that count in seconds repeat themselves; milliseconds would only fill the memory.
            if answered_ms % 1000 == 0:
                self._charges[key] = found
        return found


class _Book:
    """A card with its revisions, to be asked for an instant."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self._decks = [(one.effective_from, _Deck(card, one)) for one in reversed(card.revisions)]

    def deck(self, instant: int) -> _Deck | None:
        return next((deck for since, deck in self._decks if since <= instant), None)


def _by_value(keys: Iterable[Key]) -> dict[tuple[str, str, str], list[Key]]:
    found: dict[tuple[str, str, str], list[Key]] = {}
    for key in keys:
        found.setdefault((key.feed_id, key.key_type, key.key_value), []).append(key)
    return found


class Rater:
    """Answers who, which card, how much, for one world."""

    def __init__(self, world: World) -> None:
        """Index the world's reference data."""
        self.customer_currency = {one.customer_id: one.currency_code for one in world.customers}
        self.carrier_currency = {one.carrier_id: one.currency_code for one in world.carriers}
        self._customer_card = {one.customer_id: one.rate_card_id for one in world.customers}
        self._carrier_card = {one.carrier_id: one.rate_card_id for one in world.carriers}
        self._changes = sorted(world.card_changes, key=lambda one: -one.effective_from)
        self._books = {card.rate_card_id: _Book(card) for card in world.cards}
        self._customer_keys = _by_value(world.customer_keys)
        self._carrier_keys = _by_value(world.carrier_keys)
        self._fixings = {key: Fraction(rate) for key, rate in world.fx.items()}

    @staticmethod
    def _owner(keys: dict[tuple[str, str, str], list[Key]], feed: str, kind: str, value: str, at: int) -> str | None:
        for feed_id in (feed, "*"):
            for key in keys.get((feed_id, kind, value), ()):
                since, until = key.effective_from, key.effective_to
                if (since is None or since <= at) and (until is None or at < until):
                    return key.owner_id
        return None

    def customer(self, leg: Leg, at: int) -> tuple[str | None, bool]:
        """Return the customer of a call's first leg (None: nobody), and whether a later key names another."""
        tried = (
            ("account_code", leg.account_code),
            ("tech_prefix", leg.tech_prefix),
            ("trunk", leg.trunk),
            ("source_ip", leg.source_ip),
            ("a_number", leg.a_number),
        )
        found: str | None = None
        for kind, value in tried:
            if not value:
                continue
            owner = self._owner(self._customer_keys, leg.feed_id, kind, value, at)
            if found is None:
                found = owner
            elif owner is not None and owner != found:
                return found, True
        return found, False

    def carrier(self, leg: Leg) -> str | None:
        """Return the carrier of a leg, None for nobody known."""
        if not leg.carrier_key:
            return None
        return self._owner(self._carrier_keys, leg.feed_id, "", leg.carrier_key, leg.setup)

    def is_held(self, leg: Leg) -> bool:
        """Tell whether an answered leg talked longer than its feed allows."""
        return leg.is_answered and leg.answered_ms > _MAXIMUM_TALK[leg.feed_id]

    def _charge(self, card_id: str, number: str | None, leg: Leg, at: int) -> Charge:
        book = self._books.get(card_id)
        if book is None:
            return Charge(None, 0, "no_rate_card")
        deck = book.deck(at)
        if deck is None:
            return Charge(None, 0, "no_revision_in_force")
        rate = None if number is None else deck.rate(number)
        if rate is None:
            return Charge(None, 0, "no_matching_prefix")
        if rate.is_blocked:
            return Charge(None, 0, "blocked_prefix")
        if self.is_held(leg):
            return Charge(None, 0, "held_over_maximum")
        micros, billed = deck.charge(rate, leg.answered_ms)
        return Charge(micros, billed, "")

    def sell(self, customer_id: str | None, number: str | None, answered: Leg, at: int) -> Charge:
        """Return the charge of an answered call set up at *at*, for its first answered leg."""
        if customer_id is None:
            return Charge(None, 0, "unknown_customer")
        card_id = next(
            (one.rate_card_id for one in self._changes if one.customer_id == customer_id and one.effective_from <= at),
            self._customer_card[customer_id],
        )
        return self._charge(card_id, number, answered, at)

    def buy(self, carrier_id: str | None, number: str | None, leg: Leg) -> Charge:
        """Return the cost of an answered leg, in its carrier's currency."""
        if carrier_id is None:
            return Charge(None, 0, "unknown_carrier")
        return self._charge(self._carrier_card[carrier_id], number, leg, leg.setup)

    def _to_base(self, currency: str, day: int) -> Fraction | None:
        if currency == _BASE_CURRENCY:
            return Fraction(1)
        days = range(day, day - _OLDEST_FIXING_DAYS - 1, -1)
        return next((self._fixings[one, currency] for one in days if (one, currency) in self._fixings), None)

    def converted(self, micros: int, source: str, target: str, at: int) -> int | None:
        """Return millionths of *source* in *target* by the fixings of a UTC day, None where there is none."""
        if source == target:
            return micros
        bought, sold = self._to_base(source, at // DAY), self._to_base(target, at // DAY)
        if bought is None or sold is None:
            return None
        return rounded(micros * bought / sold, "half_up")
