"""Any right set of reference files reads without an error, and every number comes out exactly as it is written.

Belongs here: generated right files against fractions; the quick way of reading rates against the careful one.
Does not belong here: files with faults in them (test_reference_corruption.py).
"""

from __future__ import annotations

import csv
import io
import random
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.reference import fields, files, rates
from pipelines.reference.currencies import MINOR_UNIT_DECIMALS
from pipelines.reference.fields import Fault
from pipelines.reference.reading import read_reference
from tests.unit.test_reference_good_set import feeds

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=12)
NAME = TEXT.filter(lambda text: text == text.strip() and not text.startswith("#"))
ID = st.from_regex(r"[a-zA-Z0-9_][a-zA-Z0-9_.\-]{0,8}", fullmatch=True)
MOMENT = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)


def decimals(whole: int, places: int) -> st.SearchStrategy[str]:
    """Make decimal numbers as people write them: 7, 007, 0.10, .5."""
    left = st.from_regex(rf"[0-9]{{1,{whole}}}", fullmatch=True)
    right = st.from_regex(rf"[0-9]{{1,{places}}}", fullmatch=True)
    return st.one_of(left, st.builds("{}.{}".format, left, right), right.map(".{}".format))


RATE = st.fixed_dictionaries(
    {
        "prefix": st.from_regex(r"[0-9]{1,20}", fullmatch=True),
        "destination_name": NAME,
        "rate_per_minute": decimals(6, 6),
        "setup_fee": st.one_of(st.just(""), decimals(6, 6)),
        "minimum_seconds": st.one_of(st.just(""), st.integers(0, 86_400).map(str)),
        "increment_seconds": st.one_of(st.just(""), st.integers(1, 86_400).map(str)),
        "grace_seconds": st.one_of(st.just(""), st.integers(0, 86_400).map("{:07d}".format)),
        "is_blocked": st.sampled_from(["", "true", "FALSE", "False", "1", "0"]),
    }
)
DECK = st.lists(RATE, min_size=1, max_size=8, unique_by=lambda rate: rate["prefix"])


def write(rows: list[dict[str, str]], quoting: int = csv.QUOTE_MINIMAL, end: str = "\n") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), quoting=quoting, lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def micros(text: str) -> Fraction:
    return Fraction(Decimal(text or "0")) * 10**6


@given(DECK, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.sampled_from(["\n", "\r\n"]), st.randoms())
@settings(max_examples=80, deadline=None)
def test_a_right_deck_is_read_exactly_in_any_order_of_columns(
    deck: list[dict[str, str]], quoting: int, end: str, chance: random.Random
) -> None:
    columns = list(deck[0])
    chance.shuffle(columns)
    frame, problems = rates.read_rates(
        "f", write([{name: rate[name] for name in columns} for rate in deck], quoting, end)
    )
    assert problems == []
    assert frame.schema == rates.FRAME_SCHEMA
    assert [
        (row["prefix"], row["destination_name"], row["rate_micros"], row["setup_fee_micros"], row["minimum_seconds"],
         row["increment_seconds"], row["grace_seconds"], row["is_blocked"], row["line_number"])
        for row in frame.iter_rows(named=True)
    ] == [
        (rate["prefix"], rate["destination_name"], micros(rate["rate_per_minute"]), micros(rate["setup_fee"]),
         int(rate["minimum_seconds"] or 0), int(rate["increment_seconds"] or 1), int(rate["grace_seconds"] or 0),
         rate["is_blocked"].lower() in ("true", "1"), line)
        for line, rate in enumerate(deck, start=2)
    ]  # fmt: skip


HOSTILE = st.one_of(
    decimals(8, 8),
    st.text(st.sampled_from("0123456789.,+-eE ٣²\t\x00truefalse"), max_size=12),
    TEXT,
    st.sampled_from(
        ["", " ", "-0", "0.0", "1.", ".", "1e5", "00", "TRUE", "True ", "86401", "9999999", "+44", "4.4E+10"]
    ),
)


@given(st.lists(RATE, min_size=1, max_size=6), st.data())
@settings(max_examples=80, deadline=None)
def test_the_quick_way_takes_only_what_the_careful_way_reads_the_same(
    lines: list[dict[str, str]], data: st.DataObject
) -> None:
    for line in lines[1:]:
        line[data.draw(st.sampled_from(sorted(line)))] = data.draw(HOSTILE)
    frame = pl.DataFrame(lines, schema=dict.fromkeys(lines[0], pl.String())).with_row_index("line_number", 2)
    is_plain = frame.select(rates._is_plain()).to_series().to_list()
    for line, plain in zip(lines, is_plain, strict=True):
        careful = {column.target: files.parse_field(line[column.name], column) for column in files.RATES.columns}
        if plain:
            quick = frame.filter(pl.Series(is_plain)).select(rates._conversions())
            assert not [value for value in careful.values() if isinstance(value, Fault)], (line, careful)
            assert careful in quick.drop("line_number").to_dicts()


@given(decimals(12, 10), st.sampled_from(["", "-"]), st.integers(0, 10))
def test_a_decimal_becomes_its_integer_exactly_or_is_refused(text: str, sign: str, places: int) -> None:
    value = fields.parse_scaled(sign + text, places, signed=True)
    fraction = Fraction(Decimal(sign + text)) * 10**places
    written = len(text.partition(".")[2])
    assert isinstance(value, Fault) == (written > places)
    if not isinstance(value, Fault):
        assert fraction == value


