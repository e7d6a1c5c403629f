"""Who is there and what it costs: feeds, customers, carriers, keys, decks, exchange rates of a made-up landing.

Belongs here: reference files and the names that traffic.py draws from.
Does not belong here: call detail records.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

CURRENCIES = ("EUR", "GBP", "JPY", "KWD", "USD")
CALM_CURRENCIES = ("EUR", "USD", "JPY", "KWD")  # of customers and carriers between whom every cost is known
CHARGE_ROUNDINGS = ("half_up", "up", "down", "half_even")
TALK_ROUNDINGS = ("up", "half_up", "down")
DESTINATIONS = (
    ("1", "North America"), ("1212", "USA New York"), ("12125550", "USA New York"), ("1900", "USA premium"),
    ("33", "France"), ("336", "France mobile"), ("44", "UK"), ("4420", "UK London"), ("447", "UK mobile"),
    ("44791", 'UK mobile, "special"'), ("442079460123", "UK one number"), ("49", "Deutschland"),
    ("4915", "Deutschland Mobilfunk"), ("225", "Côte d\u2019Ivoire"), ("81", "日本"), ("88213", "Satellite"),
    ("965", "Kuwait, State of"),
)  # fmt: skip
BLOCKED = {"1900", "88213"}
RATES = ("0", "0.000001", "0.05", "0.5", "0.3", "0.0123", "0.123457", "1.5", "12.999999", "3", "0.010001")
STEPS = ((30, 6), (30, 7), (30, 30), (60, 60), (0, 1), (1, 1), (0, 6), (60, 1), ("", ""))
NAMES = (
    "Ärzte & Söhne GmbH", 'Smith, "Bob" & Co', "東京通信", "O'Hara Telecom", "plain", "Łódź; Głos",
    "No\u00a0Break", "Ünï—cödé",
)  # fmt: skip
WINDOWED_KEYS = ("shared", "moving", "late", "ended", "Café-été", 'x,"y"')


@dataclass
class Feed:
    """One feed as the generator sees it."""

    feed_id: str
    zone: str
    pattern: str
    newline: str
    longest_seconds: int
    international: str
    national: str
    country: str


@dataclass
class World:
    """Everything traffic can refer to; instants are naive UTC.

    `edges` are instants at which something changes; `edge_keys` those at which an account code or a carrier key
    does: (instant, account code, carrier key).
    """

    rng: random.Random
    start: datetime
    hours: int
    spread: timedelta
    feeds: list[Feed]
    toml: str
    newline: str
    reference: dict[str, bytes] = field(default_factory=dict)
    customer_keys: list[tuple[str, str, str]] = field(default_factory=list)
    carrier_keys: list[str] = field(default_factory=list)
    edges: list[datetime] = field(default_factory=list)
    edge_keys: list[tuple[datetime, str, str]] = field(default_factory=list)

    def text(self, rows: Iterable[Sequence[object]]) -> bytes:
        """Render rows as CSV."""
        out = io.StringIO()
        csv.writer(out, lineterminator=self.newline).writerows(rows)
        return out.getvalue().encode()

    def middle(self) -> datetime:
        """Draw a whole minute inside the range, at which something may change."""
        edge = self.start + timedelta(minutes=self.rng.randrange(60, max(61, (self.hours - 1) * 60)))
        self.edges.append(edge)
        return edge


def make_world(rng: random.Random, start: datetime, hours: int, customers: int, carriers: int) -> World:
    """Make feeds and reference data. With 20 customers and 12 carriers every rounding and decimal is used."""
    spread = rng.choice(["1h", "1h", "30m"])
    repeated = rng.choice(["earlier", "later"])
    feeds = [
        Feed("a", "Europe/London", "a/%Y%m%d%H-*.csv*", "\n", 24 * 3600, "00", "0", "44"),
        Feed("b", "America/New_York", "b/%Y/%m/%d/cdr_%H_*.csv*", "\r\n", 6 * 3600, "011", "", ""),
    ]
    toml = f"""data = "data"
base_currency = "EUR"

[rules]
call_spread = "{spread}"

[feeds.a]
format = "tollbook_csv"
files = "{feeds[0].pattern}"
timezone = "{feeds[0].zone}"
country_code = "44"
national_prefix = "0"
international_prefix = "00"

