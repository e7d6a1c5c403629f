"""Whatever becomes of a right file: no crash, and no table with an error that nobody was told.

Belongs here: right files with random bytes or fields changed, judged by a reader of its own.
Does not belong here: named mistakes and their wording (tests/unit/test_reference_mistakes.py).
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.reference.reading import ReferenceRead, problem_order, read_reference
from pipelines.reference.rendering import render_problems
from tests.unit.test_reference_good_set import feeds, raw_set

GOOD = raw_set()
PATHS = sorted(GOOD)
FIELDS = [
    *("", " ", "0", "-1", "1.0000001", "20", "x", "EUR", "eur", "*", "acme", "gold", "cost", "44", "+44", "4,4E+10"),
    *("2026-01-01", "2026-13-01", "9999-12-31T23:59:59-14:00", '"', '""', "a,b", "true", "\ufeff", "é", "1e400"),
    "9" * 5000,
]


@st.composite
def damaged_sets(draw: st.DrawFn) -> dict[str, bytes]:
    """Change one to three things of the good set: a byte, a field, a line, a file."""
    made = dict(GOOD)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(PATHS))
        data = made.get(path, b"")
        lines = data.split(b"\n")
        match draw(st.sampled_from(["byte", "insert", "cut", "field", "line", "swap", "file"])):
            case "byte" if data:
                at = draw(st.integers(0, len(data) - 1))
                made[path] = data[:at] + draw(st.binary(min_size=1, max_size=1)) + data[at + 1 :]
            case "insert":
                at = draw(st.integers(0, len(data)))
                made[path] = data[:at] + draw(st.binary(min_size=1, max_size=3)) + data[at:]
            case "cut" if data:
                made[path] = data[: draw(st.integers(0, len(data) - 1))]
            case "field":
                row = draw(st.integers(0, len(lines) - 1))
                cells = lines[row].split(b",")
                cells[draw(st.integers(0, len(cells) - 1))] = draw(st.sampled_from(FIELDS)).encode()
                lines[row] = b",".join(cells)
                made[path] = b"\n".join(lines)
            case "line":
                row = draw(st.integers(0, len(lines) - 1))
                lines.insert(draw(st.integers(0, len(lines))), lines[row])
                made[path] = b"\n".join(lines)
            case "swap":
                made[path] = GOOD[draw(st.sampled_from(PATHS))]
            case "file":
                made.pop(path, None)
    return made


@given(damaged_sets())
@settings(max_examples=100, deadline=None)
def test_no_damage_crashes_the_reader_or_goes_unnoticed_into_a_table(data: dict[str, bytes]) -> None:
    read = read_reference(data, feeds(), "EUR")
    errors = [problem for problem in read.version_problems() if problem.severity == "error"]
    assert (read.tables is None) == bool(errors)
    assert read.problems == sorted(read.problems, key=problem_order)
    assert render_problems(read.problems)
    for problem in read.problems:
        lines = data.get(problem.file_path.removeprefix("reference/"), b"").count(b"\n") + 1
        assert problem.line_number is None or 1 <= problem.line_number <= lines
        assert problem.message
    if read.tables is not None:
        for table in read.tables.values():
            table.validate(full=True)
        _judge(data, read)


def _rows(data: bytes) -> list[dict[str, str]]:
    """Read a file once more, the simple way."""
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return list(csv.DictReader(io.StringIO("\n".join(lines)), strict=True))


def _judge(data: dict[str, bytes], read: ReferenceRead) -> None:
    """Check that the tables hold each row once, with the numbers written there, and agree with each other."""
    assert read.tables is not None
    tables = {name: table.to_pylist() for name, table in read.tables.items()}
    decks = {path: _rows(content) for path, content in data.items() if path.startswith("rates/")}
    written = Counter(
        (row["prefix"], Fraction(Decimal(row["rate_per_minute"])) * 10**6) for deck in decks.values() for row in deck
    )
    assert written == Counter((row["prefix"], Fraction(row["rate_micros"])) for row in tables["rates"])
    assert all(rate >= 0 for _, rate in written)
    for name, path in (
        ("customers", "customers.csv"),
        ("customer_keys", "customer_keys.csv"),
        ("carriers", "carriers.csv"),
    ):
        assert len(tables[name]) == len(_rows(data[path])) if path in data else not tables[name]
    customers = {row["customer_id"]: row for row in tables["customers"]}
    cards = {row["rate_card_id"]: row for row in tables["rate_cards"]}
    assert len(customers) == len(tables["customers"])
    for row in tables["customer_cards"]:
        card = cards[row["rate_card_id"]]
        assert (card["direction"], card["currency_code"]) == ("sell", customers[row["customer_id"]]["currency_code"])
    for row in tables["carriers"]:
        card = cards.get(row["rate_card_id"], {"direction": "buy", "currency_code": row["currency_code"]})
        assert (card["direction"], card["currency_code"]) == ("buy", row["currency_code"])
    assert {row["rate_card_id"] for row in tables["rate_revisions"]} == set(cards)
    keys = tables["customer_keys"]
    assert {row["customer_id"] for row in keys} <= set(customers)
    assert {row["feed_id"] for row in keys} <= {"*", "lon1", "ber1"}
    for position, one in enumerate(keys):
        for other in keys[position + 1 :]:
            if all(one[name] == other[name] for name in ("feed_id", "key_type", "key_value")):
                first_ends_before = (
                    one["effective_to"] and other["effective_from"] and one["effective_to"] <= other["effective_from"]
                )
                other_ends_before = (
                    other["effective_to"] and one["effective_from"] and other["effective_to"] <= one["effective_from"]
                )
                assert first_ends_before or other_ends_before


@given(st.sampled_from(["payments.csv", "fx_rates.csv", "customers.csv"]), st.binary(max_size=200))
@settings(max_examples=40, deadline=None)
def test_any_bytes_at_all_are_answered_with_problems(path: str, data: bytes) -> None:
    read = read_reference({**GOOD, path: data}, feeds(), "EUR")
    result = {"payments.csv": read.payments, "fx_rates.csv": read.fx, "customers.csv": read.tables}[path]
    assert result is None
    assert [problem for problem in read.problems_of(path) if problem.severity == "error"]


@given(st.text(max_size=30))
@settings(max_examples=40, deadline=None)
def test_any_text_is_a_number_only_where_python_agrees(text: str) -> None:
    data = {
        **GOOD,
        "rates/gold2/2026-01-01T0000Z.csv": f"prefix,destination_name,rate_per_minute\n44,UK,{text}\n".encode(),
    }
    read = read_reference(data, feeds(), "EUR")
    if read.tables is not None:
        try:
            value = Decimal(text.split("\n", maxsplit=1)[0].strip('"'))
        except InvalidOperation:
            value = Decimal("NaN")
        found = [row for row in read.tables["rates"].to_pylist() if row["revision_id"] == "gold2@2026-01-01T0000Z"]
        assert found[0]["rate_micros"] == value * 10**6