@given(st.datetimes(datetime(1901, 1, 1), datetime(9998, 1, 1)), st.integers(-14 * 60, 14 * 60), st.sampled_from("T "))
def test_an_instant_is_what_its_offset_says(moment: datetime, minutes: int, separator: str) -> None:
    offset = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    text = moment.isoformat(separator)
    assert fields.parse_instant(text) == fields.parse_instant(text + "Z") == moment
    assert fields.parse_instant(text + offset) == moment - timedelta(minutes=minutes)


@st.composite
def reference_sets(draw: st.DrawFn) -> tuple[dict[str, bytes], dict[str, list[dict[str, str]]]]:
    """Make a right set of files, and the rows they were written from."""
    currencies = draw(st.lists(st.sampled_from(sorted(MINOR_UNIT_DECIMALS)), min_size=1, max_size=3, unique=True))
    sells = draw(st.lists(ID, min_size=1, max_size=3, unique=True))
    cards = [
        {
            "rate_card_id": card,
            "direction": "sell",
            "currency_code": currencies[position % len(currencies)],
            "charge_decimals": draw(st.sampled_from(["", "0", "6"])),
            "charge_rounding": draw(st.sampled_from(["", "half_up", "up", "down", "half_even"])),
        }
        for position, card in enumerate(sells)
    ]
    customers = [
        {
            "customer_id": customer,
            "customer_name": draw(NAME),
            "currency_code": (card := draw(st.sampled_from(cards)))["currency_code"],
            "rate_card_id": card["rate_card_id"],
            "tax_rate": draw(st.sampled_from(["", "0", "1", "0.2", "0.200000", ".055"])),
            "credit_limit_amount": draw(st.one_of(st.just(""), decimals(12, 6), decimals(12, 6).map("-{}".format))),
        }
        for customer in draw(st.lists(ID, min_size=1, max_size=4, unique=True))
    ]
    keys = []
    for value in draw(st.lists(NAME, max_size=4, unique=True)):
        edges = sorted(draw(st.lists(MOMENT, min_size=2, max_size=5, unique=True)))
        for start, end in pairwise(edges):
            keys.append(
                {
                    "feed_id": "*",
                    "key_type": "account_code",
                    "key_value": value,
                    "customer_id": draw(st.sampled_from(customers))["customer_id"],
                    "effective_from": start.isoformat(),
                    "effective_to": end.isoformat() + draw(st.sampled_from(["", "Z", "+00:00"])),
                }
            )
    decks = {}
    for card in cards:
        for moment in draw(st.lists(MOMENT, min_size=1, max_size=2, unique=True)):
            decks[f"rates/{card['rate_card_id']}/{moment:%Y-%m-%dT%H%M}Z.csv"] = draw(DECK)
    needed = dict.fromkeys(["feed_id", "key_type", "key_value", "customer_id"], "")
    sheets = {"customers.csv": customers, "rate_cards.csv": cards, "customer_keys.csv": keys, **decks}
    data = {path: write(rows) if rows else (",".join(needed) + "\n").encode() for path, rows in sheets.items()}
    return data, sheets


@given(reference_sets())
@settings(max_examples=40, deadline=None)
def test_any_right_set_reads_without_an_error_and_loses_nothing(
    made: tuple[dict[str, bytes], dict[str, list[dict[str, str]]]],
) -> None:
    data, sheets = made
    read = read_reference(data, feeds(), "EUR")
    assert [problem for problem in read.problems if problem.severity == "error"] == []
    assert read.tables is not None
    for table in read.tables.values():
        table.validate(full=True)
    customers = {row["customer_id"]: row for row in read.tables["customers"].to_pylist()}
    for row in sheets["customers.csv"]:
        got = customers.pop(row["customer_id"])
        assert got["customer_name"] == row["customer_name"]
        limit, tax = row["credit_limit_amount"], row["tax_rate"]
        assert got["credit_limit_micros"] == (micros(limit) if limit else None)
        assert got["tax_rate"] == (Decimal(tax) if tax else None)
    assert customers == {}
    keys = {(row["key_value"], row["effective_from"]): row for row in read.tables["customer_keys"].to_pylist()}
    assert len(keys) == len(sheets["customer_keys.csv"])
    for row in sheets["customer_keys.csv"]:
        got = keys[row["key_value"], datetime.fromisoformat(row["effective_from"])]
        assert got["customer_id"] == row["customer_id"]
        assert got["effective_to"] == datetime.fromisoformat(row["effective_to"]).replace(tzinfo=None)
    expected = {
        (f"{path.split('/')[1]}@{path.split('/')[2].removesuffix('.csv')}", rate["prefix"]): micros(
            rate["rate_per_minute"]
        )
        for path, deck in sheets.items()
        if path.startswith("rates/")
        for rate in deck
    }
    assert expected == {
        (row["revision_id"], row["prefix"]): row["rate_micros"] for row in read.tables["rates"].to_pylist()
    }
    _check_timelines(read.tables)


def _check_timelines(tables: dict) -> None:  # type: ignore[type-arg]
    """Check that each card's revisions, and each customer's cards, follow each other without gap or overlap."""
    for name, owner in (("rate_revisions", "rate_card_id"), ("customer_cards", "customer_id")):
        steps: dict[str, list[tuple[datetime | None, datetime | None]]] = {}
        for row in tables[name].to_pylist():
            steps.setdefault(row[owner], []).append((row["effective_from"], row["effective_to"]))
        for windows in steps.values():
            windows.sort(key=lambda window: window[0] or datetime.min)
            assert [end for _, end in windows] == [*(start for start, _ in windows[1:]), None]
