"""Readable differences between expected and actual tables.

Belongs here: matching rows by key, comparing exact values, printing what differs.
Does not belong here: reading a database; any rule about what is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from tests.oracle.model import Expected

_GRAINS = ("live", "daily", "weekly", "monthly")
KEYS: dict[str, tuple[str, ...]] = {
    **{f"customer_summary_{grain}": ("customer_id", "period_start_at") for grain in _GRAINS},
    **{f"carrier_summary_{grain}": ("carrier_id", "period_start_at") for grain in _GRAINS},
    "file_reconciliation": ("file_path",),
    "rejects": ("file_path", "line_number"),
    "anomalies": ("file_path", "line_number", "anomaly_code"),
    "conflicting_duplicates": ("file_path", "line_number"),
    "unrated": ("side_code", "customer_id", "carrier_id", "unrated_reason_code"),
    "live_channels": (
        "grain_code", "scope_code", "customer_id", "carrier_id", "destination_name", "bucket_start_at",
    ),
    "calls": ("feed_id", "call_id", "setup_at"),
    "legs": ("feed_id", "call_id", "leg_id", "setup_at"),
}  # fmt: skip
NOT_COMPARED = frozenset({"is_complete", "invoice_number", "uninvoiced_amount", "status_code"})
"""Columns left out unless the caller says otherwise: `ignore=()` compares them all."""
SUMMED = (*(name for name in KEYS if "_summary_" in name), "file_reconciliation")


def normal(value: object) -> object:
    """One form for equal values: exact numbers as Fraction (a float stays a float and never equals money)."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | Decimal):
        return Fraction(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    return value


def shown(value: object) -> str:
    """Return a value as a person reads it."""
    if isinstance(value, Fraction):
        places = Decimal(value.numerator) / Decimal(value.denominator)
        return str(places) if Fraction(places) == value else f"{value} (~{places})"
    return str(value) if value is not None else "null"


def compare(
    table: str,
    expected: Iterable[Mapping[str, object]],
    actual: Iterable[Mapping[str, object]],
    *,
    key: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    ignore: Collection[str] = NOT_COMPARED,
    most: int = 50,
) -> list[str]:
    """Return one line per difference, at most `most` and then a count; an empty list means equal.

    Rows are matched by `key` (default: KEYS[table]). Columns compared are `columns`, else all of the expected rows
    but those in `ignore`; columns only the actual rows have are not looked at. A key held twice is a difference.
    """
    names = tuple(key if key is not None else KEYS[table])
    left, right = list(expected), list(actual)
    differences: list[str] = []
    wanted, found = _by_key(left, names), _by_key(right, names)
    for side, rows in (("expected", left), ("actual", right)):
        for identity, times in Counter(_key(row, names) for row in rows).items():
            if times > 1:
                differences.append(f"{table} {_label(names, identity)}: {times} {side} rows of one key")
    for identity in sorted(wanted.keys() | found.keys(), key=str):
        label = f"{table} {_label(names, identity)}"
        if identity not in found:
            differences.append(f"{label}: row missing, expected {_short(wanted[identity], names)}")
            continue
        if identity not in wanted:
            differences.append(f"{label}: row not expected, actual {_short(found[identity], names)}")
            continue
        row, other = wanted[identity], found[identity]
        for column in columns if columns is not None else [name for name in row if name not in ignore]:
            if column not in other:
                differences.append(f"{label} {column}: the actual row has no such column")
            elif normal(row[column]) != normal(other[column]):
                difference = f"expected {shown(normal(row[column]))}, actual {shown(normal(other[column]))}"
                differences.append(f"{label} {column}: {difference}")
    if len(differences) > most:
        return [*differences[:most], f"{table}: and {len(differences) - most} more differences"]
    return differences


def compare_channels(
    expected: Iterable[Mapping[str, object]],
    actual: Iterable[Mapping[str, object]],
    *,
    decimals: int = 6,
    most: int = 50,
) -> list[str]:
    """Compare live_channels: buckets without a channel may be absent, the mean is compared to so many decimals."""

    def prepared(rows: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
        kept = []
        for row in rows:
            mean = row["mean_channels"]
            exact = mean if isinstance(mean, Fraction) else Fraction(str(mean))
            units = (exact * 10**decimals * 2 + 1) // 2
            if row["peak_channels"] or units:
                kept.append({**row, "mean_channels": Fraction(units, 10**decimals)})
        return kept

    return compare("live_channels", prepared(expected), prepared(actual), most=most)


def with_paths(
    rows: Iterable[Mapping[str, object]], reconciliation: Iterable[Mapping[str, object]]
) -> list[dict[str, object]]:
    """Give rows that name a file_id the file_path that file_reconciliation has for it."""
    paths = {row["file_id"]: row["file_path"] for row in reconciliation}
    return [{**row, "file_path": paths[row["file_id"]]} for row in rows]


def compare_tables(
    expected: Expected,
    read: Callable[[str], Iterable[Mapping[str, object]]],
    tables: Sequence[str] = SUMMED,
) -> list[str]:
    """Compare several tables; `read(name)` returns the actual rows of one of them."""
    return [line for name in tables for line in compare(name, expected.tables[name], read(name))]


def _key(row: Mapping[str, object], names: Sequence[str]) -> tuple[object, ...]:
    return tuple(normal(row[name]) for name in names)


def _by_key(rows: list[Mapping[str, object]], names: Sequence[str]) -> dict[tuple[object, ...], Mapping[str, object]]:
    return {_key(row, names): row for row in rows}


def _label(names: Sequence[str], identity: Sequence[object]) -> str:
    return "[" + ", ".join(f"{name}={shown(value)}" for name, value in zip(names, identity, strict=True)) + "]"


def _short(row: Mapping[str, object], names: Sequence[str]) -> str:
    others = [f"{name}={shown(normal(value))}" for name, value in row.items() if name not in names]
    return ", ".join(others[:6])
