"""Rate cards of the demo: prices by prefix, revision by revision.

Belongs here: what a minute costs, and from when.
Does not belong here: what a call costs (rating.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.demo.destinations import DESTINATIONS, Destination
from pipelines.demo.plan import DAY, HOUR, MINUTE, DemoPlan, moment


@dataclass(frozen=True, slots=True)
class Rate:
    """One row of a revision, as it is written: amounts are decimal text."""

    prefix: str
    destination_name: str
    rate_per_minute: str
    setup_fee: str
    minimum_seconds: int
    increment_seconds: int
    grace_seconds: int
    is_blocked: bool


@dataclass(frozen=True, slots=True)
class Revision:
    """A whole price list, in force from an instant (ms, a whole minute)."""

    effective_from: int
    rates: tuple[Rate, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A rate card and its revisions, oldest first."""

    rate_card_id: str
    direction: str
    currency_code: str
    charge_decimals: int
    charge_rounding: str
    talk_rounding: str
    revisions: tuple[Revision, ...]


@dataclass(frozen=True, slots=True)
class _Tariff:
    card: str
    currency: str
    decimals: int
    charge_rounding: str
    talk_rounding: str
    minimum: int
    increment: int
    grace: int
    fee: str
    markup: int  # percent of the base price
    step: int  # prices are whole multiples of this many millionths
    left_out: str = ""  # names that begin with this are not on the card


_SELL = (
    _Tariff("gbp-retail", "GBP", 3, "half_up", "up", 60, 1, 3, "0.015", 240, 100),
    _Tariff("gbp-flex", "GBP", 2, "half_even", "half_up", 30, 6, 0, "", 210, 1000),
    _Tariff("gbp-wholesale", "GBP", 6, "down", "down", 1, 1, 0, "", 118, 1),
    _Tariff("eur-retail", "EUR", 4, "half_up", "up", 60, 60, 0, "", 230, 100),
    _Tariff("eur-premium", "EUR", 5, "up", "half_up", 30, 6, 2, "0.02", 190, 50),
    _Tariff("eur-wholesale", "EUR", 6, "half_even", "half_up", 1, 1, 0, "", 116, 1),
    _Tariff("eur-dialer", "EUR", 4, "half_even", "up", 6, 6, 0, "0.0005", 135, 25),
    _Tariff("eur-launch", "EUR", 3, "up", "up", 60, 1, 0, "", 200, 100),
    _Tariff("usd-retail", "USD", 4, "up", "up", 6, 6, 2, "0.01", 250, 100),
    _Tariff("usd-wholesale", "USD", 6, "half_up", "up", 30, 6, 0, "", 120, 1),
    _Tariff("usd-dialer", "USD", 5, "half_up", "half_up", 6, 6, 0, "", 140, 5),
    _Tariff("usd-block", "USD", 1, "up", "down", 0, 300, 0, "0.05", 300, 500),
)
_BUY = (
    _Tariff("buy-atlantic", "USD", 6, "half_up", "up", 1, 1, 0, "", 88, 1),
    _Tariff("buy-balticom", "EUR", 6, "half_up", "half_up", 1, 1, 0, "", 90, 1),
    _Tariff("buy-clearline", "GBP", 5, "up", "up", 1, 1, 0, "", 101, 10),
    _Tariff("buy-deltavox", "USD", 6, "half_even", "up", 30, 6, 0, "", 84, 1),
    _Tariff("buy-eurobridge", "EUR", 4, "half_even", "up", 1, 1, 0, "", 92, 10),
    _Tariff("buy-fastroute", "USD", 6, "down", "down", 6, 6, 0, "0.0002", 61, 1, "Inmarsat"),
    _Tariff("buy-globelink", "EUR", 6, "half_up", "up", 60, 1, 0, "", 86, 1),
    _Tariff("buy-hanse", "EUR", 6, "half_up", "up", 1, 1, 1, "", 94, 1),
    _Tariff("buy-alpine", "CHF", 6, "half_up", "up", 1, 1, 0, "", 97, 1),
)

# Hundredths of the currency for one euro when the lists were drawn up; prices do not follow the exchange after that.
_PER_EURO = {"EUR": 100, "GBP": 86, "USD": 116, "CHF": 94}

MID_PERIOD_CARDS = ("gbp-retail", "eur-retail", "usd-retail", "buy-atlantic")
MID_MONTH_CARDS = ("gbp-wholesale", "eur-wholesale", "usd-wholesale", "eur-dialer", "buy-balticom")
LAUNCH_CARD = "eur-launch"


def amount_text(micros: int) -> str:
    """Return millionths as decimal text without trailing zeros: 12500 -> ``0.0125``."""
    text = f"{micros // 1_000_000}.{micros % 1_000_000:06d}".rstrip("0")
    return text.removesuffix(".")


def _price(destination: Destination, tariff: _Tariff, percent: int) -> str:
    micros = destination.price * tariff.markup * _PER_EURO[tariff.currency] * percent // 1_000_000
    return amount_text(max(1, (micros + tariff.step // 2) // tariff.step) * tariff.step)


def _rates(tariff: _Tariff, percent: int) -> tuple[Rate, ...]:
    return tuple(
        Rate(
            one.prefix,
            one.name,
            # A rate of 0 is a rate: calls within London are in the price of the line.
            "0" if tariff.card == "gbp-retail" and one.prefix == "4420" else _price(one, tariff, percent),
            tariff.fee,
            tariff.minimum,
            # Mexico is billed by the whole minute, as its networks do.
            60 if one.prefix == "52" else tariff.increment,
            tariff.grace,
            one.is_blocked,
        )
        for one in DESTINATIONS
        if not (tariff.left_out and one.name.startswith(tariff.left_out))
    )


def mid_period(plan: DemoPlan) -> int:
    """When the retail cards change: half past an hour in the middle of the range."""
    return plan.hour_at(plan.hour_count // 2) + 30 * MINUTE


def mid_month(plan: DemoPlan) -> int:
    """When the wholesale cards change: the 16th, 00:00 UTC, of the month the range ends in."""
    last = moment(plan.end - HOUR)
    day = plan.end - HOUR - (plan.end - HOUR) % DAY
    return day + (16 - last.day) * DAY


def _revisions(tariff: _Tariff, plan: DemoPlan) -> tuple[Revision, ...]:
    if tariff.card == LAUNCH_CARD:
        return (Revision(plan.hour_at(plan.hour_count // 4), _rates(tariff, 100)),)
    first = min(plan.start, mid_month(plan)) // DAY * DAY - 60 * DAY
    revisions = [Revision(first, _rates(tariff, 100))]
    if tariff.card in MID_PERIOD_CARDS:
        revisions.append(Revision(mid_period(plan), _rates(tariff, 107)))
    if tariff.card in MID_MONTH_CARDS:
        revisions.append(Revision(mid_month(plan), _rates(tariff, 96)))
    return tuple(revisions)


def build_cards(plan: DemoPlan) -> tuple[Card, ...]:
    """Return every sell and buy card of the demo."""
    return tuple(
        Card(
            tariff.card, direction, tariff.currency, tariff.decimals, tariff.charge_rounding, tariff.talk_rounding,
            _revisions(tariff, plan),
        )
        for direction, tariffs in (("sell", _SELL), ("buy", _BUY))
        for tariff in tariffs
    )  # fmt: skip