[feeds.b]
format = "tollbook_csv"
files = "{feeds[1].pattern}"
timezone = "{feeds[1].zone}"
international_prefix = "011"
talk_time_over_maximum = "6h"
extra_columns = "ignore"
repeated_time = "{repeated}"
"""
    world = World(
        rng, start, hours, timedelta(minutes=30 if spread == "30m" else 60), feeds, toml, rng.choice(["\n", "\r\n"])
    )
    make_cards(world, "sell", customers)
    make_cards(world, "buy", carriers)
    make_customers(world, customers)
    make_carriers(world, carriers)
    make_fx(world)
    return world


def make_cards(world: World, direction: str, number: int) -> None:
    """Add cards s00… or b00… with one to three revisions; the rows go to rate_cards.csv."""
    rows: list[Sequence[object]] = []
    for index in range(number):
        card = f"{direction[0]}{index:02}"
        rounding, talk = CHARGE_ROUNDINGS[index % 4], TALK_ROUNDINGS[index // 4 % 3]
        decimals: object = index % 7
        if rounding == "half_up" and talk == "up" and decimals == 0:
            rounding, talk, decimals = "", "", ""  # the defaults
        rows.append((card, direction, CURRENCIES[index % 5], decimals, rounding, talk))
        first = world.start - timedelta(days=10)
        if number > 3 and index == number - 1:
            first = world.middle()  # nothing in force before: no_revision_in_force
        starts = {first, *(moment for moment in (world.middle() for _ in range(index % 3)) if moment > first)}
        if index == 1:
            starts.add((first + timedelta(days=12)).replace(hour=0, minute=0))
        for moment in sorted(starts):
            world.reference[f"rates/{card}/{moment:%Y-%m-%dT%H%MZ}.csv"] = deck(world, short=index % 5 == 4)
    for index in range(4):
        card = f"calm-{direction}-{index}"
        mode = CHARGE_ROUNDINGS[index]
        talk = world.rng.choice(TALK_ROUNDINGS)
        rows.append((card, direction, CALM_CURRENCIES[index], world.rng.randrange(7), mode, talk))
        for moment in (world.start - timedelta(days=8), world.middle()):
            world.reference[f"rates/{card}/{moment:%Y-%m-%dT%H%MZ}.csv"] = deck(world, short=False, full=True)
    header = ("rate_card_id", "direction", "currency_code", "charge_decimals", "charge_rounding", "talk_rounding")
    if direction == "sell":
        world.reference["rate_cards.csv"] = world.text([header, *rows])
    else:
        world.reference["rate_cards.csv"] += world.text(rows)


def deck(world: World, *, short: bool, full: bool = False) -> bytes:
    """Render one revision; a short one has only the columns that must be there, a full one every prefix."""
    rng = world.rng
    chosen = [entry for entry in DESTINATIONS if full or rng.random() < 0.85] or [DESTINATIONS[0]]
    rng.shuffle(chosen)
    if short:
        return world.text(
            [("prefix", "destination_name", "rate_per_minute"), *((*entry, rng.choice(RATES)) for entry in chosen)]
        )
    rows: list[Sequence[object]] = [
        ("prefix", "destination_name", "rate_per_minute", "setup_fee", "minimum_seconds", "increment_seconds",
         "grace_seconds", "is_blocked"),
    ]  # fmt: skip
    for prefix, name in chosen:
        minimum, increment = rng.choice(STEPS)
        rows.append(
            (
                prefix, name, rng.choice([*RATES, f"{rng.randrange(1, 3_000_000) / 1_000_000:.6f}"]),
                rng.choice(["", "0", "0.01", "0.05", "0.000001", "1.5"]), minimum, increment,
                rng.choice(["", "0", "0", "3", "6", "45"]),
                "true" if prefix in BLOCKED else rng.choice(["false", ""]),
            )
        )  # fmt: skip
    return world.text(rows)


def make_customers(world: World, number: int) -> None:
    """Write customers.csv, customer_keys.csv, customer_cards.csv."""
    rng = world.rng
    people: list[Sequence[object]] = [
        ("customer_id", "customer_name", "currency_code", "rate_card_id", "tax_rate", "channel_limit")
    ]
    keys: list[Sequence[object]] = [
        ("feed_id", "key_type", "key_value", "customer_id", "effective_from", "effective_to")
    ]
    cards: list[Sequence[object]] = [("customer_id", "rate_card_id", "effective_from")]
    for index in range(number):
        customer = f"c{index:02}"
        people.append((customer, f"{NAMES[index % len(NAMES)]} {index}", CURRENCIES[index % 5], f"s{index:02}",
                       rng.choice(["0.20", "0", ""]), rng.choice(["", "10"])))  # fmt: skip
        for key_type, value in (
            ("account_code", f"acct-{index}"), ("tech_prefix", f"10{index:02}#"), ("trunk", f"trunk/{index}"),
            ("source_ip", f"192.0.2.{index}"), ("a_number", f"4420700000{index:02}"),
        ):  # fmt: skip
            if key_type == "account_code" or rng.random() < 0.6:
                scope = "*" if index % 2 == 0 and key_type == "account_code" else rng.choice(["*", "*", "a", "b"])
                keys.append((scope, key_type, value, customer, "", ""))
                world.customer_keys.append((scope, key_type, value))
        if index + 5 < number and index % 2 == 0:
            first = world.middle()
            world.edge_keys.append((first, f"acct-{index}", "gw-calm-0"))
            cards.append((customer, f"s{index + 5:02}", f"{first:%Y-%m-%dT%H:%M:%SZ}"))
            if index == 0 and number > 10:
                cards.append((customer, "s10", f"{first + timedelta(hours=5):%Y-%m-%dT%H:%M:%SZ}"))
    for index, currency in enumerate(CALM_CURRENCIES):
        people.append((f"q{index}", f"Calm {index}", currency, f"calm-sell-{index}", "", ""))
        keys.append(("*", "account_code", f"calm-{index}", f"q{index}", "", ""))
    moving, late = world.middle(), world.middle()
    day = (world.start + timedelta(days=1)).replace(hour=0, minute=0)
    world.edges.append(day)
    world.edge_keys += [(moving, "moving", "gw-calm-0"), (late, "late", "gw-calm-1"), (day, "ended", "gw-calm-2")]
    one, two = "c00", f"c{number - 1:02}"
    keys += [
        ("*", "account_code", "shared", one, "", ""),
        ("a", "account_code", "shared", two, "", ""),
        ("*", "account_code", "moving", one, "", f"{moving:%Y-%m-%dT%H:%M:%SZ}"),
        ("*", "account_code", "moving", two, f"{moving:%Y-%m-%dT%H:%M:%SZ}", ""),
        ("*", "account_code", "late", one, f"{late:%Y-%m-%dT%H:%M:%SZ}", ""),
        ("*", "account_code", "ended", two, f"{day - timedelta(days=90):%Y-%m-%d}", f"{day:%Y-%m-%d}"),
        ("*", "account_code", "Café-été", one, "", ""),
        ("b", "account_code", 'x,"y"', two, "", ""),
    ]
    world.reference["customers.csv"] = world.text(people)
    world.reference["customer_keys.csv"] = world.text(keys)
    if len(cards) > 1:
        world.reference["customer_cards.csv"] = world.text(cards)


def make_carriers(world: World, number: int) -> None:
    """Write carriers.csv and carrier_keys.csv: the last carrier has no card, one key moves."""
    rng = world.rng
    carriers: list[Sequence[object]] = [("carrier_id", "carrier_name", "currency_code", "rate_card_id")]
    keys: list[Sequence[object]] = [("feed_id", "key_value", "carrier_id", "effective_from", "effective_to")]
    for index in range(number):
        name = f"Carrier {NAMES[-1 - index % len(NAMES)]}"
        carriers.append((f"k{index:02}", name, CURRENCIES[index % 5], f"b{index:02}"))
        keys.append((rng.choice(["*", "*", "a", "b"]), f"gw{index}", f"k{index:02}", "", ""))
        world.carrier_keys.append(f"gw{index}")
    for index, currency in enumerate(CALM_CURRENCIES):
        carriers.append((f"kq{index}", f"Calm carrier {index}", currency, f"calm-buy-{index}"))
        keys.append(("*", f"gw-calm-{index}", f"kq{index}", "", ""))
    carriers.append(("k-nocard", "No card yet", "USD", ""))
    keys.append(("*", "gw-nocard", "k-nocard", "", ""))
    edge = world.middle()
    world.edge_keys.append((edge, "calm-0", "gw-move"))
    keys.append(("*", "gw-move", "k00", "", f"{edge:%Y-%m-%dT%H:%M:%SZ}"))
    keys.append(("*", "gw-move", "k-nocard", f"{edge:%Y-%m-%dT%H:%M:%SZ}", ""))
    keys.append(("*", "gw-both", "k00", "", ""))
    keys.append(("b", "gw-both", f"k{number - 1:02}", "", ""))
    world.carrier_keys += ["gw-nocard", "gw-move", "gw-both"]
    world.reference["carriers.csv"] = world.text(carriers)
    world.reference["carrier_keys.csv"] = world.text(keys)


def make_fx(world: World) -> None:
    """Write fx_rates.csv: USD daily, JPY exactly 7 days old on the third day, GBP too old from the second, no KWD."""
    first = world.start.date()
    rows: list[Sequence[object]] = [("date", "currency_code", "rate_to_base")]
    rows += [(first - timedelta(days=30), "KWD", "3.01")]
    rows += [(first + timedelta(days=day), "USD", f"0.9{world.rng.randrange(10**9):09}") for day in range(-1, 4)]
    rows += [(first - timedelta(days=6), "GBP", "1.1534567891")]
    rows += [(first - timedelta(days=5), "JPY", "0.0061"), (first + timedelta(days=3), "JPY", "0.0062345678")]
    world.reference["fx_rates.csv"] = world.text(rows)
