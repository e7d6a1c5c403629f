"""The words of the oracle: what goes in, what comes out, as plain frozen records.

Belongs here: the dataclasses that the oracle's modules hand to each other, without behaviour.
Does not belong here: reading, rating, summing; anything imported from the product.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

Row = dict[str, object]
"""One row of an expected or actual table: column name to value."""


@dataclass(frozen=True)
class FeedSettings:
    """One feed, as [feeds.<id>] states it. `talk_time_over_maximum` is a length of time."""

    feed_id: str
    timezone: str = "UTC"
    repeated_time: str = "earlier"
    talk_time_over_maximum: timedelta = timedelta(hours=24)
    dtmf: str = "count"
    country_code: str = ""
    national_prefix: str = ""
    international_prefix: str = ""
    extra_columns: str = "error"
    expected: str = "any"


@dataclass(frozen=True)
class SourceFile:
    """One file of landing: its path below landing, its UTC drop hour (naive), its bytes (.gz is opened)."""

    path: str
    drop_hour: datetime
    content: bytes
    feed: FeedSettings


@dataclass(frozen=True)
class OracleInput:
    """All that the published figures may depend on. `reference` is keyed by the path below reference/."""

    files: list[SourceFile]
    reference: dict[str, bytes]
    as_of: datetime
    base_currency: str = "EUR"
    call_spread: timedelta = timedelta(hours=1)
    settle: timedelta = timedelta(hours=6)
    channels_lag: timedelta = timedelta(hours=1)


@dataclass(frozen=True)
class Leg:
    """One well-formed row. Instants are naive UTC; `line` is the physical line, counted from 1."""

    feed: FeedSettings
    path: str
    drop_hour: datetime
    line: int
    call_id: str
    leg_id: str
    leg_number: int
    a_number: str | None
    a_number_raw: str | None
    b_number: str | None
    b_number_raw: str
    account_code: str | None
    tech_prefix: str | None
    trunk: str | None
    source_ip: str | None
    carrier_key: str | None
    setup_at: datetime
    ringing_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime
    is_answered: bool
    answered_ms: int | None
    pdd_ms: int | None
    sip_status_code: int | None
    q850_cause_code: int | None
    release_reason: str | None
    dtmf_digit_count: int | None
    anomalies: tuple[str, ...]

    @property
    def is_held(self) -> bool:
        """Answered for longer than the feed's bound: counted, but neither talk time nor money."""
        return "talk_time_over_maximum" in self.anomalies

    @property
    def talk_ms(self) -> int:
        """Milliseconds that count as talk time."""
        return (self.answered_ms or 0) if self.is_answered and not self.is_held else 0


@dataclass(frozen=True)
class Rate:
    """One line of a deck. Amounts are exact, in units of the card's currency."""

    prefix: str
    destination_name: str
    rate_per_minute: Fraction
    setup_fee: Fraction
    minimum_seconds: int
    increment_seconds: int
    grace_seconds: int
    is_blocked: bool


@dataclass(frozen=True)
class RateCard:
    """A card with its revisions, oldest first."""

    rate_card_id: str
    currency_code: str
    charge_decimals: int
    charge_rounding: str
    talk_rounding: str
    revisions: list[tuple[datetime, dict[str, Rate]]]


@dataclass(frozen=True)
class Rating:
    """What a card makes of one answered leg; `amount` is None where it cannot be rated."""

    rate_card_id: str | None
    revision_from: datetime | None
    prefix: str | None
    destination_name: str | None
    chargeable_seconds: int
    billed_seconds: int
    amount: Fraction | None
    unrated_reason: str | None


@dataclass(frozen=True)
class RatedLeg:
    """A leg with its carrier and cost; `cost_in_customer_currency` is None where not known."""

    leg: Leg
    carrier_id: str | None
    currency_code: str | None
    rating: Rating
    is_ner: bool
    cost_in_customer_currency: Fraction | None


@dataclass(frozen=True)
class RatedCall:
    """A call with its legs in order, who pays for it and how much."""

    feed_id: str
    call_id: str
    legs: list[RatedLeg]
    setup_at: datetime
    ended_at: datetime
    customer_id: str | None
    customer_key_type: str | None
    currency_code: str | None
    is_answered: bool
    main_leg: Leg
    rating: Rating
    is_ner: bool
    pdd_ms: int | None
    cost_amount: Fraction
    cost_unknown_count: int


@dataclass(frozen=True)
class Reject:
    """A row that was not accepted, and the first reason."""

    path: str
    line: int
    reason: str


@dataclass
class FileCount:
    """What became of one file's rows. `status` is 'loaded' or the fault that makes the whole file give no rows."""

    feed_id: str
    path: str
    drop_hour: datetime
    status: str = "loaded"
    row_count: int = 0
    accepted_count: int = 0
    rejected_count: int = 0
    duplicate_count: int = 0
    conflict_count: int = 0


@dataclass
class Expected:
    """Everything the oracle says. `tables` is keyed by the published table's name."""

    tables: dict[str, list[Row]] = field(default_factory=dict)
    calls: list[RatedCall] = field(default_factory=list)
    legs: list[RatedLeg] = field(default_factory=list)
    duplicates: list[Leg] = field(default_factory=list)
    conflicts: list[Leg] = field(default_factory=list)
